// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Command testmatrix compares runs of one test suite on several command-line tools. Each argument is the
// `go test -json` record of a run, named after its tool: "Terraform 1.11.4.json". It prints what each run
// passed, failed and skipped, and fails when a test was skipped wherever it was started: such a test
// proves nothing, however green the runs are. A single run is printed only; the other tools are missing.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testmatrix:", err)
		os.Exit(1)
	}
}

func run(files []string, out io.Writer) error {
	if len(files) == 0 {
		return errors.New("name the records of the runs to compare")
	}
	var suites []suite
	for _, file := range files {
		s, err := readFile(file)
		if err != nil {
			return err
		}
		suites = append(suites, s)
		fmt.Fprintf(out, "%s: %d passed, %d failed, %d skipped\n", s.tool, s.count(passed), s.count(failed), s.count(skipped))
		for _, name := range s.all(skipped) {
			fmt.Fprintln(out, "  skipped:", name)
		}
	}
	if len(suites) == 1 {
		return nil
	}
	never := skippedEverywhere(suites)
	for _, name := range never {
		fmt.Fprintln(out, "skipped in every run:", name)
	}
	if len(never) > 0 {
		return fmt.Errorf("%d tests ran on no tool", len(never))
	}
	return nil
}
