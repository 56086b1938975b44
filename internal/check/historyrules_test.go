package check_test

import (
	"slices"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
)

// A merge of the mgit branch is found in a commit that is being made and in those that are; on that branch itself it is usual.
func TestMgitMerged(t *testing.T) {
	t.Parallel()
	id, err := git.ParseID("0123456789012345678901234567890123456789")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		merged []git.ID
		kind   check.Kind
		want   []string
	}{
		"none":               {nil, check.Ours, []string{}},
		"being made":         {[]git.ID{git.ZeroID}, check.Ours, []string{"mgit-merged"}},
		"made, on a target":  {[]git.ID{id}, check.Target, []string{"mgit-merged"}},
		"nobody knows where": {[]git.ID{id, git.ZeroID}, check.Unknown, []string{"mgit-merged", "mgit-merged"}},
		"on the mgit branch": {[]git.ID{id}, check.State, []string{}},
	} {
		got := checktest.New().On(func(s *check.Subject) {
			s.Branch = check.Branch{Name: "x", Kind: test.kind}
			s.StateMerged, s.Committing = test.merged, false
		}).Findings(t)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
	}
}
