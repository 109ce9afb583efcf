// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// Each try of a request is one line, by which it is found in Microsoft's logs; nothing else is in it.
func TestClient_logsEachTry(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.Inject(graphtest.Fault{Effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", retryAfter("3"))})
	f.tenant.Inject(graphtest.Fault{Effect: graphtest.Reset()})
	var log bytes.Buffer
	if _, err := f.read(tflogtest.RootLogger(t.Context(), &log)); err != nil {
		t.Fatal(err)
	}
	lines, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 3 {
		t.Fatalf("%d lines, want one for each of 3 tries: %v", len(lines), lines)
	}
	requests := f.tenant.GraphRequests()
	for i, line := range lines {
		want := map[string]any{
			"@level": "debug", "@message": "Microsoft Graph request", "@module": line["@module"],
			"method": "GET", "path": "/beta/users('" + f.ada.ID + "')", "try": float64(i + 1), "duration_ms": float64(0),
			"client_request_id": requests[0].Header.Get("client-request-id"),
		}
		if status := requests[i].Status; status != 0 {
			want["status"], want["request_id"] = float64(status), line["request_id"]
			if id, _ := line["request_id"].(string); id == "" {
				t.Errorf("try %d: no request id in %v", i+1, line)
			}
		} else {
			want["error"] = line["error"]
		}
		if len(line) != len(want) {
			t.Errorf("try %d: %v, want %v", i+1, line, want)
		}
		for name, value := range want {
			if line[name] != value {
				t.Errorf("try %d: %s is %v, want %v", i+1, name, line[name], value)
			}
		}
	}
}

// So is each request in a batch, below the line of the batch.
func TestBatches_logEachRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var log bytes.Buffer
	f.Users(graph.InvalidateAllRefreshTokens, []graph.Key{graph.Key(f.ada.ID)}).Next(tflogtest.RootLogger(t.Context(), &log))
	lines, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil || len(lines) != 2 {
		t.Fatalf("got %v and error %v, want 2 lines", lines, err)
	}
	batch, part := lines[0], lines[1]
	if batch["path"] != "/beta/$batch" || part["path"] != "/beta/users('"+f.ada.ID+"')" || part["method"] != "GET" || part["status"] != float64(200) || part["try"] != float64(1) {
		t.Errorf("got %v, %v", batch, part)
	}
	if part["client_request_id"] != batch["client_request_id"] || part["request_id"] != batch["request_id"] || part["request_id"] == "" {
		t.Errorf("ids %v, %v", batch, part)
	}
}
