// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import "testing"

func TestMayDo(t *testing.T) {
	t.Parallel()
	const self, other = true, false
	app := func(roles ...string) caller { return caller{application: true, permissions: roles} }
	user := func(scope string, roles ...string) caller { return caller{permissions: []string{scope}, roles: roles} }
	tests := map[string]struct {
		caller    caller
		needed    requirement
		toOneself bool
		want      bool
	}{
		"invalidate: application with User.RevokeSessions.All":          {app("User.RevokeSessions.All"), invalidate, other, true},
		"invalidate: application with User.ReadWrite.All":               {app("User.ReadWrite.All", "Directory.ReadWrite.All"), invalidate, other, false},
		"invalidate: application without permissions":                   {app(), invalidate, other, false},
		"invalidate: user on others without a role":                     {user("User.RevokeSessions.All"), invalidate, other, false},
		"invalidate: user on others with a role":                        {user("User.RevokeSessions.All", "Helpdesk Administrator"), invalidate, other, true},
		"invalidate: Directory.ReadWrite.All with a role":               {user("Directory.ReadWrite.All", "Directory Writers"), invalidate, other, true},
		"invalidate: role without a permission":                         {user("User.Read.All", "Global Administrator"), invalidate, other, false},
		"invalidate: Password Administrator":                            {user("User.RevokeSessions.All", "Password Administrator"), invalidate, other, false},
		"invalidate: User.ReadWrite on oneself":                         {user("User.ReadWrite"), invalidate, self, true},
		"invalidate: User.ReadWrite on others with a role":              {user("User.ReadWrite", "User Administrator"), invalidate, other, false},
		"invalidate: User.ReadWrite.All on oneself":                     {user("User.ReadWrite.All"), invalidate, self, false},
		"invalidate: User.ReadWrite.All as an administrator":            {user("User.ReadWrite.All", "Global Administrator"), invalidate, other, false},
		"invalidate: User.RevokeSessions.All on oneself without a role": {user("User.RevokeSessions.All"), invalidate, self, true},

		"revoke: application with User.ReadWrite.All":      {app("User.ReadWrite.All"), revoke, other, true},
		"revoke: application with Directory.ReadWrite.All": {app("Directory.ReadWrite.All"), revoke, other, true},
		"revoke: application with User.Read.All":           {app("User.Read.All"), revoke, other, false},
		"revoke: User.ReadWrite on oneself":                {user("User.ReadWrite"), revoke, self, false},
		"revoke: User.ReadWrite.All on oneself":            {user("User.ReadWrite.All"), revoke, self, true},
		"revoke: User.ReadWrite.All without a role":        {user("User.ReadWrite.All"), revoke, other, false},
		"revoke: User.ReadWrite.All with a role":           {user("User.ReadWrite.All", "Authentication Administrator"), revoke, other, true},

		"read: application with User.Read.All":           {app("User.Read.All"), readUser, other, true},
		"read: application with User.RevokeSessions.All": {app("User.RevokeSessions.All"), readUser, other, false},
		"read: application with a delegated permission":  {app("User.Read"), readUser, other, false},
		"read: User.Read on oneself":                     {user("User.Read"), readUser, self, true},
		"read: User.Read on others":                      {user("User.Read"), readUser, other, false},
		"read: User.Read.All on others needs no role":    {user("User.Read.All"), readUser, other, true},
		"list: User.Read":                                {user("User.Read"), listUsers, other, false},

		"delete: oneself without a role":     {user("User.ReadWrite.All"), deleteUser, self, false},
		"delete: others with a role":         {user("User.ReadWrite.All", "User Administrator"), deleteUser, other, true},
		"update: oneself":                    {user("User.ReadWrite"), updateUser, self, true},
		"update: others without a role":      {user("User.ReadWrite.All"), updateUser, other, false},
		"password: application that manages": {app("User.ReadWrite.All"), resetPassword, other, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.caller.mayDo(test.needed, test.toOneself); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestMayReach(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		roles, target []string
		want          bool
	}{
		"nobody's administrator":              {[]string{"Directory Writers"}, nil, true},
		"directory writers on a reader":       {[]string{"Directory Writers"}, []string{"Directory Readers"}, false},
		"helpdesk on helpdesk":                {[]string{"Helpdesk Administrator"}, []string{"Helpdesk Administrator"}, true},
		"helpdesk on a user administrator":    {[]string{"Helpdesk Administrator"}, []string{"User Administrator"}, false},
		"helpdesk on one of two roles":        {[]string{"Helpdesk Administrator"}, []string{"Reports Reader", "Groups Administrator"}, false},
		"user administrator on their like":    {[]string{"User Administrator"}, []string{"User Administrator"}, true},
		"user administrator on global":        {[]string{"User Administrator"}, []string{"Global Administrator"}, false},
		"authentication on helpdesk":          {[]string{"Authentication Administrator"}, []string{"Helpdesk Administrator"}, false},
		"the wider of two roles":              {[]string{"Helpdesk Administrator", "User Administrator"}, []string{"Groups Administrator"}, true},
		"privileged on global":                {[]string{"Privileged Authentication Administrator"}, []string{"Global Administrator"}, true},
		"global on a role outside the matrix": {[]string{"Global Administrator"}, []string{"Exchange Administrator"}, true},
		"user administrator on such a role":   {[]string{"User Administrator"}, []string{"Exchange Administrator"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := (caller{roles: test.roles}).mayReach(invalidate, test.target); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if !(caller{application: true}).mayReach(invalidate, []string{"Global Administrator"}) {
		t.Error("an application is refused on an administrator")
	}
}
