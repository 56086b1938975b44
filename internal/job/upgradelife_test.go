package job_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

func series(major, minor int) moodle.Series { return moodle.Series{Major: major, Minor: minor} }

func (f *fixture) account() *job.UpgradeAccount {
	f.t.Helper()
	a, err := job.CheckUpgrade(f.t.Context(), f.open(""), series(4, 5))
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// entryOf is what the ledger says of a branch, and whether it is accounted for.
func (f *fixture) entryOf(name string) (u job.UpgradeBranch, faults []job.Fault) {
	f.t.Helper()
	a := f.account()
	for _, forgotten := range a.Forgotten {
		if forgotten.Branch == name {
			faults = append(faults, forgotten.Fault)
		}
	}
	i := slices.IndexFunc(a.Branches, func(u job.UpgradeBranch) bool { return u.OldName == name })
	if i < 0 {
		f.t.Fatalf("nothing is known about %s", name)
	}
	return a.Branches[i], faults
}

// The ledger follows a branch through its whole life, command by command, in the same
// run as the references, and every run takes its entries back.
func TestLedgerFollowsABranch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(stuck, "v4.1.0", "own.php", "own\n", "lib.php", text(40, map[int]string{5: "ours"}))
	ctx := t.Context()
	expect := func(what, state, outcome string, want ...job.Fault) {
		t.Helper()
		u, faults := f.entryOf(stuck)
		if u.State != state || u.Outcome != outcome || !slices.Equal(faults, want) {
			t.Errorf("after %s: %s, %q, %v; want %s, %q, %v", what, u.State, u.Outcome, faults, state, outcome, want)
		}
	}
	undone := func(what, state, outcome string) {
		t.Helper()
		if _, _, err := job.UndoRun(ctx, f.open(""), 0, false); err != nil {
			t.Fatalf("undo of %s: %v", what, err)
		}
		expect("undo of "+what, state, outcome)
	}
	if _, _, err := job.BeginUpgrade(ctx, f.open(""), job.BeginRequest{To: "4.5"}); err != nil {
		t.Fatal(err)
	}
	expect("begin", "todo", "")
	if _, _, err := job.NewBranch(ctx, f.open(""), job.NewRequest{Series: series(4, 1), Type: "hack", Component: "set_late"}); err != nil {
		t.Fatal(err)
	}
	if u, faults := f.entryOf("LUVLE-4.1-hack-set_late"); !u.Known || len(faults) > 0 {
		t.Errorf("a branch made later: %+v, %v", u, faults)
	}
	if _, _, err := job.UndoRun(ctx, f.open(""), 0, false); err != nil {
		t.Fatal(err)
	}
	if a := f.account(); len(a.Branches) != 1 || !a.Complete {
		t.Errorf("after undo of new: %+v", a.Branches)
	}
	f.rebaseAll()
	expect("rebase-all", "parked", "conflict")
	undone("rebase-all", "todo", "")
	f.rebaseAll()
	f.resolve(stuck)
	expect("resolve", "parked", "conflict")
	f.abort(stuck)
	expect("abort", "parked", "conflict")
	_, w := f.resolve(stuck)
	w.Write("lib.php", text(40, map[int]string{5: "fixed, and ours", 30: "new in 4.5"}))
	w.Git("add", "lib.php")
	f.proceed()
	expect("continue", "moved", "resolved")
	f.on(stuck, "more.php", "more\n")
	expect("a commit on the old branch", "moved", "resolved", job.FaultBehind)
	f.rebaseAll()
	expect("the next rebase-all", "moved", "updated")
	f.Git("config", "mgit.targets.default", "test")
	if _, _, err := job.Assemble(ctx, f.open(""), job.AssembleRequest{Target: "test", Series: "4.5"}, false); err != nil {
		t.Fatal(err)
	}
	expect("assemble", "in-test", "updated")
	undone("assemble", "moved", "updated")
	f.Git("branch", "-D", stuckOn45)
	expect("the new branch's end", "moved", "updated", job.FaultNewGone)
	f.rebaseAll()
	if u, faults := f.entryOf(stuck); u.State != "moved" || len(faults) > 0 {
		t.Errorf("made again: %+v, %v", u, faults)
	}
	f.on(stuckOn45, "there.php", "there\n")
	expect("work on the new branch", "moved", f.outcome())
	f.Git("checkout", "-q", stuck)
	f.Git("commit", "-q", "--amend", "-m", "written anew")
	f.Detach()
	expect("the old branch written anew", "moved", f.outcome(), job.FaultRewritten)
	f.rebaseAll()
	expect("rebase-all of it", "moved", "diverged", job.FaultRewritten, job.FaultDiverged)
	if _, _, err := job.Dispose(ctx, f.open(""), job.LedgerRequest{Branches: []string{stuck}, Disposition: "drop", Reason: "enough"}); err != nil {
		t.Fatal(err)
	}
	f.rebaseAll()
	expect("drop", "dropped", "dropped")
	if a := f.account(); !a.Finished {
		t.Errorf("not finished: %+v", a)
	}
}

func (f *fixture) outcome() string {
	u, _ := f.entryOf(stuck)
	return u.Outcome
}

// What is not accounted for is named with its reason; the rest is not.
func TestUpgradeFaults(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	if _, err := job.CheckUpgrade(t.Context(), f.open(""), moodle.Series{}); !isUsage(err) {
		t.Errorf("without a ledger: %v", err)
	}
	f.ledger("format = 1\nfrom = \"4.1\"\n[branch.\"" + plugin + "\"]\nstate = \"todo\"\n[branch.\"" + hack + "\"]\ndisposition = \"hold\"\nstate = \"held\"\n" +
		"[branch.LUVLE-gone]\ndisposition = \"rebase\"\n")
	f.branch("LUVLE-4.5-feature-block_new", "v4.5.0", "new.php", "new\n")
	a := f.account()
	got := make(map[string]job.Fault)
	for _, x := range a.Forgotten {
		got[x.Branch] = x.Fault
	}
	want := map[string]job.Fault{plugin: job.FaultUndecided, hack: job.FaultNoReason, stuck: job.FaultNoEntry, "LUVLE-gone": job.FaultOldGone}
	for name, fault := range want {
		if got[name] != fault {
			t.Errorf("%s: %q, want %q", name, got[name], fault)
		}
	}
	if len(got) != len(want) || a.Complete || a.Finished || !slices.Equal(a.New, []string{"LUVLE-4.5-feature-block_new"}) {
		t.Errorf("%+v", a)
	}
}

// Why a branch is there: the ledger wins over the record, that over commits, question by
// question.
func TestJustificationPrecedence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", hack, "v4.1.0")
	for i, trailers := range []string{"Reason: upstreamable\nUpstream: MDL-1, MDL-2", "reason: Temporary\nReview-by: 5.1\nReview-by: soon", "no trailer: here, but prose\nthat goes on"} {
		f.Write("mod/forum/lib.php", text(40, map[int]string{i: "hacked"}))
		f.Git("add", ".")
		f.Git("commit", "-q", "-m", "change\n\nWhy.\n\n"+trailers)
	}
	f.Detach()
	if _, _, err := job.BeginUpgrade(t.Context(), f.open(""), job.BeginRequest{To: "4.5"}); err != nil {
		t.Fatal(err)
	}
	check := func(kind, of, review string, issues, unjustified int, expired bool) {
		t.Helper()
		u, _ := f.entryOf(hack)
		j := u.Justification
		if j.Kind != kind || j.Of != of || j.ReviewBy.String() != review || len(j.Upstream) != issues || len(u.Unjustified) != unjustified || u.Expired != expired {
			t.Errorf("%+v, %v, %t", j, u.Unjustified, u.Expired)
		}
		// The rule says the same, also while a commit is made.
		for _, request := range []job.CheckRequest{{Branch: hack}, {Range: hack + "~1.." + hack}, {Staged: true, As: hack}} {
			report, _ := f.checkFor(request)
			found := 0
			for _, finding := range report.Checks[0].Findings {
				if finding.Rule == "justification" {
					found++
				}
			}
			if found != unjustified || len(report.Checks[0].Findings) == 0 && report.Checks[0].Files == 0 {
				t.Errorf("%+v: the rule found %d, the account %d: %+v", request, found, unjustified, report.Checks[0])
			}
		}
	}
	f.Git("switch", "-q", hack)
	f.stage("mod/forum/lib.php", text(40, map[int]string{20: "hacked"}))
	check("temporary", "commit", "5.1", 2, 0, false)
	if u, _ := f.entryOf(hack); !slices.Equal(u.Justification.Odd, []string{"Review-by: soon"}) {
		t.Errorf("odd: %q", u.Justification.Odd)
	}
	n := "mod_forum-subject"
	f.shared("mgit.toml", "format = 1\n[branch."+n+"]\njustification = \"upstreamable\"\nreview_by = \"4.5\"\n")
	check("upstreamable", "record", "4.5", 2, 0, true)
	kind, review := "local", "5.2"
	if _, _, err := job.Dispose(t.Context(), f.open(""), job.LedgerRequest{Branches: []string{hack}, Justification: &kind, ReviewBy: &review}); err != nil {
		t.Fatal(err)
	}
	check("local", "ledger", "5.2", 2, 0, false)
	none := ""
	if _, _, err := job.Dispose(t.Context(), f.open(""), job.LedgerRequest{Branches: []string{hack}, Justification: &none, ReviewBy: &none}); err != nil {
		t.Fatal(err)
	}
	check("upstreamable", "record", "4.5", 2, 0, true)
	for _, commits := range []string{"change", "change\n\nUpstream: MDL-3"} { // that say nothing any more, or not why
		f.Git("commit", "-q", "--amend", "-m", commits)
		f.Git("reset", "-q", "--soft", "v4.1.0")
		f.Git("commit", "-q", "-m", commits)
		f.stage("mod/forum/lib.php", text(40, map[int]string{21: commits}))
		f.shared("mgit.toml", "format = 1\n[branch."+n+"]\nowner = \"Ann\"\n")
		check("", "", "", strings.Count(commits, "MDL"), 1, false)
		f.shared("mgit.toml", "format = 1\n[branch."+n+"]\nreason = \"exams\"\n")
		check("", "", "", strings.Count(commits, "MDL"), 0, false)
		f.shared("mgit.toml", "format = 1\n[branch."+n+"]\nticket = \"LU-1\"\n")
		check("", "", "", strings.Count(commits, "MDL"), 0, false)
	}
	f.shared("mgit.toml", "format = 1\n[branch."+n+"]\nreason = \"exams\"\njustification = \"temporary\"\n")
	check("temporary", "record", "", 1, 1, false)
}

// What looks done and is not: a new branch that lost what was carried, commits that only
// a remote has, a branch dropped without a decision, one whose name no run understands.
func TestUpgradeFaultsOfWhatLooksDone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n", "mod/ouwiki/view.php", "<?php\n")
	f.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	f.branch(stuck, "v4.1.0", "lib.php", text(40, map[int]string{5: "ours"}))
	f.rebaseAll()
	f.resolve(stuck)
	f.skip(stuck, "4.5 has it")
	if a := f.account(); !a.Finished {
		t.Fatalf("%+v", a.Forgotten)
	}
	faulty := func(what, branch string, want job.Fault) {
		t.Helper()
		a := f.account()
		if len(a.Forgotten) != 1 || a.Forgotten[0].Branch != branch || a.Forgotten[0].Fault != want || a.Complete || a.Finished {
			t.Errorf("%s: %+v, want %s of %s", what, a.Forgotten, want, branch)
		}
	}
	made := f.Git("rev-parse", newHack)
	f.Git("branch", "-f", newHack, "v4.5.0")
	faulty("the new branch was reset", hack, job.FaultDiverged)
	f.Git("update-ref", "refs/remotes/origin/"+newHack, made)
	if a := f.account(); !a.Finished {
		t.Errorf("the new branch is at the remote: %+v", a.Forgotten)
	}
	f.Git("branch", "-f", newHack, made)
	f.Git("update-ref", "refs/remotes/origin/"+plugin, plugin+"^")
	if a := f.account(); !a.Finished {
		t.Errorf("the remote is behind: %+v", a.Forgotten)
	}
	f.Git("checkout", "-q", "--detach", plugin)
	f.add("mod/ouwiki/fix.php", "a colleague's fix\n")
	f.Git("update-ref", "refs/remotes/origin/"+plugin, "HEAD")
	faulty("a fix at the remote", plugin, job.FaultBehind)
	f.Git("update-ref", "-d", "refs/remotes/origin/"+plugin)
	f.Git("branch", "LUVLE-4.5-hck-mod_forum", newHack)
	if a := f.account(); !a.Finished {
		t.Errorf("a name of another series: %+v", a.Forgotten)
	}
	f.Git("branch", "LUVLE-4.1-hck-mod_forum", hack)
	faulty("a wrong name", "LUVLE-4.1-hck-mod_forum", job.FaultMisnamed)
	f.Git("branch", "-D", "LUVLE-4.1-hck-mod_forum")
	ledger := f.ledgerText() + "\n"
	f.ledger(strings.Replace(ledger, `disposition = "drop"`, `disposition = "rebase"`, 1))
	faulty("dropped, and to be rebased", stuck, job.FaultNoReason)
	f.ledger(strings.Replace(strings.Replace(ledger, `disposition = "drop"`, `disposition = "rebase"`, 1), `state = "dropped"`, `state = "held"`, 1))
	if a := f.account(); !a.Complete || a.Finished || len(a.Waiting) != 1 {
		t.Errorf("held by a run, and to be rebased: %+v, %+v", a.Forgotten, a.Waiting)
	}
}

// One drops a branch and runs, another one decides meanwhile that it is to be carried: it
// is to be done, in both clones.
func TestDroppedAndDecidedAnew(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	origin.dispose(hack, "drop", "old")
	a, b := origin.colleague(), origin.colleague()
	a.rebaseAll()
	b.dispose(hack, "rebase", "")
	b.sync()
	a.sync()
	b.sync()
	for _, f := range []*fixture{a, b} {
		if u, faults := f.entryOf(hack); u.Disposition != "rebase" || u.State != "todo" || len(faults) != 0 || f.account().Finished {
			t.Errorf("%s, %s, %v", u.Disposition, u.State, faults)
		}
	}
}

// What the file cannot hold is wrong usage, and nothing is written.
func TestLedgerHoldsUTF8(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.three()
	f.dispose(hack, "hold", "later")
	bad, tip := "caf\xe9", f.Git("rev-parse", "mgit")
	for _, request := range []job.LedgerRequest{{Disposition: "drop", Reason: bad}, {Owner: &bad}, {Ticket: &bad}, {Upstream: []string{bad}}, {Text: bad}} {
		request.Branches = []string{hack}
		write := job.Dispose
		if request.Text != "" {
			write = job.Note
		}
		if _, _, err := write(t.Context(), f.open(""), request); !isUsage(err) {
			t.Errorf("%+v: %v", request, err)
		}
	}
	if f.Git("rev-parse", "mgit") != tip {
		t.Error("something was written")
	}
}
