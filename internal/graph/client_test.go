// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// fixture is a client that is signed in as an administrator of a tenant, and a user of that tenant.
type fixture struct {
	*graph.Client
	tenant     *graphtest.Server
	clock      *graphtest.VirtualClock
	credential *credential
	ada        graphtest.User
}

// credential hands out one token and notes what it was asked for.
type credential struct {
	token string
	err   error

	mu     sync.Mutex
	claims []string
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims = append(c.claims, o.Claims)
	return azcore.AccessToken{Token: c.token, ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	clock := graphtest.NewClock()
	tenant, err := graphtest.NewServer(graphtest.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	admin := tenant.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	longAgo := graphtest.Epoch.AddDate(-1, 0, 0)
	f := fixture{
		tenant:     tenant,
		clock:      clock,
		credential: &credential{token: tenant.AccessToken(admin.ID, "User.Read.All", "User.RevokeSessions.All")},
		ada:        tenant.AddUser(graphtest.User{UserPrincipalName: "ada@contoso.com", RefreshTokensValidFromDateTime: &longAgo}),
	}
	f.Client = f.newClient(t, tenant.Transport())
	return f
}

func (f fixture) newClient(t *testing.T, transport http.RoundTripper) *graph.Client {
	t.Helper()
	client, err := graph.NewClient(graph.Options{Root: f.tenant.URL(), Credential: f.credential, Transport: transport, Clock: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func (f fixture) read(ctx context.Context) (graph.User, error) {
	return f.User(ctx, graph.InvalidateAllRefreshTokens, graph.Key(f.ada.ID))
}

func (f fixture) invalidate(ctx context.Context) (graph.Invalidation, error) {
	return f.Invalidate(ctx, graph.InvalidateAllRefreshTokens, graph.Key(f.ada.ID))
}

func retryAfter(value string) http.Header { return http.Header{"Retry-After": {value}} }

var jsonType = http.Header{"Content-Type": {"application/json"}}

func TestInvalidate_sendsWhatTheServiceAccepts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	call, err := f.invalidate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !call.At.Equal(graphtest.Epoch) || call.RequestID == "" || call.Doubtful {
		t.Errorf("got %+v, want a call at %s with a request id", call, graphtest.Epoch)
	}
	sent := f.tenant.GraphRequests()
	if len(sent) != 1 {
		t.Fatalf("sent %d requests, want 1", len(sent))
	}
	header := sent[0].Header
	if header.Get("Content-Type") != "application/json" || sent[0].Body != "{}" || header.Get("Transfer-Encoding") != "" {
		t.Errorf("sent %q as %q", sent[0].Body, header.Get("Content-Type"))
	}
	if header.Get("client-request-id") == "" || header.Get("Authorization") == "" {
		t.Errorf("sent the headers %v", header)
	}
}

// When the call was made is for the service's clock to say.
func TestInvalidate_tellsTheServicesTime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.Respond(http.StatusNoContent, http.Header{"Date": {"Sun, 01 Mar 2026 12:34:56 GMT"}}, "")})
	call, err := f.invalidate(t.Context())
	if want := time.Date(2026, time.March, 1, 12, 34, 56, 0, time.UTC); err != nil || !call.At.Equal(want) {
		t.Errorf("got %s and %v, want %s", call.At, err, want)
	}
}

// An accepted call is accepted, though the operation ended as the answer came.
func TestInvalidate_acceptedAsTheOperationEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	client := f.newClient(t, endingTransport{f.tenant.Transport(), cancel})
	if call, err := client.Invalidate(ctx, graph.InvalidateAllRefreshTokens, graph.Key(f.ada.ID)); err != nil || call.RequestID == "" {
		t.Errorf("got %+v and %v", call, err)
	}
}

// endingTransport ends an operation as soon as there is an answer.
type endingTransport struct {
	http.RoundTripper
	end func()
}

func (e endingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	defer e.end()
	return e.RoundTripper.RoundTrip(request)
}

func TestUser_selectsThePropertyOfTheVersion(t *testing.T) {
	t.Parallel()
	for action, property := range map[graph.Action]string{
		graph.InvalidateAllRefreshTokens: "refreshTokensValidFromDateTime",
		graph.RevokeSignInSessions:       "signInSessionsValidFromDateTime",
	} {
		f := newFixture(t)
		user, err := f.User(t.Context(), action, graph.Key(f.ada.ID))
		if err != nil || user.ValidFrom == nil {
			t.Fatalf("got %v and %v", user, err)
		}
		if got, want := f.tenant.GraphRequests()[0].RawQuery, "$select=id,userPrincipalName,userType,"+property; got != want {
			t.Errorf("%s: asked for %s, want %s", action, got, want)
		}
	}
}

func TestInvalidate_anySuccessIsSuccess(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		effect   graphtest.Effect
		doubtful bool
	}{
		"no content":       {effect: graphtest.Respond(http.StatusNoContent, nil, "")},
		"accepted, empty":  {effect: graphtest.Respond(http.StatusAccepted, jsonType, "")},
		"true":             {effect: graphtest.Respond(http.StatusOK, jsonType, `{"value":true}`)},
		"null":             {effect: graphtest.Respond(http.StatusOK, jsonType, `{"value":null}`)},
		"false":            {effect: graphtest.Respond(http.StatusOK, jsonType, `{"value":false}`), doubtful: true},
		"HTML":             {effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "<p>done</p>")},
		"broken JSON":      {effect: graphtest.Respond(http.StatusOK, jsonType, `{"value":`)},
		"a truncated body": {effect: graphtest.Truncate()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Effect: test.effect})
			call, err := f.invalidate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if call.Doubtful != test.doubtful {
				t.Errorf("doubtful is %t, want %t", call.Doubtful, test.doubtful)
			}
			if got := len(f.tenant.GraphRequests()); got != 1 {
				t.Errorf("sent %d requests, want 1", got)
			}
		})
	}
}

func TestInvalidate_repeatsWhatWasNotAnswered(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]graphtest.Effect{
		"reset before the work": graphtest.Reset(),
		"reset after the work":  graphtest.ResetAfterWork(),
		"503":                   graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "", retryAfter("2")),
		"a concurrent write":    graphtest.GraphError(http.StatusConflict, "Directory_ConcurrencyViolation", "", nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Match: graphtest.Action, Effect: effect})
			if _, err := f.invalidate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(f.tenant.GraphRequests()); got != 2 {
				t.Errorf("sent %d requests, want 2", got)
			}
		})
	}
}

func TestUser_readsEveryInstant(t *testing.T) {
	t.Parallel()
	noon := new(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	for value, want := range map[string]*time.Time{
		`null`:                             nil,
		`"2026-03-01T12:00:00Z"`:           noon,
		`"2026-03-01T12:00:00.5620544Z"`:   noon,
		`"2026-03-01T12:00:00.123456789Z"`: noon,
		`"2026-03-01T14:00:00+02:00"`:      noon,
		`"2026-03-01T12:00:00"`:            noon,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Effect: graphtest.Respond(http.StatusOK, jsonType,
				`{"id":"1","userPrincipalName":"ada@contoso.com","userType":null,"refreshTokensValidFromDateTime":`+value+`}`)})
			user, err := f.read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if (user.ValidFrom == nil) != (want == nil) || want != nil && !user.ValidFrom.Equal(*want) {
				t.Errorf("got %v, want %v", user.ValidFrom, want)
			}
		})
	}
}

func TestUser_refusesWhatIsNoUser(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]graphtest.Effect{
		"an empty object": graphtest.Respond(http.StatusOK, jsonType, `{}`),
		"an empty body":   graphtest.Respond(http.StatusOK, jsonType, ``),
		"no content":      graphtest.Respond(http.StatusNoContent, nil, ``),
		"broken JSON":     graphtest.Respond(http.StatusOK, jsonType, `{"id":`),
		"HTML":            graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, `<p>`),
		"an HTML error":   graphtest.Respond(http.StatusLengthRequired, http.Header{"Content-Type": {"text/html"}}, `<p>`),
		"a number as id":  graphtest.Respond(http.StatusOK, jsonType, `{"id":1}`),
		"no instant":      graphtest.Respond(http.StatusOK, jsonType, `{"id":"1","refreshTokensValidFromDateTime":"yesterday"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Effect: effect})
			user, err := f.read(t.Context())
			if _, ok := errors.AsType[*graph.Error](err); !ok {
				t.Errorf("got %+v and %v, want an Error", user, err)
			}
		})
	}
}

// asked are forms of Retry-After, and how long each asks to wait at Epoch.
var asked = map[string]time.Duration{
	"10":                            10 * time.Second,
	"315":                           315 * time.Second,
	"2.128":                         2128 * time.Millisecond,
	"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second,
}

func TestClient_waitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	for header, want := range asked {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter(header))})
			if _, err := f.read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := f.clock.Now().Sub(graphtest.Epoch); got != want {
				t.Errorf("waited %s, want %s", got, want)
			}
		})
	}
}

func TestClient_tellsTheLastAnswerWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Inject(graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", retryAfter("100"))})
	ctx, cancel := f.clock.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	_, err := f.read(ctx)
	got, ok := errors.AsType[*graph.Error](err)
	if !ok {
		t.Fatalf("got %v, want an Error", err)
	}
	if got.StatusCode != http.StatusTooManyRequests || got.Code != "TooManyRequests" || got.Message != "Please retry again later." || got.RequestID == "" {
		t.Errorf("got %+v, want what Graph answered last", got)
	}
	if got.Tries != 9 || got.Elapsed != 15*time.Minute || !errors.Is(got.Stopped, context.DeadlineExceeded) {
		t.Errorf("got %+v, want 9 tries in 15m0s until the deadline", got.Attempts)
	}
}

// Neither silence, nor a drip of bytes, nor an answer that breaks off holds an operation: the next try has its chance.
func TestClient_brokenAnswerIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]func(fixture) graphtest.Effect{
		"silence": func(f fixture) graphtest.Effect {
			return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
				f.clock.Advance(2 * time.Minute)
				<-r.Context().Done()
			}
		},
		"a drip": func(f fixture) graphtest.Effect {
			return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"id":`))
				_ = http.NewResponseController(w).Flush()
				f.clock.Advance(2 * time.Minute)
				<-r.Context().Done()
			}
		},
		"a truncated body": func(fixture) graphtest.Effect { return graphtest.Truncate() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Effect: effect(f)})
			if user, err := f.read(t.Context()); err != nil || user.ID != f.ada.ID {
				t.Errorf("got %v and %v", user, err)
			}
			if got := len(f.tenant.GraphRequests()); got != 2 {
				t.Errorf("sent %d requests, want 2", got)
			}
		})
	}
}

func TestClient_silenceIsToldWithItsLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Inject(graphtest.Fault{Times: -1, Effect: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		f.clock.Advance(2 * time.Minute)
		<-r.Context().Done()
	}})
	ctx, cancel := f.clock.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	_, err := f.read(ctx)
	if got, ok := errors.AsType[*graph.UnreachableError](err); !ok || got.Tries != 3 || !strings.Contains(got.Err.Error(), "no whole answer within 2m0s") {
		t.Errorf("got %v, want the limit of a try", err)
	}
}

// An answer without end is given up, and not asked for again.
func TestClient_boundsAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var sent atomic.Int64
	f.tenant.Inject(graphtest.Fault{Times: -1, Effect: func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		for chunk := make([]byte, 1<<20); r.Context().Err() == nil && sent.Load() < 1<<30; sent.Add(int64(len(chunk))) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}})
	_, err := f.read(t.Context())
	if got, ok := errors.AsType[*graph.UnreachableError](err); !ok || got.Tries != 1 || !strings.Contains(got.Err.Error(), "larger than any") {
		t.Errorf("got %v, want an answer that is too large", err)
	}
	if got := sent.Load(); got > 64<<20 {
		t.Errorf("%d bytes were sent", got)
	}
}

// After a 503 the next try has a connection of its own; other answers keep theirs.
func TestClient_freshConnectionAfter503(t *testing.T) {
	t.Parallel()
	for status, dials := range map[int]int32{http.StatusServiceUnavailable: 2, http.StatusTooManyRequests: 1} {
		f := newFixture(t)
		var dialled atomic.Int32
		transport := f.tenant.Transport()
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Add(1)
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		f.Client = f.newClient(t, transport)
		f.tenant.Inject(graphtest.Fault{Effect: graphtest.GraphError(status, "", "", nil)})
		if _, err := f.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := dialled.Load(); got != dials {
			t.Errorf("after %d: %d connections, want %d", status, got, dials)
		}
	}
}

func TestClient_unreachable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Close()
	ctx, cancel := f.clock.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := f.read(ctx)
	got, ok := errors.AsType[*graph.UnreachableError](err)
	if !ok {
		t.Fatalf("got %v, want an UnreachableError", err)
	}
	if "https://"+got.Host != f.tenant.URL() || got.Tries < 3 || !strings.Contains(got.Err.Error(), "refused") {
		t.Errorf("got %+v, want several tries that were refused", got)
	}
}

func TestClient_untrustedCertificateIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.newClient(t, &http.Transport{}).User(t.Context(), graph.InvalidateAllRefreshTokens, graph.Key(f.ada.ID))
	if got, ok := errors.AsType[*graph.UnreachableError](err); !ok || got.Tries != 1 {
		t.Errorf("got %v, want an UnreachableError after 1 try", err)
	}
}

func TestClient_signInFailureIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.credential.err = errors.New("AADSTS7000215")
	_, err := f.read(t.Context())
	if _, ok := errors.AsType[*graph.SignInError](err); !ok || !errors.Is(err, f.credential.err) {
		t.Errorf("got %v, want a SignInError", err)
	}
	if got := len(f.tenant.GraphRequests()); got != 0 {
		t.Errorf("sent %d requests without a token", got)
	}
}

func TestClient_claimsChallengeIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1657834417"}}}`
	challenge := http.Header{"Www-Authenticate": {`Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`}}
	for name, test := range map[string]struct {
		times, requests int
		succeeds        bool
	}{
		"met by a fresh token": {times: 1, requests: 2, succeeds: true},
		"never met":            {times: -1, requests: 2, succeeds: false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Times: test.times, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "", challenge)})
			_, err := f.read(t.Context())
			if (err == nil) != test.succeeds {
				t.Errorf("got %v", err)
			}
			if got := len(f.tenant.GraphRequests()); got != test.requests {
				t.Errorf("sent %d requests, want %d", got, test.requests)
			}
			if want := []string{"", claims}; !slices.Equal(f.credential.claims, want) {
				t.Errorf("asked for tokens with the claims %q, want %q", f.credential.claims, want)
			}
		})
	}
}

func TestClient_refusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		times    int
		succeeds bool
	}{
		"expired on its way": {times: 1, succeeds: true},
		"never accepted":     {times: -1, succeeds: false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Times: test.times, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", nil)})
			if _, err := f.read(t.Context()); (err == nil) != test.succeeds {
				t.Errorf("got %v", err)
			}
			if got := len(f.tenant.GraphRequests()); got != 2 {
				t.Errorf("sent %d requests, want 2", got)
			}
			if got := len(f.credential.claims); got != 2 {
				t.Errorf("asked for %d tokens, want 2", got)
			}
		})
	}
}

func TestClient_challengeWithoutQuotesIsAnError(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Inject(graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "",
		http.Header{"Www-Authenticate": {`Bearer error=insufficient_claims, claims=abc`}})})
	if _, err := f.read(t.Context()); err == nil {
		t.Error("want an error")
	}
}

func TestClient_followsNoRedirect(t *testing.T) {
	t.Parallel()
	f, other := newFixture(t), newFixture(t)
	f.tenant.Inject(graphtest.Fault{Effect: graphtest.Respond(http.StatusFound, http.Header{"Location": {other.tenant.URL() + "/beta/me"}}, "")})
	_, err := f.read(t.Context())
	if got, ok := errors.AsType[*graph.Error](err); !ok || got.StatusCode != http.StatusFound {
		t.Errorf("got %v, want an Error with the redirect's status", err)
	}
	if got := len(other.tenant.Requests()); got != 0 {
		t.Errorf("%d requests reached the other host", got)
	}
}

func TestRecordedUser_believesThreeReads(t *testing.T) {
	t.Parallel()
	notFound := graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "", nil)
	for name, test := range map[string]struct {
		times, requests int
		found           bool
	}{
		"one lagging replica": {times: 1, requests: 2, found: true},
		"two":                 {times: 2, requests: 3, found: true},
		"gone":                {times: -1, requests: 3, found: false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Times: test.times, Effect: notFound})
			_, err := f.RecordedUser(t.Context(), graph.InvalidateAllRefreshTokens, f.ada.ID)
			if (err == nil) != test.found {
				t.Errorf("got %v", err)
			}
			if got := len(f.tenant.GraphRequests()); got != test.requests {
				t.Errorf("sent %d requests, want %d", got, test.requests)
			}
			if got, want := f.clock.Now().Sub(graphtest.Epoch), time.Duration(test.requests-1)*5*time.Second; got != want {
				t.Errorf("took %s, want %s", got, want)
			}
		})
	}
}

func TestRecordedUser_stoppedBetweenReadsKnowsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.DeleteUser(f.ada.ID)
	ctx, cancel := f.clock.WithTimeout(t.Context(), 7*time.Second)
	defer cancel()
	_, err := f.RecordedUser(ctx, graph.InvalidateAllRefreshTokens, f.ada.ID)
	if failure, ok := errors.AsType[*graph.Error](err); !ok || failure.NotFound() || !errors.Is(failure.Stopped, context.DeadlineExceeded) {
		t.Errorf("got %v, want an Error that is not yet a user not found", err)
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	forbidden := graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "", nil)
	for name, test := range map[string]struct {
		lag   time.Duration
		fault graphtest.Effect
		reads int
		read  bool // a user was read at all
		check func(error) bool
	}{
		"at once":             {reads: 1, read: true, check: func(err error) bool { return err == nil }},
		"a lagging replica":   {lag: 30 * time.Second, reads: 7, read: true, check: func(err error) bool { return err == nil }},
		"one that never does": {lag: time.Hour, reads: 15, read: true, check: func(err error) bool { return errors.Is(err, graph.ErrNotShown) }},
		"a replica that does not know the user": {fault: graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "", nil), reads: 2, read: true,
			check: func(err error) bool { return err == nil }},
		"not permitted": {fault: forbidden, reads: 1, check: func(err error) bool {
			failure, ok := errors.AsType[*graph.Error](err)
			return ok && failure.StatusCode == http.StatusForbidden
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.SetReplicaLag(test.lag)
			call, err := f.invalidate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if test.fault != nil {
				f.tenant.Inject(graphtest.Fault{Effect: test.fault})
			}
			f.tenant.ForgetRequests()
			user, err := f.Confirm(t.Context(), graph.InvalidateAllRefreshTokens, graph.Key(f.ada.ID), f.ada.RefreshTokensValidFromDateTime, call)
			if !test.check(err) || (user != nil) != test.read {
				t.Errorf("got %v and %v", user, err)
			}
			if got := len(f.tenant.GraphRequests()); got != test.reads {
				t.Errorf("read %d times, want %d", got, test.reads)
			}
			if elapsed := f.clock.Now().Sub(graphtest.Epoch); elapsed > 2*time.Minute {
				t.Errorf("took %s, more than 2 minutes", elapsed)
			}
		})
	}
}
