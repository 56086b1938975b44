package check_test

import (
	"strings"
	"testing"
	"time"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

const (
	older = "2024100700"
	newer = "2024100800"
)

// steps is a db/upgrade.php: pairs of a number and what the step does.
func steps(function string, pairs ...string) string {
	var b strings.Builder
	b.WriteString("<?php\nfunction " + function + "($oldversion) {\n")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("    if ($oldversion < " + pairs[i] + ") {\n        " + pairs[i+1] + "\n    }\n")
	}
	return b.String() + "    return true;\n}\n"
}

func ouwikiSteps(numbers ...string) string {
	var pairs []string
	for _, n := range numbers {
		pairs = append(pairs, n, "upgrade_mod_savepoint(true, "+n+", 'ouwiki');")
	}
	return steps("xmldb_ouwiki_upgrade", pairs...)
}

// whole is a tree that has the plugin, all in order.
func whole() *checktest.Case {
	return at45().
		Has("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)).
		Has("mod/ouwiki/lang/en/ouwiki.php", ouwikiStrings)
}

const ouwikiStrings = "<?php\n$string['pluginname'] = 'Wiki';\n$string['modulename'] = 'Wiki';\n$string['modulenameplural'] = 'Wikis';\n"

// released says that a release holds the branch.
func released(s *check.Subject) { s.Branch.Released = true }

// series makes the layout that of another series, with the same folders.
func inSeries(branch, release string) *checktest.Case {
	return at45().Has("version.php", "<?php\n$version  = 2014111000.00;\n$release  = '"+release+" (Build: 20141110)';\n$branch   = '"+branch+"';\n")
}

func TestPluginVersion(t *testing.T) {
	t.Parallel()
	judge(t, []string{"plugin-version"}, []verdict{
		{name: "whole", c: whole().Adds("mod/ouwiki/lib.php", code)},
		{name: "begins with it", c: at45().Adds("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)).Adds("mod/ouwiki/lib.php", code)},
		{name: "begins without", c: at45().Adds("mod/ouwiki/lib.php", code), want: []string{"plugin-version mod/ouwiki/version.php"}, says: "mod_ouwiki has no version.php", weak: true},
		{name: "grows without", c: at45().Has("mod/ouwiki/lib.php", code).Adds("mod/ouwiki/view.php", code), want: []string{"plugin-version mod/ouwiki/version.php"}, weak: true},
		{name: "released without", c: at45().On(released).Has("mod/ouwiki/lib.php", code).Adds("mod/ouwiki/view.php", code), want: []string{"plugin-version mod/ouwiki/version.php"}},
		{name: "lacks it, and another file changes", c: at45().Changes("mod/ouwiki/lib.php", code, code+"// A.\n")},
		{name: "loses it", c: at45().Has("mod/ouwiki/lib.php", code).Removes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)), want: []string{"plugin-version mod/ouwiki/version.php"}},
		{name: "moved away", c: at45().Has("mod/ouwiki/lib.php", code).Moves("mod/ouwiki/version.php", "mod/ouwiki/versions.php", checktest.Plugin("mod_ouwiki", older)), want: []string{"plugin-version mod/ouwiki/version.php"}},
		{name: "goes as a whole", c: at45().Removes("mod/ouwiki/lib.php", code).Removes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older))},
		{name: "a sub-plugin begins without", c: whole().Has("mod/ouwiki/db/subplugins.json", `{"plugintypes": {"ouwikiview": "mod/ouwiki/view"}}`).
			Adds("mod/ouwiki/view/map/lib.php", code), want: []string{"plugin-version mod/ouwiki/view/map/version.php"}, weak: true},
		{name: "a folder among plugins that is none", c: at45().Adds("mod/tests/generator.php", code).Adds("blocks/classes/a.php", code).Has("mod/olden/x.php", code).Adds("mod/olden/lib.php", code)},
		{name: "a submodule", c: at45().Adds("mod/ouwiki", "").Mode("mod/ouwiki", git.ModeGitlink)},
		{name: "below public/", c: at51().Adds("public/mod/ouwiki/lib.php", code), want: []string{"plugin-version public/mod/ouwiki/version.php"}, weak: true},
		{name: "no version in it", c: at45().Adds("mod/ouwiki/version.php", "<?php\n$plugin->component = 'mod_ouwiki';\n// $plugin->version = 2024100700;\n"), want: []string{"plugin-version mod/ouwiki/version.php"}, says: "sets no $plugin->version"},
		{name: "an expression", c: at45().Adds("mod/ouwiki/version.php", "<?php\n$plugin->component = 'mod_ouwiki';\n$plugin->version = $x ? 1 : 2;\n")},
		{name: "of core", c: at45().Changes("version.php", coreVersion("2024100700.00"), coreVersion("2024100700.01"))},
	})
}

func TestPluginComponent(t *testing.T) {
	t.Parallel()
	say := func(text string) string {
		return "<?php\n// $plugin->component = 'mod_other';\n$plugin->version = 2024100700;\n" + text + "\n"
	}
	old := "<?php\n$module->version = 2014111000;\n"
	judge(t, []string{"plugin-component"}, []verdict{
		{name: "right", c: at45().Adds("mod/ouwiki/version.php", say("$plugin->component = \"mod_ouwiki\"; // Full name."))},
		{name: "another plugin's", c: at45().Adds("mod/ouwiki/version.php", say("$plugin->component = 'mod_wiki';")), want: []string{"plugin-component mod/ouwiki/version.php:4"}, says: `$plugin->component is "mod_wiki" in the folder of mod_ouwiki | write $plugin->component = 'mod_ouwiki';`},
		{name: "without its type", c: at45().Adds("mod/ouwiki/version.php", say("$plugin->component='ouwiki';")), want: []string{"plugin-component mod/ouwiki/version.php:4"}},
		{name: "the last one counts", c: at45().Adds("mod/ouwiki/version.php", say("$plugin->component = 'mod_ouwiki';\n$plugin->component = 'mod_x';")), want: []string{"plugin-component mod/ouwiki/version.php:5"}},
		{name: "none", c: at45().Adds("mod/ouwiki/version.php", say("")), want: []string{"plugin-component mod/ouwiki/version.php"}, says: "does not say"},
		{name: "an expression", c: at45().Adds("mod/ouwiki/version.php", say("$plugin->component = $x;"))},
		{name: "with windows line ends", c: at45().Adds("mod/ouwiki/version.php", "<?php\r\n$plugin->version = 2024100700;\r\n$plugin->component = 'mod_ouwiki';\r\n")},
		{name: "$module", c: at45().Adds("mod/ouwiki/version.php", old+"$module->component = 'mod_ouwiki';\n"), want: []string{"plugin-component mod/ouwiki/version.php:2"}, says: "$module is of old"},
		{name: "$module when it was new", c: inSeries("25", "2.5").Adds("mod/ouwiki/version.php", old)},
		{name: "only another file changes", c: at45().Has("mod/ouwiki/version.php", say("")).Adds("mod/ouwiki/lib.php", code)},
		{name: "a quiz report", c: at45().On(kind("feature", "quiz_mine")).Adds("mod/quiz/report/mine/version.php", say("$plugin->component = 'quizreport_mine';")), want: []string{"plugin-component mod/quiz/report/mine/version.php:4"}, says: "quiz_mine"},
		{name: "a sub-plugin whose owner is elsewhere", c: at45().On(kind("feature", "customcertelement_lu")).Adds("mod/customcert/element/lu/version.php", say("$plugin->component = 'customcertelement_li';")), want: []string{"plugin-component mod/customcert/element/lu/version.php:4"}},
		{name: "another version.php", c: at45().Adds("mod/ouwiki/lib/version.php", "<?php\n")},
	})
}

func TestPluginName(t *testing.T) {
	t.Parallel()
	version := checktest.Plugin("mod_x", older)
	judge(t, []string{"plugin-name"}, []verdict{
		{name: "right", c: at45().Adds("mod/ouwiki/version.php", version)},
		{name: "an underscore in a module", c: at45().Adds("mod/ou_wiki/version.php", version), want: []string{"plugin-name mod/ou_wiki/version.php"}, says: "no underscore"},
		{name: "an underscore in another", c: at45().Adds("local/ou_wiki/version.php", version)},
		{name: "a leading underscore", c: at45().Has("mod/datalynx/version.php", version).Has("mod/datalynx/db/subplugins.json", `{"plugintypes": {"datalynxfield": "mod/datalynx/field"}}`).
			Adds("mod/datalynx/field/_approve/version.php", version), want: []string{"plugin-name mod/datalynx/field/_approve/version.php"}},
		{name: "upper case", c: at45().Adds("local/Mine/version.php", version), want: []string{"plugin-name local/Mine/version.php"}},
		{name: "two in a row", c: at45().Adds("local/a__b/version.php", version), want: []string{"plugin-name local/a__b/version.php"}},
		{name: "a subsystem's", c: at45().Adds("mod/course/version.php", version), want: []string{"plugin-name mod/course/version.php"}, says: "subsystem"},
		{name: "a folder that Moodle ignores", c: at45().Adds("local/tests/version.php", version), want: []string{"plugin-name local/tests/version.php"}},
		{name: "a folder without version.php", c: at45().Adds("local/Mine/lib.php", code).Adds("mod/_old/a.php", code)},
		{name: "was there before", c: at45().Changes("local/Mine/version.php", version, version+"// A.\n")},
		{name: "moved there", c: at45().Moves("local/mine/version.php", "local/Mine/version.php", version), want: []string{"plugin-name local/Mine/version.php"}},
		{name: "the branch's", c: at45().On(func(s *check.Subject) { s.Branch.Component = moodle.Component{Type: "moad", Name: "ouwiki"} }).Adds("mod/ouwiki/lib.php", code), want: []string{"plugin-name"}, says: "no plugin type moad"},
		{name: "the branch's is a subsystem's", c: at45().On(func(s *check.Subject) { s.Branch.Component = moodle.Component{Type: "mod", Name: "course"} }).Adds("mod/ouwiki/lib.php", code), want: []string{"plugin-name"}},
		{name: "the branch's part of core has no name", c: at45().On(kind("hack", "core_lib")).Adds("lib/a.php", code), want: []string{"plugin-name"}, weak: true},
		{name: "the branch's owner is elsewhere", c: at45().On(kind("feature", "customcertelement_lu")).Adds("mod/customcert/element/lu/version.php", version)},
	})
}

func TestVersionLower(t *testing.T) {
	t.Parallel()
	say := func(version string) string {
		return "<?php\n$plugin->component = 'mod_ouwiki';\n$plugin->version = " + version + ";\n"
	}
	from := func(before, after string) *checktest.Case {
		return at45().Changes("mod/ouwiki/version.php", say(before), say(after))
	}
	forum := func(version string) map[string]string {
		return map[string]string{"mod/forum/version.php": checktest.Plugin("mod_forum", version)}
	}
	judge(t, []string{"version-lower"}, []verdict{
		{name: "higher", c: from(older, newer)},
		{name: "as before", c: from(older, older+" ")},
		{name: "lower", c: from(newer, older), want: []string{"version-lower mod/ouwiki/version.php:3"}, says: "the version of mod_ouwiki is 2024100700, and was 2024100800 before"},
		{name: "decimals", c: from("2024100700.1", "2024100700.10")},
		{name: "decimals lower", c: from("2024100700.1", "2024100700.09"), want: []string{"version-lower mod/ouwiki/version.php:3"}},
		{name: "in quotes", c: from("'2024100800'", "\"2024100700\""), want: []string{"version-lower mod/ouwiki/version.php:3"}},
		{name: "a digit less", c: from(older, "202410080"), want: []string{"version-lower mod/ouwiki/version.php:3"}},
		{name: "an expression", c: from(older, "$x ? 1 : 2")},
		{name: "was an expression", c: from("$x ? 3 : 4", "2")},
		{name: "below the release", c: at45().Upstream(forum(newer)).On(kind("hack", "mod_forum")).
			Changes("mod/forum/version.php", checktest.Plugin("mod_forum", "2024100600"), checktest.Plugin("mod_forum", older)), want: []string{"version-lower mod/forum/version.php:2"}, says: "in the release"},
		{name: "of core", c: at45().On(kind("hack", "core")).Changes("version.php", coreVersion("2024100700.02"), coreVersion("2024100700.01")), want: []string{"version-lower version.php:2"}, says: "the version of core is"},
		{name: "another plugin's file moved here", c: at45().Moves("mod/other/version.php", "mod/ouwiki/version.php", say(older))},
		{name: "gone", c: at45().Removes("mod/ouwiki/version.php", say(older))},
	})
}

func TestNotesOfExpressions(t *testing.T) {
	t.Parallel()
	c := at45().Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older), "<?php\n$plugin->version = $x ? 1 : 2;\n$plugin->component = X;\n").
		Changes("version.php", coreVersion("2024100700.02"), coreVersion("2024100700.02;\n$version = $version + $more"))
	result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(result.Notes, "\n")
	for _, want := range []string{`ouwiki/version.php": the version is an expression`, "component is an expression", `"version.php": the version is an expression`} {
		if strings.Count(notes, want) != 1 {
			t.Errorf("notes %q, want %q once", result.Notes, want)
		}
	}
}

func TestVersionBump(t *testing.T) {
	t.Parallel()
	const (
		table = `<XMLDB PATH="mod/ouwiki/db" VERSION="1"><TABLES><TABLE NAME="ouwiki" COMMENT="a"><FIELDS>` +
			`<FIELD NAME="id" TYPE="int" NEXT="name"/><FIELD NAME="name" TYPE="char" PREVIOUS="id"/></FIELDS></TABLE></TABLES></XMLDB>`
		access = "<?php\n// A.\ndefined('MOODLE_INTERNAL') || die();\n$capabilities = ['mod/ouwiki:view' => ['captype' => 'read']];\n"
	)
	wider := strings.Replace(table, `TYPE="char"`, `TYPE="text"`, 1)
	prose := "<!-- a -->" + strings.NewReplacer(`VERSION="1"`, `VERSION="2"`, `COMMENT="a"`, `COMMENT="b"`, ` NEXT="name"`, "", ` PREVIOUS="id"`, "", "><", ">\n<").Replace(table)
	bumped := func() *checktest.Case {
		return at45().Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older), checktest.Plugin("mod_ouwiki", newer))
	}
	merging := func(s *check.Subject) { s.Merging = true }
	judge(t, []string{"version-bump"}, []verdict{
		{name: "tables", c: whole().Changes("mod/ouwiki/db/install.xml", table, wider), want: []string{"version-bump mod/ouwiki/db/install.xml:1"}, says: "changes tables, and the version of mod_ouwiki stays at 2024100700 | raise the version in mod/ouwiki/version.php"},
		{name: "tables with a version", c: bumped().Changes("mod/ouwiki/db/install.xml", table, wider)},
		{name: "comments on tables", c: whole().Changes("mod/ouwiki/db/install.xml", table, prose)},
		{name: "tables for the first time", c: whole().Adds("mod/ouwiki/db/install.xml", table), want: []string{"version-bump mod/ouwiki/db/install.xml:1"}},
		{name: "tables are gone", c: whole().Removes("mod/ouwiki/db/install.xml", table), want: []string{"version-bump mod/ouwiki/db/install.xml"}},
		{name: "tables that cannot be read", c: whole().Changes("mod/ouwiki/db/install.xml", "<a>\n", "<a>\n<b>\n"), want: []string{"version-bump mod/ouwiki/db/install.xml:2"}},
		{name: "a new plugin", c: at45().Adds("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)).Adds("mod/ouwiki/db/install.xml", table).Adds("mod/ouwiki/db/access.php", access)},
		{name: "a step", c: whole().Changes("mod/ouwiki/db/upgrade.php", ouwikiSteps("2024100600"), ouwikiSteps("2024100600", older)), want: []string{"version-bump mod/ouwiki/db/upgrade.php:6"}, says: "adds a step"},
		{name: "a step gets another number", c: whole().Changes("mod/ouwiki/db/upgrade.php", ouwikiSteps("2024100600"), ouwikiSteps(older))},
		{name: "a step is only changed", c: whole().Changes("mod/ouwiki/db/upgrade.php", ouwikiSteps("2024100600"), strings.Replace(ouwikiSteps("2024100600"), "upgrade_mod", "f(); upgrade_mod", 1))},
		{name: "capabilities", c: whole().Changes("mod/ouwiki/db/access.php", access, strings.Replace(access, "read", "write", 1)), want: []string{"version-bump mod/ouwiki/db/access.php:4"}, says: "changes capabilities"},
		{name: "comments and white space", c: whole().Changes("mod/ouwiki/db/access.php", access, strings.Replace(access, "// A.\n", "/** B. */\n\n", 1))},
		{name: "the guard goes", c: whole().Changes("mod/ouwiki/db/access.php", access, strings.Replace(access, "defined('MOODLE_INTERNAL') || die();\n", "", 1))},
		{name: "several", c: whole().Adds("mod/ouwiki/db/tasks.php", "<?php\n$tasks = [1];\n").Adds("mod/ouwiki/db/services.php", "<?php\n$functions = [1];\n"), want: []string{"version-bump mod/ouwiki/db/services.php:1"}, says: "tasks.php changes scheduled tasks"},
		{name: "moved to another plugin", c: whole().Moves("mod/ouwiki/db/tasks.php", "mod/other/db/tasks.php", "<?php\n$tasks = [1];\n"), want: []string{"version-bump mod/ouwiki/db/tasks.php"}},
		{name: "what Moodle reads at once", c: whole().Adds("mod/ouwiki/db/install.php", code).Adds("mod/ouwiki/db/upgradelib.php", code)},
		{name: "the version goes down", c: at45().Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", newer), checktest.Plugin("mod_ouwiki", older)).Changes("mod/ouwiki/db/access.php", access, access+"$a = 1;\n"), want: []string{"version-bump mod/ouwiki/db/access.php:5"}, says: "goes down to"},
		{name: "core", c: at45().On(kind("hack", "core")).Changes("lib/db/access.php", access, access+"$a = 1;\n"), want: []string{"version-bump lib/db/access.php:5"}, says: "raise the version in version.php"},
		{name: "core with a version", c: at45().On(kind("hack", "core")).Changes("lib/db/access.php", access, access+"$a = 1;\n").Changes("version.php", coreVersion("2024100700.00"), coreVersion("2024100700.01"))},
		{name: "core below public/", c: at51().On(kind("hack", "core")).Adds("public/lib/db/tasks.php", "<?php\n$tasks = [1];\n"), want: []string{"version-bump public/lib/db/tasks.php:1"}, says: "public/version.php"},
		{name: "a merge", c: whole().On(merging).Changes("mod/ouwiki/db/install.xml", table, wider)},
		{name: "an expression", c: at45().Has("mod/ouwiki/version.php", "<?php\n$plugin->version = X;\n").Changes("mod/ouwiki/db/install.xml", table, wider)},
	})
}

func TestSavepoints(t *testing.T) {
	t.Parallel()
	const file = "mod/ouwiki/db/upgrade.php"
	// adds is a change that adds a step to one that is there.
	adds := func(number, does string) *checktest.Case {
		before := []string{"2024100600", "upgrade_mod_savepoint(true, 2024100600, 'ouwiki');"}
		return whole().Has("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", newer)).
			Changes(file, steps("xmldb_ouwiki_upgrade", before...), steps("xmldb_ouwiki_upgrade", append(before, number, does)...))
	}
	where := func(line string) []string { return []string{"savepoint " + file + ":" + line} }
	bare := steps("xmldb_ouwiki_upgrade", "2024100600", "f();", newer, "upgrade_mod_savepoint(true, "+newer+", 'ouwiki');")
	plugin := func(component, file, function, does string) *checktest.Case {
		dir := strings.TrimSuffix(file, "/db/upgrade.php")
		return at45().On(kind("feature", component)).Adds(dir+"/version.php", checktest.Plugin(component, newer)).Adds(file, steps(function, newer, does))
	}
	judge(t, []string{"savepoint"}, []verdict{
		{name: "right", c: adds(newer, "upgrade_mod_savepoint(true, 2024100800, 'ouwiki');")},
		{name: "none", c: adds(newer, "f();"), want: where("6"), says: "step 2024100800 records no savepoint | end the step with upgrade_mod_savepoint(true, 2024100800, 'ouwiki');"},
		{name: "in a comment", c: adds(newer, "// upgrade_mod_savepoint(true, 2024100800, 'ouwiki');"), want: where("6")},
		{name: "another number", c: adds(newer, "upgrade_mod_savepoint(true, 2024100801, 'ouwiki');"), want: where("7"), says: "the savepoint says 2024100801, the step 2024100800"},
		{name: "the same number", c: adds("2024100700.1", "upgrade_mod_savepoint(true, 2024100700.10, 'ouwiki');")},
		{name: "a variable", c: adds(newer, "upgrade_mod_savepoint(true, $new, 'ouwiki');")},
		{name: "inside an if", c: adds(newer, "if ($a) { upgrade_mod_savepoint(true, 2024100800, 'ouwiki'); }")},
		{name: "says that it failed", c: adds(newer, "upgrade_mod_savepoint(false, 2024100800, 'ouwiki');"), want: where("7")},
		{name: "of another module", c: adds(newer, "upgrade_mod_savepoint(true, 2024100800, 'wiki');"), want: where("7"), says: `is for "wiki"`},
		{name: "of core's", c: adds(newer, "upgrade_main_savepoint(true, 2024100800);"), want: where("7"), says: "upgrade_main_savepoint records a step of something else than mod_ouwiki"},
		{name: "by the function for all plugins", c: adds(newer, "upgrade_plugin_savepoint(true, 2024100800, 'mod', 'ouwiki');")},
		{name: "by that, for another", c: adds(newer, "upgrade_plugin_savepoint(true, 2024100800, 'local', 'ouwiki');"), want: where("7")},
		{name: "by that, before 2.6", c: inSeries("25", "2.5").Has("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", newer)).
			Adds(file, steps("xmldb_ouwiki_upgrade", newer, "upgrade_plugin_savepoint(true, "+newer+", 'mod', 'ouwiki');")), want: where("4")},
		{name: "the step ends the upgrade", c: adds(newer, "throw new moodle_exception('tooold');")},
		{name: "above the version", c: adds("2024100900", "upgrade_mod_savepoint(true, 2024100900, 'ouwiki');"), want: where("6"), says: "step 2024100900 is above the version of mod_ouwiki, 2024100800"},
		{name: "a digit too many", c: adds("20241008000", "upgrade_mod_savepoint(true, 20241008000, 'ouwiki');"), want: where("6")},
		{name: "behind a later one", c: adds("2024100500", "upgrade_mod_savepoint(true, 2024100500, 'ouwiki');"), want: where("6"), says: "stands behind step 2024100600"},
		{name: "twice", c: adds("2024100600", "f(); upgrade_mod_savepoint(true, 2024100600, 'ouwiki');"), want: where("6"), says: "stands behind step 2024100600"},
		{name: "nested", c: adds(newer, "if ($oldversion > 2024100601) { f(); } if ($oldversion < 2024100500) { g(); } upgrade_mod_savepoint(true, 2024100800, 'ouwiki');")},
		{name: "a repair for some versions", c: whole().Has("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", newer)).Changes(file, ouwikiSteps("2024100600"),
			strings.Replace(ouwikiSteps("2024100600"), "    return", "    if ($oldversion >= 2024050100 && $oldversion < 2024050103) {\n        f();\n    }\n    return", 1))},
		{name: "had none before", c: whole().Has("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", newer)).Changes(file, bare, strings.Replace(bare, "f();", "f(1);", 1))},
		{name: "loses its own", c: whole().Changes(file, ouwikiSteps("2024100600"), steps("xmldb_ouwiki_upgrade", "2024100600", "f();")), want: where("3")},
		{name: "only comments change", c: whole().Changes(file, bare, strings.Replace(bare, "f();", "f(); // F.", 1))},
		{name: "another function", c: whole().Adds(file, steps("xmldb_mod_ouwiki_upgrade", older, "upgrade_mod_savepoint(true, "+older+", 'ouwiki');")), want: where("2"), says: "Moodle calls xmldb_ouwiki_upgrade"},
		{name: "no function", c: whole().Adds(file, "<?php\n")},
		{name: "before 2.0", c: inSeries("19", "1.9").Has("mod/ouwiki/version.php", "<?php\n$module->version = 2014111000;\n").Adds(file, steps("xmldb_ouwiki_upgrade", "2014111000", "f();"))},

		{name: "of a block", c: plugin("block_lu", "blocks/lu/db/upgrade.php", "xmldb_block_lu_upgrade", "upgrade_block_savepoint(true, "+newer+", 'lu');")},
		{name: "of a tool", c: plugin("tool_lu", "admin/tool/lu/db/upgrade.php", "xmldb_tool_lu_upgrade", "upgrade_plugin_savepoint(true, "+newer+", 'tool', 'lu');")},
		{name: "of another tool", c: plugin("tool_lu", "admin/tool/lu/db/upgrade.php", "xmldb_tool_lu_upgrade", "upgrade_plugin_savepoint(true, "+newer+", 'tool', 'log');"), want: []string{"savepoint admin/tool/lu/db/upgrade.php:4"}},
		{name: "of core", c: at45().On(kind("hack", "core")).Changes("version.php", coreVersion("2024100700.00"), coreVersion("2024100700.01")).
			Adds("lib/db/upgrade.php", steps("xmldb_main_upgrade", "2024100700.01", "upgrade_main_savepoint(true, 2024100700.01);"))},
		{name: "of core, without", c: at45().On(kind("hack", "core")).Adds("lib/db/upgrade.php", steps("xmldb_main_upgrade", "2024100700.00", "f();")), want: []string{"savepoint lib/db/upgrade.php:3"}, says: "upgrade_main_savepoint(true, 2024100700.00);"},
	})
}

func TestSavepointCollides(t *testing.T) {
	t.Parallel()
	const file = "mod/forum/db/upgrade.php"
	forum := func(numbers ...string) string {
		return strings.ReplaceAll(ouwikiSteps(numbers...), "ouwiki", "forum")
	}
	on := func(before, after string) *checktest.Case {
		return at45().On(kind("hack", "mod_forum")).Upstream(map[string]string{file: forum("2024090100"), "mod/forum/version.php": checktest.Plugin("mod_forum", older)}).
			Changes(file, before, after)
	}
	core := func(number string) *checktest.Case {
		return at45().On(kind("hack", "core")).Upstream(map[string]string{"lib/db/upgrade.php": steps("xmldb_main_upgrade"), "version.php": coreVersion("2024100700.00")}).
			Changes("lib/db/upgrade.php", steps("xmldb_main_upgrade"), steps("xmldb_main_upgrade", number, "upgrade_main_savepoint(true, "+number+");"))
	}
	changed := strings.Replace(forum("2024090100"), "upgrade_mod", "f(); upgrade_mod", 1)
	twice := steps("xmldb_forum_upgrade", "2024090100", "upgrade_mod_savepoint(true, 2024090100, 'forum');", "2024090100", "f();")
	where := func(line string) []string { return []string{"savepoint-collides " + file + ":" + line} }
	judge(t, []string{"savepoint-collides"}, []verdict{
		{name: "right behind the release", c: on(forum("2024090100"), forum("2024090100", "2024100700.01"))},
		{name: "a second one", c: on(forum("2024090100", "2024100700.01"), forum("2024090100", "2024100700.01", "2024100700.02"))},
		{name: "upstream counts there", c: on(forum("2024090100"), forum("2024090100", "2024100701")), want: where("6"), says: "such as 2024100700.01"},
		{name: "by today's date", c: on(forum("2024090100"), forum("2024090100", "2025010100")), want: where("6"), says: "in upstream's way"},
		{name: "meant for upstream", c: on(forum("2024090100"), forum("2024090100", "2025010100")).On(func(s *check.Subject) { s.Branch.Public = true })},
		{name: "brought along", c: on(forum("2024090100"), forum("2024050100.01", "2024090100"))},
		{name: "upstream's own number", c: on(forum("2024090100"), twice), want: where("6"), says: "upstream has a step 2024090100 too"},
		{name: "upstream's step is changed", c: on(forum("2024090100"), changed)},
		{name: "was there before", c: on(forum("2024090100", "2025010100"), forum("2024090100", "2025010100", "2024100700.01"))},
		{name: "only what was before is known", c: at45().On(kind("hack", "mod_forum")).Has("mod/forum/version.php", checktest.Plugin("mod_forum", older)).
			Changes(file, forum("2024090100"), forum("2024090100", "2025010100")), want: where("6"), says: "counts up from 2024100700, and"},
		{name: "only what was before, right behind", c: at45().On(kind("hack", "mod_forum")).Has("mod/forum/version.php", checktest.Plugin("mod_forum", older)).
			Changes(file, forum("2024090100"), forum("2024090100", "2024100700.01"))},
		{name: "on a later minor release", c: on(forum("2024090100"), forum("2024090100", "2024100703.01")).Has("mod/forum/version.php", checktest.Plugin("mod_forum", "2024100703"))},
		{name: "without the release", c: at45().On(kind("hack", "mod_forum")).Changes(file, forum("2024090100"), twice), want: where("6")},
		{name: "a plugin of the site's", c: whole().Upstream(map[string]string{"mod/forum/version.php": ""}).Adds("mod/ouwiki/db/upgrade.php", ouwikiSteps(older))},
		{name: "core", c: core("2024100700.01")},
		{name: "core, more digits", c: core("2024100700.011")},
		{name: "core, where it counts", c: core("2024100700.02"), want: []string{"savepoint-collides lib/db/upgrade.php:3"}},
		{name: "core, raised before", c: core("2024100700.02").Has("version.php", coreVersion("2024100700.01"))},
		{name: "core, raised before and on", c: core("2024100700.03").Has("version.php", coreVersion("2024100700.01")), want: []string{"savepoint-collides lib/db/upgrade.php:3"}, says: "such as 2024100700.011"},
		{name: "core, whole", c: core("2024100800"), want: []string{"savepoint-collides lib/db/upgrade.php:3"}},
		{name: "on no branch of the site", c: core("2024100800").On(func(s *check.Subject) { s.Branch = check.Branch{} })},
	})
}

func TestLangStrings(t *testing.T) {
	t.Parallel()
	const file = "mod/ouwiki/lang/en/ouwiki.php"
	version := checktest.Plugin("mod_ouwiki", older)
	begins := func() *checktest.Case { return at45().Adds("mod/ouwiki/version.php", version) }
	asks := func(call string) *checktest.Case {
		return whole().Changes("mod/ouwiki/lib.php", "<?php\necho get_string('gone', 'ouwiki');\n", "<?php\necho get_string('gone', 'ouwiki');\n"+call+"\n")
	}
	unknown := []string{"lang-strings mod/ouwiki/lib.php:3"}
	const access, report = "mod/ouwiki/db/access.php", "mod/quiz/report/lu/"
	defines := func(capabilities string) string { return "<?php\n$capabilities = [\n" + capabilities + "];\n" }
	block := func(name, text string) *checktest.Case {
		return at45().On(kind("feature", "block_lu")).Adds("blocks/lu/version.php", checktest.Plugin("block_lu", older)).Adds("blocks/lu/lang/en/"+name, text)
	}
	verdicts := []verdict{
		{name: "right", c: begins().Adds(file, ouwikiStrings)},
		{name: "none", c: begins(), want: []string{"lang-strings " + file}, says: "mod_ouwiki has no English strings"},
		{name: "in the file of another name", c: begins().Adds("mod/ouwiki/lang/en/mod_ouwiki.php", ouwikiStrings), want: []string{"lang-strings mod/ouwiki/lang/en/mod_ouwiki.php"}, says: "move it to " + file},
		{name: "added under another name", c: at45().Has("mod/ouwiki/version.php", version).Adds("mod/ouwiki/lang/en/mod_ouwiki.php", ouwikiStrings), want: []string{"lang-strings mod/ouwiki/lang/en/mod_ouwiki.php"}},
		{name: "not whole yet", c: at45().Adds("mod/ouwiki/lib.php", code)},
		{name: "none before", c: at45().Has("mod/ouwiki/version.php", version).Adds("mod/ouwiki/lib.php", code)},
		{name: "loses them", c: at45().Has("mod/ouwiki/version.php", version).Removes(file, ouwikiStrings), want: []string{"lang-strings " + file}},
		{name: "two are missing", c: begins().Adds(file, "<?php\n$string[ 'pluginname' ] = 'W';\n// $string['modulename'] = 'W';\n"), want: []string{"lang-strings " + file}, says: "lacks $string['modulename'], $string['modulenameplural']"},
		{name: "defined elsewhere", c: begins().Adds(file, "<?php\nrequire(__DIR__ . '/more.php');\n")},
		{name: "a capability", c: whole().Adds(access, defines("'mod/ouwiki:view' => [],\n'mod/ouwiki:edit' => array()")).
			Changes(file, ouwikiStrings, ouwikiStrings+"$string['ouwiki:edit'] = 'Edit';\n"), want: []string{"lang-strings " + access + ":3"}, says: `"ouwiki:view" is not in`},
		{name: "a capability that was there", c: whole().Changes(access, defines("'mod/ouwiki:view' => [\n1]"), defines("'mod/ouwiki:view' => [\n2]"))},
		{name: "one that was there, written anew", c: whole().Changes(access, defines("'mod/ouwiki:view' => array()"), defines("\"mod/ouwiki:view\" => [\n'captype' => 'read']"))},
		{name: "one beside it", c: whole().Changes(access, defines("'mod/ouwiki:view' => []"), defines("'mod/ouwiki:view' => [],\n'mod/ouwiki:edit' => []")), want: []string{"lang-strings " + access + ":4"}},
		{name: "one that is given up", c: whole().Adds(access, defines("")+"$deprecatedcapabilities = ['mod/ouwiki:view' => ['replacement' => 'mod/ouwiki:see']];\n")},
		{name: "where a capability takes its permissions from", c: whole().Adds(access, defines("'clonepermissionsfrom' => 'mod/ouwiki:view', 'mod/wiki:view' => [], 'mod/ouwiki:old' => 'mod/ouwiki:new'"))},
		{name: "a capability of a block", c: block("block_lu.php", "<?php\n$string['pluginname'] = 'B';\n").Adds("blocks/lu/db/access.php", defines("'mod/lu:view' => [],\n'block/lu:addinstance' => []")), want: []string{"lang-strings blocks/lu/db/access.php:4"}},
		{name: "a capability of a report of mod_quiz", c: at45().On(kind("feature", "quiz_lu")).Adds(report+"version.php", checktest.Plugin("quiz_lu", older)).
			Adds(report+"lang/en/quiz_lu.php", "<?php\n$string['pluginname'] = 'Q';\n$string['lu:view'] = 'V';\n").
			Adds(report+"db/access.php", defines("'quizreport/lu:view' => [], 'quiz/lu:view' => [],\n'quizreport/lu:export' => []")), want: []string{"lang-strings " + report + "db/access.php:4"}},
		{name: "a block", c: block("block_lu.php", "<?php\n$string[\"pluginname\"] = 'B';\n")},
		{name: "a block without its type", c: block("lu.php", "<?php\n$string['pluginname'] = 'B';\n"), want: []string{"lang-strings blocks/lu/lang/en/lu.php"}},
		{name: "before 2.0", c: inSeries("19", "1.9").Adds("mod/ouwiki/version.php", "<?php\n$module->version = 2007101500;\n")},

		{name: "a string that is there", c: asks("echo get_string('modulename', 'mod_ouwiki', $a) . get_string(\"pluginname\", 'ouwiki');")},
		{name: "a string that is not", c: asks("echo get_string('viewing', 'mod_ouwiki');"), want: unknown, says: `the string "viewing" is not in ` + file},
		{name: "by the name of the function itself", c: asks("echo \\get_string('viewing', 'ouwiki');"), want: unknown},
		{name: "a lazy one, by the name of the class itself", c: asks("$a = new \\lang_string('viewing', 'mod_ouwiki');"), want: unknown},
		{name: "one that is printed", c: asks("print_string('viewing', 'ouwiki');"), want: unknown},
		{name: "a function of a namespace", c: asks("echo mine\\get_string('viewing', 'ouwiki');")},
		{name: "of a method that may be there", c: asks("$o?->get_string('viewing', 'ouwiki');")},
		{name: "strings that are defined at once", c: begins().Adds(file, "<?php\n$string += ['pluginname' => 'W'];\n")},
		{name: "a lazy one", c: asks("$a = new lang_string('viewing', 'ouwiki');"), want: unknown},
		{name: "an expression", c: asks("get_string('view' . $a, 'ouwiki'); get_string(\"view$a\", 'ouwiki'); get_string($a, 'ouwiki'); get_string('x', $a);")},
		{name: "another component's", c: asks("get_string('viewing', 'mod_wiki'); get_string('viewing');")},
		{name: "a method", c: asks("$o->get_string('viewing', 'ouwiki'); self::get_string('viewing', 'ouwiki');")},
		{name: "in a comment", c: asks("// get_string('viewing', 'ouwiki');")},
		{name: "added along with it", c: at45().Has("mod/ouwiki/version.php", version).Changes(file, ouwikiStrings, ouwikiStrings+"$string['viewing'] = 'V';\n").Adds("mod/ouwiki/lib.php", "<?php\nget_string('viewing', 'ouwiki');\n")},
	}
	for i := range verdicts {
		verdicts[i].weak = true
	}
	judge(t, []string{"lang-strings"}, verdicts)
}

// Whatever stands in a file, no rule breaks or hangs.
func FuzzPluginRules(f *testing.F) {
	for _, seed := range []string{
		code, ouwikiStrings, ouwikiSteps(older, newer), checktest.Plugin("mod_ouwiki", older), `{"plugintypes": {"x": "../y", "": "mod/ouwiki/"}}`,
		"<XMLDB><TABLES><TABLE NAME=\"a\"></XMLDB>", "<?php $plugin->", "<?php $plugin->component =", "<?php get_string(", "<?php $string['a'", "\x00", "<?php function xmldb_ouwiki_upgrade($o) { if ($o < 1) { upgrade_mod_savepoint(",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		c := at45().Upstream(map[string]string{"mod/forum/version.php": before, "mod/forum/db/upgrade.php": after})
		for _, file := range []string{
			"version.php", "lang/en/ouwiki.php", "lib.php", "db/upgrade.php", "db/install.xml", "db/access.php", "db/subplugins.json", "db/subplugins.php",
		} {
			c.Changes("mod/ouwiki/"+file, before, after).Changes("mod/forum/"+file, after, before).Adds("mod/new/"+file, after)
		}
		c.Changes("lib/db/upgrade.php", before, after)
		result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t), Limit: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range result.Findings {
			if f.Rule == check.RuleFailed {
				t.Error(f.Text)
			}
		}
	})
}
