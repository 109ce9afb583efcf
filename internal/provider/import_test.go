// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// An imported block plans clean, whichever of its spellings names the user.
func TestImport_plansCleanAndCallsNobody(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(graphtest.User) string{
		"by id":            func(u graphtest.User) string { return u.ID },
		"by name":          func(u graphtest.User) string { return u.UserPrincipalName },
		"by path":          func(u graphtest.User) string { return "/users/" + u.ID },
		"by external name": func(graphtest.User) string { return "eve_fabrikam.com#EXT#@contoso.onmicrosoft.com" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			user := n.addUser("ada@contoso.com")
			if name == "by external name" {
				user = n.addUser(spell(user))
			}
			w := n.workspace(t, invalidation(userID(spell(user))))
			w.ok("import", address, spell(user))
			want := map[string]any{
				"id": user.ID, "user_id": spell(user), "user_principal_name": user.UserPrincipalName,
				"refresh_tokens_valid_from_date_time": "2025-03-01T12:00:00Z", "invalidated_at": nil, "request_id": nil, "confirmed": nil,
				"trigger": nil, "minimum_valid_from": nil, "graph_action": "invalidateAllRefreshTokens", "invalidate_on_destroy": false,
				"ignore_not_found": false, "timeouts": nil,
			}
			if got := w.state().Attributes; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("state is\n%v, want\n%v", got, want)
			}
			mentions(t, w.apply(), "No changes.")
			for _, sent := range n.GraphRequests() {
				if sent.Method != "GET" {
					t.Errorf("sent %s", sent)
				}
			}
		})
	}
}

func TestImport_canonicalisesTheID(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("Ada@contoso.com")
	for id, want := range map[string]string{
		strings.ToUpper(ada.ID):             ada.ID,
		"/users/" + strings.ToUpper(ada.ID): "/users/" + ada.ID,
		"ada@CONTOSO.com":                   "Ada@contoso.com",
	} {
		w := n.workspace(t, invalidation(userID(id)))
		w.ok("import", address, id)
		if got := w.state().Attributes; got["user_id"] != want || got["id"] != ada.ID {
			t.Errorf("importing %s: user_id is %v, want %s; id is %v", id, got["user_id"], want, got["id"])
		}
		// The block's own spelling is recorded.
		mentions(t, w.apply(), "0 added, 1 changed, 0 destroyed")
		mentions(t, w.apply(), "No changes.")
	}
	n.accepted(t, ada, 0)
}

// The first trigger after an import is recorded, with a word of how to sign the user out; the next one signs out.
func TestImport_firstTriggerIsAdopted(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com"), `trigger = "a"`))
	w.ok("import", address, ada.ID)
	n.ForgetRequests()
	said := w.ok("plan")
	mentions(t, said, "will be updated in-place", "Warning: Trigger Recorded, Nobody Signed Out", "-replace", "0 to destroy")
	omits(t, said, "(known after apply)")
	mentions(t, w.apply(), "1 changed, 0 destroyed")
	n.accepted(t, ada, 0)
	mentions(t, w.apply(), "No changes.")
	w.write(invalidation(userID("ada@contoso.com"), `trigger = "b"`))
	said = w.apply()
	mentions(t, said, "must be replaced")
	omits(t, said, "Warning")
	n.accepted(t, ada, 1)
}

func TestImport_firstTriggerUnknownAtPlanIsAdopted(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, "resource \"terraform_data\" \"rotation\" {\n  input = 1\n}\n"+
		invalidation(userID(ada.ID), `trigger = terraform_data.rotation.output`))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply(), "1 added, 1 changed, 0 destroyed", "Trigger Recorded, Nobody Signed Out")
	n.accepted(t, ada, 0)
	mentions(t, w.apply(), "No changes.")
}

// The mark of an import is cleared by the first update, whatever that was for.
func TestImport_markIsClearedByTheFirstUpdate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `ignore_not_found = true`))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply(), "1 changed")
	w.write(invalidation(userID(ada.ID), `ignore_not_found = true`, `trigger = "a"`))
	mentions(t, w.apply(), "must be replaced")
	n.accepted(t, ada, 1)
}

// The mark outlives plans that find nothing to do.
func TestImport_markOutlivesCleanPlans(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply(), "No changes.")
	w.write(invalidation(userID(ada.ID), `trigger = "a"`))
	mentions(t, w.apply(), "1 changed", "Trigger Recorded, Nobody Signed Out")
	n.accepted(t, ada, 0)
}

// Where the import is of another user than the block's, the trigger is not what is told about.
func TestImport_ofAnotherUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	w := n.workspace(t, invalidation(userID(ben.ID), `trigger = "a"`))
	w.ok("import", address, ada.ID)
	said := w.ok("plan")
	mentions(t, said, "must be replaced")
	omits(t, said, "Trigger Recorded")
}

func TestImport_replaceSignsOut(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `trigger = "a"`))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply("-replace="+address), "1 added, 0 changed, 1 destroyed")
	n.accepted(t, ada, 1)
}

func TestImport_minimumValidFrom(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), minimum("2025-03-01T12:00:00Z")))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply(), "1 changed, 0 destroyed")
	n.accepted(t, ada, 0)

	w = n.workspace(t, invalidation(userID(ada.ID), minimum("2026-03-01T00:00:00Z")))
	w.ok("import", address, ada.ID)
	mentions(t, w.apply(), "must be replaced")
	n.accepted(t, ada, 1)
}

func TestImport_refused(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	mentions(t, w.fails("import", address, "nobody@contoso.com"), "User Not Found", "nobody@contoso.com")
	mentions(t, w.fails("import", address, "/groups/1"), "Invalid Import ID")
	mentions(t, w.fails("import", address, "me"), "No Signed-In User")
}

func TestImport_block(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, "/users/"+ada.ID)+invalidation(userID("/users/"+ada.ID)))
	mentions(t, w.apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
	mentions(t, w.apply(), "No changes.")
	n.accepted(t, ada, 0)
}

// identityVersions are the CLIs that know resource identity. OpenTofu's version numbers are in step with Terraform's here.
var identityVersions = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

func TestIdentity(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	identity := func(s *resource.TestStep) {
		s.ConfigStateChecks = append(s.ConfigStateChecks,
			statecheck.ExpectIdentity(address, map[string]knownvalue.Check{"id": knownvalue.StringExact(ada.ID)}),
			statecheck.ExpectIdentityValueMatchesStateAtPath(address, tfjsonpath.New("id"), tfjsonpath.New("id")))
	}
	resource.Test(t, resource.TestCase{
		IsUnitTest: true, ProtoV6ProviderFactories: n.factories(), TerraformVersionChecks: identityVersions,
		Steps: []resource.TestStep{
			n.step(invalidation(userID("ada@contoso.com"), `trigger = 1`), identity),
			n.step(invalidation(userID(ada.ID), `trigger = 1`), identity),
			n.step(invalidation(userID(ada.ID), `trigger = 2`), before(func() { n.clock.Advance(time.Hour) }), identity),
		},
	})
}

func TestImport_byIdentity(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	skipWithoutIdentity(t)
	w := n.workspace(t, fmt.Sprintf("import {\n  to = %s\n  identity = { id = %q }\n}\n", address, strings.ToUpper(ada.ID))+invalidation(userID(ada.ID)))
	mentions(t, w.apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
	mentions(t, w.apply(), "No changes.")
	n.accepted(t, ada, 0)
}
