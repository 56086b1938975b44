package check_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// found judges a case and keeps what the rules of a family found, as checktest writes it and in full.
func found(t *testing.T, c *checktest.Case, ids ...string) ([]string, []check.Finding) {
	t.Helper()
	result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
	if err != nil {
		t.Fatal(err)
	}
	findings := slices.DeleteFunc(result.Findings, func(f check.Finding) bool {
		return !slices.Contains(ids, f.Rule) && f.Rule != check.RuleFailed
	})
	return checktest.Lines(findings), findings
}

// verdict is a case and what is to be found.
type verdict struct {
	name string
	c    *checktest.Case
	want []string // "id path:line"
	says string   // that the first finding's text and hint have; "" for anything
	weak bool     // that all findings are warnings
}

func judge(t *testing.T, ids []string, verdicts []verdict) {
	t.Helper()
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			got, findings := found(t, v.c, ids...)
			if !slices.Equal(got, v.want) {
				t.Fatalf("found %q, want %q (%+v)", got, v.want, findings)
			}
			for i, f := range findings {
				if i == 0 && !strings.Contains(f.Text+" | "+f.Hint, v.says) {
					t.Errorf("it says %q, hint %q; want %q in it", f.Text, f.Hint, v.says)
				}
				if weak := f.Severity == check.Warning; weak != v.weak {
					t.Errorf("%s weighs %s", f, f.Severity)
				}
				if strings.HasSuffix(f.Text, ".") || strings.Contains(f.Text, "\n") || f.Hint == "" {
					t.Errorf("text %q, hint %q", f.Text, f.Hint)
				}
			}
		})
	}
}

// on is a commit on a branch of some kind.
func on(kind check.Kind, name string, change func(*check.Subject)) *checktest.Case {
	return checktest.New().Core("4.5").Adds("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", "2024100700")).
		Adds("mod/ouwiki/lang/en/ouwiki.php", "<?php\n$string['pluginname'] = 'W';\n$string['modulename'] = 'W';\n$string['modulenameplural'] = 'W';\n").
		On(func(s *check.Subject) {
			s.Branch.Kind, s.Branch.Name = kind, name
			if change != nil {
				change(s)
			}
		})
}

func TestBranchRules(t *testing.T) {
	t.Parallel()
	misnamed := func(s *check.Subject) {
		s.Branch.Reason, s.Branch.Nearest = `"feture" is no type`, "LUVLE-4.5-feature-mod_ouwiki"
	}
	base := func(found string, state check.BaseState) func(*check.Subject) {
		return func(s *check.Subject) {
			s.Branch.Base = check.Base{Want: "v4.5.0", Found: found, State: state}
		}
	}
	merging := func(s *check.Subject) { s.Merging = true }
	later := func(s *check.Subject) { s.Committing = false }
	judge(t, []string{"branch-name", "branch-base", "protected-branch"}, []verdict{
		{name: "a branch of the site", c: on(check.Ours, "LUVLE-4.5-feature-mod_ouwiki", nil)},
		{name: "no branch", c: on(check.Unknown, "", nil)},

		{name: "nearly", c: on(check.Misnamed, "LUVLE-4.5-feture-mod_ouwiki", misnamed), want: []string{"branch-name"}, says: `"feture" is no type | rename it: ` + "`git branch -m LUVLE-4.5-feature-mod_ouwiki`"},
		{name: "nearly, looked at later", c: on(check.Misnamed, "LUVLE-4.5-x", later), want: []string{"branch-name"}},
		{name: "foreign, committing", c: on(check.Foreign, "wip", nil), want: []string{"branch-name"}, says: "wip is not of the naming scheme", weak: true},
		{name: "foreign, looked at later", c: on(check.Foreign, "wip", later)},

		{name: "base fits", c: on(check.Ours, "b", base("v4.5.0", check.BaseFits))},
		{name: "a later minor release", c: on(check.Ours, "b", base("v4.5.3", check.BaseLater))},
		{name: "nobody knows the base", c: on(check.Ours, "b", base("", check.BaseUnknown))},
		{name: "another base", c: on(check.Ours, "b", base("v4.4.0", check.BaseWrong)), want: []string{"branch-base"}, says: "the branch stands on v4.4.0, all others of 4.5 on v4.5.0"},
		{name: "no base", c: on(check.Ours, "b", base("", check.BaseWrong)), want: []string{"branch-base"}, says: "stands on no release of Moodle"},
		{name: "another base of a foreign branch", c: on(check.Upstream, "b", func(s *check.Subject) { s.Committing = false; base("v4.4.0", check.BaseWrong)(s) })},

		{name: "on a target", c: on(check.Target, "LUVLE-4.5-test", nil), want: []string{"protected-branch"}, says: "built by merging"},
		{name: "a merge on a target", c: on(check.Target, "LUVLE-4.5-test", merging)},
		{name: "a target's history", c: on(check.Target, "LUVLE-4.5-test", later)},
		{name: "on upstream's", c: on(check.Upstream, "MOODLE_405_STABLE", nil), want: []string{"protected-branch"}, says: "follows Moodle's own branch"},
		{name: "a merge on upstream's", c: on(check.Upstream, "MOODLE_405_STABLE", merging), want: []string{"protected-branch"}},
		{name: "on the state", c: on(check.State, "mgit", nil), want: []string{"protected-branch"}, says: "mgit's own files", weak: true},
	})
}
