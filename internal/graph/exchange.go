// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// exchange is what the transport notes of one request, over all its tries: Kiota hands out bodies, not headers. It travels as a
// Kiota request option, which Kiota puts into the request's context.
type exchange struct {
	host            string
	clientRequestID string
	started, ended  time.Time
	stopped         error // the context's, at the end
	// envelope is set for a batch, whose answer tells what came of its parts.
	envelope bool
	// waiting holds until when the service is waited for, where somebody wants to know.
	waiting *waiting

	tries  int
	status int         // of the last try that was answered, else 0
	header http.Header // of the last try that was answered, else nil
	wait   time.Duration

	challenged   bool // a 401 asked for claims, and was answered
	reauthorized bool // a 401 was tried again

	body  []byte // of the last answer that was refused, or of any to a part of a batch; nil after a transport error
	fault error  // the last transport error
}

var exchangeKey = abstractions.RequestOptionKey{Key: "graph.exchange"}

// GetKey makes an exchange a Kiota request option.
func (*exchange) GetKey() abstractions.RequestOptionKey { return exchangeKey }

// addTo makes the transport note the request here.
func (e *exchange) addTo(request *abstractions.RequestInformation) {
	request.AddRequestOptions([]abstractions.RequestOption{e})
	request.Headers.Add("Accept", "application/json")
	request.Headers.Add("client-request-id", e.clientRequestID)
}

// exchangeOf returns what is noted of the request. Kiota puts one into every request of a Client; what is noted of any other
// request is not kept.
func exchangeOf(ctx context.Context) *exchange {
	if noted, ok := ctx.Value(exchangeKey).(*exchange); ok {
		return noted
	}
	return &exchange{}
}

func (e *exchange) succeeded() bool { return e.status >= 200 && e.status < 300 }

// requestID is Graph's id of the last answered try.
func (e *exchange) requestID() string { return e.header.Get("request-id") }

// date is when Graph answered, by its own clock, else when the answer came.
func (e *exchange) date() time.Time {
	if date, err := http.ParseTime(e.header.Get("Date")); err == nil {
		return date.UTC()
	}
	return e.ended.UTC().Truncate(time.Second)
}

// await waits before the next try.
func (e *exchange) await(ctx context.Context, clock Clock) error {
	if e.waiting == nil || e.wait == 0 {
		return clock.Sleep(ctx, e.wait)
	}
	return e.waiting.sleep(ctx, clock, e.wait)
}

// answered notes an answer.
func (e *exchange) answered(response *http.Response) {
	e.status, e.header, e.fault = response.StatusCode, response.Header, nil
}

// failed notes a try that got no answer, and how long to wait before the next.
func (e *exchange) failed(err error) {
	e.status, e.header, e.body, e.fault = 0, nil, nil, err
	e.wait = backoff(e.tries)
}

// again reports whether another try might change the answer, and notes how long to wait before it.
func (e *exchange) again(now time.Time) bool {
	if e.status == http.StatusUnauthorized && !e.challenged && !e.reauthorized {
		// A token may expire on its way. azcore drops one that was refused, and the credential has another where that one was about to
		// expire.
		e.reauthorized, e.wait = true, 0
		return true
	}
	e.wait = retryAfter(e.header.Get("Retry-After"), now, backoff(e.tries))
	return worthAnotherTry(e.status, e.body)
}

// keep keeps a failed answer's body, so that it can be told should it be the last, and leaves the response readable.
func (e *exchange) keep(response *http.Response) {
	e.body, _ = io.ReadAll(response.Body) // The wire has read it whole already.
	response.Body = io.NopCloser(bytes.NewReader(e.body))
}

// lastAnswer is the last failed answer once more, for a request that ran out of time while waiting to be tried again.
func (e *exchange) lastAnswer(request *http.Request) *http.Response {
	return &http.Response{
		Status:        http.StatusText(e.status),
		StatusCode:    e.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        e.header,
		Body:          io.NopCloser(bytes.NewReader(e.body)),
		ContentLength: int64(len(e.body)),
		Request:       request,
	}
}

// end notes when the last try was over, and whether its context was.
func (e *exchange) end(ctx context.Context, now time.Time) {
	e.ended, e.stopped = now, ctx.Err()
}

// explain turns what Kiota returned into this package's errors.
func (e *exchange) explain(err error) error {
	if signIn, ok := errors.AsType[*SignInError](err); ok {
		return signIn
	}
	if foreign, ok := errors.AsType[*ForeignHostError](err); ok {
		return foreign
	}
	attempts := Attempts{Tries: e.tries, Elapsed: e.ended.Sub(e.started), Stopped: e.stopped}
	if e.status == 0 {
		if e.fault != nil {
			err = e.fault
		}
		return &UnreachableError{Host: e.host, Err: err, Attempts: attempts}
	}
	failure := &Error{
		StatusCode:      e.status,
		Message:         err.Error(),
		RequestID:       e.requestID(),
		ClientRequestID: e.clientRequestID,
		Attempts:        attempts,
	}
	if body, ok := errors.AsType[errorBody](err); ok && body.GetErrorEscaped() != nil {
		failure.Code = valueOf(body.GetErrorEscaped().GetCode())
		failure.Message = valueOf(body.GetErrorEscaped().GetMessage())
	}
	return failure
}

// valueOf reads one of Kiota's optional fields: absent and zero are the same to this package.
func valueOf[T any](field *T) T {
	if field == nil {
		return *new(T)
	}
	return *field
}
