// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// progressInterval is how long a run says nothing.
const progressInterval = 5 * time.Second

// progress tells Terraform how far a run is: when it begins, every 5 seconds, and when it ends.
type progress struct {
	clock graph.Clock
	calls *graph.Batches[graph.Invalidation]
	total int
	since time.Time
	send  func(action.InvokeProgressEvent)

	mu                       sync.Mutex
	done, failed, passedOver int

	cancel context.CancelFunc
	ended  chan struct{}
}

func newProgress(clock graph.Clock, calls *graph.Batches[graph.Invalidation], total int, since time.Time, send func(action.InvokeProgressEvent)) *progress {
	return &progress{clock: clock, calls: calls, total: total, since: since, send: send, ended: make(chan struct{})}
}

// begin tells that the run begins, and goes on telling until end is called.
func (p *progress) begin(ctx context.Context) {
	p.say("Signing out %s. Should the run be cut short, repeat it for the others with minimum_valid_from = %q.", users(p.total-p.failed-p.passedOver), p.since.Format(time.RFC3339Nano))
	ctx, p.cancel = context.WithCancel(ctx)
	go func() {
		defer close(p.ended)
		for p.wait(ctx) {
			p.tell()
		}
	}()
}

// wait waits for the next time to tell, and reports false where the run has ended.
func (p *progress) wait(ctx context.Context) bool {
	tick, cancel := p.clock.WithTimeout(ctx, progressInterval)
	defer cancel()
	<-tick.Done()
	return ctx.Err() == nil
}

// count takes note of how far a run is.
func (p *progress) count(r *run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done, p.failed, p.passedOver = len(r.done), r.failed(), len(r.ignored)
}

// end tells the last count. A run that is cancelled tells it in its error: where Terraform itself is gone, a message would wait for ever.
func (p *progress) end(ctx context.Context) {
	p.cancel()
	<-p.ended
	if !errors.Is(ctx.Err(), context.Canceled) {
		p.tell()
	}
}

func (p *progress) tell() {
	p.mu.Lock()
	text := fmt.Sprintf("%d of %s signed out, %d failed", p.done, users(p.total), p.failed)
	if p.passedOver > 0 {
		text += fmt.Sprintf(", %d passed over", p.passedOver)
	}
	p.mu.Unlock()
	if until, waiting := p.calls.WaitingUntil(); waiting {
		text += ", waiting for Microsoft Graph until " + until.UTC().Format(time.RFC3339)
	}
	p.say("%s.", text)
}

func (p *progress) say(format string, values ...any) {
	p.send(action.InvokeProgressEvent{Message: fmt.Sprintf(format, values...)})
}
