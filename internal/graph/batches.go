// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// batchesAtOnce is how many batches are under way at most: enough to use up the service's quota of writes where a batch takes seconds.
const batchesAtOnce = 4

// Batches is the same call for many users, in JSON batches. Requests that the service was too busy for are sent again, after the others,
// and nothing is sent faster than the service takes it. It is for one goroutine, but for WaitingUntil.
type Batches[T any] struct {
	client *Client
	action Action
	call   func(Action, Key) call[T]

	fresh   []Key
	again   []*tried[T] // by when they are due
	stopped bool

	pace     pace
	begun    int // batches, ever
	underWay int
	answers  chan answeredBatch[T]
	waiting  waiting
}

// ErrStopped is why a call was not tried again after Stop.
var ErrStopped = errors.New("the calls were stopped")

// Outcome is what became of the call for one user.
type Outcome[T any] struct {
	Key    Key
	Result T
	// Err is nil, *Error for the answer about this user, *UnreachableError where there was none, or *BatchError.
	Err error
}

// tried is the call for one user, with what is noted of its tries.
type tried[T any] struct {
	key   Key
	call  call[T]
	noted *exchange
	due   time.Time
}

// answeredBatch is a batch that came back: with an answer for each call, or with why it has none.
type answeredBatch[T any] struct {
	calls   []*tried[T]
	answers []partAnswer
	noted   *exchange
	err     error
}

// InvalidateAll is Invalidate for many users. It sends nothing yet.
func (c *Client) InvalidateAll(action Action, ids []Key) *Batches[Invalidation] {
	return newBatches(c, action, ids, invalidate)
}

// Users is User for many users. It sends nothing yet.
func (c *Client) Users(action Action, keys []Key) *Batches[User] {
	return newBatches(c, action, keys, func(action Action, key Key) call[User] {
		return readUser(action, key, sessionProperties)
	})
}

func newBatches[T any](c *Client, action Action, keys []Key, call func(Action, Key) call[T]) *Batches[T] {
	return &Batches[T]{
		client:  c,
		action:  action,
		call:    call,
		fresh:   slices.Clone(keys),
		answers: make(chan answeredBatch[T], batchesAtOnce),
	}
}

// Next sends batches until the outcome for some users is known, and returns it; nil where all is known, or where it was stopped or the
// context ended. The first batch is answered before another is begun, so that what everybody would be refused is refused to 20.
func (b *Batches[T]) Next(ctx context.Context) []Outcome[T] {
	for {
		wait, more := b.nextIn(ctx)
		switch {
		case more && wait <= 0:
			b.begin(ctx)
			continue
		case more && b.underWay == 0:
			_ = b.waiting.sleep(ctx, b.client.clock, wait) // That the context has ended is looked at before the next batch.
			continue
		case b.underWay == 0:
			return b.givenUp(ctx)
		}
		if outcomes := b.await(ctx, wait, more); len(outcomes) > 0 {
			return outcomes
		}
	}
}

// Stop begins no more batches. Next returns what those under way come to.
func (b *Batches[T]) Stop() { b.stopped = true }

// Left returns the users who were never asked about, because of Stop or of the context's end.
func (b *Batches[T]) Left() []Key { return b.fresh }

// WaitingUntil returns the instant until which the service wants no requests, and whether it is waited for.
func (b *Batches[T]) WaitingUntil() (time.Time, bool) {
	until := b.waiting.until.Load()
	if until == nil {
		return time.Time{}, false
	}
	return *until, true
}

// nextIn returns how long it is until another batch may be begun, and whether one is to be begun at all while this many are under way.
func (b *Batches[T]) nextIn(ctx context.Context) (wait time.Duration, more bool) {
	most := batchesAtOnce
	if b.begun <= 1 {
		most = 1
	}
	if b.stopped || ctx.Err() != nil || len(b.fresh)+len(b.again) == 0 || b.underWay >= most {
		return 0, false
	}
	next := b.pace.next()
	if len(b.fresh) == 0 {
		next = later(next, b.again[0].due)
	}
	return next.Sub(b.client.clock.Now()), true
}

// begin sends a batch: of users who were not asked about yet, filled up with those who are due again.
func (b *Batches[T]) begin(ctx context.Context) {
	now := b.client.clock.Now()
	b.begun++
	b.underWay++
	b.pace.begins(now)
	calls := b.take(now)
	requests := make([]*abstractions.RequestInformation, len(calls))
	for i, c := range calls {
		c.call = b.call(b.action, c.key)
		requests[i] = c.call.request
	}
	go func() {
		answers, noted, err := b.client.sendBatch(ctx, b.action.version, requests, &b.waiting)
		b.answers <- answeredBatch[T]{calls, answers, noted, err}
	}()
}

// take takes the calls of the next batch.
func (b *Batches[T]) take(now time.Time) []*tried[T] {
	var calls []*tried[T]
	count := min(BatchSize, len(b.fresh))
	for _, key := range b.fresh[:count] {
		calls = append(calls, &tried[T]{key: key, noted: &exchange{host: b.client.host, started: now}})
	}
	b.fresh = b.fresh[count:]
	due := min(BatchSize-count, b.dueUntil(now))
	calls = append(calls, b.again[:due]...)
	b.again = slices.Delete(b.again, 0, due)
	return calls
}

// dueUntil counts the calls that are to be made again by then.
func (b *Batches[T]) dueUntil(then time.Time) int {
	count, _ := slices.BinarySearchFunc(b.again, then, func(c *tried[T], then time.Time) int {
		if c.due.After(then) {
			return 1
		}
		return -1
	})
	return count
}

// await waits for a batch to come back, or until another may be begun.
func (b *Batches[T]) await(ctx context.Context, wait time.Duration, more bool) []Outcome[T] {
	var due <-chan struct{}
	if more {
		timer, cancel := b.client.clock.WithTimeout(ctx, wait)
		defer cancel()
		due = timer.Done()
	}
	select {
	case batch := <-b.answers:
		b.underWay--
		return b.settle(ctx, batch)
	case <-due:
		return nil
	}
}

// settle tells the outcome of a batch's calls, but for those that are to be made again: together, after the longest of their waits, as
// Microsoft asks.
func (b *Batches[T]) settle(ctx context.Context, batch answeredBatch[T]) []Outcome[T] {
	if batch.err != nil {
		return b.failed(batch)
	}
	var outcomes []Outcome[T]
	var again []*tried[T]
	refused, retryAfter, wait := 0, time.Duration(0), time.Duration(0)
	for i, c := range batch.calls {
		if !b.client.answeredPart(ctx, c.call.request, c.noted, batch.answers[i], batch.noted) {
			outcomes = append(outcomes, c.outcome())
			continue
		}
		again = append(again, c)
		wait = max(wait, c.noted.wait)
		if c.noted.status == http.StatusTooManyRequests {
			refused++
			retryAfter = max(retryAfter, c.noted.wait)
		}
	}
	now := b.client.clock.Now()
	due := now.Add(wait)
	for _, c := range again {
		c.due = due
	}
	b.again = slices.Insert(b.again, b.dueUntil(due), again...)
	b.pace.answered(now, len(batch.calls)-refused, refused, retryAfter)
	return outcomes
}

// failed tells of a batch without an answer. What is noted of the batch is all that is known of its calls.
func (b *Batches[T]) failed(batch answeredBatch[T]) []Outcome[T] {
	outcomes := make([]Outcome[T], len(batch.calls))
	for i, c := range batch.calls {
		outcomes[i] = Outcome[T]{Key: c.key, Err: &BatchError{batch.err}}
	}
	return outcomes
}

// givenUp tells of the calls that were to be made again when there was no more time, or no more wish.
func (b *Batches[T]) givenUp(ctx context.Context) []Outcome[T] {
	var outcomes []Outcome[T]
	for _, c := range b.again {
		c.noted.end(ctx, b.client.clock.Now())
		if c.noted.stopped == nil {
			c.noted.stopped = ErrStopped
		}
		outcomes = append(outcomes, c.outcome())
	}
	b.again = nil
	return outcomes
}

// outcome is what the last answer means.
func (c *tried[T]) outcome() Outcome[T] {
	result, err := c.call.result(c.noted, partFailure(c.noted, c.call.reply))
	return Outcome[T]{Key: c.key, Result: result, Err: err}
}
