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
			claims: jwt.MapClaims{"oid": "sp", "idtyp": "app", "roles": []string{"User.Read.All"}},
			want:   Principal{ObjectID: "sp", Application: true, Roles: []string{"User.Read.All"}, Scopes: []string{}},
		},
		"an application of a token without idtyp": {
			claims: jwt.MapClaims{"oid": "sp", "roles": []string{"User.Read.All"}},
			want:   Principal{ObjectID: "sp", Application: true, Roles: []string{"User.Read.All"}, Scopes: []string{}},
		},
		"a user": {
			claims: jwt.MapClaims{"oid": "ada", "idtyp": "user", "scp": "User.Read User.ReadWrite", "upn": "ada@contoso.com", "unique_name": "live#ada"},
			want:   Principal{ObjectID: "ada", UserPrincipalName: "ada@contoso.com", Scopes: []string{"User.Read", "User.ReadWrite"}},
		},
		"a user of a token of version 2": {
			claims: jwt.MapClaims{"oid": "ada", "scp": "User.Read", "preferred_username": "ada@contoso.com"},
			want:   Principal{ObjectID: "ada", UserPrincipalName: "ada@contoso.com", Scopes: []string{"User.Read"}},
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
