// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/auth"
	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graphtest"
)

func newCertificate(t *testing.T) graphtest.ClientCertificate {
	t.Helper()
	certificate, err := graphtest.NewClientCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestNew_readsEveryFormOfCertificate(t *testing.T) {
	t.Parallel()
	c := newCertificate(t)
	const password = "a-password-that-is-told-to-nobody"
	pfx := func(encoder *pkcs12.Encoder, password string) []byte {
		content, err := encoder.Encode(c.Key, c.Certificate, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	for name, test := range map[string]struct {
		content  []byte
		password string
	}{
		"PEM":                        {content: c.PEM()},
		"PFX of today":               {content: pfx(pkcs12.Modern2023, password), password: password},
		"PFX of old":                 {content: pfx(pkcs12.LegacyDES, password), password: password},
		"PFX without a password":     {content: pfx(pkcs12.Modern2023, "")},
		"PEM, though a password set": {content: c.PEM(), password: password},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "certificate")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			for way, config := range map[string]auth.Config{
				"by path":   {ClientCertificatePath: &path},
				"by base64": {ClientCertificate: new(base64.StdEncoding.EncodeToString(test.content))},
			} {
				config.TenantID, config.ClientID, config.ClientCertificatePassword = new(tenantID), new(clientID), &test.password
				if _, problems := auth.New(config, environment(nil)); len(problems) > 0 {
					t.Errorf("%s: %v", way, problems)
				}
			}
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		t.Parallel()
		encoded := base64.StdEncoding.EncodeToString(pfx(pkcs12.Modern2023, password))
		_, problems := auth.New(auth.Config{TenantID: new(tenantID), ClientID: new(clientID), ClientCertificate: &encoded, ClientCertificatePassword: new("wrong")}, environment(nil))
		if len(problems) != 1 || problems[0].Attribute != "client_certificate" {
			t.Errorf("got %v, want one problem of the certificate", problems)
		}
	})
}
