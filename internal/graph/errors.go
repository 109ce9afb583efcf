// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Attempts tells how hard a failed request was tried.
type Attempts struct {
	// Tries counts the requests that were made.
	Tries int
	// Elapsed is the time from the first try to giving up, waits included.
	Elapsed time.Duration
	// Stopped is the context's error where the operation ran out of time or was cancelled, or ErrStopped; nil where the last answer was
	// one that another try would not change.
	Stopped error
}

// Error is an answer of Microsoft Graph that is not a success.
type Error struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Code is Graph's error code. It may be empty.
	Code string
	// Message is Graph's own text, verbatim, or what was wrong with an unreadable answer.
	Message string
	// RequestID is Graph's id of the request; ClientRequestID is ours.
	RequestID, ClientRequestID string
	Attempts
}

// Error returns the status, the code and Graph's message.
func (e *Error) Error() string {
	return fmt.Sprintf("graph answered %d %s: %s", e.StatusCode, e.Code, e.Message)
}

// NotFound reports whether the user does not exist, was deleted, or has not reached the replica that answered. An operation
// that was stopped before it had asked as often as it meant to tells nothing of this.
func (e *Error) NotFound() bool {
	return e.Stopped == nil && !e.CallNotServed() && (e.StatusCode == http.StatusNotFound ||
		slices.Contains([]string{"Request_ResourceNotFound", "Directory_ObjectNotFound"}, e.Code))
}

// unsupportedQuery reports whether Graph serves the query as an advanced one alone.
func (e *Error) unsupportedQuery() bool { return e.Code == "Request_UnsupportedQuery" }

// Forbidden reports whether the principal may not do this, to this user or to anybody.
func (e *Error) Forbidden() bool { return e.StatusCode == http.StatusForbidden }

// CallNotServed reports whether an action does not exist at this endpoint: 405, or 400 or 404 for the segment that names it. The codes are
// those of many other refusals, so the segment is looked for in the message.
func (e *Error) CallNotServed() bool {
	return e.StatusCode == http.StatusMethodNotAllowed ||
		(e.StatusCode == http.StatusBadRequest || e.StatusCode == http.StatusNotFound) && strings.Contains(e.Message, "for the segment")
}

// UnreachableError is a request that no answer came to.
type UnreachableError struct {
	// Host is the host, and port where there is one, that was called.
	Host string
	// Err is the last cause.
	Err error
	Attempts
}

// Error returns the host and the cause.
func (e *UnreachableError) Error() string { return fmt.Sprintf("%s did not answer: %v", e.Host, e.Err) }

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// SignInError is a request that was not made because no access token could be had.
type SignInError struct {
	// Err is the credential's error.
	Err error
}

// Error returns the credential's error.
func (e *SignInError) Error() string { return fmt.Sprintf("signing in: %v", e.Err) }

// Unwrap returns the credential's error.
func (e *SignInError) Unwrap() error { return e.Err }

// ForeignHostError is a request that was not made because the token is for another host: Graph's answer had linked to it.
type ForeignHostError struct {
	// Host is the host of the link, with the scheme where that is not https. Want is the one that the token is for.
	Host, Want string
}

// Error returns both hosts.
func (e *ForeignHostError) Error() string {
	return fmt.Sprintf("refused to send the access token for %s to %s", e.Want, e.Host)
}

// BatchError is why a batch has no answers: what it held is not told of one by one.
type BatchError struct {
	// Err is *Error, *UnreachableError, *ForeignHostError or *SignInError. It is not unwrapped: a batch that is answered with 404, say, has
	// nothing to do with the users in it.
	Err error
}

// Error returns what went wrong.
func (e *BatchError) Error() string { return fmt.Sprintf("a batch of requests: %v", e.Err) }
