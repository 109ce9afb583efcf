// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Principal is who the access token was issued to, and what it permits.
type Principal struct {
	// TenantID and ClientID are those of the sign-in.
	TenantID, ClientID string
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

// Principal reads the claims of the access token. Those who ask at once share one sign-in, and its failure: each failure
// takes the credential's own retries. The error is that of signing in, the context's, or *UnreadableTokenError.
func (s *SignIn) Principal(ctx context.Context) (Principal, error) {
	if known := s.principal.Load(); known != nil {
		return *known, nil
	}
	shared := s.asking.DoChan("", func() (any, error) {
		token, err := s.token(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		principal, err := principalOf(token)
		if err != nil {
			return nil, &UnreadableTokenError{err}
		}
		s.principal.Store(&principal)
		return nil, nil
	})
	select {
	case <-ctx.Done():
		return Principal{}, ctx.Err()
	case result := <-shared:
		if result.Err != nil {
			return Principal{}, result.Err
		}
		return *s.principal.Load(), nil
	}
}

// claims are those of Entra's access tokens, of version 1 and 2.
type claims struct {
	jwt.RegisteredClaims
	TenantID          string   `json:"tid"`
	ApplicationID     string   `json:"appid"`
	AuthorizedParty   string   `json:"azp"`
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
		TenantID:    c.TenantID,
		ClientID:    cmp.Or(c.ApplicationID, c.AuthorizedParty),
		ObjectID:    c.ObjectID,
		Application: c.IdentityType == "app" || c.IdentityType == "" && c.Scopes == "",
		Roles:       c.Roles,
		Scopes:      strings.Fields(c.Scopes),
	}
	if !principal.Application {
		principal.UserPrincipalName = cmp.Or(c.UPN, c.PreferredUsername, c.UniqueName)
	}
	return principal, nil
}
