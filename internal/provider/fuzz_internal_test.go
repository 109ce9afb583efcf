// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

// inMemory hands requests to a server without a network, and notes the last one.
type inMemory struct {
	server http.Handler
	last   *url.URL
}

func (m *inMemory) RoundTrip(request *http.Request) (*http.Response, error) {
	m.last = request.URL
	arriving := httptest.NewRequestWithContext(request.Context(), request.Method, request.URL.RequestURI(), request.Body)
	arriving.Header, arriving.Host = request.Header, request.URL.Host
	answer := httptest.NewRecorder()
	m.server.ServeHTTP(answer, arriving)
	return answer.Result(), nil
}

type fixedToken string

func (f fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(f), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// An accepted user_id asks Graph for exactly the user that it names, who does not exist here: nothing in it ends its quotes, adds
// a segment or a query.
func FuzzUserID(f *testing.F) {
	for _, text := range []string{
		"me", "ME", "ada@contoso.com", "00000000-0000-0000-0000-00000000000A", "/users/00000000-0000-0000-0000-00000000000a", "/users/me", "/users/",
		"o'hara@contoso.com", "''", "')/../me('", "')?$select=id#", "%27)%2Fme", "%2525", "$count", ".", "..", "a b", "a\tb", "{key}", "{+baseurl}",
		"a_b.com#EXT#@c.com", "zoë@contoso.com", "\x00", "a\xffb", "\u2028", "\\", "a;b=c&d", "",
	} {
		f.Add(text)
	}
	clock := graphtest.NewClock()
	server, err := graphtest.NewServer(graphtest.Options{Clock: clock})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Close)
	admin := server.AddUser(graphtest.User{UserPrincipalName: "admin@contoso.com", DirectoryRoles: []string{"User Administrator"}})
	token := fixedToken(server.AccessToken(admin.ID, "User.Read.All"))
	f.Fuzz(func(t *testing.T, text string) {
		if !validUserID(text) || !utf8.ValidString(text) { // Terraform's strings are UTF-8.
			return
		}
		server.ForgetRequests()
		wire := &inMemory{server: server}
		client, err := graph.NewClient(graph.Options{Root: server.URL(), Credential: token, Transport: wire, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		key := userKey(text)
		user, err := client.User(t.Context(), graph.InvalidateAllRefreshTokens, key)
		if wire.last.RawQuery != "$select=id,userPrincipalName,userType,refreshTokensValidFromDateTime" {
			t.Errorf("the query is %q", wire.last.RawQuery)
		}
		switch failure, ok := errors.AsType[*graph.Error](err); {
		case key == graph.Me:
			if user.ID != admin.ID || wire.last.EscapedPath() != "/beta/me" {
				t.Errorf("got %+v and %v from %s", user, err, wire.last)
			}
		case err == nil:
			if !names(text, user.ID, user.UserPrincipalName) {
				t.Errorf("%q gave %+v", text, user)
			}
		case !ok || failure.Message != fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", key):
			t.Errorf("%q was sent as %s: %v", text, wire.last, err)
		}
		if path := wire.last.EscapedPath(); key != graph.Me && (!strings.HasPrefix(path, "/beta/users('") || !strings.HasSuffix(path, "')")) {
			t.Errorf("the path is %q", path)
		}
		if !names(text, string(key), "") || !names(strings.ToUpper(text), "", strings.ToUpper(text)) {
			t.Errorf("%q does not name itself", text)
		}
	})
}

// Whatever two triggers are, each is the same as itself, and neither order of the two tells another result. A set is the same in any
// order, and a value that was written as text is the same as that text.
func FuzzSameValue(f *testing.F) {
	for _, pair := range [][2]string{
		{`1`, `"1"`}, {`true`, `"true"`}, {`null`, `""`}, {`[1,"1"]`, `["1",1]`}, {`{"a":null}`, `{}`}, {`{"a":[{"b":[]}]}`, `{"a":[{"b":{}}]}`},
		{`[[1,2],[2,1]]`, `[["2","1"],["1","2"]]`}, {`1e400`, `-0`}, {`0.1`, `"0.1"`}, {`[[],[[]],[[],[]]]`, `[[[],[]],[[]],[]]`},
	} {
		f.Add(pair[0], pair[1], uint8(0), uint8(1))
		f.Add(pair[0], pair[1], uint8(1), uint8(1))
	}
	f.Fuzz(func(t *testing.T, left, right string, leftShape, rightShape uint8) {
		a, ok := triggerFrom(left, shape(leftShape))
		b, alsoOK := triggerFrom(right, shape(rightShape))
		if !ok || !alsoOK {
			return
		}
		if !sameValue(a, a) || !sameValue(b, b) {
			t.Errorf("not the same as itself: %s or %s", a, b)
		}
		if sameValue(a, b) != sameValue(b, a) {
			t.Errorf("the same in one order only: %s and %s", a, b)
		}
		if text, ok := stringForm(a); ok && !a.IsNull() && !sameValue(a, tftypes.NewValue(tftypes.String, text)) {
			t.Errorf("%s is not the same as its text", a)
		}
		// Another shape of the same JSON has the same value, but for the order that a set does not have.
		if other, ok := triggerFrom(left, shape(leftShape)^mapped); ok && !sameValue(a, other) {
			t.Errorf("%s and %s differ", a, other)
		}
		if asSets, ok := triggerFrom(left, shape(leftShape)|sets); ok && shape(leftShape)&sets == 0 && !sameValue(a, asSets) {
			t.Errorf("%s and %s differ", a, asSets)
		}
	})
}

// shape says which of Terraform's types hold a trigger that is written as JSON.
type shape uint8

const (
	// mapped makes an object whose values have one type a map.
	mapped shape = 1 << iota
	// sets makes an array whose elements have one type a set, and lists one of the others.
	sets
	lists
)

// triggerFrom reads a trigger from JSON.
func triggerFrom(text string, as shape) (tftypes.Value, bool) {
	if len(text) > 1<<10 {
		return tftypes.Value{}, false // A set takes quadratic time at each depth.
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var decoded any
	if decoder.Decode(&decoded) != nil {
		return tftypes.Value{}, false
	}
	return as.value(decoded)
}

func (s shape) value(decoded any) (tftypes.Value, bool) {
	switch decoded := decoded.(type) {
	case nil:
		return tftypes.NewValue(tftypes.String, nil), true
	case bool:
		return tftypes.NewValue(tftypes.Bool, decoded), true
	case string:
		return tftypes.NewValue(tftypes.String, decoded), true
	case json.Number:
		number, _, err := big.ParseFloat(string(decoded), 10, 512, big.ToNearestEven)
		if err != nil || number.IsInf() || number.MantExp(nil) > 2000 || number.MantExp(nil) < -2000 {
			return tftypes.Value{}, false
		}
		return tftypes.NewValue(tftypes.Number, number), true
	case []any:
		return s.sequence(decoded)
	case map[string]any:
		return s.keyed(decoded)
	default:
		return tftypes.Value{}, false
	}
}

func (s shape) sequence(decoded []any) (tftypes.Value, bool) {
	values, types := []tftypes.Value{}, []tftypes.Type{}
	for _, element := range decoded {
		value, ok := s.value(element)
		if !ok {
			return tftypes.Value{}, false
		}
		values, types = append(values, value), append(types, value.Type())
	}
	switch of, uniform := oneType(types); {
	case uniform && s&sets != 0:
		return tftypes.NewValue(tftypes.Set{ElementType: of}, values), true
	case uniform && s&lists != 0:
		return tftypes.NewValue(tftypes.List{ElementType: of}, values), true
	default:
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values), true
	}
}

func (s shape) keyed(decoded map[string]any) (tftypes.Value, bool) {
	values, types, all := map[string]tftypes.Value{}, map[string]tftypes.Type{}, []tftypes.Type{}
	for name, element := range decoded {
		value, ok := s.value(element)
		if !ok {
			return tftypes.Value{}, false
		}
		values[name], types[name], all = value, value.Type(), append(all, value.Type())
	}
	if of, uniform := oneType(all); uniform && s&mapped != 0 {
		return tftypes.NewValue(tftypes.Map{ElementType: of}, values), true
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values), true
}

// oneType reports whether all types are one, and which.
func oneType(types []tftypes.Type) (tftypes.Type, bool) {
	if len(types) == 0 {
		return tftypes.String, true
	}
	for _, other := range types[1:] {
		if !other.Equal(types[0]) {
			return nil, false
		}
	}
	return types[0], true
}
