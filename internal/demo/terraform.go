// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/fs"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// configuration is what Terraform applies: the leaver's sessions end once for each value of the trigger.
//
//go:embed leaver.tf
var configuration string

// terraform is a Terraform or OpenTofu CLI in a folder with the configuration.
type terraform struct {
	*tfexec.Terraform
	// name is what people type to run it.
	name    string
	version *version.Version
	output  bytes.Buffer
}

// newTerraform finds a CLI and gives it a folder on the stage.
func newTerraform(ctx context.Context, s *stage) (*terraform, error) {
	path, err := findCLI(ctx, s.cli)
	if err != nil && s.cli == "" {
		s.text("Neither terraform nor tofu is on PATH: fetching a Terraform for the demo.")
		path, err = fetchCLI(ctx, s.folder)
	}
	if err != nil {
		return nil, fmt.Errorf("no Terraform CLI, put terraform or tofu on PATH: %w", err)
	}
	main, err := s.write("configuration/main.tf", []byte(configuration))
	if err != nil {
		return nil, err
	}
	cli, err := tfexec.NewTerraform(filepath.Dir(main), path)
	if err != nil {
		return nil, err
	}
	environment := cleanEnvironment(os.Environ())
	for _, variable := range s.variables {
		environment[variable[0]] = variable[1]
	}
	environment["CHECKPOINT_DISABLE"] = "1" // Asks a server for newer versions otherwise.
	environment["TMPDIR"] = s.folder        // The socket of a provider that is killed stays behind otherwise.
	if err := cli.SetEnv(environment); err != nil {
		return nil, err
	}

	t := &terraform{
		Terraform: cli,
		name:      filepath.Base(path),
	}
	if t.version, _, err = cli.Version(ctx, true); err != nil {
		return nil, err
	}
	cli.SetStdout(&t.output)
	return t, nil
}

// findCLI returns the path of the wanted CLI, else of terraform or tofu on PATH.
func findCLI(ctx context.Context, wanted string) (string, error) {
	sources := []src.Source{&fs.AnyVersion{Product: &product.Terraform}, &fs.AnyVersion{Product: &openTofu}}
	if wanted != "" {
		sources = []src.Source{&fs.AnyVersion{ExactBinPath: wanted}}
	}
	return install.NewInstaller().Ensure(ctx, sources)
}

// fetchTimeout is long enough for some 30 MB on a slow line.
const fetchTimeout = 5 * time.Minute

// fetchCLI puts HashiCorp's latest Terraform into a folder, with its signature checked, and returns its path.
func fetchCLI(ctx context.Context, folder string) (string, error) {
	return install.NewInstaller().Ensure(ctx, []src.Source{
		&releases.LatestVersion{Product: product.Terraform, InstallDir: folder, Timeout: fetchTimeout},
	})
}

// openTofu is what hc-install needs to find OpenTofu, which it does not know by itself.
var openTofu = product.Product{
	Name:       "tofu",
	BinaryName: func() string { return "tofu" },
}

// cleanEnvironment leaves out of an environment what would configure Terraform and the provider in the demo's place.
func cleanEnvironment(environ []string) map[string]string {
	environment := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		environment[name] = value
	}
	maps.DeleteFunc(environment, func(name, _ string) bool {
		for _, prefix := range []string{"TF_", "ARM_", "AZURE_", "GRAPH_"} {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		return false
	})
	return environment
}

// command is one run of the CLI, as a person would type it.
type command struct {
	arguments string
	run       func(context.Context, *terraform) error
}

const changedTrigger = "trigger=laptop lost"

var (
	apply = command{"apply -auto-approve", func(ctx context.Context, t *terraform) error {
		return t.Apply(ctx)
	}}
	applyChanged = command{"apply -auto-approve -var '" + changedTrigger + "'", func(ctx context.Context, t *terraform) error {
		return t.Apply(ctx, tfexec.Var(changedTrigger))
	}}
	plan = command{"plan", func(ctx context.Context, t *terraform) error {
		_, err := t.Plan(ctx)
		return err
	}}
	destroy = command{"destroy -auto-approve", func(ctx context.Context, t *terraform) error {
		return t.Destroy(ctx)
	}}
)

// run runs a command and returns what it wrote.
func (t *terraform) run(ctx context.Context, c command) (output string, err error) {
	t.output.Reset()
	if err := c.run(ctx, t); err != nil {
		return "", errors.Join(err, ctx.Err())
	}
	return t.output.String(), nil
}

// gist returns the lines of Terraform's output that tell what it planned, did and warned of.
func gist(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "Warning: Provider development overrides are in effect":
		case strings.HasPrefix(line, "Warning: "),
			strings.HasPrefix(line, "# "+resourceAddress+" "),
			strings.HasPrefix(line, "~ trigger = "),
			strings.HasPrefix(line, "No changes."),
			strings.HasPrefix(line, "Plan: "),
			strings.HasPrefix(line, "Apply complete!"),
			strings.HasPrefix(line, "Destroy complete!"):
			lines = append(lines, line)
		}
	}
	return lines
}
