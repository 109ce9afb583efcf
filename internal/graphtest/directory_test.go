// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestReplicaLag_writesAreSeenLater(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com", RefreshTokensValidFromDateTime: instant("2021-08-09T09:30:59Z")})
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.SetReplicaLag(30 * time.Second)
	seen := func() string {
		got := x.get("/beta/users/"+user.ID, token)
		expectStatus(t, got, http.StatusOK)
		return got.field("refreshTokensValidFromDateTime")
	}
	expect := func(want string) {
		t.Helper()
		if got := seen(); got != want {
			t.Fatalf("at %v the replica shows %s, want %s", x.clock.Now(), got, want)
		}
	}
	expect("2021-08-09T09:30:59Z") // visible at once: added as if long ago
	expectStatus(t, x.post("/beta/users/"+user.ID+invalidatePath, token, "{}"), http.StatusOK)
	if now, _ := x.User(user.ID); !now.RefreshTokensValidFromDateTime.Equal(Epoch) {
		t.Errorf("the primary has %v", now.RefreshTokensValidFromDateTime)
	}
	expect("2021-08-09T09:30:59Z")
	x.clock.Advance(10 * time.Second)
	expectStatus(t, x.post("/beta/users/"+user.ID+invalidatePath, token, "{}"), http.StatusOK)
	x.clock.Advance(20*time.Second - 1)
	expect("2021-08-09T09:30:59Z")
	x.clock.Advance(1)
	expect("2026-03-01T12:00:00Z")
	x.clock.Advance(10 * time.Second)
	expect("2026-03-01T12:00:10Z")
	x.UpdateUser(user.ID, func(u *User) { u.RefreshTokensValidFromDateTime = nil })
	x.SetReplicaLag(0)
	expect("")
}

func TestReplicaLags_readsTakeTurns(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com"})
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.SetReplicaLags(0, time.Minute)
	expectStatus(t, x.post("/beta/users/"+user.ID+invalidatePath, token, "{}"), http.StatusOK)
	for i, want := range []string{"2026-03-01T12:00:00Z", "", "2026-03-01T12:00:00Z", ""} {
		if got := x.get("/beta/users/"+user.ID, token).field("refreshTokensValidFromDateTime"); got != want {
			t.Errorf("read %d shows %q, want %q", i+1, got, want)
		}
	}
}

func TestReplicaLag_existence(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.ReadWrite.All", "User.RevokeSessions.All")
	x.SetReplicaLag(time.Minute)
	created := x.post("/beta/users", token, `{"accountEnabled":true,"displayName":"A","mailNickname":"a","userPrincipalName":"a@contoso.com","passwordProfile":{"password":"x"}}`)
	expectStatus(t, created, http.StatusCreated)
	id := created.field("id")
	read := func() int { return x.get("/beta/users/"+id, token).status }
	listed := func() bool { return strings.Contains(x.get("/beta/users", token).text, id) }

	if read() != http.StatusNotFound || listed() {
		t.Error("a new user is visible at once")
	}
	expectStatus(t, x.post("/beta/users/a@contoso.com"+invalidatePath, token, "{}"), http.StatusOK)
	x.clock.Advance(time.Minute)
	if read() != http.StatusOK || !listed() {
		t.Error("a new user is not visible after the lag")
	}
	x.DeleteUser(id)
	if read() != http.StatusOK || !listed() {
		t.Error("a deletion is visible at once")
	}
	expectStatus(t, x.post("/beta/users/"+id+invalidatePath, token, "{}"), http.StatusNotFound)
	x.clock.Advance(time.Minute)
	if read() != http.StatusNotFound || listed() {
		t.Error("a deletion is not visible after the lag")
	}
	x.RestoreUser(id)
	x.RestoreUser(id)
	x.clock.Advance(time.Minute)
	if read() != http.StatusOK {
		t.Error("a restored user is not visible after the lag")
	}
}

func TestReplicaLag_rename(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.Read.All")
	x.SetReplicaLag(time.Minute)
	x.UpdateUser(user.ID, func(u *User) {
		u.UserPrincipalName = "renamed@contoso.com"
		u.ID = "an id never changes"
	})
	expectStatus(t, x.get("/beta/users/alice@contoso.com", token), http.StatusOK)
	expectStatus(t, x.get("/beta/users/renamed@contoso.com", token), http.StatusNotFound)
	x.clock.Advance(time.Minute)
	expectStatus(t, x.get("/beta/users/alice@contoso.com", token), http.StatusNotFound)
	if got := x.get("/beta/users/renamed@contoso.com", token); got.field("id") != user.ID {
		t.Errorf("answer %s", got.text)
	}
}

func TestDirectory_handsOutCopies(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	stamp := instant("2021-08-09T09:30:59Z")
	roles := []string{"Helpdesk Administrator"}
	user := x.AddUser(User{RefreshTokensValidFromDateTime: stamp, DirectoryRoles: roles})
	*stamp, roles[0] = time.Time{}, ""
	*user.RefreshTokensValidFromDateTime, user.DirectoryRoles[0] = time.Time{}, ""
	got, _ := x.User(user.ID)
	if got.RefreshTokensValidFromDateTime.Year() != 2021 || got.DirectoryRoles[0] != "Helpdesk Administrator" {
		t.Errorf("user %+v", got)
	}
}

func TestDirectory_concurrentUse(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All", "User.ReadWrite.All")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			x.post("/beta/users/"+user.ID+invalidatePath, token, "{}")
			x.get("/beta/users", token)
			x.UpdateUser(user.ID, func(u *User) { u.DisplayName = fmt.Sprint(i) })
			x.addUser(fmt.Sprintf("user%d", i))
			x.clock.Advance(time.Second)
			x.SetReplicaLag(time.Duration(i))
			_ = x.GraphRequests()
		})
	}
	group.Wait()
	if n := len(x.Invalidations(user.ID)); n != 8 {
		t.Errorf("%d invalidations, want 8", n)
	}
}

// A name goes from one user to another; each replica knows it as that of whoever had it then.
func TestReplicaLag_nameTakenOver(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	first, second := x.addUser("alice"), x.addUser("bob")
	token := x.tokenWith("User.Read.All")
	x.SetReplicaLag(time.Minute)
	x.UpdateUser(first.ID, func(u *User) { u.UserPrincipalName = "former@contoso.com" })
	x.UpdateUser(second.ID, func(u *User) { u.UserPrincipalName = "ALICE@contoso.com" })
	for name, want := range map[string]string{"alice": first.ID, "bob": second.ID} {
		if got := x.get("/beta/users/"+name+"@contoso.com", token); got.field("id") != want {
			t.Errorf("%s: %s", name, got.text)
		}
	}
	x.clock.Advance(time.Minute)
	for name, want := range map[string]string{"alice": second.ID, "former": first.ID} {
		if got := x.get("/beta/users/"+name+"@contoso.com", token); got.field("id") != want {
			t.Errorf("%s: %s", name, got.text)
		}
	}
	expectStatus(t, x.get("/beta/users/bob@contoso.com", token), http.StatusNotFound)
}
