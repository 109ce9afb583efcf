// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// maxAhead is how far minimum_valid_from may lie in the future: no call could reach it.
const maxAhead = 5 * time.Minute

func (r *userTokenInvalidationResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state userTokenInvalidationModel
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	timeouts := plan.Timeouts
	if req.Plan.Raw.IsNull() {
		timeouts = state.Timeouts
	}
	timeout, diags := timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session != nil {
		var cancel context.CancelFunc
		ctx, cancel = r.session.clock.WithTimeout(ctx, timeout)
		defer cancel()
	}
	switch {
	case req.Plan.Raw.IsNull():
		r.planDestroy(ctx, state, resp)
	case req.State.Raw.IsNull():
		r.planCreate(ctx, plan, resp)
	default:
		imported, diags := req.Private.GetKey(ctx, importedKey)
		resp.Diagnostics.Append(diags...)
		r.planUpdate(ctx, plan, state, imported != nil, resp)
	}
}

func (r *userTokenInvalidationResource) planDestroy(ctx context.Context, state userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	if !state.InvalidateOnDestroy.ValueBool() {
		return
	}
	resp.Diagnostics.AddWarning("Destroying Signs the User Out",
		"invalidate_on_destroy was set when this resource was last applied: destroying it calls "+state.action().String()+" once more."+
			facts([][2]string{{"User", state.ID.ValueString()}, {"User principal name", state.UserPrincipalName.ValueString()}}))
	if r.session != nil {
		if d := r.session.guardRecorded(ctx, state); d != nil {
			resp.Diagnostics.Append(d)
		}
	}
}

func (r *userTokenInvalidationResource) planCreate(ctx context.Context, plan userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	r.refuseFuture(plan.MinimumValidFrom, &resp.Diagnostics)
	if r.session == nil || plan.UserID.IsUnknown() {
		return
	}
	if d := r.session.guard(ctx, attempt{userID: plan.UserID.ValueString(), action: plan.action()}); d != nil {
		resp.Diagnostics.Append(d)
	}
}

func (r *userTokenInvalidationResource) planUpdate(ctx context.Context, plan, state userTokenInvalidationModel, imported bool, resp *resource.ModifyPlanResponse) {
	r.refuseFuture(plan.MinimumValidFrom, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if raised(plan.MinimumValidFrom, state) {
		resp.RequiresReplace.Append(path.Root("minimum_valid_from"))
	}
	r.planUser(ctx, plan, state, resp)
	switch triggered, err := triggers(ctx, state.Trigger, plan.Trigger); {
	case err != nil:
		resp.Diagnostics.AddAttributeError(path.Root("trigger"), "Unreadable Trigger", err.Error())
	case !triggered:
	case !imported || !triggerIsNull(state.Trigger):
		resp.RequiresReplace.Append(path.Root("trigger"))
	case len(resp.RequiresReplace) == 0:
		resp.Diagnostics.AddAttributeWarning(path.Root("trigger"), "Trigger Recorded, Nobody Signed Out",
			"This resource was imported, so its first trigger is recorded without a call. To sign the user out now, apply with -replace and this resource's address."+
				facts([][2]string{{"User", state.ID.ValueString()}, {"User principal name", state.UserPrincipalName.ValueString()}}))
	}
}

// planUser plans what user_id has come to mean.
func (r *userTokenInvalidationResource) planUser(ctx context.Context, plan, state userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	text, try := plan.UserID.ValueString(), attempt{userID: plan.UserID.ValueString(), action: plan.action(), timeout: "read"}
	changed := !plan.UserID.Equal(state.UserID)
	switch {
	case plan.UserID.IsUnknown():
		resp.RequiresReplace.Append(path.Root("user_id"))
		return
	case r.session != nil && userKey(text) == graph.Me:
		principal, err := r.session.signIn.Principal(ctx)
		_, unreadable := errors.AsType[*auth.UnreadableTokenError](err)
		switch {
		case err != nil && !unreadable:
			resp.Diagnostics.Append(r.session.explain(ctx, try, &graph.SignInError{Err: err}))
			return
		case err == nil && principal.Application:
			resp.Diagnostics.Append(withoutMe(facts(r.session.signInFacts())))
			return
		case err == nil:
			if !strings.EqualFold(state.ID.ValueString(), principal.ObjectID) {
				// Terraform replaces for an attribute that changes only, and the text may not.
				resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown())...)
				resp.RequiresReplace.Append(path.Root("id"))
			}
			return
		}
	}
	if !changed || names(text, state.ID.ValueString(), state.UserPrincipalName.ValueString()) {
		return
	}

	if r.session != nil {
		user, err := r.session.graph.User(ctx, plan.action(), userKey(text))
		switch {
		case err == nil && !strings.EqualFold(user.ID, state.ID.ValueString()):
			resp.RequiresReplace.Append(path.Root("user_id"))
			// Terraform plans once more at apply, which a provider cannot tell from planning: where nobody had the name at plan and
			// somebody else has it at apply, Terraform reports an inconsistent plan by itself.
			resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "Another User Named",
				"user_id names another user than the one in state, so the resource is replaced, which signs that user out. "+
					"Should Terraform report an inconsistent final plan now, the name was given to that user after the plan was made: nobody was signed out. Plan again."+
					facts([][2]string{{"In state", state.ID.ValueString()}, {"Named", user.ID}}))
			return
		case err != nil && !isNotFound(err):
			resp.Diagnostics.Append(r.session.explain(ctx, try, err))
			return
		}
	}
	// A name that nobody has yet may be given to this user in the same apply. Update tells.
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("user_principal_name"), types.StringUnknown())...)
}

// refuseFuture belongs in the plan: validate does not know the time, and timestamp() is unknown until apply.
func (r *userTokenInvalidationResource) refuseFuture(minimum timetypes.RFC3339, diags *diag.Diagnostics) {
	if wanted := timeOf(minimum); r.session != nil && wanted != nil && wanted.Sub(r.session.clock.Now()) > maxAhead {
		diags.AddAttributeError(path.Root("minimum_valid_from"), "Instant in the Future",
			"minimum_valid_from is more than 5 minutes in the future, which no call made now can reach."+
				facts([][2]string{{"Value", minimum.ValueString()}, {"Now", instant(new(r.session.clock.Now())).ValueString()}}))
	}
}

// triggers reports whether the change of the trigger asks for a call.
func triggers(ctx context.Context, prior, planned types.Dynamic) (bool, error) {
	if triggerIsNull(planned) {
		return false, nil
	}
	if !triggerIsKnown(ctx, planned) || triggerIsNull(prior) {
		return true, nil
	}
	same, err := sameTrigger(ctx, prior, planned)
	return !same, err
}

// raised reports whether minimum_valid_from changed to an instant that neither the user's nor the last call reaches.
func raised(minimum timetypes.RFC3339, state userTokenInvalidationModel) bool {
	if minimum.IsUnknown() {
		return true
	}
	wanted, prior := timeOf(minimum), timeOf(state.MinimumValidFrom)
	if wanted == nil || prior != nil && wanted.Equal(*prior) {
		return false
	}
	return !reached(minimum, timeOf(state.RefreshTokensValidFromDateTime)) && !reached(minimum, timeOf(state.InvalidatedAt))
}
