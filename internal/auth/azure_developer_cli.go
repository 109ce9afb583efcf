// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var azureDeveloperCLI = method{
	name:  "Azure Developer CLI",
	fixed: true,
	asked: func(s settings) []setting { return switchOf(s.useAZD) },
	credential: func(s settings, _ azcore.ClientOptions, _ *Problems) (azcore.TokenCredential, error) {
		return azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: s.tenantID.value})
	},
}
