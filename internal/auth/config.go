// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

// Config is what the provider block says. Nil is an attribute that is not set, which leaves the word to the environment; an
// empty string hides the variable.
type Config struct {
	Environment, GraphEndpoint, AuthorityHost *string

	TenantID                                                               *string
	ClientID, ClientIDFilePath                                             *string
	ClientSecret, ClientSecretFilePath                                     *string
	ClientCertificate, ClientCertificatePath, ClientCertificatePassword    *string
	OIDCToken, OIDCTokenFilePath, OIDCRequestURL, OIDCRequestToken         *string
	ADOPipelineServiceConnectionID                                         *string
	UseOIDC, UseAKSWorkloadIdentity, UseMSI, UseCLI, UseAZD, UsePowerShell *bool
}

// Problem is one thing that is wrong with the settings.
type Problem struct {
	// Attribute is the name of the provider's attribute that mends it.
	Attribute string
	// Summary is a short noun phrase, Detail says what to do.
	Summary, Detail string
}

// Problems are everything that is wrong with the settings, so that they can be mended at once.
type Problems []Problem

func (p *Problems) add(attribute, summary, detail string) {
	*p = append(*p, Problem{Attribute: attribute, Summary: summary, Detail: detail})
}
