// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer returns a factory of servers of the provider, for protocol version 6.
func NewServer(version string, runtime Runtime) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		server := providerserver.NewProtocol6(New(version, runtime)())()
		if withActions, ok := server.(tfprotov6.ProviderServerWithActions); ok {
			return &stoppableServer{ProviderServerWithActions: withActions}
		}
		return server
	}
}

// stoppableServer lets a run of an action that is interrupted tell what became of it. terraform-plugin-go drops whatever an action tells
// once StopProvider has returned, and Terraform takes silence for success: here it returns when the run has ended.
type stoppableServer struct {
	tfprotov6.ProviderServerWithActions

	// runs is held for reading while an action runs.
	runs sync.RWMutex
}

// InvokeAction runs an action.
func (s *stoppableServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.ProviderServerWithActions.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		s.runs.RLock()
		defer s.runs.RUnlock()
		stream.Events(push)
	}}, nil
}

// StopProvider ends the contexts of all that is under way, and waits for the runs of actions to tell so.
func (s *stoppableServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	resp, err := s.ProviderServerWithActions.StopProvider(ctx, req)
	s.runs.Lock()
	defer s.runs.Unlock()
	return resp, err
}
