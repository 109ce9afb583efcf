// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package provider is what Terraform sees: the provider's configuration, and its resources.
package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

var _ provider.Provider = (*graphProvider)(nil)

// New returns a factory of the provider, for protocol version 6.
func New(version string, runtime Runtime) func() provider.Provider {
	return func() provider.Provider {
		return &graphProvider{version: version, runtime: runtime}
	}
}

type graphProvider struct {
	version string
	runtime Runtime
}

type providerModel struct {
	Environment   types.String `tfsdk:"environment"`
	GraphEndpoint types.String `tfsdk:"graph_endpoint"`
	AuthorityHost types.String `tfsdk:"authority_host"`
	TenantID      types.String `tfsdk:"tenant_id"`
	ClientID      types.String `tfsdk:"client_id"`
	ClientSecret  types.String `tfsdk:"client_secret"`
	UseCLI        types.Bool   `tfsdk:"use_cli"`
}

// session is what a configured provider hands to its resources.
type session struct {
	graph  *graph.Client
	signIn *auth.SignIn
	clock  graph.Clock
}

func (p *graphProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "graph"
	resp.Version = p.version
}

func (p *graphProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Signs users out of Microsoft 365 through Microsoft Graph, and keeps the evidence in state. " +
			"The settings and their variables are those of `hashicorp/azuread`, so that one pipeline configuration serves both. " +
			"An attribute beats a variable; an empty string hides the variable.",
		Attributes: map[string]schema.Attribute{
			// Who signs in.
			"tenant_id": schema.StringAttribute{
				MarkdownDescription: "The tenant's id or one of its domains. Variables: `ARM_TENANT_ID`, `AZURE_TENANT_ID`.",
				Optional:            true,
			},
			"client_id": schema.StringAttribute{
				MarkdownDescription: "The application's (client) id. Variables: `ARM_CLIENT_ID`, `AZURE_CLIENT_ID`.",
				Optional:            true,
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "A client secret of the application, which selects signing in with it. " +
					"Variables: `ARM_CLIENT_SECRET`, `AZURE_CLIENT_SECRET`.",
				Optional:  true,
				Sensitive: true,
			},
			"use_cli": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in as whoever is signed in to the Azure CLI when nothing else says how. Defaults to `true`. " +
					"It is never used after another method failed. Variable: `ARM_USE_CLI`.",
				Optional: true,
			},
			// Where.
			"environment": schema.StringAttribute{
				MarkdownDescription: "The Microsoft cloud: `global` (or `public`, the default), `usgovernmentl4` (or `usgovernment`), " +
					"`usgovernmentl5` (or `dod`), or `china`. Variable: `ARM_ENVIRONMENT`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOfCaseInsensitive(append(auth.Environments(), "")...)},
			},
			"graph_endpoint": schema.StringAttribute{
				MarkdownDescription: "The root of Microsoft Graph without a version, for a cloud that `environment` does not name, such as " +
					"`https://graph.microsoft.us`. It is also the audience of the access token, which is sent to no other host. Must be https. " +
					"Variable: `GRAPH_ENDPOINT`.",
				Optional: true,
			},
			"authority_host": schema.StringAttribute{
				MarkdownDescription: "The root of Microsoft Entra, for a cloud that `environment` does not name, such as " +
					"`https://login.microsoftonline.us`. Must be https. Variable: `AZURE_AUTHORITY_HOST`, unless `environment` is set in the block.",
				Optional: true,
			},
		},
	}
}

func (p *graphProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	// Values of other resources are not known before apply. Resources say so where they need a session.
	if !req.Config.Raw.IsFullyKnown() {
		return
	}
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}

	transport := userAgentTransport{
		next:      p.runtime.Transport,
		userAgent: fmt.Sprintf("terraform-provider-graph/%s Terraform/%s", p.version, req.TerraformVersion),
	}
	signIn, problems := auth.New(config.auth(), auth.Surroundings{LookupEnv: p.runtime.LookupEnv, Transport: transport})
	for _, problem := range problems {
		resp.Diagnostics.AddAttributeError(path.Root(problem.Attribute), problem.Summary, problem.Detail)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	tflog.Debug(ctx, "Chose the sign-in method", map[string]any{
		"method": signIn.Method, "because_of": signIn.Reason, "tenant_id": signIn.TenantID, "client_id": signIn.ClientID,
		"graph_endpoint": signIn.Cloud.GraphRoot, "authority_host": signIn.Cloud.AuthorityHost,
	})

	client, err := graph.NewClient(graph.Options{
		Root:       signIn.Cloud.GraphRoot,
		Credential: signIn,
		Transport:  transport,
		Clock:      p.runtime.Clock,
	})
	if err != nil {
		resp.Diagnostics.AddError("Microsoft Graph Client Not Created", err.Error())
		return
	}
	resp.ResourceData = &session{graph: client, signIn: signIn, clock: p.runtime.Clock}
}

func (p *graphProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{NewUserTokenInvalidationResource}
}

// DataSources returns none: the provider changes users, others read them.
func (p *graphProvider) DataSources(context.Context) []func() datasource.DataSource {
	return nil
}

func (m providerModel) auth() auth.Config {
	return auth.Config{
		Environment:   m.Environment.ValueStringPointer(),
		GraphEndpoint: m.GraphEndpoint.ValueStringPointer(),
		AuthorityHost: m.AuthorityHost.ValueStringPointer(),
		TenantID:      m.TenantID.ValueStringPointer(),
		ClientID:      m.ClientID.ValueStringPointer(),
		ClientSecret:  m.ClientSecret.ValueStringPointer(),
		UseCLI:        m.UseCLI.ValueBoolPointer(),
	}
}
