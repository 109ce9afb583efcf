// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// interrupted is a provider that is told to stop while an action is about to begin.
type interrupted struct {
	serverWithActions
	stop     func()
	stopping chan struct{}
}

func (i interrupted) ValidateActionConfig(context.Context, *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	i.stop()
	return &tfprotov6.ValidateActionConfigResponse{}, nil
}

func (i interrupted) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{}, nil
}

func (i interrupted) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	close(i.stopping)
	return &tfprotov6.StopProviderResponse{}, nil
}

// An action that is about to begin when Terraform says stop does not begin, and is no success.
func TestActionServer_stoppedBeforeTheActionBegins(t *testing.T) {
	t.Parallel()
	stopping, stopped := make(chan struct{}), make(chan error)
	s := &actionServer{}
	s.serverWithActions = interrupted{stopping: stopping, stop: func() {
		go func() {
			_, err := s.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{})
			stopped <- err
		}()
		<-stopping
	}}
	if stream, err := s.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{}); err == nil {
		t.Errorf("got %v and no error", stream)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
