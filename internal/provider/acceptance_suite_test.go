// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// The names of these tests must not begin with TestAcc: make testacc would run them, and they make testacc.

// Against an invented tenant, make testacc passes, runs every acceptance test, and leaves the tenant as it was.
func TestMake_testacc(t *testing.T) {
	t.Parallel()
	n := newRentedTenant(t)
	outcomes, said, err := n.make(t, "testacc")
	if err != nil {
		t.Fatalf("make testacc: %v\n%s", err, said)
	}
	for _, name := range acceptanceTests(t) {
		if outcomes[name] == "" {
			t.Errorf("%s did not run", name)
		}
	}
	for name, outcome := range outcomes {
		if want := expected(t, name); outcome != want {
			t.Errorf("%s: %s, want %s", name, outcome, want)
		}
	}
	mentions(t, said, "invalidateAllRefreshTokens: refreshTokensValidFromDateTime less Date is", "revokeSignInSessions: refreshTokensValidFromDateTime less Date is")
	omits(t, said, n.app.Secret)
	if n.made() == 0 {
		t.Error("no user was made")
	}
	n.holdsResidentsAlone(t)
}

// expected is the outcome of an acceptance test: what is about an action is skipped where there are none.
func expected(t *testing.T, name string) string {
	t.Helper()
	product, version := cli(t)
	if strings.HasPrefix(name, "TestAccAction_") && (product != "Terraform" || version.LessThan(tfversion.Version1_14_0)) {
		return "skip"
	}
	return "pass"
}

// What a run could not delete fails it, and make sweep deletes it and nothing else.
func TestMake_sweep(t *testing.T) {
	t.Parallel()
	n := newRentedTenant(t)
	n.Inject(graphtest.Fault{
		Match:  func(r *http.Request) bool { return r.Method == http.MethodDelete },
		Effect: graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", nil),
	})
	const test = "TestAccImport_plansCleanAndCallsNobody"
	outcomes, said, err := n.make(t, "testacc", "RUN=^"+test+"$")
	if err == nil || outcomes[test] != "fail" {
		t.Fatalf("a run that leaves a user behind: %v, %v\n%s", err, outcomes, said)
	}
	mentions(t, said, "was not deleted, make sweep will")
	if left := len(n.userNames(t)) - len(n.residents); left != 1 {
		t.Fatalf("the run left %d users, want 1\n%s", left, said)
	}

	if _, said, err = n.make(t, "sweep"); err != nil {
		t.Fatalf("make sweep: %v\n%s", err, said)
	}
	n.holdsResidentsAlone(t)
}

// rentedTenant is an invented tenant as acceptance tests find one: on the wall clock, with people whom they must not touch.
type rentedTenant struct {
	*tenant
	residents []graphtest.User
}

func newRentedTenant(t *testing.T) *rentedTenant {
	t.Helper()
	// Elsewhere Go programs have no variable by which they trust another authority.
	if runtime.GOOS != "linux" {
		t.Skip("the tests' process can be made to trust an invented tenant on Linux alone")
	}
	n := &rentedTenant{tenant: newRealTimeTenant(t, "")}
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append(slices.Clone(permissions), "User.ReadWrite.All") })
	for _, name := range []string{"ada", "tf-acc-graph-ada"} {
		n.residents = append(n.residents, n.addUser(name+"@"+graphtest.TenantDomain))
	}
	return n
}

// make runs a target of the project's own makefile, as somebody with a tenant would, and returns the outcome of every
// acceptance test, by name, and what was said.
func (n *rentedTenant) make(t *testing.T, arguments ...string) (outcomes map[string]string, said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*hangs) // It compiles, and runs a suite.
	defer cancel()
	command := exec.CommandContext(ctx, "make", append(arguments, "GOTEST=go test -json")...)
	command.Dir = filepath.Join("..", "..")
	command.Env = append(ownEnvironment(),
		"ARM_TENANT_ID="+n.TenantID(), "ARM_CLIENT_ID="+n.app.ClientID, "ARM_CLIENT_SECRET="+n.app.Secret,
		"GRAPH_ENDPOINT="+n.URL(), "AZURE_AUTHORITY_HOST="+n.URL(), "GRAPH_ACC_DOMAIN="+graphtest.TenantDomain,
		"SSL_CERT_FILE="+file(t, string(n.CertificatePEM())))
	// Go's test runner stops its tests and cleans up after an interrupt, and not after the kill that is the default.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	output, err := command.CombinedOutput()

	outcomes = map[string]string{}
	var text strings.Builder
	for line := range bytes.Lines(output) {
		var event struct{ Action, Test, Output string }
		if json.Unmarshal(line, &event) != nil {
			text.Write(line)
			continue
		}
		text.WriteString(event.Output)
		if slices.Contains([]string{"pass", "fail", "skip"}, event.Action) && event.Test != "" {
			outcomes[event.Test] = event.Action
		}
	}
	return outcomes, text.String(), err
}

// acceptanceTests returns the names of the acceptance tests in the source.
func acceptanceTests(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func (TestAcc[^(]*)\(`)
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(source, []byte("//go:build acceptance\n")) {
			continue
		}
		for _, found := range declared.FindAllSubmatch(source, -1) {
			names = append(names, string(found[1]))
		}
	}
	if len(names) == 0 {
		t.Fatal("there are no acceptance tests")
	}
	return names
}

// made is how many users were made.
func (n *rentedTenant) made() (users int) {
	for _, request := range n.GraphRequests() {
		if request.Method == http.MethodPost && request.Path == "/v1.0/users" && request.Status == http.StatusCreated {
			users++
		}
	}
	return users
}

// holdsResidentsAlone checks that the tenant's users are those of before, and that nothing was sent that concerns one.
func (n *rentedTenant) holdsResidentsAlone(t *testing.T) {
	t.Helper()
	var names []string
	for _, resident := range n.residents {
		names = append(names, resident.UserPrincipalName)
		n.accepted(t, resident, 0)
		for _, request := range n.GraphRequests() {
			for _, sent := range append(request.Parts, request) {
				if strings.Contains(sent.Path, resident.ID) || strings.Contains(sent.Path, resident.UserPrincipalName) {
					t.Errorf("sent %s", sent)
				}
			}
		}
	}
	if got := n.userNames(t); !slices.Equal(got, names) {
		t.Errorf("the tenant holds %v, want %v", got, names)
	}
}

// userNames lists the tenant's users.
func (n *rentedTenant) userNames(t *testing.T) (names []string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.URL()+"/v1.0/users?$top=999&$select=userPrincipalName", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+n.AccessToken(n.residents[0].ID, "User.Read.All"))
	transport := n.Transport()
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	var page struct {
		Value []struct{ UserPrincipalName string }
	}
	if err := errors.Join(err, json.Unmarshal(said, &page)); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("listing users: %d %s, %v", response.StatusCode, said, err)
	}
	for _, user := range page.Value {
		names = append(names, user.UserPrincipalName)
	}
	return names
}
