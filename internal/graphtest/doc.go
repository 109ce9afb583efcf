// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

// Package graphtest is Microsoft Entra and Microsoft Graph in memory, served over TLS on a loopback address.
//
// Graph has users with their sessions, groups with their transitive members, and batches; quotas are set where a test
// asks for them.
//
// It is written from Microsoft's documentation, not from what any client sends, and refuses what the services
// refuse: permissions that are missing, actions that a version does not have, keys and bodies that are malformed.
// The authority host and the Graph root are one and the same URL, under which those who vouch for a workload are found
// too: the token endpoints of GitHub and Azure DevOps, and the managed identity endpoints of App Service and of virtual
// machines. It serves tests, and on its own anyone who wants to try a configuration, curl or another Graph client
// without a tenant.
package graphtest
