// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestRefresh_driftForwardIsRecordedAndPlansNothing(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID(ada.ID), `trigger = 1`)
	n.run(t,
		n.step(config),
		n.step(config, before(func() {
			n.clock.Advance(time.Hour)
			n.UpdateUser(ada.ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = new(n.clock.Now()) })
		}), action(plancheck.ResourceActionNoop)),
		n.step(config, n.sends(get(ada.ID)), text("refresh_tokens_valid_from_date_time", "2026-03-01T13:00:00Z"), text("invalidated_at", "2026-03-01T12:00:00Z")),
	)
	n.accepted(t, ada, 1)
}

func TestRefresh_olderInstantIsNotRecorded(t *testing.T) {
	t.Parallel()
	for name, shown := range map[string]string{
		"older": `"2025-03-01T12:00:00Z"`,
		"null":  `null`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.addUser("ada@contoso.com")
			w := n.workspace(t, invalidation(userID(ada.ID), `trigger = 1`))
			w.apply()
			n.Inject(graphtest.Fault{Match: graphtest.Get, Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}},
				`{"id":"`+ada.ID+`","userPrincipalName":"ada@contoso.com","userType":"Member","refreshTokensValidFromDateTime":`+shown+`}`)})
			n.clock.Advance(15 * time.Minute)
			said := w.apply()
			mentions(t, said, "No changes.")
			omits(t, said, "Warning")
			n.clock.Advance(time.Second)
			said = w.apply()
			mentions(t, said, "No changes.", "Warning: Older Instant Not Recorded")
			if state := w.state(); state.Attributes["refresh_tokens_valid_from_date_time"] != "2026-03-01T12:00:00Z" || state.Attributes["confirmed"] != true {
				t.Errorf("state is %v", state)
			}
			n.accepted(t, ada, 1)
		})
	}
}

// A plan needs the permission to read alone.
func TestRefresh_readOnlyIdentity(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `trigger = 1`))
	w.apply()
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = []string{"User.Read.All"} })
	mentions(t, w.ok("plan"), "No changes.")
	w.write(invalidation(userID(ada.ID), `trigger = 2`))
	mentions(t, w.ok("plan"), "must be replaced")
	mentions(t, w.fails("apply", "-auto-approve"), "Token Invalidation Not Permitted", "User.RevokeSessions.All", "(roles) are: User.Read.All.")
	n.accepted(t, ada, 1)
}

func TestRefresh_userGone(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID("ada@contoso.com"))
	n.run(t,
		n.step(config),
		n.step(config, before(func() { n.DeleteUser(ada.ID) }), action(plancheck.ResourceActionCreate), fails(`User Not Found`)),
	)
	n.accepted(t, ada, 1)
}

func TestRefresh_userGoneIsReadThreeTimes(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	w.apply()
	n.DeleteUser(ada.ID)
	n.ForgetRequests()
	began := n.clock.Now()
	w.ok("refresh")
	n.sentExactly(t, get(ada.ID), get(ada.ID), get(ada.ID))
	if took := n.clock.Now().Sub(began); took != 10*time.Second {
		t.Errorf("the reads took %s, want 10s", took)
	}
	if state := w.state(); state != nil {
		t.Errorf("state still holds %v", state)
	}
}

func TestRefresh_oneLaggingReplicaForgetsNobody(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID(ada.ID))
	n.run(t,
		n.step(config),
		n.step(config, before(func() {
			n.Inject(graphtest.Fault{Times: 2, Effect: graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.", nil)})
		}), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID), get(ada.ID), get(ada.ID))),
	)
	n.accepted(t, ada, 1)
}

func TestIgnoreNotFound_deletedUserStaysAsLastSeen(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID("ada@contoso.com"), `trigger = 1`, `ignore_not_found = true`)
	n.run(t,
		n.step(config),
		n.step(config, before(func() { n.DeleteUser(ada.ID) }), action(plancheck.ResourceActionNoop), n.sends(get(ada.ID)),
			text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z"), text("user_principal_name", "ada@contoso.com")),
		n.step(config, before(func() { n.RestoreUser(ada.ID) }), action(plancheck.ResourceActionNoop)),
	)
	n.accepted(t, ada, 1)
}

// The three reads have their time, however little timeouts.read gives.
func TestRefresh_userGoneDespiteAShortTimeout(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `timeouts { read = "1s" }`))
	w.apply()
	n.DeleteUser(ada.ID)
	mentions(t, w.ok("plan", "-refresh-only"), "has been deleted")
}

func TestIgnoreNotFound_userAppears(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	const id = "6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11"
	w := n.workspace(t, invalidation(userID(strings.ToUpper(id)), `ignore_not_found = true`))
	w.apply()
	ada := n.AddUser(graphtest.User{ID: id, UserPrincipalName: "ada@contoso.com"})
	mentions(t, w.apply(), "No changes.", "Warning: User Appeared, Nobody Signed Out", "-replace")
	omits(t, w.apply(), "Warning")
	w.apply("-replace=" + address)
	n.accepted(t, ada, 1)
}

func TestIgnoreNotFound_atCreate(t *testing.T) {
	t.Parallel()
	const nobody = "6B2E3A3C-27b3-4d5c-8f6c-9a9d9b0f1a11"
	t.Run("an object id", func(t *testing.T) {
		t.Parallel()
		n := newTenant(t)
		w := n.workspace(t, invalidation(userID("/users/"+nobody), `ignore_not_found = true`))
		mentions(t, w.apply(), "Warning: User Not Found, Nobody Signed Out", nobody)
		n.sentExactly(t, get(nobody))
		state := w.state()
		if state.Attributes["id"] != strings.ToLower(nobody) || state.Attributes["invalidated_at"] != nil || state.Attributes["confirmed"] != nil || state.Tainted {
			t.Errorf("state is %v", state)
		}
		mentions(t, w.apply(), "No changes.")
	})
	t.Run("a name", func(t *testing.T) {
		t.Parallel()
		n := newTenant(t)
		w := n.workspace(t, invalidation(userID("nobody@contoso.com"), `ignore_not_found = true`))
		mentions(t, w.fails("apply", "-auto-approve"), "Error: User Not Found", "nobody@contoso.com")
		n.sentExactly(t, get("nobody@contoso.com"))
	})
	t.Run("not set", func(t *testing.T) {
		t.Parallel()
		n := newTenant(t)
		w := n.workspace(t, invalidation(userID(nobody)))
		mentions(t, w.fails("apply", "-auto-approve"), "Error: User Not Found", nobody)
		if state := w.state(); state != nil {
			t.Errorf("state holds %v", state)
		}
	})
}
