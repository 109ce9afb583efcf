// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// tenant is a server of its own for one test, with a clock that stands still.
type tenant struct {
	*Server
	t      *testing.T
	clock  *VirtualClock
	client *http.Client
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	clock := NewClock()
	server, err := NewServer(Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	transport := server.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &tenant{Server: server, t: t, clock: clock, client: &http.Client{Transport: transport}}
}

// answered is a whole response.
type answered struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// text of the error's member, code or message.
func (a answered) graphError(member string) string {
	failure, _ := a.json["error"].(map[string]any)
	text, _ := failure[member].(string)
	return text
}

// field returns a member of the JSON answer as text.
func (a answered) field(name string) string {
	text, _ := a.json[name].(string)
	return text
}

func (x *tenant) request(method, path, token, body string) *http.Request {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.URL()+path, strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (x *tenant) do(r *http.Request) answered {
	x.t.Helper()
	a, err := x.try(r)
	if err != nil {
		x.t.Fatal(err)
	}
	return a
}

func (x *tenant) try(r *http.Request) (answered, error) {
	response, err := x.client.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answered{}, err
	}
	a := answered{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.json) // an answer that is no JSON has no members
	return a, nil
}

func (x *tenant) get(path, token string) answered {
	x.t.Helper()
	return x.do(x.request(http.MethodGet, path, token, ""))
}

func (x *tenant) post(path, token, body string) answered {
	x.t.Helper()
	return x.do(x.request(http.MethodPost, path, token, body))
}

// form posts to the tenant's token endpoint.
func (x *tenant) form(values url.Values) answered {
	x.t.Helper()
	r := x.request(http.MethodPost, "/"+x.TenantID()+"/oauth2/v2.0/token", "", values.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return x.do(r)
}

func (x *tenant) redeem(refreshToken string) answered {
	x.t.Helper()
	return x.form(url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "refresh_token": {refreshToken}})
}

func (x *tenant) signIn(a Application) answered {
	x.t.Helper()
	return x.form(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.ClientID}, "client_secret": {a.Secret},
		"scope": {x.URL() + "/.default"},
	})
}

// tokenWith returns an access token of a new application with these application permissions.
func (x *tenant) tokenWith(roles ...string) string {
	x.t.Helper()
	token := x.signIn(x.AddApplication(Application{Roles: roles})).field("access_token")
	if token == "" {
		x.t.Fatal("the application could not sign in")
	}
	return token
}

func (x *tenant) addUser(name string) User {
	return x.AddUser(User{UserPrincipalName: name + "@contoso.com", DisplayName: name, AccountEnabled: true})
}

func instant(text string) *time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return &parsed
}

func expectStatus(t *testing.T, got answered, want int) {
	t.Helper()
	if got.status != want {
		t.Fatalf("status %d, want %d: %s", got.status, want, got.text)
	}
}

func expectError(t *testing.T, got answered, status int, code, message string) {
	t.Helper()
	expectStatus(t, got, status)
	if got.graphError("code") != code || got.graphError("message") != message {
		t.Fatalf("error %q %q, want %q %q", got.graphError("code"), got.graphError("message"), code, message)
	}
}
