package main

import (
	"testing"
)

// The page about releases tells of one of the demo's deployment.
func TestReleaseExamples(t *testing.T) {
	t.Parallel()
	g := newGuided(t)
	g.follow(t, example{command: "mgit init --yes"})
	examples := examplesIn(docs(t)["docs/releases.md"])
	for _, e := range examples {
		g.follow(t, e)
	}
	if len(examples) < 9 {
		t.Errorf("the page has only %d examples: are they read at all?", len(examples))
	}
}
