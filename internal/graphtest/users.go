// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

const (
	defaultPageSize = 100
	maxPageSize     = 999
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
	body["@odata.context"] = c.context("users" + shown.selection() + "/$entity")
	return reply{status: http.StatusOK, body: body, units: 1}, nil
}

func (s *Server) listUsers(c call) (reply, *graphError) {
	options, failure := c.parseOptions("$select", "$top", "$skiptoken")
	if failure != nil {
		return reply{}, failure
	}
	size, failure := pageSize(options)
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
	page, more, failure := s.pageOfUsers(options.Get("$skiptoken"), size)
	if failure != nil {
		return reply{}, failure
	}

	rendered := make([]map[string]any, 0, len(page))
	for _, user := range page {
		rendered = append(rendered, shown.render(user))
	}
	body := map[string]any{"@odata.context": c.context("users" + shown.selection()), "value": rendered}
	if more {
		options.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].ID)))
		body["@odata.nextLink"] = root(c.request) + "/" + c.version + "/users?" + encodeOptions(options)
	}
	return reply{status: http.StatusOK, body: body, units: listUnits(options)}, nil
}

// pageOfUsers returns the users after the one that the token names, in order of creation, and whether there are more.
func (s *Server) pageOfUsers(token string, size int) (page []account, more bool, failure *graphError) {
	users := s.directory.list(secondary)
	if token != "" {
		expired := badRequest("Directory_ExpiredPageToken",
			"The specified page token value has expired and can no longer be included in your request.")
		last, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, false, expired
		}
		i := slices.IndexFunc(users, func(a account) bool { return a.ID == string(last) })
		if i < 0 {
			return nil, false, expired
		}
		users = users[i+1:]
	}
	if len(users) <= size {
		return users, false, nil
	}
	return users[:size], true, nil
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

// parseOptions reads the system query options of the request. Those that Graph has but the tenant does not support
// are refused rather than ignored: an ignored filter would select everybody.
func (c call) parseOptions(supported ...string) (url.Values, *graphError) {
	all, err := url.ParseQuery(c.request.URL.RawQuery)
	if err != nil {
		return nil, badSyntax()
	}
	options := make(url.Values)
	for name, values := range all {
		if !isSystemOption(name) {
			continue
		}
		name = "$" + strings.TrimPrefix(name, "$")
		if !slices.Contains(supported, name) || len(values) > 1 {
			return nil, unsupportedQuery()
		}
		options[name] = values
	}
	return options, nil
}

// isSystemOption knows the options of OData by their names too, as their dollar sign is optional in Graph.
func isSystemOption(name string) bool {
	switch name {
	case "count", "expand", "filter", "format", "orderby", "search", "select", "skip", "skiptoken", "top":
		return true
	}
	return strings.HasPrefix(name, "$")
}

// encodeOptions keeps the dollar sign and comma readable, as the service does.
func encodeOptions(options url.Values) string {
	return strings.NewReplacer("%24", "$", "%2C", ",").Replace(options.Encode())
}

func pageSize(options url.Values) (int, *graphError) {
	text := options.Get("$top")
	if text == "" {
		return defaultPageSize, nil
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 {
		return 0, badRequest("BadRequest",
			"Invalid value '%s' for $top query option found. The $top query option requires a non-negative integer value.", text)
	}
	if size < 1 || size > maxPageSize {
		return 0, badRequest("Request_BadRequest", "Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", size, maxPageSize)
	}
	return size, nil
}

// listUnits is what a page of users costs: 2 resource units, one less with $select, one less for a short page.
func listUnits(options url.Values) int {
	units := 2
	if options.Has("$select") {
		units--
	}
	if size, failure := pageSize(options); failure == nil && size < 20 {
		units--
	}
	return units
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
	v.properties = nil
	for name := range strings.SplitSeq(options.Get("$select"), ",") {
		name = strings.TrimSpace(name)
		p, known := findProperty(name)
		if !known {
			return view{}, badRequest("BadRequest",
				"Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.user'.", name)
		}
		if v.basicOnly && !p.basic {
			return view{}, denied(insufficientPrivileges)
		}
		v.properties = append(v.properties, p)
		v.selected = append(v.selected, name)
	}
	return v, nil
}

// readsBasicOnly reports whether nothing but User.ReadBasic.All lets the caller read this.
func (c call) readsBasicOnly(oneself bool) bool {
	full := c.caller
	full.permissions = slices.DeleteFunc(slices.Clone(full.permissions), func(p string) bool { return p == userReadBasicAll })
	return !full.mayDo(readUser, oneself)
}

// selection is the list of properties in @odata.context.
func (v view) selection() string {
	if v.selected == nil {
		return ""
	}
	return "(" + strings.Join(v.selected, ",") + ")"
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
