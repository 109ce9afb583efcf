// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strings"
)

// ActionReply is how Graph answers an accepted call of an action.
type ActionReply int32

const (
	// ReplyTrue is 200 with the Boolean true, the default.
	ReplyTrue ActionReply = iota
	// ReplyNoContent is 204 without a body, as the page of invalidateAllRefreshTokens shows it.
	ReplyNoContent
	// ReplyFalse is 200 with the Boolean false.
	ReplyFalse
)

// SetActionReply sets how accepted calls of both actions are answered.
func (s *Server) SetActionReply(r ActionReply) {
	s.actionReply.Store(int32(r))
}

// action is an action of Graph on a user that takes no parameters and returns Edm.Boolean.
type action struct {
	name     string
	betaOnly bool
	needed   requirement
}

var actions = []action{
	{name: "invalidateAllRefreshTokens", betaOnly: true, needed: invalidate},
	{name: "revokeSignInSessions", needed: revoke},
}

// findAction returns the action that a path segment names, plainly or with its namespace.
func findAction(segment string) (action, bool) {
	name := strings.TrimPrefix(segment, "microsoft.graph.")
	for _, a := range actions {
		if a.name == name {
			return a, true
		}
	}
	return action{}, false
}

func (s *Server) invokeAction(c call) (reply, *graphError) {
	if !isJSON(c.request) {
		return reply{}, &graphError{Status: http.StatusUnsupportedMediaType, Code: "BadRequest", Message: onlyJSON}
	}
	parameters, failure := jsonObject(c.request)
	if failure != nil {
		return reply{}, failure
	}
	for name := range parameters {
		return reply{}, badRequest("BadRequest",
			"The parameter '%s' in the request payload is not a valid parameter for the operation '%s'.", name, c.action.name)
	}
	if failure := s.permit(c, c.action.needed); failure != nil {
		return reply{}, failure
	}
	user, ok := s.directory.find(c.key, primary)
	if !ok {
		return reply{}, notFound(c.key)
	}
	if failure := s.permitOn(c, c.action.needed, user); failure != nil {
		return reply{}, failure
	}
	if !s.directory.invalidate(user.ID) {
		return reply{}, notFound(c.key)
	}

	kind := ActionReply(s.actionReply.Load())
	if kind == ReplyNoContent {
		return reply{status: http.StatusNoContent}, nil
	}
	return reply{status: http.StatusOK, body: map[string]any{
		"@odata.context": c.context("Edm.Boolean"),
		"value":          kind == ReplyTrue,
	}}, nil
}

// context is the URL of @odata.context for what an answer holds.
func (c call) context(what string) string {
	return root(c.request) + "/" + c.version + "/$metadata#" + what
}
