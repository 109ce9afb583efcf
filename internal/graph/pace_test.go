// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"
)

var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// service is a token bucket that answers batches, in a time of its own, without a wire: what a pace is to find out.
type service struct {
	burst, perSecond float64
	// others tells how many requests per second somebody else has accepted.
	others func(at time.Duration) float64
	// chance refuses every so-manieth request for no reason that has to do with how fast they come.
	chance int
	// latency is how long a batch is under way.
	latency time.Duration
	// leastWait is the shortest Retry-After.
	leastWait time.Duration

	left  float64
	at    time.Duration
	asked int
}

// answer accepts some of a batch's requests, and asks for a wait where it refuses some.
func (s *service) answer(at time.Duration, requests int) (accepted int, retryAfter time.Duration) {
	rate := s.perSecond
	if s.others != nil {
		rate -= s.others(at)
	}
	s.left = min(s.burst, s.left+(at-s.at).Seconds()*rate)
	s.at = at
	for range requests {
		s.asked++
		unlucky := s.chance > 0 && s.asked%s.chance == 0
		if s.left < 1 || unlucky {
			wait := time.Duration(math.Ceil(max(1, (1-s.left)/rate))) * time.Second
			retryAfter = max(retryAfter, wait, s.leastWait)
			continue
		}
		s.left--
		accepted++
	}
	return accepted, retryAfter
}

// underWay is a batch that is not answered yet.
type underWay struct {
	back       time.Duration
	requests   int
	accepted   int
	retryAfter time.Duration
}

// drive sends requests as Batches does, and returns how many batches that takes, and how long.
func (s *service) drive(requests int) (batches int, took time.Duration) {
	var p pace
	var sent []underWay
	var now time.Duration
	s.left = s.burst
	for requests > 0 || len(sent) > 0 {
		next := max(now, p.next().Sub(epoch))
		most := batchesAtOnce
		if batches <= 1 {
			most = 1
		}
		if requests > 0 && len(sent) < most && (len(sent) == 0 || next <= sent[0].back) {
			now = next
			p.begins(epoch.Add(now))
			batches++
			// Not every batch takes as long, and of those that take no time the last is the first to be back.
			b := underWay{back: now + s.latency*time.Duration(3+batches%3)/4, requests: min(requests, BatchSize)}
			requests -= b.requests
			b.accepted, b.retryAfter = s.answer(now+s.latency/2, b.requests)
			after, _ := slices.BinarySearchFunc(sent, b, func(a, b underWay) int { return cmp.Compare(a.back, b.back) })
			sent = slices.Insert(sent, after, b)
			continue
		}
		b := sent[0]
		sent = slices.Delete(sent, 0, 1)
		now = max(now, b.back)
		requests += b.requests - b.accepted
		p.answered(epoch.Add(now), b.accepted, b.requests-b.accepted, b.retryAfter)
	}
	return batches, now
}

// Whatever the quota is: it is used up, and few requests are sent in vain.
func TestPace_usesTheQuotaUp(t *testing.T) {
	t.Parallel()
	const users = 10_000
	from := func(begin, end time.Duration, perSecond float64) func(time.Duration) float64 {
		return func(at time.Duration) float64 {
			if begin <= at && at < end {
				return perSecond
			}
			return 0
		}
	}
	const forever = 1000 * time.Hour
	for name, test := range map[string]struct {
		service

		seconds float64 // that the quota asks for
	}{
		"the service's":                  {service{burst: 3000, perSecond: 20}, 350},
		"batches of a second":            {service{burst: 3000, perSecond: 20, latency: time.Second}, 350},
		"batches of 3 seconds":           {service{burst: 3000, perSecond: 20, latency: 3 * time.Second}, 350},
		"slow":                           {service{burst: 3000, perSecond: 5}, 1400},
		"fast":                           {service{burst: 3000, perSecond: 100}, 70},
		"fast, batches of half a second": {service{burst: 3000, perSecond: 100, latency: time.Second / 2}, 70},
		"a batch at once":                {service{burst: 20, perSecond: 20}, 499},
		"few at once":                    {service{burst: 100, perSecond: 20, latency: time.Second / 5}, 495},
		"few at once, slow":              {service{burst: 50, perSecond: 5}, 1990},
		"waits of 10 seconds":            {service{burst: 3000, perSecond: 20, leastWait: 10 * time.Second}, 350},
		"waits of 10 seconds, batches of a second":   {service{burst: 3000, perSecond: 20, leastWait: 10 * time.Second, latency: time.Second}, 350},
		"waits of a minute":                          {service{burst: 3000, perSecond: 20, leastWait: time.Minute}, 350},
		"somebody else uses half":                    {service{burst: 3000, perSecond: 20, others: from(0, forever, 10)}, 700},
		"somebody else comes":                        {service{burst: 3000, perSecond: 20, others: from(100*time.Second, forever, 10)}, 600},
		"somebody else goes":                         {service{burst: 3000, perSecond: 20, others: from(0, 200*time.Second, 15)}, 500},
		"somebody else goes, batches of a second":    {service{burst: 3000, perSecond: 20, others: from(0, 200*time.Second, 15), latency: time.Second}, 500},
		"one in a thousand is refused for no reason": {service{burst: 3000, perSecond: 20, chance: 1000}, 350},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batches, took := test.drive(users)
			if most := 1.05 * users / BatchSize; float64(batches) > most {
				t.Errorf("sent %d batches, want at most %.0f", batches, most)
			}
			if most := 1.1 * test.seconds; took.Seconds() > most {
				t.Errorf("took %s, want at most %.0f s", took, most)
			}
		})
	}
}

// Refusals that no pace would avoid make it slower up to a limit, and not ever slower.
func TestPace_doesNotComeToAStandstill(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]service{
		"less than a batch at once":              {burst: 10, perSecond: 20},
		"one in twenty is refused for no reason": {burst: 3000, perSecond: 20, chance: 20},
		"the same without a quota":               {burst: 1e9, perSecond: 20, chance: 20, latency: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if batches, took := s.drive(10_000); took > time.Duration(batches)*slowestPace {
				t.Errorf("%d batches took %s", batches, took)
			}
		})
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	type answer struct{ at, accepted, retryAfter int } // seconds
	for name, test := range map[string]struct {
		answers  []answer
		gate     int
		interval time.Duration
	}{
		"nothing refused":                        {answers: []answer{{0, 20, 0}, {1, 20, 0}}},
		"the first refusal measures nothing":     {answers: []answer{{0, 20, 0}, {10, 5, 3}}, gate: 13},
		"what is accepted between two":           {answers: []answer{{10, 5, 1}, {11, 20, 0}, {12, 20, 1}}, gate: 13, interval: 990 * time.Millisecond},
		"the wait is part of it":                 {answers: []answer{{0, 0, 8}, {8, 20, 0}, {9, 20, 8}}, gate: 17, interval: 4455 * time.Millisecond},
		"nothing was accepted":                   {answers: []answer{{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}, gate: 3},
		"batches under way at the refusal":       {answers: []answer{{0, 0, 10}, {1, 3, 5}, {2, 7, 1}}, gate: 10},
		"and what is measured after them":        {answers: []answer{{0, 0, 2}, {1, 7, 1}, {2, 20, 0}, {4, 0, 1}}, gate: 5, interval: 3960 * time.Millisecond},
		"what those accept is from before":       {answers: []answer{{0, 0, 2}, {1, 20, 0}, {2, 20, 1}}, gate: 3, interval: 1980 * time.Millisecond},
		"what others accept beside it counts":    {answers: []answer{{0, 0, 2}, {2, 0, 2}, {3, 20, 0}, {4, 20, 1}}, gate: 5, interval: 1980 * time.Millisecond},
		"a shorter wait does not open the gate":  {answers: []answer{{0, 0, 100}, {1, 0, 1}}, gate: 100},
		"a few more do not change it":            {answers: []answer{{0, 0, 1}, {1, 20, 0}, {2, 20, 1}, {9, 20, 1}}, gate: 10, interval: 990 * time.Millisecond},
		"many do":                                {answers: []answer{{0, 0, 1}, {1, 20, 0}, {2, 20, 1}, {3, 20, 0}, {6, 20, 1}}, gate: 7, interval: 1980 * time.Millisecond},
		"no slower than the limit":               {answers: []answer{{0, 0, 1}, {100, 20, 1}}, gate: 101, interval: 5 * time.Second},
		"remembered for 3 minutes":               {answers: []answer{{0, 0, 1}, {1, 20, 0}, {2, 20, 1}, {183, 20, 0}}, gate: 3, interval: 990 * time.Millisecond},
		"forgotten after 3 minutes":              {answers: []answer{{0, 0, 1}, {1, 20, 0}, {2, 20, 1}, {184, 20, 0}}, gate: 3},
		"hours that a few are to wait":           {answers: []answer{{0, 19, 10800}}},
		"hours that most are to wait":            {answers: []answer{{0, 1, 10800}}, gate: 10800},
		"a wait of minutes is no time to forget": {answers: []answer{{0, 0, 1}, {1, 20, 0}, {2, 20, 600}, {602, 20, 0}}, gate: 602, interval: 990 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pace
			for _, a := range test.answers {
				now := epoch.Add(time.Duration(a.at) * time.Second)
				if !now.Before(p.gate) { // Earlier, only batches that were under way at the refusal come back.
					p.begins(now)
				}
				p.answered(now, a.accepted, BatchSize-a.accepted, time.Duration(a.retryAfter)*time.Second)
			}
			p.measure()
			if p.interval != test.interval {
				t.Errorf("the interval is %s, want %s", p.interval, test.interval)
			}
			if want := epoch.Add(time.Duration(test.gate) * time.Second); test.gate > 0 && !p.gate.Equal(want) {
				t.Errorf("the next batch is at %s, want %s", p.gate, want)
			}
		})
	}
}

// A batch that is late does not hold up those after it, and time that was lost is not made up for by a rush.
func TestPace_keepsTime(t *testing.T) {
	t.Parallel()
	p := pace{interval: time.Second, begun: epoch}
	for at, want := range map[time.Duration]time.Duration{
		time.Second:             2 * time.Second,
		1300 * time.Millisecond: 2 * time.Second,
		10 * time.Second:        10 * time.Second,
	} {
		late := p
		late.begins(epoch.Add(at))
		if got := late.next().Sub(epoch); got != want {
			t.Errorf("after a batch at %s the next is at %s, want %s", at, got, want)
		}
	}
}
