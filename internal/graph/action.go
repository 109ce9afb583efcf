// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

// Action is one of Graph's two calls that end a user's sessions, with the version of Graph it lives in and the
// property of the user that it moves.
type Action struct {
	name, version, property string
}

var (
	// InvalidateAllRefreshTokens exists in Graph's beta only.
	InvalidateAllRefreshTokens = Action{"invalidateAllRefreshTokens", "beta", "refreshTokensValidFromDateTime"}
	// RevokeSignInSessions is generally available. The property has another name there and holds the same instant.
	RevokeSignInSessions = Action{"revokeSignInSessions", "v1.0", "signInSessionsValidFromDateTime"}
)

// ActionNamed returns the action of that name. Every other name is the default's.
func ActionNamed(name string) Action {
	if name == RevokeSignInSessions.name {
		return RevokeSignInSessions
	}
	return InvalidateAllRefreshTokens
}

// String returns Graph's name of the action.
func (a Action) String() string { return a.name }

// Beta reports whether the action is served by Graph's beta alone, which Microsoft may change without notice.
func (a Action) Beta() bool { return a.version == "beta" }
