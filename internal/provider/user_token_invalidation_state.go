// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

const (
	// importedKey marks, in private state, a resource that was imported and not updated since.
	importedKey = "imported"
	// readBeforeKey holds, in private state, the user's instant before a call that Graph has not shown yet.
	readBeforeKey = "read_before_call"
)

const notConfigured = "The provider's configuration depends on values that are not known before apply, so Microsoft Graph cannot be asked at plan. " +
	"Apply what the values come from first, with -target, or give the provider values that are known."

func (m *userTokenInvalidationModel) action() graph.Action {
	return graph.ActionNamed(m.GraphAction.ValueString())
}

// reading is the read of the user that user_id names, at plan.
func (m *userTokenInvalidationModel) reading() attempt {
	return attempt{userID: m.UserID.ValueString(), action: m.action(), timeout: "read"}
}

// destroying is the call that destroying makes.
func (m *userTokenInvalidationModel) destroying() attempt {
	return attempt{calling: true, userID: m.ID.ValueString(), action: m.action(), timeout: "delete"}
}

// save writes the state and the identity that belongs to it.
func (m *userTokenInvalidationModel) save(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(identity.Set(ctx, userIdentityModel{ID: m.ID})...)
	return diags
}

// neverCalled records a user for whom nothing was called.
func (m *userTokenInvalidationModel) neverCalled(user graph.User) {
	m.ID = types.StringValue(user.ID)
	m.recordUser(user)
	m.InvalidatedAt = timetypes.NewRFC3339Null()
	m.RequestID = types.StringNull()
	m.Confirmed = types.BoolNull()
}

// called records a call that no replica has shown yet.
func (m *userTokenInvalidationModel) called(user graph.User, call graph.Invalidation) {
	m.ID = types.StringValue(user.ID)
	m.recordUser(user)
	m.InvalidatedAt = instant(&call.At)
	m.RequestID = optional(call.RequestID)
	m.Confirmed = types.BoolValue(false)
}

// seen records what was read after a call; nil where no read succeeded.
func (m *userTokenInvalidationModel) seen(user *graph.User, fresh bool) {
	if user == nil {
		m.RefreshTokensValidFromDateTime = timetypes.NewRFC3339Null()
		return
	}
	m.recordUser(*user)
	m.Confirmed = types.BoolValue(fresh)
}

// refresh records a later read. An instant that is older than the one in state comes from a replica that lags and is not
// recorded; late reports that it should have caught up by now.
func (m *userTokenInvalidationModel) refresh(user graph.User, before *time.Time, now time.Time) (late bool) {
	recorded, calledAt := timeOf(m.RefreshTokensValidFromDateTime), timeOf(m.InvalidatedAt)
	if calledAt != nil && graph.Fresh(before, user.ValidFrom, *calledAt) {
		m.Confirmed = types.BoolValue(true)
	}
	older := recorded != nil && (user.ValidFrom == nil || user.ValidFrom.Before(*recorded))
	if older {
		user.ValidFrom = recorded
	}
	m.recordUser(user)
	return older && calledAt != nil && now.Sub(*calledAt) > lagLimit
}

// recordUser records what may change of a user.
func (m *userTokenInvalidationModel) recordUser(user graph.User) {
	m.UserPrincipalName = optional(user.UserPrincipalName)
	m.RefreshTokensValidFromDateTime = instant(user.ValidFrom)
}

func optional(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func isNotFound(err error) bool {
	failure, ok := errors.AsType[*graph.Error](err)
	return ok && failure.NotFound()
}

// privateState is the part of the framework's private state that is used here.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type writablePrivateState interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// keepReadBefore keeps the instant before an unconfirmed call, so that a later refresh can tell a fresh one.
func keepReadBefore(ctx context.Context, private writablePrivateState, before *time.Time) diag.Diagnostics {
	// A pointer to a time always is valid JSON.
	value, _ := json.Marshal(before)
	return private.SetKey(ctx, readBeforeKey, value)
}

func readBefore(ctx context.Context, private privateState) (*time.Time, diag.Diagnostics) {
	value, diags := private.GetKey(ctx, readBeforeKey)
	var before *time.Time
	if len(value) > 0 {
		if err := json.Unmarshal(value, &before); err != nil {
			diags.AddError("Unreadable Private State", "The instant before the last call cannot be read: "+err.Error())
		}
	}
	return before, diags
}
