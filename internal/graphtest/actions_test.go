// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const invalidatePath = "/invalidateAllRefreshTokens"

// The promise that everything is about: what was issued before the call is refused, what is issued after works.
func TestActions_endRefreshTokens(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/beta/users/%s/invalidateAllRefreshTokens", "/v1.0/users/%s/revokeSignInSessions", "/beta/users/%s/revokeSignInSessions"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			user, other := x.addUser("alice"), x.addUser("bob")
			before, others := x.SignIn(user.ID), x.SignIn(other.ID)
			rotated := x.redeem(before).field("refresh_token")

			x.clock.Advance(1500 * time.Millisecond)
			token := x.tokenWith("User.RevokeSessions.All")
			expectStatus(t, x.post(strings.Replace(path, "%s", user.ID, 1), token, "{}"), http.StatusOK)

			refused := x.redeem(before)
			expectStatus(t, refused, http.StatusBadRequest)
			want := "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. " +
				"The user might have changed or reset their password. The grant was issued on '2026-03-01T12:00:00.0000000Z' " +
				"and the TokensValidFrom date (before which tokens are not valid) for this user is '2026-03-01T12:00:01.0000000Z'. Trace ID: "
			if refused.field("error") != "invalid_grant" || !strings.HasPrefix(refused.field("error_description"), want) {
				t.Errorf("refused with %s", refused.text)
			}
			expectStatus(t, x.redeem(rotated), http.StatusBadRequest)
			expectStatus(t, x.redeem(others), http.StatusOK)
			expectStatus(t, x.redeem(x.SignIn(user.ID)), http.StatusOK)
		})
	}
}

func TestActions_moveTheTimestamp(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.clock.Advance(time.Minute + 700*time.Millisecond)
	x.post("/beta/users/"+user.ID+invalidatePath, token, "{}")
	x.clock.Advance(time.Minute)
	x.post("/v1.0/users/"+user.ID+"/revokeSignInSessions", token, "{}")

	now, ok := x.User(user.ID)
	if want := Epoch.Add(2 * time.Minute); !ok || !now.RefreshTokensValidFromDateTime.Equal(want) {
		t.Errorf("valid from %v, want %v", now.RefreshTokensValidFromDateTime, want)
	}
	got := x.Invalidations(user.ID)
	if len(got) != 2 || !got[0].Equal(Epoch.Add(time.Minute+700*time.Millisecond)) || !got[1].Equal(got[0].Add(time.Minute)) {
		t.Errorf("invalidations %v", got)
	}
	read := x.get("/beta/users/"+user.ID, token)
	for _, name := range []string{"refreshTokensValidFromDateTime", "signInSessionsValidFromDateTime"} {
		if read.field(name) != "2026-03-01T12:02:00Z" {
			t.Errorf("%s is %v", name, read.json[name])
		}
	}
	if read := x.get("/beta/users/"+x.addUser("bob").ID, token); read.json["refreshTokensValidFromDateTime"] != nil {
		t.Errorf("answer %s", read.text)
	}
}

func TestActions_keys(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.RevokeSessions.All")
	for name, keys := range map[string][]string{
		"o'brien@contoso.com":               {"/o'brien@contoso.com", "('o''brien@contoso.com')", "('o%27%27brien%40contoso.com')"},
		"a+b@contoso.com":                   {"/a+b@contoso.com", "('a%2Bb@contoso.com')"},
		"100%@contoso.com":                  {"/100%25@contoso.com", "('100%25@contoso.com')"},
		"a_b.com#EXT#@contoso.com":          {"/a_b.com%23EXT%23@contoso.com", "('a_b.com%23EXT%23@contoso.com')"},
		"$svc@contoso.com":                  {"('$svc@contoso.com')", "('%24svc@contoso.com')"},
		"bj\u00f6rn.\u0141uk@contoso.com":   {"/bj%C3%B6rn.%C5%81uk@contoso.com", "('BJ%C3%96RN.%c5%82uk@contoso.com')"},
		"Mixed.Case@Contoso.com":            {"/mixed.case@contoso.COM", "('MIXED.CASE@contoso.com')"},
		"slash/and(parens)',''@contoso.com": {"('slash%2Fand(parens)'',''''@contoso.com')"},
	} {
		user := x.AddUser(User{UserPrincipalName: name})
		keys = append(keys, "/"+user.ID, "('"+strings.ToUpper(user.ID)+"')")
		for _, key := range keys {
			if got := x.post("/beta/users"+key+invalidatePath, token, "{}"); got.status != http.StatusOK {
				t.Errorf("users%s: %s", key, got.text)
			}
		}
		if n := len(x.Invalidations(user.ID)); n != len(keys) {
			t.Errorf("%s: %d invalidations, want %d", name, n, len(keys))
		}
	}
}

func TestActions_bodies(t *testing.T) {
	t.Parallel()
	const unreadable = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
	tests := map[string]struct {
		contentType, body string
		status            int
		message           string
	}{
		"empty object":   {"application/json", "{}", 200, ""},
		"no content":     {"application/json", "", 200, ""},
		"charset":        {"application/json; charset=utf-8", "{}", 200, ""},
		"no type":        {"", "{}", 415, onlyJSON},
		"neither":        {"", "", 415, onlyJSON},
		"form":           {"application/x-www-form-urlencoded", "a=b", 415, onlyJSON},
		"text":           {"text/plain", "{}", 415, onlyJSON},
		"no JSON":        {"application/json", "{", 400, unreadable},
		"no object":      {"application/json", "[]", 400, unreadable},
		"null":           {"application/json", "null", 400, unreadable},
		"with parameter": {"application/json", `{"a":1}`, 400, "The parameter 'a' in the request payload is not a valid parameter for the operation 'invalidateAllRefreshTokens'."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			user := x.addUser("alice")
			r := x.request(http.MethodPost, "/beta/users/"+user.ID+invalidatePath, x.tokenWith("User.RevokeSessions.All"), test.body)
			r.Header.Del("Content-Type")
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			got := x.do(r)
			expectStatus(t, got, test.status)
			wantCalls := 1
			if test.status != http.StatusOK {
				wantCalls = 0
				expectError(t, got, test.status, "BadRequest", test.message)
			}
			if n := len(x.Invalidations(user.ID)); n != wantCalls {
				t.Errorf("%d invalidations, want %d", n, wantCalls)
			}
		})
	}
}

func TestActions_replies(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.AccessToken(user.ID, "User.RevokeSessions.All")
	for _, test := range []struct {
		reply  ActionReply
		path   string
		status int
		body   string
	}{
		{ReplyTrue, "/beta/me/invalidateAllRefreshTokens", 200, `{"@odata.context":"` + x.URL() + `/beta/$metadata#Edm.Boolean","value":true}` + "\n"},
		{ReplyTrue, "/v1.0/me/revokeSignInSessions", 200, `{"@odata.context":"` + x.URL() + `/v1.0/$metadata#Edm.Boolean","value":true}` + "\n"},
		{ReplyNoContent, "/beta/me/invalidateAllRefreshTokens", 204, ""},
		{ReplyFalse, "/beta/me/invalidateAllRefreshTokens", 200, `{"@odata.context":"` + x.URL() + `/beta/$metadata#Edm.Boolean","value":false}` + "\n"},
	} {
		x.SetActionReply(test.reply)
		got := x.post(test.path, token, "{}")
		if got.status != test.status || got.text != test.body {
			t.Errorf("%d %q, want %d %q", got.status, got.text, test.status, test.body)
		}
	}
	if n := len(x.Invalidations(user.ID)); n != 4 {
		t.Errorf("%d invalidations, want 4", n)
	}
}

func TestActions_onAdministrators(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	helpdesk := x.AddUser(User{UserPrincipalName: "helpdesk@contoso.com", DirectoryRoles: []string{"Helpdesk Administrator"}})
	global := x.AddUser(User{UserPrincipalName: "global@contoso.com", DirectoryRoles: []string{"Global Administrator"}})
	token := x.AccessToken(helpdesk.ID, "User.RevokeSessions.All")
	expectStatus(t, x.post("/beta/users/"+x.addUser("alice").ID+invalidatePath, token, "{}"), http.StatusOK)
	expectStatus(t, x.post("/beta/users/HELPDESK@contoso.com"+invalidatePath, token, "{}"), http.StatusOK)
	expectError(t, x.post("/beta/users/"+global.ID+invalidatePath, token, "{}"),
		403, "Authorization_RequestDenied", "Access to invalidate refresh tokens operation is denied.")
	if n := len(x.Invalidations(global.ID)); n != 0 {
		t.Errorf("%d invalidations of a refused target", n)
	}
	x.UpdateUser(helpdesk.ID, func(u *User) { u.DirectoryRoles = []string{"Global Administrator"} })
	expectStatus(t, x.post("/beta/users/"+global.ID+invalidatePath, token, "{}"), http.StatusOK)
}
