// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	appServicePath = "/msi/token"
	imdsPath       = "/metadata/identity/oauth2/token"

	appServiceVersion = "2019-08-01"
	imdsVersion       = "2018-02-01"

	// managedIdentityLifetime is how long the tokens of managed identities are valid, whatever asks for them.
	managedIdentityLifetime = 24 * time.Hour
)

// ManagedIdentity is an identity of the machine that a program runs on.
type ManagedIdentity struct {
	// ClientID is the application id, ObjectID the id of the service principal: the oid of its tokens.
	ClientID, ObjectID string
}

// AddManagedIdentity assigns an identity to the machine: a user-assigned one with this client id or, where that is
// empty, the system-assigned one, which gets an id of its own. Adding one again replaces it. The roles are the
// application permissions of Microsoft Graph that it was granted.
func (s *Server) AddManagedIdentity(clientID string, roles ...string) ManagedIdentity {
	a := Application{
		ClientID: clientID, ObjectID: uuid.NewString(), Roles: slices.Clone(roles), TokenLifetime: managedIdentityLifetime,
	}
	if clientID == "" {
		a.ClientID = uuid.NewString()
	}
	s.identities.put(clientID, a)
	return ManagedIdentity{ClientID: a.ClientID, ObjectID: a.ObjectID}
}

// AppServiceEndpoint returns what a program on App Service finds in IDENTITY_ENDPOINT and IDENTITY_HEADER.
func (s *Server) AppServiceEndpoint() (endpoint, header string) {
	return s.url + appServicePath, s.identities.header
}

// IMDSHost returns where the machine's Instance Metadata Service is served. Clients have its address, http://169.254.169.254, built
// in, and come here through a proxy.
func (s *Server) IMDSHost() string {
	return s.url
}

// managedIdentities are those of a machine.
type managedIdentities struct {
	header string // what a program on App Service shows to ask for a token

	mu       sync.Mutex
	assigned map[string]Application // by client id in lower case; the system-assigned one by ""
}

func (ms *managedIdentities) put(key string, a Application) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.assigned == nil {
		ms.assigned = make(map[string]Application)
	}
	ms.assigned[strings.ToLower(key)] = a
}

// find returns the identity with this client or object id, or the system-assigned one for none.
func (ms *managedIdentities) find(id string) (Application, bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if id == "" {
		system, ok := ms.assigned[""]
		return system, ok
	}
	for _, a := range ms.assigned {
		if strings.EqualFold(a.ClientID, id) || strings.EqualFold(a.ObjectID, id) {
			return a, true
		}
	}
	return Application{}, false
}

func (ms *managedIdentities) all() []Application {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	return slices.Collect(maps.Values(ms.assigned))
}

// identityID returns the id by which a query names an identity, "" where it names none. Resource ids name none that a
// server has.
func identityID(query url.Values) string {
	for _, name := range []string{"client_id", "object_id", "principal_id", "mi_res_id", "msi_res_id"} {
		if id := query.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// serveAppService answers for App Service: REST endpoint reference, on the page How to use managed identities for App
// Service and Azure Functions, which leaves errors out.
func (s *Server) serveAppService(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	identity, found := s.identities.find(identityID(query))
	switch {
	case r.Method != http.MethodGet:
		writeAppServiceError(w, http.StatusMethodNotAllowed, "The requested resource does not support http method '"+r.Method+"'.")
	case r.Header.Get("X-Identity-Header") != s.identities.header:
		writeAppServiceError(w, http.StatusUnauthorized, "Unauthorized: the X-IDENTITY-HEADER header is missing or wrong.")
	case query.Get("api-version") != appServiceVersion:
		writeAppServiceError(w, http.StatusBadRequest, "The api-version '"+query.Get("api-version")+"' is not supported.")
	case !found:
		writeAppServiceError(w, http.StatusBadRequest, "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.")
	case query.Get("resource") != s.url:
		failure := unknownResource(query.Get("resource"))
		writeAppServiceError(w, http.StatusBadRequest, failure.text())
	default:
		writePlainJSON(w, http.StatusOK, s.managedIdentityReply(identity))
	}
}

func writeAppServiceError(w http.ResponseWriter, status int, message string) {
	writePlainJSON(w, status, map[string]any{"statusCode": status, "message": message, "correlationId": uuid.NewString()})
}

// serveIMDS answers for the Instance Metadata Service: How to use managed identities on an Azure VM to acquire an
// access token, with the errors that it lists.
func (s *Server) serveIMDS(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case r.Header.Get("Metadata") != "true":
		writeIMDSError(w, "bad_request_102", "Required metadata header not specified")
		return
	case query.Get("api-version") < imdsVersion:
		writeIMDSError(w, "invalid_request", "The api-version is missing or not supported")
		return
	}
	identity, failure := s.metadataIdentity(identityID(query))
	switch {
	case failure != "":
		writeIMDSError(w, "invalid_request", failure)
	case query.Get("resource") != s.url:
		failure := unknownResource(query.Get("resource"))
		writeIMDSError(w, failure.kind, failure.text())
	default:
		reply := s.managedIdentityReply(identity)
		reply["expires_in"] = strconv.Itoa(int(managedIdentityLifetime / time.Second))
		writePlainJSON(w, http.StatusOK, reply)
	}
}

// metadataIdentity returns the identity with this id, or says why there is none. For none it is the system-assigned
// one, else the only user-assigned one.
func (s *Server) metadataIdentity(id string) (identity Application, failure string) {
	if identity, ok := s.identities.find(id); ok {
		return identity, ""
	}
	switch assigned := s.identities.all(); {
	case id != "" || len(assigned) == 0:
		return Application{}, "Identity not found"
	case len(assigned) > 1:
		return Application{}, "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"
	default:
		return assigned[0], ""
	}
}

func writeIMDSError(w http.ResponseWriter, kind, description string) {
	writePlainJSON(w, http.StatusBadRequest, map[string]any{"error": kind, "error_description": description})
}

// managedIdentityReply is the answer with a new token. Its numbers are texts.
func (s *Server) managedIdentityReply(a Application) map[string]any {
	now := s.clock.Now()
	return map[string]any{
		"access_token": s.applicationToken(a, withAssertion, s.url),
		"client_id":    a.ClientID,
		"expires_on":   strconv.FormatInt(now.Add(managedIdentityLifetime).Unix(), 10),
		"not_before":   strconv.FormatInt(now.Unix(), 10),
		"resource":     s.url,
		"token_type":   "Bearer",
	}
}
