// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

const (
	// replication is how long a tenant may take to show a user who was made or deleted on every replica.
	replication = 2 * time.Minute
	// agreement is how many reads in a row must agree before a change counts as replicated.
	agreement = 3
	// cleanup is how long it may take to delete one user.
	cleanup = 2 * time.Minute
)

// acceptance is the tenant of the ARM_* variables, with a guard before it.
type acceptance struct {
	*guard
	domain  string
	signIn  *auth.SignIn
	runtime provider.Runtime // of the provider
	client  *http.Client     // of the tests
}

// acceptanceTenant returns the tenant to test against, or skips the test where TF_ACC does not ask for one.
func acceptanceTenant(t *testing.T) *acceptance {
	t.Helper()
	if os.Getenv(resource.EnvTfAcc) == "" {
		t.Skipf("%s is not set: there is no tenant to test against", resource.EnvTfAcc)
	}
	a, err := openAcceptance()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// openAcceptance prepares to sign in as the provider does in the process's environment.
func openAcceptance() (*acceptance, error) {
	domain := os.Getenv("GRAPH_ACC_DOMAIN")
	if domain == "" {
		return nil, errors.New("set GRAPH_ACC_DOMAIN to a verified domain of the tenant, in which the tests may make users")
	}
	system := provider.System()
	signIn, problems := auth.New(auth.Config{}, auth.Surroundings{LookupEnv: system.LookupEnv, Transport: system.Transport})
	var errs []error
	for _, problem := range problems {
		errs = append(errs, fmt.Errorf("%s: %s", problem.Summary, problem.Detail))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}

	retrying := retryablehttp.NewClient()
	retrying.Logger = nil
	retrying.ErrorHandler = retryablehttp.PassthroughErrorHandler
	retrying.HTTPClient = &http.Client{
		Transport:     system.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	g := &guard{root: signIn.Cloud.GraphRoot}
	a := &acceptance{guard: g, domain: domain, signIn: signIn, runtime: system}
	a.runtime.Transport = g.before(system.Transport)
	a.client = &http.Client{Transport: g.before(&retryablehttp.RoundTripper{Client: retrying})}
	return a, nil
}

// run runs the steps on the real CLI.
func (a *acceptance) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"graph": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("acceptance", a.runtime)(), nil },
		},
		Steps: steps,
	})
}

// addUser makes a disposable user, who is deleted when the test ends, and waits until the tenant shows the user everywhere.
func (a *acceptance) addUser(t *testing.T) person {
	t.Helper()
	name := disposablePrefix + strings.ToLower(rand.Text())
	p := person{UserPrincipalName: name + "@" + a.domain, Department: disposableDepartment}
	_, err := a.call(t.Context(), http.MethodPost, "/v1.0/users", map[string]any{
		"accountEnabled":    false,
		"department":        p.Department,
		"displayName":       "Disposable user of an acceptance test",
		"mailNickname":      name,
		"passwordProfile":   map[string]any{"password": rand.Text() + "-aA1", "forceChangePasswordNextSignIn": true},
		"userPrincipalName": p.UserPrincipalName,
	}, &p)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.allow(p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.delete(p); err != nil {
			t.Errorf("%s was not deleted, make sweep will: %v", p.UserPrincipalName, err)
		}
	})
	a.settle(t, p, true)
	return p
}

// deleteUser deletes a disposable user as another administrator would, and waits until the tenant shows the user nowhere.
func (a *acceptance) deleteUser(t *testing.T, p person) {
	t.Helper()
	if err := a.delete(p); err != nil {
		t.Fatal(err)
	}
	a.settle(t, p, false)
}

// delete deletes a disposable user. It is no error that somebody else was first.
func (a *acceptance) delete(p person) error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanup)
	defer cancel()
	_, err := a.call(ctx, http.MethodDelete, "/v1.0/users/"+p.ID, nil, nil)
	if isNotFound(err) {
		return nil
	}
	return err
}

// settle waits until reads by both keys agree on whether the user exists.
func (a *acceptance) settle(t *testing.T, p person, exists bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), replication)
	defer cancel()
	for agreed := 0; agreed < agreement; {
		shown, err := a.shows(ctx, p)
		switch {
		case err != nil:
			t.Fatal(err)
		case shown == exists:
			agreed++
			continue
		}
		agreed = 0
		if err := (graph.SystemClock{}).Sleep(ctx, time.Second); err != nil {
			t.Fatalf("after %s, the tenant does not agree yet on whether %s exists", replication, p.UserPrincipalName)
		}
	}
}

// shows reports whether the tenant finds the user by id, and by name.
func (a *acceptance) shows(ctx context.Context, p person) (bool, error) {
	_, errByID := a.stamp(ctx, p.ID)
	_, errByName := a.stamp(ctx, p.UserPrincipalName)
	for _, err := range []error{errByID, errByName} {
		if err != nil && !isNotFound(err) {
			return false, err
		}
	}
	return errByID == nil && errByName == nil, nil
}

// stamped is what Graph says of a user's sessions, and when.
type stamped struct {
	ValidFrom *time.Time `json:"refreshTokensValidFromDateTime"`
	date      time.Time
}

// stamp reads a user by object id or user principal name.
func (a *acceptance) stamp(ctx context.Context, key string) (s stamped, err error) {
	s.date, err = a.call(ctx, http.MethodGet, "/beta/users/"+url.PathEscape(key)+"?$select=id,refreshTokensValidFromDateTime", nil, &s)
	return s, err
}

// nextSecond waits until the second of the last call on the user is over by Graph's clock: the user's instant has whole seconds,
// and the next call is to leave a later one.
func (a *acceptance) nextSecond(t *testing.T, p person) {
	t.Helper()
	calls := a.calls(p.ID)
	for {
		s, err := a.stamp(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if last := calls[len(calls)-1].date; s.date.After(last) && (s.ValidFrom == nil || s.date.After(*s.ValidFrom)) {
			return
		}
		if err := (graph.SystemClock{}).Sleep(t.Context(), 50*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// logOffset logs how far the user's instant is from the Date of the answer to the last call on the user.
func (a *acceptance) logOffset(t *testing.T, p person) {
	t.Helper()
	s, err := a.stamp(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	calls := a.calls(p.ID)
	if len(calls) == 0 || s.ValidFrom == nil {
		t.Fatalf("%d calls on %s, whose instant is %v", len(calls), p.UserPrincipalName, s.ValidFrom)
	}
	last := calls[len(calls)-1]
	t.Logf("%s: refreshTokensValidFromDateTime less Date is %s (%s less %s)", last.action, s.ValidFrom.Sub(last.date),
		s.ValidFrom.Format(time.RFC3339Nano), last.date.Format(time.RFC3339))
}

// disposableUsers lists the users of the domain who carry both marks.
func (a *acceptance) disposableUsers(ctx context.Context) (found []person, err error) {
	for next := "/v1.0/users?$select=id,userPrincipalName,department&$top=999"; next != ""; {
		var page struct {
			Value []person `json:"value"`
			Next  string   `json:"@odata.nextLink"`
		}
		if _, err := a.call(ctx, http.MethodGet, next, nil, &page); err != nil {
			return nil, err
		}
		for _, p := range page.Value {
			if p.disposable() && strings.HasSuffix(strings.ToLower(p.UserPrincipalName), "@"+strings.ToLower(a.domain)) {
				found = append(found, p)
			}
		}
		// A link to another host is none of Graph's, and would take the token along.
		rest, ours := strings.CutPrefix(page.Next, a.root+"/")
		if page.Next != "" && !ours {
			return nil, fmt.Errorf("the next page of users is at %s", page.Next)
		}
		next = ""
		if ours {
			next = "/" + rest
		}
	}
	return found, nil
}

// call makes one call of Graph, by its path and query, and decodes the answer. It returns the answer's Date.
func (a *acceptance) call(ctx context.Context, method, at string, body, answer any) (date time.Time, err error) {
	token, err := a.signIn.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{a.root + "/.default"}})
	if err != nil {
		return time.Time{}, err
	}
	var content []byte
	if body != nil {
		if content, err = json.Marshal(body); err != nil {
			return time.Time{}, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.root+at, bytes.NewReader(content))
	if err != nil {
		return time.Time{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return time.Time{}, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return time.Time{}, err
	}
	if response.StatusCode/100 != 2 {
		return time.Time{}, &refusal{request: method + " " + at, status: response.StatusCode, said: string(said)}
	}
	if answer != nil {
		if err := json.Unmarshal(said, answer); err != nil {
			return time.Time{}, err
		}
	}
	return http.ParseTime(response.Header.Get("Date"))
}

// refusal is an answer of Graph that is no success.
type refusal struct {
	request string
	status  int
	said    string
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %d %s", r.request, r.status, r.said) }

func isNotFound(err error) bool {
	r, answered := errors.AsType[*refusal](err)
	return answered && r.status == http.StatusNotFound
}
