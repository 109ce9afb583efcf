// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// azureCLI is a stand-in for the Azure CLI, which answers with what a test has put beside it under the host of the
// resource that it is asked a token for.
const azureCLI = `#!/bin/sh
for argument; do
  case $argument in
    https://*) host=${argument#https://} ;;
  esac
done
answer=$(dirname "$0")/$host.json
if [ ! -e "$answer" ]; then
  echo "ERROR: Please run 'az login' to setup account." >&2
  exit 1
fi
cat "$answer"
`

// installAzureCLI puts the stand-in into a folder.
func installAzureCLI(dir string) error {
	return os.WriteFile(filepath.Join(dir, "az"), []byte(azureCLI), 0o700) //nolint:gosec // A program is executable.
}

// signInAs signs the provider in as a user, through the Azure CLI.
func (n *tenant) signInAs(t *testing.T, user graphtest.User, scopes ...string) {
	t.Helper()
	n.setenv("ARM_CLIENT_SECRET", "")
	answer, err := json.Marshal(map[string]any{
		"accessToken": n.AccessToken(user.ID, scopes...),
		"expires_on":  time.Now().Add(time.Hour).Unix(),
		"tenant":      n.TenantID(),
		"tokenType":   "Bearer",
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := url.Parse(n.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(programs, root.Host+".json"), answer, 0o600); err != nil {
		t.Fatal(err)
	}
}
