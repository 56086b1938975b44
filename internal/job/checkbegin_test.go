package job_test

import (
	"errors"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// Without upstream's releases a branch is not judged, rather than all of Moodle taken for its own.
func TestBranchWithoutReleases(t *testing.T) {
	t.Parallel()
	begin := newFixture(t)
	begin.branch("LUVLE-4.5-feature-mod_ouwiki", "v4.5.0", "mod/ouwiki/notes.txt", "one\n")
	begin.branch("LUVLE-4.5-feature-mod_older", "v4.1.0", "mod/older/notes.txt", "one\n")
	begin.Git("branch", "LUVLE-4.5-hack-mod_quiz", "refs/remotes/upstream/main")
	begin.branch("foreign", "v4.5.0", "mod/ouwiki/notes.txt", "one\n")
	noTags := func(f *fixture, tags ...string) { f.Git(append([]string{"tag", "-d"}, tags...)...) }
	noBranches := func(f *fixture) {
		f.Git("update-ref", "-d", "refs/remotes/upstream/main")
		f.Git("update-ref", "-d", "refs/remotes/upstream/MOODLE_401_STABLE")
	}
	all := []string{"v4.1.0", "v4.1.1", "v4.5.0", "v5.1.0"}
	ours, empty := job.CheckRequest{Branch: "LUVLE-4.5-feature-mod_ouwiki"}, job.CheckRequest{Branch: "LUVLE-4.5-hack-mod_quiz"}
	series := moodle.Series{Major: 4, Minor: 5}
	for name, test := range map[string]struct {
		do      func(*fixture)
		request job.CheckRequest
		want    string // of the error; "" for a branch that is judged: one commit, or none where the request is for empty
	}{
		"nothing of upstream's":   {func(f *fixture) { noTags(f, all...); noBranches(f) }, ours, "no tag v4.5.0"},
		"all branches":            {func(f *fixture) { noTags(f, all...); noBranches(f) }, job.CheckRequest{All: true, Series: series}, "no tag v4.5.0"},
		"a foreign name":          {func(f *fixture) { noTags(f, all...); noBranches(f) }, job.CheckRequest{Branch: "foreign"}, "nothing of Moodle's"},
		"older releases only":     {func(f *fixture) { noTags(f, all[2:]...); noBranches(f) }, ours, "no tag v4.5.0"},
		"upstream's branches":     {func(f *fixture) { noTags(f, all...) }, ours, ""},
		"upstream's tags":         {noBranches, ours, ""},
		"a foreign name, by tags": {noBranches, job.CheckRequest{Branch: "foreign"}, ""},
		"on another release":      {func(*fixture) {}, job.CheckRequest{Branch: "LUVLE-4.5-feature-mod_older"}, ""},
		"nothing of its own yet":  {func(f *fixture) { noTags(f, all[2:]...) }, empty, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := begin.copy(t)
			test.do(f)
			site, err := job.OpenForCheck(t.Context(), job.OpenRequest{Dir: f.Path, Git: git.Options{Env: f.Env()}})
			if err != nil {
				t.Fatal(err)
			}
			report, err := job.Check(t.Context(), site, test.request)
			if err := site.Close(); err != nil {
				t.Error(err)
			}
			own := 1
			if test.request.Branch == empty.Branch {
				own = 0
			}
			var usage *job.UsageError
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want == "" && (report.Counts.Commits != own || report.Counts.Files != own):
				t.Errorf("judged %d commits and %d files, and the branch has %d", report.Counts.Commits, report.Counts.Files, own)
			case test.want == "":
			case !errors.As(err, &usage) || !strings.Contains(usage.Text, test.want) || !strings.Contains(usage.Hint, "git fetch upstream --tags"):
				t.Errorf("%v, want a *UsageError with %q", err, test.want)
			}
		})
	}
}
