// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strings"
	"testing"
)

// ask sends a request to one of the URLs that a server handed out.
func (x *tenant) ask(method, address, token string, header http.Header) answered {
	x.t.Helper()
	r := x.request(method, strings.TrimPrefix(address, x.URL()), token, "")
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	return x.do(r)
}

func TestWorkflow(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.federated()
	requestURL, requestToken := x.AddWorkflow(gitHubIssuer, gitHubSubject)
	if !strings.Contains(requestURL, "?") {
		t.Errorf("request URL %q has no query", requestURL)
	}
	got := x.ask(http.MethodGet, requestURL+"&audience=api%3A%2F%2FAzureADTokenExchange", requestToken, nil)
	expectStatus(t, got, http.StatusOK)
	if got.json["count"] != float64(len(got.field("value"))) || got.header.Get("Date") != Epoch.Format(http.TimeFormat) {
		t.Errorf("answer %s with %v", got.text, got.header)
	}
	expectStatus(t, x.assert(application.ClientID, got.field("value")), http.StatusOK)

	for audience, described := range map[string]string{
		"": "'https://github.com/contoso'", "&audience=https%3A%2F%2Fvault.example": "'https://vault.example'",
	} {
		token := x.ask(http.MethodGet, requestURL+audience, requestToken, nil).field("value")
		got := x.assert(application.ClientID, token)
		expectEntraError(t, x, got, 401, "invalid_client", 700212)
		if !strings.Contains(got.field("error_description"), described) {
			t.Errorf("description %q lacks %q", got.field("error_description"), described)
		}
	}
}

func TestWorkflow_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	requestURL, requestToken := x.AddWorkflow(gitHubIssuer, gitHubSubject)
	_, otherToken := x.AddWorkflow(gitHubIssuer, gitHubSubject)
	for name, test := range map[string]struct {
		method, address, token string
		want                   int
	}{
		"no token":         {http.MethodGet, requestURL, "", http.StatusUnauthorized},
		"token of another": {http.MethodGet, requestURL, otherToken, http.StatusUnauthorized},
		"POST":             {http.MethodPost, requestURL, requestToken, http.StatusMethodNotAllowed},
		"unknown job":      {http.MethodGet, x.URL() + "/idtoken/x/y?api-version=2.0", requestToken, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.ask(test.method, test.address, test.token, nil)
			expectStatus(t, got, test.want)
			if strings.Contains(got.text, "ey") {
				t.Errorf("answer %s", got.text)
			}
		})
	}
}

func TestRecord_ofThoseWhoVouch(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	requestURL, requestToken := x.AddWorkflow(gitHubIssuer, gitHubSubject)
	x.ask(http.MethodGet, requestURL, requestToken, nil)
	requestURI, _ := x.AddPipeline(connectionID, pipelineIssuer, connectionSubject)
	x.ask(http.MethodPost, requestURI, "wrong", http.Header{"X-TFS-FedAuthRedirect": {"Suppress"}})
	x.askAppService(nil)
	x.askIMDS(nil)
	requests := x.Requests()
	if len(requests) != 4 || len(x.GraphRequests()) != 0 || len(x.TokenRequests()) != 0 {
		t.Fatalf("recorded %v", requests)
	}
	for _, r := range requests {
		if !r.Entra {
			t.Errorf("%s is taken for a request to Graph", r)
		}
	}
}

func TestFaults_ofThoseWhoVouch(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.Inject(Fault{Match: IDTokenRequest, Effect: Respond(http.StatusServiceUnavailable, nil, "")})
	x.Inject(Fault{Match: ManagedIdentityRequest, Effect: Respond(http.StatusGone, nil, "")})
	requestURL, requestToken := x.AddWorkflow(gitHubIssuer, gitHubSubject)
	expectStatus(t, x.ask(http.MethodGet, requestURL, requestToken, nil), http.StatusServiceUnavailable)
	expectStatus(t, x.ask(http.MethodGet, requestURL, requestToken, nil), http.StatusOK)
	x.AddManagedIdentity("")
	expectStatus(t, x.askIMDS(nil), http.StatusGone)
	expectStatus(t, x.askIMDS(nil), http.StatusOK)
}
