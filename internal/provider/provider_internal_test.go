// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Every attribute of the block reaches the sign-in under its own name.
func TestProviderModel_auth(t *testing.T) {
	t.Parallel()
	var model providerModel
	fields := reflect.ValueOf(&model).Elem()
	for i := range fields.NumField() {
		if fields.Field(i).Type() == reflect.TypeFor[types.Bool]() {
			fields.Field(i).Set(reflect.ValueOf(types.BoolNull()))
		} else {
			fields.Field(i).Set(reflect.ValueOf(types.StringNull()))
		}
	}
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := model
			field := reflect.ValueOf(&one).Elem().Field(i)
			if field.Type() == reflect.TypeFor[types.Bool]() {
				field.Set(reflect.ValueOf(types.BoolValue(true)))
			} else {
				field.Set(reflect.ValueOf(types.StringValue(name)))
			}
			config := reflect.ValueOf(one.auth())
			for j := range config.NumField() {
				if got, want := !config.Field(j).IsNil(), config.Type().Field(j).Name == name; got != want {
					t.Errorf("%s is set: %t, want %t", config.Type().Field(j).Name, got, want)
				}
			}
		})
	}
}
