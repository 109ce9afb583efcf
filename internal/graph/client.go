// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package graph is Microsoft Graph in the words of this provider's job: it reads users, ends their sessions and tells
// when that can be seen. Kiota builds the requests and decodes the answers, go-retryablehttp repeats them, azcore adds
// the access token.
package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	nethttplibrary "github.com/microsoft/kiota-http-go"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
)

// Client talks to one Microsoft Graph endpoint as one principal. It is safe for concurrent use.
type Client struct {
	adapter *nethttplibrary.NetHttpRequestAdapter
	clock   Clock
	host    string
}

// Options are what a Client needs from its surroundings.
type Options struct {
	// Root is Graph's root without a version and without a trailing slash, such as https://graph.microsoft.com. Only its
	// host is ever sent a token.
	Root string
	// Credential signs in. Tokens are asked for the scope <Root>/.default.
	Credential azcore.TokenCredential
	// Transport makes one try of one request.
	Transport http.RoundTripper
	// Clock tells the time between tries and between polls.
	Clock Clock
}

// NewClient returns a Client. It sends nothing yet.
func NewClient(o Options) (*Client, error) {
	root, err := url.Parse(o.Root)
	if err != nil {
		return nil, fmt.Errorf("graph root: %w", err)
	}
	authorized := newAuthorization(o.Credential, root, wire{o.Transport, o.Clock})
	adapter, err := nethttplibrary.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		// The token is added below the retries, so that a try after a long wait has a valid one.
		&authentication.AnonymousAuthenticationProvider{},
		jsonserialization.NewJsonParseNodeFactory(),
		jsonserialization.NewJsonSerializationWriterFactory(),
		&http.Client{Transport: newRetries(authorized, o.Clock, o.Transport), CheckRedirect: stayHere},
	)
	if err != nil {
		return nil, fmt.Errorf("graph client: %w", err)
	}
	adapter.SetBaseUrl(o.Root)
	return &Client{adapter: adapter, clock: o.Clock, host: root.Host}, nil
}

// stayHere keeps redirects from being followed: Graph's JSON calls have none, and the token is for the configured host only.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// send makes one request, with retries, and decodes a 2xx answer that has a body into what decodeInto returns. What the
// transport noted is returned also when the request failed, with an error that is *Error, *UnreachableError, *ForeignHostError or
// *SignInError.
func (c *Client) send(ctx context.Context, request *abstractions.RequestInformation, decodeInto serialization.ParsableFactory) (*exchange, error) {
	noted := c.newExchange()
	noted.addTo(request)
	_, err := c.adapter.Send(ctx, request, decodeInto, errorMappings)
	return noted, c.failure(ctx, noted, err)
}

var errorMappings = abstractions.ErrorMappings{"XXX": newErrorBody}

func (c *Client) newExchange() *exchange {
	return &exchange{host: c.host, started: c.clock.Now(), clientRequestID: uuid.NewString()}
}

// failure is what went wrong with a request that Kiota is done with, nil for nothing.
func (c *Client) failure(ctx context.Context, noted *exchange, err error) error {
	noted.end(ctx, c.clock.Now())
	if err == nil && !noted.succeeded() {
		err = errors.New("the answer is a redirect, which is not followed")
	}
	if err == nil {
		return nil
	}
	return noted.explain(err)
}
