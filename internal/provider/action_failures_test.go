// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// What goes wrong with one user stops nobody else. The run fails with who was not signed out and why, and can be repeated for those.
func TestAction_partialFailures(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(45)
	forbidden, missing, throttled := users[3], users[21], users[40]
	n.refuses(denied(), forbidden)
	n.refuses(gone(), missing)
	n.refuses(busyFor(420), throttled)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "timeouts {\n      invoke = \"30m\"\n    }"))
	n.ForgetRequests()
	said := w.invokeFails()
	mentions(t, said, "Error: Users Not Signed Out", "Signed out: 42 of 45 users. Not signed out: 3.", `run it again with minimum_valid_from = "2026-03-01T12:00:00Z"`,
		"Token Invalidation Not Permitted: 1 user "+forbidden.UserPrincipalName+", "+forbidden.ID,
		"User Not Found: 1 user "+missing.UserPrincipalName+", "+missing.ID,
		"Microsoft Graph Busy: 1 user "+throttled.UserPrincipalName+", "+throttled.ID, "Raise timeouts.invoke",
		"42 of 45 users signed out, 3 failed.")
	failed := map[string]bool{forbidden.ID: true, missing.ID: true, throttled.ID: true}
	var others []graphtest.User
	for _, user := range users {
		if !failed[user.ID] {
			others = append(others, user)
			omits(t, said[strings.Index(said, "Error: "):], user.ID)
		}
	}
	n.calledAndAccepted(t, others...)
	for _, user := range others {
		n.accepted(t, user, 1)
	}

	n.ForgetRequests()
	w.write(signOut(groupIDs(n.addGroup(users...).ID), minimum("2026-03-01T12:00:00Z"), "timeouts {\n      invoke = \"5m\"\n    }"))
	mentions(t, w.invokeFails(), "Signed out: 0 of 3 users. Not signed out: 3.")
	for _, c := range n.calls(t) {
		if !failed[c.key] {
			t.Errorf("%s was called again", c.key)
		}
	}
}

// A permission that is missing is missing for everybody: the first batch tells.
func TestAction_missingPermissionStopsAfterTheFirstBatch(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t, "User.Read.All", "GroupMember.Read.All")
	users := n.addUsers(60)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID)))
	said := w.invokeFails()
	mentions(t, said, "Error: Token Invalidation Not Permitted", "It needs the permission User.RevokeSessions.All.", "Signed out: 0 of 60 users. Not signed out: 60.",
		"Token Invalidation Not Permitted: 20 users", "Not called: 40 users, because of what went wrong with others.", "Once the cause is gone, run it again.")
	if calls := n.calls(t); len(calls) != 20 {
		t.Errorf("%d calls, want 20", len(calls))
	}
}

// One user who may not be signed out says nothing of the others, though the service was too busy for them at first.
func TestAction_oneForbiddenAmongBusyStopsNobody(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(60)
	n.refuses(denied(), users[7])
	seen := make(map[string]bool)
	others := callsFor(append(users[:7:7], users[8:]...)...)
	n.Inject(graphtest.Fault{Match: func(r *http.Request) bool {
		first := others(r) && !seen[r.URL.Path]
		seen[r.URL.Path] = true
		return first
	}, Times: -1, Effect: busyFor(3)})
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID)))
	mentions(t, w.invokeFails(), "Signed out: 59 of 60 users. Not signed out: 1.")
	n.calledAndAccepted(t, append(users[:7:7], users[8:]...)...)
}

// What has nothing to do with a user ends the run.
func TestAction_concernsEverybody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		effect graphtest.Effect
		says   []string
	}{
		"the token is refused": {
			graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil),
			[]string{"Error: Access Token Refused", "Sign-in method: client secret"},
		},
		"the beta call is not served": {
			graphtest.GraphError(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.", nil),
			[]string{"Error: Beta Call Not Available", `graph_action = "revokeSignInSessions"`},
		},
		"the beta call is gone": {
			graphtest.GraphError(http.StatusBadRequest, "BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'.", nil),
			[]string{"Error: Beta Call Not Available", `graph_action = "revokeSignInSessions"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			users := n.addUsers(60)
			n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: test.effect})
			w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID)))
			said := w.invokeFails()
			mentions(t, said, test.says...)
			mentions(t, said, "Signed out: 0 of 60 users. Not signed out: 60.", "Not called: 40 users, because of what went wrong with others.")
			called := make(map[string]bool)
			for _, c := range n.calls(t) {
				called[c.key] = true
			}
			if len(called) != 20 {
				t.Errorf("%d users were called, want 20", len(called))
			}
		})
	}
}

// Without continue_on_error, the first failure ends the run.
func TestAction_stopsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(60)
	n.refuses(denied(), users[5])
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "continue_on_error = false"))
	mentions(t, w.invokeFails(), "Error: Token Invalidation Not Permitted", users[5].UserPrincipalName+", "+users[5].ID,
		"Signed out: 19 of 60 users. Not signed out: 41.", "Not called: 40 users, because of what went wrong with others.")
	n.called(t, users[:20]...)
	w.write(signOut(userIDs(users[0].ID, "ghost@contoso.com"), "continue_on_error = false"))
	n.ForgetRequests()
	mentions(t, w.invokeFails(), "Error: User Not Found", "Signed out: 0 of 2 users. Not signed out: 2.", "ghost@contoso.com", "Not called: 1 user")
	n.called(t)
}

// A call that the service was too busy for is told as that, where the run is stopped before it is made again.
func TestAction_stoppedBeforeAnotherTry(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(20)
	n.refuses(denied(), users[0])
	n.refuses(busyFor(60), users[1])
	w := n.workspace(t, signOut(userIDs(ids(users...)...), "continue_on_error = false"))
	said := w.invokeFails()
	mentions(t, said, "Signed out: 18 of 20 users. Not signed out: 2.", "Microsoft Graph Busy: 1 user "+users[1].UserPrincipalName, "not tried again because of what went wrong with others")
	omits(t, said, "Unexpected Answer")
	n.calledAndAccepted(t, users[2:]...)
	if now := n.clock.Now(); !now.Equal(graphtest.Epoch) {
		t.Errorf("the run waited until %s", now)
	}
}

func TestAction_ignoreNotFound(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	n.Inject(graphtest.Fault{Match: callBatch, Effect: func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		n.DeleteUser(users[2].ID) // Between the selection and the call.
		service.ServeHTTP(w, r)
	}})
	w := n.workspace(t, signOut(userIDs(append(ids(users...), "ghost@contoso.com")...), "ignore_not_found = true"))
	said := w.invoke()
	mentions(t, said, "Passed over, as they do not exist: ghost@contoso.com", "Warning: Users Passed Over", "Passed over, because ignore_not_found is set: 2 users.",
		users[2].UserPrincipalName+", "+users[2].ID)
	n.calledAndAccepted(t, users[:2]...)

	// Where nobody exists, nothing was passed over: the names are wrong.
	w.write(signOut(userIDs(users[2].ID), "ignore_not_found = true"))
	n.ForgetRequests()
	mentions(t, w.invokeFails(), "Error: Nobody Signed Out", "Not found: 1", "Passed over, because ignore_not_found is set: 1 user.")
	n.called(t)

	w.write(signOut(userIDs(users[2].ID, users[1].ID)))
	mentions(t, w.invokeFails(), "Error: User Not Found", "Signed out: 1 of 2 users. Not signed out: 1.", users[2].ID)
	n.called(t, users[1])
}

// Of each cause, twenty users are named.
func TestAction_manyFailuresOfOneCause(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(45)
	n.refuses(denied(), users[:23]...)
	n.refuses(gone(), users[23:25]...)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(append(users[23:], users[:23]...)...).ID)))
	said := w.invokeFails()
	mentions(t, said, "Signed out: 20 of 45 users. Not signed out: 25.", "Token Invalidation Not Permitted: 23 users", "and 3 more", "User Not Found: 2 users")
	report := said[strings.Index(said, "Error: "):]
	if strings.Index(report, "Token Invalidation Not Permitted: ") > strings.Index(report, "User Not Found: ") {
		t.Errorf("the most frequent cause is not told first: %s", report)
	}
	if named := strings.Count(report, "@contoso.com, "); named != 22 {
		t.Errorf("%d users are named, want 22: %s", named, report)
	}
}

// Who was not called when the time was up is counted.
func TestAction_timeUsedUp(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(200)
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 20, PerSecond: 0.01}})
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "max_users = 200", "timeouts {\n      invoke = \"60s\"\n    }"))
	said := w.invokeFails()
	called := make(map[string]bool)
	for _, c := range n.calls(t) {
		called[c.key] = true
	}
	mentions(t, said, "Signed out: 20 of 200 users. Not signed out: 180.", "minimum_valid_from = ", fmt.Sprintf("Microsoft Graph Busy: %d users", len(called)-20),
		fmt.Sprintf("Not called: %d users, because the time was used up; raise timeouts.invoke.", 200-len(called)))
	if waited := n.clock.Now().Sub(graphtest.Epoch); waited != time.Minute {
		t.Errorf("the run took %s", waited)
	}
}

// A batch that is refused as a whole has nothing to do with the users in it: it ends the run, whatever its status, and nobody passes for
// one who does not exist.
func TestAction_refusedBatch(t *testing.T) {
	t.Parallel()
	page := graphtest.Respond(http.StatusNotFound, http.Header{"Content-Type": {"text/html"}}, "<html>Not Found</html>")
	for name, test := range map[string]struct {
		effect graphtest.Effect
		says   string
	}{
		"by a proxy that finds nothing": {page, "Status code: 404 Not Found"},
		"as it is":                      {graphtest.GraphError(http.StatusBadRequest, "BadRequest", "Invalid batch payload format.", nil), "Invalid batch payload format."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			users := n.addUsers(65)
			w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "ignore_not_found = true"))
			n.Inject(graphtest.Fault{Match: callBatch, Times: -1, Effect: test.effect})
			said := w.invokeFails()
			mentions(t, said, "Error: Unexpected Answer from Microsoft Graph", "Signed out: 0 of 65 users. Not signed out: 65.",
				"Calling invalidateAllRefreshTokens for a batch of users failed", test.says, "Not called: 45 users")
			omits(t, said, "Passed over", "Not Found: ")
		})
	}
}

// So does a batch of reads, before anybody is called: an excluded account is not taken for a misspelt one.
func TestAction_refusedBatchOfReads(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	w := n.workspace(t, signOut(userIDs(users[0].ID), exclude(users[1].ID), "ignore_not_found = true"))
	n.Inject(graphtest.Fault{Match: graphtest.Batch, Times: -1, Effect: graphtest.Respond(http.StatusNotFound, http.Header{"Content-Type": {"text/html"}}, "<html>Not Found</html>")})
	said := w.invokeFails()
	mentions(t, said, "Reading a batch of users failed", "Status code: 404 Not Found")
	omits(t, said, "Excluded User Not Found")
	n.called(t)
}

// A call whose segment is not known is not served, whatever the status.
func TestAction_callNotServedWith404(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(45)
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: graphtest.GraphError(http.StatusNotFound, "BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'.", nil)})
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "ignore_not_found = true"))
	mentions(t, w.invokeFails(), "Error: Beta Call Not Available", "revokeSignInSessions", "Not called: 25 users")
}

// Failures of one kind with different codes are told each.
func TestAction_causesAreToldByCode(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(4)
	for i, code := range []string{"CodeOne", "CodeOne", "CodeTwo"} {
		n.Inject(graphtest.Fault{Match: callsFor(users[i]), Effect: graphtest.GraphError(http.StatusBadRequest, code, "The message of "+code+".", nil)})
	}
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	mentions(t, w.invokeFails(), "Error: Users Not Signed Out", "The message of CodeOne.", "The message of CodeTwo.", "Microsoft Graph: 2 users", "Microsoft Graph: 1 user")
}

// Where no answer came, somebody may be signed out all the same: a repetition is told by its instant.
func TestAction_lostAnswersAreRepeatedByTheirInstant(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "timeouts {\n  invoke = \"1m\"\n}"))
	n.Inject(graphtest.Fault{Match: callBatch, Times: -1, Effect: graphtest.ResetAfterWork()})
	said := w.invokeFails()
	mentions(t, said, "Signed out: 0 of 3 users.", `run it again with minimum_valid_from = "2026-03-01T12:00:00Z"`, "It may have been carried out all the same")
	omits(t, said, "apply fewer users", "the next apply")
}

// An instant ahead of Graph's clock is reached by nobody: the run warns, and names one that can be reached.
func TestAction_minimumAheadOfGraph(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	n.Inject(graphtest.Fault{Match: callsFor(users[1]), Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Denied.", nil)})
	group := groupIDs(n.addGroup(users...).ID)
	w := n.workspace(t, signOut(group, `minimum_valid_from = "2026-03-01T12:04:30Z"`))
	said := w.invokeFails()
	mentions(t, said, "Warning: Instant Ahead of Microsoft Graph", `run it again with minimum_valid_from = "2026-03-01T12:00:00Z"`)
	w.write(signOut(group, `minimum_valid_from = "2026-03-01T12:00:00Z"`))
	n.ForgetRequests()
	w.invoke()
	n.called(t, users[1])
}

// A run that has nothing to do says so.
func TestAction_nobodyIsLeft(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	w := n.workspace(t, signOut(userIDs(ids(users...)...), `minimum_valid_from = "2020-01-01T00:00:00Z"`))
	mentions(t, w.invoke(), "Nobody is left to sign out: 2 users skipped, as minimum_valid_from is reached.")
	n.called(t)
}

// Users are counted once, however they are spelled, and of the excluded those who were selected.
func TestAction_countsUsersOnce(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	nobody := "1D4B7B61-66B4-4a0c-9b0e-0d8d8a7c2b11"
	w := n.workspace(t, signOut(userIDs(users[0].ID, users[1].ID, "nobody@contoso.com", "NOBODY@contoso.com", nobody, "/users/"+strings.ToLower(nobody)), exclude(users[1].ID, users[2].ID)))
	mentions(t, w.invokeFails(), "Excluded: 1", "Signed out: 1 of 3 users. Not signed out: 2.")
}

// A user whom a lagging replica does not know by name, and a group has, exists.
func TestAction_namedUserWhomAGroupHas(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	n.Inject(graphtest.Fault{Match: func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, users[0].ID)
	}, Times: -1, Effect: gone()})
	w := n.workspace(t, signOut(userIDs(users[0].ID), groupIDs(n.addGroup(users...).ID), "ignore_not_found = true"))
	said := w.invoke()
	mentions(t, said, "2 of 2 users signed out, 0 failed.")
	omits(t, said, "passed over", "Not found")
	n.called(t, users...)
}

// A part of a second is part of the instant to repeat with.
func TestAction_repeatedByTheWholeInstant(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	n.refuses(denied(), users[1])
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), `minimum_valid_from = "2026-03-01T11:00:00.9Z"`))
	mentions(t, w.invokeFails(), `run it again with minimum_valid_from = "2026-03-01T11:00:00.9Z"`)
}
