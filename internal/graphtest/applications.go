// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/rand"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Application is an application registration together with its service principal in the tenant.
type Application struct {
	// ClientID is the application's id.
	ClientID string
	// DisplayName is the name of its service principal.
	DisplayName string
	// ObjectID is the id of its service principal: the oid of its tokens.
	ObjectID string
	// Secret is its one client secret.
	Secret string
	// SecretExpired says that the secret is past its end date.
	SecretExpired bool
	// Certificates are those registered for the application: Entra takes assertions that one of their keys signed,
	// while the certificate itself is valid by the server's clock.
	Certificates []*x509.Certificate
	// FederatedCredentials are the outside identities that may sign in as the application.
	FederatedCredentials []FederatedCredential
	// Roles are the application permissions of Microsoft Graph that an administrator consented to, such as
	// User.Read.All. Tokens carry those of the moment in which they are issued.
	Roles []string
	// TokenLifetime is how long its access tokens are valid; zero is one hour.
	TokenLifetime time.Duration
}

// FederatedCredential is an identity of an outside provider that may sign in as an application. Each field is
// compared with its claim exactly, letter case and trailing slashes included.
type FederatedCredential struct {
	Issuer, Subject, Audience string
}

const defaultTokenLifetime = time.Hour

func (a Application) tokenLifetime() time.Duration {
	if a.TokenLifetime == 0 {
		return defaultTokenLifetime
	}
	return a.TokenLifetime
}

func (a Application) hasSecret(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(a.Secret), []byte(secret)) == 1
}

func (a Application) clone() Application {
	a.Certificates = slices.Clone(a.Certificates)
	a.FederatedCredentials = slices.Clone(a.FederatedCredentials)
	a.Roles = slices.Clone(a.Roles)
	return a
}

// applications are the registrations of a tenant.
type applications struct {
	mu         sync.Mutex
	byID       map[string]Application // by client id in lower case
	principals map[string]string      // client ids by the service principal's object id in lower case
}

// AddApplication registers an application. Empty ids and an empty secret are filled; the result holds them.
func (s *Server) AddApplication(a Application) Application {
	if a.ClientID == "" {
		a.ClientID = uuid.NewString()
	}
	if a.ObjectID == "" {
		a.ObjectID = uuid.NewString()
	}
	if a.Secret == "" {
		a.Secret = newSecret()
	}
	s.applications.put(a)
	return a
}

// UpdateApplication changes the application with that client id, if there is one: a rotated secret, consent given or
// taken away. Tokens issued before stay as they are.
func (s *Server) UpdateApplication(clientID string, change func(*Application)) {
	a, ok := s.applications.find(clientID)
	if !ok {
		return
	}
	change(&a)
	s.applications.put(a)
}

func (as *applications) put(a Application) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.byID == nil {
		as.byID = make(map[string]Application)
		as.principals = make(map[string]string)
	}
	as.principals[strings.ToLower(a.ObjectID)] = a.ClientID
	as.byID[strings.ToLower(a.ClientID)] = a.clone()
}

func (as *applications) find(clientID string) (Application, bool) {
	as.mu.Lock()
	defer as.mu.Unlock()
	a, ok := as.byID[strings.ToLower(clientID)]
	return a.clone(), ok
}

// findPrincipal returns the application whose service principal has that object id.
func (as *applications) findPrincipal(objectID string) (Application, bool) {
	as.mu.Lock()
	clientID, ok := as.principals[strings.ToLower(objectID)]
	as.mu.Unlock()
	if !ok {
		return Application{}, false
	}
	return as.find(clientID)
}

// newSecret returns a random secret in the form of Entra's own: 40 characters with 8Q~ after the third.
func newSecret() string {
	random := make([]byte, 27)
	_, _ = rand.Read(random) // never fails, by its documentation
	text := base64.RawURLEncoding.EncodeToString(random)
	text = strings.ReplaceAll(text, "-", ".") + "~"
	return text[:3] + "8Q~" + text[3:]
}
