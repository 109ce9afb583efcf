// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

//go:build acceptance

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/seed-7dc6cf1c/terraform-provider-graph/internal/graph"
)

func TestAccUserDataSource_showsWhatTheCallLeft(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	holds := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(userAddress, tfjsonpath.New(name), want)
	}
	a.run(t,
		a.step(userData(userID(ada.UserPrincipalName)), states(
			holds("id", knownvalue.StringExact(ada.ID)), holds("user_principal_name", knownvalue.StringExact(ada.UserPrincipalName)),
			holds("display_name", knownvalue.StringExact("Disposable user of an acceptance test")), holds("account_enabled", knownvalue.Bool(false)),
			holds("user_type", knownvalue.StringExact("Member")), holds("external", knownvalue.Bool(false)),
		), a.called(ada)),
		a.step(invalidation(userID(ada.ID))+userData("user_id = "+address+".id"), states(
			statecheck.CompareValuePairs(userAddress, tfjsonpath.New(instantAttribute), address, tfjsonpath.New(instantAttribute), compare.ValuesSame()),
		), a.keepsEvidence(ada)),
	)
	a.signedOut(t, ada, 1)
}

func TestAccUserDataSource_userNotFound(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	a.run(t, a.step(userData(userID(uuid.NewString())), fails(`User Not Found`)))
}

func TestAccUsersDataSource_filter(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	ada := a.addUser(t)
	a.listed(t, ada)
	a.run(t,
		a.step(usersData(byFilter("userPrincipalName eq '"+ada.UserPrincipalName+"'")), selects(ada.ID), a.called(ada)),
		a.step(usersData(byFilter("department is nothing")), fails(`Filter Refused`)),
	)
	a.signedOut(t, ada, 0)
}

func TestAccUsersDataSource_groupNotFound(t *testing.T) {
	t.Parallel()
	a := acceptanceTenant(t)
	// Without a permission for groups, which the suite does not ask for, Graph does not look for it.
	a.run(t, a.step(usersData(byGroup(uuid.NewString())), fails(`Group Not Found|Reading Groups Not Permitted`)))
}

// listed waits until the tenant finds the user by a filter, which may take longer than by a key.
func (a *acceptance) listed(t *testing.T, p person) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), replication)
	defer cancel()
	at := "/v1.0/users?$select=id&$filter=" + url.QueryEscape(fmt.Sprintf("userPrincipalName eq '%s'", p.UserPrincipalName))
	for agreed := 0; agreed < agreement; {
		var page struct{ Value []person }
		if _, err := a.call(ctx, http.MethodGet, at, nil, &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Value) == 1 {
			agreed++
			continue
		}
		agreed = 0
		if err := (graph.SystemClock{}).Sleep(ctx, time.Second); err != nil {
			t.Fatalf("after %s, the tenant does not list %s yet", replication, p.UserPrincipalName)
		}
	}
}
