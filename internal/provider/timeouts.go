// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// refuseNoTime refuses timeouts in which nothing can be done. The block's own validator tells what is no duration.
func refuseNoTime(timeouts map[string]attr.Value, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(timeouts)) {
		given, ok := timeouts[name].(types.String)
		if !ok {
			continue
		}
		if d, err := time.ParseDuration(given.ValueString()); err == nil && d <= 0 {
			diags.AddAttributeError(path.Root("timeouts").AtName(name), "Invalid Timeout", "A timeout must be longer than nothing, such as \"5m\".")
		}
	}
}
