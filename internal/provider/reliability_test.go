// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// operation is what Terraform does while a fault strikes.
type operation string

const (
	create  operation = "create"
	replace operation = "replace"
	refresh operation = "refresh"
	destroy operation = "destroy"
)

var operations = []operation{create, replace, refresh, destroy}

// nextPlan is what the CLI says that it is going to do.
type nextPlan string

const (
	nothing   nextPlan = "No changes."
	creates   nextPlan = address + " will be created"
	replaces  nextPlan = address + " must be replaced"
	destroys  nextPlan = address + " will be destroyed"
	destroyed          = nothing // by destroy, of what is not there any more
)

// calls reports whether what is planned signs the user out once.
func (p nextPlan) calls() bool { return p != nothing }

// asSent is outcome.accepted where every call was accepted, and its answer was lost.
const asSent = -1

// outcome is what a row expects of the operation that a fault struck, and of the plan after it.
type outcome struct {
	// fails is set where the CLI exits with an error.
	fails bool
	// says is a text that the CLI has to say.
	says string
	// accepted is how many calls Graph accepted.
	accepted int
	// gone is set where the state does not hold the resource; unconfirmed where it holds a call that was not shown yet.
	gone, unconfirmed bool
	// validFrom is what the state has to hold in refresh_tokens_valid_from_date_time; "" is not looked at.
	validFrom string
	// next is what the CLI plans once the fault is over.
	next nextPlan
}

// sound is the outcome of an operation that no fault struck.
func sound(o operation) outcome {
	switch o {
	case refresh:
		return outcome{next: nothing}
	case destroy:
		return outcome{accepted: 1, gone: true, next: destroyed}
	default:
		return outcome{accepted: 1, next: nothing}
	}
}

// unanswered is the outcome of an operation whose call was never accepted. Terraform destroys first where it replaces.
func unanswered(o operation, says string) outcome {
	failed := outcome{fails: true, says: says}
	switch o {
	case refresh:
		failed.next = nothing
	case destroy:
		failed.next = destroys
	default:
		failed.gone, failed.next = true, creates
	}
	return failed
}

// unread is the outcome of an operation whose reads failed, the plan's among them: nothing was begun.
func unread(o operation, says string) outcome {
	failed := unanswered(o, says)
	if o == replace {
		failed.gone, failed.next = false, replaces
	}
	return failed
}

// unconfirmed is the outcome of a call that was accepted and could not be seen.
func unconfirmed() outcome {
	return outcome{says: notShown, accepted: 1, unconfirmed: true, next: nothing}
}

// fault is something that goes wrong, and what comes of it in each operation that it can strike.
type fault struct {
	// family is the row of README's table.
	family, name string
	// arguments are those of the configuration beside the user and the trigger.
	arguments []string
	// ahead happens before anything is planned, between after the operation was planned and before it is applied.
	ahead, between func(*scene)
	// over ends what the fault left behind; what was struck by scene.strike ends by itself.
	over func(*scene)
	// check looks at what else has to be true at the end.
	check    func(*scene)
	outcomes map[operation]outcome
}

const (
	adaID   = "6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11"
	adaName = "ada@contoso.com"
)

// scene is one row of the suite at work, in a tenant of its own.
type scene struct {
	*tenant
	t         *testing.T
	operation operation
	users     []graphtest.User
	began     time.Time
	// armed tells that the fault strikes requests, struck how many it has, ended that it strikes no more.
	armed  bool
	struck atomic.Int64
	ended  atomic.Bool
}

// reliabilityConfiguration is that of a row. Its reads may wait for as long as its calls.
func reliabilityConfiguration(o operation, trigger int, arguments ...string) string {
	return invalidation(append([]string{
		userID(adaName), fmt.Sprintf("trigger = %d", trigger), `timeouts { read = "15m" }`,
		fmt.Sprintf("invalidate_on_destroy = %t", o == destroy),
	}, arguments...)...)
}

// accepted is how many calls Graph accepted, whoever was signed out.
func (s *scene) accepted() int {
	accepted := 0
	for _, user := range s.users {
		accepted += len(s.Invalidations(user.ID))
	}
	return accepted
}

// sentCalls is how many calls were sent.
func (s *scene) sentCalls() int {
	return len(slices.DeleteFunc(s.GraphRequests(), func(r graphtest.Request) bool { return r.Method != http.MethodPost }))
}

// TestReliability runs every fault against the operations that it can strike.
func TestReliability(t *testing.T) {
	t.Parallel()
	states := map[operation][]byte{}
	for _, o := range []operation{replace, refresh, destroy} {
		states[o] = recordedState(t, o)
	}
	for _, f := range faults() {
		for _, o := range operations {
			if want, ok := f.outcomes[o]; ok {
				t.Run(f.family+"/"+f.name+"/"+string(o), func(t *testing.T) {
					t.Parallel()
					f.run(t, o, states[o], want)
				})
			}
		}
	}
}

// recordedState is the state that an apply leaves, from which an operation on something that exists begins.
func recordedState(t *testing.T, o operation) []byte {
	t.Helper()
	n := newTenant(t)
	n.AddUser(graphtest.User{ID: adaID, UserPrincipalName: adaName})
	w := n.workspace(t, reliabilityConfiguration(o, 1))
	w.apply()
	state, err := os.ReadFile(filepath.Join(w.dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// run strikes one operation, and looks at what was said, called and recorded, and at what comes next.
func (f fault) run(t *testing.T, o operation, state []byte, want outcome) {
	n := newTenant(t)
	s := &scene{tenant: n, t: t, operation: o}
	trigger, validFrom := 1, graphtest.Epoch.AddDate(-1, 0, 0)
	if o != create {
		n.clock.Advance(time.Hour)
		validFrom = graphtest.Epoch
	}
	if o == replace {
		trigger = 2
	}
	s.users = []graphtest.User{n.AddUser(graphtest.User{ID: adaID, UserPrincipalName: adaName, RefreshTokensValidFromDateTime: &validFrom})}
	if f.ahead != nil {
		f.ahead(s) // before the provider is served, as it may change the network
	}
	w := n.workspace(t, reliabilityConfiguration(o, trigger, f.arguments...))
	if state != nil {
		if err := os.WriteFile(filepath.Join(w.dir, stateFile), state, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	s.began = n.clock.Now()
	said, failed := w.operate(s, f.between)
	if failed != want.fails {
		t.Fatalf("failed is %t, want %t: %s", failed, want.fails, said)
	}
	mentions(t, said, want.says)
	omits(t, said, n.app.Secret, "panic")
	accepted := want.accepted
	if accepted == asSent {
		accepted = s.sentCalls()
	}
	if got := s.accepted(); got != accepted {
		t.Errorf("Graph accepted %d calls, want %d", got, accepted)
	}
	want.checkState(t, w.recorded())
	if s.armed && s.struck.Load() == 0 {
		t.Error("the fault struck nothing")
	}

	s.ended.Store(true)
	if f.over != nil {
		f.over(s)
	}
	if o == destroy {
		said = w.ok("destroy", "-auto-approve")
	} else {
		said = w.apply()
	}
	mentions(t, said, string(want.next))
	if want.next.calls() {
		accepted++
	}
	if got := s.accepted(); got != accepted {
		t.Errorf("after the fault Graph has accepted %d calls, want %d", got, accepted)
	}
	outcome{gone: o == destroy}.checkState(t, w.recorded())
	if f.check != nil {
		f.check(s)
	}
}

// operate runs the operation: in one command, or, where something happens between plan and apply, in two.
func (w *workspace) operate(s *scene, between func(*scene)) (said string, failed bool) {
	w.t.Helper()
	command := map[operation][]string{
		create:  {"apply", "-auto-approve"},
		replace: {"apply", "-auto-approve"},
		refresh: {"apply", "-auto-approve", "-refresh-only"},
		destroy: {"destroy", "-auto-approve"},
	}[s.operation]
	switch {
	case between != nil && s.operation == refresh:
		between(s) // A refresh is a plan.
	case between != nil:
		plan := []string{"plan", "-out=planned", "-refresh=false"}
		if s.operation == destroy {
			plan = append(plan, "-destroy")
		}
		w.ok(plan...)
		between(s)
		command = []string{"apply", "planned"}
	}
	run, output := w.command(command...)
	err := run.Run()
	return oneLine(output.String()), err != nil
}

func (o outcome) checkState(t *testing.T, state *instance) {
	t.Helper()
	switch {
	case o.gone && state != nil:
		t.Errorf("state holds %v", state)
	case o.gone:
	case state == nil:
		t.Error("state holds nothing")
	case state.Tainted || state.Attributes["confirmed"] != !o.unconfirmed || state.Attributes["invalidated_at"] == nil || state.Attributes["request_id"] == nil:
		t.Errorf("state is %+v, want confirmed to be %t", state, !o.unconfirmed)
	case o.validFrom != "" && state.Attributes["refresh_tokens_valid_from_date_time"] != o.validFrom:
		t.Errorf("state is %+v, want the instant %s", state, o.validFrom)
	}
}

const stateFile = "terraform.tfstate"

// recorded reads the resource from the state's file, for which no command is needed. It is nil where there is none.
func (w *workspace) recorded() *instance {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes map[string]any `json:"attributes"`
				Status     string         `json:"status"`
				Deposed    string         `json:"deposed"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		w.t.Fatal(err)
	}
	var found *instance
	for _, resource := range state.Resources {
		for _, i := range resource.Instances {
			if found != nil || i.Deposed != "" {
				w.t.Fatalf("state holds more than one: %s", content)
			}
			found = &instance{Attributes: i.Attributes, Tainted: i.Status == "tainted"}
		}
	}
	return found
}

// Terraform signs everybody out at once; the quota makes some wait, and nobody is signed out twice. The quota is the service's with a
// twentieth of its burst.
func TestReliability_twoHundredUsersAtOnce(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.timing = unhurried{n.clock}
	s := &scene{tenant: n, t: t}
	var names []string
	for i := range 200 {
		name := fmt.Sprintf("user%d@contoso.com", i)
		names, s.users = append(names, strconv.Quote(name)), append(s.users, n.addUser(name))
	}
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 150, PerSecond: 20}})
	w := n.workspace(t, invalidation("for_each = toset(["+strings.Join(names, ", ")+"])", "user_id = each.key"))
	omits(t, w.apply("-parallelism=200"), "Warning")
	for _, user := range s.users {
		n.accepted(t, user, 1)
	}
	if got := s.sentCalls(); got <= 200 {
		t.Errorf("%d calls were sent, so the quota was never reached", got)
	}
	mentions(t, w.ok("plan", "-parallelism=200"), "No changes.")
}

// unhurried is a clock on which nothing runs out of time: each of many that wait moves the one clock of all, far beyond what those
// whose requests are under way have had.
type unhurried struct{ *graphtest.VirtualClock }

func (unhurried) WithTimeout(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

// README's table counts the rows of the suite.
func TestReliability_readmeCountsTheRows(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := reliabilityTable(); !strings.Contains(string(readme), want) {
		t.Errorf("README.md has another table than that of the suite:\n%s", want)
	}
}

// reliabilityTable is README's table: the rows of each family of faults for each operation.
func reliabilityTable() string {
	var families []string
	rows := map[string]map[operation]int{}
	for _, f := range faults() {
		if rows[f.family] == nil {
			families = append(families, f.family)
			rows[f.family] = map[operation]int{}
		}
		for o := range f.outcomes {
			rows[f.family][o]++
		}
	}
	table, total, all := "| fault |", map[operation]int{}, 0
	for _, o := range operations {
		table += " " + string(o) + " |"
	}
	table += " rows |\n|---" + strings.Repeat("|---:", len(operations)+1) + "|\n"
	for _, family := range families {
		sum := 0
		table += "| " + family + " |"
		for _, o := range operations {
			table += fmt.Sprintf(" %d |", rows[family][o])
			total[o] += rows[family][o]
			sum += rows[family][o]
		}
		table += fmt.Sprintf(" %d |\n", sum)
		all += sum
	}
	table += "| **all** |"
	for _, o := range operations {
		table += fmt.Sprintf(" **%d** |", total[o])
	}
	return table + fmt.Sprintf(" **%d** |\n", all)
}
