// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	people := []account{
		{User: User{ID: "1", DisplayName: "Ann", UserPrincipalName: "ann@contoso.com", UserType: "Member", AccountEnabled: true, Department: "Sales", Mail: "ann@contoso.com"}},
		{User: User{ID: "2", DisplayName: "Bob O'Brien", UserPrincipalName: "bob@fabrikam.com", UserType: "Guest", Department: "sales"}},
		{User: User{ID: "3", DisplayName: "Cid (or so), and 'x'", UserPrincipalName: "cid@contoso.com", UserType: "Member", AccountEnabled: true}},
	}
	people[2].setProfile("jobTitle", "Clerk")
	for text, test := range map[string]struct {
		want     string // first letters of who is kept
		advanced bool
	}{
		"accountEnabled eq true":                               {want: "AC"},
		"accountEnabled eq false":                              {want: "B"},
		"accountEnabled ne true":                               {want: "B", advanced: true},
		"  accountEnabled   EQ  True ":                         {want: "AC"},
		"department eq 'Sales'":                                {want: "AB"},
		"department ne 'Sales'":                                {want: "C", advanced: true},
		"department eq null":                                   {want: "C", advanced: true},
		"department ne null":                                   {want: "AB", advanced: true},
		"jobTitle eq 'clerk'":                                  {want: "C"},
		"displayName eq 'bob o''brien'":                        {want: "B"},
		"displayName eq 'Cid (or so), and ''x'''":              {want: "C"},
		"displayName eq ''":                                    {},
		"id in ('1','3')":                                      {want: "AC"},
		"id in('1')":                                           {want: "A"},
		"userPrincipalName in ( 'BOB@fabrikam.com' , 'x' )":    {want: "B"},
		"startsWith(displayName,'a')":                          {want: "A"},
		"startswith(displayName, 'bob o''')":                   {want: "B"},
		"startsWith(department,'s')":                           {want: "AB"},
		"endsWith(userPrincipalName,'@CONTOSO.com')":           {want: "AC", advanced: true},
		"endswith(mail,'.com')":                                {want: "A", advanced: true},
		"not(userType eq 'Guest')":                             {want: "AC", advanced: true},
		"NOT startsWith(displayName,'A')":                      {want: "BC", advanced: true},
		"not not (id eq '1')":                                  {want: "A", advanced: true},
		"userType eq 'Member' and department eq 'Sales'":       {want: "A"},
		"id eq '1' or id eq '2' and accountEnabled eq true":    {want: "A"},
		"(id eq '1' or id eq '2') and accountEnabled eq false": {want: "B"},
		"id eq '2' and accountEnabled eq true or id eq '3'":    {want: "C"},
		"not (id eq '1') and not (id eq '2')":                  {want: "C", advanced: true},
		"companyName eq 'Contoso'":                             {advanced: true},
		"id eq '1' OR id eq '2' Or id eq '3'":                  {want: "ABC"},
		"((id eq '1'))":                                        {want: "A"},
		"department eq 'Sales' and not(accountEnabled eq false) and id in ('1','2')": {want: "A", advanced: true},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			f, failure := parseFilter(text)
			if failure != nil {
				t.Fatalf("refused: %s", failure.Message)
			}
			var got string
			for _, person := range people {
				if f.keeps(&person) {
					got += person.DisplayName[:1]
				}
			}
			if got != test.want || f.advanced != test.advanced || f.unsupported {
				t.Errorf("keeps %q, advanced %v, unsupported %v, want %q, advanced %v", got, f.advanced, f.unsupported, test.want, test.advanced)
			}
		})
	}
}

func TestParseFilter_refused(t *testing.T) {
	t.Parallel()
	syntax := func(at int, text string) string { return fmt.Sprintf("Syntax error at position %d in '%s'.", at, text) }
	const mixed = "A binary operator with incompatible types was detected. Found operand types 'Edm.%s' and 'Edm.%s' for operator kind 'Equal'."
	for text, want := range map[string]string{
		"":                             syntax(0, ""),
		"accountEnabled":               syntax(14, "accountEnabled"),
		"accountEnabled eq":            syntax(17, "accountEnabled eq"),
		"accountEnabled eq maybe":      syntax(18, "accountEnabled eq maybe"),
		"accountEnabled is true":       syntax(15, "accountEnabled is true"),
		"id eq '1' id eq '2'":          syntax(10, "id eq '1' id eq '2'"),
		"id eq '1' and":                syntax(13, "id eq '1' and"),
		"or":                           "Could not find a property named 'or' on type 'microsoft.graph.user'.",
		"(id eq '1'":                   syntax(10, "(id eq '1'"),
		"id eq '1')":                   syntax(9, "id eq '1')"),
		"id in '1'":                    syntax(6, "id in '1'"),
		"id in ()":                     syntax(7, "id in ()"),
		"id in ('1',)":                 syntax(11, "id in ('1',)"),
		"'1' eq id":                    syntax(0, "'1' eq id"),
		"not":                          syntax(3, "not"),
		"startsWith(displayName)":      syntax(22, "startsWith(displayName)"),
		"startsWith(displayName,null)": syntax(23, "startsWith(displayName,null)"),
		"startsWith('a',displayName)":  syntax(11, "startsWith('a',displayName)"),
		"displayName eq 'it's'":        "There is an unterminated string literal at position 21 in 'displayName eq 'it's''.",
		"displayName eq 'x":            "There is an unterminated string literal at position 17 in 'displayName eq 'x'.",
		"nothing eq 'x'":               "Could not find a property named 'nothing' on type 'microsoft.graph.user'.",
		"displayname eq 'x'":           "Could not find a property named 'displayname' on type 'microsoft.graph.user'.",
		"startsWith(nothing,'x')":      "Could not find a property named 'nothing' on type 'microsoft.graph.user'.",
		"likes(displayName,'x')":       "An unknown function with name 'likes' was found.",
		"accountEnabled eq 'true'":     fmt.Sprintf(mixed, "Boolean", "String"),
		"displayName eq true":          fmt.Sprintf(mixed, "String", "Boolean"),
		"displayName eq 1":             fmt.Sprintf(mixed, "String", "Int32"),
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			f, failure := parseFilter(text)
			if failure == nil {
				t.Fatalf("accepted as %+v", f)
			}
			if failure.Status != http.StatusBadRequest || failure.Code != "BadRequest" || failure.Message != "Invalid filter clause: "+want {
				t.Errorf("got %+v, want %s", *failure, want)
			}
		})
	}
}

func TestParseFilter_unsupported(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"refreshTokensValidFromDateTime eq null",
		"refreshTokensValidFromDateTime eq 2026-01-01T00:00:00Z",
		"signInSessionsValidFromDateTime ge 2026-01-01T00:00:00Z",
		"accountEnabled eq null",
		"userPrincipalName ne null",
		"endsWith(displayName,'x')",
		"startsWith(userType,'x')",
		"displayName ge 'x'",
		"passwordPolicies eq 'x'",
		"otherMails eq 'x'",
	} {
		f, failure := parseFilter(text)
		if failure != nil || !f.unsupported {
			t.Errorf("%s: %+v, %+v", text, f, failure)
		}
	}
}

func TestUsers_filter(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	for i := range 12 {
		x.AddUser(User{UserPrincipalName: fmt.Sprintf("user%02d@contoso.com", i), Department: []string{"Sales", "Research & Development"}[i%2], AccountEnabled: i < 6})
	}
	token := x.tokenWith("User.Read.All")
	names := func(items []map[string]any) (names []string) {
		for _, item := range items {
			name, _ := item["userPrincipalName"].(string)
			names = append(names, strings.TrimSuffix(name, "@contoso.com"))
		}
		return names
	}
	got, pages := x.listAll("/v1.0/users?$top=2&$filter="+url.QueryEscape("department eq 'Research & Development' and accountEnabled eq true"), token)
	if want := []string{"user01", "user03", "user05"}; !slices.Equal(names(got), want) || len(pages) != 2 {
		t.Errorf("users %v in %d pages, want %v", names(got), len(pages), want)
	}
	if _, counted := pages[0].json["@odata.count"]; counted {
		t.Errorf("counted without $count: %s", pages[0].text)
	}
	got, pages = x.listAll("/beta/users?$count=true&$top=4&$filter="+url.QueryEscape("not(startsWith(userPrincipalName,'user0'))")+"&$select=userPrincipalName", token)
	if want := []string{"user10", "user11"}; !slices.Equal(names(got), want) || pages[0].json["@odata.count"] != 2.0 {
		t.Errorf("answer %s, want %v", pages[0].text, want)
	}
	got, pages = x.listAll("/beta/users?$count=true&$top=5", token)
	if _, again := pages[1].json["@odata.count"]; len(got) != 12 || pages[0].json["@odata.count"] != 12.0 || again {
		t.Errorf("%d users, first %s", len(got), pages[0].text)
	}
}

// Whoever works through the pages changes what the filter finds: the pages go on from the last user all the same.
func TestUsers_filterWhileItChanges(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	var users []User
	for i := range 6 {
		users = append(users, x.addUser(fmt.Sprintf("user%d", i)))
	}
	token := x.tokenWith("User.Read.All")
	first := x.get("/v1.0/users?$select=id&$top=2&filter=accountEnabled+eq+true", token)
	for _, user := range users[:2] {
		x.UpdateUser(user.ID, func(u *User) { u.AccountEnabled = false })
	}
	x.DeleteUser(users[1].ID)
	got, _ := x.listAll(strings.TrimPrefix(first.field("@odata.nextLink"), x.URL()), token)
	if want := []string{users[2].ID, users[3].ID, users[4].ID, users[5].ID}; !slices.Equal(idsOf(got), want) {
		t.Errorf("users %v, want %v", idsOf(got), want)
	}
}

func TestUsers_filterRefused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All")
	var many []string
	for i := range 16 {
		many = append(many, fmt.Sprintf("'%d'", i))
	}
	in := "id in (" + strings.Join(many, ",") + ")"
	or := "id eq " + strings.Join(many, " or id eq ")
	list := func(token, filter, more string, header bool) answered {
		r := x.request(http.MethodGet, "/beta/users?$filter="+url.QueryEscape(filter)+more, token, "")
		if header {
			r.Header.Set("ConsistencyLevel", "Eventual")
		}
		return x.do(r)
	}
	const (
		unsupported = "Unsupported Query."
		tooMany     = "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."
	)
	for name, test := range map[string]struct {
		filter, more  string
		header        bool
		code, message string // none where it is accepted
	}{
		"plain":                    {filter: "accountEnabled eq false"},
		"neither":                  {"accountEnabled ne true", "", false, "Request_UnsupportedQuery", unsupported},
		"header only":              {"accountEnabled ne true", "", true, "Request_UnsupportedQuery", unsupported},
		"count only":               {"accountEnabled ne true", "&$count=true", false, "Request_UnsupportedQuery", unsupported},
		"count that is false":      {"accountEnabled ne true", "&$count=false", true, "Request_UnsupportedQuery", unsupported},
		"both":                     {filter: "accountEnabled ne true", more: "&$count=true", header: true},
		"never supported":          {"refreshTokensValidFromDateTime eq null", "&$count=true", true, "Request_UnsupportedQuery", unsupported},
		"syntax":                   {"accountEnabled eq", "", false, "BadRequest", "Invalid filter clause: Syntax error at position 17 in 'accountEnabled eq'."},
		"long list":                {in, "", false, "Request_UnsupportedQuery", tooMany},
		"long or":                  {or, "", false, "Request_UnsupportedQuery", tooMany},
		"long list, advanced":      {filter: in, more: "&$count=true", header: true},
		"with $orderby":            {"accountEnabled eq true", "&$orderby=id", false, "Request_UnsupportedQuery", unsupported},
		"bad syntax is seen first": {"accountEnabled ne", "", false, "BadRequest", "Invalid filter clause: Syntax error at position 17 in 'accountEnabled ne'."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := list(token, test.filter, test.more, test.header)
			if test.code == "" {
				expectStatus(t, got, http.StatusOK)
				return
			}
			expectError(t, got, http.StatusBadRequest, test.code, test.message)
		})
	}
	t.Run("basic profiles only", func(t *testing.T) {
		t.Parallel()
		basic := x.tokenWith("User.ReadBasic.All")
		expectStatus(t, list(basic, "startsWith(displayName,'a')", "&$select=id", false), http.StatusOK)
		expectStatus(t, list(basic, "accountEnabled eq true", "&$select=id", false), http.StatusForbidden)
	})
}
