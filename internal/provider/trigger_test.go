// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

func TestTrigger_changedValueSignsOutOnceMore(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	again := func() { n.clock.Advance(time.Hour) }
	n.run(t,
		n.step(invalidation(userID(ada.ID), `trigger = "a"`)),
		n.step(invalidation(userID(ada.ID), `trigger = "b"`), before(again), action(plancheck.ResourceActionDestroyBeforeCreate),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID)),
			text("trigger", "b"), text("invalidated_at", "2026-03-01T13:00:00Z"), text("refresh_tokens_valid_from_date_time", "2026-03-01T13:00:00Z")),
		n.step(invalidation(userID(ada.ID), `trigger = { version = 3, reasons = ["lost laptop"] }`), before(again), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID)), text("invalidated_at", "2026-03-01T14:00:00Z")),
	)
	n.accepted(t, ada, 3)
}

// The same value of another type is an update in place that calls nobody.
func TestTrigger_changedTypeCallsNobody(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"primitives": {`1`, `"1"`, `sensitive("1")`, `sensitive(1)`, `1`},
		"booleans":   {`true`, `"true"`},
		"sequences":  {`["a", "b"]`, `tolist(["a", "b"])`, `toset(["a", "b"])`, `["b", "a"]`, `sensitive(["b", "a"])`},
		"objects":    {`{ a = 1, b = 2 }`, `tomap({ b = "2", a = "1" })`, `{ a = "1", b = "2" }`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.addUser("ada@contoso.com")
			steps := []resource.TestStep{n.step(invalidation(userID(ada.ID), "trigger = "+values[0]))}
			for _, value := range values[1:] {
				steps = append(steps, n.step(invalidation(userID(ada.ID), "trigger = "+value),
					before(func() { n.clock.Advance(time.Hour) }),
					action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), text("invalidated_at", "2026-03-01T12:00:00Z")))
			}
			n.run(t, steps...)
			n.accepted(t, ada, 1)
		})
	}
}

func TestTrigger_nullIsAdopted(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	typedNull := "variable \"none\" {\n  type    = string\n  default = null\n}\n" + invalidation(userID(ada.ID), `trigger = var.none`)
	n.run(t,
		n.step(invalidation(userID(ada.ID), `trigger = "a"`)),
		n.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)), null("trigger")),
		n.step(invalidation(userID(ada.ID), `trigger = "a"`), action(plancheck.ResourceActionReplace)),
		n.step(typedNull, action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID))),
		n.step(typedNull, action(plancheck.ResourceActionNoop)),
	)
	n.accepted(t, ada, 2)
}

func TestTrigger_unknownAtPlanSignsOut(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := func(input, trigger string) string {
		return "resource \"terraform_data\" \"rotation\" {\n  input = " + input + "\n}\n" + invalidation(userID(ada.ID), "trigger = "+trigger)
	}
	n.run(t,
		n.step(config("1", "terraform_data.rotation.output"), action(plancheck.ResourceActionCreate)),
		n.step(config("2", "terraform_data.rotation.output"), action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))),
		n.step(config("3", `{ nested = [terraform_data.rotation.output] }`), action(plancheck.ResourceActionReplace)),
		n.step(config("3", `{ nested = [terraform_data.rotation.output] }`), action(plancheck.ResourceActionNoop)),
	)
	n.accepted(t, ada, 3)
}

func TestTrigger_createBeforeDestroy(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := func(trigger string) string {
		return invalidation(userID(ada.ID), "trigger = "+trigger, `lifecycle { create_before_destroy = true }`)
	}
	n.run(t,
		n.step(config("1")),
		n.step(config("2"), action(plancheck.ResourceActionCreateBeforeDestroy), n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID))),
	)
	n.accepted(t, ada, 2)
}
