// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"context"
	"sync"
	"time"
)

// Epoch is the instant at which every [VirtualClock] starts.
var Epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// Clock tells the server what time it is.
type Clock interface {
	Now() time.Time
}

// SystemClock is the wall clock.
type SystemClock struct{}

// Now returns the current instant in UTC.
func (SystemClock) Now() time.Time {
	return time.Now().UTC()
}

// VirtualClock is a clock for tests: its time stands still unless somebody sleeps or advances it. It is safe for
// concurrent use.
type VirtualClock struct {
	mu       sync.Mutex
	now      time.Time
	timeouts map[*timeout]struct{}
	sleeping chan struct{} // not nil while held
	announce func()        // closes sleeping, once
}

// NewClock returns a clock that stands at [Epoch].
func NewClock() *VirtualClock {
	return &VirtualClock{now: Epoch, timeouts: make(map[*timeout]struct{})}
}

// Now returns the virtual instant, in UTC.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the time forward by d and ends the timeouts that this reaches.
func (c *VirtualClock) Advance(d time.Duration) {
	c.move(context.Background(), d)
}

// Sleep moves the time forward by d at once and returns nil. Where ctx is done, or a timeout made by
// [VirtualClock.WithTimeout] ends it on the way, the time stands at that instant and its cause is returned. A clock
// that is held does not move: Sleep then blocks until ctx is done.
func (c *VirtualClock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	held, announce := c.sleeping != nil, c.announce
	c.mu.Unlock()
	if held {
		announce()
		<-ctx.Done()
		return context.Cause(ctx)
	}
	c.move(ctx, d)
	return context.Cause(ctx)
}

// Hold makes every later Sleep block until its context ends. The channel that it returns is closed as soon as a
// Sleep blocks.
func (c *VirtualClock) Hold() (sleeping <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sleeping == nil {
		blocked := make(chan struct{})
		c.sleeping = blocked
		c.announce = sync.OnceFunc(func() { close(blocked) })
	}
	return c.sleeping
}

// WithTimeout returns a copy of parent that ends with [context.DeadlineExceeded] when the virtual time has moved
// forward by d. Its Deadline method reports the parent's: package net and others compare a deadline with the wall
// clock, where a virtual instant means nothing.
func (c *VirtualClock) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	t := &timeout{Context: parent, clock: c, due: c.now.Add(d), done: make(chan struct{})}
	c.mu.Unlock()

	if outer, ok := parent.Value(timeoutKey{c}).(*timeout); ok && !outer.due.After(t.due) {
		return context.WithCancel(parent)
	}
	// A cancelCtx of the standard library on top makes everything derived from it end together with it.
	ctx, cancel := context.WithCancel(t)
	release := context.AfterFunc(parent, func() { t.end(parent.Err()) })
	c.mu.Lock()
	c.timeouts[t] = struct{}{}
	c.mu.Unlock()
	c.move(ctx, 0)

	return ctx, func() {
		release()
		c.mu.Lock()
		delete(c.timeouts, t)
		c.mu.Unlock()
		cancel()
	}
}

// move takes the time forward by d, from one timeout to the next, and stops early where that ends ctx.
func (c *VirtualClock) move(ctx context.Context, d time.Duration) {
	c.mu.Lock()
	target := c.now.Add(d)
	c.mu.Unlock()
	for ctx.Err() == nil {
		next := c.advanceToNext(target)
		if next == nil {
			return
		}
		next.end(context.DeadlineExceeded)
	}
}

// advanceToNext moves the time to the first timeout due by target and returns that timeout, or moves it to target
// and returns nil. Time never goes back, whoever else moved it meanwhile.
func (c *VirtualClock) advanceToNext(target time.Time) *timeout {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next *timeout
	for t := range c.timeouts {
		if !t.due.After(target) && (next == nil || t.due.Before(next.due)) {
			next = t
		}
	}
	if next != nil {
		target = next.due
		delete(c.timeouts, next)
	}
	if target.After(c.now) {
		c.now = target
	}
	return next
}

// timeoutKey finds the innermost timeout of a clock among a context's values.
type timeoutKey struct{ clock *VirtualClock }

// timeout is a context that a virtual clock ends, or the end of its parent.
type timeout struct {
	context.Context // the parent

	clock *VirtualClock
	due   time.Time
	done  chan struct{}

	mu     sync.Mutex
	err    error
	onDone map[*func()]struct{} // left alone once err is set
}

func (t *timeout) Done() <-chan struct{} { return t.done }

func (t *timeout) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func (t *timeout) Value(key any) any {
	if key == (timeoutKey{t.clock}) {
		return t
	}
	return t.Context.Value(key)
}

// AfterFunc is how package context asks to be told of the end: without it, whoever is derived from t would learn of
// it some time later, on another goroutine.
func (t *timeout) AfterFunc(f func()) (stop func() bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		go f()
		return func() bool { return false }
	}
	if t.onDone == nil {
		t.onDone = make(map[*func()]struct{})
	}
	t.onDone[&f] = struct{}{}
	return func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.err != nil {
			return false
		}
		_, waiting := t.onDone[&f]
		delete(t.onDone, &f)
		return waiting
	}
}

func (t *timeout) end(err error) {
	t.mu.Lock()
	if t.err != nil {
		t.mu.Unlock()
		return
	}
	t.err = err
	close(t.done)
	t.mu.Unlock()
	for f := range t.onDone {
		(*f)()
	}
}
