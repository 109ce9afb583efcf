// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestProvider_blockBeatsTheEnvironment(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	other := n.AddApplication(graphtest.Application{Roles: []string{"User.Read.All", "User.RevokeSessions.All"}})
	block := fmt.Sprintf("provider \"graph\" {\n  client_id = %q\n  client_secret = %q\n}\n", other.ClientID, other.Secret)
	n.run(t, n.step(block+invalidation(userID(ada.ID)), action(plancheck.ResourceActionCreate)))
	for _, request := range n.TokenRequests() {
		if want := "client_id=" + other.ClientID; !strings.Contains(request.Body, want) {
			t.Errorf("a token was asked for by another application than %s", other.ClientID)
		}
	}
}

func TestProvider_wholeBlock(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	block := fmt.Sprintf("provider \"graph\" {\n  environment = \"china\"\n  graph_endpoint = %[1]q\n  authority_host = %[1]q\n  tenant_id = %[2]q\n  client_id = %[3]q\n  client_secret = %[4]q\n  use_cli = false\n}\n",
		n.URL(), n.TenantID(), n.app.ClientID, n.app.Secret)
	for _, name := range []string{"ARM_TENANT_ID", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "GRAPH_ENDPOINT", "AZURE_AUTHORITY_HOST"} {
		n.setenv(name, "")
	}
	n.run(t, n.step(block+invalidation(userID(ada.ID)), n.sends(get(ada.ID), post(ada.ID), get(ada.ID))))
}

// Every problem of the block is told at once, at its attribute.
func TestProvider_everyProblemAtOnce(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.setenv("ARM_TENANT_ID", "")
	n.setenv("ARM_CLIENT_ID", "")
	w := n.workspace(t, "provider \"graph\" {\n  graph_endpoint = \"http://graph.example\"\n  authority_host = \"https://login.example/common\"\n}\n"+
		invalidation(userID("ada@contoso.com")))
	said := w.fails("plan")
	mentions(t, said, "Invalid Graph Endpoint", "Invalid Authority Host", "Incomplete Sign-In Settings", "`tenant_id` in the provider block, or ARM_TENANT_ID",
		"`client_id` in the provider block, or ARM_CLIENT_ID", `provider "graph"`)
	omits(t, said, n.app.Secret)
}

func TestProvider_unknownEnvironmentRefusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, "provider \"graph\" {\n  environment = \"germany\"\n}\n"+invalidation(userID("ada@contoso.com")))
	mentions(t, w.fails("validate"), "environment", "germany")
}

// What the block is made of may not be known before apply. Then plan asks Graph nothing, and says so where it should have.
func TestProvider_blockUnknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := func(input, user string) string {
		return "resource \"terraform_data\" \"tenant\" {\n  input = { n = " + input + ", id = \"" + n.TenantID() + "\" }\n}\n" +
			"provider \"graph\" {\n  tenant_id = terraform_data.tenant.output.id\n}\n" + invalidation(userID(user), `trigger = 1`)
	}
	w := n.workspace(t, config("1", "ada@contoso.com"))
	w.apply()
	n.accepted(t, ada, 1)
	w.write(config("2", "ada@contoso.com"))
	said := w.ok("plan")
	mentions(t, said, "Warning: User Not Refreshed", "not known before apply")
	w.write(config("2", ada.ID))
	mentions(t, w.apply(), "2 changed")
	n.accepted(t, ada, 1)
}

// The requests of a first apply: one to sign in for each of the two processes of the provider that plan and apply, and
// GET, POST, GET to Graph; a refresh is one GET.
func TestProvider_sendsNoMoreThanNeeded(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	w.ok("plan", "-out=saved")
	n.sentExactly(t)
	n.signedInOnce(t)
	n.ForgetRequests()
	w.ok("apply", "saved")
	n.sentExactly(t, get("ada@contoso.com"), post(ada.ID), get(ada.ID))
	n.signedInOnce(t)
	n.ForgetRequests()
	w.ok("plan", "-refresh-only")
	n.sentExactly(t, get(ada.ID))
	n.signedInOnce(t)
}

func TestProvider_oneTokenForManyUsers(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	for i := range 20 {
		n.addUser(fmt.Sprintf("user%d@contoso.com", i))
	}
	w := n.workspace(t, "resource \"graph_user_token_invalidation\" \"test\" {\n  count = 20\n  user_id = \"user${count.index}@contoso.com\"\n}\n")
	w.ok("plan", "-out=saved")
	n.ForgetRequests()
	w.ok("apply", "-parallelism=20", "saved")
	n.signedInOnce(t)
	if sent := len(n.GraphRequests()); sent != 60 {
		t.Errorf("sent %d requests for 20 users, want 60", sent)
	}
}

// The name of the provider and the versions are told to Microsoft.
func TestProvider_userAgent(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.workspace(t, invalidation(userID(ada.ID))).apply()
	for _, request := range n.Requests() {
		if got := request.Header.Get("User-Agent"); !strings.Contains(got, "terraform-provider-graph/test Terraform/1.") {
			t.Errorf("%s was sent by %q", request, got)
		}
	}
}
