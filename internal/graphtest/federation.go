// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// defaultIDTokenLifetime is how long a token of the outside identity provider is valid where nothing else is said.
const defaultIDTokenLifetime = 10 * time.Minute

// IDToken is what an outside identity provider says of a workload.
type IDToken struct {
	// Issuer, Subject and Audience are the claims iss, sub and aud.
	Issuer, Subject, Audience string
	// Lifetime is how long it is valid from now on; zero is ten minutes. A negative one makes a token that expired so
	// long ago.
	Lifetime time.Duration
	// Forged makes a token that is signed with another key than the provider's.
	Forged bool
}

// IDToken returns a signed token of the outside identity provider. It stands for GitHub, Azure DevOps, GitLab, HCP
// Terraform, a Kubernetes cluster, whatever the issuer says; all have one signing key, which Entra knows.
func (s *Server) IDToken(t IDToken) string {
	lifetime := t.Lifetime
	if lifetime == 0 {
		lifetime = defaultIDTokenLifetime
	}
	issued := s.clock.Now()
	expires := issued.Add(lifetime)
	if lifetime < 0 {
		issued = expires.Add(-defaultIDTokenLifetime)
	}
	key := s.outside
	if t.Forged {
		key = s.signing
	}
	return key.sign(jwt.MapClaims{
		"iss": t.Issuer,
		"sub": t.Subject,
		"aud": t.Audience,
		"iat": issued.Unix(),
		"nbf": issued.Unix(),
		"exp": expires.Unix(),
		"jti": uuid.NewString(),
	})
}

// job is a run of a CI system that may ask the system for ID tokens.
type job struct {
	token           string // what it shows to ask
	issuer, subject string
	connection      string // the service connection that it may use, where the system has such
}

// jobs are those of a server, by the path where they ask.
type jobs struct {
	mu     sync.Mutex
	byPath map[string]job
}

func (js *jobs) add(path string, j job) {
	js.mu.Lock()
	defer js.mu.Unlock()
	if js.byPath == nil {
		js.byPath = make(map[string]job)
	}
	js.byPath[path] = j
}

func (js *jobs) find(path string) (job, bool) {
	js.mu.Lock()
	defer js.mu.Unlock()
	j, ok := js.byPath[path]
	return j, ok
}

const federationPage = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"

// checkFederatedAssertion verifies a token of the outside identity provider and looks for the credential that it is
// meant for.
func (s *Server) checkFederatedAssertion(presented assertion, a Application) *entraError {
	if len(a.FederatedCredentials) == 0 {
		return invalidClient(70025, "The client '%s' has no configured federated identity credentials.", a.ClientID)
	}
	if presented.header["kid"] != s.outside.id {
		return invalidClient(7000272, "The certificate with identifier %v used to sign the federated credential could not be found in the metadata of identity provider %s. Please validate that your Identity Provider's metadata exposes the key used to sign the incoming token.",
			presented.header["kid"], presented.claims.Issuer)
	}
	verified := s.verifyAssertion(presented, &s.outside.private.PublicKey, federationAlgorithms)
	if errors.Is(verified, jwt.ErrTokenSignatureInvalid) {
		return invalidClient(700027, "Client assertion failed signature validation.")
	}
	if failure := s.assertionFailure(verified, presented); failure != nil {
		return failure
	}
	return matchFederatedCredential(presented.claims, a.FederatedCredentials)
}

// matchFederatedCredential refuses claims that no credential has, by the first of issuer, subject and audience with
// which all are ruled out.
func matchFederatedCredential(claims jwt.RegisteredClaims, credentials []FederatedCredential) *entraError {
	ofIssuer := keep(credentials, func(c FederatedCredential) bool { return c.Issuer == claims.Issuer })
	ofSubject := keep(ofIssuer, func(c FederatedCredential) bool { return c.Subject == claims.Subject })
	ofAudience := keep(ofSubject, func(c FederatedCredential) bool { return slices.Contains(claims.Audience, c.Audience) })
	respelled := func(c FederatedCredential) bool { return strings.EqualFold(c.Subject, claims.Subject) }
	switch {
	case len(ofIssuer) == 0:
		return noFederatedCredential(700211, "issuer", claims.Issuer, "")
	case len(ofSubject) == 0 && slices.ContainsFunc(ofIssuer, respelled):
		return noFederatedCredential(7002138, "subject", claims.Subject,
			"The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ")
	case len(ofSubject) == 0:
		return noFederatedCredential(700213, "subject", claims.Subject, "")
	case len(ofAudience) == 0:
		return noFederatedCredential(700212, "audience", strings.Join(claims.Audience, " "), "")
	}
	return nil
}

func keep(credentials []FederatedCredential, wanted func(FederatedCredential) bool) []FederatedCredential {
	return slices.DeleteFunc(slices.Clone(credentials), func(c FederatedCredential) bool { return !wanted(c) })
}

func noFederatedCredential(code int, claim, value, hint string) *entraError {
	return invalidClient(code, "No matching federated identity record found for presented assertion %s '%s'. %sCheck your federated identity credential Subject, Audience and Issuer against the presented assertion. %s",
		claim, value, hint, federationPage)
}
