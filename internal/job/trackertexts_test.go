package job_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
)

const (
	forumOld = "LUVLE-4.1-hack-mod_forum-subject"
	quizOld  = "LUVLE-4.1-hack-mod_quiz-MDL-77"
	clashOld = "LUVLE-4.1-hack-core_course"
	dropOld  = "LUVLE-4.1-feature-local_gone"
	landOld  = "LUVLE-4.1-hack-core_fixed"
)

// trackedSite has branches that an upgrade moves, parks and drops, with tickets in
// everything.
func trackedSite(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	for key, value := range map[string]string{
		"kind": "redmine", "url": "https://redmine.example.org", "project": "moodle",
	} {
		f.Git("config", "mgit.tracker."+key, value)
	}
	f.shared("mgit.toml", `format = 1
[tracker.fields]
7 = "{component}|{type}|{series}|{from}|{onto}|{state}|{disposition}|{branch}|{new_branch}"
[branch.mod_forum-subject]
reason = "Longer subjects {{include(Wiki)}}, see #12"
ticket = "#13"
owner = "Ann Example"
justification = "temporary"
upstream = ["MDL-38189"]
review_by = "5.1"
requires = ["mod_quiz-MDL-77"]
`)
	f.Git("checkout", "-q", "-b", forumOld, "v4.1.0")
	f.Write("mod/forum/lib.php", text(40, map[int]string{3: "ours"}))
	f.Commit("Subjects, closes #14")
	f.Write("mod/forum/x.php", "x")
	f.Commit("More @admin")
	f.Detach()
	f.branch(quizOld, "v4.1.0", "mod/quiz/lib.php", "x")
	f.branch(clashOld, "v4.1.0", "lib.php", text(40, map[int]string{30: "ours"}))
	f.branch(dropOld, "v4.1.0", "local/gone/lib.php", "x")
	return f
}

func (f *fixture) trackerTexts(inFull, triage bool, mirrors map[string]*tracker.Mirror) tracker.Upgrade {
	f.t.Helper()
	u, err := job.TrackerTexts(f.t.Context(), f.open(""), moodle.Series{Major: 4, Minor: 5}, mirrors, inFull, triage)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

func branchOf(t *testing.T, u tracker.Upgrade, name string) tracker.Branch {
	t.Helper()
	i := slices.IndexFunc(u.Branches, func(b tracker.Branch) bool { return b.Name == name })
	if i < 0 {
		t.Fatalf("%s is not there", name)
	}
	return u.Branches[i]
}

func plainText(text tracker.Text) string {
	var lines []string
	for _, b := range text {
		lines = append(lines, b.Lines...)
	}
	return strings.Join(lines, "\n")
}

func itemTexts(b tracker.Branch) string {
	var all []string
	for _, item := range b.Items {
		all = append(all, plainText(item.Text))
	}
	return strings.Join(all, "\n--\n")
}

func wantText(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, got)
		}
	}
}

func (f *fixture) begin(series string) {
	f.t.Helper()
	if _, _, err := job.BeginUpgrade(f.t.Context(), f.open(""), job.BeginRequest{To: series}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) note(branch, words string) {
	f.t.Helper()
	request := job.LedgerRequest{Branches: []string{branch}, Text: words}
	if _, _, err := job.Note(f.t.Context(), f.open(""), request); err != nil {
		f.t.Fatal(err)
	}
}

func TestTrackerTextsOfABranch(t *testing.T) {
	t.Parallel()
	f := trackedSite(t)
	f.begin("4.5")
	f.note(forumOld, "asked in #15")
	u := f.trackerTexts(false, false, nil)
	if u.Site != "LUVLE" || u.Series != "4.5" || u.From != "4.1" || u.Onto != "v4.5.0" || u.IsFinished || len(u.Branches) != 4 {
		t.Errorf("the upgrade is %+v", u)
	}
	wantText(t, "the upgrade's subject", u.Subject, "Upgrade LUVLE from Moodle 4.1 to 4.5")
	wantText(t, "the upgrade's description", plainText(u.Description), "4.1", "4.5 (v4.5.0)", "upgrades/4.5.toml")
	b := branchOf(t, u, forumOld)
	if b.Subject != "4.5: mod_forum: subject (hack)" || b.State != "todo" || b.Owner != "Ann Example" || b.IsDecided {
		t.Errorf("%+v", b)
	}
	if want := []string{"13", "12", "15", "14"}; !slices.Equal(b.Links, want) {
		t.Errorf("links %v, want %v", b.Links, want)
	}
	wantText(t, "the description", plainText(b.Description),
		"Longer subjects {{include(Wiki)}}, see #12", "Branch: "+forumOld, "New branch: LUVLE-4.5-hack-mod_forum-subject", "Moves to: v4.5.0",
		"Stands on: v4.1.0", "Component: mod_forum", "Type: hack", "Why it is carried: temporary, to be looked at before 5.1", "Owner: Ann Example",
		"Needs: mod_quiz-MDL-77", "Tickets: #13, #12, #15, #14", "https://tracker.moodle.org/browse/MDL-38189", "2 commits", "Subjects, closes #14", "More @admin")
	if want := "mod_forum|hack|4.5|4.1|v4.5.0|todo|rebase|" + forumOld + "|LUVLE-4.5-hack-mod_forum-subject"; b.Fields["7"] != want {
		t.Errorf("field %q, want %q", b.Fields["7"], want)
	}
	if len(b.Items) != 1 || b.Items[0].Who == "" || b.Items[0].When.IsZero() || plainText(b.Items[0].Text) != "asked in #15" {
		t.Errorf("items %+v", b.Items)
	}
	if got := b.Items[0].ID; got != tracker.NoteID(forumOld, b.Items[0].When, b.Items[0].Who, "asked in #15") {
		t.Errorf("the note is %s", got)
	}
	wantText(t, "a branch with a ticket in its name", plainText(branchOf(t, u, quizOld).Description), "https://tracker.moodle.org/browse/MDL-77")
}

func TestTrackerTextsOfARun(t *testing.T) {
	t.Parallel()
	f := trackedSite(t)
	f.begin("4.5")
	f.dispose(dropOld, "drop", "nobody uses it; see #16")
	f.Git("checkout", "-q", "-b", landOld, "v4.1.0")
	f.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	f.Commit("MDL-5 core: fixed")
	f.Git("notes", "add", "-m", "not for everybody", "HEAD")
	f.Write("local/fixed.php", "x")
	f.Commit("a trace")
	f.Detach()
	f.branch("LUVLE-4.1-hack-core_landed", "v4.1.0", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	f.begin("4.5")
	before := f.trackerTexts(true, true, nil)
	if again := f.trackerTexts(true, true, mirrorOf(before)); len(branchOf(t, again, forumOld).Items) != 0 {
		t.Errorf("a triage that is told is made again: %+v", branchOf(t, again, forumOld).Items)
	}
	wantText(t, "a triage", itemTexts(branchOf(t, before, forumOld)), "Before the move to v4.5.0: 2 commits can be moved without a conflict.")
	wantText(t, "a triage", itemTexts(branchOf(t, before, landOld)), "What Moodle has of it:", "is in Moodle")
	wantText(t, "a triage", itemTexts(branchOf(t, before, clashOld)), "it will stop at a conflict. 1 commit waits.", "lib.php: contents")
	f.rebaseAll()

	u := f.trackerTexts(true, false, nil)
	half := itemTexts(branchOf(t, u, landOld))
	wantText(t, "a branch of which half has landed", half, "1 commit of 2", "Not on the new branch", "MDL-5 core: fixed", "1:  ")
	if strings.Contains(half, "not for everybody") {
		t.Errorf("somebody's notes on commits are told: %s", half)
	}
	wantText(t, "a landed branch", itemTexts(branchOf(t, u, "LUVLE-4.1-hack-core_landed")), "Nothing is left of the branch on v4.5.0", "change lib.php")
	wantText(t, "a moved branch", itemTexts(branchOf(t, u, forumOld)), "Moved to v4.5.0 as LUVLE-4.5-hack-mod_forum-subject: 2 commits of 2.", "Subjects, closes #14", "1:  ")
	parked := branchOf(t, u, clashOld)
	wantText(t, "a parked branch", itemTexts(parked), "stopped at a conflict on the way to v4.5.0", "change lib.php", "1 commit waits.", "lib.php: contents", "mgit resolve LUVLE-4.5-hack-core_course")
	dropped := branchOf(t, u, dropOld)
	wantText(t, "a dropped branch", itemTexts(dropped), "Decided: the branch is dropped.", "nobody uses it; see #16")
	if dropped.State != "dropped" || !dropped.IsDecided || !slices.Contains(dropped.Links, "16") || len(dropped.Items) != 1 {
		t.Errorf("%+v", dropped)
	}
	if got := dropped.Items[0].ID; got != tracker.DecisionID(dropOld, "drop", "nobody uses it; see #16") {
		t.Errorf("the decision is %s", got)
	}

	told := f.trackerTexts(true, false, mirrorOf(u))
	for i, b := range told.Branches {
		for j, item := range b.Items {
			if item.ID != u.Branches[i].Items[j].ID || len(item.Text) != 0 {
				t.Errorf("%s: told before, and is %+v", b.Name, item)
			}
		}
	}
}

// The same is said under the same ids in a clone that has another history of runs, and
// in one that lacks the commits.
func TestTrackerTextsElsewhere(t *testing.T) {
	t.Parallel()
	f := trackedSite(t)
	f.begin("4.5")
	f.note(forumOld, "one")
	f.rebaseAll()
	here := f.trackerTexts(false, false, nil)
	for _, name := range []string{forumOld, "LUVLE-4.5-hack-mod_forum-subject", quizOld, "LUVLE-4.5-hack-mod_quiz-MDL-77"} {
		f.Git("branch", "-D", name)
	}
	f.Git("for-each-ref", "--format=delete %(refname)", "refs/mgit/")
	there := f.trackerTexts(true, false, nil)
	for i, b := range here.Branches {
		var x, y []string
		for j := range b.Items {
			x, y = append(x, b.Items[j].ID), append(y, there.Branches[i].Items[j].ID)
		}
		if !slices.Equal(x, y) {
			t.Errorf("%s: %v and %v", b.Name, x, y)
		}
	}
}

func TestTrackerTextsWithoutCommits(t *testing.T) {
	t.Parallel()
	f := trackedSite(t)
	f.begin("4.5")
	f.Git("branch", "-D", forumOld)
	b := branchOf(t, f.trackerTexts(true, true, nil), forumOld)
	if b.Description != nil || b.Subject == "" {
		t.Errorf("%+v", b)
	}
}

func TestTrackerTextsOfTheNextUpgrade(t *testing.T) {
	t.Parallel()
	f := trackedSite(t)
	f.Git("branch", "-D", clashOld)
	f.begin("4.5")
	f.rebaseAll()
	first := tracker.NewMirror("redmine", "https://redmine.example.org", "moodle", "4.5")
	first.Upgrade.Issue = "100"
	first.Branches[forumOld] = tracker.Mirrored{Issue: "101"}
	f.begin("5.1")
	u, err := job.TrackerTexts(t.Context(), f.open(""), moodle.Series{Major: 5, Minor: 1}, map[string]*tracker.Mirror{"4.5": first}, true, true)
	if err != nil {
		t.Fatal(err)
	}
	if b := branchOf(t, u, "LUVLE-4.5-hack-mod_forum-subject"); u.Previous != "100" || b.Previous != "101" {
		t.Errorf("the issues before are %q and %q", u.Previous, b.Previous)
	}
	if done := f.trackerTexts(true, false, nil); !done.IsFinished || len(done.Items) != 1 {
		t.Errorf("the finished upgrade tells %+v", done.Items)
	}
}

// mirrorOf is a mirror that says that all of an upgrade is told.
func mirrorOf(u tracker.Upgrade) map[string]*tracker.Mirror {
	m := tracker.NewMirror("redmine", "https://redmine.example.org", "moodle", u.Series)
	for _, b := range u.Branches {
		var told []string
		for _, item := range b.Items {
			told = append(told, item.ID)
		}
		m.Branches[b.Name] = tracker.Mirrored{Issue: "9", Told: told}
	}
	return map[string]*tracker.Mirror{u.Series: m}
}
