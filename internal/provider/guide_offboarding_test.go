// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

// Whichever way somebody leaves, the account is disabled or deleted and its sessions are ended in the order that the guide gives.
func TestGuides_offboardingBesideAzureadUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	calls := n.watchAccounts()
	w, _ := n.besideAzuread(t)
	for _, change := range []struct {
		what, employed string
		// calls tell of each call whether the account was enabled at that time.
		calls []bool
	}{
		{"robin works here", "true", []bool{true}},
		{"nothing changes", "true", nil},
		{"robin leaves", "false", []bool{true, false}},
		{"nothing changes", "false", nil},
		{"robin is back", "true", []bool{false, true}},
		{"robin leaves again", "false", []bool{true, false}},
	} {
		n.clock.Advance(time.Hour)
		w.apply("-var=employed=" + change.employed)
		if got := calls.taken(); !slices.Equal(got, change.calls) {
			t.Errorf("%s: calls for an account that was enabled: %v, want %v", change.what, got, change.calls)
		}
	}
	mentions(t, w.ok("output", "signed_out"), n.clock.Now().Format(time.RFC3339))

	// The account is deleted after its sessions were ended.
	robin := strings.TrimPrefix(fmt.Sprint(w.instance("azuread_user.robin").Attributes["id"]), "/users/")
	w.ok("destroy", "-auto-approve", "-var=employed=false")
	if got := calls.taken(); !slices.Equal(got, []bool{false}) {
		t.Errorf("deleted: calls for an account that was enabled: %v, want [false]", got)
	}
	if _, exists := n.User(robin); exists {
		t.Error("the account was not deleted")
	}
	if calls.deleted() {
		t.Error("the account was deleted before its sessions were ended")
	}
}

// Who works here is adopted without a call, and signed out when the blocks are removed, before the account is deleted.
func TestGuides_offboardingAdopted(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	robin := n.AddUser(graphtest.User{UserPrincipalName: "robin@contoso.com", DisplayName: "Robin Leaver", AccountEnabled: true})
	calls := n.watchAccounts()
	w, _ := n.besideAzuread(t)
	w.env = append(w.env, "TF_VAR_employed=true")
	w.ok("import", "azuread_user.robin", "/users/"+robin.ID)
	w.ok("import", "graph_user_token_invalidation.robin", robin.ID)
	mentions(t, w.apply(), "Warning: Trigger Recorded, Nobody Signed Out")
	mentions(t, w.ok("plan"), "No changes.")
	if got := calls.taken(); len(got) > 0 {
		t.Errorf("%d calls for somebody who was adopted", len(got))
	}
	config := readExample(t, "guides/offboarding/azuread_user.tf")
	w.write(config[:strings.Index(config, "variable ")])
	w.apply()
	if got := calls.taken(); !slices.Equal(got, []bool{true}) || calls.deleted() {
		t.Errorf("removed: calls for an account that was enabled: %v, want [true], before it is deleted", got)
	}
	if _, exists := n.User(robin.ID); exists {
		t.Error("the account was not deleted")
	}
}

// Where disabling fails, the call that counts is not made, and the next apply makes it.
func TestGuides_offboardingWhereDisablingFails(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	calls := n.watchAccounts()
	w, refused := n.besideAzuread(t)
	w.apply("-var=employed=true")
	calls.taken()
	refused.Store(true)
	mentions(t, w.fails("apply", "-auto-approve", "-var=employed=false"), "Error: Insufficient Privileges")
	if got := calls.taken(); slices.Contains(got, false) || len(got) > 1 {
		t.Errorf("calls for an account that was enabled: %v, want [true] at most", got)
	}
	refused.Store(false)
	w.apply("-var=employed=false")
	if got := calls.taken(); len(got) == 0 || got[len(got)-1] {
		t.Errorf("calls for an account that was enabled: %v, want the last one for one that is disabled", got)
	}
}

// besideAzuread is a workspace with the guide's configuration, and the switch that keeps its azuread from changing users.
func (n *tenant) besideAzuread(t *testing.T) (w *workspace, refused *atomic.Bool) {
	t.Helper()
	refused = &atomic.Bool{}
	providers := reattachments(t, map[string]func() tfprotov6.ProviderServer{
		"seed-7dc6cf1c/graph": provider.NewServer("test", n.runtime()),
		"hashicorp/azuread":   providerserver.NewProtocol6(azuread{n.Server, refused}),
	})
	return newWorkspace(t, readExample(t, "guides/offboarding/azuread_user.tf"), "TF_REATTACH_PROVIDERS="+providers, "TF_VAR_password=told~to~nobody"), refused
}

// watched tells of each call whether the account was enabled when it was made.
type watched struct {
	mu      sync.Mutex
	enabled []bool
	missing bool
}

// watchAccounts looks at the account of each call that is made from now on.
func (n *tenant) watchAccounts() *watched {
	w := &watched{}
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: func(answer http.ResponseWriter, r *http.Request, next http.Handler) {
		_, rest, _ := strings.Cut(r.URL.Path, "('")
		id, _, _ := strings.Cut(rest, "')")
		user, exists := n.User(id)
		w.mu.Lock()
		w.enabled = append(w.enabled, user.AccountEnabled)
		w.missing = w.missing || !exists
		w.mu.Unlock()
		next.ServeHTTP(answer, r)
	}})
	return w
}

// taken are the calls since it was last asked.
func (w *watched) taken() []bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.enabled
	w.enabled = nil
	return taken
}

// deleted reports whether a call was made for an account that was gone.
func (w *watched) deleted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.missing
}

// Who has left by now is signed out, once; who leaves later is not.
func TestGuides_offboardingFromAList(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.clock.Advance(time.Since(graphtest.Epoch)) // plantimestamp is that of the machine.
	list := readExample(t, "guides/offboarding/leavers.csv")
	rows, err := csv.NewReader(strings.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]graphtest.User{}
	for _, name := range []string{"robin@contoso.com", "sam@contoso.com", "ada@contoso.com", "eve@contoso.com"} {
		people[name] = n.AddUser(graphtest.User{UserPrincipalName: name})
	}
	w := n.workspace(t, readExample(t, "guides/offboarding/leavers_csv.tf"))
	apply := func(list string) {
		if err := os.WriteFile(filepath.Join(w.dir, "leavers.csv"), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		w.apply()
		mentions(t, w.ok("plan"), "No changes.")
	}
	apply(list)
	want := map[string]int{}
	for _, row := range rows[1:] {
		leftAt, err := time.Parse(time.RFC3339, row[1])
		if err != nil {
			t.Fatal(err)
		}
		if !leftAt.After(time.Now()) {
			want[row[0]] = 1
		}
	}
	check := func(when string) {
		for name, user := range people {
			if got := len(n.Invalidations(user.ID)); got != want[name] {
				t.Errorf("%s: %s was signed out %d times, want %d", when, name, got, want[name])
			}
		}
	}
	check("as it stands")

	list += "ada@contoso.com,2020-01-31T16:00:00Z\neve@contoso.com,2999-12-31T16:00:00Z\n"
	want["ada@contoso.com"] = 1
	apply(list)
	check("with two more")
	// An account that was deleted stays on record, and so does everybody when the state is lost: nobody is called again.
	n.DeleteUser(people["ada@contoso.com"].ID)
	n.clock.Advance(time.Minute)
	apply(list)
	check("with one deleted")
	n.RestoreUser(people["ada@contoso.com"].ID)
	if err := os.Remove(filepath.Join(w.dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	apply(list)
	check("without the state")
}

// The checks warn while a replica lags behind the call, and are content later. The plan that finds it out calls nobody.
func TestGuides_offboardingChecks(t *testing.T) {
	t.Parallel()
	n, robin, _ := newExampleTenant(t)
	const leaver = "graph_user_token_invalidation.leaver"
	n.SetReplicaLag(time.Hour)
	w := n.exampleWorkspace(t, "data-sources/graph_user/data-source_check.tf", "user_id=robin@contoso.com")
	said := w.apply()
	mentions(t, said, "Warning: Check block assertion failed", "Invalidation Not Confirmed", "is not confirmed.", "robin@contoso.com may have sessions from before 2026-03-01T12:00:00Z.")
	mentions(t, said, "The call "+fmt.Sprint(w.instance(leaver).Attributes["request_id"])+" is not confirmed.")
	said = w.ok("plan")
	mentions(t, said, "Warning: Check block assertion failed", "is not confirmed.")
	n.clock.Advance(time.Hour)
	omits(t, w.ok("plan"), "Warning", "Check block")
	omits(t, w.apply(), "Warning", "Check block")
	if state := w.instance(leaver); state.Attributes["confirmed"] != true {
		t.Errorf("state holds %v", state.Attributes)
	}
	n.accepted(t, robin, 1)
}
