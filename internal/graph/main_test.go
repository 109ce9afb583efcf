// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph_test

import (
	"os"
	"testing"
	"time"
)

// What the client tells must not depend on where it runs.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("far from Greenwich", 5*60*60)
	os.Exit(m.Run())
}
