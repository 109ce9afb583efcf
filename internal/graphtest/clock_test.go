// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestVirtualClock_sleepMovesTime(t *testing.T) {
	t.Parallel()
	c := NewClock()
	if err := c.Sleep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Hour)
	if got, want := c.Now(), Epoch.Add(time.Hour+time.Minute); !got.Equal(want) {
		t.Fatalf("now %v, want %v", got, want)
	}
}

func TestVirtualClock_sleepInAnEndedContext(t *testing.T) {
	t.Parallel()
	c := NewClock()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if err := c.Sleep(ctx, time.Minute); !errors.Is(err, stopped) {
		t.Fatalf("error %v, want %v", err, stopped)
	}
	if !c.Now().Equal(Epoch) {
		t.Fatalf("time moved to %v", c.Now())
	}
}

func TestVirtualClock_timeouts(t *testing.T) {
	t.Parallel()
	type key struct{}
	tests := map[string]struct {
		outer, inner time.Duration // inner is derived from outer
		sleep        time.Duration
		wantErr      error
		wantNow      time.Duration
	}{
		"before both":       {time.Hour, time.Minute, 59 * time.Second, nil, 59 * time.Second},
		"at the inner":      {time.Hour, time.Minute, time.Minute, context.DeadlineExceeded, time.Minute},
		"past the inner":    {time.Hour, time.Minute, time.Hour, context.DeadlineExceeded, time.Minute},
		"outer ends first":  {time.Second, time.Minute, time.Hour, context.DeadlineExceeded, time.Second},
		"both end at once":  {time.Minute, time.Minute, time.Hour, context.DeadlineExceeded, time.Minute},
		"over already":      {time.Hour, 0, time.Minute, context.DeadlineExceeded, 0},
		"negative duration": {time.Hour, -time.Minute, time.Minute, context.DeadlineExceeded, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewClock()
			outer, cancelOuter := c.WithTimeout(t.Context(), test.outer)
			defer cancelOuter()
			inner, cancelInner := c.WithTimeout(context.WithValue(outer, key{}, "kept"), test.inner)
			defer cancelInner()
			derived, cancel := context.WithCancel(context.WithValue(inner, key{}, "derived"))
			defer cancel()

			if err := c.Sleep(derived, test.sleep); !errors.Is(err, test.wantErr) {
				t.Fatalf("error %v, want %v", err, test.wantErr)
			}
			for name, ctx := range map[string]context.Context{"inner": inner, "derived": derived} {
				if !errors.Is(ctx.Err(), test.wantErr) {
					t.Errorf("%s: Err %v, want %v", name, ctx.Err(), test.wantErr)
				}
			}
			if got := c.Now().Sub(Epoch); got != test.wantNow {
				t.Errorf("time moved by %v, want %v", got, test.wantNow)
			}
			if inner.Value(key{}) != "kept" {
				t.Error("the parent's values are lost")
			}
			if _, has := derived.Deadline(); has {
				t.Error("a deadline of virtual time is shown")
			}
		})
	}
}

func TestVirtualClock_timeoutEndsWithItsParent(t *testing.T) {
	t.Parallel()
	c := NewClock()
	stopped := errors.New("stopped")
	parent, cancelParent := context.WithCancelCause(t.Context())
	ctx, cancel := c.WithTimeout(parent, time.Minute)
	defer cancel()
	cancelParent(stopped)
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(context.Cause(ctx), stopped) {
		t.Fatalf("Err %v, Cause %v", ctx.Err(), context.Cause(ctx))
	}
}

func TestVirtualClock_cancelledTimeoutIsCancelled(t *testing.T) {
	t.Parallel()
	c := NewClock()
	ctx, cancel := c.WithTimeout(t.Context(), time.Minute)
	cancel()
	c.Advance(time.Hour)
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Fatalf("Err %v, want %v", ctx.Err(), context.Canceled)
	}
}

func TestVirtualClock_hold(t *testing.T) {
	t.Parallel()
	c := NewClock()
	sleeping := c.Hold()
	ctx, cancel := c.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	woken := make(chan error)
	for range 2 {
		go func() { woken <- c.Sleep(ctx, time.Second) }()
	}
	<-sleeping
	select {
	case err := <-woken:
		t.Fatalf("a held clock let a sleeper go: %v", err)
	default:
	}
	c.Advance(time.Minute)
	for range 2 {
		if err := <-woken; !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v, want %v", err, context.DeadlineExceeded)
		}
	}
}
