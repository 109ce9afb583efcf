// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build bench

package provider_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

const (
	// benchHaste is how much faster than the service's own the quotas are filled again; what may be used at once is the same. 10,000 users
	// take 35 s, and not 350.
	benchHaste = 10
	benchFew   = 100
	benchMany  = 10_000
	// benchPage is how many members Graph puts on a page.
	benchPage = 999
	// benchRequests and benchTime are how much more may be sent, and how much longer it may take, than it has to.
	benchRequests, benchTime = 1.05, 1.1
	// benchMemory is how much more memory the provider may use for many than for few, in MiB.
	benchMemory = 30
	// benchEnd is how long it may take from Ctrl-C to the CLI's end.
	benchEnd = 5 * time.Second
)

// Many users of one group under the quotas of a tenant, by the provider's own program and the real CLI: each once, with few requests,
// in the time that the quotas ask for, and in hardly more memory than few users.
func BenchmarkAction_underTheQuotas(b *testing.B) {
	for b.Loop() {
		few, many := signOutGroup(b, benchFew), signOutGroup(b, benchMany)
		// Terraform plans, and then invokes. Each reads the group and its members.
		pages := 2 * (1 + (benchMany+benchPage-1)/benchPage)
		needed := benchMany/20 + pages
		writes := graphtest.ServiceQuotas().Writes
		allowed := time.Duration(float64(benchMany-writes.Burst) / (writes.PerSecond * benchHaste) * float64(time.Second))
		b.Logf("%d users: %+v", benchFew, few)
		b.Logf("%d users: %+v; the quotas ask for %s", benchMany, many, allowed)

		within(b, float64(many.requests)/float64(needed), benchRequests, "requests/needed")
		within(b, many.took.Seconds()/allowed.Seconds(), benchTime, "time/allowed")
		within(b, many.memory-few.memory, benchMemory, "MiB-more")
		b.ReportMetric(many.memory, "MiB")
	}
}

// within reports what was measured, and checks its limit.
func within(b *testing.B, got, most float64, unit string) {
	b.Helper()
	b.ReportMetric(got, unit)
	if got > most {
		b.Errorf("%.3f %s, want at most %.2f", got, unit, most)
	}
}

// benchRun is what a run took.
type benchRun struct {
	requests int
	took     time.Duration
	memory   float64 // MiB, at most, in the provider's process
}

// signOutGroup signs out a group of so many users, each exactly once.
func signOutGroup(b *testing.B, users int) benchRun {
	b.Helper()
	n, ids := newBenchTenant(b, users)
	w := n.programWorkspace(b, signOut(groupIDs(n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: ids}).ID), fmt.Sprintf("max_users = %d", users)))
	provider := w.startProvider()

	quotas := graphtest.ServiceQuotas()
	quotas.Writes.PerSecond *= benchHaste
	quotas.ResourceUnits.PerSecond *= benchHaste
	n.SetQuotas(quotas)
	began := time.Now()
	said := w.invoke()
	run := benchRun{took: time.Since(began), requests: len(n.GraphRequests())}
	run.memory = provider.stop()

	mentions(b, said, fmt.Sprintf("%d of %[1]d users signed out, 0 failed", users))
	for _, id := range ids {
		if got := len(n.Invalidations(id)); got != 1 {
			b.Fatalf("%s was signed out %d times", id, got)
		}
	}
	return run
}

// newBenchTenant starts a tenant on the wall clock, with so many users.
func newBenchTenant(b *testing.B, users int) (*tenant, []string) {
	b.Helper()
	n := newRealTimeTenant(b, "127.0.0.1")
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append(a.Roles, "GroupMember.Read.All") })
	n.setenv("ARM_CLIENT_ID", n.app.ClientID)
	n.setenv("ARM_CLIENT_SECRET", n.app.Secret)
	ids := make([]string, users)
	for i := range ids {
		ids[i] = n.addUser(fmt.Sprintf("user%d@contoso.com", i)).ID
	}
	return n, ids
}

// benchProvider is the provider's program, started by hand: so it can be told what it used.
type benchProvider struct {
	b       testing.TB
	command *exec.Cmd
}

// startProvider starts the provider's program as for a debugger, and makes the CLI find it.
func (w *workspace) startProvider() benchProvider {
	w.t.Helper()
	dir, err := build()
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.CommandContext(w.t.Context(), filepath.Join(dir, "terraform-provider-graph"), "-debug")
	command.Env = w.env
	said, err := command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if name, value, found := strings.Cut(strings.TrimSpace(lines.Text()), "="); found && name == "TF_REATTACH_PROVIDERS" {
			w.env = append(w.env, name+"="+strings.Trim(value, "'"))
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return benchProvider{w.t, command}
		}
	}
	w.t.Fatalf("the provider ended before it was ready: %v", command.Wait())
	return benchProvider{}
}

// stop ends the provider, and returns how much memory it had at most, in MiB.
func (p benchProvider) stop() float64 {
	p.b.Helper()
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		p.b.Fatal(err)
	}
	_ = p.command.Wait() // It may be that it does not take this for success.
	used, ok := p.command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		p.b.Fatal("the system does not tell what a process used")
	}
	return float64(used.Maxrss) / 1024 // Linux counts in KiB.
}

// Ctrl-C while Graph wants no requests for an hour.
func BenchmarkAction_interruptedWhileItWaits(b *testing.B) {
	for b.Loop() {
		n, ids := newBenchTenant(b, benchFew)
		n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", http.Header{"Retry-After": {"3600"}})})
		w := n.programWorkspace(b, signOut(groupIDs(n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: ids}).ID), fmt.Sprintf("max_users = %d", benchFew)))

		began := time.Now()
		w.ok("version")
		version := time.Since(began)

		command, output := w.command("apply", "-auto-approve", invoke)
		waits := said(command, "waiting for Microsoft Graph", 1)
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = command.Wait() // What became of it is in its state.
		}()
		select {
		case <-waits:
		case <-ended:
			b.Fatalf("terraform ended before it waited:\n%s", output)
		}
		sent := len(n.GraphRequests())
		began = time.Now()
		if err := command.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		<-ended
		took := time.Since(began)
		if command.ProcessState.Success() {
			b.Errorf("an interrupted run succeeded:\n%s", output)
		}
		if got := len(n.GraphRequests()); got != sent {
			b.Errorf("%d requests were sent after Ctrl-C", got-sent)
		}
		within(b, took.Seconds(), benchEnd.Seconds(), "s-to-end")
		b.ReportMetric(took.Seconds()/version.Seconds(), "terraform-versions")
	}
}
