package job_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/rebase"
)

const forumHack = "LUVLE-4.1-hack-mod_forum"

// upstream commits onto a branch of upstream and fetches it, so to say.
func (f *fixture) upstream(branch, message string, pathsAndTexts ...string) string {
	f.t.Helper()
	ref := "refs/remotes/upstream/" + branch
	f.Git("checkout", "-q", "--detach", ref)
	for p := range slices.Chunk(pathsAndTexts, 2) {
		f.Write(p[0], p[1])
	}
	f.Commit(message)
	f.Git("update-ref", ref, "HEAD")
	return f.Head()
}

// line makes a branch of upstream.
func (f *fixture) line(name, from string) {
	f.t.Helper()
	f.Git("update-ref", "refs/remotes/upstream/"+name, f.Git("rev-parse", from+"^{commit}"))
}

func (f *fixture) pick(branch string, commits ...string) *job.PickReport {
	f.t.Helper()
	report, _, err := f.tryPick(job.PickRequest{Branch: branch, Commits: commits})
	if err != nil {
		f.t.Fatal(err)
	}
	return report
}

func (f *fixture) tryPick(request job.PickRequest) (*job.PickReport, int, error) {
	f.t.Helper()
	site := f.open("")
	report, run, err := job.Pick(f.t.Context(), site, request)
	return report, run, errors.Join(err, site.Close())
}

// picked says in a line what became of every commit.
func picked(r *job.PickReport) string {
	var words []string
	for _, s := range r.Skipped {
		words = append(words, "skipped "+s.Subject)
	}
	for _, p := range r.Picked {
		words = append(words, p.Outcome+" "+p.Subject)
	}
	return r.Outcome + ": " + strings.Join(words, ", ")
}

func (f *fixture) wantPicked(r *job.PickReport, want string) {
	f.t.Helper()
	if got := picked(r); got != want {
		f.t.Errorf("picked\n%s\nwant\n%s", got, want)
	}
}

// A fix stands on several lines. The one of the branch's own series counts, then
// the next newer one, then main.
func TestPickChoosesTheNearestLine(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(forumHack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hack"}))
	f.branch("LUVLE-4.5-hack-mod_forum", "v4.5.0", "mod/forum/lib.php", text(40, map[int]string{3: "hack"}))
	f.line("main", "v4.5.0")
	for _, name := range []string{"MOODLE_402_STABLE", "MOODLE_403_STABLE", "MOODLE_39_STABLE"} {
		f.line(name, "v4.1.0")
	}
	fix := func(number int, lines ...string) {
		for _, line := range lines {
			f.upstream(line, fmt.Sprintf("MDL-%d forum: fixed on %s", number, line), "course/lib.php", text(40, map[int]string{number: "fixed " + line}))
		}
	}
	fix(10, "main", "MOODLE_403_STABLE", "MOODLE_402_STABLE", "MOODLE_401_STABLE", "MOODLE_39_STABLE")
	fix(11, "main", "MOODLE_403_STABLE", "MOODLE_402_STABLE", "MOODLE_39_STABLE")
	fix(12, "main", "MOODLE_39_STABLE")
	fix(13, "MOODLE_39_STABLE", "MOODLE_402_STABLE")
	f.upstream("main", "MDL-100 forum: not MDL-10, and MDL-1 neither", "lib.php", "x")
	for commits, want := range map[string]string{
		"MDL-10": "upstream/MOODLE_401_STABLE", "mdl-11": "upstream/MOODLE_402_STABLE", "MDL-12": "upstream/main", "MDL-013": "upstream/MOODLE_402_STABLE",
	} {
		r, _, err := f.tryPick(job.PickRequest{Branch: "mod_forum", Series: "4.1", Commits: []string{commits}, DryRun: true})
		if err != nil {
			t.Errorf("%s: %v", commits, err)
		} else if r.Lines[0].From != want || r.Lines[0].Commits != 1 || len(r.Lines[0].Others) == 0 && commits != "MDL-12" {
			t.Errorf("%s: taken from %+v, want %s", commits, r.Lines, want)
		}
	}
	if r, _, err := f.tryPick(job.PickRequest{Branch: "mod_forum", Series: "4.5", Commits: []string{"MDL-13"}, DryRun: true}); err != nil || r.Lines[0].From != "upstream/MOODLE_402_STABLE" {
		t.Errorf("for 4.5: %v %v", r, err)
	}
	for _, from := range []string{"MOODLE_39_STABLE", "upstream/MOODLE_39_STABLE", "refs/remotes/upstream/MOODLE_39_STABLE"} {
		r, _, err := f.tryPick(job.PickRequest{Branch: forumHack, Commits: []string{"MDL-10"}, From: from, DryRun: true})
		if err != nil || !strings.HasSuffix(r.Picked[0].Subject, "39_STABLE") {
			t.Errorf("--from %s: %v %v", from, r, err)
		}
	}
	var usage *job.UsageError
	if _, _, err := f.tryPick(job.PickRequest{Branch: forumHack, Commits: []string{"MDL-1"}}); !errors.As(err, &usage) {
		t.Errorf("MDL-1: %v, want wrong usage", err)
	}
}

// All commits of a number are taken, oldest first, reverts and second attempts with
// them; what only mentions the number is named.
func TestPickTakesAllOfANumber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(forumHack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hack"}))
	const line = "MOODLE_401_STABLE"
	at := func(n int, s string) string { return text(40, map[int]string{n: s}) }
	first := f.upstream(line, "MDL-20 course: first", "course/lib.php", at(1, "one"))
	f.upstream(line, "MDL-20 course: second", "course/lib.php", at(1, "two"))
	f.upstream(line, "MDL-21, MDL-20 course: for both", "course/new.php", "x\n")
	f.upstream(line, "MDL-22 course: needs MDL-20", "course/other.php", "x\n")
	f.upstream(line, "MDL-23 course: y\n\nAs in MDL-20.", "course/other.php", "y\n")
	f.upstream(line, "MDL-201 course: another", "course/other.php", "z\n")
	f.upstream(line, "Revert \"MDL-20 course: second\"\n\nThis reverts commit "+f.Git("rev-parse", "refs/remotes/upstream/"+line+"~5")+".", "course/lib.php", at(1, "one"))
	r := f.pick(forumHack, "MDL-20")
	f.wantPicked(r, `clean: clean MDL-20 course: first, clean MDL-20 course: second, clean MDL-21, MDL-20 course: for both, clean Revert "MDL-20 course: second"`)
	if n := len(r.Lines[0].Mentions); n != 2 {
		t.Errorf("%d commits mention MDL-20, want 2: %+v", n, r.Lines[0].Mentions)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].ID != "reverted" {
		t.Errorf("warnings %+v, want one of the revert", r.Warnings)
	}
	message := f.Git("log", "-1", "--format=%B", forumHack+"~3")
	if want := "MDL-20 course: first\n\nMgit-Picked-From: " + first + "\nMgit-Mdl: MDL-20"; strings.TrimSpace(message) != want {
		t.Errorf("the message is %q, want %q", message, want)
	}
	f.wantPicked(f.pick(forumHack, "MDL-20"), `unchanged: skipped MDL-20 course: first, skipped MDL-20 course: second, skipped MDL-21, MDL-20 course: for both, skipped Revert "MDL-20 course: second"`)
	f.wantPicked(f.pick(forumHack, "v4.1.0"), "unchanged: skipped Moodle release 4.1")
}

// A revert that was picked from line to line names the commit of another line. It is
// known by its subject then.
func TestPickKnowsARevertOfATwin(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(forumHack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hack"}))
	const line = "MOODLE_401_STABLE"
	fix := f.upstream(line, "MDL-25 course: x", "course/lib.php", text(40, map[int]string{1: "x"}))
	revert := f.upstream(line, "Revert \"MDL-25 course: x\"\n\nThis reverts commit "+strings.Repeat("1", 40)+".", "course/lib.php", text(40, nil))
	for _, c := range []struct{ pick, want string }{
		{"MDL-25", fix[:10] + " is taken together with " + revert[:10] + ", which takes it back"},
		{fix, fix[:10] + " (MDL-25 course: x): a commit with this subject was reverted since, by " + revert[:10]},
	} {
		r, _, err := f.tryPick(job.PickRequest{Branch: forumHack, Commits: []string{c.pick, c.pick}, DryRun: true})
		if err != nil || len(r.Warnings) != 1 || r.Warnings[0].Text != c.want || len(r.Lines) > 1 {
			t.Errorf("%s: %+v, %v, want the warning %q", c.pick, r, err, c.want)
		}
	}
}

// What the branch has taken back can be picked again.
func TestPickAfterARevert(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch(forumHack, "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "hack"}))
	fix := f.upstream("MOODLE_401_STABLE", "MDL-30 course: x", "course/lib.php", text(40, map[int]string{1: "x"}))
	f.wantPicked(f.pick(forumHack, fix), "clean: clean MDL-30 course: x")
	f.Git("checkout", "-q", forumHack)
	f.Git("revert", "--no-edit", "HEAD")
	f.Detach()
	f.wantPicked(f.pick(forumHack, fix), "clean: clean MDL-30 course: x")
	f.wantPicked(f.pick(forumHack, fix), "unchanged: skipped MDL-30 course: x")
	// The same patch by other hands, and one that was picked by git itself.
	f.Git("checkout", "-q", "-b", "LUVLE-4.1-hack-core_course", "v4.1.0")
	f.Git("cherry-pick", fix)
	f.Git("commit", "-q", "--amend", "-m", "ours")
	f.Git("checkout", "-q", "-b", "LUVLE-4.1-hack-core_course-x", "v4.1.0")
	f.Git("cherry-pick", "-x", fix)
	f.Write("course/lib.php", text(40, map[int]string{1: "y"}))
	f.Git("commit", "-q", "-a", "--amend", "--no-edit")
	f.Detach()
	for branch, why := range map[string]string{
		"LUVLE-4.1-hack-core_course":   "the branch has a commit with the same patch",
		"LUVLE-4.1-hack-core_course-x": "it was picked before",
	} {
		r := f.pick(branch, fix)
		if len(r.Skipped) != 1 || r.Skipped[0].Reason != why || r.Skipped[0].By.String() != f.Git("rev-parse", branch) {
			t.Errorf("%s: %+v, want %q", branch, r.Skipped, why)
		}
	}
}

// A fix picked onto 4.1 from the line of 4.2 has landed in 4.5: the source itself, or
// upstream's own pick of it, which the number finds.
func TestPickedHasLanded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := func(n int, s string) string { return text(40, map[int]string{n: s}) }
	// 4.1.0 ── x (MDL-40) ── 4.2.0 ── y (MDL-41, picked to main as z) MOODLE_402_STABLE
	//                          └── z ── improved ── 4.5.9              main
	f.line("MOODLE_402_STABLE", "v4.1.0")
	x := f.upstream("MOODLE_402_STABLE", "MDL-40 course: x", "course/lib.php", at(1, "x"))
	f.line("main", x)
	f.Git("tag", "v4.2.0", x)
	y := f.upstream("MOODLE_402_STABLE", "MDL-41 core: y", "lib.php", at(9, "y"))
	f.Git("update-ref", "refs/remotes/upstream/main", x)
	z := f.upstream("main", "MDL-41 core: y\n\nAlso for main.", "lib.php", at(9, "y, and better"))
	f.upstream("main", "MDL-42 course: improved", "course/lib.php", at(1, "x, and better"), "version.php", f.Git("show", "v4.5.0:version.php"))
	f.Git("tag", "v4.5.9", "refs/remotes/upstream/main")
	f.branch(forumHack, "v4.1.0", "mod/forum/lib.php", at(3, "hack"))
	f.wantPicked(f.pick(forumHack, "MDL-40", "MDL-41"), "clean: clean MDL-40 course: x, clean MDL-41 core: y")

	tip := f.Git("rev-parse", forumHack)
	r, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.9", Evidence: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]job.LandedCommit{
		f.Git("rev-parse", tip+"~1"): {By: jobID(t, x), Release: "v4.2.0", How: rebase.ByPatchID, Verdict: rebase.VerdictLanded, Likeness: 1, Picked: true},
		tip:                          {By: jobID(t, z), Release: "v4.5.9", How: rebase.ByMDL, Verdict: rebase.VerdictDifferent, Likeness: 0.5},
	}
	if len(r.Branches) != 1 || len(r.Branches[0].Landed) != 2 {
		t.Fatalf("%+v, want evidence for 2 commits", r.Branches)
	}
	for _, got := range r.Branches[0].Landed {
		w := want[got.Commit.String()]
		w.Commit, w.Also = got.Commit, []job.ID{}
		if !reflect.DeepEqual(got, w) {
			t.Errorf("landed %+v, want %+v", got, w)
		}
	}
	// The number counts where subject and patch are others by now.
	f.Git("checkout", "-q", forumHack)
	f.Git("commit", "-q", "--amend", "-m", "core: our words\n\nMgit-Picked-From: "+y+"\nMgit-Mdl: MDL-41")
	f.Detach()
	if r, _, err = job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.9", Evidence: true}, true); err != nil {
		t.Fatal(err)
	}
	if all := r.Branches[0].Landed; len(all) != 2 || all[1].By != jobID(t, z) && all[0].By != jobID(t, z) {
		t.Errorf("reworded: %+v", all)
	}
}

func jobID(t *testing.T, hex string) job.ID {
	t.Helper()
	var found job.ID
	for i := range found {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		found[i] = byte(n)
	}
	return found
}

// TestPicksAreGits picks random commits onto random branches with mgit and with git
// cherry-pick: the same trees, authors and messages, or the same conflict.
func TestPicksAreGits(t *testing.T) {
	t.Parallel()
	n, seed := 12, uint64(5)
	if v := os.Getenv("MGIT_CASES"); v != "" {
		n, _ = strconv.Atoi(v)
	}
	if v := os.Getenv("MGIT_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("seed %d, %d cases", seed, n)
	r := rand.New(rand.NewPCG(seed, 1))
	f := newFixture(t)
	whole, conflicts, emptied := 0, 0, 0
	for i := range n {
		switch f.pickRandom(r, i) {
		case "conflict":
			conflicts++
		case "emptied":
			emptied++
		default:
			whole++
		}
	}
	t.Logf("%d clean, %d with emptied commits, %d in conflict", whole, emptied, conflicts)
	if whole+emptied < n/5 || conflicts < n/5 || emptied == 0 {
		t.Errorf("of %d cases %d were clean, %d emptied and %d in conflict: a share is too small", n, whole, emptied, conflicts)
	}
}

// pickRandom makes upstream commits and a branch, and picks some with both.
func (f *fixture) pickRandom(r *rand.Rand, i int) string {
	f.t.Helper()
	line := fmt.Sprintf("case%d", i)
	f.line(line, "v4.1.0")
	paths := []string{"lib.php", "course/lib.php", "mod/forum/lib.php", fmt.Sprintf("new%d.php", r.IntN(2))}
	edit := func() (string, string) {
		change := map[int]string{r.IntN(40): fmt.Sprint("change ", r.IntN(3))}
		change[r.IntN(40)] = "more"
		return paths[r.IntN(len(paths))], text(40, change)
	}
	var sources []string
	var first [2]string
	for k := range 4 {
		message := fmt.Sprintf("MDL-%d course: Änderung %d", i+1, k)
		if r.IntN(3) == 0 {
			message += "\n\nSigned-off-by: A <a@example.org>"
		}
		path, content := edit()
		if k == 0 {
			first = [2]string{path, content}
		}
		sources = append(sources, f.upstream(line, message, path, content))
	}
	name := fmt.Sprintf("%s-case%d", forumHack, i)
	f.branch(name, "v4.1.0")
	for range 1 + r.IntN(2) {
		path, content := edit()
		f.on(name, path, content)
	}
	if r.IntN(3) == 0 { // the branch has the first one, within a larger commit
		f.Git("checkout", "-q", name)
		f.Write("theirs.php", "x\n")
		f.add(first[0], first[1])
		f.Detach()
		sources = sources[:1]
	}
	sources = sources[r.IntN(len(sources)):]
	tip := f.Git("rev-parse", name)
	report := f.pick(name, sources...)

	w := gittest.At(f.t, filepath.Join(f.t.TempDir(), "judge"))
	f.Git("worktree", "add", "-q", "--detach", w.Path, tip)
	outcome := f.judge(w, fmt.Sprint("case ", i), report)
	if outcome == "conflict" && f.Git("rev-parse", name) != tip {
		f.t.Errorf("case %d: the branch moved in spite of a conflict", i)
	}
	return outcome
}

// judge picks with git what the report says that mgit has picked, in a worktree that
// stands on the branch's old tip. It returns "clean", "emptied" or "conflict".
func (f *fixture) judge(w *gittest.Repo, label string, report *job.PickReport) string {
	f.t.Helper()
	outcome := "clean"
	for k, p := range report.Picked {
		_, err := w.TryGit("-c", "merge.directoryRenames=false", "cherry-pick", p.Source.String())
		if err != nil && w.Git("status", "--porcelain", "--untracked-files=no") == "" {
			outcome = "emptied"
			if p.Outcome != job.PickEmptied {
				f.t.Errorf("%s: pick %d leaves nothing for git, and is %s", label, k, p.Outcome)
			}
			w.Git("cherry-pick", "--skip")
			continue
		}
		if err != nil {
			f.wantConflict(w, label, report, p)
			return "conflict"
		}
		if p.Outcome != job.PickClean {
			f.t.Errorf("%s: pick %d is clean for git, and is %s", label, k, p.Outcome)
			return outcome
		}
		if report.Outcome == "conflict" {
			continue // of a later one: nothing was made
		}
		const format = "--format=%T %an %ae %ad %s"
		if got, want := f.Git("log", "-1", format, p.Commit.String()), w.Git("log", "-1", format); got != want {
			f.t.Errorf("%s: pick %d is\n%s\ngit makes\n%s", label, k, got, want)
		}
	}
	return outcome
}

// wantConflict compares a conflict with the one that git stands in.
func (f *fixture) wantConflict(w *gittest.Repo, label string, report *job.PickReport, p job.PickedCommit) {
	f.t.Helper()
	if p.Outcome != job.PickConflict || report.Outcome != "conflict" {
		f.t.Errorf("%s: %s conflicts for git, and is %s", label, p.Source, p.Outcome)
	}
	var got []string
	for _, c := range p.Conflicts {
		got = append(got, string(c.Path))
	}
	slices.Sort(got)
	if want := strings.Fields(w.Git("diff", "--name-only", "--diff-filter=U")); !slices.Equal(slices.Compact(got), want) {
		f.t.Errorf("%s: git conflicts in %q, mgit in %q", label, want, got)
	}
}
