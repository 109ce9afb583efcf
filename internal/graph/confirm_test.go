// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"testing"
	"time"
)

func TestFresh(t *testing.T) {
	t.Parallel()
	at := func(seconds int) *time.Time {
		return new(time.Date(2026, time.March, 1, 12, 0, seconds, 0, time.UTC))
	}
	call := *at(30)
	tests := map[string]struct {
		before, shown *time.Time
		want          bool
	}{
		"nothing shown":                     {before: at(0), shown: nil, want: false},
		"nothing before and after":          {before: nil, shown: nil, want: false},
		"the first instant":                 {before: nil, shown: at(30), want: true},
		"the same old instant":              {before: at(0), shown: at(0), want: false},
		"an older instant":                  {before: at(10), shown: at(0), want: false},
		"a later instant":                   {before: at(0), shown: at(30), want: true},
		"moved, by a slow clock":            {before: at(0), shown: at(1), want: true},
		"a second call in the second":       {before: at(30), shown: at(30), want: true},
		"equal, within the leeway":          {before: at(25), shown: at(25), want: true},
		"equal, a second beyond the leeway": {before: at(24), shown: at(24), want: false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Fresh(test.before, test.shown, call); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}
