// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// userProfileModel is a user as the data sources show one.
type userProfileModel struct {
	ID                             types.String      `tfsdk:"id"`
	UserPrincipalName              types.String      `tfsdk:"user_principal_name"`
	DisplayName                    types.String      `tfsdk:"display_name"`
	AccountEnabled                 types.Bool        `tfsdk:"account_enabled"`
	UserType                       types.String      `tfsdk:"user_type"`
	External                       types.Bool        `tfsdk:"external"`
	RefreshTokensValidFromDateTime timetypes.RFC3339 `tfsdk:"refresh_tokens_valid_from_date_time"`
}

func userProfileOf(user graph.User) userProfileModel {
	return userProfileModel{
		ID:                             types.StringValue(user.ID),
		UserPrincipalName:              optional(user.UserPrincipalName),
		DisplayName:                    optional(user.DisplayName),
		AccountEnabled:                 types.BoolPointerValue(user.AccountEnabled),
		UserType:                       optional(user.UserType),
		External:                       types.BoolValue(user.External()),
		RefreshTokensValidFromDateTime: instant(user.ValidFrom),
	}
}

// userProfileAttributes are the attributes of userProfileModel.
func userProfileAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "The user's object id.",
			Computed:            true,
		},
		"user_principal_name": schema.StringAttribute{
			MarkdownDescription: "The user principal name, as Microsoft Graph spells it.",
			Computed:            true,
		},
		"display_name": schema.StringAttribute{
			MarkdownDescription: "The name that address books show.",
			Computed:            true,
		},
		"account_enabled": schema.BoolAttribute{
			MarkdownDescription: "Whether the account may sign in.",
			Computed:            true,
		},
		"user_type": schema.StringAttribute{
			MarkdownDescription: "`Member` or `Guest`. Null for some old accounts.",
			Computed:            true,
		},
		"external": schema.BoolAttribute{
			MarkdownDescription: "Whether the user signs in at another tenant, whose sessions this tenant cannot end: a guest, or a user principal name with `#EXT#`.",
			Computed:            true,
		},
		"refresh_tokens_valid_from_date_time": schema.StringAttribute{
			MarkdownDescription: "The user's refreshTokensValidFromDateTime (RFC 3339, UTC): what was issued before it is refused. Null for a user whose sessions were never ended.",
			CustomType:          timetypes.RFC3339Type{},
			Computed:            true,
		},
	}
}

// withUserProfile adds the attributes of userProfileModel to a data source's own.
func withUserProfile(own map[string]schema.Attribute) map[string]schema.Attribute {
	attributes := userProfileAttributes()
	maps.Copy(attributes, own)
	return attributes
}
