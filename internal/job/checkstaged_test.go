package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/job"
)

// checkFor judges what the request names in the fixture, as in a hook that git calls with the variables, and returns
// the findings as "id path:line" and which git commands were run.
func (f *fixture) checkFor(request job.CheckRequest, vars ...string) (*job.CheckReport, []string) {
	f.t.Helper()
	var mu sync.Mutex
	var commands []string
	look := func(name string) string {
		for _, kv := range vars {
			if value, found := strings.CutPrefix(kv, name+"="); found {
				return value
			}
		}
		return ""
	}
	site, err := job.OpenForCheck(f.t.Context(), job.OpenRequest{Dir: f.Path, Index: request.Range == "" && request.Branch == "" && !request.All, Git: git.Options{
		Env: f.Env(), Hook: look,
		Log: func(c git.Command) {
			mu.Lock()
			defer mu.Unlock()
			commands = append(commands, c.Args[0])
		},
	}})
	if err != nil {
		f.t.Fatal(err)
	}
	report, err := job.Check(f.t.Context(), site, request)
	if err := errors.Join(err, site.Close()); err != nil {
		f.t.Fatal(err)
	}
	return report, commands
}

// blamed are the findings of a report that nobody waived.
func blamed(r *job.CheckReport) string {
	var all []string
	for _, done := range r.Checks {
		for _, finding := range done.Findings {
			if finding.Waived == nil && finding.Severity == check.Error {
				all = append(all, check.Finding{Rule: finding.Rule, Path: finding.Path, Line: finding.Line}.String())
			}
		}
	}
	return strings.Join(all, ", ")
}

// stage writes a file and adds it to the index.
func (f *fixture) stage(path, text string) {
	f.t.Helper()
	f.Write(path, text)
	f.Git("add", "--", path)
}

const marker = "text\n<<<<<<< HEAD\n"

// A commit is judged with at most four git processes, whatever is going on, and only by what is staged.
func TestStagedStates(t *testing.T) {
	t.Parallel()
	begin := newFixture(t)
	begin.branch("LUVLE-4.1-feature-mod_ouwiki", "v4.1.0", "mod/ouwiki/notes.txt", "one\ntwo\n")
	for name, test := range map[string]struct {
		do   func(*fixture) (vars []string)
		want string
	}{
		"nothing": {func(*fixture) []string { return nil }, ""},
		"added": {func(f *fixture) []string {
			f.stage("mod/ouwiki/notes.txt", marker)
			return nil
		}, "conflict-marker mod/ouwiki/notes.txt:2"},
		"on the disk only": {func(f *fixture) []string {
			f.Write("mod/ouwiki/notes.txt", marker)
			return nil
		}, ""},
		"mended on the disk only": {func(f *fixture) []string {
			f.stage("mod/ouwiki/notes.txt", marker)
			f.Write("mod/ouwiki/notes.txt", "one\n")
			return nil
		}, "conflict-marker mod/ouwiki/notes.txt:2"},
		"on the disk as git makes it of what is staged": {func(f *fixture) []string {
			f.Git("config", "filter.mark.clean", "sed 's/^MARK/<<<<<<</'")
			f.Write(".git/info/attributes", "*.txt filter=mark\n")
			f.stage("mod/ouwiki/notes.txt", "text\nMARK HEAD\n")
			return nil
		}, "conflict-marker mod/ouwiki/notes.txt:2"},
		"another index, as git commit FILE has it": {func(f *fixture) []string {
			f.stage("mod/ouwiki/notes.txt", marker)
			data, err := os.ReadFile(filepath.Join(f.Path, ".git", "index"))
			if err := errors.Join(err, os.WriteFile(filepath.Join(f.Path, ".git", "next-index"), data, 0o666)); err != nil {
				t.Fatal(err)
			}
			f.Git("reset", "-q", "--hard")
			return []string{"GIT_INDEX_FILE=.git/next-index"}
		}, "conflict-marker mod/ouwiki/notes.txt:2"},
		"moved and deleted": {func(f *fixture) []string {
			f.stage("mod/ouwiki/old.txt", marker)
			f.Git("commit", "-q", "-m", "old")
			f.Git("mv", "mod/ouwiki/old.txt", "mod/ouwiki/new\nname.txt")
			f.Git("rm", "-q", "mod/ouwiki/notes.txt")
			return nil
		}, ""},
		"a name that is not UTF-8": {func(f *fixture) []string {
			f.stage("mod/ouwiki/\xff.txt", marker)
			return nil
		}, `conflict-marker mod/ouwiki/\377.txt:2`},
		"a merge: what either side has is not ours": {func(f *fixture) []string {
			f.Git("switch", "-q", "-c", "other")
			f.stage("mod/ouwiki/theirs.txt", marker)
			f.Git("commit", "-q", "-m", "theirs")
			f.Git("switch", "-q", "LUVLE-4.1-feature-mod_ouwiki")
			f.Git("merge", "-q", "--no-ff", "--no-commit", "other")
			f.stage("mod/ouwiki/notes.txt", marker)
			return nil
		}, "conflict-marker mod/ouwiki/notes.txt:2"},
		"the first commit": {func(f *fixture) []string {
			f.Git("switch", "-q", "--orphan", "LUVLE-4.1-feature-mod_first")
			f.stage("mod/first/notes.txt", marker)
			return nil
		}, "conflict-marker mod/first/notes.txt:2"},
		"directly on a target": {func(f *fixture) []string {
			f.Git("switch", "-q", "-c", "LUVLE-4.1-test")
			f.stage("mod/ouwiki/notes.txt", "one\n")
			return nil
		}, "protected-branch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			f.Git("switch", "-q", "LUVLE-4.1-feature-mod_ouwiki")
			report, commands := f.checkFor(job.CheckRequest{Staged: true}, test.do(f)...)
			var markers []string
			for one := range strings.SplitSeq(blamed(report), ", ") {
				if strings.HasPrefix(one, "conflict-marker") || strings.HasPrefix(one, "protected-branch") {
					markers = append(markers, one)
				}
			}
			if got := strings.Join(markers, ", "); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
			if len(commands) > 4 {
				t.Errorf("git was started %d times: %q", len(commands), commands)
			}
		})
	}
}

// What a branch stands on is told from its own history.
func TestBranchBase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.5-feature-mod_fits", "v4.5.0", "mod/fits/a.txt", "a\n")
	f.branch("LUVLE-4.5-feature-mod_wrong", "v4.1.0", "mod/wrong/a.txt", "a\n")
	f.branch("LUVLE-4.1-feature-mod_later", "v4.1.1", "mod/later/a.txt", "a\n")
	for branch, want := range map[string]bool{
		"LUVLE-4.5-feature-mod_fits": false, "LUVLE-4.5-feature-mod_wrong": true, "LUVLE-4.1-feature-mod_later": false,
	} {
		report, _ := f.checkFor(job.CheckRequest{Branch: branch})
		if got := strings.Contains(blamed(report), "branch-base"); got != want {
			t.Errorf("%s: found %q", branch, blamed(report))
		}
		if report.Counts.Commits != 1 {
			t.Errorf("%s: %d commits", branch, report.Counts.Commits)
		}
	}
}
