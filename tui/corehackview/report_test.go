package corehackview

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

const (
	page = "LUVLE-4.1-hack-mod_page-player"
	keys = "LUVLE-4.1-hack-enrol_self-keys"
)

// made is a report as a live site gives it.
func made() *job.CorehackReport {
	mine := page
	decision := &job.Decision{Decision: job.DecisionKeep, Reason: "until LU-311 is done", Who: "Ann Author <ann@example.org>", When: tuitest.Now().Add(-time.Hour)}
	r := &job.CorehackReport{
		Tree: "/srv/moodle", When: tuitest.Now(), Series: "4.1", Branches: 23, Target: "LUVLE-4.1-deployment",
		Pin: job.PinReport{
			Commit: id("44d050d0c06b9e1b0279070de2c871dc5eff9977"), Tag: "v4.1.3", Release: "4.1.3 (Build: 20230403)", Series: "4.1",
			Confidence: job.PinLikely, Evidence: "triple", Differing: 22, Compared: 328,
			Disagrees:  []job.PinDoubt{{ID: "tied", Text: "the files of 2 other commits fit as well, among them b1491fe3bb (4.1.3 (Build: 20230403))"}},
			Candidates: []job.PinCandidate{{Tag: "v4.1.3"}, {Tag: "", Release: "4.1.3+ (Build: 20230518)", Differing: 24}},
		},
		Counts: job.CorehackCounts{CoreFiles: 328, Identical: 305, Unknown: 1, Modified: 2, Missing: 1, Stale: 1, Whitespace: 1, Foreign: 1, PluginFiles: 67, ExpectedFiles: 2, Unread: 1},
		Findings: []job.Finding{
			{Place: job.At("course/recent2.php"), Fingerprint: "11", Component: "core_course", Class: job.ClassUnknown, Severity: job.SeverityCritical, Added: 26, Orphan: true, Unexplained: 1, Evidence: "upstream never had this path nor this content"},
			{
				Place: job.At("mod/page/view.php"), Fingerprint: "22", Component: "mod_page", Class: job.ClassModified, Severity: job.SeverityMajor, Added: 4, Removed: 1, Orphan: true, Unexplained: 1,
				Hunks: []job.FindingHunk{
					{Start: 12, Lines: 1, BaseStart: 12, BaseLines: 1, Branch: &mine, Fingerprint: "31", Removed: []string{"$player = 'old';"}, Added: []string{"$player = 'ours';"}},
					{
						Start: 36, Lines: 3, BaseStart: 36, Fingerprint: "32", Marker: &job.Marker{Text: "LUVLE BEGIN: LU-311, the old player needs this.", Ticket: "LU-311"}, Decision: decision,
						Added: []string{"// LUVLE BEGIN: LU-311, the old player needs this.", "echo player($page, $course);", "// LUVLE END"},
					},
				},
			},
			{
				Place: job.At("lib/weblib.php"), Fingerprint: "33", Component: "core", Class: job.ClassModified, Severity: job.SeverityMajor, Added: 1, Removed: 1, Orphan: true, Unexplained: 1,
				Hunks: []job.FindingHunk{{Start: 133, Lines: 1, BaseStart: 133, BaseLines: 1, Fingerprint: "34", Removed: []string{"    global $DB, $USER;"}, Added: []string{"    global $DB, $USER, $CFG;"}}},
			},
			{Place: job.At("theme/old"), Fingerprint: "44", Component: "theme_old", Class: job.ClassMissing, Severity: job.SeverityMajor, Files: 12, Orphan: true, Unexplained: 1},
			{
				Place: job.At("lib/filelib.php"), Fingerprint: "55", Component: "core", Class: job.ClassStale, Severity: job.SeverityMinor, Added: 2, Removed: 2,
				Upstream: &job.UpstreamOrigin{Release: "4.1.1 (Build: 20230116)", MDL: "MDL-76543", Subject: "MDL-76543 core: a file is sent with its length"},
			},
			{Place: job.At("lib/moodlelib.php"), Fingerprint: "66", Component: "core", Class: job.ClassWhitespace, Severity: job.SeverityInfo, Evidence: "only line endings differ"},
			{Place: job.At("backup.sql.gz"), Fingerprint: "77", Component: "", Class: job.ClassForeign, Severity: job.SeverityMajor, Binary: true, Evidence: "it may hold passwords"},
		},
		MissingFromLive: []job.MissingChange{{Place: job.At("enrol/self/lib.php"), Component: "enrol_self", Branch: keys, Target: "LUVLE-4.1-deployment", Start: 61, Lines: 1, Fingerprint: "88", Added: []string{"    return $this->keys();"}}},
		Plugins: []job.FoundPlugin{
			{Component: "local_oldreport", Place: job.At("local/oldreport"), Version: "2019052000"},
			{Component: "mod_attendance", Place: job.At("mod/attendance"), Version: "2022083100", Release: "4.1.2", Branch: "LUVLE-4.1-feature-mod_attendance"},
		},
		Unread:     []job.UnreadFile{{Place: job.At("lib/secret"), Reason: "permission denied", Dir: true}},
		Components: []job.ComponentFindings{{Component: "core_course", Findings: 1, Orphans: 1}, {Component: "mod_page", Findings: 1, Orphans: 1}, {Component: "core", Findings: 3, Orphans: 1}, {Component: "theme_old", Findings: 1, Orphans: 1}, {Component: "", Findings: 1}},
		Undecided:  3,
	}
	return r
}

// hostile has names and lines that are long, of other scripts, or meant to harm.
func hostile() *job.CorehackReport {
	r := made()
	long := "LUVLE-4.1-hack-mod_assignment-a_very_long_name_that_somebody_thought_of_on_a_friday"
	for i, path := range []string{
		"mod/assignment/classes/local/submission/with/many/folders/and_a_very_long_name_of_a_file_that_goes_on.php",
		"lib/課程/フォーラム一覧.php", "lib/שלום/עולם.php", "lib/\x1b[2J\u202egnp.php", "lib/bytes\xff\xfe.php", "lib/e\u0301te\u0301.php",
	} {
		f := r.Findings[2]
		f.Place = job.At(path)
		f.Component = "mod_assignment"
		f.Hunks = []job.FindingHunk{{Start: 1, Lines: 1, Fingerprint: fmt.Sprint(i), Added: []string{"echo '課程 שלום \x1b[31m \u202e';\n"}}}
		if i == 0 {
			f.Hunks[0].Branch, f.Orphan = &long, false
		}
		r.Findings = append(r.Findings, f)
	}
	r.Components = append(r.Components, job.ComponentFindings{Component: "mod_assignment", Findings: 6, Orphans: 5})
	r.Pin.Release = "4.1.3\x1b]0;x\a (Build: 20230403)"
	return r
}

func id(hex string) job.ID {
	parsed, err := git.ParseID(hex)
	if err != nil {
		panic(err)
	}
	return job.ID(parsed)
}

// answers makes a view whose questions have these answers.
func answers(t testing.TB, look string, r *job.CorehackReport, err error) (*screen.Host, *View) {
	t.Helper()
	h := tuitest.Host(t, look, func(context.Context) (*job.Site, error) { return nil, nil })
	h.Explain = func(err error) (text, hint string) {
		var usage *job.UsageError
		if errors.As(err, &usage) {
			hint = usage.Hint
		}
		return err.Error(), hint
	}
	v := New(h)
	v.asks = asks{
		sites: func(context.Context, *job.Site, job.SitesRequest) (*job.SitesReport, error) {
			return &job.SitesReport{Trees: []job.KnownTree{
				{Kind: job.TreeOfSite, Tree: "/srv/moodle", Site: "live", Environment: "production"},
				{Kind: job.TreeOfClone},
				{Kind: job.TreeOfTarget, Tree: "LUVLE-4.1-deployment"},
			}}, nil
		},
		report: func(context.Context, *job.Site, job.CorehackRequest) (*job.CorehackReport, error) { return r, err },
		why: func(_ context.Context, _ *job.Site, request job.WhyRequest) (*job.WhyReport, error) {
			return &job.WhyReport{
				Place: job.At(request.Path), Line: request.Line,
				Upstream: &job.WhyCommit{Subject: "MDL-1 page: the player", Author: "Petra Page", Date: tuitest.Now()},
				Parts: []job.WhyPart{{
					Start: 12, Lines: 1, By: job.ByBranch, Branch: page, Record: &job.BranchRecord{Ticket: "LU-300", Reason: "the university's player"},
					Commit: &job.WhyCommit{Subject: "page: our player", Author: "Ann Author", Date: tuitest.Now()},
				}},
			}, nil
		},
	}
	return h, v
}
