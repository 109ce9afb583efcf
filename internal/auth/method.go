// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// method is one way to sign in.
type method struct {
	// name is what people call it.
	name string
	// fixed is set where somebody else's application signs in, whose permissions nobody can change.
	fixed bool
	// asked are the settings that choose the method.
	asked func(settings) []setting
	// credential makes the method's credential, and notes what it lacks.
	credential func(settings, azcore.ClientOptions, *Problems) (azcore.TokenCredential, error)
}

// methods are all there are. Where the environment asks for several, the first is taken; the order is that of hashicorp/azuread.
var methods = []method{clientCertificate, clientSecret, oidc, aksWorkloadIdentity, managedIdentity, azureCLI, azureDeveloperCLI, azurePowerShell}

// askedBy returns the setting of the highest origin that chooses the method. Ambient variables choose none.
func (m method) askedBy(s settings) setting {
	if by := strongest(m.asked(s)...); by.origin > ambient {
		return by
	}
	return setting{}
}

// choice is a method and the setting that chose it.
type choice struct {
	method
	by setting
}

// choose returns the method in force. The block beats the environment; two methods in the block are a problem, two in the
// environment a notice. Without any, it is the Azure CLI, unless that is forbidden.
func choose(s settings, problems *Problems) (chosen choice, notices Problems) {
	var asked []choice
	highest := nobody
	for _, m := range methods {
		if by := m.askedBy(s); by.origin != nobody {
			asked = append(asked, choice{m, by})
			highest = max(highest, by.origin)
		}
	}
	var rivals []choice
	for _, c := range asked {
		if c.by.origin == highest {
			rivals = append(rivals, c)
		}
	}
	switch {
	case len(rivals) == 0 && s.useCLI.isOff():
		problems.add(s.clientSecret.attribute, "No Sign-In Method",
			"Nothing says how to sign in, and "+s.useCLI.source+" forbids the Azure CLI. Set a client secret, a certificate, an OIDC token, or one of the use_ switches.")
		return choice{}, nil
	case len(rivals) == 0:
		return choice{azureCLI, setting{source: "no other method being set"}}, nil
	case len(rivals) > 1 && highest == block:
		problems.add(rivals[1].by.attribute, "Several Sign-In Methods", "The provider block asks for "+each(rivals)+". Leave one of them.")
		return rivals[0], nil
	case len(rivals) > 1:
		notices.add(rivals[0].by.attribute, "Several Sign-In Methods",
			"The environment asks for "+each(rivals)+". The first is used: unset the others, or say in the provider block which one is meant.")
	}
	return rivals[0], notices
}

// each lists choices, each with what asks for it.
func each(choices []choice) string {
	texts := make([]string, 0, len(choices))
	for _, c := range choices {
		texts = append(texts, c.name+" (by "+c.by.source+")")
	}
	return strings.Join(texts, " and ")
}

// switchOf is what a toggle asks for: nothing where it is off.
func switchOf(t toggle) []setting {
	if !t.isOn() {
		return nil
	}
	return []setting{t.setting}
}

// require notes settings that a method cannot do without.
func require(m string, problems *Problems, needed ...setting) {
	for _, s := range needed {
		if !s.isSet() {
			problems.add(s.attribute, "Incomplete Sign-In Settings", "Signing in with "+m+" also needs "+s.ways()+".")
		}
	}
}
