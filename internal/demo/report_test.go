// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPromise(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer
	s := &screen{out: &out}
	if err := s.promise("One read.", "GET", "GET"); err != nil {
		t.Errorf("kept, and got the error %s", err)
	}
	if err := s.promise("One read.", "GET", "GET, POST"); err == nil {
		t.Error("broken, and got no error")
	}
	const want = "✓ One read.\n✗ One read.\n    expected: GET\n    came:     GET, POST\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &out, want)
	}
}

func TestScreen_colours(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		colour bool
		want   string
	}{
		"terminal": {true, "$ \x1b[1mterraform plan\x1b[0m\n"},
		"plain":    {false, "$ terraform plan\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer
			(&screen{out: &out, colour: test.colour}).command("terraform plan")
			if out.String() != test.want {
				t.Errorf("got %q, want %q", out.String(), test.want)
			}
		})
	}
}

func TestNewScreen_isPlainInAFile(t *testing.T) {
	t.Parallel()

	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newScreen(file).colour {
		t.Error("it is coloured")
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()

	for text, want := range map[string][]string{
		"":                   {""},
		"fits":               {"fits"},
		"breaks  at words":   {"breaks at", "words"},
		"unbreakable words":  {"unbreakable", "words"},
		"… is one …haracter": {"… is one", "…haracter"},
	} {
		if got := wrap(text, 9); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
