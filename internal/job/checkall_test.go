package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// forget deletes an object of the repository, as a bad disk does.
func (f *fixture) forget(rev string) {
	f.t.Helper()
	id := f.Git("rev-parse", "--verify", rev)
	if err := os.Remove(filepath.Join(f.Path, ".git", "objects", id[:2], id[2:])); err != nil {
		f.t.Fatal(err)
	}
}

// A branch that cannot be judged does not pass, and keeps the others from nothing.
func TestAllBranchesAreJudged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.5-feature-local_aa", "v4.5.0", "local/aa/notes.txt", marker)
	f.Git("switch", "-q", "-c", "LUVLE-4.5-feature-local_ab", "v4.5.0") // not in a pack, as the others are
	f.add("local/ab/notes.txt", "one\n")
	f.Git("switch", "-q", "--orphan", "LUVLE-4.5-feature-local_ac")
	f.add("local/ac/notes.txt", "one\n")
	f.Git("switch", "-q", "-c", "LUVLE-4.5-feature-local_ad", "v4.5.0")
	f.add("local/ad/notes.txt", "one\n", "local/ad/notes.txt", "two\n")
	f.branch("LUVLE-4.5-feature-local_ae", "v4.5.0", "local/ae/notes.txt", marker)
	f.Git("update-ref", "refs/remotes/upstream/main", "v4.5.0")
	f.Git("tag", "-d", "v4.5.0")
	f.forget("LUVLE-4.5-feature-local_ab^{tree}")
	all := job.CheckRequest{All: true, Series: moodle.Series{Major: 4, Minor: 5}}
	expect := func(name string, want map[string]string) {
		t.Helper()
		report, _ := f.checkFor(all)
		found := make(map[string]string)
		for _, done := range report.Checks {
			for _, one := range done.Findings {
				if one.Severity == check.Error {
					found[strings.TrimPrefix(done.Branch, "LUVLE-4.5-feature-local_a")] += one.Rule + " "
				}
			}
		}
		if diff := cmp.Diff(want, found); diff != "" || len(report.Checks) != 5 || !report.Found(false) {
			t.Errorf("%s: %d branches, errors %s", name, len(report.Checks), diff)
		}
	}
	expect("a tree is missing, and a history is nobody's", map[string]string{
		"a": "conflict-marker ", "b": "check-failed ", "c": "check-failed ", "e": "conflict-marker ",
	})
	f.forget("LUVLE-4.5-feature-local_ad~1")
	expect("and a commit is missing", map[string]string{
		"a": "conflict-marker ", "b": "check-failed ", "c": "check-failed ", "d": "check-failed ", "e": "conflict-marker ",
	})
	report, _ := f.checkFor(all)
	if told := report.Checks[2].Findings[0]; !strings.Contains(told.Text, "no tag v4.5.0") || !strings.Contains(told.Hint, "git fetch upstream --tags") {
		t.Errorf("the branch that is nobody's: %+v", told)
	}
	f.Git("update-ref", "refs/remotes/upstream/main", "v4.1.0")
	for _, name := range []string{"a", "b", "d", "e"} {
		f.Git("update-ref", "-d", "refs/heads/LUVLE-4.5-feature-local_a"+name)
	}
	site, err := job.OpenForCheck(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	var usage *job.UsageError
	if _, err := job.Check(t.Context(), site, all); !errors.As(err, &usage) {
		t.Errorf("where no branch can be judged: %v", err)
	}
}

// However many branches there are, git is asked a few times, and for moved files, which only it knows.
func TestAllBranchesAskGitLittle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		f.branch("LUVLE-4.5-feature-local_a"+name, "v4.5.0", "local/a"+name+"/notes.txt", "one\n", "local/a"+name+"/more.txt", "two\n")
	}
	f.branch("LUVLE-4.5-hack-core_course-move", "v4.5.0")
	f.Git("switch", "-q", "LUVLE-4.5-hack-core_course-move")
	f.Git("mv", "course/lib.php", "course/other.txt")
	f.Git("commit", "-q", "-m", "move")
	report, commands := f.checkFor(job.CheckRequest{All: true, Series: moodle.Series{Major: 4, Minor: 5}})
	if report.Counts.Commits != 13 || report.Counts.Files != 13 {
		t.Errorf("%d commits and %d files were judged", report.Counts.Commits, report.Counts.Files)
	}
	slices.Sort(commands)
	want := []string{"cat-file", "config", "diff-tree", "for-each-ref", "rev-list", "rev-parse"}
	if diff := cmp.Diff(want, slices.Compact(slices.Clone(commands))); diff != "" || len(commands) > len(want)+1 {
		t.Errorf("git was asked %q", commands)
	}
}
