// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"os"
	"testing"
)

// TestMain lets the test binary be the provider too, as the demo's own program is.
func TestMain(m *testing.M) {
	if os.Getenv(pluginVariable) == "" {
		os.Exit(m.Run())
	}
	os.Exit(status(context.Background(), servePlugin()))
}

func TestStatus(t *testing.T) {
	t.Parallel()

	interruptedContext, interrupt := context.WithCancel(t.Context())
	interrupt()
	for name, test := range map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"success":             {t.Context(), nil, 0},
		"failure":             {t.Context(), errors.New("not as promised"), 1},
		"interrupted":         {interruptedContext, context.Canceled, 130},
		"served until Ctrl-C": {interruptedContext, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := status(test.ctx, test.err); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
