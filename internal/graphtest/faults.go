// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"bytes"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fault makes some requests go wrong. Of several that are due, the one injected first answers.
type Fault struct {
	// Match tells which requests it counts: nil is every request to Graph, a batch being one. Any other Match is asked
	// about each part of a batch too, as the request that it would be on its own.
	Match func(*http.Request) bool
	// First is the number of the first matching request that it answers, counted from 1 since it was injected; 0 is
	// the first.
	First int
	// Times is how many requests it answers; 0 is one, a negative number all from First on.
	Times int
	// Effect is what happens to them.
	Effect Effect
}

// Effect answers a request in place of the service, or around it: next is the service itself. A part of a batch has no
// connection: where an effect would break it, the part is answered with 504.
type Effect func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Inject adds a fault.
func (s *Server) Inject(f Fault) {
	s.faults.add(f)
}

// faults are those injected into a server, in order.
type faults struct {
	mu       sync.Mutex
	injected []*countedFault
}

type countedFault struct {
	Fault
	seen     int // matching requests
	answered int
}

func (fs *faults) add(f Fault) {
	if f.Match == nil {
		f.Match = func(r *http.Request) bool { return isGraph(r) && !isPart(r) }
	}
	if f.First == 0 {
		f.First = 1
	}
	if f.Times == 0 {
		f.Times = 1
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.injected = append(fs.injected, &countedFault{Fault: f})
}

// due counts the request for every fault and returns the effect of the first that is to answer it, or nil.
func (fs *faults) due(r *http.Request) Effect {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var winner *countedFault
	for _, f := range fs.injected {
		if !f.Match(r) {
			continue
		}
		f.seen++
		if winner == nil && f.seen >= f.First && (f.Times < 0 || f.answered < f.Times) {
			winner = f
		}
	}
	if body, ok := r.Body.(*rewindable); ok { // a Match may have read it
		_, _ = body.Seek(0, io.SeekStart)
	}
	if winner == nil {
		return nil
	}
	winner.answered++
	return winner.Effect
}

// Batch matches batches, that is, their envelopes.
func Batch(r *http.Request) bool {
	return isGraph(r) && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/$batch")
}

// Get matches reads of Graph, parts of batches included.
func Get(r *http.Request) bool {
	return isGraph(r) && r.Method == http.MethodGet
}

// Action matches calls of invalidateAllRefreshTokens and revokeSignInSessions, parts of batches included.
func Action(r *http.Request) bool {
	path := r.URL.EscapedPath()
	_, ok := findAction(path[strings.LastIndex(path, "/")+1:])
	return isGraph(r) && r.Method == http.MethodPost && ok
}

// TokenRequest matches requests to Entra's token endpoint.
func TokenRequest(r *http.Request) bool {
	return !isGraph(r) && isTokenPath(r.URL.EscapedPath())
}

// IDTokenRequest matches requests for an ID token to GitHub and Azure DevOps.
func IDTokenRequest(r *http.Request) bool {
	path := r.URL.EscapedPath()
	return isWorkflowPath(path) || isPipelinePath(path)
}

// ManagedIdentityRequest matches requests for a token to the managed identity endpoints of App Service and of the
// Instance Metadata Service.
func ManagedIdentityRequest(r *http.Request) bool {
	path := r.URL.EscapedPath()
	return path == appServicePath || path == imdsPath
}

// GraphError answers with an error body of Graph and these headers added.
func GraphError(status int, code, message string, header http.Header) Effect {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header)
		writeGraphError(w, graphError{Status: status, Code: code, Message: message})
	}
}

// EntraError answers with an error body of Entra: the number of an AADSTS code, the kind of error that OAuth 2.0 knows
// it as, such as invalid_grant, and the text after the code. The HTTP status is the one that goes with the kind: 401
// for invalid_client, 400 for all others.
func EntraError(code int, kind, message string) Effect {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		writeEntraError(w, r, entraError{entraStatus(kind), kind, code, message})
	}
}

// Respond answers with exactly this status and body, and these headers added. A header without values is left out of
// the answer.
func Respond(status int, header http.Header, body string) Effect {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Del("Content-Type")
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Reset breaks the connection (TCP RST) before anything is done.
func Reset() Effect {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		reset(w)
	}
}

// ResetAfterWork does what was asked, then breaks the connection (TCP RST) instead of answering.
func ResetAfterWork() Effect {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(newAnswer(w.Header()), r)
		reset(w)
	}
}

// Truncate does what was asked, announces the whole answer, and closes the connection after half of its body. An
// answer without a body arrives complete.
func Truncate() Effect {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		whole := newAnswer(w.Header())
		next.ServeHTTP(whole, r)
		body := whole.body.Bytes()
		maps.Copy(w.Header(), whole.header)
		if len(body) > 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(whole.status)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		if connection, ok := hijack(w); ok {
			_ = connection.Close()
		}
	}
}

// Stall never answers: the request ends when the client gives up or the server is closed. It does not hold a part of a
// batch.
func Stall() Effect {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		if !isPart(r) {
			<-r.Context().Done()
		}
		reset(w)
	}
}

func reset(w http.ResponseWriter) {
	connection, ok := hijack(w)
	if !ok {
		return
	}
	if secured, ok := connection.(*tls.Conn); ok {
		connection = secured.NetConn()
	}
	if plain, ok := connection.(*net.TCPConn); ok {
		_ = plain.SetLinger(0)
	}
	_ = connection.Close()
}

func hijack(w http.ResponseWriter) (net.Conn, bool) {
	connection, _, err := http.NewResponseController(w).Hijack()
	return connection, err == nil
}

// answer holds a whole answer back.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newAnswer(header http.Header) *answer {
	return &answer{header: header.Clone(), status: http.StatusOK}
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }
