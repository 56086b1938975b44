package job_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// shallowClone clones a repository as CI does, with a depth, and opens the clone.
func shallowClone(t *testing.T, from *gittest.Repo, args ...string) (*gittest.Repo, *git.Repo) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	from.Git(append(append([]string{"clone", "-q", "--no-checkout"}, args...), "file://"+from.Path, dir)...)
	clone := gittest.At(t, dir)
	return clone, opened(t, clone)
}

func opened(t *testing.T, r *gittest.Repo) *git.Repo {
	t.Helper()
	repo, err := git.Open(t.Context(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = repo.Close() })
	return repo
}

func commitID(t *testing.T, r *gittest.Repo, name string) git.ID {
	t.Helper()
	id, err := git.ParseID(r.Git("rev-parse", name))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// grown is the site of a feature that left main 30 commits ago and has 12 commits since.
func grown(t *testing.T) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	many := func(name string, n int) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf("%s/%d", name, i), "text\n")
		}
		return all
	}
	r.Write("README", "first\n")
	r.Commit("first")
	r.Git("branch", "-M", "main")
	r.Grow("main", "main", many("old", 20)...)
	r.Git("branch", "feature", "main")
	r.Grow("main", "main", many("new", 30)...)
	r.Grow("feature", "feature", many("own", 12)...)
	r.Git("branch", "behind", "main~3")
	return r
}

// A clone that is cut off before the histories meet is refused with what to fetch, and following that leads to an answer.
func TestShallowRange(t *testing.T) {
	t.Parallel()
	whole := grown(t)
	for _, c := range []struct {
		args     []string
		from, to string
		want     string // of the refusal, "" for none
	}{
		{[]string{"--depth=1", "--no-single-branch"}, "origin/main", "origin/feature", "the history of origin/feature ends here before it meets that of origin/main"},
		{[]string{"--depth=12", "--no-single-branch"}, "origin/main", "origin/feature", "the history of origin/feature ends here"},
		// The feature is here down to where it left main, and main is not.
		{[]string{"--depth=20", "--no-single-branch"}, "origin/main", "origin/feature", "the history of origin/feature ends here"},
		{[]string{"--depth=31", "--no-single-branch"}, "origin/main", "origin/feature", ""},
		{[]string{"--depth=1", "--no-single-branch"}, "origin/main", "origin/behind", "the history of origin/behind ends here"},
		{[]string{"--depth=4", "--no-single-branch"}, "origin/main", "origin/behind", ""},
		{[]string{"--depth=4", "--no-single-branch"}, "origin/behind", "origin/main", ""},
		{[]string{"--depth=1"}, "HEAD", "HEAD", ""},
	} {
		clone, repo := shallowClone(t, whole, c.args...)
		err := job.RangeIsHere(t.Context(), repo, c.from, c.to, commitID(t, clone, c.from), commitID(t, clone, c.to))
		var refusal *job.Refusal
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v: %s..%s: %v", c.args, c.from, c.to, err)
		case c.want == "":
		case !errors.As(err, &refusal) || refusal.ID != "shallow" || !strings.Contains(refusal.Text, c.want):
			t.Errorf("%v: %s..%s: %v, want a refusal with %q", c.args, c.from, c.to, err, c.want)
		}
	}
}

// What is whole itself is not judged against what is cut off: all down to its root would be taken for its own.
func TestShallowOtherSide(t *testing.T) {
	t.Parallel()
	whole := grown(t)
	clone, _ := shallowClone(t, whole, "--depth=1", "--branch=main")
	clone.Git("fetch", "-q", "--depth=100", "origin", "feature:feature")
	err := job.RangeIsHere(t.Context(), opened(t, clone), "main", "feature", commitID(t, clone, "main"), commitID(t, clone, "feature"))
	if err == nil || !strings.Contains(err.Error(), "the history of main ends here before it meets that of feature") {
		t.Errorf("not refused: %v", err)
	}
}

// Whoever does what the hint says comes to an answer in a few steps, and it is that of the whole history.
func TestShallowHintLeadsThere(t *testing.T) {
	t.Parallel()
	whole := grown(t)
	var more []string
	for i := range 120 {
		more = append(more, fmt.Sprintf("later/%d", i), "text\n")
	}
	whole.Grow("feature", "feature", more...)
	clone, repo := shallowClone(t, whole, "--depth=1", "--no-single-branch")
	command := regexp.MustCompile("`git (fetch --deepen=[0-9]+)`")
	for step := 1; ; step++ {
		err := job.RangeIsHere(t.Context(), repo, "main", "feature", commitID(t, clone, "origin/main"), commitID(t, clone, "origin/feature"))
		if err == nil {
			break
		}
		var refusal *job.Refusal
		if !errors.As(err, &refusal) || step > 3 {
			t.Fatalf("step %d: %v", step, err)
		}
		found := command.FindStringSubmatch(refusal.Hint)
		if found == nil || !strings.Contains(refusal.Hint, "fetch-depth: 0") {
			t.Fatalf("the hint %q has no command", refusal.Hint)
		}
		clone.Git(append(strings.Fields(found[1]), "-q")...)
		repo = opened(t, clone)
	}
	if got, want := clone.Git("rev-list", "origin/main..origin/feature"), whole.Git("rev-list", "main..feature"); got != want {
		t.Error("the answer is another one than in the whole history")
	}
}

// What a commit is named that is not there is said where the clone is shallow, and left to others where it is whole.
func TestShallowCommitThatIsNotHere(t *testing.T) {
	t.Parallel()
	whole := grown(t)
	_, repo := shallowClone(t, whole, "--depth=1")
	var refusal *job.Refusal
	if err := job.CommitIsNotHere(repo, "main~9"); !errors.As(err, &refusal) || refusal.ID != "shallow" || !strings.Contains(refusal.Text, "main~9") {
		t.Errorf("shallow: %v", err)
	}
	if err := job.CommitIsNotHere(opened(t, whole), "main~9"); err != nil {
		t.Errorf("whole: %v", err)
	}
}

// Random histories, cut off anywhere: a range that is not refused is that of the whole history.
func TestShallowRangesAreRight(t *testing.T) {
	t.Parallel()
	const commits, branches, depths, pairs = 40, 5, 5, 6
	random := rand.New(rand.NewPCG(8, 8))
	refused, judged := 0, 0
	whole := gittest.New(t)
	var all strings.Builder
	for i := 1; i <= commits; i++ {
		branch := random.IntN(branches)
		if i <= branches {
			branch = i - 1
		}
		when := 1_700_000_000 + 60*i
		fmt.Fprintf(&all, "commit refs/heads/b%d\nmark :%d\ncommitter C <c@example.org> %d +0000\ndata 1\nx", branch, i, when)
		if i <= branches && i > 1 {
			fmt.Fprintf(&all, "\nfrom :1")
		}
		if i > branches && random.IntN(3) == 0 {
			fmt.Fprintf(&all, "\nmerge :%d", 1+random.IntN(i-1))
		}
		fmt.Fprintf(&all, "\nM 644 inline f%d\ndata 1\nx\n", i)
	}
	whole.Input(all.String(), "fast-import", "--quiet", "--date-format=raw", "--force")
	for depth := range depths {
		clone, repo := shallowClone(t, whole, fmt.Sprintf("--depth=%d", 1+2*depth), "--no-single-branch")
		here := strings.Fields(clone.Git("rev-list", "--all"))
		for range pairs {
			a, b := here[random.IntN(len(here))], here[random.IntN(len(here))]
			err := job.RangeIsHere(t.Context(), repo, "a", "b", commitID(t, clone, a), commitID(t, clone, b))
			if err != nil {
				refused++
				continue
			}
			judged++
			got, want := strings.Fields(clone.Git("rev-list", a+".."+b)), strings.Fields(whole.Git("rev-list", a+".."+b))
			if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("depth %d, %s..%s: %d commits, %d in the whole history", 1+2*depth, a, b, len(got), len(want))
			}
		}
	}
	if refused < 3 || judged < 3 {
		t.Errorf("%d ranges were refused and %d judged: too few to say anything", refused, judged)
	}
}
