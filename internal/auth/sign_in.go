// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package auth turns the provider's configuration and the environment into exactly one credential, and the cloud that it
// is for.
package auth

import (
	"context"
	"net/http"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// SignIn is the one way in which this provider signs in. It is an azcore.TokenCredential, safe for concurrent use.
type SignIn struct {
	azcore.TokenCredential
	// Method is the method's name, Reason the setting that chose it.
	Method, Reason string
	// TenantID and ClientID are those in the settings; empty where the method has its own.
	TenantID, ClientID string
	// Cloud is where to sign in, and what for.
	Cloud Cloud

	mu        sync.Mutex
	principal *Principal
}

// Surroundings are what signing in needs from the process.
type Surroundings struct {
	// LookupEnv finds an environment variable, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// Transport sends the requests to Microsoft Entra.
	Transport http.RoundTripper
}

// New chooses the sign-in method and makes its credential. It sends nothing. Everything that is wrong with the settings
// is returned at once.
func New(config Config, around Surroundings) (*SignIn, Problems) {
	var problems Problems
	find := lookup(around.LookupEnv)
	s := settings{
		cloud:        find.cloud(config, &problems),
		tenantID:     find.text(config.TenantID, "tenant_id", "ARM_TENANT_ID", "AZURE_TENANT_ID"),
		clientID:     find.text(config.ClientID, "client_id", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"),
		clientSecret: find.text(config.ClientSecret, "client_secret", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"),
		useCLI:       find.truth(config.UseCLI, true, "use_cli", "ARM_USE_CLI", &problems),
	}
	options := azcore.ClientOptions{
		Cloud:     s.cloud.configuration(),
		Transport: transporter{around.Transport},
	}
	for _, m := range methods {
		reason := m.chosen(s)
		if reason == "" {
			continue
		}
		credential, err := m.credential(s, options, &problems)
		if err != nil {
			problems.add("tenant_id", "Invalid Sign-In Settings", "Signing in with "+m.name+" is not possible: "+err.Error()+".")
		}
		if len(problems) > 0 {
			return nil, problems
		}
		return &SignIn{
			TokenCredential: credential,
			Method:          m.name,
			Reason:          reason,
			TenantID:        s.tenantID.value,
			ClientID:        s.clientID.value,
			Cloud:           s.cloud,
		}, nil
	}
	problems.add("client_secret", "No Sign-In Method",
		"Nothing says how to sign in: set "+s.clientSecret.ways()+", or allow the Azure CLI with `use_cli`.")
	return nil, problems
}

// token gets an access token for Graph, with the same options as the requests to Graph do: azidentity keeps one cache
// for each set of options, and this must not cost a second token.
func (s *SignIn) token(ctx context.Context) (string, error) {
	token, err := s.GetToken(ctx, policy.TokenRequestOptions{
		Scopes:    []string{s.Cloud.GraphRoot + "/.default"},
		EnableCAE: true,
	})
	return token.Token, err
}

// transporter makes an http.RoundTripper what azcore sends with.
type transporter struct{ http.RoundTripper }

func (t transporter) Do(request *http.Request) (*http.Response, error) { return t.RoundTrip(request) }
