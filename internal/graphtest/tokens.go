// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// PublicClientID is the application that users sign in with: the id under which Microsoft's own Azure CLI is known in
// every tenant. It is a public client and has no secret.
const PublicClientID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// publicClientScopes are the delegated permissions of Graph that Microsoft gave it; nobody can add any.
var publicClientScopes = []string{
	"AuditLog.Read.All", "Directory.AccessAsUser.All", "Group.ReadWrite.All", "User.ReadWrite.All",
}

// signingKey signs tokens.
type signingKey struct {
	private *rsa.PrivateKey
	id      string
}

// The keys of the tenant and of the outside identity provider are the same for every server of the process: making
// one takes long.
var (
	newSigningKey = sync.OnceValues(generateKey)
	newOutsideKey = sync.OnceValues(generateKey)
)

func generateKey() (*signingKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making the key that signs tokens: %w", err)
	}
	thumbprint := sha256.Sum256(private.N.Bytes())
	return &signingKey{private: private, id: base64.RawURLEncoding.EncodeToString(thumbprint[:20])}, nil
}

// jwks is the key as the JSON web key set of the tenant's keys endpoint.
func (k *signingKey) jwks(issuer string) map[string]any {
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "kid": k.id, "x5t": k.id, "issuer": issuer,
		"n": encode(k.private.N.Bytes()), "e": encode(big.NewInt(int64(k.private.E)).Bytes()),
	}}}
}

func (k *signingKey) sign(claims jwt.MapClaims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = k.id
	token.Header["x5t"] = k.id
	signed, err := token.SignedString(k.private)
	if err != nil {
		return "" // an RSA key of 2048 bits signs whatever marshals, and these claims do
	}
	return signed
}

// authentication is how an application proved who it is, as the claim appidacr has it.
type authentication string

const (
	withoutSecret authentication = "0"
	withSecret    authentication = "1"
	withAssertion authentication = "2"
)

// applicationToken returns an access token of Graph, at this root, for an application without a user.
func (s *Server) applicationToken(a Application, how authentication, root string) string {
	claims := s.commonClaims(root, a.ClientID, a.ObjectID, a.tokenLifetime())
	claims["idtyp"] = "app"
	claims["appidacr"] = how
	if len(a.Roles) > 0 {
		claims["roles"] = a.Roles
	}
	return s.signing.sign(claims)
}

// userToken returns an access token of Graph, at this root, for a user who is signed in with [PublicClientID].
func (s *Server) userToken(u User, root string, scopes []string) string {
	claims := s.commonClaims(root, PublicClientID, u.ID, defaultTokenLifetime)
	claims["idtyp"] = "user"
	claims["appidacr"] = withoutSecret
	claims["scp"] = strings.Join(scopes, " ")
	claims["name"] = u.DisplayName
	claims["upn"] = u.UserPrincipalName
	claims["unique_name"] = u.UserPrincipalName
	return s.signing.sign(claims)
}

// commonClaims are in tokens of both kinds. Tokens of Graph are of version 1.0, whichever endpoint issues them.
func (s *Server) commonClaims(root, clientID, objectID string, lifetime time.Duration) jwt.MapClaims {
	now := s.clock.Now()
	return jwt.MapClaims{
		"aud":   root,
		"iss":   root + "/" + s.tenantID + "/",
		"iat":   now.Unix(),
		"nbf":   now.Unix(),
		"exp":   now.Add(lifetime).Unix(),
		"appid": clientID,
		"oid":   objectID,
		"sub":   objectID,
		"tid":   s.tenantID,
		"uti":   uuid.NewString(),
		"ver":   "1.0",
	}
}

// AccessToken returns an access token of Graph for the user with these delegated permissions, valid for one hour. It
// is empty where there is no such user.
func (s *Server) AccessToken(userID string, scopes ...string) string {
	user, ok := s.User(userID)
	if !ok {
		return ""
	}
	return s.userToken(user, s.url, scopes)
}

// verify returns who a token was issued to, or an error of package jwt.
func (s *Server) verify(token, audience string) (caller, error) {
	var claims struct {
		jwt.RegisteredClaims

		ObjectID string   `json:"oid"`
		Kind     string   `json:"idtyp"`
		Roles    []string `json:"roles"`
		Scopes   string   `json:"scp"`
	}
	_, err := jwt.ParseWithClaims(token, &claims,
		func(*jwt.Token) (any, error) { return &s.signing.private.PublicKey, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.clock.Now))
	if err != nil {
		return caller{}, err
	}
	if claims.Kind == "app" {
		return caller{objectID: claims.ObjectID, application: true, permissions: claims.Roles}, nil
	}
	return caller{objectID: claims.ObjectID, permissions: strings.Fields(claims.Scopes)}, nil
}

// grant is what a refresh token stands for: that a user signed in, and when.
type grant struct {
	userID string
	issued time.Time
}

// grants are the refresh tokens of a tenant. Rotation leaves the old one valid, as Entra does.
type grants struct {
	mu      sync.Mutex
	byToken map[string]grant
}

// SignIn stands for the user's interactive sign-in now, at [PublicClientID], and returns the refresh token of it. It
// is empty where there is no such user or the account is disabled. As timestamps have whole seconds, a token is
// refused only when it was issued in an earlier second than the invalidation.
func (s *Server) SignIn(userID string) (refreshToken string) {
	user, ok := s.User(userID)
	if !ok || !user.AccountEnabled {
		return ""
	}
	return s.grants.issue(grant{userID: user.ID, issued: s.clock.Now()})
}

func (gs *grants) issue(g grant) (refreshToken string) {
	random := make([]byte, 96)
	_, _ = rand.Read(random) // never fails, by its documentation
	refreshToken = "1.A" + base64.RawURLEncoding.EncodeToString(random)
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.byToken == nil {
		gs.byToken = make(map[string]grant)
	}
	gs.byToken[refreshToken] = g
	return refreshToken
}

func (gs *grants) find(refreshToken string) (grant, bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, ok := gs.byToken[refreshToken]
	return g, ok
}
