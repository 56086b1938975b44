package rebase_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// Whether an issue is in a history is read from the beginnings of subjects, and from what
// was taken back for good. A branch is dropped for it, so that every doubt is a no.
func TestSettled(t *testing.T) {
	t.Parallel()
	fix := code(map[int]string{20: statements("fix", 4)})
	cases := []struct {
		issue   string
		commits []madeCommit
		want    string
	}{
		{"MDL-1", []madeCommit{{"MDL-1 core: fix", map[string]string{"a.php": fix}}}, "in by 0"},
		{"MDL-2", []madeCommit{{"MDL-200 core: fix\n\nMDL-2 asked for it.", map[string]string{"a.php": fix}}}, "not there"},
		{"MDL-3", []madeCommit{{"core: MDL-3 in another place", map[string]string{"a.php": fix}}}, "not there"},
		{"MDL-4", []madeCommit{{"MDL-40 core: another number", map[string]string{"a.php": fix}}}, "not there"},
		{"MDL-5", []madeCommit{
			{"MDL-5 core: fix", map[string]string{"a.php": fix}},
			{"MDL-5 core: and its test", map[string]string{"b.php": fix}},
		}, "in by 1"},
		{"MDL-6", []madeCommit{
			{"MDL-6 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"MDL-6 core: fix\"", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-7", []madeCommit{
			{"MDL-7 core: fix", map[string]string{"a.php": fix}},
			{"MDL-7: reverted, it was slow", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-8", []madeCommit{
			{"MDL-8 core: fix", map[string]string{"a.php": fix}},
			{"core: back to what was\n\nThis reverts commit {0}.", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-9", []madeCommit{
			{"MDL-9 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"Merge branch 'wip-mdl-9-m28' of git://example.org/moodle\"", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-10", []madeCommit{
			{"MDL-10 core: fix", map[string]string{"a.php": fix}},
			{"MDL-10: reverted", map[string]string{"a.php": code(nil)}},
			{"MDL-10 core: fix again", map[string]string{"a.php": fix}},
		}, "in by 2"},
		{"MDL-11", []madeCommit{
			{"MDL-11 core: fix", map[string]string{"a.php": fix}},
			{"MDL-11: reverted", map[string]string{"a.php": code(nil)}},
			{"MDL-11 core: what went wrong is in the log", map[string]string{"b.php": fix}},
		}, "undone by 1"},
		{"MDL-12", []madeCommit{
			{"MDL-12 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"MDL-12 core: fix\"\n\nThis reverts commit {0}.", map[string]string{"a.php": code(nil)}},
			{"Revert \"Revert \"MDL-12 core: fix\"\"\n\nThis reverts commit {1}.", map[string]string{"a.php": fix}},
		}, "in by 2"},
		{"MDL-14", []madeCommit{
			{"MDL-14 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"Merge branch 'wip_MDL-14_m28_memcache' of https://example.org/moodle\"", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-15", []madeCommit{
			{"MDL-15 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"Merge branch 'faster' of git://example.org/moodle\"\n\nThis reverts commit 0123456789012345678901234567890123456789, reversing\nchanges made to 1123456789012345678901234567890123456789.", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-16", []madeCommit{
			{"MDL-16 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"MDL-16 core: fix\"\n\nThis reverts commit {0}.", map[string]string{"a.php": code(nil)}},
			{"Reapply \"MDL-16 core: fix\"\n\nThis reverts commit {1}.", map[string]string{"a.php": fix, "b.php": code(nil)}},
		}, "in by 2"},
		{"MDL-17", []madeCommit{
			{"MDL-17 core: fix", map[string]string{"a.php": fix}},
			{"MDL-17 core: back to what was, it was slow", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-18", []madeCommit{
			{"MDL-18 core: fix", map[string]string{"a.php": fix}},
			{"MDL-99 core: without MDL-18 for now", map[string]string{"a.php": code(nil)}},
			{"MDL-18 core: fix again", map[string]string{"a.php": fix}},
		}, "in by 2"},
		{"MDL-22", []madeCommit{
			{"MDL-22 core: fix", map[string]string{"a.php": fix}},
			{"MDL-99 core: without MDL-22 for now", map[string]string{"a.php": code(nil)}},
		}, "undone by 1"},
		{"MDL-23", []madeCommit{
			{"MDL-23 core: fix", map[string]string{"a.php": fix}},
			{"MDL-23 core: without it for now", map[string]string{"a.php": code(nil)}},
			{"MDL-23 core: fix again", map[string]string{"a.php": fix}},
		}, "in by 2"},
		{"MDL-24", []madeCommit{ // what moves lines is its own opposite
			{"MDL-24 core: fix", map[string]string{"a.php": code(map[int]string{3: "", 20: statements("fix", 4), 30: statements("old", 4)})}},
			{"MDL-24 core: order", map[string]string{"a.php": code(map[int]string{3: "", 20: statements("old", 4), 30: statements("fix", 4)})}},
			{"Revert \"MDL-24 core: order\"", map[string]string{"a.php": code(map[int]string{3: "", 20: statements("fix", 4), 30: statements("old", 4)})}},
			{"MDL-24 core: order", map[string]string{"a.php": code(map[int]string{3: "", 20: statements("old", 4), 30: statements("fix", 4)})}},
		}, "in by 3"},
		{"MDL-19", []madeCommit{
			{"MDL-19 core: fix", map[string]string{"a.php": fix}},
			{"MDL-19 core: better words", map[string]string{"a.php": code(map[int]string{20: statements("other", 4)})}},
		}, "in by 1"},
		{"MDL-20", []madeCommit{
			{"MDL-20 core: fix", map[string]string{"a.php": fix}},
			{"core: it was slow\n\nThis reverts commit {0:8} (MDL-20 core: fix, 2014-10-01).", map[string]string{"a.php": code(map[int]string{3: "x"})}},
		}, "undone by 1"},
		{"MDL-21", []madeCommit{
			{"MDL-21 core: fix", map[string]string{"a.php": fix}},
			{"Revert \"Reapply \"MDL-21 core: fix\"\"", map[string]string{"a.php": code(map[int]string{3: "x"})}},
		}, "undone by 1"},
		{"MDL-x", nil, "not there"},
		{"", nil, "not there"},
		{"--all", nil, "not there"},
	}
	s := newSite(t)
	s.Git("checkout", "-q", "-b", "up-main")
	for i := range cases {
		s.Write(fmt.Sprintf("case%d/a.php", i), code(nil))
	}
	s.Commit("MDL-0 core: begin")
	made := make([][]git.ID, len(cases))
	var issues []string
	for i, c := range cases {
		made[i] = s.make(i, c.commits)
		issues = append(issues, c.issue)
	}
	s.Git("checkout", "-q", "-b", "side", "HEAD~1")
	s.commit("side", "side.php", "side\n", "core: side")
	s.Git("checkout", "-q", "up-main")
	s.Git("merge", "-q", "--no-ff", "-m", "MDL-13 core: a merge is no commit of an issue", "side")
	s.Git("tag", "v1")
	repo := s.open()
	found, err := rebase.FindSettled(t.Context(), repo, s.id("v1"), append(issues, "MDL-13"))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		got := "not there"
		switch e := found[c.issue]; {
		case e.IsIn():
			got = fmt.Sprint("in by ", indexOf(made[i], e.By))
			if e.Release != "v1" {
				t.Errorf("%s: in %q", c.issue, e.Release)
			}
		case e.By != git.ZeroID:
			got = fmt.Sprint("undone by ", indexOf(made[i], e.Undo))
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.issue, titles(c.commits), got, c.want)
		}
	}
	if e := found["MDL-13"]; e.By != git.ZeroID {
		t.Errorf("a merge counts: %+v", e)
	}
}

func indexOf(ids []git.ID, id git.ID) int {
	for i := range ids {
		if ids[i] == id {
			return i
		}
	}
	return -1
}

func titles(commits []madeCommit) string {
	var all []string
	for _, c := range commits {
		line, _, _ := strings.Cut(c.message, "\n")
		all = append(all, line)
	}
	return strings.Join(all, " | ")
}
