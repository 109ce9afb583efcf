// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// namedOfEachCause is how many users a report names of those who share a cause.
const namedOfEachCause = 20

// diagnostics report on a run.
func (r *run) diagnostics(ctx context.Context) diag.Diagnostics {
	diags := r.warnings()
	if count := external(r.done); count > 0 {
		diags.AddWarning("External Users' Home Sessions Live On", fmt.Sprintf(
			"Of those signed out, %s belong to another tenant, where the sessions are. This tenant's call does not end those: ask the home tenants to.", users(count)))
	}
	if r.doubtful > 0 {
		diags.AddWarning("Calls Answered With False", fmt.Sprintf(
			"Microsoft Graph accepted the calls, and answered with the value false for %s, which its documentation does not explain. "+
				"Whether they took effect is told by the users' refreshTokensValidFromDateTime, as data.graph_user shows it.", users(r.doubtful)))
	}
	if len(r.ignored) > 0 {
		diags.AddWarning("Users Passed Over", fmt.Sprintf("Passed over, because ignore_not_found is set: %s.\n\n%s", users(len(r.ignored)), named(r.ignored)))
	}
	switch {
	case r.failed()+r.left > 0:
		diags.Append(r.failure(ctx))
	case len(r.done)+r.reached == 0:
		diags.AddError("Nobody Signed Out", "Nobody who was selected exists, so that nobody was signed out."+r.counted())
	}
	return diags
}

// failure is the error of a run that left users signed in: who, why, and how to repeat it for them.
func (r *run) failure(ctx context.Context) diag.Diagnostic {
	causes := slices.SortedStableFunc(slices.Values(r.causes), func(a, b cause) int { return len(b.users) - len(a.users) })
	summary := "Users Not Signed Out"
	if len(causes) == 1 {
		summary = causes[0].why.Summary()
	}
	var text strings.Builder
	not := r.failed() + r.left
	fmt.Fprintf(&text, "Signed out: %d of %s. Not signed out: %d. %s", len(r.done), users(len(r.done)+not), not, r.repeat())
	for _, cause := range causes {
		fmt.Fprintf(&text, "\n\n%s: %s\n%s\n%s", cause.why.Summary(), users(len(cause.users)), named(cause.users), cause.why.Detail())
	}
	if r.left > 0 {
		fmt.Fprintf(&text, "\n\nNot called: %s, %s.", users(r.left), r.whyLeft(ctx))
	}
	return diag.NewErrorDiagnostic(summary, text.String())
}

// repeat tells how to run again for those who are left.
func (r *run) repeat() string {
	if len(r.done) == 0 && !slices.ContainsFunc(r.causes, mayBeCarriedOut) {
		return "Once the cause is gone, run it again."
	}
	return fmt.Sprintf("To repeat it for those alone, run it again with minimum_valid_from = %q, which skips everybody who was signed out, once Microsoft Graph shows it.", r.since.Format(time.RFC3339Nano))
}

func (r *run) whyLeft(ctx context.Context) string {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return "because the run was cancelled"
	case ctx.Err() != nil:
		return "because the time was used up; raise timeouts.invoke"
	default:
		return "because of what went wrong with others"
	}
}

// named names users, one to a line.
func named(users []graph.User) string {
	var lines []string
	for _, user := range users[:min(namedOfEachCause, len(users))] {
		line := "  " + user.ID
		if user.UserPrincipalName != "" {
			line = "  " + user.UserPrincipalName + ", " + user.ID
		}
		lines = append(lines, line)
	}
	if rest := len(users) - len(lines); rest > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", rest))
	}
	return strings.Join(lines, "\n")
}
