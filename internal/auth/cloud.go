// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/url"
	"slices"
	"strings"

	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Cloud is where Microsoft Graph and the authority that issues its tokens are found.
type Cloud struct {
	// GraphRoot is Graph's root without a version and without a trailing slash. It is the audience of the tokens too.
	GraphRoot string
	// GraphSource tells where GraphRoot came from, AuthoritySource where AuthorityHost did.
	GraphSource, AuthoritySource string
	// AuthorityHost is the URL of Microsoft Entra, without a tenant.
	AuthorityHost string
	// federatedAudience is the audience that Microsoft Entra expects in an assertion of another identity provider.
	federatedAudience string
}

// environments are Microsoft's clouds, each with the names that the `environment` attribute takes for it. The first is the
// default. Source: https://learn.microsoft.com/graph/deployments, and for the audiences
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
var environments = []struct {
	names []string
	Cloud
}{
	{[]string{"global", "public"}, Cloud{
		GraphRoot: "https://graph.microsoft.com", AuthorityHost: "https://login.microsoftonline.com", federatedAudience: "api://AzureADTokenExchange",
	}},
	{[]string{"usgovernmentl4", "usgovernment"}, Cloud{
		GraphRoot: "https://graph.microsoft.us", AuthorityHost: "https://login.microsoftonline.us", federatedAudience: "api://AzureADTokenExchangeUSGov",
	}},
	{[]string{"usgovernmentl5", "dod"}, Cloud{
		GraphRoot: "https://dod-graph.microsoft.us", AuthorityHost: "https://login.microsoftonline.us", federatedAudience: "api://AzureADTokenExchangeUSGov",
	}},
	{[]string{"china"}, Cloud{
		GraphRoot: "https://microsoftgraph.chinacloudapi.cn", AuthorityHost: "https://login.chinacloudapi.cn", federatedAudience: "api://AzureADTokenExchangeChina",
	}},
}

// Environments returns every name that the `environment` attribute takes.
func Environments() []string {
	var names []string
	for _, environment := range environments {
		names = append(names, environment.names...)
	}
	return names
}

// environmentNamed returns the cloud of a name in any letter case; the empty name is the default's.
func environmentNamed(name string) (Cloud, bool) {
	if name == "" {
		return environments[0].Cloud, true
	}
	for _, environment := range environments {
		if slices.Contains(environment.names, strings.ToLower(name)) {
			return environment.Cloud, true
		}
	}
	return Cloud{}, false
}

func (l lookup) cloud(config Config) Cloud {
	named := l.text(config.Environment, "environment", "ARM_ENVIRONMENT")
	endpoint := l.text(config.GraphEndpoint, "graph_endpoint", "GRAPH_ENDPOINT")
	authority := l.text(config.AuthorityHost, "authority_host", "AZURE_AUTHORITY_HOST")
	// The block chose a cloud, authority included: an ambient variable does not take half of it away.
	if config.AuthorityHost == nil && config.Environment != nil && *config.Environment != "" {
		authority = setting{attribute: authority.attribute}
	}

	if !named.isSet() {
		named.source = "the default `environment`"
	}
	cloud, known := environmentNamed(named.value)
	if !known {
		l.problems.add("environment", "Unknown Environment", "`"+named.value+"`, from "+named.source+
			", is not one of "+strings.Join(Environments(), ", ")+". For another cloud, set graph_endpoint and authority_host.")
		return Cloud{}
	}
	cloud.GraphSource, cloud.AuthoritySource = named.source, named.source
	if endpoint.isSet() {
		cloud.GraphRoot, cloud.GraphSource = endpoint.rootURL("Invalid Graph Endpoint", environments[0].GraphRoot, l.problems), endpoint.source
	}
	if authority.isSet() {
		cloud.AuthorityHost, cloud.AuthoritySource = authority.rootURL("Invalid Authority Host", environments[0].AuthorityHost, l.problems), authority.source
	}
	return cloud
}

// rootURL checks that the setting is an https URL of nothing but a host, for a token or a secret is sent there.
func (s setting) rootURL(problem, example string, problems *Problems) string {
	root := strings.TrimSuffix(s.value, "/")
	parsed, err := url.Parse(root)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil ||
		parsed.Path != "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		problems.add(s.attribute, problem, "The value from "+s.source+" must be an https URL of a host alone, such as "+example+
			", without a version, path, query or user.")
	}
	return root
}

// configuration is the cloud in azidentity's terms.
func (c Cloud) configuration() azcloud.Configuration {
	return azcloud.Configuration{ActiveDirectoryAuthorityHost: c.AuthorityHost}
}

// foreign reports whether the authority is none of Microsoft's public ones, which could not vouch for it: instance
// discovery is a question to the global authority.
func (c Cloud) foreign() bool {
	for _, environment := range environments {
		if strings.EqualFold(environment.AuthorityHost, c.AuthorityHost) {
			return false
		}
	}
	return true
}
