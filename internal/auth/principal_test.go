// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/golang-jwt/jwt/v5"
)

type fixedToken string

func (f fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(f)}, nil
}

func token(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte("any key: it is not verified"))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestPrincipal_readsTheClaims(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		claims jwt.MapClaims
		want   Principal
	}{
		"an application": {
			claims: jwt.MapClaims{"tid": "tenant", "appid": "client", "oid": "sp", "idtyp": "app", "roles": []string{"User.Read.All"}},
			want:   Principal{TenantID: "tenant", ClientID: "client", ObjectID: "sp", Application: true, Roles: []string{"User.Read.All"}, Scopes: []string{}},
		},
		"an application of a token without idtyp": {
			claims: jwt.MapClaims{"oid": "sp", "roles": []string{"User.Read.All"}},
			want:   Principal{ObjectID: "sp", Application: true, Roles: []string{"User.Read.All"}, Scopes: []string{}},
		},
		"a user": {
			claims: jwt.MapClaims{"oid": "ada", "idtyp": "user", "scp": "User.Read User.ReadWrite", "upn": "ada@contoso.com", "unique_name": "live#ada"},
			want:   Principal{ObjectID: "ada", UserPrincipalName: "ada@contoso.com", Scopes: []string{"User.Read", "User.ReadWrite"}},
		},
		"a user with an old name": {
			claims: jwt.MapClaims{"oid": "ada", "scp": "User.Read", "unique_name": "ada@contoso.com"},
			want:   Principal{ObjectID: "ada", UserPrincipalName: "ada@contoso.com", Scopes: []string{"User.Read"}},
		},
		"a user of a token of version 2": {
			claims: jwt.MapClaims{"azp": "client", "oid": "ada", "scp": "User.Read", "preferred_username": "ada@contoso.com"},
			want:   Principal{ClientID: "client", ObjectID: "ada", UserPrincipalName: "ada@contoso.com", Scopes: []string{"User.Read"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signIn := &SignIn{TokenCredential: fixedToken(token(t, test.claims))}
			got, err := signIn.Principal(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// Those who ask at once share one sign-in, and nobody waits beyond their own context.
func TestPrincipal_isAskedForOnce(t *testing.T) {
	t.Parallel()
	credential := &slowToken{token: token(t, jwt.MapClaims{"oid": "sp"}), asked: make(chan struct{}), answer: make(chan struct{})}
	signIn := &SignIn{TokenCredential: credential}
	first := make(chan error)
	go func() {
		_, err := signIn.Principal(t.Context())
		first <- err
	}()
	<-credential.asked
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := signIn.Principal(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	close(credential.answer)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if _, err := signIn.Principal(t.Context()); err != nil {
		t.Error(err)
	}
}

// slowToken tells when it is asked, which it may be once, and answers when told to.
type slowToken struct {
	token         string
	asked, answer chan struct{}
}

func (s *slowToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	close(s.asked)
	<-s.answer
	return azcore.AccessToken{Token: s.token}, nil
}

func TestPrincipal_unreadable(t *testing.T) {
	t.Parallel()
	for name, opaque := range map[string]string{
		"not a JWT":   "opaque",
		"without oid": token(t, jwt.MapClaims{"sub": "somebody"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := (&SignIn{TokenCredential: fixedToken(opaque)}).Principal(t.Context())
			if _, ok := errors.AsType[*UnreadableTokenError](err); !ok {
				t.Errorf("got %v, want an UnreadableTokenError", err)
			}
		})
	}
}
