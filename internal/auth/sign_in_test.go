// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
)

const (
	tenantID = "11111111-1111-1111-1111-111111111111"
	clientID = "22222222-2222-2222-2222-222222222222"
	secret   = "a-secret-that-is-told-to-nobody"
)

func environment(variables map[string]string) auth.Surroundings {
	return auth.Surroundings{
		LookupEnv: func(name string) (string, bool) {
			value, ok := variables[name]
			return value, ok
		},
		Transport: http.DefaultTransport,
	}
}

func TestNew_choosesOneMethod(t *testing.T) {
	t.Parallel()
	yes, no := new(true), new(false)
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pem := string(newCertificate(t).PEM())
	ids := map[string]string{"ARM_TENANT_ID": tenantID, "ARM_CLIENT_ID": clientID}
	with := func(more ...string) map[string]string {
		variables := maps.Clone(ids)
		for i := 0; i < len(more); i += 2 {
			variables[more[i]] = more[i+1]
		}
		return variables
	}
	gitHub := []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "https://github.example/token?a=b", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"}
	tests := map[string]struct {
		config auth.Config
		env    map[string]string
		method string
		reason string
		notice string
	}{
		"nothing": {method: "Azure CLI", reason: "no other method being set"},
		"a secret in the environment": {
			env: with("ARM_CLIENT_SECRET", secret), method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
		},
		"a secret in the block": {
			config: auth.Config{ClientSecret: new(secret)}, env: ids, method: "client secret", reason: "the provider's `client_secret`",
		},
		"a secret in a file": {
			env: with("ARM_CLIENT_SECRET_FILE_PATH", file(secret)), method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET_FILE_PATH",
		},
		"a secret in a file of the block, and another in the environment": {
			config: auth.Config{ClientSecretFilePath: new(file(secret))}, env: with("ARM_CLIENT_SECRET", "other"),
			method: "client secret", reason: "the provider's `client_secret_file_path`",
		},
		"the client id in a file": {
			config: auth.Config{ClientIDFilePath: new(file(clientID))}, env: map[string]string{"ARM_TENANT_ID": tenantID, "ARM_CLIENT_SECRET": secret},
			method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
		},
		"the Azure SDKs' variables": {
			env:    map[string]string{"AZURE_TENANT_ID": tenantID, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": secret},
			method: "client secret", reason: "the environment variable AZURE_CLIENT_SECRET",
		},
		"a secret that the block hides": {
			config: auth.Config{ClientSecret: new("")}, env: with("ARM_CLIENT_SECRET", secret), method: "Azure CLI", reason: "no other method being set",
		},
		"the CLI forbidden and a secret": {
			config: auth.Config{UseCLI: no}, env: with("ARM_CLIENT_SECRET", secret), method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
		},
		"a certificate": {
			env: with("ARM_CLIENT_CERTIFICATE", pem), method: "client certificate", reason: "the environment variable ARM_CLIENT_CERTIFICATE",
		},
		"a certificate's path": {
			env: with("AZURE_CLIENT_CERTIFICATE_PATH", file(pem)), method: "client certificate", reason: "the environment variable AZURE_CLIENT_CERTIFICATE_PATH",
		},
		"a token": {
			env: with("ARM_OIDC_TOKEN", "t"), method: "OIDC", reason: "the environment variable ARM_OIDC_TOKEN",
		},
		"a token's file": {
			config: auth.Config{OIDCTokenFilePath: new("file")}, env: ids, method: "OIDC", reason: "the provider's `oidc_token_file_path`",
		},
		"a service connection": {
			env:    with("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "c", "SYSTEM_OIDCREQUESTURI", "https://ado.example/t", "SYSTEM_ACCESSTOKEN", "t"),
			method: "OIDC", reason: "the environment variable ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
		},
		"GitHub's variables choose nothing": {
			env: with(gitHub...), method: "Azure CLI", reason: "no other method being set",
		},
		"GitHub's variables fill in what was chosen": {
			env: with(append(gitHub, "ARM_USE_OIDC", "true")...), method: "OIDC", reason: "the environment variable ARM_USE_OIDC",
		},
		"Azure DevOps' variables choose nothing": {
			env: with("SYSTEM_OIDCREQUESTURI", "https://ado.example/t", "SYSTEM_ACCESSTOKEN", "t"), method: "Azure CLI", reason: "no other method being set",
		},
		"a pod's file chooses nothing": {
			env: with("AZURE_FEDERATED_TOKEN_FILE", "file"), method: "Azure CLI", reason: "no other method being set",
		},
		"OIDC switched off": {
			config: auth.Config{UseOIDC: no}, env: with("ARM_OIDC_TOKEN", "t"), method: "Azure CLI", reason: "no other method being set",
		},
		"OIDC switched off in the environment, and a token in the block": {
			config: auth.Config{OIDCToken: new("t")}, env: with("ARM_USE_OIDC", "false"), method: "OIDC", reason: "the provider's `oidc_token`",
		},
		"a secret in the block, and a secret's file in the environment": {
			config: auth.Config{ClientSecret: new(secret)}, env: with("ARM_CLIENT_SECRET_FILE_PATH", "/nowhere"), method: "client secret", reason: "the provider's `client_secret`",
		},
		"a secret's file that the block hides with the secret": {
			config: auth.Config{ClientSecret: new("")}, env: with("ARM_CLIENT_SECRET_FILE_PATH", "/nowhere"), method: "Azure CLI", reason: "no other method being set",
		},
		"a certificate that the block hides, and a path": {
			config: auth.Config{ClientCertificate: new("")}, env: with("ARM_CLIENT_CERTIFICATE", "other", "ARM_CLIENT_CERTIFICATE_PATH", file(pem)),
			method: "client certificate", reason: "the environment variable ARM_CLIENT_CERTIFICATE_PATH",
		},
		"AKS workload identity": {
			env:    with("ARM_USE_AKS_WORKLOAD_IDENTITY", "true", "AZURE_FEDERATED_TOKEN_FILE", "file"),
			method: "AKS workload identity", reason: "the environment variable ARM_USE_AKS_WORKLOAD_IDENTITY",
		},
		"managed identity":    {env: with("ARM_USE_MSI", "1"), method: "managed identity", reason: "the environment variable ARM_USE_MSI"},
		"the Azure CLI":       {config: auth.Config{UseCLI: yes}, method: "Azure CLI", reason: "the provider's `use_cli`"},
		"Azure Developer CLI": {config: auth.Config{UseAZD: yes}, method: "Azure Developer CLI", reason: "the provider's `use_azd`"},
		"Azure PowerShell":    {env: map[string]string{"ARM_USE_POWERSHELL": "true"}, method: "Azure PowerShell", reason: "the environment variable ARM_USE_POWERSHELL"},
		"the block beats the environment": {
			config: auth.Config{UseMSI: yes}, env: with("ARM_CLIENT_SECRET", secret), method: "managed identity", reason: "the provider's `use_msi`",
		},
		"several in the environment": {
			env:    with("ARM_USE_MSI", "true", "ARM_USE_OIDC", "true", "ARM_OIDC_TOKEN", "t", "ARM_CLIENT_SECRET", secret, "ARM_CLIENT_CERTIFICATE", pem),
			method: "client certificate", reason: "the environment variable ARM_CLIENT_CERTIFICATE",
			notice: "client certificate (by the environment variable ARM_CLIENT_CERTIFICATE) and client secret (by the environment variable ARM_CLIENT_SECRET) and OIDC (by the environment variable ARM_OIDC_TOKEN) and managed identity",
		},
		"a secret and the CLI in the environment": {
			env: with("ARM_USE_CLI", "true", "ARM_CLIENT_SECRET", secret), method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
			notice: "Azure CLI (by the environment variable ARM_USE_CLI)",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signIn, problems := auth.New(test.config, environment(test.env))
			if len(problems) > 0 {
				t.Fatalf("unexpected problems: %v", problems)
			}
			if signIn.Method != test.method || signIn.Reason != test.reason {
				t.Errorf("got %q because of %q, want %q because of %q", signIn.Method, signIn.Reason, test.method, test.reason)
			}
			notices := ""
			for _, notice := range signIn.Notices {
				notices += notice.Detail
			}
			if !strings.Contains(notices, test.notice) || test.notice == "" && notices != "" {
				t.Errorf("got the notices %q, want %q", notices, test.notice)
			}
		})
	}
}

func TestNew_attributeBeatsVariable(t *testing.T) {
	t.Parallel()
	other := "33333333-3333-3333-3333-333333333333"
	env := map[string]string{
		"ARM_TENANT_ID": tenantID, "AZURE_TENANT_ID": other,
		"ARM_CLIENT_ID": clientID, "AZURE_CLIENT_ID": other,
		"ARM_CLIENT_SECRET": secret,
	}
	tests := map[string]struct {
		config           auth.Config
		tenant, clientID string
	}{
		"the first variable first": {tenant: tenantID, clientID: clientID},
		"the block over both":      {config: auth.Config{TenantID: &other, ClientID: &other}, tenant: other, clientID: other},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signIn, problems := auth.New(test.config, environment(env))
			if len(problems) > 0 {
				t.Fatalf("unexpected problems: %v", problems)
			}
			if signIn.TenantID != test.tenant || signIn.ClientID != test.clientID {
				t.Errorf("got tenant %s, client %s; want %s, %s", signIn.TenantID, signIn.ClientID, test.tenant, test.clientID)
			}
		})
	}
}

func TestNew_findsTheCloud(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config           auth.Config
		env              map[string]string
		graph, authority string
	}{
		"by default":        {graph: "https://graph.microsoft.com", authority: "https://login.microsoftonline.com"},
		"public":            {config: auth.Config{Environment: new("public")}, graph: "https://graph.microsoft.com", authority: "https://login.microsoftonline.com"},
		"US Government L4":  {config: auth.Config{Environment: new("USGovernmentL4")}, graph: "https://graph.microsoft.us", authority: "https://login.microsoftonline.us"},
		"usgovernment":      {env: map[string]string{"ARM_ENVIRONMENT": "usgovernment"}, graph: "https://graph.microsoft.us", authority: "https://login.microsoftonline.us"},
		"US Government L5":  {config: auth.Config{Environment: new("usgovernmentl5")}, graph: "https://dod-graph.microsoft.us", authority: "https://login.microsoftonline.us"},
		"dod":               {config: auth.Config{Environment: new("dod")}, graph: "https://dod-graph.microsoft.us", authority: "https://login.microsoftonline.us"},
		"China":             {config: auth.Config{Environment: new("china")}, graph: "https://microsoftgraph.chinacloudapi.cn", authority: "https://login.chinacloudapi.cn"},
		"a custom endpoint": {env: map[string]string{"GRAPH_ENDPOINT": "https://graph.example/", "AZURE_AUTHORITY_HOST": "https://login.example/"}, graph: "https://graph.example", authority: "https://login.example"},
		"a variable beside a block that chose": {
			config: auth.Config{Environment: new("china")}, env: map[string]string{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/"},
			graph: "https://microsoftgraph.chinacloudapi.cn", authority: "https://login.chinacloudapi.cn",
		},
		"an attribute beside a block that chose": {
			config: auth.Config{Environment: new("china"), AuthorityHost: new("https://login.partner.microsoftonline.cn")},
			graph:  "https://microsoftgraph.chinacloudapi.cn", authority: "https://login.partner.microsoftonline.cn",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signIn, problems := auth.New(test.config, environment(test.env))
			if len(problems) > 0 {
				t.Fatalf("unexpected problems: %v", problems)
			}
			if signIn.Cloud.GraphRoot != test.graph || signIn.Cloud.AuthorityHost != test.authority {
				t.Errorf("got %s and %s, want %s and %s", signIn.Cloud.GraphRoot, signIn.Cloud.AuthorityHost, test.graph, test.authority)
			}
		})
	}
}

func TestNew_tellsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config     auth.Config
		env        map[string]string
		attributes []string
		mentions   string
	}{
		"a secret alone": {
			config: auth.Config{ClientSecret: new(secret)}, attributes: []string{"tenant_id", "client_id"}, mentions: "ARM_TENANT_ID",
		},
		"no method": {
			config: auth.Config{UseCLI: new(false)}, attributes: []string{"client_secret"}, mentions: "use_cli",
		},
		"two methods in the block": {
			config: auth.Config{ClientSecret: new(secret), TenantID: new(tenantID), ClientID: new(clientID), UseMSI: new(true)}, attributes: []string{"use_msi"},
			mentions: "client secret (by the provider's `client_secret`) and managed identity (by the provider's `use_msi`)",
		},
		"OIDC without a token": {
			config: auth.Config{UseOIDC: new(true), TenantID: new(tenantID), ClientID: new(clientID)}, attributes: []string{"oidc_token"}, mentions: "id-token: write",
		},
		"a request URL without TLS or token": {
			config:     auth.Config{OIDCRequestURL: new("http://github.example/"), TenantID: new(tenantID), ClientID: new(clientID)},
			attributes: []string{"oidc_request_token", "oidc_request_url"}, mentions: "must be an https URL",
		},
		"Azure DevOps without a service connection": {
			env:        map[string]string{"ARM_TENANT_ID": tenantID, "ARM_CLIENT_ID": clientID, "ARM_USE_OIDC": "true", "SYSTEM_OIDCREQUESTURI": "https://ado.example/t", "SYSTEM_ACCESSTOKEN": "t"},
			attributes: []string{"ado_pipeline_service_connection_id"}, mentions: "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
		},
		"workload identity without a pod": {
			config: auth.Config{UseAKSWorkloadIdentity: new(true), TenantID: new(tenantID), ClientID: new(clientID)}, attributes: []string{"oidc_token_file_path"}, mentions: "AZURE_FEDERATED_TOKEN_FILE",
		},
		"a file that is not there": {
			config:     auth.Config{ClientSecretFilePath: new("/nowhere"), TenantID: new(tenantID), ClientID: new(clientID), UseCLI: new(false)},
			attributes: []string{"client_secret_file_path", "client_secret"}, mentions: "cannot be read",
		},
		"a certificate that is none": {
			config:     auth.Config{ClientCertificate: new("bm90aGluZw=="), TenantID: new(tenantID), ClientID: new(clientID)},
			attributes: []string{"client_certificate"}, mentions: "PFX",
		},
		"a certificate that is not base64": {
			config:     auth.Config{ClientCertificate: new(secret), TenantID: new(tenantID), ClientID: new(clientID)},
			attributes: []string{"client_certificate"}, mentions: "not base64",
		},
		"two certificates": {
			config:     auth.Config{ClientCertificate: new("bm90aGluZw=="), ClientCertificatePath: new("/nowhere"), TenantID: new(tenantID), ClientID: new(clientID)},
			attributes: []string{"client_certificate"}, mentions: "both give a certificate",
		},
		"azuread's metadata host": {
			env: map[string]string{"ARM_METADATA_HOSTNAME": "management.example"}, attributes: []string{"graph_endpoint"}, mentions: "authority_host",
		},
		"azuread's managed identity endpoint": {
			env: map[string]string{"ARM_MSI_ENDPOINT": "http://169.254.169.254/"}, attributes: []string{"use_msi"}, mentions: "IDENTITY_ENDPOINT",
		},
		"a switch that is none": {
			env: map[string]string{"ARM_USE_CLI": "perhaps"}, attributes: []string{"use_cli"}, mentions: "ARM_USE_CLI",
		},
		"an unknown cloud": {
			env: map[string]string{"ARM_ENVIRONMENT": "german"}, attributes: []string{"environment"}, mentions: "ARM_ENVIRONMENT",
		},
		"endpoints without TLS": {
			config:     auth.Config{GraphEndpoint: new("http://graph.example"), AuthorityHost: new("login.example")},
			attributes: []string{"graph_endpoint", "authority_host"}, mentions: "https",
		},
		"an endpoint with a version": {
			config: auth.Config{GraphEndpoint: new("https://graph.example/v1.0")}, attributes: []string{"graph_endpoint"}, mentions: "version",
		},
		"a tenant that is none": {
			config:     auth.Config{TenantID: new("contoso .com"), ClientID: new(clientID), ClientSecret: new(secret)},
			attributes: []string{"tenant_id"}, mentions: "tenant",
		},
		"problems of two kinds": {
			config: auth.Config{ClientSecret: new(secret), GraphEndpoint: new("graph.example")}, attributes: []string{"graph_endpoint", "tenant_id", "client_id"}, mentions: "https",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signIn, problems := auth.New(test.config, environment(test.env))
			if signIn != nil {
				t.Error("a sign-in was returned beside problems")
			}
			var attributes []string
			var texts strings.Builder
			for _, problem := range problems {
				attributes = append(attributes, problem.Attribute)
				texts.WriteString(problem.Summary + ": " + problem.Detail + "\n")
			}
			if !slices.Equal(attributes, test.attributes) {
				t.Errorf("problems are anchored to %v, want %v", attributes, test.attributes)
			}
			if !strings.Contains(texts.String(), test.mentions) {
				t.Errorf("%q is not mentioned in:\n%s", test.mentions, &texts)
			}
			if strings.Contains(texts.String(), secret) {
				t.Errorf("the secret is told in:\n%s", &texts)
			}
		})
	}
}
