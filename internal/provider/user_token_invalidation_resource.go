// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

var (
	_ resource.ResourceWithConfigure      = (*userTokenInvalidationResource)(nil)
	_ resource.ResourceWithIdentity       = (*userTokenInvalidationResource)(nil)
	_ resource.ResourceWithImportState    = (*userTokenInvalidationResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*userTokenInvalidationResource)(nil)
	_ resource.ResourceWithValidateConfig = (*userTokenInvalidationResource)(nil)
)

const (
	defaultCreateTimeout = 15 * time.Minute
	defaultReadTimeout   = 5 * time.Minute
	defaultUpdateTimeout = 5 * time.Minute
	defaultDeleteTimeout = 15 * time.Minute

	// shortestRead leaves room for the three reads over 10 seconds that a user must be missing from, whatever timeouts.read is.
	shortestRead = 30 * time.Second

	// lagLimit is how long after a call a replica may show an older instant without a word.
	lagLimit = 15 * time.Minute
)

// NewUserTokenInvalidationResource returns the resource graph_user_token_invalidation.
func NewUserTokenInvalidationResource() resource.Resource {
	return &userTokenInvalidationResource{}
}

type userTokenInvalidationResource struct {
	// session is nil while the provider's configuration is not known.
	session *session
}

type userTokenInvalidationModel struct {
	UserID                         types.String      `tfsdk:"user_id"`
	Trigger                        types.Dynamic     `tfsdk:"trigger"`
	GraphAction                    types.String      `tfsdk:"graph_action"`
	MinimumValidFrom               timetypes.RFC3339 `tfsdk:"minimum_valid_from"`
	InvalidateOnDestroy            types.Bool        `tfsdk:"invalidate_on_destroy"`
	IgnoreNotFound                 types.Bool        `tfsdk:"ignore_not_found"`
	ID                             types.String      `tfsdk:"id"`
	UserPrincipalName              types.String      `tfsdk:"user_principal_name"`
	RefreshTokensValidFromDateTime timetypes.RFC3339 `tfsdk:"refresh_tokens_valid_from_date_time"`
	InvalidatedAt                  timetypes.RFC3339 `tfsdk:"invalidated_at"`
	RequestID                      types.String      `tfsdk:"request_id"`
	Confirmed                      types.Bool        `tfsdk:"confirmed"`
	Timeouts                       timeouts.Value    `tfsdk:"timeouts"`
}

type userIdentityModel struct {
	ID types.String `tfsdk:"id"`
}

func (r *userTokenInvalidationResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token_invalidation"
}

func (r *userTokenInvalidationResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends a user's sessions once for each value of `trigger`, and keeps the evidence. " +
			"After apply, every refresh token and browser session that this tenant issued to the user before " +
			"`refresh_tokens_valid_from_date_time` is refused, within the minutes that Microsoft Entra needs.",
		Attributes: map[string]schema.Attribute{
			// What is asked for.
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user: an object id, a user principal name, `/users/<object id>` (the `id` of an `azuread_user`), or `me`, the user who is signed in. " +
					"When it comes to mean another user, the resource is replaced, which signs that user out; a new spelling for the same user is recorded only.",
				Required:   true,
				Validators: []validator.String{userIDValidator{}},
			},
			"trigger": schema.DynamicAttribute{
				MarkdownDescription: "Any value. When it changes to another value that is not null, or to one that is not known at plan, the resource is replaced, which signs the user out again. " +
					"Values are compared without regard to their types: `1` equals `\"1\"`. Stored in clear text; of a large value, give a hash. Conflicts with `minimum_valid_from`.",
				Optional: true,
			},
			"graph_action": schema.StringAttribute{
				MarkdownDescription: "The call of Microsoft Graph that is made: `invalidateAllRefreshTokens`, the default, which is in beta, " +
					"or `revokeSignInSessions`, which is generally available and recommended by Microsoft. A change is recorded only.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(graph.InvalidateAllRefreshTokens.String()),
				Validators: []validator.String{stringvalidator.OneOf(graph.InvalidateAllRefreshTokens.String(), graph.RevokeSignInSessions.String())},
			},
			"minimum_valid_from": schema.StringAttribute{
				MarkdownDescription: "An instant (RFC 3339) that `refresh_tokens_valid_from_date_time` must have reached. Where it has, nothing is called; " +
					"where it has not, one call is made, which ends all sessions until then. When it changes to an instant that neither the user's nor `invalidated_at` reaches, the resource is replaced. " +
					"Not more than 5 minutes in the future. A value from `plantimestamp()` signs the user out at every apply. Conflicts with `trigger`.",
				CustomType: timetypes.RFC3339Type{},
				Optional:   true,
			},
			"invalidate_on_destroy": schema.BoolAttribute{
				MarkdownDescription: "Whether to make the call once more when the resource is destroyed. Defaults to `false`. The value as last applied counts. " +
					"A replacement destroys too, and so calls twice.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			"ignore_not_found": schema.BoolAttribute{
				MarkdownDescription: "Whether a user who was deleted after the call stays in state as last seen. Defaults to `false`: the resource is removed from state. " +
					"When it is set and `user_id` is an object id, creation succeeds with a warning for a user who does not exist.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(false),
			},
			// What is known.
			"id": schema.StringAttribute{
				MarkdownDescription: "The user's object id.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"user_principal_name": schema.StringAttribute{
				MarkdownDescription: "The user principal name, as Microsoft Graph spells it.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"refresh_tokens_valid_from_date_time": schema.StringAttribute{
				MarkdownDescription: "The user's refreshTokensValidFromDateTime (RFC 3339, UTC), read back after the call: what was issued before it is refused. " +
					"It moves forward when others end the user's sessions, which plans no change. Null for a user whose sessions were never ended.",
				CustomType:    timetypes.RFC3339Type{},
				Computed:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"invalidated_at": schema.StringAttribute{
				MarkdownDescription: "When this resource last made the call (RFC 3339, UTC), by the service's clock. Null while it never has.",
				CustomType:          timetypes.RFC3339Type{},
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"request_id": schema.StringAttribute{
				MarkdownDescription: "Microsoft Graph's id of that call: `RequestId` in MicrosoftGraphActivityLogs. Null while none was made.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"confirmed": schema.BoolAttribute{
				MarkdownDescription: "Whether Microsoft Graph has shown a fresh `refresh_tokens_valid_from_date_time` since `invalidated_at`. A later refresh may set it. Null while no call was made.",
				Computed:            true,
				PlanModifiers:       []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, CreateDescription: "How long creating may take, waits included, such as `30m`. Defaults to `15m`.",
				Read: true, ReadDescription: "How long reading may take, at refresh and at plan. Defaults to `5m`; a refresh takes up to 30 seconds in any case.",
				Update: true, UpdateDescription: "How long updating in place may take. Defaults to `5m`.",
				Delete: true, DeleteDescription: "How long the call of `invalidate_on_destroy` may take. Defaults to `15m`.",
			}),
		},
	}
}

func (r *userTokenInvalidationResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{
				Description:       "The user's object id.",
				RequiredForImport: true,
			},
		},
	}
}

func (r *userTokenInvalidationResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.session, _ = req.ProviderData.(*session)
}

func (r *userTokenInvalidationResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config userTokenInvalidationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	refuseTwoWays(config, &resp.Diagnostics)
	refuseNoTime(config.Timeouts.Attributes(), &resp.Diagnostics)
}

// refuseTwoWays refuses a trigger beside a minimum. The library's validator takes a null that has a type for a trigger. Terraform
// validates again when more is known.
func refuseTwoWays(config userTokenInvalidationModel, diags *diag.Diagnostics) {
	unknown := config.Trigger.IsUnknown() || config.Trigger.IsUnderlyingValueUnknown()
	if !triggerIsNull(config.Trigger) && !unknown && !config.MinimumValidFrom.IsNull() && !config.MinimumValidFrom.IsUnknown() {
		diags.AddAttributeError(path.Root("minimum_valid_from"), "Conflicting Attributes",
			"minimum_valid_from and trigger are two ways to say when to sign the user out. Set one of them.")
	}
}

func (r *userTokenInvalidationResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var data userTokenInvalidationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &data)...)
	timeout, diags := data.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := r.session.clock.WithTimeout(ctx, timeout)
	defer cancel()

	action, key := data.action(), userKey(data.UserID.ValueString())
	try := attempt{userID: data.UserID.ValueString(), action: action, timeout: "create"}
	user, err := r.session.graph.User(ctx, action, key)
	if data.IgnoreNotFound.ValueBool() && objectID.MatchString(string(key)) && isNotFound(err) {
		data.neverCalled(graph.User{ID: strings.ToLower(string(key))})
		resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
		resp.Diagnostics.AddAttributeWarning(path.Root("user_id"), "User Not Found, Nobody Signed Out",
			"No user has this object id, or the user was deleted. Nothing was called, because ignore_not_found is set.\n\nUser: "+string(key))
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.session.explain(ctx, try, err))
		return
	}
	if d := r.session.guardResolved(ctx, try, user); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	if reached(data.MinimumValidFrom, user.ValidFrom) {
		data.neverCalled(user)
		resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
		return
	}

	// The call goes to the object id: the name may come to mean another user in between.
	if key != graph.Me {
		key = graph.Key(user.ID)
	}
	call, err := r.session.graph.Invalidate(ctx, action, key)
	if err != nil {
		try.calling = true
		resp.Diagnostics.Append(r.session.explain(ctx, try, err))
		return
	}
	data.called(user, call)
	resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
	resp.Diagnostics.Append(notes(user, call)...)
	if resp.Diagnostics.HasError() {
		return
	}

	shown, err := r.session.graph.Confirm(ctx, action, key, user.ValidFrom, call)
	data.seen(shown, err == nil)
	if err != nil {
		resp.Diagnostics.Append(r.session.unconfirmed(ctx, try, err))
		resp.Diagnostics.Append(keepReadBefore(ctx, resp.Private, user.ValidFrom)...)
	}
	resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
}

func (r *userTokenInvalidationResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var data userTokenInvalidationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &data)...)
	timeout, diags := data.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform keeps the identity of a resource that is removed, too, and wants one from every read.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, userIdentityModel{ID: data.ID})...)
	if r.session == nil {
		resp.Diagnostics.AddWarning("User Not Refreshed", notConfigured)
		return
	}
	ctx, cancel := r.session.clock.WithTimeout(ctx, max(timeout, shortestRead))
	defer cancel()

	var user graph.User
	var err error
	if data.IgnoreNotFound.ValueBool() {
		user, err = r.session.graph.User(ctx, data.action(), graph.Key(data.ID.ValueString()))
	} else {
		user, err = r.session.graph.RecordedUser(ctx, data.action(), data.ID.ValueString())
	}
	switch {
	case isNotFound(err):
		if !data.IgnoreNotFound.ValueBool() {
			resp.State.RemoveResource(ctx)
		}
		return
	case err != nil:
		resp.Diagnostics.Append(r.session.explain(ctx, attempt{userID: data.ID.ValueString(), action: data.action(), timeout: "read"}, err))
		return
	}
	if data.UserPrincipalName.IsNull() && data.InvalidatedAt.IsNull() {
		resp.Diagnostics.AddWarning("User Appeared, Nobody Signed Out", "The user did not exist when this resource was created, so nothing was called. "+
			"To sign the user out now, apply with -replace and this resource's address."+facts([][2]string{{"User", user.ID}, {"User principal name", user.UserPrincipalName}}))
	}
	before, diags := readBefore(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if late := data.refresh(user, before, r.session.clock.Now()); late {
		resp.Diagnostics.AddWarning("Older Instant Not Recorded", "Microsoft Graph shows an older instant than the one in state, though the last call was more than "+
			"15 minutes ago. Instants only move forward, so the state keeps its own. Should this last, ask Microsoft's support."+
			facts([][2]string{{"User", user.ID}, {"In state", data.RefreshTokensValidFromDateTime.ValueString()}, {"Shown", instant(user.ValidFrom).ValueString()}}))
	}
	resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
}

func (r *userTokenInvalidationResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state userTokenInvalidationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := plan.Timeouts.Update(ctx, defaultUpdateTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := r.session.clock.WithTimeout(ctx, timeout)
	defer cancel()

	// The plan left the name open where user_id has a spelling that only Graph can tell the user of.
	if plan.UserPrincipalName.IsUnknown() {
		try := attempt{userID: plan.UserID.ValueString(), action: plan.action(), timeout: "update"}
		user, err := r.session.graph.User(ctx, plan.action(), userKey(try.userID))
		if err != nil {
			resp.Diagnostics.Append(r.session.explain(ctx, try, err))
			return
		}
		if !strings.EqualFold(user.ID, state.ID.ValueString()) {
			resp.Diagnostics.AddAttributeError(path.Root("user_id"), "Another User Found",
				"user_id now names another user than the one in state, which could not be told at plan. Nobody was signed out. "+
					"Plan again: the plan will show the replacement."+facts([][2]string{{"In state", state.ID.ValueString()}, {"Found", user.ID}}))
			return
		}
		plan.UserPrincipalName = types.StringValue(user.UserPrincipalName)
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
	resp.Diagnostics.Append(plan.save(ctx, &resp.State, resp.Identity)...)
}

func (r *userTokenInvalidationResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var data userTokenInvalidationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &data)...)
	timeout, diags := data.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	// Without invalidate_on_destroy there is nothing to do: sessions that were ended stay ended.
	if resp.Diagnostics.HasError() || !data.InvalidateOnDestroy.ValueBool() {
		return
	}
	ctx, cancel := r.session.clock.WithTimeout(ctx, timeout)
	defer cancel()

	if d := r.session.guardRecorded(ctx, data); d != nil {
		resp.Diagnostics.Append(d)
		return
	}
	action, id := data.action(), data.ID.ValueString()
	call, err := r.session.graph.Invalidate(ctx, action, graph.Key(id))
	if isNotFound(err) {
		// One lagging replica must not pass for a user who is gone.
		if _, err = r.session.graph.RecordedUser(ctx, action, id); err == nil {
			call, err = r.session.graph.Invalidate(ctx, action, graph.Key(id))
		}
	}
	switch {
	case isNotFound(err):
		resp.Diagnostics.AddWarning("User Not Found, Nobody Signed Out", "The user was deleted, which ends sessions too, so invalidate_on_destroy had nobody to call for."+
			facts([][2]string{{"User", id}, {"User principal name", data.UserPrincipalName.ValueString()}}))
	case err != nil:
		resp.Diagnostics.Append(r.session.explain(ctx, data.destroying(), err))
	default:
		// The state does not hold the type of user, so that only the name tells an external one here.
		resp.Diagnostics.Append(notes(graph.User{ID: id, UserPrincipalName: data.UserPrincipalName.ValueString()}, call)...)
	}
}

func (r *userTokenInvalidationResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	name := req.ID
	if name == "" && req.Identity != nil {
		var identity userIdentityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		name = identity.ID.ValueString()
	}
	if !validUserID(name) {
		resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("The import id %s, not %q.", userIDValidator{}.Description(ctx), name))
	}
	if r.session == nil {
		resp.Diagnostics.AddError("Provider Not Configured", notConfigured)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := r.session.clock.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()

	user, err := r.session.graph.User(ctx, graph.InvalidateAllRefreshTokens, userKey(name))
	if err != nil {
		resp.Diagnostics.Append(r.session.explain(ctx, attempt{userID: name, action: graph.InvalidateAllRefreshTokens}, err))
		return
	}
	// Setting one attribute gives the others, the timeouts block included, their typed nulls.
	var data userTokenInvalidationModel
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), user.ID)...)
	resp.Diagnostics.Append(resp.State.Get(ctx, &data)...)
	data.UserID = types.StringValue(spelledLike(name, user))
	data.GraphAction = types.StringValue(graph.InvalidateAllRefreshTokens.String())
	data.InvalidateOnDestroy = types.BoolValue(false)
	data.IgnoreNotFound = types.BoolValue(false)
	data.neverCalled(user)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
	resp.Diagnostics.Append(data.save(ctx, &resp.State, resp.Identity)...)
}
