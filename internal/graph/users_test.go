// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"testing"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

func TestNewRequest_addressesEverySpelling(t *testing.T) {
	t.Parallel()
	tests := map[Key]string{
		"00000000-0000-0000-0000-000000000001":          "/beta/users('00000000-0000-0000-0000-000000000001')",
		"ada@contoso.com":                               "/beta/users('ada%40contoso.com')",
		"ada_fabrikam.com#EXT#@contoso.onmicrosoft.com": "/beta/users('ada_fabrikam.com%23EXT%23%40contoso.onmicrosoft.com')",
		"$ada@contoso.com":                              "/beta/users('%24ada%40contoso.com')",
		"o'hara@contoso.com":                            "/beta/users('o%27%27hara%40contoso.com')",
		"a+b@contoso.com":                               "/beta/users('a%2Bb%40contoso.com')",
		"100%25@contoso.com":                            "/beta/users('100%2525%40contoso.com')",
		"zoë@contoso.com":                               "/beta/users('zo%C3%AB%40contoso.com')",
		"a b?c&d;e=f{g}@contoso.com":                    "/beta/users('a%20b%3Fc%26d%3Be%3Df%7Bg%7D%40contoso.com')",
		Me:                                              "/beta/me",
	}
	for key, want := range tests {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			request := newRequest(abstractions.POST, InvalidateAllRefreshTokens, key, "")
			request.PathParameters["baseurl"] = "https://graph.example"
			uri, err := request.GetUri()
			if err != nil {
				t.Fatal(err)
			}
			if got := uri.EscapedPath(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
