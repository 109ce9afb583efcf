// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// assertionEndpoint is where a pipeline asks for a token of its platform. azidentity has a credential for Azure DevOps, which takes
// the URL from the process's environment alone, and none for GitHub.
type assertionEndpoint struct {
	pipeline   runtime.Pipeline
	url, token string
}

func newPipeline(options azcore.ClientOptions) runtime.Pipeline {
	return runtime.NewPipeline("", "", runtime.PipelineOptions{}, &options)
}

// gitHub asks as GitHub documents it:
// https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func (e assertionEndpoint) gitHub(audience string) assertion {
	return func(ctx context.Context) (string, error) {
		var answer struct {
			Value string `json:"value"`
		}
		err := e.ask(ctx, http.MethodGet, url.Values{"audience": {audience}}, &answer)
		return answer.Value, err
	}
}

// azureDevOps asks as Azure DevOps documents it:
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
func (e assertionEndpoint) azureDevOps(serviceConnectionID string) assertion {
	return func(ctx context.Context) (string, error) {
		var answer struct {
			Token string `json:"oidcToken"`
		}
		err := e.ask(ctx, http.MethodPost, url.Values{"api-version": {"7.1"}, "serviceConnectionId": {serviceConnectionID}}, &answer)
		return answer.Token, err
	}
}

// ask sends one request and decodes its JSON answer. No part of an answer is told: a good one is a secret.
func (e assertionEndpoint) ask(ctx context.Context, verb string, query url.Values, answer any) error {
	at, err := url.Parse(e.url)
	if err != nil {
		return err
	}
	for name, values := range at.Query() {
		if !query.Has(name) {
			query[name] = values
		}
	}
	at.RawQuery = query.Encode()
	request, err := runtime.NewRequest(ctx, verb, at.String())
	if err != nil {
		return err
	}
	request.Raw().Header.Set("Accept", "application/json")
	request.Raw().Header.Set("Authorization", "Bearer "+e.token)
	request.Raw().Header.Set("X-TFS-FedAuthRedirect", "Suppress") // Azure DevOps answers a wrong token with a page otherwise.
	response, err := e.pipeline.Do(request)
	if err != nil {
		return fmt.Errorf("asking %s for an OIDC token: %w", at.Host, err)
	}
	defer func() { _ = response.Body.Close() }()
	if !runtime.HasStatusCode(response, http.StatusOK) {
		return fmt.Errorf("%s answered %s when asked for an OIDC token: check the request token, and what the pipeline is permitted", at.Host, response.Status)
	}
	if err := runtime.UnmarshalAsJSON(response, answer); err != nil {
		if _, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("%s did not answer with an OIDC token", at.Host)
		}
		return fmt.Errorf("reading the OIDC token of %s: %w", at.Host, err)
	}
	return nil
}
