package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// laterSeries gives the site a Moodle 5.0, made from 4.5 with another lib.php.
func (f *fixture) laterSeries(lib string) {
	f.t.Helper()
	f.Git("checkout", "-q", "--detach", "v4.5.0")
	f.release("5.0", "500", "2025041400.00", "")
	f.Write("lib.php", lib)
	f.Commit("Moodle release 5.0")
	f.Git("tag", "-a", "-m", "MOODLE_500", "v5.0.0")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_500_STABLE", "HEAD")
}

const (
	stuckOn45 = "LUVLE-4.5-hack-core-stuck"
	stuckOn50 = "LUVLE-5.0-hack-core-stuck"
)

// block is a change of the lines 5 to 9, which upstream changed too.
func block() map[int]string {
	return map[int]string{5: "ours 5", 6: "ours 6", 7: "ours 7", 8: "ours 8", 9: "ours 9"}
}

// resolved45 moves the branch to 4.5, where a person resolves its conflict.
func (f *fixture) resolved45(lib string) {
	f.t.Helper()
	f.branch(stuck, "v4.1.0", "own.php", "own\n", "lib.php", text(40, block()))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{stuck: "conflict"})
	_, w := f.resolve(stuck)
	w.Write("lib.php", lib)
	w.Git("add", "lib.php")
	if b := f.proceed(); b.Outcome != "resolved" {
		f.t.Fatalf("%+v", b)
	}
}

func to50(r *job.RebaseAllRequest) {
	r.Tag, r.From = "v5.0.0", moodle.Series{Major: 4, Minor: 1}
}

// A commit was resolved by hand on its way to 4.5. On 5.0 upstream has changed a line
// within the conflict, so that rerere does not know it any more; what the person changed
// fits all the same. It is used and named, in any clone that has the commits, and not
// with --no-resolutions.
func TestConflictIsSettledAsInAnEarlierRun(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.resolved45(text(40, map[int]string{5: "fixed, and ours", 30: "new in 4.5"}))
	origin.laterSeries(text(40, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0", 30: "new in 4.5"}))
	made := origin.Git("rev-parse", stuckOn45)
	off, _, err := job.RebaseAll(t.Context(), origin.open(""), job.RebaseAllRequest{Tag: "v5.0.0", From: moodle.Series{Major: 4, Minor: 1}, NoResolutions: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	origin.want(off, map[string]string{stuck: "conflict"})
	colleague := origin.colleague()
	colleague.Git("fetch", "-q", "--tags", "origin")
	for name, f := range map[string]*fixture{"here": origin, "at a colleague's": colleague} {
		objects := f.Git("count-objects", "-v")
		dry, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v5.0.0", From: moodle.Series{Major: 4, Minor: 1}}, true)
		if err != nil || f.Git("count-objects", "-v") != objects {
			t.Fatalf("%s: a dry run wrote something, or %v", name, err)
		}
		f.want(dry, map[string]string{stuck: "resolved"})
		report, _ := f.rebaseAll(to50)
		f.want(report, map[string]string{stuck: "resolved"})
		want := "commit " + made[:10] + " of the upgrade to 4.5 for lib.php"
		if got := report.Branches[0].Resolutions; len(got) != 1 || got[0] != want {
			t.Errorf("%s: used %q, want %q", name, got, want)
		}
		if got, want := f.Git("show", stuckOn50+":lib.php")+"\n", text(40, map[int]string{5: "fixed, and ours", 9: "new in 5.0", 30: "new in 4.5"}); got != want {
			t.Errorf("%s:\n%s", name, got)
		}
		// Git itself is the judge: the same as to pick the resolved commit.
		f.Git("checkout", "-q", "--detach", "v5.0.0")
		f.Git("cherry-pick", made+"^", made)
		if got, want := f.Git("rev-parse", stuckOn50+"^{tree}"), f.Git("rev-parse", "HEAD^{tree}"); got != want {
			t.Errorf("%s: the tree is not that of a cherry-pick", name)
		}
	}
}

// What nobody can be sure of is left for a person.
func TestConflictThatAnEarlierRunDoesNotSettle(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		resolved map[int]string // on 4.5
		upstream map[int]string // 5.0
		change   func(f *fixture)
	}{
		"upstream changed the same line again": {
			map[int]string{5: "fixed, and ours"}, map[int]string{5: "fixed otherwise", 9: "new in 5.0"}, nil,
		},
		"the branch was written anew": {
			map[int]string{5: "fixed, and ours"}, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0"}, func(f *fixture) {
				f.Git("checkout", "-q", stuck)
				f.Git("commit", "-q", "--amend", "-m", "another thing")
				f.Detach()
			},
		},
		"the commits are not here any more": {
			map[int]string{5: "fixed, and ours"}, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0"}, func(f *fixture) {
				ledger := f.ledgerText()
				gone := strings.Repeat("12", 20)
				f.shared("upgrades/4.5.toml", strings.ReplaceAll(ledger, f.Git("rev-parse", stuckOn45), gone)+"\n")
				f.Git("update-ref", "-d", "refs/heads/"+stuckOn45)
				for name := range strings.FieldsSeq(f.Git("ls-tree", "-r", "--name-only", "mgit", "resolutions/")) {
					if strings.HasSuffix(name, ".toml") {
						f.shared(name, "format = 1\n")
					}
				}
			},
		},
		"the result was put right since": {
			map[int]string{5: "wrong"}, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0"}, func(f *fixture) {
				f.Git("checkout", "-q", stuckOn45)
				f.Write("lib.php", text(40, map[int]string{5: "fixed, and ours", 30: "new in 4.5"}))
				f.Git("commit", "-q", "-a", "--amend", "--no-edit")
				f.Detach()
			},
		},
		"a colleague has put the result right since": {
			map[int]string{5: "wrong"}, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0"}, func(f *fixture) {
				f.Git("checkout", "-q", "--detach", stuckOn45)
				f.Write("lib.php", text(40, map[int]string{5: "fixed, and ours", 30: "new in 4.5"}))
				f.Git("commit", "-q", "-a", "--amend", "--no-edit")
				f.Git("update-ref", "refs/remotes/origin/"+stuckOn45, "HEAD")
			},
		},
		"markers were committed": {
			map[int]string{5: "<<<<<<< HEAD\nfixed\n=======\nours\n>>>>>>> x"}, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0"}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			test.resolved[30] = "new in 4.5"
			if name == "markers were committed" {
				f.branch(stuck, "v4.1.0", "own.php", "own\n", "lib.php", text(40, block()))
				f.rebaseAll()
				f.Git("checkout", "-q", "-b", stuckOn45, "v4.5.0")
				f.Git("cherry-pick", stuck+"^")
				f.TryGit("cherry-pick", stuck)
				f.Write("lib.php", text(40, test.resolved))
				f.Git("add", "lib.php")
				f.Git("-c", "core.editor=true", "cherry-pick", "--continue")
				f.Detach()
				f.shared("upgrades/4.5.toml", "format = 1\nseries = \"4.5\"\nfrom = \"4.1\"\n[branch."+stuck[:0]+"\""+stuck+"\"]\nstate = \"moved\"\noutcome = \"resolved\"\nold_tip = \""+f.Git("rev-parse", stuck)+"\"\nnew_name = \""+stuckOn45+"\"\nnew_tip = \""+f.Git("rev-parse", stuckOn45)+"\"\n")
			} else {
				f.resolved45(text(40, test.resolved))
			}
			test.upstream[30] = "new in 4.5"
			f.laterSeries(text(40, test.upstream))
			if test.change != nil {
				test.change(f)
			}
			report, _ := f.rebaseAll(to50)
			f.want(report, map[string]string{stuck: "conflict"})
		})
	}
}

// Two commits of one author, second and message: what became of the one says nothing
// about the other, which a person had skipped.
func TestEarlierRunOfACommitThatIsThereTwice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", stuck, "v4.1.0")
	f.Write("lib.php", text(40, map[int]string{20: "first"}))
	f.Commit("wip")
	f.Write("lib.php", text(40, map[int]string{4: "second", 5: "second", 6: "second", 20: "first"}))
	f.Git("add", ".")
	f.Git("commit", "-q", "-C", "HEAD")
	f.Detach()
	f.rebaseAll()
	f.resolve(stuck)
	if b := f.skip(stuck, "4.5 has it"); b.Commits != (job.Account{In: 2, Kept: 1, Dropped: 1}) {
		t.Fatalf("%+v", b)
	}
	f.laterSeries(text(40, map[int]string{5: "fixed in 4.1.1", 30: "new in 5.0"}))
	report, _ := f.rebaseAll(to50)
	f.want(report, map[string]string{stuck: "conflict"})
}

// The origin of a resolution says all that others may ask: branch, bases, commits,
// author, time and a note. With it the earlier result is found without a ledger.
func TestOriginOfAResolution(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0", "own.php", "own\n", "lib.php", text(40, block()))
	f.rebaseAll()
	_, w := f.resolve(stuck)
	w.Write("lib.php", text(40, map[int]string{5: "fixed, and ours", 30: "new in 4.5"}))
	w.Git("add", "lib.php")
	if _, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{Note: "as Ann said"}, false); err != nil {
		t.Fatal(err)
	}
	list, err := job.Resolutions(t.Context(), f.open(""))
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	r := list[0]
	if r.Branch != stuckOn45 || r.From != "v4.1.0" || r.Onto != "v4.5.0" || r.Note != "as Ann said" || r.Author == "" || r.Created.IsZero() ||
		r.FromCommit.String() != f.Git("rev-parse", "v4.1.0^{commit}") || r.OntoCommit.String() != f.Git("rev-parse", "v4.5.0^{commit}") ||
		r.Commit.String() != f.Git("rev-parse", stuck) || r.Result.String() != f.Git("rev-parse", stuckOn45) || len(r.Paths) != 1 {
		t.Errorf("%+v", r.Result)
	}
	f.shared("upgrades/4.5.toml", "format = 1\nseries = \"4.5\"\nfrom = \"4.1\"\n")
	f.laterSeries(text(40, map[int]string{5: "fixed in 4.1.1", 9: "new in 5.0", 30: "new in 4.5"}))
	report, _ := f.rebaseAll(to50)
	f.want(report, map[string]string{stuck: "resolved"})
	if got := report.Branches[0].Resolutions; len(got) != 1 || !strings.Contains(got[0], "of resolution "+r.ID) {
		t.Errorf("used %q", got)
	}
	// Forgotten, it is used no more, and undo brings it back.
	if _, run, err := job.ForgetResolutions(t.Context(), f.open(""), []string{r.ID[:8]}, true); err != nil || run != 0 {
		t.Errorf("a dry run: run %d, %v", run, err)
	}
	forgotten, run, err := job.ForgetResolutions(t.Context(), f.open(""), []string{r.ID[:8]}, false)
	if err != nil || run == 0 || len(forgotten) != 1 {
		t.Fatalf("%+v, run %d, %v", forgotten, run, err)
	}
	if list, err := job.Resolutions(t.Context(), f.open("")); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, _, err := job.UndoRun(t.Context(), f.open(""), run, false); err != nil {
		t.Fatal(err)
	}
	if list, err := job.Resolutions(t.Context(), f.open("")); err != nil || len(list) != 1 {
		t.Errorf("after undo: %+v, %v", list, err)
	}
}
