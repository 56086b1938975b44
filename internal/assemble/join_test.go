package assemble_test

import (
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// join commits a fresh line on top of the old one.
func (s *world) join(old, fresh git.ID) git.ID {
	s.t.Helper()
	c, err := s.scratch.Commit(s.t.Context(), fresh)
	if err != nil {
		s.t.Fatal(err)
	}
	id := s.scratch.PutCommit(&git.Commit{
		Tree: c.Tree, Parents: []git.ID{old, fresh}, Author: builderIdent(), Committer: builderIdent(),
		Message: assemble.JoinMessage("test", "", fresh),
	})
	s.keep(id)
	return id
}

// A fresh assembly dropped a branch. Its commits are still reachable, through the
// old line, and to git it is merged; added again it must get in with its content.
func TestDroppedByAFreshLineAndAddedAgain(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("kept", "v1")
	s.commit("kept", "lib.php", lines(30, map[int]string{10: "kept"}))
	s.branch("dropped", "v1")
	s.commit("dropped", "lib.php", lines(30, map[int]string{20: "dropped"}))
	s.branch("moving", "v1")
	s.commit("moving", "moving.php", "1\n")
	old := s.mustAgree(s.request(s.id("v1"), s.steps("v1.1", "kept", "dropped", "moving")...))
	fresh := s.mustAgree(s.request(s.id("v1"), s.steps("v1.1", "kept", "moving")...))
	join := s.join(old.Tip, fresh.Tip)
	s.commit("moving", "moving.php", "2\n")

	again := s.steps("kept", "moving", "v1.2", "dropped")
	result := s.run(s.request(join, again...))
	s.keep(result.Tip)
	if got, want := outcomes(result), "unchanged clean clean clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	// The judge is git on the line without the join.
	for i, v := range s.judge(fresh.Tip, again) {
		if m := result.Merges[i]; m.Outcome != v.outcome || m.Tree != v.tree {
			t.Errorf("%s: mgit %s %s, git %v", m.Name, m.Outcome, m.Tree, v)
		}
	}
	if got := s.show(result.Tip, "lib.php"); !strings.Contains(got, "dropped\n") || !strings.Contains(got, "kept\n") {
		t.Errorf("lib.php: %s", got)
	}
	if got := s.Git("rev-parse", result.Merges[1].Commit.String()+"^1"); got != join.String() {
		t.Errorf("the line goes on from %s, want the join %s", got, join)
	}
	// What servers have is an ancestor.
	s.Git("merge-base", "--is-ancestor", old.Tip.String(), result.Tip.String())

	// Once more, on top of what was merged onto the join.
	s.commit("dropped", "dropped.php", "more\n")
	further := s.steps("dropped", "kept", "v1.2")
	more := s.run(s.request(result.Tip, further...))
	s.keep(more.Tip)
	if got, want := outcomes(more), "clean unchanged unchanged"; got != want || s.show(more.Tip, "dropped.php") != "more\n" {
		t.Errorf("%s, want %s", got, want)
	}
}

// Two joins, the later fresh line standing on the line of the earlier: only what
// is on fresh lines counts.
func TestJoinOnAJoin(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	var names []string
	for _, name := range []string{"a", "b", "c"} {
		s.branch(name, "v1")
		s.commit(name, name+".php", name+"\n")
		names = append(names, name)
	}
	all := s.run(s.request(s.id("v1"), s.steps(names...)...))
	first := s.run(s.request(s.id("v1"), s.steps("a", "b")...))
	s.keep(all.Tip, first.Tip)
	one := s.join(all.Tip, first.Tip)
	withC := s.run(s.request(one, s.steps("c")...))
	s.keep(withC.Tip)
	second := s.run(s.request(s.id("v1"), s.steps("b")...))
	s.keep(second.Tip)
	two := s.join(withC.Tip, second.Tip)
	result := s.run(s.request(two, s.steps("b", "c", "a")...))
	s.keep(result.Tip)
	if got, want := outcomes(result), "unchanged clean clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	for _, name := range names {
		if !s.has(result.Tip, name+".php") {
			t.Errorf("%s.php is not in", name)
		}
	}
}

// A branch that somebody began on the target itself, above and at a join.
func TestBranchOnTheTarget(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("a", "v1")
	s.commit("a", "a.php", "a\n")
	s.branch("b", "v1")
	s.commit("b", "b.php", "b\n")
	old := s.run(s.request(s.id("v1"), s.steps("b")...))
	fresh := s.run(s.request(s.id("v1"), s.steps("a")...))
	s.keep(old.Tip, fresh.Tip)
	join := s.join(old.Tip, fresh.Tip)
	above := s.run(s.request(join, s.steps("v1.1")...))
	s.keep(above.Tip)
	s.Git("branch", "at-join", join.String())
	s.Git("branch", "above", above.Tip.String())
	s.branch("hotfix", above.Tip.String())
	s.commit("hotfix", "hotfix.php", "hotfix\n")
	result := s.run(s.request(above.Tip, s.steps("at-join", "above", "hotfix")...))
	s.keep(result.Tip)
	if got, want := outcomes(result), "unchanged unchanged clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	if !s.has(result.Tip, "hotfix.php") || s.has(result.Tip, "b.php") || !s.has(result.Tip, "a.php") {
		t.Error(s.Git("ls-tree", "-r", "--name-only", result.Tip.String()))
	}
}

// A join inside a branch that is merged is a commit like others: a packaging
// branch follows a target and gets exactly what changed in it.
func TestJoinOfAStepIsACommit(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	for _, name := range []string{"a", "b"} {
		s.branch(name, "v1")
		s.commit(name, name+".php", name+"\n")
	}
	old := s.run(s.request(s.id("v1"), s.steps("a", "b")...))
	s.keep(old.Tip)
	s.Git("branch", "target", old.Tip.String())
	s.branch("package", "target")
	s.commit("package", "debian/control", "Source: moodle\n")
	fresh := s.run(s.request(s.id("v1"), s.steps("a")...))
	s.keep(fresh.Tip)
	s.Git("branch", "-f", "target", s.join(old.Tip, fresh.Tip).String())
	result := s.mustAgree(s.request(s.id("package"), s.steps("target")...))
	if s.has(result.Tip, "b.php") || !s.has(result.Tip, "debian/control") || !s.has(result.Tip, "a.php") {
		t.Error(s.Git("ls-tree", "-r", "--name-only", result.Tip.String()))
	}
}
