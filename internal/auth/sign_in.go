// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package auth turns the provider's configuration and the environment into exactly one credential, and the cloud that it
// is for.
package auth

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/singleflight"
)

// SignIn is the one way in which this provider signs in. It is an azcore.TokenCredential, safe for concurrent use.
type SignIn struct {
	azcore.TokenCredential
	// Method is the method's name, Reason the setting that chose it.
	Method, Reason string
	// FixedPermissions is set where the application is somebody else's, whose permissions nobody can change.
	FixedPermissions bool
	// Notices are what is right and may not be meant.
	Notices Problems
	// TenantID and ClientID are those in the settings. A method that has an application of its own has no client id here.
	TenantID, ClientID string
	// Cloud is where to sign in, and what for.
	Cloud Cloud

	asking    singleflight.Group
	principal atomic.Pointer[Principal]
}

// Surroundings are what signing in needs from the process.
type Surroundings struct {
	// LookupEnv finds an environment variable, as os.LookupEnv does.
	LookupEnv func(string) (string, bool)
	// Transport sends the requests to Microsoft Entra.
	Transport http.RoundTripper
}

// New chooses the sign-in method and makes its credential. It sends nothing. Everything that is wrong with the settings
// is returned at once, and without a SignIn.
func New(config Config, around Surroundings) (*SignIn, Problems) {
	var problems Problems
	s := lookup{env: around.LookupEnv, problems: &problems}.settings(config)
	chosen, notices := choose(s, &problems)
	if chosen.credential == nil {
		return nil, problems
	}
	credential, err := chosen.credential(s, azcore.ClientOptions{
		Cloud:     s.cloud.configuration(),
		Transport: transporter{around.Transport},
	}, &problems)
	if err != nil {
		problems.add(s.tenantID.attribute, "Invalid Sign-In Settings", "Signing in by "+chosen.name+" is not possible: "+err.Error()+".")
	}
	if len(problems) > 0 {
		return nil, problems
	}
	if chosen.fixed {
		s.clientID = setting{}
	}
	return &SignIn{
		TokenCredential:  credential,
		Method:           chosen.name,
		Reason:           chosen.by.source,
		FixedPermissions: chosen.fixed,
		Notices:          notices,
		TenantID:         s.tenantID.value,
		ClientID:         s.clientID.value,
		Cloud:            s.cloud,
	}, nil
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

// transporter makes an http.RoundTripper what azcore sends with. An http.Client would follow redirects, with the secret.
type transporter struct{ http.RoundTripper }

func (t transporter) Do(request *http.Request) (*http.Response, error) { return t.RoundTrip(request) }
