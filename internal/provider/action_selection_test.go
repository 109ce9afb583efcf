// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// A user is called by object id, once, however often and in whatever spelling the configuration names the user.
func TestAction_usersBySpelling(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada, ben, eve := n.addUser("Ada@contoso.com"), n.addUser("ben.o'hara@contoso.com"), n.addUser("eve@contoso.com")
	w := n.workspace(t, signOut(userIDs(ada.ID, strings.ToUpper(ada.ID), "/users/"+ada.ID, "ada@CONTOSO.com", "ben.o'hara@contoso.com", "/users/"+eve.ID)))
	n.ForgetRequests()
	mentions(t, w.invoke(), "for 3 users: ", "Signing out 3 users.", "3 of 3 users signed out, 0 failed.")
	n.called(t, ada, ben, eve)
	for _, c := range n.calls(t) {
		if c.action != "invalidateAllRefreshTokens" {
			t.Errorf("called %s", c.action)
		}
	}
	n.ForgetRequests()
	w.invoke()
	n.called(t, ada, ben, eve)
	for _, user := range []graphtest.User{ada, ben, eve} {
		n.accepted(t, user, 2)
	}
}

// The generally available call is made in the version of Graph that it lives in, and so are the reads.
func TestAction_revokeSignInSessions(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	group := n.addGroup(ben)
	w := n.workspace(t, signOut(userIDs(ada.ID), groupIDs(group.ID), `graph_action = "revokeSignInSessions"`))
	mentions(t, w.invoke(), "calls revokeSignInSessions for 2 users")
	n.called(t, ada, ben)
	for _, c := range n.calls(t) {
		if c.action != "revokeSignInSessions" {
			t.Errorf("called %s", c.action)
		}
	}
	for _, request := range n.GraphRequests() {
		for _, sent := range append(request.Parts, request) {
			if !strings.HasPrefix(sent.Path, "/v1.0/") {
				t.Errorf("%s is not in v1.0", sent)
			}
		}
	}
}

// The users of a group are those in it and in the groups in it, each once, and nothing else that is in there.
func TestAction_usersOfGroups(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(6)
	device := n.AddDevice("laptop")
	inner := n.AddGroup(graphtest.Group{DisplayName: "Inner", Members: append(ids(users[2], users[3]), device, n.app.ObjectID)})
	outer := n.AddGroup(graphtest.Group{DisplayName: "Outer", Members: append(ids(users[0], users[2]), inner.ID, device)})
	// Groups may be in each other.
	n.UpdateGroup(inner.ID, func(g *graphtest.Group) { g.Members = append(g.Members, outer.ID) })
	overlapping := n.addGroup(users[0], users[1], users[3])
	w := n.workspace(t, signOut(groupIDs(outer.ID, "/groups/"+overlapping.ID)))
	n.ForgetRequests()
	mentions(t, w.invoke(), "for 4 users: ", "4 of 4 users signed out")
	n.called(t, users[:4]...)
	for _, user := range users[4:] {
		n.accepted(t, user, 0)
	}
}

// Users who are named and users who are found are one selection.
func TestAction_unionOfUsersAndGroups(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(5)
	group := n.addGroup(users[1], users[2])
	w := n.workspace(t, signOut(userIDs(users[0].ID, users[1].UserPrincipalName), groupIDs(group.ID)))
	n.ForgetRequests()
	mentions(t, w.invoke(), "3 of 3 users signed out")
	n.called(t, users[:3]...)
}

func TestAction_filter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		filter   string
		advanced bool
	}{
		"basic":    {filter: "department eq 'Research & Development'"},
		"advanced": {filter: "endswith(userPrincipalName, '@leaving.com')", advanced: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			var leaving []graphtest.User
			for i := range 3 {
				leaving = append(leaving, n.AddUser(graphtest.User{UserPrincipalName: "user" + strconv.Itoa(i) + "@leaving.com", Department: "Research & Development"}))
			}
			n.AddUser(graphtest.User{UserPrincipalName: "stays@contoso.com", Department: "Finance"})
			w := n.workspace(t, signOut(byFilter(test.filter)))
			n.ForgetRequests()
			mentions(t, w.invoke(), "3 of 3 users signed out")
			n.called(t, leaving...)
			asked := 0
			for _, request := range n.GraphRequests() {
				if strings.HasSuffix(request.Path, "/users") && request.Header.Get("ConsistencyLevel") == "eventual" && strings.Contains(request.RawQuery, "count=true") {
					asked++
				}
			}
			if test.advanced != (asked > 0) {
				t.Errorf("%d advanced queries", asked)
			}
		})
	}
}

// Whoever selects an excluded user, however the exclusion is spelled: nobody calls for that account.
func TestAction_exclusionsAlwaysWin(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	breakGlass, second, ada := n.addUser("breakglass@contoso.com"), n.addUser("second@contoso.com"), n.addUser("ada@contoso.com")
	nested := n.addGroup(breakGlass, second)
	group := n.AddGroup(graphtest.Group{DisplayName: "All", Members: []string{nested.ID, breakGlass.ID, ada.ID}})
	w := n.workspace(t, "")
	for name, arguments := range map[string][]string{
		"by id, named":             {userIDs(breakGlass.ID, "BreakGlass@contoso.com", second.ID, ada.ID), exclude(breakGlass.ID, second.ID)},
		"by name, named":           {userIDs("breakglass@contoso.com", "/users/"+breakGlass.ID, second.ID, ada.ID), exclude("BREAKGLASS@contoso.com", "second@contoso.com")},
		"by both, in groups":       {groupIDs(nested.ID, group.ID), exclude(breakGlass.ID, "breakglass@contoso.com", "/users/"+second.ID)},
		"by id, named and grouped": {userIDs(breakGlass.ID, ada.ID), groupIDs(group.ID), exclude(strings.ToUpper(breakGlass.ID), second.ID)},
		"by id, by filter":         {byFilter("accountEnabled eq false"), exclude(breakGlass.ID, second.ID)},
	} {
		n.ForgetRequests()
		w.write(signOut(arguments...))
		said := w.invoke()
		mentions(t, said, "for 1 user: ada@contoso.com.", "Excluded: 2", "1 of 1 user signed out")
		if t.Failed() {
			t.Fatal(name)
		}
		n.called(t, ada)
	}
	n.accepted(t, breakGlass, 0)
	n.accepted(t, second, 0)
}

// A misspelt exclusion would sign out the account that is meant.
func TestAction_misspeltExclusionStopsBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.addUser("breakglass@contoso.com")
	for _, more := range []string{"", "ignore_not_found = true", "continue_on_error = true"} {
		w := n.workspace(t, signOut(userIDs(ada.ID), exclude("breakgalss@contoso.com"), more))
		for _, arguments := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
			said := w.fails(arguments...)
			mentions(t, said, "Error: Excluded User Not Found", "Attribute: exclude_user_ids", "breakgalss@contoso.com", "Nobody was signed out")
		}
	}
	n.called(t)
}

func TestAction_maxUsers(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(103)
	group := n.addGroup(users...)
	w := n.workspace(t, signOut(groupIDs(group.ID)))
	for _, arguments := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
		mentions(t, w.fails(arguments...), "Error: Too Many Users Selected", "There are 103 users to sign out, and max_users allows 100.", "max_users = 103", "Nobody was signed out")
	}
	n.called(t)

	// Neither who is excluded counts, nor who is done.
	done := graphtest.Epoch.Add(-time.Minute)
	n.UpdateUser(users[0].ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = &done })
	w.write(signOut(groupIDs(group.ID), exclude(users[1].ID), since(done)))
	mentions(t, w.fails("plan", invoke), "There are 101 users to sign out", "Excluded: 1", "minimum_valid_from is reached: 1")
	w.write(signOut(groupIDs(group.ID), exclude(users[1].ID, users[2].ID), since(done)))
	mentions(t, w.invoke(), "100 of 100 users signed out, 0 failed.")
	n.called(t, users[3:]...)

	w.write(signOut(userIDs(users[0].ID, users[1].ID), "max_users = 1"))
	mentions(t, w.invokeFails(), "There are 2 users to sign out, and max_users allows 1.")
}

// Selecting nobody is a mistake, such as an empty group.
func TestAction_emptySelection(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada := n.addUser("ada@contoso.com")
	empty := n.AddGroup(graphtest.Group{DisplayName: "Empty", Members: []string{n.AddDevice("laptop")}})
	w := n.workspace(t, "")
	for name, test := range map[string]struct {
		arguments []string
		attribute string
	}{
		"nobody named":     {[]string{userIDs()}, "user_ids"},
		"an empty group":   {[]string{groupIDs(empty.ID)}, "group_ids"},
		"all excluded":     {[]string{userIDs(ada.ID), exclude(ada.UserPrincipalName)}, "user_ids"},
		"a filter of none": {[]string{byFilter("department eq 'Nowhere'")}, "filter"},
	} {
		t.Log(name)
		w.write(signOut(test.arguments...))
		for _, command := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
			mentions(t, w.fails(command...), "Error: Nobody Selected", "Attribute: "+test.attribute)
		}
	}
	n.called(t)
}

// Who is done is skipped, and where everybody is, there is nothing to do.
func TestAction_minimumValidFromSkipsWhoIsDone(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(4)
	began := graphtest.Epoch.Add(-time.Hour)
	before := began.Add(-time.Second)
	n.UpdateUser(users[0].ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = &began })
	n.UpdateUser(users[1].ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = &before })
	n.UpdateUser(users[2].ID, func(u *graphtest.User) { u.RefreshTokensValidFromDateTime = nil })
	group := n.addGroup(users[2:]...)
	w := n.workspace(t, signOut(userIDs(users[0].ID, users[1].ID), groupIDs(group.ID), since(began)))
	mentions(t, w.invoke(), "for 3 users: ", "minimum_valid_from is reached: 1", "3 of 3 users signed out")
	n.called(t, users[1:]...)

	n.ForgetRequests()
	said := w.invoke()
	mentions(t, said, "Warning: Nobody to Sign Out", "minimum_valid_from is reached: 4", "Actions: 1 invoked.")
	omits(t, said, "Signing out")
	n.called(t)
}

func TestAction_minimumValidFromInTheFuture(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, signOut(userIDs(ada.ID), minimum("2026-03-01T12:05:01Z")))
	mentions(t, w.fails("plan", invoke), "Error: Instant in the Future", "minimum_valid_from is more than 5 minutes in the future")
	n.sentExactly(t)
	w.write(signOut(userIDs(ada.ID), minimum("2026-03-01T13:05:00+01:00")))
	w.invoke()
	n.called(t, ada)
}

// External users' sessions are at home, where this call does not reach.
func TestAction_externalUsersAreCounted(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	guest := n.AddUser(graphtest.User{UserPrincipalName: "eve@contoso.com", UserType: "Guest"})
	member := n.AddUser(graphtest.User{UserPrincipalName: "dan_fabrikam.com#EXT#@contoso.com"})
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, signOut(userIDs(guest.ID, member.ID, ada.ID)))
	mentions(t, w.invoke(), "External, whose sessions at home live on: 2", "Warning: External Users' Home Sessions Live On", "Of those signed out, 2 users belong to another tenant")
	n.called(t, guest, member, ada)
}
