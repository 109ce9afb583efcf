// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPageSize = 100
	maxPageSize     = 999
)

// parseOptions reads the system query options of the request. Those that Graph has but the tenant does not support
// are refused rather than ignored: an ignored filter would select everybody.
func (c call) parseOptions(supported ...string) (url.Values, *graphError) {
	options, failure := c.systemOptions()
	if failure != nil {
		return nil, failure
	}
	for name, values := range options {
		if !slices.Contains(supported, name) || len(values) > 1 {
			return nil, unsupportedQuery()
		}
	}
	return options, nil
}

// systemOptions returns OData's own query options, with their dollar signs.
func (c call) systemOptions() (url.Values, *graphError) {
	all, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return nil, badSyntax()
	}
	options := make(url.Values)
	for name, values := range all {
		if isSystemOption(name) {
			name = "$" + strings.TrimPrefix(name, "$")
			options[name] = append(options[name], values...)
		}
	}
	return options, nil
}

// isSystemOption knows the options of OData by their names too, as their dollar sign is optional in Graph.
func isSystemOption(name string) bool {
	switch name {
	case "count", "expand", "filter", "format", "orderby", "search", "select", "skip", "skiptoken", "top":
		return true
	}
	return strings.HasPrefix(name, "$")
}

// encodeOptions keeps the dollar sign and comma readable, as the service does.
func encodeOptions(options url.Values) string {
	return strings.NewReplacer("%24", "$", "%2C", ",").Replace(options.Encode())
}

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

// isAdvanced reports whether a query has what advanced queries need: $count=true, and the header on each page.
func (c call) isAdvanced(options url.Values) bool {
	return options.Get("$count") == "true" && strings.EqualFold(c.request.Header.Get("ConsistencyLevel"), "eventual")
}
