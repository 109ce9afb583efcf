// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

const (
	pipelineService = "/_apis/distributedtask/hubs/"
	pipelineSignIn  = "/_signin"
	// tokenExchange is the audience of a service connection's tokens.
	tokenExchange = "api://AzureADTokenExchange"
	// pipelineSubject is the subject of a token for the pipeline itself, without a service connection.
	pipelineSubject = "p://contoso/identity/offboarding"
)

// AddPipeline starts a job of Azure Pipelines that may use the service connection. It returns what the job finds in
// SYSTEM_OIDCREQUESTURI, a URL without a query, and in SYSTEM_ACCESSTOKEN. Tokens for the service connection have this
// issuer and subject.
func (s *Server) AddPipeline(serviceConnectionID, issuer, subject string) (requestURI, accessToken string) {
	path := fmt.Sprintf("/contoso/%s%sbuild/plans/%s/jobs/%s/oidctoken", uuid.NewString(), pipelineService, uuid.NewString(), uuid.NewString())
	accessToken = rand.Text()
	s.jobs.add(path, job{token: accessToken, issuer: issuer, subject: subject, connection: serviceConnectionID})
	return s.url + path, accessToken
}

func isPipelinePath(escaped string) bool {
	return strings.Contains(escaped, pipelineService) || escaped == pipelineSignIn
}

// servePipeline answers for Azure DevOps: Oidctoken - Create of its REST API, and the page to which it sends whoever is
// not signed in.
func (s *Server) servePipeline(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == pipelineSignIn {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head><body></body></html>\n")
		return
	}
	asking, ok := s.jobs.find(r.URL.EscapedPath())
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case bearerToken(r) != asking.token:
		s.refusePipeline(w, r)
	case r.Method != http.MethodPost:
		writeWrapped(w, http.StatusMethodNotAllowed, map[string]any{
			"Message": fmt.Sprintf("The requested resource does not support http method '%s'.", r.Method),
		})
	case !r.URL.Query().Has("api-version"):
		writeVersionNotSpecified(w, r.Method)
	default:
		s.writePipelineToken(w, r.URL.Query().Get("serviceConnectionId"), asking)
	}
}

// refusePipeline sends whoever is not signed in to a page for people, unless the request says that it comes from a
// program.
func (s *Server) refusePipeline(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("X-TFS-FedAuthRedirect"), "Suppress") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Location", s.url+pipelineSignIn+"?realm=dev.azure.com&reply_to="+url.QueryEscape(s.url+r.URL.EscapedPath()))
	w.WriteHeader(http.StatusFound)
}

func (s *Server) writePipelineToken(w http.ResponseWriter, connection string, asking job) {
	subject := asking.subject
	switch {
	case connection == "":
		subject = pipelineSubject
	case !strings.EqualFold(connection, asking.connection):
		writeWrapped(w, http.StatusBadRequest, fmt.Sprintf("There is no explicit reference to service connection %s from current stage __default.", connection))
		return
	}
	token := s.IDToken(IDToken{Issuer: asking.issuer, Subject: subject, Audience: tokenExchange})
	writePlainJSON(w, http.StatusOK, map[string]any{"oidcToken": token})
}

// writeWrapped answers with a message in the envelope that Azure DevOps has for lists.
func writeWrapped(w http.ResponseWriter, status int, message any) {
	count := 1
	if text, ok := message.(string); ok {
		count = len(text)
	}
	writePlainJSON(w, status, map[string]any{"count": count, "value": message})
}

func writeVersionNotSpecified(w http.ResponseWriter, method string) {
	writePlainJSON(w, http.StatusBadRequest, map[string]any{
		"$id": "1",
		"message": fmt.Sprintf("No api-version was supplied for the \"%s\" request. The version must be supplied either as part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").",
			method),
		"typeKey":   "VssVersionNotSpecifiedException",
		"errorCode": 0,
		"eventId":   3000,
	})
}
