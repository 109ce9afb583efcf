// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

func init() {
	resource.AddTestSweepers("users", &resource.Sweeper{Name: "users", F: sweepUsers})
}

// sweepUsers deletes the users that an aborted run of the acceptance tests left. What terraform-plugin-testing calls a region is
// the tenant of the ARM_* variables, whatever its name.
func sweepUsers(string) error {
	a, err := openAcceptance()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	left, err := a.disposableUsers(ctx)
	if err != nil {
		return fmt.Errorf("looking for users to delete: %w", err)
	}
	var errs []error
	for _, p := range left {
		log.Printf("Deleting %s", p.UserPrincipalName)
		errs = append(errs, a.allow(p), a.delete(p))
	}
	return errors.Join(errs...)
}
