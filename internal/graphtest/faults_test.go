// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestFaults_whichRequests(t *testing.T) {
	t.Parallel()
	busy := GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil)
	slow := GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", nil)
	tests := map[string]struct {
		faults []Fault
		want   []int // statuses of five reads
	}{
		"once":                  {[]Fault{{Effect: busy}}, []int{503, 200, 200, 200, 200}},
		"the third":             {[]Fault{{First: 3, Effect: busy}}, []int{200, 200, 503, 200, 200}},
		"two from the second":   {[]Fault{{First: 2, Times: 2, Effect: busy}}, []int{200, 503, 503, 200, 200}},
		"for ever":              {[]Fault{{First: 4, Times: -1, Effect: busy}}, []int{200, 200, 200, 503, 503}},
		"one after the other":   {[]Fault{{Effect: busy}, {Effect: slow}}, []int{503, 429, 200, 200, 200}},
		"each counts for own":   {[]Fault{{First: 1, Effect: busy}, {First: 3, Effect: slow}}, []int{503, 200, 429, 200, 200}},
		"the one injected wins": {[]Fault{{First: 2, Times: 2, Effect: busy}, {First: 2, Effect: slow}}, []int{200, 503, 503, 429, 200}},
		"actions only":          {[]Fault{{Match: Action, Times: -1, Effect: busy}}, []int{200, 200, 200, 200, 200}},
		"reads only":            {[]Fault{{Match: Get, Effect: busy}}, []int{503, 200, 200, 200, 200}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			for _, f := range test.faults {
				x.Inject(f)
			}
			token := x.tokenWith("User.Read.All") // a token request, which no fault here counts
			var got []int
			for range test.want {
				got = append(got, x.get("/beta/users", token).status)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("statuses %v, want %v", got, test.want)
			}
			var recorded []int
			for _, r := range x.GraphRequests() {
				recorded = append(recorded, r.Status)
			}
			if !slices.Equal(recorded, test.want) {
				t.Errorf("recorded %v, want %v", recorded, test.want)
			}
		})
	}
}

func TestFaults_matchers(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	for _, test := range []struct {
		method, path string
		want         string
	}{
		{http.MethodGet, "/beta/users", "Get"},
		{http.MethodGet, "/v1.0/me/revokeSignInSessions", "Get"},
		{http.MethodPost, "/beta/users('x')/invalidateAllRefreshTokens", "Action"},
		{http.MethodPost, "/v1.0/me/microsoft.graph.revokeSignInSessions", "Action"},
		{http.MethodPost, "/v1.0/users", ""},
		{http.MethodPost, "/v1.0/$batch", "Batch"},
		{http.MethodPost, "/beta/%24batch", "Batch"},
		{http.MethodPost, "/contoso.com/oauth2/v2.0/token", "TokenRequest"},
		{http.MethodGet, "/contoso.com/v2.0/.well-known/openid-configuration", ""},
		{http.MethodGet, "/idtoken/1/2?api-version=2.0", "IDTokenRequest"},
		{http.MethodPost, "/contoso/1/_apis/distributedtask/hubs/build/plans/2/jobs/3/oidctoken", "IDTokenRequest"},
		{http.MethodGet, "/msi/token?api-version=2019-08-01", "ManagedIdentityRequest"},
		{http.MethodGet, "/metadata/identity/oauth2/token", "ManagedIdentityRequest"},
	} {
		r := x.request(test.method, test.path, "", "")
		for name, match := range map[string]func(*http.Request) bool{
			"Batch": Batch, "Get": Get, "Action": Action, "TokenRequest": TokenRequest,
			"IDTokenRequest": IDTokenRequest, "ManagedIdentityRequest": ManagedIdentityRequest,
		} {
			if match(r) != (name == test.want) {
				t.Errorf("%s %s: %s %v", test.method, test.path, name, match(r))
			}
		}
	}
}

func TestFaults_answers(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All")
	x.Inject(Fault{Effect: GraphError(429, "TooManyRequests", "Please retry again later.", http.Header{"Retry-After": {"10"}})})
	got := x.get("/beta/users", token)
	expectError(t, got, 429, "TooManyRequests", "Please retry again later.")
	if got.header.Get("Retry-After") != "10" || got.header.Get("request-id") == "" || !strings.Contains(got.text, got.header.Get("request-id")) {
		t.Errorf("answer %s with %v", got.text, got.header)
	}

	x.Inject(Fault{Effect: Respond(502, http.Header{"Content-Type": {"text/html"}, "Request-Id": nil}, "<html>Bad Gateway</html>")})
	got = x.get("/beta/users", token)
	if got.status != 502 || got.text != "<html>Bad Gateway</html>" || got.header.Get("Content-Type") != "text/html" || got.header.Get("request-id") != "" {
		t.Errorf("answer %d %q with %v", got.status, got.text, got.header)
	}

	x.Inject(Fault{Match: TokenRequest, Effect: Respond(503, nil, "")})
	expectStatus(t, x.signIn(x.AddApplication(Application{})), http.StatusServiceUnavailable)
}

func TestFaults_entraErrors(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{})
	for _, test := range []struct {
		code   int
		kind   string
		status int
	}{
		{7000222, "invalid_client", 401},
		{53003, "invalid_grant", 400},
		{65001, "invalid_grant", 400},
		{50076, "interaction_required", 400},
		{700016, "unauthorized_client", 400},
		{90002, "invalid_request", 400},
	} {
		x.Inject(Fault{Match: TokenRequest, Effect: EntraError(test.code, test.kind, "Access has been blocked.")})
		got := x.signIn(application)
		expectEntraError(t, x, got, test.status, test.kind, test.code)
		if !strings.Contains(got.field("error_description"), ": Access has been blocked. Trace ID: ") {
			t.Errorf("description %q", got.field("error_description"))
		}
		if got.header.Get("x-ms-request-id") != got.field("trace_id") || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("answer %s with %v", got.text, got.header)
		}
	}
	expectStatus(t, x.signIn(application), http.StatusOK)
}

func TestFaults_matchMayReadTheBody(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	var seen string
	x.Inject(Fault{Times: -1, Effect: func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }, Match: func(r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		seen = string(body)
		return err == nil && TokenRequest(r)
	}})
	expectStatus(t, x.signIn(x.AddApplication(Application{})), http.StatusOK)
	if !strings.Contains(seen, "client_credentials") {
		t.Errorf("body %q", seen)
	}
}

func TestFaults_brokenConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		effect Effect
		err    error
		done   int
		status int
	}{
		"reset":            {Reset(), syscall.ECONNRESET, 0, 0},
		"reset after work": {ResetAfterWork(), syscall.ECONNRESET, 1, 0},
		"truncate":         {Truncate(), io.ErrUnexpectedEOF, 1, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			user := x.addUser("alice")
			token := x.AccessToken(user.ID, "User.RevokeSessions.All")
			x.Inject(Fault{Match: Action, Effect: test.effect})
			got, err := x.try(x.request(http.MethodPost, "/beta/me"+invalidatePath, token, "{}"))
			if !errors.Is(err, test.err) {
				t.Errorf("answer %+v, error %v, want %v", got, err, test.err)
			}
			if n := len(x.Invalidations(user.ID)); n != test.done {
				t.Errorf("%d invalidations, want %d", n, test.done)
			}
			if requests := x.GraphRequests(); len(requests) != 1 || requests[0].Status != test.status {
				t.Errorf("recorded %+v", requests)
			}
			expectStatus(t, x.post("/beta/me"+invalidatePath, token, "{}"), http.StatusOK)
		})
	}
}

func TestFaults_truncateWithoutABody(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.AccessToken(x.addUser("alice").ID, "User.RevokeSessions.All")
	x.SetActionReply(ReplyNoContent)
	x.Inject(Fault{Effect: Truncate()})
	expectStatus(t, x.post("/beta/me"+invalidatePath, token, "{}"), http.StatusNoContent)
}

func TestFaults_stall(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	arrived := make(chan struct{}, 2)
	stall := Stall()
	x.Inject(Fault{Times: 2, Effect: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		arrived <- struct{}{}
		stall(w, r, next)
	}})

	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := x.try(x.request(http.MethodGet, "/beta/users", "", "").WithContext(ctx))
		failed <- err
	}()
	<-arrived
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}

	go func() {
		_, err := x.try(x.request(http.MethodGet, "/beta/users", "", ""))
		failed <- err
	}()
	<-arrived
	x.Close()
	if err := <-failed; err == nil {
		t.Error("a stalled request is answered when the server closes")
	}
	for _, r := range x.Requests() {
		if r.Status != 0 {
			t.Errorf("recorded status %d", r.Status)
		}
	}
}
