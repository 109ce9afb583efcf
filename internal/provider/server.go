// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// NewServer returns a factory of servers of the provider, for protocol version 6.
func NewServer(version string, runtime Runtime) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		server := providerserver.NewProtocol6(New(version, runtime)())()
		if withActions, ok := server.(serverWithActions); ok {
			return &actionServer{serverWithActions: withActions}
		}
		return server
	}
}

// serverWithActions is what terraform-plugin-framework serves.
type serverWithActions interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
}

// actionServer makes up for what Terraform and terraform-plugin-go leave out of actions, and they do for resources:
//   - Terraform has a configuration validated while variables and resources are unknown, and not again: it is here, before it is planned
//     and before it is invoked.
//   - Terraform shows no attribute for what is wrong with an action that -invoke names: the text names it here.
//   - terraform-plugin-go drops whatever a run tells once StopProvider has returned, and Terraform takes silence for success: here it
//     returns when the runs have ended.
type actionServer struct {
	serverWithActions

	// runs is held for reading while an action runs, and stops counts the calls of StopProvider.
	runs  sync.RWMutex
	stops atomic.Int64
}

// PlanAction validates and plans an action.
func (s *actionServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	if problems, err := s.validate(ctx, req.ActionType, req.Config); err != nil || len(problems) > 0 {
		return &tfprotov6.PlanActionResponse{Diagnostics: problems}, err
	}
	resp, err := s.serverWithActions.PlanAction(ctx, req)
	if err != nil {
		return nil, err
	}
	nameAttributes(resp.Diagnostics)
	return resp, nil
}

// InvokeAction validates and runs an action.
func (s *actionServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stops := s.stops.Load()
	s.runs.RLock()
	events, err := s.invoke(ctx, req)
	if err == nil && s.stops.Load() != stops {
		err = errors.New("the provider was stopped before the action began")
	}
	if err != nil {
		s.runs.RUnlock()
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.runs.RUnlock()
		events(push)
	}}, nil
}

// invoke returns what a run tells, with the attributes named, or what is wrong with the configuration.
func (s *actionServer) invoke(ctx context.Context, req *tfprotov6.InvokeActionRequest) (iter.Seq[tfprotov6.InvokeActionEvent], error) {
	problems, err := s.validate(ctx, req.ActionType, req.Config)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		ended := tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{Diagnostics: problems}}
		return slices.Values([]tfprotov6.InvokeActionEvent{ended}), nil
	}
	stream, err := s.serverWithActions.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}
	return func(push func(tfprotov6.InvokeActionEvent) bool) {
		for event := range stream.Events {
			if ended, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				nameAttributes(ended.Diagnostics)
			}
			if !push(event) {
				return
			}
		}
	}, nil
}

// StopProvider ends the contexts of all that is under way, and waits for the runs of actions to tell so.
func (s *actionServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	s.stops.Add(1)
	resp, err := s.serverWithActions.StopProvider(ctx, req)
	s.runs.Lock()
	defer s.runs.Unlock()
	return resp, err
}

// validate returns what is wrong with a configuration as it is known now. Warnings were shown before.
func (s *actionServer) validate(ctx context.Context, actionType string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
	resp, err := s.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: actionType, Config: config})
	if err != nil {
		return nil, err
	}
	problems := slices.DeleteFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity != tfprotov6.DiagnosticSeverityError })
	nameAttributes(problems)
	return problems, nil
}

// nameAttributes adds a line to each text that is about an attribute.
func nameAttributes(diagnostics []*tfprotov6.Diagnostic) {
	for _, d := range diagnostics {
		var names []string
		for _, step := range d.Attribute.Steps() {
			if name, ok := step.(tftypes.AttributeName); ok {
				names = append(names, string(name))
			}
		}
		if len(names) > 0 {
			d.Detail += facts([][2]string{{"Attribute", strings.Join(names, ".")}})
		}
	}
}
