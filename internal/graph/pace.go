// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import "time"

const (
	// paceLeeway makes a pace a little faster than the measured one, so that a quota that has grown is found out.
	paceLeeway = 0.99
	// paceLifetime is for how long a pace holds that no refusal confirms. Quotas of writes are for 150 seconds.
	paceLifetime = 5 * time.Minute
)

// pace keeps batches inside a quota that only the service knows, by what it answers. At a refusal the quota is used up, so what was
// accepted between two refusals is what the service gives in that time.
type pace struct {
	// gate is when the service wants to be asked again.
	gate time.Time
	// refused is when the service last refused; zero if it has not for long.
	refused time.Time
	// accepted counts the requests since then.
	accepted int
	// interval is from one batch to the next; zero while it is not known.
	interval time.Duration
	// begun is when the last batch was to be begun.
	begun time.Time
}

// answered takes note of a batch: how many of its requests were not refused for the quota, and for how long the service wants no
// others, zero where it refused none.
func (p *pace) answered(now time.Time, accepted int, retryAfter time.Duration) {
	p.accepted += accepted
	switch {
	case retryAfter > 0:
		p.measure(now)
		p.gate = later(p.gate, now.Add(retryAfter))
		p.refused, p.accepted = now, 0
	case !p.refused.IsZero() && now.Sub(p.refused) > paceLifetime:
		p.refused, p.interval = time.Time{}, 0
	}
}

// measure learns from a refusal. One of a batch that was under way at the refusal before teaches nothing.
func (p *pace) measure(now time.Time) {
	if p.refused.IsZero() || p.accepted == 0 || now.Before(p.gate) {
		return
	}
	perRequest := float64(now.Sub(p.refused)) / float64(p.accepted)
	p.interval = time.Duration(perRequest * BatchSize * paceLeeway)
}

// next is when the next batch may be begun.
func (p *pace) next() time.Time {
	return later(p.gate, p.begun.Add(p.interval))
}

// begins takes note that a batch is begun. One that is late does not hold up those after it.
func (p *pace) begins(now time.Time) {
	p.begun = later(p.next(), now.Add(-p.interval))
}

// atOnce is how many batches may be under way: one while the pace is to be found out.
func (p *pace) atOnce(most int) int {
	if !p.refused.IsZero() && p.interval == 0 {
		return 1
	}
	return most
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
