// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

const (
	readPermission       = "User.Read.All"
	readMePermission     = "User.Read"
	invalidatePermission = "User.RevokeSessions.All"
	groupPermission      = "GroupMember.Read.All"
)

// attempt is what was tried, on whom.
type attempt struct {
	// calling is set for the call that ends sessions, and not for reading.
	calling bool
	// userID is the user as the configuration or the state names it. In its place, groupID or filter is set for reading the users whom it
	// selects.
	userID, groupID, filter string
	// batch is set for a batch of requests about users who are not told one by one.
	batch  bool
	action graph.Action
	// timeout names the attribute of the timeouts block that bounded it.
	timeout string
	// attribute is the one that names the users, user_id where it is empty.
	attribute string
}

func (a attempt) String() string {
	switch {
	case a.calling && a.batch:
		return fmt.Sprintf("Calling %s for a batch of users", a.action)
	case a.calling:
		return fmt.Sprintf("Calling %s for user %q", a.action, a.userID)
	case a.batch:
		return "Reading a batch of users"
	case a.groupID != "":
		return fmt.Sprintf("Reading the members of group %q", a.groupID)
	case a.filter != "":
		return fmt.Sprintf("Reading the users of filter %q", a.filter)
	default:
		return fmt.Sprintf("Reading user %q", a.userID)
	}
}

// path is where the configuration names the users.
func (a attempt) path() path.Path { return path.Root(cmp.Or(a.attribute, "user_id")) }

func (a attempt) permission() string {
	switch {
	case a.calling:
		return invalidatePermission
	case a.groupID != "":
		return groupPermission
	case userKey(a.userID) == graph.Me:
		return readMePermission
	default:
		return readPermission
	}
}

// afterwards tells what is not known of a call that got no answer.
func (a attempt) afterwards() string {
	if a.calling {
		return " It may have been carried out all the same, and calling again is harmless."
	}
	return ""
}

// longer tells which attribute gives it more time. An import has none.
func (a attempt) longer() string {
	if a.timeout == "" {
		return ""
	}
	if a.timeout == "invoke" {
		return " Raise timeouts.invoke."
	}
	return " Raise timeouts." + a.timeout + ", or apply fewer users at once."
}

// explain tells why an attempt failed and what to do.
func (s *session) explain(ctx context.Context, a attempt, err error) diag.Diagnostic {
	if batch, ok := errors.AsType[*graph.BatchError](err); ok {
		a.batch, a.userID = true, ""
		return s.explain(ctx, a, batch.Err)
	}
	if failed, ok := errors.AsType[*graph.SignInError](err); ok {
		return s.explainSignIn(ctx, a, failed.Err)
	}
	if unreachable, ok := errors.AsType[*graph.UnreachableError](err); ok {
		return s.explainUnreachable(ctx, a, unreachable)
	}
	if refused, ok := errors.AsType[*graph.Error](err); ok {
		return s.explainAnswer(ctx, a, refused)
	}
	if foreign, ok := errors.AsType[*graph.ForeignHostError](err); ok {
		return diag.NewErrorDiagnostic("Link to Another Host", fmt.Sprintf("%s failed: the answer links to another host for its next page, which must not get the access token. "+
			"Where a proxy rewrites addresses, let it leave Microsoft Graph's alone.", a)+facts([][2]string{{"Host", foreign.Want + ", from " + s.signIn.Cloud.GraphSource}, {"Linked", foreign.Host}}))
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled before it began.", a))
	}
	if ctx.Err() != nil {
		return diag.NewErrorDiagnostic("Microsoft Graph Too Slow", fmt.Sprintf("%s was not possible in the time allowed.%s", a, a.longer()))
	}
	return diag.NewErrorDiagnostic("Unexpected Error", fmt.Sprintf("%s failed: %s.", a, err))
}

func (s *session) explainSignIn(ctx context.Context, a attempt, err error) diag.Diagnostic {
	if errors.Is(ctx.Err(), context.Canceled) {
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled while signing in.", a))
	}
	failure := s.signIn.ExplainFailure(err)
	return diag.NewErrorDiagnostic("Sign-In Failed", fmt.Sprintf(
		"%s was not possible: signing in by %s failed. %s", a, s.signIn.Method, failure.Advice)+
		facts(s.signInFacts(ctx), [2]string{"Authority", s.signIn.Cloud.AuthorityHost + ", from " + s.signIn.Cloud.AuthoritySource})+
		"\n\n"+failure.Text)
}

func (s *session) explainUnreachable(ctx context.Context, a attempt, err *graph.UnreachableError) diag.Diagnostic {
	about := facts([][2]string{
		{"Host", err.Host + ", from " + s.signIn.Cloud.GraphSource},
		{"Cause", err.Err.Error()},
	}, tries(err.Attempts)...)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled before Microsoft Graph answered.%s", a, a.afterwards())+about)
	case err.Stopped != nil && errors.Is(err.Err, context.DeadlineExceeded):
		return diag.NewErrorDiagnostic("Microsoft Graph Too Slow", fmt.Sprintf(
			"%s failed: no answer came in the time allowed.%s%s", a, a.longer(), a.afterwards())+about)
	case errors.Is(err.Stopped, graph.ErrStopped):
		return diag.NewErrorDiagnostic("Microsoft Graph Busy", fmt.Sprintf(
			"%s failed: no answer came at first, and it was not tried again because of what went wrong with others.%s", a, a.afterwards())+about)
	case untrusted:
		return diag.NewErrorDiagnostic("Microsoft Graph Not Trusted", fmt.Sprintf(
			"%s failed: the host's certificate is not trusted. Where a proxy inspects TLS, add its authority to the system's trust store, "+
				"or name a bundle in SSL_CERT_FILE.", a)+about)
	default:
		return diag.NewErrorDiagnostic("Microsoft Graph Unreachable", fmt.Sprintf(
			"%s failed: no whole answer came. Check the network, the proxy (HTTPS_PROXY, NO_PROXY), and the host.%s", a, a.afterwards())+about)
	}
}

func (s *session) explainAnswer(ctx context.Context, a attempt, err *graph.Error) diag.Diagnostic {
	about := facts([][2]string{
		{"User", a.userID},
		{"Group", a.groupID},
		{"Filter", a.filter},
		{"Status code", fmt.Sprintf("%d %s", err.StatusCode, http.StatusText(err.StatusCode))},
		{"Error code", err.Code},
		{"Message", err.Message},
		{"Request ID", err.RequestID},
		{"Client request ID", err.ClientRequestID},
	}, tries(err.Attempts)...)
	switch {
	case err.StatusCode == http.StatusUnauthorized && !errors.Is(err.Stopped, graph.ErrStopped):
		return diag.NewErrorDiagnostic("Access Token Refused", fmt.Sprintf(
			"%s failed: Microsoft Graph refused the access token. Check that graph_endpoint, authority_host and the tenant belong together, "+
				"and that the identity's own sessions were not ended.", a)+facts(s.signInFacts(ctx))+about)
	case err.StatusCode == http.StatusForbidden:
		return diag.NewErrorDiagnostic(forbiddenSummary(a), fmt.Sprintf("%s failed: it is not permitted. %s", a, s.remedy(ctx, a))+about)
	case !a.calling && userKey(a.userID) == graph.Me && err.StatusCode == http.StatusBadRequest:
		return withoutMe(about)
	case a.calling && !a.batch && a.action.Beta() && err.CallNotServed():
		return diag.NewAttributeErrorDiagnostic(path.Root("graph_action"), "Beta Call Not Available", fmt.Sprintf(
			"%s failed: this Microsoft Graph does not serve the call, which is in beta only. "+
				"Set graph_action = %q, which is generally available.", a, graph.RevokeSignInSessions)+about)
	case a.filter != "" && err.StatusCode == http.StatusBadRequest:
		return diag.NewAttributeErrorDiagnostic(a.path(), "Filter Refused", fmt.Sprintf(
			"%s failed: Microsoft Graph does not take the filter. It is an OData expression on the properties of users, such as \"department eq 'Finance'\".", a)+about)
	case err.NotFound() && !a.batch:
		return notFound(a, about)
	case errors.Is(ctx.Err(), context.Canceled):
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled while waiting to try again.%s", a, a.afterwards())+about)
	case errors.Is(err.Stopped, graph.ErrStopped):
		return diag.NewErrorDiagnostic("Microsoft Graph Busy", fmt.Sprintf(
			"%s failed: Microsoft Graph refused at first, and it was not tried again because of what went wrong with others.%s", a, a.afterwards())+about)
	case err.Stopped != nil:
		return diag.NewErrorDiagnostic("Microsoft Graph Busy", fmt.Sprintf(
			"%s failed: Microsoft Graph still refused when the time allowed was used up.%s", a, a.longer())+about)
	default:
		return diag.NewErrorDiagnostic("Unexpected Answer from Microsoft Graph", fmt.Sprintf(
			"%s failed: the answer is none that is known. Where it has a request id, Microsoft's support can look it up; where it has none, it may be that of a proxy.", a)+about)
	}
}

func notFound(a attempt, about string) diag.Diagnostic {
	if a.groupID != "" {
		return diag.NewAttributeErrorDiagnostic(a.path(), "Group Not Found", fmt.Sprintf("%s failed: the group does not exist, or was deleted.", a)+about)
	}
	return diag.NewAttributeErrorDiagnostic(a.path(), "User Not Found", fmt.Sprintf(
		"%s failed: the user does not exist, or was deleted. Users are found by object id or user principal name only; "+
			"a mail address that differs from the user principal name is not a key.", a)+about)
}

// withoutMe is the error of `me` where nobody is signed in.
func withoutMe(about string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("user_id"), "No Signed-In User",
		"\"me\" is the user who is signed in, and an application signs in without one. Name the user by object id or user principal name, "+
			"or sign in as a user."+about)
}

func forbiddenSummary(a attempt) string {
	switch {
	case a.calling:
		return "Token Invalidation Not Permitted"
	case a.groupID != "":
		return "Reading Groups Not Permitted"
	default:
		return "Reading Users Not Permitted"
	}
}

// remedy tells what a refused attempt needs, and what the token has.
func (s *session) remedy(ctx context.Context, a attempt) string {
	parts := []string{fmt.Sprintf("It needs the permission %s.", a.permission())}
	principal, err := s.signIn.Principal(ctx)
	switch {
	case err != nil:
	case principal.Application:
		parts = append(parts, fmt.Sprintf("The access token's application permissions (roles) are: %s.", listing(principal.Roles)))
	default:
		parts = append(parts, fmt.Sprintf("The access token's delegated permissions (scp) are: %s.", listing(principal.Scopes)))
	}
	parts = append(parts, "Permissions need an administrator's consent, and reach new access tokens only.")
	if a.calling {
		if err != nil || !principal.Application {
			parts = append(parts, "A signed-in user also needs a role: Directory Writers, Helpdesk Administrator, Authentication Administrator, "+
				"Privileged Authentication Administrator, User Administrator, or a custom role with microsoft.directory/users/invalidateAllRefreshTokens.")
		}
		parts = append(parts, "For users who are administrators, a higher role is needed.")
	}
	switch {
	case s.signIn.FixedPermissions && a.calling:
		parts = append(parts, fmt.Sprintf("The permissions of %s are fixed: try graph_action = %q, or sign in as an application.", s.signIn.Method, graph.RevokeSignInSessions))
	case s.signIn.FixedPermissions:
		parts = append(parts, fmt.Sprintf("The permissions of %s are fixed: sign in as an application.", s.signIn.Method))
	}
	return strings.Join(parts, " ")
}

func listing(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// signInFacts are those of the settings, and of the access token where the settings have none.
func (s *session) signInFacts(ctx context.Context) [][2]string {
	known := [][2]string{{"Sign-in method", s.signIn.Method}, {"Tenant", s.signIn.TenantID}, {"Client ID", s.signIn.ClientID}}
	if s.signIn.TenantID == "" || s.signIn.ClientID == "" {
		principal, _ := s.signIn.Principal(ctx) // Without a token, there is nothing more to tell.
		known[1][1] = cmp.Or(s.signIn.TenantID, principal.TenantID)
		known[2][1] = cmp.Or(s.signIn.ClientID, principal.ClientID)
	}
	return known
}

// tries tells how hard it was tried, where that was more than once.
func tries(attempts graph.Attempts) [][2]string {
	if attempts.Tries < 2 {
		return nil
	}
	return [][2]string{{"Tries", fmt.Sprintf("%d in %s", attempts.Tries, attempts.Elapsed.Round(time.Second))}}
}

// facts lays out what is known, one to a line below the text, and nothing where nothing is known.
func facts(known [][2]string, more ...[2]string) string {
	lines := ""
	for _, fact := range append(known, more...) {
		if fact[1] != "" {
			lines += "\n" + fact[0] + ": " + fact[1]
		}
	}
	if lines == "" {
		return ""
	}
	return "\n" + lines
}
