// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// Whom Graph keeps from the caller without a word are not left out without a word.
func TestAction_hiddenMembership(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	hidden := n.AddGroup(graphtest.Group{DisplayName: "Works council", HiddenMembership: true, Members: ids(users[0], users[1])})
	around := n.AddGroup(graphtest.Group{DisplayName: "Around", Members: []string{hidden.ID, users[2].ID}})
	w := n.workspace(t, "")
	for _, group := range []graphtest.Group{hidden, around} {
		w.write(signOut(groupIDs(group.ID)))
		for _, arguments := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
			mentions(t, w.fails(arguments...), "Error: Hidden Group Members", "Member.Read.Hidden", "Attribute: group_ids", "Hidden group: "+hidden.ID+" Works council")
		}
	}
	n.called(t)
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append(a.Roles, "Member.Read.Hidden") })
	n.ForgetRequests()
	w = n.workspace(t, signOut(groupIDs(around.ID)))
	w.invoke()
	n.called(t, users...)
}

func TestAction_selectionErrors(t *testing.T) {
	t.Parallel()
	const nobody = "00000000-0000-4000-8000-000000000000"
	const reading, grouping, invalidating = "User.Read.All", "GroupMember.Read.All", "User.RevokeSessions.All"
	for name, test := range map[string]struct {
		permissions []string
		arguments   func(ada graphtest.User, group graphtest.Group) string
		says        []string
	}{
		"groups may not be read": {
			permissions: []string{reading, invalidating},
			arguments:   func(_ graphtest.User, g graphtest.Group) string { return groupIDs(g.ID) },
			says:        []string{"Error: Reading Groups Not Permitted", "It needs the permission GroupMember.Read.All.", "(roles) are: User.Read.All, User.RevokeSessions.All."},
		},
		"users may not be read, named": {
			permissions: []string{invalidating, grouping},
			arguments:   func(ada graphtest.User, _ graphtest.Group) string { return userIDs(ada.ID) },
			says:        []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All."},
		},
		"users may not be read, by filter": {
			permissions: []string{invalidating, grouping},
			arguments:   func(graphtest.User, graphtest.Group) string { return byFilter("department eq 'Finance'") },
			says:        []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All."},
		},
		"a group that does not exist": {
			permissions: groupPermissions,
			arguments:   func(_ graphtest.User, g graphtest.Group) string { return groupIDs(g.ID, "/groups/"+nobody) },
			says:        []string{"Error: Group Not Found", "Attribute: group_ids", "Group: " + nobody},
		},
		"a filter that is none": {
			permissions: groupPermissions,
			arguments:   func(graphtest.User, graphtest.Group) string { return byFilter("department = 'Finance'") },
			says:        []string{"Error: Filter Refused", "Attribute: filter", "Message: Invalid filter clause"},
		},
		"a filter on what cannot be filtered": {
			permissions: groupPermissions,
			arguments: func(graphtest.User, graphtest.Group) string {
				return byFilter("refreshTokensValidFromDateTime eq null")
			},
			says: []string{"Error: Filter Refused", "Attribute: filter"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t, test.permissions...)
			ada := n.addUser("ada@contoso.com")
			w := n.workspace(t, signOut(test.arguments(ada, n.addGroup(ada))))
			mentions(t, w.fails("plan", invoke), test.says...)
			mentions(t, w.invokeFails(), test.says...)
			n.called(t)
		})
	}
}

// In a group, a caller without the permission to read users is shown their ids alone. Whether they are done, and what they are called,
// is then not known.
func TestAction_groupWithoutReadingUsers(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t, "User.RevokeSessions.All", "GroupMember.Read.All")
	ada := n.addUser("ada@contoso.com")
	group := n.addGroup(ada)
	w := n.workspace(t, signOut(groupIDs(group.ID)))
	for _, arguments := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
		mentions(t, w.fails(arguments...), "Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "(roles) are: User.RevokeSessions.All, GroupMember.Read.All.")
	}
	n.called(t)
}

// A selection that breaks off is none: a page that does not come signs nobody out.
func TestAction_incompleteSelectionCallsNobody(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	group := n.addGroup(users...)
	n.Inject(graphtest.Fault{Match: graphtest.Get, First: 3, Times: -1, Effect: graphtest.GraphError(http.StatusBadRequest, "Directory_ExpiredPageToken", "The page token has expired.", nil)})
	w := n.workspace(t, signOut(userIDs(users[0].ID), groupIDs(group.ID)))
	mentions(t, w.invokeFails(), "Error: Unexpected Answer from Microsoft Graph", "Reading the members of group", "The page token has expired.")
	n.called(t)
}

// The identity that Terraform runs as is refused where it is named, and left out where it is found.
func TestAction_ownIdentity(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	admin := n.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", Department: "IT", DirectoryRoles: []string{"User Administrator"}})
	ada := n.AddUser(graphtest.User{UserPrincipalName: "ada@contoso.com", Department: "IT"})
	n.signInAs(t, admin, groupPermissions...)
	group := n.addGroup(admin, ada)
	w := n.workspace(t, "")
	for _, spelling := range []string{admin.ID, "/users/" + admin.ID, "Admin@contoso.com"} {
		w.write(signOut(userIDs(ada.ID, spelling)))
		for _, arguments := range [][]string{{"plan", invoke}, {"apply", "-auto-approve", invoke}} {
			mentions(t, w.fails(arguments...), "Error: User Is the Identity of This Run", "Attribute: user_ids", "Leave this user out", admin.ID)
		}
	}
	n.called(t)

	for _, found := range []string{groupIDs(group.ID), byFilter("department eq 'IT'")} {
		n.ForgetRequests()
		w.write(signOut(found))
		mentions(t, w.ok("plan", invoke), "Warning: Own Identity Left Out", admin.ID, "for 1 user: ada@contoso.com.")
		mentions(t, w.invoke(), "Warning: Own Identity Left Out", "1 of 1 user signed out")
		n.called(t, ada)
	}

	for _, found := range []string{groupIDs(group.ID), byFilter("department eq 'IT'"), userIDs(admin.ID, ada.ID)} {
		n.ForgetRequests()
		w.write(signOut(found, exclude("admin@contoso.com")))
		omits(t, w.invoke(), "Own Identity")
		n.called(t, ada)
	}
	n.accepted(t, admin, 0)

	w.write(signOut(groupIDs(n.addGroup(admin).ID)))
	mentions(t, w.invokeFails(), "Error: Nobody Selected")
	n.accepted(t, admin, 0)
}

// An access token that cannot be read does not tell that it reveals hidden members.
func TestAction_hiddenMembershipAndUnreadableToken(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	hidden := n.AddGroup(graphtest.Group{DisplayName: "Works council", HiddenMembership: true})
	n.Inject(graphtest.Fault{Match: graphtest.TokenRequest, Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		`{"token_type":"Bearer","expires_in":3600,"access_token":"opaque"}`)})
	answers := func(body string) graphtest.Effect {
		return graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body)
	}
	n.Inject(graphtest.Fault{Match: graphtest.Get, Effect: answers(`{"id":"` + hidden.ID + `","displayName":"Works council","visibility":"HiddenMembership"}`)})
	n.Inject(graphtest.Fault{Match: graphtest.Get, Effect: answers(`{"value":[]}`)})
	w := n.workspace(t, signOut(groupIDs(hidden.ID)))
	mentions(t, w.fails("plan", invoke), "Error: Hidden Group Members", "Works council")
}

// A plan does not wait for as long as a run may.
func TestAction_planWaitsForALimitedTime(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	group := n.addGroup(n.addUsers(1)...)
	n.Inject(graphtest.Fault{Match: graphtest.Get, Times: -1, Effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil)})
	w := n.workspace(t, signOut(groupIDs(group.ID)))
	said := w.fails("plan", invoke)
	mentions(t, said, "Error: Microsoft Graph Busy", "in 15m0s")
	omits(t, said, "Raise timeouts")
}
