// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tour is one walk through the provider's work.
type tour struct {
	*stage
	terraform *terraform

	// held is the refresh token of the leaver's latest sign-in.
	held string
}

// stop is a part of the tour that fits one screen.
type stop struct {
	title string
	visit func(*tour, context.Context) error
}

var stops = []stop{
	{"Robin is signed in", (*tour).signedIn},
	{"Apply: Terraform signs Robin out", (*tour).firstApply},
	{"Robin is signed out", (*tour).signedOut},
	{"Plan: nothing changed, so nothing is called", (*tour).unchangedPlan},
	{"Another trigger: Terraform signs Robin out again", (*tour).secondApply},
	{"Destroy: the record goes, nobody is called", (*tour).finalDestroy},
}

// walk shows the provider's work stop by stop, and fails at the first that is not as promised.
func walk(ctx context.Context, s *stage) error {
	began := time.Now()
	cli, err := newTerraform(ctx, s)
	if err != nil {
		return err
	}
	t := &tour{stage: s, terraform: cli}
	t.welcome()
	for i, stop := range stops {
		t.title(fmt.Sprintf("%d/%d  %s", i+1, len(stops), stop.title))
		if err := stop.visit(t, ctx); err != nil {
			return err
		}
	}
	t.title(fmt.Sprintf("Everything was as promised, in %s.", time.Since(began).Round(time.Second)))
	t.text("To try your own configuration or client on such a tenant: make demo SERVE=1")
	return nil
}

func (t *tour) welcome() {
	t.title("Sign a user out with Terraform, and prove it")
	t.text(fmt.Sprintf("%s %s will apply this configuration to an invented tenant: a Microsoft Entra and a Microsoft Graph "+
		"inside this program. Nothing leaves this machine.", t.terraform.name, t.terraform.version))
	for line := range strings.Lines(configuration) {
		t.line("    " + strings.TrimRight(line, "\n"))
	}
}

func (t *tour) signedIn(ctx context.Context) error {
	t.text("Robin has signed in on a laptop, which keeps a refresh token. Apps get access tokens for it, without a password, for as long as Microsoft Entra accepts it.")
	t.held = t.server.SignIn(t.leaver.ID)
	answer, err := t.redeemHeld(ctx, "The laptop redeems its refresh token:")
	if err != nil {
		return err
	}
	return t.promise("The refresh token works.", accepted, answer.outcome())
}

func (t *tour) firstApply(ctx context.Context) error {
	result, err := t.invalidate(ctx, apply)
	if err != nil {
		return err
	}
	t.evidence("The state holds the evidence:", result.evidence, evidenceAttributes...)
	t.traffic(result.traffic, t.leaver)
	return errors.Join(
		t.promise("Read who Robin is, call once, read until the call can be seen.", "GET, POST, GET", result.methods()),
		t.promise("The state has the instant that the tenant has, and that it was seen there.", t.instant()+" true", result.evidence[instantAttribute]+" "+result.evidence["confirmed"]),
		t.promise("Terraform runs the provider for plan and for apply: one access token each.", "2", strconv.Itoa(result.tokens)),
	)
}

func (t *tour) signedOut(ctx context.Context) error {
	before, err := t.redeemHeld(ctx, "The laptop redeems its refresh token once more:")
	if err != nil {
		return err
	}
	t.held = t.server.SignIn(t.leaver.ID)
	after, err := t.redeemHeld(ctx, "Robin signs in anew, and redeems the refresh token of that:")
	if err != nil {
		return err
	}
	return errors.Join(
		t.promise("What was issued before the call is refused.", revoked, before.outcome()),
		t.promise("What is issued after it works: the call disables nobody.", accepted, after.outcome()),
	)
}

func (t *tour) unchangedPlan(ctx context.Context) error {
	result, err := t.run(ctx, plan)
	if err != nil {
		return err
	}
	t.traffic(result.traffic, t.leaver)
	return errors.Join(
		t.promise("Nothing is planned.", "No changes", result.planned()),
		t.promise("One read, and no call.", "GET", result.methods()),
		t.promise("One access token.", "1", strconv.Itoa(result.tokens)),
	)
}

func (t *tour) secondApply(ctx context.Context) error {
	first := t.instant()
	result, err := t.invalidate(ctx, applyChanged)
	if err != nil {
		return err
	}
	t.evidence("The state holds the new evidence:", result.evidence, instantAttribute, "invalidated_at", "request_id")
	t.traffic(result.traffic, t.leaver)
	again, err := t.redeem(ctx, t.held)
	if err != nil {
		return err
	}
	return errors.Join(
		t.promise("The plan reads; then read, call once, read, as before.", "GET, GET, POST, GET", result.methods()),
		t.promise("The state has the instant that the tenant has, and that it was seen there.", t.instant()+" true", result.evidence[instantAttribute]+" "+result.evidence["confirmed"]),
		t.promise("The instant is later than the first.", "true", strconv.FormatBool(t.instant() > first)),
		t.promise("The sign-in from between the two is refused as well.", revoked, again.outcome()),
	)
}

func (t *tour) finalDestroy(ctx context.Context) error {
	before := t.instant()
	result, err := t.run(ctx, destroy)
	if err != nil {
		return err
	}
	t.traffic(result.traffic, t.leaver)
	return errors.Join(
		t.promise("One read, and no call: what was ended stays ended.", "GET", result.methods()),
		t.promise("The user's instant has not moved.", before, t.instant()),
		t.promise("The state holds nothing any more.", "0", strconv.Itoa(len(result.evidence))),
	)
}

// result is what a command of Terraform came to.
type result struct {
	traffic
	output   string
	evidence evidence
}

// planned is Terraform's own summary of its plan.
func (r result) planned() string {
	for _, line := range gist(r.output) {
		if strings.HasPrefix(line, "No changes.") {
			return "No changes"
		}
		if changes, ok := strings.CutPrefix(line, "Plan: "); ok {
			return changes
		}
	}
	return "no summary"
}

// run shows a command and the gist of what Terraform said of it.
func (t *tour) run(ctx context.Context, c command) (result, error) {
	t.command(t.terraform.name + " " + c.arguments)
	var r result
	var err error
	r.traffic, err = t.watch(func() (err error) {
		r.output, err = t.terraform.run(ctx, c)
		return err
	})
	if err != nil {
		return result{}, err
	}
	t.said(gist(r.output)...)
	r.evidence, err = t.terraform.evidence(ctx)
	return r, err
}

// invalidate runs a command that signs the leaver out. The call must fall into a later second than the last sign-in and
// the last call.
func (t *tour) invalidate(ctx context.Context, c command) (result, error) {
	if err := nextSecond(ctx); err != nil {
		return result{}, err
	}
	return t.run(ctx, c)
}

// instant is the leaver's refreshTokensValidFromDateTime, from the tenant itself.
func (t *tour) instant() string {
	user, _ := t.server.User(t.leaver.ID)
	if user.RefreshTokensValidFromDateTime == nil {
		return "null"
	}
	return user.RefreshTokensValidFromDateTime.Format(time.RFC3339)
}

// redeemHeld redeems the refresh token of the leaver's latest sign-in, and shows Entra's answer.
func (t *tour) redeemHeld(ctx context.Context, how string) (redemption, error) {
	answer, err := t.redeem(ctx, t.held)
	if err != nil {
		return redemption{}, err
	}
	t.line(how)
	t.line("    POST …/oauth2/v2.0/token  grant_type=refresh_token")
	text := "an access token for Microsoft Graph, and the next refresh token"
	if answer.Status != http.StatusOK {
		text, _, _ = strings.Cut(answer.Description, " Trace ID:")
	}
	t.said(fmt.Sprintf("%d %s %s", answer.Status, answer.Kind, text))
	return answer, nil
}
