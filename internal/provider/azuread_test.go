// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// azuread stands for the provider hashicorp/azuread: it has azuread_user, as far as the guide Offboarding needs it, and makes the users
// of an invented tenant.
type azuread struct {
	tenant *graphtest.Server
	// refused is set while users are not to be changed.
	refused *atomic.Bool
}

func (azuread) Metadata(_ context.Context, _ fwprovider.MetadataRequest, resp *fwprovider.MetadataResponse) {
	resp.TypeName = "azuread"
}

func (azuread) Schema(context.Context, fwprovider.SchemaRequest, *fwprovider.SchemaResponse) {}

func (azuread) Configure(context.Context, fwprovider.ConfigureRequest, *fwprovider.ConfigureResponse) {
}

func (azuread) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (a azuread) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return azureadUser(a) }}
}

// azureadUser is azuread_user, whose id is /users/<object id> since azuread 3.0.
type azureadUser azuread

type azureadUserModel struct {
	ID                types.String `tfsdk:"id"`
	UserPrincipalName types.String `tfsdk:"user_principal_name"`
	DisplayName       types.String `tfsdk:"display_name"`
	AccountEnabled    types.Bool   `tfsdk:"account_enabled"`
	Password          types.String `tfsdk:"password"`
}

func (azureadUser) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "azuread_user"
}

func (azureadUser) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":                  schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"user_principal_name": schema.StringAttribute{Required: true},
		"display_name":        schema.StringAttribute{Required: true},
		"account_enabled":     schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true)},
		"password":            schema.StringAttribute{Optional: true, Sensitive: true},
	}}
}

func (u azureadUser) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan azureadUserModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	created := u.tenant.AddUser(graphtest.User{
		UserPrincipalName: plan.UserPrincipalName.ValueString(), DisplayName: plan.DisplayName.ValueString(), AccountEnabled: plan.AccountEnabled.ValueBool(),
	})
	plan.ID = types.StringValue("/users/" + created.ID)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (u azureadUser) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state azureadUserModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	user, ok := u.tenant.User(objectIDOf(state))
	if !ok {
		resp.State.RemoveResource(ctx)
		return
	}
	state.UserPrincipalName, state.DisplayName = types.StringValue(user.UserPrincipalName), types.StringValue(user.DisplayName)
	state.AccountEnabled = types.BoolValue(user.AccountEnabled)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (u azureadUser) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan azureadUserModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if u.refused.Load() {
		resp.Diagnostics.AddError("Insufficient Privileges", "The user was not changed.")
		return
	}
	u.tenant.UpdateUser(objectIDOf(plan), func(user *graphtest.User) {
		user.UserPrincipalName, user.DisplayName = plan.UserPrincipalName.ValueString(), plan.DisplayName.ValueString()
		user.AccountEnabled = plan.AccountEnabled.ValueBool()
	})
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (u azureadUser) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state azureadUserModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	u.tenant.DeleteUser(objectIDOf(state))
}

func (azureadUser) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	resource.ImportStatePassthroughID(ctx, path.Root("id"), req, resp)
}

func objectIDOf(user azureadUserModel) string {
	const prefix = len("/users/")
	return user.ID.ValueString()[prefix:]
}
