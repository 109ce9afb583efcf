// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// newIncident is a tenant on the wall clock, as the guide's commands take the instant from the machine's, and a workspace with the
// guide's configuration.
func newIncident(t *testing.T) (n *tenant, robin, sam, breakGlass graphtest.User, w *workspace) {
	t.Helper()
	skipWithoutActions(t)
	n = newRealTimeTenant(t, "")
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append(a.Roles, "GroupMember.Read.All") })
	n.setenv("ARM_CLIENT_ID", n.app.ClientID)
	n.setenv("ARM_CLIENT_SECRET", n.app.Secret)
	robin, breakGlass = n.populate()
	sam = n.AddUser(graphtest.User{UserPrincipalName: "sam_fabrikam.com#EXT#@contoso.onmicrosoft.com", UserType: "Guest"})
	n.UpdateGroup(groupID, func(g *graphtest.Group) { g.Members = append(g.Members, sam.ID) })
	return n, robin, sam, breakGlass, n.workspace(t, readExample(t, "guides/incident_response/group.tf"))
}

// script runs a shell script in the workspace, in which terraform is the CLI that is tested and somebody answers yes to its questions. It
// returns what was said after each of the script's terraform commands, in order, and the script's own error.
func (w *workspace) script(text string) (said []string, err error) {
	w.t.Helper()
	cli, err := terraformPath()
	if err != nil {
		w.t.Fatal(err)
	}
	bin := w.t.TempDir()
	const mark = "=====A COMMAND====="
	wrapper := "#!/bin/sh\necho '" + mark + "'\necho yes | exec '" + cli + "' \"$@\" 2>&1\n"
	if err := os.WriteFile(filepath.Join(bin, "terraform"), []byte(wrapper), 0o700); err != nil { //nolint:gosec // A program is executable.
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), w.hangs)
	defer cancel()
	command := exec.CommandContext(ctx, "sh", "-c", text)
	command.Dir, command.Env = w.dir, append(w.env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := command.CombinedOutput()
	for part := range strings.SplitSeq(string(output), mark) {
		said = append(said, oneLine(part))
	}
	return said[1:], err
}

// The commands of the guide, as they stand: who is affected, the rehearsal, the calls, and who is left.
func TestGuides_incidentResponse(t *testing.T) {
	t.Parallel()
	n, robin, sam, breakGlass, w := newIncident(t)
	said, err := w.script("set -e\n" + readExample(t, "guides/incident_response/sign_out.sh"))
	if err != nil || len(said) != 4 {
		t.Fatalf("%d commands, %v: %s", len(said), err, said)
	}
	mentions(t, said[0], "robin@contoso.com", sam.UserPrincipalName, "Warning: Check block assertion failed", "2 not signed out: ")
	omits(t, said[0], breakGlass.UserPrincipalName)
	mentions(t, said[1], "Warning: Signs Users Out", "calls invalidateAllRefreshTokens for 2 users", "Excluded: 1", "External, whose sessions at home live on: 1")
	mentions(t, said[2], "2 of 2 users signed out, 0 failed", "Warning: External Users' Home Sessions Live On")
	omits(t, said[1]+said[2], "Check block", "affected")
	omits(t, said[3], "Check block")
	n.accepted(t, robin, 1)
	n.accepted(t, sam, 1)
	n.accepted(t, breakGlass, 0)
}

// A run that failed for one user is repeated for that one alone.
func TestGuides_incidentResponseRepeated(t *testing.T) {
	t.Parallel()
	n, robin, sam, breakGlass, w := newIncident(t)
	n.Inject(graphtest.Fault{
		Match:  func(r *http.Request) bool { return graphtest.Action(r) && strings.Contains(r.URL.Path, robin.ID) },
		Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Access to invalidate refresh tokens operation is denied.", nil),
	})
	said, err := w.script(readExample(t, "guides/incident_response/sign_out.sh") + readExample(t, "guides/incident_response/repeat.sh"))
	if err != nil || len(said) != 5 {
		t.Fatalf("%d commands, %v: %s", len(said), err, said)
	}
	mentions(t, said[2], "Error: Token Invalidation Not Permitted", "Signed out: 1 of 2 users. Not signed out: 1.", "robin@contoso.com, "+robin.ID, "run it again with minimum_valid_from = ")
	mentions(t, said[3], "Check block assertion failed", "1 not signed out: robin@contoso.com")
	mentions(t, said[4], "Skipped, as minimum_valid_from is reached: 1", "1 of 1 user signed out, 0 failed")
	n.accepted(t, robin, 1)
	n.accepted(t, sam, 1)
	n.accepted(t, breakGlass, 0)
}

// Without actions, the resource does the same for each, and applying again calls nobody.
func TestGuides_incidentResponseWithoutActions(t *testing.T) {
	t.Parallel()
	n, robin, breakGlass := newExampleTenant(t)
	const file, since = "guides/incident_response/for_each.tf", "minimum_valid_from=2026-03-01T12:00:00Z"
	for _, spelling := range []string{breakGlass.ID, strings.ToUpper(breakGlass.ID), breakGlass.UserPrincipalName, "/users/" + breakGlass.ID} {
		w := n.exampleWorkspace(t, file, inGroup, `break_glass=["`+spelling+`"]`, since)
		w.apply()
		mentions(t, w.apply(), "No changes.")
	}
	mentions(t, n.exampleWorkspace(t, file, inGroup, `break_glass=["breakgalss@contoso.com"]`, since).fails("plan"), "Error: User Not Found", "breakgalss@contoso.com")
	n.accepted(t, robin, 1)
	n.accepted(t, breakGlass, 0)
}

// Every configuration and every command of the two guides is run by a test.
func TestGuides_everyFileIsRun(t *testing.T) {
	t.Parallel()
	var found []string
	for _, guide := range []string{"incident_response", "offboarding"} {
		files, err := filepath.Glob("../../examples/guides/" + guide + "/*")
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, files...)
	}
	ran := []string{
		"incident_response/for_each.tf", "incident_response/group.tf", "incident_response/repeat.sh", "incident_response/sign_out.sh",
		"offboarding/azuread_user.tf", "offboarding/leavers.csv", "offboarding/leavers_csv.tf",
	}
	var names []string
	for _, name := range found {
		if filepath.Ext(name) != ".kql" { // Nothing here runs a query.
			names = append(names, strings.TrimPrefix(filepath.ToSlash(name), "../../examples/guides/"))
		}
	}
	if strings.Join(names, " ") != strings.Join(ran, " ") {
		t.Errorf("the guides have %v, of which %v are run", names, ran)
	}
}
