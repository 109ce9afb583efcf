// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// validated is an action that says all that its configuration has to be.
type validated interface {
	action.ActionWithConfigValidators
	action.ActionWithValidateConfig
}

// validateKnown validates an action's configuration by all that the action has validators for. Terraform asks for that only while the
// values of variables and resources are unknown, and not again before it plans or invokes an action.
func validateKnown(ctx context.Context, a validated, config tfsdk.Config) diag.Diagnostics {
	var schemaOf action.SchemaResponse
	a.Schema(ctx, action.SchemaRequest{}, &schemaOf)
	found := schemaOf.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(schemaOf.Schema.Attributes)) {
		found.Append(validateAttribute(ctx, schemaOf.Schema.Attributes[name], path.Root(name), config)...)
	}
	request := action.ValidateConfigRequest{Config: config}
	validations := []func(context.Context, action.ValidateConfigRequest, *action.ValidateConfigResponse){a.ValidateConfig}
	for _, v := range a.ConfigValidators(ctx) {
		validations = append(validations, v.ValidateAction)
	}
	for _, validate := range validations {
		response := &action.ValidateConfigResponse{} // Some overwrite what others found.
		validate(ctx, request, response)
		found.Append(response.Diagnostics...)
	}

	var diags diag.Diagnostics
	for _, d := range found {
		diags.Append(namingAttribute(d))
	}
	return diags
}

// validateAttribute runs the validators of an attribute of the kinds that the actions have.
func validateAttribute(ctx context.Context, attribute schema.Attribute, at path.Path, config tfsdk.Config) (diags diag.Diagnostics) {
	switch attribute := attribute.(type) {
	case schema.SetAttribute:
		for _, v := range attribute.Validators {
			request, response := validator.SetRequest{Path: at, PathExpression: at.Expression(), Config: config}, &validator.SetResponse{}
			diags.Append(config.GetAttribute(ctx, at, &request.ConfigValue)...)
			v.ValidateSet(ctx, request, response)
			diags.Append(response.Diagnostics...)
		}
	case schema.StringAttribute:
		for _, v := range attribute.Validators {
			request, response := validator.StringRequest{Path: at, PathExpression: at.Expression(), Config: config}, &validator.StringResponse{}
			diags.Append(config.GetAttribute(ctx, at, &request.ConfigValue)...)
			v.ValidateString(ctx, request, response)
			diags.Append(response.Diagnostics...)
		}
	case schema.Int64Attribute:
		for _, v := range attribute.Validators {
			request, response := validator.Int64Request{Path: at, PathExpression: at.Expression(), Config: config}, &validator.Int64Response{}
			diags.Append(config.GetAttribute(ctx, at, &request.ConfigValue)...)
			v.ValidateInt64(ctx, request, response)
			diags.Append(response.Diagnostics...)
		}
	}
	return diags
}
