// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwtBearer is the one type of client assertion that Entra knows (RFC 7523, section 2.2).
const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const certificateCredentialsPage = "Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."

// assertion is a client assertion whose signature is still to be verified.
type assertion struct {
	text   string
	header map[string]any
	claims jwt.RegisteredClaims
}

// checkAssertion verifies the client assertion of a request. One that the application issued itself is signed with
// its certificate; whoever else issued it is an outside identity provider.
func (s *Server) checkAssertion(r *http.Request, a Application) *entraError {
	switch r.PostForm.Get("client_assertion_type") {
	case "":
		return missingParameter("client_assertion_type")
	case jwtBearer:
	default:
		return malformed("invalid_request")
	}
	presented := assertion{text: r.PostForm.Get("client_assertion")}
	token, _, err := jwt.NewParser().ParseUnverified(presented.text, &presented.claims)
	if err != nil {
		return invalidJWT("JWT token is invalid or malformed.")
	}
	presented.header = token.Header
	if strings.EqualFold(presented.claims.Issuer, a.ClientID) {
		return s.checkCertificateAssertion(presented, root(r), a)
	}
	return s.checkFederatedAssertion(presented, a)
}

// Algorithms that Entra takes: for certificates PS256 is what it asks for and RS256 what it asked for before; the page
// Workload identity federation: considerations and restrictions allows issuers RS256 alone.
var (
	certificateAlgorithms = []string{jwt.SigningMethodPS256.Alg(), jwt.SigningMethodRS256.Alg()}
	federationAlgorithms  = []string{jwt.SigningMethodRS256.Alg()}
)

// checkCertificateAssertion verifies what the page Microsoft identity platform application authentication certificate
// credentials asks for. It knows the SHA-256 thumbprint alone, so one of SHA-1 (x5t) counts for nothing, and sets no
// limit to how long an assertion may be valid.
func (s *Server) checkCertificateAssertion(presented assertion, root string, a Application) *entraError {
	thumbprint, _ := presented.header["x5t#S256"].(string)
	if thumbprint == "" {
		return invalidJWT("Invalid JWT token. No certificate thumbprint specified in token header.")
	}
	certificate := findCertificate(a.Certificates, thumbprint)
	if certificate == nil {
		return invalidClient(700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '%s', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '%s'.]",
			thumbprint, a.ClientID)
	}
	verified := s.verifyAssertion(presented, certificate.PublicKey, certificateAlgorithms,
		jwt.WithSubject(presented.claims.Issuer),
		jwt.WithAudience(root+"/"+s.tenantID+"/"+tokenEndpoint, root+"/"+TenantDomain+"/"+tokenEndpoint, s.issuer(root)))
	if errors.Is(verified, jwt.ErrTokenSignatureInvalid) {
		return rejectedKey("The provided signature value did not match the expected signature value.", thumbprint, certificate)
	}
	if now := s.clock.Now(); now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		return rejectedKey("The key used is expired.", thumbprint, certificate)
	}
	return s.assertionFailure(verified, presented)
}

// findCertificate returns the certificate with this SHA-256 thumbprint, or nil. The documentation says base64url;
// Microsoft's own library for Go sends the standard alphabet with padding, and Entra takes it.
func findCertificate(certificates []*x509.Certificate, thumbprint string) *x509.Certificate {
	asURL := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(thumbprint)
	for _, c := range certificates {
		if sum := sha256.Sum256(c.Raw); base64.RawURLEncoding.EncodeToString(sum[:]) == asURL {
			return c
		}
	}
	return nil
}

// verifyAssertion returns nil or an error of package jwt: [jwt.ErrTokenUnverifiable] for an algorithm that is not taken.
func (s *Server) verifyAssertion(presented assertion, key any, algorithms []string, options ...jwt.ParserOption) error {
	if algorithm, _ := presented.header["alg"].(string); !slices.Contains(algorithms, algorithm) {
		return jwt.ErrTokenUnverifiable
	}
	options = append(options, jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock.Now))
	_, err := jwt.ParseWithClaims(presented.text, &jwt.RegisteredClaims{}, func(*jwt.Token) (any, error) { return key, nil }, options...)
	return err
}

// assertionFailure says in Entra's words what is wrong with the claims of an assertion, or nil.
func (s *Server) assertionFailure(err error, presented assertion) *entraError {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
		return invalidClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. %s",
			entraInstant(s.clock.Now()), claimedInstant(presented.claims.NotBefore), claimedInstant(presented.claims.ExpiresAt), certificateCredentialsPage)
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return invalidClient(700023, "Client assertion audience claim does not match Realm issuer. %s", certificateCredentialsPage)
	case errors.Is(err, jwt.ErrTokenInvalidSubject):
		return invalidClient(50048, "Subject mismatches Issuer claim in the client assertion.")
	default:
		return invalidJWT("JWT token is invalid or malformed.")
	}
}

func rejectedKey(reason, thumbprint string, found *x509.Certificate) *entraError {
	const day = "01/02/2006 15:04:05"
	return invalidClient(700027, "Client assertion failed signature validation. [Reason - %s, Thumbprint of key used by client: '%s', Found key 'Start=%s, End=%s']",
		reason, thumbprint, found.NotBefore.UTC().Format(day), found.NotAfter.UTC().Format(day))
}

func invalidJWT(description string) *entraError {
	return &entraError{http.StatusBadRequest, "invalid_request", 50027, description}
}

// entraInstant is how Entra writes an instant into a description.
func entraInstant(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

func claimedInstant(claim *jwt.NumericDate) string {
	if claim == nil {
		return entraInstant(time.Unix(0, 0))
	}
	return entraInstant(claim.Time)
}
