// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// guard refuses a user_id that names the identity that Terraform runs as, and `me` where there is no user. An access token that
// cannot be read guards nothing; one that cannot be had is an error. It returns nil where there is nothing to refuse.
func (s *session) guard(ctx context.Context, a attempt) diag.Diagnostic {
	principal, err := s.signIn.Principal(ctx)
	if _, unreadable := errors.AsType[*auth.UnreadableTokenError](err); unreadable {
		return nil
	}
	switch {
	case err != nil:
		return s.explain(ctx, a, &graph.SignInError{Err: err})
	case userKey(a.userID) == graph.Me && principal.Application:
		return withoutMe(facts(s.signInFacts()))
	case userKey(a.userID) != graph.Me && namesPrincipal(a.userID, principal):
		return ownIdentity(principal)
	default:
		return nil
	}
}

// guardResolved is guard for a user whom Graph has named.
func (s *session) guardResolved(ctx context.Context, a attempt, user graph.User) diag.Diagnostic {
	if userKey(a.userID) == graph.Me {
		return nil
	}
	a.userID = user.ID
	return s.guard(ctx, a)
}

// guardRecorded is guard for the call that destroying makes.
func (s *session) guardRecorded(ctx context.Context, data userTokenInvalidationModel) diag.Diagnostic {
	if userKey(data.UserID.ValueString()) == graph.Me {
		return nil
	}
	return s.guard(ctx, attempt{calling: true, userID: data.ID.ValueString(), action: data.action(), timeout: "delete"})
}

func ownIdentity(principal auth.Principal) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("user_id"), "User Is the Identity of This Run",
		"user_id names the identity that Terraform runs as, whose sessions would end in the middle of the run. "+
			"Sign in as another identity, leave this user out, or, where it is meant, write user_id = \"me\"."+
			facts([][2]string{{"Object ID", principal.ObjectID}, {"User principal name", principal.UserPrincipalName}}))
}

// notes are the warnings that an accepted call comes with.
func notes(user graph.User, call graph.Invalidation) diag.Diagnostics {
	var diags diag.Diagnostics
	about := facts([][2]string{{"User", user.ID}, {"User principal name", user.UserPrincipalName}, {"Request ID", call.RequestID}})
	if user.External() {
		diags.AddWarning("External User's Home Sessions Live On",
			"The user signs in at another tenant, where the sessions are. This tenant's call does not end those: ask the home tenant to."+about)
	}
	if call.Doubtful {
		diags.AddWarning("Call Answered With False",
			"Microsoft Graph accepted the call and answered with the value false, which its documentation does not explain. "+
				"Whether it took effect is told by refresh_tokens_valid_from_date_time and confirmed."+about)
	}
	return diags
}

// unconfirmed is the warning of a call that was accepted and could not be seen. It must not be an error: Terraform would taint the
// resource and sign the user out again.
func (s *session) unconfirmed(ctx context.Context, a attempt, err error) diag.Diagnostic {
	const happened = "The call was accepted and is recorded with confirmed = false; it is not repeated. A later refresh sets confirmed once the new instant can be seen. "
	if errors.Is(err, graph.ErrNotShown) {
		return diag.NewWarningDiagnostic("Invalidation Not Confirmed", happened+
			"Microsoft Graph has not shown the new instant yet, which is usual for a replica that lags."+facts([][2]string{{"User", a.userID}}))
	}
	return diag.NewWarningDiagnostic("Invalidation Not Confirmed", happened+"Reading it back ended early.\n\n"+s.explain(ctx, a, err).Detail())
}
