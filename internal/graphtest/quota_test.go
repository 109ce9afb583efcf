// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"net/http"
	"testing"
	"time"
)

func TestWriteQuota_refusesWhatIsAboveIt(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.AddUser(User{UserPrincipalName: "alice@contoso.com"})
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.SetWriteQuota(WriteQuota{Burst: 2, PerSecond: 0.4})
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
