// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// programs is a folder that stands first on PATH, for the programs that tests bring.
var programs string

// TestMain runs the tests or, with -sweep, the sweeper of the acceptance tests.
func TestMain(m *testing.M) {
	resource.TestMain(prepared{m})
}

// prepared are the tests in an environment of their own.
type prepared struct{ tests *testing.M }

// Run runs the tests and returns the exit code.
func (p prepared) Run() int {
	dir, err := os.MkdirTemp("", "terraform-provider-graph")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return p.tests.Run()
}

// prepare makes the process's environment that of the tests: variables cannot be set for one parallel test.
func prepare(dir string) error {
	// The person's own settings of the CLI, such as dev_overrides, are not part of a test.
	settings := filepath.Join(dir, "terraform.rc")
	if err := os.WriteFile(settings, nil, 0o600); err != nil {
		return err
	}
	if err := os.Setenv("TF_CLI_CONFIG_FILE", settings); err != nil {
		return err
	}
	if err := installStandIns(dir); err != nil {
		return err
	}
	return os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}
