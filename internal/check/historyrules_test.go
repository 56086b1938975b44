package check_test

import (
	"slices"
	"strings"
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

// While a target is in a branch, the files that came with it are no findings of their own. Who lets the target pass, or switches
// the rule off, gets to know of them.
func TestTargetMergedStandsForWhatCame(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		waivers []check.Waiver
		weighs  check.Severity
		want    string
		note    string
	}{
		"as it is": {nil, check.Error, "target-merged", "1 finding of scope and core-changed is left out while target-merged is there"},
		"waived":   {[]check.Waiver{{Rule: "target-merged", By: check.ByFlag}}, check.Error, "scope local/other/settings.php:1", ""},
		"off":      {nil, check.Off, "scope local/other/settings.php:1", ""},
		// The commit that would have to say it is the merge.
		"waived by another commit": {[]check.Waiver{{Rule: "target-merged", By: check.ByTrailer, Commit: git.ID{1}}}, check.Error, "target-merged", "1 finding of scope and core-changed is left out while target-merged is there"},
	} {
		subject := withTarget(check.TargetInside{Target: "LUVLE-4.5-test", Merge: someID}).Subject(t)
		result, err := check.Run(t.Context(), check.Request{Subject: subject, Waivers: test.waivers, Severity: func(r check.Rule) check.Severity {
			switch r.ID {
			case "target-merged":
				return test.weighs
			case "php-syntax":
				return check.Off
			}
			return r.Severity
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(checktest.Lines(result.Findings), ", "); got != test.want {
			t.Errorf("%s: found %q, want %q", name, got, test.want)
		}
		if got := strings.Join(result.Notes, "; "); got != test.note {
			t.Errorf("%s: noted %q, want %q", name, got, test.note)
		}
	}
}
