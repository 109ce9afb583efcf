// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func TestWalk(t *testing.T) {
	t.Parallel()

	for name, by := range deliveries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer
			r := newRehearsal(t, &out)
			if err := r.run(t.Context(), t, by, walk); err != nil {
				t.Fatalf("%s\n%s", err, &out)
			}

			for _, said := range []string{
				"400 invalid_grant AADSTS50173: ",
				"No changes. Your infrastructure matches the configuration.",
				`~ trigger = "last working day" -> "laptop lost"`,
				"Destroy complete! Resources: 1 destroyed.",
				"Everything was as promised",
			} {
				if !strings.Contains(out.String(), said) {
					t.Errorf("it does not say %q:\n%s", said, &out)
				}
			}
			if calls := r.tenant.server.Invalidations(r.tenant.leaver.ID); len(calls) != 2 {
				t.Errorf("Robin was signed out at %v, want twice", calls)
			}
			checkScreens(t, out.String())
		})
	}
}

// checkScreens checks that each stop fits a terminal of 24 lines of 80 characters, and is plain text.
func checkScreens(t *testing.T, out string) {
	t.Helper()

	rule := strings.Repeat("─", screenWidth-1)
	screens := strings.Split(out, rule)
	if want := len(stops) + 3; len(screens) != want {
		t.Errorf("got %d screens, want %d", len(screens), want)
	}
	for _, screen := range screens {
		if lines := strings.Count(screen, "\n"); lines > 24 {
			t.Errorf("%d lines:%s", lines, screen)
		}
		for line := range strings.Lines(screen) {
			if utf8.RuneCountInString(line) > screenWidth {
				t.Errorf("too long: %s", line)
			}
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("it is coloured, and not on a terminal")
	}
}

func TestWalk_failsWhereSomethingIsNotAsPromised(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		fault graphtest.Fault
		want  string
	}{
		"call refused": {
			graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges.", nil)},
			"Token Invalidation Not Permitted",
		},
		"call repeated": {
			graphtest.Fault{Match: graphtest.Action, Effect: graphtest.ResetAfterWork()},
			"expected GET, POST, GET, came GET, POST, POST, GET",
		},
		"revoked refresh token accepted": {
			// After the laptop's first redemption, and one request each for plan and apply.
			graphtest.Fault{Match: graphtest.TokenRequest, First: 4, Effect: graphtest.Respond(http.StatusOK, nil, `{"access_token":"stale"}`)},
			"expected AADSTS50173, came accepted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRehearsal(t, io.Discard)
			r.tenant.server.Inject(test.fault)
			err := r.run(t.Context(), t, linkOwnProgram, walk)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want one that says %q", err, test.want)
			}
		})
	}
}

func TestWalk_interrupted(t *testing.T) {
	t.Parallel()

	r := newRehearsal(t, io.Discard)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r.tenant.server.Inject(graphtest.Fault{Match: graphtest.Action, Times: -1, Effect: func(_ http.ResponseWriter, request *http.Request, _ http.Handler) {
		interrupt()
		<-request.Context().Done()
	}})
	if err := r.run(ctx, t, linkOwnProgram, walk); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want that of the context", err)
	}
	if calls := r.tenant.server.Invalidations(r.tenant.leaver.ID); len(calls) != 0 {
		t.Errorf("Robin was signed out at %v, want never", calls)
	}
}

func TestFindCLI(t *testing.T) {
	for name, test := range map[string]struct {
		onPath []string
		wanted string
		want   string
	}{
		"terraform before tofu": {onPath: []string{"tofu", "terraform"}, want: "terraform"},
		"tofu alone":            {onPath: []string{"tofu"}, want: "tofu"},
		"the wanted one":        {onPath: []string{"tofu", "terraform", "another"}, wanted: "another", want: "another"},
		"none":                  {},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("PATH", folder)
			for _, program := range test.onPath {
				if err := os.WriteFile(folder+"/"+program, nil, 0o700); err != nil { //nolint:gosec // It is a program.
					t.Fatal(err)
				}
			}
			wanted := test.wanted
			if wanted != "" {
				wanted = folder + "/" + wanted
			}

			got, err := findCLI(t.Context(), wanted)
			if (err == nil) != (test.want != "") {
				t.Fatalf("got the error %v", err)
			}
			if err == nil && got != folder+"/"+test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
