// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const groupsPath = "/groups/"

// groupIDValidator refuses what cannot name a group: their names are no keys.
type groupIDValidator struct{}

func (groupIDValidator) Description(context.Context) string {
	return "must be the object id of a group, or /groups/<object id>"
}

func (v groupIDValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v groupIDValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || objectID.MatchString(groupKey(req.ConfigValue.ValueString())) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid Group",
		"The value "+v.Description(ctx)+", not \""+req.ConfigValue.ValueString()+"\".")
}

// groupKey is how Graph is asked for the group that a valid group_id names.
func groupKey(text string) string { return strings.TrimPrefix(text, groupsPath) }
