// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

// criteria say whom an action is about.
type criteria struct {
	userIDs, groupIDs, excludeUserIDs []string
	filter                            string
	minimumValidFrom                  timetypes.RFC3339
	maxUsers                          int
	action                            graph.Action
	ignoreNotFound                    bool
	// timeout names the attribute of the timeouts block that bounds the selection, if there is one.
	timeout string
}

// selection is who meets the criteria.
type selection struct {
	criteria
	// users are those to sign out, each once.
	users []graph.User
	// excluded counts the users who were selected and are never signed out.
	excluded int
	// reached counts the users whose instant has reached the minimum.
	reached int
	// missing are the named users who do not exist.
	missing []namedUser
	// leftOut is the identity that Terraform runs as, where a group or the filter has it.
	leftOut *auth.Principal

	// never and seen are the object ids of the users who are never signed out, and of those who were decided on, in lower case.
	never, seen map[string]bool
}

// namedUser is a user whom the configuration names. Where nobody has the name, err is Graph's word for it.
type namedUser struct {
	name string
	user graph.User
	err  error
}

// selectUsers reads whom the criteria select. It is complete, or an error.
func (s *session) selectUsers(ctx context.Context, c criteria) (*selection, diag.Diagnostic) {
	excluding := attempt{action: c.action, timeout: c.timeout, attribute: "exclude_user_ids"}
	excluded, problem := s.namedUsers(ctx, excluding, c.excludeUserIDs)
	if problem != nil {
		return nil, problem
	}
	naming := attempt{action: c.action, timeout: c.timeout, attribute: "user_ids"}
	named, problem := s.namedUsers(ctx, naming, c.userIDs)
	if problem != nil {
		return nil, problem
	}
	listed, problem := s.listedUsers(ctx, c)
	if problem != nil {
		return nil, problem
	}
	principal, problem := s.principal(ctx, naming)
	if problem != nil {
		return nil, problem
	}

	selected := &selection{criteria: c, never: make(map[string]bool), seen: make(map[string]bool)}
	for _, e := range excluded {
		if e.err != nil {
			excluding.userID = e.name
			return nil, excludedNotFound(s.explain(ctx, excluding, e.err))
		}
		selected.never[strings.ToLower(e.user.ID)] = true
	}
	if problem := selected.addNamed(named, principal); problem != nil {
		return nil, problem
	}
	selected.addListed(listed, principal)
	selected.forgetFound(listed)
	return selected, selected.refusal()
}

// namedUsers reads users in batches, and returns one for each name, in order; names that differ in letter case alone are one, as they are to
// Graph. Any other reason not to know a user than that nobody has the name is a problem.
func (s *session) namedUsers(ctx context.Context, a attempt, names []string) ([]namedUser, diag.Diagnostic) {
	var users []namedUser
	var keys []graph.Key
	at := make(map[string]int)
	for _, name := range names {
		key := userKey(name)
		if _, known := at[strings.ToLower(string(key))]; known {
			continue
		}
		at[strings.ToLower(string(key))] = len(users)
		users, keys = append(users, namedUser{name: name}), append(keys, key)
	}
	reading := s.graph.Users(a.action, keys)
	for outcomes := reading.Next(ctx); outcomes != nil; outcomes = reading.Next(ctx) {
		for _, o := range outcomes {
			if o.Err != nil && !isNotFound(o.Err) {
				a.userID = string(o.Key)
				return nil, s.explain(ctx, a, o.Err)
			}
			user := &users[at[strings.ToLower(string(o.Key))]]
			user.user, user.err = o.Result, o.Err
		}
	}
	if left := reading.Left(); len(left) > 0 {
		a.userID = string(left[0])
		return nil, s.explain(ctx, a, ctx.Err())
	}
	return users, nil
}

// addNamed adds the users who are named, who must not be the identity that Terraform runs as.
func (s *selection) addNamed(users []namedUser, principal *auth.Principal) diag.Diagnostic {
	for _, n := range users {
		switch {
		case n.err != nil:
			s.missing = append(s.missing, n)
		case s.decided(n.user.ID):
		case isPrincipal(n.user, principal):
			return ownIdentity(*principal, path.Root("user_ids"), "Leave this user out, or sign in as another identity.")
		default:
			s.add(n.user)
		}
	}
	return nil
}

// forgetFound forgets who was missing by name and is listed all the same: the replica that was asked for the name lagged.
func (s *selection) forgetFound(listed []graph.User) {
	s.missing = slices.DeleteFunc(s.missing, func(m namedUser) bool {
		return slices.ContainsFunc(listed, func(u graph.User) bool { return names(m.name, u.ID, u.UserPrincipalName) })
	})
}

// addListed adds the users whom a group or the filter has, without the identity that Terraform runs as.
func (s *selection) addListed(users []graph.User, principal *auth.Principal) {
	for _, user := range users {
		switch {
		case s.decided(user.ID):
		case isPrincipal(user, principal):
			s.leftOut = principal
		default:
			s.add(user)
		}
	}
}

// listedUsers reads the users of the groups and of the filter.
func (s *session) listedUsers(ctx context.Context, c criteria) ([]graph.User, diag.Diagnostic) {
	if c.filter != "" {
		return s.filteredUsers(ctx, attempt{filter: c.filter, action: c.action, timeout: c.timeout, attribute: "filter"})
	}
	var users []graph.User
	for _, id := range c.groupIDs {
		members, problem := s.groupUsers(ctx, attempt{groupID: groupKey(id), action: c.action, timeout: c.timeout, attribute: "group_ids"})
		if problem != nil {
			return nil, problem
		}
		users = append(users, members...)
	}
	return users, nil
}

func isPrincipal(user graph.User, principal *auth.Principal) bool {
	return principal != nil && strings.EqualFold(user.ID, principal.ObjectID)
}

// decided reports whether a user was decided on before or is never signed out, and takes note that there is a decision now.
func (s *selection) decided(id string) bool {
	id = strings.ToLower(id)
	before := s.seen[id]
	s.seen[id] = true
	if s.never[id] && !before {
		s.excluded++
	}
	return before || s.never[id]
}

// add adds a user, unless there is nothing to do.
func (s *selection) add(user graph.User) {
	if reached(s.minimumValidFrom, user.ValidFrom) {
		s.reached++
		return
	}
	s.users = append(s.users, user)
}

// since is the instant that users have reached whom a run signs out.
func (s *selection) since() time.Time {
	last := s.readAt()
	if minimum := timeOf(s.minimumValidFrom); minimum != nil && minimum.Before(last) {
		return *minimum
	}
	return last
}

// readAt is when the last of the users was read, by the service's clock.
func (s *selection) readAt() (last time.Time) {
	for _, user := range s.users {
		if user.ReadAt.After(last) {
			last = user.ReadAt
		}
	}
	return last
}

// refusal tells why nobody is to be signed out; nil where there is no reason.
func (s *selection) refusal() diag.Diagnostic {
	switch {
	case len(s.users) > s.maxUsers:
		return diag.NewAttributeErrorDiagnostic(path.Root("max_users"), "Too Many Users Selected", fmt.Sprintf(
			"There are %d users to sign out, and max_users allows %d. Nobody was signed out. Where so many are meant, set max_users = %[1]d.", len(s.users), s.maxUsers)+s.counted())
	case len(s.users)+len(s.missing)+s.reached == 0:
		return diag.NewAttributeErrorDiagnostic(path.Root(s.given()), "Nobody Selected",
			"There is nobody to sign out: nobody was found, or nobody but who is left out. Nobody was signed out."+s.counted())
	default:
		return nil
	}
}

// given is the attribute that selects, the first of those that are set.
func (s *selection) given() string {
	switch {
	case s.filter != "":
		return "filter"
	case len(s.userIDs) > 0 || len(s.groupIDs) == 0:
		return "user_ids"
	default:
		return "group_ids"
	}
}

func excludedNotFound(why diag.Diagnostic) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("exclude_user_ids"), "Excluded User Not Found",
		"Nobody was signed out, because an excluded user does not exist, which may be a misspelling: the account that is meant would be signed out. "+why.Detail())
}
