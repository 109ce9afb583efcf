// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strings"
	"testing"
)

const (
	pipelineIssuer    = "https://login.microsoftonline.com/6c6d8e3e-0b52-4a5c-8d4c-3c7f4c6f2f11/v2.0"
	connectionSubject = "/eid1/c/pub/t/x/a/y/sc/contoso/1"
	connectionID      = "8c8c7c3e-74a6-4f5c-9d2e-2d8a1f0b7a55"
)

func TestPipeline(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{FederatedCredentials: []FederatedCredential{
		{Issuer: pipelineIssuer, Subject: connectionSubject, Audience: "api://AzureADTokenExchange"},
	}})
	requestURI, accessToken := x.AddPipeline(connectionID, pipelineIssuer, connectionSubject)
	if strings.Contains(requestURI, "?") {
		t.Errorf("request URI %q has a query", requestURI)
	}
	got := x.ask(http.MethodPost, requestURI+"?api-version=7.1&serviceConnectionId="+connectionID, accessToken, nil)
	expectStatus(t, got, http.StatusOK)
	expectStatus(t, x.assert(application.ClientID, got.field("oidcToken")), http.StatusOK)

	ofPipeline := x.ask(http.MethodPost, requestURI+"?api-version=7.1", accessToken, nil)
	expectStatus(t, ofPipeline, http.StatusOK)
	expectEntraError(t, x, x.assert(application.ClientID, ofPipeline.field("oidcToken")), 401, "invalid_client", 700213)
}

func TestPipeline_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	requestURI, accessToken := x.AddPipeline(connectionID, pipelineIssuer, connectionSubject)
	valid := "?api-version=7.1&serviceConnectionId=" + connectionID
	for name, test := range map[string]struct {
		method, address, token string
		want                   int
		text                   string
	}{
		"wrong token":    {http.MethodPost, requestURI + valid, "wrong", http.StatusUnauthorized, ""},
		"no token":       {http.MethodPost, requestURI + valid, "", http.StatusUnauthorized, ""},
		"GET":            {http.MethodGet, requestURI + valid, accessToken, http.StatusMethodNotAllowed, "does not support http method 'GET'"},
		"no api-version": {http.MethodPost, requestURI + "?serviceConnectionId=" + connectionID, accessToken, http.StatusBadRequest, "VssVersionNotSpecifiedException"},
		"unknown job":    {http.MethodPost, requestURI + "x" + valid, accessToken, http.StatusNotFound, ""},
		"unknown service connection": {
			http.MethodPost, requestURI + "?api-version=7.1&serviceConnectionId=other", accessToken, http.StatusBadRequest,
			"no explicit reference to service connection other",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.ask(test.method, test.address, test.token, http.Header{"X-TFS-FedAuthRedirect": {"Suppress"}})
			expectStatus(t, got, test.want)
			if !strings.Contains(got.text, test.text) || got.field("oidcToken") != "" {
				t.Errorf("answer %s", got.text)
			}
		})
	}
}

func TestPipeline_signInPage(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	requestURI, _ := x.AddPipeline(connectionID, pipelineIssuer, connectionSubject)
	x.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	got := x.ask(http.MethodPost, requestURI+"?api-version=7.1", "wrong", nil)
	expectStatus(t, got, http.StatusFound)
	page := x.ask(http.MethodGet, got.header.Get("Location"), "", nil)
	expectStatus(t, page, http.StatusOK)
	if !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(page.text, "Sign In") {
		t.Errorf("page %s with %v", page.text, page.header)
	}
}
