// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Principal is who the access token was issued to, and what it permits.
type Principal struct {
	// ObjectID is the object id of the user or service principal.
	ObjectID string
	// UserPrincipalName is empty for an application.
	UserPrincipalName string
	// Application is set for app-only sign-in, which has no user.
	Application bool
	// Roles are the application permissions, Scopes the delegated ones.
	Roles, Scopes []string
}

// UnreadableTokenError is an access token that is not a JWT, or has none of the claims that name its principal. Microsoft does
// not promise either to clients.
type UnreadableTokenError struct{ err error }

func (e *UnreadableTokenError) Error() string {
	return fmt.Sprintf("the access token cannot be read: %v", e.err)
}

// Unwrap returns the cause.
func (e *UnreadableTokenError) Unwrap() error { return e.err }

// Principal reads the claims of the access token, once. The error is that of signing in, or *UnreadableTokenError.
func (s *SignIn) Principal(ctx context.Context) (Principal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.principal != nil {
		return *s.principal, nil
	}
	token, err := s.token(ctx)
	if err != nil {
		return Principal{}, err
	}
	principal, err := principalOf(token)
	if err != nil {
		return Principal{}, &UnreadableTokenError{err}
	}
	s.principal = &principal
	return principal, nil
}

// claims are those of Entra's access tokens, of version 1 and 2.
type claims struct {
	jwt.RegisteredClaims
	ObjectID          string   `json:"oid"`
	IdentityType      string   `json:"idtyp"`
	UPN               string   `json:"upn"`
	UniqueName        string   `json:"unique_name"`
	PreferredUsername string   `json:"preferred_username"`
	Roles             []string `json:"roles"`
	Scopes            string   `json:"scp"`
}

// principalOf does not verify the signature: the token is ours, and is for Graph to judge.
func principalOf(token string) (Principal, error) {
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		return Principal{}, err
	}
	if c.ObjectID == "" {
		return Principal{}, fmt.Errorf("it has no oid claim")
	}
	principal := Principal{
		ObjectID:    c.ObjectID,
		Application: c.IdentityType == "app" || c.IdentityType == "" && c.Scopes == "",
		Roles:       c.Roles,
		Scopes:      strings.Fields(c.Scopes),
	}
	if !principal.Application {
		for _, name := range []string{c.UPN, c.PreferredUsername, c.UniqueName} {
			if name != "" {
				principal.UserPrincipalName = name
				break
			}
		}
	}
	return principal, nil
}
