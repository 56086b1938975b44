package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/job"
)

// A dry run gives the answer of the real one, exit code and all, and leaves
// nothing behind.
func TestResolveDryRunsForesee(t *testing.T) {
	t.Parallel()
	f := tangled(t)
	ctx := t.Context()
	same := func(what string, do func(dryRun bool) (*job.ResolveReport, error)) {
		t.Helper()
		before, objects := f.state()
		dry, err := do(true)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if refs, now := f.state(); refs != before || now != objects {
			t.Errorf("%s: a dry run wrote something:\n%s\n%s", what, objects, now)
		}
		real, err := do(false)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		d, r := dry.Branches[0], real.Branches[0]
		if dry.NeedsPerson() != real.NeedsPerson() || dry.Failed() != real.Failed() || d.Commits != r.Commits || d.Outcome != r.Outcome || d.State != r.State {
			t.Errorf("%s: foreseen %+v, and it was %+v", what, d, r)
		}
		if len(d.Conflicts) != len(r.Conflicts) || (d.Stop == nil) != (r.Stop == nil) || d.Stop != nil && *d.Stop != *r.Stop {
			t.Errorf("%s: foreseen to stop at %+v %+v, and it was %+v %+v", what, d.Stop, d.Conflicts, r.Stop, r.Conflicts)
		}
		if d.Run != 0 {
			t.Errorf("%s: a dry run %d", what, d.Run)
		}
	}
	skip := func(dryRun bool) (*job.ResolveReport, error) {
		return job.Skip(ctx, f.open(""), job.SkipRequest{Branch: stuck, Reason: "so"}, dryRun)
	}
	proceed := func(dryRun bool) (*job.ResolveReport, error) {
		return job.Continue(ctx, f.open(""), job.ContinueRequest{}, dryRun)
	}
	same("skip what nobody began", skip)
	f.abort(stuck)
	_, w := f.resolve(stuck)
	same("continue in the middle of a conflict", proceed)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	same("continue to the next conflict", proceed)
	w.Write("lib.php", resolvedTwice())
	w.Git("add", "lib.php")
	same("continue to the end", proceed)
	if _, _, err := job.UndoRun(ctx, f.open(""), 0, false); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(f.Path, ".git", "rr-cache")); err != nil {
		t.Fatal(err)
	}
	f.resolve(stuck)
	same("skip to the next conflict", skip)
	same("skip to the end", skip)
	f.noBench()
}

// state is all that a dry run must leave alone.
func (f *fixture) state() (refs, rest string) {
	f.t.Helper()
	rest = f.Git("count-objects", "-v")
	if _, err := os.Stat(f.benchPath()); err == nil {
		rest += f.Git("-C", f.benchPath(), "status") + f.Git("-C", f.benchPath(), "ls-files", "--stage")
	} else {
		rest += f.Git("worktree", "list")
	}
	return f.refs(), rest
}

// A finished rebase is foreseen with its account and what would be recorded.
func TestContinueDryRunAtTheEnd(t *testing.T) {
	t.Parallel()
	f := single(t)
	_, w := f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("rebase", "--continue")
	before, rest := f.state()
	report, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, true)
	if err != nil {
		t.Fatal(err)
	}
	if b := report.Branches[0]; b.Outcome != "resolved" || b.Commits != (job.Account{In: 3, Kept: 3}) || b.Run != 0 || len(b.Saved) != 1 {
		t.Errorf("%+v", b)
	}
	if refs, now := f.state(); refs != before || now != rest {
		t.Error("a dry continue moved the branch")
	}
}
