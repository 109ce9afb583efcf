// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// addUsers adds users, and returns the keys of all.
func (f fixture) addUsers(count int) []graph.Key {
	keys := make([]graph.Key, count)
	for i := range keys {
		user := f.tenant.AddUser(graphtest.User{ID: fmt.Sprintf("00000000-0000-0000-0000-%012d", i), UserPrincipalName: fmt.Sprintf("user%d@contoso.com", i)})
		keys[i] = graph.Key(user.ID)
	}
	return keys
}

func (f fixture) invalidateAll(keys []graph.Key) *graph.Batches[graph.Invalidation] {
	return f.InvalidateAll(graph.InvalidateAllRefreshTokens, keys)
}

// all takes the outcomes to the end.
func all[T any](ctx context.Context, batches *graph.Batches[T]) []graph.Outcome[T] {
	var outcomes []graph.Outcome[T]
	for some := batches.Next(ctx); some != nil; some = batches.Next(ctx) {
		outcomes = append(outcomes, some...)
	}
	return outcomes
}

// failed are the outcomes with an error, by user.
func failed[T any](outcomes []graph.Outcome[T]) map[graph.Key]error {
	failures := map[graph.Key]error{}
	for _, o := range outcomes {
		if o.Err != nil {
			failures[o.Key] = o.Err
		}
	}
	return failures
}

// eachOnce checks that there is one outcome for each user.
func eachOnce[T any](t *testing.T, outcomes []graph.Outcome[T], keys []graph.Key) {
	t.Helper()
	got := make([]graph.Key, len(outcomes))
	for i, o := range outcomes {
		got[i] = o.Key
	}
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(keys)); !slices.Equal(got, want) {
		t.Errorf("%d outcomes, want one for each of %d users", len(got), len(want))
	}
}

// signedOut checks how often the service accepted the call for each of the users.
func (f fixture) signedOut(t *testing.T, keys []graph.Key, want int) {
	t.Helper()
	for _, key := range keys {
		if got := len(f.tenant.Invalidations(string(key))); got != want {
			t.Errorf("%s was signed out %d times, want %d", key, got, want)
		}
	}
}

// parts are how many requests each batch had.
func (f fixture) parts() []int {
	var parts []int
	for _, request := range f.tenant.GraphRequests() {
		parts = append(parts, len(request.Parts))
	}
	return parts
}

// only matches calls for one user, on their own and in batches.
func only(key graph.Key) func(*http.Request) bool {
	return func(r *http.Request) bool { return graphtest.Action(r) && strings.Contains(r.URL.Path, string(key)) }
}

func TestInvalidateAll_sendsWhatTheServiceAccepts(t *testing.T) {
	t.Parallel()
	for action, path := range map[graph.Action]string{graph.InvalidateAllRefreshTokens: "/beta/$batch", graph.RevokeSignInSessions: "/v1.0/$batch"} {
		f := newFixture(t)
		keys := f.addUsers(45)
		outcomes := all(t.Context(), f.InvalidateAll(action, keys))
		eachOnce(t, outcomes, keys)
		f.signedOut(t, keys, 1)
		for _, o := range outcomes {
			if o.Err != nil || !o.Result.At.Equal(graphtest.Epoch) || o.Result.RequestID == "" || o.Result.Doubtful {
				t.Errorf("got %+v", o)
			}
		}
		if got := f.parts(); !slices.Equal(got, []int{20, 20, 5}) && !slices.Equal(got, []int{20, 5, 20}) {
			t.Errorf("sent batches of %v", got)
		}
		if got := f.tenant.GraphRequests()[0]; got.Path != path || got.Header.Get("client-request-id") == "" {
			t.Errorf("sent %s with %v", got, got.Header)
		}
	}
}

// Answers come in any order, and each is that of its user.
func TestUsers_answersFindTheirUsers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(30)
	outcomes := all(t.Context(), f.Users(graph.InvalidateAllRefreshTokens, keys))
	eachOnce(t, outcomes, keys)
	for _, o := range outcomes {
		if o.Err != nil || o.Result.ID != string(o.Key) {
			t.Errorf("for %s: %+v, %v", o.Key, o.Result, o.Err)
		}
	}
	if !slices.IsSortedFunc(outcomes[:20], func(a, b graph.Outcome[graph.User]) int { return strings.Compare(string(a.Key), string(b.Key)) }) {
		t.Error("the outcomes of a batch are not in the order of the users")
	}
}

func TestUsers_oneUnknown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := append(f.addUsers(20), "o'hara@contoso.com")
	failures := failed(all(t.Context(), f.Users(graph.InvalidateAllRefreshTokens, keys)))
	if got, ok := errors.AsType[*graph.Error](failures["o'hara@contoso.com"]); len(failures) != 1 || !ok || !got.NotFound() || got.RequestID == "" || got.Tries != 1 {
		t.Errorf("got %v, want one 404", failures)
	}
}

func TestInvalidateAll_nobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if got := all(t.Context(), f.invalidateAll(nil)); got != nil || len(f.tenant.GraphRequests()) > 0 {
		t.Errorf("got %v and sent %v", got, f.tenant.GraphRequests())
	}
}

func TestInvalidateAll_repeatsOnlyWhatWasRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(10)
	for i, effect := range []graphtest.Effect{
		graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("3")),
		graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "", nil),
		graphtest.GraphError(http.StatusConflict, "Directory_ConcurrencyViolation", "", nil),
		graphtest.GraphError(http.StatusGatewayTimeout, "", "", retryAfter("1")),
		graphtest.Respond(http.StatusBadGateway, http.Header{"Content-Type": {"text/html"}}, "<h1>502</h1>"),
	} {
		f.tenant.Inject(graphtest.Fault{Match: only(keys[i]), Effect: effect})
	}
	outcomes := all(t.Context(), f.invalidateAll(keys))
	eachOnce(t, outcomes, keys)
	f.signedOut(t, keys, 1)
	if got := failed(outcomes); len(got) > 0 {
		t.Errorf("failed: %v", got)
	}
	tried := map[string]int{}
	for _, batch := range f.tenant.GraphRequests() {
		for _, part := range batch.Parts {
			tried[part.Path]++
		}
	}
	for i, key := range keys {
		path := "/beta/users('" + string(key) + "')/invalidateAllRefreshTokens"
		if want := map[bool]int{true: 2, false: 1}[i < 5]; tried[path] != want {
			t.Errorf("%s was tried %d times, want %d", key, tried[path], want)
		}
	}
}

func TestInvalidateAll_waitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	for header, want := range asked {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			keys := f.addUsers(40)
			f.tenant.Inject(graphtest.Fault{Match: only(keys[3]), Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("1"))})
			f.tenant.Inject(graphtest.Fault{Match: only(keys[7]), Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter(header))})
			if got := failed(all(t.Context(), f.invalidateAll(keys))); len(got) > 0 {
				t.Fatalf("failed: %v", got)
			}
			for _, request := range f.tenant.GraphRequests()[1:] {
				if got := request.Time.Sub(graphtest.Epoch); got < want {
					t.Errorf("sent after %s, want %s", got, want)
				}
			}
			if got := f.clock.Now().Sub(graphtest.Epoch); got != want {
				t.Errorf("took %s, want %s", got, want)
			}
		})
	}
}

// What everybody would be refused is refused to 20.
func TestInvalidateAll_firstBatchGoesAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(100)
	f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Denied.", nil)})
	batches := f.invalidateAll(keys)
	first := batches.Next(t.Context())
	batches.Stop()
	eachOnce(t, first, keys[:20])
	if got := failed(first); len(got) != 20 {
		t.Errorf("%d failed, want 20", len(got))
	}
	if rest := all(t.Context(), batches); rest != nil {
		t.Errorf("after Stop: %v", rest)
	}
	if got := batches.Left(); !slices.Equal(got, keys[20:]) {
		t.Errorf("%d are left, want 80", len(got))
	}
	if got := f.parts(); !slices.Equal(got, []int{20}) {
		t.Errorf("sent batches of %v, want one of 20", got)
	}
}

// meeting holds batches, the first one apart, until so many have met.
type meeting struct {
	http.RoundTripper
	size int

	mu             sync.Mutex
	met            *sync.Cond
	begun          int
	underWay, most int
}

func (m *meeting) RoundTrip(request *http.Request) (*http.Response, error) {
	m.mu.Lock()
	m.begun++
	m.underWay++
	m.most = max(m.most, m.underWay)
	if m.begun == 1+m.size {
		m.met.Broadcast()
	}
	for first := m.begun == 1; !first && m.begun < 1+m.size; {
		m.met.Wait()
	}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.underWay--
	}()
	return m.RoundTripper.RoundTrip(request)
}

func TestInvalidateAll_fourBatchesAreUnderWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(400)
	met := &meeting{RoundTripper: f.tenant.Transport(), size: 4}
	met.met = sync.NewCond(&met.mu)
	f.Client = f.newClient(t, met)
	outcomes := all(t.Context(), f.invalidateAll(keys))
	eachOnce(t, outcomes, keys)
	f.signedOut(t, keys, 1)
	if met.most != 4 {
		t.Errorf("%d batches were under way at once, want 4", met.most)
	}
}

// Stop leaves those alone who were not called, and tells of those who were refused what they were told.
func TestInvalidateAll_stopTellsOfThoseWhoWereToBeCalledAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(60)
	f.tenant.Inject(graphtest.Fault{Match: only(keys[0]), Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", retryAfter("10"))})
	batches := f.invalidateAll(keys)
	first := batches.Next(t.Context())
	batches.Stop()
	rest := all(t.Context(), batches)
	eachOnce(t, append(first, rest...), keys[:20])
	got, ok := errors.AsType[*graph.Error](failed(rest)[keys[0]])
	if !ok || got.StatusCode != http.StatusTooManyRequests || got.Message != "Please retry again later." || got.Tries != 1 || !errors.Is(got.Stopped, graph.ErrStopped) {
		t.Errorf("got %v", failed(rest))
	}
	if !slices.Equal(batches.Left(), keys[20:]) {
		t.Errorf("%d are left, want 40", len(batches.Left()))
	}
}

func TestInvalidateAll_timeIsUpWhileWaiting(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(50)
	f.tenant.Inject(graphtest.Fault{Match: only(keys[5]), Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("100"))})
	ctx, cancel := f.clock.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	batches := f.invalidateAll(keys)
	outcomes := all(ctx, batches)
	eachOnce(t, outcomes, keys[:20])
	got, ok := errors.AsType[*graph.Error](failed(outcomes)[keys[5]])
	if !ok || got.StatusCode != http.StatusTooManyRequests || got.Elapsed != 50*time.Second || !errors.Is(got.Stopped, context.DeadlineExceeded) {
		t.Errorf("got %+v", got)
	}
	if !slices.Equal(batches.Left(), keys[20:]) {
		t.Errorf("%d are left, want 30", len(batches.Left()))
	}
	if _, waiting := batches.WaitingUntil(); waiting {
		t.Error("still waiting")
	}
	f.signedOut(t, keys[20:], 0)
}

func TestInvalidateAll_tellsUntilWhenItWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(1)
	f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("100"))})
	sleeping := f.clock.Hold()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	batches := f.invalidateAll(keys)
	ended := make(chan []graph.Outcome[graph.Invalidation])
	go func() { ended <- all(ctx, batches) }()
	<-sleeping
	if until, waiting := batches.WaitingUntil(); !waiting || !until.Equal(graphtest.Epoch.Add(100*time.Second)) {
		t.Errorf("waits until %s: %t", until, waiting)
	}
	cancel()
	if got := failed(<-ended); len(got) != 1 {
		t.Errorf("got %v, want what was told to one", got)
	}
}

func TestInvalidateAll_cancelledWithBatchesUnderWay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(200)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.tenant.Inject(graphtest.Fault{Match: graphtest.Batch, First: 3, Effect: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		cancel()
		<-r.Context().Done()
	}})
	batches := f.invalidateAll(keys)
	outcomes := all(ctx, batches)
	if got := len(outcomes) + len(batches.Left()); got != len(keys) {
		t.Errorf("%d users are accounted for, want %d", got, len(keys))
	}
	failures := failed(outcomes)
	if len(failures) < 20 {
		t.Errorf("%d failed, want those of the batch that was cancelled at least", len(failures))
	}
	for key, err := range failures {
		if got, ok := errors.AsType[*graph.UnreachableError](ofBatch(err)); !ok || !errors.Is(got.Stopped, context.Canceled) {
			t.Errorf("%s: %#v", key, err)
		}
	}
	f.signedOut(t, batches.Left(), 0)
	if len(batches.Left()) == 0 {
		t.Error("nobody is left")
	}
}

// A batch that comes back unreadable, or not at all, is sent again or told.
func TestInvalidateAll_brokenAnswers(t *testing.T) {
	t.Parallel()
	html := graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "<h1>Sign in to the proxy</h1>")
	answerWith := func(body string) graphtest.Effect { return graphtest.Respond(http.StatusOK, jsonType, body) }
	for name, test := range map[string]struct {
		effect   graphtest.Effect
		batches  int // that were sent
		calls    int // that were accepted for each
		failures int
		says     string
	}{
		"truncated":                {effect: graphtest.Truncate(), batches: 2, calls: 2},
		"reset before the work":    {effect: graphtest.Reset(), batches: 2, calls: 1},
		"reset after the work":     {effect: graphtest.ResetAfterWork(), batches: 2, calls: 2},
		"503":                      {effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "", retryAfter("2")), batches: 2, calls: 1},
		"429":                      {effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("2")), batches: 2, calls: 1},
		"HTML":                     {effect: html, batches: 1, failures: 5, says: "cannot be read"},
		"cut off, but whole":       {effect: answerWith(`{"responses":[{"id":"0"`), batches: 1, failures: 5, says: "cannot be read"},
		"another type":             {effect: answerWith(`{"responses":{}}`), batches: 1, failures: 5, says: "cannot be read"},
		"no content":               {effect: graphtest.Respond(http.StatusNoContent, nil, ""), batches: 1, failures: 5, says: "cannot be read"},
		"oversized":                {effect: graphtest.Respond(http.StatusOK, jsonType, `{"responses":[],"x":"`+strings.Repeat("x", 17<<20)+`"}`), batches: 1, failures: 5, says: "larger than any"},
		"refused":                  {effect: graphtest.GraphError(http.StatusBadRequest, "BadRequest", "Invalid batch payload format.", nil), batches: 1, failures: 5, says: "Invalid batch payload"},
		"no answers":               {effect: answerWith(`{"responses":[]}`), batches: 2, calls: 1},
		"answers to nobody":        {effect: answerWith(`{"responses":[{"id":"99","status":204},{"id":"x","status":204},{"id":"-1","status":204}]}`), batches: 2, calls: 1},
		"one is left out":          {effect: answerWith(`{"responses":[{"id":"0","status":204},{"id":"1","status":204},{"id":"2","status":204},{"id":"3","status":204}]}`), batches: 2},
		"a header of another type": {effect: answerWith(`{"responses":[{"id":"0","status":204,"headers":{"x":1,"y":null}},{"id":"1","status":204},{"id":"2","status":204},{"id":"3","status":204},{"id":"4","status":204}]}`), batches: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			keys := f.addUsers(5)
			f.tenant.Inject(graphtest.Fault{Match: graphtest.Batch, Effect: test.effect})
			outcomes := all(t.Context(), f.invalidateAll(keys))
			eachOnce(t, outcomes, keys)
			failures := failed(outcomes)
			if len(failures) != test.failures {
				t.Errorf("failed: %v", failures)
			}
			for _, err := range failures {
				if !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want %q in it", err, test.says)
				}
			}
			if got := len(f.tenant.GraphRequests()); got != test.batches {
				t.Errorf("sent %d batches, want %d", got, test.batches)
			}
			if name != "one is left out" {
				f.signedOut(t, keys, test.calls)
				return
			}
			f.signedOut(t, keys[:4], 0)
			f.signedOut(t, keys[4:], 1)
		})
	}
}

// A part's answer means what it would mean on its own.
func TestInvalidateAll_anySuccessIsSuccess(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]graphtest.Effect{
		"no content":  graphtest.Respond(http.StatusNoContent, nil, ""),
		"true":        graphtest.Respond(http.StatusOK, jsonType, `{"value":true}`),
		"null":        graphtest.Respond(http.StatusOK, jsonType, `null`),
		"HTML":        graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "<p>done</p>"),
		"a long list": graphtest.Respond(http.StatusOK, jsonType, `{"value":[1,2,3]}`),
		"false":       graphtest.Respond(http.StatusOK, jsonType, `{"value":false}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Effect: effect})
			outcomes := all(t.Context(), f.invalidateAll(f.addUsers(1)))
			if len(outcomes) != 1 || outcomes[0].Err != nil || outcomes[0].Result.Doubtful != (name == "false") {
				t.Errorf("got %+v", outcomes)
			}
		})
	}
}

// One fresh token, and one repeat: whether the batch is refused or each of its parts.
func TestInvalidateAll_claimsChallengeIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1657834417"}}}`
	challenge := http.Header{"Www-Authenticate": {`Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`}}
	refusal := graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Refused.", challenge)
	for name, test := range map[string]struct {
		match    func(*http.Request) bool
		times    int
		failures int
	}{
		"of the batch":            {match: graphtest.Batch, times: 1},
		"of each part":            {match: graphtest.Action, times: 20},
		"of the batch, never met": {match: graphtest.Batch, times: -1, failures: 20},
		"of each part, never met": {match: graphtest.Action, times: -1, failures: 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			keys := f.addUsers(20)
			f.tenant.Inject(graphtest.Fault{Match: test.match, Times: test.times, Effect: refusal})
			outcomes := all(t.Context(), f.invalidateAll(keys))
			eachOnce(t, outcomes, keys)
			failures := failed(outcomes)
			if len(failures) != test.failures {
				t.Errorf("%d failed, want %d", len(failures), test.failures)
			}
			for _, err := range failures {
				if got, ok := errors.AsType[*graph.Error](ofBatch(err)); !ok || got.StatusCode != http.StatusUnauthorized || got.Message != "Refused." {
					t.Errorf("got %v, want the 401 that was told", err)
				}
			}
			if got := len(f.tenant.GraphRequests()); got != 2 {
				t.Errorf("sent %d batches, want 2", got)
			}
			if want := []string{"", claims}; !slices.Equal(f.credential.claims, want) {
				t.Errorf("asked for tokens with the claims %q, want %q", f.credential.claims, want)
			}
			if test.failures == 0 {
				f.signedOut(t, keys, 1)
			}
		})
	}
}

// asking makes every Retry-After at least so long.
type asking struct {
	http.ResponseWriter
	seconds string
}

func (a asking) WriteHeader(status int) {
	if status == http.StatusTooManyRequests {
		a.Header().Set("Retry-After", a.seconds)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a asking) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// A tenant's quotas are used up, and hardly exceeded; TestPace_usesTheQuotaUp knows more of them.
func TestInvalidateAll_keepsToQuotas(t *testing.T) {
	t.Parallel()
	const users = 10_000
	for name, test := range map[string]struct {
		writes     graphtest.Quota
		retryAfter string
	}{
		"the service's":       {writes: graphtest.ServiceQuotas().Writes},
		"few at once":         {writes: graphtest.Quota{Burst: 100, PerSecond: 20}},
		"waits of 10 seconds": {writes: graphtest.ServiceQuotas().Writes, retryAfter: "10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			keys := f.addUsers(users)
			f.tenant.SetQuotas(graphtest.Quotas{Writes: test.writes, ResourceUnits: graphtest.ServiceQuotas().ResourceUnits})
			if test.retryAfter != "" {
				f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: func(w http.ResponseWriter, r *http.Request, service http.Handler) {
					service.ServeHTTP(asking{w, test.retryAfter}, r)
				}})
			}
			outcomes := all(t.Context(), f.invalidateAll(keys))
			eachOnce(t, outcomes, keys)
			if got := failed(outcomes); len(got) > 0 {
				t.Errorf("failed: %v", got)
			}
			f.signedOut(t, keys, 1)
			batches, took := len(f.tenant.GraphRequests()), f.clock.Now().Sub(graphtest.Epoch).Seconds()
			allows := float64(users-test.writes.Burst) / test.writes.PerSecond
			t.Logf("%d batches, %.1f s; the quota allows %.0f s", batches, took, allows)
			if most := 1.05 * users / 20; float64(batches) > most {
				t.Errorf("sent %d batches, want at most %.0f", batches, most)
			}
			if most := 1.1 * allows; took > most {
				t.Errorf("took %.1f s, want at most %.1f s", took, most)
			}
		})
	}
}

// ofBatch is why a batch has no answers, nil for any other error.
func ofBatch(err error) error {
	batch, ok := errors.AsType[*graph.BatchError](err)
	if !ok {
		return nil
	}
	return batch.Err
}

// A token that is refused for some of a batch alone is used up: those are asked about again, once, and nobody else is.
func TestInvalidateAll_someRefusedTokens(t *testing.T) {
	t.Parallel()
	for refusals, want := range map[int]int{1: 0, 2: http.StatusUnauthorized} {
		f := newFixture(t)
		keys := f.addUsers(25)
		f.tenant.Inject(graphtest.Fault{Match: only(keys[3]), Times: refusals, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", nil)})
		outcomes := all(t.Context(), f.invalidateAll(keys))
		eachOnce(t, outcomes, keys)
		f.signedOut(t, slices.DeleteFunc(slices.Clone(keys), func(key graph.Key) bool { return want > 0 && key == keys[3] }), 1)
		got, _ := errors.AsType[*graph.Error](failed(outcomes)[keys[3]])
		if want == 0 && got != nil || want > 0 && (got == nil || got.StatusCode != want) {
			t.Errorf("%d refusals: got %v", refusals, got)
		}
	}
}

// One user who is to wait for hours keeps nobody else waiting.
func TestInvalidateAll_oneWaitsForHours(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(60)
	f.tenant.Inject(graphtest.Fault{Match: only(keys[3]), Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", retryAfter("10800"))})
	ctx, cancel := f.clock.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	outcomes := all(ctx, f.invalidateAll(keys))
	eachOnce(t, outcomes, keys)
	if failures := failed(outcomes); len(failures) != 1 || failures[keys[3]] == nil {
		t.Errorf("got %v", failures)
	}
}
