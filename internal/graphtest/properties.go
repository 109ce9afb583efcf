// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"slices"
	"strings"
	"time"
)

// property is one of Graph's properties of a user.
type property struct {
	name string
	// v1Default tells that v1.0 returns it without $select. Beta returns every property.
	v1Default bool
	// basic tells that User.ReadBasic.All covers it.
	basic bool
	read  func(account) any
	// write sets the value, decoded from JSON, and reports whether it is of the property's type; nil is read-only.
	write func(a *account, value any) bool
}

// userProperties are the properties that the tenant knows, by the page of the user resource.
var userProperties = []property{
	{name: "id", v1Default: true, basic: true, read: func(a account) any { return a.ID }},
	{
		name: "userPrincipalName", v1Default: true, basic: true,
		read: func(a account) any { return a.UserPrincipalName },
		write: func(a *account, value any) bool {
			return assign(&a.UserPrincipalName, value) && isPrincipalName(a.UserPrincipalName)
		},
	},
	{
		name: "displayName", v1Default: true, basic: true,
		read:  func(a account) any { return a.DisplayName },
		write: func(a *account, value any) bool { return assign(&a.DisplayName, value) && a.DisplayName != "" },
	},
	{
		name:  "userType",
		read:  func(a account) any { return a.UserType },
		write: func(a *account, value any) bool { return assign(&a.UserType, value) },
	},
	{
		name:  "accountEnabled",
		read:  func(a account) any { return a.AccountEnabled },
		write: func(a *account, value any) bool { return assign(&a.AccountEnabled, value) },
	},
	// Two names of one attribute of the directory. The schema of v1.0 has the second one only, yet the service
	// returns both when they are selected.
	{name: "refreshTokensValidFromDateTime", read: readValidFrom},
	{name: "signInSessionsValidFromDateTime", read: readValidFrom},
	inProfile("givenName").inV1().inBasic(),
	inProfile("surname").inV1().inBasic(),
	nullable("mail", func(a *account) *string { return &a.Mail }).inV1().inBasic(),
	inProfile("jobTitle").inV1(),
	inProfile("mobilePhone").inV1(),
	inProfile("officeLocation").inV1(),
	inProfile("preferredLanguage").inV1(),
	inProfile("ageGroup"),
	inProfile("city"),
	inProfile("companyName"),
	inProfile("consentProvidedForMinor"),
	inProfile("country"),
	nullable("department", func(a *account) *string { return &a.Department }),
	inProfile("employeeId"),
	inProfile("employeeType"),
	inProfile("faxNumber"),
	inProfile("mailNickname"),
	inProfile("onPremisesImmutableId"),
	inProfile("passwordPolicies"),
	inProfile("postalCode"),
	inProfile("state"),
	inProfile("streetAddress"),
	inProfile("usageLocation"),
	inProfile("createdDateTime").readOnly(),
	inProfile("creationType").readOnly(),
	inProfile("externalUserState").readOnly(),
	inProfile("lastPasswordChangeDateTime").readOnly(),
	inProfile("onPremisesSyncEnabled").readOnly(),
	inProfile("securityIdentifier").inBasic().readOnly(),
	listInProfile("businessPhones").inV1(),
	listInProfile("otherMails"),
	listInProfile("imAddresses").readOnly(),
	listInProfile("proxyAddresses").readOnly(),
}

func findProperty(name string) (property, bool) {
	i := slices.IndexFunc(userProperties, func(p property) bool { return p.name == name })
	if i < 0 {
		return property{}, false
	}
	return userProperties[i], true
}

// defaultProperties are those that a version returns without $select.
func defaultProperties(version string) []property {
	if version == beta {
		return userProperties
	}
	return slices.DeleteFunc(slices.Clone(userProperties), func(p property) bool { return !p.v1Default })
}

// nullable is a string in a field of User, where the empty one is null.
func nullable(name string, field func(*account) *string) property {
	return property{
		name: name,
		read: func(a account) any {
			if value := *field(&a); value != "" {
				return value
			}
			return nil
		},
		write: func(a *account, value any) bool {
			if value == nil {
				value = ""
			}
			return assign(field(a), value)
		},
	}
}

// inProfile is a string that may be null.
func inProfile(name string) property {
	return property{
		name: name,
		read: func(a account) any { return a.profile[name] },
		write: func(a *account, value any) bool {
			if _, isText := value.(string); !isText && value != nil {
				return false
			}
			a.setProfile(name, value)
			return true
		},
	}
}

// listInProfile is a collection of strings, empty rather than null.
func listInProfile(name string) property {
	return property{
		name: name,
		read: func(a account) any {
			if list, ok := a.profile[name]; ok {
				return list
			}
			return []any{}
		},
		write: func(a *account, value any) bool {
			list, ok := value.([]any)
			if !ok || slices.ContainsFunc(list, func(item any) bool { _, isText := item.(string); return !isText }) {
				return false
			}
			a.setProfile(name, list)
			return true
		},
	}
}

func (p property) inV1() property     { p.v1Default = true; return p }
func (p property) inBasic() property  { p.basic = true; return p }
func (p property) readOnly() property { p.write = nil; return p }

func (a *account) setProfile(name string, value any) {
	if a.profile == nil {
		a.profile = make(map[string]any)
	}
	a.profile[name] = value
}

// isPrincipalName tells alias@domain. Every domain counts as verified in the tenant.
func isPrincipalName(name string) bool {
	alias, domain, _ := strings.Cut(name, "@")
	return alias != "" && domain != "" && !strings.Contains(domain, "@")
}

func readValidFrom(a account) any {
	if a.RefreshTokensValidFromDateTime == nil {
		return nil
	}
	return formatInstant(*a.RefreshTokensValidFromDateTime)
}

// formatInstant is the form of an Edm.DateTimeOffset from the directory: UTC, in whole seconds.
func formatInstant(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func assign[T any](field *T, value any) bool {
	typed, ok := value.(T)
	if ok {
		*field = typed
	}
	return ok
}
