// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// standIn is a program in the place of the Azure CLI, the Azure Developer CLI and PowerShell, which azidentity runs. It finds the
// host of the resource or scope that it is asked a token for, and answers with the file that a test has put under its own name
// and that host. PowerShell is given its script as base64 of UTF-16.
const standIn = `#!/bin/sh
name=$(basename "$0")
asked=$*
if [ "$name" = pwsh ]; then
  for argument; do encoded=$argument; done
  asked=$(printf %s "$encoded" | base64 -d | tr -d '\000')
fi
host=$(printf %s "$asked" | grep -o 'https://[^/ '"'"']*' | head -n 1)
answer=$(dirname "$0")/$name-${host#https://}.json
if [ ! -e "$answer" ]; then
  echo "ERROR: Please run 'az login' to setup account." >&2
  exit 1
fi
cat "$answer"
`

// installStandIns puts the stand-ins into a folder.
func installStandIns(dir string) error {
	var errs []error
	for _, name := range []string{"az", "azd", "pwsh"} {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(standIn), 0o700)) //nolint:gosec // A program is executable.
	}
	return errors.Join(errs...)
}

// answers puts what a stand-in is to answer for a Graph root.
func answers(t *testing.T, program, root string, answer map[string]any) {
	t.Helper()
	content, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(programs, program+"-"+at.Host+".json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// azureCLIAnswer is what `az account get-access-token` prints.
func (n *tenant) azureCLIAnswer(accessToken string) map[string]any {
	return map[string]any{
		"accessToken": accessToken,
		"expires_on":  time.Now().Add(time.Hour).Unix(),
		"tenant":      n.TenantID(),
		"tokenType":   "Bearer",
	}
}

// signInAs signs the provider in as a user, through the Azure CLI.
func (n *tenant) signInAs(t *testing.T, user graphtest.User, scopes ...string) {
	t.Helper()
	n.setenv("ARM_CLIENT_SECRET", "")
	answers(t, "az", n.URL(), n.azureCLIAnswer(n.AccessToken(user.ID, scopes...)))
}
