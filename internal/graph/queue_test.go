// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestQueue_isInOrder(t *testing.T) {
	t.Parallel()
	q := queue[int]{before: func(a, b int) bool { return a < b }}
	for n := range 100 {
		q.add(n * 37 % 100)
	}
	var taken []int
	for q.length() > 0 {
		first := q.first()
		taken = append(taken, q.take())
		if first != taken[len(taken)-1] {
			t.Fatalf("took %v, but %d was the first", taken, first)
		}
	}
	if !slices.IsSorted(taken) || len(taken) != 100 {
		t.Errorf("took %v", taken)
	}
}

// busyOnce answers every call of a batch, in memory: with 503 for as many batches as there are, then with 204.
type busyOnce struct {
	mu      sync.Mutex
	batches int
}

func (b *busyOnce) RoundTrip(request *http.Request) (*http.Response, error) {
	var batch batchRequest
	if err := json.NewDecoder(request.Body).Decode(&batch); err != nil {
		return nil, err
	}
	status := http.StatusNoContent
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.batches--; b.batches >= 0 {
		status = http.StatusServiceUnavailable
	}
	var answer batchAnswer
	for i := range batch.Requests {
		answer.Responses = append(answer.Responses, partAnswer{ID: strconv.Itoa(i), Status: status})
	}
	body, err := json.Marshal(answer)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body))}, err
}

// A run that Graph has no time for at first takes no more than twice the work for each user, however many wait to be called again.
func TestInvalidateAll_theWorkGrowsWithTheUsers(t *testing.T) {
	t.Parallel()
	for _, users := range []int{4_000, 40_000} {
		service := &busyOnce{batches: users / BatchSize}
		client, err := NewClient(Options{Root: "https://graph.example", Credential: &fake.TokenCredential{}, Transport: service, Clock: graphtest.NewClock()})
		if err != nil {
			t.Fatal(err)
		}
		keys := make([]Key, users)
		for i := range keys {
			keys[i] = Key(strconv.Itoa(i))
		}
		batches := client.InvalidateAll(InvalidateAllRefreshTokens, keys)
		comparisons, before := 0, batches.again.before
		batches.again.before = func(a, b *tried[Invalidation]) bool { comparisons++; return before(a, b) }
		done := 0
		for outcomes := batches.Next(t.Context()); outcomes != nil; outcomes = batches.Next(t.Context()) {
			done += len(outcomes)
		}
		if done != users {
			t.Fatalf("%d users are done, want %d", done, users)
		}
		if got, most := -service.batches, users/BatchSize; got != most {
			t.Errorf("%d batches of calls that were made again, want %d", got, most)
		}
		if perUser := comparisons / users; perUser > 40 {
			t.Errorf("%d comparisons for each of %d users", perUser, users)
		}
	}
}
