// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

const userAddress = "data.graph_user.test"

// userData is a configuration of the data source graph_user with these arguments.
func userData(arguments ...string) string {
	return fmt.Sprintf("data \"graph_user\" \"test\" {\n  %s\n}\n", strings.Join(arguments, "\n  "))
}

// everyKindOfUser are users, with the attributes that data sources show of them.
var everyKindOfUser = map[string]struct {
	user graphtest.User
	want map[string]any
}{
	"member": {
		graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com", DisplayName: "Robin Leaver", AccountEnabled: true, RefreshTokensValidFromDateTime: new(graphtest.Epoch)},
		map[string]any{
			"id": robinsID, "user_principal_name": "robin@contoso.com", "display_name": "Robin Leaver", "account_enabled": true,
			"user_type": "Member", "external": false, instantAttribute: "2026-03-01T12:00:00Z",
		},
	},
	"disabled, never signed out": {
		graphtest.User{ID: robinsID, UserPrincipalName: "robin@contoso.com", DisplayName: "Robin Leaver"},
		map[string]any{
			"id": robinsID, "user_principal_name": "robin@contoso.com", "display_name": "Robin Leaver", "account_enabled": false,
			"user_type": "Member", "external": false, instantAttribute: nil,
		},
	},
	"guest": {
		graphtest.User{ID: robinsID, UserPrincipalName: "robin@fabrikam.com", DisplayName: "Robin", AccountEnabled: true, UserType: "Guest"},
		map[string]any{
			"id": robinsID, "user_principal_name": "robin@fabrikam.com", "display_name": "Robin", "account_enabled": true,
			"user_type": "Guest", "external": true, instantAttribute: nil,
		},
	},
	"member of another tenant": {
		graphtest.User{ID: robinsID, UserPrincipalName: "robin_fabrikam.com#EXT#@contoso.onmicrosoft.com", DisplayName: "Robin", AccountEnabled: true},
		map[string]any{
			"id": robinsID, "user_principal_name": "robin_fabrikam.com#EXT#@contoso.onmicrosoft.com", "display_name": "Robin", "account_enabled": true,
			"user_type": "Member", "external": true, instantAttribute: nil,
		},
	},
}

// holds checks that an instance in state has these attributes and no others.
func holds(t *testing.T, in *instance, want map[string]any) {
	t.Helper()
	if in == nil {
		t.Fatal("state holds nothing")
	}
	if !maps.Equal(in.Attributes, want) {
		t.Errorf("state holds %v, want %v", in.Attributes, want)
	}
}

func TestUserDataSource_everyAttribute(t *testing.T) {
	t.Parallel()
	for name, test := range everyKindOfUser {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t, "User.Read.All")
			n.AddUser(test.user)
			w := n.workspace(t, userData(userID(robinsID)))
			w.apply()
			want := maps.Clone(test.want)
			want["user_id"] = robinsID
			holds(t, w.instance(userAddress), want)
			n.sentExactly(t, "GET v1.0/users('"+robinsID+"')")
		})
	}
}

// Old accounts have no type, and what was never written is null.
func TestUserDataSource_nulls(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "User.Read.All")
	n.Inject(graphtest.Fault{Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		`{"id":"`+robinsID+`","userPrincipalName":"robin@contoso.com","displayName":null,"accountEnabled":true,"userType":null,"signInSessionsValidFromDateTime":null}`)})
	w := n.workspace(t, userData(userID("robin@contoso.com")))
	w.apply()
	holds(t, w.instance(userAddress), map[string]any{
		"user_id": "robin@contoso.com", "id": robinsID, "user_principal_name": "robin@contoso.com", "display_name": nil, "account_enabled": true,
		"user_type": nil, "external": false, instantAttribute: nil,
	})
}

func TestUserDataSource_everySpelling(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "User.Read.All")
	steps := []resource.TestStep{}
	spelt := func(spelling string, user graphtest.User) {
		steps = append(steps, n.step(userData(userID(spelling)), states(
			statecheck.ExpectKnownValue(userAddress, tfjsonpath.New("user_id"), knownvalue.StringExact(spelling)),
			statecheck.ExpectKnownValue(userAddress, tfjsonpath.New("id"), knownvalue.StringExact(user.ID)),
			statecheck.ExpectKnownValue(userAddress, tfjsonpath.New("user_principal_name"), knownvalue.StringExact(user.UserPrincipalName)),
		)))
	}
	ada := n.addUser("ada@contoso.com")
	for _, spelling := range []string{ada.ID, strings.ToUpper(ada.ID), "/users/" + ada.ID, "ada@contoso.com", "Ada@CONTOSO.com"} {
		spelt(spelling, ada)
	}
	for _, name := range []string{"o'hara@contoso.com", "ada_fabrikam.com#EXT#@contoso.onmicrosoft.com", "$ada@contoso.com", "ada+sales@contoso.com", "100%25@contoso.com", "zoë@contoso.com"} {
		spelt(name, n.addUser(name))
	}
	n.run(t, steps...)
}

// Who is signed in is not guarded: nothing ends by being read.
func TestUserDataSource_me(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read")
	w := n.workspace(t, userData(userID("me")))
	w.apply()
	n.sentExactly(t, "GET v1.0/me")
	if got := w.instance(userAddress).Attributes; got["id"] != ada.ID || got["user_id"] != "me" {
		t.Errorf("state holds %v", got)
	}
	n.signInAs(t, ada, "User.Read.All")
	w.write(userData(userID(ada.ID)))
	w.apply()
}

// A data source has no graph_action to choose.
func TestUserDataSource_notPermittedThroughTheAzureCLI(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.signInAs(t, ada, "User.Read")
	said := n.workspace(t, userData(userID(ben.ID))).fails("plan")
	mentions(t, said, "Error: Reading Users Not Permitted", "delegated permissions (scp) are: User.Read.", "The permissions of Azure CLI are fixed: sign in as an application.")
	omits(t, said, "graph_action")
}

// Every failure is one of the plan, names the attribute where that is the cause, and leaves nothing in state.
func TestUserDataSource_failures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		userID      string
		permissions []string
		fault       graphtest.Fault
		says        []string
	}{
		"no such user": {
			userID: "nobody@contoso.com",
			says:   []string{"Error: User Not Found", `in data "graph_user" "test"`, `user_id = "nobody@contoso.com"`, `Reading user "nobody@contoso.com" failed`, "Status code: 404 Not Found", "Request ID: "},
		},
		"no such object": {
			userID: "/users/6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11",
			says:   []string{"Error: User Not Found", `user_id = "/users/6b2e3a3c-27b3-4d5c-8f6c-9a9d9b0f1a11"`},
		},
		"me of an application": {
			userID: "me",
			says:   []string{"Error: No Signed-In User", `user_id = "me"`, "an application signs in without one"},
		},
		"no permission": {
			permissions: []string{"User.RevokeSessions.All"},
			says: []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "(roles) are: User.RevokeSessions.All.",
				"Status code: 403 Forbidden"},
		},
		"the names of users alone": {
			permissions: []string{"User.ReadBasic.All"},
			says:        []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "(roles) are: User.ReadBasic.All."},
		},
		"a refused token": {
			fault: graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil)},
			says:  []string{"Error: Access Token Refused", "Sign-in method: client secret", "Tenant: "},
		},
		"a secret that is wrong": {
			fault: graphtest.Fault{Match: graphtest.TokenRequest, Times: -1, Effect: graphtest.EntraError(7000215, "invalid_client", "Invalid client secret provided.")},
			says:  []string{"Error: Sign-In Failed", "AADSTS7000215"},
		},
		"a service that stays busy": {
			fault: graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.", http.Header{"Retry-After": {"60"}})},
			says:  []string{"Error: Microsoft Graph Busy", "Status code: 429 Too Many Requests"},
		},
		"an answer without an id": {
			fault: graphtest.Fault{Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{}`)},
			says:  []string{"Error: Unexpected Answer from Microsoft Graph", "it has no id"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = append([]string{"User.Read.All"}, test.permissions...) })
			if test.permissions != nil {
				n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = test.permissions })
			}
			n.addUser("ada@contoso.com")
			if test.fault.Effect != nil {
				n.Inject(test.fault)
			}
			if test.userID == "" {
				test.userID = "ada@contoso.com"
			}
			w := n.workspace(t, userData(userID(test.userID)))
			for _, command := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
				if name == "an answer without an id" && command[0] == "apply" {
					break // The fault is over.
				}
				said := w.fails(command...)
				mentions(t, said, test.says...)
				mentions(t, said, "with data.graph_user.test")
				omits(t, said, n.app.Secret)
			}
			if state := w.instance(userAddress); state != nil {
				t.Errorf("state holds %v", state)
			}
			n.wroteNothing(t)
		})
	}
}

func TestUserDataSource_userIDRefusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, "")
	for _, value := range []string{"", "/", "/users/", "/users/ada@contoso.com", "/groups/" + robinsID, "ada/contoso", "users/" + robinsID, " ", "ada@contoso.com "} {
		w.write(userData(userID(value)))
		mentions(t, w.fails("validate"), "Error: Invalid User", userID(value))
	}
	w.write(userData())
	mentions(t, w.fails("validate"), `The argument "user_id" is required`)
	w.write(userData(`user_id = null`))
	mentions(t, w.fails("validate"), "user_id", "Must set a configuration value")
	if sent := n.Requests(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

// What passes over a request is waited for, as everywhere.
func TestUserDataSource_passingFaults(t *testing.T) {
	t.Parallel()
	n := newTenant(t, "User.Read.All")
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Effect: graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "", nil)})
	n.Inject(graphtest.Fault{Effect: graphtest.Reset()})
	w := n.workspace(t, userData(userID(ada.ID)))
	w.apply()
	read := "GET v1.0/users('" + ada.ID + "')"
	n.sentExactly(t, read, read, read)
}

// A user who is known at apply is read then, after what the user comes from.
func TestUserDataSource_userUnknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID("ada@contoso.com"))+userData("user_id = "+address+".id"))
	mentions(t, w.ok("plan", "-out=saved"), "1 to add", "(config refers to values not yet known)")
	n.sentExactly(t)
	w.ok("apply", "saved")
	read := "GET v1.0/users('" + ada.ID + "')"
	n.sentExactly(t, get("ada@contoso.com"), post(ada.ID), get(ada.ID), read)
	if got := w.instance(userAddress).Attributes[instantAttribute]; got != "2026-03-01T12:00:00Z" {
		t.Errorf("%s is %v", instantAttribute, got)
	}
	// Another plan reads again, and sees what others did.
	n.clock.Advance(time.Hour)
	n.UpdateUser(ada.ID, func(u *graphtest.User) { u.AccountEnabled = true })
	w.apply()
	if got := w.instance(userAddress).Attributes["account_enabled"]; got != true {
		t.Errorf("account_enabled is %v", got)
	}
	n.accepted(t, ada, 1)
}

// Without the provider's configuration nobody can be asked, and there is no state to fall back on.
func TestUserDataSource_blockUnknownAtPlan(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.addUser("ada@contoso.com")
	w := n.workspace(t, blockUnknownAtPlan(n)+userData(userID("ada@contoso.com")))
	mentions(t, w.fails("plan"), "Error: Provider Not Configured", "not known before apply", "-target", "with data.graph_user.test")
	n.sentExactly(t)
	w.apply("-target=terraform_data.tenant")
	w.apply()
	n.wroteNothing(t)
}

// blockUnknownAtPlan is a provider block whose tenant is known once a resource was created.
func blockUnknownAtPlan(n *tenant) string {
	return "resource \"terraform_data\" \"tenant\" {\n  input = \"" + n.TenantID() + "\"\n}\nprovider \"graph\" {\n  tenant_id = terraform_data.tenant.output\n}\n"
}

// wroteNothing checks that Graph was only read.
func (n *tenant) wroteNothing(t *testing.T) {
	t.Helper()
	if i := slices.IndexFunc(n.GraphRequests(), func(r graphtest.Request) bool { return r.Method != http.MethodGet }); i >= 0 {
		t.Errorf("sent %s", n.GraphRequests()[i])
	}
}
