// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestEntra_metadata(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	localhost := strings.Replace(x.URL(), "127.0.0.1", "localhost", 1)
	for _, test := range []struct{ root, tenant string }{
		{x.URL(), x.TenantID()},
		{x.URL(), strings.ToUpper(x.TenantID())},
		{x.URL(), TenantDomain},
		{localhost, x.TenantID()},
	} {
		r := x.request(http.MethodGet, "/"+test.tenant+"/v2.0/.well-known/openid-configuration", "", "")
		r.URL.Host = strings.TrimPrefix(test.root, "https://")
		r.Host = r.URL.Host
		got := x.do(r)
		expectStatus(t, got, http.StatusOK)
		byID := test.root + "/" + x.TenantID()
		for name, want := range map[string]string{
			"issuer":                 byID + "/v2.0",
			"authorization_endpoint": byID + "/oauth2/v2.0/authorize",
			"token_endpoint":         byID + "/oauth2/v2.0/token",
			"jwks_uri":               byID + "/discovery/v2.0/keys",
		} {
			if got.field(name) != want {
				t.Errorf("%s is %q, want %q", name, got.field(name), want)
			}
		}
	}
}

func TestEntra_applicationToken(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{
		Roles: []string{"User.Read.All", "User.RevokeSessions.All"}, TokenLifetime: 10 * time.Minute,
	})
	got := x.signIn(application)
	expectStatus(t, got, http.StatusOK)
	if got.field("token_type") != "Bearer" || got.json["expires_in"] != 600.0 || got.json["refresh_token"] != nil {
		t.Errorf("answer %s", got.text)
	}
	claims := verifyWithKeys(t, x, got.field("access_token"))
	for name, want := range map[string]any{
		"aud": x.URL(), "iss": x.URL() + "/" + x.TenantID() + "/", "tid": x.TenantID(),
		"oid": application.ObjectID, "sub": application.ObjectID, "appid": application.ClientID, "idtyp": "app",
		"iat": float64(Epoch.Unix()), "nbf": float64(Epoch.Unix()), "exp": float64(Epoch.Add(10 * time.Minute).Unix()),
		"roles": []any{"User.Read.All", "User.RevokeSessions.All"}, "ver": "1.0", "scp": nil,
	} {
		if !reflect.DeepEqual(claims[name], want) {
			t.Errorf("claim %s is %v, want %v", name, claims[name], want)
		}
	}
}

func TestEntra_userToken(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	got := x.redeem(x.SignIn(user.ID))
	expectStatus(t, got, http.StatusOK)
	claims := verifyWithKeys(t, x, got.field("access_token"))
	for name, want := range map[string]any{
		"aud": x.URL(), "tid": x.TenantID(), "oid": user.ID, "appid": PublicClientID, "idtyp": "user",
		"upn": user.UserPrincipalName, "unique_name": user.UserPrincipalName, "roles": nil,
		"scp": "AuditLog.Read.All Directory.AccessAsUser.All Group.ReadWrite.All User.ReadWrite.All",
	} {
		if !reflect.DeepEqual(claims[name], want) {
			t.Errorf("claim %s is %v, want %v", name, claims[name], want)
		}
	}
	if want := x.URL() + "/User.ReadWrite.All"; !strings.Contains(got.field("scope"), want) {
		t.Errorf("scope %q lacks %q", got.field("scope"), want)
	}
	claims = verifyWithKeys(t, x, x.AccessToken(user.ID, "User.Read", "User.ReadWrite"))
	if claims["scp"] != "User.Read User.ReadWrite" {
		t.Errorf("scp %v", claims["scp"])
	}
}

// verifyWithKeys checks the signature with the key that the tenant publishes.
func verifyWithKeys(t *testing.T, x *tenant, token string) jwt.MapClaims {
	t.Helper()
	published := x.get("/"+x.TenantID()+"/discovery/v2.0/keys", "")
	expectStatus(t, published, http.StatusOK)
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(parsed *jwt.Token) (any, error) {
		keys, _ := published.json["keys"].([]any)
		for _, k := range keys {
			key, _ := k.(map[string]any)
			if key["kid"] != parsed.Header["kid"] {
				continue
			}
			n, nErr := base64.RawURLEncoding.DecodeString(fmt.Sprint(key["n"]))
			e, eErr := base64.RawURLEncoding.DecodeString(fmt.Sprint(key["e"]))
			if nErr != nil || eErr != nil {
				return nil, fmt.Errorf("key %v", key)
			}
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
		}
		return nil, fmt.Errorf("no key %v among %s", parsed.Header["kid"], published.text)
	}, jwt.WithTimeFunc(x.clock.Now), jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestEntra_scopesOfOpenIDConnect(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{})
	expectStatus(t, x.form(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret},
		"scope": {x.URL() + "/.default openid offline_access profile"},
	}), http.StatusOK)
	expectStatus(t, x.form(url.Values{
		"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "refresh_token": {x.SignIn(x.addUser("alice").ID)},
		"scope": {x.URL() + "/User.ReadWrite.All openid offline_access profile"},
	}), http.StatusOK)
}

func TestEntra_basicAuthentication(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{Secret: "a+b %/~:c"})
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {x.URL() + "/.default"}}
	r := x.request(http.MethodPost, "/"+TenantDomain+"/oauth2/v2.0/token", "", form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(application.ClientID), url.QueryEscape(application.Secret))
	expectStatus(t, x.do(r), http.StatusOK)
}

func TestEntra_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{})
	scope := x.URL() + "/.default"
	refresh := x.SignIn(x.addUser("alice").ID)
	tests := map[string]struct {
		form   url.Values
		status int
		kind   string
		code   int
	}{
		"no grant type":      {url.Values{}, 400, "invalid_request", 900144},
		"unknown grant type": {url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type", 70003},
		"no client": {
			url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}, 400, "invalid_request", 900144,
		},
		"unknown application": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"nobody"}, "client_secret": {"x"}, "scope": {scope}},
			400, "unauthorized_client", 700016,
		},
		"wrong secret": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {"x"}, "scope": {scope}},
			401, "invalid_client", 7000215,
		},
		"no secret": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "scope": {scope}},
			401, "invalid_client", 7000216,
		},
		"no scope": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}},
			400, "invalid_request", 900144,
		},
		"scope that is not .default": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}, "scope": {x.URL() + "/User.Read.All"}},
			400, "invalid_scope", 1002012,
		},
		"two scopes": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}, "scope": {scope + " https://vault.azure.net/.default"}},
			400, "invalid_scope", 1002012,
		},
		"no resource": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}, "scope": {"openid profile offline_access"}},
			400, "invalid_scope", 1002012,
		},
		"another cloud's Graph": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}, "scope": {"https://graph.microsoft.com/.default"}},
			400, "invalid_resource", 500011,
		},
		"scope with a trailing slash doubled": {
			url.Values{"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "client_secret": {application.Secret}, "scope": {x.URL() + "//.default"}},
			400, "invalid_resource", 500011,
		},
		"unknown refresh token": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "refresh_token": {"x"}},
			400, "invalid_grant", 9002313,
		},
		"no refresh token": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}}, 400, "invalid_request", 900144,
		},
		"refresh token of another client": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {application.ClientID}, "refresh_token": {refresh}},
			400, "invalid_grant", 70000,
		},
		"refresh token by an unknown client": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {"nobody"}, "refresh_token": {refresh}},
			400, "unauthorized_client", 700016,
		},
		"public client with a secret": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "client_secret": {"x"}, "refresh_token": {refresh}},
			401, "invalid_client", 700025,
		},
		"permission that the client lacks": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "refresh_token": {refresh}, "scope": {"openid " + x.URL() + "/User.RevokeSessions.All"}},
			400, "invalid_grant", 65001,
		},
		"refresh token for another resource": {
			url.Values{"grant_type": {"refresh_token"}, "client_id": {PublicClientID}, "refresh_token": {refresh}, "scope": {"https://vault.azure.net/.default"}},
			400, "invalid_resource", 500011,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.form(test.form)
			expectEntraError(t, x, got, test.status, test.kind, test.code)
		})
	}
}

func expectEntraError(t *testing.T, x *tenant, got answered, status int, kind string, code int) {
	t.Helper()
	expectStatus(t, got, status)
	if got.field("error") != kind || !reflect.DeepEqual(got.json["error_codes"], []any{float64(code)}) {
		t.Fatalf("error %s, want %s %d", got.text, kind, code)
	}
	description := got.field("error_description")
	if !strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", code)) {
		t.Errorf("description %q", description)
	}
	trailer := fmt.Sprintf(" Trace ID: %s Correlation ID: %s Timestamp: 2026-03-01 12:00:00Z", got.field("trace_id"), got.field("correlation_id"))
	if got.field("trace_id") == "" || got.field("correlation_id") == "" || !strings.HasSuffix(description, trailer) {
		t.Errorf("description %q does not end in %q", description, trailer)
	}
	if want := fmt.Sprintf("%s/error?code=%d", x.URL(), code); got.field("error_uri") != want {
		t.Errorf("error_uri %q, want %q", got.field("error_uri"), want)
	}
	if got.field("timestamp") != "2026-03-01 12:00:00Z" {
		t.Errorf("timestamp %q", got.field("timestamp"))
	}
}

func TestEntra_unknownTenant(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	expectEntraError(t, x, x.get("/fabrikam.com/v2.0/.well-known/openid-configuration", ""), 400, "invalid_tenant", 90002)
	expectEntraError(t, x, x.post("/fabrikam.com/oauth2/v2.0/token", "", ""), 400, "invalid_request", 90002)
	expectStatus(t, x.get("/common/discovery/instance?api-version=1.1", ""), http.StatusNotFound)
}

func TestEntra_tokenEndpointTakesPostOnly(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	got := x.get("/"+x.TenantID()+"/oauth2/v2.0/token?grant_type=client_credentials", "")
	expectEntraError(t, x, got, http.StatusMethodNotAllowed, "invalid_request", 900561)
}

func TestEntra_correlation(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	r := x.request(http.MethodPost, "/"+x.TenantID()+"/oauth2/v2.0/token", "", "")
	r.Header.Set("client-request-id", "6ab1a9a8-1c0c-4a3b-8e7b-2f5a1f0f9d11")
	if got := x.do(r); got.field("correlation_id") != "6ab1a9a8-1c0c-4a3b-8e7b-2f5a1f0f9d11" {
		t.Errorf("answer %s", got.text)
	}
}

func TestApplications(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{Roles: []string{"User.Read.All"}})
	if other := x.AddApplication(Application{}); other.Secret == application.Secret || len(other.Secret) != 40 {
		t.Errorf("secrets %q and %q", application.Secret, other.Secret)
	}
	old := application
	x.UpdateApplication(strings.ToUpper(application.ClientID), func(a *Application) {
		a.Secret = "rotated"
		a.Roles = nil
		application = *a
	})
	expectEntraError(t, x, x.signIn(old), 401, "invalid_client", 7000215)
	got := x.signIn(application)
	expectStatus(t, got, http.StatusOK)
	if claims := verifyWithKeys(t, x, got.field("access_token")); claims["roles"] != nil {
		t.Errorf("roles %v after consent was taken away", claims["roles"])
	}
	x.UpdateApplication(application.ClientID, func(a *Application) { a.SecretExpired = true })
	expectEntraError(t, x, x.signIn(application), 401, "invalid_client", 7000222)
	expectEntraError(t, x, x.signIn(old), 401, "invalid_client", 7000215)
	x.UpdateApplication("nobody", func(*Application) { t.Error("an unknown application is changed") })
}

func TestRefreshTokens(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	signedIn := x.SignIn(user.ID)
	first := x.redeem(signedIn)
	expectStatus(t, first, http.StatusOK)
	rotated := first.field("refresh_token")
	if rotated == "" || rotated == signedIn {
		t.Fatalf("rotated to %q", rotated)
	}
	expectStatus(t, x.redeem(rotated), http.StatusOK)
	expectStatus(t, x.redeem(signedIn), http.StatusOK)

	x.UpdateUser(user.ID, func(u *User) { u.AccountEnabled = false })
	expectEntraError(t, x, x.redeem(rotated), 400, "invalid_grant", 50057)
	if token := x.SignIn(user.ID); token != "" {
		t.Error("a disabled user signed in")
	}
	x.DeleteUser(user.ID)
	expectEntraError(t, x, x.redeem(rotated), 400, "invalid_grant", 50034)
	if token := x.SignIn(user.ID); token != "" {
		t.Error("a deleted user signed in")
	}
	x.RestoreUser(user.ID)
	x.UpdateUser(user.ID, func(u *User) { u.AccountEnabled = true })
	expectStatus(t, x.redeem(rotated), http.StatusOK)
}
