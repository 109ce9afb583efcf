// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"strconv"
	"strings"
)

// setting is the value in force of one attribute, and where it came from.
type setting struct {
	attribute string
	variables []string
	value     string
	// source names the attribute or variable that the value came from, for people to read; empty where there is no value.
	source string
}

func (s setting) isSet() bool { return s.value != "" }

// ways tells how the setting can be given.
func (s setting) ways() string {
	ways := append([]string{"`" + s.attribute + "` in the provider block"}, s.variables...)
	return strings.Join(ways, ", or ")
}

// lookup finds settings: the attribute beats the variables, the first variable that is set beats those after it.
type lookup func(variable string) (string, bool)

func (l lookup) text(configured *string, attribute string, variables ...string) setting {
	s := setting{attribute: attribute, variables: variables}
	if configured != nil {
		s.value = *configured
		if s.isSet() {
			s.source = "the provider's `" + attribute + "`"
		}
		return s
	}
	for _, variable := range variables {
		if value, _ := l(variable); value != "" {
			s.value, s.source = value, "the environment variable "+variable
			return s
		}
	}
	return s
}

// truth finds a switch. A variable is read as Terraform's own are: 1, t, true, and their opposites.
func (l lookup) truth(configured *bool, otherwise bool, attribute, variable string, problems *Problems) bool {
	if configured != nil {
		return *configured
	}
	value, _ := l(variable)
	if value == "" {
		return otherwise
	}
	truth, err := strconv.ParseBool(value)
	if err != nil {
		problems.add(attribute, "Invalid Switch in the Environment",
			"The environment variable "+variable+" must be true or false, not "+strconv.Quote(value)+".")
		return otherwise
	}
	return truth
}
