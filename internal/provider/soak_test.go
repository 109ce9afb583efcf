// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build soak

package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

const (
	// soakRounds are one that creates, and two that replace everybody and are compared.
	soakRounds = 3
	// soakGrowth is how much more may be on the heap after a round than after the equal one before it, for each user: graphtest
	// remembers when it invalidated whom, and what every replica knew.
	soakGrowth = 2 << 10
	// soakIdle is how many goroutines may come and go between two rounds, with Terraform's own connections.
	soakIdle = 5
	// soakCommand is how long no round takes.
	soakCommand = time.Hour
)

const soakConfig = `
variable "round" {
  type = number
}

variable "users" {
  type = number
}

# Terraform evaluates for_each anew for every instance, which takes minutes here.
resource "graph_user_token_invalidation" "test" {
  count   = var.users
  user_id = format("00000000-0000-0000-0000-%012d", count.index)
  trigger = var.round
}
`

// Thousands of users at once, while one request in twenty goes wrong: everybody is signed out exactly as often as was asked for and
// as answers were lost, and nothing is left over.
func TestSoak(t *testing.T) { //nolint:paralleltest // It measures the process.
	count, seed := soakNumber(t, "SOAK_USERS", 2000), soakNumber(t, "SOAK_SEED", int(rand.Uint32())) //nolint:gosec // A seed needs no secrecy.
	t.Logf("%d users, SOAK_SEED=%d", count, seed)

	n := newTenant(t)
	ids := make([]string, 0, count)
	for i := range count {
		longAgo := graphtest.Epoch.AddDate(-1, 0, 0)
		ids = append(ids, n.AddUser(graphtest.User{
			ID:                             fmt.Sprintf("00000000-0000-0000-0000-%012d", i),
			UserPrincipalName:              fmt.Sprintf("user%d@contoso.com", i),
			RefreshTokensValidFromDateTime: &longAgo,
		}).ID)
	}
	connections := &countedTransport{}
	weather := &weather{seed: uint64(seed), seen: map[string]int{}, lost: map[string]int{}, made: map[string]int{}} //nolint:gosec // Any seed will do.
	n.Inject(graphtest.Fault{Times: -1, Effect: weather.effect})

	around := n.runtime()
	around.Transport = connections.make(n.Transport())
	w := newWorkspace(t, soakConfig)
	w.hangs = soakCommand

	var before soakMeasure
	for round := 1; round <= soakRounds; round++ {
		began := time.Now()
		// Each round has a provider of its own, as with Terraform: the framework keeps the context of every call for as long as it serves.
		if !t.Run(strconv.Itoa(round), func(t *testing.T) {
			w.t, w.env = t, append(w.env, "TF_REATTACH_PROVIDERS="+serve(t, around))
			w.apply("-parallelism=50", "-var=users="+strconv.Itoa(count), "-var=round="+strconv.Itoa(round))
			w.holdsEverybody(count)
		}) {
			t.FailNow()
		}
		sent := len(n.GraphRequests())
		n.ForgetRequests()
		_, most := connections.counted()
		connections.CloseIdleConnections()
		after := measure(t, connections)
		t.Logf("round %d: %s, %d requests, at most %d connections at once, then %+v", round, time.Since(began).Round(time.Second), sent, most, after)
		weather.check(t, n, ids, round)
		if round > 2 {
			after.check(t, before, count)
		}
		before = after
	}
	t.Logf("faults: %v", weather.made)
}

func soakNumber(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return number
}

// weather makes one request in twenty go wrong. Which one, and how, follows from the seed, the request and how often it was made:
// not from the order in which requests arrive.
type weather struct {
	seed uint64

	mu   sync.Mutex
	seen map[string]int // by request
	lost map[string]int // by user: calls that were accepted, but not answered
	made map[string]int // by fault
}

func (w *weather) effect(out http.ResponseWriter, r *http.Request, next http.Handler) {
	w.mu.Lock()
	request := r.Method + " " + r.URL.Path
	w.seen[request]++
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, request, w.seen[request])
	chance := rand.New(rand.NewPCG(w.seed, hash.Sum64())) //nolint:gosec // Faults are to be repeatable.
	name, fault := "none", graphtest.Effect(func(out http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(out, r) })
	if chance.IntN(20) == 0 {
		name, fault = chanceOf(chance)
	}
	w.made[name]++
	if name == "reset after work" && graphtest.Action(r) {
		id, _, _ := strings.Cut(strings.TrimPrefix(path.Base(path.Dir(r.URL.Path)), "users('"), "'")
		w.lost[id]++
	}
	w.mu.Unlock()
	fault(out, r, next)
}

// chanceOf is one fault of many.
func chanceOf(chance *rand.Rand) (string, graphtest.Effect) {
	switch chance.IntN(4) {
	case 0:
		return "reset before work", graphtest.Reset()
	case 1:
		return "reset after work", graphtest.ResetAfterWork()
	case 2:
		return "truncation", graphtest.Truncate()
	default:
		status := []int{429, 500, 502, 503, 504}[chance.IntN(5)]
		header := []http.Header{nil, {"Retry-After": {"1"}}, {"Retry-After": {"0.128"}}}[chance.IntN(3)]
		return strconv.Itoa(status), graphtest.GraphError(status, "busy", "Busy.", header)
	}
}

// check checks that everybody was signed out once for each round, and once more for each answer that was lost.
func (w *weather) check(t *testing.T, n *tenant, ids []string, rounds int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if got, want := len(n.Invalidations(id)), rounds+w.lost[id]; got != want {
			t.Errorf("%s was signed out %d times, want %d", id, got, want)
		}
	}
}

// holdsEverybody checks that state holds as many users, each confirmed.
func (w *workspace) holdsEverybody(count int) {
	w.t.Helper()
	command, output := w.command("show", "-json")
	if err := command.Run(); err != nil {
		w.t.Fatal(err)
	}
	var shown struct {
		Values struct {
			RootModule struct {
				Resources []instance `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(output.Bytes(), &shown); err != nil {
		w.t.Fatal(err)
	}
	if got := len(shown.Values.RootModule.Resources); got != count {
		w.t.Errorf("state holds %d users, want %d", got, count)
	}
	for _, user := range shown.Values.RootModule.Resources {
		if user.Tainted || user.Attributes["confirmed"] != true {
			w.t.Errorf("state holds %+v", user)
		}
	}
}

// soakMeasure is what the process holds between two rounds.
type soakMeasure struct {
	Goroutines, Connections int
	Heap                    uint64
}

func measure(t *testing.T, connections *countedTransport) soakMeasure {
	t.Helper()
	// Goroutines that were told to end do so in their own time.
	var m soakMeasure
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		open, _ := connections.counted()
		now := soakMeasure{Goroutines: runtime.NumGoroutine(), Connections: open}
		if now == m && now.Connections == 0 {
			break
		}
		m = now
	}
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	m.Heap = memory.HeapAlloc
	return m
}

func (m soakMeasure) check(t *testing.T, before soakMeasure, users int) {
	t.Helper()
	if m.Connections > 0 {
		t.Errorf("%d connections are left over", m.Connections)
	}
	if m.Goroutines > before.Goroutines+soakIdle {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines are left over of %d:\n%s", m.Goroutines-before.Goroutines, m.Goroutines, stacks[:runtime.Stack(stacks, true)])
	}
	if limit := before.Heap + uint64(users)*soakGrowth + 1<<20; m.Heap > limit { //nolint:gosec // Users are few and not negative.
		t.Errorf("the heap grew from %d to %d bytes, want at most %d", before.Heap, m.Heap, limit)
	}
}

// countedTransport is the provider's own transport, and counts its connections.
type countedTransport struct {
	*http.Transport

	mu         sync.Mutex
	open, most int
}

func (c *countedTransport) count(change int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += change
	c.most = max(c.most, c.open)
}

// counted returns how many connections are open, and the most that were since it was last asked.
func (c *countedTransport) counted() (open, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most, c.most = c.most, c.open
	return c.open, most
}

// make makes it trust who the other transport trusts.
func (c *countedTransport) make(trusting *http.Transport) http.RoundTripper {
	c.Transport = graph.NewTransport()
	c.TLSClientConfig, c.Proxy = trusting.TLSClientConfig, nil
	dial := c.DialContext
	c.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.count(1)
		return &countedConnection{Conn: connection, closed: sync.OnceFunc(func() { c.count(-1) })}, nil
	}
	return c
}

type countedConnection struct {
	net.Conn
	closed func()
}

func (c *countedConnection) Close() error {
	c.closed()
	return c.Conn.Close()
}
