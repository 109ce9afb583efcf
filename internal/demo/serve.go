// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// logInterval is how often the log of requests catches up with them.
const logInterval = 100 * time.Millisecond

//go:embed serve.tmpl
var instructions string

// serve keeps the tenant running until the context ends. It tells how to use the tenant, and logs the requests.
func serve(ctx context.Context, s *stage) error {
	page, err := template.New("serve").Funcs(template.FuncMap{"quote": quote}).Parse(instructions)
	if err != nil {
		return err
	}
	err = page.Execute(s.out, map[string]any{
		"Endpoint":       s.server.URL(),
		"Exports":        s.exports(),
		"Configuration":  configuration,
		"ChangedTrigger": changedTrigger,
		"Users":          append([]graphtest.User{s.leaver}, s.others...),
		"Leaver":         s.leaver,
		"Stayer":         s.others[0],
		"Group":          s.group,
		"PublicClientID": graphtest.PublicClientID,
		"RefreshToken":   s.server.SignIn(s.leaver.ID),
	})
	if err != nil {
		return err
	}
	s.logRequests(ctx)
	return nil
}

// exports are the variables for clients of all kinds: Terraform's, and those by which others trust the tenant.
func (s *stage) exports() [][2]string {
	exports := s.variables
	for _, name := range []string{"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"} {
		if !has(exports, name) {
			exports = append(exports, [2]string{name, s.certificate})
		}
	}
	return exports
}

func has(variables [][2]string, name string) bool {
	for _, variable := range variables {
		if variable[0] == name {
			return true
		}
	}
	return false
}

// quote makes a value one word of a shell.
func quote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// logRequests writes a line for each request, in order, once it is answered, until the context ends.
func (s *stage) logRequests(ctx context.Context) {
	logged := 0
	for ended := false; !ended; {
		ended = (graph.SystemClock{}).Sleep(ctx, logInterval) != nil
		for _, request := range s.server.Requests()[logged:] {
			if request.Status == 0 && !ended {
				break
			}
			s.line(fmt.Sprintf("%s  %d  %s", request.Time.Local().Format(time.TimeOnly), request.Status, request))
			logged++
		}
	}
}
