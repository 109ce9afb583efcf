// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var clientSecret = method{
	name:  "client secret",
	asked: func(s settings) []setting { return []setting{s.clientSecret} },
	credential: func(s settings, options azcore.ClientOptions, problems *Problems) (azcore.TokenCredential, error) {
		require("a client secret", problems, s.tenantID, s.clientID)
		if len(*problems) > 0 {
			return nil, nil
		}
		return azidentity.NewClientSecretCredential(s.tenantID.value, s.clientID.value, s.clientSecret.value,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: s.cloud.foreign()})
	},
}
