// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// example is how one file of the examples is run. Its variables are given for the user robin@contoso.com.
type example struct {
	variables []string
	// calls is how often Robin is signed out by applying, destroys by destroying.
	calls, destroys int
	// invokes is the action that the example has, run by hand after it was applied, and invoked how often Robin is signed out by it.
	invokes string
	invoked int
	// identity is set where the CLI must know resource identity, actions where it must know those.
	identity, actions bool
	// more is configuration that the example leaves to the reader.
	more string
}

const (
	robinsID = "0b0a1d3e-7c2f-4f3e-9a53-5d6f2a1c8e47"
	// groupID is a group with Robin in it, through another group, and with the account of breakGlassID, which is never signed out.
	groupID      = "5f2b0c1e-9d34-4c1f-8a53-6b7e1d2f3a40"
	breakGlassID = "6b1f3c52-77a0-4a0e-9a6b-2d1c4e5f6071"
)

// The arguments of the examples with actions.
const (
	inGroup    = "group_id=" + groupID
	excluding  = `break_glass=["` + breakGlassID + `"]`
	inResearch = "department=R'n'D"
)

var examples = map[string]example{
	"provider/provider.tf": {
		variables: []string{"tenant_id=" + graphtest.TenantDomain, "client_id=CLIENT"}, calls: 1, more: invalidation(userID(robinsID)),
	},
	"resources/graph_user_token_invalidation/resource.tf":                       {variables: []string{"user_id=/users/" + robinsID}, calls: 1},
	"resources/graph_user_token_invalidation/resource_for_each.tf":              {variables: []string{`leavers={"robin@contoso.com"="INC-1201"}`}, calls: 1},
	"resources/graph_user_token_invalidation/resource_minimum_valid_from.tf":    {variables: []string{"user_id=robin@contoso.com"}, calls: 1},
	"resources/graph_user_token_invalidation/resource_invalidate_on_destroy.tf": {variables: []string{"user_id=" + robinsID}, calls: 1, destroys: 1},
	"resources/graph_user_token_invalidation/import-by-string-id.tf":            {variables: []string{"user_id=robin@contoso.com"}},
	"resources/graph_user_token_invalidation/import-by-identity.tf":             {variables: []string{"user_object_id=" + robinsID}, identity: true},

	"actions/graph_user_token_invalidation/action.tf": {
		variables: []string{`user_ids=["robin@contoso.com"]`}, actions: true, invokes: "now", invoked: 1,
	},
	"actions/graph_user_token_invalidation/action_group.tf": {
		variables: []string{inGroup, excluding, "minimum_valid_from=2026-03-01T12:00:00Z"}, actions: true, invokes: "incident", invoked: 1,
	},
	"actions/graph_user_token_invalidation/action_filter.tf": {
		variables: []string{inResearch}, actions: true, invokes: "department", invoked: 1,
	},
	"actions/graph_user_token_invalidation/action_trigger.tf": {
		variables: []string{"user_id=/users/" + robinsID}, actions: true, calls: 1, invokes: "leaver", invoked: 1,
	},

	"data-sources/graph_user/data-source.tf":         {variables: []string{"user_id=robin@contoso.com"}, calls: 1},
	"data-sources/graph_user/data-source_check.tf":   {variables: []string{"user_id=robin@contoso.com"}, calls: 1},
	"data-sources/graph_users/data-source.tf":        {variables: []string{inGroup}, calls: 1},
	"data-sources/graph_users/data-source_filter.tf": {variables: []string{inResearch}},
}

// newExampleTenant starts a tenant with the user, the group and the department that the examples are about.
func newExampleTenant(t *testing.T) (n *tenant, robin, breakGlass graphtest.User) {
	t.Helper()
	n = newGroupTenant(t, "User.RevokeSessions.All")
	robin, breakGlass = n.populate()
	return n, robin, breakGlass
}

// populate adds the people of the examples.
func (n *tenant) populate() (robin, breakGlass graphtest.User) {
	robin = n.AddUser(graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com", AccountEnabled: true, Department: "R'n'D"})
	breakGlass = n.AddUser(graphtest.User{ID: breakGlassID, UserPrincipalName: "break-glass@contoso.com", AccountEnabled: true})
	inner := n.AddGroup(graphtest.Group{DisplayName: "Payroll", Members: []string{robin.ID, n.AddDevice("laptop")}})
	n.AddGroup(graphtest.Group{ID: groupID, DisplayName: "Finance", Members: []string{inner.ID, breakGlass.ID}})
	return robin, breakGlass
}

// given are the values of Terraform's variables, as a workspace takes them.
func given(variables ...string) []string {
	values := make([]string, len(variables))
	for i, variable := range variables {
		values[i] = "TF_VAR_" + variable
	}
	return values
}

// Every example is complete: it applies as it stands, plans nothing afterwards, and destroys.
func TestExamples(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("../../examples")
	found := 0
	err := fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".tf" || strings.HasPrefix(name, "guides/") {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		run, ok := examples[name]
		if !ok {
			t.Errorf("nothing says how to run %s", name)
			return nil
		}
		found++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if run.identity {
				skipWithoutIdentity(t)
			}
			if run.actions {
				skipWithoutActions(t)
			}
			n, robin, breakGlass := newExampleTenant(t)
			w := n.workspace(t, string(content)+run.more)
			for _, variable := range given(run.variables...) {
				w.env = append(w.env, strings.ReplaceAll(variable, "CLIENT", n.app.ClientID))
			}
			if said := w.apply(); !run.actions { // A plan that invokes an action warns of it.
				omits(t, said, "Warning")
			}
			n.accepted(t, robin, run.calls)
			if run.invokes != "" {
				w.apply("-invoke=action.graph_user_token_invalidation." + run.invokes)
				n.accepted(t, robin, run.calls+run.invoked)
			}
			mentions(t, w.ok("plan"), "No changes.")
			w.ok("destroy", "-auto-approve")
			n.accepted(t, robin, run.calls+run.invoked+run.destroys)
			if !strings.HasSuffix(name, "graph_users/data-source.tf") { // Whose group has everybody in it.
				n.accepted(t, breakGlass, 0)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(examples) {
		t.Errorf("found %d examples, want %d", found, len(examples))
	}
}

// exampleWorkspace is a workspace with an example, whose variables have these values.
func (n *tenant) exampleWorkspace(t *testing.T, name string, variables ...string) *workspace {
	t.Helper()
	w := n.workspace(t, readExample(t, name))
	w.env = append(w.env, given(variables...)...)
	return w
}

// The action runs after what triggers it was created, and after it changed.
func TestExamples_actionTrigger(t *testing.T) {
	t.Parallel()
	skipWithoutActions(t)
	n, robin, _ := newExampleTenant(t)
	w := n.exampleWorkspace(t, "actions/graph_user_token_invalidation/action_trigger.tf", "user_id="+robinsID)
	for day, calls := range []int{1, 1, 2} {
		w.apply(fmt.Sprintf("-var=last_working_day=2026-04-%02d", 1+day/2))
		n.accepted(t, robin, calls)
	}
}

// Who joins the group is signed out, and who leaves it is not.
func TestExamples_members(t *testing.T) {
	t.Parallel()
	n, robin, breakGlass := newExampleTenant(t)
	w := n.exampleWorkspace(t, "data-sources/graph_users/data-source.tf", inGroup)
	w.apply()
	eve := n.addUser("eve@contoso.com")
	n.UpdateGroup(groupID, func(g *graphtest.Group) { g.Members = []string{breakGlass.ID, eve.ID} })
	mentions(t, w.apply(), "1 added, 0 changed, 1 destroyed")
	for _, user := range []graphtest.User{robin, breakGlass, eve} {
		n.accepted(t, user, 1)
	}
}

// A guest stops the plan, before the call.
func TestExamples_precondition(t *testing.T) {
	t.Parallel()
	n, robin, _ := newExampleTenant(t)
	n.UpdateUser(robin.ID, func(u *graphtest.User) { u.UserType = "Guest" })
	w := n.exampleWorkspace(t, "data-sources/graph_user/data-source.tf", "user_id=robin@contoso.com")
	mentions(t, w.fails("plan"), "Error: Resource precondition failed", "robin@contoso.com signs in at another tenant, and has sessions there.")
	n.accepted(t, robin, 0)
}

// Who has an older instant, or none, is listed, and who has not is not.
func TestExamples_whoIsNotSignedOut(t *testing.T) {
	t.Parallel()
	n, _, _ := newExampleTenant(t)
	for name, instant := range map[string]time.Time{"ada@contoso.com": graphtest.Epoch, "eve@contoso.com": graphtest.Epoch.Add(-time.Second)} {
		n.AddUser(graphtest.User{UserPrincipalName: name, AccountEnabled: true, Department: "R'n'D", RefreshTokensValidFromDateTime: &instant})
	}
	n.AddUser(graphtest.User{UserPrincipalName: "disabled@contoso.com", Department: "R'n'D"})
	said := n.exampleWorkspace(t, "data-sources/graph_users/data-source_filter.tf", inResearch).apply()
	mentions(t, said, "eve@contoso.com", "robin@contoso.com")
	omits(t, said, "ada@contoso.com", "disabled@contoso.com")
}

// readExample reads a file of the examples.
func readExample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../../examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The command in import.sh imports.
func TestExamples_importCommand(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(readExample(t, "resources/graph_user_token_invalidation/import.sh")) {
		arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "terraform ")
		if !ok {
			continue
		}
		n := newTenant(t)
		n.AddUser(graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com"})
		w := n.workspace(t, "resource \"graph_user_token_invalidation\" \"leaver\" {\n  user_id = \""+robinsID+"\"\n}\n")
		mentions(t, w.ok(strings.Fields(arguments)...), "Import successful!")
		n.sentExactly(t, get(robinsID), get(robinsID))
		return
	}
	t.Error("import.sh holds no terraform command")
}
