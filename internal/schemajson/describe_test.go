// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestDescribe_saysAllThatTerraformSays compares with what Terraform 1.16 printed of the fixture, which
// covers identities and actions whatever CLI is at hand.
func TestDescribe_saysAllThatTerraformSays(t *testing.T) {
	t.Parallel()

	printed, err := os.ReadFile("testdata/terraform-1.16.json")
	if err != nil {
		t.Fatal(err)
	}
	want := sections(t, printed, fixtureAddress)
	got := sections(t, marshal(t, describeFixture(t)), providerName)

	for _, section := range []string{
		"provider", "resource_schemas", "data_source_schemas", "ephemeral_resource_schemas",
		"resource_identity_schemas", "action_schemas",
	} {
		if want[section] == "" {
			t.Errorf("the recording has no %s", section)
		}
		if got[section] != want[section] {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", section, got[section], want[section])
		}
	}
}

func TestDescribe_refusesWhatItWouldLeaveOut(t *testing.T) {
	t.Parallel()

	_, err := describe(t.Context(), server(t, functionProvider{}))
	if err == nil || !strings.Contains(err.Error(), "functions") {
		t.Errorf("got error %v, want one that names functions", err)
	}
}

func TestDescribe_failsOnDiagnostics(t *testing.T) {
	t.Parallel()

	_, err := describe(t.Context(), server(t, twinProvider{}))
	if err == nil || !strings.Contains(err.Error(), "graph_fixture") {
		t.Errorf("got error %v, want the framework's complaint about graph_fixture", err)
	}
}

func TestRun_printsTheProviderUnderItsShortName(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	if graph := schemas.Schemas["graph"]; graph == nil || graph.ConfigSchema.Block.Attributes["tenant_id"] == nil {
		t.Errorf("no provider graph with tenant_id in %s", out.String())
	}
}

func describeFixture(t *testing.T) *tfjson.ProviderSchemas {
	t.Helper()

	schemas, err := describe(t.Context(), server(t, fixtureProvider{}))
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

func server(t *testing.T, p provider.Provider) tfprotov6.ProviderServer {
	t.Helper()

	s, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()

	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sections reads a schema as tfplugindocs does and returns the text of each kind of thing that the provider
// at this address declares.
func sections(t *testing.T, text []byte, address string) map[string]string {
	t.Helper()

	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(text, &schemas); err != nil {
		t.Fatalf("%s\n%s", err, text)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(marshal(t, schemas.Schemas[address]), &raw); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string, len(raw))
	for section, value := range raw {
		texts[section] = string(value)
	}
	return texts
}
