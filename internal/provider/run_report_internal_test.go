// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// The report on a run says why users were not called.
func TestRunReport_whyUsersWereNotCalled(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, expire := context.WithDeadline(context.Background(), time.Time{})
	t.Cleanup(expire)
	for name, test := range map[string]struct {
		ctx  context.Context
		says string
	}{
		"cancelled": {cancelled, "Not called: 2 users, because the run was cancelled."},
		"expired":   {expired, "Not called: 2 users, because the time was used up; raise timeouts.invoke."},
		"stopped":   {context.Background(), "Not called: 2 users, because of what went wrong with others."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &run{selection: &selection{users: make([]graph.User, 3)}, done: make([]graph.User, 1), left: 2}
			said := r.failure(test.ctx).Detail()
			for _, want := range []string{"Signed out: 1 of 3 users. Not signed out: 2.", test.says} {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in %q", want, said)
				}
			}
		})
	}
}
