package check_test

import (
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// A step runs where the installed version is below its number. One that is not above the version before the change runs
// nowhere, although it is recorded as it should be.
func TestStepsThatNeverRun(t *testing.T) {
	t.Parallel()
	const before, after = older, "2024100900"
	adds := func(number string) *checktest.Case {
		return steppedTo(before, after, ouwikiSteps("2024100600"), ouwikiSteps("2024100600", number))
	}
	hack := func(released, before, number string) *checktest.Case {
		forum := func(numbers ...string) string {
			return strings.ReplaceAll(ouwikiSteps(numbers...), "ouwiki", "forum")
		}
		say := func(version string) string {
			return "<?php\n$plugin->version = " + version + ";\n$plugin->component = 'mod_forum';\n"
		}
		return hackOf("mod_forum").Upstream(map[string]string{"mod/forum/version.php": say(released)}).
			Changes("mod/forum/version.php", say(before), say(before+"9")).
			Changes("mod/forum/db/upgrade.php", forum(), forum(number))
	}
	where := []string{"savepoint " + upgrade + ":6"}
	judge(t, []string{"savepoint"}, []verdict{
		{name: "above the version before", c: adds("2024100701")},
		{name: "below it", c: adds("2024100601"), want: where, says: "step 2024100601 is not above the version that mod_ouwiki had before: it never runs where that is installed | give the step, and its savepoint, the number to which mod/ouwiki/version.php raises the version"},
		{name: "equal to it", c: adds(older), want: where},
		{name: "equal to it in another way", c: adds(older + ".0"), want: where},
		{name: "the version stays, which another rule says", c: steppedTo(before, before, ouwikiSteps("2024100600"), ouwikiSteps("2024100600", "2024100601"))},
		{name: "a plugin that is new", c: begins(saying(after, ofOuwiki)).Adds(upgrade, ouwikiSteps("2024100601"))},
		{name: "a step that gets another number", c: steppedTo(before, after, ouwikiSteps("2024100500"), ouwikiSteps("2024100600"))},
		{name: "a step that is changed", c: steppedTo(before, after, ouwikiSteps("2024100600"), steps("xmldb_ouwiki_upgrade", "2024100600", "f(); upgrade_mod_savepoint(true, 2024100600, 'ouwiki');"))},
		{name: "a step that is changed beside one that is new", c: steppedTo(before, after, ouwikiSteps("2024100600"), strings.Replace(ouwikiSteps("2024100600", after), "upgrade_mod", "f(); upgrade_mod", 1))},
		{name: "a repair for some versions", c: steppedTo(before, after, ouwikiSteps("2024100600"),
			strings.Replace(ouwikiSteps("2024100600"), "    return", "    if ($oldversion >= 2024050100 && $oldversion < 2024050103) {\n        f();\n    }\n    return", 1))},
		{name: "a merge", c: adds("2024100601").On(func(s *check.Subject) { s.Merging = true })},
		{name: "upstream's, brought along from an older release", c: hack(older, older+".1", "2024090100.01")},
		{name: "upstream's, of the site's own numbers", c: hack(older, older+".1", older+".05"), want: []string{"savepoint mod/forum/db/upgrade.php:3"}},
		{name: "upstream's, right behind those", c: hack(older, older+".1", older+".19")},
	})
}

// install.xml is for sites that are new. Those that are there get nothing of it but by a step.
func TestTablesWithoutStep(t *testing.T) {
	t.Parallel()
	const install = "mod/ouwiki/db/install.xml"
	tables := func(fields string) string {
		return "<XMLDB><TABLES><TABLE NAME=\"ouwiki\"><FIELDS>\n<FIELD NAME=\"id\" TYPE=\"int\"/>\n" + fields + "</FIELDS></TABLE></TABLES></XMLDB>\n"
	}
	const field = "<FIELD NAME=\"size\" TYPE=\"int\"/>\n"
	changes := func(after string, stepsAfter ...string) *checktest.Case {
		return steppedTo(older, after, ouwikiSteps("2024100600"), ouwikiSteps(append([]string{"2024100600"}, stepsAfter...)...)).Changes(install, tables(""), tables(field))
	}
	where := []string{"savepoint " + install + ":3"}
	judge(t, []string{"savepoint"}, []verdict{
		{name: "with a step", c: changes(newer, newer)},
		{name: "without", c: changes(newer), want: where, says: "changes tables, and no step changes them where mod_ouwiki is installed | add a step to " + upgrade},
		{name: "without any upgrade.php", c: steppedTo(older, newer, "", "").Changes(install, tables(""), tables(field)), want: where},
		{name: "the step that was there changes", c: steppedTo(older, newer, ouwikiSteps("2024100600"), steps("xmldb_ouwiki_upgrade", "2024100600", "f(); upgrade_mod_savepoint(true, 2024100600, 'ouwiki');")).
			Changes(install, tables(""), tables(field))},
		{name: "a field goes", c: steppedTo(older, newer, "", "").Changes(install, tables(field), tables("")), want: []string{"savepoint " + install}},
		{name: "the first tables of a plugin", c: steppedTo(older, newer, "", "").Adds(install, tables("")), want: []string{"savepoint " + install + ":1"}},
		{name: "a comment", c: steppedTo(older, newer, "", "").Changes(install, tables(""), strings.Replace(tables(""), "TYPE", `COMMENT="Key" TYPE`, 1))},
		{name: "the version stays, which another rule says", c: changes(older)},
		{name: "a plugin that is new", c: begins(saying(older, ofOuwiki)).Adds(install, tables(""))},
		{name: "a merge", c: changes(newer).On(func(s *check.Subject) { s.Merging = true })},
		{name: "of core, without", c: hackOf("core").Changes("version.php", coreVersion("2024100700.00"), coreVersion("2024100700.01")).
			Changes("lib/db/install.xml", tables(""), tables(field)), want: []string{"savepoint lib/db/install.xml:3"}, says: "where core is installed"},
	})
}

// What Moodle reads of a db folder only when the version rises asks for a higher one, and nothing else does.
func TestFilesThatAskForAVersion(t *testing.T) {
	t.Parallel()
	read := []string{
		"access", "services", "tasks", "messages", "analytics", "mnet", "events", "caches", "tag", "hooks", "mobile", "log",
	}
	var verdicts []verdict
	for _, name := range read {
		file := "mod/ouwiki/db/" + name + ".php"
		verdicts = append(verdicts, verdict{name: name, c: whole().Adds(file, code+"$list = [1];\n"), want: []string{"version-bump " + file + ":1"}})
	}
	for _, name := range []string{"install", "uninstall", "upgradelib", "renamedclasses", "legacyclasses"} {
		verdicts = append(verdicts, verdict{name: name, c: whole().Adds("mod/ouwiki/db/"+name+".php", code+"$list = [1];\n")})
	}
	const mail = "mod/ouwiki/db/messageinbound_handlers.php"
	handler := func(rest string) string { return "<?php\n$handlers = [\n[" + rest }
	handles := func(before, after string) *checktest.Case {
		return whole().Changes(mail, handler(before), handler(after))
	}
	verdicts = append(verdicts,
		verdict{name: "a handler of mail", c: whole().Adds(mail, handler("'classname' => 'a'")), want: []string{"version-bump " + mail + ":1"}},
		verdict{name: "another handler of mail", c: handles("'classname' => 'a'", "'classname' => 'b'"), want: []string{"version-bump " + mail + ":3"}},
		verdict{name: "by its class", c: handles("'classname' => 'a'", "'classname' => \\mod_ouwiki\\a::class"), want: []string{"version-bump " + mail + ":3"}},
		verdict{name: "no handler of mail", c: whole().Removes(mail, handler("'classname' => 'a'")), want: []string{"version-bump " + mail}},
		verdict{name: "a default, which Moodle takes where the handler is new", c: handles("'classname' => 'a'", "'classname' => 'a', 'enabled' => true")},
		verdict{name: "a comment above one", c: handles("'classname' => 'a'", "// A.\n'classname' => 'a'")},
		verdict{name: "a bracket that does not close", c: handles("'classname' => 'a'", "'classname' => f("), want: []string{"version-bump " + mail + ":3"}},
		verdict{name: "nothing behind the word", c: handles("'classname' => 'a'", "'classname' =>"), want: []string{"version-bump " + mail + ":3"}},
	)
	judge(t, []string{"version-bump"}, verdicts)
}
