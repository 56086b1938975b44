package job_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/rebase"
)

// to51 moves the branches to the release that has its code below public/.
func to51(r *job.RebaseAllRequest) { r.Tag = "v5.1.0" }

// across makes a branch that adds a plugin, one that hacks a file that 5.1 has elsewhere,
// and one that conflicts.
func (f *fixture) across() {
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n", "mod/ouwiki/view.php", "<?php\n")
	f.branch(hack, "v4.1.0", "lib.php", text(40, map[int]string{15: "hacked"}), "course/lib.php", text(40, map[int]string{3: "hacked"}))
	f.branch(stuck, "v4.1.0", "mod/forum/own.php", "own\n", "lib.php", text(40, map[int]string{5: "ours"}))
}

// files lists the files that a commit has and base has not, or has otherwise.
func (f *fixture) files(base, rev string) string {
	f.t.Helper()
	return strings.ReplaceAll(f.Git("diff", "--name-only", "--no-renames", base, rev), "\n", " ")
}

func relocations(b job.BranchReport) string {
	var all []string
	for _, r := range b.Relocated {
		all = append(all, string(r.From)+">"+string(r.To))
	}
	return strings.Join(all, " ")
}

// Every branch arrives below public/: a new plugin, a hack in a file that upstream has
// changed as well, and a true conflict is one at the new path.
func TestBelowPublic(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.across()
	f.branch("LUVLE-4.1-hack-core-config", "v4.1.0", "lib/components.json", "{}", ".gitignore", "x\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict", "LUVLE-4.1-hack-core-config": "conflict"})
	for _, want := range []struct{ branch, files, relocated string }{
		{plugin, "public/mod/ouwiki/lib.php public/mod/ouwiki/view.php", "mod/ouwiki>public/mod/ouwiki"},
		{hack, "public/course/lib.php public/lib.php", "course/lib.php>public/course/lib.php lib.php>public/lib.php"},
	} {
		b := f.reportOf(report, want.branch)
		if got := f.files("v5.1.0", b.NewName); got != want.files {
			t.Errorf("%s: %s, want %s", want.branch, got, want.files)
		}
		if got := relocations(b); got != want.relocated {
			t.Errorf("%s: %s, want %s", want.branch, got, want.relocated)
		}
	}
	if c := f.reportOf(report, stuck).Conflicts; len(c) != 1 || c[0].Path != "public/lib.php" {
		t.Errorf("%+v", c)
	}
	if c := f.reportOf(report, "LUVLE-4.1-hack-core-config").Conflicts; len(c) != 1 || c[0].Path != "lib/components.json" {
		t.Errorf("%+v", c)
	}
	if again, run := f.rebaseAll(to51); run != 0 {
		t.Errorf("a second run did something: %v", outcomes(again))
	}
}

// A branch that stands on the newer layout already goes with the others, in either
// direction.
func TestOneBranchOfTheOtherLayout(t *testing.T) {
	t.Parallel()
	const odd = "LUVLE-4.1-hack-core-odd"
	f := newFixture(t)
	f.across()
	f.branch(odd, "v5.1.0", "public/mod/odd/lib.php", "odd\n", "public/course/lib.php", text(40, map[int]string{3: "odd"}))
	report, _ := f.rebaseAll()
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict", odd: "clean"})
	b := f.reportOf(report, odd)
	if got := f.files("v4.5.0", b.NewName); got != "course/lib.php mod/odd/lib.php" {
		t.Error(got)
	}
	if got := relocations(b); got != "public/course/lib.php>course/lib.php public/mod/odd>mod/odd" {
		t.Error(got)
	}
}

// After a merge of the new release, as git makes it, a branch's own plugin is still at its
// old place. What is added there afterwards is not left behind when the rest moves.
func TestWhatIsAddedAtTheOldPlaceAfterAMergeWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(plugin, "v4.1.0", "mod/ouwiki/lib.php", "<?php\n")
	f.Git("checkout", "-q", plugin)
	f.Git("-c", "merge.directoryRenames=false", "merge", "-q", "--no-edit", "v5.1.0")
	f.add("mod/ouwiki/lib.php", "<?php // edited\n", "mod/ouwiki/view.php", "<?php // a view\n", "mod/ouwiki/late.php", "<?php // late\n", "public/mod/ouwiki/more.php", "<?php // more\n")
	f.Detach()
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "conflict"})
	b := f.reportOf(report, plugin)
	if c := b.Conflicts; len(c) != 1 || c[0].Path != "mod/ouwiki/view.php" || c[0].Kind != rebase.KindMisplaced {
		t.Errorf("%+v", c)
	}
	resolving, w := f.resolve(plugin)
	if resolving.Stop == nil || resolving.Stop.Number != 1 || len(resolving.Conflicts) != 1 {
		t.Fatalf("%+v", resolving)
	}
	w.Git("mv", "mod/ouwiki/view.php", "public/mod/ouwiki/view.php")
	if resolving = f.proceed(); resolving.Stop == nil || resolving.Stop.Number != 2 || len(resolving.Conflicts) != 1 {
		t.Fatalf("%+v", resolving)
	}
	w.Git("mv", "mod/ouwiki/late.php", "public/mod/ouwiki/late.php")
	if resolving = f.proceed(); resolving.Outcome != "resolved" || !resolving.Commits.Holds() {
		t.Fatalf("%+v", resolving)
	}
	if got := f.files("v5.1.0", resolving.NewName); got != "public/mod/ouwiki/late.php public/mod/ouwiki/lib.php public/mod/ouwiki/more.php public/mod/ouwiki/view.php" {
		t.Error(got)
	}
}

const uncertain = "LUVLE-4.1-hack-core-deploy"

// What nobody knows is parked with the places it may have, and a setting settles it for
// all branches.
func TestNoCertainPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(uncertain, "v4.1.0", "course/lib.php", text(40, map[int]string{3: "mine"}), "deploy/run.sh", "x\n", "robots.txt", "x\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{uncertain: "conflict"})
	b := f.reportOf(report, uncertain)
	if b.Commits.Kept != 1 || b.Commits.Waiting != 2 || !b.Commits.Holds() {
		t.Errorf("%+v", b.Commits)
	}
	if c := b.Conflicts; len(c) != 1 || c[0].Path != "deploy" || c[0].Kind != rebase.KindUnplaced || !slices.Equal(c[0].Proposals, job.Paths{"deploy", "public/deploy"}) {
		t.Errorf("%+v", c)
	}
	f.shared("mgit.toml", "format = 1\n[layout]\nroot = [\"deploy\"]\npublic = [\"robots.txt\"]\n")
	report, _ = f.rebaseAll(to51)
	f.want(report, map[string]string{uncertain: "clean"})
	if got := f.files("v5.1.0", f.reportOf(report, uncertain).NewName); got != "deploy/run.sh public/course/lib.php public/robots.txt" {
		t.Error(got)
	}
}

// A person places paths in the worktree: the rebase stops at each commit that needs it.
// What comes later goes where they put it.
func TestPlacedByAPerson(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(uncertain, "v4.1.0", "deploy/run.sh", "x\n", "course/lib.php", text(40, map[int]string{3: "mine"}), "robots.txt", "x\n")
	f.rebaseAll(to51)
	b, w := f.resolve(uncertain)
	if b.Standing != job.StandingStopped || b.Stop == nil || b.Stop.Number != 1 || len(b.Conflicts) != 1 || b.Conflicts[0].Path != "deploy" {
		t.Fatalf("%+v", b)
	}
	w.Git("mv", "deploy", "public/deploy")
	b = f.proceed()
	if b.Standing != job.StandingStopped || b.Stop == nil || b.Stop.Number != 3 || b.Conflicts[0].Path != "robots.txt" {
		t.Fatalf("%+v", b)
	}
	if b = f.proceed(); b.Outcome != "resolved" || !b.Commits.Holds() || b.Commits.Kept != 3 {
		t.Fatalf("%+v", b)
	}
	name := b.NewName
	if got := f.files("v5.1.0", name); got != "public/course/lib.php public/deploy/run.sh robots.txt" {
		t.Error(got)
	}
	if got := f.log("v5.1.0", name); got != "change deploy/run.sh, change course/lib.php, change robots.txt" {
		t.Error(got)
	}
	f.on(uncertain, "deploy/more.sh", "y\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{uncertain: "updated"})
	if got := f.files("v5.1.0", name); got != "public/course/lib.php public/deploy/more.sh public/deploy/run.sh robots.txt" {
		t.Error(got)
	}
}

// What a person has placed for one branch is placed for one that is stacked on it: it
// stands on the commits of the lower one, as it does without a move.
func TestPlacedForAStackedBranch(t *testing.T) {
	t.Parallel()
	const upper = uncertain + "-upper"
	f := newFixture(t)
	f.branch(uncertain, "v4.1.0", "deploy/run.sh", "x\n", "robots.txt", "x\n")
	f.branch(upper, uncertain, "deploy/upper.sh", "y\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{uncertain: "conflict", upper: "conflict"})
	_, w := f.resolve(uncertain)
	w.Git("mv", "deploy", "public/deploy")
	f.proceed()
	if b := f.proceed(); b.Outcome != "resolved" {
		t.Fatalf("%+v", b)
	}
	report, _ = f.rebaseAll(to51)
	f.want(report, map[string]string{uncertain: "unchanged", upper: "clean"})
	lower, name := f.reportOf(report, uncertain).NewName, f.reportOf(report, upper).NewName
	if got := f.files("v5.1.0", name); got != "public/deploy/run.sh public/deploy/upper.sh robots.txt" {
		t.Error(got)
	}
	if got := f.log(lower, name); got != "change deploy/upper.sh" {
		t.Errorf("it does not stand on the lower branch: %s", got)
	}
}

// The commit whose paths wait for a place can be left out, and the work be given up.
func TestUnplacedIsSkippedOrAborted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(uncertain, "v4.1.0", "deploy/run.sh", "x\n", "course/lib.php", text(40, map[int]string{3: "mine"}))
	f.rebaseAll(to51)
	before := f.refs()
	f.resolve(uncertain)
	if _, err := job.Abort(t.Context(), f.open(""), job.AbortRequest{Branches: []string{uncertain}}, false); err != nil {
		t.Fatal(err)
	}
	if f.refs() != before {
		t.Error("giving up left something")
	}
	f.resolve(uncertain)
	skip := func(dryRun bool) job.ResolvedBranch {
		t.Helper()
		r, err := job.Skip(t.Context(), f.open(""), job.SkipRequest{Branch: uncertain, Reason: "not any more"}, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		return r.Branches[0]
	}
	b := skip(true)
	if b.Commits.Dropped != 1 || b.Commits.Kept != 1 || !b.Commits.Holds() {
		t.Errorf("dry run: %+v", b)
	}
	if b = skip(false); b.Outcome != "resolved" || b.Commits.Dropped != 1 || b.Commits.Kept != 1 || !b.Commits.Holds() {
		t.Errorf("%+v", b)
	}
	if got := f.files("v5.1.0", b.NewName); got != "public/course/lib.php" {
		t.Error(got)
	}
}

// A true conflict across the move is resolved in an ordinary rebase, and the resolution
// is used again.
func TestConflictAcrossTheMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.across()
	f.on(stuck, "mod/late/lib.php", "late\n")
	f.rebaseAll(to51)
	b, w := f.resolve(stuck)
	if len(b.Conflicts) != 1 || b.Conflicts[0].Path != "public/lib.php" {
		t.Fatalf("%+v", b)
	}
	w.Write("public/lib.php", text(40, map[int]string{5: "resolved", 30: "new in 4.5"}))
	w.Git("add", "-A")
	dry, err := job.Continue(t.Context(), f.open(""), job.ContinueRequest{}, true)
	if err != nil || !dry.Branches[0].Commits.Holds() || dry.Branches[0].Commits.Waiting != 0 {
		t.Errorf("%+v, %v", dry.Branches, err)
	}
	if b = f.proceed(); b.Outcome != "resolved" || b.Commits.Kept != 3 || !b.Commits.Holds() {
		t.Fatalf("%+v", b)
	}
	if got := f.files("v5.1.0", b.NewName); got != "public/lib.php public/mod/forum/own.php public/mod/late/lib.php" {
		t.Error(got)
	}
	f.Git("branch", "LUVLE-4.1-hack-core-twin", stuck)
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "unchanged", hack: "unchanged", stuck: "unchanged", "LUVLE-4.1-hack-core-twin": "resolved"})
}

// A submodule moves; that .gitmodules names its old path is said.
func TestSubmoduleMoves(t *testing.T) {
	t.Parallel()
	const sub = "LUVLE-4.1-feature-local_sub"
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", sub, "v4.1.0")
	f.Write(".gitmodules", "[submodule \"sub\"]\n\tpath = local/sub\n\turl = https://example.org/sub.git\n")
	f.Git("add", ".gitmodules")
	f.Git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",local/sub")
	f.Git("commit", "-q", "-m", "a submodule")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	report, _ := f.rebaseAll(to51)
	b := f.reportOf(report, sub)
	if b.Outcome != "clean" || relocations(b) != "local/sub>public/local/sub" || !strings.Contains(b.Reason, ".gitmodules still names the old path") {
		t.Errorf("%+v", b)
	}
	if got := f.Git("ls-tree", "-r", b.NewName, "public/local"); !strings.HasPrefix(got, "160000") {
		t.Error(got)
	}
}

// A link keeps its text. That the move took away what it names is said, and nothing of one
// that leads to the same as before, outside of the tree, or led nowhere before.
func TestLinkWhoseTargetMovedAway(t *testing.T) {
	t.Parallel()
	const links = "LUVLE-4.1-hack-core-links"
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", links, "v4.1.0")
	for at, text := range map[string]string{
		"mod/gone.php": "../composer.json", "mod/same.php": "../course/lib.php", "mod/abs": "/course/lib.php",
		"mod/out": "../../course/lib.php", "mod/nowhere": "nothing", "composer.link": "course/lib.php",
	} {
		f.Write("text", text)
		f.Git("update-index", "--add", "--cacheinfo", "120000,"+f.Git("hash-object", "-w", "text")+","+at)
	}
	f.Remove("text")
	f.Write("composer.json", "{}\n")
	f.Git("add", "composer.json")
	f.Git("commit", "-q", "-m", "links")
	f.Git("checkout", "-q", "-f", "--detach", "v4.1.0")
	f.shared("mgit.toml", "format = 1\n[layout]\nroot = [\"composer.json\", \"composer.link\"]\n")
	report, _ := f.rebaseAll(to51)
	b := f.reportOf(report, links)
	const want = "the link composer.link names course/lib.php, which is elsewhere now: edit it; " +
		"the link public/mod/gone.php names ../composer.json, which is elsewhere now: edit it"
	if b.Outcome != "clean" || b.Reason != want {
		t.Errorf("%s: %s", b.Outcome, b.Reason)
	}
}

// Merges inside a branch: of a side line with a resolution by hand, and of the release
// with the other layout, after which somebody has put the plugin right.
func TestMergesAcrossTheMove(t *testing.T) {
	t.Parallel()
	const side, over = "LUVLE-4.1-feature-mod_side", "LUVLE-4.1-feature-mod_over"
	f := newFixture(t)
	f.branch(side, "v4.1.0", "mod/side/lib.php", text(20, nil))
	f.Git("checkout", "-q", "-b", "topic", side)
	f.add("mod/side/lib.php", text(20, map[int]string{4: "topic"}))
	f.on(side, "mod/side/view.php", "view\n")
	f.Git("checkout", "-q", side)
	f.Git("merge", "-q", "--no-ff", "--no-commit", "topic")
	f.Write("mod/side/lib.php", text(20, map[int]string{4: "topic", 16: "by hand"}))
	f.Commit("merge topic")
	f.Git("branch", "-q", "-D", "topic")

	f.Git("checkout", "-q", "-b", over, "v4.5.0")
	f.add("mod/over/lib.php", "one\n")
	f.Git("-c", "merge.directoryRenames=false", "merge", "-q", "-m", "merge 5.1", "v5.1.0")
	f.Git("mv", "mod/over", "public/mod/over")
	f.Commit("put it right")
	f.add("public/mod/over/lib.php", "two\n")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{side: "clean", over: "clean"})
	for name, want := range map[string]string{
		side: text(20, map[int]string{4: "topic", 16: "by hand"}),
		over: "two\n",
	} {
		b := f.reportOf(report, name)
		plugin := strings.TrimPrefix(name, "LUVLE-4.1-feature-mod_")
		if got := f.files("v5.1.0", b.NewName); !strings.HasPrefix(got, "public/mod/"+plugin+"/lib.php") || strings.Contains(got, " mod/") {
			t.Errorf("%s: %s", name, got)
		}
		if got := f.Git("show", b.NewName+":public/mod/"+plugin+"/lib.php"); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if b := f.reportOf(report, side); b.Merges.ByHand != 1 || !b.Commits.Holds() {
		t.Errorf("%+v", b)
	}
}

// Deletions, renames and modes, of files whose folder is split.
func TestChangesOfEveryKind(t *testing.T) {
	t.Parallel()
	const all = "LUVLE-4.1-hack-core-all"
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", all, "v4.1.0")
	f.Git("rm", "-q", "course/lib.php")
	f.Commit("delete")
	f.Git("mv", "mod/forum/lib.php", "mod/forum/locallib.php")
	f.Commit("rename")
	if err := os.Chmod(filepath.Join(f.Path, "mod/forum/locallib.php"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.Commit("mode")
	f.add("lib/mine.php", "x\n", "mod/a b\t/\"q\".php", "x\n")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	report, _ := f.rebaseAll(to51)
	b := f.reportOf(report, all)
	if b.Outcome != "clean" {
		t.Fatalf("%+v", b)
	}
	got := f.Git("-c", "core.quotePath=false", "diff", "--raw", "--no-renames", "--abbrev=4", "v5.1.0", b.NewName)
	for _, want := range []string{
		"D\tpublic/course/lib.php", "A\tpublic/lib/mine.php", "D\tpublic/mod/forum/lib.php", ":000000 100755", "A\tpublic/mod/forum/locallib.php", `A	"public/mod/a b\t/\"q\".php"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// A dry run leaves nothing behind, also no trees.
func TestDryRunAcrossTheMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.across()
	before, objects := f.refs(), f.Git("count-objects", "-v")
	report, run, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v5.1.0", Evidence: true}, true)
	if err != nil || run != 0 {
		t.Fatal(run, err)
	}
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict"})
	if f.refs() != before || f.Git("count-objects", "-v") != objects {
		t.Error("something was left behind")
	}
}

// A setting that would leave a plugin outside of public/ does not get through, in a new
// plugin and in one of Moodle's.
func TestMisplacedIsParked(t *testing.T) {
	t.Parallel()
	const inside = "LUVLE-4.1-hack-mod_forum-more"
	f := newFixture(t)
	f.across()
	f.branch(inside, "v4.1.0", "mod/forum/more.php", "x\n")
	f.shared("mgit.toml", "format = 1\n[layout]\nroot = [\"mod\"]\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "conflict", hack: "clean", stuck: "conflict", inside: "conflict"})
	for name, want := range map[string]string{plugin: "mod/ouwiki", inside: "mod/forum/more.php", stuck: "mod/forum/own.php"} {
		b := f.reportOf(report, name)
		c := b.Conflicts[0]
		if c.Kind != rebase.KindUnplaced || !strings.HasPrefix(string(c.Path), want) || !strings.HasPrefix(c.Proposals[0], "public/"+want) || !b.Commits.Holds() {
			t.Errorf("%+v", b)
		}
	}
}

// Stacked branches go on sharing commits, also when the upper one comes in a later run.
func TestStackedBranchesAcrossTheMove(t *testing.T) {
	t.Parallel()
	const upper = "LUVLE-4.1-feature-mod_ouwiki-more"
	f := newFixture(t)
	f.across()
	f.branch(upper, plugin, "mod/ouwiki/more.php", "more\n")
	f.rebaseAll(to51, func(r *job.RebaseAllRequest) { r.Only = []string{plugin} })
	f.on(upper, "mod/ouwiki/last.php", "last\n")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "unchanged", hack: "clean", stuck: "conflict", upper: "clean"})
	lower, higher := f.reportOf(report, plugin).NewName, f.reportOf(report, upper).NewName
	if got := f.log(lower, higher); got != "change mod/ouwiki/more.php, change mod/ouwiki/last.php" {
		t.Error(got)
	}
	if got := f.files(lower, higher); got != "public/mod/ouwiki/last.php public/mod/ouwiki/more.php" {
		t.Error(got)
	}
}

// A branch that stands on no release has no layout to come from: it fails, and nothing of
// it lands outside of public/.
func TestBranchWithoutARelease(t *testing.T) {
	t.Parallel()
	const alone = "LUVLE-4.1-feature-mod_alone"
	f := newFixture(t)
	f.across()
	f.Git("checkout", "-q", "--orphan", alone)
	f.Git("rm", "-r", "-q", "-f", ".")
	f.add("mod/alone/lib.php", "x\n")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	report, _ := f.rebaseAll(to51)
	f.want(report, map[string]string{plugin: "clean", hack: "clean", stuck: "conflict", alone: "failed"})
	if b := f.reportOf(report, alone); !strings.Contains(b.Reason, "not a Moodle tree") || !b.Commits.Holds() {
		t.Errorf("%+v", b)
	}
}

// A conflict in the same commit as a path without a place: both are settled at one stop.
func TestConflictAndNoPlaceAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", uncertain, "v4.1.0")
	f.Write("lib.php", text(40, map[int]string{5: "ours"}))
	f.add("robots.txt", "x\n")
	f.add("course/lib.php", text(40, map[int]string{3: "mine"}))
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	f.rebaseAll(to51)
	b, w := f.resolve(uncertain)
	var kinds []string
	for _, c := range b.Conflicts {
		kinds = append(kinds, string(c.Path)+" "+c.Kind)
	}
	if got := strings.Join(kinds, ", "); got != "public/lib.php CONFLICT (contents), robots.txt "+rebase.KindUnplaced {
		t.Error(got)
	}
	w.Git("mv", "robots.txt", "public/robots.txt")
	w.Write("public/lib.php", text(40, map[int]string{5: "both", 30: "new in 4.5"}))
	w.Git("add", "-A")
	if b = f.proceed(); b.Outcome != "resolved" || b.Commits.Kept != 2 || !b.Commits.Holds() {
		t.Fatalf("%+v", b)
	}
	if got := f.files("v5.1.0", b.NewName); got != "public/course/lib.php public/lib.php public/robots.txt" {
		t.Error(got)
	}
}

// Who ends the rebase with git alone has placed what it stopped at.
func TestPlacedWithGitAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(uncertain, "v4.1.0", "deploy/run.sh", "x\n", "robots.txt", "x\n")
	f.rebaseAll(to51)
	_, w := f.resolve(uncertain)
	w.Git("mv", "deploy", "public/deploy")
	w.Git("commit", "-q", "--amend", "--no-edit")
	w.Git("-c", "core.editor=:", "rebase", "--continue")
	w.Git("-c", "core.editor=:", "rebase", "--continue")
	b := f.proceed()
	if b.Outcome != "resolved" || b.Commits.Kept != 2 || !b.Commits.Holds() {
		t.Fatalf("%+v", b)
	}
	if got := f.files("v5.1.0", b.NewName); got != "public/deploy/run.sh robots.txt" {
		t.Error(got)
	}
}
