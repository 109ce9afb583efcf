// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestWriteQuota_refusesWhatIsAboveIt(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com"})
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.SetQuotas(Quotas{Writes: Quota{Burst: 2, PerSecond: 0.4}})
	call := func() answered { return x.post("/beta/users/"+user.ID+invalidatePath, token, "{}") }
	expectStatus(t, call(), http.StatusOK)
	expectStatus(t, call(), http.StatusOK)
	refused := call()
	expectStatus(t, refused, http.StatusTooManyRequests)
	if got := refused.header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After is %q, want 3", got)
	}
	if got := refused.header.Get("x-ms-throttle-information"); got != "WriteLimitExceeded" {
		t.Errorf("x-ms-throttle-information is %q", got)
	}
	expectStatus(t, x.get("/beta/users/"+user.ID, token), http.StatusOK)
	x.clock.Advance(3 * time.Second)
	expectStatus(t, call(), http.StatusOK)
	expectStatus(t, call(), http.StatusTooManyRequests)
	x.clock.Advance(time.Minute) // and no more than the burst is left
	expectStatus(t, call(), http.StatusOK)
	expectStatus(t, call(), http.StatusOK)
	expectStatus(t, call(), http.StatusTooManyRequests)
	if got := len(x.Invalidations(user.ID)); got != 5 {
		t.Errorf("%d calls were accepted, want 5", got)
	}
}

func TestQuotas_resourceUnits(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user, group := x.addUser("alice"), x.AddGroup(Group{})
	token := x.tokenWith("User.RevokeSessions.All", "Directory.Read.All")
	for name, test := range map[string]struct {
		method, path string
		units        int
	}{
		"user":                   {http.MethodGet, "/beta/users/" + user.ID, 1},
		"user with $select":      {http.MethodGet, "/beta/users/" + user.ID + "?$select=id", 1},
		"users":                  {http.MethodGet, "/beta/users", 2},
		"users with select":      {http.MethodGet, "/beta/users?select=id", 1},
		"few users":              {http.MethodGet, "/beta/users?$top=19", 1},
		"group":                  {http.MethodGet, "/beta/groups/" + group.ID, 1},
		"members":                {http.MethodGet, "/beta/groups/" + group.ID + "/transitiveMembers", 5},
		"members with $select":   {http.MethodGet, "/beta/groups/" + group.ID + "/transitiveMembers?$select=id&$top=20", 4},
		"few with $select":       {http.MethodGet, "/beta/groups/" + group.ID + "/transitiveMembers?$select=id&$top=10", 3},
		"call":                   {http.MethodPost, "/beta/users/" + user.ID + invalidatePath, 1},
		"what is no page at all": {http.MethodGet, "/beta/users?$top=0", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &tenant{Server: x.Server, t: t, clock: x.clock, client: x.client}
			got := x.do(x.request(test.method, test.path, token, map[string]string{http.MethodPost: "{}"}[test.method]))
			if units := got.header.Get("x-ms-resource-unit"); units != strconv.Itoa(test.units) {
				t.Errorf("%s units, want %d: %s", units, test.units, got.text)
			}
		})
	}
}

func TestQuotas_refuseWhatIsAboveEither(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.SetQuotas(Quotas{Writes: Quota{Burst: 3, PerSecond: 0.125}, ResourceUnits: Quota{Burst: 4, PerSecond: 0.5}})
	list, call := getPart("list", "/users"), postPart("call", "/users/"+user.ID+invalidatePath)
	send := func(part string) answered {
		_, answers := x.batch("beta", token, part)
		for _, a := range answers {
			return a
		}
		return answered{}
	}
	expectThrottled := func(got answered, exceeded, wait string) {
		t.Helper()
		expectError(t, got, http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.")
		if got.header.Get("x-ms-throttle-information") != exceeded || got.header.Get("Retry-After") != wait {
			t.Errorf("headers %v, want %s and %s", got.header, exceeded, wait)
		}
	}
	expectStatus(t, send(list), 200)
	expectStatus(t, send(call), 200)
	expectThrottled(send(list), "ResourceUnitLimitExceeded", "2")
	expectStatus(t, send(call), 200)
	expectThrottled(send(call), "ResourceUnitLimitExceeded", "2")
	x.clock.Advance(2 * time.Second) // a quarter of a write, and one unit
	expectStatus(t, send(call), 200) // with the write that the refused call has left
	x.clock.Advance(2 * time.Second)
	expectThrottled(send(call), "WriteLimitExceeded", "4")
	expectStatus(t, send(getPart("read", "/users/"+user.ID)), 200) // with the unit that it has left
	expectThrottled(send(getPart("read", "/users/"+user.ID)), "ResourceUnitLimitExceeded", "2")
	expectStatus(t, send(getPart("unknown", "/nothing")), 400)
}

func TestQuotas_partsOfOneBatch(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All")
	x.SetQuotas(Quotas{Writes: Quota{Burst: 3}})
	var parts []string
	for i := range 5 {
		parts = append(parts, postPart(strconv.Itoa(i), "/users/"+user.ID+invalidatePath))
	}
	_, answers := x.batch("beta", token, parts...)
	for id, status := range map[string]int{"0": 200, "1": 200, "2": 200, "3": 429, "4": 429} {
		if answers[id].status != status {
			t.Errorf("part %s: status %d, want %d", id, answers[id].status, status)
		}
	}
	if wait := answers["3"].header.Get("Retry-After"); wait != "86400" {
		t.Errorf("Retry-After %s for a bucket that is never filled", wait)
	}
	x.SetQuotas(Quotas{})
	expectStatus(t, x.post("/beta/users/"+user.ID+invalidatePath, token, "{}"), http.StatusOK)
}

func TestQuotas_costAboveTheBurst(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	group := x.AddGroup(Group{})
	token := x.tokenWith("Group.Read.All")
	x.SetQuotas(Quotas{ResourceUnits: Quota{Burst: 2, PerSecond: 1}})
	expectStatus(t, x.get("/v1.0/groups/"+group.ID+"/transitiveMembers", token), http.StatusOK)
	expectStatus(t, x.get("/v1.0/groups/"+group.ID, token), http.StatusTooManyRequests)
}

func TestServiceQuotas(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All")
	x.SetQuotas(ServiceQuotas())
	var parts []string
	for i := range maxParts {
		parts = append(parts, postPart(strconv.Itoa(i), "/users/alice@contoso.com"+invalidatePath))
	}
	refused := func() (n int) {
		_, answers := x.batch("beta", token, parts...)
		for _, a := range answers {
			if a.status == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	for range 3_000 / maxParts {
		if n := refused(); n != 0 {
			t.Fatalf("%d writes are refused", n)
		}
	}
	if n := refused(); n != maxParts {
		t.Errorf("%d writes are refused, want %d", n, maxParts)
	}
	x.clock.Advance(time.Second)
	if n := refused(); n != 0 {
		t.Errorf("%d writes are refused", n)
	}
}
