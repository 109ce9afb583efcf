// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// deliveries are both ways to give Terraform a provider. Both work on Linux, so that one machine can test them.
var deliveries = map[string]delivery{
	"provider's own program": buildProvider,
	"program of the demo":    linkOwnProgram,
}

func TestDeliveryFor(t *testing.T) {
	t.Parallel()

	for goos, want := range map[string]string{"linux": "SSL_CERT_FILE", "freebsd": "SSL_CERT_FILE", "darwin": "DEMO_CERTIFICATE"} {
		variables, err := deliveryFor(goos)(t.Context(), &stage{options: options{module: "../.."}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if got := variables[0][0]; got != want {
			t.Errorf("%s: the provider trusts %s, want %s", goos, got, want)
		}
	}
}

func TestBuildProvider_tellsWhatTheCompilerSays(t *testing.T) {
	t.Parallel()

	_, err := buildProvider(t.Context(), &stage{options: options{module: t.TempDir()}}, t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("got %v, want an error that names go.mod", err)
	}
}

// rehearsal is a run of the demo in a test.
type rehearsal struct {
	tenant *tenant
	out    io.Writer
}

func newRehearsal(t *testing.T, out io.Writer) *rehearsal {
	t.Helper()

	contoso, err := openTenant()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(contoso.close)
	return &rehearsal{tenant: contoso, out: out}
}

// run runs a show, on the CLI that the tests are for, and checks that it leaves nothing behind.
func (r *rehearsal) run(ctx context.Context, t *testing.T, by delivery, show func(context.Context, *stage) error) error {
	t.Helper()

	var folder string
	err := run(ctx, options{module: "../..", cli: os.Getenv("TF_ACC_TERRAFORM_PATH"), deliver: by}, r.tenant, &screen{out: r.out},
		func(ctx context.Context, s *stage) error {
			folder = s.folder
			return show(ctx, s)
		})
	if _, statErr := os.Stat(folder); !errors.Is(statErr, fs.ErrNotExist) {
		t.Errorf("the folder %q is left behind: %v", folder, statErr)
	}
	return err
}
