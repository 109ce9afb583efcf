// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"strings"
)

// graphError is an error answer of Microsoft Graph.
type graphError struct {
	Status        int
	Code, Message string
	Header        http.Header
}

// errorBody is the form of every error of Graph. Date has no zone: it is UTC.
type errorBody struct {
	Error struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		InnerError struct {
			Date            string `json:"date"`
			RequestID       string `json:"request-id"`
			ClientRequestID string `json:"client-request-id"`
		} `json:"innerError"`
	} `json:"error"`
}

const innerErrorDate = "2006-01-02T15:04:05"

// writeGraphError answers with e. The headers that every answer of Graph carries are set already.
func writeGraphError(w http.ResponseWriter, e graphError) {
	header := w.Header()
	for name, values := range e.Header {
		header[name] = values
	}
	var body errorBody
	body.Error.Code = e.Code
	body.Error.Message = e.Message
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		body.Error.InnerError.Date = date.Format(innerErrorDate)
	}
	body.Error.InnerError.RequestID = header.Get(requestIDHeader)
	body.Error.InnerError.ClientRequestID = header.Get(clientRequestIDHeader)
	writeGraphJSON(w, e.Status, body)
}

func badRequest(code, format string, values ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, values...)}
}

func badSyntax() *graphError {
	return badRequest("BadRequest", "Bad Request - Error in query syntax.")
}

func segmentNotFound(segment string) *graphError {
	return badRequest("BadRequest", "Resource not found for the segment '%s'.", segment)
}

func unsupportedQuery() *graphError {
	return badRequest("Request_UnsupportedQuery", "Unsupported Query.")
}

func unknownProperty(name, typeName string) *graphError {
	return badRequest("BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'.", name, typeName)
}

func unreadablePayload() *graphError {
	return badRequest("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}

func unauthenticated(root, message string) *graphError {
	return &graphError{
		Status:  http.StatusUnauthorized,
		Code:    "InvalidAuthenticationToken",
		Message: message,
		Header: http.Header{"Www-Authenticate": {fmt.Sprintf(
			`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="%s"`, root, graphApplicationID)}},
	}
}

func denied(message string) *graphError {
	return &graphError{Status: http.StatusForbidden, Code: "Authorization_RequestDenied", Message: message}
}

func notFound(key string) *graphError {
	return &graphError{
		Status:  http.StatusNotFound,
		Code:    "Request_ResourceNotFound",
		Message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", key),
	}
}

func methodNotAllowed(allowed []string) *graphError {
	return &graphError{
		Status:  http.StatusMethodNotAllowed,
		Code:    "Request_BadRequest",
		Message: "Specified HTTP method is not allowed for the request target.",
		Header:  http.Header{"Allow": {strings.Join(allowed, ", ")}},
	}
}

const onlyJSON = "Entity only allows writes with a JSON Content-Type header."

// lengthRequired is the page of the HTTP server in front of Graph, which is neither JSON nor Graph's own.
const lengthRequired = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">
<HTML><HEAD><TITLE>Length Required</TITLE>
<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>
<BODY><h2>Length Required</h2>
<hr><p>HTTP Error 411. The request must be chunked or have a content length.</p>
</BODY></HTML>
`
