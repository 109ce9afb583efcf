// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// ticking is a clock that tells when a run begins to wait: for the time to say how far it is, and for the service.
type ticking struct {
	*graphtest.VirtualClock
	waits, sleeps chan struct{}
}

// newTicking puts the provider on such a clock.
func newTicking(n *tenant) ticking {
	clock := ticking{n.clock, make(chan struct{}, 100), make(chan struct{}, 100)}
	n.timing = clock
	return clock
}

func (c ticking) Sleep(ctx context.Context, d time.Duration) error {
	c.sleeps <- struct{}{}
	return c.VirtualClock.Sleep(ctx, d)
}

func (c ticking) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := c.VirtualClock.WithTimeout(ctx, d)
	if d == 5*time.Second {
		c.waits <- struct{}{}
	}
	return ctx, cancel
}

// tick lets 5 seconds go by once the run waits for them, and returns when it has said how far it is and waits again.
func (c ticking) tick() {
	<-c.waits
	c.Advance(5 * time.Second)
	<-c.waits
	c.waits <- struct{}{}
}

// A run that waits for the service says every 5 seconds how far it is, and until when it waits. Ctrl-C ends it there.
func TestAction_progressWhileWaiting(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(60)
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 20, PerSecond: 0.01}})
	clock := newTicking(n)
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID)))
	clock.Hold()
	sent := 0
	report := w.interruptRun(clock, ": 20 of 60 users signed out, 0 failed, waiting for Microsoft Graph until 2026-03-01T12:01:40Z.", 2, func() {
		clock.tick()
		clock.tick()
		sent = len(n.GraphRequests())
	})
	mentions(t, report, "Error: Cancelled", "Signed out: 20 of 60 users. Not signed out: 40.", "Signing out 60 users. Should the run be cut short, repeat it for the others with minimum_valid_from = \"2026-03-01T12:00:00Z\".")
	if after := len(n.GraphRequests()); after != sent {
		t.Errorf("%d requests after Ctrl-C", after-sent)
	}
}

// A batch that waits as a whole says until when, too.
func TestAction_progressWhileABatchWaits(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	clock := newTicking(n)
	n.Inject(graphtest.Fault{Match: callBatch, Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", http.Header{"Retry-After": {"60"}})})
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	clock.Hold()
	report := w.interruptRun(clock, ": 0 of 3 users signed out, 0 failed, waiting for Microsoft Graph until 2026-03-01T12:01:00Z.", 1, clock.tick)
	mentions(t, report, "Error: Cancelled", "Calling invalidateAllRefreshTokens for a batch of users", "Signed out: 0 of 3 users. Not signed out: 3.")
}

// interruptRun runs the action on a clock that is held. Once the run waits for the service, something is done; once the run has said a text
// that often, Ctrl-C is pressed. The CLI then has to fail, and to say what became of the run.
func (w *workspace) interruptRun(clock ticking, text string, times int, do func()) string {
	w.t.Helper()
	command, output := w.command("apply", "-auto-approve", invoke)
	heard, waiting := said(command, text, times), make(chan struct{})
	go func() {
		defer close(waiting)
		<-clock.sleeps
		do()
		<-heard
	}()
	report := w.interruptCommand(command, output, waiting)
	if command.ProcessState.Success() {
		w.t.Errorf("an interrupted run succeeded: %s", report)
	}
	return report
}

// A run whose batch the service takes its time for says so too.
func TestAction_progressWhileTheServiceWorks(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	clock := newTicking(n)
	n.Inject(graphtest.Fault{Match: callBatch, Effect: func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		clock.tick()
		clock.tick()
		service.ServeHTTP(w, r)
	}})
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	said := w.invoke()
	if told := strings.Count(said, ": 0 of 3 users signed out, 0 failed."); told != 2 {
		t.Errorf("told %d times in 10 seconds how far it is: %s", told, said)
	}
	mentions(t, said, "3 of 3 users signed out, 0 failed.")
}

// minimumTold is the instant with which a run says that it can be repeated.
var minimumTold = regexp.MustCompile(`repeat it for the others with (minimum_valid_from = "[^"]+")`)

// A run that is cut short is repeated by the instant that its first line names, and so is a repeated one that is cut short.
func TestAction_interruptedAndRepeated(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(60)
	group := groupIDs(n.addGroup(users...).ID)
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 20, PerSecond: 0.01}})
	clock := newTicking(n)
	clock.Hold()
	w := n.workspace(t, signOut(group))
	report := w.interruptRun(clock, "Signing out 60 users.", 1, func() {})
	first := minimumTold.FindStringSubmatch(report)
	if first == nil {
		t.Fatalf("no instant is told: %s", report)
	}

	// Somewhat later, another twenty are done.
	n.clock.Advance(10 * time.Minute)
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 20, PerSecond: 0.01}})
	n.ForgetRequests()
	w.write(signOut(group, first[1]))
	report = w.interruptRun(clock, "Signing out 40 users.", 1, func() {})
	mentions(t, report, "Error: Cancelled", "Signed out: 20 of 40 users. Not signed out: 20.", "Signing out 40 users.", "repeat it for the others with "+first[1])

	n.SetQuotas(graphtest.Quotas{})
	n.ForgetRequests()
	mentions(t, w.invoke(), "Signing out 20 users.", "20 of 20 users signed out")
	for _, user := range users {
		n.accepted(t, user, 1)
	}
}

// Within a quota that only the service knows, everybody is called, and few calls are refused.
func TestAction_quota(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(300)
	n.SetQuotas(graphtest.Quotas{Writes: graphtest.Quota{Burst: 100, PerSecond: 20}})
	w := n.workspace(t, signOut(groupIDs(n.addGroup(users...).ID), "max_users = 300"))
	mentions(t, w.invoke(), "300 of 300 users signed out, 0 failed.")
	n.calledAndAccepted(t, users...)
	refused := 0
	for _, c := range n.calls(t) {
		if c.status != http.StatusOK {
			refused++
		}
	}
	// Four batches may be under way when the quota is used up, and four more when its pace is found out.
	if refused > 2*4*20+2*20 {
		t.Errorf("%d calls were refused", refused)
	}
	if took := n.clock.Now().Sub(graphtest.Epoch); took > 11*time.Second {
		t.Errorf("it took %s, and the quota allows 10s", took)
	}
}
