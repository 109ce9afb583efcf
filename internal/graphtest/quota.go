// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// WriteQuota is how many writes Graph accepts: a token bucket. The zero value is no limit. The service accepts 3,000 at once and
// 20 per second of one application in one tenant: https://learn.microsoft.com/graph/throttling-limits.
type WriteQuota struct {
	// Burst is how many writes are accepted at once.
	Burst int
	// PerSecond is how many more are accepted in each second.
	PerSecond float64
}

// SetWriteQuota sets a quota, all of which is unused. A write above it is answered with 429 and the seconds after which
// there is room for one. Unlike the service's, the quota does not count the writes that it refuses.
func (s *Server) SetWriteQuota(q WriteQuota) {
	s.writes.set(q, s.clock.Now())
}

// bucket is what is left of a quota.
type bucket struct {
	mu    sync.Mutex
	quota WriteQuota
	left  float64
	at    time.Time
}

func (b *bucket) set(q WriteQuota, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.quota, b.left, b.at = q, float64(q.Burst), now
}

// take takes one write. Where there is none left, it returns how long it takes until there is.
func (b *bucket) take(now time.Time) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quota == (WriteQuota{}) {
		return 0
	}
	b.left = min(float64(b.quota.Burst), b.left+now.Sub(b.at).Seconds()*b.quota.PerSecond)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / b.quota.PerSecond * float64(time.Second))
	}
	b.left--
	return 0
}

// throttle refuses a write above the quota.
func (s *Server) throttle(r *http.Request) *graphError {
	if r.Method == http.MethodGet {
		return nil
	}
	wait := s.writes.take(s.clock.Now())
	if wait <= 0 {
		return nil
	}
	return &graphError{
		Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Please retry again later.",
		Header: http.Header{
			"Retry-After":               {strconv.Itoa(int(math.Ceil(wait.Seconds())))},
			"X-Ms-Throttle-Information": {"WriteLimitExceeded"},
		},
	}
}
