// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// fixtureProvider declares one thing of each kind and, in its resource, every form that a schema can take.
type fixtureProvider struct{}

var (
	_ provider.ProviderWithActions            = fixtureProvider{}
	_ provider.ProviderWithEphemeralResources = fixtureProvider{}
	_ resource.ResourceWithIdentity           = fixtureResource{}
)

func (fixtureProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "graph"
}

func (fixtureProvider) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	response.Schema = providerschema.Schema{
		MarkdownDescription: "A provider with `Markdown`.",
		Attributes: map[string]providerschema.Attribute{
			"secret": providerschema.StringAttribute{Optional: true, Sensitive: true, Description: "Plain."},
		},
		Blocks: map[string]providerschema.Block{
			"feature": providerschema.ListNestedBlock{NestedObject: providerschema.NestedBlockObject{
				Attributes: map[string]providerschema.Attribute{"on": providerschema.BoolAttribute{Required: true}},
			}},
		},
	}
}

func (fixtureProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (fixtureProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return fixtureResource{} }}
}

func (fixtureProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return fixtureDataSource{} }}
}

func (fixtureProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return fixtureEphemeral{} }}
}

func (fixtureProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return fixtureAction{} }}
}

// functionProvider is the fixture with a function, which schemajson does not describe.
type functionProvider struct{ fixtureProvider }

func (functionProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return fixtureFunction{} }}
}

// twinProvider is the fixture with its resource declared twice, which the framework refuses.
type twinProvider struct{ fixtureProvider }

func (p twinProvider) Resources(ctx context.Context) []func() resource.Resource {
	return append(p.fixtureProvider.Resources(ctx), p.fixtureProvider.Resources(ctx)...)
}

type fixtureResource struct{ resource.Resource }

func (fixtureResource) Metadata(_ context.Context, _ resource.MetadataRequest, response *resource.MetadataResponse) {
	response.TypeName = "graph_fixture"
}

func (fixtureResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	leaf := map[string]resourceschema.Attribute{"leaf": resourceschema.StringAttribute{Optional: true, MarkdownDescription: "A *leaf*."}}
	nested := resourceschema.NestedAttributeObject{Attributes: leaf}
	blocks := resourceschema.NestedBlockObject{Attributes: leaf}

	response.Schema = resourceschema.Schema{
		Version:            3,
		DeprecationMessage: "Use another.",
		Attributes: map[string]resourceschema.Attribute{
			"any":        resourceschema.DynamicAttribute{Optional: true},
			"bool":       resourceschema.BoolAttribute{Optional: true, Computed: true},
			"deprecated": resourceschema.Int64Attribute{Optional: true, DeprecationMessage: "Use another."},
			"list":       resourceschema.ListAttribute{Optional: true, ElementType: types.StringType},
			"map":        resourceschema.MapAttribute{Optional: true, ElementType: types.SetType{ElemType: types.NumberType}},
			"object": resourceschema.ObjectAttribute{Computed: true, AttributeTypes: map[string]attr.Type{
				"name": types.StringType, "sizes": types.ListType{ElemType: types.Int64Type},
			}},
			"nested_list":   resourceschema.ListNestedAttribute{Optional: true, NestedObject: nested},
			"nested_map":    resourceschema.MapNestedAttribute{Optional: true, NestedObject: nested},
			"nested_set":    resourceschema.SetNestedAttribute{Optional: true, NestedObject: nested},
			"nested_single": resourceschema.SingleNestedAttribute{Optional: true, Attributes: leaf},
			"write_only":    resourceschema.StringAttribute{Required: true, Sensitive: true, WriteOnly: true},
		},
		Blocks: map[string]resourceschema.Block{
			"list_block": resourceschema.ListNestedBlock{NestedObject: blocks, DeprecationMessage: "Use another."},
			"set_block":  resourceschema.SetNestedBlock{NestedObject: blocks, MarkdownDescription: "A **set**."},
			"single_block": resourceschema.SingleNestedBlock{Attributes: leaf, Blocks: map[string]resourceschema.Block{
				"inner": resourceschema.SingleNestedBlock{Attributes: leaf},
			}},
		},
	}
}

func (fixtureResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, response *resource.IdentitySchemaResponse) {
	response.IdentitySchema = identityschema.Schema{
		Version: 2,
		Attributes: map[string]identityschema.Attribute{
			"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Who."},
			"groups": identityschema.ListAttribute{OptionalForImport: true, ElementType: types.StringType},
		},
	}
}

type fixtureDataSource struct{ datasource.DataSource }

func (fixtureDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = "graph_fixture"
}

func (fixtureDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = datasourceschema.Schema{Attributes: map[string]datasourceschema.Attribute{
		"id": datasourceschema.StringAttribute{Computed: true},
	}}
}

type fixtureEphemeral struct{ ephemeral.EphemeralResource }

func (fixtureEphemeral) Metadata(_ context.Context, _ ephemeral.MetadataRequest, response *ephemeral.MetadataResponse) {
	response.TypeName = "graph_fixture"
}

func (fixtureEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, response *ephemeral.SchemaResponse) {
	response.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"token": ephemeralschema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

type fixtureAction struct{ action.Action }

func (fixtureAction) Metadata(_ context.Context, _ action.MetadataRequest, response *action.MetadataResponse) {
	response.TypeName = "graph_fixture"
}

func (fixtureAction) Schema(_ context.Context, _ action.SchemaRequest, response *action.SchemaResponse) {
	response.Schema = actionschema.Schema{
		MarkdownDescription: "Does it **now**.",
		Attributes: map[string]actionschema.Attribute{
			"user_ids": actionschema.SetAttribute{Required: true, ElementType: types.StringType},
		},
		Blocks: map[string]actionschema.Block{
			"timeouts": actionschema.SingleNestedBlock{Attributes: map[string]actionschema.Attribute{
				"invoke": actionschema.StringAttribute{Optional: true},
			}},
		},
	}
}

type fixtureFunction struct{ function.Function }

func (fixtureFunction) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "fixture"
}

func (fixtureFunction) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{Return: function.StringReturn{}}
}
