// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

const (
	workflowPrefix = "/idtoken/"
	// workflowOwner is the URL of the organization that the workflows run in: the audience where none is asked for.
	workflowOwner = "https://github.com/contoso"
)

// AddWorkflow starts a job of GitHub Actions that has the permission to write ID tokens. It returns what the job finds
// in ACTIONS_ID_TOKEN_REQUEST_URL, a URL that has a query already, and in ACTIONS_ID_TOKEN_REQUEST_TOKEN. The job gets
// tokens of this issuer and subject, each with the audience that it asks for.
func (s *Server) AddWorkflow(issuer, subject string) (requestURL, requestToken string) {
	path := workflowPrefix + uuid.NewString() + "/" + uuid.NewString()
	requestToken = rand.Text()
	s.jobs.add(path, job{token: requestToken, issuer: issuer, subject: subject})
	return s.url + path + "?api-version=2.0", requestToken
}

func isWorkflowPath(escaped string) bool {
	return strings.HasPrefix(escaped, workflowPrefix)
}

// serveWorkflow answers for GitHub's token endpoint, as the page OpenID Connect reference of GitHub Actions has it.
func (s *Server) serveWorkflow(w http.ResponseWriter, r *http.Request) {
	asking, ok := s.jobs.find(r.URL.EscapedPath())
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case bearerToken(r) != asking.token:
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		audience = workflowOwner
	}
	token := s.IDToken(IDToken{Issuer: asking.issuer, Subject: asking.subject, Audience: audience})
	writePlainJSON(w, http.StatusOK, map[string]any{"count": len(token), "value": token})
}
