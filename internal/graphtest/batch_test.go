// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graphtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// batch sends parts, each the JSON text of one, and returns the answers' ids in order and the answers by id.
func (x *tenant) batch(version, token string, parts ...string) (order []string, answers map[string]answered) {
	x.t.Helper()
	got := x.post("/"+version+"/$batch", token, batchOf(parts...))
	expectStatus(x.t, got, http.StatusOK)
	var body struct {
		Responses []struct {
			ID      string
			Status  int
			Headers map[string]string
			Body    json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(got.text), &body); err != nil {
		x.t.Fatal(err)
	}
	answers = make(map[string]answered)
	for _, part := range body.Responses {
		a := answered{status: part.Status, header: make(http.Header), text: string(part.Body)}
		for name, value := range part.Headers {
			a.header.Set(name, value)
		}
		_ = json.Unmarshal(part.Body, &a.json) // an answer that is no object has no members
		order = append(order, part.ID)
		answers[part.ID] = a
	}
	return order, answers
}

func batchOf(parts ...string) string {
	return `{"requests":[` + strings.Join(parts, ",") + `]}`
}

func getPart(id, url string) string {
	return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q}`, id, url)
}

func postPart(id, url string) string {
	return fmt.Sprintf(`{"id":%q,"method":"POST","url":%q,"headers":{"Content-Type":"application/json"},"body":{}}`, id, url)
}

func TestBatch(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	alice, bob := x.addUser("alice"), x.addUser("bob")
	token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
	x.clock.Advance(time.Minute)
	order, answers := x.batch("beta", token,
		postPart("a", "/users/"+alice.ID+invalidatePath),
		`{"id":"b","method":"post","url":"users('bob@contoso.com')/invalidateAllRefreshTokens","headers":{"content-type":"application/json"},"body":"e30"}`,
		getPart("c", "/users/nobody"),
		getPart("d", "users?$select=id&$top=1"),
		getPart("e", "/beta/users"),
		getPart("h", "users('urn:x')?$select=id"),
		`{"id":"f","method":"DELETE","url":"/users/nobody"}`,
		`{"id":"g","method":"POST","url":"/me/invalidateAllRefreshTokens","headers":{"Content-Type":"text/plain"},"body":"e30="}`,
	)
	if want := []string{"g", "f", "h", "e", "d", "c", "b", "a"}; !slices.Equal(order, want) {
		t.Errorf("answers in the order %v, want %v", order, want)
	}
	for id, status := range map[string]int{"a": 200, "b": 200, "c": 404, "d": 200, "e": 400, "f": 403, "g": 400, "h": 404} {
		if answers[id].status != status {
			t.Errorf("part %s: status %d, want %d: %s", id, answers[id].status, status, answers[id].text)
		}
	}
	if want := `{"@odata.context":"` + x.URL() + `/beta/$metadata#Edm.Boolean","value":true}`; answers["a"].text != want {
		t.Errorf("answer %s, want %s", answers["a"].text, want)
	}
	if answers["a"].header.Get("Content-Type") != graphJSON || answers["a"].header.Get("x-ms-resource-unit") != "1" {
		t.Errorf("headers %v", answers["a"].header)
	}
	expectError(t, answers["c"], 404, "Request_ResourceNotFound",
		"Resource 'nobody' does not exist or one of its queried reference-property objects are not present.")
	if link := answers["d"].field("@odata.nextLink"); !strings.HasPrefix(link, x.URL()+"/beta/users?") {
		t.Errorf("next link %q", link)
	}
	for _, user := range []User{alice, bob} {
		if n := len(x.Invalidations(user.ID)); n != 1 {
			t.Errorf("%s has %d invalidations", user.DisplayName, n)
		}
	}

	requests := x.GraphRequests()
	if len(requests) != 1 || requests[0].Status != http.StatusOK || len(requests[0].Parts) != 8 {
		t.Fatalf("recorded %v", requests)
	}
	first, second, fourth := requests[0].Parts[0], requests[0].Parts[1], requests[0].Parts[3]
	if first.String() != "POST /beta/users/"+alice.ID+invalidatePath || first.Status != 200 || first.Body != "{}" ||
		first.Header.Get("Content-Type") != "application/json" || first.Header.Get("Authorization") != "" || !first.Time.Equal(Epoch.Add(time.Minute)) {
		t.Errorf("recorded %+v", first)
	}
	if second.Method != http.MethodPost || second.Body != "{}" {
		t.Errorf("recorded %+v", second)
	}
	if fourth.String() != "GET /beta/users" || fourth.RawQuery != "$select=id&$top=1" {
		t.Errorf("recorded %+v", fourth)
	}
}

func TestBatch_noContent(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	x.addUser("alice")
	x.SetActionReply(ReplyNoContent)
	got := x.post("/v1.0/$batch", x.tokenWith("User.RevokeSessions.All"), batchOf(postPart("1", "/users/alice@contoso.com/revokeSignInSessions")))
	want := `{"responses":[{"id":"1","status":204,"headers":{"Cache-Control":"no-cache","x-ms-resource-unit":"1"}}]}` + "\n"
	if got.text != want {
		t.Errorf("answer %s, want %s", got.text, want)
	}
}

func TestBatch_refused(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.RevokeSessions.All")
	call := "/users/" + user.ID + invalidatePath
	var tooMany []string
	for i := range 21 {
		tooMany = append(tooMany, postPart(fmt.Sprint(i), call))
	}
	const (
		invalid  = "Invalid batch payload format."
		relative = "Request id : 1 does not have a relative url."
	)
	tests := map[string]struct{ body, code, message string }{
		"too many":             {batchOf(tooMany...), "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of 20."},
		"same id":              {batchOf(postPart("a", call), postPart("A", call)), "BadRequest", "Request id : A is not unique in the batch."},
		"no requests":          {`{"requests":[]}`, "BadRequest", invalid},
		"no object":            {`[]`, "BadRequest", invalid},
		"no id":                {batchOf(postPart("", call)), "BadRequest", invalid},
		"no url":               {batchOf(postPart("1", "")), "BadRequest", invalid},
		"no method":            {batchOf(`{"id":"1","url":"/users"}`), "BadRequest", invalid},
		"numeric id":           {batchOf(`{"id":1,"method":"GET","url":"/users"}`), "BadRequest", invalid},
		"absolute url":         {batchOf(postPart("1", x.URL()+"/beta"+call)), "BadRequest", relative},
		"another host":         {batchOf(postPart("1", "//graph.microsoft.com/beta"+call)), "BadRequest", relative},
		"bad escape":           {batchOf(postPart("1", "/users/100%@contoso.com")), "BadRequest", invalid},
		"no body":              {batchOf(postPart("1", call), `{"id":"2","method":"POST","url":"/me","headers":{"Content-Type":"application/json"}}`), "BadRequest", "Write request id : 2 does not contain Content-Type header or body."},
		"no type":              {batchOf(`{"id":"1","method":"patch","url":"/me","body":{}}`), "BadRequest", "Write request id : 1 does not contain Content-Type header or body."},
		"depends on nobody":    {batchOf(`{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}`), "BadRequest", "Request id : 1 depends on request id : 2, which is not in the batch."},
		"depends on itself":    {batchOf(`{"id":"1","method":"GET","url":"/me","dependsOn":["2"]}`, `{"id":"2","method":"GET","url":"/me","dependsOn":["1"]}`), "BadRequest", "Request id : 1 depends on itself."},
		"body that is no text": {batchOf(`{"id":"1","method":"POST","url":"/me","headers":{"Content-Type":"image/png"},"body":"***"}`), "BadRequest", invalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectError(t, x.post("/beta/$batch", token, test.body), http.StatusBadRequest, test.code, test.message)
		})
	}
	t.Run("no JSON", func(t *testing.T) {
		t.Parallel()
		r := x.request(http.MethodPost, "/beta/$batch", token, batchOf(postPart("1", call)))
		r.Header.Set("Content-Type", "text/plain")
		expectError(t, x.do(r), http.StatusBadRequest, "BadRequest", onlyJSON)
	})
	t.Run("no token", func(t *testing.T) {
		t.Parallel()
		got := x.post("/beta/$batch", "", batchOf(postPart("1", call)))
		expectError(t, got, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
	})
	t.Run("read", func(t *testing.T) {
		t.Parallel()
		expectStatus(t, x.get("/beta/$batch", token), http.StatusMethodNotAllowed)
	})
	t.Cleanup(func() {
		if n := len(x.Invalidations(user.ID)); n != 0 {
			t.Errorf("%d invalidations by batches that were refused", n)
		}
	})
}

func TestBatch_noNesting(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All")
	_, answers := x.batch("beta", token, `{"id":"1","method":"POST","url":"/$batch","headers":{"Content-Type":"application/json"},"body":`+batchOf(getPart("1", "/users"))+`}`)
	expectError(t, answers["1"], http.StatusBadRequest, "BadRequest", "A batch request cannot contain another batch request.")
}

func TestBatch_dependsOn(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	user := x.addUser("alice")
	token := x.tokenWith("User.ReadWrite.All")
	patch := `{"id":"%s","method":"PATCH","url":"/users/` + user.ID + `","headers":{"Content-Type":"application/json"},"body":{"jobTitle":"%s"},"dependsOn":[%s]}`
	_, answers := x.batch("v1.0", token,
		fmt.Sprintf(patch, "3", "third", `"2"`),
		fmt.Sprintf(patch, "2", "second", `"1"`),
		fmt.Sprintf(patch, "1", "first", ""),
		getPart("x", "/users/nobody"),
		fmt.Sprintf(patch, "y", "never", `"X","1"`),
		fmt.Sprintf(patch, "z", "never", `"y"`),
	)
	for id, status := range map[string]int{"1": 204, "2": 204, "3": 204, "x": 404, "y": 424, "z": 424} {
		if answers[id].status != status {
			t.Errorf("part %s: status %d, want %d: %s", id, answers[id].status, status, answers[id].text)
		}
	}
	if answers["y"].graphError("code") == "" {
		t.Errorf("answer %s", answers["y"].text)
	}
	if got := x.get("/v1.0/users/"+user.ID, token).field("jobTitle"); got != "third" {
		t.Errorf("jobTitle %q, want third", got)
	}
}

func TestBatch_faultsStrikeParts(t *testing.T) {
	t.Parallel()
	busy := GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", http.Header{"Retry-After": {"7"}})
	for name, test := range map[string]struct {
		fault Fault
		want  []int // of the envelope, two calls and a read
		calls int   // that were accepted
	}{
		"the second call":     {Fault{Match: Action, First: 2, Effect: busy}, []int{200, 200, 503, 200}, 1},
		"a read":              {Fault{Match: Get, Effect: busy}, []int{200, 200, 200, 503}, 2},
		"the envelope":        {Fault{Match: Batch, Effect: busy}, []int{503, 0, 0, 0}, 0},
		"any HTTP request":    {Fault{Effect: busy}, []int{503, 0, 0, 0}, 0},
		"no second one":       {Fault{First: 2, Effect: busy}, []int{200, 200, 200, 200}, 2},
		"reset":               {Fault{Match: Action, Effect: Reset()}, []int{200, 504, 200, 200}, 1},
		"reset after work":    {Fault{Match: Action, Effect: ResetAfterWork()}, []int{200, 504, 200, 200}, 2},
		"truncated":           {Fault{Match: Action, Effect: Truncate()}, []int{200, 504, 200, 200}, 2},
		"stalled":             {Fault{Match: Action, Times: 2, Effect: Stall()}, []int{200, 504, 504, 200}, 0},
		"a body that is HTML": {Fault{Match: Action, Effect: Respond(502, http.Header{"Content-Type": {"text/html"}}, "<p>")}, []int{200, 502, 200, 200}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTenant(t)
			user := x.addUser("alice")
			token := x.tokenWith("User.RevokeSessions.All", "User.Read.All")
			x.Inject(test.fault)
			call := "/users/" + user.ID + invalidatePath
			x.post("/beta/$batch", token, batchOf(postPart("1", call), postPart("2", call), getPart("3", "/users")))
			envelope := x.GraphRequests()[0]
			got := []int{envelope.Status, 0, 0, 0}
			for i, part := range envelope.Parts {
				got[i+1] = part.Status
			}
			if !slices.Equal(got, test.want) || len(x.Invalidations(user.ID)) != test.calls {
				t.Errorf("statuses %v with %d calls, want %v with %d", got, len(x.Invalidations(user.ID)), test.want, test.calls)
			}
		})
	}
}

func TestBatch_faultyAnswers(t *testing.T) {
	t.Parallel()
	x := newTenant(t)
	token := x.tokenWith("User.Read.All")
	x.Inject(Fault{Match: Get, Effect: GraphError(429, "TooManyRequests", "Please retry again later.", http.Header{"Retry-After": {"10"}})})
	x.Inject(Fault{Match: Get, First: 2, Effect: Respond(502, http.Header{"Content-Type": {"text/html"}}, "<p>")})
	x.Inject(Fault{Match: Get, First: 3, Effect: Reset()})
	_, answers := x.batch("beta", token, getPart("1", "/users"), getPart("2", "/users"), getPart("3", "/users"))
	expectError(t, answers["1"], 429, "TooManyRequests", "Please retry again later.")
	if answers["1"].header.Get("Retry-After") != "10" {
		t.Errorf("headers %v", answers["1"].header)
	}
	if want := `"` + base64.StdEncoding.EncodeToString([]byte("<p>")) + `"`; answers["2"].text != want || answers["2"].header.Get("Content-Type") != "text/html" {
		t.Errorf("answer %s with %v, want %s", answers["2"].text, answers["2"].header, want)
	}
	expectError(t, answers["3"], 504, "UnknownError", "")
}
