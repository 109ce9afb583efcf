// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
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

func hiddenMembers(a attempt, groups []graph.Group) diag.Diagnostic {
	var known [][2]string
	for _, group := range groups {
		known = append(known, [2]string{"Hidden group", group.ID + " " + group.DisplayName})
	}
	return diag.NewAttributeErrorDiagnostic(a.path(), "Hidden Group Members", a.String()+" would leave users out: a group hides its members from whoever lacks the permission "+
		hiddenPermission+". Give the identity that permission, or leave the group out."+facts(known))
}
