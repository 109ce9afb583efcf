// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// reader is the fixture with a client that may read groups too.
func (f fixture) reader(t *testing.T, more ...string) fixture {
	t.Helper()
	admin := f.tenant.AddUser(graphtest.User{UserPrincipalName: "reader@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	f.credential = &credential{token: f.tenant.AccessToken(admin.ID, append([]string{"User.Read.All", "GroupMember.Read.All"}, more...)...)}
	f.Client = f.newClient(t, f.tenant.Transport())
	return f
}

func (f fixture) filtered(t *testing.T, filter string) ([]graph.User, error) {
	t.Helper()
	return f.FilteredUsers(t.Context(), graph.InvalidateAllRefreshTokens, filter)
}

func idsOf(users []graph.User) []string {
	ids := make([]string, len(users))
	for i, user := range users {
		ids[i] = user.ID
	}
	slices.Sort(ids)
	return ids
}

// page is a page of users with these ids.
func page(next string, ids ...string) string {
	var objects []string
	for _, id := range ids {
		objects = append(objects, fmt.Sprintf(`{"@odata.type":"#microsoft.graph.user","id":%q}`, id))
	}
	if next != "" {
		next = fmt.Sprintf(`"@odata.nextLink":%q,`, next)
	}
	return "{" + next + `"value":[` + strings.Join(objects, ",") + "]}"
}

func TestFilteredUsers_readsEveryPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	keys := f.addUsers(2500)
	users, err := f.filtered(t, "startswith(userPrincipalName,'user')")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, len(keys))
	for i, key := range keys {
		want[i] = string(key)
	}
	if got := idsOf(users); !slices.Equal(got, want) {
		t.Errorf("got %d users, want each of %d once", len(got), len(want))
	}
	if users[0].UserPrincipalName == "" || users[0].AccountEnabled == nil {
		t.Errorf("got %+v", users[0])
	}
	if got := len(f.tenant.GraphRequests()); got != 3 {
		t.Errorf("sent %d requests, want 3", got)
	}
}

// A query that Graph serves as an advanced one alone is made again as such, and the header goes with each page.
func TestFilteredUsers_advancedQuery(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addUsers(1200)
	users, err := f.filtered(t, "endswith(userPrincipalName,'@contoso.com')")
	if err != nil || len(users) != 1202 {
		t.Fatalf("got %d users and %v, want 1202", len(users), err)
	}
	sent := f.tenant.GraphRequests()
	if len(sent) != 3 {
		t.Fatalf("sent %d requests, want 3", len(sent))
	}
	for i, request := range sent {
		advanced := request.Header.Get("ConsistencyLevel") == "eventual" && strings.Contains(request.RawQuery, "count=true")
		if advanced != (i > 0) || request.Header.Get("client-request-id") == "" {
			t.Errorf("request %d: %s with %v", i, request.RawQuery, request.Header)
		}
	}
}

// Nothing but that refusal makes a query an advanced one.
func TestFilteredUsers_otherRefusals(t *testing.T) {
	t.Parallel()
	for code, status := range map[string]int{"BadRequest": 400, "Request_BadRequest": 400, "Authorization_RequestDenied": 403} {
		f := newFixture(t)
		f.tenant.Inject(graphtest.Fault{Effect: graphtest.GraphError(status, code, "No.", nil)})
		_, err := f.filtered(t, "department eq 'Finance'")
		if got, ok := errors.AsType[*graph.Error](err); !ok || got.Code != code {
			t.Errorf("got %v, want %s", err, code)
		}
		if got := len(f.tenant.GraphRequests()); got != 1 {
			t.Errorf("%s: sent %d requests, want 1", code, got)
		}
	}
}

func TestFilteredUsers_refusedAsAnAdvancedQueryToo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.filtered(t, "refreshTokensValidFromDateTime eq null")
	if got, ok := errors.AsType[*graph.Error](err); !ok || got.StatusCode != http.StatusBadRequest {
		t.Errorf("got %v, want the refusal", err)
	}
	if got := len(f.tenant.GraphRequests()); got != 2 {
		t.Errorf("sent %d requests, want 2", got)
	}
}

func TestFilteredUsers_sendsTheFilterAsItIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.tenant.AddUser(graphtest.User{ID: "00000000-0000-0000-0000-00000000000a", UserPrincipalName: "o'hara+x@contoso.com"})
	users, err := f.filtered(t, "userPrincipalName eq 'o''hara+x@contoso.com'")
	if err != nil || len(users) != 1 {
		t.Errorf("got %v and %v", users, err)
	}
}

func TestFilteredUsers_pages(t *testing.T) {
	t.Parallel()
	answer := func(body string) graphtest.Effect { return graphtest.Respond(http.StatusOK, jsonType, body) }
	more := func(f fixture) string { return f.tenant.URL() + "/beta/users?$skiptoken=x" }
	for name, test := range map[string]struct {
		first, second string // MORE is a link to the second
		want          []string
		requests      int
		says          string
	}{
		"an empty page in between":      {first: page("MORE"), second: page("", "2"), want: []string{"2"}, requests: 2},
		"an empty last page":            {first: page("MORE", "1"), second: page(""), want: []string{"1"}, requests: 2},
		"an empty list":                 {first: page(""), requests: 1},
		"a null link":                   {first: `{"@odata.nextLink":null,"value":[{"id":"1"}]}`, want: []string{"1"}, requests: 1},
		"a link to another host":        {first: page("https://graph.example/beta/users?$skiptoken=x", "1"), requests: 1, says: "refused to send the access token"},
		"a link that cannot be read":    {first: page("https://graph.example:port/", "1"), requests: 1, says: "cannot be read"},
		"a link that is no text":        {first: `{"@odata.nextLink":5,"value":[{"id":"1"}]}`, requests: 1, says: "200"},
		"a second page that is refused": {first: page("MORE", "1"), second: "", requests: 2, says: "403"},
		"pages without end":             {first: page("MORE", "1"), second: page("MORE", "2"), requests: 2, says: "leads back"},
		"an object without an id":       {first: page("MORE", "1"), second: `{"value":[{"id":null}]}`, requests: 2, says: "without an id"},
		"null among the objects":        {first: `{"value":[{"id":"1"},null]}`, want: []string{"1"}, requests: 1},
		"null in place of the list":     {first: `{"value":null}`, requests: 1, says: "no list"},
		"a text in place of the list":   {first: `{"value":"1"}`, requests: 1, says: "200"},
		"no list":                       {first: `{"id":"1"}`, requests: 1, says: "no list"},
		"an empty answer":               {first: ` `, requests: 1, says: "200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.tenant.Inject(graphtest.Fault{Effect: answer(strings.ReplaceAll(test.first, "MORE", more(f)))})
			second := answer(strings.ReplaceAll(test.second, "MORE", more(f)))
			if test.second == "" {
				second = graphtest.GraphError(http.StatusForbidden, "Authorization_RequestDenied", "", nil)
			}
			f.tenant.Inject(graphtest.Fault{Effect: second})
			users, err := f.filtered(t, "accountEnabled eq true")
			if (err != nil) != (test.says != "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
			if got := idsOf(users); err == nil && !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if err != nil && len(users) > 0 {
				t.Errorf("got %v beside the error", users)
			}
			if got := len(f.tenant.GraphRequests()); got != test.requests {
				t.Errorf("sent %d requests, want %d", got, test.requests)
			}
		})
	}
}

// A page that Graph has no time for is asked for again, and no other.
func TestFilteredUsers_retriesAPage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.addUsers(1500)
	f.tenant.Inject(graphtest.Fault{First: 2, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", retryAfter("7"))})
	users, err := f.filtered(t, "startswith(userPrincipalName,'user')")
	if err != nil || len(users) != 1500 {
		t.Errorf("got %d users and %v", len(users), err)
	}
	if got := len(f.tenant.GraphRequests()); got != 3 {
		t.Errorf("sent %d requests, want 3", got)
	}
	if got := f.clock.Now().Sub(graphtest.Epoch).Seconds(); got != 7 {
		t.Errorf("took %v s, want 7", got)
	}
}

func TestGroupMembers_usersAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t).reader(t)
	keys := f.addUsers(1100)
	ids := []string{f.tenant.AddDevice("laptop"), f.ada.ID}
	for _, key := range keys {
		ids = append(ids, string(key))
	}
	nested := f.tenant.AddGroup(graphtest.Group{DisplayName: "Nested", Members: ids})
	group := f.tenant.AddGroup(graphtest.Group{DisplayName: "Finance", Members: []string{nested.ID, f.ada.ID}})
	members, err := f.GroupMembers(t.Context(), graph.InvalidateAllRefreshTokens, group.ID)
	if err != nil || len(members.Users) != 1101 || len(members.Hidden) != 0 {
		t.Fatalf("got %d users, %v and %v", len(members.Users), members.Hidden, err)
	}
	sent := f.tenant.GraphRequests()
	if len(sent) != 3 {
		t.Errorf("sent %d requests, want the group and 2 pages", len(sent))
	}
	for _, request := range sent {
		if request.Header.Get("ConsistencyLevel") != "" {
			t.Errorf("%s reads an index that may lag behind", request)
		}
	}
}

func TestGroupMembers_tellsWhichGroupsHideTheirs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outer, inner bool
		permissions  []string
		hidden       []string
		users        int
	}{
		"none":                 {users: 2},
		"the group itself":     {outer: true, hidden: []string{"Outer"}},
		"one in it":            {inner: true, hidden: []string{"Inner"}, users: 1},
		"both, to who may see": {outer: true, inner: true, permissions: []string{"Member.Read.Hidden"}, hidden: []string{"Outer", "Inner"}, users: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t).reader(t, test.permissions...)
			keys := f.addUsers(1)
			inner := f.tenant.AddGroup(graphtest.Group{DisplayName: "Inner", HiddenMembership: test.inner, Members: []string{string(keys[0])}})
			outer := f.tenant.AddGroup(graphtest.Group{DisplayName: "Outer", HiddenMembership: test.outer, Members: []string{f.ada.ID, inner.ID}})
			members, err := f.GroupMembers(t.Context(), graph.InvalidateAllRefreshTokens, outer.ID)
			if err != nil {
				t.Fatal(err)
			}
			var hidden []string
			for _, group := range members.Hidden {
				hidden = append(hidden, group.DisplayName)
			}
			if !slices.Equal(hidden, test.hidden) || len(members.Users) != test.users {
				t.Errorf("got %v and %d users, want %v and %d", hidden, len(members.Users), test.hidden, test.users)
			}
		})
	}
}

func TestGroupMembers_noGroup(t *testing.T) {
	t.Parallel()
	f := newFixture(t).reader(t)
	_, err := f.GroupMembers(t.Context(), graph.RevokeSignInSessions, "00000000-0000-0000-0000-000000000000")
	if got, ok := errors.AsType[*graph.Error](err); !ok || !got.NotFound() {
		t.Errorf("got %v, want a 404", err)
	}
	f.tenant.Inject(graphtest.Fault{Effect: graphtest.Respond(http.StatusOK, jsonType, `{}`)})
	if _, err := f.GroupMembers(t.Context(), graph.RevokeSignInSessions, "1"); err == nil || !strings.Contains(err.Error(), "no id") {
		t.Errorf("got %v, want an answer that is no group", err)
	}
	if got := len(f.tenant.GraphRequests()); got != 2 {
		t.Errorf("sent %d requests, want 2", got)
	}
}
