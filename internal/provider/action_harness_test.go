// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	goversion "github.com/hashicorp/go-version"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// invoke is the option that runs the action of most tests' configurations.
const invoke = "-invoke=action.graph_user_token_invalidation.test"

// groupPermissions are those that an application needs for groups.
var groupPermissions = []string{"User.Read.All", "User.RevokeSessions.All", "GroupMember.Read.All"}

// newActionTenant is newTenant for a CLI that knows actions, with an application that may read groups.
func newActionTenant(t *testing.T, permissions ...string) *tenant {
	t.Helper()
	skipWithoutActions(t)
	if permissions == nil {
		permissions = groupPermissions
	}
	return newTenant(t, permissions...)
}

// signOut is a configuration of the action with these arguments.
func signOut(arguments ...string) string {
	return fmt.Sprintf("action \"graph_user_token_invalidation\" \"test\" {\n  config {\n    %s\n  }\n}\n", strings.Join(arguments, "\n    "))
}

// userIDs is the argument user_ids, groupIDs is group_ids, and exclude is exclude_user_ids.
func userIDs(values ...string) string  { return "user_ids = " + texts(values) }
func groupIDs(values ...string) string { return "group_ids = " + texts(values) }
func exclude(values ...string) string  { return "exclude_user_ids = " + texts(values) }

// texts is a list in Terraform's language.
func texts(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = fmt.Sprintf("%q", value)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// invoke runs the action, which has to succeed, and returns what was said.
func (w *workspace) invoke() string {
	w.t.Helper()
	return w.apply(invoke)
}

// invokeFails runs the action, which has to fail, and returns what was said.
func (w *workspace) invokeFails() string {
	w.t.Helper()
	return w.fails("apply", "-auto-approve", invoke)
}

// addUsers adds users named user000@contoso.com and so on.
func (n *tenant) addUsers(count int) []graphtest.User {
	users := make([]graphtest.User, count)
	for i := range users {
		users[i] = n.addUser(fmt.Sprintf("user%03d@contoso.com", i))
	}
	return users
}

// addGroup adds a group of these users.
func (n *tenant) addGroup(users ...graphtest.User) graphtest.Group {
	return n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: ids(users...)})
}

// ids are the object ids of users.
func ids(users ...graphtest.User) []string {
	all := make([]string, len(users))
	for i, user := range users {
		all[i] = user.ID
	}
	return all
}

// sentAction is the path of a call, in either version.
var sentAction = regexp.MustCompile(`^/(?:beta|v1\.0)/users\('(.*)'\)/(invalidateAllRefreshTokens|revokeSignInSessions)$`)

// call is a request that would sign a user out, sent in a batch.
type call struct {
	key, action string
	status      int
}

// calls are those since requests were last forgotten, in the order in which they were sent. A call that is sent outside a batch fails
// the test.
func (n *tenant) calls(t *testing.T) []call {
	t.Helper()
	var calls []call
	for _, batch := range n.GraphRequests() {
		if sentAction.MatchString(unescaped(t, batch)) {
			t.Errorf("%s was sent outside a batch", batch)
		}
		for _, part := range batch.Parts {
			if found := sentAction.FindStringSubmatch(unescaped(t, part)); found != nil {
				calls = append(calls, call{key: found[1], action: found[2], status: part.Status})
			}
		}
	}
	return calls
}

func unescaped(t *testing.T, request graphtest.Request) string {
	t.Helper()
	path, err := url.PathUnescape(request.Path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// called checks that exactly these users were called since requests were last forgotten, each by its object id and once.
func (n *tenant) called(t *testing.T, users ...graphtest.User) {
	t.Helper()
	n.sentCallsTo(t, n.calls(t), users)
}

// calledAndAccepted is called without the calls that Graph refused, which may have been repeated.
func (n *tenant) calledAndAccepted(t *testing.T, users ...graphtest.User) {
	t.Helper()
	refused := func(c call) bool { return c.status != http.StatusOK }
	n.sentCallsTo(t, slices.DeleteFunc(n.calls(t), refused), users)
}

func (n *tenant) sentCallsTo(t *testing.T, calls []call, users []graphtest.User) {
	t.Helper()
	sent := make(map[string]int)
	for _, c := range calls {
		sent[c.key]++
	}
	for _, user := range users {
		if got := sent[user.ID]; got != 1 {
			t.Errorf("%s was called %d times, want 1", user.UserPrincipalName, got)
		}
		delete(sent, user.ID)
	}
	if len(sent) > 0 {
		t.Errorf("others were called, with how often: %v", sent)
	}
}

// refuses strikes the calls for these users, for ever.
func (n *tenant) refuses(effect graphtest.Effect, users ...graphtest.User) {
	n.Inject(graphtest.Fault{Match: callsFor(users...), Times: -1, Effect: effect})
}

// callsFor matches calls for these users.
func callsFor(users ...graphtest.User) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return graphtest.Action(r) && slices.ContainsFunc(users, func(user graphtest.User) bool { return strings.Contains(r.URL.Path, user.ID) })
	}
}

// callBatch matches batches of calls, and not those of reads.
func callBatch(r *http.Request) bool {
	if !graphtest.Batch(r) {
		return false
	}
	body, _ := io.ReadAll(r.Body)
	return bytes.Contains(body, []byte("invalidateAllRefreshTokens"))
}

// busyFor is the answer of a service that wants no more for some seconds.
func busyFor(seconds int) graphtest.Effect {
	return graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", http.Header{"Retry-After": {fmt.Sprint(seconds)}})
}

// denied is the answer for a user whom the caller may not sign out.
func denied() graphtest.Effect {
	return graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "Access to invalidate refresh tokens operation is denied.", nil)
}

// gone is the answer for a user who is not there.
func gone() graphtest.Effect {
	return graphtest.GraphError(http.StatusNotFound, "Request_ResourceNotFound", "Resource does not exist.", nil)
}

// since is the argument minimum_valid_from.
func since(instant time.Time) string { return minimum(instant.Format(time.RFC3339)) }

// said is closed once a command that is not started yet has said a text that often.
func said(command *exec.Cmd, text string, times int) <-chan struct{} {
	listening := &listener{to: command.Stdout, text: text, times: times, heard: make(chan struct{})}
	command.Stdout, command.Stderr = listening, listening
	return listening.heard
}

// listener passes on what a command says.
type listener struct {
	to    io.Writer
	text  string
	times int
	all   strings.Builder
	heard chan struct{}
	done  bool
}

func (l *listener) Write(b []byte) (int, error) {
	l.all.Write(b)
	if !l.done && strings.Count(oneLine(l.all.String()), l.text) >= l.times {
		l.done = true
		close(l.heard)
	}
	return l.to.Write(b)
}

// failOnce refuses the first call for a user.
func failOnce(user graphtest.User) graphtest.Fault {
	return graphtest.Fault{Match: callsFor(user), Effect: denied()}
}

// addMember is a change of a group.
func addMember(user graphtest.User) func(*graphtest.Group) {
	return func(g *graphtest.Group) { g.Members = append(g.Members, user.ID) }
}

// skipBefore skips on a Terraform that is older.
func skipBefore(t *testing.T, oldest string) {
	t.Helper()
	if product, version := cli(t); version.LessThan(goversion.Must(goversion.NewVersion(oldest))) {
		t.Skipf("%s %s is older than %s", product, version, oldest)
	}
}
