// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// isEntraPath knows the endpoints of Entra by what follows the tenant.
func isEntraPath(escaped string) bool {
	_, endpoint := splitTenant(escaped)
	return strings.HasPrefix(endpoint, "v2.0/") || strings.HasPrefix(endpoint, "oauth2/") || strings.HasPrefix(endpoint, "discovery/")
}

func isTokenPath(escaped string) bool {
	_, endpoint := splitTenant(escaped)
	return endpoint == tokenEndpoint
}

func splitTenant(escaped string) (tenant, endpoint string) {
	tenant, endpoint, _ = strings.Cut(strings.TrimPrefix(escaped, "/"), "/")
	return tenant, endpoint
}

// traceIDHeader is the name under which Entra tells its own id of a request.
const traceIDHeader = "x-ms-request-id"

const (
	metadataEndpoint = "v2.0/.well-known/openid-configuration"
	keysEndpoint     = "discovery/v2.0/keys"
	tokenEndpoint    = "oauth2/v2.0/token"
)

var endpoints = []string{metadataEndpoint, keysEndpoint, tokenEndpoint}

// openIDScopes ask for something other than a permission. Microsoft's authentication libraries add them to every
// request, an application's own too.
var openIDScopes = []string{"openid", "profile", "email", "offline_access"}

func isOpenIDScope(scope string) bool {
	return slices.Contains(openIDScopes, scope)
}

func setEntraHeaders(h http.Header, r *http.Request) {
	correlation := r.Header.Get(clientRequestIDHeader)
	if correlation == "" {
		correlation = uuid.NewString()
	}
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set(traceIDHeader, uuid.NewString())
	h.Set(clientRequestIDHeader, correlation)
}

// serveEntra answers for Microsoft Entra. Instance discovery is not served: clients of other than Microsoft's own
// authorities switch it off.
func (s *Server) serveEntra(w http.ResponseWriter, r *http.Request) {
	tenant, endpoint := splitTenant(r.URL.EscapedPath())
	if !slices.Contains(endpoints, endpoint) {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, failure := s.callEntra(r, tenant, endpoint)
	if failure != nil {
		writeEntraError(w, r, *failure)
		return
	}
	writePlainJSON(w, http.StatusOK, body)
}

func (s *Server) callEntra(r *http.Request, tenant, endpoint string) (any, *entraError) {
	known := strings.EqualFold(tenant, s.tenantID) || strings.EqualFold(tenant, TenantDomain)
	switch {
	case !known && endpoint == tokenEndpoint:
		return nil, unknownTenant("invalid_request", tenant)
	case !known:
		return nil, unknownTenant("invalid_tenant", tenant)
	case endpoint == metadataEndpoint:
		return s.metadata(root(r)), nil
	case endpoint == keysEndpoint:
		return s.signing.jwks(s.issuer(root(r))), nil
	default:
		return s.issueToken(r)
	}
}

func (s *Server) issuer(root string) string {
	return root + "/" + s.tenantID + "/v2.0"
}

// metadata is the OpenID Connect configuration. All its URLs name the tenant by id.
func (s *Server) metadata(root string) map[string]any {
	tenant := root + "/" + s.tenantID
	return map[string]any{
		"issuer":                                s.issuer(root),
		"authorization_endpoint":                tenant + "/oauth2/v2.0/authorize",
		"token_endpoint":                        tenant + "/" + tokenEndpoint,
		"device_authorization_endpoint":         tenant + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  tenant + "/oauth2/v2.0/logout",
		"jwks_uri":                              tenant + "/" + keysEndpoint,
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      openIDScopes,
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"msgraph_host":                          strings.TrimPrefix(root, "https://"),
		"request_uri_parameter_supported":       false,
		"http_logout_supported":                 true,
		"frontchannel_logout_supported":         true,
		"claims_supported": []string{
			"sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver",
			"at_hash", "c_hash", "email",
		},
	}
}

// tokenReply is the answer of the token endpoint.
type tokenReply struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

func (s *Server) issueToken(r *http.Request) (any, *entraError) {
	if r.Method != http.MethodPost {
		return nil, &entraError{http.StatusMethodNotAllowed, "invalid_request", 900561,
			fmt.Sprintf("The endpoint only accepts POST requests. Received a %s request.", r.Method)}
	}
	if err := r.ParseForm(); err != nil {
		return nil, malformed("invalid_request")
	}
	switch grantType := r.PostForm.Get("grant_type"); grantType {
	case "":
		return nil, missingParameter("grant_type")
	case "client_credentials":
		return s.redeemCredentials(r)
	case "refresh_token":
		return s.redeemRefreshToken(r)
	default:
		return nil, &entraError{http.StatusBadRequest, "unsupported_grant_type", 70003,
			fmt.Sprintf("The app requested an unsupported grant type '%s'.", grantType)}
	}
}

// redeemCredentials serves an application that signs in for itself.
func (s *Server) redeemCredentials(r *http.Request) (any, *entraError) {
	application, how, failure := s.authenticateApplication(r)
	if failure != nil {
		return nil, failure
	}
	if failure := checkDefaultScope(r.PostForm.Get("scope"), root(r)); failure != nil {
		return nil, failure
	}
	lifetime := int(application.tokenLifetime() / time.Second)
	return tokenReply{
		TokenType:    "Bearer",
		ExpiresIn:    lifetime,
		ExtExpiresIn: lifetime,
		AccessToken:  s.applicationToken(application, how, root(r)),
	}, nil
}

// authenticateApplication returns the application whose credential the request holds, and of which kind that is.
func (s *Server) authenticateApplication(r *http.Request) (Application, authentication, *entraError) {
	clientID, secret, failure := clientCredential(r)
	if failure != nil {
		return Application{}, "", failure
	}
	if clientID == "" {
		return Application{}, "", missingParameter("client_id")
	}
	application, ok := s.applications.find(clientID)
	switch {
	case !ok:
		return Application{}, "", unknownApplication(clientID)
	case r.PostForm.Get("client_assertion") != "":
		return application, withAssertion, s.checkAssertion(r, application)
	case secret == "":
		return Application{}, "", invalidClient(7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	default:
		return application, withSecret, checkSecret(secret, application)
	}
}

func checkSecret(secret string, a Application) *entraError {
	switch {
	case !a.hasSecret(secret):
		return invalidClient(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", a.ClientID)
	case a.SecretExpired:
		return invalidClient(7000222, "The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", a.ClientID)
	}
	return nil
}

// clientCredential reads id and secret from the form, or from HTTP Basic, where both are form-encoded (RFC 6749,
// section 2.3.1).
func clientCredential(r *http.Request) (clientID, secret string, failure *entraError) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret"), nil
	}
	clientID, idErr := url.QueryUnescape(user)
	secret, secretErr := url.QueryUnescape(password)
	if idErr != nil || secretErr != nil {
		return "", "", malformed("invalid_client")
	}
	return clientID, secret, nil
}

// checkDefaultScope accepts one scope of a resource: everything that this server's own Graph was consented to give.
func checkDefaultScope(scope, root string) *entraError {
	if scope == "" {
		return missingParameter("scope")
	}
	resources := slices.DeleteFunc(strings.Fields(scope), isOpenIDScope)
	if len(resources) != 1 || !strings.HasSuffix(resources[0], "/.default") {
		return &entraError{http.StatusBadRequest, "invalid_scope", 1002012,
			fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)}
	}
	if resource := strings.TrimSuffix(resources[0], "/.default"); resource != root {
		return unknownResource(resource)
	}
	return nil
}

// redeemRefreshToken serves a user who signed in before.
func (s *Server) redeemRefreshToken(r *http.Request) (any, *entraError) {
	form := r.PostForm
	switch {
	case form.Get("client_id") == "":
		return nil, missingParameter("client_id")
	case form.Get("client_id") != PublicClientID:
		return nil, s.refuseClient(form.Get("client_id"))
	case form.Has("client_secret") || form.Has("client_assertion"):
		return nil, invalidClient(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	case form.Get("refresh_token") == "":
		return nil, missingParameter("refresh_token")
	}
	held, ok := s.grants.find(form.Get("refresh_token"))
	if !ok {
		return nil, malformed("invalid_grant")
	}
	user, failure := s.checkGrant(held)
	if failure != nil {
		return nil, failure
	}
	if failure := checkDelegatedScopes(form.Get("scope"), root(r)); failure != nil {
		return nil, failure
	}
	lifetime := int(defaultTokenLifetime / time.Second)
	return tokenReply{
		TokenType:    "Bearer",
		Scope:        qualifyScopes(publicClientScopes, root(r)),
		ExpiresIn:    lifetime,
		ExtExpiresIn: lifetime,
		AccessToken:  s.userToken(user, root(r), publicClientScopes),
		RefreshToken: s.grants.issue(grant{userID: user.ID, issued: s.clock.Now()}),
	}, nil
}

// refuseClient is for clients that refresh tokens are not issued to.
func (s *Server) refuseClient(clientID string) *entraError {
	if _, ok := s.applications.find(clientID); !ok {
		return unknownApplication(clientID)
	}
	return &entraError{http.StatusBadRequest, "invalid_grant", 70000, "Provided grant is invalid or malformed."}
}

// checkGrant returns the user whom a refresh token may still sign in. It asks the primary replica.
func (s *Server) checkGrant(held grant) (User, *entraError) {
	user, ok := s.User(held.userID)
	switch {
	case !ok:
		return User{}, invalidGrant(50034, fmt.Sprintf("The user account {EmailHidden} does not exist in the %s directory. To sign into this application, the account must be added to the directory.", s.tenantID))
	case !user.AccountEnabled:
		return User{}, invalidGrant(50057, "The user account is disabled.")
	}
	validFrom := user.RefreshTokensValidFromDateTime
	if validFrom != nil && held.issued.Before(*validFrom) {
		return User{}, invalidGrant(50173, fmt.Sprintf("The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '%s' and the TokensValidFrom date (before which tokens are not valid) for this user is '%s'.",
			entraInstant(held.issued), entraInstant(*validFrom)))
	}
	return user, nil
}

// checkDelegatedScopes accepts permissions of this server's Graph that the public client has, with or without the
// resource in front, and none at all.
func checkDelegatedScopes(scopes, root string) *entraError {
	for scope := range strings.FieldsSeq(scopes) {
		resource, permission := "", scope
		if i := strings.LastIndex(scope, "/"); i >= 0 {
			resource, permission = scope[:i], scope[i+1:]
		}
		switch {
		case resource != "" && resource != root:
			return unknownResource(resource)
		case resource == "" && isOpenIDScope(permission), permission == ".default", slices.Contains(publicClientScopes, permission):
		default:
			return invalidGrant(65001, fmt.Sprintf("The user or administrator has not consented to use the application with ID '%s' named 'Microsoft Azure CLI'. Send an interactive authorization request for this user and resource.", PublicClientID))
		}
	}
	return nil
}

func qualifyScopes(scopes []string, root string) string {
	qualified := make([]string, 0, len(scopes))
	for _, scope := range scopes {
		qualified = append(qualified, root+"/"+scope)
	}
	return strings.Join(qualified, " ")
}

// entraError is an error answer of Entra; code is the number of its AADSTS code.
type entraError struct {
	status      int
	kind        string
	code        int
	description string
}

// text is the description with its code in front.
func (e entraError) text() string {
	return fmt.Sprintf("AADSTS%d: %s", e.code, e.description)
}

// writeEntraError answers with e. The headers that every answer of Entra carries are set already.
func writeEntraError(w http.ResponseWriter, r *http.Request, e entraError) {
	header := w.Header()
	traceID, correlationID := header.Get(traceIDHeader), header.Get(clientRequestIDHeader)
	timestamp := ""
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		timestamp = date.Format("2006-01-02 15:04:05Z")
	}
	writePlainJSON(w, e.status, map[string]any{
		"error": e.kind,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.text(), traceID, correlationID, timestamp),
		"error_codes":    []int{e.code},
		"timestamp":      timestamp,
		"trace_id":       traceID,
		"correlation_id": correlationID,
		"error_uri":      fmt.Sprintf("%s/error?code=%d", root(r), e.code),
	})
}

// entraStatus is the HTTP status that goes with a kind of error.
func entraStatus(kind string) int {
	if kind == "invalid_client" {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

func unknownTenant(kind, tenant string) *entraError {
	return &entraError{http.StatusBadRequest, kind, 90002,
		fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)}
}

func unknownApplication(clientID string) *entraError {
	return &entraError{http.StatusBadRequest, "unauthorized_client", 700016,
		fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", clientID, TenantDomain)}
}

func unknownResource(resource string) *entraError {
	return &entraError{http.StatusBadRequest, "invalid_resource", 500011,
		fmt.Sprintf("The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource, TenantDomain)}
}

func missingParameter(name string) *entraError {
	return &entraError{http.StatusBadRequest, "invalid_request", 900144,
		fmt.Sprintf("The request body must contain the following parameter: '%s'.", name)}
}

func malformed(kind string) *entraError {
	return &entraError{http.StatusBadRequest, kind, 9002313, "Invalid request. Request is malformed or invalid."}
}

func invalidClient(code int, format string, values ...any) *entraError {
	return &entraError{http.StatusUnauthorized, "invalid_client", code, fmt.Sprintf(format, values...)}
}

func invalidGrant(code int, description string) *entraError {
	return &entraError{http.StatusBadRequest, "invalid_grant", code, description}
}
