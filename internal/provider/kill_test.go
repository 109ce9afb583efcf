// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// moments are those of an apply at which something is killed: a request arrives that matches for the n-th time, and is never
// answered. Calls are how often the user is signed out by then.
var moments = map[string]struct {
	match func(*http.Request) bool
	nth   int
	works bool
	calls int
}{
	"asking who the user is":      {match: graphtest.Get, nth: 1},
	"calling, not carried out":    {match: graphtest.Action, nth: 1},
	"calling, carried out":        {match: graphtest.Action, nth: 1, works: true, calls: 1},
	"reading back what it called": {match: graphtest.Get, nth: 2, calls: 1},
}

// Whatever is killed, and whenever: a plain apply converges, with at most one more call than needed.
func TestKill_plainApplyConverges(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		for _, victim := range []string{"provider", "Terraform"} {
			t.Run(victim+", "+name, func(t *testing.T) {
				t.Parallel()
				n := newTenant(t)
				ada := n.addUser("ada@contoso.com")
				reached := make(chan struct{})
				n.Inject(graphtest.Fault{Match: moment.match, First: moment.nth, Effect: func(_ http.ResponseWriter, r *http.Request, service http.Handler) {
					if moment.works {
						service.ServeHTTP(httptest.NewRecorder(), r)
					}
					close(reached)
					<-r.Context().Done()
				}})
				w := n.programWorkspace(t, invalidation(userID(ada.ID), `trigger = 1`))
				w.kill(reached, victim == "Terraform", "apply", "-auto-approve")
				n.accepted(t, ada, moment.calls)

				mentions(t, w.apply(), "1 added, 0 changed, 0 destroyed")
				n.accepted(t, ada, moment.calls+1)
				mentions(t, w.apply(), "No changes.")
			})
		}
	}
}

// The same while a resource is replaced.
func TestKill_duringAReplacement(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.programWorkspace(t, invalidation(userID(ada.ID), `trigger = 1`))
	w.apply()
	reached := make(chan struct{})
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: func(_ http.ResponseWriter, r *http.Request, service http.Handler) {
		service.ServeHTTP(httptest.NewRecorder(), r)
		close(reached)
		<-r.Context().Done()
	}})
	w.write(invalidation(userID(ada.ID), `trigger = 2`))
	w.kill(reached, true, "apply", "-auto-approve")
	n.accepted(t, ada, 2)
	w.apply()
	n.accepted(t, ada, 3)
	mentions(t, w.apply(), "No changes.")
}

// A run of the action that is killed half-way is repeated for the others by the instant that its first line names.
func TestKill_actionIsRepeatedForTheOthers(t *testing.T) {
	t.Parallel()
	skipWithoutActions(t)
	n := newRealTimeTenant(t, "")
	n.variables["ARM_CLIENT_ID"], n.variables["ARM_CLIENT_SECRET"] = n.app.ClientID, n.app.Secret
	users := n.addUsers(60)
	reached, killed := make(chan struct{}), make(chan struct{})
	stop := sync.OnceFunc(func() { close(reached) })
	n.Inject(graphtest.Fault{Match: callBatch, First: 2, Times: -1, Effect: func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		select {
		case <-killed:
			service.ServeHTTP(w, r)
		default:
			stop()
			<-r.Context().Done()
		}
	}})
	w := n.programWorkspace(t, signOut(userIDs(ids(users...)...)))
	command, output := w.command("apply", "-auto-approve", invoke)
	heard := said(command, "minimum_valid_from = ", 1)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	<-heard
	if err := childOf(t, command.Process.Pid).Kill(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		t.Errorf("terraform succeeded:\n%s", output)
	}
	close(killed)
	told := minimumTold.FindStringSubmatch(oneLine(output.String()))
	if told == nil {
		t.Fatalf("no instant is told: %s", output)
	}
	w.write(signOut(userIDs(ids(users...)...), told[1]))
	mentions(t, w.invoke(), "40 of 40 users signed out, 0 failed.")
	for _, user := range users {
		n.accepted(t, user, 1)
	}
}

// kill runs a command until the moment is reached, and kills Terraform or the provider that it started. A provider that has lost
// its Terraform is killed after it.
func (w *workspace) kill(reached <-chan struct{}, terraform bool, arguments ...string) {
	w.t.Helper()
	command, output := w.command(arguments...)
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-reached:
	case err := <-ended:
		w.t.Fatalf("terraform ended before the moment: %v\n%s", err, output)
	}
	provider := childOf(w.t, command.Process.Pid)
	if terraform {
		if err := command.Process.Kill(); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := provider.Kill(); err != nil {
		w.t.Fatal(err)
	}
	if err := <-ended; err == nil {
		w.t.Errorf("terraform succeeded:\n%s", output)
	}
}

// childOf finds the one process that a process has started.
func childOf(t testing.TB, parent int) *os.Process {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, _ := os.ReadFile(file) // The process may have ended.
		// The name stands in parentheses and may hold anything; after it come the state and the parent.
		fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if program, _, _ := strings.Cut(string(command), "\x00"); filepath.Base(program) != "terraform-provider-graph" {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			t.Fatal(err)
		}
		return process
	}
	t.Fatal("Terraform has no provider running")
	return nil
}
