// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// describe asks a provider server for all that it declares.
func describe(ctx context.Context, server tfprotov6.ProviderServer) (*tfjson.ProviderSchemas, error) {
	declared, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	if err := firstError(declared.Diagnostics); err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	if err := firstError(identities.Diagnostics); err != nil {
		return nil, err
	}

	schema, err := providerSchema(declared, identities)
	if err != nil {
		return nil, err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{providerName: schema},
	}, nil
}

func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return nil
}

func providerSchema(declared *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (*tfjson.ProviderSchema, error) {
	if len(declared.Functions)+len(declared.ListResourceSchemas)+len(declared.StateStoreSchemas) > 0 {
		return nil, errors.New("the provider declares functions, list resources or state stores, which would be missing from the documentation")
	}

	var described tfjson.ProviderSchema
	var err error
	if described.ConfigSchema, err = schema(declared.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if described.ResourceSchemas, err = each(declared.ResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("resources: %w", err)
	}
	if described.DataSourceSchemas, err = each(declared.DataSourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("data sources: %w", err)
	}
	if described.EphemeralResourceSchemas, err = each(declared.EphemeralResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("ephemeral resources: %w", err)
	}
	if described.ActionSchemas, err = each(declared.ActionSchemas, actionSchema); err != nil {
		return nil, fmt.Errorf("actions: %w", err)
	}
	if described.ResourceIdentitySchemas, err = each(identities.IdentitySchemas, identitySchema); err != nil {
		return nil, fmt.Errorf("resource identities: %w", err)
	}
	return &described, nil
}

// each converts every value of a map; its errors name the key.
func each[From, To any](from map[string]From, convert func(From) (To, error)) (map[string]To, error) {
	converted := make(map[string]To, len(from))
	for name, value := range from {
		c, err := convert(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		converted[name] = c
	}
	return converted, nil
}

func schema(s *tfprotov6.Schema) (*tfjson.Schema, error) {
	b, err := block(s.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{Version: uint64(s.Version), Block: b}, nil
}

func actionSchema(s *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	b, err := block(s.Schema.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: b}, nil
}

func identitySchema(s *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	attributes := make(map[string]*tfjson.IdentityAttribute, len(s.IdentityAttributes))
	for _, a := range s.IdentityAttributes {
		identityType, err := ctyType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType:      identityType,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return &tfjson.IdentitySchema{Version: uint64(s.Version), Attributes: attributes}, nil
}

func block(b *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	described, err := attributes(b.Attributes)
	if err != nil {
		return nil, err
	}
	nested := make(map[string]*tfjson.SchemaBlockType, len(b.BlockTypes))
	for _, n := range b.BlockTypes {
		inner, err := block(n.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.TypeName, err)
		}
		nested[n.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: nestingMode(n.Nesting),
			Block:       inner,
		}
	}
	return &tfjson.SchemaBlock{
		Attributes:      described,
		NestedBlocks:    nested,
		Description:     b.Description,
		DescriptionKind: descriptionKind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}, nil
}

func attributes(list []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	described := make(map[string]*tfjson.SchemaAttribute, len(list))
	for _, a := range list {
		d, err := attribute(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		described[a.Name] = d
	}
	return described, nil
}

func attribute(a *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	described := &tfjson.SchemaAttribute{
		Description:     a.Description,
		DescriptionKind: descriptionKind(a.DescriptionKind),
		Deprecated:      a.Deprecated,
		Required:        a.Required,
		Optional:        a.Optional,
		Computed:        a.Computed,
		Sensitive:       a.Sensitive,
		WriteOnly:       a.WriteOnly,
	}
	var err error
	if a.NestedType == nil {
		described.AttributeType, err = ctyType(a.Type)
	} else {
		described.AttributeNestedType, err = nestedType(a.NestedType)
	}
	return described, err
}

func nestedType(o *tfprotov6.SchemaObject) (*tfjson.SchemaNestedAttributeType, error) {
	described, err := attributes(o.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.SchemaNestedAttributeType{Attributes: described, NestingMode: nestingMode(o.Nesting)}, nil
}

// nestingMode relies on both nesting enumerations of the protocol spelling their names as the JSON form
// does, in capitals.
func nestingMode(mode fmt.Stringer) tfjson.SchemaNestingMode {
	return tfjson.SchemaNestingMode(strings.ToLower(mode.String()))
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if kind == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// ctyType goes through JSON, the one form that both type systems share.
func ctyType(t tftypes.Type) (cty.Type, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return cty.NilType, err
	}
	var converted cty.Type
	err = json.Unmarshal(text, &converted)
	return converted, err
}
