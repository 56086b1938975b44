package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/job"
)

const siteTOML = `format = 1

[branch."mod_forum-subject"]
reason = "Teachers want short subjects"
ticket = "LU-77"
owner = "ruth"
requires = ["local_xx"]
paths = ["mod/forum/lib.php"]
`

func (f *fixture) status(request job.StatusRequest) *job.StatusReport {
	f.t.Helper()
	report, err := job.Status(f.t.Context(), f.open(""), request)
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

// find returns the status of a branch, which must be in the report once.
func find(t *testing.T, r *job.StatusReport, name string) job.BranchStatus {
	t.Helper()
	i := slices.IndexFunc(r.Branches, func(b job.BranchStatus) bool { return b.Name == name })
	if i < 0 {
		t.Fatalf("%s is not in the report", name)
	}
	return r.Branches[i]
}

// target merges branches into a target as Git words it, one commit each.
func (f *fixture) target(name, from string, merged ...string) {
	f.t.Helper()
	if _, err := f.TryGit("rev-parse", "--verify", "--quiet", name); err == nil {
		f.Git("checkout", "-q", name)
	} else {
		f.Git("checkout", "-q", "-b", name, from)
	}
	for _, b := range merged {
		f.Git("merge", "-q", "--no-ff", "--no-edit", b)
		f.Tick()
	}
	f.Detach()
}

// What a branch stands on is found from its history; every way to differ from the
// first release of its series is named.
func TestStatusBases(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-plain", "v4.1.0", "a.php", "1\n", "a.php", "2\n")
	f.branch("LUVLE-4.1-hack-core-minor", "v4.1.1", "b.php", "1\n")
	f.branch("LUVLE-4.1-hack-core-series", "v4.5.0", "c.php", "1\n")
	f.branch("LUVLE-4.1-hack-core-several", "v4.1.0", "d.php", "1\n")
	f.Git("checkout", "-q", "LUVLE-4.1-hack-core-several")
	f.Git("merge", "-q", "--no-edit", "v4.1.1")
	f.Git("checkout", "-q", "--detach", "refs/remotes/upstream/MOODLE_401_STABLE")
	f.Write("weekly.php", "weekly\n")
	f.Commit("weekly release")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", "HEAD")
	f.branch("LUVLE-4.1-hack-core-weekly", "HEAD", "e.php", "1\n")
	f.Git("branch", "LUVLE-4.1-hack-core-empty", "v4.1.0")
	f.Git("branch", "LUVLE-4.1-hack-core-made", "v4.1.1")
	f.Git("branch", "LUVLE-4.1-hack-core-taken", "refs/remotes/upstream/MOODLE_401_STABLE")
	taken := f.Git("rev-parse", "--short=10", "refs/remotes/upstream/MOODLE_401_STABLE")
	f.Git("branch", "LUVLE-4.1-hack-core-alien", f.Git("commit-tree", "-m", "alien", "v4.1.0^{tree}"))

	r := f.status(job.StatusRequest{Series: "4.1"})
	tests := []struct {
		name, base string
		exception  job.BaseException
		own, merge int
		landed     string
	}{
		{"plain", "v4.1.0", "", 2, 0, ""},
		{"minor", "v4.1.1", job.BaseMinor, 1, 0, ""},
		{"series", "v4.5.0", job.BaseSeries, 1, 0, ""},
		{"several", "v4.1.1", job.BaseSeveral, 2, 1, ""},
		{"weekly", "", job.BaseWeekly, 1, 0, ""},
		{"empty", "v4.1.0", "", 0, 0, ""},
		{"made", "v4.1.1", job.BaseMinor, 0, 0, ""},
		{"taken", "", job.BaseWeekly, 0, 0, taken},
		{"alien", "", job.BaseNone, 1, 0, ""},
	}
	for _, test := range tests {
		b := find(t, r, "LUVLE-4.1-hack-core-"+test.name)
		if b.Base.Tag != test.base || b.Exception != test.exception || b.Commits != test.own || b.Merges != test.merge || b.Landed != test.landed {
			t.Errorf("%s: base %q, exception %q, %d own, %d merges, landed %q; want %+v",
				test.name, b.Base.Tag, b.Exception, b.Commits, b.Merges, b.Landed, test)
		}
	}
	if len(r.Branches) != len(tests) {
		t.Errorf("%d branches, want %d", len(r.Branches), len(tests))
	}
	several := find(t, r, "LUVLE-4.1-hack-core-several").Bases
	if len(several) != 2 || several[0].Tag != "v4.1.0" || several[1].Tag != "v4.1.1" {
		t.Errorf("bases of several: %v", several)
	}
}

// Which branches a target has is told by its history, also of branches that share
// commits; git merge-base --is-ancestor is the judge of "whole".
func TestStatusTargets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-feature-local_aa", "v4.1.0", "local/a/1.php", "1\n")
	f.branch("LUVLE-4.1-feature-local_bb", "v4.1.0", "local/b/1.php", "1\n")
	f.branch("LUVLE-4.1-feature-local_cc", "v4.1.0", "local/c/1.php", "1\n")
	f.branch("LUVLE-4.1-feature-local_rewritten", "v4.1.0", "local/r/1.php", "1\n")
	// upper is stacked on lower, which is merged; fork shares lower's commit and has gone another way.
	f.branch("LUVLE-4.1-feature-local_lower", "v4.1.0", "local/l/1.php", "1\n")
	f.branch("LUVLE-4.1-feature-local_upper", "LUVLE-4.1-feature-local_lower", "local/u/1.php", "1\n")
	f.branch("LUVLE-4.1-feature-local_fork", "LUVLE-4.1-feature-local_lower", "local/f/1.php", "1\n")
	f.target("LUVLE-4.1-test", "v4.1.0", "LUVLE-4.1-feature-local_aa", "LUVLE-4.1-feature-local_bb",
		"LUVLE-4.1-feature-local_rewritten", "LUVLE-4.1-feature-local_lower")
	f.Git("branch", "LUVLE-4.1-deployment", "LUVLE-4.1-feature-local_cc") // fast-forwarded: no merge names it
	f.on("LUVLE-4.1-feature-local_bb", "local/b/2.php", "2\n", "local/b/3.php", "3\n")
	f.on("LUVLE-4.1-feature-local_cc", "local/c/2.php", "2\n")
	f.Git("checkout", "-q", "LUVLE-4.1-feature-local_rewritten")
	f.Git("commit", "-q", "--amend", "-m", "another message")
	f.Detach()
	f.on("LUVLE-4.1-feature-local_lower", "local/l/2.php", "2\n") // after the fork

	r := f.status(job.StatusRequest{Series: "4.1"})
	const whole, none = 0, -1
	for name, want := range map[string]struct{ test, deployment int }{ // missing commits
		"aa": {whole, none}, "bb": {2, none}, "cc": {none, 1}, "rewritten": {1, none},
		"lower": {1, none}, "upper": {none, none}, "fork": {none, none},
	} {
		b := find(t, r, "LUVLE-4.1-feature-local_"+name)
		for target, want := range map[string]int{"LUVLE-4.1-test": want.test, "LUVLE-4.1-deployment": want.deployment} {
			got := none
			if slices.Contains(b.Targets, target) {
				got = whole
			}
			for _, s := range b.Stale {
				if s.Target == target {
					got = s.Missing
				}
			}
			if got != want {
				t.Errorf("%s in %s: %d missing, want %d", name, target, got, want)
			}
			_, err := f.TryGit("merge-base", "--is-ancestor", b.Name, target)
			if (err == nil) != (got == whole) {
				t.Errorf("%s in %s: git does not agree with %d", name, target, got)
			}
		}
	}
	if len(r.Targets) != 2 || r.Targets[0].Short != "test" || r.Targets[0].Base.Tag != "v4.1.0" {
		t.Errorf("targets: %+v", r.Targets)
	}
	if later := f.status(job.StatusRequest{Series: "4.5"}); len(later.Targets) != 2 || later.Targets[0].Tip != (job.ID{}) {
		t.Errorf("targets of 4.5, which are not built: %+v", later.Targets)
	}
}

// The second look uses what the first found and must say the same, whatever
// changed in between; what it cannot know from that it finds out anew.
func TestStatusRemembers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "a.php", "1\n", "a.php", "2\n")
	f.branch("LUVLE-4.1-hack-core-b", "v4.1.0", "b.php", "1\n")
	cache := filepath.Join(f.Path, ".git", "mgit", "cache", "own-commits")
	steps := []struct {
		name  string
		do    func()
		fresh bool // all has to be walked
	}{
		{"first", func() {}, true},
		{"nothing changed", func() {}, false},
		{"a commit more", func() { f.on("LUVLE-4.1-hack-core-a", "a.php", "3\n") }, false},
		{"a new branch", func() { f.branch("LUVLE-4.1-hack-core-c", "v4.1.0", "c.php", "1\n") }, true},
		{"a branch without commits", func() { f.Git("branch", "LUVLE-4.1-hack-core-d", "v4.1.1") }, false},
		{"a minor merged", func() {
			f.Git("checkout", "-q", "LUVLE-4.1-hack-core-b")
			f.Git("merge", "-q", "--no-edit", "v4.1.1")
			f.Detach()
		}, true},
		{"a commit that upstream took", func() {
			f.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", "LUVLE-4.1-hack-core-a~1")
		}, true},
		{"a damaged cache", func() {
			if err := os.WriteFile(cache, []byte("mgit own-commits 1 0\nedge x\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}, true},
	}
	for _, step := range steps {
		step.do()
		before, _ := os.ReadFile(cache)
		r := f.status(job.StatusRequest{Series: "4.1"})
		after, err := os.ReadFile(cache)
		if err != nil {
			t.Fatal(err)
		}
		if step.fresh && string(before) == string(after) {
			t.Errorf("%s: it was not walked anew", step.name)
		}
		if !step.fresh && string(before) != string(after) {
			t.Errorf("%s: all was walked", step.name)
		}
		for _, b := range r.Branches {
			want := f.Git("rev-list", "--count", b.Name, "--not", "--remotes=upstream", "--tags")
			if got := itoa(b.Commits); got != want {
				t.Errorf("%s: %s has %s own commits, git counts %s", step.name, b.Name, got, want)
			}
		}
	}
}

// Series that are looked at in turn are walked once each.
func TestStatusRemembersSeries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "a.php", "1\n")
	f.branch("LUVLE-4.5-hack-core-a", "v4.5.0", "a.php", "1\n")
	cache := filepath.Join(f.Path, ".git", "mgit", "cache", "own-commits")
	var known string
	for i, series := range []string{"4.1", "4.5", "4.1", "4.5"} {
		if r := f.status(job.StatusRequest{Series: series}); len(r.Branches) != 1 || r.Branches[0].Commits != 1 {
			t.Errorf("%s: %+v", series, r.Branches)
		}
		now, err := os.ReadFile(cache)
		if err != nil {
			t.Fatal(err)
		}
		if i > 1 && string(now) != known {
			t.Errorf("look %d, at %s, walked all", i+1, series)
		}
		known = string(now)
	}
}

// The date is that of writing, whoever moves the branch when; the owner is the one of the
// newest upgrade that names one.
func TestStatusDateAndOwner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.shared("mgit.toml", siteTOML)
	f.branch("LUVLE-4.1-hack-mod_forum-subject", "v4.1.0", "a.php", "1\n", "a.php", "2\n")
	f.branch("LUVLE-4.1-feature-local_xx", "v4.1.0", "local/x/1.php", "1\n")
	f.Git("branch", "LUVLE-4.1-hack-core-new", "v4.1.0")
	broken := f.Git("cat-file", "commit", "LUVLE-4.1-feature-local_xx")
	author := regexp.MustCompile(`(?m)^(author .*>).*$`)
	broken = f.Input(author.ReplaceAllString(broken, "$1 gibberish")+"\n", "hash-object", "-t", "commit", "--literally", "-w", "--stdin")
	f.Git("branch", "LUVLE-4.1-hack-core-undated", broken)
	f.rebaseAll()
	_, _, err := job.Dispose(t.Context(), f.open(""), job.LedgerRequest{Branches: []string{"LUVLE-4.1-feature-local_xx"}, Owner: new("ann")})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"LUVLE-4.1-hack-mod_forum-subject": "ruth", "LUVLE-4.1-feature-local_xx": "ann"}
	for _, series := range []string{"4.1", "4.5"} {
		for name, owner := range want {
			moved := strings.Replace(name, "4.1", series, 1)
			b := find(t, f.status(job.StatusRequest{Series: series}), moved)
			date := f.Git("show", "-s", "--format=%at", name)
			if b.Owner != owner || b.Date == nil || strconv.FormatInt(b.Date.Unix(), 10) != date {
				t.Errorf("%s: owner %q, date %v; want %q and %s", moved, b.Owner, b.Date, owner, date)
			}
		}
	}
	for _, name := range []string{"new", "undated"} {
		if b := find(t, f.status(job.StatusRequest{Series: "4.1"}), "LUVLE-4.1-hack-core-"+name); b.Date != nil {
			t.Errorf("%s: date %v", name, b.Date)
		}
	}
}

// An upgrade that is not finished says what waits: the parked, the changed since,
// the undecided.
func TestStatusUpgrade(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.shared("mgit.toml", siteTOML)
	f.branch("LUVLE-4.1-hack-mod_forum-subject", "v4.1.0", "lib.php", text(40, map[int]string{30: "ours"}), "x.php", "x\n")
	f.branch("LUVLE-4.1-feature-local_xx", "v4.1.0", "local/x/1.php", "1\n")
	f.rebaseAll()
	f.on("LUVLE-4.1-feature-local_xx", "local/x/2.php", "2\n")
	f.branch("LUVLE-4.1-feature-local_late", "v4.1.0", "local/late/1.php", "1\n")
	for _, series := range []string{"4.1", "4.5"} {
		r := f.status(job.StatusRequest{Series: series})
		if len(r.Upgrades) != 1 {
			t.Fatalf("%s: %d unfinished upgrades", series, len(r.Upgrades))
		}
		u := r.Upgrades[0]
		if u.States["parked"] != 1 || u.States["moved"] != 1 {
			t.Errorf("%s: states %v", series, u.States)
		}
		if len(u.Parked) != 1 || !slices.Equal(u.Parked[0].Parked.Paths, []string{"lib.php"}) || u.Parked[0].Parked.Waiting != 2 {
			t.Errorf("%s: parked %+v", series, u.Parked)
		}
		if !slices.Equal(u.Behind, []string{"LUVLE-4.1-feature-local_xx"}) {
			t.Errorf("%s: behind %v", series, u.Behind)
		}
		if !slices.Equal(u.Undecided, []string{"LUVLE-4.1-feature-local_late"}) {
			t.Errorf("%s: undecided %v", series, u.Undecided)
		}
	}
	b := find(t, f.status(job.StatusRequest{All: true}), "LUVLE-4.1-hack-mod_forum-subject")
	if b.State != "parked" || b.Ticket != "LU-77" || len(b.Upgrades) != 1 || b.Upgrades[0].Carried != job.CarriedNot {
		t.Errorf("%+v", b)
	}
	// A rewritten branch is told from one that moved on.
	f.Git("update-ref", "refs/heads/LUVLE-4.1-feature-local_xx", "v4.1.0^{commit}")
	x := find(t, f.status(job.StatusRequest{Series: "4.5"}), "LUVLE-4.5-feature-local_xx")
	if x.Upgrades[0].Carried != job.CarriedRewrite {
		t.Errorf("rewritten: %s", x.Upgrades[0].Carried)
	}
}

func TestStatusPlaces(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-far", "v4.1.0", "a.php", "1\n")
	f.Git("update-ref", "refs/remotes/origin/LUVLE-4.1-hack-core-far", "LUVLE-4.1-hack-core-far")
	f.Git("branch", "-D", "LUVLE-4.1-hack-core-far")
	f.branch("LUVLE-4.1-hack-core-out", "v4.1.0", "b.php", "1\n")
	f.Git("branch", "LUVLE-4.1-hak-core-typo", "v4.1.0")
	dir := filepath.Join(t.TempDir(), "linked")
	f.Git("worktree", "add", "-q", dir, "LUVLE-4.1-hack-core-out")
	r := f.status(job.StatusRequest{})
	if b := find(t, r, "LUVLE-4.1-hack-core-far"); b.Remote != "origin" || b.Ref != "refs/remotes/origin/LUVLE-4.1-hack-core-far" || b.Commits != 1 {
		t.Errorf("only at a remote: %+v", b)
	}
	if b := find(t, r, "LUVLE-4.1-hack-core-out"); b.Remote != "" || filepath.Base(b.Worktree) != "linked" {
		t.Errorf("checked out: %+v", b)
	}
	if len(r.Misnamed) != 1 || r.Misnamed[0].Name != "LUVLE-4.1-hak-core-typo" || !strings.Contains(r.Misnamed[0].Reason, "hak") {
		t.Errorf("misnamed: %+v", r.Misnamed)
	}
	var usage *job.UsageError
	if _, err := job.Status(t.Context(), f.open(""), job.StatusRequest{Series: "4.1", All: true}); !errors.As(err, &usage) {
		t.Errorf("--all with --series: %v", err)
	}
}

// A site without branches is no error: nothing has to be chosen.
func TestStatusEmpty(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, request := range []job.StatusRequest{{}, {All: true}} {
		r := f.status(request)
		if r.Series == nil || len(r.Series) != 0 || r.Branches == nil || len(r.Branches) != 0 {
			t.Errorf("%+v: %+v", request, r)
		}
	}
	f.branch("LUVLE-4.1-hack-core-aa", "v4.1.0", "a.php", "1\n")
	f.branch("LUVLE-4.5-hack-core-aa", "v4.5.0", "a.php", "1\n")
	var usage *job.UsageError
	if _, err := job.Status(t.Context(), f.open(""), job.StatusRequest{}); !errors.As(err, &usage) || !strings.Contains(usage.Hint, "4.1, 4.5") {
		t.Errorf("two series, none in use: %v", err)
	}
}

// While somebody resolves a branch, status and show say where and how far that
// is.
func TestStatusResolving(t *testing.T) {
	t.Parallel()
	f := single(t)
	parked := func() job.ParkedWork {
		t.Helper()
		all := f.status(job.StatusRequest{Series: "4.1"}).Upgrades[0].Parked
		shown := f.show(newStuck).Branch.Upgrades[0].Parked
		if len(all) != 1 || shown == nil || shown.Worktree != all[0].Parked.Worktree || shown.Standing != all[0].Parked.Standing {
			t.Fatalf("status has %+v, show %+v", all, shown)
		}
		return *shown
	}
	is := func(standing job.Standing, worktree string) {
		t.Helper()
		if got := parked(); got.Standing != standing || got.Worktree != worktree {
			t.Errorf("%s in %q, want %s in %q", got.Standing, got.Worktree, standing, worktree)
		}
	}
	is(job.StandingNone, "")
	b, w := f.resolve(stuck)
	is(job.StandingStopped, b.Worktree)
	w.Git("rebase", "--abort")
	is(job.StandingGivenUp, b.Worktree)
	b, w = f.resolve(stuck)
	w.Write("lib.php", resolved())
	w.Git("add", "lib.php")
	w.Git("-c", "core.editor=true", "rebase", "--continue")
	is(job.StandingFinished, b.Worktree)
	w.Git("switch", "-q", "-c", "elsewhere")
	is(job.StandingAstray, b.Worktree)
	w.Git("switch", "-q", "--detach", "v4.1.0")
	is(job.StandingAstray, b.Worktree)
	if err := os.RemoveAll(b.Worktree); err != nil {
		t.Fatal(err)
	}
	is(job.StandingNone, "")
}

// Nothing of a branch without commits can land, whatever a run made of it.
func TestStatusJustMade(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-landed", "v4.1.0", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	f.Git("branch", "LUVLE-4.1-hack-core-made", "v4.1.0")
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{"LUVLE-4.1-hack-core-landed": "landed", "LUVLE-4.1-hack-core-made": "landed"})
	r := f.status(job.StatusRequest{Series: "4.1"})
	for name, want := range map[string]string{"landed": "v4.5.0", "made": ""} {
		if got := find(t, r, "LUVLE-4.1-hack-core-"+name).Landed; got != want {
			t.Errorf("%s: landed in %q, want %q", name, got, want)
		}
	}
}

// A finished upgrade is listed apart as long as its old series is in production,
// and what landed in it was not dropped by anybody.
func TestStatusFinished(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-landed", "v4.1.0", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	f.branch("LUVLE-4.1-feature-local_xx", "v4.1.0", "local/x/1.php", "1\n")
	f.rebaseAll()
	is := func(series string, finished, unfinished int) {
		t.Helper()
		r := f.status(job.StatusRequest{Series: series})
		if len(r.Finished) != finished || len(r.Upgrades) != unfinished {
			t.Errorf("%s: %d finished and %d not, want %d and %d", series, len(r.Finished), len(r.Upgrades), finished, unfinished)
		}
	}
	is("4.1", 1, 0)
	is("4.5", 0, 0)
	u := f.status(job.StatusRequest{Series: "4.1"}).Finished[0]
	if u.States["moved"] != 1 || u.States["dropped"] != 1 || u.Landed != 1 {
		t.Errorf("states %v, %d landed", u.States, u.Landed)
	}
	f.shared("mgit.toml", "format = 1\nseries = \"4.1\"\n")
	is("4.1", 1, 0)
	f.on("LUVLE-4.1-feature-local_xx", "local/x/2.php", "2\n")
	is("4.1", 0, 1)
	f.rebaseAll()
	is("4.1", 1, 0)
	f.shared("mgit.toml", "format = 1\nseries = \"4.5\"\n")
	is("4.1", 0, 0)
}
