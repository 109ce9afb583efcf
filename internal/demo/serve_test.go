// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
)

func TestServe(t *testing.T) {
	t.Parallel()

	for name, by := range deliveries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tenant := newServed(t, by)
			folder := t.TempDir()
			if err := os.WriteFile(folder+"/main.tf", []byte(tenant.configuration), 0o600); err != nil {
				t.Fatal(err)
			}
			if said := tenant.terraform(t, folder, "apply", "-auto-approve", "-no-color"); !strings.Contains(said, "1 added") {
				t.Errorf("terraform apply said:\n%s", said)
			}
			tenant.waitFor(t, "/invalidateAllRefreshTokens")

			client := tenant.client(t)
			user := client.get(t, "/beta/users/robin@contoso.onmicrosoft.com")
			if user["refreshTokensValidFromDateTime"] == nil {
				t.Errorf("Robin was not signed out: %v", user)
			}
			tenant.waitFor(t, "200  GET /beta/users/robin@contoso.onmicrosoft.com")
		})
	}
}

// The page's action signs out everybody in the group but one.
func TestServe_action(t *testing.T) {
	t.Parallel()
	tenant := newServed(t, buildProvider)
	folder := t.TempDir()
	if version := tenant.terraform(t, folder, "version"); !runsActions(version) {
		t.Skipf("no actions in %s", version)
	}
	for name, content := range map[string]string{"main.tf": tenant.configuration, "incident.tf": tenant.incident} {
		if err := os.WriteFile(folder+"/"+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said := tenant.terraform(t, folder, "apply", "-auto-approve", "-no-color", "-invoke=action.graph_user_token_invalidation.incident")
	if !strings.Contains(said, "2 of 2 users signed out") {
		t.Errorf("terraform said:\n%s", said)
	}
}

// served is a tenant that serve keeps running, as far as its printed page tells.
type served struct {
	exports       map[string]string
	configuration string
	incident      string
	lines         *bufio.Scanner
}

var export = regexp.MustCompile(`^export ([A-Z_]+)='(.*)'$`)

// newServed starts serve and reads its page. It is stopped when the test ends, and must then leave nothing behind.
func newServed(t *testing.T, by delivery) *served {
	t.Helper()

	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	r, ended := newRehearsal(t, writer), make(chan error, 1)
	go func() {
		ended <- r.run(ctx, t, by, serve)
		_ = writer.Close()
	}()
	t.Cleanup(func() {
		stop()
		_, _ = io.Copy(io.Discard, reader)
		if err := <-ended; err != nil {
			t.Errorf("serving ended with the error %s", err)
		}
	})

	s := &served{exports: map[string]string{}, lines: bufio.NewScanner(reader)}
	s.waitFor(t, "1. In another terminal", func(string) {})
	s.waitFor(t, "cat >main.tf", func(line string) {
		if found := export.FindStringSubmatch(line); found != nil {
			s.exports[found[1]] = found[2]
		}
	})
	s.waitFor(t, "END", func(line string) { s.configuration += line + "\n" })
	s.waitFor(t, "cat >incident.tf")
	s.waitFor(t, "END", func(line string) { s.incident += line + "\n" })
	s.waitFor(t, "Requests, as they come")
	return s
}

// waitFor reads what is printed up to a line that contains the text, and hands the lines before it to the others.
func (s *served) waitFor(t *testing.T, text string, others ...func(line string)) {
	t.Helper()

	for s.lines.Scan() {
		if strings.Contains(s.lines.Text(), text) {
			return
		}
		for _, read := range others {
			read(s.lines.Text())
		}
	}
	t.Fatalf("it ended and did not print %q: %v", text, s.lines.Err())
}

// terraform runs the CLI with the page's variables, and returns what it said.
func (s *served) terraform(t *testing.T, folder string, arguments ...string) string {
	t.Helper()

	command := exec.CommandContext(t.Context(), testedCLI(t), arguments...)
	command.Dir = folder
	for name, value := range cleanEnvironment(os.Environ()) {
		command.Env = append(command.Env, name+"="+value)
	}
	for name, value := range s.exports {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
	return string(output)
}

// runsActions reads what the CLI says its version is. Actions came with Terraform 1.14; OpenTofu has none.
func runsActions(said string) bool {
	text, isTerraform := strings.CutPrefix(strings.Split(said, "\n")[0], "Terraform v")
	return isTerraform && version.Must(version.NewVersion(text)).GreaterThanOrEqual(version.Must(version.NewVersion("1.14.0")))
}

func testedCLI(t *testing.T) string {
	t.Helper()

	path, err := findCLI(t.Context(), os.Getenv("TF_ACC_TERRAFORM_PATH"))
	if err != nil {
		t.Fatalf("this test runs a Terraform CLI; put one on PATH or name it in TF_ACC_TERRAFORM_PATH: %s", err)
	}
	return path
}

// servedClient calls the tenant with nothing but what was printed.
type servedClient struct {
	http.Client
	root, token string
}

func (s *served) client(t *testing.T) *servedClient {
	t.Helper()

	certificate, err := os.ReadFile(s.exports["NODE_EXTRA_CA_CERTS"])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	c := &servedClient{Client: http.Client{Transport: transport}, root: s.exports["GRAPH_ENDPOINT"]}

	endpoint := s.exports["AZURE_AUTHORITY_HOST"] + "/" + s.exports["ARM_TENANT_ID"] + "/oauth2/v2.0/token"
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {s.exports["ARM_CLIENT_ID"]},
		"client_secret": {s.exports["ARM_CLIENT_SECRET"]},
		"scope":         {c.root + "/.default"},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.token, _ = c.send(t, request)["access_token"].(string)
	return c
}

func (c *servedClient) get(t *testing.T, path string) map[string]any {
	t.Helper()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.root+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	return c.send(t, request)
}

func (c *servedClient) send(t *testing.T, request *http.Request) map[string]any {
	t.Helper()

	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %v", request.URL, response.Status, answer, err)
	}
	return answer
}

func TestQuote(t *testing.T) {
	t.Parallel()

	if got, want := quote(`Robin's $HOME`), `'Robin'\''s $HOME'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
