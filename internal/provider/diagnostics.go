// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

const (
	readPermission       = "User.Read.All"
	invalidatePermission = "User.RevokeSessions.All"
)

// attempt is what was tried, on whom.
type attempt struct {
	// calling is set for the call that ends sessions, and not for reading.
	calling bool
	// userID is the user as the configuration or the state names it.
	userID string
	action graph.Action
	// timeout names the attribute of the timeouts block that bounded it.
	timeout string
}

func (a attempt) String() string {
	if a.calling {
		return fmt.Sprintf("Calling %s for user %q", a.action, a.userID)
	}
	return fmt.Sprintf("Reading user %q", a.userID)
}

func (a attempt) permission() string {
	if a.calling {
		return invalidatePermission
	}
	return readPermission
}

// explain tells why an attempt failed and what to do.
func (s *session) explain(ctx context.Context, a attempt, err error) diag.Diagnostic {
	if failed, ok := errors.AsType[*graph.SignInError](err); ok {
		return s.explainSignIn(a, failed.Err)
	}
	if unreachable, ok := errors.AsType[*graph.UnreachableError](err); ok {
		return s.explainUnreachable(a, unreachable)
	}
	if refused, ok := errors.AsType[*graph.Error](err); ok {
		return s.explainAnswer(ctx, a, refused)
	}
	return diag.NewErrorDiagnostic("Unexpected Error", fmt.Sprintf("%s failed: %s.", a, err))
}

func (s *session) explainSignIn(a attempt, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Sign-In Failed", fmt.Sprintf(
		"%s was not possible: signing in with %s failed. Check the credential and the tenant.", a, s.signIn.Method)+
		facts(s.signInFacts(), [2]string{"Authority", s.signIn.Cloud.AuthorityHost + ", from " + s.signIn.Cloud.AuthoritySource})+
		"\n\n"+auth.Failure(err))
}

func (s *session) explainUnreachable(a attempt, err *graph.UnreachableError) diag.Diagnostic {
	about := facts([][2]string{
		{"Host", err.Host + ", from " + s.signIn.Cloud.GraphSource},
		{"Cause", err.Err.Error()},
	}, tries(err.Attempts)...)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(err.Stopped, context.Canceled):
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled before Microsoft Graph answered.", a)+about)
	case untrusted:
		return diag.NewErrorDiagnostic("Microsoft Graph Not Trusted", fmt.Sprintf(
			"%s failed: the host's certificate is not trusted. Where a proxy inspects TLS, add its authority to the system's trust store, "+
				"or name a bundle in SSL_CERT_FILE.", a)+about)
	default:
		return diag.NewErrorDiagnostic("Microsoft Graph Unreachable", fmt.Sprintf(
			"%s failed: no answer came. Check the network, the proxy (HTTPS_PROXY, NO_PROXY), and the host.", a)+about)
	}
}

func (s *session) explainAnswer(ctx context.Context, a attempt, err *graph.Error) diag.Diagnostic {
	about := facts([][2]string{
		{"User", a.userID},
		{"Status code", fmt.Sprintf("%d %s", err.StatusCode, http.StatusText(err.StatusCode))},
		{"Error code", err.Code},
		{"Message", err.Message},
		{"Request ID", err.RequestID},
		{"Client request ID", err.ClientRequestID},
	}, tries(err.Attempts)...)
	switch {
	case err.StatusCode == http.StatusUnauthorized:
		return diag.NewErrorDiagnostic("Access Token Refused", fmt.Sprintf(
			"%s failed: Microsoft Graph refused the access token. Check that graph_endpoint, authority_host and the tenant belong together, "+
				"and that the identity's own sessions were not ended.", a)+facts(s.signInFacts())+about)
	case err.StatusCode == http.StatusForbidden:
		return diag.NewErrorDiagnostic(forbiddenSummary(a), fmt.Sprintf("%s failed: it is not permitted. %s", a, s.remedy(ctx, a))+about)
	case graph.Key(a.userID) == graph.Me && err.StatusCode == http.StatusBadRequest:
		return withoutMe(about)
	case a.calling && a.action.Beta() && (err.StatusCode == http.StatusBadRequest || err.StatusCode == http.StatusMethodNotAllowed):
		return diag.NewAttributeErrorDiagnostic(path.Root("graph_action"), "Beta Call Not Available", fmt.Sprintf(
			"%s failed: this Microsoft Graph does not serve the call, which is in beta only. "+
				"Set graph_action = %q, which is generally available.", a, graph.RevokeSignInSessions)+about)
	case err.NotFound():
		return userNotFound(a, about)
	case errors.Is(err.Stopped, context.Canceled):
		return diag.NewErrorDiagnostic("Cancelled", fmt.Sprintf("%s was cancelled while waiting to try again.", a)+about)
	case err.Stopped != nil:
		return diag.NewErrorDiagnostic("Microsoft Graph Busy", fmt.Sprintf(
			"%s failed: Microsoft Graph asked to wait for longer than allowed. Raise timeouts.%s, or apply fewer users at once.", a, a.timeout)+about)
	default:
		return diag.NewErrorDiagnostic("Unexpected Answer from Microsoft Graph", fmt.Sprintf(
			"%s failed: the answer is none that is known. Microsoft's support can look it up by the request id.", a)+about)
	}
}

func userNotFound(a attempt, about string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("user_id"), "User Not Found", fmt.Sprintf(
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
	if a.calling {
		return "Token Invalidation Not Permitted"
	}
	return "Reading Users Not Permitted"
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
	if s.signIn.Method == auth.AzureCLI {
		parts = append(parts, fmt.Sprintf("The Azure CLI's permissions are fixed: try graph_action = %q, or sign in as an application.", graph.RevokeSignInSessions))
	}
	return strings.Join(parts, " ")
}

func listing(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (s *session) signInFacts() [][2]string {
	return [][2]string{{"Sign-in method", s.signIn.Method}, {"Tenant", s.signIn.TenantID}, {"Client ID", s.signIn.ClientID}}
}

// tries tells how hard it was tried, where that was more than once.
func tries(attempts graph.Attempts) [][2]string {
	if attempts.Tries < 2 {
		return nil
	}
	return [][2]string{{"Tries", fmt.Sprintf("%d in %s", attempts.Tries, attempts.Elapsed.Round(time.Second))}}
}

// facts lays out what is known, one to a line below the text.
func facts(known [][2]string, more ...[2]string) string {
	lines := "\n"
	for _, fact := range append(known, more...) {
		if fact[1] != "" {
			lines += "\n" + fact[0] + ": " + fact[1]
		}
	}
	return lines
}
