// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"testing"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	const id = "6e7b768e-07e2-4810-8459-485f84f8f204"
	tests := map[string]struct {
		want   resource
		action string
	}{
		"/v1.0/users":                               {want: resource{version: v1, kind: userCollection}},
		"/beta/me":                                  {want: resource{version: beta, kind: singleUser, me: true}},
		"/beta/users/" + id:                         {want: resource{version: beta, kind: singleUser, key: id}},
		"/v1.0/users/a@contoso.com":                 {want: resource{version: v1, kind: singleUser, key: "a@contoso.com"}},
		"/beta/users('" + id + "')":                 {want: resource{version: beta, kind: singleUser, key: id}},
		"/beta/users(%27a@b.c%27)":                  {want: resource{version: beta, kind: singleUser, key: "a@b.c"}},
		"/beta/users%28%27a@b.c%27%29":              {want: resource{version: beta, kind: singleUser, key: "a@b.c"}},
		"/beta/users('o''brien@b.c')":               {want: resource{version: beta, kind: singleUser, key: "o'brien@b.c"}},
		"/beta/users('%27%27@b.c')":                 {want: resource{version: beta, kind: singleUser, key: "'@b.c"}},
		"/beta/users/o'brien@b.c":                   {want: resource{version: beta, kind: singleUser, key: "o'brien@b.c"}},
		"/beta/users('$a@b.c')":                     {want: resource{version: beta, kind: singleUser, key: "$a@b.c"}},
		"/beta/users('a+b@b.c')":                    {want: resource{version: beta, kind: singleUser, key: "a+b@b.c"}},
		"/beta/users/a%2Bb@b.c":                     {want: resource{version: beta, kind: singleUser, key: "a+b@b.c"}},
		"/beta/users('100%25@b.c')":                 {want: resource{version: beta, kind: singleUser, key: "100%@b.c"}},
		"/beta/users('%2525@b.c')":                  {want: resource{version: beta, kind: singleUser, key: "%25@b.c"}},
		"/beta/users('a%2Fb@b.c')":                  {want: resource{version: beta, kind: singleUser, key: "a/b@b.c"}},
		"/beta/users/a%2Fb@b.c":                     {want: resource{version: beta, kind: singleUser, key: "a/b@b.c"}},
		"/beta/users('x)%28@b.c')":                  {want: resource{version: beta, kind: singleUser, key: "x)(@b.c"}},
		"/beta/users/a_b%23EXT%23@c.d":              {want: resource{version: beta, kind: singleUser, key: "a_b#EXT#@c.d"}},
		"/beta/users('bj%C3%B6rn@b.c')":             {want: resource{version: beta, kind: singleUser, key: "björn@b.c"}},
		"/beta/groups/" + id:                        {want: resource{version: beta, kind: singleGroup, key: id}},
		"/v1.0/groups('" + id + "')":                {want: resource{version: v1, kind: singleGroup, key: id}},
		"/beta/$batch":                              {want: resource{version: beta, kind: batch}},
		"/beta/groups/" + id + "/transitiveMembers": {want: resource{version: beta, kind: transitiveMembers, key: id}},
		"/v1.0/groups('" + id + "')/transitiveMembers/microsoft.graph.user": {want: resource{version: v1, kind: transitiveMembers, key: id, usersOnly: true}},

		"/v1.0/me/revokeSignInSessions":                          {resource{version: v1, kind: userAction, me: true}, "revokeSignInSessions"},
		"/beta/users('a@b.c')/revokeSignInSessions":              {resource{version: beta, kind: userAction, key: "a@b.c"}, "revokeSignInSessions"},
		"/beta/users/a@b.c/invalidateAllRefreshTokens":           {resource{version: beta, kind: userAction, key: "a@b.c"}, "invalidateAllRefreshTokens"},
		"/beta/me/microsoft.graph.invalidateAllRefreshTokens":    {resource{version: beta, kind: userAction, me: true}, "invalidateAllRefreshTokens"},
		"/v1.0/users/a@b.c/microsoft.graph.revokeSignInSessions": {resource{version: v1, kind: userAction, key: "a@b.c"}, "revokeSignInSessions"},
	}
	for path, test := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got, failure := parsePath(path)
			if failure != nil {
				t.Fatalf("refused: %+v", *failure)
			}
			if got.version != test.want.version || got.kind != test.want.kind || got.me != test.want.me || got.key != test.want.key || got.usersOnly != test.want.usersOnly {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if got.action.name != test.action {
				t.Errorf("action %q, want %q", got.action.name, test.action)
			}
		})
	}
}

func TestParsePath_refused(t *testing.T) {
	t.Parallel()
	const syntax = "Bad Request - Error in query syntax."
	tests := map[string]struct{ code, message string }{
		"/users":                                       {"BadRequest", "Invalid version: users"},
		"/v2.0/users":                                  {"BadRequest", "Invalid version: v2.0"},
		"/beta":                                        {"BadRequest", "Resource not found for the segment ''."},
		"/beta/groups":                                 {"BadRequest", "Resource not found for the segment 'groups'."},
		"/beta/$batch/x":                               {"BadRequest", "Resource not found for the segment 'x'."},
		"/beta/$batch('x')":                            {"BadRequest", "Resource not found for the segment '$batch('x')'."},
		"/beta/groups('')":                             {"BadRequest", syntax},
		"/beta/groups/x/members":                       {"BadRequest", "Resource not found for the segment 'members'."},
		"/beta/groups/x/revokeSignInSessions":          {"BadRequest", "Resource not found for the segment 'revokeSignInSessions'."},
		"/beta/users/":                                 {"BadRequest", syntax},
		"/beta/users//revokeSignInSessions":            {"BadRequest", syntax},
		"/beta/users()":                                {"BadRequest", syntax},
		"/beta/users('')":                              {"BadRequest", syntax},
		"/beta/users(')":                               {"BadRequest", syntax},
		"/beta/users(a@b.c)":                           {"BadRequest", syntax},
		"/beta/users('a@b.c'":                          {"BadRequest", syntax},
		"/beta/users('o'brien@b.c')":                   {"BadRequest", syntax},
		"/beta/users('o%27brien@b.c')":                 {"BadRequest", syntax},
		"/beta/users('a@b.c''')x":                      {"BadRequest", syntax},
		"/beta/users/$a@b.c":                           {"BadRequest", "Resource not found for the segment '$a@b.c'."},
		"/beta/users/%24a@b.c/revokeSignInSessions":    {"BadRequest", "Resource not found for the segment '$a@b.c'."},
		"/beta/users/$count":                           {"Request_BadRequest", "$count is not currently supported."},
		"/beta/users/a@b.c/manager":                    {"BadRequest", "Resource not found for the segment 'manager'."},
		"/beta/users/a@b.c/revokeSignInSessions/x":     {"BadRequest", "Resource not found for the segment 'x'."},
		"/beta/me/manager":                             {"BadRequest", "Resource not found for the segment 'manager'."},
		"/v1.0/users/a@b.c/invalidateAllRefreshTokens": {"BadRequest", "Resource not found for the segment 'invalidateAllRefreshTokens'."},
		"/v1.0/users/a@b.c/microsoft.graph.invalidateAllRefreshTokens": {"BadRequest", "Resource not found for the segment 'microsoft.graph.invalidateAllRefreshTokens'."},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got, failure := parsePath(path)
			if failure == nil {
				t.Fatalf("accepted as %+v", got)
			}
			if failure.Status != http.StatusBadRequest || failure.Code != want.code || failure.Message != want.message {
				t.Errorf("got %+v, want %+v", *failure, want)
			}
		})
	}
}
