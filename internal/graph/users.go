// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// Key names a user in a request: an object id, a user principal name, or Me.
type Key string

// Me is the signed-in user. Graph knows one for delegated sign-in only.
const Me Key = "me"

// User is a user of the tenant, as far as the end of sessions is concerned.
type User struct {
	// ID is the object id.
	ID string
	// UserPrincipalName is spelled as Graph spells it.
	UserPrincipalName string
	// UserType is "Member" or "Guest". Old accounts may have none.
	UserType string
	// DisplayName and AccountEnabled are read by Profile and the lists alone; nil is unknown.
	DisplayName    string
	AccountEnabled *bool
	// ReadAt is when Graph answered, by its own clock.
	ReadAt time.Time
	// ValidFrom is refreshTokensValidFromDateTime, in UTC and whole seconds: what was issued before it is refused. Nil for a
	// user who was never stamped.
	ValidFrom *time.Time
}

// External reports whether the user signs in at another tenant, which keeps its own sessions.
func (u User) External() bool {
	return u.UserType == "Guest" || strings.Contains(strings.ToUpper(u.UserPrincipalName), "#EXT#")
}

// Properties to select. Those of sessions come with the action's own.
const (
	sessionProperties = "id,userPrincipalName,userType,"
	profileProperties = "id,userPrincipalName,userType,displayName,accountEnabled,"
)

// User reads a user, in the version of Graph that the action lives in. It needs the permission User.Read.All; Me needs
// User.Read. The error is *Error, *UnreachableError or *SignInError.
func (c *Client) User(ctx context.Context, action Action, key Key) (User, error) {
	return readUser(action, key, sessionProperties).send(ctx, c)
}

// Profile is User with the display name, and whether the account is enabled.
func (c *Client) Profile(ctx context.Context, action Action, key Key) (User, error) {
	return readUser(action, key, profileProperties).send(ctx, c)
}

// readUser is the call that reads a user.
func readUser(action Action, key Key, properties string) call[User] {
	body := &userBody{property: action.property}
	return call[User]{
		request: newRequest(abstractions.GET, action, key, "?$select="+properties+action.property),
		reply:   body,
		result: func(noted *exchange, failure error) (User, error) {
			if failure == nil && body.user.ID == "" {
				failure = noted.explain(errors.New("the answer is not a user: it has no id"))
			}
			if failure != nil {
				return User{}, failure
			}
			body.user.ReadAt = noted.date()
			return body.user, nil
		},
	}
}

const (
	goneReads    = 3
	goneInterval = 5 * time.Second
)

// RecordedUser reads a user who is known to have existed. A replica that lags may not know the user yet, so the error is
// a 404 only where three reads over 10 seconds agree.
func (c *Client) RecordedUser(ctx context.Context, action Action, id string) (User, error) {
	for read := 1; ; read++ {
		user, err := c.User(ctx, action, Key(id))
		failure, answered := errors.AsType[*Error](err)
		if !answered || !failure.NotFound() || read == goneReads {
			return user, err
		}
		if err := c.clock.Sleep(ctx, goneInterval); err != nil {
			failure.Stopped = err
			return User{}, failure
		}
	}
}

// newRequest addresses a user, or something below one. The key stands in parentheses and quotes, the one form that is
// right for every spelling: as a segment of its own, a key that starts with $ is refused.
func newRequest(method abstractions.HttpMethod, action Action, key Key, below string) *abstractions.RequestInformation {
	request := abstractions.NewRequestInformation()
	request.Method = method
	if key == Me {
		request.UrlTemplate = "{+baseurl}/" + action.version + "/me" + below
	} else {
		request.UrlTemplate = "{+baseurl}/" + action.version + "/users('{key}')" + below
		request.PathParameters["key"] = strings.ReplaceAll(string(key), "'", "''")
	}
	return request
}

// withoutZone is RFC 3339 less the zone.
const withoutZone = "2006-01-02T15:04:05"

// userBody decodes a user.
type userBody struct {
	property string
	user     User
}

// Serialize is not needed: users are only read.
func (b *userBody) Serialize(serialization.SerializationWriter) error {
	return errors.New("a user is not written")
}

// GetFieldDeserializers reads the selected properties.
func (b *userBody) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"id":                readText(&b.user.ID),
		"userPrincipalName": readText(&b.user.UserPrincipalName),
		"userType":          readText(&b.user.UserType),
		"displayName":       readText(&b.user.DisplayName),
		"accountEnabled": func(node serialization.ParseNode) (err error) {
			b.user.AccountEnabled, err = node.GetBoolValue()
			return err
		},
		b.property: b.readValidFrom,
	}
}

// readText reads a text. Null is the empty one.
func readText(to *string) func(serialization.ParseNode) error {
	return func(node serialization.ParseNode) error {
		value, err := node.GetStringValue()
		*to = valueOf(value)
		return err
	}
}

// readValidFrom reads the instant itself: Kiota takes one without a zone for local time, but Graph's are UTC.
func (b *userBody) readValidFrom(node serialization.ParseNode) error {
	text, err := node.GetStringValue()
	if err != nil || text == nil {
		return err
	}
	instant, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		instant, err = time.Parse(withoutZone, *text)
	}
	if err != nil {
		return err
	}
	instant = instant.UTC().Truncate(time.Second)
	if _, err := instant.MarshalText(); err != nil {
		return err // An offset may move it into a year that RFC 3339 has no form for.
	}
	b.user.ValidFrom = &instant
	return nil
}
