// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Command schemajson prints the provider's schema as `terraform providers schema -json` does, for the
// documentation generator. A Terraform CLI prints only what it knows itself (identities since 1.12,
// actions since 1.14); this program asks the provider, so that the pages do not depend on a CLI.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

// providerName is the key under which tfplugindocs looks the schema up; it does not know full addresses
// outside the hashicorp namespace.
const providerName = "graph"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	server, err := providerserver.NewProtocol6WithError(provider.New("docs", provider.System())())()
	if err != nil {
		return err
	}
	schemas, err := describe(ctx, server)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(schemas)
}
