// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

const (
	// providerSource is the provider's address without a host: Terraform and OpenTofu each take it for one of their own
	// registry.
	providerSource = "seed-7dc6cf1c/graph"
	// providerBinary is the name by which both know its program.
	providerBinary = "terraform-provider-graph"

	// pluginVariable is set where Terraform starts this program as a plugin.
	pluginVariable = "TF_PLUGIN_MAGIC_COOKIE"
	// certificateVariable names the file of the certificate that the plugin trusts.
	certificateVariable = "DEMO_CERTIFICATE"
)

// delivery puts a provider that trusts the stage's tenant into the folder, and returns the variables by which it does.
type delivery func(ctx context.Context, s *stage, folder string) (variables [][2]string, err error)

// deliveryFor returns what works on an operating system. On macOS, Go trusts the system's certificates alone and has no
// variable for others, so the provider's own program cannot be made to trust the tenant.
func deliveryFor(goos string) delivery {
	if goos == "darwin" {
		return linkOwnProgram
	}
	return buildProvider
}

// buildProvider builds the provider's own program.
func buildProvider(ctx context.Context, s *stage, folder string) ([][2]string, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, providerBinary), ".")
	build.Dir = s.module
	// The compiler cleans up after an interrupt, and not after the kill that is the default.
	build.Cancel = func() error { return build.Process.Signal(os.Interrupt) }
	if output, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(ctx.Err(), fmt.Errorf("%s: %w\n%s", build, err, output))
	}
	return [][2]string{{"SSL_CERT_FILE", s.certificate}}, nil
}

// linkOwnProgram makes this program the provider: started as a plugin, it is one, with a transport that trusts the tenant.
func linkOwnProgram(_ context.Context, s *stage, folder string) ([][2]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return [][2]string{{certificateVariable, s.certificate}}, os.Symlink(self, filepath.Join(folder, providerBinary))
}

// servePlugin is this program where Terraform started it as a plugin.
func servePlugin() error {
	certificate, err := os.ReadFile(os.Getenv(certificateVariable))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	transport := graph.NewTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}

	around := provider.System()
	around.Transport = transport
	return tf6server.Serve("registry.terraform.io/"+providerSource, provider.NewServer("demo", around))
}

// handOver makes the provider known to Terraform, in place of what a registry has, and returns the variables by which it is.
func handOver(ctx context.Context, s *stage) ([][2]string, error) {
	folder := filepath.Join(s.folder, "provider")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	variables, err := s.deliver(ctx, s, folder)
	if err != nil {
		return nil, err
	}
	configuration, err := s.write("terraform.tfrc", fmt.Appendf(nil,
		"provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", providerSource, folder))
	return append(variables, [2]string{"TF_CLI_CONFIG_FILE", configuration}), err
}
