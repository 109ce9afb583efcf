// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func minimum(value string) string { return `minimum_valid_from = "` + value + `"` }

func TestMinimumValidFrom_reachedCallsNobody(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID), minimum("2025-03-01T12:00:00Z")), action(plancheck.ResourceActionCreate),
			n.sends(get(ada.ID)), text("id", ada.ID), text("refresh_tokens_valid_from_date_time", "2025-03-01T12:00:00Z"),
			null("invalidated_at"), null("request_id"), null("confirmed")),
		n.step(invalidation(userID(ada.ID), minimum("2025-03-01T12:00:00Z"), `ignore_not_found = true`), action(plancheck.ResourceActionUpdate),
			n.sends(get(ada.ID)), null("invalidated_at"), null("request_id"), null("confirmed")),
	)
	n.accepted(t, ada, 0)
}

func TestMinimumValidFrom_notReachedCallsOnce(t *testing.T) {
	t.Parallel()
	for name, validFrom := range map[string]*time.Time{
		"an older instant": new(time.Date(2026, time.February, 28, 23, 59, 59, 0, time.UTC)),
		"null":             nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.AddUser(graphtest.User{UserPrincipalName: "ada@contoso.com", RefreshTokensValidFromDateTime: validFrom})
			n.run(t, n.step(invalidation(userID(ada.ID), minimum("2026-03-01T00:00:00Z")),
				n.sends(get(ada.ID), post(ada.ID), get(ada.ID)), text("invalidated_at", "2026-03-01T12:00:00Z")))
			n.accepted(t, ada, 1)
		})
	}
}

func TestMinimumValidFrom_changed(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T00:00:00Z"))),
		// The same instant in another zone, an earlier one, and one that the last call reaches.
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T01:00:00+01:00")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID(ada.ID), minimum("2020-01-01T00:00:00Z")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T12:00:00Z")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T12:00:01Z")), before(func() { n.clock.Advance(time.Hour) }),
			action(plancheck.ResourceActionReplace), n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID)),
			text("invalidated_at", "2026-03-01T13:00:00Z")),
		n.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), null("minimum_valid_from")),
	)
	n.accepted(t, ada, 2)
}

// A call that Graph does not show yet reaches the instant all the same.
func TestMinimumValidFrom_unconfirmedCallCounts(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.SetReplicaLag(24 * time.Hour)
	n.run(t,
		n.step(invalidation(userID(ada.ID), `trigger = 1`), text("refresh_tokens_valid_from_date_time", "2025-03-01T12:00:00Z")),
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T11:00:00Z")), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
	)
	n.accepted(t, ada, 1)
}

// Somebody else's call reaches the instant too.
func TestMinimumValidFrom_driftCounts(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T00:00:00Z"))),
		n.step(invalidation(userID(ada.ID), minimum("2026-03-01T12:30:00Z")), before(func() {
			n.clock.Advance(time.Hour)
			n.UpdateUser(ada.ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = new(n.clock.Now()) })
		}), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), text("refresh_tokens_valid_from_date_time", "2026-03-01T13:00:00Z"),
			text("invalidated_at", "2026-03-01T12:00:00Z")),
	)
	n.accepted(t, ada, 1)
}

func TestMinimumValidFrom_unknownAtPlanIsReplaced(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := func(since string) string {
		return "resource \"terraform_data\" \"since\" {\n  input = \"" + since + "\"\n}\n" +
			invalidation(userID(ada.ID), `minimum_valid_from = terraform_data.since.output`)
	}
	n.run(t,
		n.step(config("2026-03-01T00:00:00Z")),
		n.step(config("2026-03-01T12:00:01Z"), before(func() { n.clock.Advance(time.Hour) }), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))),
		// Once it is known, the new resource finds that nobody needs to be called.
		n.step(config("2026-03-01T12:00:02Z"), action(plancheck.ResourceActionReplace), n.sends(get(ada.ID), get(ada.ID)), null("invalidated_at")),
	)
	n.accepted(t, ada, 2)
}

func TestMinimumValidFrom_futureRefused(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), minimum("2026-03-01T12:05:01Z")))
	mentions(t, w.fails("plan"), "Instant in the Future", "minimum_valid_from", "5 minutes")
	w.write("resource \"terraform_data\" \"since\" {\n  input = \"2026-03-01T12:05:01Z\"\n}\n" +
		invalidation(userID(ada.ID), `minimum_valid_from = terraform_data.since.output`))
	mentions(t, w.fails("apply", "-auto-approve"), "Instant in the Future")
	n.accepted(t, ada, 0)
	w.write(invalidation(userID(ada.ID), minimum("2026-03-01T12:05:00Z")))
	w.apply()
	mentions(t, w.apply(), "No changes.")
	// The same instant is not asked for twice, though it is not reached yet.
	w.write(invalidation(userID(ada.ID), minimum("2026-03-01T13:05:00+01:00")))
	mentions(t, w.apply(), "1 changed, 0 destroyed")
	w.write(invalidation(userID(ada.ID), minimum("2026-03-01T12:05:01Z")))
	mentions(t, w.fails("plan"), "Instant in the Future")
	n.accepted(t, ada, 1)
}

func TestMinimumValidFrom_refusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	typedNull := "variable \"none\" {\n  type    = string\n  default = null\n}\n"
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"), minimum("yesterday")), fails(`minimum_valid_from`), planOnly),
		n.step(invalidation(userID("ada@contoso.com"), minimum("2026-03-01T00:00:00Z"), `trigger = 1`), fails(`Conflicting Attributes`), planOnly),
		n.step("resource \"terraform_data\" \"none\" {}\n"+invalidation(userID("ada@contoso.com"), `minimum_valid_from = terraform_data.none.output`, `trigger = 1`), planOnly, nonEmptyPlan),
		n.step(typedNull+invalidation(userID("ada@contoso.com"), minimum("2026-03-01T00:00:00Z"), `trigger = var.none`), planOnly, nonEmptyPlan),
	)
}
