// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestSameValue(t *testing.T) {
	t.Parallel()
	text := func(v string) tftypes.Value { return tftypes.NewValue(tftypes.String, v) }
	number := func(v float64) tftypes.Value { return tftypes.NewValue(tftypes.Number, big.NewFloat(v)) }
	truth := func(v bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, v) }
	types := func(values []tftypes.Value) []tftypes.Type {
		all := make([]tftypes.Type, 0, len(values))
		for _, value := range values {
			all = append(all, value.Type())
		}
		return all
	}
	tuple := func(values ...tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types(values)}, values)
	}
	list := func(of tftypes.Type, values ...tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.List{ElementType: of}, values)
	}
	set := func(of tftypes.Type, values ...tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.Set{ElementType: of}, values)
	}
	mapping := func(of tftypes.Type, values map[string]tftypes.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.Map{ElementType: of}, values)
	}
	object := func(values map[string]tftypes.Value) tftypes.Value {
		attributes := map[string]tftypes.Type{}
		for name, value := range values {
			attributes[name] = value.Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: attributes}, values)
	}
	null := tftypes.NewValue(tftypes.String, nil)

	tests := map[string]struct {
		a, b tftypes.Value
		want bool
	}{
		"equal text":                     {text("a"), text("a"), true},
		"other text":                     {text("a"), text("b"), false},
		"text of another case":           {text("a"), text("A"), false},
		"a number and its text":          {number(1), text("1"), true},
		"a fraction and its text":        {number(0.5), text("0.5"), true},
		"a large number and its text":    {number(1e15), text("1000000000000000"), true},
		"a huge number and its text":     {number(1e21), text("1000000000000000000000"), true},
		"a long number and its text":     {tftypes.NewValue(tftypes.Number, new(big.Float).SetPrec(512).SetInt64(1234567890123456789)), text("1234567890123456789"), true},
		"a number and its other text":    {number(1), text("1.0"), false},
		"a truth and its text":           {truth(true), text("true"), true},
		"a truth and a number":           {truth(true), number(1), false},
		"two nulls":                      {null, tftypes.NewValue(tftypes.Number, nil), true},
		"a null and the empty text":      {null, text(""), false},
		"a tuple and a list":             {tuple(text("a"), text("b")), list(tftypes.String, text("a"), text("b")), true},
		"a list in another order":        {list(tftypes.String, text("a"), text("b")), list(tftypes.String, text("b"), text("a")), false},
		"a longer list":                  {list(tftypes.String, text("a")), list(tftypes.String, text("a"), text("b")), false},
		"a set in another order":         {set(tftypes.String, text("a"), text("b")), set(tftypes.String, text("b"), text("a")), true},
		"a tuple and a set":              {tuple(number(2), text("1")), set(tftypes.String, text("1"), text("2")), true},
		"a set and a tuple with a twice": {set(tftypes.String, text("a"), text("b")), tuple(text("a"), text("a")), false},
		"a tuple with a twice and a set": {tuple(text("a"), text("a"), text("b")), set(tftypes.String, text("a"), text("b")), false},
		"an object and a map":            {object(map[string]tftypes.Value{"a": number(1), "b": text("2")}), mapping(tftypes.String, map[string]tftypes.Value{"a": text("1"), "b": text("2")}), true},
		"a map with another key":         {mapping(tftypes.String, map[string]tftypes.Value{"a": text("1")}), mapping(tftypes.String, map[string]tftypes.Value{"b": text("1")}), false},
		"a map with another value":       {mapping(tftypes.String, map[string]tftypes.Value{"a": text("1")}), mapping(tftypes.String, map[string]tftypes.Value{"a": text("2")}), false},
		"an object with a null":          {object(map[string]tftypes.Value{"a": null}), object(map[string]tftypes.Value{}), false},
		"nested":                         {tuple(object(map[string]tftypes.Value{"a": set(tftypes.Number, number(1), number(2))})), tuple(object(map[string]tftypes.Value{"a": tuple(text("2"), text("1"))})), true},
		"a list and a map":               {list(tftypes.String), mapping(tftypes.String, map[string]tftypes.Value{}), false},
		"a list and a text":              {list(tftypes.String, text("a")), text("a"), false},
		"empty sequences":                {tuple(), set(tftypes.String), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sameValue(test.a, test.b); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
			if got := sameValue(test.b, test.a); got != test.want {
				t.Errorf("the other way round: got %t, want %t", got, test.want)
			}
		})
	}
}
