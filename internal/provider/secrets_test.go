// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// build builds the provider's program, once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp(programs, "provider")
	if err != nil {
		return "", err
	}
	command := exec.Command("go", "build", "-o", filepath.Join(dir, "terraform-provider-graph"), "../..")
	command.Stderr = os.Stderr
	return dir, command.Run()
})

// programWorkspace is a workspace in which the CLI starts the provider's own program, in a process of its own.
func (n *tenant) programWorkspace(t testing.TB, config string, variables ...string) *workspace {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the program trusts the tenant's certificate by SSL_CERT_FILE, which Go heeds on Linux")
	}
	dir, err := build()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, settings := filepath.Join(folder, "ca.pem"), filepath.Join(folder, "terraform.rc")
	if err := os.WriteFile(certificate, n.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	overrides := "provider_installation {\n  dev_overrides {\n    \"" + terraformAddress + "\" = \"" + dir + "\"\n    \"" + opentofuAddress + "\" = \"" + dir + "\"\n  }\n  direct {}\n}\n"
	if err := os.WriteFile(settings, []byte(overrides), 0o600); err != nil {
		t.Fatal(err)
	}
	own := []string{"SSL_CERT_FILE=" + certificate, "TF_CLI_CONFIG_FILE=" + settings}
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, value := range n.variables {
		own = append(own, name+"="+value)
	}
	return newWorkspace(t, config, append(own, variables...)...)
}

// No secret and no token is logged at any level, kept in state or plan, or told in a message: of what succeeds and of what fails.
func TestSecrets_areTold_toNobody(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	block := "variable \"secret\" {\n  type = string\n  sensitive = true\n}\nprovider \"graph\" {\n  client_secret = var.secret\n}\n"
	w := n.programWorkspace(t, block+invalidation(userID("ada@contoso.com"))+userData(userID("ada@contoso.com"))+usersData(byFilter("userType eq 'Member'")), "TF_LOG=TRACE", "AZURE_SDK_GO_LOGGING=all", "TF_VAR_secret="+n.app.Secret)

	var said strings.Builder
	say := func(text string) { said.WriteString(text + "\n") }
	say(w.ok("plan", "-out=saved"))
	say(w.ok("show", "saved"))
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: 1, Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Denied.", nil)})
	say(w.fails("apply", "saved"))
	say(w.apply())
	n.Inject(graphtest.Fault{Match: graphtest.TokenRequest, Times: 1, Effect: graphtest.Respond(http.StatusUnauthorized, http.Header{"Content-Type": {"application/json"}},
		`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`)})
	say(w.fails("plan"))
	mentions(t, said.String(), "[TRACE]", "Microsoft Graph request", "Chose the sign-in method", "AADSTS7000215")
	n.accepted(t, ada, 1)
	w.keepsSecrets(n, said.String())
}

// keepsSecrets checks that the tenant's secret and the tokens of its requests are neither in what the CLI said nor in the state.
func (w *workspace) keepsSecrets(n *tenant, said string) {
	w.t.Helper()
	t := w.t
	secrets := []string{n.app.Secret}
	for _, request := range n.GraphRequests() {
		secrets = append(secrets, strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
	}
	if len(secrets) < 4 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	for _, secret := range secrets {
		omits(t, said, secret)
		for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
			content, err := os.ReadFile(filepath.Join(w.dir, file))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			omits(t, string(content), secret)
		}
	}
}

// Nor is any of an action, whose requests are in batches.
func TestSecrets_ofAnAction(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(25)
	w := n.programWorkspace(t, signOut(userIDs(ids(users...)...)), "TF_LOG=TRACE", "AZURE_SDK_GO_LOGGING=all")
	n.refuses(denied(), users[3])
	n.Inject(graphtest.Fault{Match: callBatch, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil)})
	said := w.ok("plan", invoke) + w.invokeFails()
	mentions(t, said, "[TRACE]", "Microsoft Graph request in a batch", "Signed out: 24 of 25 users.")
	w.keepsSecrets(n, said)
}

// A program of its own signs in once, too.
func TestProgram_applies(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.programWorkspace(t, invalidation(userID(ada.ID)))
	w.ok("plan", "-out=saved")
	n.ForgetRequests()
	w.ok("apply", "saved")
	n.sentExactly(t, get(ada.ID), post(ada.ID), get(ada.ID))
	n.signedInOnce(t)
}
