// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const fuzzedHeader = `{"typ":"JWT","alg":"RS256"}`

// A token that names its principal gives exactly that principal, and every other token an error: the guard against signing oneself
// out must not compare with nobody.
func FuzzPrincipalOf(f *testing.F) {
	for _, claims := range []string{
		`{"tid":"tenant","appid":"client","oid":"sp","idtyp":"app","roles":["User.Read.All"]}`,
		`{"oid":"ada","idtyp":"user","scp":"User.Read  User.ReadWrite","upn":"ada@contoso.com","exp":1772366400}`,
		`{"oid":"ada","scp":"User.Read","aud":["a","b"],"exp":1e300,"nbf":-1,"iat":null}`,
		`{"oid":""}`, `{"oid":5}`, `{"oid":"a","roles":"User.Read.All"}`, `{"oid":"a","aud":{}}`, `{}`, `null`, `[]`, ``, `{`,
	} {
		f.Add(fuzzedHeader, []byte(claims), "signature")
	}
	f.Add(`{"alg":"none"}`, []byte(`{"oid":"a"}`), "")
	f.Add(`{"alg":5}`, []byte(`{"oid":"a"}`), "%")
	f.Add(`null`, []byte(`{"oid":"a"}`), "a.b")
	f.Fuzz(func(t *testing.T, header string, payload []byte, signature string) {
		encode := base64.RawURLEncoding.EncodeToString
		principal, err := principalOf(encode([]byte(header)) + "." + encode(payload) + "." + signature)
		if err != nil {
			if (principal.ObjectID != "") || err.Error() == "" {
				t.Errorf("got %+v and %v", principal, err)
			}
			return
		}
		var sent map[string]any
		if err := json.Unmarshal(payload, &sent); err != nil {
			t.Fatalf("%q was read: %v", payload, err)
		}
		if principal.ObjectID == "" {
			t.Error("nobody")
		}
		if principal.Application && principal.UserPrincipalName != "" {
			t.Errorf("an application is called %q", principal.UserPrincipalName)
		}
		for _, scope := range principal.Scopes {
			if scope == "" || strings.ContainsAny(scope, " \t\n") {
				t.Errorf("the scope %q", scope)
			}
		}
		named := false
		for claim, value := range sent { // encoding/json reads a claim in any letter case.
			named = named || strings.EqualFold(claim, "oid") && value == principal.ObjectID
		}
		if !named {
			t.Errorf("%q is not the oid of %s", principal.ObjectID, payload)
		}
	})
}

// Whatever Entra answers, there is a text to show and an advice, and the text is Entra's own where it sent one.
func FuzzExplainFailure(f *testing.F) {
	for _, body := range []string{
		`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],"timestamp":"2026-03-01 12:00:00Z"}`,
		`{"error_description":"","error_codes":[]}`, `{"error_description":null,"error_codes":null}`, `{"error_codes":["7000215"]}`,
		`{"error_codes":[1e300]}`, `{"error_description":5}`, `[]`, `null`, ``, `<html>`, "\xef\xbb\xbf{}",
	} {
		f.Add(uint16(400), []byte(body))
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		response := &http.Response{
			StatusCode: 400 + int(status)%200,
			Header:     http.Header{"Content-Type": {"application/json"}},
			Body:       io.NopCloser(bytes.NewReader(body)),
			Request:    &http.Request{URL: &url.URL{Scheme: "https", Host: "login.example"}},
		}
		failure := (&SignIn{}).ExplainFailure(&azidentity.AuthenticationFailedError{RawResponse: response})
		if failure.Text == "" || failure.Advice == "" {
			t.Fatalf("got %+v", failure)
		}
		var sent struct {
			Description string `json:"error_description"`
			Codes       []int  `json:"error_codes"`
		}
		if json.Unmarshal(body, &sent) != nil || sent.Description == "" {
			return
		}
		if failure.Text != sent.Description {
			t.Errorf("got %q, want %q", failure.Text, sent.Description)
		}
		if len(sent.Codes) == 0 && failure.Advice != generalAdvice {
			t.Errorf("advised %q without a code", failure.Advice)
		}
	})
}
