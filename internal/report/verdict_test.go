package report_test

import (
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// TestVerdict: the sentence never claims more than was read, compared and shown.
func TestVerdict(t *testing.T) {
	t.Parallel()
	branch := "LUVLE-2.5-hack-core"
	explained := job.Finding{Place: job.At("a.php"), Class: "modified", Severity: "minor", Hunks: []job.FindingHunk{{Start: 1, Branch: &branch}}}
	orphan := job.Finding{Place: job.At("b.php"), Class: "modified", Severity: "major", Orphan: true}
	unknown := job.Finding{Place: job.At("c.php"), Class: "unknown", Severity: "critical", Orphan: true}
	mixed := job.Finding{
		Place: job.At("e.php"), Class: "unknown", Severity: "critical", Orphan: true, Unexplained: 1,
		Hunks: []job.FindingHunk{{Start: 1, Lines: 2, Branch: &branch}, {Start: 3, Lines: 1}},
	}
	stale := job.Finding{Place: job.At("f.php"), Class: "stale", Severity: "minor"}
	space := job.Finding{Place: job.At("g.php"), Class: "whitespace", Severity: "info"}
	secret := job.Finding{Place: job.At("config.php.old"), Class: "foreign", Severity: "major", Evidence: "may hold passwords, and a web server may serve it"}
	lack := []job.MissingChange{{Place: job.At("d.php"), Lines: 1, Start: 1}}
	unread := []job.UnreadFile{{Place: job.At("x")}}
	many := []job.Finding{unknown, unknown, orphan}
	for want, r := range map[string]job.CorehackReport{
		"No core hacks.": {},
		"Nothing was found in core, but 1 file or folder was not read.":                                      {Unread: unread},
		"Nothing was found in core, but 1 file or folder was not read, and 3 findings are excluded.":         {Unread: unread, Excluded: 3},
		"Nothing new since the baseline.":                                                                    {Known: 3},
		"Nothing new since the baseline, but 1 file or folder was not read.":                                 {Known: 3, Unread: unread},
		"Nothing was found in core since the baseline, but 1 change of a branch is missing from live.":       {Known: 3, MissingFromLive: lack},
		"Nothing was found in core, but 1 finding is excluded.":                                              {Excluded: 1},
		"Nothing was found in core, but 1 change of a branch is missing from live.":                          {MissingFromLive: lack},
		"No core hacks, but the pin is a guess, so what is compared with it may be wrong.":                   {Pin: job.PinReport{Confidence: job.PinGuess}},
		"No core hacks, but there were no branches to compare with.":                                         {Series: "none"},
		"No core hacks, but changes missing from the tree were not looked for.":                              {Target: "none"},
		"Every change in core is explained.":                                                                 {Findings: []job.Finding{explained}},
		"Every change in core since the baseline is explained.":                                              {Findings: []job.Finding{explained}, Known: 1},
		"Every change in core is explained, but 1 file is of an older version.":                              {Findings: []job.Finding{explained, stale}},
		"Every change in core is explained, but 1 change of a branch is missing from live.":                  {MissingFromLive: lack, Findings: []job.Finding{explained}},
		"Every change in core is explained, but changes missing from the tree were not looked for.":          {Findings: []job.Finding{explained}, Target: "none"},
		"No unexplained change in core, but 2 files are of an older version.":                                {Findings: []job.Finding{stale, stale}},
		"No unexplained change in core.":                                                                     {Findings: []job.Finding{space}},
		"No unexplained change in core, but 1 file may hold passwords.":                                      {Findings: []job.Finding{secret}},
		"1 change in core that nobody explains.":                                                             {Findings: []job.Finding{explained, orphan}},
		"2 changes in core that nobody explains.":                                                            {Findings: []job.Finding{orphan, orphan}},
		"1 change in core that nobody explains: code that upstream never had.":                               {Findings: []job.Finding{unknown}},
		"2 changes in core that nobody explains, all of them code that upstream never had.":                  {Findings: []job.Finding{unknown, unknown}},
		"3 changes in core that nobody explains, 2 of them code that upstream never had.":                    {Findings: many},
		"1 change in core that nobody explains. ":                                                            {Findings: []job.Finding{mixed}},
		"3 changes in core that nobody explains, 2 of them code that upstream never had. 3 findings. Change": {Findings: many, Target: "none"},
	} {
		r.Series, r.Target, r.Branches = given(r.Series, "2.5"), given(r.Target, "LUVLE-2.5-deployment"), 3
		got := strings.ReplaceAll(string(render(t, report.Markdown, &r, report.Options{})), "**", "")
		if !strings.Contains(got, "\n"+want) {
			t.Errorf("want %q in:\n%.200s", want, got)
		}
	}
}

// given makes "none" the empty text, and the empty text the usual one.
func given(text, usual string) string {
	switch text {
	case "none":
		return ""
	case "":
		return usual
	}
	return text
}

// TestVerdictHidesNothing: what the verdict has no room for is a remark.
func TestVerdictHidesNothing(t *testing.T) {
	t.Parallel()
	r := reporttest.Empty()
	r.Target, r.Known, r.Excluded = "", 4, 3
	r.MissingFromLive, r.Unread = make([]job.MissingChange, 2), make([]job.UnreadFile, 1)
	r.Findings = []job.Finding{{Place: job.At("f.php"), Class: "stale", Severity: "minor"}}
	r.Plugins = []job.FoundPlugin{{Component: "mod_x", Branch: "b", Problem: "no version"}}
	for _, format := range []string{report.Markdown, report.HTML} {
		got := string(render(t, format, reporttest.Finish(r), report.Options{}))
		for _, want := range []string{
			"No unexplained change in core since the baseline, but 2 changes of branches are missing from live, and 1 file or folder was not read",
			"1 file is of an older version", "3 findings are excluded", "Changes missing from the tree were not looked for",
			"4 more findings are known from the baseline", "1 plugin has a problem or uncommitted changes",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
	}
}

// TestComparedWith: the head says what explains, and what the tree should have.
func TestComparedWith(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		series, target, other string
		branches              int
		want                  string
	}{
		{"4.1", "LUVLE-4.1-deployment", "", 2, "compared with the branches of 4.1; deployment target LUVLE-4.1-deployment"},
		{"4.1", "", "", 2, "compared with the branches of 4.1; changes missing from the tree were not looked for"},
		{"4.1", "", "LUVLE-4.1-deployment", 2, "4.1; not with the deployment target LUVLE-4.1-deployment, which it is not meant to have all of"},
		{"4.1", "", "", 0, "compared with no branches: 4.1 has none"},
		{"", "", "", 0, "compared with no branches"},
	} {
		r := reporttest.Empty()
		r.Series, r.Target, r.NotCompared, r.Branches = c.series, c.target, c.other, c.branches
		for _, format := range []string{report.Markdown, report.HTML} {
			if got := string(render(t, format, r, report.Options{})); !strings.Contains(got, c.want) {
				t.Errorf("%s does not say %q", format, c.want)
			}
		}
	}
}
