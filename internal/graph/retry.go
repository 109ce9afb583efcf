// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

const (
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
)

// retries repeats a request until its answer is one that another try would not change, or its context ends. Repeating the
// calls that end sessions is harmless: they move the same instant again.
type retries struct {
	repeating http.RoundTripper
}

// newRetries repeats the tries that next makes. The transport is the one below, whose connections are given up where the service
// asks for it.
func newRetries(next http.RoundTripper, clock Clock, transport http.RoundTripper) retries {
	client := &retryablehttp.Client{
		HTTPClient: &http.Client{Transport: loggedTransport{next, clock}, CheckRedirect: stayHere},
		RetryMax:   math.MaxInt,
		CheckRetry: checkRetry(clock),
		// The library waits on the wall clock. The wait is made in PrepareRetry instead, on the client's clock.
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		PrepareRetry: prepareRetry(clock, &http.Client{Transport: transport}),
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return retries{repeating: &retryablehttp.RoundTripper{Client: client}}
}

// RoundTrip makes as many tries as it takes. A request that ran out of time between two tries ends with the last real answer.
func (r retries) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.repeating.RoundTrip(request)
	noted := exchangeOf(request.Context())
	if err != nil && request.Context().Err() != nil && noted.body != nil {
		return noted.lastAnswer(request), nil
	}
	return response, err
}

// checkRetry decides after each try, and notes how long to wait before the next.
func checkRetry(clock Clock) retryablehttp.CheckRetry {
	return func(ctx context.Context, response *http.Response, err error) (bool, error) {
		noted := exchangeOf(ctx)
		noted.tries++
		if ctx.Err() != nil {
			return false, nil //nolint:nilerr // The try's own error is told, not that the time is up.
		}
		if err != nil {
			noted.failed(err)
			return worthAnotherConnection(err), nil
		}
		if response.StatusCode < 400 {
			return false, nil
		}
		noted.keep(response)
		return noted.again(clock.Now()), nil
	}
}

// prepareRetry waits before the next try. After a 503 that is to come on a fresh connection, as Microsoft asks, since the old one leads
// to the machine that was overloaded: https://learn.microsoft.com/graph/errors.
func prepareRetry(clock Clock, connections *http.Client) retryablehttp.PrepareRetry {
	return func(request *http.Request) error {
		noted := exchangeOf(request.Context())
		if noted.status == http.StatusServiceUnavailable {
			connections.CloseIdleConnections()
		}
		return noted.await(request.Context(), clock)
	}
}

// worthAnotherTry tells an answer that may change: the service was busy, or another write was in the way.
func worthAnotherTry(status int, body []byte) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusConflict:
		return strings.Contains(string(body), `"Directory_ConcurrencyViolation"`)
	default:
		return false
	}
}

// worthAnotherConnection tells a passing fault of the network from an error that would come again: no token, a host that must not
// get one or does not exist, a certificate that is not trusted, or an answer without end.
func worthAnotherConnection(err error) bool {
	if _, ok := errors.AsType[*SignInError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*ForeignHostError](err); ok {
		return false
	}
	if errors.Is(err, errOversized) {
		return false
	}
	if unknown, ok := errors.AsType[*net.DNSError](err); ok && unknown.IsNotFound {
		return false
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !untrusted
}

// retryAfter reads the header's seconds, decimals included, or its HTTP date. An absent or unreadable header gives the default, and so does
// one that asks for no wait, so that a service which goes on to refuse is not asked without end.
func retryAfter(header string, now time.Time, otherwise time.Duration) time.Duration {
	if seconds, err := strconv.ParseFloat(header, 64); err == nil && seconds > 0 {
		return time.Duration(min(math.Ceil(seconds*1000), math.MaxInt64/float64(time.Millisecond)-1)) * time.Millisecond
	}
	if date, err := http.ParseTime(header); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return otherwise
}

// backoff doubles with each try, up to 30 s, and is spread over its upper half, so that many clients do not come back at once.
func backoff(tries int) time.Duration {
	full := maxBackoff
	if shift := tries - 1; shift < 5 {
		full = firstBackoff << shift
	}
	return full/2 + rand.N(full/2) //nolint:gosec // Spreading retries needs no secrecy.
}

// loggedTransport writes one debug line for each try.
type loggedTransport struct {
	next  http.RoundTripper
	clock Clock
}

// RoundTrip makes one try and logs it.
func (t loggedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	noted, began := exchangeOf(request.Context()), t.clock.Now()
	response, err := t.next.RoundTrip(request)
	fields := map[string]any{
		"method":            request.Method,
		"path":              request.URL.Path,
		"try":               noted.tries + 1,
		"duration_ms":       t.clock.Now().Sub(began).Milliseconds(),
		"client_request_id": noted.clientRequestID,
	}
	if err != nil {
		fields["error"] = err.Error()
	} else {
		fields["status"] = response.StatusCode
		fields["request_id"] = response.Header.Get("request-id")
	}
	tflog.Debug(request.Context(), "Microsoft Graph request", fields)
	return response, err
}
