// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	goversion "github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

const (
	terraformAddress = "registry.terraform.io/seed-7dc6cf1c/graph"
	opentofuAddress  = "registry.opentofu.org/seed-7dc6cf1c/graph"
)

// hangs is how long no command takes, on however slow a machine, unless a test says otherwise.
const hangs = 5 * time.Minute

// workspace is a folder in which the real CLI is run by hand, for what terraform-plugin-testing has no eyes for: what Terraform
// says, options such as -replace, signals and logs.
type workspace struct {
	t   testing.TB
	dir string
	env []string
	// hangs is how long no command takes here.
	hangs time.Duration
}

// workspace makes a folder with a configuration, in which the CLI finds this tenant's provider.
func (n *tenant) workspace(t *testing.T, config string) *workspace {
	t.Helper()
	return newWorkspace(t, config, "TF_REATTACH_PROVIDERS="+serve(t, n.runtime()))
}

// newWorkspace makes a folder with a configuration, in which the CLI has these variables beside its own.
func newWorkspace(t testing.TB, config string, variables ...string) *workspace {
	t.Helper()
	own := append(ownEnvironment(), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_ARGS=-no-color")
	w := &workspace{t: t, dir: t.TempDir(), env: append(own, variables...), hangs: hangs}
	w.write(config)
	return w
}

// ownEnvironment is the process's environment without what it says of a tenant, and of the make that may run the tests.
func ownEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return slices.ContainsFunc([]string{"ARM_", "AZURE_", "GRAPH_", "MAKE", "MFLAGS="}, func(prefix string) bool {
			return strings.HasPrefix(variable, prefix)
		})
	})
}

// serve serves the provider in this process, and returns what TF_REATTACH_PROVIDERS takes.
func serve(t *testing.T, around provider.Runtime) string {
	t.Helper()
	return reattachments(t, map[string]func() tfprotov6.ProviderServer{"seed-7dc6cf1c/graph": provider.NewServer("test", around)})
}

// reattachments serves providers in this process, each under its address without a host, and returns what TF_REATTACH_PROVIDERS takes.
func reattachments(t *testing.T, providers map[string]func() tfprotov6.ProviderServer) string {
	t.Helper()
	at := make(map[string]reattachment, 2*len(providers))
	for name, served := range providers {
		from := attach(t, served)
		at["registry.terraform.io/"+name], at["registry.opentofu.org/"+name] = from, from
	}
	value, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// reattachment is where a provider is served, as TF_REATTACH_PROVIDERS has it.
type reattachment struct {
	Protocol        string
	ProtocolVersion int
	Pid             int
	Test            bool
	Addr            struct{ Network, String string }
}

// attach serves a provider in this process.
func attach(t *testing.T, served func() tfprotov6.ProviderServer) reattachment {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	attached, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	go func() {
		err := tf6server.Serve(terraformAddress, served,
			tf6server.WithDebug(ctx, attached, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithLoggingSink(t))
		if err != nil {
			t.Errorf("serving a provider: %v", err)
		}
	}()
	server := <-attached
	t.Cleanup(func() { cancel(); <-closed })
	at := reattachment{Protocol: string(server.Protocol), ProtocolVersion: server.ProtocolVersion, Pid: server.Pid, Test: true}
	at.Addr.Network, at.Addr.String = server.Addr.Network(), server.Addr.String()
	return at
}

// write puts the configuration in the place of the one before. Where it does not say whose provider it uses, it is told.
func (w *workspace) write(config string) {
	w.t.Helper()
	if !strings.Contains(config, "required_providers") {
		config = "terraform {\n  required_providers {\n    graph = { source = \"seed-7dc6cf1c/graph\" }\n  }\n}\n\n" + config
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// command is a CLI command in this workspace, not yet started.
func (w *workspace) command(arguments ...string) (*exec.Cmd, *bytes.Buffer) {
	w.t.Helper()
	cli, err := terraformPath()
	if err != nil {
		w.t.Fatal(err)
	}
	// A hang is a failure, told long before that of the whole run.
	ctx, cancel := context.WithTimeout(w.t.Context(), w.hangs)
	w.t.Cleanup(cancel)
	command := exec.CommandContext(ctx, cli, arguments...)
	command.WaitDelay = time.Second
	output := &bytes.Buffer{}
	command.Dir, command.Env, command.Stdout, command.Stderr = w.dir, w.env, output, output
	return command, output
}

// ok runs a command that has to succeed, and returns what it said, as one line.
func (w *workspace) ok(arguments ...string) string {
	w.t.Helper()
	command, output := w.command(arguments...)
	if err := command.Run(); err != nil {
		w.t.Fatalf("terraform %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return oneLine(output.String())
}

// fails runs a command that has to fail, and returns what it said, as one line.
func (w *workspace) fails(arguments ...string) string {
	w.t.Helper()
	command, output := w.command(arguments...)
	if err := command.Run(); err == nil {
		w.t.Fatalf("terraform %s succeeded:\n%s", strings.Join(arguments, " "), output)
	}
	return oneLine(output.String())
}

// apply applies without asking.
func (w *workspace) apply(arguments ...string) string {
	w.t.Helper()
	return w.ok(append([]string{"apply", "-auto-approve"}, arguments...)...)
}

// instance is a resource or data source in state: its attributes, and whether it is tainted. It is nil where there is none.
type instance struct {
	Attributes map[string]any `json:"values"`
	Tainted    bool           `json:"tainted"`
}

// state reads the resource from state.
func (w *workspace) state() *instance {
	w.t.Helper()
	return w.instance(address)
}

// instance reads what has this address from state.
func (w *workspace) instance(address string) *instance {
	w.t.Helper()
	command, output := w.command("show", "-json")
	command.Stderr = nil
	if err := command.Run(); err != nil {
		w.t.Fatal(err)
	}
	var shown struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string `json:"address"`
					instance
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(output.Bytes(), &shown); err != nil {
		w.t.Fatalf("%v in %s", err, output)
	}
	for _, resource := range shown.Values.RootModule.Resources {
		if resource.Address == address {
			return &resource.instance
		}
	}
	return nil
}

// mentions checks that a CLI said all of it.
func mentions(t testing.TB, said string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in what the CLI said: %s", want, said)
		}
	}
}

// omits checks that a CLI said none of it.
func omits(t testing.TB, said string, unwanted ...string) {
	t.Helper()
	for _, word := range unwanted {
		if strings.Contains(said, word) {
			t.Errorf("%q is in what the CLI said: %s", word, said)
		}
	}
}

// oneLine undoes the CLI's wrapping and frames, so that sentences can be found.
func oneLine(said string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(said)), " ")
}

// terraformPath is the CLI that terraform-plugin-testing uses too.
func terraformPath() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	return exec.LookPath("terraform")
}

// skipWithoutIdentity skips on CLIs that do not know resource identity, which came with Terraform 1.12 and OpenTofu 1.12.
func skipWithoutIdentity(t *testing.T) {
	t.Helper()
	if product, version := cli(t); version.LessThan(tfversion.Version1_12_0) {
		t.Skipf("%s %s has no resource identity", product, version)
	}
}

// skipWithoutActions skips on CLIs that do not know actions, which came with Terraform 1.14. OpenTofu has none.
func skipWithoutActions(t *testing.T) {
	t.Helper()
	if product, version := cli(t); product != "Terraform" || version.LessThan(tfversion.Version1_14_0) {
		t.Skipf("%s %s has no actions", product, version)
	}
}

// cli tells which CLI the tests run, Terraform or OpenTofu, and its version.
func cli(t *testing.T) (product string, version *goversion.Version) {
	t.Helper()
	first, _, _ := strings.Cut(newWorkspace(t, "").ok("version"), " on ")
	product, number, _ := strings.Cut(first, " v")
	version, err := goversion.NewVersion(number)
	if err != nil {
		t.Fatalf("%q: %v", first, err)
	}
	return product, version
}
