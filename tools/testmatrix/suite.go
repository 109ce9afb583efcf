// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// The outcomes of a test, as `go test -json` names them.
const (
	passed  = "pass"
	failed  = "fail"
	skipped = "skip"
)

// suite is one run: the outcome of every test and subtest that was started, by name.
type suite struct {
	tool     string
	outcomes map[string]string
}

func readFile(file string) (suite, error) {
	record, err := os.Open(file)
	if err != nil {
		return suite{}, err
	}
	defer record.Close()

	outcomes, err := read(record)
	if err != nil {
		return suite{}, fmt.Errorf("%s: %w", file, err)
	}
	return suite{tool: strings.TrimSuffix(filepath.Base(file), ".json"), outcomes: outcomes}, nil
}

func read(record io.Reader) (map[string]string, error) {
	outcomes := map[string]string{}
	events := json.NewDecoder(record)
	for {
		var event struct{ Action, Package, Test string }
		err := events.Decode(&event)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if event.Test == "" {
			continue // An event of the package as a whole.
		}
		switch event.Action {
		case passed, failed, skipped:
			outcomes[path.Base(event.Package)+"."+event.Test] = event.Action
		}
	}
	if len(outcomes) == 0 {
		return nil, errors.New("no test was run")
	}
	return outcomes, nil
}

// all returns the names of the tests with an outcome, in order.
func (s suite) all(outcome string) []string {
	var names []string
	for name, o := range s.outcomes {
		if o == outcome {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s suite) count(outcome string) int {
	return len(s.all(outcome))
}

// skippedEverywhere returns the tests that no suite passed or failed, in order.
func skippedEverywhere(suites []suite) []string {
	ran := map[string]bool{}
	for _, s := range suites {
		for name, outcome := range s.outcomes {
			ran[name] = ran[name] || outcome != skipped
		}
	}
	var names []string
	for name, r := range ran {
		if !r {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
