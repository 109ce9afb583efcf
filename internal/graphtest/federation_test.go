// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	gitHubIssuer  = "https://token.actions.githubusercontent.com"
	gitHubSubject = "repo:contoso/offboarding:ref:refs/heads/main"
)

// federated is an application that a workflow on GitHub may sign in as, and a pod of a cluster too.
func (x *tenant) federated() Application {
	return x.AddApplication(Application{
		Roles: []string{"User.Read.All"},
		FederatedCredentials: []FederatedCredential{
			{Issuer: "https://eastus.oic.prod-aks.azure.com/1/2/", Subject: "system:serviceaccount:identity:offboarding", Audience: tokenExchange},
			{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange},
		},
	})
}

func TestFederatedAssertion(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.federated()
	for _, credential := range application.FederatedCredentials {
		got := x.assert(application.ClientID, x.IDToken(IDToken{
			Issuer: credential.Issuer, Subject: credential.Subject, Audience: credential.Audience,
		}))
		expectStatus(t, got, http.StatusOK)
		claims := verifyWithKeys(t, x, got.field("access_token"))
		if claims["appid"] != application.ClientID || claims["appidacr"] != "2" {
			t.Errorf("claims %v", claims)
		}
	}
}

func TestFederatedAssertion_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.federated()
	valid := IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange}
	tests := map[string]struct {
		change func(*IDToken)
		code   int
		text   string // part of the description
	}{
		"another issuer": {
			func(t *IDToken) { t.Issuer = "https://gitlab.com" }, 700211, "assertion issuer 'https://gitlab.com'.",
		},
		"issuer with a slash more": {
			func(t *IDToken) { t.Issuer += "/" }, 700211, "assertion issuer '" + gitHubIssuer + "/'.",
		},
		"another subject": {
			func(t *IDToken) { t.Subject = "repo:contoso/offboarding:pull_request" },
			700213, "assertion subject 'repo:contoso/offboarding:pull_request'.",
		},
		"subject in other letter case": {
			func(t *IDToken) { t.Subject = strings.ToUpper(t.Subject) }, 7002138, "case-insensitive comparison",
		},
		"subject of another issuer's credential": {
			func(t *IDToken) { t.Subject = "system:serviceaccount:identity:offboarding" },
			700213, "assertion subject 'system:serviceaccount:identity:offboarding'.",
		},
		"another audience": {
			func(t *IDToken) { t.Audience = "https://github.com/contoso" },
			700212, "assertion audience 'https://github.com/contoso'.",
		},
		"expired": {
			func(t *IDToken) { t.Lifetime = -time.Minute }, 700024,
			"Current time: 2026-03-01T12:00:00.0000000Z, assertion valid from 2026-03-01T11:49:00.0000000Z, expiry time of assertion 2026-03-01T11:59:00.0000000Z.",
		},
		"forged": {
			func(t *IDToken) { t.Forged = true }, 7000272, "metadata of identity provider " + gitHubIssuer,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := valid
			test.change(&token)
			got := x.assert(application.ClientID, x.IDToken(token))
			expectEntraError(t, x, got, 401, "invalid_client", test.code)
			if !strings.Contains(got.field("error_description"), test.text) {
				t.Errorf("description %q lacks %q", got.field("error_description"), test.text)
			}
		})
	}
}

func TestFederatedAssertion_withoutCredentials(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.IDToken(IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange})
	got := x.assert(x.AddApplication(Application{}).ClientID, token)
	expectEntraError(t, x, got, 401, "invalid_client", 70025)

	application := x.federated()
	expectStatus(t, x.assert(application.ClientID, token), http.StatusOK)
	x.UpdateApplication(application.ClientID, func(a *Application) { a.FederatedCredentials = a.FederatedCredentials[:1] })
	expectEntraError(t, x, x.assert(application.ClientID, token), 401, "invalid_client", 700211)
}

func TestFederatedAssertion_tamperedWith(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.federated()
	granted := strings.Split(x.IDToken(IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange}), ".")
	other := strings.Split(x.IDToken(IDToken{Issuer: gitHubIssuer, Subject: "repo:fabrikam/x:pull_request", Audience: tokenExchange}), ".")
	got := x.assert(application.ClientID, strings.Join([]string{other[0], granted[1], other[2]}, "."))
	expectEntraError(t, x, got, 401, "invalid_client", 700027)
}

func TestIDToken_lifetime(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.federated()
	for lifetime, want := range map[time.Duration]time.Duration{0: 10 * time.Minute, 5 * time.Second: 5 * time.Second} {
		claims := jwt.MapClaims{}
		token := x.IDToken(IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange, Lifetime: lifetime})
		if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
			t.Fatal(err)
		}
		if got := claims["exp"]; got != float64(Epoch.Add(want).Unix()) {
			t.Errorf("exp %v for %s", got, lifetime)
		}
	}
	token := x.IDToken(IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: tokenExchange, Lifetime: 5 * time.Second})
	x.clock.Advance(4 * time.Second)
	expectStatus(t, x.assert(application.ClientID, token), http.StatusOK)
	x.clock.Advance(time.Second)
	expectStatus(t, x.assert(application.ClientID, token), http.StatusUnauthorized)
}
