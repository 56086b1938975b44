package job_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/job"
)

// A triage says what the new release makes of a branch: numbers of steps that are upstream's there, versions that are
// lower than there or in a branch that sites are upgraded from, and whether that stops at a conflict or not. What no release changes is not asked.
func TestTriageAsksRules(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	own := func(number string) string {
		return strings.Replace(upgradeScript("main", "2022112800"), "    return", "    if ($oldversion < "+number+") { own(); upgrade_main_savepoint(true, "+number+"); }\n\n    return", 1)
	}
	f.branch("LUVLE-4.1-hack-core-same", "v4.1.0", "lib/db/upgrade.php", own("2023020100.01"))
	f.branch("LUVLE-4.1-hack-core-own", "v4.1.0", "lib/db/upgrade.php", own("2022112800.005"))
	f.branch("LUVLE-4.1-feature-mod_attendance", "v4.1.0", "mod/attendance/version.php", versionFile("mod_attendance", "2021010100"))
	f.branch("LUVLE-4.1-feature-mod_ouwiki", "v4.1.0", "mod/ouwiki/version.php", versionFile("mod_ouwiki", "2021010100"), "mod/ouwiki/lib.php", "<?php var_dump(1);\n")
	f.branch("LUVLE-4.1-feature-mod_later", "v4.1.0", "mod/later/version.php", versionFile("mod_later", "2021010100"))
	f.branch("LUVLE-3.11-feature-mod_later", "v4.1.0", "mod/later/version.php", versionFile("mod_later", "2021010200"))
	f.branch("LUVLE-3.11-feature-mod_ouwiki", "v4.1.0", "mod/ouwiki/version.php", versionFile("mod_ouwiki", "2021010100"))
	f.branch("LUVLE-4.5-hack-mod_later-same", "v4.5.0", "mod/later/version.php", versionFile("mod_later", "2021010300")) // no older one
	f.branch("LUVLE-4.1-hack-mod_quiz-lib", "v4.1.0", "mod/quiz/lib.php", "<?php\n")
	site := f.open("")
	report, _, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0", Evidence: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range report.Branches {
		line := strings.TrimPrefix(b.Name, "LUVLE-4.1-") + " " + b.Outcome
		if b.Findings == nil {
			line += " not judged"
		}
		for _, f := range b.Findings {
			line += fmt.Sprintf(" | %s %s %s:%d %s", f.Severity, f.Rule, f.Path, f.Line, f.Text)
		}
		got = append(got, line)
	}
	want := []string{
		"feature-mod_attendance conflict | error version-lower mod/attendance/version.php:3 the version of mod_attendance is 2021010100, and was 2024100700 in v4.5.0",
		"feature-mod_later clean | warning version-lower mod/later/version.php:3 the version of mod_later is 2021010100, and LUVLE-3.11-feature-mod_later has 2021010200: no site that has that can be upgraded to this",
		"feature-mod_ouwiki clean",
		"hack-core-own clean",
		"hack-core-same clean | error savepoint-collides lib/db/upgrade.php:13 upstream has a step 2023020100.01 too: a site that has run this one never runs upstream's",
		"hack-mod_quiz-lib clean",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	report, _, err = job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range report.Branches {
		if b.Findings != nil {
			t.Errorf("rebase-all judged %s", b.Name)
		}
	}
}
