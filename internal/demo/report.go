// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// screenWidth is the width of the narrowest terminal that people use. Blocks of text end with an empty line.
const screenWidth = 80

// screen writes for people to read.
type screen struct {
	out    io.Writer
	colour bool
}

// newScreen writes to a file, in colour where that is a terminal and the user did not ask for none.
func newScreen(file *os.File) *screen {
	info, err := file.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	return &screen{out: file, colour: terminal && os.Getenv("NO_COLOR") == ""}
}

// style is a way to write, as the parameter of ECMA-48's SGR sequence.
type style string

const (
	bold  style = "1"
	faint style = "2"
	red   style = "31"
	green style = "32"
)

func (s *screen) styled(as style, text string) string {
	if !s.colour {
		return text
	}
	return "\x1b[" + string(as) + "m" + text + "\x1b[0m"
}

func (s *screen) line(text string) {
	fmt.Fprintln(s.out, strings.TrimRight(text, " "))
}

// title begins a screen.
func (s *screen) title(text string) {
	s.line("")
	s.line(s.styled(bold, text))
	s.line(s.styled(faint, strings.Repeat("─", screenWidth-1)))
}

// text writes a paragraph.
func (s *screen) text(paragraph string) {
	for _, line := range wrap(paragraph, screenWidth-1) {
		s.line(line)
	}
	s.line("")
}

// command shows what is run.
func (s *screen) command(line string) {
	s.line("$ " + s.styled(bold, line))
}

// said shows what a command answered.
func (s *screen) said(parts ...string) {
	for _, part := range parts {
		for _, line := range wrap(part, screenWidth-5) {
			s.line(s.styled(faint, "  │ ") + line)
		}
	}
	s.line("")
}

// table shows names with their values under a heading.
func (s *screen) table(heading string, rows [][2]string) {
	s.line(heading)
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	for _, row := range rows {
		s.line(fmt.Sprintf("    %s  %s", s.styled(faint, fmt.Sprintf("%-*s", width, row[0])), row[1]))
	}
	s.line("")
}

// evidence shows what the state says.
func (s *screen) evidence(heading string, found evidence, attributes ...string) {
	var rows [][2]string
	for _, name := range attributes {
		rows = append(rows, [2]string{name, found[name]})
	}
	s.table(heading, rows)
}

// traffic shows the requests to Graph, with their answers, and how many there were for access tokens.
func (s *screen) traffic(sent traffic, user graphtest.User) {
	var rows [][2]string
	for _, request := range sent.graph {
		rows = append(rows, [2]string{fmt.Sprintf("%d  %s", request.Status, request.Method), shortPath(request, user)})
	}
	s.table(fmt.Sprintf("Microsoft Graph was sent %s, after %s to Microsoft Entra:",
		counted(len(sent.graph), "request"), counted(sent.tokens, "token request")), rows)
}

// shortPath is a request's path with the user's object id cut short, so that it fits a line.
func shortPath(request graphtest.Request, user graphtest.User) string {
	return strings.ReplaceAll(request.Path, user.ID, user.ID[:8]+"…")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// promise shows whether a promise was kept: what came is what was expected. The error says that it was not.
func (s *screen) promise(what, expected, came string) error {
	if came == expected {
		s.line(s.styled(green, "✓ ") + what)
		return nil
	}
	s.line(s.styled(red, "✗ ") + what)
	s.line("    expected: " + expected)
	s.line("    came:     " + came)
	return fmt.Errorf("not as promised: %s: expected %s, came %s", what, expected, came)
}

// wrap breaks text into lines of at most this many characters, where it can be broken.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
