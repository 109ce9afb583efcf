// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func TestAccUserTokenInvalidation_createSignsOutOnceAndKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	config := invalidation(userID(ada.UserPrincipalName), `trigger = "2026-03"`)
	a.run(t,
		a.step(config,
			action(plancheck.ResourceActionCreate),
			a.called(ada, "invalidateAllRefreshTokens"),
			a.keepsEvidence(ada),
			text("user_id", ada.UserPrincipalName),
			text("user_principal_name", ada.UserPrincipalName),
			text("graph_action", "invalidateAllRefreshTokens"),
			text("trigger", "2026-03"),
		),
		a.step(config, action(plancheck.ResourceActionNoop), a.called(ada, "invalidateAllRefreshTokens"), a.keepsEvidence(ada)),
	)
	a.logOffset(t, ada)
	a.signedOut(t, ada, 1)
}

func TestAccUserTokenInvalidation_revokeSignInSessions(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	a.run(t,
		a.step(invalidation(userID(ada.ID), `graph_action = "revokeSignInSessions"`),
			action(plancheck.ResourceActionCreate), a.called(ada, "revokeSignInSessions"), a.keepsEvidence(ada)),
		a.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionUpdate), a.called(ada, "revokeSignInSessions"), a.keepsEvidence(ada)),
	)
	a.logOffset(t, ada)
	a.signedOut(t, ada, 1)
}

func TestAccTrigger_changedReplacesWithALaterInstant(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	var shown, made instants
	a.run(t,
		a.step(invalidation(userID(ada.ID), `trigger = "a"`), a.keepsEvidence(ada),
			attribute(instantAttribute, shown.later()), attribute("invalidated_at", made.later())),
		a.step(invalidation(userID(ada.ID), `trigger = "b"`), before(func() { a.nextSecond(t, ada) }),
			action(plancheck.ResourceActionReplace), a.keepsEvidence(ada),
			attribute(instantAttribute, shown.later()), attribute("invalidated_at", made.later())),
	)
	a.logOffset(t, ada)
	a.signedOut(t, ada, 2)
}

func TestAccTrigger_anotherTypeCallsNobody(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	a.run(t,
		a.step(invalidation(userID(ada.ID), `trigger = "1"`)),
		a.step(invalidation(userID(ada.ID), `trigger = 1`), action(plancheck.ResourceActionUpdate), a.keepsEvidence(ada)),
	)
	a.signedOut(t, ada, 1)
}

func TestAccImport_plansCleanAndCallsNobody(t *testing.T) {
	t.Parallel()
	for name, spell := range map[string]func(person) string{
		"by id":   func(p person) string { return p.ID },
		"by name": func(p person) string { return p.UserPrincipalName },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := acceptanceTenant(t)
			ada := a.addUser(t)
			imported := fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, spell(ada))
			a.run(t,
				a.step(imported+invalidation(userID(spell(ada))), action(plancheck.ResourceActionNoop),
					text("id", ada.ID), text("user_id", spell(ada)), text("user_principal_name", ada.UserPrincipalName),
					null("invalidated_at"), null("request_id"), null("confirmed")),
			)
			a.signedOut(t, ada, 0)
		})
	}
}

func TestAccMinimumValidFrom(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	began := time.Now().UTC()
	reached, notReached := began.Add(-time.Hour).Format(time.RFC3339), began.Add(4*time.Minute).Format(time.RFC3339)
	second := strings.Replace(invalidation(userID(ada.ID), minimum(reached)), `"test"`, `"second"`, 1)
	a.run(t,
		a.step(invalidation(userID(ada.ID), minimum(notReached)), action(plancheck.ResourceActionCreate), a.keepsEvidence(ada),
			a.called(ada, "invalidateAllRefreshTokens")),
		// Created for a user who is past the instant already.
		a.step(invalidation(userID(ada.ID), minimum(reached))+second, action(plancheck.ResourceActionUpdate),
			plans(plancheck.ExpectResourceAction("graph_user_token_invalidation.second", plancheck.ResourceActionCreate)),
			a.called(ada, "invalidateAllRefreshTokens")),
	)
	a.signedOut(t, ada, 1)
}

func TestAccInvalidateOnDestroy(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	a.run(t, a.step(invalidation(userID(ada.ID), `invalidate_on_destroy = true`), a.called(ada, "invalidateAllRefreshTokens")))
	a.signedOut(t, ada, 2)
}

func TestAccRefresh_userGone(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	a.run(t,
		a.step(invalidation(userID(ada.ID))),
		a.step(invalidation(userID(ada.ID)), before(func() { a.deleteUser(t, ada) }), action(plancheck.ResourceActionCreate), fails(`User Not Found`)),
	)
	a.signedOut(t, ada, 1)
}

func TestAccIgnoreNotFound_deletedUserStaysAsLastSeen(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	config := invalidation(userID(ada.UserPrincipalName), `trigger = 1`, `ignore_not_found = true`)
	var shown instants
	a.run(t,
		a.step(config, attribute(instantAttribute, shown.later())),
		a.step(config, before(func() { a.deleteUser(t, ada) }), action(plancheck.ResourceActionNoop),
			attribute(instantAttribute, shown.same()), text("user_principal_name", ada.UserPrincipalName)),
	)
	a.signedOut(t, ada, 1)
}

func TestAccIgnoreNotFound_atCreate(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	nobody := uuid.NewString()
	misspelt := disposablePrefix + nobody + "@" + a.domain
	a.run(t,
		a.step(invalidation(userID(misspelt), `ignore_not_found = true`), fails(`User Not Found`)),
		a.step(invalidation(userID(nobody)), fails(`User Not Found`)),
		a.step(invalidation(userID(nobody), `ignore_not_found = true`), action(plancheck.ResourceActionCreate),
			text("id", nobody), null("invalidated_at"), null("confirmed")),
	)
}

func TestAccUserID_respelledCallsNobody(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	steps := []resource.TestStep{a.step(invalidation(userID(ada.UserPrincipalName)))}
	for _, spelling := range []string{strings.ToUpper(ada.UserPrincipalName), ada.ID, "/users/" + ada.ID} {
		steps = append(steps, a.step(invalidation(userID(spelling)), action(plancheck.ResourceActionUpdate), a.keepsEvidence(ada), text("user_id", spelling)))
	}
	a.run(t, steps...)
	a.signedOut(t, ada, 1)
}

// step plans and applies a configuration.
func (a *acceptance) step(config string, options ...func(*resource.TestStep)) resource.TestStep {
	s := resource.TestStep{Config: config, PreConfig: func() {}}
	for _, option := range options {
		option(&s)
	}
	return s
}

// called checks which calls Graph has accepted on the user by the end of the step.
func (a *acceptance) called(p person, want ...string) func(*resource.TestStep) {
	return states(stateCheck(func(context.Context) error {
		var got []string
		for _, call := range a.calls(p.ID) {
			got = append(got, call.action)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("accepted calls on %s: %v, want %v", p.UserPrincipalName, got, want)
		}
		return nil
	}))
}

// signedOut checks how many calls Graph has accepted on the user.
func (a *acceptance) signedOut(t *testing.T, p person, want int) {
	t.Helper()
	if got := len(a.calls(p.ID)); got != want {
		t.Errorf("%s was signed out %d times, want %d", p.UserPrincipalName, got, want)
	}
}

// keepsEvidence checks that state holds the last accepted call on the user, and the instant that Graph shows.
func (a *acceptance) keepsEvidence(p person) func(*resource.TestStep) {
	last := func(check func(acceptedCall) error) error {
		calls := a.calls(p.ID)
		if len(calls) == 0 {
			return fmt.Errorf("no call on %s was accepted", p.UserPrincipalName)
		}
		return check(calls[len(calls)-1])
	}
	return func(s *resource.TestStep) {
		text("id", p.ID)(s)
		attribute("confirmed", knownvalue.Bool(true))(s)
		attribute("request_id", knownvalue.StringFunc(func(got string) error {
			return last(func(c acceptedCall) error { return differs("request_id", got, c.requestID) })
		}))(s)
		attribute("invalidated_at", knownvalue.StringFunc(func(got string) error {
			return last(func(c acceptedCall) error { return differs("invalidated_at", got, c.date.Format(time.RFC3339)) })
		}))(s)
		attribute(instantAttribute, knownvalue.StringFunc(func(got string) error {
			shown, err := a.stamp(context.Background(), p.ID)
			if err != nil {
				return err
			}
			instant, err := time.Parse(time.RFC3339, got)
			if err != nil {
				return err
			}
			if shown.ValidFrom == nil || !instant.Equal(*shown.ValidFrom) {
				return fmt.Errorf("%s is %s, Graph shows %s", instantAttribute, got, shown.ValidFrom)
			}
			return nil
		}))(s)
	}
}

func differs(attribute, got, want string) error {
	if got != want {
		return fmt.Errorf("%s is %s, want %s", attribute, got, want)
	}
	return nil
}

// stateCheck is a check of the tenant at the end of a step.
type stateCheck func(context.Context) error

func (c stateCheck) CheckState(ctx context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = c(ctx)
}

// instants are the values of an attribute from step to step.
type instants struct{ last time.Time }

// later checks that the value is an instant after the one of the step before.
func (i *instants) later() knownvalue.Check {
	return i.compared("after", func(instant time.Time) bool { return instant.After(i.last) })
}

// same checks that the value is the instant of the step before.
func (i *instants) same() knownvalue.Check {
	return i.compared("the same as", func(instant time.Time) bool { return instant.Equal(i.last) })
}

func (i *instants) compared(how string, holds func(time.Time) bool) knownvalue.Check {
	return knownvalue.StringFunc(func(value string) error {
		instant, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return err
		}
		if !holds(instant) {
			return fmt.Errorf("%s is not %s %s", value, how, i.last.Format(time.RFC3339))
		}
		i.last = instant
		return nil
	})
}
