package assemble_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
)

// processes counts how often git is started for merges, and with whose rules.
type processes struct {
	*git.Scratch
	started atomic.Int64
}

func (p *processes) MergeTrees(ctx context.Context, attributes git.ID, merges []git.Merge) ([]git.Merged, error) {
	p.started.Add(1)
	return p.Scratch.MergeTrees(ctx, attributes, merges)
}

// runCounting runs with one process at a time and says how many there were.
func (s *world) runCounting(request assemble.Request) (*assemble.Result, int64) {
	s.t.Helper()
	objects := &processes{Scratch: s.scratch}
	request.Jobs = 1
	result, err := assemble.Run(s.t.Context(), objects, s.repo, request)
	if err != nil {
		s.t.Fatal(err)
	}
	s.keep(result.Tip)
	for i, v := range s.judge(request.Onto, request.Steps) {
		m := result.Merges[i]
		if got := (verdict{m.Outcome, m.Tree}); got != v {
			s.t.Errorf("%s: mgit %v, git %v (%v %v)", m.Name, got, v, m.Conflicts, m.Err)
		}
	}
	return result, objects.started.Load()
}

// Fifteen hacks of files that a minor changed as well are one question to git.
// Hacks of files that others have hacked before are one more.
func TestGitIsAskedAhead(t *testing.T) {
	t.Parallel()
	s := newWorld(t)
	for i := range 15 {
		s.Write(fmt.Sprintf("file%d.php", i), lines(30, nil))
	}
	s.Commit("v1")
	s.Git("tag", "v1")
	s.branch("up-stable", "v1")
	for i := range 15 {
		s.Write(fmt.Sprintf("file%d.php", i), lines(30, map[int]string{3: "fixed"}))
	}
	s.Commit("v1.1")
	s.Git("tag", "v1.1")
	var names []string
	for i := range 18 {
		name := fmt.Sprintf("hack%d", i)
		s.branch(name, "v1")
		s.commit(name, fmt.Sprintf("file%d.php", i%15), lines(30, map[int]string{20 + i/15*5: name}))
		names = append(names, name)
	}
	result, started := s.runCounting(s.request(s.id("v1.1"), s.steps(names...)...))
	if started != 2 {
		t.Errorf("git was started %d times: %s", started, outcomes(result))
	}
}

// What was asked ahead is void once a step changes the rules for merging.
func TestRulesThatChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules, text string
		want        string
		started     int64
	}{
		"in the root":         {".gitattributes", "*.txt\n", "clean clean conflict", 2},
		"in the folder":       {"doc/.gitattributes", "*.txt -merge\n", "clean clean conflict", 2},
		"in a folder above":   {"doc/.gitattributes", "a/*.txt -merge\n", "clean clean conflict", 2},
		"in another folder":   {"docs/.gitattributes", "*.txt -merge\n", "clean clean clean", 1},
		"in a folder below":   {"doc/a/below/.gitattributes", "*.txt -merge\n", "clean clean clean", 1},
		"not for those files": {"doc/.gitattributes", "*.png binary\n", "clean clean clean", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWorld(t)
			s.Write(".gitattributes", "*.txt merge=union\n")
			s.Write("doc/a/list.txt", lines(9, nil))
			s.Write("lib.php", lines(30, nil))
			s.Commit("v1")
			s.Git("tag", "v1")
			s.branch("up-stable", "v1")
			s.Write("doc/a/list.txt", lines(9, nil)+"fixed\n")
			s.Write("lib.php", lines(30, map[int]string{3: "fixed"}))
			s.Commit("v1.1")
			s.Git("tag", "v1.1")
			s.branch("hack", "v1")
			s.commit("hack", "lib.php", lines(30, map[int]string{20: "hack"}))
			s.branch("rules", "v1")
			s.commit("rules", test.rules, test.text)
			s.branch("list", "v1")
			s.commit("list", "doc/a/list.txt", lines(9, nil)+"list\n")
			result, started := s.runCounting(s.request(s.id("v1.1"), s.steps("hack", "rules", "list")...))
			if got := outcomes(result); got != test.want || started != test.started {
				t.Errorf("%s with git started %d times, want %s and %d", got, started, test.want, test.started)
			}
		})
	}
}

// A branch whose merge conflicts, or whose objects are missing, does not take
// along those that are asked about with it.
func TestAskedAheadWithWhatFails(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	for name, line := range map[string]int{"one": 9, "broken": 12, "two": 15, "rival": 3} {
		s.branch(name, "v1")
		s.commit(name, "lib.php", lines(30, map[int]string{line: name}))
	}
	s.Git("checkout", "-q", "main")
	s.branch("three", "v1")
	s.commit("three", "view.php", lines(30, map[int]string{9: "three"}))
	request := s.request(s.id("v1.2"), s.steps("one", "broken", "two", "rival", "three")...)
	s.lose("broken:lib.php")
	result := s.run(request)
	if got, want := outcomes(result), "clean failed clean conflict clean"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if result.Merges[4].By != assemble.ByContents {
		t.Error("git was asked about three twice")
	}
}
