// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

// object is a directory object in a list of several kinds.
type object struct {
	kind, id string
	// defaults are the properties returned without $select.
	defaults []string
	// read returns a property's value, and whether the kind has it. What the caller may not see is null.
	read func(name string) (value any, has bool)
}

// groupProperties are the properties of a group that the tenant knows.
var groupProperties = []string{"id", "displayName", "visibility"}

func groupObject(g Group) object {
	return object{kind: "group", id: g.ID, defaults: groupProperties, read: func(name string) (any, bool) {
		switch name {
		case "id":
			return g.ID, true
		case "displayName":
			return g.DisplayName, true
		case "visibility":
			return g.visibility(), true
		}
		return nil, false
	}}
}

// namedObject is a device or service principal.
func namedObject(kind, id, displayName string, visible bool) object {
	return object{kind: kind, id: id, defaults: []string{"id", "displayName"}, read: func(name string) (any, bool) {
		switch {
		case name == "id":
			return id, true
		case name == "displayName" && visible:
			return displayName, true
		}
		return nil, name == "displayName"
	}}
}

// sightOfUsers is how much of users a caller may see.
type sightOfUsers int

const (
	idsOnly sightOfUsers = iota
	basicProfiles
	fullProfiles
)

func (c call) sightOfUsers() sightOfUsers {
	switch {
	case !c.caller.mayDo(readUser, false):
		return idsOnly
	case c.readsBasicOnly(false):
		return basicProfiles
	default:
		return fullProfiles
	}
}

// userObject is a user, of whom the properties with the default names are returned without $select.
func userObject(a *account, sight sightOfUsers, defaults []string) object {
	return object{kind: "user", id: a.ID, defaults: defaults, read: func(name string) (any, bool) {
		p, ok := findProperty(name)
		switch {
		case !ok:
			return nil, false
		case name == "id", sight == fullProfiles, sight == basicProfiles && p.basic:
			return p.read(*a), true
		}
		return nil, true
	}}
}

func namesOf(properties []property) []string {
	names := make([]string, 0, len(properties))
	for _, p := range properties {
		names = append(names, p.name)
	}
	return names
}

// render returns the selected properties that the object's kind has, or its default ones where none is selected.
func (o object) render(selected []string) map[string]any {
	if selected == nil {
		selected = o.defaults
	}
	rendered := map[string]any{"@odata.type": "#microsoft.graph." + o.kind}
	for _, name := range selected {
		if value, has := o.read(name); has {
			rendered[name] = value
		}
	}
	return rendered
}
