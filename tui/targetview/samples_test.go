package targetview

import (
	"crypto/sha1" //nolint:gosec // an id, no secret
	"fmt"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func id(n int) job.ID {
	return job.ID(sha1.Sum([]byte(fmt.Sprint(n))))
}

func series(t testing.TB, text string) moodle.Series {
	t.Helper()
	s, err := moodle.ParseSeries(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sample is a site with made-up reports: two built targets, one that is not.
type sample struct {
	status   *job.StatusReport
	proof    *job.TargetProof
	minor    *job.MinorReport
	clash    *job.ConflictsReport
	releases *job.ReleaseList
}

// newSample makes one whose branches have these names.
func newSample(t testing.TB, names []string) *sample {
	t.Helper()
	v := series(t, "4.5")
	const test, deployment = "LUVLE-4.5-test", "LUVLE-4.5-deployment"
	s := &sample{status: &job.StatusReport{Series: []moodle.Series{v}}}
	base := job.Commit{Tag: "v4.5.4", Commit: id(4)}
	s.status.Targets = []job.TargetStatus{
		{Name: test, Short: "test", Version: v, Tip: id(1), Base: base, Published: []job.PublishedTarget{{Remote: "origin", Tip: id(1)}}},
		{Name: deployment, Short: "deployment", Version: v, Tip: id(2), Base: base, Worktree: "/srv/moodle", Published: []job.PublishedTarget{{Remote: "origin", Tip: id(9)}}},
		{Name: "LUVLE-4.5-training", Short: "training", Version: v},
	}
	for i, name := range names {
		s.status.Branches = append(s.status.Branches, job.BranchStatus{Name: name, Version: v, Type: "hack", Tip: id(100 + i), Targets: []string{test}, State: "in-test"})
	}
	s.status.Upgrades = []job.UpgradeStatus{{Series: "4.5", From: "4.1", Parked: []job.BranchUpgrade{{NewName: "LUVLE-4.5-hack-mod_quiz-grace", Series: "4.5", From: "4.1"}}}}
	s.prove(test, base, names)
	s.minor = &job.MinorReport{Series: "4.5", Tag: "v4.5.5", Targets: []job.MinorTarget{{Target: test, Has: "v4.5.4", Wants: true}}}
	s.compare(v, test, names)
	when := time.Date(2025, 1, 30, 18, 4, 0, 0, time.UTC)
	s.releases = &job.ReleaseList{Releases: []job.ListedRelease{
		{Tag: "lu-moodle-lu_v4.5.4-1", Commit: id(2), Target: deployment, Moodle: base, When: &when, Who: "Ann Example", Branches: 23, Form: "short"},
		{Tag: "lu-moodle-lu_v4.5.4-0", Commit: id(3), Target: deployment, Moodle: base, When: &when, Who: "Ann Example", Branches: 22, Form: "long", Signed: true},
		{Tag: "lu-moodle-lu_v4.5.0-0", Commit: id(5), Fault: "the tag has no message at all"},
	}}
	return s
}

func (s *sample) prove(test string, base job.Commit, names []string) {
	p := &job.TargetProof{AssembleReport: job.AssembleReport{Target: test, Base: job.Commit{Tag: "v4.5.0"}, UpstreamTag: base.Tag, OldTip: id(1), NewTip: id(1)}}
	for i, name := range names[2:] {
		p.Merged = append(p.Merged, job.MergedStep{Branch: name, Tip: id(102 + i), Outcome: "unchanged"})
	}
	p.Merged = append(p.Merged, job.MergedStep{Branch: "v4.5.4", Upstream: true, Tip: id(4), Outcome: "unchanged"}, job.MergedStep{Branch: names[1], Tip: id(55), Outcome: "unchanged"})
	p.Missing = []job.MissingBranch{
		{Branch: names[0], Tip: id(100), Commits: 2, Reason: "it is not in"},
		{Branch: names[1], Tip: id(101), Has: id(55), Commits: 1, Reason: "an older state is in, without one of its commits"},
	}
	p.Strangers = []job.StrangerCommit{{Kind: "commit", Commit: id(70), Subject: "Quick fix for the exam", Reason: "it was made on the target itself", Paths: job.Paths{"mod/quiz/lib.php", "mod/quiz/view.php"}}}
	p.Dropped = []job.DroppedContent{{Branch: names[2], Path: "mod/forum/lib.php", By: id(71), Lines: 3}}
	p.Settled = []job.SettledPath{{Branch: names[3], Commit: id(72), Path: "lib/weblib.php", Side: "both"}}
	p.LeftOut = []job.LeftOutOf{{Branch: "LUVLE-4.5-feature-local_experimental", Reason: "target.test.except names it (*-experimental)"}}
	s.proof = p
}

func (s *sample) compare(v moodle.Series, target string, names []string) {
	r := &job.ConflictsReport{Series: v, Target: target}
	for i, name := range names {
		r.Branches = append(r.Branches, job.ConflictBranch{Name: name, Tip: id(100 + i)})
		r.Order = append(r.Order, name)
	}
	pair := func(a, b int, level, path string) {
		p := job.ConflictPair{A: names[a], B: names[b], Level: level, Files: job.Paths{path}}
		if level != job.LevelFile {
			p.Lines = []job.ConflictLines{{Place: job.At(path), Ranges: []job.ConflictRange{{Start: 12, Lines: 3}}}}
		}
		if level == job.LevelConflict {
			p.Conflicts = []job.ConflictPath{{Place: job.At(path), Kind: "CONFLICT (contents)"}}
			r.Totals.Conflict++
		}
		r.Pairs = append(r.Pairs, p)
	}
	pair(0, 1, job.LevelConflict, "mod/page/lib.php")
	pair(0, 2, job.LevelLines, "mod/page/lib.php")
	pair(1, 2, job.LevelConflict, "mod/page/view.php")
	pair(3, 4, job.LevelFile, "lib/weblib.php")
	for i := 5; i+1 < len(names); i += 2 {
		pair(i, i+1, job.LevelConflict, "lib/moodlelib.php")
	}
	r.Branches[2].StandsOn = nil
	r.Totals.Branches, r.Totals.Lines, r.Totals.File = len(names), 1, 1
	r.Totals.Pairs = len(names) * (len(names) - 1) / 2
	r.Sets = [][]string{{names[0], names[1], names[2]}}
	s.clash = r
}

// usual are names as the demo has them.
func usual() []string {
	return strings.Fields(`LUVLE-4.5-hack-mod_page-one LUVLE-4.5-hack-mod_page-two LUVLE-4.5-hack-mod_forum-subject
		LUVLE-4.5-feature-local_greeting LUVLE-4.5-hack-core_course-summary LUVLE-4.5-feature-theme_luvle`)
}

func many(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("LUVLE-4.5-hack-mod_component%03d-shortname", i))
	}
	return names
}

// odd are names that are long, wide, written from right to left, or not what they seem.
func odd() []string {
	return []string{
		"LUVLE-4.5-hack-mod_" + strings.Repeat("verylongcomponentname", 6) + "-end",
		"LUVLE-4.5-hack-mod_课程论坛-消息主题的显示方式",
		"LUVLE-4.5-hack-mod_منتدى-عنوان",
		"LUVLE-4.5-hack-mod_evil-\u202egnp.php\x1b[31m",
		"LUVLE-4.5-hack-mod_é́́-combining",
		"LUVLE-4.5-hack-mod_flag-🇩🇪👩‍👩‍👧",
	}
}

// shown is a view to which everything was answered.
func shown(t testing.TB, look string, s *sample) *View {
	v := New(tuitest.Host(t, look, nil))
	v.site.Answer(facts{status: s.status, dir: "/srv/site"}, nil)
	for _, target := range s.status.Targets {
		a := v.of(target.Name)
		proof := *s.proof
		proof.Target = target.Name
		proof.Proven = target.Short == "deployment"
		if proof.Proven {
			proof.Missing, proof.Strangers, proof.Dropped = nil, nil, nil
		}
		a.proof.Answer(&proof, nil)
		a.minor.Answer(s.minor, nil)
		a.clash.Answer(s.clash, nil)
	}
	v.tags.list.Answer(s.releases, nil)
	v.answered(screen.Answered{})
	v.tags.table.SetRows(s.releases.Releases)
	return v
}
