// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// guided is how one example of the authentication guide is run: by a way to sign in, and with variables of Terraform's.
type guided struct {
	way string
	// variables name the provider's variables whose values the example takes as Terraform variables.
	variables map[string]string
	// validated is set for a cloud of Microsoft's own, which is not reached from a test.
	validated bool
}

var (
	identified = map[string]string{"tenant_id": "ARM_TENANT_ID", "client_id": "ARM_CLIENT_ID"}
	inTenant   = map[string]string{"tenant_id": "ARM_TENANT_ID"}
)

func plus(variables map[string]string, name, variable string) map[string]string {
	all := maps.Clone(variables)
	all[name] = variable
	return all
}

var guide = map[string]guided{
	"client_secret.tf":                    {way: "client secret", variables: identified},
	"client_secret_file.tf":               {way: "client secret in a file", variables: plus(identified, "client_secret_file_path", "ARM_CLIENT_SECRET_FILE_PATH")},
	"client_certificate_pem.tf":           {way: "client certificate in a file", variables: plus(identified, "client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH")},
	"client_certificate_pfx.tf":           {way: "client certificate, PFX with a password", variables: plus(identified, "client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH")},
	"github_actions.tf":                   {way: "GitHub Actions"},
	"azure_devops.tf":                     {way: "Azure DevOps"},
	"gitlab.tf":                           {way: "a token of another provider"},
	"hcp_terraform.tf":                    {way: "a token of another provider", variables: inTenant},
	"hcp_terraform_tag.tf":                {way: "HCP Terraform, with a tag", variables: plus(inTenant, "tfc_azure_dynamic_credentials", "TFC")},
	"aks_workload_identity.tf":            {way: "AKS workload identity"},
	"managed_identity_system_assigned.tf": {way: "system-assigned managed identity on App Service"},
	"managed_identity_user_assigned.tf":   {way: "user-assigned managed identity on App Service", variables: map[string]string{"client_id": "ARM_CLIENT_ID"}},
	"azure_cli.tf":                        {way: "Azure CLI", variables: inTenant},
	"azure_developer_cli.tf":              {way: "Azure Developer CLI", variables: inTenant},
	"azure_powershell.tf":                 {way: "Azure PowerShell", variables: inTenant},
	"cloud_custom.tf":                     {way: "client secret", variables: plus(plus(identified, "graph_endpoint", "GRAPH_ENDPOINT"), "authority_host", "AZURE_AUTHORITY_HOST")},
	"cloud_usgovernmentl4.tf":             {validated: true},
	"cloud_usgovernmentl5.tf":             {validated: true},
	"cloud_china.tf":                      {validated: true},
}

// guideWays are the ways to sign in that only the guide takes.
var guideWays = map[string]signIn{
	"user-assigned managed identity on App Service": {"managed identity", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		identity := n.AddManagedIdentity("8f1c1f9c-2b5e-4b69-9a59-0c6cf3b4d0a7", permissions...)
		endpoint, header := n.AppServiceEndpoint()
		return map[string]string{"ARM_CLIENT_ID": identity.ClientID, "IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": header}, nil
	}},
	"HCP Terraform, with a tag": {"OIDC", func(t *testing.T, n *tenant) (map[string]string, []string) {
		n.trust("https://app.terraform.io", "organization:contoso")
		token := file(t, n.IDToken(graphtest.IDToken{Issuer: "https://app.terraform.io", Subject: "organization:contoso", Audience: audience}))
		files := fmt.Sprintf(`{client_id_file_path = %q, oidc_token_file_path = %q}`, file(t, n.app.ClientID), token)
		return map[string]string{"TFC": fmt.Sprintf(`{default = %[1]s, aliases = {GRAPH = %[1]s}}`, files)}, nil
	}},
}

// Every example of the authentication guide signs in and applies as it stands.
func TestGuides_authentication(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("../../examples/guides/authentication")
	names, err := fs.Glob(folder, "*.tf")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(guide) {
		t.Errorf("the guide has %d examples, of which %d are known", len(names), len(guide))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := fs.ReadFile(folder, name)
			if err != nil {
				t.Fatal(err)
			}
			run, ok := guide[name]
			if !ok {
				t.Fatal("nothing says how to run it")
			}
			n := newRealTimeTenant(t, "")
			if run.validated {
				n.programWorkspace(t, string(content)).ok("validate")
				return
			}
			robin := n.AddUser(graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com"})
			way, ok := signIns[run.way]
			if !ok {
				way = guideWays[run.way]
			}
			chosen, _ := way.prepare(t, n)
			maps.Copy(n.variables, chosen)
			given := []string{"TF_VAR_user_id=robin@contoso.com"}
			if run.way == "client secret in a file" || n.variables["ARM_CLIENT_ID"] == "" {
				n.variables["ARM_CLIENT_ID"] = n.app.ClientID
			}
			for name, variable := range run.variables {
				given = append(given, "TF_VAR_"+name+"="+n.variables[variable])
			}
			w := n.programWorkspace(t, string(content), given...)
			w.apply()
			n.accepted(t, robin, 1)
			mentions(t, w.ok("plan"), "No changes.")
		})
	}
}
