// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestEvidenceIn(t *testing.T) {
	t.Parallel()

	state := func(resources ...*tfjson.StateResource) *tfjson.State {
		return &tfjson.State{Values: &tfjson.StateValues{RootModule: &tfjson.StateModule{Resources: resources}}}
	}
	leaver := &tfjson.StateResource{Address: resourceAddress, AttributeValues: map[string]any{"id": "38a2285f", "confirmed": false, "request_id": nil}}
	for name, test := range map[string]struct {
		state *tfjson.State
		want  evidence
	}{
		"nothing was applied":  {&tfjson.State{}, nil},
		"another resource":     {state(&tfjson.StateResource{Address: "terraform_data.leaver"}), nil},
		"values, false, nulls": {state(leaver), evidence{"id": "38a2285f", "confirmed": "false", "user_principal_name": "null", instantAttribute: "null", "invalidated_at": "null", "request_id": "null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := evidenceIn(test.state); !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
