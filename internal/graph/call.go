// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// call is one request about one user, with what its answer means. The same call is sent alone or in a batch with others.
type call[T any] struct {
	request *abstractions.RequestInformation
	// reply decodes the body of an answer that is a success.
	reply serialization.Parsable
	// result tells what came of it: by what is noted, the decoded reply, and what went wrong.
	result func(noted *exchange, failure error) (T, error)
}

// send makes the call alone. The error is *Error, *UnreachableError or *SignInError.
func (c call[T]) send(ctx context.Context, client *Client) (T, error) {
	return c.result(client.send(ctx, c.request, c.decodeInto))
}

func (c call[T]) decodeInto(serialization.ParseNode) (serialization.Parsable, error) {
	return c.reply, nil
}
