// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"net/http"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// maxAnswer bounds what is read of one answer. A page of 999 users stays well below it.
const maxAnswer = 16 << 20

// NewTransport returns a transport for one try of one request. A request as a whole has no limit but its context, so each
// part in which a silent server could hold it has one. Proxies are taken from the environment.
func NewTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.ResponseHeaderTimeout = 2 * time.Minute
	return transport
}

// wire makes one try. It notes the answer before anything above may drop it, as azcore does where the context has just ended:
// an accepted call must not be lost. Reading an answer that is larger than any that Graph sends fails.
type wire struct{ next http.RoundTripper }

// RoundTrip makes one try.
func (t wire) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	exchangeOf(request.Context()).answered(response)
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}
