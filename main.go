// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-graph serves the graph provider to Terraform and OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

// version is a variable because a release sets it through the linker (-X main.version=...).
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve until interrupted, for a debugger: print the TF_REATTACH_PROVIDERS value with which Terraform finds this process")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/seed-7dc6cf1c/graph", provider.NewServer(version, provider.System()), options...); err != nil {
		log.Fatal(err)
	}
}
