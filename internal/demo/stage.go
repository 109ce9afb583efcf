// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// options say where the demo finds what it needs.
type options struct {
	// module is the root of the module, where the provider is built.
	module string
	// cli is the Terraform CLI to use; empty is the first that is found.
	cli string
	// deliver gives Terraform a provider.
	deliver delivery
}

// stage is what a show plays on.
type stage struct {
	options
	*tenant
	*screen

	// folder holds every file of the show. run removes it.
	folder string
	// certificate is the file of the certificate by which the tenant is trusted.
	certificate string
	// variables are what Terraform's environment needs: the provider's settings, and how to come by the provider.
	variables [][2]string
}

// run sets the stage up, runs the show on it, and takes everything away again, whatever came of the show.
func run(ctx context.Context, o options, t *tenant, out *screen, show func(context.Context, *stage) error) (err error) {
	folder, err := os.MkdirTemp("", "graph-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	set := &stage{options: o, tenant: t, screen: out, folder: folder}
	if set.certificate, err = set.write("contoso.pem", t.server.CertificatePEM()); err != nil {
		return err
	}
	provider, err := handOver(ctx, set)
	if err != nil {
		return fmt.Errorf("handing the provider to Terraform: %w", err)
	}
	set.variables = append(t.settings(), provider...)
	return show(ctx, set)
}

// write puts a file into the stage's folder and returns its path.
func (s *stage) write(name string, content []byte) (string, error) {
	path := filepath.Join(s.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, content, 0o600)
}
