package assemble_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/tree"
)

// rivals has the branches first and rival, which conflict in lib.php, and others
// that do not.
func rivals(t *testing.T, others ...string) *world {
	t.Helper()
	s := upstreamHistory(t)
	s.branch("first", "v1")
	s.commit("first", "lib.php", lines(30, map[int]string{20: "first"}))
	s.branch("rival", "v1")
	s.commit("rival", "lib.php", lines(30, map[int]string{20: "rival"}))
	for _, name := range others {
		s.branch(name, "v1")
		s.commit(name, name+".php", name+"\n")
	}
	return s
}

func TestStepsWaitForWhatTheyRequire(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a", "b", "c", "d", "in")
	steps := s.steps("first", "in", "rival", "a", "b", "c", "d", "in")
	steps[3].Requires = []string{"rival"}
	steps[4].Requires = []string{"first", "a"} // through a
	steps[5].Requires = []string{"first", "elsewhere"}
	steps[6].Requires = []string{"d", "b"} // and itself
	steps[7].Requires = []string{"rival"}  // but it is in already
	result := s.run(s.request(s.id("v1"), steps...))
	if got, want := outcomes(result), "clean clean conflict held held clean held unchanged"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	for _, i := range []int{3, 4, 6} {
		if m := result.Merges[i]; m.After != "rival" || m.Commit != git.ZeroID || m.Tree != result.Merges[i-1].Tree {
			t.Errorf("%s waits for %q, commit %s, tree %s", m.Name, m.After, m.Commit, m.Tree)
		}
	}
}

// A step may be unchanged itself and still require what was left out.
func TestStepsWaitThroughUnchangedOnes(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a", "b")
	steps := s.steps("first", "a", "rival", "a", "b")
	steps[3].Requires = []string{"rival"}
	steps[4].Requires = []string{"a"}
	if got, want := outcomes(s.run(s.request(s.id("v1"), steps...))), "clean clean conflict unchanged held"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUnrelatedHistory(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a")
	s.Git("checkout", "-q", "--orphan", "stranger")
	s.Commit("another root")
	result := s.mustAgree(s.request(s.id("v1"), s.steps("stranger", "a")...))
	if got, want := outcomes(result), "failed clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	if err := result.Merges[0].Err; err == nil || err.Error() != "merge stranger: its history and that of the target have no commit in common" {
		t.Error(err)
	}
}

// Built JavaScript in conflict is the target's: that of the line, and of the
// release where a release is merged.
func TestGeneratedFiles(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	const built, source = "mod/x/amd/build/x.min.js", "mod/x/amd/src/x.js"
	s.Git("checkout", "-q", "up-stable")
	s.Write(built, "built by upstream\n")
	s.commit("up-stable", source, lines(9, map[int]string{1: "upstream"}))
	s.Git("tag", "v1.3")
	for i, name := range []string{"a", "b"} {
		s.branch(name, "v1")
		s.Write(built, "built by "+name+"\n")
		s.commit(name, name+".php", lines(9, map[int]string{i: name}))
	}
	s.branch("c", "v1")
	s.Write(built, "built by c\n")
	s.commit("c", "a.php", "c\n")
	result := s.run(s.request(s.id("v1"), s.steps("a", "b", "v1.3", "c")...))
	s.keep(result.Tip)
	if got, want := outcomes(result), "clean clean clean conflict"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	for i, want := range []string{"a", "a", "upstream"} {
		m := result.Merges[i]
		if got := s.show(m.Commit, built); got != "built by "+want+"\n" {
			t.Errorf("after %s it is %q", m.Name, got)
		}
		if got := strings.Join(m.Rebuild, " "); (i > 0) != (got == built) {
			t.Errorf("%s: to be rebuilt: %q", m.Name, got)
		}
	}
	if m := result.Merges[3]; len(m.Conflicts) != 2 || m.Rebuild != nil {
		t.Errorf("c: %v, %v", m.Conflicts, m.Rebuild)
	}
}

// A generated file that one side deleted is for a person.
func TestGeneratedFileDeletedOnOneSide(t *testing.T) {
	t.Parallel()
	s := upstreamHistory(t)
	s.branch("base", "v1")
	s.commit("base", "composer.lock", lines(9, nil))
	s.branch("a", "base")
	s.commit("a", "composer.lock", lines(9, map[int]string{1: "a"}))
	s.branch("b", "base")
	s.Git("rm", "-q", "composer.lock")
	s.Commit("no composer")
	result := s.mustAgree(s.request(s.id("v1"), s.steps("a", "b")...))
	if got, want := outcomes(result), "clean conflict"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestResolutions(t *testing.T) {
	t.Parallel()
	s := rivals(t, "later")
	s.Git("checkout", "-q", "rival")
	s.Git("rm", "-q", "view.php")
	s.Commit("no view")
	s.commit("first", "view.php", lines(30, map[int]string{1: "first"}))
	const decided = "decided\n"
	request := s.request(s.id("v1"), s.steps("first", "rival", "later")...)
	var asked []assemble.Unresolved
	request.Resolve = func(ctx context.Context, c assemble.Unresolved) (assemble.Resolved, bool, error) {
		asked = append(asked, c)
		id, err := tree.Set(ctx, s.scratch, c.Merged.Tree, "lib.php", tree.File{Mode: git.ModeFile, ID: s.scratch.PutBlob([]byte(decided))})
		if err == nil {
			id, err = tree.Set(ctx, s.scratch, id, "view.php", tree.File{})
		}
		return assemble.Resolved{Tree: id, Used: []string{"lib.php 1234"}}, true, err
	}
	var messages []assemble.Merge
	request.Message = func(m assemble.Merge) string {
		messages = append(messages, m)
		return "Merge " + m.Name + "\n"
	}
	result := s.run(request)
	s.keep(result.Tip)
	if got, want := outcomes(result), "clean resolved clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	m := result.Merges[1]
	files := []assemble.File{{Path: "lib.php", Mode: git.ModeFile, ID: s.scratch.PutBlob([]byte(decided))}, {Path: "view.php"}}
	if !slices.Equal(m.Files, files) || !slices.Equal(m.Resolutions, []string{"lib.php 1234"}) || len(m.Conflicts) != 2 {
		t.Errorf("%+v", m)
	}
	if len(asked) != 1 || asked[0].Ours != result.Merges[0].Tree || asked[0].Step.Name != "rival" {
		t.Errorf("asked %v", asked)
	}
	if got := s.show(result.Tip, "lib.php"); got != decided || s.has(result.Tip, "view.php") || !s.has(result.Tip, "later.php") {
		t.Errorf("lib.php: %q", got)
	}
	if m := messages[1]; m.Outcome != assemble.Settled || len(m.Resolutions) != 1 || len(m.Files) != 2 || m.Tree != result.Merges[1].Tree {
		t.Errorf("the message was made from %+v", m)
	}
}

// A resolution that does not fit leaves the conflict, one that cannot be read
// stops the run.
func TestResolutionsThatFail(t *testing.T) {
	t.Parallel()
	s := rivals(t)
	request := s.request(s.id("v1"), s.steps("first", "rival")...)
	unreadable := errors.New("unreadable")
	var fails error
	request.Resolve = func(context.Context, assemble.Unresolved) (assemble.Resolved, bool, error) {
		return assemble.Resolved{}, false, fails
	}
	if got := outcomes(s.run(request)); got != "clean conflict" {
		t.Error(got)
	}
	fails = unreadable
	if _, err := assemble.Run(t.Context(), s.scratch, s.repo, request); !errors.Is(err, unreadable) {
		t.Error(err)
	}
}

// Commits that the caller makes, signed ones say, are the line.
func TestCommitsOfTheCaller(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a", "b")
	request := s.request(s.id("v1"), s.steps("a", "b", "first", "rival")...)
	request.Commit = func(_ context.Context, c *git.Commit) (git.ID, error) {
		signed := *c
		signed.Extra = []git.Header{{Name: "gpgsig", Value: "signed"}}
		return s.scratch.PutCommit(&signed), nil
	}
	result := s.run(request)
	s.keep(result.Tip)
	if got := s.Git("log", "--first-parent", "--format=%s", "v1.."+result.Tip.String()); strings.Count(got, "\n") != 2 {
		t.Errorf("the line is\n%s", got)
	}
	if got := s.Git("cat-file", "-p", result.Tip.String()); !strings.Contains(got, "gpgsig signed") {
		t.Error(got)
	}
	request.Commit = func(context.Context, *git.Commit) (git.ID, error) { return git.ZeroID, errors.New("no key") }
	if _, err := assemble.Run(t.Context(), s.scratch, s.repo, request); err == nil || err.Error() != "commit the merge of a: no key" {
		t.Error(err)
	}
}

func TestSameRunSameCommits(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a", "b", "c")
	request := s.request(s.id("v1"), s.steps("c", "v1.1", "a", "first", "b", "v1.2")...)
	one, two := s.run(request), s.run(request)
	if one.Tip != two.Tip || one.Tip == git.ZeroID {
		t.Errorf("%s and %s", one.Tip, two.Tip)
	}
}

func TestNothingToMerge(t *testing.T) {
	t.Parallel()
	s := rivals(t)
	result := s.run(s.request(s.id("first")))
	if result.Tip != s.id("first") || result.Tree.String() != s.Git("rev-parse", "first^{tree}") || len(result.Merges) != 0 {
		t.Errorf("%+v", result)
	}
}

// Everything was deleted.
func TestEmptyTree(t *testing.T) {
	t.Parallel()
	s := rivals(t)
	s.branch("empty", "v1")
	s.Git("rm", "-rq", ".")
	s.Commit("nothing left")
	result := s.mustAgree(s.request(s.id("v1"), s.steps("empty", "v1")...))
	if result.Tree != git.EmptyTree {
		t.Errorf("tree %s", result.Tree)
	}
}

func TestCancellation(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a", "b")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request := s.request(s.id("v1"), s.steps("a", "first", "rival", "b")...)
	var done []string
	request.Progress = func(m assemble.Merge) {
		done = append(done, m.Name)
		if m.Name == "first" {
			cancel()
		}
	}
	result, err := assemble.Run(ctx, s.scratch, s.repo, request)
	if !errors.Is(err, context.Canceled) || result != nil || fmt.Sprint(done) != "[a first]" {
		t.Errorf("%v, %v after %v", result, err, done)
	}
}

// crashing is a git that crashes on every merge.
type crashing struct{ *git.Scratch }

func (crashing) MergeTrees(_ context.Context, _ git.ID, merges []git.Merge) ([]git.Merged, error) {
	all := make([]git.Merged, len(merges))
	for i := range all {
		all[i].Err = fmt.Errorf("%w: signal", git.ErrCrash)
	}
	return all, nil
}

func TestCrash(t *testing.T) {
	t.Parallel()
	s := rivals(t, "a")
	result, err := assemble.Run(t.Context(), crashing{s.scratch}, s.repo, s.request(s.id("v1"), s.steps("first", "rival", "a")...))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outcomes(result), "clean conflict clean"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	if c := result.Merges[1].Conflicts; len(c) != 1 || c[0].Kind != "CONFLICT (git crashed)" {
		t.Error(c)
	}
}

// lose deletes an object of the repository.
func (s *world) lose(rev string) {
	s.t.Helper()
	id := s.Git("rev-parse", rev)
	if err := os.Remove(filepath.Join(s.Path, ".git", "objects", id[:2], id[2:])); err != nil {
		s.t.Fatal(err)
	}
}

// A tree, a file or a commit of upstream is missing under one step: the others
// are merged.
func TestMissingObjects(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]string{"root": "broken^{tree}", "folder": "broken:mod", "file": "broken:lib.php"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := rivals(t, "a")
			s.branch("broken", "v1")
			s.Write("mod/broken.php", "broken\n")
			s.commit("broken", "lib.php", lines(30, map[int]string{9: "broken"}))
			s.branch("sibling", "v1")
			s.commit("sibling", "mod/sibling.php", "sibling\n")
			s.Git("checkout", "-q", "main")
			request := s.request(s.id("v1"), s.steps("sibling", "first", "broken", "a", "rival")...)
			s.lose(lost)
			result := s.run(request)
			if got, want := outcomes(result), "clean clean failed clean conflict"; got != want {
				t.Fatalf("%s, want %s", got, want)
			}
			if m := result.Merges[2]; m.Err == nil || !strings.HasPrefix(m.Err.Error(), "merge broken: ") || m.Commit != git.ZeroID {
				t.Errorf("%v", m.Err)
			}
		})
	}
}
