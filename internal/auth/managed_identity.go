// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// managedIdentity is the system-assigned identity of the machine, or the user-assigned one of client_id.
var managedIdentity = method{
	name:  "managed identity",
	asked: func(s settings) []setting { return switchOf(s.useMSI) },
	credential: func(s settings, options azcore.ClientOptions, _ *Problems) (azcore.TokenCredential, error) {
		identity := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
		if s.clientID.isSet() {
			identity.ID = azidentity.ClientID(s.clientID.value)
		}
		return azidentity.NewManagedIdentityCredential(identity)
	},
}
