// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// interrupt runs a command, presses Ctrl-C as soon as the provider waits, and returns what was said.
func (w *workspace) interrupt(waiting <-chan struct{}, arguments ...string) string {
	w.t.Helper()
	command, output := w.command(arguments...)
	return w.interruptCommand(command, output, waiting)
}

// interruptCommand is interrupt for a command that was made before.
func (w *workspace) interruptCommand(command *exec.Cmd, output *bytes.Buffer, waiting <-chan struct{}) string {
	w.t.Helper()
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-waiting:
	case <-w.t.Context().Done():
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	_ = command.Wait() // Some CLIs succeed where everything was done, and some say that they were interrupted.
	return oneLine(output.String())
}

// Ctrl-C before the call was accepted leaves nothing in state, and says what is not known.
func TestInterrupt_duringTheWaitToCallAgain(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil)})
	w := n.workspace(t, invalidation(userID(ada.ID)))
	mentions(t, w.interrupt(n.clock.Hold(), "apply", "-auto-approve"), "Error: Cancelled", "It may have been carried out all the same", "Status code: 503")
	if state := w.state(); state != nil {
		t.Errorf("state holds %v", state)
	}
}

// Ctrl-C between two of the reads that are to agree on a user being gone forgets nobody.
func TestInterrupt_duringTheRefreshOfAMissingUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `trigger = 1`))
	w.apply()
	n.DeleteUser(ada.ID)
	// Not apply, which hears of Ctrl-C only after it has planned.
	w.interrupt(n.clock.Hold(), "refresh")
	if state := w.state(); state == nil || state.Attributes["invalidated_at"] != "2026-03-01T12:00:00Z" {
		t.Fatalf("state is %+v", state)
	}
}

// Ctrl-C while Graph does not show the call yet ends the wait. The call is in state, and is not repeated.
func TestInterrupt_duringTheReadBack(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.SetReplicaLag(time.Hour)
	w := n.workspace(t, invalidation(userID(ada.ID), `trigger = 1`))
	said := w.interrupt(n.clock.Hold(), "apply", "-auto-approve")
	mentions(t, said, "Warning: Invalidation Not Confirmed")
	omits(t, said, "Error: Cancelled")
	state := w.state()
	if state == nil || state.Tainted || state.Attributes["confirmed"] != false || state.Attributes["invalidated_at"] != "2026-03-01T12:00:00Z" {
		t.Fatalf("state is %+v", state)
	}
	n.clock.Advance(2 * time.Hour)
	mentions(t, w.apply(), "No changes.")
	n.accepted(t, ada, 1)
}
