// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// sameAnswer gives every request the same answer, in memory.
type sameAnswer struct {
	status int
	header http.Header
	body   []byte
}

func (a sameAnswer) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header.Clone(),
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       request,
	}, nil
}

// client is one to whom every request is answered so.
func (a sameAnswer) client(t *testing.T, clock *graphtest.VirtualClock, signIn *credential) *graph.Client {
	t.Helper()
	client, err := graph.NewClient(graph.Options{Root: "https://graph.example", Credential: signIn, Transport: a, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// object reads JSON with another decoder than the client's; nil where it is no object.
func object(body []byte) map[string]any {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return object
}

// A read tells a user with exactly the properties that Graph sent, or an error: never a user without an id, and never an instant that
// Graph did not send.
func FuzzUser(f *testing.F) {
	for _, body := range []string{
		`{"id":"1","userPrincipalName":"ada@contoso.com","userType":"Member","refreshTokensValidFromDateTime":"2026-03-01T12:00:00Z"}`,
		`{"id":"1","refreshTokensValidFromDateTime":"2026-03-01T13:00:00.9999999+01:00"}`,
		`{"id":"1","refreshTokensValidFromDateTime":"2026-03-01T12:00:00"}`,
		`{"id":"1","refreshTokensValidFromDateTime":"9999-12-31T23:59:59-01:00"}`,
		`{"id":"1","refreshTokensValidFromDateTime":null,"userType":null}`,
		`{"id":"1","refreshTokensValidFromDateTime":1772366400}`,
		`{"id":1}`, `{"id":null}`, `{"id":""}`, `{"value":[{"id":"1"}]}`, `[]`, `null`, `"1"`, ``, `{`, `{"id":{"id":"1"}}`,
	} {
		f.Add("application/json; charset=utf-8", []byte(body))
	}
	f.Add("text/html", []byte("<html>"))
	f.Add("", []byte(`{"id":"1"}`))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		answer := sameAnswer{http.StatusOK, http.Header{"Content-Type": {contentType}}, body}
		user, err := answer.client(t, graphtest.NewClock(), &credential{token: "t"}).User(t.Context(), graph.InvalidateAllRefreshTokens, "1")
		if err != nil {
			if failure, ok := errors.AsType[*graph.Error](err); !ok || failure.StatusCode != http.StatusOK || failure.Message == "" {
				t.Errorf("the error is %#v", err)
			}
			return
		}
		sent := object(body)
		for property, got := range map[string]string{"id": user.ID, "userPrincipalName": user.UserPrincipalName, "userType": user.UserType} {
			if want, _ := sent[property].(string); got != want {
				t.Errorf("%s is %q, want %q", property, got, want)
			}
		}
		if user.ID == "" {
			t.Error("the user has no id")
		}
		sentInstant, set := sent["refreshTokensValidFromDateTime"].(string)
		want, err := time.Parse(time.RFC3339Nano, sentInstant)
		if err != nil {
			want, err = time.Parse(time.RFC3339Nano, sentInstant+"Z")
		}
		switch {
		case !set:
			if user.ValidFrom != nil {
				t.Errorf("the instant is %s, want none", user.ValidFrom)
			}
		case err != nil:
			t.Errorf("%q was read as %s", sentInstant, user.ValidFrom)
		case user.ValidFrom == nil || !user.ValidFrom.Equal(want.Truncate(time.Second)):
			t.Errorf("the instant is %s, want %s", user.ValidFrom, want)
		default:
			// State and private state hold it as RFC 3339.
			if _, err := user.ValidFrom.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A 2xx is a call that Graph accepted, whatever comes with it, and has a time that state can hold.
func FuzzInvalidate(f *testing.F) {
	for _, body := range []string{
		`{"@odata.context":"…","value":true}`, `{"value":false}`, `{"value":null}`, `{"value":"false"}`, `{"value":{}}`, `{}`, `null`, `false`, ``, `{`,
	} {
		f.Add(uint8(0), "application/json", "Sun, 01 Mar 2026 12:34:56 GMT", []byte(body))
	}
	f.Add(uint8(4), "", "", []byte{})
	f.Add(uint8(2), "text/html", "yesterday", []byte("<html>"))
	f.Add(uint8(0), "application/json", "Sunday, 01-Mar-26 12:34:56 PST", []byte(`{}`))
	f.Fuzz(func(t *testing.T, status uint8, contentType, date string, body []byte) {
		answer := sameAnswer{200 + int(status%100), http.Header{"Content-Type": {contentType}, "Date": {date}, "Request-Id": {"id"}}, body}
		call, err := answer.client(t, graphtest.NewClock(), &credential{token: "t"}).Invalidate(t.Context(), graph.InvalidateAllRefreshTokens, "1")
		if err != nil || call.RequestID != "id" {
			t.Fatalf("got %+v and %v", call, err)
		}
		if at, err := http.ParseTime(date); err == nil && !call.At.Equal(at) || err != nil && !call.At.Equal(graphtest.Epoch) {
			t.Errorf("the call is of %s, the answer of %q", call.At, date)
		}
		if _, err := call.At.MarshalJSON(); err != nil {
			t.Error(err)
		}
		if call.Doubtful && object(body)["value"] != false {
			t.Errorf("%q is no doubt", body)
		}
	})
}

// Whatever is not a success is told with its status, and with Graph's own code and message where the answer has them. A challenge
// costs one more token, and no more.
func FuzzError(f *testing.F) {
	for _, body := range []string{
		`{"error":{"code":"Request_ResourceNotFound","message":"Resource '1' does not exist.","innerError":{"date":"2026-03-01T12:00:00","request-id":"r","client-request-id":"c"}}}`,
		`{"error":{"code":"UnknownError","message":"","innerError":{"date":"today"}}}`,
		`{"error":{"code":"","message":"m","details":[null,{"code":"c","message":"m"},[]]}}`,
		`{"error":{"code":"c","message":"m","details":"d","target":5}}`,
		`{"error":{"code":"c","message":"m","innerError":{"innerError":{"code":"c"},"list":[null,{"a":[1]}]}}}`,
		`{"error":{"code":5,"message":{}}}`, `{"error":"invalid_grant"}`, `{"error":null}`, `{"error":[null]}`, `{}`, `[]`, `null`, ``, `{`,
	} {
		f.Add(uint16(404), "application/json", "", []byte(body))
	}
	f.Add(uint16(302), "text/html", "", []byte("<html>"))
	f.Add(uint16(503), "", "", []byte("busy"))
	for _, challenge := range []string{
		`Bearer realm="", authorization_uri="https://login.example", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="`,
		`Bearer error="insufficient_claims", claims="%%%"`,
		`Bearer error="insufficient_claims", claims=`,
		`Bearer claims`, `Bearer ,claims=e30=,`, `Basic`, `"`,
	} {
		f.Add(uint16(401), "application/json", challenge, []byte(`{"error":{"code":"InvalidAuthenticationToken","message":"m"}}`))
	}
	f.Fuzz(func(t *testing.T, status uint16, contentType, challenge string, body []byte) {
		answer := sameAnswer{failing(status), http.Header{"Content-Type": {contentType}, "Request-Id": {"id"}, "Www-Authenticate": {challenge}}, body}
		clock, signIn := graphtest.NewClock(), &credential{token: "t"}
		ctx, cancel := clock.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := answer.client(t, clock, signIn).Invalidate(ctx, graph.InvalidateAllRefreshTokens, "1")
		failure, ok := errors.AsType[*graph.Error](err)
		if !ok || failure.StatusCode != answer.status || failure.RequestID != "id" || failure.Tries < 1 {
			t.Fatalf("the error is %#v, want one of status %d", err, answer.status)
		}
		if answer.status == http.StatusUnauthorized && failure.Tries > 2 {
			t.Errorf("tried %d times", failure.Tries)
		}
		for _, claims := range signIn.claims {
			if claims != "" && !strings.Contains(challenge, "claims=") {
				t.Errorf("asked for a token with %q after the challenge %q", claims, challenge)
			}
		}
		if answer.status < 400 || contentType != "application/json" {
			return
		}
		sent, _ := object(body)["error"].(map[string]any)
		code, hasCode := sent["code"].(string)
		message, hasMessage := sent["message"].(string)
		if hasCode && hasMessage && (failure.Code != code || failure.Message != message) {
			t.Errorf("got %q and %q, want %q and %q", failure.Code, failure.Message, code, message)
		}
	})
}

// Whatever comes for a batch: each user has one outcome, or was never asked about, and nobody is told to be signed out whose part of the
// answer does not say so.
func FuzzInvalidateAll(f *testing.F) {
	for _, body := range []string{
		`{"responses":[{"id":"1","status":204},{"id":"0","status":200,"headers":{"request-id":"r"},"body":{"value":true}},{"id":"2","status":200,"body":{"value":false}}]}`,
		`{"responses":[{"id":"0","status":429,"headers":{"retry-after":"2.128"},"body":{"error":{"code":"TooManyRequests","message":"m"}}},{"id":"1","status":403,"body":{"error":{"code":"c","message":"m"}}}]}`,
		`{"responses":[{"id":"0","status":429,"headers":{"Retry-After":0}},{"id":"1","status":503,"headers":{"Retry-After":"Sun, 01 Mar 2026 11:00:00 GMT"}}]}`,
		`{"responses":[{"id":"0","status":401,"headers":{"WWW-Authenticate":"Bearer error=\"insufficient_claims\", claims=\"e30=\""}},{"id":"1","status":401},{"id":"2","status":401}]}`,
		`{"responses":[{"id":"0","status":204},{"id":"0","status":404},{"id":"00","status":204},{"id":"x","status":204},{"id":"99","status":204},{"id":"-1","status":204}]}`,
		`{"responses":[{"id":"0","status":200,"body":"PGgxPg=="},{"id":"1","status":502,"body":"PGgxPg=="},{"id":"2","status":200,"body":[null]}]}`,
		`{"responses":[{"id":0,"status":204}]}`, `{"responses":[{"id":"0","status":"204"}]}`, `{"responses":[{"id":"0","status":204,"headers":[]}]}`,
		`{"responses":[{"id":"0","status":302},{"id":"1","status":100},{"id":"2","status":-1}]}`, `{"responses":[null,{}]}`, `{"responses":null}`,
		`{"responses":{}}`, `{}`, `[]`, `null`, ``, `{`, `<html>`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := sameAnswer{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body}
		clock := graphtest.NewClock()
		ctx, cancel := clock.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		keys := []graph.Key{"0", "1", "2"}
		batches := answer.client(t, clock, &credential{token: "t"}).InvalidateAll(graph.InvalidateAllRefreshTokens, keys)
		outcomes := all(ctx, batches)
		eachOnce(t, outcomes, keys)
		if left := batches.Left(); len(left) > 0 {
			t.Errorf("%v were not asked about", left)
		}
		type partOfAnswer struct {
			ID     string
			Status int
		}
		var sent struct{ Responses []partOfAnswer }
		readable := json.Unmarshal(body, &sent) == nil
		for _, o := range outcomes {
			// Who is asked about again may have another number, and gets the same answer.
			accepted := slices.ContainsFunc(sent.Responses, func(part partOfAnswer) bool {
				number, err := strconv.Atoi(part.ID)
				return err == nil && 0 <= number && number < len(keys) && part.Status >= 200 && part.Status < 300
			})
			if o.Err == nil && (!readable || !accepted) {
				t.Errorf("%s is told to be signed out", o.Key)
			}
			if o.Err == nil {
				continue
			}
			_, answered := errors.AsType[*graph.Error](o.Err)
			_, unanswered := errors.AsType[*graph.BatchError](o.Err)
			if _, unreachable := errors.AsType[*graph.UnreachableError](o.Err); !answered && !unreachable && !unanswered {
				t.Errorf("the error is %#v", o.Err)
			}
		}
	})
}

// A page tells exactly the users that Graph sent, each with an id, or an error; and what is not a list is not an empty one.
func FuzzFilteredUsers(f *testing.F) {
	for _, body := range []string{
		`{"@odata.context":"…","value":[{"id":"1","displayName":"Ada","accountEnabled":true,"refreshTokensValidFromDateTime":"2026-03-01T12:00:00Z"},{"id":"2","accountEnabled":null}]}`,
		`{"@odata.nextLink":"https://elsewhere.example/","value":[{"id":"1"}]}`,
		`{"@odata.nextLink":"https://graph.example:port/","value":[]}`,
		`{"@odata.nextLink":"/beta/users","value":[]}`, `{"@odata.nextLink":"%","value":[]}`, `{"@odata.nextLink":{},"value":[]}`,
		`{"value":[{"id":""}]}`, `{"value":[{"id":5}]}`, `{"value":[{"id":"1"},null]}`, `{"value":[[]]}`, `{"value":["1"]}`, `{"value":[{"id":"1","accountEnabled":"yes"}]}`,
		`{"value":[]}`, `{"value":null}`, `{"value":{}}`, `{"value":"1"}`, `{}`, `[]`, `null`, ``, `{`, `<html>`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := sameAnswer{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body}
		users, err := answer.client(t, graphtest.NewClock(), &credential{token: "t"}).FilteredUsers(t.Context(), graph.InvalidateAllRefreshTokens, "x")
		if err != nil {
			_, foreign := errors.AsType[*graph.ForeignHostError](err)
			if failure, ok := errors.AsType[*graph.Error](err); !foreign && (!ok || failure.Message == "") || len(users) > 0 {
				t.Errorf("got %v and %#v", users, err)
			}
			return
		}
		list, ok := object(body)["value"].([]any)
		if !ok {
			t.Fatalf("%q is no list", body)
		}
		list = slices.DeleteFunc(list, func(item any) bool { return item == nil })
		if len(users) != len(list) {
			t.Fatalf("got %d users of %d", len(users), len(list))
		}
		for i, user := range users {
			sent, _ := list[i].(map[string]any)
			if user.ID == "" || user.ID != sent["id"] {
				t.Errorf("got %+v of %v", user, sent)
			}
		}
	})
}

// failing makes a status that is no success of any number, and leaves such a status as it is.
func failing(number uint16) int { return 300 + int(number)%300 }
