// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// example is how one file of the examples is run. Its variables are given for the user robin@contoso.com.
type example struct {
	variables []string
	// calls is how often Robin is signed out by applying, destroys by destroying.
	calls, destroys int
	// identity is set where the CLI must know resource identity.
	identity bool
	// more is configuration that the example leaves to the reader.
	more string
}

const robinsID = "0b0a1d3e-7c2f-4f3e-9a53-5d6f2a1c8e47"

var examples = map[string]example{
	"provider/provider.tf": {
		variables: []string{"tenant_id=" + graphtest.TenantDomain, "client_id=CLIENT"}, calls: 1, more: invalidation(userID(robinsID)),
	},
	"resources/graph_user_token_invalidation/resource.tf":                       {variables: []string{"user_id=/users/" + robinsID}, calls: 1},
	"resources/graph_user_token_invalidation/resource_for_each.tf":              {variables: []string{`leavers={"robin@contoso.com"="INC-1201"}`}, calls: 1},
	"resources/graph_user_token_invalidation/resource_minimum_valid_from.tf":    {variables: []string{"user_id=robin@contoso.com"}, calls: 1},
	"resources/graph_user_token_invalidation/resource_invalidate_on_destroy.tf": {variables: []string{"user_id=" + robinsID}, calls: 1, destroys: 1},
	"resources/graph_user_token_invalidation/import-by-string-id.tf":            {variables: []string{"user_id=robin@contoso.com"}},
	"resources/graph_user_token_invalidation/import-by-identity.tf":             {variables: []string{"user_object_id=" + robinsID}, identity: true},
}

// Every example is complete: it applies as it stands, plans nothing afterwards, and destroys.
func TestExamples(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("../../examples")
	found := 0
	err := fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".tf" || strings.HasPrefix(name, "guides/") {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		run, ok := examples[name]
		if !ok {
			t.Errorf("nothing says how to run %s", name)
			return nil
		}
		found++
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if run.identity {
				skipWithoutIdentity(t)
			}
			n := newTenant(t)
			robin := n.AddUser(graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com"})
			w := n.workspace(t, string(content)+run.more)
			for _, variable := range run.variables {
				w.env = append(w.env, "TF_VAR_"+strings.ReplaceAll(variable, "CLIENT", n.app.ClientID))
			}
			w.apply()
			n.accepted(t, robin, run.calls)
			mentions(t, w.ok("plan"), "No changes.")
			w.ok("destroy", "-auto-approve")
			n.accepted(t, robin, run.calls+run.destroys)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(examples) {
		t.Errorf("found %d examples, want %d", found, len(examples))
	}
}

// The command in import.sh imports.
func TestExamples_importCommand(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../examples/resources/graph_user_token_invalidation/import.sh")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(script)) {
		arguments, ok := strings.CutPrefix(strings.TrimSpace(line), "terraform ")
		if !ok {
			continue
		}
		n := newTenant(t)
		n.AddUser(graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com"})
		w := n.workspace(t, "resource \"graph_user_token_invalidation\" \"leaver\" {\n  user_id = \""+robinsID+"\"\n}\n")
		mentions(t, w.ok(strings.Fields(arguments)...), "Import successful!")
		n.sentExactly(t, get(robinsID), get(robinsID))
		return
	}
	t.Error("import.sh holds no terraform command")
}
