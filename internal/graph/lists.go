// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
)

// pageSize is the most that Graph puts on a page of users and members.
const pageSize = "999"

// FilteredUsers reads the users whom an OData filter selects. Filters that are advanced queries to Graph are answered from an index, which
// may lag behind the directory; all others are not. It needs the permission User.Read.All. The error is *Error, *UnreachableError,
// *ForeignHostError or *SignInError.
func (c *Client) FilteredUsers(ctx context.Context, action Action, filter string) ([]User, error) {
	users, err := c.usersOf(ctx, action, usersRequest(action, filter, ""))
	if failure, ok := errors.AsType[*Error](err); ok && failure.unsupportedQuery() {
		advanced := usersRequest(action, filter, "&$count=true")
		advanced.Headers.Add("ConsistencyLevel", "eventual")
		return c.usersOf(ctx, action, advanced)
	}
	return users, err
}

func usersRequest(action Action, filter, more string) *abstractions.RequestInformation {
	request := abstractions.NewRequestInformation()
	request.Method = abstractions.GET
	request.UrlTemplate = "{+baseurl}/" + action.version + "/users?$filter={filter}&$select=" + profileProperties + action.property + "&$top=" + pageSize + more
	request.PathParameters["filter"] = filter
	return request
}

func (c *Client) usersOf(ctx context.Context, action Action, first *abstractions.RequestInformation) ([]User, error) {
	objects, err := c.pages(ctx, action, first)
	if err != nil {
		return nil, err
	}
	users := make([]User, len(objects))
	for i, object := range objects {
		users[i] = object.user
	}
	return users, nil
}

// Members are the users in a group, directly and through the groups in it.
type Members struct {
	Users []User
	// Hidden are the groups among them, the group itself first, whose membership is hidden: from who lacks the permission Member.Read.Hidden
	// Graph keeps the users in it without a word.
	Hidden []Group
}

// Group is a group of the tenant.
type Group struct {
	// ID is the object id.
	ID string
	// DisplayName is empty for who may not read it.
	DisplayName string
}

// hiddenMembership is the visibility of a group whose members only its members and some others may read.
const hiddenMembership = "HiddenMembership"

// GroupMembers reads the users who are in a group, in the directory itself and not in its index, which may lag behind. It needs the
// permission GroupMember.Read.All, and User.Read.All for more of the users than their ids. The error is *Error, *UnreachableError,
// *ForeignHostError or *SignInError.
func (c *Client) GroupMembers(ctx context.Context, action Action, groupID string) (Members, error) {
	group := &objectBody{}
	noted, err := c.send(ctx, groupRequest(action, groupID, "?$select=id,displayName,visibility"), group.decodeInto)
	if err != nil {
		return Members{}, err
	}
	if group.user.ID == "" {
		return Members{}, noted.explain(errors.New("the answer is not a group: it has no id"))
	}
	objects, err := c.pages(ctx, action, groupRequest(action, groupID, "/transitiveMembers?$select="+profileProperties+"visibility,"+action.property+"&$top="+pageSize))
	if err != nil {
		return Members{}, err
	}
	var members Members
	for _, object := range append([]*objectBody{group}, objects...) {
		if object.visibility == hiddenMembership {
			members.Hidden = append(members.Hidden, Group{ID: object.user.ID, DisplayName: object.user.DisplayName})
		}
		if object.kind == "#microsoft.graph.user" {
			members.Users = append(members.Users, object.user)
		}
	}
	return members, nil
}

func groupRequest(action Action, id, below string) *abstractions.RequestInformation {
	request := abstractions.NewRequestInformation()
	request.Method = abstractions.GET
	request.UrlTemplate = "{+baseurl}/" + action.version + "/groups/{id}" + below
	request.PathParameters["id"] = id
	return request
}

// pages reads a list to its end, page by page.
func (c *Client) pages(ctx context.Context, action Action, request *abstractions.RequestInformation) ([]*objectBody, error) {
	var objects []*objectBody
	followed := make(map[string]bool)
	for {
		page := &pageBody{property: action.property}
		noted, err := c.send(ctx, request, page.decodeInto)
		if err != nil {
			return nil, err
		}
		if !page.listed {
			return nil, noted.explain(errors.New("the answer is not a page: it has no list"))
		}
		if slices.ContainsFunc(page.objects, func(o *objectBody) bool { return o.user.ID == "" }) {
			return nil, noted.explain(errors.New("the answer lists an object without an id"))
		}
		for _, object := range page.objects {
			object.user.ReadAt = noted.date()
		}
		objects = append(objects, page.objects...)
		if page.nextLink == "" {
			return objects, nil
		}
		if followed[page.nextLink] {
			return nil, noted.explain(errors.New("the link to the next page leads back to one that was read"))
		}
		followed[page.nextLink] = true
		if request, err = nextRequest(request, page.nextLink); err != nil {
			return nil, noted.explain(err)
		}
	}
}

// nextRequest asks for the next page, as the one before was asked for.
func nextRequest(before *abstractions.RequestInformation, nextLink string) (*abstractions.RequestInformation, error) {
	link, err := url.Parse(nextLink)
	if err != nil {
		return nil, fmt.Errorf("the link to the next page cannot be read: %w", err)
	}
	request := abstractions.NewRequestInformation()
	request.Method = abstractions.GET
	request.SetUri(*link)
	for _, level := range before.Headers.Get("ConsistencyLevel") {
		request.Headers.Add("ConsistencyLevel", level)
	}
	return request, nil
}

// pageBody decodes a page of objects.
type pageBody struct {
	property string
	listed   bool
	objects  []*objectBody
	nextLink string
}

func (b *pageBody) decodeInto(serialization.ParseNode) (serialization.Parsable, error) { return b, nil }

// Serialize is not needed: pages are only read.
func (b *pageBody) Serialize(serialization.SerializationWriter) error {
	return errors.New("a page is not written")
}

// GetFieldDeserializers reads the objects, and where there are more.
func (b *pageBody) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	return map[string]func(serialization.ParseNode) error{
		"@odata.nextLink": readText(&b.nextLink),
		"value": func(node serialization.ParseNode) error {
			list, err := node.GetCollectionOfObjectValues(func(serialization.ParseNode) (serialization.Parsable, error) {
				object := &objectBody{userBody: userBody{property: b.property}}
				b.objects = append(b.objects, object)
				return object, nil
			})
			b.listed = list != nil
			return err
		},
	}
}

// objectBody decodes an object of the directory: what a user, a group and others have.
type objectBody struct {
	userBody
	kind, visibility string
}

func (b *objectBody) decodeInto(serialization.ParseNode) (serialization.Parsable, error) {
	return b, nil
}

// GetFieldDeserializers reads the selected properties.
func (b *objectBody) GetFieldDeserializers() map[string]func(serialization.ParseNode) error {
	fields := b.userBody.GetFieldDeserializers()
	fields["@odata.type"] = readText(&b.kind)
	fields["visibility"] = readText(&b.visibility)
	return fields
}
