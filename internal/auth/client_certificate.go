// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

var clientCertificate = method{
	name:  "client certificate",
	asked: func(s settings) []setting { return []setting{s.clientCertificate, s.clientCertificatePath} },
	credential: func(s settings, options azcore.ClientOptions, problems *Problems) (azcore.TokenCredential, error) {
		require("a client certificate", problems, s.tenantID, s.clientID)
		chain, key := s.certificate(problems)
		if len(*problems) > 0 {
			return nil, nil
		}
		return azidentity.NewClientCertificateCredential(s.tenantID.value, s.clientID.value, chain, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: s.cloud.foreign()})
	},
}

// certificate reads the certificate and its private key, from the value or the file, whichever has the higher origin.
func (s settings) certificate(problems *Problems) ([]*x509.Certificate, crypto.PrivateKey) {
	given, read := strongest(s.clientCertificate, s.clientCertificatePath), decodeCertificate
	if given.attribute == s.clientCertificatePath.attribute {
		read = os.ReadFile
	} else if s.clientCertificatePath.isSet() && s.clientCertificatePath.origin == given.origin {
		problems.add(given.attribute, "Contradicting Settings", given.source+" and "+s.clientCertificatePath.source+" both give a certificate. Set one of them.")
		return nil, nil
	}
	content, err := read(given.value)
	if err == nil {
		var chain []*x509.Certificate
		var key crypto.PrivateKey
		chain, key, err = parseCertificate(content, s.clientCertificatePassword.value)
		if err == nil {
			return chain, key
		}
	}
	problems.add(given.attribute, "Unusable Client Certificate",
		"The certificate from "+given.source+" cannot be used: "+err.Error()+". It must be a PFX file, with its password in "+
			s.clientCertificatePassword.ways()+", or PEM with an RSA private key that is not encrypted.")
	return nil, nil
}

// decodeCertificate reads a value that is base64, or PEM as it is.
func decodeCertificate(value string) ([]byte, error) {
	if strings.Contains(value, "-----BEGIN") {
		return []byte(value), nil
	}
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	if err != nil {
		return nil, errors.New("it is not base64") // The library's error quotes parts of the value.
	}
	return content, nil
}

// parseCertificate reads PEM with azidentity. It does not read PFX with it, which knows the algorithms of old files only: those
// of OpenSSL 3 and of Windows today are refused.
func parseCertificate(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if bytes.Contains(content, []byte("-----BEGIN")) {
		return azidentity.ParseCertificates(content, nil)
	}
	key, leaf, others, err := pkcs12.DecodeChain(content, password)
	if err != nil {
		return nil, nil, fmt.Errorf("reading it as PFX: %w", err)
	}
	return append([]*x509.Certificate{leaf}, others...), key, nil
}
