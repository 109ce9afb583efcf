// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
)

const fixtureAddress = "registry.terraform.io/seed-7dc6cf1c/graph"

// TestMain lets the test binary be the fixture's plugin too: Terraform starts plugins with this variable set.
func TestMain(m *testing.M) {
	if os.Getenv("TF_PLUGIN_MAGIC_COOKIE") == "" {
		os.Exit(m.Run())
	}
	err := providerserver.Serve(context.Background(), func() provider.Provider { return fixtureProvider{} },
		providerserver.ServeOpts{Address: fixtureAddress})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestDescribe_saysWhatTheCLISays compares with `providers schema -json` of the CLI under test.
func TestDescribe_saysWhatTheCLISays(t *testing.T) {
	t.Parallel()

	cli := commandLine(t)
	want := sections(t, cli.run(t, "providers", "schema", "-json"), fixtureAddress)
	got := sections(t, marshal(t, describeFixture(t)), providerName)

	compared := []string{"provider", "resource_schemas", "data_source_schemas"}
	if cli.since("1.10.0", "1.11.0") {
		compared = append(compared, "ephemeral_resource_schemas")
	}
	if cli.since("1.12.0", "1.12.0") {
		compared = append(compared, "resource_identity_schemas")
	}
	if cli.since("1.14.0", "") {
		compared = append(compared, "action_schemas")
	}
	for _, section := range compared {
		if got[section] != want[section] {
			t.Errorf("%s\ngot:\n%s\nwant:\n%s", section, got[section], want[section])
		}
	}
}

// testedCLI is a Terraform or OpenTofu that uses this test binary as the provider.
type testedCLI struct {
	path, folder string
	openTofu     bool
	version      *version.Version
}

// commandLine finds the CLI as terraform-plugin-testing does: TF_ACC_TERRAFORM_PATH, else PATH.
func commandLine(t *testing.T) testedCLI {
	t.Helper()

	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		var err error
		if path, err = exec.LookPath("terraform"); err != nil {
			t.Fatalf("this test runs a Terraform CLI; put one on PATH or name it in TF_ACC_TERRAFORM_PATH: %s", err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	cli := testedCLI{path: path, folder: t.TempDir()}
	if err := os.Symlink(self, filepath.Join(cli.folder, "terraform-provider-graph")); err != nil {
		t.Fatal(err)
	}
	cli.write(t, "main.tf", fmt.Sprintf("terraform {\n  required_providers {\n    graph = { source = %q }\n  }\n}\n", fixtureAddress))
	cli.write(t, "cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides { %q = %q }\n}\n", fixtureAddress, cli.folder))

	var about struct {
		Version *version.Version `json:"terraform_version"`
	}
	if err := json.Unmarshal(cli.run(t, "version", "-json"), &about); err != nil {
		t.Fatal(err)
	}
	cli.version = about.Version
	cli.openTofu = filepath.Base(path) == "tofu"
	return cli
}

func (c testedCLI) write(t *testing.T, name, text string) {
	t.Helper()

	if err := os.WriteFile(filepath.Join(c.folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run returns what the CLI wrote to its standard output.
func (c testedCLI) run(t *testing.T, arguments ...string) []byte {
	t.Helper()

	command := exec.CommandContext(t.Context(), c.path, arguments...)
	command.Dir = c.folder
	command.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+filepath.Join(c.folder, "cli.tfrc"))
	command.Stderr = t.Output()
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %s\n%s", command, err, output)
	}
	return output
}

// since says whether the CLI is at least of this version of its kind; an empty version is one that does
// not exist.
func (c testedCLI) since(terraform, openTofu string) bool {
	first := terraform
	if c.openTofu {
		first = openTofu
	}
	return first != "" && c.version.Core().GreaterThanOrEqual(version.Must(version.NewVersion(first)))
}
