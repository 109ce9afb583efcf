// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// assertion gets a token of another identity provider, which Microsoft Entra exchanges for one of its own.
type assertion func(context.Context) (string, error)

// oidc signs in as an application by a token of another identity provider.
var oidc = method{
	name: "OIDC",
	asked: func(s settings) []setting {
		asked := []setting{s.oidcToken, s.oidcTokenFilePath, s.oidcRequestURL, s.oidcRequestToken, s.serviceConnection}
		if s.useOIDC.isOff() {
			return slices.DeleteFunc(asked, func(by setting) bool { return by.origin <= s.useOIDC.origin })
		}
		return append(asked, switchOf(s.useOIDC)...)
	},
	credential: func(s settings, options azcore.ClientOptions, problems *Problems) (azcore.TokenCredential, error) {
		require("OIDC", problems, s.tenantID, s.clientID)
		get := s.assertion(options, problems)
		if len(*problems) > 0 {
			return nil, nil
		}
		return azidentity.NewClientAssertionCredential(s.tenantID.value, s.clientID.value, get,
			&azidentity.ClientAssertionCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: s.cloud.foreign()})
	},
}

// assertion chooses where the token comes from: the one that is given, a file, or the pipeline's own token endpoint.
func (s settings) assertion(options azcore.ClientOptions, problems *Problems) assertion {
	switch s.assertionSource() {
	case s.oidcToken.attribute:
		return func(context.Context) (string, error) { return s.oidcToken.value, nil }
	case s.oidcTokenFilePath.attribute:
		return fileAssertion(s.oidcTokenFilePath.value)
	case s.oidcRequestURL.attribute:
		return s.requestedAssertion(options, problems)
	default:
		problems.add(s.oidcToken.attribute, "Incomplete Sign-In Settings", "Signing in with OIDC also needs a token: set "+s.oidcToken.ways()+
			"; "+s.oidcTokenFilePath.ways()+"; or "+s.oidcRequestURL.ways()+". In GitHub Actions, the job needs the permission id-token: write.")
		return nil
	}
}

// assertionSource returns the attribute of the source with the highest origin. Among equals the token goes before the file, and the
// file before the request, unless a platform set the file: a runner in a cluster has one that belongs to the cluster.
func (s settings) assertionSource() string {
	request := s.oidcRequestURL
	if request.isSet() {
		request.origin = max(request.origin, s.oidcRequestToken.origin, s.serviceConnection.origin)
	}
	sources := []setting{s.oidcToken, s.oidcTokenFilePath, request}
	if s.oidcTokenFilePath.origin == ambient {
		sources = []setting{s.oidcToken, request, s.oidcTokenFilePath}
	}
	return strongest(sources...).attribute
}

// requestedAssertion asks GitHub, or Azure DevOps where a service connection is named.
func (s settings) requestedAssertion(options azcore.ClientOptions, problems *Problems) assertion {
	require("OIDC at a request URL", problems, s.oidcRequestToken)
	if at, err := url.Parse(s.oidcRequestURL.value); err != nil || at.Scheme != "https" || at.Host == "" {
		problems.add(s.oidcRequestURL.attribute, "Invalid Request URL", "The value from "+s.oidcRequestURL.source+" must be an https URL, for a token is sent there.")
	}
	endpoint := assertionEndpoint{pipeline: newPipeline(options), url: s.oidcRequestURL.value, token: s.oidcRequestToken.value}
	if s.serviceConnection.isSet() {
		return endpoint.azureDevOps(s.serviceConnection.value)
	}
	if strings.Contains(s.oidcRequestURL.source, "SYSTEM_OIDCREQUESTURI") {
		require("OIDC in Azure DevOps", problems, s.serviceConnection)
	}
	return endpoint.gitHub(s.cloud.federatedAudience)
}

// fileAssertion reads the file each time a token is needed, for its writer replaces it before it expires.
func fileAssertion(path string) assertion {
	return func(context.Context) (string, error) {
		content, err := os.ReadFile(path) //nolint:gosec // The file is the one that the person names.
		return strings.TrimSpace(string(content)), err
	}
}
