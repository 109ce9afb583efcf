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

// A run that Graph has no time for at first takes twice as many batches, however many wait to be called again: in full ones, in the order
// in which they are due.
func TestInvalidateAll_busyForEverybodyAtFirst(t *testing.T) {
	t.Parallel()
	const users = 4_000
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
	done := make(map[Key]bool)
	for outcomes := batches.Next(t.Context()); outcomes != nil; outcomes = batches.Next(t.Context()) {
		for _, o := range outcomes {
			done[o.Key] = true
		}
		if !slices.IsSortedFunc(batches.again, func(a, b *tried[Invalidation]) int { return a.due.Compare(b.due) }) {
			t.Fatal("those who wait are not in the order in which they are due")
		}
	}
	if len(done) != users {
		t.Fatalf("%d users are done, want %d", len(done), users)
	}
	if got, most := -service.batches, users/BatchSize; got != most {
		t.Errorf("%d batches of calls that were made again, want %d", got, most)
	}
}
