// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"time"
)

// Clock tells the time, waits, and bounds operations in time.
type Clock interface {
	// Now returns the present instant.
	Now() time.Time
	// Sleep waits for d, or returns the context's error as soon as the context ends.
	Sleep(ctx context.Context, d time.Duration) error
	// WithTimeout returns a context that ends after d, as context.WithTimeout does.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// SystemClock is the wall clock.
type SystemClock struct{}

// Now returns the present instant.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d, or returns the context's error as soon as the context ends.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// WithTimeout is context.WithTimeout.
func (SystemClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}
