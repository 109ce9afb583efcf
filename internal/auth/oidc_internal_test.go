// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import "testing"

func TestAssertionSource(t *testing.T) {
	t.Parallel()
	at := func(o origin) setting { return setting{value: "set", origin: o} }
	hidden := setting{origin: block}
	tests := map[string]struct {
		token, file, url, requestToken, connection setting
		want                                       string
	}{
		"nothing":                                  {want: ""},
		"a token":                                  {token: at(environment), want: "oidc_token"},
		"a token and a file":                       {token: at(environment), file: at(environment), want: "oidc_token"},
		"a token, and a file in the block":         {token: at(environment), file: at(block), want: "oidc_token_file_path"},
		"a file, and a platform's endpoint":        {file: at(environment), url: at(ambient), requestToken: at(ambient), want: "oidc_token_file_path"},
		"a pod's file, and a platform's endpoint":  {file: at(ambient), url: at(ambient), requestToken: at(ambient), want: "oidc_request_url"},
		"a pod's file, and a service connection":   {file: at(ambient), url: at(ambient), connection: at(environment), want: "oidc_request_url"},
		"a file, and a connection in the block":    {file: at(environment), url: at(ambient), connection: at(block), want: "oidc_request_url"},
		"a file, and a token that is hidden":       {token: hidden, file: at(environment), want: "oidc_token_file_path"},
		"a pod's file alone":                       {file: at(ambient), want: "oidc_token_file_path"},
		"a service connection without an endpoint": {connection: at(block), want: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings{oidcToken: test.token, oidcTokenFilePath: test.file, oidcRequestURL: test.url, oidcRequestToken: test.requestToken, serviceConnection: test.connection}
			s.oidcToken.attribute, s.oidcTokenFilePath.attribute, s.oidcRequestURL.attribute = "oidc_token", "oidc_token_file_path", "oidc_request_url"
			if got := s.assertionSource(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
