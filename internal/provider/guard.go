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

// principal is who this run signs in as. It is nil for an access token that cannot be read, which Microsoft allows for; not to get
// one is an error.
func (s *session) principal(ctx context.Context, a attempt) (*auth.Principal, diag.Diagnostic) {
	principal, err := s.signIn.Principal(ctx)
	if _, unreadable := errors.AsType[*auth.UnreadableTokenError](err); unreadable {
		return nil, nil
	}
	if err != nil {
		return nil, s.explainSignIn(ctx, a, err)
	}
	return &principal, nil
}

// guard refuses a user who is the identity that Terraform runs as, and `me` where there is no user. It returns nil where there is
// nothing to refuse.
func (s *session) guard(ctx context.Context, a attempt) diag.Diagnostic {
	principal, d := s.principal(ctx, a)
	switch {
	case d != nil:
		return d
	case principal == nil:
		return nil
	case userKey(a.userID) == graph.Me && principal.Application:
		return withoutMe(facts(s.signInFacts(ctx)))
	case userKey(a.userID) != graph.Me && namesPrincipal(a.userID, *principal):
		return ownIdentity(*principal, path.Root("user_id"), "Leave this user out, sign in as another identity, or, where it is meant, write user_id = \"me\".")
	default:
		return nil
	}
}

// guardResolved is guard for a user whom Graph has named by now: user_id may have been another of the user's names.
func (s *session) guardResolved(ctx context.Context, a attempt, user graph.User) diag.Diagnostic {
	if userKey(a.userID) == graph.Me {
		return nil
	}
	a.userID = user.ID
	return s.guard(ctx, a)
}

// guardRecorded is guard for the call that destroying makes, which knows the state alone.
func (s *session) guardRecorded(ctx context.Context, state userTokenInvalidationModel) diag.Diagnostic {
	if userKey(state.UserID.ValueString()) == graph.Me {
		return nil
	}
	principal, d := s.principal(ctx, state.destroying())
	if d != nil || principal == nil || !namesPrincipal(state.ID.ValueString(), *principal) {
		return d
	}
	return ownIdentity(*principal, path.Root("user_id"), "Destroy as another identity, or apply with invalidate_on_destroy = false first.")
}

func ownIdentity(principal auth.Principal, attribute path.Path, remedy string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(attribute, "User Is the Identity of This Run",
		"The user is the identity that Terraform runs as, whose sessions would end in the middle of the run. "+remedy+
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
	a.timeout = "" // Reading back has a limit of its own.
	return diag.NewWarningDiagnostic("Invalidation Not Confirmed", happened+"Reading it back ended early.\n\n"+s.explain(ctx, a, err).Detail())
}
