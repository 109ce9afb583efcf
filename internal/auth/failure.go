// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Failure is what made signing in fail: Entra's own words where it answered, else the error's text.
func Failure(err error) string {
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		return err.Error()
	}
	var answer struct {
		Description string `json:"error_description"`
	}
	body, readErr := runtime.Payload(failed.RawResponse)
	if readErr != nil || json.Unmarshal(body, &answer) != nil || answer.Description == "" {
		return err.Error()
	}
	return answer.Description
}
