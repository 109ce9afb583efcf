// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Group is a group of the tenant.
type Group struct {
	// ID is the object id.
	ID, DisplayName string
	// HiddenMembership makes the members visible only to callers with Member.Read.Hidden.
	HiddenMembership bool
	// Members are the object ids of users, groups, devices and service principals. One that is no object of the tenant
	// is not listed.
	Members []string
}

// AddGroup adds a group. An empty ID is filled. Groups and devices know no replica lag.
func (s *Server) AddGroup(g Group) Group {
	if g.ID == "" {
		g.ID = uuid.NewString()
	}
	s.groups.put(g)
	return g.clone()
}

// UpdateGroup changes the group with that object id now, if there is one.
func (s *Server) UpdateGroup(id string, change func(*Group)) {
	g, ok := s.groups.find(id)
	if !ok {
		return
	}
	id = g.ID
	change(&g)
	g.ID = id
	s.groups.put(g)
}

// AddDevice adds a device and returns its object id.
func (s *Server) AddDevice(displayName string) string {
	return s.groups.addDevice(displayName)
}

func (g Group) clone() Group {
	g.Members = slices.Clone(g.Members)
	return g
}

func (g Group) visibility() string {
	if g.HiddenMembership {
		return "HiddenMembership"
	}
	return "Public"
}

// groups are the groups of a tenant, and the devices that may be members of them, by object id in lower case.
type groups struct {
	mu      sync.Mutex
	byID    map[string]Group
	devices map[string]string // display names
}

func (gs *groups) put(g Group) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.byID == nil {
		gs.byID = make(map[string]Group)
	}
	gs.byID[strings.ToLower(g.ID)] = g.clone()
}

func (gs *groups) find(id string) (Group, bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, ok := gs.byID[strings.ToLower(id)]
	return g.clone(), ok
}

func (gs *groups) addDevice(displayName string) (id string) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.devices == nil {
		gs.devices = make(map[string]string)
	}
	id = uuid.NewString()
	gs.devices[id] = displayName
	return id
}

func (gs *groups) findDevice(id string) (displayName string, ok bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	displayName, ok = gs.devices[strings.ToLower(id)]
	return displayName, ok
}

// expand returns the object ids of everything in a group and in the groups in it, in lower case, each once and level
// by level. The group itself is not in it, even where groups are members of each other. What is in a hidden group is
// left out unless hidden is set.
func (gs *groups) expand(id string, hidden bool) []string {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	found := []string{strings.ToLower(id)}
	met := map[string]bool{found[0]: true}
	for i := 0; i < len(found); i++ {
		g := gs.byID[found[i]]
		if g.HiddenMembership && !hidden {
			continue
		}
		for _, member := range g.Members {
			if member = strings.ToLower(member); !met[member] {
				met[member] = true
				found = append(found, member)
			}
		}
	}
	return found[1:]
}

func (s *Server) getGroup(c call) (reply, *graphError) {
	options, failure := c.parseOptions("$select")
	if failure != nil {
		return reply{}, failure
	}
	g, failure := s.targetGroup(c)
	if failure != nil {
		return reply{}, failure
	}
	selected, failure := readSelect(options, "microsoft.graph.group", func(name string) bool { return slices.Contains(groupProperties, name) })
	if failure != nil {
		return reply{}, failure
	}
	body := groupObject(g).render(selected)
	delete(body, "@odata.type")
	body["@odata.context"] = c.context("groups" + selection(selected) + "/$entity")
	return reply{status: http.StatusOK, body: body}, nil
}

// targetGroup returns the group that a call is about, once the caller is known to hold what it needs.
func (s *Server) targetGroup(c call) (Group, *graphError) {
	if !c.caller.mayDo(readGroup, false) {
		return Group{}, denied(readGroup.refusal)
	}
	if len(c.key) != len(uuid.Nil.String()) || uuid.Validate(c.key) != nil {
		return Group{}, badRequest("Request_BadRequest", "Invalid object identifier '%s'.", c.key)
	}
	g, ok := s.groups.find(c.key)
	if !ok {
		return Group{}, notFound(c.key)
	}
	return g, nil
}

// listTransitiveMembers lists everything in a group, or with the cast to users, which is an advanced query, users only.
func (s *Server) listTransitiveMembers(c call) (reply, *graphError) {
	options, failure := c.parseOptions("$select", "$top", "$skiptoken", "$count")
	if failure != nil {
		return reply{}, failure
	}
	g, failure := s.targetGroup(c)
	if failure != nil {
		return reply{}, failure
	}
	if c.usersOnly && !c.isAdvanced(options) {
		return reply{}, unsupportedQuery()
	}
	context, typeName := "directoryObjects", "microsoft.graph.directoryObject"
	if c.usersOnly {
		context, typeName = "users", "microsoft.graph.user"
	}
	selected, failure := readSelect(options, typeName, func(name string) bool {
		_, ofUsers := findProperty(name)
		return ofUsers || !c.usersOnly && slices.Contains(groupProperties, name)
	})
	if failure != nil {
		return reply{}, failure
	}
	members, failure := s.transitiveMembers(c, g, options)
	if failure != nil {
		return reply{}, failure
	}
	return listReply(c, list[object]{
		context: context + selection(selected),
		options: options,
		items:   members,
		id:      func(o object) string { return o.id },
		render: func(o object) map[string]any {
			rendered := o.render(selected)
			if c.usersOnly {
				delete(rendered, "@odata.type")
			}
			return rendered
		},
	})
}

// transitiveMembers returns the objects in a group as the caller may see them, from the page on that the options ask
// for.
func (s *Server) transitiveMembers(c call, g Group, options url.Values) ([]object, *graphError) {
	last, failure := pageToken(options)
	if failure != nil {
		return nil, failure
	}
	ids := s.groups.expand(g.ID, slices.Contains(c.caller.permissions, memberReadHidden))
	if last != "" {
		i := slices.Index(ids, strings.ToLower(last))
		if i < 0 {
			return nil, expiredToken()
		}
		ids = ids[i+1:]
	}
	users := s.directory.among(ids, secondary)
	sight, defaults := c.sightOfUsers(), namesOf(defaultProperties(c.version))
	seesDevices, seesPrincipals := c.caller.mayDo(readDevice, false), c.caller.mayDo(readPrincipal, false)
	var objects []object
	for _, id := range ids {
		if user, ok := users[id]; ok {
			objects = append(objects, userObject(user, sight, defaults))
			continue
		}
		if c.usersOnly {
			continue
		}
		if nested, ok := s.groups.find(id); ok {
			objects = append(objects, groupObject(nested))
		} else if name, ok := s.groups.findDevice(id); ok {
			objects = append(objects, namedObject("device", id, name, seesDevices))
		} else if a, ok := s.applications.findPrincipal(id); ok {
			objects = append(objects, namedObject("servicePrincipal", a.ObjectID, a.DisplayName, seesPrincipals))
		}
	}
	return objects, nil
}
