// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

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
	r.session.refuseFuture(plan.MinimumValidFrom, &resp.Diagnostics)
	if r.session == nil || plan.UserID.IsUnknown() {
		return
	}
	if d := r.session.guard(ctx, attempt{userID: plan.UserID.ValueString(), action: plan.action()}); d != nil {
		resp.Diagnostics.Append(d)
	}
}

func (r *userTokenInvalidationResource) planUpdate(ctx context.Context, plan, state userTokenInvalidationModel, imported bool, resp *resource.ModifyPlanResponse) {
	r.session.refuseFuture(plan.MinimumValidFrom, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if raised(plan.MinimumValidFrom, state) {
		resp.RequiresReplace.Append(path.Root("minimum_valid_from"))
	}
	r.planUser(ctx, plan, state, resp)
	planTrigger(ctx, plan, state, imported, resp)
	if len(resp.RequiresReplace) > 0 && state.InvalidateOnDestroy.ValueBool() {
		resp.Diagnostics.AddWarning("Replacing Calls Twice",
			"invalidate_on_destroy was set when this resource was last applied, so that replacing it calls "+state.action().String()+" for the user in state, beside the call for the new resource."+
				facts([][2]string{{"User in state", state.ID.ValueString()}, {"User principal name", state.UserPrincipalName.ValueString()}}))
	}
}

// planTrigger comes after the other reasons to replace: where there is one, an adopted trigger is not worth a word.
func planTrigger(ctx context.Context, plan, state userTokenInvalidationModel, imported bool, resp *resource.ModifyPlanResponse) {
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
	text := plan.UserID.ValueString()
	switch {
	case plan.UserID.IsUnknown():
		resp.RequiresReplace.Append(path.Root("user_id"))
	case userKey(text) == graph.Me && r.session != nil:
		r.planMe(ctx, plan, state, resp)
	case plan.UserID.Equal(state.UserID):
		warnOfNewName(text, state, resp)
	case names(text, state.ID.ValueString(), state.UserPrincipalName.ValueString()):
	case objectID.MatchString(string(userKey(text))):
		resp.RequiresReplace.Append(path.Root("user_id"))
	default:
		r.planName(ctx, plan, state, resp)
	}
}

// planMe plans a replacement where another principal is signed in than the one in state.
func (r *userTokenInvalidationResource) planMe(ctx context.Context, plan, state userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	principal, d := r.session.principal(ctx, plan.reading())
	switch {
	case d != nil:
		resp.Diagnostics.Append(d)
	case principal == nil && plan.UserID.Equal(state.UserID):
	case principal == nil:
		r.planName(ctx, plan, state, resp)
	case principal.Application:
		resp.Diagnostics.Append(withoutMe(facts(r.session.signInFacts(ctx))))
	case !strings.EqualFold(state.ID.ValueString(), principal.ObjectID):
		// Terraform replaces for an attribute that changes only, and the text may not.
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown())...)
		resp.RequiresReplace.Append(path.Root("id"))
		resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "Another User Signed In",
			"\"me\" is another user than the one in state, so the resource is replaced, which signs out whoever runs this."+
				facts([][2]string{{"In state", state.ID.ValueString()}, {"Signed in", principal.ObjectID}}))
	}
}

// planName asks Graph whom a name means that the state cannot tell the user of.
func (r *userTokenInvalidationResource) planName(ctx context.Context, plan, state userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	if r.session != nil {
		try := plan.reading()
		user, err := r.session.graph.User(ctx, try.action, userKey(try.userID))
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

// warnOfNewName warns of a name that the user in state does not have any more. A replacement would look it up anew, and might
// find somebody else.
func warnOfNewName(text string, state userTokenInvalidationModel, resp *resource.ModifyPlanResponse) {
	name := state.UserPrincipalName.ValueString()
	if name == "" || userKey(text) == graph.Me || names(text, state.ID.ValueString(), name) {
		return
	}
	resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "User Renamed",
		"The user in state has another name now. This resource stays with that user, but replacing it signs out whoever has the name in user_id by then. "+
			"Give the new name, or better the object id."+facts([][2]string{{"user_id", text}, {"User", state.ID.ValueString()}, {"User principal name", name}}))
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
