// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"net"
	"net/http"
	"time"
)

// maxAnswer bounds what is read of one answer. A page of 999 users stays well below it.
const maxAnswer = 16 << 20

// NewTransport returns a transport for one try of one request. A request as a whole has no limit but its context, so each
// part in which a silent server could hold it has one. Proxies are taken from the environment.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
		ExpectContinueTimeout: time.Second,
	}
}

// boundedTransport fails the reading of an answer that is larger than any that Graph sends.
type boundedTransport struct{ next http.RoundTripper }

// RoundTrip makes one try.
func (t boundedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}
