// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"slices"
	"strings"
)

// filter is a $filter on users: what it keeps, and what it takes to be allowed.
type filter struct {
	keeps predicate
	// properties are those that it names.
	properties []property
	// advanced tells that only an advanced query may have it, unsupported that none may.
	advanced, unsupported bool
	// alternatives is how many there are of where there are most: joined by or, or in one list.
	alternatives int
}

// maxAlternatives is how many alternatives a query may have that is not an advanced one:
// https://developer.microsoft.com/graph/known-issues/?search=13635.
const maxAlternatives = 15

type predicate func(*account) bool

// parseFilter reads the part of OData's language that Graph documents for properties of users that are no collections.
// Where a property is null, comparisons with anything but null are false, and their negation is true.
func parseFilter(text string) (*filter, *graphError) {
	tokens, failure := scanFilter(text)
	if failure != nil {
		return nil, failure
	}
	p := &filterParser{text: text, tokens: tokens, found: new(filter)}
	if p.found.keeps, failure = p.anyOf(); failure != nil {
		return nil, failure
	}
	if p.next().kind != endOfFilter {
		return nil, p.syntaxError()
	}
	return p.found, nil
}

func invalidFilter(format string, values ...any) *graphError {
	return badRequest("BadRequest", "Invalid filter clause: %s", fmt.Sprintf(format, values...))
}

type tokenKind int

const (
	endOfFilter tokenKind = iota
	wordToken
	textToken
	markToken // a parenthesis or comma
)

// filterToken is a word, the value of a string literal, or a mark, and where it begins.
type filterToken struct {
	kind  tokenKind
	value string
	at    int
}

func (t filterToken) isMark(value string) bool { return t.kind == markToken && t.value == value }

// isKeyword compares without regard to letter case: the documentation writes startsWith and startswith, not and NOT.
func (t filterToken) isKeyword(value string) bool {
	return t.kind == wordToken && strings.EqualFold(t.value, value)
}

func scanFilter(s string) ([]filterToken, *graphError) {
	var tokens []filterToken
	for at := 0; at < len(s); {
		switch c := s[at]; {
		case c == ' ' || c == '\t':
			at++
		case strings.IndexByte("(),", c) >= 0:
			tokens = append(tokens, filterToken{markToken, s[at : at+1], at})
			at++
		case c == '\'':
			value, length := scanString(s[at:])
			if length == 0 {
				return nil, invalidFilter("There is an unterminated string literal at position %d in '%s'.", len(s), s)
			}
			tokens = append(tokens, filterToken{textToken, value, at})
			at += length
		default:
			length := strings.IndexAny(s[at:], " \t(),'")
			if length < 0 {
				length = len(s) - at
			}
			tokens = append(tokens, filterToken{wordToken, s[at : at+length], at})
			at += length
		}
	}
	return append(tokens, filterToken{endOfFilter, "", len(s)}), nil
}

// scanString reads a literal in single quotes, with each quote in it doubled. A length of 0 means that it does not end.
func scanString(s string) (value string, length int) {
	var b strings.Builder
	for at := 1; at < len(s); at++ {
		if s[at] == '\'' {
			if at+1 == len(s) || s[at+1] != '\'' {
				return b.String(), at + 1
			}
			at++
		}
		b.WriteByte(s[at])
	}
	return "", 0
}

// filterParser reads a filter by recursive descent, one method per rule of its grammar.
type filterParser struct {
	text   string
	tokens []filterToken
	found  *filter
}

func (p *filterParser) next() filterToken { return p.tokens[0] }

func (p *filterParser) take() filterToken {
	taken := p.tokens[0]
	if taken.kind != endOfFilter {
		p.tokens = p.tokens[1:]
	}
	return taken
}

func (p *filterParser) takeMark(value string) *graphError {
	if !p.next().isMark(value) {
		return p.syntaxError()
	}
	p.take()
	return nil
}

func (p *filterParser) syntaxError() *graphError {
	return invalidFilter("Syntax error at position %d in '%s'.", p.next().at, p.text)
}

// anyOf = allOf *( "or" allOf ).
func (p *filterParser) anyOf() (predicate, *graphError) {
	left, failure := p.allOf()
	for n := 2; failure == nil && p.next().isKeyword("or"); n++ {
		p.take()
		p.found.alternatives = max(p.found.alternatives, n)
		first := left
		var second predicate
		second, failure = p.allOf()
		left = func(a *account) bool { return first(a) || second(a) }
	}
	return left, failure
}

// allOf = term *( "and" term ).
func (p *filterParser) allOf() (predicate, *graphError) {
	left, failure := p.term()
	for failure == nil && p.next().isKeyword("and") {
		p.take()
		first := left
		var second predicate
		second, failure = p.term()
		left = func(a *account) bool { return first(a) && second(a) }
	}
	return left, failure
}

// term = "not" term / "(" anyOf ")" / function / comparison.
func (p *filterParser) term() (predicate, *graphError) {
	switch first := p.next(); {
	case first.isKeyword("not"):
		p.take()
		p.found.advanced = true
		negated, failure := p.term()
		return func(a *account) bool { return !negated(a) }, failure
	case first.isMark("("):
		p.take()
		inner, failure := p.anyOf()
		if failure != nil {
			return nil, failure
		}
		return inner, p.takeMark(")")
	case first.kind != wordToken:
		return nil, p.syntaxError()
	case p.tokens[1].isMark("("):
		return p.function()
	default:
		return p.comparison()
	}
}

// function = ( "startswith" / "endswith" ) "(" property "," string ")".
func (p *filterParser) function() (predicate, *graphError) {
	name := strings.ToLower(p.take().value)
	if name != "startswith" && name != "endswith" {
		return nil, invalidFilter("An unknown function with name '%s' was found.", name)
	}
	if failure := p.takeMark("("); failure != nil {
		return nil, failure
	}
	of, failure := p.property()
	if failure != nil {
		return nil, failure
	}
	if failure := p.takeMark(","); failure != nil {
		return nil, failure
	}
	if p.next().kind != textToken {
		return nil, p.syntaxError()
	}
	part := foldCase(p.take().value)
	test := strings.HasPrefix
	if name == "startswith" {
		p.needs(filterSupport[of.name].startsWith)
	} else {
		test = strings.HasSuffix
		p.needs(filterSupport[of.name].endsWith)
	}
	return func(a *account) bool {
		value, ok := of.read(*a).(string)
		return ok && test(foldCase(value), part)
	}, p.takeMark(")")
}

// comparison = property ( "eq" / "ne" ) literal / property "in" "(" literal *( "," literal ) ")".
func (p *filterParser) comparison() (predicate, *graphError) {
	of, failure := p.property()
	if failure != nil {
		return nil, failure
	}
	operator := p.next()
	switch {
	case operator.isKeyword("eq"):
		p.take()
		return p.equals(of)
	case operator.isKeyword("ne"):
		p.take()
		p.found.advanced = true
		equals, failure := p.equals(of)
		return func(a *account) bool { return !equals(a) }, failure
	case operator.isKeyword("in"):
		p.take()
		return p.isAmong(of)
	case operator.kind == wordToken && slices.Contains([]string{"ge", "gt", "le", "lt", "has"}, strings.ToLower(operator.value)):
		p.take()
		p.found.unsupported = true
		return p.equals(of)
	}
	return nil, p.syntaxError()
}

func (p *filterParser) isAmong(of property) (predicate, *graphError) {
	if failure := p.takeMark("("); failure != nil {
		return nil, failure
	}
	var alternatives []predicate
	for {
		equals, failure := p.equals(of)
		if failure != nil {
			return nil, failure
		}
		alternatives = append(alternatives, equals)
		if !p.next().isMark(",") {
			break
		}
		p.take()
	}
	p.found.alternatives = max(p.found.alternatives, len(alternatives))
	return func(a *account) bool {
		return slices.ContainsFunc(alternatives, func(equals predicate) bool { return equals(a) })
	}, p.takeMark(")")
}

// equals reads a literal, and compares the property with it: text without regard to letter case.
func (p *filterParser) equals(of property) (predicate, *graphError) {
	literal := p.next()
	support := filterSupport[of.name]
	switch {
	case literal.isKeyword("null"):
		p.needs(support.null)
		p.take()
		return func(a *account) bool { return of.read(*a) == nil }, nil
	case literal.isKeyword("true"), literal.isKeyword("false"):
		p.needs(support.eq)
		if support.eq != never && !support.boolean {
			return nil, incompatible("String", "Boolean")
		}
		want := strings.EqualFold(p.take().value, "true")
		return func(a *account) bool { return of.read(*a) == want }, nil
	case literal.kind == textToken:
		p.needs(support.eq)
		if support.boolean {
			return nil, incompatible("Boolean", "String")
		}
		want := foldCase(p.take().value)
		return func(a *account) bool {
			value, ok := of.read(*a).(string)
			return ok && foldCase(value) == want
		}, nil
	case literal.kind == wordToken && strings.ContainsAny(literal.value[:1], "0123456789-"):
		// A number, date or GUID, of which no property that can be filtered is.
		p.needs(support.eq)
		if support.eq != never {
			return nil, incompatible("String", "Int32")
		}
		p.take()
		return func(*account) bool { return false }, nil
	}
	return nil, p.syntaxError()
}

func incompatible(left, right string) *graphError {
	return invalidFilter("A binary operator with incompatible types was detected. Found operand types 'Edm.%s' and 'Edm.%s' for operator kind 'Equal'.", left, right)
}

// property reads the name of a property.
func (p *filterParser) property() (property, *graphError) {
	if p.next().kind != wordToken {
		return property{}, p.syntaxError()
	}
	name := p.take().value
	of, known := findProperty(name)
	if !known {
		return property{}, invalidFilter("Could not find a property named '%s' on type 'microsoft.graph.user'.", name)
	}
	p.found.properties = append(p.found.properties, of)
	return of, nil
}

func (p *filterParser) needs(s support) {
	switch s {
	case never:
		p.found.unsupported = true
	case advanced:
		p.found.advanced = true
	}
}

// support says which queries may do something with a property.
type support int

const (
	never support = iota
	advanced
	always
)

// filterSupport is the table of user properties on the page Advanced query capabilities on Microsoft Entra ID objects,
// with id from the page of the user resource. A property that is not in it cannot be filtered by.
var filterSupport = map[string]struct {
	eq, startsWith, endsWith, null support
	boolean                        bool
}{
	"accountEnabled":          {eq: always, boolean: true},
	"ageGroup":                {eq: always},
	"city":                    {eq: always, startsWith: always, null: advanced},
	"companyName":             {eq: advanced, startsWith: advanced, null: advanced},
	"consentProvidedForMinor": {eq: always},
	"country":                 {eq: always, startsWith: always, null: advanced},
	"creationType":            {eq: always},
	"department":              {eq: always, startsWith: always, null: advanced},
	"displayName":             {eq: always, startsWith: always, null: advanced},
	"employeeId":              {eq: always, null: advanced},
	"employeeType":            {eq: advanced},
	"externalUserState":       {eq: always},
	"faxNumber":               {eq: advanced, startsWith: advanced, null: advanced},
	"givenName":               {eq: always, startsWith: always, null: advanced},
	"id":                      {eq: always},
	"jobTitle":                {eq: always, startsWith: always, null: advanced},
	"mail":                    {eq: always, startsWith: always, endsWith: advanced, null: advanced},
	"mailNickname":            {eq: always, startsWith: always, null: advanced},
	"mobilePhone":             {eq: advanced, startsWith: advanced, null: advanced},
	"officeLocation":          {eq: advanced, startsWith: advanced, null: advanced},
	"onPremisesImmutableId":   {eq: always},
	"onPremisesSyncEnabled":   {eq: always, null: advanced, boolean: true},
	"passwordPolicies":        {null: advanced},
	"postalCode":              {eq: advanced, startsWith: advanced, null: advanced},
	"preferredLanguage":       {eq: advanced, startsWith: advanced, null: advanced},
	"state":                   {eq: always, startsWith: always, null: advanced},
	"streetAddress":           {eq: advanced, startsWith: advanced, null: advanced},
	"surname":                 {eq: always, startsWith: always, null: advanced},
	"usageLocation":           {eq: always, startsWith: always, null: advanced},
	"userPrincipalName":       {eq: always, startsWith: always, endsWith: advanced},
	"userType":                {eq: always, null: advanced},
}
