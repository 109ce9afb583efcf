// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestDestroy_callsNobody(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	w.apply()
	n.ForgetRequests()
	omits(t, w.ok("destroy", "-auto-approve"), "Warning")
	n.sentExactly(t, get(ada.ID))
	n.accepted(t, ada, 1)
}

func TestInvalidateOnDestroy_callsOnceMoreAndThePlanSaysSo(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	omits(t, w.apply(), "Warning")
	mentions(t, w.ok("plan", "-destroy"), "Warning: Destroying Signs the User Out", "ada@contoso.com")
	n.accepted(t, ada, 1)
	n.ForgetRequests()
	w.ok("destroy", "-auto-approve")
	n.sentExactly(t, get(ada.ID), post(ada.ID))
	n.accepted(t, ada, 2)
}

// What was last applied counts: a change that was not applied does not.
func TestInvalidateOnDestroy_asLastApplied(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	w.apply()
	w.write(invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	w.ok("destroy", "-auto-approve")
	n.accepted(t, ada, 1)
}

func TestInvalidateOnDestroy_replaceCallsTwice(t *testing.T) {
	t.Parallel()
	for name, lifecycle := range map[string]string{"destroy first": "", "create first": "lifecycle { create_before_destroy = true }"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.addUser("ada@contoso.com")
			config := func(trigger string) string {
				return invalidation(userID(ada.ID), "trigger = "+trigger, `invalidate_on_destroy = true`, lifecycle)
			}
			sent := n.sends(get(ada.ID), post(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))
			if lifecycle != "" {
				sent = n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID), post(ada.ID))
			}
			n.run(t,
				n.step(config("1")),
				n.step(config("2"), before(func() { n.clock.Advance(time.Hour) }), action(plancheck.ResourceActionReplace), sent),
			)
			n.accepted(t, ada, 4) // and the destroy that ends the test
		})
	}
}

// Destroying sees the state alone, so the switch takes effect one apply after it was turned on.
func TestInvalidateOnDestroy_turnedOnTogetherWithATrigger(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID), `trigger = 1`)),
		n.step(invalidation(userID(ada.ID), `trigger = 2`, `invalidate_on_destroy = true`), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))),
	)
	n.accepted(t, ada, 3) // and the destroy that ends the test
}

func TestInvalidateOnDestroy_userGone(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	w.apply()
	n.DeleteUser(ada.ID)
	n.ForgetRequests()
	mentions(t, w.ok("destroy", "-auto-approve", "-refresh=false"), "Warning: User Not Found, Nobody Signed Out")
	n.sentExactly(t, post(ada.ID), get(ada.ID), get(ada.ID), get(ada.ID))
	if state := w.state(); state != nil {
		t.Errorf("state still holds %v", state)
	}
	n.accepted(t, ada, 1)
}

// A replica that does not know the user yet must not pass for a user who is gone.
func TestInvalidateOnDestroy_laggingReplica(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	w.apply()
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.", nil)})
	omits(t, w.ok("destroy", "-auto-approve"), "Nobody Signed Out")
	n.accepted(t, ada, 2)
}

func TestInvalidateOnDestroy_warnings(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	eve := n.addUser("eve_fabrikam.com#EXT#@contoso.onmicrosoft.com")
	w := n.workspace(t, invalidation(userID(eve.ID), `invalidate_on_destroy = true`, `trigger = 1`))
	w.apply()
	w.write(invalidation(userID(eve.ID), `invalidate_on_destroy = true`, `trigger = 2`))
	mentions(t, w.ok("plan"), "Warning: Replacing Calls Twice")
	n.SetActionReply(graphtest.ReplyFalse)
	mentions(t, w.ok("destroy", "-auto-approve"), "External User's Home Sessions Live On", "Call Answered With False")
}

func TestInvalidateOnDestroy_refusedCallKeepsTheState(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	w.apply()
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Access to invalidate refresh tokens operation is denied.", nil)})
	mentions(t, w.fails("destroy", "-auto-approve"), "Token Invalidation Not Permitted", "User.RevokeSessions.All")
	if state := w.state(); state == nil {
		t.Error("the resource left the state although its call was refused")
	}
	n.accepted(t, ada, 1)
	w.ok("destroy", "-auto-approve")
	n.accepted(t, ada, 2)
}
