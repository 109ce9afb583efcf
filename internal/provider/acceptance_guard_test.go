// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

const (
	// disposablePrefix begins the user principal name of every user that these tests make.
	disposablePrefix = "tf-acc-graph-"
	// disposableDepartment is the department of every user that these tests make.
	disposableDepartment = "terraform-provider-graph acceptance tests"
)

// person is a user as the acceptance tests know one, by Graph's names.
type person struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	Department        string `json:"department"`
}

// disposable reports whether the user carries both marks of those that these tests make.
func (p person) disposable() bool {
	return strings.HasPrefix(p.UserPrincipalName, disposablePrefix) && p.Department == disposableDepartment
}

// guard stands before a tenant that is not invented. Provider and tests send all that they send through it, and it lets
// nothing through that would change a user whom it was not told to be disposable. It notes the calls that Graph accepted.
type guard struct {
	// root is Graph's, without a version.
	root string

	mu         sync.Mutex
	disposable map[string]bool // by object id
	accepted   []acceptedCall
}

// acceptedCall is a call that signed somebody out.
type acceptedCall struct {
	userID, action, requestID string
	date                      time.Time // of the answer, by Graph's clock
}

// allow lets changes of the user through from now on, unless the user lacks a mark of those that these tests make.
func (g *guard) allow(p person) error {
	if !p.disposable() {
		return fmt.Errorf("%s (%s) was not made by these tests", p.UserPrincipalName, p.ID)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.disposable == nil {
		g.disposable = map[string]bool{}
	}
	g.disposable[p.ID] = true
	return nil
}

// before is a transport that the guard stands before.
func (g *guard) before(next http.RoundTripper) http.RoundTripper { return guarded{g, next} }

type guarded struct {
	*guard
	next http.RoundTripper
}

// RoundTrip makes one try of a request that changes nobody but a disposable user.
func (g guarded) RoundTrip(request *http.Request) (*http.Response, error) {
	request, parts, err := g.open(request)
	if err != nil {
		return nil, err
	}
	if !g.permits(request, parts) {
		return nil, fmt.Errorf("the acceptance tests refuse to send %s %s: it may change what they did not make", request.Method, request.URL)
	}
	response, err := g.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if parts == nil {
		g.note(request.Method, request.URL.Path, response.StatusCode, response.Header.Get("request-id"), response.Header.Get("Date"))
		return response, nil
	}
	return response, g.noteParts(parts, response)
}

// part is a request in a batch.
type part struct {
	ID, Method, URL string
	path            string // with the version of the batch
}

// open looks into a batch. It returns a request that can still be sent, and no parts for one that is no batch.
func (g *guard) open(request *http.Request) (*http.Request, []part, error) {
	version, isBatch := strings.CutSuffix(request.URL.Path, "/$batch")
	if !isBatch || !g.concerns(request) || request.Body == nil {
		return request, nil, nil
	}
	content, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, nil, err
	}
	_ = request.Body.Close()
	request = request.Clone(request.Context())
	request.Body = io.NopCloser(bytes.NewReader(content))
	var batch struct{ Requests []part }
	if err := json.Unmarshal(content, &batch); err != nil {
		return nil, nil, err
	}
	for i, p := range batch.Requests {
		at, err := url.Parse(p.URL)
		if err != nil {
			return nil, nil, err
		}
		batch.Requests[i].path = version + "/" + strings.TrimPrefix(at.Path, "/")
	}
	return request, batch.Requests, nil
}

// userPath is the path of a user, by object id, and of a call on the user.
var userPath = regexp.MustCompile(`^/(?:beta|v1\.0)/users(?:/|\(')([0-9A-Fa-f-]{36})(?:'\))?(?:/([A-Za-z]+))?$`)

// concerns tells requests to Graph. To sign in is not Graph's.
func (g *guard) concerns(request *http.Request) bool {
	return strings.HasPrefix(request.URL.String(), g.root+"/beta/") || strings.HasPrefix(request.URL.String(), g.root+"/v1.0/")
}

// permits knows what may be sent to Graph: what reads, what makes a user, what changes a disposable one, and batches of nothing else.
func (g *guard) permits(request *http.Request, parts []part) bool {
	if !g.concerns(request) {
		return true
	}
	if parts == nil {
		return g.permitsOne(request.Method, request.URL.Path)
	}
	return !slices.ContainsFunc(parts, func(p part) bool { return !g.permitsOne(p.Method, p.path) })
}

func (g *guard) permitsOne(method, path string) bool {
	if method == http.MethodGet || method == http.MethodPost && path == "/v1.0/users" {
		return true
	}
	user := userPath.FindStringSubmatch(path)
	g.mu.Lock()
	defer g.mu.Unlock()
	return user != nil && g.disposable[user[1]]
}

// note notes a call that was accepted.
func (g *guard) note(method, path string, status int, requestID, date string) {
	user := userPath.FindStringSubmatch(path)
	if method != http.MethodPost || user == nil || status/100 != 2 {
		return
	}
	at, _ := http.ParseTime(date)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.accepted = append(g.accepted, acceptedCall{userID: user[1], action: user[2], requestID: requestID, date: at})
}

// noteParts notes the calls of a batch that were accepted, and leaves the answer to be read.
func (g *guard) noteParts(parts []part, response *http.Response) error {
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(content))
	var answer struct {
		Responses []struct {
			ID      string
			Status  int
			Headers map[string]string
		}
	}
	_ = json.Unmarshal(content, &answer) // One that is none of a batch is for the provider to tell.
	for _, answered := range answer.Responses {
		for _, p := range parts {
			if p.ID == answered.ID {
				g.note(p.Method, p.path, answered.Status, answered.Headers["request-id"], response.Header.Get("Date"))
			}
		}
	}
	return nil
}

// calls returns the accepted calls on the user, in order.
func (g *guard) calls(userID string) []acceptedCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(g.accepted), func(c acceptedCall) bool { return c.userID != userID })
}

func TestAccGuard_changesOfDisposableUsersAloneAreSent(t *testing.T) {
	t.Parallel()
	const root = "https://graph.microsoft.com"
	mine, other := uuid.NewString(), uuid.NewString()
	g := &guard{root: root}
	if err := g.allow(person{ID: mine, UserPrincipalName: disposablePrefix + "ada@contoso.com", Department: disposableDepartment}); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]person{
		"neither mark":          {ID: other, UserPrincipalName: "ada@contoso.com"},
		"the name alone":        {ID: other, UserPrincipalName: disposablePrefix + "ada@contoso.com", Department: "Sales"},
		"the department alone":  {ID: other, UserPrincipalName: "ada@contoso.com", Department: disposableDepartment},
		"the name inside of it": {ID: other, UserPrincipalName: "x" + disposablePrefix + "ada@contoso.com", Department: disposableDepartment},
	} {
		if g.allow(p) == nil {
			t.Errorf("a user with %s passes for disposable", name)
		}
	}
	for _, test := range []struct {
		method, url string
		sent        bool
		body        string
	}{
		{"POST", root + "/beta/$batch", true, batchOf("POST /users('"+mine+"')/invalidateAllRefreshTokens", "GET /users('"+other+"')")},
		{"POST", root + "/v1.0/$batch", true, batchOf("POST users/" + mine + "/revokeSignInSessions")},
		{"POST", root + "/beta/$batch", false, batchOf("POST /users('"+mine+"')/invalidateAllRefreshTokens", "POST /users('"+other+"')/invalidateAllRefreshTokens")},
		{"POST", root + "/beta/$batch", false, batchOf("POST /me/invalidateAllRefreshTokens")},
		{"POST", root + "/beta/$batch", false, batchOf("POST /$batch")},
		{"POST", root + "/beta/$batch", false, batchOf("DELETE /users/" + other)},
		{"GET", root + "/beta/users('" + other + "')", true, ""},
		{"GET", root + "/v1.0/users?$top=999", true, ""},
		{"POST", root + "/v1.0/users", true, ""},
		{"DELETE", root + "/v1.0/users/" + mine, true, ""},
		{"POST", root + "/beta/users('" + mine + "')/invalidateAllRefreshTokens", true, ""},
		{"POST", root + "/v1.0/users('" + mine + "')/revokeSignInSessions", true, ""},
		{"POST", "https://login.microsoftonline.com/" + other + "/oauth2/v2.0/token", true, ""},
		{"DELETE", root + "/v1.0/users/" + other, false, ""},
		{"PATCH", root + "/v1.0/users/" + other, false, ""},
		{"DELETE", root + "/v1.0/users", false, ""},
		{"POST", root + "/beta/users('" + other + "')/invalidateAllRefreshTokens", false, ""},
		{"POST", root + "/v1.0/users/" + disposablePrefix + "ada@contoso.com/revokeSignInSessions", false, ""},
		{"POST", root + "/beta/me/invalidateAllRefreshTokens", false, ""},
		{"POST", root + "/beta/$batch", false, ""},
		{"DELETE", root + "/v1.0/groups/" + mine, false, ""},
	} {
		network := &answering{}
		request, err := http.NewRequestWithContext(t.Context(), test.method, test.url, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := g.before(network).RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if network.asked != test.sent || (err == nil) != test.sent {
			t.Errorf("%s %s: sent is %t, want %t (%v)", test.method, test.url, network.asked, test.sent, err)
		}
	}
	if got := len(g.calls(mine)); got != 2 {
		t.Errorf("noted %d calls, want 2", got)
	}
}

// answering is a network that answers 200 to everything.
type answering struct{ asked bool }

func (a *answering) RoundTrip(*http.Request) (*http.Response, error) {
	a.asked = true
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
}

// batchOf is the body of a batch of these requests.
func batchOf(requests ...string) string {
	var parts []string
	for i, request := range requests {
		method, at, _ := strings.Cut(request, " ")
		parts = append(parts, fmt.Sprintf(`{"id":"%d","method":%q,"url":%q}`, i, method, at))
	}
	return `{"requests":[` + strings.Join(parts, ",") + `]}`
}
