// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// listAll follows nextLinks and returns the items and the pages.
func (x *tenant) listAll(path, token string) (items []map[string]any, pages []answered) {
	x.t.Helper()
	for next := path; next != ""; {
		r := x.request(http.MethodGet, next, token, "")
		r.Header.Set("ConsistencyLevel", "eventual")
		page := x.do(r)
		expectStatus(x.t, page, http.StatusOK)
		values, _ := page.json["value"].([]any)
		for _, value := range values {
			item, _ := value.(map[string]any)
			items = append(items, item)
		}
		pages = append(pages, page)
		link := page.field("@odata.nextLink")
		if link != "" && !strings.HasPrefix(link, x.URL()+"/") {
			x.t.Fatalf("next link %q", link)
		}
		next = strings.TrimPrefix(link, x.URL())
	}
	return items, pages
}

func idsOf(items []map[string]any) []string {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return ids
}

func TestGroups_get(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	group := x.AddGroup(Group{DisplayName: "Staff"})
	hidden := x.AddGroup(Group{DisplayName: "Board", HiddenMembership: true})
	token := x.tokenWith("GroupMember.Read.All")
	for path, want := range map[string]string{
		"/v1.0/groups/" + group.ID: `{"@odata.context":"` + x.URL() + `/v1.0/$metadata#groups/$entity","displayName":"Staff","id":"` + group.ID + `","visibility":"Public"}`,
		"/beta/groups('" + strings.ToUpper(hidden.ID) + "')?$select=id,visibility": `{"@odata.context":"` + x.URL() + `/beta/$metadata#groups(id,visibility)/$entity","id":"` + hidden.ID + `","visibility":"HiddenMembership"}`,
	} {
		if got := x.get(path, token); got.text != want+"\n" {
			t.Errorf("%s: answer %s, want %s", path, got.text, want)
		}
	}
}

func TestGroups_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	group := x.AddGroup(Group{})
	const unknown = "11111111-2222-3333-4444-555555555555"
	token := x.tokenWith("Group.Read.All")
	tests := map[string]struct {
		status        int
		code, message string
	}{
		"/v1.0/groups/" + unknown:                                                    {404, "Request_ResourceNotFound", "Resource '" + unknown + "' does not exist or one of its queried reference-property objects are not present."},
		"/v1.0/groups/" + unknown + "/transitiveMembers":                             {404, "Request_ResourceNotFound", "Resource '" + unknown + "' does not exist or one of its queried reference-property objects are not present."},
		"/beta/groups/Staff":                                                         {400, "Request_BadRequest", "Invalid object identifier 'Staff'."},
		"/beta/groups('urn:uuid:" + unknown + "')":                                   {400, "Request_BadRequest", "Invalid object identifier 'urn:uuid:" + unknown + "'."},
		"/beta/groups/" + group.ID + "?$select=mail":                                 {400, "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'mail' on type 'microsoft.graph.group'."},
		"/beta/groups/" + group.ID + "/transitiveMembers?$select=nothing":            {400, "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named 'nothing' on type 'microsoft.graph.directoryObject'."},
		"/beta/groups/" + group.ID + "/transitiveMembers?$top=1000":                  {400, "Request_BadRequest", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."},
		"/beta/groups/" + group.ID + "/transitiveMembers?$filter=x":                  {400, "Request_UnsupportedQuery", "Unsupported Query."},
		"/beta/groups/" + group.ID + "/transitiveMembers/microsoft.graph.user":       {400, "Request_UnsupportedQuery", "Unsupported Query."},
		"/beta/groups/" + group.ID + "/transitiveMembers/microsoft.graph.device":     {400, "BadRequest", "Resource not found for the segment 'microsoft.graph.device'."},
		"/beta/groups/" + group.ID + "/transitiveMembers?$skiptoken=bm9ib2R5&$top=1": {400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."},
		"/beta/groups": {400, "BadRequest", "Resource not found for the segment 'groups'."},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			expectError(t, x.get(path, token), want.status, want.code, want.message)
		})
	}
	t.Run("cast without the header", func(t *testing.T) {
		t.Parallel()
		got := x.get("/v1.0/groups/"+group.ID+"/transitiveMembers/microsoft.graph.user?$count=true", token)
		expectError(t, got, 400, "Request_UnsupportedQuery", "Unsupported Query.")
	})
	t.Run("permissions", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/v1.0/groups/" + group.ID, "/beta/groups/" + unknown + "/transitiveMembers"} {
			got := x.get(path, x.tokenWith("User.Read.All", "Member.Read.Hidden"))
			expectError(t, got, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		}
		user := x.addUser("alice")
		for _, permission := range []string{
			"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All",
		} {
			expectStatus(t, x.get("/beta/groups/"+group.ID+"/transitiveMembers", x.tokenWith(permission)), http.StatusOK)
			expectStatus(t, x.get("/beta/groups/"+group.ID, x.AccessToken(user.ID, permission)), http.StatusOK)
		}
	})
}

func TestTransitiveMembers_kinds(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	alice := x.AddUser(User{UserPrincipalName: "alice@contoso.com", DisplayName: "Alice", AccountEnabled: true})
	gone := x.addUser("gone")
	x.DeleteUser(gone.ID)
	device := x.AddDevice("Laptop")
	application := x.AddApplication(Application{DisplayName: "Pipeline"})
	nested := x.AddGroup(Group{DisplayName: "Nested", Members: []string{alice.ID, device, application.ObjectID}})
	top := x.AddGroup(Group{Members: []string{nested.ID, strings.ToUpper(alice.ID), gone.ID, "nothing at all"}})
	x.UpdateGroup(nested.ID, func(g *Group) { g.Members = append(g.Members, top.ID) })

	const query = "/transitiveMembers?$select=id,displayName,accountEnabled,visibility"
	type item = map[string]any
	id := func(kind, id string) item { return item{"@odata.type": "#microsoft.graph." + kind, "id": id} }
	with := func(i item, more ...any) item {
		for n := 0; n < len(more); n += 2 {
			i[fmt.Sprint(more[n])] = more[n+1]
		}
		return i
	}
	nestedItem := func() item { return with(id("group", nested.ID), "displayName", "Nested", "visibility", "Public") }
	for name, test := range map[string]struct {
		permissions []string
		want        []item
	}{
		"all": {[]string{"Directory.Read.All"}, []item{
			nestedItem(),
			with(id("user", alice.ID), "displayName", "Alice", "accountEnabled", true),
			with(id("device", device), "displayName", "Laptop"),
			with(id("servicePrincipal", application.ObjectID), "displayName", "Pipeline"),
		}},
		"groups only": {[]string{"GroupMember.Read.All"}, []item{
			nestedItem(),
			with(id("user", alice.ID), "displayName", nil, "accountEnabled", nil),
			with(id("device", device), "displayName", nil),
			with(id("servicePrincipal", application.ObjectID), "displayName", nil),
		}},
		"basic profiles": {[]string{"GroupMember.Read.All", "User.ReadBasic.All"}, []item{
			nestedItem(),
			with(id("user", alice.ID), "displayName", "Alice", "accountEnabled", nil),
			with(id("device", device), "displayName", nil),
			with(id("servicePrincipal", application.ObjectID), "displayName", nil),
		}},
		"users": {[]string{"GroupMember.Read.All", "User.Read.All"}, []item{
			nestedItem(),
			with(id("user", alice.ID), "displayName", "Alice", "accountEnabled", true),
			with(id("device", device), "displayName", nil),
			with(id("servicePrincipal", application.ObjectID), "displayName", nil),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
			token := x.tokenWith(test.permissions...)
			for _, path := range []string{"/v1.0/groups/" + top.ID, "/beta/groups('" + top.ID + "')"} {
				got, pages := x.listAll(path+query, token)
				if fmt.Sprint(got) != fmt.Sprint(test.want) {
					t.Errorf("%s: %v, want %v", path, got, test.want)
				}
				if context := pages[0].field("@odata.context"); !strings.HasSuffix(context, "$metadata#directoryObjects(id,displayName,accountEnabled,visibility)") {
					t.Errorf("context %q", context)
				}
			}
		})
	}
	t.Run("default properties", func(t *testing.T) {
		t.Parallel()
		x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
		got, _ := x.listAll("/v1.0/groups/"+top.ID+"/transitiveMembers", x.tokenWith("Directory.Read.All"))
		if _, returned := got[1]["accountEnabled"]; returned || got[1]["userPrincipalName"] != "alice@contoso.com" || got[3]["displayName"] != "Pipeline" {
			t.Errorf("items %v", got)
		}
	})
	t.Run("cast", func(t *testing.T) {
		t.Parallel()
		x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
		got, pages := x.listAll("/beta/groups/"+top.ID+"/transitiveMembers/microsoft.graph.user?$count=true&$select=id", x.tokenWith("Group.Read.All"))
		if fmt.Sprint(got) != fmt.Sprint([]item{{"id": alice.ID}}) || pages[0].json["@odata.count"] != 1.0 ||
			!strings.HasSuffix(pages[0].field("@odata.context"), "#users(id)") {
			t.Errorf("answer %s", pages[0].text)
		}
	})
}

func TestTransitiveMembers_hidden(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	alice, bob := x.addUser("alice"), x.addUser("bob")
	hidden := x.AddGroup(Group{HiddenMembership: true, Members: []string{alice.ID}})
	top := x.AddGroup(Group{Members: []string{bob.ID, hidden.ID}})
	without, with := x.tokenWith("Directory.Read.All"), x.tokenWith("Directory.Read.All", "Member.Read.Hidden")
	for _, test := range []struct {
		group, token string
		want         []string
	}{
		{hidden.ID, without, []string{}},
		{hidden.ID, with, []string{alice.ID}},
		{top.ID, without, []string{bob.ID, hidden.ID}},
		{top.ID, with, []string{bob.ID, hidden.ID, alice.ID}},
	} {
		got, _ := x.listAll("/v1.0/groups/"+test.group+"/transitiveMembers?$select=id", test.token)
		if !slices.Equal(idsOf(got), test.want) {
			t.Errorf("members %v, want %v", idsOf(got), test.want)
		}
	}
}

func TestTransitiveMembers_pages(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	var want []string
	for i := range 205 {
		want = append(want, x.addUser(fmt.Sprintf("user%03d", i)).ID)
	}
	group := x.AddGroup(Group{Members: want})
	token := x.tokenWith("GroupMember.Read.All")
	path := "/v1.0/groups/" + group.ID + "/transitiveMembers"
	for query, pages := range map[string]int{
		"?$select=id": 3, "?$top=999": 1, "?$top=50&$select=id": 5, "?$count=true&$top=103": 2, "/microsoft.graph.user?$count=true&$top=50": 5,
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
			got, sent := x.listAll(path+query, token)
			if len(sent) != pages || !slices.Equal(idsOf(got), want) {
				t.Errorf("%d members in %d pages, want %d in %d", len(got), len(sent), len(want), pages)
			}
			for i, page := range sent {
				if count, counted := page.json["@odata.count"]; counted != (i == 0 && strings.Contains(query, "$count")) || counted && count != 205.0 {
					t.Errorf("page %d counts %v", i, count)
				}
			}
		})
	}
	t.Run("header on each page", func(t *testing.T) {
		t.Parallel()
		x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
		r := x.request(http.MethodGet, path+"/microsoft.graph.user?$count=true", token, "")
		r.Header.Set("ConsistencyLevel", "eventual")
		next := strings.TrimPrefix(x.do(r).field("@odata.nextLink"), x.URL())
		expectError(t, x.get(next, token), 400, "Request_UnsupportedQuery", "Unsupported Query.")
	})
	t.Run("header forgotten", func(t *testing.T) {
		t.Parallel()
		got := x.get(path+"?$count=true", token)
		if _, counted := got.json["@odata.count"]; counted || got.status != http.StatusOK {
			t.Errorf("answer %s", got.text)
		}
	})
}

func TestTransitiveMembers_replicaLag(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	group := x.AddGroup(Group{Members: []string{user.ID}})
	token := x.tokenWith("Directory.Read.All")
	x.SetReplicaLag(time.Minute)
	x.DeleteUser(user.ID)
	path := "/beta/groups/" + group.ID + "/transitiveMembers"
	if got, _ := x.listAll(path, token); len(got) != 1 {
		t.Errorf("members %v", got)
	}
	x.clock.Advance(time.Minute)
	if got, _ := x.listAll(path, token); len(got) != 0 {
		t.Errorf("members %v", got)
	}
}
