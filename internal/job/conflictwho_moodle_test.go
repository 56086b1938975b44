package job_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/rebase/rebasetest"
)

// Those who changed the hunks of real conflicts are whom git names: fixes of 2.5 moved to 2.8. Nobody is missing, and
// nobody is named beyond git log -L who has not removed what stood beside the lines. MGIT_MOODLE names a clone of
// Moodle.
func TestWhoChangedAConflictOnMoodle(t *testing.T) {
	t.Parallel()
	f := onMoodle(t, "+refs/heads/MOODLE_2*:refs/remotes/upstream/MOODLE_2*", "+refs/tags/v2.*:refs/tags/v2.*")
	repo, err := git.Open(t.Context(), f.Path, git.Options{Env: f.Env()})
	if err != nil {
		t.Fatal(err)
	}
	clashes := rebasetest.Clashes{Base: "v2.5.0", As: "v2.5.9", Onto: "v2.8.0", Version: "2.5", One: 10, Two: 6}.Make(t, repo)
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v2.8.0"}, false); err != nil {
		t.Fatal(err)
	}
	j := &changeJudge{f: f, from: "v2.5.0", to: "v2.8.0"}
	for _, c := range clashes {
		d, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: c.Branch})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range d.Files {
			j.file(&file)
		}
	}
	t.Logf("%d files, %d hunks: %d judged by git log -L, %d by git blame; %d commits are named, of which %d removed what stood beside the lines, and %d are more than git lists",
		j.files, j.hunks, j.byLog, j.byBlame, j.named, j.beside, j.more)
	if j.files < 20 || j.byLog < 20 || j.byBlame < 20 {
		t.Error("these are too few")
	}
	if 10*j.beside > j.named {
		t.Error("too many are named for what they removed beside the lines")
	}
}

// changeJudge compares who changed hunks with what git says.
type changeJudge struct {
	f              *fixture
	from, to       string
	files, hunks   int
	byLog, byBlame int
	named          int // commits, of the hunks that git log -L judged
	beside         int // of them, those that only removed what stood beside the lines
	more           int // of them, those that git log -L does not list at all
}

func (j *changeJudge) file(file *job.ConflictFile) {
	j.f.t.Helper()
	j.files++
	number := regexp.MustCompile(`MDL-[0-9]+`)
	theirs := strings.SplitAfter(j.f.Git("show", j.to+":"+file.Raw)+"\n", "\n")
	for _, h := range file.Hunks {
		j.hunks++
		var got []string
		for _, u := range h.Upstream {
			got = append(got, u.Commit.String())
			message := j.f.Git("log", "-1", "--format=%B", u.Commit.String())
			if subject, _, _ := strings.Cut(message, "\n"); subject != u.Subject || u.MDL != number.FindString(message) {
				j.f.t.Errorf("%s is %+v", message, u)
			}
		}
		name := fmt.Sprintf("%s, hunk %d", file.Raw, h.Number)
		if len(got) == 0 && !slices.Equal(h.Base.Lines, h.Ours.Lines) {
			j.f.t.Errorf("%s: nobody changed it:\n%q\n%q", name, h.Base.Lines, h.Ours.Lines)
		}
		n := len(h.Ours.Lines)
		if n == 0 || len(got) == 20 {
			continue // git has nothing to follow, or more than is named
		}
		// The branch's own commit before this one put a line at the top.
		at := h.Ours.Start - 1
		if at < 1 || !slices.Equal(theirs[at-1:at-1+n], h.Ours.Lines) {
			if at = h.Ours.Start; !slices.Equal(theirs[at-1:at-1+n], h.Ours.Lines) {
				j.f.t.Errorf("%s is not at line %d of %s", name, at, j.to)
				continue
			}
		}
		j.blame(name, file.Raw, at, n, got)
		j.log(name, file.Raw, at, n, got)
	}
}

// blame checks that every commit that brought a line is named.
func (j *changeJudge) blame(name, path string, at, n int, got []string) {
	j.f.t.Helper()
	j.byBlame++
	for line := range strings.Lines(j.f.Git("-c", "diff.indentHeuristic=false", "blame", "-s", "-l", fmt.Sprintf("-L%d,+%d", at, n), j.from+".."+j.to, "--", path)) {
		id, _, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(id, "^") && !slices.Contains(got, id) && j.f.Git("rev-list", "--no-walk", "--count", "--merges", id) == "0" {
			j.f.t.Errorf("%s: git blame names %s for %q", name, j.f.Git("log", "-1", "--format=%h %s", id), line)
		}
	}
}

// log compares with the commits that git log -L lists.
func (j *changeJudge) log(name, path string, at, n int, got []string) {
	j.f.t.Helper()
	j.byLog++
	j.named += len(got)
	want := j.listed(path, at, n)
	for _, id := range want {
		if !slices.Contains(got, id) {
			j.f.t.Errorf("%s: git log -L lists %s, which is not named", name, j.f.Git("log", "-1", "--format=%h %s", id))
		}
	}
	// What was removed beside the lines has changed the place, too. To git log -L that is a change of nothing,
	// unless the lines around are asked about.
	var around []string
	for _, id := range got {
		if slices.Contains(want, id) {
			continue
		}
		if around == nil {
			around = j.listed(path, max(1, at-1), n+2)
		}
		if slices.Contains(around, id) {
			j.beside++
			continue
		}
		j.more++
		j.f.t.Errorf("%s: %s is named, and git log -L does not list it", name, j.f.Git("log", "-1", "--format=%h %s", id))
	}
}

// listed are the commits that git log -L lists.
func (j *changeJudge) listed(path string, at, n int) []string {
	j.f.t.Helper()
	return strings.Fields(j.f.Git("log", "-s", "--no-merges", "--format=%H", fmt.Sprintf("-L%d,+%d:%s", at, n, path), j.from+".."+j.to))
}
