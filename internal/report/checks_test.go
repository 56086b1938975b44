package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

var update = flag.Bool("update", false, "rewrite the samples in testdata")

// checkSamples are the reports that every format of checks is tried with.
func checkSamples() map[string]*job.CheckReport {
	return map[string]*job.CheckReport{"empty": {}, "none": reporttest.NoChecks(), "all": reporttest.Checks(), "hostile": reporttest.HostileChecks()}
}

func renderCheck(t *testing.T, format string, r *job.CheckReport, opt report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteCheck(&b, format, r, opt); err != nil {
		t.Fatalf("write %s: %v", format, err)
	}
	return b.Bytes()
}

// The samples show every format as it is. Of SARIF they have the results, since the rules have their own tests.
func TestCheckSamples(t *testing.T) {
	t.Parallel()
	for _, format := range report.CheckFormats() {
		data := renderCheck(t, format, reporttest.Checks(), report.Options{Version: "0.3.0"})
		if format == report.SARIF {
			data = data[bytes.Index(data, []byte("\"results\":[")):]
			data = regexp.MustCompile(`"ruleIndex":\d+,`).ReplaceAll(data, nil) // changes with every new rule
		}
		file := filepath.Join("testdata", "check."+format)
		if *update {
			if err := os.WriteFile(file, data, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("%s is not that of %s (-update rewrites it):\n%s", format, file, data)
		}
	}
}

func TestCheckUnknownFormat(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := report.WriteCheck(&b, report.HTML, reporttest.Checks(), report.Options{}); !errors.Is(err, report.ErrFormat) || b.Len() > 0 {
		t.Errorf("error %v after %d bytes, want ErrFormat after none", err, b.Len())
	}
}

// Nothing is printed raw, twice the same, and errors of the writer are returned.
func TestCheckFormatsAreSafe(t *testing.T) {
	t.Parallel()
	for _, format := range report.CheckFormats() {
		data := renderCheck(t, format, reporttest.HostileChecks(), report.Options{Version: "1\x1b[31m", Title: "title\x1b\u202e</title>"})
		for _, raw := range []string{"\x1b", "\x07", "\x00", "\x7f", "\r", "\u009b", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\ufffe", "\xff"} {
			if bytes.Contains(data, []byte(raw)) {
				t.Errorf("%s has %+q", format, raw)
			}
		}
		for _, room := range []int{0, len(data) / 2, len(data) - 1} {
			w := failing(room)
			if err := report.WriteCheck(&w, format, reporttest.HostileChecks(), report.Options{Version: "1\x1b[31m", Title: "title\x1b\u202e</title>"}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: error %v", format, room, len(data), err)
			}
		}
	}
}

func TestCheckSARIFSchema(t *testing.T) {
	t.Parallel()
	files := []string{filepath.Join("testdata", "sarif.json")}
	if official := os.Getenv("MGIT_SARIF_SCHEMA"); official != "" {
		files = append(files, official)
	}
	for _, file := range files {
		schema := compile(t, file)
		for name, r := range checkSamples() {
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				validate(t, schema, renderCheck(t, report.SARIF, r, report.Options{Version: "0.3.0"}))
			})
		}
	}
}

// Every rule is described with what to do, results name the right one, and what was waived is suppressed.
func TestCheckSARIF(t *testing.T) {
	t.Parallel()
	for name, r := range checkSamples() {
		data := renderCheck(t, report.SARIF, r, report.Options{})
		run := readSARIF(t, data).Runs[0]
		var rules []string
		for _, rule := range run.Tool.Driver.Rules {
			rules = append(rules, strings.TrimPrefix(rule.ID, "check/"))
		}
		for _, rule := range check.Rules() {
			if !slices.Contains(rules, rule.ID) {
				t.Errorf("%s is not described", rule.ID)
			}
		}
		levels := []string{"error", "warning", "none", "note"} // "none" is what no rule says
		worst, total := 0, 0
		for _, c := range r.Checks {
			total += len(c.Findings)
		}
		if len(run.Results) != total {
			t.Errorf("%s: %d results, want %d", name, len(run.Results), total)
		}
		seen := make(map[string]bool)
		for _, result := range run.Results {
			if rule := run.Tool.Driver.Rules[result.RuleIndex]; rule.ID != result.RuleID {
				t.Errorf("rule %d is %s, the result says %s", result.RuleIndex, rule.ID, result.RuleID)
			}
			level := slices.Index(levels, result.Level)
			if level < worst && name != "hostile" {
				t.Errorf("%s: %s after %s", name, result.Level, levels[worst])
			}
			worst = max(worst, level)
			if seen[result.Fingerprints.Line] {
				t.Errorf("%s: fingerprint %s twice", name, result.Fingerprints.Line)
			}
			seen[result.Fingerprints.Line] = true
		}
		var log struct {
			Runs []struct {
				Results []struct {
					Suppressions []struct{ Justification string }
				}
			}
		}
		if err := json.Unmarshal(data, &log); err != nil {
			t.Fatal(err)
		}
		suppressed := 0
		for _, result := range log.Runs[0].Results {
			suppressed += len(result.Suppressions)
		}
		if suppressed != r.Counts.Waived {
			t.Errorf("%s: %d suppressions, want %d", name, suppressed, r.Counts.Waived)
		}
	}
}

// A finding stays the same one when lines move, and is another one in another file.
func TestCheckFingerprints(t *testing.T) {
	t.Parallel()
	before, after := reporttest.Checks(), reporttest.Checks()
	for i := range after.Checks {
		after.Checks[i].To = reporttest.ID("later")
		for k := range after.Checks[i].Findings {
			if f := &after.Checks[i].Findings[k]; f.Line > 0 {
				f.Line += 40
			}
		}
	}
	prints := func(r *job.CheckReport) (all []string) {
		for _, result := range readSARIF(t, renderCheck(t, report.SARIF, r, report.Options{})).Runs[0].Results {
			all = append(all, result.Fingerprints.Line)
		}
		return all
	}
	if old, moved := prints(before), prints(after); !slices.Equal(old, moved) {
		t.Errorf("the fingerprints\n%q\nhave become\n%q", old, moved)
	}
	after.Checks[0].Findings[1].Path = "mod/ouwiki/other.php"
	if slices.Equal(prints(before), prints(after)) {
		t.Error("another file has the same fingerprints")
	}
}

func TestCheckCodeClimate(t *testing.T) {
	t.Parallel()
	categories := []string{"Bug Risk", "Clarity", "Compatibility", "Complexity", "Duplication", "Performance", "Security", "Style"}
	for name, r := range checkSamples() {
		var issues []ccIssue
		if err := json.Unmarshal(renderCheck(t, report.CodeClimate, r, report.Options{}), &issues); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := r.Counts.Errors + r.Counts.Warnings; len(issues) != want {
			t.Errorf("%s: %d issues, want %d", name, len(issues), want)
		}
		seen := make(map[string]bool)
		for _, i := range issues {
			if i.Description == "" || i.Location.Path == "" || i.Location.Lines.Begin < 1 || !slices.Contains(categories, i.Categories[0]) || seen[i.Fingerprint] {
				t.Errorf("%s: %+v", name, i)
			}
			seen[i.Fingerprint] = true
			if i.Severity != "major" && i.Severity != "minor" || !strings.HasPrefix(i.CheckName, "check/") {
				t.Errorf("%s: severity %q of %q", name, i.Severity, i.CheckName)
			}
		}
	}
}

func TestCheckJUnit(t *testing.T) {
	t.Parallel()
	for name, r := range checkSamples() {
		for _, strict := range []bool{false, true} {
			var suites junitSuites
			if err := xml.Unmarshal(renderCheck(t, report.JUnit, r, report.Options{Strict: strict}), &suites); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			failures, skipped, passed := r.Counts.Errors, r.Counts.Warnings+r.Counts.Waived, 0
			if strict {
				failures, skipped = failures+r.Counts.Warnings, r.Counts.Waived
			}
			for _, c := range r.Checks {
				if len(c.Findings) == 0 {
					passed++
				}
			}
			if suites.Failures != failures || suites.skipped() != skipped || suites.Tests != failures+skipped+passed || len(suites.Suites) != len(r.Checks) {
				t.Errorf("%s, strict %v: %+v", name, strict, suites)
			}
			for _, s := range suites.Suites {
				for _, c := range s.Cases {
					if strings.Contains(c.Name, ":12") || strings.Contains(c.Name, ":1940") {
						t.Errorf("the name %q changes when lines move", c.Name)
					}
				}
			}
		}
	}
}

// Whatever a path or a text says, the runner sees the commands that are meant and no other, and reads from them what
// was written.
func TestCheckGitHubCommands(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`^::(error|warning|notice) ([^:]*)::(.*)$`)
	for name, r := range checkSamples() {
		kinds := make(map[string]int)
		lines := strings.Split(strings.TrimSuffix(string(renderCheck(t, report.GitHub, r, report.Options{})), "\n"), "\n")
		for _, line := range lines[:len(lines)-1] {
			m := command.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("%s: %q is no command", name, line)
				continue
			}
			if m[2] != "title=mgit check" {
				kinds[m[1]]++
			}
			for property := range strings.SplitSeq(m[2], ",") {
				key, _, ok := strings.Cut(property, "=")
				if !ok || !slices.Contains([]string{"file", "line", "title"}, key) {
					t.Errorf("%s: property %q in %q", name, property, line)
				}
			}
		}
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "mgit check: ") || strings.Contains(last, "::") || strings.Contains(last, "##[") {
			t.Errorf("%s: the last line is %q", name, last)
		}
		if kinds["error"] != r.Counts.Errors || kinds["warning"] != r.Counts.Warnings || kinds["notice"] != r.Counts.Waived {
			t.Errorf("%s: %v", name, kinds)
		}
	}
	r := reporttest.NoChecks()
	r.Checks[0].Findings = []job.CheckFinding{{Rule: "scope", Severity: check.Error, Path: "a:b,c=100%/x::y.php", Line: 7, Text: "50% of it::error::no", Hint: "two\n::add-mask::x"}}
	first, _, _ := strings.Cut(string(renderCheck(t, report.GitHub, r, report.Options{})), "\n")
	if want := `::error file=a%3Ab%2Cc=100%25/x%3A%3Ay.php,line=7,title=mgit check%3A scope::50%25 of it::error::no; two\n::add-mask::x.`; first != want {
		t.Errorf("the command is\n%s\nwant\n%s", first, want)
	}
}

// Hostile texts stay in their cells, and mean nothing.
func TestCheckMarkdown(t *testing.T) {
	t.Parallel()
	text := string(renderCheck(t, report.Markdown, reporttest.HostileChecks(), report.Options{}))
	bar := regexp.MustCompile(`(^|[^\\])((?:\\\\)*)\|`)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") && len(bar.FindAllString(line, -1)) != 5 {
			t.Errorf("not five bars in %q", line)
		}
	}
	if small := renderCheck(t, report.Markdown, reporttest.HostileChecks(), report.Options{Limit: 1}); len(small) > 16<<10 {
		t.Errorf("%d bytes, more than the limit", len(small))
	}
}

// A place is the path as git shows it, once and whatever the path is.
func TestCheckPlace(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"mod/a.php":          "mod/a.php:3: ",
		"mod/a\nb.php":       `mod/a\nb.php:3: `,
		"mod/\xff\\.php":     `mod/\377\\.php:3: `,
		"mod/\\377.php":      `mod/\\377.php:3: `,
		"mod/\u202ephp.exe":  `mod/\342\200\256php.exe:3: `,
		"mod/grün\xc3\n.php": `mod/gr\303\274n\303\n.php:3: `,
	} {
		p := job.At(raw)
		f := job.CheckFinding{Rule: "secret", Path: p.Path, PathB64: p.Bytes, Line: 3, Text: "a key"}
		if got := report.CheckPlace(f); got != want {
			t.Errorf("%q is shown as %q, want %q", raw, got, want)
		}
		if got := report.CheckLine(f); got != want+"a key  [secret]" {
			t.Errorf("%q is shown as %q", raw, got)
		}
	}
}
