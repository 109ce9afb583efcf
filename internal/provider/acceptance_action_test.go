// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// invoked is a configuration that runs the action with these arguments, once for each value of run.
func invoked(run int, arguments ...string) string {
	return fmt.Sprintf(`resource "terraform_data" "run" {
  input = %d

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.graph_user_token_invalidation.test]
    }
  }
}

action "graph_user_token_invalidation" "test" {
  config {
    %s
  }
}
`, run, strings.Join(arguments, "\n    "))
}

func TestAccAction_signsOutAllButTheExcluded(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	skipWithoutActions(t)
	ada, ben, eve := a.addUser(t), a.addUser(t), a.addUser(t)
	users := fmt.Sprintf("user_ids = [%q, %q, %q]", ada.UserPrincipalName, ben.ID, "/users/"+eve.ID)
	excluded := fmt.Sprintf("exclude_user_ids = [%q]", eve.UserPrincipalName)
	a.run(t,
		a.step(invoked(1, users, excluded),
			a.called(ada, "invalidateAllRefreshTokens"), a.called(ben, "invalidateAllRefreshTokens"), a.called(eve)),
		// Everybody is done: nobody is called.
		a.step(invoked(2, users, excluded, minimum(time.Now().UTC().Add(-time.Hour).Format(time.RFC3339))),
			a.called(ada, "invalidateAllRefreshTokens"), a.called(ben, "invalidateAllRefreshTokens"), a.called(eve)),
		a.step(invoked(3, fmt.Sprintf("filter = \"userPrincipalName eq '%s'\"", ada.UserPrincipalName), `graph_action = "revokeSignInSessions"`),
			before(func() { a.listed(t, ada) }),
			a.called(ada, "invalidateAllRefreshTokens", "revokeSignInSessions"), a.called(ben, "invalidateAllRefreshTokens"), a.called(eve)),
	)
}

func TestAccAction_refusesBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	skipWithoutActions(t)
	ada, ben := a.addUser(t), a.addUser(t)
	users := fmt.Sprintf("user_ids = [%q, %q]", ada.ID, ben.ID)
	a.run(t,
		a.step(invoked(1, users, `max_users = 1`), fails(`Too Many Users Selected`)),
		a.step(invoked(1, users, fmt.Sprintf("exclude_user_ids = [%q]", "misspelt-"+ada.UserPrincipalName)), fails(`Excluded User Not Found`)),
	)
	a.signedOut(t, ada, 0)
	a.signedOut(t, ben, 0)
}
