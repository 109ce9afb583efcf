// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-graph serves the graph provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

// version is a variable because a release sets it through the linker (-X main.version=...).
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve until interrupted, for a debugger: print the TF_REATTACH_PROVIDERS value with which Terraform finds this process")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version, provider.System()), providerserver.ServeOpts{
		Address: "registry.terraform.io/seed-7dc6cf1c/graph",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
