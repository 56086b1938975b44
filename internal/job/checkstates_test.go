package job_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// markersOf are the conflict markers among what is blamed.
func markersOf(r *job.CheckReport) string {
	all := strings.Split(blamed(r), ", ")
	return strings.Join(slices.DeleteFunc(all, func(one string) bool { return !strings.HasPrefix(one, "conflict-marker") }), ", ")
}

const onOuwiki = "LUVLE-4.1-feature-mod_ouwiki"

// What is going on in a worktree decides which branch a commit is for, and what it is compared with.
func TestStagedInProgress(t *testing.T) {
	t.Parallel()
	begin := newFixture(t)
	begin.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", "one\n", "mod/ouwiki/notes.txt", marker, "mod/ouwiki/notes.txt", "three\n")
	begin.branch("other", "v4.1.0", "mod/ouwiki/notes.txt", "other\n")
	fails := func(f *fixture, args ...string) {
		t.Helper()
		if _, err := f.TryGit(args...); err == nil {
			t.Fatalf("git %q came to no conflict", args)
		}
	}
	for name, test := range map[string]struct {
		do           func(*fixture)
		branch, want string
		note         string
	}{
		"a rebase": {func(f *fixture) {
			f.Git("switch", "-q", onOuwiki)
			fails(f, "rebase", "-q", "other")
			f.stage("mod/ouwiki/notes.txt", marker)
		}, onOuwiki, "conflict-marker mod/ouwiki/notes.txt:2", ""},
		"a cherry-pick is of somebody else, and is judged": {func(f *fixture) {
			f.Git("switch", "-q", "-c", "LUVLE-4.1-feature-mod_picked", "other")
			fails(f, "cherry-pick", onOuwiki+"~1")
			f.stage("mod/ouwiki/notes.txt", marker)
		}, "LUVLE-4.1-feature-mod_picked", "conflict-marker mod/ouwiki/notes.txt:2", ""},
		"a revert brings back what was there": {func(f *fixture) {
			f.Git("switch", "-q", onOuwiki)
			f.Git("revert", "--no-commit", "HEAD")
		}, onOuwiki, "", ""},
		"a revert with more in it": {func(f *fixture) {
			f.Git("switch", "-q", onOuwiki)
			f.Git("revert", "--no-commit", "HEAD")
			f.stage("mod/ouwiki/more.txt", marker)
		}, onOuwiki, "conflict-marker mod/ouwiki/more.txt:2", ""},
		"not merged yet": {func(f *fixture) {
			f.Git("switch", "-q", onOuwiki)
			fails(f, "merge", "-q", "other")
			f.stage("mod/ouwiki/more.txt", marker)
		}, onOuwiki, "conflict-marker mod/ouwiki/more.txt:2", "not merged yet, and not judged: 1 file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			test.do(f)
			report, _ := f.checkFor(job.CheckRequest{Staged: true})
			done := report.Checks[0]
			if got := markersOf(report); got != test.want || done.Branch != test.branch {
				t.Errorf("found %q for %q, want %q for %q", got, done.Branch, test.want, test.branch)
			}
			if got := strings.Join(done.Notes, "; "); got != test.note {
				t.Errorf("noted %q, want %q", got, test.note)
			}
		})
	}
}

// A linked worktree has a HEAD and an index of its own.
func TestStagedLinkedWorktree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", "one\n")
	dir := filepath.Join(t.TempDir(), "linked")
	f.Git("worktree", "add", "-q", dir, onOuwiki)
	f.stage("mod/main.txt", marker) // in the main one, and not judged in the linked one
	linked := &fixture{gittest.At(t, dir), t}
	linked.stage("mod/ouwiki/notes.txt", "one\n"+marker)
	report, _ := linked.checkFor(job.CheckRequest{Staged: true})
	if got, branch := markersOf(report), report.Checks[0].Branch; got != "conflict-marker mod/ouwiki/notes.txt:3" || branch != onOuwiki {
		t.Errorf("found %q for %q", got, branch)
	}
	report, _ = f.checkFor(job.CheckRequest{Staged: true})
	if got, branch := markersOf(report), report.Checks[0].Branch; got != "conflict-marker mod/main.txt:2" || branch != "" {
		t.Errorf("in the main worktree: found %q for %q", got, branch)
	}
}

// A server judges what arrives, but for what is deleted and for mgit's own files, in which there is no code.
func TestReceived(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", marker)
	f.branch("state", "refs/heads/mgit", "notes.txt", marker)
	branch, state, before := f.Git("rev-parse", onOuwiki), f.Git("rev-parse", "state"), f.Git("rev-parse", "mgit")
	f.Git("branch", "-q", "-D", onOuwiki, "state") // what a reference has was judged when it came
	zero := git.ZeroID.String()
	for _, told := range []struct{ line, want string }{
		{zero + " " + branch + " refs/heads/" + onOuwiki, "conflict-marker mod/ouwiki/notes.txt:2"},
		{branch + " " + zero + " refs/heads/" + onOuwiki, ""},
		{before + " " + state + " refs/heads/mgit", ""},
		{zero + " " + state + " refs/heads/LUVLE-4.1-feature-mod_other", "conflict-marker notes.txt:2"},
	} {
		report, _ := f.checkFor(job.CheckRequest{Received: []byte(told.line + "\n")})
		if got := markersOf(report); got != told.want || (len(report.Checks) == 0) != (told.want == "") {
			t.Errorf("%s: %d judgements found %q, want %q", told.line, len(report.Checks), got, told.want)
		}
	}
}

// All branches of a series are judged, and none of another.
func TestAllBranches(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", marker)
	f.branch("LUVLE-4.1-feature-mod_quick", "v4.1.0", "mod/quick/notes.txt", "one\n", "mod/quick/more.txt", "two\n")
	f.branch("LUVLE-4.5-feature-mod_ouwiki", "v4.5.0", "mod/ouwiki/notes.txt", marker)
	series := moodle.Series{Major: 4, Minor: 1}
	report, _ := f.checkFor(job.CheckRequest{All: true, Series: series})
	var got []string
	for _, done := range report.Checks {
		got = append(got, done.Branch)
	}
	if want := []string{"LUVLE-4.1-feature-mod_ouwiki", "LUVLE-4.1-feature-mod_quick"}; !slices.Equal(got, want) || report.Counts.Commits != 3 {
		t.Errorf("judged %q with %d commits", got, report.Counts.Commits)
	}
	if got := markersOf(report); got != "conflict-marker mod/ouwiki/notes.txt:2" {
		t.Errorf("found %q", got)
	}
}

// A trailer lets pass what its rule finds in the lines of its commit, wherever they are at the end, and in no others.
func TestRangeTrailer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", "one\n")
	f.Git("switch", "-q", onOuwiki)
	f.stage("mod/ouwiki/meant.txt", marker)
	f.Git("commit", "-q", "-m", "Meant so\n\nMgit-Allow: conflict-marker it is a fixture")
	f.stage("mod/ouwiki/not.txt", marker)
	f.Git("commit", "-q", "-m", "Not meant so")
	f.stage("mod/ouwiki/meant.txt", "before\n"+marker+"text\n>>>>>>> theirs\n")
	f.Git("commit", "-q", "-m", "Nor is this")
	report, _ := f.checkFor(job.CheckRequest{Range: "HEAD~3..HEAD"})
	if got := markersOf(report); got != "conflict-marker mod/ouwiki/meant.txt:5, conflict-marker mod/ouwiki/not.txt:2" {
		t.Errorf("found %q", got)
	}
	for _, found := range report.Checks[0].Findings {
		if w := found.Waived; found.Path == "mod/ouwiki/meant.txt" && found.Line == 3 && found.Rule == "conflict-marker" && (w == nil || w.Reason != "it is a fixture" || w.By != "trailer") {
			t.Errorf("%s is waived by %+v", found.Path, w)
		}
	}
	if report.Counts.Waived != 1 {
		t.Errorf("%d findings were waived", report.Counts.Waived)
	}
}

// A range of which the beginning is missing, as where a variable of CI is empty, is not one with nothing in it.
func TestRangeSaysFromWhere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(onOuwiki, "v4.1.0", "mod/ouwiki/notes.txt", marker)
	f.Git("switch", "-q", onOuwiki)
	site, err := job.OpenForCheck(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	for _, text := range []string{"..HEAD", "..", "...HEAD", ".." + onOuwiki} {
		var usage *job.UsageError
		if _, err := job.Check(t.Context(), site, job.CheckRequest{Range: text}); !errors.As(err, &usage) || !strings.Contains(usage.Text, "from where") {
			t.Errorf("%s: %v, want a *UsageError", text, err)
		}
	}
}
