// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/provider"
)

// address is that of the resource in most tests' configurations.
const address = "graph_user_token_invalidation.test"

// instantAttribute is the attribute that holds a user's instant.
const instantAttribute = "refresh_tokens_valid_from_date_time"

// tenant is a Microsoft tenant of a test's own, with an application that the provider signs in as, on a clock that
// waits for nothing. Without a clock it is on the wall clock.
type tenant struct {
	*graphtest.Server
	clock *graphtest.VirtualClock
	app   graphtest.Application
	// timing is the clock of the provider; nil is the tenant's.
	timing graph.Clock
	// network is what lies between the provider and the tenant; nil is a sound one.
	network http.RoundTripper

	mu        sync.Mutex
	variables map[string]string
}

// newTenant starts a tenant whose application has the permissions that the provider needs, or the ones given.
func newTenant(t *testing.T, permissions ...string) *tenant {
	t.Helper()
	if permissions == nil {
		permissions = []string{"User.Read.All", "User.RevokeSessions.All"}
	}
	clock := graphtest.NewClock()
	server, err := graphtest.NewServer(graphtest.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	app := server.AddApplication(graphtest.Application{Roles: permissions})
	return &tenant{Server: server, clock: clock, app: app, variables: map[string]string{
		"ARM_TENANT_ID":        server.TenantID(),
		"ARM_CLIENT_ID":        app.ClientID,
		"ARM_CLIENT_SECRET":    app.Secret,
		"GRAPH_ENDPOINT":       server.URL(),
		"AZURE_AUTHORITY_HOST": server.URL(),
	}}
}

// setenv sets a variable of the provider's environment; an empty value unsets it.
func (n *tenant) setenv(name, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.variables[name] = value
}

// runtime is what the provider runs in.
func (n *tenant) runtime() provider.Runtime {
	network := n.network
	if network == nil {
		network = n.Transport()
	}
	return provider.Runtime{
		LookupEnv: func(name string) (string, bool) {
			n.mu.Lock()
			defer n.mu.Unlock()
			value := n.variables[name]
			return value, value != ""
		},
		Clock:     n.time(),
		Transport: network,
	}
}

// time is the clock that the provider is on, as a rule the tenant's.
func (n *tenant) time() graph.Clock {
	if n.timing != nil {
		return n.timing
	}
	if n.clock == nil {
		return graph.SystemClock{}
	}
	return n.clock
}

// factories serve the provider to terraform-plugin-testing.
func (n *tenant) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"graph": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test", n.runtime())(), nil },
	}
}

// run runs the steps on the real CLI.
func (n *tenant) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{IsUnitTest: true, ProtoV6ProviderFactories: n.factories(), Steps: steps})
}

// step plans and applies a configuration. Its state checks see the requests of this step's plan and apply alone.
func (n *tenant) step(config string, options ...func(*resource.TestStep)) resource.TestStep {
	s := resource.TestStep{Config: config, PreConfig: n.ForgetRequests}
	for _, option := range options {
		option(&s)
	}
	return s
}

// before does something ahead of a step, such as what another administrator might.
func before(do func()) func(*resource.TestStep) {
	return func(s *resource.TestStep) {
		forget := s.PreConfig
		s.PreConfig = func() { do(); forget() }
	}
}

// plans checks the plan.
func plans(checks ...plancheck.PlanCheck) func(*resource.TestStep) {
	return func(s *resource.TestStep) {
		s.ConfigPlanChecks.PreApply = append(s.ConfigPlanChecks.PreApply, checks...)
	}
}

// action checks what the plan does to the resource, and that exactly a plan that may sign somebody out leaves the
// evidence open.
func action(want plancheck.ResourceActionType) func(*resource.TestStep) {
	return func(s *resource.TestStep) {
		evidence := tfjsonpath.New("refresh_tokens_valid_from_date_time")
		open := plancheck.PlanCheck(notOpen{evidence})
		switch want {
		case plancheck.ResourceActionCreate, plancheck.ResourceActionReplace,
			plancheck.ResourceActionDestroyBeforeCreate, plancheck.ResourceActionCreateBeforeDestroy:
			open = plancheck.ExpectUnknownValue(address, evidence)
		}
		plans(plancheck.ExpectResourceAction(address, want), open)(s)
	}
}

// notOpen checks that an attribute of the resource is known at plan.
type notOpen struct{ at tfjsonpath.Path }

func (c notOpen) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	var open plancheck.CheckPlanResponse
	plancheck.ExpectUnknownValue(address, c.at).CheckPlan(ctx, req, &open)
	if open.Error == nil {
		resp.Error = fmt.Errorf("%s is known after apply, in a plan that signs nobody out", c.at)
	}
}

// between does something between plan and apply.
func between(do func()) func(*resource.TestStep) {
	return plans(planHook(do))
}

type planHook func()

func (h planHook) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	h()
}

// states checks the state after apply.
func states(checks ...statecheck.StateCheck) func(*resource.TestStep) {
	return func(s *resource.TestStep) { s.ConfigStateChecks = append(s.ConfigStateChecks, checks...) }
}

// attribute checks one attribute in state.
func attribute(name string, want knownvalue.Check) func(*resource.TestStep) {
	return states(statecheck.ExpectKnownValue(address, tfjsonpath.New(name), want))
}

// text is an attribute that holds exactly this text.
func text(name, want string) func(*resource.TestStep) {
	return attribute(name, knownvalue.StringExact(want))
}

// null is an attribute without a value.
func null(name string) func(*resource.TestStep) { return attribute(name, knownvalue.Null()) }

// sends checks the requests to Graph of the step's plan and apply, in order.
func (n *tenant) sends(want ...string) func(*resource.TestStep) {
	return states(sentCheck{n, want})
}

type sentCheck struct {
	n    *tenant
	want []string
}

func (c sentCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if got := c.n.sent(); !slices.Equal(got, c.want) {
		resp.Error = fmt.Errorf("requests to Graph:\n  got  %s\n  want %s", strings.Join(got, "\n       "), strings.Join(c.want, "\n       "))
	}
}

// sent is the requests to Graph since they were last forgotten, each as `GET beta/users('ada@contoso.com')`.
func (n *tenant) sent() []string {
	sent := []string{}
	for _, request := range n.GraphRequests() {
		path, err := url.PathUnescape(request.Path)
		if err != nil {
			path = request.Path
		}
		sent = append(sent, request.Method+" "+strings.TrimPrefix(path, "/"))
	}
	return sent
}

func get(key string) string { return "GET beta/users('" + key + "')" }

func post(key string) string { return "POST beta/users('" + key + "')/invalidateAllRefreshTokens" }

// accepted checks how often the user was signed out.
func (n *tenant) accepted(t *testing.T, user graphtest.User, want int) {
	t.Helper()
	if got := len(n.Invalidations(user.ID)); got != want {
		t.Errorf("%s was signed out %d times, want %d", user.UserPrincipalName, got, want)
	}
}

// addUser adds a user whose sessions were last ended on a day long ago.
func (n *tenant) addUser(userPrincipalName string) graphtest.User {
	longAgo := graphtest.Epoch.AddDate(-1, 0, 0)
	return n.AddUser(graphtest.User{UserPrincipalName: userPrincipalName, RefreshTokensValidFromDateTime: &longAgo})
}

// invalidation is a configuration of the resource with these arguments.
func invalidation(arguments ...string) string {
	return fmt.Sprintf("resource \"graph_user_token_invalidation\" \"test\" {\n  %s\n}\n", strings.Join(arguments, "\n  "))
}

// userID is the argument user_id.
func userID(value string) string { return fmt.Sprintf("user_id = %q", value) }

// isUUID is a knownvalue.StringFunc.
func isUUID(value string) error {
	_, err := uuid.Parse(value)
	return err
}

// sentExactly checks the requests to Graph since they were last forgotten.
func (n *tenant) sentExactly(t *testing.T, want ...string) {
	t.Helper()
	if got := n.sent(); !slices.Equal(got, want) {
		t.Errorf("requests to Graph:\n  got  %s\n  want %s", strings.Join(got, "\n       "), strings.Join(want, "\n       "))
	}
}

// signedInOnce checks that one token was asked for since requests were last forgotten.
func (n *tenant) signedInOnce(t *testing.T) {
	t.Helper()
	if got := len(n.TokenRequests()); got != 1 {
		t.Errorf("asked for %d tokens, want 1", got)
	}
}
