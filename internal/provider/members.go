// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// hiddenPermission lets an identity read the members of groups that hide them.
const hiddenPermission = "Member.Read.Hidden"

// filteredUsers reads the users whom a filter selects.
func (s *session) filteredUsers(ctx context.Context, a attempt) ([]graph.User, diag.Diagnostic) {
	users, err := s.graph.FilteredUsers(ctx, a.action, a.filter)
	if err != nil {
		return nil, s.explain(ctx, a, err)
	}
	return users, nil
}

// groupUsers reads the users in a group. Where Graph hides some, or what it knows of them, from the access token, that is an error: it does
// not say so itself.
func (s *session) groupUsers(ctx context.Context, a attempt) ([]graph.User, diag.Diagnostic) {
	members, err := s.graph.GroupMembers(ctx, a.action, a.groupID)
	if err != nil {
		return nil, s.explain(ctx, a, err)
	}
	if slices.ContainsFunc(members.Users, unread) {
		return nil, s.withoutProperties(ctx, a)
	}
	if len(members.Hidden) == 0 {
		return members.Users, nil
	}
	principal, d := s.principal(ctx, a)
	if d != nil {
		return nil, d
	}
	if principal == nil || !slices.Contains(slices.Concat(principal.Roles, principal.Scopes), hiddenPermission) {
		return nil, hiddenMembers(a, members.Hidden)
	}
	return members.Users, nil
}

// unread reports whether Graph kept what it has of a user to itself: of members whom the access token may not read, it tells ids and no
// more, without a word.
func unread(user graph.User) bool {
	return user.AccountEnabled == nil && user.UserType == "" && user.ValidFrom == nil
}

// withoutProperties is the error of a group with such users in it.
func (s *session) withoutProperties(ctx context.Context, a attempt) diag.Diagnostic {
	reading := attempt{action: a.action}
	return diag.NewErrorDiagnostic(forbiddenSummary(reading), fmt.Sprintf("%s failed: it is not permitted to read more of the users than who they are. %s", a, s.remedy(ctx, reading))+
		facts([][2]string{{"Group", a.groupID}}))
}

func hiddenMembers(a attempt, groups []graph.Group) diag.Diagnostic {
	var known [][2]string
	for _, group := range groups {
		known = append(known, [2]string{"Hidden group", group.ID + " " + group.DisplayName})
	}
	return diag.NewAttributeErrorDiagnostic(a.path(), "Hidden Group Members", a.String()+" would leave users out: a group hides its members from whoever lacks the permission "+
		hiddenPermission+". Give the identity that permission, or leave the group out."+facts(known))
}
