// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import "testing"

// Microsoft's public authorities are vouched for by instance discovery, others cannot be.
func TestCloud_foreign(t *testing.T) {
	t.Parallel()
	for authority, want := range map[string]bool{
		"https://login.microsoftonline.com":         false,
		"https://LOGIN.microsoftonline.com":         false,
		"https://login.microsoftonline.us":          false,
		"https://login.chinacloudapi.cn":            false,
		"https://login.partner.microsoftonline.cn":  true,
		"https://login.microsoftonline.com.example": true,
		"": true,
	} {
		if got := (Cloud{AuthorityHost: authority}).foreign(); got != want {
			t.Errorf("%s: got %t", authority, got)
		}
	}
}

func TestSetting_rootURL(t *testing.T) {
	t.Parallel()
	for value, good := range map[string]bool{
		"https://graph.example":      true,
		"https://graph.example/":     true,
		"https://graph.example:8443": true,
		"http://graph.example":       false,
		"graph.example":              false,
		"https://":                   false,
		"https://user@graph.example": false,
		"https://graph.example/v1.0": false,
		"https://graph.example?a=b":  false,
		"https://graph.example#f":    false,
		"https://graph example":      false,
	} {
		var problems Problems
		setting{attribute: "graph_endpoint", value: value}.rootURL("Invalid Graph Endpoint", "https://graph.microsoft.com", &problems)
		if got := len(problems) == 0; got != good {
			t.Errorf("%s: got %v", value, problems)
		}
	}
}
