// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"net/http"
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
	armSecret := map[string]string{"ARM_TENANT_ID": tenantID, "ARM_CLIENT_ID": clientID, "ARM_CLIENT_SECRET": secret}
	tests := map[string]struct {
		config auth.Config
		env    map[string]string
		method string
		reason string
	}{
		"a secret in the environment": {
			env: armSecret, method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
		},
		"a secret in the block": {
			config: auth.Config{ClientSecret: new(secret)},
			env:    map[string]string{"ARM_TENANT_ID": tenantID, "ARM_CLIENT_ID": clientID},
			method: "client secret", reason: "the provider's `client_secret`",
		},
		"the Azure SDKs' variables": {
			env:    map[string]string{"AZURE_TENANT_ID": tenantID, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": secret},
			method: "client secret", reason: "the environment variable AZURE_CLIENT_SECRET",
		},
		"nothing": {
			method: auth.AzureCLI, reason: "no other method being set",
		},
		"a secret that the block hides": {
			config: auth.Config{ClientSecret: new("")},
			env:    armSecret, method: auth.AzureCLI, reason: "no other method being set",
		},
		"the CLI forbidden and a secret": {
			config: auth.Config{UseCLI: new(false)},
			env:    armSecret, method: "client secret", reason: "the environment variable ARM_CLIENT_SECRET",
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
