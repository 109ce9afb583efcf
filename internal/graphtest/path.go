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
	// me and key name a user or, key alone, a group: me is the alias, key an object id or user principal name as
	// decoded.
	me  bool
	key string
	// action is set for userAction.
	action action
	// usersOnly is the cast of transitiveMembers.
	usersOnly bool
}

type kind int

const (
	userCollection kind = iota
	singleUser
	userAction
	singleGroup
	transitiveMembers
	batch
)

// parsePath reads a path as it was sent, still percent-encoded: only so can an encoded slash be told from a separator.
func parsePath(escaped string) (resource, *graphError) {
	segments, err := decodeSegments(escaped)
	if err != nil {
		return resource{}, badSyntax()
	}
	version, segments := segments[0], segments[1:]
	if version != beta && version != v1 {
		return resource{}, badRequest("BadRequest", "Invalid version: %s", version)
	}
	if len(segments) == 0 {
		return resource{}, segmentNotFound("")
	}
	parse := parseUser
	switch collection, _, _ := strings.Cut(segments[0], "("); collection {
	case "groups":
		parse = parseGroup
	case "$batch":
		parse = parseBatch
	}
	named, rest, failure := parse(version, segments)
	if failure != nil {
		return resource{}, failure
	}
	if len(rest) > 0 {
		return resource{}, segmentNotFound(rest[0])
	}
	named.version = version
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

func parseBatch(_ string, segments []string) (named resource, rest []string, failure *graphError) {
	if segments[0] != "$batch" {
		return resource{}, nil, segmentNotFound(segments[0])
	}
	return resource{kind: batch}, segments[1:], nil
}

// parseUser reads the collection of users, one user in any of the documented forms, or an action of one, and returns
// what follows.
func parseUser(version string, segments []string) (named resource, rest []string, failure *graphError) {
	if segments[0] == "me" {
		named, rest = resource{kind: singleUser, me: true}, segments[1:]
	} else {
		var key string
		if key, rest, failure = parseKey("users", segments); failure != nil {
			return resource{}, nil, failure
		}
		if key == "" {
			return resource{kind: userCollection}, nil, nil
		}
		named = resource{kind: singleUser, key: key}
	}
	if len(rest) > 0 {
		if called, ok := findAction(rest[0]); ok && (!called.betaOnly || version == beta) {
			named.kind, named.action, rest = userAction, called, rest[1:]
		}
	}
	return named, rest, nil
}

// parseGroup reads one group, or the list of its transitive members, and returns what follows.
func parseGroup(_ string, segments []string) (named resource, rest []string, failure *graphError) {
	key, rest, failure := parseKey("groups", segments)
	switch {
	case failure != nil:
		return resource{}, nil, failure
	case key == "":
		// The collection of groups is not part of the tenant.
		return resource{}, nil, segmentNotFound(segments[0])
	}
	named = resource{kind: singleGroup, key: key}
	if len(rest) > 0 && rest[0] == "transitiveMembers" {
		named.kind, rest = transitiveMembers, rest[1:]
		if len(rest) > 0 && rest[0] == "microsoft.graph.user" {
			named.usersOnly, rest = true, rest[1:]
		}
	}
	return named, rest, nil
}

// parseKey reads a collection with the key of one of its items, which is empty for the collection itself, and returns
// what follows.
func parseKey(collection string, segments []string) (key string, rest []string, failure *graphError) {
	first, rest := segments[0], segments[1:]
	predicate, hasPredicate := strings.CutPrefix(first, collection+"(")
	switch {
	case hasPredicate:
		key, ok := unquoteKey(strings.CutSuffix(predicate, ")"))
		if !ok {
			return "", nil, badSyntax()
		}
		return key, rest, nil
	case first != collection:
		return "", nil, segmentNotFound(first)
	case len(rest) == 0:
		return "", nil, nil
	}
	key, rest = rest[0], rest[1:]
	switch {
	case key == "":
		return "", nil, badSyntax()
	case key == "$count":
		return "", nil, badRequest("Request_BadRequest", "$count is not currently supported.")
	case strings.HasPrefix(key, "$"):
		// Key-as-segment keeps the dollar sign for OData's own resources.
		return "", nil, segmentNotFound(key)
	}
	return key, rest, nil
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
