// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Failure is what made signing in fail.
type Failure struct {
	// Text is Microsoft Entra's own where it answered, else the error's.
	Text string
	// Advice says what to do about it, in whole sentences.
	Advice string
}

const generalAdvice = "Check the credential and the tenant."

// advice is what to do about the usual codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var advice = []struct {
	codes []int
	text  string
}{
	{[]int{7000215}, "The client secret is not one of the application's. Set the secret's value, not its id, and check that the client id belongs to it."},
	{[]int{7000222}, "The client secret has expired. Add a new one to the application, and set that."},
	{[]int{90002}, "The tenant does not exist in this cloud. Check the tenant id, and the environment or authority_host."},
	{[]int{700016}, "The application does not exist in this tenant. Check the client id and the tenant id; an application of another tenant must be consented to here first."},
	{[]int{700027}, "The certificate is not registered for the application, or has expired. Upload its public part to the application, or set the certificate that is there."},
	{[]int{700213, 7002138, 70021, 70025}, "The application has no federated credential with this subject. Add one, or correct it: the subject must be equal, letter case included."},
	{[]int{700211}, "The application has no federated credential of this issuer. Add one, or correct it: the issuer must be equal, slashes included."},
	{[]int{700212}, "The assertion is for another audience than the application's federated credential. Ask for a token for the audience that the credential names."},
	{[]int{700024}, "The assertion has expired or is not valid yet. Let the pipeline get a new one at each run, give a file that is renewed, and check the machine's clock."},
	{[]int{65001}, "Nobody has consented to the application's permissions in this tenant. Let an administrator grant consent."},
	{[]int{53003, 53000, 53001, 50076, 50079, 50105, 50158}, "A Conditional Access policy refuses this sign-in. Sign in as it demands, or let an administrator exclude this identity."},
	{[]int{50173, 70043, 700082, 70008}, "The sign-in has ended or expired. Sign in again."},
}

// ExplainFailure tells why signing in failed.
func (s *SignIn) ExplainFailure(err error) Failure {
	failure := Failure{Text: err.Error(), Advice: generalAdvice}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		// azidentity keeps no more of such an error than its text.
		failure.Advice = "No answer came. Check the network, the proxy (HTTPS_PROXY, NO_PROXY), the trusted certificates (SSL_CERT_FILE), and authority_host."
		if s.FixedPermissions {
			failure.Advice = "Check that the program is installed and signed in to the tenant, or choose another way to sign in."
		}
		return failure
	}
	description, codes := readEntraError(failed.RawResponse)
	if description != "" {
		failure.Text = description
	}
	for _, known := range advice {
		if slices.ContainsFunc(known.codes, func(code int) bool { return slices.Contains(codes, code) }) {
			failure.Advice = known.text
			break
		}
	}
	return failure
}

func readEntraError(response *http.Response) (description string, codes []int) {
	var answer struct {
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
	}
	body, err := runtime.Payload(response)
	if err != nil || json.Unmarshal(body, &answer) != nil {
		return "", nil
	}
	return answer.Description, answer.Codes
}
