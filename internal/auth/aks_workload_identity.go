// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var aksWorkloadIdentity = method{
	name:  "AKS workload identity",
	asked: func(s settings) []setting { return switchOf(s.useAKSWorkloadIdentity) },
	credential: func(s settings, options azcore.ClientOptions, problems *Problems) (azcore.TokenCredential, error) {
		require("AKS workload identity", problems, s.tenantID, s.clientID, s.oidcTokenFilePath)
		if len(*problems) > 0 {
			return nil, nil
		}
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions:            options,
			DisableInstanceDiscovery: s.cloud.foreign(),
			TenantID:                 s.tenantID.value,
			ClientID:                 s.clientID.value,
			TokenFilePath:            s.oidcTokenFilePath.value,
		})
	},
}
