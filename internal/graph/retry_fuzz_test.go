// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"math/big"
	"net/http"
	"regexp"
	"testing"
	"time"
)

// decimal has as many digits as a float64 holds.
var decimal = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,6})?$`)

// A wait is never negative, never shorter than the service asks for, and not longer by more than a millisecond.
func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{
		"", "0", "10", "315", "2.128", "0.0001", "-1", "1e300", "Inf", "NaN", "0x1p-2", "99999999999999999999", "soon",
		"Sun, 01 Mar 2026 12:00:30 GMT", "Sunday, 01-Mar-26 12:00:30 GMT", "Sun Mar  1 12:00:30 2026", "Fri, 31 Dec 9999 23:59:59 GMT",
	} {
		f.Add(header)
	}
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	const otherwise = 7 * time.Second
	f.Fuzz(func(t *testing.T, header string) {
		got := retryAfter(header, now, otherwise)
		if got < 0 {
			t.Fatalf("%q waits for %s", header, got)
		}
		date, err := http.ParseTime(header)
		switch {
		case decimal.MatchString(header):
			asked, _ := new(big.Rat).SetString(header)
			if asked.Sign() == 0 {
				asked.SetInt64(int64(otherwise / time.Second))
			}
			waits := big.NewRat(int64(got), int64(time.Second))
			if longest := new(big.Rat).Add(asked, big.NewRat(1, 1000)); waits.Cmp(asked) < 0 || waits.Cmp(longest) > 0 {
				t.Errorf("%q waits for %s", header, got)
			}
		case err == nil && date.After(now):
			if got != date.Sub(now) {
				t.Errorf("%q waits for %s", header, got)
			}
		}
	})
}
