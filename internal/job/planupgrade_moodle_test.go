package job_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
)

// A site on Moodle's real 2.5 looks at 2.8.5: a plugin that became standard in
// between, one that was removed, hacks in the steps of core. MGIT_MOODLE names a
// clone of Moodle.
func TestPlanOnMoodle(t *testing.T) {
	t.Parallel()
	f := onMoodle(t, "+refs/heads/MOODLE_2*:refs/remotes/upstream/MOODLE_2*", "+refs/tags/v2.*:refs/tags/v2.*")
	script := f.Git("show", "v2.5.0:lib/db/upgrade.php")
	own := strings.Replace(script, "\n    return true;\n", "\n    if ($oldversion < 2013061400.01) {\n        set_config('own', 1);\n        upgrade_main_savepoint(true, 2013061400.01);\n    }\n\n    return true;\n", 1)
	if own == script {
		t.Fatal("the end of upgrade.php was not found")
	}
	f.branch("LUVLE-2.5-hack-core-steps", "v2.5.0", "lib/db/upgrade.php", own+"\n")
	f.branch("LUVLE-2.5-feature-editor_atto", "v2.5.0", "lib/editor/atto/version.php", versionFile("editor_atto", "2013010100"))
	f.branch("LUVLE-2.5-hack-assignment_online", "v2.5.0", "mod/assignment/type/online/ours.php", "<?php\n")
	f.branch("LUVLE-2.5-hack-filter_mediaplugin", "v2.5.0", "filter/mediaplugin/ours.php", "<?php\n")
	f.branch("LUVLE-2.5-hack-theme_anomaly", "v2.5.0", "theme/anomaly/ours.php", "<?php\n")

	began := time.Now()
	s := f.steps("v2.8.5")
	took := time.Since(began)
	began = time.Now()
	c := f.components("v2.8.5")
	t.Logf("steps in %v, components in %v: %+v", took.Round(time.Millisecond), time.Since(began).Round(time.Millisecond), s.Totals)

	version := "2013051400" // of v2.5.0
	count := 0
	for _, m := range regexp.MustCompile(`(?m)^ *if *\(\$oldversion < ([0-9.]+)\)`).FindAllStringSubmatch(f.Git("show", "v2.8.5:lib/db/upgrade.php"), -1) {
		if m[1] > version { // of the same length before the point
			count++
		}
	}
	if s.Totals.Core != count || count < 50 {
		t.Errorf("%d steps of core, by their lines %d", s.Totals.Core, count)
	}
	if len(s.Collisions) != 1 || s.Collisions[0].Number != "2013061400.01" {
		t.Fatalf("collisions %+v", s.Collisions)
	}
	t.Log(s.Collisions[0].Kind, s.Collisions[0].Text)
	upstreamHas := strings.Contains(f.Git("show", "v2.8.5:lib/db/upgrade.php"), "$oldversion < 2013061400.01)")
	if (s.Collisions[0].Kind == job.CollisionSameNumber) != upstreamHas {
		t.Errorf("upstream has the number: %t; %+v", upstreamHas, s.Collisions[0])
	}
	fates := make(map[string]string)
	for _, b := range c.Branches {
		for _, component := range b.Components {
			fates[component.Component.String()] = component.Fate
		}
	}
	for component, want := range map[string]string{"editor_atto": job.FateStandard, "theme_anomaly": job.FateRemoved, "filter_mediaplugin": ""} {
		if fates[component] != want {
			t.Errorf("%s: %q, want %q", component, fates[component], want)
		}
	}
	t.Log(fates)
	if !slices.ContainsFunc(c.Left, func(f job.ComponentFate) bool { return f.Component.String() == "theme_anomaly" && f.Listed }) {
		t.Error("2.8's own list of removed plugins names theme_anomaly")
	}
}
