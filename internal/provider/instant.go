// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
)

// instant is the state's form of an instant, null for nil.
func instant(t *time.Time) timetypes.RFC3339 {
	if t == nil {
		return timetypes.NewRFC3339Null()
	}
	return timetypes.NewRFC3339TimeValue(t.UTC())
}

// timeOf is an instant of the state or configuration, nil where it is null, unknown or refused by its type.
func timeOf(value timetypes.RFC3339) *time.Time {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	t, diags := value.ValueRFC3339Time()
	if diags.HasError() {
		return nil
	}
	return &t
}
