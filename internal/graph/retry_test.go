// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	const otherwise = 7 * time.Second
	tests := map[string]time.Duration{
		"":                              otherwise,
		"soon":                          otherwise,
		"-1":                            otherwise,
		"NaN":                           otherwise,
		"0":                             0,
		"10":                            10 * time.Second,
		"315":                           315 * time.Second,
		"2.128":                         2128 * time.Millisecond,
		"0.0001":                        time.Millisecond,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
	}
	for header, want := range tests {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			if got := retryAfter(header, now, otherwise); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	for _, huge := range []string{"1e300", "Inf", "99999999999999999999"} {
		if got := retryAfter(huge, now, otherwise); got < 100*365*24*time.Hour {
			t.Errorf("Retry-After %s waits for %s, want longer than anybody", huge, got)
		}
	}
}

func TestPause_noWaitIsTakenAtItsWordOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	for _, value := range []string{"0", "Sun, 01 Mar 2026 11:00:00 GMT"} {
		header := http.Header{"Retry-After": {value}}
		if first, second := pause(header, now, 1), pause(header, now, 2); first != 0 || second < time.Second {
			t.Errorf("Retry-After %s waits for %s, then %s", value, first, second)
		}
	}
	if got := pause(http.Header{"Retry-After": {"0.5"}}, now, 9); got != time.Second/2 {
		t.Errorf("got %s, want half a second", got)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	tests := map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 5: 16 * time.Second, 6: 30 * time.Second, 1000: 30 * time.Second}
	for tries, full := range tests {
		for range 100 {
			if got := backoff(tries); got < full/2 || got >= full {
				t.Fatalf("after %d tries: got %s, want %s to %s", tries, got, full/2, full)
			}
		}
	}
}

func TestWorthAnotherTry(t *testing.T) {
	t.Parallel()
	const concurrency = `{"error":{"code":"Directory_ConcurrencyViolation","message":"…"}}`
	tests := []struct {
		status int
		body   string
		want   bool
	}{
		{400, "", false}, {401, "", false}, {403, "", false}, {404, "", false}, {405, "", false},
		{408, "", true}, {409, "", false}, {409, concurrency, true}, {429, "", true},
		{500, "", true}, {501, "", false}, {502, "", true}, {503, "", true}, {504, "", true},
	}
	for _, test := range tests {
		if got := worthAnotherTry(test.status, []byte(test.body)); got != test.want {
			t.Errorf("%d %s: got %t, want %t", test.status, test.body, got, test.want)
		}
	}
}
