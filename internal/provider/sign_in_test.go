// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

var permissions = []string{"User.Read.All", "User.RevokeSessions.All"}

// newRealTimeTenant starts a tenant on the wall clock: what signs assertions knows no other.
func newRealTimeTenant(t testing.TB, host string) *tenant {
	t.Helper()
	server, err := graphtest.NewServer(graphtest.Options{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &tenant{Server: server, app: server.AddApplication(graphtest.Application{Roles: permissions}), variables: map[string]string{
		"ARM_TENANT_ID":        server.TenantID(),
		"GRAPH_ENDPOINT":       server.URL(),
		"AZURE_AUTHORITY_HOST": server.URL(),
	}}
}

// signIn is one way to sign in. It prepares the tenant, and returns the variables that choose it and the secrets among them.
type signIn struct {
	method  string
	prepare func(t *testing.T, n *tenant) (variables map[string]string, secrets []string)
}

const (
	gitHubIssuer  = "https://token.actions.githubusercontent.com"
	gitHubSubject = "repo:contoso/offboarding:ref:refs/heads/main"
	audience      = "api://AzureADTokenExchange"
)

var signIns = map[string]signIn{
	"client secret": {"client secret", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_SECRET": n.app.Secret}, []string{n.app.Secret}
	}},
	"client secret in a file": {"client secret", func(t *testing.T, n *tenant) (map[string]string, []string) {
		return map[string]string{"ARM_CLIENT_ID_FILE_PATH": file(t, n.app.ClientID), "ARM_CLIENT_SECRET_FILE_PATH": file(t, n.app.Secret)}, []string{n.app.Secret}
	}},
	"client certificate": {"client certificate", func(t *testing.T, n *tenant) (map[string]string, []string) {
		encoded := base64.StdEncoding.EncodeToString(n.registered(t).PEM())
		return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_CERTIFICATE": encoded}, []string{encoded}
	}},
	"client certificate in a file": {"client certificate", func(t *testing.T, n *tenant) (map[string]string, []string) {
		return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_CERTIFICATE_PATH": file(t, string(n.registered(t).PEM()))}, nil
	}},
	"client certificate, PFX with a password": {"client certificate", func(t *testing.T, n *tenant) (map[string]string, []string) {
		const password = "a~password~that~is~told~to~nobody"
		certificate := n.registered(t)
		pfx, err := pkcs12.Modern2023.Encode(certificate.Key, certificate.Certificate, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{
			"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_CERTIFICATE_PATH": file(t, string(pfx)), "ARM_CLIENT_CERTIFICATE_PASSWORD": password,
		}, []string{password}
	}},
	"a token of another provider": {"OIDC", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		n.trust("https://gitlab.com", "project_path:contoso/offboarding:ref_type:branch:ref:main")
		token := n.IDToken(graphtest.IDToken{Issuer: "https://gitlab.com", Subject: "project_path:contoso/offboarding:ref_type:branch:ref:main", Audience: audience})
		return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": token}, []string{token}
	}},
	"a token in a file": {"OIDC", func(t *testing.T, n *tenant) (map[string]string, []string) {
		n.trust("https://app.terraform.io", "organization:contoso")
		token := n.IDToken(graphtest.IDToken{Issuer: "https://app.terraform.io", Subject: "organization:contoso", Audience: audience})
		return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_OIDC_TOKEN_FILE_PATH": file(t, token)}, []string{token}
	}},
	"GitHub Actions": {"OIDC", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		n.trust(gitHubIssuer, gitHubSubject)
		requestURL, requestToken := n.AddWorkflow(gitHubIssuer, gitHubSubject)
		return map[string]string{
			"ARM_CLIENT_ID": n.app.ClientID, "ARM_USE_OIDC": "true",
			"ACTIONS_ID_TOKEN_REQUEST_URL": requestURL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": requestToken,
		}, []string{requestToken}
	}},
	"Azure DevOps": {"OIDC", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		const connection, issuer, subject = "6a1c1f9c-2b5e-4b69-9a59-0c6cf3b4d0a7", "https://vstoken.dev.azure.com/contoso", "sc://contoso/offboarding/entra"
		n.trust(issuer, subject)
		requestURI, accessToken := n.AddPipeline(connection, issuer, subject)
		return map[string]string{
			"ARM_CLIENT_ID": n.app.ClientID, "ARM_USE_OIDC": "true", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": connection,
			"SYSTEM_OIDCREQUESTURI": requestURI, "SYSTEM_ACCESSTOKEN": accessToken,
		}, []string{accessToken}
	}},
	"AKS workload identity": {"AKS workload identity", func(t *testing.T, n *tenant) (map[string]string, []string) {
		const issuer, subject = "https://westeurope.oic.prod-aks.azure.com/contoso/", "system:serviceaccount:offboarding:terraform"
		n.trust(issuer, subject)
		token := n.IDToken(graphtest.IDToken{Issuer: issuer, Subject: subject, Audience: audience})
		return map[string]string{
			"ARM_USE_AKS_WORKLOAD_IDENTITY": "true", "AZURE_CLIENT_ID": n.app.ClientID, "AZURE_FEDERATED_TOKEN_FILE": file(t, token),
		}, []string{token}
	}},
	"system-assigned managed identity on App Service": {"managed identity", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		n.AddManagedIdentity("", permissions...)
		endpoint, header := n.AppServiceEndpoint()
		return map[string]string{"ARM_USE_MSI": "true", "IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": header}, []string{header}
	}},
	"user-assigned managed identity of a machine": {"managed identity", func(_ *testing.T, n *tenant) (map[string]string, []string) {
		identity := n.AddManagedIdentity("8f1c1f9c-2b5e-4b69-9a59-0c6cf3b4d0a7", permissions...)
		return map[string]string{"ARM_USE_MSI": "true", "ARM_CLIENT_ID": identity.ClientID}, nil
	}},
	"Azure CLI": {"Azure CLI", func(t *testing.T, n *tenant) (map[string]string, []string) {
		token := n.administrator()
		answers(t, "az", n.URL(), n.azureCLIAnswer(token))
		return nil, []string{token}
	}},
	"Azure Developer CLI": {"Azure Developer CLI", func(t *testing.T, n *tenant) (map[string]string, []string) {
		token := n.administrator()
		answers(t, "azd", n.URL(), map[string]any{"token": token, "expiresOn": time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z")})
		return map[string]string{"ARM_USE_AZD": "true"}, []string{token}
	}},
	"Azure PowerShell": {"Azure PowerShell", func(t *testing.T, n *tenant) (map[string]string, []string) {
		token := n.administrator()
		answers(t, "pwsh", n.URL(), map[string]any{"Token": token, "ExpiresOn": time.Now().Add(time.Hour).Unix()})
		return map[string]string{"ARM_USE_POWERSHELL": "true"}, []string{token}
	}},
}

// Every method signs in and applies, through the proxy of the environment, at the authority of the settings and nowhere else. None
// of its secrets is logged, kept, told, or shown in the process list.
func TestSignIn_everyMethod(t *testing.T) {
	t.Parallel()
	for name, way := range signIns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newRealTimeTenant(t, "graph.contoso.test")
			ada := n.addUser("ada@contoso.com")
			chosen, secrets := way.prepare(t, n)
			maps.Copy(n.variables, chosen)
			proxy := newProxy(t, n)
			seen := &strings.Builder{}
			n.Inject(graphtest.Fault{Match: graphtest.Get, Effect: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				listProcesses(seen)
				next.ServeHTTP(w, r)
			}})

			w := n.programWorkspace(t, invalidation(userID(ada.ID)), "HTTPS_PROXY="+proxy.URL, "HTTP_PROXY="+proxy.URL, "TF_LOG=TRACE", "AZURE_SDK_GO_LOGGING=all")
			said := w.apply()

			n.accepted(t, ada, 1)
			mentions(t, said, "Chose the sign-in method", "method="+quoted(way.method), "because_of=")
			if got, want := proxy.hosts(), []string{strings.TrimPrefix(n.URL(), "https://")}; fmt.Sprint(slices.DeleteFunc(got, isMetadata)) != fmt.Sprint(want) {
				t.Errorf("the proxy was asked for %s, want %s", got, want)
			}
			for _, request := range n.GraphRequests() {
				secrets = append(secrets, strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
			}
			mentions(t, seen.String(), "terraform-provider-graph")
			state, err := os.ReadFile(filepath.Join(w.dir, "terraform.tfstate"))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range secrets {
				omits(t, said+seen.String()+string(state), secret)
			}
		})
	}
}

// An apply that outlives its token goes on with another.
func TestSignIn_tokenExpiresDuringApply(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.TokenLifetime = 5 * time.Second })
	ada := n.addUser("ada@contoso.com")
	n.SetReplicaLag(time.Minute)
	n.Inject(graphtest.Fault{Match: graphtest.Action, Times: 2, Effect: graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "", http.Header{"Retry-After": {"60"}})})
	n.run(t, n.step(invalidation(userID(ada.ID)), action(plancheck.ResourceActionCreate), text("invalidated_at", "2026-03-01T12:02:00Z")))
	n.accepted(t, ada, 1)
	if tokens := len(n.TokenRequests()); tokens < 4 {
		t.Errorf("only %d tokens were asked for", tokens)
	}
}

// A file that holds a token is read again when the next token is needed.
func TestSignIn_tokenFileIsReadAgain(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	n.setenv("ARM_CLIENT_SECRET", "")
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.TokenLifetime = 5 * time.Second })
	n.trust(gitHubIssuer, gitHubSubject)
	token := func(lifetime time.Duration) string {
		return n.IDToken(graphtest.IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: audience, Lifetime: lifetime})
	}
	path := file(t, token(time.Minute))
	n.setenv("ARM_OIDC_TOKEN_FILE_PATH", path)
	ada := n.addUser("ada@contoso.com")
	n.Inject(graphtest.Fault{Match: graphtest.Action, Effect: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		// The file before the time: the client may be back as soon as this try has run out of its own.
		if err := os.WriteFile(path, []byte(token(time.Hour)), 0o600); err != nil {
			t.Error(err)
		}
		n.clock.Advance(5 * time.Minute)
		graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "", nil)(w, r, next)
	}})
	n.run(t, n.step(invalidation(userID(ada.ID))))
	n.accepted(t, ada, 1)
}

// A bad credential is told as what it is.
func TestSignIn_badCredentials(t *testing.T) {
	t.Parallel()
	federated := func(t graphtest.IDToken) func(*testing.T, *tenant) map[string]string {
		return func(_ *testing.T, n *tenant) map[string]string {
			n.trust(gitHubIssuer, gitHubSubject)
			return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_OIDC_TOKEN": n.IDToken(t)}
		}
	}
	secret := func(change func(*tenant) map[string]string) func(*testing.T, *tenant) map[string]string {
		return func(_ *testing.T, n *tenant) map[string]string {
			variables := map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_SECRET": n.app.Secret}
			maps.Copy(variables, change(n))
			return variables
		}
	}
	refused := func(code int, kind, message string) func(*tenant) map[string]string {
		return func(n *tenant) map[string]string {
			n.Inject(graphtest.Fault{Match: graphtest.TokenRequest, Times: -1, Effect: graphtest.EntraError(code, kind, message)})
			return nil
		}
	}
	const nobody = "33333333-3333-3333-3333-333333333333"
	for name, test := range map[string]struct {
		prepare func(*testing.T, *tenant) map[string]string
		method  string
		code    string
		advice  string
	}{
		"a wrong secret": {secret(func(*tenant) map[string]string { return map[string]string{"ARM_CLIENT_SECRET": "not~the~secret"} }), "client secret", "AADSTS7000215", "Set the secret's value, not its id"},
		"an expired secret": {secret(func(n *tenant) map[string]string {
			n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.SecretExpired = true })
			return nil
		}), "client secret", "AADSTS7000222", "Add a new one"},
		"an unknown tenant":      {secret(func(*tenant) map[string]string { return map[string]string{"ARM_TENANT_ID": nobody} }), "client secret", "AADSTS90002", "does not exist in this cloud"},
		"an unknown application": {secret(func(*tenant) map[string]string { return map[string]string{"ARM_CLIENT_ID": nobody} }), "client secret", "AADSTS700016", "Check the client id and the tenant id"},
		"no consent":             {secret(refused(65001, "invalid_grant", "The user or administrator has not consented to use the application.")), "client secret", "AADSTS65001", "Let an administrator grant consent"},
		"conditional access":     {secret(refused(53003, "invalid_grant", "Access has been blocked by Conditional Access policies.")), "client secret", "AADSTS53003", "Conditional Access policy refuses"},
		"a certificate that is not registered": {func(t *testing.T, n *tenant) map[string]string {
			key := n.registered(t).PEM()
			n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) { a.Certificates = nil })
			return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_CLIENT_CERTIFICATE": base64.StdEncoding.EncodeToString(key)}
		}, "client certificate", "AADSTS700027", "Upload its public part"},
		"another subject":  {federated(graphtest.IDToken{Issuer: gitHubIssuer, Subject: "repo:contoso/other", Audience: audience}), "OIDC", "AADSTS700213", "no federated credential with this subject"},
		"another issuer":   {federated(graphtest.IDToken{Issuer: "https://gitlab.com", Subject: gitHubSubject, Audience: audience}), "OIDC", "AADSTS700211", "no federated credential of this issuer"},
		"another audience": {federated(graphtest.IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: "api://other"}), "OIDC", "AADSTS700212", "another audience"},
		"an expired token": {federated(graphtest.IDToken{Issuer: gitHubIssuer, Subject: gitHubSubject, Audience: audience, Lifetime: -time.Minute}), "OIDC", "AADSTS700024", "expired or is not valid yet"},
		"a wrong request token": {func(_ *testing.T, n *tenant) map[string]string {
			requestURL, _ := n.AddWorkflow(gitHubIssuer, gitHubSubject)
			return map[string]string{"ARM_CLIENT_ID": n.app.ClientID, "ARM_OIDC_REQUEST_URL": requestURL, "ARM_OIDC_REQUEST_TOKEN": "not~the~token"}
		}, "OIDC", "401", "check the request token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newRealTimeTenant(t, "")
			for variable, value := range test.prepare(t, n) {
				n.setenv(variable, value)
			}
			w := n.workspace(t, invalidation(userID("ada@contoso.com")))
			said := w.fails("plan")
			mentions(t, said, "Error: Sign-In Failed", "signing in by "+test.method+" failed", test.code, test.advice, "Sign-in method: "+test.method, "Tenant: ")
			omits(t, said, "not~the", n.app.Secret)
			n.sentExactly(t)
		})
	}
}

// Two methods in the environment are warned of, two in the block refused, and none follows one that failed.
func TestSignIn_choice(t *testing.T) {
	t.Parallel()
	n := newRealTimeTenant(t, "")
	ada := n.addUser("ada@contoso.com")
	n.setenv("ARM_CLIENT_ID", n.app.ClientID)
	n.setenv("ARM_CLIENT_SECRET", n.app.Secret)
	n.setenv("ARM_USE_MSI", "true")
	w := n.workspace(t, invalidation(userID(ada.ID)))
	mentions(t, w.apply(), "Warning: Several Sign-In Methods", "ARM_CLIENT_SECRET", "ARM_USE_MSI")
	n.accepted(t, ada, 1)

	w.write("provider \"graph\" {\n  use_msi = true\n  use_azd = true\n}\n" + invalidation(userID(ada.ID)))
	mentions(t, w.fails("plan"), "Error: Several Sign-In Methods", "`use_msi`", "`use_azd`")

	answers(t, "az", n.URL(), n.azureCLIAnswer(n.administrator()))
	n.setenv("ARM_USE_MSI", "")
	n.setenv("ARM_CLIENT_SECRET", "not~the~secret")
	w.write(invalidation(userID(ada.ID)))
	mentions(t, w.fails("plan"), "signing in by client secret failed")
}

func isMetadata(host string) bool { return host == metadataHost }

// trust registers an outside identity for the tenant's application.
func (n *tenant) trust(issuer, subject string) {
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) {
		a.FederatedCredentials = append(a.FederatedCredentials, graphtest.FederatedCredential{Issuer: issuer, Subject: subject, Audience: audience})
	})
}

// administrator adds a user who may sign others out, and returns a token of theirs.
func (n *tenant) administrator() string {
	admin := n.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	return n.AccessToken(admin.ID, permissions...)
}

// file is the path of a new file with this content.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// registered gives the tenant's application a certificate.
func (n *tenant) registered(t *testing.T) graphtest.ClientCertificate {
	t.Helper()
	certificate, err := graphtest.NewClientCertificate()
	if err != nil {
		t.Fatal(err)
	}
	n.UpdateApplication(n.app.ClientID, func(a *graphtest.Application) {
		a.Certificates = append(a.Certificates, certificate.Certificate)
	})
	return certificate
}

// listProcesses writes the command line of every process, as ps shows it.
func listProcesses(to *strings.Builder) {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		line, _ := os.ReadFile(path) // The process may have ended.
		to.WriteString(strings.ReplaceAll(string(line), "\x00", " ") + "\n")
	}
}

// quoted is how Terraform's log writes a value.
func quoted(value string) string {
	if strings.Contains(value, " ") {
		return `"` + value + `"`
	}
	return value
}
