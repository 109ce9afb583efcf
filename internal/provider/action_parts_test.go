// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// Parts that the service is too busy for are sent again, after what it asks for, and no others.
func TestAction_onlyRefusedPartsAreSentAgain(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]graphtest.Effect{
		"429 with Retry-After": busyFor(7),
		"429 in decimals":      graphtest.GraphError(http.StatusTooManyRequests, "TooManyRequests", "Later.", http.Header{"Retry-After": {"2.128"}}),
		"503":                  graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil),
		"504":                  graphtest.Reset(),
		"409 of another write": graphtest.GraphError(http.StatusConflict, "Directory_ConcurrencyViolation", "Error due to concurrent requests.", nil),
		"503 of a proxy":       graphtest.Respond(http.StatusServiceUnavailable, http.Header{"Content-Type": {"text/html"}}, "<html>busy</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			users := n.addUsers(25)
			struck := []graphtest.User{users[2], users[9], users[23]}
			for _, user := range struck {
				n.Inject(graphtest.Fault{Match: callsFor(user), Effect: effect})
			}
			w := n.workspace(t, signOut(userIDs(ids(users...)...)))
			mentions(t, w.invoke(), "25 of 25 users signed out, 0 failed.")
			sent := make(map[string]int)
			for _, c := range n.calls(t) {
				sent[c.key]++
			}
			for _, user := range users {
				want := 1
				if slices.ContainsFunc(struck, func(s graphtest.User) bool { return s.ID == user.ID }) {
					want = 2
				}
				if sent[user.ID] != want {
					t.Errorf("%s was called %d times, want %d", user.UserPrincipalName, sent[user.ID], want)
				}
				n.accepted(t, user, 1)
			}
		})
	}
}

// The service is not asked again before the time that it asks for.
func TestAction_waitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	n.Inject(graphtest.Fault{Match: callsFor(users[1]), Effect: busyFor(90)})
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	w.invoke()
	again := n.Invalidations(users[1].ID)[0].Sub(n.Invalidations(users[0].ID)[0])
	if again < 90*time.Second || again > 91*time.Second {
		t.Errorf("asked again after %s, want 90 s", again)
	}
}

// Whatever comes in the place of a batch's answer, everybody is signed out.
func TestAction_answersToBatches(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		effect graphtest.Effect
		// twice is set where the calls were carried out, and the answer did not tell.
		twice bool
	}{
		"truncated":           {graphtest.Truncate(), true},
		"reset":               {graphtest.Reset(), false},
		"reset after work":    {graphtest.ResetAfterWork(), true},
		"503":                 {graphtest.GraphError(http.StatusServiceUnavailable, "serviceNotAvailable", "Busy.", nil), false},
		"429":                 {busyFor(4), false},
		"a claims challenge":  {challenge(), false},
		"a part left out":     {leaveOut(3), true},
		"all parts left out":  {leaveOut(25), true},
		"challenges in parts": {challengeInParts(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newActionTenant(t)
			users := n.addUsers(25)
			n.Inject(graphtest.Fault{Match: callBatch, Effect: test.effect})
			w := n.workspace(t, signOut(userIDs(ids(users...)...)))
			mentions(t, w.invoke(), "25 of 25 users signed out, 0 failed.")
			twice := 0
			for _, user := range users {
				switch len(n.Invalidations(user.ID)) {
				case 1:
				case 2:
					twice++
				default:
					t.Errorf("%s was signed out %d times", user.UserPrincipalName, len(n.Invalidations(user.ID)))
				}
			}
			if test.twice != (twice > 0) {
				t.Errorf("%d users were signed out twice", twice)
			}
		})
	}
}

// What is no answer of Graph's to one call is told of that user alone.
func TestAction_unknownAnswerToAPart(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(22)
	n.refuses(graphtest.Respond(http.StatusForbidden, http.Header{"Content-Type": {"text/html"}}, "<html>blocked</html>"), users[4])
	n.refuses(graphtest.Respond(http.StatusTeapot, http.Header{"Content-Type": {"text/html"}}, "<h1>teapot</h1>"), users[5])
	n.refuses(graphtest.Respond(http.StatusOK, http.Header{"Content-Type": {"text/html"}}, "<h1>welcome</h1>"), users[6])
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	said := w.invokeFails()
	mentions(t, said, "Signed out: 20 of 22 users. Not signed out: 2.", "Token Invalidation Not Permitted: 1 user "+users[4].UserPrincipalName,
		"Unexpected Answer from Microsoft Graph: 1 user "+users[5].UserPrincipalName, "Status code: 418 I'm a teapot")
}

// A 200 with the value false is accepted, and doubted.
func TestAction_answeredWithFalse(t *testing.T) {
	t.Parallel()
	n := newActionTenant(t)
	users := n.addUsers(3)
	n.SetActionReply(graphtest.ReplyFalse)
	w := n.workspace(t, signOut(userIDs(ids(users...)...)))
	mentions(t, w.invoke(), "3 of 3 users signed out, 0 failed.", "Warning: Calls Answered With False", "answered with the value false for 3 users")
	n.called(t, users...)
	n.SetActionReply(graphtest.ReplyNoContent)
	n.ForgetRequests()
	said := w.invoke()
	mentions(t, said, "3 of 3 users signed out, 0 failed.")
	omits(t, said, "Warning: Calls")
}

// claims is a challenge of continuous access evaluation. It is base64 of {"access_token":{"nbf":{"essential":true,"value":"1"}}}.
const claims = `Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ=="`

func challenge() graphtest.Effect {
	return graphtest.GraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge.", http.Header{"Www-Authenticate": {claims}})
}

// changed answers as the service does, with the parts' answers changed.
func changed(work bool, change func([]any) []any) graphtest.Effect {
	return func(w http.ResponseWriter, r *http.Request, service http.Handler) {
		whole := httptest.NewRecorder()
		var answer map[string][]any
		if work {
			service.ServeHTTP(whole, r)
		} else {
			_, _ = whole.WriteString(`{"responses":[]}`)
		}
		if err := json.Unmarshal(whole.Body.Bytes(), &answer); err != nil {
			panic(err)
		}
		answer["responses"] = change(answer["responses"])
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// leaveOut loses the answers to some parts that were carried out.
func leaveOut(count int) graphtest.Effect {
	return changed(true, func(answers []any) []any { return answers[min(count, len(answers)):] })
}

// challengeInParts answers every part with a claims challenge, and the batch itself with 200.
func challengeInParts() graphtest.Effect {
	return changed(false, func([]any) []any {
		var answers []any
		for id := range 20 {
			answers = append(answers, map[string]any{
				"id": strconv.Itoa(id), "status": http.StatusUnauthorized,
				"headers": map[string]string{"WWW-Authenticate": claims}, "body": map[string]any{"error": map[string]string{"code": "InvalidAuthenticationToken", "message": "Challenge."}},
			})
		}
		return answers
	})
}
