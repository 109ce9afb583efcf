// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// run is one run of an action: what became of everybody who was selected.
type run struct {
	*selection
	// since is the instant that tells who was signed out by this run, and by those that it repeats: minimum_valid_from, or else when the
	// last of the users was read, before the first call, by the service's clock.
	since time.Time
	done  []graph.User
	// doubtful counts the calls that were accepted and answered with false.
	doubtful int
	// causes are why users were not signed out.
	causes []cause
	// ignored are the users who do not exist, where that is to be ignored.
	ignored []graph.User
	// left counts the users who were not called, because of what went wrong with others or because the time was up.
	left int
}

// cause is why some users were not signed out: what went wrong with the first of them, explained.
type cause struct {
	calling bool
	err     error
	why     diag.Diagnostic
	users   []graph.User
}

// sharedBy reports whether an error is explained alike.
func (c cause) sharedBy(calling bool, err error) bool {
	return c.calling == calling && kindOf(c.err) == kindOf(err)
}

// failed counts the users whom a call, or reading them, failed for.
func (r *run) failed() int { return r.failedBy(func(cause) bool { return true }) }

// failedBy counts those of them whose cause is of a kind.
func (r *run) failedBy(ofKind func(cause) bool) int {
	count := 0
	for _, c := range r.causes {
		if ofKind(c) {
			count += len(c.users)
		}
	}
	return count
}

// signOut signs out everybody who was selected, and tells how far it is. What would go wrong with everybody ends it.
func (s *session) signOut(ctx context.Context, selected *selection, continueOnError bool, send func(action.InvokeProgressEvent)) *run {
	r := &run{selection: selected, since: selected.since()}
	for _, missing := range selected.missing {
		s.fail(ctx, r, attempt{userID: missing.name, action: r.action, timeout: "invoke", attribute: "user_ids"}, graph.User{ID: missing.name}, missing.err)
	}
	if r.failed() > 0 && !continueOnError {
		r.left = len(selected.users)
		return r
	}
	if len(selected.users) == 0 {
		if selected.reached > 0 {
			send(action.InvokeProgressEvent{Message: fmt.Sprintf("Nobody is left to sign out: %s skipped, as minimum_valid_from is reached.", users(selected.reached))})
		}
		return r
	}
	byID, ids := make(map[graph.Key]graph.User, len(selected.users)), make([]graph.Key, len(selected.users))
	for i, user := range selected.users {
		ids[i] = graph.Key(user.ID)
		byID[ids[i]] = user
	}

	calls := s.graph.InvalidateAll(selected.action, ids)
	progress := newProgress(s.clock, calls, len(ids)+len(selected.missing), r.since, send)
	defer progress.end(ctx)
	progress.count(r)
	progress.begin(ctx)
	for outcomes := calls.Next(ctx); outcomes != nil; outcomes = calls.Next(ctx) {
		before := r.failed()
		for _, o := range outcomes {
			s.settle(ctx, r, byID[o.Key], o)
		}
		progress.count(r)
		if slices.ContainsFunc(outcomes, concernsEverybody) || r.permittedNobody() || r.failed() > before && !continueOnError {
			calls.Stop()
		}
	}
	r.left = len(calls.Left())
	if len(r.ignored) > 0 && ctx.Err() == nil {
		// Terraform folds warnings of one kind, and a name must not be lost.
		progress.say("Passed over, as they do not exist:\n%s", named(r.ignored))
	}
	return r
}

// settle takes note of what became of one user.
func (s *session) settle(ctx context.Context, r *run, user graph.User, o graph.Outcome[graph.Invalidation]) {
	if o.Err != nil {
		s.fail(ctx, r, attempt{calling: true, userID: user.ID, action: r.action, timeout: "invoke", attribute: "user_ids"}, user, o.Err)
		return
	}
	r.done = append(r.done, user)
	if o.Result.Doubtful {
		r.doubtful++
	}
}

// fail takes note of why a user was not signed out.
func (s *session) fail(ctx context.Context, r *run, a attempt, user graph.User, err error) {
	if r.ignoreNotFound && isNotFound(err) {
		r.ignored = append(r.ignored, user)
		return
	}
	i := slices.IndexFunc(r.causes, func(c cause) bool { return c.sharedBy(a.calling, err) })
	if i < 0 {
		i = len(r.causes)
		r.causes = append(r.causes, cause{calling: a.calling, err: err, why: s.explain(ctx, a, err)})
	}
	r.causes[i].users = append(r.causes[i].users, user)
}

// kindOf is the same for errors that are explained alike.
func kindOf(err error) string {
	if batch, ok := errors.AsType[*graph.BatchError](err); ok {
		return "batch " + kindOf(batch.Err)
	}
	if failure, answered := errors.AsType[*graph.Error](err); answered {
		return fmt.Sprint(failure.StatusCode, failure.Code, failure.Stopped, failure.CallNotServed())
	}
	return fmt.Sprintf("%T", err)
}

// mayBeCarriedOut tells calls of whose end nothing is known from answers that refuse them.
func mayBeCarriedOut(c cause) bool {
	if !c.calling {
		return false
	}
	err := c.err
	if batch, ok := errors.AsType[*graph.BatchError](err); ok {
		err = batch.Err
	}
	if failure, answered := errors.AsType[*graph.Error](err); answered {
		return failure.StatusCode < http.StatusBadRequest || failure.StatusCode >= http.StatusInternalServerError
	}
	_, unreachable := errors.AsType[*graph.UnreachableError](err)
	return unreachable
}

// concernsEverybody tells a failure that has nothing to do with the user, such as that of a whole batch.
func concernsEverybody(o graph.Outcome[graph.Invalidation]) bool {
	if o.Err == nil {
		return false
	}
	failure, answered := errors.AsType[*graph.Error](o.Err)
	return !answered || failure.StatusCode == http.StatusUnauthorized || failure.CallNotServed()
}

func isForbidden(c cause) bool {
	failure, answered := errors.AsType[*graph.Error](c.err)
	return answered && failure.Forbidden()
}

// permittedNobody tells a permission that is missing for everybody from users who are administrators: nobody is done, and as many as a
// batch has are forbidden.
func (r *run) permittedNobody() bool {
	return len(r.done) == 0 && r.failedBy(isForbidden) >= graph.BatchSize
}
