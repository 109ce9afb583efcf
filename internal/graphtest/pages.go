// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

const (
	defaultPageSize = 100
	maxPageSize     = 999
)

// pageSize reads $top.
func pageSize(options url.Values) (int, *graphError) {
	text := options.Get("$top")
	if text == "" {
		return defaultPageSize, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 {
		return 0, badRequest("BadRequest",
			"Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
	}
	if size < 1 || size > maxPageSize {
		return 0, badRequest("Request_BadRequest", "Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", size, maxPageSize)
	}
	return size, nil
}

// list is what a call returns in pages.
type list[T any] struct {
	// context is what @odata.context says about the items.
	context string
	options url.Values
	// items are those of this page and of all after it.
	items  []T
	id     func(T) string
	render func(T) map[string]any
}

// listReply answers with a page. The first one of an advanced query has the number of all items.
func listReply[T any](c call, l list[T]) (reply, *graphError) {
	size, failure := pageSize(l.options)
	if failure != nil {
		return reply{}, failure
	}
	body := map[string]any{"@odata.context": c.context(l.context)}
	if !l.options.Has("$skiptoken") && c.isAdvanced(l.options) {
		body["@odata.count"] = len(l.items)
	}
	page := l.items[:min(size, len(l.items))]
	if len(page) < len(l.items) {
		next := maps.Clone(l.options)
		next.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(l.id(page[len(page)-1]))))
		body["@odata.nextLink"] = root(c.request) + c.request.URL.EscapedPath() + "?" + encodeOptions(next)
	}
	rendered := make([]map[string]any, 0, len(page))
	for _, item := range page {
		rendered = append(rendered, l.render(item))
	}
	body["value"] = rendered
	return reply{status: http.StatusOK, body: body}, nil
}

// pageToken returns the id of the last item of the page before, which $skiptoken stands for; the first page has none.
func pageToken(options url.Values) (last string, failure *graphError) {
	decoded, err := base64.RawURLEncoding.DecodeString(options.Get("$skiptoken"))
	if err != nil {
		return "", expiredToken()
	}
	return string(decoded), nil
}

func expiredToken() *graphError {
	return badRequest("Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request.")
}
