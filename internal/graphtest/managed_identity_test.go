// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

const userAssignedID = "3f9f5a5e-2f43-4d0b-9f0c-2f7f5e0f9a11"

// askAppService asks as a program on App Service does, with these parameters more.
func (x *tenant) askAppService(parameters url.Values) answered {
	x.t.Helper()
	endpoint, header := x.AppServiceEndpoint()
	query := url.Values{"resource": {x.URL()}, "api-version": {"2019-08-01"}}
	maps.Copy(query, parameters)
	return x.ask(http.MethodGet, endpoint+"?"+query.Encode(), "", http.Header{"X-IDENTITY-HEADER": {header}})
}

// askIMDS asks as a program on a virtual machine does, with these parameters more.
func (x *tenant) askIMDS(parameters url.Values) answered {
	x.t.Helper()
	query := url.Values{"resource": {x.URL()}, "api-version": {"2018-02-01"}}
	maps.Copy(query, parameters)
	return x.ask(http.MethodGet, x.IMDSHost()+"/metadata/identity/oauth2/token?"+query.Encode(), "", http.Header{"Metadata": {"true"}})
}

func TestManagedIdentity(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	system := x.AddManagedIdentity("", "User.Read.All")
	assigned := x.AddManagedIdentity(userAssignedID, "User.RevokeSessions.All")
	if system.ClientID == "" || system.ClientID == assigned.ClientID || assigned.ClientID != userAssignedID {
		t.Fatalf("identities %+v and %+v", system, assigned)
	}
	for name, ask := range map[string]func(url.Values) answered{"App Service": x.askAppService, "IMDS": x.askIMDS} {
		for _, test := range []struct {
			parameters url.Values
			want       ManagedIdentity
			role       string
		}{
			{nil, system, "User.Read.All"},
			{url.Values{"client_id": {strings.ToUpper(userAssignedID)}}, assigned, "User.RevokeSessions.All"},
			{url.Values{"object_id": {assigned.ObjectID}}, assigned, "User.RevokeSessions.All"},
			{url.Values{"principal_id": {assigned.ObjectID}}, assigned, "User.RevokeSessions.All"},
		} {
			got := ask(test.parameters)
			expectStatus(t, got, http.StatusOK)
			expires := strconv.FormatInt(Epoch.Add(24*time.Hour).Unix(), 10)
			if got.field("client_id") != test.want.ClientID || got.field("expires_on") != expires ||
				got.field("resource") != x.URL() || got.field("token_type") != "Bearer" {
				t.Errorf("%s answers %s for %v", name, got.text, test.parameters)
			}
			claims := verifyWithKeys(t, x, got.field("access_token"))
			if claims["oid"] != test.want.ObjectID || claims["appid"] != test.want.ClientID || claims["idtyp"] != "app" ||
				claims["aud"] != x.URL() || !reflect.DeepEqual(claims["roles"], []any{test.role}) {
				t.Errorf("%s gives claims %v for %v", name, claims, test.parameters)
			}
		}
	}
	if got := x.askIMDS(nil); got.field("expires_in") != "86400" {
		t.Errorf("answer %s", got.text)
	}
	expectStatus(t, x.get("/v1.0/users", x.askIMDS(nil).field("access_token")), http.StatusOK)
}

func TestManagedIdentity_replaced(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.AddManagedIdentity("")
	again := x.AddManagedIdentity("")
	if got := x.askAppService(nil); got.field("client_id") != again.ClientID {
		t.Errorf("answer %s, want that of %s", got.text, again.ClientID)
	}
}

func TestManagedIdentity_noneNamed(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	expectStatus(t, x.askAppService(nil), http.StatusBadRequest)
	expectIMDSError(t, x.askIMDS(nil), "invalid_request", "Identity not found")

	only := x.AddManagedIdentity(userAssignedID)
	expectStatus(t, x.askAppService(nil), http.StatusBadRequest)
	if got := x.askIMDS(nil); got.field("client_id") != only.ClientID {
		t.Errorf("answer %s", got.text)
	}

	x.AddManagedIdentity("5a2b4a0e-87a5-4a07-8a1c-0d5a6b0a3c77")
	expectIMDSError(t, x.askIMDS(nil), "invalid_request", "Multiple user assigned identities exist")
}

func expectIMDSError(t *testing.T, got answered, kind, description string) {
	t.Helper()
	expectStatus(t, got, http.StatusBadRequest)
	if got.field("error") != kind || !strings.Contains(got.field("error_description"), description) {
		t.Errorf("answer %s, want %s with %q", got.text, kind, description)
	}
}

func TestManagedIdentity_refusedByIMDS(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.AddManagedIdentity("")
	for name, test := range map[string]struct {
		parameters        url.Values
		kind, description string
	}{
		"no api-version":       {url.Values{"api-version": nil}, "invalid_request", "api-version"},
		"old api-version":      {url.Values{"api-version": {"2017-12-01"}}, "invalid_request", "api-version"},
		"unassigned client id": {url.Values{"client_id": {userAssignedID}}, "invalid_request", "Identity not found"},
		"resource id":          {url.Values{"msi_res_id": {"/subscriptions/1/x"}}, "invalid_request", "Identity not found"},
		"other resource":       {url.Values{"resource": {"https://vault.azure.net"}}, "invalid_resource", "AADSTS500011: "},
		"no resource":          {url.Values{"resource": nil}, "invalid_resource", "AADSTS500011: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectIMDSError(t, x.askIMDS(test.parameters), test.kind, test.description)
		})
	}
	path := x.IMDSHost() + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + url.QueryEscape(x.URL())
	expectIMDSError(t, x.ask(http.MethodGet, path, "", nil), "bad_request_102", "Required metadata header not specified")
	expectIMDSError(t, x.ask(http.MethodGet, path, "", http.Header{"Metadata": {"True"}}), "bad_request_102", "Required metadata header not specified")
	expectStatus(t, x.ask(http.MethodPost, path, "", http.Header{"Metadata": {"true"}}), http.StatusMethodNotAllowed)
}

func TestManagedIdentity_refusedByAppService(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.AddManagedIdentity("")
	for name, test := range map[string]struct {
		parameters url.Values
		message    string
	}{
		"no api-version":       {url.Values{"api-version": nil}, "api-version"},
		"other api-version":    {url.Values{"api-version": {"2017-09-01"}}, "api-version"},
		"unassigned client id": {url.Values{"client_id": {userAssignedID}}, "No User Assigned or Delegated Managed Identity found"},
		"other resource":       {url.Values{"resource": {"https://vault.azure.net"}}, "AADSTS500011: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.askAppService(test.parameters)
			expectStatus(t, got, http.StatusBadRequest)
			if got.json["statusCode"] != 400.0 || !strings.Contains(got.field("message"), test.message) {
				t.Errorf("answer %s", got.text)
			}
		})
	}
	endpoint, header := x.AppServiceEndpoint()
	address := endpoint + "?api-version=2019-08-01&resource=" + url.QueryEscape(x.URL())
	expectStatus(t, x.ask(http.MethodGet, address, "", nil), http.StatusUnauthorized)
	expectStatus(t, x.ask(http.MethodGet, address, "", http.Header{"X-IDENTITY-HEADER": {"wrong"}}), http.StatusUnauthorized)
	expectStatus(t, x.ask(http.MethodPost, address, "", http.Header{"X-IDENTITY-HEADER": {header}}), http.StatusMethodNotAllowed)
}

// Clients that know the link-local address alone are led to the server by HTTP_PROXY.
func TestIMDS_asProxy(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	identity := x.AddManagedIdentity("")
	proxy, err := url.Parse(x.IMDSHost())
	if err != nil {
		t.Fatal(err)
	}
	transport := x.Transport()
	transport.Proxy = http.ProxyURL(proxy)
	t.Cleanup(transport.CloseIdleConnections)
	x.client.Transport = transport
	r := x.request(http.MethodGet, "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="+url.QueryEscape(x.URL()), "", "")
	r.URL.Scheme, r.URL.Host, r.Host = "http", "169.254.169.254", "169.254.169.254"
	r.Header.Set("Metadata", "true")
	got := x.do(r)
	expectStatus(t, got, http.StatusOK)
	if got.field("client_id") != identity.ClientID {
		t.Errorf("answer %s", got.text)
	}
}
