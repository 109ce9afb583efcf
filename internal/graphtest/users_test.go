// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestUsers_get(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{
		UserPrincipalName: "alice@contoso.com", DisplayName: "Alice", AccountEnabled: true,
		RefreshTokensValidFromDateTime: instant("2021-08-09T09:30:59.25Z"),
	})
	token := x.tokenWith("User.Read.All")

	got := x.get("/v1.0/users/"+user.ID, token)
	expectStatus(t, got, http.StatusOK)
	if got.field("@odata.context") != x.URL()+"/v1.0/$metadata#users/$entity" || got.field("displayName") != "Alice" {
		t.Errorf("answer %s", got.text)
	}
	for _, name := range []string{"refreshTokensValidFromDateTime", "signInSessionsValidFromDateTime", "accountEnabled", "userType"} {
		if _, returned := got.json[name]; returned {
			t.Errorf("v1.0 returns %s without $select", name)
		}
	}
	for _, version := range []string{"beta", "v1.0"} {
		got := x.get("/"+version+"/users/"+user.ID+"?$select=id,userType,refreshTokensValidFromDateTime,signInSessionsValidFromDateTime", token)
		want := `{"@odata.context":"` + x.URL() + "/" + version + `/$metadata#users(id,userType,refreshTokensValidFromDateTime,signInSessionsValidFromDateTime)/$entity",` +
			`"id":"` + user.ID + `","refreshTokensValidFromDateTime":"2021-08-09T09:30:59Z","signInSessionsValidFromDateTime":"2021-08-09T09:30:59Z","userType":"Member"}` + "\n"
		if got.text != want {
			t.Errorf("answer %s, want %s", got.text, want)
		}
	}
	got = x.get("/beta/users/ALICE@contoso.com", token)
	if got.json["accountEnabled"] != true || got.field("signInSessionsValidFromDateTime") != "2021-08-09T09:30:59Z" {
		t.Errorf("answer %s", got.text)
	}
}

func TestUsers_queries(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.Read.All")
	const unsupported = "Unsupported Query."
	tests := map[string]struct{ code, message string }{
		"/beta/users/" + user.ID + "?$select=id,nothing":   {"BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'nothing' on type 'microsoft.graph.user'."},
		"/beta/users/" + user.ID + "?$expand=manager":      {"Request_UnsupportedQuery", unsupported},
		"/beta/users?$orderby=displayName":                 {"Request_UnsupportedQuery", unsupported},
		"/beta/users?$top=1&$top=2":                        {"Request_UnsupportedQuery", unsupported},
		"/beta/users?$top=1000":                            {"Request_BadRequest", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		"/beta/users?$top=0":                               {"Request_BadRequest", "Invalid page size specified: '0'. Must be between 1 and 999 inclusive."},
		"/beta/users?$top=ten":                             {"BadRequest", "Invalid value 'ten' for $top query option found. The $top query option requires a non-negative integer value."},
		"/beta/users?$skiptoken=bm9ib2R5":                  {"Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."},
		"/beta/users/$alice@contoso.com":                   {"BadRequest", "Resource not found for the segment '$alice@contoso.com'."},
		"/v1.0/users/" + user.ID + "/manager":              {"BadRequest", "Resource not found for the segment 'manager'."},
		"/v1.0/users/" + user.ID + "?$select=%zz":          {"BadRequest", "Bad Request - Error in query syntax."},
		"/v1.0/users/" + user.ID + "?$select=displayname":  {"BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'displayname' on type 'microsoft.graph.user'."},
		"/v1.0/users/" + user.ID + "?$top=1":               {"Request_UnsupportedQuery", unsupported},
		"/v1.0/users/" + user.ID + invalidatePath + "?x=y": {"BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'."},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			expectError(t, x.get(path, token), http.StatusBadRequest, want.code, want.message)
		})
	}
}

func TestUsers_pages(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	var want []string
	for i := range 205 {
		want = append(want, x.addUser(fmt.Sprintf("user%03d", i)).ID)
	}
	gone := x.addUser("gone")
	x.DeleteUser(gone.ID)
	token := x.tokenWith("User.Read.All")
	for query, test := range map[string]struct {
		pages int
		units string
	}{
		"?$select=id,displayName":         {3, "1"},
		"":                                {3, "2"},
		"?$top=999":                       {1, "2"},
		"?$top=50&$select=id":             {5, "1"},
		"?top=205&ignored=yes&$select=id": {1, "1"},
		"?$top=15":                        {14, "1"},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var ids []string
			pages := 0
			for next := "/v1.0/users" + query; next != ""; pages++ {
				page := x.get(next, token)
				expectStatus(t, page, http.StatusOK)
				if page.header.Get("x-ms-resource-unit") != test.units {
					t.Errorf("resource units %s, want %s", page.header.Get("x-ms-resource-unit"), test.units)
				}
				if context := page.field("@odata.context"); !strings.HasPrefix(context, x.URL()+"/v1.0/$metadata#users") || strings.HasSuffix(context, "$entity") {
					t.Errorf("context %q", context)
				}
				users, _ := page.json["value"].([]any)
				for _, u := range users {
					user, _ := u.(map[string]any)
					ids = append(ids, fmt.Sprint(user["id"]))
				}
				link := page.field("@odata.nextLink")
				if link != "" && !strings.HasPrefix(link, x.URL()+"/v1.0/users?") {
					t.Fatalf("next link %q", link)
				}
				next = strings.TrimPrefix(link, x.URL())
			}
			if pages != test.pages || !slices.Equal(ids, want) {
				t.Errorf("%d users in %d pages, want %d in %d", len(ids), pages, len(want), test.pages)
			}
		})
	}
}

func TestUsers_emptyTenant(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	got := x.get("/beta/users?$select=id", x.tokenWith("User.Read.All"))
	if want := `{"@odata.context":"` + x.URL() + `/beta/$metadata#users(id)","value":[]}` + "\n"; got.text != want {
		t.Errorf("answer %s, want %s", got.text, want)
	}
}

func TestUsers_ownProfile(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user, other := x.addUser("alice"), x.addUser("bob")
	token := x.AccessToken(user.ID, "User.Read")
	for _, path := range []string{"/beta/me", "/beta/users/" + user.ID, "/beta/users('alice@contoso.com')", "/v1.0/me?$select=id,signInSessionsValidFromDateTime"} {
		if got := x.get(path, token); got.field("id") != user.ID {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	const insufficient = "Insufficient privileges to complete the operation."
	expectError(t, x.get("/beta/users/"+other.ID, token), 403, "Authorization_RequestDenied", insufficient)
	expectError(t, x.get("/beta/users", token), 403, "Authorization_RequestDenied", insufficient)
}

func TestUsers_basicProfileOnly(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com", AccountEnabled: true, RefreshTokensValidFromDateTime: instant("2021-08-09T09:30:59Z")})
	token := x.tokenWith("User.ReadBasic.All")
	expectStatus(t, x.get("/beta/users/"+user.ID+"?$select=id,userPrincipalName", token), http.StatusOK)
	expectError(t, x.get("/beta/users/"+user.ID+"?$select=id,refreshTokensValidFromDateTime", token),
		403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	got := x.get("/beta/users/"+user.ID, token)
	if got.field("id") != user.ID || got.json["refreshTokensValidFromDateTime"] != nil || got.json["accountEnabled"] != nil {
		t.Errorf("answer %s", got.text)
	}
}

func TestUsers_lifecycle(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.ReadWrite.All")
	created := x.post("/v1.0/users", token, `{"@odata.type":"#microsoft.graph.user","accountEnabled":true,"displayName":"Alice","mailNickname":"alice",
		"userPrincipalName":"alice@contoso.com","businessPhones":["1"],"passwordProfile":{"password":"correct horse"}}`)
	expectStatus(t, created, http.StatusCreated)
	if created.field("@odata.context") != x.URL()+"/v1.0/$metadata#users/$entity" || strings.Contains(created.text, "horse") {
		t.Errorf("created %s", created.text)
	}
	path := "/beta/users/" + created.field("id")
	read := x.get(path, token)
	for name, want := range map[string]string{
		"mailNickname": "alice", "userType": "Member",
		"createdDateTime": "2026-03-01T12:00:00Z", "refreshTokensValidFromDateTime": "2026-03-01T12:00:00Z",
	} {
		if read.field(name) != want {
			t.Errorf("%s is %v, want %q", name, read.json[name], want)
		}
	}

	patched := x.do(x.request(http.MethodPatch, path, token, `{"accountEnabled":false,"userPrincipalName":"a.smith@contoso.com","jobTitle":"Clerk"}`))
	expectStatus(t, patched, http.StatusNoContent)
	expectStatus(t, x.get("/beta/users/alice@contoso.com", token), http.StatusNotFound)
	read = x.get("/beta/users/a.smith@contoso.com", token)
	if read.json["accountEnabled"] != false || read.field("jobTitle") != "Clerk" || read.field("displayName") != "Alice" {
		t.Errorf("after PATCH %s", read.text)
	}
	expectStatus(t, x.do(x.request(http.MethodPatch, path, token, `{"jobTitle":null}`)), http.StatusNoContent)
	if read = x.get(path, token); read.json["jobTitle"] != nil {
		t.Errorf("after PATCH to null %s", read.text)
	}

	expectStatus(t, x.do(x.request(http.MethodDelete, path, token, "")), http.StatusNoContent)
	for _, r := range []*http.Request{
		x.request(http.MethodGet, path, token, ""),
		x.request(http.MethodGet, "/beta/users/a.smith@contoso.com", token, ""),
		x.request(http.MethodPatch, path, token, "{}"),
		x.request(http.MethodDelete, path, token, ""),
		x.request(http.MethodPost, path+"/revokeSignInSessions", token, "{}"),
	} {
		expectStatus(t, x.do(r), http.StatusNotFound)
	}
	if _, there := x.User(created.field("id")); there {
		t.Error("the primary still has the deleted user")
	}
	x.RestoreUser(created.field("id"))
	expectStatus(t, x.get(path, token), http.StatusOK)
}

func TestUsers_refusedWrites(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	x.addUser("bob")
	token := x.tokenWith("User.ReadWrite.All")
	const (
		complete = `"accountEnabled":true,"displayName":"C","mailNickname":"c","passwordProfile":{"password":"x"}`
		invalid  = "One or more properties contains invalid values."
	)
	tests := map[string]struct{ method, path, body, code, message string }{
		"no name":          {"POST", "/beta/users", `{` + complete + `}`, "Request_BadRequest", "Property userPrincipalName value is required but is empty or missing."},
		"no password":      {"POST", "/beta/users", `{"accountEnabled":true,"displayName":"C","mailNickname":"c","userPrincipalName":"c@contoso.com"}`, "Request_BadRequest", "Property passwordProfile value is required but is empty or missing."},
		"no domain":        {"POST", "/beta/users", `{` + complete + `,"userPrincipalName":"c"}`, "Request_BadRequest", invalid},
		"name taken":       {"POST", "/beta/users", `{` + complete + `,"userPrincipalName":"BOB@contoso.com"}`, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists."},
		"empty body":       {"POST", "/beta/users", "", "BadRequest", onlyJSON},
		"rename to taken":  {"PATCH", "/beta/users/" + user.ID, `{"userPrincipalName":"bob@contoso.com"}`, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists."},
		"timestamp":        {"PATCH", "/beta/users/" + user.ID, `{"refreshTokensValidFromDateTime":"2026-01-01T00:00:00Z"}`, "Request_BadRequest", "Property 'refreshTokensValidFromDateTime' is read-only and cannot be set."},
		"other timestamp":  {"PATCH", "/v1.0/users/" + user.ID, `{"signInSessionsValidFromDateTime":null}`, "Request_BadRequest", "Property 'signInSessionsValidFromDateTime' is read-only and cannot be set."},
		"unknown property": {"PATCH", "/beta/users/" + user.ID, `{"nothing":1}`, "Request_BadRequest", "The following extension properties are not available: nothing."},
		"wrong type":       {"PATCH", "/beta/users/" + user.ID, `{"accountEnabled":"no"}`, "Request_BadRequest", invalid},
		"list of numbers":  {"PATCH", "/beta/users/" + user.ID, `{"businessPhones":[1]}`, "Request_BadRequest", invalid},
		"no JSON":          {"PATCH", "/beta/users/" + user.ID, `{"accountEnabled":`, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, x.do(x.request(test.method, test.path, token, test.body)), http.StatusBadRequest, test.code, test.message)
		})
	}
	t.Run("new password without its permission", func(t *testing.T) {
		t.Parallel()
		got := x.do(x.request(http.MethodPatch, "/beta/users/"+user.ID, token, `{"passwordProfile":{"password":"x"}}`))
		expectStatus(t, got, http.StatusForbidden)
	})
}

func TestUsers_newPasswordEndsRefreshTokens(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	before := x.SignIn(user.ID)
	x.clock.Advance(1e9)
	got := x.do(x.request(http.MethodPatch, "/v1.0/users/"+user.ID, x.tokenWith("User-PasswordProfile.ReadWrite.All"), `{"passwordProfile":{"password":"x"}}`))
	expectStatus(t, got, http.StatusNoContent)
	expectStatus(t, x.redeem(before), http.StatusBadRequest)
	if n := len(x.Invalidations(user.ID)); n != 0 {
		t.Errorf("%d invalidations by an action that nobody called", n)
	}
}

func TestUsers_departmentAndMail(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com", Department: "Sales", Mail: "alice@contoso.com"})
	token := x.tokenWith("User.ReadWrite.All")
	path := "/v1.0/users/" + user.ID
	read := x.get(path+"?$select=department,mail", token)
	if read.field("department") != "Sales" || read.field("mail") != "alice@contoso.com" {
		t.Errorf("answer %s", read.text)
	}
	expectStatus(t, x.do(x.request(http.MethodPatch, path, token, `{"department":"Research","mail":null}`)), http.StatusNoContent)
	if now, _ := x.User(user.ID); now.Department != "Research" || now.Mail != "" {
		t.Errorf("user %+v", now)
	}
	if read := x.get(path+"?$select=department,mail", token); read.field("department") != "Research" || read.json["mail"] != nil {
		t.Errorf("answer %s", read.text)
	}
	expectStatus(t, x.do(x.request(http.MethodPatch, path, token, `{"department":1}`)), http.StatusBadRequest)
}
