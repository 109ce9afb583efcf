// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// authorization adds the access token to one try of a request to the Graph host, and to no other host. azcore keeps the token
// fresh and answers a claims challenge with one new token and one more try.
type authorization struct {
	pipeline runtime.Pipeline
	host     string
}

func newAuthorization(credential azcore.TokenCredential, root *url.URL, next http.RoundTripper) authorization {
	bearer := runtime.NewBearerTokenPolicy(signIn{credential}, []string{root.String() + "/.default"}, nil)
	pipeline := runtime.NewPipeline("", "", runtime.PipelineOptions{PerRetry: []policy.Policy{bearer}}, &policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: transporter{next},
	})
	return authorization{pipeline: pipeline, host: root.Host}
}

// RoundTrip makes one try.
func (a authorization) RoundTrip(request *http.Request) (*http.Response, error) {
	if host := hostOf(request.URL); host != a.host {
		return nil, &ForeignHostError{Host: host, Want: a.host}
	}
	authorized, err := runtime.NewRequestFromRequest(request.Clone(request.Context()))
	if err != nil {
		return nil, err
	}
	runtime.SkipBodyDownload(authorized)
	response, err := a.pipeline.Do(authorized)
	if response == nil {
		return nil, err
	}
	// Beside an answer, the error is why azcore did not meet its challenge: no new token, or claims that cannot be read. The latter
	// leaves the answer to be told.
	if _, ok := errors.AsType[*SignInError](err); ok {
		_ = response.Body.Close()
		return nil, err
	}
	// Kiota would answer a claims challenge a second time, and panics on one without quotes.
	if challenge := response.Header.Values("WWW-Authenticate"); len(challenge) > 0 {
		exchangeOf(request.Context()).challenged = strings.Contains(strings.Join(challenge, " "), "claims=")
		response.Header.Del("WWW-Authenticate")
	}
	return response, nil
}

// hostOf is the host of an address, with the scheme where that is not https: without TLS, it might be any host.
func hostOf(at *url.URL) string {
	return strings.TrimPrefix(at.Scheme+"://"+at.Host, "https://")
}

// signIn marks the errors of a credential, so that they are told from those of Graph.
type signIn struct{ azcore.TokenCredential }

func (s signIn) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := s.TokenCredential.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, &SignInError{Err: err}
	}
	return token, nil
}

// transporter makes an http.RoundTripper what azcore sends with. An http.Client would follow redirects, with the token.
type transporter struct{ http.RoundTripper }

func (t transporter) Do(request *http.Request) (*http.Response, error) { return t.RoundTrip(request) }
