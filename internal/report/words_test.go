package report_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// said is a report in a format as its reader sees the words.
func said(t *testing.T, format string, r *job.CorehackReport, opt report.Options) string {
	t.Helper()
	data := render(t, format, r, opt)
	if format == report.HTML {
		doc := parseHTML(t, data)
		for n := range elements(doc, "style", "script") {
			n.FirstChild.Data = ""
		}
		return textOf(doc)
	}
	return strings.ReplaceAll(string(data), "`", "")
}

// TestClaims: what version.php says has the site's own suffix once.
func TestClaims(t *testing.T) {
	t.Parallel()
	r := reporttest.Empty()
	r.Pin.Claims = &job.PinClaims{Release: "2.5.3 (Build: 20131111) UNI7", Local: "UNI7"}
	for _, format := range []string{report.Markdown, report.HTML} {
		if got := said(t, format, r, report.Options{}); strings.Count(got, "UNI7") != 1 || !strings.Contains(got, "2.5.3 (Build: 20131111) UNI7") {
			t.Errorf("%s says UNI7 %d times", format, strings.Count(got, "UNI7"))
		}
	}
}

// TestPlainProse: our own words about releases and files are no code in markdown, and
// what is code there has no brackets of the sentence in it.
func TestPlainProse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"among them b1491fe3bb (4.1.3 (Build: 20230403))": "- among them `b1491fe3bb` (4.1.3 (Build: 20230403))\n",
		"it is 4.1.3+ (Build: 20131111).":                 "- it is 4.1.3+ (Build: 20131111).\n",
		"(see MDL-1, or \"@admin\")":                      "- (see `MDL-1`, or \"`@admin`\")\n",
		"(1234567890abc) and 1234567890123":               "- (`1234567890abc`) and `1234567890123`\n",
		"a :tada: of (https://evil.example)":              "- a `:tada`: of (`https://evil.example`)\n",
		"x:tada: y":                                       "- `x:tada`: y\n",
	} {
		r := reporttest.Empty()
		r.Pin.Disagrees = []job.PinDoubt{{ID: "tied", Text: text}}
		if got := string(render(t, report.Markdown, r, report.Options{})); !strings.Contains(got, want) {
			t.Errorf("%q: no %q in\n%s", text, want, got[strings.Index(got, "## Pin"):strings.Index(got, "## Counts")])
		}
	}
}

// TestExplainedIsNoAlarm: what branches explain is a note for machines, and they say
// which branch; an orphan is an error as before.
func TestExplainedIsNoAlarm(t *testing.T) {
	t.Parallel()
	branch := "LUVLE-2.5-hack-core"
	by, nobody := job.FindingHunk{Start: 1, Lines: 3, Branch: &branch}, job.FindingHunk{Start: 4, Lines: 1}
	for _, c := range []struct {
		class, severity string
		hunks           []job.FindingHunk
		level, quality  string
		text            string
	}{
		{"unknown", "minor", []job.FindingHunk{by}, "note", "info", "A file that upstream never had: explained by LUVLE-2.5-hack-core"},
		{"modified", "info", []job.FindingHunk{by, by}, "note", "info", "The core file is changed: explained by LUVLE-2.5-hack-core"},
		{"modified", "minor", []job.FindingHunk{by, by}, "note", "info", "The core file is changed: explained by LUVLE-2.5-hack-core"},
		{"missing", "info", []job.FindingHunk{by}, "note", "info", "The core file is removed: explained by LUVLE-2.5-hack-core"},
		{"backport", "minor", []job.FindingHunk{by}, "warning", "minor", "Content of a newer upstream version; explained by LUVLE-2.5-hack-core"},
		{"stale", "minor", nil, "warning", "minor", "Content of an older upstream version"},
		{"unknown", "critical", []job.FindingHunk{nobody}, "error", "blocker", "A file that upstream never had: no branch explains it"},
		{"modified", "major", []job.FindingHunk{nobody}, "error", "major", "The core file is changed: no branch explains it"},
		{"modified", "major", []job.FindingHunk{by, nobody}, "error", "major", "The core file is changed: no branch explains 1 of 2 hunks, the others are of LUVLE-2.5-hack-core"},
		{
			"unknown", "major",
			[]job.FindingHunk{by, nobody, by},
			"error", "major",
			"A file of a branch with changes that no branch explains: no branch explains 1 of 3 hunks, the others are of LUVLE-2.5-hack-core",
		},
	} {
		r := reporttest.Empty()
		r.Findings = []job.Finding{{Place: job.At("lib/a.php"), Class: c.class, Severity: c.severity, Hunks: c.hunks}}
		reporttest.Finish(r)
		sarif := readSARIF(t, render(t, report.SARIF, r, report.Options{})).Runs[0].Results[0]
		if sarif.Level != c.level || sarif.Message.Text != c.text+"." {
			t.Errorf("SARIF of %s %s: %s %q, want %s %q", c.severity, c.class, sarif.Level, sarif.Message.Text, c.level, c.text+".")
		}
		issue := readCodeClimate(t, r)[0]
		if issue.Severity != c.quality || issue.Description != c.text {
			t.Errorf("Code Quality of %s %s: %s %q, want %s %q", c.severity, c.class, issue.Severity, issue.Description, c.quality, c.text)
		}
	}
}

// TestWholeFiles: what has no lines in the tree is in none, and no line is 0.
func TestWholeFiles(t *testing.T) {
	t.Parallel()
	branch := "LUVLE-2.5-hack-core"
	r := reporttest.Empty()
	at := func(path, class string, files int, hunks ...job.FindingHunk) {
		r.Findings = append(r.Findings, job.Finding{Place: job.At(path), Component: "core", Class: class, Severity: "major", Files: files, Hunks: hunks})
	}
	at("gone.php", "missing", 1, job.FindingHunk{Start: 1, BaseStart: 1, BaseLines: 102})
	at("gone0.php", "missing", 1, job.FindingHunk{BaseStart: 1, BaseLines: 1})
	at("new.php", "unknown", 1, job.FindingHunk{Start: 1, Lines: 7, Branch: &branch})
	at("link.php", "modified", 1, job.FindingHunk{})
	at("later.php", "backport", 1, job.FindingHunk{Branch: &branch})
	at("theme/old", "missing", 9, job.FindingHunk{}, job.FindingHunk{Branch: &branch})
	at("theme/older", "missing", 9, job.FindingHunk{})
	at("cut.php", "modified", 1, job.FindingHunk{Start: 8, BaseStart: 8, BaseLines: 2}, job.FindingHunk{BaseLines: 1, BaseStart: 1})
	r.MissingFromLive = []job.MissingChange{
		{Place: job.At("a.php"), Branch: branch, Target: "T", Lines: 1, Removes: 1},
		{Place: job.At("b.php"), Branch: branch, Target: "T"},
		{Place: job.At("c.php"), Branch: branch, Target: "T", Start: 61, Removes: 2, Partly: true},
	}
	reporttest.Finish(r)
	zero := regexp.MustCompile(`lines? 0\b|-1\b`)
	for _, format := range report.Formats() {
		got := said(t, format, r, report.Options{Diff: true})
		if found := zero.FindString(got); found != "" {
			t.Errorf("%s says %q", format, found)
		}
		wants := []string{
			"1 line is missing; 1 line that the branch removes is still there", "the branch's file is missing",
			"2 lines that the branch removes are still there",
		}
		if format != report.CodeClimate {
			wants = append(wants, "the whole file, 102 lines", "the whole file, 1 line", "the whole file, 7 lines", "the whole folder", "a part of the folder",
				"2 lines removed before line 8", "1 line removed before line 1")
		}
		for _, want := range wants {
			if !strings.Contains(strings.ReplaceAll(got, "&#39;", "'"), want) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
	}
}

// TestNoJargon: the page has no words that only its makers understand.
func TestNoJargon(t *testing.T) {
	t.Parallel()
	for _, format := range []string{report.HTML, report.Markdown} {
		if got := said(t, format, reporttest.Sample(), report.Options{}); strings.Contains(got, "stranger") {
			t.Errorf("%s speaks of strangers", format)
		}
	}
}

// TestPluginsWithTrouble: plugins that somebody should look at are first, with the reason.
func TestPluginsWithTrouble(t *testing.T) {
	t.Parallel()
	signs := map[string]string{
		"local_reports":              "version.php names no version, so Moodle does not see it",
		"block_configurable_reports": "3 uncommitted changes; no branch brings it",
		"theme_luvle":                "no branch brings it",
		"local_staffsync":            "no branch brings it",
	}
	order := []string{"local_reports", "block_configurable_reports", "theme_luvle", "local_staffsync"}
	text := said(t, report.Markdown, reporttest.Sample(), report.Options{})
	listed := regexp.MustCompile(`(?m)^- (\w+) in [\w/]+: (.*)$`).FindAllStringSubmatch(text[strings.Index(text, "## Additional plugins"):], -1)
	var names []string
	for _, l := range listed {
		names = append(names, l[1])
		if l[2] != signs[l[1]] {
			t.Errorf("markdown says %q of %s, want %q", l[2], l[1], signs[l[1]])
		}
	}
	if !slices.Equal(names, order) {
		t.Errorf("markdown lists %q, want %q", names, order)
	}
	names = nil
	for row := range elements(parseHTML(t, render(t, report.HTML, reporttest.Sample(), report.Options{})), "tr") {
		var parts []string
		for n := range elements(row, "span") {
			switch class, _ := attribute(n, "class"); class {
			case "name":
				names = append(names, textOf(n))
			case "sign":
				parts = append(parts, textOf(n))
			}
		}
		if len(parts) > 0 && strings.Join(parts, "; ") != signs[names[len(names)-1]] {
			t.Errorf("the page says %q of %s", parts, names[len(names)-1])
		}
	}
	if plugins := names[len(names)-5:]; !slices.Equal(plugins, append(order, "mod_checklist")) {
		t.Errorf("the page has %q", plugins)
	}
}

// TestNoBranchesNoSign: without branches it says nothing that none brings a plugin.
func TestNoBranchesNoSign(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample()
	r.Branches = 0
	for _, format := range []string{report.HTML, report.Markdown} {
		if strings.Contains(said(t, format, r, report.Options{}), "no branch brings it") {
			t.Errorf("%s blames a plugin", format)
		}
	}
}

// TestOrder: every format has code that nobody knows first, then what gives passwords
// away.
func TestOrder(t *testing.T) {
	t.Parallel()
	order := []string{
		"lib/editor/tinymce/tiny_mce/3.5.8/utils/cache.php", "course/format/weeks/export", "config.php.2013", "lib/luvle/timetable.php",
		"mod/quiz/locallib.php", "lib/moodlelib.php", "theme/afterburner", "lib/yui/build/moodle-core-dock/moodle-core-dock-min.js",
		"question/editlib.php", "mod/forum/lib.php", "lib/accesslib.php", "mod/resource/view.php", "mod/resource/singlefile.php",
		"lib/adodb/drivers/adodb-ado5.inc.php", "admin/cli/cron.php", "course/lib.php.bak", "pix/uploads/Übungsblätter 2013 (endgültig).zip",
	}
	paths := map[string][]string{}
	for _, n := range findings(parseHTML(t, render(t, report.HTML, reporttest.Sample(), report.Options{}))) {
		for path := range elements(n, "h4") {
			paths[report.HTML] = append(paths[report.HTML], textOf(path))
		}
	}
	for _, m := range regexp.MustCompile("(?m)^- \\*\\*\\w+\\*\\* `([^`]+)`").FindAllSubmatch(render(t, report.Markdown, reporttest.Sample(), report.Options{}), -1) {
		paths[report.Markdown] = append(paths[report.Markdown], string(m[1]))
	}
	var issues []ccIssue
	if err := json.Unmarshal(render(t, report.CodeClimate, reporttest.Sample(), report.Options{}), &issues); err != nil {
		t.Fatal(err)
	}
	for _, i := range issues {
		if i.CheckName != "corehack/missing-from-live" && i.CheckName != "corehack/unread" {
			paths[report.CodeClimate] = append(paths[report.CodeClimate], i.Location.Path)
		}
	}
	for format, got := range paths {
		if !slices.Equal(got, order) {
			t.Errorf("%s has\n%q, want\n%q", format, got, order)
		}
	}
	results := readSARIF(t, render(t, report.SARIF, reporttest.Sample(), report.Options{})).Runs[0].Results
	if got := results[2].Locations[0].Physical.Artifact.URI; got != "config.php.2013" || results[2].Level != "error" {
		t.Errorf("the third result of SARIF is %s", got)
	}
	if suites := readJUnit(t, reporttest.Sample(), report.Options{}).Suites; suites[1].Name != "corehack.foreign" || suites[1].Cases[0].Name != "config.php.2013" {
		t.Errorf("the second suite of JUnit is %s with %s first", suites[1].Name, suites[1].Cases[0].Name)
	}
}

// TestModeChanged: a mode that differs beside the content is said in every format.
func TestModeChanged(t *testing.T) {
	t.Parallel()
	r := reporttest.Empty()
	r.Findings = []job.Finding{{Place: job.At("a.php"), Component: "core", Class: "modified", Severity: "major", Orphan: true, ModeChanged: true}}
	for _, format := range report.Formats() {
		if !strings.Contains(said(t, format, reporttest.Finish(r), report.Options{}), "The core file is changed: no branch explains it; its mode differs too") {
			t.Errorf("%s does not say it", format)
		}
	}
}

// TestPluginCells: in the table names are code, and the words about them are not.
func TestPluginCells(t *testing.T) {
	t.Parallel()
	got := string(render(t, report.Markdown, reporttest.Sample(), report.Options{}))
	for _, want := range []string{
		"| branch `LUVLE-2.5-feature-mod_checklist` |\n", "| submodule of `git@git.example.org:luvle/theme.git` at `", "`, uncommitted changes are not known |\n", "| not known |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got[strings.Index(got, "## Additional plugins"):])
		}
	}
}

// TestSecrets: of a file that a web server runs and does not hand out, nobody says
// that it does.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const served = "may hold passwords, and a web server may serve it"
	for _, c := range []struct {
		evidence string
		files    int
		want     string
	}{
		{served, 1, "A file that may hold passwords where a web server may serve it"},
		{"a copy; " + served, 3, "A folder of 3 files that may hold passwords where a web server may serve them"},
		{"may hold passwords", 1, "A file that may hold passwords"},
		{"an archive", 1, "No part of Moodle nor of a plugin"},
		{"", 12, "A folder of 12 files that are no part of Moodle nor of a plugin"},
	} {
		r := reporttest.Empty()
		r.Findings = []job.Finding{{Place: job.At("a"), Class: "foreign", Severity: "major", Files: c.files, Evidence: c.evidence}}
		if got := readCodeClimate(t, reporttest.Finish(r))[0].Description; got != c.want {
			t.Errorf("%q of %d files: %q, want %q", c.evidence, c.files, got, c.want)
		}
	}
}
