package job_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
)

func (f *fixture) rangeDiff(name string) *job.RangeDiffReport {
	f.t.Helper()
	report, err := job.RangeDiff(f.t.Context(), f.open(""), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// What became of each commit is told for a branch that an upgrade made, and for one that
// only has the name; an old branch that is gone is compared as it was carried.
func TestRangeDiff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const old, moved = "LUVLE-4.1-hack-core-a", "LUVLE-4.5-hack-core-a"
	f.branch(old, "v4.1.0", "a.php", "1\n", "lib.php", text(40, map[int]string{20: "ours"}), "b.php", "1\n")
	f.branch("LUVLE-4.1-hack-core-b", "v4.1.0", "c.php", "1\n")
	f.rebaseAll()
	f.Git("checkout", "-q", moved)
	f.Write("a.php", "1\nmore\n")
	f.Commit("  Only   here")
	f.Detach()
	f.on(old, "d.php", "late\n")
	commits := func(base, name string) []string {
		return strings.Fields(f.Git("rev-list", "--reverse", base+".."+name))
	}
	before, after := commits("v4.1.0", old), commits("v4.5.0", moved)
	var want []string
	for i := range 3 {
		want = append(want, before[i]+" same "+after[i])
	}
	want = append(want, before[3]+" dropped ", " added "+after[3])
	check := func(name string, want []string) {
		t.Helper()
		r := f.rangeDiff(moved)
		var got []string
		for _, p := range r.Pairs {
			got = append(got, p.Old.String()+" "+p.Change+" "+p.New.String())
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: pairs\n%s\nwant\n%s\nof\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"), r.Text)
		}
		if r.Old.Branch != old || r.Old.Base.Tag != "v4.1.0" || r.New.Branch != moved || r.New.Base.Tag != "v4.5.0" {
			t.Errorf("%s: ends %+v and %+v", name, r.Old, r.New)
		}
		judge := f.Git("range-diff", "--no-color", "--no-dual-color", "v4.1.0.."+r.Old.Tip.String(), "v4.5.0.."+moved)
		if r.Text != judge {
			t.Errorf("%s: %q, git says %q", name, r.Text, judge)
		}
	}
	check("new commits on both sides", want)
	if p := f.rangeDiff(moved).Pairs[4]; p.Subject != "Only   here" {
		t.Errorf("subject %q", p.Subject)
	}
	f.Git("branch", "-D", old)
	check("the old branch is gone", append(want[:3:3], want[4]))
	f.Git("branch", "LUVLE-5.1-hack-core-a", moved)
	if r := f.rangeDiff("LUVLE-5.1-hack-core-a"); r.Old.Branch != moved || len(r.Pairs) != 4 {
		t.Errorf("by name: %+v", r)
	}
	if r := f.rangeDiff("LUVLE-4.1-hack-core-b"); r != nil {
		t.Errorf("the first version of a branch is compared with %+v", r.Old)
	}
	if _, err := job.RangeDiff(t.Context(), f.open(""), "nothing"); err == nil {
		t.Error("no branch is no error")
	}
}
