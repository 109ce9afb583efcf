// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

var (
	_ datasource.DataSourceWithConfigure        = (*usersDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*usersDataSource)(nil)
)

// NewUsersDataSource returns the data source graph_users.
func NewUsersDataSource() datasource.DataSource {
	return &usersDataSource{}
}

type usersDataSource struct {
	// session is nil while the provider's configuration is not known.
	session *session
}

type usersDataSourceModel struct {
	Filter  types.String       `tfsdk:"filter"`
	GroupID types.String       `tfsdk:"group_id"`
	IDs     []string           `tfsdk:"ids"`
	Users   []userProfileModel `tfsdk:"users"`
}

func (d *usersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_users"
}

func (d *usersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the users whom a filter or a group selects: for `for_each`, or to know who is meant before an incident's action signs them out. It needs the permission `User.Read.All`, and for a group `GroupMember.Read.All`.",
		Attributes: map[string]schema.Attribute{
			// By what.
			"filter": schema.StringAttribute{
				MarkdownDescription: "An [OData filter](https://learn.microsoft.com/graph/filter-query-parameter) on the properties of users, such as `department eq 'Finance'`. " +
					"Filters that are [advanced queries](https://learn.microsoft.com/graph/aad-advanced-queries) are answered from an index, which may lag behind the directory. Exactly one of `filter` and `group_id` is given.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"group_id": schema.StringAttribute{
				MarkdownDescription: "A group, by object id or as `/groups/<object id>` (the `id` of an `azuread_group`). Its users are those in it and in the groups in it.",
				Optional:            true,
				Validators:          []validator.String{groupIDValidator{}},
			},
			// Who.
			"ids": schema.ListAttribute{
				MarkdownDescription: "The object ids of the users, in order.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"users": schema.ListNestedAttribute{
				MarkdownDescription: "The users, ordered by object id.",
				NestedObject:        schema.NestedAttributeObject{Attributes: userProfileAttributes()},
				Computed:            true,
			},
		},
	}
}

func (d *usersDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.ExactlyOneOf(path.MatchRoot("filter"), path.MatchRoot("group_id"))}
}

func (d *usersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.session, _ = req.ProviderData.(*session)
}

func (d *usersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data usersDataSourceModel
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

	users, problem := d.read(ctx, data)
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	slices.SortFunc(users, func(a, b graph.User) int { return cmp.Compare(a.ID, b.ID) })
	users = slices.CompactFunc(users, func(a, b graph.User) bool { return a.ID == b.ID })
	data.IDs, data.Users = make([]string, len(users)), make([]userProfileModel, len(users))
	for i, user := range users {
		data.IDs[i], data.Users[i] = user.ID, userProfileOf(user)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}

func (d *usersDataSource) read(ctx context.Context, data usersDataSourceModel) ([]graph.User, diag.Diagnostic) {
	if data.GroupID.IsNull() {
		return d.session.filteredUsers(ctx, attempt{filter: data.Filter.ValueString(), action: profileAction, attribute: "filter"})
	}
	return d.session.groupUsers(ctx, attempt{groupID: groupKey(data.GroupID.ValueString()), action: profileAction, attribute: "group_id"})
}
