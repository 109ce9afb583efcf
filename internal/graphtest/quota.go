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

// Quota is a token bucket. The zero value is no limit.
type Quota struct {
	// Burst is how much is accepted at once. What costs more than that is accepted by a full bucket.
	Burst int
	// PerSecond is how much more is accepted in each second.
	PerSecond float64
}

// Quotas are how much Graph accepts, of all callers together. Parts of a batch are metered each by itself, and their
// envelope is free.
type Quotas struct {
	// Writes are all methods but GET.
	Writes Quota
	// ResourceUnits are what each request costs, a write one of them: the header x-ms-resource-unit tells.
	ResourceUnits Quota
}

// ServiceQuotas returns those of https://learn.microsoft.com/graph/throttling-limits for one application in a tenant of
// more than 500 users: 3,000 writes at once and 20 per second, and 8,000 resource units per 10 seconds.
func ServiceQuotas() Quotas {
	return Quotas{
		Writes:        Quota{Burst: 3_000, PerSecond: 20},
		ResourceUnits: Quota{Burst: 8_000, PerSecond: 800},
	}
}

// SetQuotas sets the quotas, all of which are unused. A request above one is answered with 429 and the whole seconds
// after which there is room for it. Unlike the service's, the quotas do not count the requests that they refuse.
func (s *Server) SetQuotas(q Quotas) {
	s.meter.set(q, s.clock.Now())
}

// cost is what a request takes from the quotas.
type cost struct {
	writes, units int
}

// cost follows the table of the identity and access service's limits: $select and a $top below 20 take one resource
// unit off each, down to one.
func (c call) cost() cost {
	switch {
	case c.kind == batch:
		return cost{}
	case c.request.Method != http.MethodGet:
		return cost{writes: 1, units: 1}
	}
	units := 1
	switch c.kind {
	case userCollection:
		units = 2
	case transitiveMembers:
		units = 5
	}
	options, failure := c.systemOptions()
	if failure != nil {
		return cost{units: units}
	}
	if options.Has("$select") {
		units--
	}
	if size, failure := pageSize(options); failure == nil && size < 20 {
		units--
	}
	return cost{units: max(units, 1)}
}

// meter is what is left of the quotas.
type meter struct {
	mu            sync.Mutex
	writes, units bucket
}

func (m *meter) set(q Quotas, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes, m.units = newBucket(q.Writes, now), newBucket(q.ResourceUnits, now)
}

// take takes a cost from both quotas, or nothing. Where one has too little left, it returns that one's name in
// x-ms-throttle-information and the seconds until it has enough.
func (m *meter) take(c cost, now time.Time) (exceeded string, wait float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if wait := m.writes.lacks(c.writes, now); wait > 0 {
		return "WriteLimitExceeded", wait
	}
	if wait := m.units.lacks(c.units, now); wait > 0 {
		return "ResourceUnitLimitExceeded", wait
	}
	m.writes.take(c.writes)
	m.units.take(c.units)
	return "", 0
}

// bucket is what is left of one quota at an instant.
type bucket struct {
	quota Quota
	left  float64
	at    time.Time
}

func newBucket(q Quota, now time.Time) bucket {
	return bucket{quota: q, left: float64(q.Burst), at: now}
}

// lacks fills the bucket up to now and returns the seconds until it holds as much as asked: infinite where it is never
// filled.
func (b *bucket) lacks(amount int, now time.Time) (wait float64) {
	if b.quota == (Quota{}) || amount == 0 {
		return 0
	}
	b.left = min(float64(b.quota.Burst), b.left+now.Sub(b.at).Seconds()*b.quota.PerSecond)
	b.at = now
	if missing := b.needed(amount) - b.left; missing > 0 {
		return missing / b.quota.PerSecond
	}
	return 0
}

func (b *bucket) take(amount int) {
	if b.quota != (Quota{}) {
		b.left -= b.needed(amount)
	}
}

func (b *bucket) needed(amount int) float64 {
	return float64(min(amount, b.quota.Burst))
}

// longestWait is what a client is told who waits for a quota that is never filled again.
const longestWait = 24 * time.Hour

// throttle refuses a call above the quotas.
func (s *Server) throttle(c cost) *graphError {
	exceeded, wait := s.meter.take(c, s.clock.Now())
	if exceeded == "" {
		return nil
	}
	seconds := max(1, math.Ceil(min(wait, longestWait.Seconds())))
	return &graphError{
		Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Please retry again later.",
		Header: http.Header{
			"Retry-After":               {strconv.Itoa(int(seconds))},
			"X-Ms-Throttle-Information": {exceeded},
		},
	}
}
