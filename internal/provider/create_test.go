// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestUserTokenInvalidation_createSignsOutOnceAndKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID("ada@contoso.com"), `trigger = "2026-03"`)
	n.run(t,
		n.step(config,
			action(plancheck.ResourceActionCreate),
			n.sends(get("ada@contoso.com"), post(ada.ID), get(ada.ID)),
			text("id", ada.ID),
			text("user_id", "ada@contoso.com"),
			text("user_principal_name", "ada@contoso.com"),
			text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z"),
			text("invalidated_at", "2026-03-01T12:00:00Z"),
			attribute("request_id", knownvalue.StringFunc(isUUID)),
			attribute("confirmed", knownvalue.Bool(true)),
			text("graph_action", "invalidateAllRefreshTokens"),
			attribute("invalidate_on_destroy", knownvalue.Bool(false)),
			attribute("ignore_not_found", knownvalue.Bool(false)),
			text("trigger", "2026-03"),
		),
		n.step(config,
			before(func() { n.clock.Advance(time.Hour) }),
			action(plancheck.ResourceActionNoop),
			n.sends(get(ada.ID)),
		),
	)
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_createWithoutTrigger(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t, n.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionCreate),
		n.sends(get(ada.ID), post(ada.ID), get(ada.ID)), null("trigger"), null("minimum_valid_from")))
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_createByEverySpelling(t *testing.T) {
	t.Parallel()
	for name, upn := range map[string]string{
		"external":  "ada_fabrikam.com#EXT#@contoso.onmicrosoft.com",
		"dollar":    "$ada@contoso.com",
		"quote":     "o'hara@contoso.com",
		"plus":      "ada+sales@contoso.com",
		"percent":   "100%25@contoso.com",
		"non-ASCII": "zoë@contoso.com",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			user := n.addUser(upn)
			sent := upn
			if name == "quote" {
				sent = "o''hara@contoso.com"
			}
			n.run(t, n.step(invalidation(userID(upn)), n.sends(get(sent), post(user.ID), get(user.ID)),
				text("id", user.ID), text("user_principal_name", upn)))
			n.accepted(t, user, 1)
		})
	}
	t.Run("path", func(t *testing.T) {
		t.Parallel()
		n := newTenant(t)
		user := n.addUser("ada@contoso.com")
		n.run(t, n.step(invalidation(userID("/users/"+user.ID)), n.sends(get(user.ID), post(user.ID), get(user.ID)), text("id", user.ID)))
		n.accepted(t, user, 1)
	})
}

func TestUserTokenInvalidation_userIDRefusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	var steps []resource.TestStep
	for _, value := range []string{"", "/", "/users/", "/users/ada@contoso.com", "/groups/6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11", "ada/contoso", "users/6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11", " ", "ada@contoso.com "} {
		steps = append(steps, n.step(invalidation(userID(value)), fails(`Invalid User`), planOnly))
	}
	n.run(t, steps...)
	if sent := n.Requests(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestUserTokenInvalidation_everyReplyOfTheCall(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]graphtest.ActionReply{"200": graphtest.ReplyTrue, "204": graphtest.ReplyNoContent, "false": graphtest.ReplyFalse} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.addUser("ada@contoso.com")
			n.SetActionReply(reply)
			w := n.workspace(t, invalidation(userID(ada.ID)))
			said := w.apply()
			if name == "false" {
				mentions(t, said, "Call Answered With False", ada.ID)
			} else {
				omits(t, said, "Warning")
			}
			if state := w.state(); state.Tainted || state.Attributes["confirmed"] != true {
				t.Errorf("state is %v", state)
			}
			n.accepted(t, ada, 1)
		})
	}
}

func TestUserTokenInvalidation_revokeSignInSessions(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID("ada@contoso.com"), `graph_action = "revokeSignInSessions"`),
			n.sends("GET v1.0/users('ada@contoso.com')", "POST v1.0/users('"+ada.ID+"')/revokeSignInSessions", "GET v1.0/users('"+ada.ID+"')"),
			text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z")),
		n.step(invalidation(userID("ada@contoso.com")),
			action(plancheck.ResourceActionUpdate), n.sends("GET v1.0/users('"+ada.ID+"')")),
	)
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_unknownActionRefusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.run(t, n.step(invalidation(userID("ada@contoso.com"), `graph_action = "resetPassword"`), fails(`graph_action`), planOnly))
}

func TestUserTokenInvalidation_inPlaceArgumentsCallNothing(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.run(t,
		n.step(invalidation(userID(ada.ID), `trigger = 1`)),
		n.step(invalidation(userID(ada.ID), `trigger = 1`, `ignore_not_found = true`, `graph_action = "revokeSignInSessions"`,
			`timeouts { create = "1m" }`),
			before(func() { n.clock.Advance(time.Hour) }),
			action(plancheck.ResourceActionUpdate), n.sends(get(ada.ID)),
			text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z"), text("invalidated_at", "2026-03-01T12:00:00Z")),
	)
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_lostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.ResetAfterWork()})
	n.run(t, n.step(invalidation(userID(ada.ID)), n.sends(get(ada.ID), post(ada.ID), post(ada.ID), get(ada.ID)),
		attribute("confirmed", knownvalue.Bool(true))))
	n.accepted(t, ada, 2)
}

func TestUserTokenInvalidation_throttledCallIsWaitedFor(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: 2, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.",
		http.Header{"Retry-After": {"315"}})})
	n.run(t, n.step(invalidation(userID(ada.ID)), n.sends(get(ada.ID), post(ada.ID), post(ada.ID), post(ada.ID), get(ada.ID)),
		text("invalidated_at", "2026-03-01T12:10:30Z")))
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_busyForLongerThanAllowed(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.",
		http.Header{"Retry-After": {"60"}})})
	w := n.workspace(t, invalidation(userID(ada.ID), `timeouts { create = "150s" }`))
	mentions(t, w.fails("apply", "-auto-approve"), "Microsoft Graph Busy", "Raise timeouts.create", "Status code: 429", "Error code: TooManyRequests",
		"Message: Please retry again later.", "Tries: 3 in 2m30s", "Request ID: ")
	if state := w.state(); state != nil {
		t.Errorf("a call that was never accepted is in state: %v", state)
	}
	n.accepted(t, ada, 0)
}

func TestUserTokenInvalidation_replicaLagIsWaitedFor(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.SetReplicaLag(5 * time.Second)
	n.run(t, n.step(invalidation(userID(ada.ID)),
		n.sends(get(ada.ID), post(ada.ID), get(ada.ID), get(ada.ID), get(ada.ID), get(ada.ID)), // after 0, 1, 3 and 7 s
		attribute("confirmed", knownvalue.Bool(true)), text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z")))
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_neverStampedUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.AddUser(graphtest.User{UserPrincipalName: "ada@contoso.com"})
	n.SetReplicaLag(time.Second)
	n.run(t, n.step(invalidation(userID(ada.ID)), attribute("confirmed", knownvalue.Bool(true)),
		n.sends(get(ada.ID), post(ada.ID), get(ada.ID), get(ada.ID)),
		text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z")))
}

func TestUserTokenInvalidation_unconfirmedCallIsSavedAndNotRepeated(t *testing.T) {
	t.Parallel()
	forbidden := graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", nil)
	unavailable := graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil)
	notFound := graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.", nil)
	for name, test := range map[string]struct {
		lag   time.Duration
		fault graphtest.Fault
		says  string
		shown any
	}{
		"a replica that lags":  {lag: time.Hour, says: "Microsoft Graph has not shown the new instant yet", shown: "2025-03-01T12:00:00Z"},
		"not permitted":        {fault: graphtest.Fault{First: 2, Times: -1, Effect: forbidden}, says: "It needs the permission User.Read.All", shown: nil},
		"an unavailable Graph": {fault: graphtest.Fault{First: 2, Times: -1, Effect: unavailable}, says: "Status code: 503", shown: nil},
		"gone since":           {fault: graphtest.Fault{First: 2, Times: -1, Effect: notFound}, says: "Status code: 404", shown: nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			ada := n.addUser("ada@contoso.com")
			n.SetReplicaLag(test.lag)
			if test.fault.Effect != nil {
				test.fault.Match = graphtest.Get
				n.Inject(test.fault)
			}
			w := n.workspace(t, invalidation(userID(ada.ID), `trigger = 1`))
			said := w.apply()
			mentions(t, said, "Warning: Invalidation Not Confirmed", "confirmed = false", test.says)
			omits(t, said, "Error:")
			state := w.state()
			if state.Tainted || state.Attributes["confirmed"] != false || state.Attributes["invalidated_at"] != "2026-03-01T12:00:00Z" ||
				state.Attributes["refresh_tokens_valid_from_date_time"] != test.shown {
				t.Errorf("state is %+v", state)
			}
			mentions(t, w.apply("-refresh=false"), "No changes.")
			n.accepted(t, ada, 1)
		})
	}
}

func TestUserTokenInvalidation_laterRefreshConfirms(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.SetReplicaLag(time.Hour)
	config := invalidation(userID(ada.ID), `trigger = 1`)
	n.run(t,
		n.step(config, attribute("confirmed", knownvalue.Bool(false)), text("refresh_tokens_valid_from_date_time", "2025-03-01T12:00:00Z")),
		n.step(config, before(func() { n.clock.Advance(time.Minute) }),
			action(plancheck.ResourceActionNoop), attribute("confirmed", knownvalue.Bool(false))),
		n.step(config, before(func() { n.clock.Advance(time.Hour) }),
			action(plancheck.ResourceActionNoop)),
		n.step(config, attribute("confirmed", knownvalue.Bool(true)), text("refresh_tokens_valid_from_date_time", "2026-03-01T12:00:00Z")),
	)
	n.accepted(t, ada, 1)
}

func TestUserTokenInvalidation_externalUser(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]graphtest.User{
		"by name": {UserPrincipalName: "ada_fabrikam.com#EXT#@contoso.onmicrosoft.com", UserType: "Member"},
		"by type": {UserPrincipalName: "ada@contoso.com", UserType: "Guest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			user := n.AddUser(user)
			w := n.workspace(t, invalidation(userID(user.ID)))
			mentions(t, w.apply(), "Warning: External User's Home Sessions Live On", user.UserPrincipalName)
			n.accepted(t, user, 1)
		})
	}
}

func TestUserTokenInvalidation_replacedWhenTainted(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	config := invalidation(userID(ada.ID))
	n.run(t,
		n.step(config),
		n.step(config, func(s *resource.TestStep) { s.Taint = []string{address} },
			before(func() { n.clock.Advance(time.Minute) }),
			action(plancheck.ResourceActionReplace),
			n.sends(get(ada.ID), get(ada.ID), post(ada.ID), get(ada.ID)), text("invalidated_at", "2026-03-01T12:01:00Z")),
	)
	n.accepted(t, ada, 2)
}

// fails expects the step to fail with an error that matches.
func fails(pattern string) func(*resource.TestStep) {
	return func(s *resource.TestStep) { s.ExpectError = regexp.MustCompile(pattern) }
}

// planOnly keeps a step from applying.
func planOnly(s *resource.TestStep) { s.PlanOnly = true }

// nonEmptyPlan expects a plan that changes something.
func nonEmptyPlan(s *resource.TestStep) { s.ExpectNonEmptyPlan = true }
