// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

var (
	_ action.ActionWithConfigure        = (*userTokenInvalidationAction)(nil)
	_ action.ActionWithConfigValidators = (*userTokenInvalidationAction)(nil)
	_ action.ActionWithModifyPlan       = (*userTokenInvalidationAction)(nil)
	_ action.ActionWithValidateConfig   = (*userTokenInvalidationAction)(nil)
)

const (
	// defaultInvokeTimeout is enough for 100,000 users, who take 81 minutes at the service's quota.
	defaultInvokeTimeout = 2 * time.Hour
	// longestPlan bounds a plan: it reads, and calls nobody.
	longestPlan = 15 * time.Minute
	// defaultMaxUsers keeps a wrong group or filter from signing everybody out.
	defaultMaxUsers = 100
)

// NewUserTokenInvalidationAction returns the action graph_user_token_invalidation.
func NewUserTokenInvalidationAction() action.Action {
	return &userTokenInvalidationAction{}
}

type userTokenInvalidationAction struct {
	// session is nil while the provider's configuration is not known.
	session *session
}

type userTokenInvalidationActionModel struct {
	UserIDs          []string          `tfsdk:"user_ids"`
	GroupIDs         []string          `tfsdk:"group_ids"`
	Filter           types.String      `tfsdk:"filter"`
	ExcludeUserIDs   []string          `tfsdk:"exclude_user_ids"`
	MinimumValidFrom timetypes.RFC3339 `tfsdk:"minimum_valid_from"`
	MaxUsers         types.Int64       `tfsdk:"max_users"`
	GraphAction      types.String      `tfsdk:"graph_action"`
	IgnoreNotFound   types.Bool        `tfsdk:"ignore_not_found"`
	ContinueOnError  types.Bool        `tfsdk:"continue_on_error"`
	Timeouts         timeouts.Value    `tfsdk:"timeouts"`
}

func (a *userTokenInvalidationAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user_token_invalidation"
}

func (a *userTokenInvalidationAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	users := []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(namedUserValidator{})}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Ends the sessions of many users now: those who are named, the members of groups, or whom a filter selects. " +
			"Nothing is kept in state; to record that a user was signed out, and to do so once for each change, use the resource of the same name.",
		Attributes: map[string]schema.Attribute{
			// Who.
			"user_ids": schema.SetAttribute{
				MarkdownDescription: "Users, each by object id, user principal name, or as `/users/<object id>`. Together with `group_ids`, all of both. " +
					"The identity that Terraform runs as is refused here.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  users,
			},
			"group_ids": schema.SetAttribute{
				MarkdownDescription: "Groups, each by object id or as `/groups/<object id>`: the users in them and in the groups in them. It needs the permission `GroupMember.Read.All`, " +
					"and `Member.Read.Hidden` for groups that hide their members. The identity that Terraform runs as is left out, with a warning.",
				ElementType: types.StringType,
				Optional:    true,
				Validators:  []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(groupIDValidator{})},
			},
			"filter": schema.StringAttribute{
				MarkdownDescription: "An [OData filter](https://learn.microsoft.com/graph/filter-query-parameter) on the properties of users, such as `department eq 'Finance'`. " +
					"Filters that are [advanced queries](https://learn.microsoft.com/graph/aad-advanced-queries) are answered from an index, which may lag behind the directory. " +
					"The identity that Terraform runs as is left out, with a warning. Conflicts with `user_ids` and `group_ids`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"exclude_user_ids": schema.SetAttribute{
				MarkdownDescription: "Users who are never signed out, such as break-glass accounts, whoever else selects them. Each as in `user_ids`. Nobody is signed out where one of them does not exist.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          users,
			},
			"minimum_valid_from": schema.StringAttribute{
				MarkdownDescription: "An instant (RFC 3339). Users whose refreshTokensValidFromDateTime has reached it are skipped, so that a run that was cut short can be repeated for the others. " +
					"Not more than 5 minutes in the future.",
				CustomType: timetypes.RFC3339Type{},
				Optional:   true,
			},
			"max_users": schema.Int64Attribute{
				MarkdownDescription: "How many users may be signed out at most, exclusions and skipped users not counted. Defaults to `100`. Where there are more, nobody is signed out, and the error gives their number. " +
					"State the number that you expect.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(1)},
			},
			// How.
			"graph_action": schema.StringAttribute{
				MarkdownDescription: "The call of Microsoft Graph that is made: `invalidateAllRefreshTokens`, the default, which is in beta, " +
					"or `revokeSignInSessions`, which is generally available and recommended by Microsoft.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(graph.InvalidateAllRefreshTokens.String(), graph.RevokeSignInSessions.String())},
			},
			"ignore_not_found": schema.BoolAttribute{
				MarkdownDescription: "Whether users who do not exist are passed over with a warning. Defaults to `false`: the run fails, once all others are signed out.",
				Optional:            true,
			},
			"continue_on_error": schema.BoolAttribute{
				MarkdownDescription: "Whether what goes wrong with one user does not stop the others. Defaults to `true`. What would go wrong with everybody stops the run in any case.",
				Optional:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{
				InvokeDescription: "How long a run may take, waits included, such as `4h`. Defaults to `2h`: Microsoft Graph takes 3,000 calls at once and 20 more per second, so that 100,000 users take 81 minutes.",
			}),
		},
	}
}

func (a *userTokenInvalidationAction) ConfigValidators(context.Context) []action.ConfigValidator {
	users, groups, filter := path.MatchRoot("user_ids"), path.MatchRoot("group_ids"), path.MatchRoot("filter")
	return []action.ConfigValidator{
		actionvalidator.AtLeastOneOf(users, groups, filter),
		actionvalidator.Conflicting(filter, users),
		actionvalidator.Conflicting(filter, groups),
	}
}

func (a *userTokenInvalidationAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.session, _ = req.ProviderData.(*session)
}

func (a *userTokenInvalidationAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var given timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &given)...)
	if !resp.Diagnostics.HasError() {
		refuseNoTime(given.Attributes(), &resp.Diagnostics)
	}
}

// ModifyPlan selects as Invoke will, so that a plan is a rehearsal of it: what it refuses, and how many it calls for.
func (a *userTokenInvalidationAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if a.session == nil || !req.Config.Raw.IsFullyKnown() {
		return
	}
	config, timeout, diags := a.known(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := a.session.clock.WithTimeout(ctx, min(timeout, longestPlan))
	defer cancel()

	selected, problem := a.session.selectUsers(ctx, config.criteria(""))
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	resp.Diagnostics.Append(selected.announcement()...)
}

// Invoke selects, and signs out.
func (a *userTokenInvalidationAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	if a.session == nil {
		resp.Diagnostics.AddError("Provider Not Configured", notConfigured)
		return
	}
	config, timeout, diags := a.known(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := a.session.clock.WithTimeout(ctx, timeout)
	defer cancel()

	resp.SendProgress(action.InvokeProgressEvent{Message: "Reading whom to sign out."})
	selected, problem := a.session.selectUsers(ctx, config.criteria("invoke"))
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	run := a.session.signOut(ctx, selected, config.ContinueOnError.IsNull() || config.ContinueOnError.ValueBool(), resp.SendProgress)
	resp.Diagnostics.Append(run.diagnostics(ctx)...)
}

// known reads a configuration without unknown values, and how long it gives.
func (a *userTokenInvalidationAction) known(ctx context.Context, given tfsdk.Config) (userTokenInvalidationActionModel, time.Duration, diag.Diagnostics) {
	var config userTokenInvalidationActionModel
	diags := given.Get(ctx, &config)
	timeout, problems := config.Timeouts.Invoke(ctx, defaultInvokeTimeout)
	diags.Append(problems...)
	a.session.refuseFuture(config.MinimumValidFrom, &diags)
	return config, timeout, diags
}

// criteria are the configuration with its defaults, which action schemas have none of, for a selection that an attribute of the timeouts
// block bounds, or none.
func (m userTokenInvalidationActionModel) criteria(timeout string) criteria {
	c := criteria{
		userIDs:          m.UserIDs,
		groupIDs:         m.GroupIDs,
		filter:           m.Filter.ValueString(),
		excludeUserIDs:   m.ExcludeUserIDs,
		minimumValidFrom: m.MinimumValidFrom,
		maxUsers:         defaultMaxUsers,
		action:           graph.ActionNamed(m.GraphAction.ValueString()),
		ignoreNotFound:   m.IgnoreNotFound.ValueBool(),
		timeout:          timeout,
	}
	if !m.MaxUsers.IsNull() {
		c.maxUsers = int(m.MaxUsers.ValueInt64())
	}
	return c
}
