// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestGraph_headers(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.Read.All")
	x.clock.Advance(90 * time.Second)
	for path, status := range map[string]int{"/beta/users/" + user.ID: 200, "/beta/users/nobody": 404} {
		r := x.request(http.MethodGet, path, token, "")
		r.Header.Set("client-request-id", "7c662662-70f8-4226-96d7-190cbefd4590")
		got := x.do(r)
		expectStatus(t, got, status)
		for name, want := range map[string]string{
			"Client-Request-Id":   "7c662662-70f8-4226-96d7-190cbefd4590",
			"Content-Type":        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
			"Date":                "Sun, 01 Mar 2026 12:01:30 GMT",
			"X-Ms-Resource-Unit":  "1",
			"X-Ms-Ags-Diagnostic": diagnostic,
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: header %s is %q, want %q", path, name, got.header.Get(name), want)
			}
		}
		if id := got.header.Get("request-id"); id == "" || id == got.header.Get("client-request-id") {
			t.Errorf("request-id %q", id)
		}
	}
	got := x.get("/beta/users/"+user.ID, token)
	if got.header.Get("client-request-id") != got.header.Get("request-id") {
		t.Error("client-request-id was not made up from request-id")
	}
}

func TestGraph_errorBody(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	r := x.request(http.MethodGet, "/beta/users/nobody", x.tokenWith("User.Read.All"), "")
	r.Header.Set("client-request-id", "mine")
	got := x.do(r)
	expectError(t, got, 404, "Request_ResourceNotFound",
		"Resource 'nobody' does not exist or one of its queried reference-property objects are not present.")
	failure, _ := got.json["error"].(map[string]any)
	inner, _ := failure["innerError"].(map[string]any)
	for name, want := range map[string]string{
		"date": "2026-03-01T12:00:00", "request-id": got.header.Get("request-id"), "client-request-id": "mine",
	} {
		if inner[name] != want {
			t.Errorf("innerError %s is %v, want %v", name, inner[name], want)
		}
	}
}

func TestGraph_unauthenticated(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	valid := x.tokenWith("User.Read.All")
	expired := x.signIn(x.AddApplication(Application{TokenLifetime: -time.Second})).field("access_token")
	other := newTenant(t).tokenWith("User.Read.All")
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	claims := jwt.MapClaims{"aud": x.URL(), "exp": Epoch.Add(time.Hour).Unix(), "roles": []string{"User.Read.All"}, "idtyp": "app"}
	early := jwt.MapClaims{"aud": x.URL(), "nbf": Epoch.Add(time.Minute).Unix(), "exp": Epoch.Add(time.Hour).Unix()}
	forged := valid[:strings.LastIndex(valid, ".")+1] + "AAAA"

	tests := map[string]struct{ authorization, message string }{
		"nothing":          {"", "Access token is empty."},
		"another scheme":   {"Basic " + valid, "Access token is empty."},
		"no token":         {"Bearer ", "Access token is empty."},
		"no JWT":           {"Bearer secret", "IDX14100: JWT is not well formed, there are no dots (.).\n"},
		"expired":          {"Bearer " + expired, "Lifetime validation failed, the token is expired."},
		"not valid yet":    {"Bearer " + sign(jwt.SigningMethodRS256, x.signing.private, early), "Access token has expired or is not yet valid."},
		"another audience": {"Bearer " + other, "Access token validation failure. Invalid audience."},
		"forged":           {"Bearer " + forged, "Signature is invalid."},
		"not signed":       {"Bearer " + sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims), "Signature is invalid."},
		"signed by HMAC":   {"Bearer " + sign(jwt.SigningMethodHS256, []byte("key"), claims), "Signature is invalid."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A path that does not exist: who calls is asked first.
			r := x.request(http.MethodGet, "/beta/nothing", "", "")
			if test.authorization != "" {
				r.Header.Set("Authorization", test.authorization)
			}
			got := x.do(r)
			expectStatus(t, got, http.StatusUnauthorized)
			if got.graphError("code") != "InvalidAuthenticationToken" || !strings.HasPrefix(got.graphError("message"), test.message) {
				t.Errorf("error %s", got.text)
			}
			want := `Bearer realm="", authorization_uri="` + x.URL() + `/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
			if challenge := got.header.Get("WWW-Authenticate"); challenge != want {
				t.Errorf("challenge %q, want %q", challenge, want)
			}
		})
	}
}

func TestGraph_tokensExpireByTheClock(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All")
	x.clock.Advance(time.Hour - time.Second)
	expectStatus(t, x.get("/beta/users", token), http.StatusOK)
	x.clock.Advance(time.Second)
	expectStatus(t, x.get("/beta/users", token), http.StatusUnauthorized)
}

func TestGraph_methodNotAllowed(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.AccessToken(user.ID, "User.ReadWrite")
	for _, test := range []struct{ method, path, allow string }{
		{http.MethodGet, "/beta/me/invalidateAllRefreshTokens", "POST"},
		{http.MethodPatch, "/v1.0/users/" + user.ID + "/revokeSignInSessions", "POST"},
		{http.MethodPut, "/v1.0/users/" + user.ID, "DELETE, GET, PATCH"},
		{http.MethodPost, "/beta/me", "DELETE, GET, PATCH"},
		{http.MethodDelete, "/beta/users", "GET, POST"},
	} {
		got := x.do(x.request(test.method, test.path, token, "{}"))
		expectError(t, got, http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
		if got.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: Allow %q, want %q", test.method, test.path, got.header.Get("Allow"), test.allow)
		}
	}
}

func TestGraph_lengthRequired(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.AccessToken(user.ID, "User.ReadWrite")
	// Clients of package net/http always send a length, so the request is written by hand.
	send := func(headers, body string) answered {
		dialer := tls.Dialer{Config: x.Transport().TLSClientConfig}
		connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(x.URL(), "https://"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		head := "POST /beta/me/invalidateAllRefreshTokens HTTP/1.1\r\nHost: " + strings.TrimPrefix(x.URL(), "https://") +
			"\r\nAuthorization: Bearer " + token + "\r\n"
		if _, err := io.WriteString(connection, head+headers+"\r\n"+body); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answered{status: response.StatusCode, header: response.Header, text: string(text)}
	}
	got := send("Content-Type: application/json\r\n", "")
	expectStatus(t, got, http.StatusLengthRequired)
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.text, "HTTP Error 411. The request must be chunked or have a content length.") {
		t.Errorf("answer %q of type %q", got.text, got.header.Get("Content-Type"))
	}
	expectStatus(t, send("Content-Type: application/json\r\nContent-Length: 0\r\n", ""), http.StatusOK)
	expectStatus(t, send("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), http.StatusOK)
	if n := len(x.Invalidations(user.ID)); n != 2 {
		t.Errorf("%d invalidations, want 2", n)
	}
}

func TestGraph_meNeedsAUser(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All", "User.RevokeSessions.All")
	const message = "/me request is only valid with delegated authentication flow."
	expectError(t, x.get("/beta/me", token), 400, "BadRequest", message)
	expectError(t, x.post("/beta/me/invalidateAllRefreshTokens", token, "{}"), 400, "BadRequest", message)
}

func TestGraph_deniedBeforeNotFound(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.RevokeSessions.All")
	expectError(t, x.get("/beta/users/nobody", token), 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	expectError(t, x.post("/beta/users/nobody/invalidateAllRefreshTokens", x.tokenWith("User.Read.All"), "{}"),
		403, "Authorization_RequestDenied", "Access to invalidate refresh tokens operation is denied.")
	expectStatus(t, x.post("/beta/users/nobody/invalidateAllRefreshTokens", token, "{}"), http.StatusNotFound)
}

func TestServer_listensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		if server, err := NewServer(Options{Listen: address}); err == nil {
			server.Close()
			t.Errorf("%q is accepted", address)
		}
	}
	server, err := NewServer(Options{Listen: "localhost:0"})
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
}

func TestServer_certificateIsItsOwn(t *testing.T) {
	t.Parallel()
	x, other := newTenant(t), newTenant(t)
	client := &http.Client{Transport: other.Transport()}
	response, err := client.Do(x.request(http.MethodGet, "/beta/users", "", ""))
	if err == nil {
		_ = response.Body.Close()
		t.Fatal("another server's authority is trusted")
	}
	if !strings.HasPrefix(string(x.CertificatePEM()), "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("certificate %q", x.CertificatePEM())
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("björn")
	application := x.AddApplication(Application{Roles: []string{"User.RevokeSessions.All"}})
	x.get("/"+x.TenantID()+"/v2.0/.well-known/openid-configuration", "")
	token := x.signIn(application).field("access_token")
	x.clock.Advance(time.Second)
	x.post("/beta/users('bj%C3%B6rn@contoso.com')/invalidateAllRefreshTokens?x=1", token, "{}")
	x.get("/users", token)

	all := x.Requests()
	if len(all) != 4 || len(x.TokenRequests()) != 1 || len(x.GraphRequests()) != 2 {
		t.Fatalf("recorded %v", all)
	}
	if got := x.TokenRequests()[0]; !got.Entra || !strings.Contains(got.Body, "grant_type=client_credentials") || got.Status != 200 {
		t.Errorf("token request %+v", got)
	}
	got := x.GraphRequests()[0]
	if got.String() != "POST /beta/users('bj%C3%B6rn@contoso.com')/invalidateAllRefreshTokens" || got.RawQuery != "x=1" ||
		got.Body != "{}" || got.Status != 200 || got.Entra || !got.Time.Equal(Epoch.Add(time.Second)) ||
		got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("recorded %+v", got)
	}
	if last := x.GraphRequests()[1]; last.Status != 400 {
		t.Errorf("recorded %+v", last)
	}
	if n := len(x.Invalidations(user.ID)); n != 1 {
		t.Errorf("%d invalidations", n)
	}
	x.ForgetRequests()
	if n := len(x.Requests()); n != 0 {
		t.Errorf("%d requests are not forgotten", n)
	}
}
