// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one request as it arrived, and how it was answered. Header and body are as sent, so they hold the
// secrets and tokens of whoever sent them.
type Request struct {
	// Time is when it arrived, by the server's clock.
	Time time.Time
	// Method, Path (escaped, as sent), RawQuery, Header and Body are the request's.
	Method, Path, RawQuery string
	Header                 http.Header
	Body                   string
	// Status is the status answered; 0 where nothing was.
	Status int
	// Parts are the requests in a batch, in the order in which they were sent: none where the service did not get to
	// read the batch, or refused it whole. Their Path has the batch's version in front.
	Parts []Request
	// Entra tells requests for signing in, to Microsoft Entra and to those who vouch for a workload before it, from
	// those to Microsoft Graph.
	Entra bool
}

// String returns method and path, such as POST /beta/users('…')/invalidateAllRefreshTokens.
func (r Request) String() string {
	return r.Method + " " + r.Path
}

// Requests returns all requests since the start, or since [Server.ForgetRequests], in order of arrival.
func (s *Server) Requests() []Request {
	return s.record.filter(func(Request) bool { return true })
}

// GraphRequests returns the requests to Microsoft Graph, in order of arrival.
func (s *Server) GraphRequests() []Request {
	return s.record.filter(func(r Request) bool { return !r.Entra })
}

// TokenRequests returns the requests to Microsoft Entra's token endpoint, in order of arrival.
func (s *Server) TokenRequests() []Request {
	return s.record.filter(func(r Request) bool { return r.Entra && isTokenPath(r.Path) })
}

// ForgetRequests empties the record of requests.
func (s *Server) ForgetRequests() {
	s.record.forget()
}

// record keeps the requests that arrived.
type record struct {
	mu       sync.Mutex
	requests []*noted
}

// noted is a request on record. The parts of a batch are not among the requests.
type noted struct {
	Request

	parts []*noted
}

func newNoted(r *http.Request, body []byte, now time.Time) *noted {
	return &noted{Request: Request{
		Time:     now,
		Method:   r.Method,
		Path:     r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery,
		Header:   r.Header.Clone(),
		Body:     string(body),
	}}
}

// copy returns the request as it is now, sharing nothing.
func (n *noted) copy() Request {
	r := n.Request
	r.Header = r.Header.Clone()
	for _, part := range n.parts {
		r.Parts = append(r.Parts, part.copy())
	}
	return r
}

// notedKey finds what is on record about a request among its context's values.
type notedKey struct{}

// arrived notes a request. The writer that it returns notes the status; the body of the request that it returns can
// be rewound.
func (rec *record) arrived(w http.ResponseWriter, r *http.Request, now time.Time, entra bool) (http.ResponseWriter, *http.Request) {
	// A body that ends early belongs to a client that has given up: what arrived is all there is to note.
	body, _ := io.ReadAll(r.Body)
	n := newNoted(r, body, now)
	n.Entra = entra
	r = r.WithContext(context.WithValue(r.Context(), notedKey{}, n))
	r.Body = &rewindable{bytes.NewReader(body)}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.requests = append(rec.requests, n)
	return &recordingWriter{ResponseWriter: w, record: rec, request: n}, r
}

// arrivedIn notes a part of a batch.
func (rec *record) arrivedIn(envelope, part *http.Request, body []byte, now time.Time) *noted {
	n := newNoted(part, body, now)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if whole, ok := envelope.Context().Value(notedKey{}).(*noted); ok {
		whole.parts = append(whole.parts, n)
	}
	return n
}

func (rec *record) filter(keep func(Request) bool) []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	var kept []Request
	for _, r := range rec.requests {
		if keep(r.Request) {
			kept = append(kept, r.copy())
		}
	}
	return slices.Clip(kept)
}

func (rec *record) forget() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.requests = nil
}

func (rec *record) answered(request *noted, status int) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if request.Status == 0 {
		request.Status = status
	}
}

// recordingWriter notes the status before it is sent, so that whoever has read an answer finds it in the record.
type recordingWriter struct {
	http.ResponseWriter
	record  *record
	request *noted
}

func (w *recordingWriter) WriteHeader(status int) {
	w.record.answered(w.request, status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recordingWriter) Write(b []byte) (int, error) {
	w.record.answered(w.request, http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController hijack the connection.
func (w *recordingWriter) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}

// rewindable is a request body that can be read again.
type rewindable struct{ *bytes.Reader }

func (*rewindable) Close() error { return nil }
