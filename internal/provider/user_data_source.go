// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

var _ datasource.DataSourceWithConfigure = (*userDataSource)(nil)

// profileAction says how data sources read users: in Graph's generally available version.
var profileAction = graph.RevokeSignInSessions

// NewUserDataSource returns the data source graph_user.
func NewUserDataSource() datasource.DataSource {
	return &userDataSource{}
}

type userDataSource struct {
	// session is nil while the provider's configuration is not known.
	session *session
}

type userDataSourceModel struct {
	UserID types.String `tfsdk:"user_id"`
	userProfileModel
}

func (d *userDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_user"
}

func (d *userDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads a user, with the instant before which issued tokens are refused: for `check` blocks and preconditions. It needs the permission `User.Read.All`.",
		Attributes: withUserProfile(map[string]schema.Attribute{
			"user_id": schema.StringAttribute{
				MarkdownDescription: "The user: an object id, a user principal name, `/users/<object id>` (the `id` of an `azuread_user`), or `me`, the user who is signed in.",
				Required:            true,
				Validators:          []validator.String{userIDValidator{}},
			},
		}),
	}
}

func (d *userDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session, _ = req.ProviderData.(*session)
}

func (d *userDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data userDataSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if d.session == nil {
		resp.Diagnostics.AddError("Provider Not Configured", notConfigured)
		return
	}
	ctx, cancel := d.session.clock.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()

	name := data.UserID.ValueString()
	user, err := d.session.graph.Profile(ctx, profileAction, userKey(name))
	if err != nil {
		resp.Diagnostics.Append(d.session.explain(ctx, attempt{userID: name, action: profileAction}, err))
		return
	}
	data.userProfileModel = userProfileOf(user)
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
