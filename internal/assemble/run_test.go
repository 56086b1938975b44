package assemble_test

import (
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("plugin", "v1")
	s.commit("plugin", "mod/x/version.php", "1\n")
	s.branch("hack", "v1")
	s.commit("hack", "lib.php", lines(30, map[int]string{20: "hacked"}))
	s.branch("stacked", "hack")
	s.commit("stacked", "lib.php", lines(30, map[int]string{20: "hacked", 25: "more"}))
	s.branch("rival", "v1")
	s.commit("rival", "lib.php", lines(30, map[int]string{20: "rival"}))
	s.branch("later", "v1")
	s.commit("later", "later.php", "later\n")
	result := s.mustAgree(s.request(s.id("v1"), s.steps("v1.2", "plugin", "stacked", "hack", "rival", "v1.1", "later")...))
	if got, want := outcomes(result), "clean clean clean unchanged conflict unchanged clean"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := s.show(result.Tip, "lib.php"), lines(30, map[int]string{3: "fixed", 20: "hacked", 25: "more"}); got != want {
		t.Errorf("lib.php: %s", got)
	}
	if c := result.Merges[4].Conflicts; len(c) != 1 || c[0].Path != "lib.php" {
		t.Errorf("conflicts %v", c)
	}
	if got := s.Git("log", "--first-parent", "--format=%an %cn %s", "v1.."+result.Tip.String()); got != `Builder Builder Merge branch 'later' into test
Builder Builder Merge branch 'stacked' into test
Builder Builder Merge branch 'plugin' into test
Builder Builder Merge branch 'v1.2' into test` {
		t.Errorf("the line is\n%s", got)
	}
}
