// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// metadataHost is the address of the instance metadata service on every machine in Azure.
const metadataHost = "169.254.169.254"

// proxy is an HTTP proxy: it opens tunnels to one host, which it finds at the loopback address, passes requests for the
// instance metadata service on to the tenant's, and refuses everything else.
type proxy struct {
	*httptest.Server
	host     string
	metadata http.Handler

	mu    sync.Mutex
	asked []string
}

// newProxy starts a proxy for a tenant.
func newProxy(t *testing.T, n *tenant) *proxy {
	t.Helper()
	at, err := url.Parse(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{host: at.Host, metadata: n.Server}
	p.Server = httptest.NewServer(http.HandlerFunc(p.tunnel))
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Host)
	p.mu.Unlock()
	if r.Host == metadataHost {
		p.metadata.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodConnect || r.Host != p.host {
		http.Error(w, "not here", http.StatusForbidden)
		return
	}
	_, port, _ := net.SplitHostPort(r.Host)
	server, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		defer func() { _ = server.Close() }()
		_, _ = io.Copy(server, client)
	}()
	go func() {
		defer func() { _ = client.Close() }()
		_, _ = io.Copy(client, server)
	}()
}

// hosts are those that were asked for, each once.
func (p *proxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts := slices.Clone(p.asked)
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
