// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// azureCLI is also the last resort, where no method is asked for. It never follows one that failed.
var azureCLI = method{
	name:  "Azure CLI",
	fixed: true,
	asked: func(s settings) []setting { return switchOf(s.useCLI) },
	credential: func(s settings, _ azcore.ClientOptions, _ *Problems) (azcore.TokenCredential, error) {
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.tenantID.value})
	},
}
