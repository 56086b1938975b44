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
