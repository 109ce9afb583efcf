// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

// settings are all that sign-in methods choose from.
type settings struct {
	cloud    Cloud
	tenantID setting
	clientID setting

	clientSecret              setting
	clientCertificate         setting
	clientCertificatePath     setting
	clientCertificatePassword setting

	useOIDC           toggle
	oidcToken         setting
	oidcTokenFilePath setting
	oidcRequestURL    setting
	oidcRequestToken  setting
	serviceConnection setting

	useAKSWorkloadIdentity toggle
	useMSI                 toggle
	useCLI                 toggle
	useAZD                 toggle
	usePowerShell          toggle
}

// settings finds everything that is set, in the block or in the environment. The names are those of hashicorp/azuread.
func (l lookup) settings(c Config) settings {
	l.refuseMetadata(c)
	return settings{
		cloud:    l.cloud(c),
		tenantID: l.text(c.TenantID, "tenant_id", "ARM_TENANT_ID", "AZURE_TENANT_ID"),
		clientID: l.content(
			l.text(c.ClientID, "client_id", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
			l.text(c.ClientIDFilePath, "client_id_file_path", "ARM_CLIENT_ID_FILE_PATH")),

		clientSecret: l.content(
			l.text(c.ClientSecret, "client_secret", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
			l.text(c.ClientSecretFilePath, "client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH")),
		clientCertificate: l.text(c.ClientCertificate, "client_certificate", "ARM_CLIENT_CERTIFICATE"),
		clientCertificatePath: l.text(c.ClientCertificatePath, "client_certificate_path",
			"ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
		clientCertificatePassword: l.text(c.ClientCertificatePassword, "client_certificate_password",
			"ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),

		useOIDC:           l.truth(c.UseOIDC, "use_oidc", "ARM_USE_OIDC"),
		oidcToken:         l.text(c.OIDCToken, "oidc_token", "ARM_OIDC_TOKEN"),
		oidcTokenFilePath: l.text(c.OIDCTokenFilePath, "oidc_token_file_path", "ARM_OIDC_TOKEN_FILE_PATH", "AZURE_FEDERATED_TOKEN_FILE"),
		oidcRequestURL: l.text(c.OIDCRequestURL, "oidc_request_url",
			"ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"),
		oidcRequestToken: l.text(c.OIDCRequestToken, "oidc_request_token",
			"ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"),
		serviceConnection: l.text(c.ADOPipelineServiceConnectionID, "ado_pipeline_service_connection_id",
			"ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"),

		useAKSWorkloadIdentity: l.truth(c.UseAKSWorkloadIdentity, "use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY"),
		useMSI:                 l.truth(c.UseMSI, "use_msi", "ARM_USE_MSI"),
		useCLI:                 l.truth(c.UseCLI, "use_cli", "ARM_USE_CLI"),
		useAZD:                 l.truth(c.UseAZD, "use_azd", "ARM_USE_AZD"),
		usePowerShell:          l.truth(c.UsePowerShell, "use_powershell", "ARM_USE_POWERSHELL"),
	}
}

// refuseMetadata refuses variables of hashicorp/azuread that say where to sign in, and cannot be honoured: to ignore them would
// sign in elsewhere.
func (l lookup) refuseMetadata(c Config) {
	endpoint := l.text(c.GraphEndpoint, "graph_endpoint", "GRAPH_ENDPOINT")
	if l.variable("ARM_METADATA_HOSTNAME") != "" && !endpoint.isSet() {
		l.problems.add("graph_endpoint", "Unsupported Metadata Host",
			"The environment variable ARM_METADATA_HOSTNAME is set, and endpoints are not read from there. Set "+endpoint.ways()+
				", and `authority_host` or AZURE_AUTHORITY_HOST, to the cloud's own.")
	}
	if l.variable("ARM_MSI_ENDPOINT") != "" {
		l.problems.add("use_msi", "Unsupported Managed Identity Endpoint",
			"The environment variable ARM_MSI_ENDPOINT is set and not supported. Unset it: the platform's endpoint is found by itself, "+
				"from IDENTITY_ENDPOINT and IDENTITY_HEADER on App Service and the like, else at the instance metadata service.")
	}
}
