// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// User is a user of the tenant.
type User struct {
	// ID is the object id.
	ID string
	// UserPrincipalName, DisplayName, UserType ("Member" or "Guest") and AccountEnabled are Graph's properties.
	UserPrincipalName, DisplayName, UserType string
	AccountEnabled                           bool
	// Department and Mail are null where they are empty.
	Department, Mail string
	// RefreshTokensValidFromDateTime is also Graph's signInSessionsValidFromDateTime; nil is null. It has whole seconds.
	RefreshTokensValidFromDateTime *time.Time
	// DirectoryRoles are the names of the Entra roles that the user holds, such as Helpdesk Administrator.
	DirectoryRoles []string
}

// AddUser adds a user as created long ago: visible at once whatever the replica lag. An empty ID is filled, an empty
// UserType is Member.
func (s *Server) AddUser(u User) User {
	if u.ID == "" {
		u.ID = uuid.NewString()
	}
	if u.UserType == "" {
		u.UserType = "Member"
	}
	s.directory.add(account{User: u}, time.Time{})
	return u.clone()
}

// User returns the user with that object id as the primary replica knows it, and whether there is one: a deleted user
// is none.
func (s *Server) User(id string) (User, bool) {
	a, ok := s.directory.find(id, primary)
	return a.User, ok
}

// UpdateUser changes a user now, as somebody else would. Reads see it after the replica lag.
func (s *Server) UpdateUser(id string, change func(*User)) {
	s.directory.change(id, func(a *account) { change(&a.User) })
}

// DeleteUser deletes a user now, softly: [Server.RestoreUser] brings it back. Reads see it after the replica lag.
func (s *Server) DeleteUser(id string) {
	s.directory.setDeleted(id, true)
}

// RestoreUser brings a deleted user back now, with the same id. Reads see it after the replica lag.
func (s *Server) RestoreUser(id string) {
	s.directory.setDeleted(id, false)
}

// Invalidations returns when a call of either action was accepted for the user, in order.
func (s *Server) Invalidations(userID string) []time.Time {
	return s.directory.invalidations(userID)
}

// SetReplicaLag makes reads see a write only d after it was made; zero, the default, at once.
func (s *Server) SetReplicaLag(d time.Duration) {
	s.directory.setLags(d)
}

// SetReplicaLags makes reads go to one replica after the other, each of which sees a write only so long after it was
// made. None is one without a lag.
func (s *Server) SetReplicaLags(lags ...time.Duration) {
	s.directory.setLags(lags...)
}

func (u User) clone() User {
	u.DirectoryRoles = slices.Clone(u.DirectoryRoles)
	if u.RefreshTokensValidFromDateTime != nil {
		instant := *u.RefreshTokensValidFromDateTime
		u.RefreshTokensValidFromDateTime = &instant
	}
	return u
}

// account is a user with the properties of Graph that [User] has no field for.
type account struct {
	User
	profile map[string]any
}

func (a account) clone() account {
	return account{User: a.User.clone(), profile: maps.Clone(a.profile)}
}

// invalidateAt moves the account's timestamp to an instant, in whole seconds as the directory keeps it.
func (a *account) invalidateAt(instant time.Time) {
	stamp := instant.UTC().Truncate(time.Second)
	a.RefreshTokensValidFromDateTime = &stamp
}

// isCalled reports whether key, an object id or user principal name in any letter case, names the account.
func (a account) isCalled(key string) bool {
	return strings.EqualFold(a.ID, key) || strings.EqualFold(a.UserPrincipalName, key)
}

// replica is one of the directory's: writes go to the primary, reads to one that lags behind it.
type replica bool

const (
	primary   replica = true
	secondary replica = false
)

// directory keeps the history of every user, which is what a lagging replica shows.
type directory struct {
	clock Clock

	mu    sync.Mutex
	lags  []time.Duration     // of the secondary replicas
	reads int                 // from the secondary replicas
	users []*history          // in order of creation
	byID  map[string]*history // by object id in lower case
	// byName has everybody who is or ever was called so, by user principal name without regard to letter case: what a
	// replica shows depends on how far it lags behind.
	byName map[string][]*history
}

// history is all that a user has been; a user that exists has at least one version.
type history struct {
	position    int // among the users
	versions    []version
	invalidated []time.Time
}

type version struct {
	since   time.Time
	account account
	deleted bool
}

func (h *history) latest() *version {
	return &h.versions[len(h.versions)-1]
}

// at returns the newest version of that instant, nil where the user was not created yet.
func (h *history) at(instant time.Time) *version {
	for i := len(h.versions) - 1; i >= 0; i-- {
		if !h.versions[i].since.After(instant) {
			return &h.versions[i]
		}
	}
	return nil
}

func (d *directory) setLags(lags ...time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lags, d.reads = slices.Clone(lags), 0
}

// sight is how one read sees the users: their newest versions, or those of an instant in the past.
type sight func(*history) *version

// from returns how one read of a replica sees the users. The secondary replicas take turns.
func (d *directory) from(r replica) sight {
	if r == primary || len(d.lags) == 0 {
		return (*history).latest
	}
	seen := d.clock.Now().Add(-d.lags[d.reads%len(d.lags)])
	d.reads++
	return func(h *history) *version { return h.at(seen) }
}

func (d *directory) add(a account, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	created := &history{position: len(d.users), versions: []version{{since: since, account: a.clone()}}}
	d.users = append(d.users, created)
	if d.byID == nil {
		d.byID, d.byName = make(map[string]*history), make(map[string][]*history)
	}
	d.byID[strings.ToLower(a.ID)] = created
	d.named(created)
}

// named notes under which name a user is found by its latest version.
func (d *directory) named(h *history) {
	name := foldCase(h.latest().account.UserPrincipalName)
	if !slices.Contains(d.byName[name], h) {
		d.byName[name] = append(d.byName[name], h)
	}
}

// foldCase returns a text that is the same for all texts that differ in letter case only.
func foldCase(s string) string {
	return strings.ToLower(strings.ToUpper(s))
}

// create adds a user now, unless the user principal name is another's.
func (d *directory) create(a account) bool {
	if _, taken := d.find(a.UserPrincipalName, primary); taken {
		return false
	}
	d.add(a, d.clock.Now())
	return true
}

// list returns the accounts that a replica shows, in order of creation: those after the user with that object id,
// deleted or not, or all where it is empty. They are for reading only.
func (d *directory) list(r replica, after string) (accounts []*account, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	users := d.users
	if after != "" {
		last := d.history(after)
		if last == nil {
			return nil, false
		}
		users = users[last.position+1:]
	}
	accounts = make([]*account, 0, len(users))
	seen := d.from(r)
	for _, h := range users {
		if v := seen(h); v != nil && !v.deleted {
			accounts = append(accounts, &v.account)
		}
	}
	return accounts, true
}

// among returns those of the ids that are users a replica shows, by id. They are for reading only.
func (d *directory) among(ids []string, r replica) map[string]*account {
	d.mu.Lock()
	defer d.mu.Unlock()
	accounts := make(map[string]*account, len(ids))
	seen := d.from(r)
	for _, id := range ids {
		if h := d.history(id); h != nil {
			if v := seen(h); v != nil && !v.deleted {
				accounts[id] = &v.account
			}
		}
	}
	return accounts
}

// find returns the account that a replica shows under key, an object id or user principal name.
func (d *directory) find(key string, r replica) (account, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	candidates := d.byName[foldCase(key)]
	if h := d.history(key); h != nil {
		candidates = []*history{h}
	}
	seen := d.from(r)
	for _, h := range candidates {
		if v := seen(h); v != nil && !v.deleted && v.account.isCalled(key) {
			return v.account.clone(), true
		}
	}
	return account{}, false
}

// change writes a new version of the account with that id; one that is deleted or unknown stays as it is.
func (d *directory) change(id string, change func(*account)) (found bool) {
	return d.write(id, false, func(v *version) { change(&v.account) })
}

func (d *directory) setDeleted(id string, deleted bool) (found bool) {
	return d.write(id, !deleted, func(v *version) { v.deleted = deleted })
}

// invalidate moves the user's timestamp to now.
func (d *directory) invalidate(id string) (found bool) {
	now := d.clock.Now()
	return d.write(id, false, func(v *version) {
		v.account.invalidateAt(now)
		h := d.history(id)
		h.invalidated = append(h.invalidated, now)
	})
}

func (d *directory) invalidations(id string) []time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h := d.history(id); h != nil {
		return slices.Clone(h.invalidated)
	}
	return nil
}

// write adds a version to the user with that id whose newest one is deleted, or not, as given.
func (d *directory) write(id string, deleted bool, change func(*version)) (found bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.history(id)
	if h == nil || h.latest().deleted != deleted {
		return false
	}
	next := version{since: d.clock.Now(), account: h.latest().account.clone(), deleted: deleted}
	change(&next)
	next.account.ID = h.latest().account.ID
	next.account = next.account.clone() // what change put in stays its own
	h.versions = append(h.versions, next)
	d.named(h)
	return true
}

// history returns the user with that object id, deleted or not.
func (d *directory) history(id string) *history {
	return d.byID[strings.ToLower(id)]
}
