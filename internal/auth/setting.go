// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"os"
	"strconv"
	"strings"
)

// origin is who gave a setting. A later one beats an earlier one.
type origin int

const (
	nobody origin = iota
	ambient
	environment
	block
)

// setting is the value in force of one attribute, and where it came from.
type setting struct {
	attribute string
	variables []string
	value     string
	// source names the attribute or variable that the value came from, for people to read.
	source string
	// origin is the block's for an empty value too, which hides what the environment says.
	origin origin
}

func (s setting) isSet() bool { return s.value != "" }

// strongest returns the setting of the highest origin among those that are set, the first among equals.
func strongest(candidates ...setting) (best setting) {
	for _, candidate := range candidates {
		if candidate.isSet() && candidate.origin > best.origin {
			best = candidate
		}
	}
	return best
}

// ways tells how the setting can be given.
func (s setting) ways() string {
	ways := append([]string{"`" + s.attribute + "` in the provider block"}, s.variables...)
	return strings.Join(ways, ", or ")
}

// toggle is a switch in force. One that nobody set is neither on nor off.
type toggle struct{ setting }

const (
	on  = "true"
	off = "false"
)

func (t toggle) isOn() bool  { return t.value == on }
func (t toggle) isOff() bool { return t.value == off }

func switched(truth bool) string {
	if truth {
		return on
	}
	return off
}

// lookup finds settings: the attribute beats the variables, the first variable that is set beats those after it.
type lookup struct {
	env      func(variable string) (string, bool)
	problems *Problems
}

// variable returns a variable's value. An empty one is as good as none, as the shells of pipelines have no other way to unset it.
func (l lookup) variable(name string) string {
	value, _ := l.env(name)
	return value
}

func (l lookup) text(configured *string, attribute string, variables ...string) setting {
	s := setting{attribute: attribute, variables: variables}
	if configured != nil {
		s.value, s.source, s.origin = *configured, "the provider's `"+attribute+"`", block
		return s
	}
	for _, variable := range variables {
		if value := l.variable(variable); value != "" {
			s.value, s.source, s.origin = value, "the environment variable "+variable, environment
			if isAmbient(variable) {
				s.origin = ambient
			}
			return s
		}
	}
	return s
}

// isAmbient knows the variables that a platform sets for whatever runs on it. They fill in a method that was chosen, and choose none.
func isAmbient(variable string) bool {
	return strings.HasPrefix(variable, "ACTIONS_") || strings.HasPrefix(variable, "SYSTEM_") || variable == "AZURE_FEDERATED_TOKEN_FILE"
}

// content is a setting that may stand in a file instead. Where the same origin gives both, they must agree.
func (l lookup) content(value, path setting) setting {
	if !path.isSet() || value.origin > path.origin {
		return value
	}
	bytes, err := os.ReadFile(path.value) //nolint:gosec // The file is the one that the person names.
	if err != nil {
		l.problems.add(path.attribute, "Unreadable File", "The file named by "+path.source+" cannot be read: "+err.Error()+".")
		return value
	}
	inFile := strings.TrimSpace(string(bytes))
	if inFile == "" {
		l.problems.add(path.attribute, "Empty File", "The file named by "+path.source+" is empty.")
		return value
	}
	if value.isSet() && value.origin == path.origin && value.value != inFile {
		l.problems.add(path.attribute, "Contradicting Settings", "The file named by "+path.source+" holds another value than "+value.source+". Set one of them.")
	}
	path.value = inFile
	return path
}

// truth finds a switch. A variable is read as strconv.ParseBool does: 1, t, true, and their opposites.
func (l lookup) truth(configured *bool, attribute, variable string) toggle {
	t := toggle{setting: setting{attribute: attribute, variables: []string{variable}}}
	if configured != nil {
		t.value, t.source, t.origin = switched(*configured), "the provider's `"+attribute+"`", block
		return t
	}
	value := l.variable(variable)
	if value == "" {
		return t
	}
	truth, err := strconv.ParseBool(value)
	if err != nil {
		l.problems.add(attribute, "Invalid Switch in the Environment",
			"The environment variable "+variable+" must be true or false, not "+strconv.Quote(value)+".")
		return t
	}
	t.value, t.source, t.origin = switched(truth), "the environment variable "+variable, environment
	return t
}
