// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"maps"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// errorBody decodes the code and the message of Graph's error body, and nothing else: a detail that the SDK's models cannot read
// must not hide what went wrong.
type errorBody struct{ *odataerrors.ODataError }

func newErrorBody(serialization.ParseNode) (serialization.Parsable, error) {
	return errorBody{odataerrors.NewODataError()}, nil
}

// Error stands in for the model's own, which panics where the answer has no message.
func (b errorBody) Error() string { return "the answer does not say what is wrong" }

// GetFieldDeserializers reads the error.
func (b errorBody) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"error": func(node serialization.ParseNode) error {
			_, err := node.GetObjectValue(func(serialization.ParseNode) (serialization.Parsable, error) {
				main := mainError{odataerrors.NewMainError()}
				b.SetErrorEscaped(main)
				return main, nil
			})
			return err
		},
	}
}

type mainError struct{ *odataerrors.MainError }

// GetFieldDeserializers reads the code and the message.
func (m mainError) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	fields := m.MainError.GetFieldDeserializers()
	maps.DeleteFunc(fields, func(name string, _ func(serialization.ParseNode) error) bool {
		return name != "code" && name != "message"
	})
	return fields
}
