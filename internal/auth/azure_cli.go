// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// AzureCLI is the name of the method that signs in as whoever is signed in to the Azure CLI.
const AzureCLI = "Azure CLI"

// azureCLI is the last resort: it is chosen where no other method is, and never after one that failed.
var azureCLI = method{
	name: AzureCLI,
	chosen: func(s settings) string {
		if s.useCLI {
			return "no other method being set"
		}
		return ""
	},
	credential: func(s settings, _ azcore.ClientOptions, _ *Problems) (azcore.TokenCredential, error) {
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.tenantID.value})
	},
}
