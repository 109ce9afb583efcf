// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestMe_signedInUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.ReadWrite")
	n.run(t,
		n.step(invalidation(userID("me"), `trigger = 1`), action(plancheck.ResourceActionCreate),
			n.sends("GET beta/me", "POST beta/me/invalidateAllRefreshTokens", "GET beta/me"), text("id", ada.ID), text("user_id", "me")),
		n.step(invalidation(userID("me"), `trigger = 1`), before(func() { n.clock.Advance(time.Minute) }), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID))),
		n.step(invalidation(userID("me"), `trigger = 2`), action(plancheck.ResourceActionReplace)),
		n.step(invalidation(userID(ada.ID), `trigger = 2`), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID("me"), `trigger = 2`), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
	)
	n.accepted(t, ada, 2)
}

func TestMe_anotherPrincipalIsAnotherUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.ReadWrite")
	n.run(t,
		n.step(invalidation(userID("me"))),
		n.step(invalidation(userID("me")), before(func() { n.signInAs(t, ben, "User.Read.All", "User.ReadWrite") }),
			action(plancheck.ResourceActionReplace), text("id", ben.ID)),
	)
	n.accepted(t, ada, 1)
	n.accepted(t, ben, 1)
}

func TestMe_anotherPrincipalIsWarnedOf(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.ReadWrite")
	w := n.workspace(t, invalidation(userID("me")))
	w.apply()
	n.signInAs(t, ben, "User.Read.All", "User.ReadWrite")
	mentions(t, w.ok("plan"), "must be replaced", "Warning: Another User Signed In", ben.ID)
}

func TestMe_destroyIsMeant(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.ReadWrite")
	w := n.workspace(t, invalidation(userID("me"), `invalidate_on_destroy = true`))
	w.apply()
	w.ok("destroy", "-auto-approve")
	n.accepted(t, ada, 2)
}

// An application has no "me" that a user in state could be respelled to.
func TestMe_respelledByAnApplication(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	w.apply()
	w.write(invalidation(userID("me")))
	mentions(t, w.fails("plan"), "Error: No Signed-In User")
	n.setenv("ARM_CLIENT_SECRET", "not~the~secret")
	mentions(t, w.fails("plan", "-refresh=false"), "Error: Sign-In Failed")
	n.accepted(t, ada, 1)
}

func TestMe_applicationHasNoUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, invalidation(userID("me")))
	mentions(t, w.fails("plan"), "Error: No Signed-In User", "an application signs in without one", "Sign-in method: client secret")
	n.sentExactly(t)
}

func TestMe_import(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.ReadWrite")
	w := n.workspace(t, invalidation(userID("me")))
	w.ok("import", address, "me")
	mentions(t, w.apply(), "No changes.")
	n.accepted(t, ada, 0)
}

func TestGuard_refusesTheIdentityOfTheRun(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	admin := n.AddUser(graphtest.User{UserPrincipalName: "Admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, admin, "User.Read.All", "User.RevokeSessions.All")
	w := n.workspace(t, "")
	for _, spelling := range []string{admin.ID, strings.ToUpper(admin.ID), "/users/" + admin.ID, "Admin@contoso.com", "admin@CONTOSO.com"} {
		w.write(invalidation(userID(spelling)))
		mentions(t, w.fails("plan"), "Error: User Is the Identity of This Run", `user_id = "me"`, admin.ID)
	}
	n.sentExactly(t)
	w.write(invalidation(userID(ada.ID)))
	w.apply()
	n.accepted(t, admin, 0)
	n.accepted(t, ada, 1)
}

// The user's name is not known before apply, or the token has an older one: Graph tells who it is, before the call.
func TestGuard_refusesTheIdentityBehindANewName(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	admin := n.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	n.signInAs(t, admin, "User.Read.All", "User.RevokeSessions.All")
	n.UpdateUser(admin.ID, func(u *graphtest.User) { u.UserPrincipalName = "root@contoso.com" })
	w := n.workspace(t, invalidation(userID("root@contoso.com")))
	mentions(t, w.fails("apply", "-auto-approve"), "Error: User Is the Identity of This Run")
	n.sentExactly(t, get("root@contoso.com"))
	n.accepted(t, admin, 0)
}

func TestGuard_holdsAtDestroy(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	admin := n.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	w := n.workspace(t, invalidation(userID(admin.ID), `invalidate_on_destroy = true`))
	w.apply()
	n.signInAs(t, admin, "User.Read.All", "User.RevokeSessions.All")
	mentions(t, w.fails("plan", "-destroy"), "Error: User Is the Identity of This Run")
	n.accepted(t, admin, 1)
}

// The destroy leg of a replacement is a call, too.
func TestGuard_holdsAtTheDestroyLegOfAReplacement(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	admin := n.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	ben := n.addUser("ben@contoso.com")
	w := n.workspace(t, invalidation(userID(admin.ID), `invalidate_on_destroy = true`))
	w.apply()
	n.signInAs(t, admin, "User.Read.All", "User.RevokeSessions.All")
	w.write(invalidation(userID(ben.ID), `invalidate_on_destroy = true`))
	mentions(t, w.fails("apply", "-auto-approve"), "Error: User Is the Identity of This Run", "invalidate_on_destroy = false")
	n.accepted(t, admin, 1)
	n.accepted(t, ben, 0)
}

// An access token is not promised to be readable. Then nothing is guarded, and nothing else changes.
func TestGuard_unreadableTokenGuardsNothing(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.Inject(graphtest.Fault{Match: graphtest.TokenRequest, Times: -1, Effect: graphtest.Respond(200, map[string][]string{"Content-Type": {"application/json"}},
		`{"token_type":"Bearer","expires_in":3600,"access_token":"opaque"}`)})
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	mentions(t, w.ok("plan"), "1 to add")
	mentions(t, w.fails("apply", "-auto-approve"), "Access Token Refused", "Sign-in method: client secret", "Tenant: "+n.TenantID())
}
