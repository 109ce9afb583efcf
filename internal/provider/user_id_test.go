// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestUserID_anotherUserIsReplaced(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"))),
		// Refresh, the plan's question, then the new resource.
		n.step(invalidation(userID("ben@contoso.com")), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get("ben@contoso.com"), get("ben@contoso.com"), post(ben.ID), get(ben.ID)), text("id", ben.ID)),
	)
	n.accepted(t, ada, 1)
	n.accepted(t, ben, 1)
}

// Another object id is another user, whom nobody needs to be asked about.
func TestUserID_anotherIDIsReplacedWithoutAsking(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID))),
		n.step(invalidation(userID("/users/"+ben.ID)), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ben.ID), post(ben.ID), get(ben.ID))),
	)
	n.accepted(t, ada, 1)
	n.accepted(t, ben, 1)
}

func TestUserID_refusedReadFailsThePlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	w.apply()
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = nil })
	w.write(invalidation(userID("ben@contoso.com")))
	mentions(t, w.fails("plan", "-refresh=false"), "Error: Reading Users Not Permitted", "ben@contoso.com")
	n.accepted(t, ada, 1)
}

// A name that the user has no more is warned of: a replacement would sign out whoever has it by then.
func TestUserID_lostNameIsWarnedOf(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	omits(t, w.apply(), "Warning")
	n.UpdateUser(ada.ID, func(u *graphtest.User) { u.UserPrincipalName = "ada.lovelace@contoso.com" })
	mentions(t, w.ok("plan"), "No changes.", "Warning: User Renamed", "ada.lovelace@contoso.com")
	w.write(invalidation(userID(ada.ID)))
	omits(t, w.ok("plan"), "Warning")
}

// A spelling that the state can tell the user of costs no request.
func TestUserID_respelledCallsNobody(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("Ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com")), text("user_principal_name", "Ada@contoso.com")),
		n.step(invalidation(userID("ADA@CONTOSO.COM")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), text("user_id", "ADA@CONTOSO.COM")),
		n.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID(strings.ToUpper(ada.ID))), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), text("id", ada.ID)),
		n.step(invalidation(userID("/users/"+ada.ID)), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID("/users/"+ada.ID)), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID))),
	)
	n.accepted(t, ada, 1)
}

func TestUserID_unknownAtPlanIsReplaced(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := func(input string) string {
		return "resource \"terraform_data\" \"user\" {\n  input = { n = " + input + ", id = \"" + ada.ID + "\" }\n}\n" +
			invalidation(`user_id = terraform_data.user.output.id`)
	}
	n.run(t,
		n.step(config("1")),
		n.step(config("2"), action(plancheck.ResourceActionReplace), n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))),
	)
	n.accepted(t, ada, 2)
}

// The user was renamed by others before the plan: Graph knows the user by the new name.
func TestUserID_renamedBeforePlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	rename := func() {
		n.UpdateUser(ada.ID, func(u *graphtest.User) { u.UserPrincipalName = "ada.lovelace@contoso.com" })
	}
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"))),
		n.step(invalidation(userID("ada@contoso.com")), before(rename), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID))),
		n.step(invalidation(userID("ada.lovelace@contoso.com")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)),
			text("user_principal_name", "ada.lovelace@contoso.com")),
	)
	n.accepted(t, ada, 1)
}

// The user is renamed by the same apply, as azuread does it: nobody has the name at plan.
func TestUserID_renamedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"))),
		n.step(invalidation(userID("ada.lovelace@contoso.com")),
			between(func() {
				n.UpdateUser(ada.ID, func(u *graphtest.User) { u.UserPrincipalName = "ada.lovelace@contoso.com" })
			}),
			action(plancheck.ResourceActionUpdate),
			// Refresh, the plan's question and its repetition at apply, then the update's.
			n.sends(get(ada.ID), get("ada.lovelace@contoso.com"), get("ada.lovelace@contoso.com"), get("ada.lovelace@contoso.com")),
			text("user_id", "ada.lovelace@contoso.com"), text("user_principal_name", "ada.lovelace@contoso.com"), text("id", ada.ID)),
	)
	n.accepted(t, ada, 1)
}

// Nobody had the name at plan, and somebody else has it at apply: nobody is called, and the next plan shows the replacement.
func TestUserID_takenByAnotherBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	w.apply()
	w.write(invalidation(userID("ben@contoso.com")))
	mentions(t, w.ok("plan", "-out=saved"), "will be updated in-place")
	ben := n.addUser("ben@contoso.com")
	mentions(t, w.fails("apply", "saved"), "Warning: Another User Named", "nobody was signed out. Plan again.", ben.ID)
	n.accepted(t, ada, 1)
	n.accepted(t, ben, 0)
	mentions(t, w.ok("plan"), "must be replaced", "Warning: Another User Named")
	w.apply()
	n.accepted(t, ada, 1)
	n.accepted(t, ben, 1)
}

// The same, where Terraform's own second plan still found nobody.
func TestUserID_takenByAnotherDuringApply(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	w.apply()
	w.write(invalidation(userID("ben@contoso.com")))
	w.ok("plan", "-out=saved")
	ben := n.addUser("ben@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Get, Effect: graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.", nil)})
	mentions(t, w.fails("apply", "saved"), "Error: Another User Found", "Nobody was signed out. Plan again", ada.ID, ben.ID)
	n.accepted(t, ben, 0)
	mentions(t, w.ok("plan"), "must be replaced")
}

func TestUserID_nobodyHasItAtApply(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"))),
		n.step(invalidation(userID("nobody@contoso.com")), action(plancheck.ResourceActionUpdate), fails(`User Not Found`)),
		n.step(invalidation(userID("ada@contoso.com")), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID))),
	)
	n.accepted(t, ada, 1)
}

// The call goes to the id that the name had, whatever it comes to mean meanwhile.
func TestUserID_idDecidesAfterCreate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	var other graphtest.User
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"), `invalidate_on_destroy = true`)),
		n.step(invalidation(userID("ada@contoso.com"), `invalidate_on_destroy = true`), before(func() {
			n.UpdateUser(ada.ID, func(u *graphtest.User) { u.UserPrincipalName = "ada.lovelace@contoso.com" })
			other = n.addUser("ada@contoso.com")
			n.clock.Advance(time.Minute)
		}), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID)), attribute("id", knownvalue.StringExact(ada.ID))),
	)
	n.accepted(t, ada, 2)
	n.accepted(t, other, 0)
}
