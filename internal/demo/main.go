// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Command demo shows the provider at work: the real Terraform CLI signs a user of an invented tenant out, and every step is checked.
// With SERVE=1 in the environment it keeps the tenant running instead, for whoever wants to try their own clients on it.
//
// It runs in the root of the module, where it builds the provider, and leaves nothing behind.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// interrupted is the exit status of a program that Ctrl-C ended, as shells report it.
const interrupted = 130

func main() {
	if os.Getenv(pluginVariable) != "" {
		os.Exit(status(context.Background(), servePlugin()))
	}
	// A closed terminal or pipe ends the demo like Ctrl-C does, so that it leaves nothing behind then either. Signals come in
	// twos where both the shell and make pass them on, so the second one is no reason to hurry.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := status(ctx, start(ctx))
	stop()
	os.Exit(code)
}

func start(ctx context.Context) error {
	contoso, err := openTenant()
	if err != nil {
		return err
	}
	defer contoso.close()

	show := walk
	if os.Getenv("SERVE") != "" {
		show = serve
	}
	return run(ctx, options{module: ".", deliver: deliveryFor(runtime.GOOS)}, contoso, newScreen(os.Stdout), show)
}

// status is the exit status for how the demo ended. It tells people of a bad end.
func status(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nInterrupted. Nothing is left behind.")
		return interrupted
	default:
		fmt.Fprintln(os.Stderr, "\nThe demo failed:", err)
		return 1
	}
}
