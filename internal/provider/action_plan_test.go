// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
	"time"
)

// What can be told without a tenant is told by validate.
func TestAction_refusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	w := n.workspace(t, "")
	for arguments, says := range map[string][]string{
		`user_ids = ["me"]`:       {"Error: Invalid User", "user_ids = ", "cannot be me"},
		`user_ids = [""]`:         {"Error: Invalid User", "user_ids = "},
		`user_ids = ["a/b"]`:      {"Error: Invalid User", "user_ids = ", `not "a/b"`},
		`user_ids = [null]`:       {"user_ids = [null]", "null"},
		`group_ids = ["Finance"]`: {"Error: Invalid Group", "group_ids = "},
		`group_ids = [null]`:      {"group_ids = [null]", "null"},
		`filter = ""`:             {"filter = "},
		`max_users = 3`:           {"[user_ids,group_ids,filter]"},
		"filter = \"a eq 1\"\n    user_ids = [\"ada@contoso.com\"]":                        {"filter", "user_ids", "Invalid Attribute Combination"},
		"filter = \"a eq 1\"\n    group_ids = [\"" + robinsID + "\"]":                      {"filter", "group_ids", "Invalid Attribute Combination"},
		"user_ids = [\"ada@contoso.com\"]\n    exclude_user_ids = [\"me\"]":                {"exclude_user_ids = "},
		"user_ids = [\"ada@contoso.com\"]\n    max_users = 0":                              {"max_users = 0", "at least 1"},
		"user_ids = [\"ada@contoso.com\"]\n    graph_action = \"signOut\"":                 {"graph_action = ", "revokeSignInSessions"},
		"user_ids = [\"ada@contoso.com\"]\n    minimum_valid_from = \"yesterday\"":         {"minimum_valid_from = "},
		"user_ids = [\"ada@contoso.com\"]\n    timeouts {\n      invoke = \"0s\"\n    }":   {"Error: Invalid Timeout", `invoke = "0s"`},
		"user_ids = [\"ada@contoso.com\"]\n    timeouts {\n      invoke = \"soon\"\n    }": {`invoke = "soon"`},
	} {
		w.write(signOut(arguments))
		mentions(t, w.fails("validate"), says...)
	}
	n.sentExactly(t)
}

// late is a configuration of the action after whose plan alone its values are known, each as local.late.<name>.
const late = `
resource "terraform_data" "late" {
  input = {
    me     = "me"
    null   = null
    slash  = "a/b"
    empty  = ""
    zero   = 0
    zeros  = "0s"
    user   = "ada@contoso.com"
    filter = "department eq 'Finance'"
    ahead  = "2026-03-01T12:05:01Z"
  }
}
locals {
  late = terraform_data.late.output
}
resource "terraform_data" "leaver" {
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.graph_user_token_invalidation.test]
    }
  }
}
`

// Terraform does not validate what it learns after the plan. The action does, before it asks Graph for anything.
func TestAction_refusedWhenKnown(t *testing.T) {
	t.Parallel()
	for arguments, says := range map[string][]string{
		`user_ids = [local.late.me]`:                                                           {"Error: Invalid User", "Attribute: user_ids"},
		`user_ids = [local.late.null]`:                                                         {"Attribute: user_ids", "null"},
		`user_ids = [local.late.slash]`:                                                        {"Error: Invalid User", "Attribute: user_ids"},
		`user_ids = [local.late.empty]`:                                                        {"Error: Invalid User", "Attribute: user_ids"},
		`group_ids = [local.late.user]`:                                                        {"Error: Invalid Group", "Attribute: group_ids"},
		`filter = local.late.null`:                                                             {"[user_ids,group_ids,filter]"},
		"filter = local.late.filter\n    user_ids = [local.late.user]":                         {"Invalid Attribute Combination", "filter", "user_ids"},
		"filter = local.late.filter\n    group_ids = [\"" + robinsID + "\"]":                   {"Invalid Attribute Combination", "filter", "group_ids"},
		"user_ids = [local.late.user]\n    max_users = local.late.zero":                        {"Attribute: max_users", "at least 1"},
		"user_ids = [local.late.user]\n    graph_action = local.late.me":                       {"Attribute: graph_action"},
		"user_ids = [local.late.user]\n    minimum_valid_from = local.late.me":                 {"minimum_valid_from", "RFC3339"},
		"user_ids = [local.late.user]\n    minimum_valid_from = local.late.ahead":              {"Error: Instant in the Future", "minimum_valid_from"},
		"user_ids = [local.late.user]\n    timeouts {\n      invoke = local.late.zeros\n    }": {"Error: Invalid Timeout"},
	} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			n.addUser("ada@contoso.com")
			w := n.workspace(t, late+signOut(arguments))
			mentions(t, w.ok("plan"), "Actions: 1 to invoke.")
			mentions(t, w.fails("apply", "-auto-approve"), says...)
			n.sentExactly(t)
		})
	}
}

// Nor does it validate values of variables with the action.
func TestAction_refusedInVariables(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	w := n.workspace(t, "variable \"user_ids\" {\n  type = set(string)\n}\nvariable \"filter\" {\n  type    = string\n  default = null\n}\n"+
		signOut("user_ids = var.user_ids", "filter = var.filter"))
	mentions(t, w.fails("plan", invoke, `-var=user_ids=["a/b"]`), "Error: Invalid User", "user_ids")
	mentions(t, w.fails("plan", invoke, `-var=user_ids=[null]`), "null", "user_ids")
	mentions(t, w.fails("plan", invoke, `-var=user_ids=["ada@contoso.com"]`, "-var=filter=a eq 1"), "Invalid Attribute Combination", "user_ids", "filter")
	n.sentExactly(t)
}

// A plan rehearses: it says how many and who, and sends no call.
func TestAction_planSaysWho(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(7)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID)))
	said := w.ok("plan", invoke)
	mentions(t, said, "Warning: Signs Users Out", "calls invalidateAllRefreshTokens for 7 users: ", " and 2 more.")
	named := 0
	for _, user := range users {
		named += strings.Count(said, user.UserPrincipalName)
	}
	if named != 5 {
		t.Errorf("%d users are named, want 5: %s", named, said)
	}
	w.write(signOut(userIDs(users[0].ID, users[1].ID, "ghost@contoso.com")))
	mentions(t, w.ok("plan", invoke), "for 2 users: ", "Warning: Users Not Found", "Who does not exist, as things are now: 1 user.", "ghost@contoso.com")
	w.ok("plan")
	n.called(t)
}

// A user who is created in the same apply is not known at plan.
func TestAction_unknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, late+signOut("user_ids = [local.late.user]"))
	said := w.ok("plan")
	mentions(t, said, "Actions: 1 to invoke.")
	omits(t, said, "Warning")
	n.sentExactly(t)
	mentions(t, w.apply(), "1 of 1 user signed out, 0 failed.")
	n.called(t, ada)
}

// leaver is a configuration of a leaver whose change triggers the action.
func leaver(day, events, more string, arguments ...string) string {
	return `resource "terraform_data" "leaver" {
  input = "` + day + `"
  lifecycle {
    action_trigger {
      events  = [` + events + `]
      actions = [action.graph_user_token_invalidation.test]
      ` + more + `
    }
  }
}
` + signOut(arguments...)
}

func TestAction_triggeredByCreateAndUpdate(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	w := n.workspace(t, leaver("Friday", "after_create, after_update", "", userIDs(ada.ID)))
	mentions(t, w.ok("plan"), "for 1 user: ada@contoso.com.", "Actions: 1 to invoke.")
	n.called(t)
	mentions(t, w.apply(), "1 of 1 user signed out", "Actions: 1 invoked.")
	n.accepted(t, ada, 1)

	// The action has no state: what changes in it alone calls nobody.
	n.ForgetRequests()
	w.write(leaver("Friday", "after_create, after_update", "", userIDs(ada.ID, ben.ID), `graph_action = "revokeSignInSessions"`, "max_users = 7"))
	mentions(t, w.apply(), "No changes.")
	n.called(t)

	w.write(leaver("Monday", "after_create, after_update", "", userIDs(ada.ID, ben.ID)))
	mentions(t, w.apply(), "2 of 2 users signed out")
	n.called(t, ada, ben)
	w.ok("destroy", "-auto-approve")
	n.accepted(t, ada, 2)
	n.accepted(t, ben, 1)
}

func TestAction_triggeredBeforeDestroy(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	skipBefore(t, "1.16.0")
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, leaver("Friday", "before_destroy", "", userIDs(ada.ID)))
	w.apply()
	n.called(t)
	mentions(t, w.ok("destroy", "-auto-approve"), "1 of 1 user signed out")
	n.called(t, ada)
}

func TestAction_onFailure(t *testing.T) {
	t.Parallel()
	for _, onFailure := range []string{"taint", "continue"} {
		t.Run(onFailure, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			skipBefore(t, "1.16.0")
			ada := n.addUser("ada@contoso.com")
			n.Inject(failOnce(ada))
			w := n.workspace(t, leaver("Friday", "after_create", "on_failure = "+onFailure, userIDs(ada.ID)))
			if onFailure == "continue" {
				mentions(t, w.apply(), "Token Invalidation Not Permitted", "ada@contoso.com")
				mentions(t, w.apply(), "No changes.")
				n.accepted(t, ada, 0)
				return
			}
			mentions(t, w.fails("apply", "-auto-approve"), "Error: Token Invalidation Not Permitted", "ada@contoso.com")
			mentions(t, w.apply(), "terraform_data.leaver is tainted", "1 of 1 user signed out")
			n.accepted(t, ada, 1)
		})
	}
}

// Whoever repeats a plan some time later is told by the same rules.
func TestAction_savedPlan(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(2)
	group := n.addGroup(users[0])
	w := n.workspace(t, signOut(groupIDs(group.ID), "max_users = 1"))
	w.ok("plan", "-out=saved", invoke)
	n.clock.Advance(time.Hour)
	n.UpdateGroup(group.ID, addMember(users[1]))
	mentions(t, w.fails("apply", "saved"), "Error: Too Many Users Selected", "There are 2 users to sign out, and max_users allows 1.")
	n.called(t)
}
