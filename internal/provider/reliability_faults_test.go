// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

const (
	busy       = "Error: Microsoft Graph Busy"
	unexpected = "Error: Unexpected Answer from Microsoft Graph"
	refused    = "Error: Access Token Refused"
	untrusted  = "Error: Microsoft Graph Not Trusted"
	silent     = "Error: Microsoft Graph Unreachable"
	notFound   = "Error: User Not Found"
	notShown   = "Warning: Invalidation Not Confirmed"
)

// faults is the table of the suite.
func faults() []fault {
	return slices.Concat(answers408To504(), retryAfters(), conflicts(), bodies(), connections(), names(), certificates(), proxies(),
		authorizations(), redirects(), replicas(), otherAdministrators(), timestamps())
}

// aim tells which requests of an operation are struck.
type aim func(operation) []func(*http.Request) bool

// readsAndCalls are all requests to Graph.
func readsAndCalls(operation) []func(*http.Request) bool {
	return []func(*http.Request) bool{graphtest.Get, graphtest.Action}
}

// purpose is the request that the operation is for.
func purpose(o operation) []func(*http.Request) bool {
	if o == refresh {
		return reads(o)
	}
	return calls(o)
}

func reads(operation) []func(*http.Request) bool { return []func(*http.Request) bool{graphtest.Get} }

func calls(operation) []func(*http.Request) bool { return []func(*http.Request) bool{graphtest.Action} }

// trouble puts a fault in the way of the requests for which due is true.
type trouble func(s *scene, due func(*http.Request) bool)

// answer is trouble at the service.
func answer(effect graphtest.Effect) trouble {
	return answerWith(func(*scene) graphtest.Effect { return effect })
}

func answerWith(effect func(*scene) graphtest.Effect) trouble {
	return func(s *scene, due func(*http.Request) bool) {
		s.Inject(graphtest.Fault{Match: due, Times: -1, Effect: effect(s)})
	}
}

// graphAnswer is an error body of Graph.
func graphAnswer(status int, code string) trouble {
	return graphAnswerWith(status, code, nil)
}

func graphAnswerWith(status int, code string, header http.Header) trouble {
	return answer(graphtest.GraphError(status, code, "Told by the fault.", header))
}

// network is trouble on the way to the service.
func network(broken func(*scene) http.RoundTripper) trouble {
	return func(s *scene, due func(*http.Request) bool) {
		sound := s.network
		if sound == nil {
			sound = s.Transport()
		}
		s.network = detour{due: due, sound: sound, broken: broken(s)}
	}
}

// detour sends some requests into a broken network.
type detour struct {
	due           func(*http.Request) bool
	sound, broken http.RoundTripper
}

func (d detour) RoundTrip(request *http.Request) (*http.Response, error) {
	if d.due(request) {
		return d.broken.RoundTrip(request)
	}
	return d.sound.RoundTrip(request)
}

// strikes makes trouble for the first requests of each kind that is aimed at, or, where times is negative, for all until the
// fault is over.
func strikes(at aim, times int64, cause trouble) func(*scene) {
	return func(s *scene) {
		s.armed = true
		for _, match := range at(s.operation) {
			var matched atomic.Int64
			cause(s, func(r *http.Request) bool {
				due := !s.ended.Load() && match(r) && (times < 0 || matched.Add(1) <= times)
				if due {
					s.struck.Add(1)
				}
				return due
			})
		}
	}
}

// passing is a fault that ends after the first read and the first call: every operation gets over it.
func passing(family, name string, cause trouble) fault {
	return fault{family: family, name: name + ", once", ahead: strikes(readsAndCalls, 1, cause), outcomes: each(operations, sound)}
}

// lasting is a fault that keeps the call, or where there is none the read, from being accepted until the operation gives up.
func lasting(family, name string, cause trouble, says string) fault {
	return fault{
		family: family, name: name + ", lasting", ahead: strikes(purpose, -1, cause),
		outcomes: each(operations, func(o operation) outcome { return unanswered(o, says) }),
	}
}

// unreadable is a fault that every read meets.
func unreadable(family, name string, cause trouble, says string) fault {
	return fault{
		family: family, name: name + ", every read", ahead: strikes(reads, -1, cause),
		outcomes: each(operations, func(o operation) outcome { return unread(o, says) }),
	}
}

// answeredCall is a fault of every answer to a call that was accepted all the same.
func answeredCall(family, name string, cause trouble) fault {
	return fault{
		family: family, name: name + ", every call", ahead: strikes(calls, -1, cause),
		outcomes: each([]operation{create, replace, destroy}, sound),
	}
}

// readBack is a fault that every read after an accepted call meets.
func readBack(family, name string, cause trouble) fault {
	return fault{
		family: family, name: name + ", reading back",
		ahead: func(s *scene) {
			strikes(reads, -1, func(s *scene, due func(*http.Request) bool) {
				cause(s, func(r *http.Request) bool { return s.accepted() > 0 && due(r) })
			})(s)
		},
		outcomes: each([]operation{create, replace}, func(operation) outcome { return unconfirmed() }),
	}
}

func each(of []operation, outcomeOf func(operation) outcome) map[operation]outcome {
	outcomes := map[operation]outcome{}
	for _, o := range of {
		outcomes[o] = outcomeOf(o)
	}
	return outcomes
}

func answers408To504() []fault {
	const family = "408, 500, 502, 503, 504"
	var all []fault
	for _, status := range []int{408, 500, 502, 503, 504} {
		name := http.StatusText(status)
		all = append(all, passing(family, name, graphAnswer(status, "serviceNotAvailable")), lasting(family, name, graphAnswer(status, "serviceNotAvailable"), busy))
	}
	first := lasting(family, "Service Unavailable", graphAnswer(503, "serviceNotAvailable"), busy)
	first.name, first.arguments = "create before destroy", []string{"lifecycle { create_before_destroy = true }"}
	first.outcomes = map[operation]outcome{replace: {fails: true, says: busy, next: replaces}} // the record is kept
	return append(all, first, readBack(family, "Service Unavailable", graphAnswer(503, "serviceNotAvailable")))
}

func retryAfters() []fault {
	const family = "429, with every form of Retry-After"
	in := func(header string) trouble {
		return graphAnswerWith(429, "TooManyRequests", http.Header{"Retry-After": {header}})
	}
	date := answerWith(func(s *scene) graphtest.Effect {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			at := s.clock.Now().Add(315 * time.Second).Format(http.TimeFormat)
			graphtest.GraphError(429, "TooManyRequests", "", http.Header{"Retry-After": {at}})(w, r, next)
		}
	})
	return []fault{
		waiting(passing(family, "integer", in("315")), 315*time.Second),
		waiting(passing(family, "decimal", in("2.128")), 2128*time.Millisecond),
		waiting(passing(family, "date", date), 315*time.Second),
		passing(family, "absent", graphAnswer(429, "TooManyRequests")),
		lasting(family, "integer", in("60"), busy),
		lasting(family, "absent", graphAnswer(429, "TooManyRequests"), busy),
		lasting(family, "huge", in("86400"), busy),
		lasting(family, "beyond any duration", in("1e300"), busy),
	}
}

// waiting checks that a fault was waited for in full.
func waiting(f fault, atLeast time.Duration) fault {
	f.check = func(s *scene) {
		if took := s.clock.Now().Sub(s.began); took < atLeast {
			s.t.Errorf("waited for %s, want at least %s", took, atLeast)
		}
	}
	return f
}

func conflicts() []fault {
	const family = "409, concurrency and others"
	return []fault{
		passing(family, "concurrency", graphAnswer(409, "Directory_ConcurrencyViolation")),
		lasting(family, "concurrency", graphAnswer(409, "Directory_ConcurrencyViolation"), busy),
		lasting(family, "other", graphAnswer(409, "Request_Conflict"), unexpected),
	}
}

func bodies() []fault {
	const family = "HTML, empty codes, wrong types, broken and endless bodies"
	html := func(status int) trouble {
		return answer(graphtest.Respond(status, http.Header{"Content-Type": {"text/html"}}, "<html><body>Bad day.</body></html>"))
	}
	empty := func(status int) trouble { return graphAnswer(status, "") }
	page := answer(reworded(func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Sign in to the network.</body></html>"))
	}))
	endless := answerWith(func(s *scene) graphtest.Effect {
		return reworded(func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Content-Type", "application/json")
			sent := 0
			for chunk := make([]byte, 1<<20); sent < 1<<30; sent += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					break
				}
			}
			if sent > 64<<20 {
				s.t.Errorf("the client read %d bytes of an answer without end", sent)
			}
		})
	})
	return []fault{
		passing(family, "HTML of 503", html(503)), lasting(family, "HTML of 503", html(503), busy), lasting(family, "HTML of 400", html(400), unexpected),
		passing(family, "empty code of 503", empty(503)), lasting(family, "empty code of 400", empty(400), unexpected),
		unreadable(family, "wrong content type", page, unexpected), answeredCall(family, "wrong content type", page), readBack(family, "wrong content type", page),
		passing(family, "truncated", answer(graphtest.Truncate())), unreadable(family, "truncated", answer(graphtest.Truncate()), silent),
		answeredCall(family, "truncated", answer(graphtest.Truncate())), readBack(family, "truncated", answer(graphtest.Truncate())),
		unreadable(family, "1 GiB", endless, silent), answeredCall(family, "1 GiB", endless), readBack(family, "1 GiB", endless),
	}
}

// reworded does what was asked, and answers in other words than the service's.
func reworded(write func(http.ResponseWriter, []byte)) graphtest.Effect {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		service := httptest.NewRecorder()
		next.ServeHTTP(service, r)
		write(w, service.Body.Bytes())
	}
}

func connections() []fault {
	const family = "connections refused, reset, silent and slow"
	refusing := network(func(*scene) http.RoundTripper {
		return dialling(func(ctx context.Context, _, _ string) (net.Conn, error) {
			closed, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			_ = closed.Close()
			return new(net.Dialer).DialContext(ctx, "tcp", closed.Addr().String())
		})
	})
	silence := answerWith(func(s *scene) graphtest.Effect {
		return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
			s.clock.Advance(2 * time.Minute)
			<-r.Context().Done()
		}
	})
	drip := answerWith(func(s *scene) graphtest.Effect {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"error":`))
			_ = http.NewResponseController(w).Flush()
			s.clock.Advance(2 * time.Minute)
			<-r.Context().Done()
		}
	})
	lostOnce := passing(family, "reset after the work", answer(graphtest.ResetAfterWork()))
	for _, o := range []operation{create, replace, destroy} {
		twice := sound(o)
		twice.accepted = 2
		lostOnce.outcomes[o] = twice
	}
	lost := lasting(family, "reset after the work", answer(graphtest.ResetAfterWork()), silent)
	for _, o := range []operation{create, replace, destroy} {
		again := unanswered(o, "It may have been carried out all the same")
		again.accepted = asSent
		lost.outcomes[o] = again
	}
	return []fault{
		passing(family, "refused", refusing), lasting(family, "refused", refusing, silent),
		passing(family, "reset before the work", answer(graphtest.Reset())), lasting(family, "reset before the work", answer(graphtest.Reset()), silent),
		lostOnce, lost,
		passing(family, "silence", silence), lasting(family, "silence", silence, "Error: Microsoft Graph"),
		passing(family, "drip", drip), lasting(family, "drip", drip, "Error: Microsoft Graph"),
		readBack(family, "reset", answer(graphtest.Reset())),
	}
}

// dialling is a network of its own, with connections that are never used twice.
func dialling(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	return &http.Transport{DialContext: dial, DisableKeepAlives: true}
}

func names() []fault {
	const family = "DNS failures"
	lookup := func(failure net.DNSError) trouble {
		return network(func(*scene) http.RoundTripper {
			return dialling(func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: new(failure)}
			})
		})
	}
	unknown := lookup(net.DNSError{Err: "no such host", Name: "graph.invalid", IsNotFound: true})
	failing := lookup(net.DNSError{Err: "server misbehaving", Name: "graph.invalid", IsTemporary: true})
	return []fault{
		lasting(family, "unknown host", unknown, "no such host"),
		passing(family, "failing server", failing), lasting(family, "failing server", failing, "server misbehaving"),
		readBack(family, "unknown host", unknown),
	}
}

func certificates() []fault {
	const family = "TLS failures"
	foreign := network(func(*scene) http.RoundTripper {
		return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	})
	cut := network(func(*scene) http.RoundTripper {
		return dialling(func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			return client, server.Close()
		})
	})
	return []fault{
		lasting(family, "untrusted certificate", foreign, untrusted),
		passing(family, "broken handshake", cut), lasting(family, "broken handshake", cut, silent),
	}
}

func proxies() []fault {
	const family = "proxy failures"
	refusing := func(status int) trouble {
		return network(func(s *scene) http.RoundTripper {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
			s.t.Cleanup(server.Close)
			return &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(server.URL) }, DisableKeepAlives: true}
		})
	}
	return []fault{
		passing(family, "403", refusing(403)), lasting(family, "403", refusing(403), silent),
		passing(family, "407", refusing(407)), lasting(family, "407", refusing(407), "Proxy Authentication Required"),
	}
}

func authorizations() []fault {
	const family = "expired tokens, claims challenges, 401 without end"
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1657834417"}}}`
	challenge := graphAnswerWith(401, "InvalidAuthenticationToken", http.Header{"Www-Authenticate": {
		`Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`,
	}})
	met := passing(family, "claims challenge", challenge)
	met.check = func(s *scene) {
		if !slices.ContainsFunc(s.TokenRequests(), func(r graphtest.Request) bool {
			form, err := url.ParseQuery(r.Body)
			return err == nil && strings.Contains(form.Get("claims"), "1657834417")
		}) {
			s.t.Error("no token was asked for with the claims of the challenge")
		}
	}
	expiry := fault{
		family: family, name: "token that expires during a wait",
		ahead: func(s *scene) {
			// MSAL goes by the wall clock, and keeps no token that is valid for less than 5 minutes.
			s.UpdateApplication(s.app.ClientID, func(a *graphtest.Application) { a.TokenLifetime = 4 * time.Minute })
			strikes(purpose, 1, graphAnswerWith(429, "TooManyRequests", http.Header{"Retry-After": {"600"}}))(s)
		},
		check: func(s *scene) {
			if !slices.ContainsFunc(s.GraphRequests(), func(r graphtest.Request) bool { return r.Status == http.StatusUnauthorized }) {
				s.t.Error("no token expired")
			}
		},
		outcomes: each(operations, sound),
	}
	return []fault{
		met, lasting(family, "claims challenge", challenge, refused), expiry,
		passing(family, "401", graphAnswer(401, "InvalidAuthenticationToken")), lasting(family, "401", graphAnswer(401, "InvalidAuthenticationToken"), refused),
		readBack(family, "401", graphAnswer(401, "InvalidAuthenticationToken")),
	}
}

func redirects() []fault {
	var all []fault
	for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		all = append(all, lasting("redirects to another host", http.StatusText(status), answerWith(func(s *scene) graphtest.Effect {
			other := newTenant(s.t)
			s.t.Cleanup(func() {
				if sent := other.Requests(); len(sent) > 0 {
					s.t.Errorf("the redirect was followed: %v", sent)
				}
			})
			return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
				w.Header().Set("Location", other.URL()+r.URL.Path)
				w.WriteHeader(status)
			}
		}), unexpected))
	}
	return all
}

func replicas() []fault {
	const family = "replicas that lag or disagree"
	lagging := func(name string, lags ...time.Duration) fault {
		return fault{
			family: family, name: name, outcomes: each(operations, sound),
			ahead: func(s *scene) { s.SetReplicaLags(lags...) },
			over:  func(s *scene) { s.SetReplicaLags() },
		}
	}
	beyond := lagging("an hour behind", time.Hour)
	beyond.outcomes[create], beyond.outcomes[replace] = unconfirmed(), unconfirmed()
	absent := passing(family, "one 404", graphAnswer(404, "Request_ResourceNotFound"))
	absent.ahead = strikes(reads, 1, graphAnswer(404, "Request_ResourceNotFound"))
	absent.outcomes[create] = unanswered(create, notFound) // A name that nobody has must not pass for one that lags.
	return []fault{
		lagging("no lag", 0), lagging("5 s behind", 5*time.Second), beyond, lagging("one of two an hour behind", 0, time.Hour),
		absent, readBack(family, "404", graphAnswer(404, "Request_ResourceNotFound")),
	}
}

// otherAdministrators are those who change the user between plan and apply.
func otherAdministrators() []fault {
	const family = "users renamed, deleted, restored or recreated after the plan"
	rename := func(to string) func(*scene) {
		return func(s *scene) { s.UpdateUser(adaID, func(u *graphtest.User) { u.UserPrincipalName = to }) }
	}
	remove := func(s *scene) { s.DeleteUser(adaID) }
	restore := func(s *scene) { s.RestoreUser(adaID) }
	absent := func(o operation) outcome {
		switch o {
		case refresh:
			return outcome{gone: true, next: creates}
		case destroy:
			return outcome{says: "Warning: User Not Found, Nobody Signed Out", gone: true, next: destroyed}
		default:
			return unanswered(o, notFound)
		}
	}
	renamed := fault{family: family, name: "renamed", between: rename("ada.lovelace@contoso.com"), over: rename(adaName), outcomes: map[operation]outcome{
		create: unanswered(create, notFound), replace: unanswered(replace, notFound), refresh: sound(refresh), destroy: sound(destroy),
	}}
	recreated := fault{
		family: family, name: "recreated",
		between: func(s *scene) {
			remove(s)
			s.users = append(s.users, s.AddUser(graphtest.User{UserPrincipalName: adaName}))
		},
		check: func(s *scene) {
			if got := len(s.Invalidations(adaID)); got > 0 {
				s.t.Errorf("the user who was deleted was signed out %d times", got)
			}
		},
		outcomes: map[operation]outcome{create: sound(create), replace: sound(replace), refresh: absent(refresh), destroy: absent(destroy)},
	}
	return []fault{
		renamed, recreated,
		{family: family, name: "deleted", between: remove, over: restore, outcomes: each(operations, absent)},
		{family: family, name: "restored", ahead: remove, between: restore, outcomes: each(operations, sound)},
	}
}

func timestamps() []fault {
	const family = "timestamps that are null, fractional or with an offset"
	shown := func(name string, as func(string) string, instants map[operation]string) fault {
		f := fault{family: family, name: name, outcomes: each(operations, sound), ahead: strikes(reads, -1, answer(retimed(as)))}
		for o, instant := range instants {
			want := f.outcomes[o]
			want.validFrom = instant
			f.outcomes[o] = want
		}
		return f
	}
	whole := map[operation]string{create: "2026-03-01T12:00:00Z", replace: "2026-03-01T13:00:00Z", refresh: "2026-03-01T12:00:00Z"}
	null := shown("null", func(string) string { return "null" }, nil)
	null.outcomes[create], null.outcomes[replace] = unconfirmed(), unconfirmed()
	null.outcomes[refresh] = outcome{says: "Warning: Older Instant Not Recorded", validFrom: "2026-03-01T12:00:00Z", next: nothing}
	return []fault{
		null,
		shown("fractional", func(instant string) string { return strings.Replace(instant, "Z", ".7367392Z", 1) }, whole),
		shown("offset", func(instant string) string {
			at, err := time.Parse(`"`+time.RFC3339+`"`, instant)
			if err != nil {
				return instant
			}
			return at.In(time.FixedZone("", 2*60*60)).Format(`"` + time.RFC3339 + `"`)
		}, whole),
	}
}

// retimed shows the user's timestamp in another form.
func retimed(as func(string) string) graphtest.Effect {
	return reworded(func(w http.ResponseWriter, body []byte) {
		const property = `"refreshTokensValidFromDateTime":`
		before, rest, found := strings.Cut(string(body), property)
		end := strings.IndexAny(rest, ",}")
		if !found || end < 0 {
			http.Error(w, "no timestamp to show", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(before + property + as(rest[:end]) + rest[end:]))
	})
}
