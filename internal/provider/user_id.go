// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

const usersPath = "/users/"

var objectID = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// userIDValidator refuses what cannot name a user.
type userIDValidator struct{}

func (userIDValidator) Description(context.Context) string {
	return "must be an object id, a user principal name, /users/<object id>, or me, without space around it"
}

func (v userIDValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v userIDValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || validUserID(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid User",
		"The value "+v.Description(ctx)+", not \""+req.ConfigValue.ValueString()+"\".")
}

// namedUserValidator refuses what cannot name one of many users: nobody is signed in for many.
type namedUserValidator struct{}

func (namedUserValidator) Description(context.Context) string {
	return "must be an object id, a user principal name, or /users/<object id>, without space around it, and cannot be me"
}

func (v namedUserValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v namedUserValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	text := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || validUserID(text) && !strings.EqualFold(text, string(graph.Me)) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid User", "The value "+v.Description(ctx)+", not \""+text+"\".")
}

func validUserID(text string) bool {
	if id, ok := strings.CutPrefix(text, usersPath); ok {
		return objectID.MatchString(id)
	}
	return text != "" && text == strings.TrimSpace(text) && !strings.Contains(text, "/")
}

// userKey is how Graph is asked for the user that a valid user_id names.
func userKey(text string) graph.Key {
	return graph.Key(strings.TrimPrefix(text, usersPath))
}

// spelledLike gives the user's id or name in the form that the text has, and in Graph's spelling.
func spelledLike(text string, user graph.User) string {
	switch key := userKey(text); {
	case key == graph.Me:
		return text
	case string(key) != text:
		return usersPath + user.ID
	case objectID.MatchString(text):
		return user.ID
	default:
		return user.UserPrincipalName
	}
}

// names reports whether a user_id names the user of that object id and user principal name, as far as can be told without a
// request. Graph does not tell letter cases apart.
func names(text, id, userPrincipalName string) bool {
	key := string(userKey(text))
	return strings.EqualFold(key, id) || userPrincipalName != "" && strings.EqualFold(text, userPrincipalName)
}

// namesPrincipal reports whether a user_id names the identity that Terraform runs as.
func namesPrincipal(text string, principal auth.Principal) bool {
	return names(text, principal.ObjectID, principal.UserPrincipalName)
}
