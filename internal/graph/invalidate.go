// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"strconv"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// Invalidation is a call that Graph accepted.
type Invalidation struct {
	// At is when Graph answered, by its own clock.
	At time.Time
	// RequestID is Graph's id of the call, RequestId in MicrosoftGraphActivityLogs.
	RequestID string
	// Doubtful is set where Graph answered 2xx with the value false, which no documentation explains.
	Doubtful bool
}

// Invalidate ends every session of the user by the action. Any 2xx is success: the documentation, the metadata and the
// service differ on which one it is, and on whether there is a body. It needs the permission User.RevokeSessions.All. The error is
// *Error, *UnreachableError or *SignInError, and says nothing of whether an unanswered call was carried out.
func (c *Client) Invalidate(ctx context.Context, action Action, key Key) (Invalidation, error) {
	return invalidate(action, key).send(ctx, c)
}

// invalidate is the call of the action.
func invalidate(action Action, key Key) call[Invalidation] {
	request := newRequest(abstractions.POST, action, key, "/"+action.name)
	// The documentation asks for no content, but the service has answered 415 without a type and 411 without a length.
	body := []byte("{}")
	request.SetStreamContentAndContentType(body, "application/json")
	request.Headers.Add("Content-Length", strconv.Itoa(len(body)))

	reply := &booleanBody{}
	return call[Invalidation]{
		request: request,
		reply:   reply,
		result: func(noted *exchange, failure error) (Invalidation, error) {
			if failure != nil && !noted.succeeded() {
				return Invalidation{}, failure
			}
			return Invalidation{
				At:        noted.date(),
				RequestID: noted.requestID(),
				Doubtful:  reply.value != nil && !*reply.value,
			}, nil
		},
	}
}

// booleanBody decodes the Edm.Boolean that both actions return.
type booleanBody struct{ value *bool }

// Serialize is not needed: the reply is only read.
func (b *booleanBody) Serialize(serialization.SerializationWriter) error {
	return errors.New("a reply is not written")
}

// GetFieldDeserializers reads the value.
func (b *booleanBody) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"value": func(node serialization.ParseNode) (err error) {
			b.value, err = node.GetBoolValue()
			return err
		},
	}
}
