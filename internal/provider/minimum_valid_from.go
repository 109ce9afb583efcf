// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// maxAhead is how far minimum_valid_from may lie in the future: no call could reach it.
const maxAhead = 5 * time.Minute

// refuseFuture belongs in the plan: validate does not know the time, and timestamp() is unknown until apply.
func (s *session) refuseFuture(minimum timetypes.RFC3339, diags *diag.Diagnostics) {
	if wanted := timeOf(minimum); s != nil && wanted != nil && wanted.Sub(s.clock.Now()) > maxAhead {
		diags.AddAttributeError(path.Root("minimum_valid_from"), "Instant in the Future",
			"minimum_valid_from is more than 5 minutes in the future, which no call made now can reach."+
				facts([][2]string{{"Value", minimum.ValueString()}, {"Now", instant(new(s.clock.Now())).ValueString()}}))
	}
}

// reached reports whether a minimum is set and the user's instant is not before it.
func reached(minimum timetypes.RFC3339, validFrom *time.Time) bool {
	wanted := timeOf(minimum)
	return wanted != nil && validFrom != nil && !validFrom.Before(*wanted)
}
