package job_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// upgradeFixture is a small site whose upstream has what an upgrade of the database
// reads.
//
//	4.1.0 ── 4.1.1    MOODLE_401_STABLE
//	  └──── 4.5.0     main
func upgradeFixture(t *testing.T) *fixture {
	t.Helper()
	return templates.upgrade.fixture(t, func(dir string) { buildUpgrade(t, dir) })
}

func buildUpgrade(t *testing.T, dir string) {
	t.Helper()
	f := &fixture{gittest.NewAt(t, filepath.Join(dir, "repo")), t}
	f.Git("checkout", "-q", "-b", "main")
	f.core("4.1", "401", "2022112800.00", "")
	f.Write("lib/db/upgrade.php", upgradeScript("main", "2022112800"))
	f.Write("lib/db/install.xml", installXML(`<FIELD NAME="id"/>`))
	f.Write("mod/chat/version.php", versionFile("mod_chat", "2022112800"))
	f.Write("mod/chat/lib.php", text(20, nil))
	f.Write("mod/quiz/version.php", versionFile("mod_quiz", "2022112800"))
	f.Write("mod/quiz/db/upgrade.php", upgradeScript("quiz"))
	f.Write("mod/quiz/db/subplugins.json", `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`)
	f.Write("lib/editor/atto/version.php", versionFile("editor_atto", "2022112800"))
	f.Write("lib/editor/atto/db/subplugins.json", `{"plugintypes": {"atto": "lib/editor/atto/plugins"}}`)
	f.Write("admin/cli/upgrade.php", "<?php $options = ['non-interactive' => false];\n")
	f.Commit("Moodle release 4.1")
	f.Git("tag", "-a", "-m", "MOODLE_401", "v4.1.0")
	f.Git("checkout", "-q", "-b", "stable")
	f.core("4.1.1", "401", "2022112801.00", "")
	f.Commit("Moodle release 4.1.1")
	f.Git("tag", "-a", "-m", "MOODLE_4011", "v4.1.1")
	f.Git("checkout", "-q", "main")
	f.core("4.5", "405", "2024100700.00", "")
	f.Write("lib/db/upgrade.php", upgradeScript("main", "2022112800.01", "2023010100", "2023020100.01", "2024100700"))
	f.Write("lib/db/install.xml", installXML(`<FIELD NAME="id"/><FIELD NAME="own"/>`))
	f.Remove("mod/chat")
	f.Remove("lib/editor/atto")
	f.Write("mod/attendance/version.php", versionFile("mod_attendance", "2024100700"))
	f.Write("mod/quiz/version.php", versionFile("mod_quiz", "2024100700"))
	f.Write("mod/quiz/db/upgrade.php", strings.Replace(upgradeScript("quiz", "2024010100"), "{ upgrade",
		"{ $DB->execute('UPDATE {quiz_attempts} SET x = 1'); upgrade", 1))
	f.Write("admin/cli/upgrade.php", "<?php $options = ['maintenance' => true];\n")
	f.Commit("Moodle release 4.5")
	f.Git("tag", "-a", "-m", "MOODLE_405", "v4.5.0")
	f.Git("update-ref", "refs/remotes/upstream/main", "main")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", "stable")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	f.Git("branch", "-D", "main", "stable")
	f.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": "https://example.org/moodle.git", "mgit.remote.upstream.role": "upstream",
	} {
		f.Git("config", key, value)
	}
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", f.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
}

// core writes the files of a release of core.
func (f *fixture) core(release, branch, version, below string) {
	f.release(release, branch, version, below)
	f.Write(below+"lib/components.json", `{"plugintypes": {"qtype": "question/type", "mod": "mod", "auth": "auth", "block": "blocks",
		"editor": "lib/editor", "report": "report", "tool": "admin/tool", "theme": "theme", "local": "local"}, "subsystems": {"course": "course"}}`)
	f.Write(below+"lib/plugins.json", `{"standard": {"mod": ["quiz"]}, "deleted": {"mod": ["chat", "survey"]}}`)
}

func versionFile(component, version string, more ...string) string {
	return fmt.Sprintf("<?php\n$plugin->component = '%s';\n$plugin->version = %s;\n%s\n", component, version, strings.Join(more, "\n"))
}

func upgradeScript(name string, numbers ...string) string {
	body := "<?php\nfunction xmldb_" + name + "_upgrade($oldversion) {\n    global $DB;\n\n"
	for _, n := range numbers {
		body += fmt.Sprintf("    if ($oldversion < %s) { upgrade_main_savepoint(true, %s); }\n\n", n, n)
	}
	return body + "    return true;\n}\n"
}

func installXML(fields string) string {
	return `<?xml version="1.0" encoding="UTF-8" ?>
<XMLDB PATH="lib/db"><TABLES><TABLE NAME="user"><FIELDS>` + fields + `</FIELDS></TABLE></TABLES></XMLDB>
`
}

func (f *fixture) steps(tag string) *job.PlanSteps {
	f.t.Helper()
	s, err := job.PlanStepsOf(f.t.Context(), f.open(""), job.PlanRequest{Tag: tag, Now: time.Unix(1762160400, 0)})
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

func (f *fixture) components(tag string) *job.PlanComponents {
	f.t.Helper()
	c, err := job.PlanComponentsOf(f.t.Context(), f.open(""), job.PlanRequest{Tag: tag})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// upgradesOf writes the section's upgrades in short.
func upgradesOf(s *job.PlanSteps) []string {
	all := []string{}
	for _, u := range s.Upgrades {
		line := fmt.Sprintf("%s %s→%s %s:", u.Component, u.From, u.To, u.Weight)
		for _, step := range u.Steps {
			line += " " + step.Version
		}
		if u.Branch != "" {
			line += " of " + u.Branch
		}
		all = append(all, line)
	}
	return all
}

// The section reads the branches' plugins and upstream's trees, and leaves nothing
// behind.
func TestPlanSteps(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-theme_luvle", "v4.1.0", "theme/luvle/version.php", versionFile("theme_luvle", "1"))
	f.branch("LUVLE-4.1-feature-auth_luvle", "v4.1.0", "auth/luvle/version.php", versionFile("auth_luvle", "1"))
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0",
		"local/luvle/version.php", versionFile("local_luvle", "10", "$plugin->dependencies = ['tool_luvle' => 5];"),
		"local/luvle/db/upgrade.php", upgradeScript("local_luvle", "10"))
	f.branch("LUVLE-4.1-feature-tool_luvle", "v4.1.0", "admin/tool/luvle/version.php", versionFile("tool_luvle", "7"))
	f.branch("LUVLE-4.1-feature-report_odd", "v4.1.0", "report/odd/version.php", "<?php\n$plugin->version = $x;\n")
	f.branch("LUVLE-4.5-feature-local_luvle", "v4.5.0",
		"local/luvle/version.php", versionFile("local_luvle", "20", "$plugin->requires = 2022112800;", "$plugin->release = 'v2';", "$plugin->dependencies = ['tool_luvle' => 5];"),
		"local/luvle/db/upgrade.php", strings.Replace(upgradeScript("local_luvle", "10", "15", "20"), "{ upgrade",
			"{ \\core\\task\\manager::queue_adhoc_task(new \\local_luvle\\task\\fix()); upgrade", 2))
	f.branch("LUVLE-4.5-feature-tool_luvle", "v4.5.0", "admin/tool/luvle/version.php", versionFile("tool_luvle", "6"))
	before, objects := f.refs(), f.Git("count-objects", "-v")

	s := f.steps("v4.5.0")
	if diff := cmp.Diff([]string{
		"core 2022112800.00→2024100700.00 light: 2022112800.01 2023010100 2023020100.01 2024100700",
		"mod_quiz 2022112800→2024100700 heavy: 2024010100",
		"local_luvle 10→20 light: 15 20 of LUVLE-4.1-feature-local_luvle",
	}, upgradesOf(s)); diff != "" {
		t.Error(diff)
	}
	want := job.StepTotals{Steps: 7, Light: 6, Heavy: 1, Core: 4, Components: 3, Raised: 3, Queued: 1}
	if s.Totals != want || s.Weight != "heavy" {
		t.Errorf("%s, %+v, want %+v", s.Weight, s.Totals, want)
	}
	if s.From.Name != "v4.1.0" || s.From.Tag != "v4.1.0" || len(s.From.Branches) != 5 || s.To.Release != "4.5 (Build: 20241007)" {
		t.Errorf("from %+v, to %+v", s.From, s.To)
	}
	var rest []string
	for _, v := range s.Installs {
		rest = append(rest, "new "+v.Component.String())
	}
	for _, v := range s.Gone {
		rest = append(rest, "gone "+v.Component.String())
	}
	for _, v := range s.Downgrades {
		rest = append(rest, "lower "+v.Component.String()+" of "+v.Branch)
	}
	for _, b := range s.Before {
		rest = append(rest, "before "+b.What+": "+b.Text)
	}
	for _, p := range s.First {
		rest = append(rest, strings.TrimSpace("first "+p.Component.String()+": "+p.Why+" "+strings.Join(p.NeededBy, ",")))
	}
	for _, u := range s.Unread {
		rest = append(rest, "unread "+string(u.Path)+": "+u.Why)
	}
	if diff := cmp.Diff([]string{
		"new mod_attendance", "gone mod_chat", "gone editor_atto",
		"lower tool_luvle of LUVLE-4.1-feature-tool_luvle",
		"before upgrade-plugin: local_luvle v2 runs on 4.1 (Build: 20241007) already: upgrade it before",
		"before tasks-after: some steps put off work into tasks: those run from cron when the site is open again, so have cron running, and watch it",
		"first theme_luvle: every page is drawn with the theme",
		"first auth_luvle: nobody logs in without it",
		"first tool_luvle: others depend on it local_luvle",
		"unread report/odd/version.php: the version is an expression",
	}, rest); diff != "" {
		t.Error(diff)
	}
	if f.refs() != before || f.Git("count-objects", "-v") != objects {
		t.Error("looking wrote something")
	}
}

// A target that is built tells which release the site runs.
func TestPlanStepsFromTheTarget(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	f.branch("LUVLE-4.1-deployment", "v4.1.1", "local/luvle/version.php", versionFile("local_luvle", "9"), "local/other/version.php", versionFile("local_other", "1"))
	s := f.steps("v4.5.0")
	if s.From.Name != "LUVLE-4.1-deployment" || s.From.Tag != "v4.1.1" || s.From.Version != "2022112801.00" {
		t.Errorf("from %+v", s.From)
	}
	if diff := cmp.Diff([]string{
		"core 2022112801.00→2024100700.00 light: 2023010100 2023020100.01 2024100700",
		"mod_quiz 2022112800→2024100700 heavy: 2024010100",
	}, upgradesOf(s)); diff != "" {
		t.Error(diff)
	}
	if len(s.Gone) != 3 || s.Gone[2].Component.String() != "local_other" || s.Totals.Raised != 3 {
		t.Errorf("gone %+v, %d raised", s.Gone, s.Totals.Raised)
	}
}

// A release that is too old is stopped, and that is no step.
func TestPlanStepsStop(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.Git("checkout", "-q", "v4.5.0")
	f.core("4.6", "406", "2025040700.00", "")
	f.Write("lib/db/upgrade.php", strings.Replace(upgradeScript("main", "2024100700", "2025040700"), "{ upgrade",
		"{ echo(\"You need to upgrade to 4.5.x first!\\n\"); exit(1); upgrade", 1))
	f.Commit("Moodle release 4.6")
	f.Git("tag", "-a", "-m", "MOODLE_406", "v4.6.0")
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	s := f.steps("v4.6.0")
	if len(s.Stops) != 1 || s.Stops[0].Says != "You need to upgrade to 4.5.x first!" || s.Stops[0].Version != "2024100700" || s.Totals.Core != 1 {
		t.Errorf("stops %+v, %+v", s.Stops, s.Totals)
	}
}

// What a branch does to core's steps, version and tables is held against upstream's.
func TestPlanStepsCollisions(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	own := func(number string) string {
		return strings.Replace(upgradeScript("main", "2022112800"), "    return", "    if ($oldversion < "+number+") { own(); upgrade_main_savepoint(true, "+number+"); }\n\n    return", 1)
	}
	base := f.Git("show", "v4.1.0:version.php")
	f.branch("LUVLE-4.1-hack-core-a", "v4.1.0", "lib/db/upgrade.php", own("2022112800.005"))
	f.branch("LUVLE-4.1-hack-core-b", "v4.1.0", "lib/db/upgrade.php", own("2023020100.01"))
	f.branch("LUVLE-4.1-hack-core-c", "v4.1.0", "lib/db/upgrade.php", own("2023010100.05"))
	f.branch("LUVLE-4.1-hack-core-d", "v4.1.0", "lib/db/upgrade.php", own("2024100700.01"))
	f.branch("LUVLE-4.1-hack-core-e", "v4.1.0", "lib/db/upgrade.php", strings.Replace(own("2022112800.005"), "2022112800) {", "2022112800) { mine();", 1))
	f.branch("LUVLE-4.1-hack-core-f", "v4.1.0", "version.php", strings.Replace(base, "2022112800.00", "2022112800.02", 1)+"\n")
	f.branch("LUVLE-4.1-hack-core-g", "v4.1.0", "version.php", strings.Replace(base, "2022112800.00", "2024100700.05", 1)+"\n")
	f.branch("LUVLE-4.1-hack-core-h", "v4.1.0", "lib/db/install.xml", installXML(`<FIELD NAME="id"/><FIELD NAME="own"/><FIELD NAME="extra"/>`))
	f.branch("LUVLE-4.1-hack-mod_quiz", "v4.1.0", "mod/quiz/db/upgrade.php", strings.Replace(upgradeScript("quiz", "2024010100"), "xmldb_main", "xmldb_quiz", 1))
	f.branch("LUVLE-4.1-hack-mod_chat", "v4.1.0", "mod/chat/db/upgrade.php", upgradeScript("chat", "2023010100"))
	f.branch("LUVLE-4.1-feature-local_own", "v4.1.0",
		"local/own/version.php", versionFile("local_own", "10"), "local/own/db/upgrade.php", upgradeScript("local_own", "10"))
	var got []string
	for _, c := range f.steps("v4.5.0").Collisions {
		got = append(got, strings.TrimPrefix(c.Branch, "LUVLE-4.1-")+" "+c.Kind+" "+string(c.Path)+" "+c.Number+" ["+c.Below+" "+c.Above+"]: "+c.Text)
	}
	if diff := cmp.Diff([]string{
		"hack-core-a step lib/db/upgrade.php 2022112800.005 [ 2022112800.01]: the branch's step 2022112800.005 stands between upstream's (none) and 2022112800.01; it collides with none",
		"hack-core-b same-number lib/db/upgrade.php 2023020100.01 [2023010100 2024100700]: upstream has a step 2023020100.01 too: a site that has run the branch's never runs upstream's",
		"hack-core-c would-be-skipped lib/db/upgrade.php 2023010100.05 [2023010100 2023020100.01]: a site that has run the branch's step 2023010100.05 never runs upstream's steps 2022112800.01, 2023010100",
		"hack-core-d above-release lib/db/upgrade.php 2024100700.01 [2024100700 ]: the branch's step 2024100700.01 is above 2024100700.00 of v4.5.0: Moodle ends with an error once it has recorded it",
		"hack-core-e changed-step lib/db/upgrade.php 2022112800 [ 2022112800.01]: the branch changes upstream's step 2022112800: a site that has run upstream's does not run it again",
		"hack-core-e step lib/db/upgrade.php 2022112800.005 [ 2022112800.01]: the branch's step 2022112800.005 stands between upstream's (none) and 2022112800.01; it collides with none",
		"hack-core-f would-be-skipped version.php 2022112800.02 [2022112800.01 2023010100]: the branch raises the version to 2022112800.02: Moodle takes upstream's step 2022112800.01 for done",
		"hack-core-g above-release version.php 2024100700.05 [2024100700 ]: the branch raises the version to 2024100700.05, above 2024100700.00 of v4.5.0: Moodle refuses the upgrade as a downgrade",
		"hack-core-h same-in-schema lib/db/install.xml  [ ]: the branch adds user.own, which v4.5.0 has too: upstream's step finds it there already, perhaps of another type",
		"hack-core-h schema lib/db/install.xml  [ ]: the branch adds user.extra to upstream's tables",
		"hack-mod_chat step mod/chat/db/upgrade.php 2023010100 [ ]: the branch's step 2023010100 stands between upstream's (none) and (none); it collides with none",
		"hack-mod_quiz same-number mod/quiz/db/upgrade.php 2024010100 [ ]: upstream has a step 2024010100 too: a site that has run the branch's never runs upstream's",
	}, got); diff != "" {
		t.Error(diff)
	}
}

// What becomes of the components of branches is in the plan, and in a triage.
func TestPlanComponents(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-mod_attendance", "v4.1.0", "mod/attendance/version.php", versionFile("mod_attendance", "1"))
	f.branch("LUVLE-4.1-feature-mod_survey", "v4.1.0", "mod/survey/version.php", versionFile("mod_survey", "1"))
	f.branch("LUVLE-4.1-feature-atto_own", "v4.1.0", "lib/editor/atto/plugins/own/version.php", versionFile("atto_own", "1"))
	f.branch("LUVLE-4.1-hack-mod_chat", "v4.1.0", "mod/chat/lib.php", text(20, map[int]string{3: "ours"}))
	f.branch("LUVLE-4.1-hack-set_talk", "v4.1.0", "mod/chat/lib.php", text(20, map[int]string{5: "ours"}), "mod/quiz/lib.php", "x")
	f.branch("LUVLE-4.1-hack-mod_quiz", "v4.1.0", "mod/quiz/lib.php", "x")
	c := f.components("v4.5.0")
	var got []string
	for _, group := range []struct {
		name string
		all  []job.ComponentFate
	}{{"entered", c.Entered}, {"left", c.Left}, {"moved", c.Moved}} {
		for _, f := range group.all {
			got = append(got, fmt.Sprintf("%s %s listed %t: %s", group.name, f.Component, f.Listed, strings.ReplaceAll(strings.Join(f.Branches, " "), "LUVLE-4.1-", "")))
		}
	}
	for _, t := range c.Types {
		got = append(got, "type "+t.Type+" "+t.Fate+" of "+t.Owner)
	}
	if diff := cmp.Diff([]string{
		"entered mod_attendance listed false: feature-mod_attendance",
		"left editor_atto listed false: ",
		"left mod_chat listed true: hack-mod_chat hack-set_talk",
		"type atto left of editor_atto",
	}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"feature-atto_own atto_own owner-removed: core no longer ships editor_atto, which atto_own belongs to: carry that as a plugin too, or drop the branch",
		"feature-mod_attendance mod_attendance became-standard: core ships mod_attendance from 4.5 on: when it is the same plugin, drop the branch; when it is another one of this name, it has to be renamed",
		"feature-mod_survey mod_survey removed-before: mod_survey was part of Moodle and is no longer: it is carried as a plugin, so look for a release that suits 4.5",
		"hack-mod_chat mod_chat removed: core no longer ships mod_chat: to keep it, carry it as a plugin of its own with this change in it; otherwise uninstall it before the upgrade and drop the branch",
		"hack-set_talk mod_chat removed: core no longer ships mod_chat: to keep it, carry it as a plugin of its own with this change in it; otherwise uninstall it before the upgrade and drop the branch",
	}
	var inPlan, inTriage []string
	add := func(all []string, branch string, components []job.BranchComponent) []string {
		for _, c := range components {
			all = append(all, fmt.Sprintf("%s %s %s: %s", strings.TrimPrefix(branch, "LUVLE-4.1-"), c.Component, c.Fate, c.Advice))
		}
		return all
	}
	for _, b := range c.Branches {
		inPlan = add(inPlan, b.Branch, b.Components)
	}
	report, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0", Evidence: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range report.Branches {
		inTriage = add(inTriage, b.Name, b.Components)
	}
	if diff := cmp.Diff(want, inPlan); diff != "" {
		t.Error("plan", diff)
	}
	if diff := cmp.Diff(want, inTriage); diff != "" {
		t.Error("triage", diff)
	}
}

// Between the layouts, plugins are looked for where the new tree has them, and no
// component counts as moved because of the layout.
func TestPlanAcrossLayouts(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.Git("checkout", "-q", "v4.5.0")
	for _, name := range []string{"version.php", "lib/db/upgrade.php", "lib/db/install.xml", "mod", "admin/cli/upgrade.php"} {
		f.Remove(name)
	}
	f.core("5.1", "501", "2025100600.00", "public/")
	f.Remove("public/lib/components.json")
	f.Write("lib/components.json", `{"plugintypes": {"mod": "public/mod", "local": "public/local"}, "deprecatedplugintypes": {"report": "public/report"},
		"deletedplugintypes": {"block": "public/blocks"}, "subsystems": {}}`)
	f.Write("public/lib/db/upgrade.php", upgradeScript("main", "2023010100", "2025100600"))
	f.Write("public/mod/quiz/version.php", versionFile("mod_quiz", "2025100600"))
	f.Write("public/mod/quiz/db/upgrade.php", upgradeScript("quiz", "2025010100"))
	f.Commit("Moodle release 5.1")
	f.Git("tag", "-a", "-m", "MOODLE_501", "v5.1.0")
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	f.branch("LUVLE-4.1-feature-block_luvle", "v4.1.0", "blocks/luvle/version.php", versionFile("block_luvle", "10"))
	f.branch("LUVLE-4.1-feature-report_luvle", "v4.1.0", "report/luvle/version.php", versionFile("report_luvle", "10"))
	f.branch("LUVLE-4.1-feature-theme_luvle", "v4.1.0", "theme/luvle/version.php", versionFile("theme_luvle", "10"))
	f.branch("LUVLE-4.1-hack-core-x", "v4.1.0", "lib/db/upgrade.php", upgradeScript("main", "2022112800", "2023010100"))
	s := f.steps("v5.1.0")
	if diff := cmp.Diff([]string{
		"core 2022112800.00→2025100600.00 light: 2023010100 2025100600",
		"mod_quiz 2022112800→2025100600 light: 2025010100",
	}, upgradesOf(s)); diff != "" {
		t.Error(diff)
	}
	if len(s.Collisions) != 1 || s.Collisions[0].Kind != job.CollisionSameNumber || s.Collisions[0].Above != "2025100600" {
		t.Errorf("collisions %+v", s.Collisions)
	}
	c := f.components("v5.1.0")
	if len(c.Moved) != 0 {
		t.Errorf("moved %+v", c.Moved)
	}
	fates := make(map[string]string)
	for _, b := range c.Branches {
		for _, component := range b.Components {
			fates[component.Component.String()] = component.Fate
		}
	}
	want := map[string]string{
		"block_luvle": job.FateDeleted, "report_luvle": job.FateDeprecated, "theme_luvle": job.FateTypeGone,
	}
	if diff := cmp.Diff(want, fates); diff != "" {
		t.Error(diff)
	}
}

// A branch that stands on nothing of Moodle is said, and the others are looked at.
func TestPlanSaysWhichBranchesItPassesOver(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	f.Git("checkout", "-q", "--orphan", "LUVLE-4.1-feature-local_alone")
	f.Git("rm", "-q", "-r", "-f", ".")
	f.add("version.php", versionFile("local_alone", "1"))
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	s := f.steps("v4.5.0")
	if len(s.Unread) != 1 || s.Unread[0].Text != "LUVLE-4.1-feature-local_alone" || s.Unread[0].Why == "" || len(s.To.Branches) != 1 {
		t.Errorf("not read %+v, plugins %+v", s.Unread, s.To.Branches)
	}
	if c := f.components("v4.5.0"); len(c.Unread) != 1 || !strings.HasPrefix(c.Unread[0], "LUVLE-4.1-feature-local_alone: ") {
		t.Errorf("not read %v", c.Unread)
	}
	report, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.0", Evidence: true}, true)
	if err != nil || len(report.Branches) != 2 {
		t.Errorf("triage: %v, %+v", err, report)
	}
}

// The names in a tree are a stranger's: what PHP is made of, links and submodules in
// the place of files harm nothing.
func TestPlanOfAHostileBranch(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0",
		"local/luvle/version.php", "<?php $plugin->version = 10; \x00\xff /*",
		"local/luvle/db/upgrade.php", "<?php function xmldb_local_luvle_upgrade($o) { if ($o < 99999999999999999999999) { \xff\xfe ((((",
		"local/luvle/db/subplugins.json", `{"plugintypes": {"luvlepart": "../../.."}}`)
	f.Git("checkout", "-q", "LUVLE-4.1-feature-local_luvle")
	f.Git("update-index", "--add", "--cacheinfo", "160000,"+f.Head()+",local/luvle/db/upgradelib.php")
	f.Git("update-index", "--add", "--cacheinfo", "120000,"+f.Git("rev-parse", "HEAD:version.php")+",blocks/link/version.php")
	f.Git("commit", "-q", "-m", "a submodule and a link")
	f.Git("checkout", "-q", "-f", "--detach", "v4.1.0")
	f.branch("LUVLE-4.5-feature-local_luvle", "v4.5.0", "local/luvle/version.php", versionFile("local_luvle", "11"),
		"local/luvle/db/upgrade.php", "<?php function xmldb_local_luvle_upgrade($o) { if ($o < 99999999999999999999999) { \xff\xfe ((((")
	s := f.steps("v4.5.0")
	if diff := cmp.Diff("local_luvle 10→11 light: 99999999999999999999999 of LUVLE-4.1-feature-local_luvle", upgradesOf(s)[len(s.Upgrades)-1]); diff != "" {
		t.Error(diff)
	}
	if !slices.ContainsFunc(s.Unread, func(u job.PlanUnread) bool { return strings.Contains(u.Why, "subplugins.json") }) {
		t.Errorf("the broken declaration of sub-plugins is not said: %+v", s.Unread)
	}
	f.components("v4.5.0")
}

// Where the only heavy steps are those of a plugin that can be upgraded before, the
// site can stay open.
func TestPlanWithoutAnOutage(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.Git("checkout", "-q", "v4.5.0")
	f.core("4.5.1", "405", "2024100701.00", "")
	f.Write("mod/quiz/db/upgrade.php", upgradeScript("quiz", "2024010100"))
	f.Commit("Moodle release 4.5.1")
	f.Git("tag", "-a", "-m", "MOODLE_4051", "v4.5.1")
	heavy := strings.Replace(upgradeScript("local_luvle", "20"), "{ upgrade", "{ $DB->execute('UPDATE {user} SET x = 1'); upgrade", 1)
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	f.branch("LUVLE-4.1-feature-local_late", "v4.1.0", "local/late/version.php", versionFile("local_late", "10"))
	f.branch("LUVLE-4.5-feature-local_luvle", "v4.5.1", "local/luvle/version.php", versionFile("local_luvle", "20"), "local/luvle/db/upgrade.php", heavy)
	f.branch("LUVLE-4.5-feature-local_late", "v4.5.1", "local/late/version.php", versionFile("local_late", "20", "$plugin->requires = 2024100700;"))
	s := f.steps("v4.5.1")
	var got []string
	for _, b := range s.Before {
		got = append(got, fmt.Sprintf("%s %s %d of %d heavy", b.What, b.Component, b.Heavy, b.Steps))
	}
	if diff := cmp.Diff([]string{"upgrade-plugin local_luvle 1 of 1 heavy", "no-outage  0 of 0 heavy"}, got); diff != "" || s.Totals.Heavy != 1 {
		t.Error(diff, s.Totals)
	}
}

// Of a release whose trees are not understood the sections say that, and no more.
func TestPlanOfTreesThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	f := upgradeFixture(t)
	f.Git("checkout", "-q", "v4.5.0")
	f.core("4.5.1", "405", "2024100701.00", "")
	f.Remove("lib/components.json")
	f.Commit("Moodle release 4.5.1")
	f.Git("tag", "-a", "-m", "MOODLE_4051", "v4.5.1")
	f.branch("LUVLE-4.1-feature-local_luvle", "v4.1.0", "local/luvle/version.php", versionFile("local_luvle", "10"))
	s, c := f.steps("v4.5.1"), f.components("v4.5.1")
	if len(s.Unread) != 1 || !strings.Contains(s.Unread[0].Why, "lib/components.json is missing") || s.To.Name != "v4.5.1" {
		t.Errorf("steps: %+v", s)
	}
	if len(c.Unread) != 1 || !strings.Contains(c.Unread[0], "lib/components.json is missing") {
		t.Errorf("components: %+v", c)
	}
	report, _, err := job.RebaseAll(t.Context(), f.open(""), job.RebaseAllRequest{Tag: "v4.5.1", Evidence: true}, true)
	if err != nil || len(report.Warnings) != 1 || report.Warnings[0].ID != "components-unread" {
		t.Errorf("triage: %v, %+v", err, report)
	}
}
