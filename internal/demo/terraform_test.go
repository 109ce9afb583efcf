// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"slices"
	"testing"
)

func TestCleanEnvironment(t *testing.T) {
	t.Parallel()

	got := cleanEnvironment([]string{
		"PATH=/usr/bin", "HOME=/home/robin", "OPTIONS=a=b", "TF_LOG=TRACE", "TF_VAR_trigger=mine", "ARM_CLIENT_SECRET=mine",
		"AZURE_AUTHORITY_HOST=https://login.example.com", "GRAPH_ENDPOINT=https://graph.example.com",
	})
	want := map[string]string{"PATH": "/usr/bin", "HOME": "/home/robin", "OPTIONS": "a=b"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGist(t *testing.T) {
	t.Parallel()

	got := gist(`graph_user_token_invalidation.leaver: Refreshing state... [id=38a2285f-33b3-450d-a223-19688637fc02]

Terraform will perform the following actions:

  # graph_user_token_invalidation.leaver must be replaced
-/+ resource "graph_user_token_invalidation" "leaver" {
      ~ request_id                          = "574920b6-d23a-4906-a4d3-29f8fec2263c" -> (known after apply)
      ~ trigger                             = "last working day" -> "laptop lost"
    }

Plan: 1 to add, 0 to change, 1 to destroy.

Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI
configuration:

Warning: Invalidation Not Confirmed

The call was accepted.

Apply complete! Resources: 1 added, 0 changed, 1 destroyed.
`)
	want := []string{
		"# graph_user_token_invalidation.leaver must be replaced",
		`~ trigger = "last working day" -> "laptop lost"`,
		"Plan: 1 to add, 0 to change, 1 to destroy.",
		"Warning: Invalidation Not Confirmed",
		"Apply complete! Resources: 1 added, 0 changed, 1 destroyed.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
