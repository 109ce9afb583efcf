// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/url"
	"slices"
	"strings"
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

// readSelect reads $select for a type that has the properties known says; nil is no $select.
func readSelect(options url.Values, typeName string, known func(name string) bool) ([]string, *graphError) {
	text := options.Get("$select")
	if text == "" {
		return nil, nil
	}
	names := strings.Split(text, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if !known(names[i]) {
			return nil, unknownProperty(names[i], typeName)
		}
	}
	return names, nil
}

// selection is the list of properties in @odata.context.
func selection(selected []string) string {
	if selected == nil {
		return ""
	}
	return "(" + strings.Join(selected, ",") + ")"
}

// isAdvanced reports whether a query has what advanced queries need: $count=true, and the header on each page.
func (c call) isAdvanced(options url.Values) bool {
	return options.Get("$count") == "true" && strings.EqualFold(c.request.Header.Get("ConsistencyLevel"), "eventual")
}
