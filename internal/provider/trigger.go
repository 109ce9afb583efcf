// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// triggerIsNull reports whether there is no trigger. A null that has a type is none either.
func triggerIsNull(trigger types.Dynamic) bool {
	return trigger.IsNull() || trigger.IsUnderlyingValueNull()
}

// triggerIsKnown reports whether every part of the trigger is known: types.Dynamic knows of its top level only.
func triggerIsKnown(ctx context.Context, trigger types.Dynamic) bool {
	value, err := trigger.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
}

// sameTrigger reports whether two known triggers have the same value, whatever their types: a value that comes from a
// variable of another type, or from a state that stored it as another, must not sign anybody out.
func sameTrigger(ctx context.Context, a, b types.Dynamic) (bool, error) {
	left, err := a.ToTerraformValue(ctx)
	if err != nil {
		return false, fmt.Errorf("reading the prior trigger: %w", err)
	}
	right, err := b.ToTerraformValue(ctx)
	if err != nil {
		return false, fmt.Errorf("reading the planned trigger: %w", err)
	}
	return sameValue(left, right), nil
}

// sameValue compares objects and maps by their keys, lists and tuples in order, a set on either side as a multiset, and
// primitives by their string form.
func sameValue(a, b tftypes.Value) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	if keyed(a) && keyed(b) {
		return sameKeys(a, b)
	}
	if listed(a) && listed(b) {
		if unordered(a) || unordered(b) {
			return sameElements(elements(a), elements(b))
		}
		return sameOrder(elements(a), elements(b))
	}
	left, ok := stringForm(a)
	right, alsoOK := stringForm(b)
	return ok && alsoOK && left == right
}

func keyed(v tftypes.Value) bool {
	return v.Type().Is(tftypes.Object{}) || v.Type().Is(tftypes.Map{})
}

func listed(v tftypes.Value) bool {
	return v.Type().Is(tftypes.List{}) || v.Type().Is(tftypes.Tuple{}) || unordered(v)
}

func unordered(v tftypes.Value) bool { return v.Type().Is(tftypes.Set{}) }

func elements(v tftypes.Value) []tftypes.Value {
	var all []tftypes.Value
	_ = v.As(&all) // A list, tuple or set always is a slice.
	return all
}

func sameKeys(a, b tftypes.Value) bool {
	var left, right map[string]tftypes.Value
	if a.As(&left) != nil || b.As(&right) != nil || len(left) != len(right) {
		return false
	}
	for key, value := range left {
		other, ok := right[key]
		if !ok || !sameValue(value, other) {
			return false
		}
	}
	return true
}

func sameOrder(a, b []tftypes.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameValue(a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameElements pairs every element of a with one of b.
func sameElements(a, b []tftypes.Value) bool {
	if len(a) != len(b) {
		return false
	}
	taken := make([]bool, len(b))
	for _, value := range a {
		paired := false
		for i, other := range b {
			if !taken[i] && sameValue(value, other) {
				taken[i], paired = true, true
				break
			}
		}
		if !paired {
			return false
		}
	}
	return true
}

// stringForm is how Terraform converts a primitive to a string.
func stringForm(v tftypes.Value) (string, bool) {
	switch {
	case v.Type().Is(tftypes.String):
		var text string
		err := v.As(&text)
		return text, err == nil
	case v.Type().Is(tftypes.Bool):
		var truth bool
		err := v.As(&truth)
		return strconv.FormatBool(truth), err == nil
	case v.Type().Is(tftypes.Number):
		number := new(big.Float)
		err := v.As(&number)
		return number.Text('f', -1), err == nil
	default:
		return "", false
	}
}
