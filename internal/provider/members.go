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
	if nameless := slices.IndexFunc(members.Users, func(u graph.User) bool { return u.UserPrincipalName == "" }); nameless >= 0 {
		return nil, s.unreadableMember(ctx, a, members.Users[nameless])
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

// unreadableMember is the error of a group whose users are shown by id alone: without their instants, nobody could be skipped.
func (s *session) unreadableMember(ctx context.Context, a attempt, user graph.User) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Reading Users Not Permitted", fmt.Sprintf("%s is not enough: Microsoft Graph shows nothing but the ids of the users in it. %s",
		a, s.remedy(ctx, attempt{userID: user.ID}))+facts([][2]string{{"User", user.ID}}))
}

func hiddenMembers(a attempt, groups []graph.Group) diag.Diagnostic {
	var known [][2]string
	for _, group := range groups {
		known = append(known, [2]string{"Hidden group", group.ID + " " + group.DisplayName})
	}
	return diag.NewAttributeErrorDiagnostic(a.path(), "Hidden Group Members", a.String()+" would leave users out: a group hides its members from whoever lacks the permission "+
		hiddenPermission+". Give the identity that permission, or leave the group out."+facts(known))
}
