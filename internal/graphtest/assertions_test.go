// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // To send the thumbprint that the documentation no longer names.
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// clientKeys are two keys of applications; making one takes long.
var clientKeys = sync.OnceValues(func() ([2]*rsa.PrivateKey, error) {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return keys, err
		}
		keys[i] = key
	}
	return keys, nil
})

// credential is a certificate and its key, as the owner of an application holds them.
type credential struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
}

// newCredential returns a credential that is valid for a day around [Epoch], with one of the two keys.
func newCredential(t *testing.T, key int) credential {
	t.Helper()
	keys, err := clientKeys()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(key) + 1),
		Subject:      pkix.Name{CommonName: "offboarding"},
		NotBefore:    Epoch.Add(-12 * time.Hour),
		NotAfter:     Epoch.Add(12 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &keys[key].PublicKey, keys[key])
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return credential{certificate: certificate, key: keys[key]}
}

func (c credential) thumbprint() string {
	sum := sha256.Sum256(c.certificate.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// assertionOf is what the documentation tells an application to send.
func (x *tenant) assertionOf(a Application, c credential) *jwt.Token {
	now := x.clock.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{
		"aud": x.URL() + "/" + x.TenantID() + "/oauth2/v2.0/token",
		"iss": a.ClientID, "sub": a.ClientID, "jti": "6d1f6a46-14a5-4d8c-a4c0-06a53b1f0f1c",
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	})
	token.Header["x5t#S256"] = c.thumbprint()
	return token
}

func sign(t *testing.T, token *jwt.Token, key any) string {
	t.Helper()
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// assert signs in with a client assertion.
func (x *tenant) assert(clientID, assertion string) answered {
	x.t.Helper()
	return x.form(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {x.URL() + "/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	})
}

func TestCertificateAssertion(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*tenant, *jwt.Token, credential){
		"as documented": func(*tenant, *jwt.Token, credential) {},
		"RS256":         func(_ *tenant, token *jwt.Token, _ credential) { use(token, jwt.SigningMethodRS256) },
		"thumbprint in standard base64": func(_ *tenant, token *jwt.Token, c credential) {
			sum := sha256.Sum256(c.certificate.Raw)
			token.Header["x5t#S256"] = base64.StdEncoding.EncodeToString(sum[:])
		},
		"audience with the tenant's domain": func(x *tenant, token *jwt.Token, _ credential) {
			claims(token)["aud"] = x.URL() + "/" + TenantDomain + "/oauth2/v2.0/token"
		},
		"audience is the issuer": func(x *tenant, token *jwt.Token, _ credential) {
			claims(token)["aud"] = x.URL() + "/" + x.TenantID() + "/v2.0"
		},
		"client id in capitals": func(_ *tenant, token *jwt.Token, _ credential) {
			id := strings.ToUpper(fmt.Sprint(claims(token)["iss"]))
			claims(token)["iss"], claims(token)["sub"] = id, id
		},
		"valid for a year": func(_ *tenant, token *jwt.Token, _ credential) {
			claims(token)["exp"] = Epoch.Add(365 * 24 * time.Hour).Unix()
		},
		"without nbf": func(_ *tenant, token *jwt.Token, _ credential) { delete(claims(token), "nbf") },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			old, current := newCredential(t, 1), newCredential(t, 0)
			application := x.AddApplication(Application{
				Roles: []string{"User.Read.All"}, Certificates: []*x509.Certificate{old.certificate, current.certificate},
			})
			token := x.assertionOf(application, current)
			change(x, token, current)
			got := x.assert(application.ClientID, sign(t, token, current.key))
			expectStatus(t, got, http.StatusOK)
			access := verifyWithKeys(t, x, got.field("access_token"))
			if access["appid"] != application.ClientID || access["oid"] != application.ObjectID || access["appidacr"] != "2" {
				t.Errorf("claims %v", access)
			}
		})
	}
}

// use changes the algorithm that a token is to be signed with.
func use(token *jwt.Token, method jwt.SigningMethod) {
	token.Method = method
	token.Header["alg"] = method.Alg()
}

func claims(token *jwt.Token) jwt.MapClaims {
	claims, _ := token.Claims.(jwt.MapClaims)
	return claims
}

func TestCertificateAssertion_refused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(x *tenant, token *jwt.Token)
		status int
		kind   string
		code   int
		text   string // part of the description
	}{
		"no thumbprint": {
			func(_ *tenant, token *jwt.Token) { delete(token.Header, "x5t#S256") },
			400, "invalid_request", 50027, "No certificate thumbprint",
		},
		"SHA-1 thumbprint alone": {
			func(_ *tenant, token *jwt.Token) {
				delete(token.Header, "x5t#S256")
				sum := sha1.Sum(newCredential(t, 0).certificate.Raw) //nolint:gosec // As above.
				token.Header["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
			},
			400, "invalid_request", 50027, "No certificate thumbprint",
		},
		"thumbprint of a certificate that is not registered": {
			func(_ *tenant, token *jwt.Token) { token.Header["x5t#S256"] = newCredential(t, 1).thumbprint() },
			401, "invalid_client", 700027, "The key was not found.",
		},
		"audience of another tenant": {
			func(x *tenant, token *jwt.Token) {
				claims(token)["aud"] = x.URL() + "/fabrikam.onmicrosoft.com/oauth2/v2.0/token"
			},
			401, "invalid_client", 700023, "audience claim",
		},
		"audience of another authority": {
			func(x *tenant, token *jwt.Token) {
				claims(token)["aud"] = "https://login.microsoftonline.com/" + x.TenantID() + "/oauth2/v2.0/token"
			},
			401, "invalid_client", 700023, "audience claim",
		},
		"no audience": {
			func(_ *tenant, token *jwt.Token) { delete(claims(token), "aud") },
			400, "invalid_request", 50027, "",
		},
		"expired": {
			func(_ *tenant, token *jwt.Token) { claims(token)["exp"] = Epoch.Unix() },
			401, "invalid_client", 700024,
			"Current time: 2026-03-01T12:00:00.0000000Z, assertion valid from 2026-03-01T12:00:00.0000000Z, expiry time of assertion 2026-03-01T12:00:00.0000000Z.",
		},
		"not yet valid": {
			func(_ *tenant, token *jwt.Token) { claims(token)["nbf"] = Epoch.Add(time.Second).Unix() },
			401, "invalid_client", 700024, "assertion valid from 2026-03-01T12:00:01.0000000Z",
		},
		"expired, with no nbf": {
			func(_ *tenant, token *jwt.Token) {
				delete(claims(token), "nbf")
				claims(token)["exp"] = Epoch.Unix()
			},
			401, "invalid_client", 700024, "assertion valid from 1970-01-01T00:00:00.0000000Z",
		},
		"no expiry": {
			func(_ *tenant, token *jwt.Token) { delete(claims(token), "exp") },
			400, "invalid_request", 50027, "",
		},
		"another subject": {
			func(_ *tenant, token *jwt.Token) { claims(token)["sub"] = "somebody" },
			401, "invalid_client", 50048, "Subject mismatches Issuer",
		},
		"another issuer": {
			func(_ *tenant, token *jwt.Token) { claims(token)["iss"] = "somebody" },
			401, "invalid_client", 70025, "no configured federated identity credentials",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			c := newCredential(t, 0)
			application := x.AddApplication(Application{Certificates: []*x509.Certificate{c.certificate}})
			token := x.assertionOf(application, c)
			test.change(x, token)
			got := x.assert(application.ClientID, sign(t, token, c.key))
			expectEntraError(t, x, got, test.status, test.kind, test.code)
			if !strings.Contains(got.field("error_description"), test.text) {
				t.Errorf("description %q lacks %q", got.field("error_description"), test.text)
			}
		})
	}
}

func TestCertificateAssertion_signature(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	c := newCredential(t, 0)
	application := x.AddApplication(Application{Certificates: []*x509.Certificate{c.certificate}})
	token := x.assertionOf(application, c)

	got := x.assert(application.ClientID, sign(t, token, newCredential(t, 1).key))
	expectEntraError(t, x, got, 401, "invalid_client", 700027)
	if want := "Found key 'Start=03/01/2026 00:00:00, End=03/02/2026 00:00:00'"; !strings.Contains(got.field("error_description"), want) {
		t.Errorf("description %q lacks %q", got.field("error_description"), want)
	}

	signed := strings.Split(sign(t, token, c.key), ".")
	claims(token)["sub"] = "somebody"
	forged := strings.Split(sign(t, token, c.key), ".")
	got = x.assert(application.ClientID, strings.Join([]string{signed[0], forged[1], signed[2]}, "."))
	expectEntraError(t, x, got, 401, "invalid_client", 700027)

	for _, other := range []jwt.SigningMethod{jwt.SigningMethodPS512, jwt.SigningMethodRS384} {
		token := x.assertionOf(application, c)
		use(token, other)
		got = x.assert(application.ClientID, sign(t, token, c.key))
		expectEntraError(t, x, got, 400, "invalid_request", 50027)
	}
	token = x.assertionOf(application, c)
	use(token, jwt.SigningMethodHS256)
	expectEntraError(t, x, x.assert(application.ClientID, sign(t, token, []byte("guessed"))), 400, "invalid_request", 50027)
	use(token, jwt.SigningMethodNone)
	expectEntraError(t, x, x.assert(application.ClientID, sign(t, token, jwt.UnsafeAllowNoneSignatureType)), 400, "invalid_request", 50027)

	curved, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	use(token, jwt.SigningMethodES256)
	expectEntraError(t, x, x.assert(application.ClientID, sign(t, token, curved)), 400, "invalid_request", 50027)
}

func TestCertificateAssertion_ofAnotherApplication(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	c := newCredential(t, 0)
	other := x.AddApplication(Application{Certificates: []*x509.Certificate{newCredential(t, 1).certificate}})
	token := x.assertionOf(other, c)
	expectEntraError(t, x, x.assert(other.ClientID, sign(t, token, c.key)), 401, "invalid_client", 700027)
}

func TestCertificateAssertion_certificateExpires(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	c := newCredential(t, 0)
	application := x.AddApplication(Application{Certificates: []*x509.Certificate{c.certificate}})
	x.clock.Advance(12 * time.Hour)
	expectStatus(t, x.assert(application.ClientID, sign(t, x.assertionOf(application, c), c.key)), http.StatusOK)
	x.clock.Advance(time.Second)
	got := x.assert(application.ClientID, sign(t, x.assertionOf(application, c), c.key))
	expectStatus(t, got, http.StatusUnauthorized)
	if !strings.HasPrefix(got.field("error_description"), "AADSTS700027: ") || !strings.Contains(got.field("error_description"), "The key used is expired.") {
		t.Errorf("answer %s", got.text)
	}
}

func TestCertificateAssertion_rolledOver(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	c := newCredential(t, 0)
	registered := []*x509.Certificate{c.certificate}
	application := x.AddApplication(Application{Certificates: registered})
	registered[0] = newCredential(t, 1).certificate // the caller's own slice
	assertion := sign(t, x.assertionOf(application, c), c.key)
	expectStatus(t, x.assert(application.ClientID, assertion), http.StatusOK)
	x.UpdateApplication(application.ClientID, func(a *Application) { a.Certificates = nil })
	expectEntraError(t, x, x.assert(application.ClientID, assertion), 401, "invalid_client", 700027)
}

func TestAssertion_malformed(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	application := x.AddApplication(Application{})
	bearer := "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for name, test := range map[string]struct {
		kind, assertion string
		status          int
		failure         string
		code            int
	}{
		"no type":      {"", "x", 400, "invalid_request", 900144},
		"type of SAML": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "x", 400, "invalid_request", 9002313},
		"no JWT":       {bearer, "x", 400, "invalid_request", 50027},
		"no claims":    {bearer, "e30.e30.", 400, "invalid_request", 50027},
		"empty":        {bearer, "", 401, "invalid_client", 7000216},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.form(url.Values{
				"grant_type": {"client_credentials"}, "client_id": {application.ClientID}, "scope": {x.URL() + "/.default"},
				"client_assertion_type": {test.kind}, "client_assertion": {test.assertion},
			})
			expectEntraError(t, x, got, test.status, test.failure, test.code)
		})
	}
}
