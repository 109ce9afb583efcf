// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"

	tfjson "github.com/hashicorp/terraform-json"
)

// resourceAddress is the address of the configuration's one resource.
const resourceAddress = "graph_user_token_invalidation.leaver"

// instantAttribute is the one before which what was issued to the user is refused.
const instantAttribute = "refresh_tokens_valid_from_date_time"

// evidenceAttributes are those of the resource that tell what happened, in the order of the story.
var evidenceAttributes = []string{
	"id", "user_principal_name", instantAttribute, "invalidated_at", "request_id", "confirmed",
}

// evidence is what the state says of the resource: its attributes as text. It is nil where the resource is not there.
type evidence map[string]string

// evidence reads the state.
func (t *terraform) evidence(ctx context.Context) (evidence, error) {
	state, err := t.Show(ctx)
	if err != nil {
		return nil, err
	}
	return evidenceIn(state), nil
}

func evidenceIn(state *tfjson.State) evidence {
	if state.Values == nil || state.Values.RootModule == nil {
		return nil
	}
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Address != resourceAddress {
			continue
		}
		found := evidence{}
		for _, name := range evidenceAttributes {
			found[name] = "null"
			if value := resource.AttributeValues[name]; value != nil {
				found[name] = fmt.Sprint(value)
			}
		}
		return found
	}
	return nil
}
