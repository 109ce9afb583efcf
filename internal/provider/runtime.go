// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"os"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// Runtime is what the provider takes from the process it runs in.
type Runtime struct {
	// LookupEnv finds an environment variable, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// Clock tells the time and waits.
	Clock graph.Clock
	// Transport makes one try of one request, to Microsoft Entra and to Microsoft Graph.
	Transport http.RoundTripper
}

// System returns the process's own environment, clock and network.
func System() Runtime {
	return Runtime{LookupEnv: os.LookupEnv, Clock: graph.SystemClock{}, Transport: graph.NewTransport()}
}

// userAgentTransport tells Microsoft who calls.
type userAgentTransport struct {
	next      http.RoundTripper
	userAgent string
}

// RoundTrip makes one try.
func (t userAgentTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("User-Agent", t.userAgent)
	return t.next.RoundTrip(request)
}

// CloseIdleConnections is what http.Client asks of its transport.
func (t userAgentTransport) CloseIdleConnections() {
	(&http.Client{Transport: t.next}).CloseIdleConnections()
}
