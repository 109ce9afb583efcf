// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxParts is how many requests a batch may have.
const maxParts = 20

// partRequest is a request in the body of a batch.
type partRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// partAnswer is an answer in the body of a batch's answer. Body is an object, or else base64 text.
type partAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// part is one request of a batch that is well-formed.
type part struct {
	id        string // in lower case
	asked     partRequest
	request   *http.Request
	body      []byte
	noted     *noted
	dependsOn []*part
	answer    *partAnswer // nil until it is served
}

// serveBatch answers with the parts' answers in the reverse order of the requests: the service promises no order.
func (s *Server) serveBatch(c call) (reply, *graphError) {
	if isPart(c.request) {
		return reply{}, badRequest("BadRequest", "A batch request cannot contain another batch request.")
	}
	parts, failure := c.readParts()
	if failure != nil {
		return reply{}, failure
	}
	for _, p := range parts {
		p.noted = s.record.arrivedIn(c.request, p.request, p.body, s.clock.Now())
	}
	for _, p := range parts {
		s.servePart(p, c.request)
	}
	answers := make([]partAnswer, 0, len(parts))
	for _, p := range slices.Backward(parts) {
		answers = append(answers, *p.answer)
	}
	return reply{status: http.StatusOK, body: map[string]any{"responses": answers}}, nil
}

// readParts reads the body of a batch. What is wrong with one request fails the whole batch here.
func (c call) readParts() ([]*part, *graphError) {
	if !isJSON(c.request) {
		return nil, badRequest("BadRequest", onlyJSON)
	}
	var body struct {
		Requests []partRequest `json:"requests"`
	}
	if err := json.NewDecoder(c.request.Body).Decode(&body); err != nil || len(body.Requests) == 0 {
		return nil, invalidBatch()
	}
	if len(body.Requests) > maxParts {
		return nil, badRequest("MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of %d.", maxParts)
	}
	parts := make([]*part, 0, len(body.Requests))
	byID := make(map[string]*part)
	for _, asked := range body.Requests {
		p, failure := c.newPart(asked)
		if failure != nil {
			return nil, failure
		}
		if byID[p.id] != nil {
			return nil, badRequest("BadRequest", "Request id : %s is not unique in the batch.", asked.ID)
		}
		byID[p.id] = p
		parts = append(parts, p)
	}
	return parts, link(parts, byID)
}

func invalidBatch() *graphError {
	return badRequest("BadRequest", "Invalid batch payload format.")
}

// newPart makes the HTTP request that a request of the batch stands for.
func (c call) newPart(asked partRequest) (*part, *graphError) {
	method := strings.ToUpper(asked.Method)
	if asked.ID == "" || method == "" || asked.URL == "" {
		return nil, invalidBatch()
	}
	header := make(http.Header, len(asked.Headers))
	for name, value := range asked.Headers {
		header.Set(name, value)
	}
	body, failure := asked.body()
	if failure != nil {
		return nil, failure
	}
	if mayHaveBody(method) && (body == nil || header.Get("Content-Type") == "") {
		return nil, badRequest("BadRequest", "Write request id : %s does not contain Content-Type header or body.", asked.ID)
	}
	if u, err := url.Parse(asked.URL); err == nil && (u.IsAbs() || u.Host != "") {
		return nil, badRequest("BadRequest", "Request id : %s does not have a relative url.", asked.ID)
	}
	ctx := context.WithValue(c.request.Context(), partKey{}, asked.ID)
	target := root(c.request) + "/" + c.version + "/" + strings.TrimPrefix(asked.URL, "/")
	request, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, invalidBatch()
	}
	request.Header = header
	request.Body = &rewindable{bytes.NewReader(body)}
	return &part{id: strings.ToLower(asked.ID), asked: asked, request: request, body: body}, nil
}

// body is the JSON text of the request's body, or what base64 text in its place stands for; nil is none.
func (asked partRequest) body() ([]byte, *graphError) {
	if len(asked.Body) == 0 || string(asked.Body) == "null" {
		return nil, nil
	}
	var text string
	if err := json.Unmarshal(asked.Body, &text); err != nil {
		return asked.Body, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, invalidBatch()
	}
	return decoded, nil
}

// link finds whom each part depends on, and refuses parts that wait for each other.
func link(parts []*part, byID map[string]*part) *graphError {
	for _, p := range parts {
		for _, id := range p.asked.DependsOn {
			predecessor := byID[strings.ToLower(id)]
			if predecessor == nil {
				return badRequest("BadRequest", "Request id : %s depends on request id : %s, which is not in the batch.", p.asked.ID, id)
			}
			p.dependsOn = append(p.dependsOn, predecessor)
		}
	}
	for _, p := range parts {
		if p.waitsFor(p, make(map[*part]bool)) {
			return badRequest("BadRequest", "Request id : %s depends on itself.", p.asked.ID)
		}
	}
	return nil
}

func (p *part) waitsFor(other *part, seen map[*part]bool) bool {
	for _, predecessor := range p.dependsOn {
		if predecessor == other {
			return true
		}
		if seen[predecessor] {
			continue
		}
		seen[predecessor] = true
		if predecessor.waitsFor(other, seen) {
			return true
		}
	}
	return false
}

// servePart answers a part and, before it, those it depends on.
func (s *Server) servePart(p *part, envelope *http.Request) {
	if p.answer != nil {
		return
	}
	failed := false
	for _, predecessor := range p.dependsOn {
		s.servePart(predecessor, envelope)
		failed = failed || predecessor.answer.Status >= http.StatusBadRequest
	}
	// The token is the envelope's, and so is the id by which a client finds its request in logs, where the part has none
	// of its own.
	r := p.request
	r.Header = r.Header.Clone()
	r.Header.Set("Authorization", envelope.Header.Get("Authorization"))
	if r.Header.Get(clientRequestIDHeader) == "" {
		r.Header.Set(clientRequestIDHeader, envelope.Header.Get(clientRequestIDHeader))
	}
	w := s.newPartWriter(r)
	if failed {
		writeGraphError(w, graphError{
			Status: http.StatusFailedDependency, Code: "FailedDependency", Message: "A request that this one depends on has failed.",
		})
	} else {
		s.answer(w, r, s.serveCall)
	}
	if w.broken {
		w = s.newPartWriter(r)
		writeGraphError(w, graphError{Status: http.StatusGatewayTimeout, Code: "UnknownError"})
	}
	answered := w.partAnswer(p.asked.ID)
	p.answer = &answered
	s.record.answered(p.noted, answered.Status)
}

type partKey struct{}

// isPart tells parts of a batch from requests of their own.
func isPart(r *http.Request) bool {
	return r.Context().Value(partKey{}) != nil
}

// partWriter holds the answer of a part back. It has no connection: an effect that breaks one leaves its mark.
type partWriter struct {
	*answer
	broken bool
}

func (s *Server) newPartWriter(r *http.Request) *partWriter {
	w := &partWriter{answer: newAnswer(http.Header{})}
	s.setHeaders(w.Header(), r)
	return w
}

var errNoConnection = errors.New("a part of a batch has no connection of its own")

// Hijack implements [http.Hijacker].
func (w *partWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.broken = true
	return nil, nil, errNoConnection
}

// envelopeHeaders are those that the envelope has for all parts.
var envelopeHeaders = []string{"Content-Length", "Date", "Request-Id", "Client-Request-Id", "X-Ms-Ags-Diagnostic"}

func (w *partWriter) partAnswer(id string) partAnswer {
	answered := partAnswer{ID: id, Status: w.status, Headers: make(map[string]string)}
	for name, values := range w.header {
		if len(values) == 0 || slices.Contains(envelopeHeaders, name) {
			continue
		}
		if strings.HasPrefix(name, "X-Ms-") {
			name = strings.ToLower(name)
		}
		answered.Headers[name] = strings.Join(values, ", ")
	}
	body := w.body.Bytes()
	mediaType, _, _ := mime.ParseMediaType(w.header.Get("Content-Type"))
	switch {
	case len(body) == 0:
	case mediaType == "application/json" && json.Valid(body):
		answered.Body = json.RawMessage(body)
	default:
		answered.Body = base64.StdEncoding.EncodeToString(body)
	}
	return answered
}
