package job_test

import (
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// A branch of the old layout that conflicts where upstream has its code below public/: the conflict is shown at
// the new path, with who changed it above and not who moved it, and what is made of it arrives there.
func TestConflictInTheNewLayout(t *testing.T) {
	t.Parallel()
	const old, newName = "LUVLE-4.1-hack-core-below", "LUVLE-5.1-hack-core-below"
	f := newFixture(t)
	f.Grow(old, "v4.1.0", "lib.php", text(40, map[int]string{30: "ours at 30"}))
	if _, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v5.1.0"}, false); err != nil {
		t.Fatal(err)
	}
	read := func() *job.ConflictDetail {
		d, err := job.ReadConflict(t.Context(), f.open(""), job.ConflictRequest{Branch: old})
		if err != nil || len(d.Files) != 1 || d.Files[0].Raw != "public/lib.php" || len(d.Files[0].Hunks) != 1 {
			t.Fatalf("%+v, %v", d, err)
		}
		return d
	}
	h := read().Files[0].Hunks[0]
	if strings.Join(h.Ours.Lines, "") != "new in 4.5\n" || strings.Join(h.Theirs.Lines, "") != "ours at 30\n" || h.Ours.Start != 31 {
		t.Errorf("%+v", h)
	}
	if n := len(h.Before); n != 3 || h.Before[n-1] != "line 29\n" || len(h.After) != 3 || h.After[0] != "line 31\n" {
		t.Errorf("around it: %q and %q", h.Before, h.After)
	}
	if len(h.Upstream) != 1 || h.Upstream[0].Subject != "MDL-5 core: fixed and more" {
		t.Errorf("changed by %+v", h.Upstream)
	}
	if _, err := job.Resolve(t.Context(), f.open(""), job.ResolveRequest{Branch: old}, false); err != nil {
		t.Fatal(err)
	}
	d := read()
	if d.Files[0].Hunks[0].Line == 0 || !strings.Contains(gittest.At(t, d.Worktree).Git("diff", "--name-only"), "public/lib.php") {
		t.Errorf("in the worktree: %+v", d.Files[0].Hunks[0])
	}
	r, err := job.Take(t.Context(), f.open(""), job.TakeRequest{Branch: newName, Path: "public/lib.php", Hunk: 1, Side: job.SideBoth}, false)
	if err != nil || !r.Staged {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{Branch: newName}, false); err != nil {
		t.Fatal(err)
	}
	if got := f.Git("show", newName+":public/lib.php"); !strings.Contains(got, "\nnew in 4.5\nours at 30\n") {
		t.Errorf("the branch has\n%s", got)
	}
	if out, err := f.TryGit("cat-file", "-e", newName+":lib.php"); err == nil {
		t.Errorf("the branch has it at the old place, too: %s", out)
	}
}
