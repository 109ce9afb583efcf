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
	// causes are why users were not signed out, and failed counts those users.
	causes []cause
	failed int
	// forbidden counts those of them whom a permission is missing for.
	forbidden int
	// ignored are the users who do not exist, where that is to be ignored.
	ignored []graph.User
	// uncertain is set where a call that got no answer may have been carried out.
	uncertain bool
	// left counts the users who were not called, because of what went wrong with others or because the time was up.
	left int
}

// cause is why some users were not signed out, explained for the first of them.
type cause struct {
	key   string
	why   diag.Diagnostic
	users []graph.User
}

// signOut signs out everybody who was selected, and tells how far it is. What would go wrong with everybody ends it.
func (s *session) signOut(ctx context.Context, selected *selection, continueOnError bool, send func(action.InvokeProgressEvent)) *run {
	r := &run{selection: selected, since: selected.since()}
	for _, missing := range selected.missing {
		s.fail(ctx, r, attempt{userID: missing.name, action: r.action, timeout: "invoke", attribute: "user_ids"}, graph.User{ID: missing.name}, missing.err)
	}
	if r.failed > 0 && !continueOnError {
		r.left = len(selected.users)
		return r
	}
	if len(selected.users) == 0 && selected.reached > 0 {
		send(action.InvokeProgressEvent{Message: fmt.Sprintf("Nobody is left to sign out: %s skipped, as minimum_valid_from is reached.", users(selected.reached))})
	}
	if len(selected.users) == 0 {
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
		before := r.failed
		for _, o := range outcomes {
			s.settle(ctx, r, byID[o.Key], o)
		}
		progress.count(r)
		if slices.ContainsFunc(outcomes, concernsEverybody) || r.permittedNobody() || r.failed > before && !continueOnError {
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
	r.failed++
	if isForbidden(err) {
		r.forbidden++
	}
	r.uncertain = r.uncertain || a.calling && mayBeCarriedOut(err)

	key := fmt.Sprint(a.calling, causeOf(err))
	i := slices.IndexFunc(r.causes, func(c cause) bool { return c.key == key })
	if i < 0 {
		i = len(r.causes)
		r.causes = append(r.causes, cause{key: key, why: s.explain(ctx, a, err)})
	}
	r.causes[i].users = append(r.causes[i].users, user)
}

// causeOf is the same for errors that are explained alike.
func causeOf(err error) string {
	if batch, ok := errors.AsType[*graph.BatchError](err); ok {
		return "batch " + causeOf(batch.Err)
	}
	if failure, answered := errors.AsType[*graph.Error](err); answered {
		return fmt.Sprint(failure.StatusCode, failure.Code, failure.Stopped, failure.CallNotServed())
	}
	return fmt.Sprintf("%T", err)
}

// mayBeCarriedOut tells a call of whose end nothing is known from an answer that refuses it.
func mayBeCarriedOut(err error) bool {
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

func isForbidden(err error) bool {
	failure, answered := errors.AsType[*graph.Error](err)
	return answered && failure.Forbidden()
}

// permittedNobody tells a permission that is missing for everybody from users who are administrators: nobody is done, and as many as a
// batch has are forbidden.
func (r *run) permittedNobody() bool {
	return len(r.done) == 0 && r.forbidden >= graph.BatchSize
}
