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
}

// environments are Microsoft's clouds, by the names that the `environment` attribute takes. Source:
// https://learn.microsoft.com/graph/deployments.
var environments = map[string]Cloud{
	"global":         {GraphRoot: "https://graph.microsoft.com", AuthorityHost: "https://login.microsoftonline.com"},
	"usgovernmentl4": {GraphRoot: "https://graph.microsoft.us", AuthorityHost: "https://login.microsoftonline.us"},
	"usgovernmentl5": {GraphRoot: "https://dod-graph.microsoft.us", AuthorityHost: "https://login.microsoftonline.us"},
	"china":          {GraphRoot: "https://microsoftgraph.chinacloudapi.cn", AuthorityHost: "https://login.chinacloudapi.cn"},
}

var environmentAliases = map[string]string{
	"public":       "global",
	"usgovernment": "usgovernmentl4",
	"dod":          "usgovernmentl5",
}

// Environments returns every name that the `environment` attribute takes.
func Environments() []string {
	return []string{"global", "public", "usgovernmentl4", "usgovernment", "usgovernmentl5", "dod", "china"}
}

func (l lookup) cloud(config Config, problems *Problems) Cloud {
	environment := l.text(config.Environment, "environment", "ARM_ENVIRONMENT")
	endpoint := l.text(config.GraphEndpoint, "graph_endpoint", "GRAPH_ENDPOINT")
	authority := l.text(config.AuthorityHost, "authority_host", "AZURE_AUTHORITY_HOST")
	// The block chose a cloud, authority included: an ambient variable does not take half of it away.
	if config.AuthorityHost == nil && config.Environment != nil && *config.Environment != "" {
		authority = setting{attribute: authority.attribute}
	}

	name := strings.ToLower(environment.value)
	if name == "" {
		name, environment.source = "global", "the default `environment`"
	}
	if canonical, ok := environmentAliases[name]; ok {
		name = canonical
	}
	cloud, known := environments[name]
	if !known {
		problems.add("environment", "Unknown Environment", "`"+environment.value+"`, from "+environment.source+
			", is not one of "+strings.Join(Environments(), ", ")+". For another cloud, set graph_endpoint and authority_host.")
		return Cloud{}
	}
	cloud.GraphSource, cloud.AuthoritySource = environment.source, environment.source
	if endpoint.isSet() {
		cloud.GraphRoot, cloud.GraphSource = endpoint.rootURL(problems), endpoint.source
	}
	if authority.isSet() {
		cloud.AuthorityHost, cloud.AuthoritySource = authority.rootURL(problems), authority.source
	}
	return cloud
}

// rootURL checks that the setting is a https URL of nothing but a host, for a token or a secret is sent there.
func (s setting) rootURL(problems *Problems) string {
	root := strings.TrimSuffix(s.value, "/")
	parsed, err := url.Parse(root)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil ||
		parsed.Path != "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		problems.add(s.attribute, "Invalid "+strings.ReplaceAll(strings.ToUpper(s.attribute[:1])+s.attribute[1:], "_", " "),
			"The value from "+s.source+" must be an https URL of a host alone, such as "+environments["global"].exampleFor(s.attribute)+
				", without a version, path, query or user.")
	}
	return root
}

func (c Cloud) exampleFor(attribute string) string {
	if attribute == "authority_host" {
		return c.AuthorityHost
	}
	return c.GraphRoot
}

// configuration is the cloud in azidentity's terms.
func (c Cloud) configuration() azcloud.Configuration {
	return azcloud.Configuration{ActiveDirectoryAuthorityHost: c.AuthorityHost}
}

// foreign reports whether the authority is none of Microsoft's public ones, which could not vouch for it: instance
// discovery is a question to the global authority.
func (c Cloud) foreign() bool {
	return !slices.ContainsFunc(Environments(), func(name string) bool {
		return environments[name].AuthorityHost == c.AuthorityHost
	})
}
