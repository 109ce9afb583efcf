// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// tenant is an invented tenant with the application that Terraform signs in as, users, and a group that has them all. leaver is the
// one whom the demo signs out.
type tenant struct {
	server      *graphtest.Server
	application graphtest.Application
	leaver      graphtest.User
	others      []graphtest.User
	group       graphtest.Group
	client      *http.Client
}

func openTenant() (*tenant, error) {
	server, err := graphtest.NewServer(graphtest.Options{})
	if err != nil {
		return nil, err
	}
	user := func(name, userType, displayName string) graphtest.User {
		return server.AddUser(graphtest.User{
			UserPrincipalName: name + "@" + graphtest.TenantDomain,
			DisplayName:       displayName,
			UserType:          userType,
			AccountEnabled:    true,
		})
	}
	t := &tenant{
		server:      server,
		application: server.AddApplication(graphtest.Application{Roles: []string{"GroupMember.Read.All", "User.Read.All", "User.RevokeSessions.All"}}),
		leaver:      user("robin", "Member", "Robin Leaver"),
		others: []graphtest.User{
			user("sam", "Member", "Sam Stayer"),
			user("ana_fabrikam.com#EXT#", "Guest", "Ana Guest"),
		},
		client: &http.Client{Transport: server.Transport()},
	}
	t.group = server.AddGroup(graphtest.Group{DisplayName: "Finance", Members: []string{t.leaver.ID, t.others[0].ID, t.others[1].ID}})
	return t, nil
}

func (t *tenant) close() {
	t.client.CloseIdleConnections()
	t.server.Close()
}

// settings are the variables that point the provider to this tenant.
func (t *tenant) settings() [][2]string {
	return [][2]string{
		{"ARM_TENANT_ID", t.server.TenantID()},
		{"ARM_CLIENT_ID", t.application.ClientID},
		{"ARM_CLIENT_SECRET", t.application.Secret},
		{"GRAPH_ENDPOINT", t.server.URL()},
		{"AZURE_AUTHORITY_HOST", t.server.URL()},
	}
}

// redemption is Entra's answer to a refresh token.
type redemption struct {
	Status      int    `json:"-"`
	AccessToken string `json:"access_token"`
	Kind        string `json:"error"`
	Description string `json:"error_description"`
}

// What may come of a redemption: an access token, or the refusal of a refresh token that was issued before the user's
// instant.
const (
	accepted = "accepted"
	revoked  = "AADSTS50173"
)

// outcome is accepted, or the code of Entra's refusal.
func (r redemption) outcome() string {
	if r.AccessToken != "" {
		return accepted
	}
	code, _, _ := strings.Cut(r.Description, ":")
	return code
}

// redeem asks for an access token in exchange for a user's refresh token, as the application that the user signed in
// to does.
func (t *tenant) redeem(ctx context.Context, refreshToken string) (redemption, error) {
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"client_id":     {graphtest.PublicClientID},
		"refresh_token": {refreshToken},
		"scope":         {t.server.URL() + "/.default"},
	}
	endpoint := t.server.URL() + "/" + t.server.TenantID() + "/oauth2/v2.0/token"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return redemption{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := t.client.Do(request)
	if err != nil {
		return redemption{}, err
	}
	defer response.Body.Close()

	answer := redemption{Status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return redemption{}, fmt.Errorf("reading Entra's answer: %w", err)
	}
	return answer, nil
}

// traffic is what the tenant was sent.
type traffic struct {
	graph  []graphtest.Request
	tokens int
}

// watch returns what the tenant was sent while do ran.
func (t *tenant) watch(do func() error) (traffic, error) {
	t.server.ForgetRequests()
	err := do()
	return traffic{graph: t.server.GraphRequests(), tokens: len(t.server.TokenRequests())}, err
}

// methods are those of the requests to Graph, in order.
func (t traffic) methods() string {
	methods := make([]string, 0, len(t.graph))
	for _, request := range t.graph {
		methods = append(methods, request.Method)
	}
	return strings.Join(methods, ", ")
}

// nextSecond waits until this second is over. Entra's instants have whole seconds: what was issued in the second of the
// call is not refused.
func nextSecond(ctx context.Context) error {
	for second := time.Now().Unix(); time.Now().Unix() == second; {
		if err := (graph.SystemClock{}).Sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
