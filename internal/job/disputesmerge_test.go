package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

// owned enters who sees to a branch.
func (f *fixture) owned(branch, who string) {
	f.t.Helper()
	if _, _, err := job.Dispose(f.t.Context(), f.open(""), job.LedgerRequest{Branches: []string{branch}, Owner: &who}); err != nil {
		f.t.Fatal(err)
	}
}

// disputes lists what is open.
func (f *fixture) disputes() []job.Dispute {
	f.t.Helper()
	open, err := job.Disputes(f.t.Context(), f.open(""))
	if err != nil {
		f.t.Fatal(err)
	}
	return open
}

// The last dispute is settled in one clone while another one finds a new one: the list
// was empty and gone here, and has two there. What was settled stays settled, whoever
// syncs first, and the list is nothing that people could disagree about.
func TestLastDisputeSettledWhileAnotherIsFound(t *testing.T) {
	t.Parallel()
	for _, settlesFirst := range []bool{false, true} {
		origin := newFixture(t)
		origin.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
		origin.branch(hack, "v4.1.0", "mod/forum/lib.php", "hacked\n")
		if _, _, err := job.BeginUpgrade(t.Context(), origin.open(""), job.BeginRequest{To: "4.5"}); err != nil {
			t.Fatal(err)
		}
		a, b := origin.colleague(), origin.colleague()
		a.owned(hack, "Ann")
		b.owned(hack, "Ben")
		b.sync()
		a.sync()
		b.sync()
		c := origin.colleague()
		c.owned(plugin, "Cem")
		b.owned(plugin, "Ben")
		c.sync()
		if _, _, err := job.Settle(t.Context(), a.open(""), job.SettleRequest{IDs: []string{a.disputes()[0].ID}}); err != nil {
			t.Fatal(err)
		}
		order := []*fixture{b, a, b}
		if settlesFirst {
			order = []*fixture{a, b, a}
		}
		for _, f := range order {
			if report := f.sync(); len(report.Disagreements) > 1 {
				t.Errorf("settles first %t: %+v", settlesFirst, report.Disagreements)
			}
		}
		for name, f := range map[string]*fixture{"a": a, "b": b} {
			if open := f.disputes(); len(open) != 1 || open[0].Entry != plugin || open[0].Other != `owner = "Cem"` {
				t.Errorf("settles first %t, %s: %+v", settlesFirst, name, open)
			}
		}
		if text := a.Git("show", "mgit:disputes.toml"); !strings.HasPrefix(text, "#") {
			t.Errorf("settles first %t:\n%s", settlesFirst, text)
		}
	}
}

// A command that sets a value settles what was disputed about it. Taken back, it has
// not: the other value is on the list again, and can be chosen.
func TestUndoOpensWhatARunSettled(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	origin.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	origin.shared("mgit.toml", "format = 1\n[branch.mod_x]\nreason = \"x\"\n")
	origin.rebaseAll()
	a, b := origin.colleague(), origin.colleague()
	for f, words := range map[*fixture][2]string{a: {"Ann", "held"}, b: {"Ben", "tested"}} {
		f.shared("mgit.toml", "format = 1\n[branch.mod_x]\nreason = \""+words[0]+"\"\n")
		f.ledger(strings.Replace(f.ledgerText(), `state = "moved"`, `state = "`+words[1]+`"`, 1) + "\n")
	}
	b.sync()
	a.sync()
	want := a.disputes()
	if len(want) != 2 {
		t.Fatalf("%+v", want)
	}
	reason := "Cem"
	edit, err := job.PlanConfigValue(t.Context(), a.open(""), "branch.mod_x.reason", &reason)
	if err == nil {
		_, err = edit.Apply(t.Context())
	}
	if open := a.disputes(); err != nil || len(open) != 1 {
		t.Fatalf("%+v, %v", open, err)
	}
	undo := func() {
		t.Helper()
		if _, _, err := job.UndoRun(t.Context(), a.open(""), 0, false); err != nil {
			t.Fatal(err)
		}
		open := a.disputes()
		if len(open) != 2 || open[0] != want[0] || open[1] != want[1] {
			t.Errorf("open: %+v, want %+v", open, want)
		}
	}
	undo()
	a.Git("fetch", "-q", "origin", "refs/heads/*:refs/remotes/origin/*")
	if a.rebaseAll(); len(a.disputes()) != 1 {
		t.Fatalf("%+v", a.disputes())
	}
	undo()
	if _, _, err := job.Settle(t.Context(), a.open(""), job.SettleRequest{IDs: []string{want[0].ID}, Other: true}); err != nil {
		t.Error(err)
	}
}

// A list that nobody can read is not an empty one, for those who ask; it keeps nobody
// from anything else.
func TestSpoiltDisputesAreNotNone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(hack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hacked"}))
	f.rebaseAll()
	for _, spoilt := range []string{"format = 1\n[dispute=\n", "format = 1\ndispute = 3\n", "format = 1\n[dispute.a]\nfile = \"mgit.toml\"\nkey = \"customer\"\n"} {
		f.shared("disputes.toml", spoilt)
		if open, err := job.Disputes(t.Context(), f.open("")); err == nil || !strings.Contains(err.Error(), "disputes.toml:2: ") {
			t.Errorf("%q: %+v, %v", spoilt, open, err)
		}
		if a, err := job.CheckUpgrade(t.Context(), f.open(""), series(4, 5)); err == nil {
			t.Errorf("%q: complete %t", spoilt, a.Complete)
		}
		if check, err := job.CheckConfig(t.Context(), f.open("")); err != nil || len(check.Problems) != 1 || check.Problems[0].File != "disputes.toml" || check.Problems[0].Line != 2 {
			t.Errorf("%q: %+v, %v", spoilt, check, err)
		}
		f.owned(hack, "Ann "+spoilt)
	}
}
