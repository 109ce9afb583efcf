// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"net/http"

	"github.com/hashicorp/go-cleanhttp"
)

// NewTransport returns a transport for one try of one request, to Microsoft Entra too. A request as a whole has no limit but its
// context, so a server that is silent has one here. Proxies are taken from the environment.
func NewTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.ResponseHeaderTimeout = tryTimeout
	// A request at a time on each connection, as through some proxies, would make most of Terraform's parallel ones connect anew.
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns
	return transport
}
