// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// Every failure before the call leaves the user signed in and the state empty, and says what to do.
func TestFailures_ofCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		permissions []string
		fault       graphtest.Fault
		says        []string
	}{
		"no permission to read": {
			permissions: []string{"User.RevokeSessions.All"},
			says: []string{"Error: Reading Users Not Permitted", "It needs the permission User.Read.All.", "(roles) are: User.RevokeSessions.All.",
				"Status code: 403 Forbidden", "Error code: Authorization_RequestDenied", "Message: Insufficient privileges to complete the operation.",
				"Request ID: ", "Client request ID: "},
		},
		"no permission at all": {
			permissions: []string{},
			says:        []string{"Error: Reading Users Not Permitted", "(roles) are: none."},
		},
		"no permission to call": {
			permissions: []string{"User.Read.All"},
			says: []string{"Error: Token Invalidation Not Permitted", "It needs the permission User.RevokeSessions.All.", "(roles) are: User.Read.All.",
				"administrators, a higher role is needed", "Message: Access to invalidate refresh tokens operation is denied."},
		},
		"a refused token": {
			fault: graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil)},
			says:  []string{"Error: Access Token Refused", "Sign-in method: client secret", "Tenant: ", "Client ID: ", "Message: Access token validation failure."},
		},
		"a beta call that is gone": {
			fault: graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusBadRequest, "BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'.", nil)},
			says:  []string{"Error: Beta Call Not Available", `graph_action = "revokeSignInSessions"`, "Status code: 400 Bad Request"},
		},
		"a beta call that is not served": {
			fault: graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.", nil)},
			says:  []string{"Error: Beta Call Not Available", "Status code: 405 Method Not Allowed"},
		},
		"another refusal of the beta call": {
			fault: graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusBadRequest, "Request_BadRequest", "Something else is wrong.", nil)},
			says:  []string{"Error: Unexpected Answer from Microsoft Graph", "Message: Something else is wrong."},
		},
		"an answer that is no JSON": {
			fault: graphtest.Fault{Effect: graphtest.Respond(http.StatusTeapot, http.Header{"Content-Type": {"text/html"}}, "<h1>teapot</h1>")},
			says:  []string{"Error: Unexpected Answer from Microsoft Graph", "Status code: 418 I'm a teapot"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t, test.permissions...)
			if test.permissions != nil {
				n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Roles = test.permissions })
			}
			ada := n.addUser("ada@contoso.com")
			if test.fault.Effect != nil {
				n.Inject(test.fault)
			}
			w := n.workspace(t, invalidation(userID("ada@contoso.com")))
			said := w.fails("apply", "-auto-approve")
			mentions(t, said, test.says...)
			mentions(t, said, "ada@contoso.com", "with graph_user_token_invalidation.test")
			omits(t, said, n.app.Secret)
			if state := w.state(); state != nil {
				t.Errorf("state holds %v", state)
			}
			n.accepted(t, ada, 0)
		})
	}
}

func TestFailures_delegatedCallNeedsARole(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada, ben := n.addUser("ada@contoso.com"), n.addUser("ben@contoso.com")
	n.signInAs(t, ada, "User.Read.All", "User.RevokeSessions.All")
	w := n.workspace(t, invalidation(userID(ben.ID)))
	mentions(t, w.fails("apply", "-auto-approve"), "Error: Token Invalidation Not Permitted", "(scp) are: User.Read.All, User.RevokeSessions.All.",
		"Directory Writers", "Helpdesk Administrator", "Authentication Administrator", "Privileged Authentication Administrator", "User Administrator",
		"microsoft.directory/users/invalidateAllRefreshTokens", "The permissions of Azure CLI are fixed", `graph_action = "revokeSignInSessions"`)
	n.accepted(t, ben, 0)
}

func TestFailures_ofMe(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read", "User.ReadWrite")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: graphtest.GraphError(http.StatusBadRequest, "BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'.", nil)})
	w := n.workspace(t, invalidation(userID("me")))
	mentions(t, w.fails("apply", "-auto-approve"), "Error: Beta Call Not Available")
	n.signInAs(t, ada)
	mentions(t, w.fails("apply", "-auto-approve"), "Error: Reading Users Not Permitted", "It needs the permission User.Read.", "(scp) are: none.")
}

// What the settings do not say of the sign-in, the access token does.
func TestFailures_nameTheTenantOfTheToken(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	n.signInAs(t, ada, "User.Read.All")
	n.setenv("ARM_TENANT_ID", "")
	n.Inject(graphtest.Fault{Times: -1, Effect: graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure.", nil)})
	w := n.workspace(t, invalidation(userID("ben@contoso.com")))
	said := w.fails("apply", "-auto-approve")
	mentions(t, said, "Error: Access Token Refused", "Sign-in method: Azure CLI", "Tenant: "+n.TenantID(), "Client ID: "+graphtest.PublicClientID)
	omits(t, said, n.app.ClientID)
}

// Each operation ends when its own time is up, and names the attribute that gives it more.
func TestFailures_defaultTimeouts(t *testing.T) {
	t.Parallel()
	unavailable := graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", http.Header{"Retry-After": {"7"}})
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	create := n.workspace(t, invalidation(userID(ada.ID), `invalidate_on_destroy = true`))
	n.Inject(graphtest.Fault{Times: 129, Effect: unavailable})
	mentions(t, create.fails("apply", "-auto-approve"), "Microsoft Graph Busy", "in 15m0s", "Raise timeouts.create")
	create.apply()
	n.Inject(graphtest.Fault{Times: 43, Effect: unavailable})
	mentions(t, create.fails("plan"), "Microsoft Graph Busy", "in 5m0s", "Raise timeouts.read")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: 129, Effect: unavailable})
	mentions(t, create.fails("destroy", "-auto-approve"), "Microsoft Graph Busy", "in 15m0s", "Raise timeouts.delete")
}

func TestFailures_timeoutsRefusedAtValidate(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	w := n.workspace(t, invalidation(userID("ada@contoso.com"), `timeouts {
    create = "0s"
    delete = "-1m"
  }`))
	mentions(t, w.fails("validate"), "Invalid Timeout", `create = "0s"`, `delete = "-1m"`)
}

func TestFailures_slowAnswer(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.Inject(graphtest.Fault{Effect: func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		n.clock.Advance(time.Minute)
		<-r.Context().Done()
	}})
	w := n.workspace(t, invalidation(userID("ada@contoso.com"), `timeouts { create = "1m" }`))
	mentions(t, w.fails("apply", "-auto-approve"), "Microsoft Graph Too Slow", "Raise timeouts.create")
}

func TestFailures_signIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variable, value string
		says            []string
	}{
		"a wrong secret":         {"ARM_CLIENT_SECRET", "not~the~secret", []string{"AADSTS7000215"}},
		"an unknown application": {"ARM_CLIENT_ID", "33333333-3333-3333-3333-333333333333", []string{"AADSTS700016", "Client ID: 33333333-3333-3333-3333-333333333333"}},
		"an unknown tenant":      {"ARM_TENANT_ID", "33333333-3333-3333-3333-333333333333", []string{"33333333-3333-3333-3333-333333333333"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			n.setenv(test.variable, test.value)
			w := n.workspace(t, invalidation(userID("ada@contoso.com")))
			said := w.fails("plan")
			mentions(t, said, "Error: Sign-In Failed", "signing in by client secret failed", "Authority: "+n.URL()+", from the environment variable AZURE_AUTHORITY_HOST")
			mentions(t, said, test.says...)
			omits(t, said, n.app.Secret, "not~the~secret")
			n.sentExactly(t)
		})
	}
	t.Run("nobody at the Azure CLI", func(t *testing.T) {
		t.Parallel()
		n := newTenant(t)
		n.setenv("ARM_CLIENT_SECRET", "")
		w := n.workspace(t, invalidation(userID("ada@contoso.com")))
		mentions(t, w.fails("plan"), "Error: Sign-In Failed", "signing in by Azure CLI failed", "az login")
	})
}

func TestFailures_unreachable(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	ada := n.addUser("ada@contoso.com")
	w := n.workspace(t, invalidation(userID(ada.ID), `timeouts { create = "1m" }`))
	n.Inject(graphtest.Fault{Times: -1, Effect: graphtest.Reset()})
	mentions(t, w.fails("apply", "-auto-approve"), "Error: Microsoft Graph Unreachable", "Host: "+n.URL()[len("https://"):]+", from the environment variable GRAPH_ENDPOINT",
		"HTTPS_PROXY", "Tries: ", " in 1m0s", "connection reset")
	n.accepted(t, ada, 0)
}

func TestFailures_untrustedCertificate(t *testing.T) {
	t.Parallel()
	n, other := newTenant(t), newTenant(t)
	n.setenv("GRAPH_ENDPOINT", other.URL())
	n.setenv("AZURE_AUTHORITY_HOST", n.URL())
	n.Inject(graphtest.Fault{Match: graphtest.TokenRequest, Times: -1, Effect: graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"application/json"}},
		`{"token_type":"Bearer","expires_in":3600,"access_token":"opaque"}`)})
	w := n.workspace(t, invalidation(userID("ada@contoso.com")))
	mentions(t, w.fails("apply", "-auto-approve"), "Error: Microsoft Graph Not Trusted", "SSL_CERT_FILE", "Host: "+other.URL()[len("https://"):])
	if sent := other.Requests(); len(sent) > 0 {
		t.Errorf("%v reached a host that is not trusted", sent)
	}
}
