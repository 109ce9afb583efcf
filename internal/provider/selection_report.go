// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// announcement tells at plan who will be signed out.
func (s *selection) announcement() diag.Diagnostics {
	const shown = 5
	diags := s.warnings()
	if len(s.missing) > 0 {
		missing := make([]graph.User, len(s.missing))
		for i, user := range s.missing {
			missing[i].ID = user.name
		}
		diags.AddAttributeWarning(path.Root("user_ids"), "Users Not Found", fmt.Sprintf("Who does not exist, as things are now: %s.\n\n%s", users(len(s.missing)), named(missing)))
	}
	if len(s.users) == 0 {
		diags.AddWarning("Nobody to Sign Out", "Running this action calls nobody, as things are now."+s.counted())
		return diags
	}
	names := make([]string, 0, shown)
	for _, user := range s.users[:min(shown, len(s.users))] {
		names = append(names, displayed(user))
	}
	more := ""
	if rest := len(s.users) - len(names); rest > 0 {
		more = fmt.Sprintf(" and %d more", rest)
	}
	diags.AddWarning("Signs Users Out", fmt.Sprintf("Running this action calls %s for %s: %s%s.", s.action, users(len(s.users)), strings.Join(names, ", "), more)+s.counted())
	return diags
}

// warnings are what is known before the first call.
func (s *selection) warnings() diag.Diagnostics {
	var diags diag.Diagnostics
	if s.leftOut != nil {
		diags.AddWarning("Own Identity Left Out", "The selection has the identity that Terraform runs as, whose sessions would end in the middle of the run. It is left out."+
			facts([][2]string{{"Object ID", s.leftOut.ObjectID}, {"User principal name", s.leftOut.UserPrincipalName}}))
	}
	if minimum := timeOf(s.minimumValidFrom); minimum != nil && len(s.users) > 0 && minimum.After(s.readAt()) {
		diags.AddAttributeWarning(path.Root("minimum_valid_from"), "Instant Ahead of Microsoft Graph", "minimum_valid_from is later than it is by Microsoft Graph's clock. "+
			"Who is signed out before that instant does not reach it, and is called again by a run with the same one."+
			facts([][2]string{{"Value", s.minimumValidFrom.ValueString()}, {"Microsoft Graph's clock", instant(new(s.readAt())).ValueString()}}))
	}
	return diags
}

// counted are the facts of how many users there are of a kind.
func (s *selection) counted() string {
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	leftOut := ""
	if s.leftOut != nil {
		leftOut = s.leftOut.ObjectID
	}
	return facts([][2]string{
		{"Excluded", count(s.excluded)},
		{"Skipped, as minimum_valid_from is reached", count(s.reached)},
		{"External, whose sessions at home live on", count(external(s.users))},
		{"Not found", count(len(s.missing))},
		{"Left out, as the identity of this run", leftOut},
	})
}

// displayed is how messages name a user.
func displayed(user graph.User) string {
	if user.UserPrincipalName == "" {
		return user.ID
	}
	return user.UserPrincipalName
}

// external counts the users who sign in at another tenant.
func external(users []graph.User) int {
	count := 0
	for _, user := range users {
		if user.External() {
			count++
		}
	}
	return count
}

// users counts users in words.
func users(n int) string {
	if n == 1 {
		return "1 user"
	}
	return strconv.Itoa(n) + " users"
}
