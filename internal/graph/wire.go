// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// tryTimeout bounds one try, its whole answer included: neither silence nor a drip of bytes may hold an operation.
	tryTimeout = 2 * time.Minute
	// maxAnswer bounds what is read of one answer. A page of 999 users stays well below it.
	maxAnswer = 16 << 20
)

var errOversized = errors.New("the answer is larger than any that Microsoft Graph sends")

// wire makes one try and reads its whole answer, so that one that breaks off is tried again like one that never came. It notes the
// answer before anything above may drop it, as azcore does where the context has just ended: an accepted call must not be lost.
type wire struct {
	next  http.RoundTripper
	clock Clock
}

// RoundTrip makes one try.
func (t wire) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := t.clock.WithTimeout(request.Context(), tryTimeout)
	defer cancel()
	response, err := t.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		return nil, limited(ctx, request.Context(), err)
	}
	noted := exchangeOf(request.Context())
	noted.answered(response)
	body, err := readAnswer(response.Body)
	// What an accepted call answers does not matter, and asking again would call again. Of a batch it is all that matters.
	accepted := request.Method == http.MethodPost && noted.succeeded() && !noted.envelope
	if err != nil && !accepted {
		return nil, limited(ctx, request.Context(), err)
	}
	if noted.envelope {
		body = refuseBatch(response, body)
		noted.answered(response)
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response, nil
}

// readAnswer reads a body up to its bound, and returns what it read also where that was not the whole.
func readAnswer(body io.ReadCloser) ([]byte, error) {
	defer func() { _ = body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if len(answer) > maxAnswer {
		return nil, errOversized
	}
	return answer, err
}

// limited names the limit of a try that ran into it, in the place of a context's error that says nothing.
func limited(try, operation context.Context, err error) error {
	if try.Err() != nil && operation.Err() == nil {
		return fmt.Errorf("no whole answer within %s", tryTimeout)
	}
	return err
}
