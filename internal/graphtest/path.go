// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/url"
	"strings"
)

// Versions of Microsoft Graph.
const (
	beta = "beta"
	v1   = "v1.0"
)

// resource is what a path of Graph names.
type resource struct {
	version string
	kind    kind
	// me and key name a user, for all kinds but userCollection: me is the alias, key an object id or user principal
	// name as decoded.
	me  bool
	key string
	// action is set for userAction.
	action action
}

type kind int

const (
	userCollection kind = iota
	singleUser
	userAction
)

// parsePath reads a path as it was sent, still percent-encoded: only so can an encoded slash be told from a separator.
func parsePath(escaped string) (resource, *graphError) {
	segments, err := decodeSegments(escaped)
	if err != nil {
		return resource{}, badSyntax()
	}
	version := segments[0]
	if version != beta && version != v1 {
		return resource{}, badRequest("BadRequest", "Invalid version: %s", version)
	}
	named, rest, failure := parseUser(segments[1:])
	if failure != nil {
		return resource{}, failure
	}
	named.version = version
	switch {
	case len(rest) == 0:
		return named, nil
	case len(rest) > 1:
		return resource{}, segmentNotFound(rest[1])
	}
	called, ok := findAction(rest[0])
	if !ok || named.kind != singleUser || called.betaOnly && version != beta {
		return resource{}, segmentNotFound(rest[0])
	}
	named.kind, named.action = userAction, called
	return named, nil
}

func decodeSegments(escaped string) ([]string, error) {
	segments := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil, err
		}
		segments[i] = decoded
	}
	return segments, nil
}

// parseUser reads the collection of users, or one user in any of the documented forms, and returns what follows.
func parseUser(segments []string) (named resource, rest []string, failure *graphError) {
	if len(segments) == 0 {
		return resource{}, nil, segmentNotFound("")
	}
	first, rest := segments[0], segments[1:]
	predicate, hasPredicate := strings.CutPrefix(first, "users(")
	switch {
	case first == "me":
		return resource{kind: singleUser, me: true}, rest, nil
	case hasPredicate:
		key, ok := unquoteKey(strings.CutSuffix(predicate, ")"))
		if !ok {
			return resource{}, nil, badSyntax()
		}
		return resource{kind: singleUser, key: key}, rest, nil
	case first != "users":
		return resource{}, nil, segmentNotFound(first)
	case len(rest) == 0:
		return resource{kind: userCollection}, nil, nil
	}
	key, rest := rest[0], rest[1:]
	switch {
	case key == "":
		return resource{}, nil, badSyntax()
	case key == "$count":
		return resource{}, nil, badRequest("Request_BadRequest", "$count is not currently supported.")
	case strings.HasPrefix(key, "$"):
		// Key-as-segment keeps the dollar sign for OData's own resources.
		return resource{}, nil, segmentNotFound(key)
	}
	return resource{kind: singleUser, key: key}, rest, nil
}

// unquoteKey reads an OData string literal: in single quotes, with each quote in it doubled.
func unquoteKey(literal string, closed bool) (key string, ok bool) {
	inner, opens := strings.CutPrefix(literal, "'")
	inner, ends := strings.CutSuffix(inner, "'")
	if !closed || !opens || !ends || inner == "" {
		return "", false
	}
	const pair = "''"
	if strings.Contains(strings.ReplaceAll(inner, pair, ""), "'") {
		return "", false
	}
	return strings.ReplaceAll(inner, pair, "'"), true
}
