// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	older = `{"Action":"start","Package":"example.com/a"}
{"Action":"run","Package":"example.com/a","Test":"TestOld"}
{"Action":"output","Package":"example.com/a","Test":"TestOld","Output":"hello"}
{"Action":"pass","Package":"example.com/a","Test":"TestOld","Elapsed":0.1}
{"Action":"skip","Package":"example.com/a","Test":"TestNew/one"}
{"Action":"pass","Package":"example.com/a","Test":"TestNew"}
{"Action":"skip","Package":"example.com/b"}
{"Action":"pass","Package":"example.com/a"}
`
	newer = `{"Action":"skip","Package":"example.com/a","Test":"TestOld"}
{"Action":"pass","Package":"example.com/a","Test":"TestNew/one"}
{"Action":"pass","Package":"example.com/a","Test":"TestNew"}
`
	never = `{"Action":"skip","Package":"example.com/a","Test":"TestNew/one"}
{"Action":"fail","Package":"example.com/a","Test":"TestOld"}
`
)

func TestRun(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		records   map[string]string
		wantOut   []string
		wantError string
	}{
		"every test ran somewhere": {
			records: map[string]string{"Terraform 1.11.4.json": older, "Terraform 1.16.4.json": newer},
			wantOut: []string{
				"Terraform 1.11.4: 2 passed, 0 failed, 1 skipped", "  skipped: a.TestNew/one",
				"Terraform 1.16.4: 2 passed, 0 failed, 1 skipped", "  skipped: a.TestOld",
			},
		},
		"a test ran nowhere": {
			records: map[string]string{"OpenTofu 1.12.6.json": never, "Terraform 1.11.4.json": older},
			wantOut: []string{
				"OpenTofu 1.12.6: 0 passed, 1 failed, 1 skipped", "  skipped: a.TestNew/one",
				"Terraform 1.11.4: 2 passed, 0 failed, 1 skipped", "  skipped: a.TestNew/one",
				"skipped in every run: a.TestNew/one",
			},
			wantError: "1 tests ran on no tool",
		},
		"a single run": {
			records: map[string]string{"Terraform 1.11.4.json": older},
			wantOut: []string{"Terraform 1.11.4: 2 passed, 0 failed, 1 skipped", "  skipped: a.TestNew/one"},
		},
		"an empty run": {
			records:   map[string]string{"Terraform 1.11.4.json": `{"Action":"pass","Package":"example.com/a"}`},
			wantError: "no test was run",
		},
		"not a record": {
			records:   map[string]string{"Terraform 1.11.4.json": "ok example.com/a"},
			wantError: "invalid character",
		},
		"no runs": {wantError: "name the records"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			folder := t.TempDir()
			for file, record := range test.records {
				if err := os.WriteFile(filepath.Join(folder, file), []byte(record), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			files, err := filepath.Glob(filepath.Join(folder, "*"))
			if err != nil {
				t.Fatal(err)
			}

			var out strings.Builder
			err = run(files, &out)
			if got, want := strings.TrimSuffix(out.String(), "\n"), strings.Join(test.wantOut, "\n"); got != want {
				t.Errorf("got output:\n%s\nwant:\n%s", got, want)
			}
			if (err == nil) != (test.wantError == "") || err != nil && !strings.Contains(err.Error(), test.wantError) {
				t.Errorf("got error %v, want %q", err, test.wantError)
			}
		})
	}
}
