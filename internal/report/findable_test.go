package report_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/report/reporttest"
)

// What looks for a file finds it by the path in a report, as long as that can be seen as it is; each path is told from
// all others.
func TestReportsNameFilesAsTheyAre(t *testing.T) {
	t.Parallel()
	unescape := strings.NewReplacer("%3A", ":", "%2C", ",", "%25", "%")
	seen := make(map[string]string)
	for path, want := range map[string]string{
		`mod/a "b".php`: "", `C:\moodle\a.php`: "", " mod/a.php ": "", "mod/größe.php": "", "100%,a:b.php": "", "-a=b": "", `mod/a\nb.php`: "",
		"mod/a\nb.php": `mod/a\nb.php`, "mod/\xff.php": `mod/\377.php`, "mod/\u202ephp.exe": `mod/\342\200\256php.exe`, "mod/a\u200bb": `mod/a\u200bb`,
	} {
		if want == "" {
			want = path
		}
		p := job.At(path)
		r := reporttest.NoChecks()
		r.Checks[0].Findings = []job.CheckFinding{{Rule: "secret", Severity: check.Error, Path: p.Path, PathB64: p.Bytes, Text: "a key"}}
		var issues []struct {
			Fingerprint string
			Location    struct{ Path string }
		}
		if err := json.Unmarshal(renderCheck(t, report.CodeClimate, r, report.Options{}), &issues); err != nil || len(issues) != 1 {
			t.Fatalf("%q: %d issues, %v", path, len(issues), err)
		}
		var suites struct {
			Cases []struct {
				File string `xml:"file,attr"`
			} `xml:"testsuite>testcase"`
		}
		if err := xml.Unmarshal(renderCheck(t, report.JUnit, r, report.Options{}), &suites); err != nil || len(suites.Cases) != 1 {
			t.Fatalf("%q: %d tests, %v", path, len(suites.Cases), err)
		}
		_, command, _ := strings.Cut(string(renderCheck(t, report.GitHub, r, report.Options{})), "file=")
		command, _, _ = strings.Cut(command, ",line=")
		for format, got := range map[string]string{"codeclimate": issues[0].Location.Path, "junit": suites.Cases[0].File, "github": unescape.Replace(command)} {
			if got != want {
				t.Errorf("%s: %q is %q, want %q", format, path, got, want)
			}
		}
		if other, twice := seen[issues[0].Fingerprint]; twice {
			t.Errorf("%q and %q have the same fingerprint", path, other)
		}
		seen[issues[0].Fingerprint] = path
	}
}
