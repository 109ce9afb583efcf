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

// groupUsers reads the users in a group. Where Graph hides some from the access token, that is an error: it does not say so itself.
func (s *session) groupUsers(ctx context.Context, a attempt) ([]graph.User, diag.Diagnostic) {
	members, err := s.graph.GroupMembers(ctx, a.action, a.groupID)
	if err != nil {
		return nil, s.explain(ctx, a, err)
	}
	if slices.ContainsFunc(members.Users, func(user graph.User) bool { return user.UserPrincipalName == "" }) {
		return nil, s.withoutProperties(ctx, a)
	}
	if len(members.Hidden) == 0 {
		return members.Users, nil
	}
	principal, d := s.principal(ctx, a)
	if d != nil {
		return nil, d
	}
	if principal != nil && !slices.Contains(slices.Concat(principal.Roles, principal.Scopes), hiddenPermission) {
		return nil, hiddenMembers(a, members.Hidden)
	}
	return members.Users, nil
}

// withoutProperties is the error of members of whom Graph shows no more than their ids, which it does without a word to who may not read
// users.
func (s *session) withoutProperties(ctx context.Context, a attempt) diag.Diagnostic {
	reading := attempt{action: a.action}
	return diag.NewErrorDiagnostic(forbiddenSummary(reading), fmt.Sprintf("%s gave no more than their ids, which do not tell who is external and whose sessions were ended. %s", a, s.remedy(ctx, reading))+
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
