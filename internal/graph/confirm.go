// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"time"
)

const (
	// confirmFor bounds the wait for a replica to show an accepted call.
	confirmFor   = 2 * time.Minute
	firstPoll    = time.Second
	slowestPoll  = 10 * time.Second
	clockLeeway  = 5 * time.Second
	pollGrowthBy = 2
)

// ErrNotShown is the error of Confirm where Graph showed only an older instant until the time was up.
var ErrNotShown = errors.New("graph has not shown the new instant")

// Fresh reports whether the user's instant shows a call: it moved past the one read before the call, or is not before
// the call's answer less 5 seconds, for two calls within a second leave the same instant.
func Fresh(before, shown *time.Time, call time.Time) bool {
	return shown != nil && (before == nil || shown.After(*before) || !shown.Before(call.Add(-clockLeeway)))
}

// Confirm reads the user until a replica shows the call, for at most 2 minutes. Only an older instant, null and 404 are
// waited for. It returns the user as last read, nil where no read succeeded, and nil, ErrNotShown, or the error that
// ended the reading.
func (c *Client) Confirm(ctx context.Context, action Action, key Key, before *time.Time, call Invalidation) (*User, error) {
	ctx, cancel := c.clock.WithTimeout(ctx, confirmFor)
	defer cancel()
	var last *User
	for wait := firstPoll; ; wait = min(wait*pollGrowthBy, slowestPoll) {
		user, err := c.User(ctx, action, key)
		switch failure, answered := errors.AsType[*Error](err); {
		case err == nil:
			last = &user
			if Fresh(before, user.ValidFrom, call.At) {
				return last, nil
			}
			err = ErrNotShown
		case !answered || !failure.NotFound():
			return last, err
		}
		if c.clock.Sleep(ctx, wait) != nil {
			return last, err
		}
	}
}
