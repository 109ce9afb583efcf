// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

func (s *Server) getUser(c call) (reply, *graphError) {
	options, failure := c.parseOptions("$select")
	if failure != nil {
		return reply{}, failure
	}
	if failure := s.permit(c, readUser); failure != nil {
		return reply{}, failure
	}
	shown, failure := c.view(options, s.isOneself(c))
	if failure != nil {
		return reply{}, failure
	}
	user, ok := s.directory.find(c.key, secondary)
	if !ok {
		return reply{}, notFound(c.key)
	}
	body := shown.render(user)
	body["@odata.context"] = c.context("users" + selection(shown.selected) + "/$entity")
	return reply{status: http.StatusOK, body: body}, nil
}

func (s *Server) listUsers(c call) (reply, *graphError) {
	options, failure := c.parseOptions("$select", "$filter", "$top", "$skiptoken", "$count")
	if failure != nil {
		return reply{}, failure
	}
	if failure := s.permit(c, listUsers); failure != nil {
		return reply{}, failure
	}
	shown, failure := c.view(options, false)
	if failure != nil {
		return reply{}, failure
	}
	keeps, failure := c.filterUsers(options, shown)
	if failure != nil {
		return reply{}, failure
	}
	last, failure := pageToken(options)
	if failure != nil {
		return reply{}, failure
	}
	users, known := s.directory.list(secondary, last)
	if !known {
		return reply{}, expiredToken()
	}
	return listReply(c, list[*account]{
		context: "users" + selection(shown.selected),
		options: options,
		items:   slices.DeleteFunc(users, func(a *account) bool { return !keeps(a) }),
		id:      func(a *account) string { return a.ID },
		render:  func(a *account) map[string]any { return shown.render(*a) },
	})
}

// filterUsers reads $filter, which by default keeps everybody. To filter by what the caller cannot see is denied.
func (c call) filterUsers(options url.Values, shown view) (predicate, *graphError) {
	if !options.Has("$filter") {
		return func(*account) bool { return true }, nil
	}
	f, failure := parseFilter(options.Get("$filter"))
	switch {
	case failure != nil:
		return nil, failure
	case f.unsupported, f.advanced && !c.isAdvanced(options):
		return nil, unsupportedQuery()
	case f.alternatives > maxAlternatives && !c.isAdvanced(options):
		return nil, badRequest("Request_UnsupportedQuery",
			"Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", f.alternatives, maxAlternatives)
	case shown.basicOnly && slices.ContainsFunc(f.properties, func(p property) bool { return !p.basic }):
		return nil, denied(insufficientPrivileges)
	}
	return f.keeps, nil
}

func (s *Server) createUser(c call) (reply, *graphError) {
	object, failure := c.entity()
	if failure != nil {
		return reply{}, failure
	}
	if failure := s.permit(c, createUser); failure != nil {
		return reply{}, failure
	}
	if failure := checkRequired(object); failure != nil {
		return reply{}, failure
	}
	delete(object, "passwordProfile")
	now := s.clock.Now()
	created := account{User: User{ID: uuid.NewString(), UserType: "Member"}}
	if failure := setProperties(&created, object); failure != nil {
		return reply{}, failure
	}
	created.setProfile("createdDateTime", formatInstant(now))
	created.invalidateAt(now)
	if !s.directory.create(created) {
		return reply{}, nameTaken()
	}
	body := view{properties: defaultProperties(c.version)}.render(created)
	body["@odata.context"] = c.context("users/$entity")
	return reply{status: http.StatusCreated, body: body}, nil
}

func (s *Server) updateUser(c call) (reply, *graphError) {
	object, failure := c.entity()
	if failure != nil {
		return reply{}, failure
	}
	needed := []requirement{}
	_, newPassword := object["passwordProfile"]
	delete(object, "passwordProfile")
	if newPassword {
		needed = append(needed, resetPassword)
	}
	if len(object) > 0 || !newPassword {
		needed = append(needed, updateUser)
	}
	user, failure := s.target(c, needed...)
	if failure != nil {
		return reply{}, failure
	}
	changed := user.clone()
	if failure := setProperties(&changed, object); failure != nil {
		return reply{}, failure
	}
	if other, ok := s.directory.find(changed.UserPrincipalName, primary); ok && other.ID != user.ID {
		return reply{}, nameTaken()
	}
	found := s.directory.change(user.ID, func(a *account) {
		_ = setProperties(a, object) // succeeded above
		if newPassword {
			a.invalidateAt(s.clock.Now())
		}
	})
	if !found {
		return reply{}, notFound(c.key)
	}
	return reply{status: http.StatusNoContent}, nil
}

func (s *Server) deleteUser(c call) (reply, *graphError) {
	user, failure := s.target(c, deleteUser)
	if failure != nil {
		return reply{}, failure
	}
	if !s.directory.setDeleted(user.ID, true) {
		return reply{}, notFound(c.key)
	}
	return reply{status: http.StatusNoContent}, nil
}

// target returns the user whom a write is about, once the caller is known to hold what it needs.
func (s *Server) target(c call, needed ...requirement) (account, *graphError) {
	for _, n := range needed {
		if failure := s.permit(c, n); failure != nil {
			return account{}, failure
		}
	}
	user, ok := s.directory.find(c.key, primary)
	if !ok {
		return account{}, notFound(c.key)
	}
	for _, n := range needed {
		if failure := s.permitOn(c, n, user); failure != nil {
			return account{}, failure
		}
	}
	return user, nil
}

// entity reads the body of a write.
func (c call) entity() (map[string]any, *graphError) {
	if !isJSON(c.request) {
		return nil, badRequest("BadRequest", onlyJSON)
	}
	object, failure := jsonObject(c.request)
	if failure != nil {
		return nil, failure
	}
	if object == nil {
		return nil, unreadablePayload()
	}
	return object, nil
}

// checkRequired checks what the page of Create user marks as required.
func checkRequired(object map[string]any) *graphError {
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "userPrincipalName"} {
		if value := object[name]; value == nil || value == "" {
			return missing(name)
		}
	}
	profile, _ := object["passwordProfile"].(map[string]any)
	if password, _ := profile["password"].(string); password == "" {
		return missing("passwordProfile")
	}
	return nil
}

func missing(name string) *graphError {
	return badRequest("Request_BadRequest", "Property %s value is required but is empty or missing.", name)
}

func nameTaken() *graphError {
	return badRequest("Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.")
}

// setProperties writes the properties of a JSON object; annotations such as @odata.type are no properties.
func setProperties(a *account, object map[string]any) *graphError {
	for name, value := range object {
		if strings.Contains(name, "@") {
			continue
		}
		p, known := findProperty(name)
		switch {
		case !known:
			return badRequest("Request_BadRequest", "The following extension properties are not available: %s.", name)
		case p.write == nil:
			return badRequest("Request_BadRequest", "Property '%s' is read-only and cannot be set.", name)
		case !p.write(a, value):
			return badRequest("Request_BadRequest", "One or more properties contains invalid values.")
		}
	}
	return nil
}

// view is what a caller sees of a user.
type view struct {
	properties []property
	selected   []string
	// basicOnly hides what User.ReadBasic.All does not cover.
	basicOnly bool
}

// view returns what the caller asked for. With User.ReadBasic.All alone, to select more is denied, and of the
// properties returned by default the others are null.
func (c call) view(options url.Values, oneself bool) (view, *graphError) {
	v := view{properties: defaultProperties(c.version), basicOnly: c.readsBasicOnly(oneself)}
	if options.Get("$select") == "" {
		return v, nil
	}
	names, failure := readSelect(options, "microsoft.graph.user", func(name string) bool { _, known := findProperty(name); return known })
	if failure != nil {
		return view{}, failure
	}
	v.properties, v.selected = nil, names
	for _, name := range names {
		p, _ := findProperty(name)
		if v.basicOnly && !p.basic {
			return view{}, denied(insufficientPrivileges)
		}
		v.properties = append(v.properties, p)
	}
	return v, nil
}

// readsBasicOnly reports whether nothing but User.ReadBasic.All lets the caller read this.
func (c call) readsBasicOnly(oneself bool) bool {
	full := c.caller
	full.permissions = slices.DeleteFunc(slices.Clone(full.permissions), func(p string) bool { return p == userReadBasicAll })
	return !full.mayDo(readUser, oneself)
}

func (v view) render(a account) map[string]any {
	rendered := make(map[string]any, len(v.properties)+1)
	for _, p := range v.properties {
		rendered[p.name] = nil
		if p.basic || !v.basicOnly {
			rendered[p.name] = p.read(a)
		}
	}
	return rendered
}
