// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

const usersAddress = "data.graph_users.test"

// usersData is a configuration of the data source graph_users with these arguments.
func usersData(arguments ...string) string {
	return fmt.Sprintf("data \"graph_users\" \"test\" {\n  %s\n}\n", strings.Join(arguments, "\n  "))
}

// byGroup is the argument group_id, and byFilter is filter.
func byGroup(value string) string  { return fmt.Sprintf("group_id = %q", value) }
func byFilter(value string) string { return fmt.Sprintf("filter = %q", value) }

// newGroupTenant starts a tenant whose application may read groups, too.
func newGroupTenant(t *testing.T, more ...string) *tenant {
	t.Helper()
	return newTenant(t, append([]string{"User.Read.All", "GroupMember.Read.All"}, more...)...)
}

// addNumbered adds so many users of the department Finance, and returns their ids in order. They are added in another.
func (n *tenant) addNumbered(count int) (ids []string) {
	for i := range count {
		at := i*1009%count + 1 // Every number once: 1009 is a prime.
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", at)
		n.AddUser(graphtest.User{ID: id, UserPrincipalName: fmt.Sprintf("user%d@contoso.com", at), Department: "Finance"})
		ids = append(ids, id)
	}
	return ids
}

// selects checks who the data source holds, in order.
func selects(ids ...string) func(*resource.TestStep) {
	want := make([]knownvalue.Check, len(ids))
	for i, id := range ids {
		want[i] = knownvalue.StringExact(id)
	}
	return func(s *resource.TestStep) {
		states(statecheck.ExpectKnownValue(usersAddress, tfjsonpath.New("ids"), knownvalue.ListExact(want)),
			statecheck.ExpectKnownValue(usersAddress, tfjsonpath.New("users"), knownvalue.ListSizeExact(len(ids))))(s)
		for i, id := range ids {
			states(statecheck.ExpectKnownValue(usersAddress, tfjsonpath.New("users").AtSliceIndex(i).AtMapKey("id"), knownvalue.StringExact(id)))(s)
		}
	}
}

// sorted are the users' ids in order.
func sorted(users ...graphtest.User) (ids []string) {
	for _, user := range users {
		ids = append(ids, user.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestUsersDataSource_everyAttribute(t *testing.T) {
	t.Parallel()
	for name, test := range everyKindOfUser {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newGroupTenant(t)
			test.user.Department = "Finance"
			n.AddUser(test.user)
			group := n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: []string{robinsID}})
			ids, users := []any{robinsID}, []any{maps.Clone(test.want)}
			w := n.workspace(t, "")
			for _, by := range []string{byGroup(group.ID), byFilter("department eq 'Finance'")} {
				w.write(usersData(by))
				w.apply()
				in := w.instance(usersAddress)
				if in == nil {
					t.Fatal("state holds nothing")
				}
				argument, _, _ := strings.Cut(by, " ")
				delete(in.Attributes, argument)
				if got, want := fmt.Sprint(in.Attributes), fmt.Sprint(map[string]any{"filter": nil, "group_id": nil, "ids": ids, "users": users}); got != strings.Replace(want, argument+":<nil> ", "", 1) {
					t.Errorf("state holds %s, want %s", got, want)
				}
			}
			n.wroteNothing(t)
		})
	}
}

// Members are the users in a group and in the groups in it, each once, whatever else is in them.
func TestUsersDataSource_groups(t *testing.T) {
	t.Parallel()
	n := newGroupTenant(t)
	ada, ben, eve, gone := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com"), n.addUser("eve@contoso.com"), n.addUser("gone@contoso.com")
	n.addUser("other@contoso.com")
	inner := n.AddGroup(graphtest.Group{DisplayName: "Payroll", Members: []string{ben.ID, eve.ID, n.AddDevice("laptop")}})
	outer := n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: []string{ada.ID, ben.ID, gone.ID, inner.ID, n.app.ObjectID, n.AddDevice("printer")}})
	n.UpdateGroup(inner.ID, func(g *graphtest.Group) { g.Members = append(g.Members, outer.ID) })
	empty := n.AddGroup(graphtest.Group{DisplayName: "Nobody", Members: []string{n.AddDevice("kiosk")}})
	n.DeleteUser(gone.ID)
	n.run(t,
		n.step(usersData(byGroup(outer.ID)), selects(sorted(ada, ben, eve)...)),
		n.step(usersData(byGroup("/groups/"+outer.ID)), selects(sorted(ada, ben, eve)...)),
		n.step(usersData(byGroup(strings.ToUpper(inner.ID))), selects(sorted(ada, ben, eve)...)),
		n.step(usersData(byGroup(empty.ID)), selects()),
	)
	n.ForgetRequests()
	n.workspace(t, usersData(byGroup("/groups/"+outer.ID))).apply()
	n.sentExactly(t, "GET v1.0/groups/"+outer.ID, "GET v1.0/groups/"+outer.ID+"/transitiveMembers")
	n.wroteNothing(t)
}

// Whoever lacks the permission to see hidden members is told, and not given half of a group.
func TestUsersDataSource_hiddenMembership(t *testing.T) {
	t.Parallel()
	for name, nested := range map[string]bool{"the group": false, "a group in it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newGroupTenant(t)
			ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
			hidden := n.AddGroup(graphtest.Group{DisplayName: "Whistleblowers", HiddenMembership: true, Members: []string{ada.ID, ben.ID}})
			asked := hidden
			if nested {
				asked = n.AddGroup(graphtest.Group{DisplayName: "Finance", Members: []string{ada.ID, hidden.ID}})
			}
			w := n.workspace(t, usersData(byGroup(asked.ID)))
			mentions(t, w.fails("plan"), "Error: Hidden Group Members", byGroup(asked.ID), "Member.Read.Hidden", "Hidden group: "+hidden.ID+" Whistleblowers")
			n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append(a.Roles, "Member.Read.Hidden") })
			n.run(t, n.step(usersData(byGroup(asked.ID)), selects(sorted(ada, ben)...)))
		})
	}
}

// Lists go on over as many pages as there are.
func TestUsersDataSource_pages(t *testing.T) {
	t.Parallel()
	const count = 2_100
	n := newGroupTenant(t)
	ids := n.addNumbered(count)
	group := n.AddGroup(graphtest.Group{Members: ids})
	slices.Sort(ids)
	page := "GET v1.0/groups/" + group.ID + "/transitiveMembers"
	w := n.workspace(t, "")
	for by, sent := range map[string][]string{
		byGroup(group.ID):                    {"GET v1.0/groups/" + group.ID, page, page, page},
		byFilter("department eq 'Finance'"):  {"GET v1.0/users", "GET v1.0/users", "GET v1.0/users"},
		byFilter("endsWith(mail,'nowhere')"): {"GET v1.0/users", "GET v1.0/users"},
	} {
		n.ForgetRequests()
		w.write(usersData(by))
		w.apply()
		n.sentExactly(t, sent...)
		want := ids
		if strings.Contains(by, "nowhere") {
			want = []string{}
		}
		got, ok := w.instance(usersAddress).Attributes["ids"].([]any)
		if !ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s selects %d users, want %d in order", by, len(got), len(want))
		}
	}
}

// A filter that Graph takes as it is, is asked as it is. One that is an advanced query goes with what those need, on every page.
func TestUsersDataSource_filters(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "User.Read.All")
	finance, sales := n.addNumbered(1_200), n.AddUser(graphtest.User{UserPrincipalName: "o'hara@contoso.com", Department: "Sales & more"})
	slices.Sort(finance)
	everybody := append(slices.Clone(finance), sales.ID)
	slices.Sort(everybody)
	w := n.workspace(t, "")
	for filter, test := range map[string]struct {
		advanced bool
		pages    int
		want     []string
	}{
		"department eq 'Finance'":                        {false, 2, finance},
		"department eq 'Sales & more'":                   {false, 1, []string{sales.ID}},
		"userPrincipalName eq 'o''hara@contoso.com'":     {false, 1, []string{sales.ID}},
		"startswith(userPrincipalName,'o''hara')":        {false, 1, []string{sales.ID}},
		"department eq 'Nowhere'":                        {false, 1, []string{}},
		"department ne 'Sales & more'":                   {true, 2, finance},
		"endsWith(userPrincipalName,'@contoso.com')":     {true, 2, everybody},
		"not (department eq 'Finance')":                  {true, 1, []string{sales.ID}},
		"department eq 'Sales & more' and mail eq null":  {true, 1, []string{sales.ID}},
		"accountEnabled eq true and department eq 'R&D'": {false, 1, []string{}},
	} {
		n.ForgetRequests()
		w.write(usersData(byFilter(filter)))
		w.apply()
		if got := w.instance(usersAddress).Attributes["ids"]; fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s selects %.200v", filter, got)
		}
		sent := n.GraphRequests()
		if test.advanced {
			if len(sent) == 0 || sent[0].Status != http.StatusBadRequest {
				t.Fatalf("%s: was not asked as it is first", filter)
			}
			sent = sent[1:]
		}
		if len(sent) != test.pages {
			t.Errorf("%s: asked for %d pages, want %d", filter, len(sent), test.pages)
		}
		for _, request := range sent {
			query, err := url.ParseQuery(request.RawQuery)
			if err != nil {
				t.Fatal(err)
			}
			level, counted := request.Header.Get("ConsistencyLevel"), query.Get("$count")
			if test.advanced != (level == "eventual") || test.advanced != (counted == "true") {
				t.Errorf("%s: ConsistencyLevel is %q, $count %q", filter, level, counted)
			}
			if query.Get("$filter") != filter || query.Get("$top") != "999" {
				t.Errorf("%s: sent as %s", filter, request.RawQuery)
			}
		}
	}
	n.wroteNothing(t)
}

// Every failure is one of the plan, and names the attribute where that is the cause.
func TestUsersDataSource_failures(t *testing.T) {
	t.Parallel()
	const nowhere = "6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11"
	for name, test := range map[string]struct {
		by          string
		permissions []string
		fault       graphtest.Fault
		says        []string
	}{
		"no such group": {
			by:   byGroup(nowhere),
			says: []string{"Error: Group Not Found", byGroup(nowhere), `Reading the members of group "` + nowhere + `" failed`, "Group: " + nowhere, "Status code: 404"},
		},
		"no filter": {
			by:   byFilter("department is Finance"),
			says: []string{"Error: Filter Refused", byFilter("department is Finance"), "Filter: department is Finance", "Message: Invalid filter clause", "Status code: 400"},
		},
		"an unknown property": {
			by:   byFilter("nickname eq 'Ada'"),
			says: []string{"Error: Filter Refused", byFilter("nickname eq 'Ada'"), "nickname"},
		},
		"a property without filter": {
			by:   byFilter("signInSessionsValidFromDateTime le 2026-03-01T12:00:00Z"),
			says: []string{"Error: Filter Refused", byFilter("signInSessionsValidFromDateTime le 2026-03-01T12:00:00Z")},
		},
		"no permission for groups": {
			permissions: []string{"User.Read.All"},
			says:        []string{"Error: Reading Groups Not Permitted", "It needs the permission GroupMember.Read.All.", "(roles) are: User.Read.All."},
		},
		"no permission for users": {
			permissions: []string{"GroupMember.Read.All"},
			says:        []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "(roles) are: GroupMember.Read.All."},
		},
		"the names of users alone": {
			permissions: []string{"GroupMember.Read.All", "User.ReadBasic.All"},
			says:        []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All."},
		},
		"no permission to list": {
			by: byFilter("accountEnabled eq true"), permissions: []string{"User.RevokeSessions.All"},
			says: []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "Filter: accountEnabled eq true"},
		},
		"a refused token": {
			fault: graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil)},
			says:  []string{"Error: Access Token Refused", "Sign-in method: client secret"},
		},
		"a service that stays busy": {
			fault: graphtest.Fault{First: 2, Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", http.Header{"Retry-After": {"60"}})},
			says:  []string{"Error: Microsoft Graph Busy", "Status code: 429 Too Many Requests"},
		},
		"a list that holds nobody we know": {
			by:    byFilter("accountEnabled eq true"),
			fault: graphtest.Fault{Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{"value":[{}]}`)},
			says:  []string{"Error: Unexpected Answer from Microsoft Graph", "without an id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newGroupTenant(t)
			if test.permissions != nil {
				n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = test.permissions })
			}
			if test.by == "" {
				test.by = byGroup(n.AddGroup(graphtest.Group{Members: []string{n.addUser("ada@contoso.com").ID}}).ID)
			}
			if test.fault.Effect != nil {
				n.Inject(test.fault)
			}
			w := n.workspace(t, usersData(test.by))
			said := w.fails("plan")
			mentions(t, said, test.says...)
			mentions(t, said, "with data.graph_users.test", `in data "graph_users" "test"`)
			omits(t, said, n.app.Secret)
			n.wroteNothing(t)
		})
	}
}

func TestUsersDataSource_refusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, "")
	for _, value := range []string{"", "/", "Finance", "/groups/", "/groups/Finance", "/users/" + robinsID, "groups/" + robinsID, robinsID + " "} {
		w.write(usersData(byGroup(value)))
		mentions(t, w.fails("validate"), "Error: Invalid Group", byGroup(value))
	}
	for _, both := range []string{"", byFilter("accountEnabled eq true") + "\n  " + byGroup(robinsID), "filter = null", "filter = null\n  group_id = null"} {
		w.write(usersData(both))
		mentions(t, w.fails("validate"), "Exactly one of these attributes must be configured: [filter,group_id]")
	}
	w.write(usersData(byFilter("")))
	mentions(t, w.fails("validate"), "filter", "at least 1")
	if sent := n.Requests(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

// The token goes to the configured host alone, whatever links say.
func TestUsersDataSource_linkToAnotherHost(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	elsewhere := httptest.NewUnstartedServer(http.NotFoundHandler())
	// Connections count, and not requests: the provider does not trust the server, and would not come that far.
	elsewhere.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			reached.Add(1)
		}
	}
	elsewhere.StartTLS()
	t.Cleanup(elsewhere.Close)
	for name, test := range map[string]struct {
		link string
		says []string
	}{
		"another host": {elsewhere.URL + "/v1.0/users?$skiptoken=x", []string{"Error: Link to Another Host", "Linked: " + strings.TrimPrefix(elsewhere.URL, "https://"), "from the environment variable GRAPH_ENDPOINT"}},
		"without TLS":  {"http://HOST/v1.0/users?$skiptoken=x", []string{"Error: Link to Another Host", "Linked: http://HOST"}},
		"no link":      {"https://HOST:port/", []string{"Error: Unexpected Answer from Microsoft Graph", "the link to the next page cannot be read"}},
	} {
		for _, by := range []string{byFilter("startswith(userPrincipalName,'user')"), byFilter("endsWith(userPrincipalName,'@contoso.com')"), "group"} {
			t.Run(name+" by "+by, func(t *testing.T) {
				t.Parallel()
				n := newGroupTenant(t)
				ids := n.addNumbered(1_000)
				if by == "group" {
					by = byGroup(n.AddGroup(graphtest.Group{Members: ids}).ID)
				}
				host := strings.TrimPrefix(n.URL(), "https://")
				n.Inject(graphtest.Fault{Match: graphtest.Get, Times: -1, Effect: linking(strings.ReplaceAll(test.link, "HOST", host))})
				said := n.workspace(t, usersData(by)).fails("plan")
				for _, want := range test.says {
					mentions(t, said, strings.ReplaceAll(want, "HOST", host))
				}
				mentions(t, said, "with data.graph_users.test")
			})
		}
	}
	t.Cleanup(func() {
		if got := reached.Load(); got != 0 {
			t.Errorf("the other host was connected to %d times", got)
		}
	})
}

// linking puts another link in the place of the one to the next page.
func linking(to string) graphtest.Effect {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		body := answer.Body.Bytes()
		if from, rest, found := bytes.Cut(body, []byte(`"@odata.nextLink":"`)); found {
			_, rest, _ = bytes.Cut(rest, []byte(`"`))
			body = slices.Concat(from, []byte(`"@odata.nextLink":"`+to+`"`), rest)
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	}
}

// Whom a filter or group that is known at apply selects is read then.
func TestUsersDataSource_unknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newGroupTenant(t)
	ada := n.addUser("ada@contoso.com")
	group := n.AddGroup(graphtest.Group{Members: []string{ada.ID}})
	for _, config := range []string{
		"resource \"terraform_data\" \"group\" {\n  input = \"" + group.ID + "\"\n}\n" + usersData(`group_id = terraform_data.group.output`),
		"resource \"terraform_data\" \"name\" {\n  input = \"ada\"\n}\n" + usersData(`filter = "startswith(userPrincipalName,'${terraform_data.name.output}')"`),
	} {
		n.ForgetRequests()
		w := n.workspace(t, config)
		mentions(t, w.ok("plan", "-out=saved"), "(config refers to values not yet known)")
		n.sentExactly(t)
		w.ok("apply", "saved")
		if got := w.instance(usersAddress).Attributes["ids"]; fmt.Sprint(got) != fmt.Sprint([]string{ada.ID}) {
			t.Errorf("selected %v", got)
		}
	}
}

func TestUsersDataSource_blockUnknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, blockUnknownAtPlan(n)+usersData(byFilter("accountEnabled eq true")))
	mentions(t, w.fails("plan"), "Error: Provider Not Configured", "not known before apply", "with data.graph_users.test")
	n.sentExactly(t)
	w.apply("-target=terraform_data.tenant")
	w.apply()
}

// The signed-in user is among the others: nothing ends by being read.
func TestUsersDataSource_signedInUser(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	admin := n.addUser("admin@contoso.com")
	n.signInAs(t, admin, "User.Read.All", "GroupMember.Read.All")
	hidden := n.AddGroup(graphtest.Group{HiddenMembership: true, Members: []string{admin.ID}})
	w := n.workspace(t, usersData(byGroup(hidden.ID)))
	mentions(t, w.fails("plan"), "Error: Hidden Group Members")
	n.signInAs(t, admin, "User.Read.All", "GroupMember.Read.All", "Member.Read.Hidden")
	n.run(t, n.step(usersData(byGroup(hidden.ID)), selects(admin.ID)))
}

// Ctrl-C ends the wait for a service that is busy.
func TestUsersDataSource_interrupted(t *testing.T) {
	t.Parallel()
	for _, by := range []string{byFilter("department eq 'Finance'"), byGroup(groupID)} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			n := newGroupTenant(t)
			n.AddGroup(graphtest.Group{ID: groupID, Members: n.addNumbered(1_000)})
			n.Inject(graphtest.Fault{
				Match: func(r *http.Request) bool { return r.URL.Query().Has("$skiptoken") }, Times: -1,
				Effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil),
			})
			w := n.workspace(t, usersData(by))
			mentions(t, w.interrupt(n.clock.Hold(), "plan"), "Error: Cancelled", "was cancelled while waiting to try again.", "Status code: 503")
		})
	}
}

// A user whom Graph lists twice is there once.
func TestUsersDataSource_listedTwice(t *testing.T) {
	t.Parallel()
	n := newGroupTenant(t)
	n.Inject(graphtest.Fault{Match: graphtest.Get, Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		`{"value":[{"id":"`+robinsID+`","userPrincipalName":"robin@contoso.com"},{"id":"`+robinsID+`","userPrincipalName":"robin@contoso.com"}]}`)})
	w := n.workspace(t, "data \"graph_users\" \"test\" {\n  filter = \"accountEnabled eq true\"\n}\noutput \"count\" {\n  value = length(data.graph_users.test.ids)\n}\n")
	mentions(t, w.apply(), "count = 1")
}
