// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// TenantDomain is the domain of every server's tenant: authorities may name the tenant by it instead of its id.
const TenantDomain = "contoso.onmicrosoft.com"

// Options says how a server is made. The zero value is fit for tests that need no control of time.
type Options struct {
	// Clock tells the service's time: token lifetimes, timestamps, Date headers. Nil is the wall clock.
	Clock Clock
	// Listen is a loopback address with a port, 127.0.0.1:0 where it is empty.
	Listen string
	// Host is the name under which clients know the server, which they then reach through a proxy: none is used for a
	// loopback address. Empty is the loopback address.
	Host string
}

// Server is one tenant of Microsoft Entra with its Microsoft Graph. It is safe for concurrent use.
type Server struct {
	clock     Clock
	tenantID  string
	signing   *signingKey
	outside   *signingKey // of the outside identity provider
	authority *authority
	url       string

	applications applications
	directory    directory
	groups       groups
	grants       grants
	jobs         jobs
	identities   managedIdentities
	faults       faults
	record       record
	meter        meter
	actionReply  atomic.Int32

	http   *http.Server
	cancel context.CancelFunc
	served chan struct{}
}

// NewServer starts a server with an empty tenant. Close it after use. An error means that the address cannot be
// listened on, or is none of this machine's loopback addresses.
func NewServer(o Options) (*Server, error) {
	authority, err := newAuthority(o.Host)
	if err != nil {
		return nil, err
	}
	signing, err := newSigningKey()
	if err != nil {
		return nil, err
	}
	outside, err := newOutsideKey()
	if err != nil {
		return nil, err
	}
	listener, err := listenLoopback(o.Listen)
	if err != nil {
		return nil, err
	}
	clock := o.Clock
	if clock == nil {
		clock = SystemClock{}
	}

	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		clock:     clock,
		tenantID:  uuid.NewString(),
		signing:   signing,
		outside:   outside,
		authority: authority,
		url:       "https://" + knownAs(o.Host, listener.Addr()),
		cancel:    cancel,
		served:    make(chan struct{}),

		identities: managedIdentities{header: rand.Text()},
	}
	s.directory.clock = clock

	// HTTP/2 is left out because its connections cannot be hijacked, which the faults that break one need.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	s.http = &http.Server{
		Handler:           s,
		Protocols:         &protocols,
		ReadHeaderTimeout: 30 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{authority.server},
			NextProtos:   []string{"http/1.1"},
			MinVersion:   tls.VersionTLS12,
		}))
	}()
	return s, nil
}

// knownAs is the address with the host's name in the place of the loopback address.
func knownAs(host string, address net.Addr) string {
	_, port, err := net.SplitHostPort(address.String())
	if host == "" || err != nil {
		return address.String()
	}
	return net.JoinHostPort(host, port)
}

func listenLoopback(address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address %q: %w", address, err)
	}
	if host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("%q is not a loopback address", address)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", address, err)
	}
	return listener, nil
}

// Close ends all connections, requests that a fault holds included, and stops listening.
func (s *Server) Close() {
	s.cancel()
	_ = s.http.Close()
	<-s.served
}

// URL returns the Graph root and authority host, https://127.0.0.1:PORT or https://HOST:PORT, without a trailing slash.
func (s *Server) URL() string {
	return s.url
}

// TenantID returns the tenant's id.
func (s *Server) TenantID() string {
	return s.tenantID
}

// CertificatePEM returns the certificate of the authority that signed the server's own, as SSL_CERT_FILE and
// NODE_EXTRA_CA_CERTS take it.
func (s *Server) CertificatePEM() []byte {
	return s.authority.pem()
}

// Transport returns a new transport that trusts the server's certificate and uses no proxy.
func (s *Server) Transport() *http.Transport {
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.authority.pool(), MinVersion: tls.VersionTLS12},
	}
}

// ServeHTTP answers one request: it is recorded, then a fault that is due or the service itself answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w, r = s.record.arrived(w, r, s.clock.Now(), !isGraph(r))
	s.setHeaders(w.Header(), r)
	s.answer(w, r, s.service(r))
}

// answer lets a fault that is due answer a request, or else the service.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, service http.HandlerFunc) {
	if effect := s.faults.due(r); effect != nil {
		effect(w, r, service)
		return
	}
	service(w, r)
}

// setHeaders sets the headers that all answers to a request carry, injected ones too.
func (s *Server) setHeaders(h http.Header, r *http.Request) {
	h.Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
	switch {
	case isEntraPath(r.URL.EscapedPath()):
		setEntraHeaders(h, r)
	case isGraph(r):
		setGraphHeaders(h, r)
	}
}

// service returns who answers a request.
func (s *Server) service(r *http.Request) http.HandlerFunc {
	path := r.URL.EscapedPath()
	switch {
	case isEntraPath(path):
		return s.serveEntra
	case isWorkflowPath(path):
		return s.serveWorkflow
	case isPipelinePath(path):
		return s.servePipeline
	case path == appServicePath:
		return s.serveAppService
	case path == imdsPath:
		return s.serveIMDS
	default:
		return s.serveGraph
	}
}
