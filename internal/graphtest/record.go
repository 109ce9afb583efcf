// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"bytes"
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
	requests []*Request
}

// arrived notes a request. The writer that it returns notes the status; the body of the request that it returns can
// be rewound.
func (rec *record) arrived(w http.ResponseWriter, r *http.Request, now time.Time, entra bool) (http.ResponseWriter, *http.Request) {
	// A body that ends early belongs to a client that has given up: what arrived is all there is to note.
	body, _ := io.ReadAll(r.Body)
	r = r.WithContext(r.Context())
	r.Body = &rewindable{bytes.NewReader(body)}
	request := &Request{
		Time:     now,
		Method:   r.Method,
		Path:     r.URL.EscapedPath(),
		RawQuery: r.URL.RawQuery,
		Header:   r.Header.Clone(),
		Body:     string(body),
		Entra:    entra,
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.requests = append(rec.requests, request)
	return &recordingWriter{ResponseWriter: w, record: rec, request: request}, r
}

func (rec *record) filter(keep func(Request) bool) []Request {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	var kept []Request
	for _, r := range rec.requests {
		if keep(*r) {
			c := *r
			c.Header = r.Header.Clone()
			kept = append(kept, c)
		}
	}
	return slices.Clip(kept)
}

func (rec *record) forget() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.requests = nil
}

func (rec *record) answered(request *Request, status int) {
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
	request *Request
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
