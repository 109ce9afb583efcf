// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package provider is what Terraform sees: the provider's configuration, its resource, its action and its data sources.
package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
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

var _ provider.ProviderWithActions = (*graphProvider)(nil)

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
	Environment                    types.String `tfsdk:"environment"`
	GraphEndpoint                  types.String `tfsdk:"graph_endpoint"`
	AuthorityHost                  types.String `tfsdk:"authority_host"`
	TenantID                       types.String `tfsdk:"tenant_id"`
	ClientID                       types.String `tfsdk:"client_id"`
	ClientIDFilePath               types.String `tfsdk:"client_id_file_path"`
	ClientSecret                   types.String `tfsdk:"client_secret"`
	ClientSecretFilePath           types.String `tfsdk:"client_secret_file_path"`
	ClientCertificate              types.String `tfsdk:"client_certificate"`
	ClientCertificatePath          types.String `tfsdk:"client_certificate_path"`
	ClientCertificatePassword      types.String `tfsdk:"client_certificate_password"`
	UseOIDC                        types.Bool   `tfsdk:"use_oidc"`
	OIDCToken                      types.String `tfsdk:"oidc_token"`
	OIDCTokenFilePath              types.String `tfsdk:"oidc_token_file_path"`
	OIDCRequestURL                 types.String `tfsdk:"oidc_request_url"`
	OIDCRequestToken               types.String `tfsdk:"oidc_request_token"`
	ADOPipelineServiceConnectionID types.String `tfsdk:"ado_pipeline_service_connection_id"`
	UseAKSWorkloadIdentity         types.Bool   `tfsdk:"use_aks_workload_identity"`
	UseMSI                         types.Bool   `tfsdk:"use_msi"`
	UseCLI                         types.Bool   `tfsdk:"use_cli"`
	UseAZD                         types.Bool   `tfsdk:"use_azd"`
	UsePowerShell                  types.Bool   `tfsdk:"use_powershell"`
}

// session is what a configured provider hands to its resource, action and data sources.
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
				MarkdownDescription: "The application's (client) id; with `use_msi`, that of a user-assigned managed identity. Variables: `ARM_CLIENT_ID`, `AZURE_CLIENT_ID`.",
				Optional:            true,
			},
			"client_id_file_path": schema.StringAttribute{
				MarkdownDescription: "A file that holds the client id. Variable: `ARM_CLIENT_ID_FILE_PATH`.",
				Optional:            true,
			},
			// Client secret.
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "A client secret of the application. Selects signing in with it. " +
					"Variables: `ARM_CLIENT_SECRET`, `AZURE_CLIENT_SECRET`.",
				Optional:  true,
				Sensitive: true,
			},
			"client_secret_file_path": schema.StringAttribute{
				MarkdownDescription: "A file that holds the client secret. Selects signing in with it. Variable: `ARM_CLIENT_SECRET_FILE_PATH`.",
				Optional:            true,
			},
			// Client certificate.
			"client_certificate": schema.StringAttribute{
				MarkdownDescription: "A certificate of the application with its private key: PFX or PEM, as base64. Selects signing in with it. Variable: `ARM_CLIENT_CERTIFICATE`.",
				Optional:            true,
				Sensitive:           true,
			},
			"client_certificate_path": schema.StringAttribute{
				MarkdownDescription: "A PFX or PEM file that holds the certificate with its private key. Selects signing in with it. " +
					"Variables: `ARM_CLIENT_CERTIFICATE_PATH`, `AZURE_CLIENT_CERTIFICATE_PATH`.",
				Optional: true,
			},
			"client_certificate_password": schema.StringAttribute{
				MarkdownDescription: "The password of the PFX. Variables: `ARM_CLIENT_CERTIFICATE_PASSWORD`, `AZURE_CLIENT_CERTIFICATE_PASSWORD`.",
				Optional:            true,
				Sensitive:           true,
			},
			// OIDC.
			"use_oidc": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in with a token of another identity provider: one that is given, one in a file, or that of GitHub Actions or Azure DevOps. Variable: `ARM_USE_OIDC`.",
				Optional:            true,
			},
			"oidc_token": schema.StringAttribute{
				MarkdownDescription: "The token. Selects OIDC. Variable: `ARM_OIDC_TOKEN`.",
				Optional:            true,
				Sensitive:           true,
			},
			"oidc_token_file_path": schema.StringAttribute{
				MarkdownDescription: "A file that holds the token, read again whenever one is needed. Selects OIDC. Variables: `ARM_OIDC_TOKEN_FILE_PATH`, " +
					"and `AZURE_FEDERATED_TOKEN_FILE`, which selects nothing.",
				Optional: true,
			},
			"oidc_request_url": schema.StringAttribute{
				MarkdownDescription: "Where to ask for the token. Must be https. Selects OIDC. Variables: `ARM_OIDC_REQUEST_URL`, and those of GitHub Actions and Azure DevOps, " +
					"which select nothing: `ACTIONS_ID_TOKEN_REQUEST_URL`, `SYSTEM_OIDCREQUESTURI`.",
				Optional: true,
			},
			"oidc_request_token": schema.StringAttribute{
				MarkdownDescription: "The bearer token to ask with. Selects OIDC. Variables: `ARM_OIDC_REQUEST_TOKEN`, and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, " +
					"`SYSTEM_ACCESSTOKEN`, which select nothing.",
				Optional:  true,
				Sensitive: true,
			},
			"ado_pipeline_service_connection_id": schema.StringAttribute{
				MarkdownDescription: "The id of the Azure DevOps service connection whose identity signs in. Selects OIDC. " +
					"Variables: `ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID`, `ARM_OIDC_AZURE_SERVICE_CONNECTION_ID`.",
				Optional: true,
			},
			// The machine's own identity.
			"use_aks_workload_identity": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in with the workload identity of an AKS pod. Variable: `ARM_USE_AKS_WORKLOAD_IDENTITY`.",
				Optional:            true,
			},
			"use_msi": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in with the managed identity of the Azure resource that Terraform runs on: the system-assigned one, or that of `client_id`. Variable: `ARM_USE_MSI`.",
				Optional:            true,
			},
			// Whoever is signed in.
			"use_cli": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in as whoever is signed in to the Azure CLI. It is done too when nothing says how to sign in, unless this is `false`, " +
					"and never after another method failed. Variable: `ARM_USE_CLI`.",
				Optional: true,
			},
			"use_azd": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in as whoever is signed in to the Azure Developer CLI. Variable: `ARM_USE_AZD`.",
				Optional:            true,
			},
			"use_powershell": schema.BoolAttribute{
				MarkdownDescription: "Whether to sign in as whoever is signed in to Azure PowerShell. Variable: `ARM_USE_POWERSHELL`.",
				Optional:            true,
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
	for _, notice := range signIn.Notices {
		resp.Diagnostics.AddAttributeWarning(path.Root(notice.Attribute), notice.Summary, notice.Detail)
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
	configured := &session{graph: client, signIn: signIn, clock: p.runtime.Clock}
	resp.ResourceData, resp.DataSourceData, resp.ActionData = configured, configured, configured
}

func (p *graphProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{NewUserTokenInvalidationResource}
}

func (p *graphProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{NewUserDataSource, NewUsersDataSource}
}

func (p *graphProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{NewUserTokenInvalidationAction}
}

func (m providerModel) auth() auth.Config {
	return auth.Config{
		Environment:                    m.Environment.ValueStringPointer(),
		GraphEndpoint:                  m.GraphEndpoint.ValueStringPointer(),
		AuthorityHost:                  m.AuthorityHost.ValueStringPointer(),
		TenantID:                       m.TenantID.ValueStringPointer(),
		ClientID:                       m.ClientID.ValueStringPointer(),
		ClientIDFilePath:               m.ClientIDFilePath.ValueStringPointer(),
		ClientSecret:                   m.ClientSecret.ValueStringPointer(),
		ClientSecretFilePath:           m.ClientSecretFilePath.ValueStringPointer(),
		ClientCertificate:              m.ClientCertificate.ValueStringPointer(),
		ClientCertificatePath:          m.ClientCertificatePath.ValueStringPointer(),
		ClientCertificatePassword:      m.ClientCertificatePassword.ValueStringPointer(),
		UseOIDC:                        m.UseOIDC.ValueBoolPointer(),
		OIDCToken:                      m.OIDCToken.ValueStringPointer(),
		OIDCTokenFilePath:              m.OIDCTokenFilePath.ValueStringPointer(),
		OIDCRequestURL:                 m.OIDCRequestURL.ValueStringPointer(),
		OIDCRequestToken:               m.OIDCRequestToken.ValueStringPointer(),
		ADOPipelineServiceConnectionID: m.ADOPipelineServiceConnectionID.ValueStringPointer(),
		UseAKSWorkloadIdentity:         m.UseAKSWorkloadIdentity.ValueBoolPointer(),
		UseMSI:                         m.UseMSI.ValueBoolPointer(),
		UseCLI:                         m.UseCLI.ValueBoolPointer(),
		UseAZD:                         m.UseAZD.ValueBoolPointer(),
		UsePowerShell:                  m.UsePowerShell.ValueBoolPointer(),
	}
}
