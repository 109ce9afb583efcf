// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// graphApplicationID is the id of Microsoft Graph itself, the same in every tenant.
const graphApplicationID = "00000003-0000-0000-c000-000000000000"

const (
	requestIDHeader       = "request-id"
	clientRequestIDHeader = "client-request-id"
	resourceUnitHeader    = "x-ms-resource-unit"
	graphJSON             = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	diagnostic            = `{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"AM000000000"}}`
)

// isGraph tells requests to Graph from those for signing in, which share one host here.
func isGraph(r *http.Request) bool {
	return !isEntraPath(r.URL.EscapedPath()) && !IDTokenRequest(r) && !ManagedIdentityRequest(r)
}

// root is the Graph root and authority host under which the client knows the server.
func root(r *http.Request) string {
	return "https://" + r.Host
}

func setGraphHeaders(h http.Header, r *http.Request) {
	id := uuid.NewString()
	clientID := r.Header.Get(clientRequestIDHeader)
	if clientID == "" {
		clientID = id
	}
	h.Set("Cache-Control", "no-cache")
	h.Set(requestIDHeader, id)
	h.Set(clientRequestIDHeader, clientID)
	h.Set("x-ms-ags-diagnostic", diagnostic)
	h.Set(resourceUnitHeader, "1")
}

func writeGraphJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", graphJSON)
	w.Header().Set("OData-Version", "4.0")
	writeJSON(w, status, body)
}

// writePlainJSON answers with body as the services other than Graph do.
func writePlainJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeJSON(w, status, body)
}

// writeJSON answers with body. A write that fails belongs to a client that is gone.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body)
}

// call is a request to Graph whose caller and target are known.
type call struct {
	resource
	request *http.Request
	caller  caller
}

// reply is a successful answer of Graph. A nil body is none.
type reply struct {
	status int
	body   any
}

// operation serves one kind of call.
type operation func(*Server, call) (reply, *graphError)

// operations returns the verbs of a kind of resource.
func operations(k kind) map[string]operation {
	switch k {
	case userCollection:
		return map[string]operation{http.MethodGet: (*Server).listUsers, http.MethodPost: (*Server).createUser}
	case singleUser:
		return map[string]operation{
			http.MethodGet: (*Server).getUser, http.MethodPatch: (*Server).updateUser, http.MethodDelete: (*Server).deleteUser,
		}
	case userAction:
		return map[string]operation{http.MethodPost: (*Server).invokeAction}
	case singleGroup:
		return map[string]operation{http.MethodGet: (*Server).getGroup}
	case transitiveMembers:
		return map[string]operation{http.MethodGet: (*Server).listTransitiveMembers}
	case batch:
		return map[string]operation{http.MethodPost: (*Server).serveBatch}
	default:
		return nil
	}
}

// serveGraph stands for Graph with the HTTP server in front of it.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	if lacksLength(r) {
		w.Header().Set("Content-Type", "text/html; charset=us-ascii")
		w.WriteHeader(http.StatusLengthRequired)
		_, _ = io.WriteString(w, lengthRequired)
		return
	}
	s.serveCall(w, r)
}

// serveCall serves a request of its own or a part of a batch.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request) {
	answer, failure := s.callGraph(w.Header(), r)
	if failure != nil {
		writeGraphError(w, *failure)
		return
	}
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return
	}
	writeGraphJSON(w, answer.status, answer.body)
}

// lacksLength reports whether a request that may have a body says neither how long it is nor that it is chunked.
func lacksLength(r *http.Request) bool {
	return mayHaveBody(r.Method) && r.Header.Get("Content-Length") == "" && len(r.TransferEncoding) == 0
}

func mayHaveBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPatch || method == http.MethodPut
}

// callGraph checks in Graph's order: who calls, what is there to call, what the caller may do. Whether the user
// exists is for the operation to find out, after that. What the call costs goes into the answer's headers.
func (s *Server) callGraph(h http.Header, r *http.Request) (reply, *graphError) {
	authenticated, failure := s.authenticate(r)
	if failure != nil {
		return reply{}, failure
	}
	target, failure := parsePath(r.URL.EscapedPath())
	if failure != nil {
		return reply{}, failure
	}
	verbs := operations(target.kind)
	serve, ok := verbs[r.Method]
	if !ok {
		return reply{}, methodNotAllowed(slices.Sorted(maps.Keys(verbs)))
	}
	if target.me {
		if authenticated.application {
			return reply{}, badRequest("BadRequest", "/me request is only valid with delegated authentication flow.")
		}
		target.key = authenticated.objectID
	}
	c := call{resource: target, request: r, caller: authenticated}
	price := c.cost()
	if failure := s.throttle(price); failure != nil {
		return reply{}, failure
	}
	h.Set(resourceUnitHeader, strconv.Itoa(max(price.units, 1)))
	return serve(s, c)
}

// authenticate verifies the bearer token: signature, audience and lifetime. Continuous access evaluation is not
// enforced, so a token outlives the revocation of its user's sessions until it expires.
func (s *Server) authenticate(r *http.Request) (caller, *graphError) {
	token := bearerToken(r)
	if token == "" {
		return caller{}, unauthenticated(root(r), "Access token is empty.")
	}
	c, err := s.verify(token, root(r))
	if err != nil {
		return caller{}, unauthenticated(root(r), tokenFailure(err))
	}
	if user, ok := s.directory.find(c.objectID, primary); ok && !c.application {
		c.roles = user.DirectoryRoles
	}
	return c, nil
}

// bearerToken returns the token of the Authorization header, "" where there is none.
func bearerToken(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func tokenFailure(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format. (JWS): 'EncodedHeader.EncodedPayload.EncodedSignature'. (JWE): 'EncodedProtectedHeader.EncodedEncryptedKey.EncodedInitializationVector.EncodedCiphertext.EncodedAuthenticationTag'."
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return "Access token validation failure. Invalid audience."
	case errors.Is(err, jwt.ErrTokenExpired):
		return "Lifetime validation failed, the token is expired."
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "Access token has expired or is not yet valid."
	default:
		return "Signature is invalid."
	}
}

// permit refuses a caller who may not do what needs this to the call's user, whether or not that user exists.
func (s *Server) permit(c call, needed requirement) *graphError {
	if !c.caller.mayDo(needed, s.isOneself(c)) {
		return denied(needed.refusal)
	}
	return nil
}

// permitOn refuses a caller who may not do it to this very user, an administrator.
func (s *Server) permitOn(c call, needed requirement, target account) *graphError {
	if !s.isOneself(c) && !c.caller.mayReach(needed, target.DirectoryRoles) {
		return denied(needed.refusal)
	}
	return nil
}

func (s *Server) isOneself(c call) bool {
	if c.caller.application {
		return false
	}
	oneself, ok := s.directory.find(c.caller.objectID, primary)
	return ok && oneself.isCalled(c.key) || strings.EqualFold(c.caller.objectID, c.key)
}

// jsonObject reads the request's body; one of length 0 is an empty object.
func jsonObject(r *http.Request) (map[string]any, *graphError) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, unreadablePayload()
	}
	if len(body) == 0 {
		return nil, nil
	}
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return nil, unreadablePayload()
	}
	return object, nil
}

func isJSON(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}
