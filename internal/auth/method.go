// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// settings are all that sign-in methods choose from.
type settings struct {
	cloud        Cloud
	tenantID     setting
	clientID     setting
	clientSecret setting
	useCLI       bool
}

// method is one way to sign in.
type method struct {
	// name is what people call it.
	name string
	// chosen tells what asks for this method, or is empty where nothing does.
	chosen func(settings) string
	// credential makes the method's credential, and notes what it lacks.
	credential func(settings, azcore.ClientOptions, *Problems) (azcore.TokenCredential, error)
}

// methods are tried in this order, which is that of hashicorp/azuread; the first that is chosen is the one.
var methods = []method{clientSecret, azureCLI}

// require notes settings that a method cannot do without.
func require(method string, problems *Problems, needed ...setting) {
	for _, s := range needed {
		if !s.isSet() {
			problems.add(s.attribute, "Incomplete Sign-In Settings",
				"Signing in with "+method+" also needs "+s.ways()+".")
		}
	}
}
