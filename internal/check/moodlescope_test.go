package check_test

import (
	"slices"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/moodle"
)

// On a feature branch for something else, every file of every commit of upstream's is blamed, and once.
func TestUpstreamOnAnotherBranch(t *testing.T) {
	repo := openMoodle(t)
	files := 0
	for _, commit := range lastCommits(t, repo, "master", 600) {
		parent := commitOf(t, repo, commit.Parents[0].String())
		s, err := checktest.AsStaged(t.Context(), repo, commit, parent)
		if err != nil {
			t.Fatal(err)
		}
		s.Branch.Type, s.Branch.Component, s.Branch.Paths = "feature", moodle.Component{Type: "local", Name: "nosuch"}, nil
		result, err := check.Run(t.Context(), check.Request{Subject: s, Severity: func(r check.Rule) check.Severity {
			if r.Family == "scope" {
				return r.Severity
			}
			return check.Off
		}})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, f := range s.Files {
			want = append(want, f.Path)
		}
		for _, f := range result.Findings {
			got = append(got, f.Path)
		}
		files += len(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: blamed %q, want %q", commit.ID, got, want)
		}
	}
	if files < 1000 {
		t.Errorf("only %d files were judged", files)
	}
}
