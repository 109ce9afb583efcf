// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import "time"

const (
	// longestQuota is twice the time that the longest quota of https://learn.microsoft.com/graph/throttling-limits is for. What a few are to
	// wait longer for, while others are accepted, is not a quota of all.
	longestQuota = 10 * time.Minute
	// paceLeeway makes a pace a little faster than the measured one, so that a quota that has grown is found out.
	paceLeeway = 0.99
	// paceSample is how many requests have to be accepted before a known pace is measured again: what comes of fewer is chance, and a
	// pace that follows every chance becomes ever slower.
	paceSample = 2 * BatchSize
	// paceLifetime is for how long a pace holds that no refusal confirms. Quotas of writes are for 150 seconds.
	paceLifetime = 3 * time.Minute
	// slowestPace is a fifth of the quota of writes of https://learn.microsoft.com/graph/throttling-limits, for one application in one
	// tenant. Refusals that make a measured pace slower are no matter of pace, and waiting as long as the service asks is enough.
	slowestPace = 5 * time.Second
)

// pace keeps batches inside a quota that only the service knows, by what it answers. At a refusal the quota is used up, so what was
// accepted between two refusals is what the service gives in that time.
type pace struct {
	// gate is when the service wants to be asked again.
	gate time.Time
	// refused is when the service refused after the last batch was begun; zero if it did not.
	refused time.Time
	// since is the refusal from which the pace is measured; zero where there was none for long.
	since time.Time
	// accepted counts the requests since then.
	accepted int
	// interval is from one batch to the next; zero while it is not known.
	interval time.Duration
	// begun is when the last batch was to be begun.
	begun time.Time
}

// answered takes note of a batch: how many of its requests were not refused for the quota, how many were, and for how long the service
// wants no others, zero where it refused none.
func (p *pace) answered(now time.Time, accepted, refused int, retryAfter time.Duration) {
	if accepted > refused && retryAfter > longestQuota {
		retryAfter = 0
	}
	p.accepted += accepted
	switch {
	case retryAfter > 0:
		p.gate = later(p.gate, now.Add(retryAfter))
		if p.refused.IsZero() {
			p.refused = now
		}
	case !p.since.IsZero() && now.Sub(p.gate) > paceLifetime:
		p.since, p.interval = time.Time{}, 0
	}
}

// next is when the next batch may be begun.
func (p *pace) next() time.Time {
	return later(p.gate, p.begun.Add(p.interval))
}

// begins takes note that a batch is begun. One that is late does not hold up those after it.
func (p *pace) begins(now time.Time) {
	next := p.next()
	p.measure()
	p.begun = later(next, now.Add(-p.interval))
}

// measure learns from a refusal, once the batches that were under way at it have told what was accepted beside it.
func (p *pace) measure() {
	needed := 1
	if p.interval > 0 {
		needed = paceSample
	}
	switch at := p.refused; {
	case at.IsZero():
	case p.since.IsZero():
		p.since, p.accepted = at, 0
	case p.accepted >= needed:
		perRequest := float64(at.Sub(p.since)) / float64(p.accepted)
		p.interval = min(time.Duration(perRequest*BatchSize*paceLeeway), slowestPace)
		p.since, p.accepted = at, 0
	}
	p.refused = time.Time{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
