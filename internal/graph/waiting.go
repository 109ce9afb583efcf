// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"sync/atomic"
	"time"
)

// waiting tells others until when the service is waited for. It is safe for concurrent use.
type waiting struct {
	until atomic.Pointer[time.Time] // of who began to wait last, nil where nobody waits
}

// sleep waits for d, or returns the context's error as soon as the context ends.
func (w *waiting) sleep(ctx context.Context, clock Clock, d time.Duration) error {
	until := new(clock.Now().Add(d))
	w.until.Store(until)
	defer w.until.CompareAndSwap(until, nil) // Others may wait, too.
	return clock.Sleep(ctx, d)
}
