// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

func TestError_kinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err                 Error
		notFound, notServed bool
	}{
		"404":                        {err: Error{StatusCode: 404}, notFound: true},
		"a code of a missing object": {err: Error{StatusCode: 400, Code: "Directory_ObjectNotFound"}, notFound: true},
		"404, stopped between reads": {err: Error{StatusCode: 404, Attempts: Attempts{Stopped: context.Canceled}}},
		"405":                        {err: Error{StatusCode: 405, Code: "Request_BadRequest"}, notServed: true},
		"an unknown segment":         {err: Error{StatusCode: 400, Code: "BadRequest", Message: "Resource not found for the segment 'x'."}, notServed: true},
		"another bad request":        {err: Error{StatusCode: 400, Code: "BadRequest", Message: "Unsupported."}},
		"403":                        {err: Error{StatusCode: 403}},
	} {
		if got := test.err.NotFound(); got != test.notFound {
			t.Errorf("%s: NotFound is %t", name, got)
		}
		if got := test.err.CallNotServed(); got != test.notServed {
			t.Errorf("%s: CallNotServed is %t", name, got)
		}
	}
}

type noToken struct{ t *testing.T }

func (n noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n.t.Error("a token was asked for")
	return azcore.AccessToken{}, nil
}

// The token is for the Graph host: a request to another one is refused before there is a token to send, and not tried again.
func TestAuthorization_refusesOtherHosts(t *testing.T) {
	t.Parallel()
	root := &url.URL{Scheme: "https", Host: "graph.example"}
	for _, other := range []string{"https://graph.example.org/", "https://graph.example:8443/", "https://evil.example/graph.example"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := newRetries(newAuthorization(noToken{t}, root, http.DefaultTransport), SystemClock{}, http.DefaultTransport).RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
			t.Errorf("%s was sent a request", other)
		}
	}
}
