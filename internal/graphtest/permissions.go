// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import "slices"

// Permissions of Microsoft Graph that the operations below know.
const (
	applicationReadAll     = "Application.Read.All"
	deviceReadAll          = "Device.Read.All"
	directoryReadAll       = "Directory.Read.All"
	directoryReadWriteAll  = "Directory.ReadWrite.All"
	groupMemberReadAll     = "GroupMember.Read.All"
	groupMemberReadWrite   = "GroupMember.ReadWrite.All"
	groupReadAll           = "Group.Read.All"
	groupReadWriteAll      = "Group.ReadWrite.All"
	memberReadHidden       = "Member.Read.Hidden"
	passwordReadWriteAll   = "User-PasswordProfile.ReadWrite.All"
	userRead               = "User.Read"
	userReadAll            = "User.Read.All"
	userReadBasicAll       = "User.ReadBasic.All"
	userReadWrite          = "User.ReadWrite"
	userReadWriteAll       = "User.ReadWrite.All"
	userReadWriteCross     = "User.ReadWrite.CrossCloud"
	userRevokeSessionsAll  = "User.RevokeSessions.All"
	insufficientPrivileges = "Insufficient privileges to complete the operation."
	invalidationDenied     = "Access to invalidate refresh tokens operation is denied."
)

// requirement is what a caller needs for an operation: one of the permissions for its kind of token and, for acting
// on somebody else in a user's name, one of the Entra roles too.
type requirement struct {
	application []string
	delegated   []string
	// ownUser are the delegated permissions that are enough for the signed-in user, without a role.
	ownUser []string
	// roles are the Entra roles that a user needs for other users; nil is none.
	roles   []string
	refusal string
}

// Requirements of the operations, from permissions/new/permissions.json of microsoftgraph/microsoft-graph-devx-content;
// for changes of users, from the page of each call. The AgentIdUser permissions are left out: they cover agent
// users, of whom the tenant has none.
var (
	readUser = requirement{
		application: []string{userReadAll, userReadWriteAll, directoryReadAll, directoryReadWriteAll, userReadWriteCross, userReadBasicAll},
		delegated:   []string{userReadAll, userReadWriteAll, directoryReadAll, directoryReadWriteAll, userReadBasicAll},
		ownUser:     []string{userRead, userReadWrite},
		refusal:     insufficientPrivileges,
	}
	listUsers = requirement{
		application: []string{userReadAll, userReadWriteAll, directoryReadAll, directoryReadWriteAll, userReadBasicAll},
		delegated:   []string{userReadAll, userReadWriteAll, directoryReadAll, directoryReadWriteAll, userReadBasicAll},
		refusal:     insufficientPrivileges,
	}
	readGroup     = readBy(groupMemberReadAll, groupMemberReadWrite, groupReadAll, groupReadWriteAll, directoryReadAll, directoryReadWriteAll)
	readDevice    = readBy(deviceReadAll, directoryReadAll, directoryReadWriteAll)
	readPrincipal = readBy(applicationReadAll, directoryReadAll, directoryReadWriteAll)
	createUser    = requirement{
		application: []string{userReadWriteAll, directoryReadWriteAll},
		delegated:   []string{userReadWriteAll, directoryReadWriteAll},
		roles:       userManagers,
		refusal:     insufficientPrivileges,
	}
	updateUser = requirement{
		application: []string{userReadWriteAll, directoryReadWriteAll},
		delegated:   []string{userReadWriteAll, directoryReadWriteAll},
		ownUser:     []string{userReadWrite, userReadWriteAll, directoryReadWriteAll},
		roles:       userManagers,
		refusal:     insufficientPrivileges,
	}
	deleteUser = requirement{
		application: []string{userReadWriteAll},
		delegated:   []string{userReadWriteAll},
		roles:       userManagers,
		refusal:     insufficientPrivileges,
	}
	resetPassword = requirement{
		application: []string{passwordReadWriteAll},
		delegated:   []string{passwordReadWriteAll},
		roles:       userManagers,
		refusal:     insufficientPrivileges,
	}
	invalidate = requirement{
		application: []string{userRevokeSessionsAll},
		delegated:   []string{userRevokeSessionsAll, directoryReadWriteAll},
		ownUser:     []string{userRevokeSessionsAll, directoryReadWriteAll, userReadWrite},
		roles:       sessionRevokers,
		refusal:     invalidationDenied,
	}
	revoke = requirement{
		application: []string{userRevokeSessionsAll, userReadWriteAll, directoryReadWriteAll},
		delegated:   []string{userRevokeSessionsAll, userReadWriteAll, directoryReadWriteAll},
		ownUser:     []string{userRevokeSessionsAll, userReadWriteAll, directoryReadWriteAll},
		roles:       sessionRevokers,
		refusal:     invalidationDenied,
	}
)

// readBy is for reading what the same permissions cover for both kinds of token.
func readBy(permissions ...string) requirement {
	return requirement{application: permissions, delegated: permissions, refusal: insufficientPrivileges}
}

// Entra roles that the documentation names for operations on other users.
const (
	authenticationAdministrator           = "Authentication Administrator"
	directoryWriters                      = "Directory Writers"
	globalAdministrator                   = "Global Administrator"
	helpdeskAdministrator                 = "Helpdesk Administrator"
	privilegedAuthenticationAdministrator = "Privileged Authentication Administrator"
	securityAdministrator                 = "Security Administrator"
	userAdministrator                     = "User Administrator"
)

var (
	userManagers    = []string{userAdministrator, globalAdministrator}
	sessionRevokers = []string{
		directoryWriters, helpdeskAdministrator, authenticationAdministrator, userAdministrator, securityAdministrator,
		privilegedAuthenticationAdministrator, globalAdministrator,
	}
)

// unlimited are the roles that reach every administrator.
var unlimited = []string{privilegedAuthenticationAdministrator, globalAdministrator}

// reach says which administrators the other roles may sign out: the matrix of who can reset passwords and invalidate
// refresh tokens, on the page Working with users in Microsoft Graph. Users without a role are in reach of all.
var reach = map[string][]string{
	helpdeskAdministrator: {
		"Directory Readers", "Guest Inviter", helpdeskAdministrator, "Message Center Reader", "Password Administrator",
		"Reports Reader", "Usage Summary Reports Reader",
	},
	authenticationAdministrator: {
		authenticationAdministrator, "Directory Readers", "Guest Inviter", "Message Center Reader",
		"Password Administrator", "Reports Reader", "Usage Summary Reports Reader",
	},
	userAdministrator: {
		"Directory Readers", "Groups Administrator", "Guest Inviter", helpdeskAdministrator, "Message Center Reader",
		"Password Administrator", "Reports Reader", userAdministrator, "Usage Summary Reports Reader",
	},
}

// caller is whoever an access token was issued to.
type caller struct {
	// objectID is the user's, or the service principal's for an application.
	objectID string
	// application is set for a token of an application alone, without a user.
	application bool
	permissions []string
	// roles are the user's Entra roles.
	roles []string
}

func (c caller) holdsOneOf(permissions []string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(c.permissions, p) })
}

// mayDo reports whether the caller may do what needs the requirement at all, to themselves or to somebody else.
func (c caller) mayDo(needed requirement, toOneself bool) bool {
	switch {
	case c.application:
		return c.holdsOneOf(needed.application)
	case toOneself && c.holdsOneOf(needed.ownUser):
		return true
	default:
		return c.holdsOneOf(needed.delegated) && (needed.roles == nil || hasOneOf(c.roles, needed.roles))
	}
}

// mayReach reports whether the caller, who may do it to other users, may do it to one who holds these roles. For an
// application nothing of the kind is documented.
func (c caller) mayReach(needed requirement, targetRoles []string) bool {
	if c.application || needed.roles == nil || hasOneOf(c.roles, unlimited) {
		return true
	}
	return slices.ContainsFunc(c.roles, func(role string) bool {
		return slices.Contains(needed.roles, role) && !slices.ContainsFunc(targetRoles, func(target string) bool {
			return !slices.Contains(reach[role], target)
		})
	})
}

func hasOneOf(held, wanted []string) bool {
	return slices.ContainsFunc(wanted, func(role string) bool { return slices.Contains(held, role) })
}
