package check_test

import (
	"strings"

	"mgit/internal/check/checktest"
)

// begins is a commit that adds the plugin, with a version.php of a text.
func begins(version string) *checktest.Case {
	return at45().Adds("mod/ouwiki/version.php", version).Adds("mod/ouwiki/lang/en/ouwiki.php", ouwikiStrings)
}

// saying is a version.php that says some lines beside its version, which the third line is.
func saying(version string, lines ...string) string {
	return "<?php\ndefined('MOODLE_INTERNAL') || die();\n$plugin->version = " + version + ";\n" + strings.Join(lines, "\n") + "\n"
}

const ofOuwiki = "$plugin->component = 'mod_ouwiki';"

func pluginLessons() []lesson {
	const version = "mod/ouwiki/version.php"
	raised := func(before, after string) *checktest.Case {
		return whole().Changes(version, saying(before, ofOuwiki), saying(after, ofOuwiki))
	}
	return []lesson{
		{"plugin-version", "a plugin begins with it", begins(saying(older, ofOuwiki)), ""},
		{"plugin-version", "a plugin begins without", at45().Adds("mod/ouwiki/x.txt", "x\n"), "warning plugin-version " + version},
		{"plugin-version", "and was released", at45().On(released).Adds("mod/ouwiki/x.txt", "x\n"), "plugin-version " + version},
		{"plugin-version", "a plugin loses it", at45().Has("mod/ouwiki/lang/en/ouwiki.php", ouwikiStrings).Removes(version, checktest.Plugin("mod_ouwiki", older)), "plugin-version " + version},
		{"plugin-version", "a plugin goes", at45().Removes(lib, code).Removes(version, checktest.Plugin("mod_ouwiki", older)), ""},
		{"plugin-version", "no version in it", begins("<?php\n" + ofOuwiki + "\n"), "plugin-version " + version},
		{"plugin-version", "only in a comment", begins("<?php\n/* $plugin->version = 2024100700; */\n" + ofOuwiki + "\n"), "plugin-version " + version},
		{"plugin-version", "nine digits", begins(saying("202410070", ofOuwiki)), ""},
		{"plugin-version", "with decimals", begins(saying("2024100700.01", ofOuwiki)), ""},
		{"plugin-version", "an expression", begins(saying("file_exists(__DIR__ . '/../../totara') ? 2024100700 : 2024100800", ofOuwiki)), ""},
		{"plugin-version", "a folder among modules that Moodle passes over", hackOf("core", "mod").Adds("mod/tests/generator.php", code), ""},

		{"plugin-component", "the folder's", begins(saying(older, ofOuwiki)), ""},
		{"plugin-component", "in double quotes, with a comment between", begins(saying(older, "$plugin->component = /* Full name. */ \"mod_ouwiki\";")), ""},
		{"plugin-component", "another one's", begins(saying(older, "$plugin->component = 'mod_wiki';")), "plugin-component " + version + ":4"},
		{"plugin-component", "without its type", begins(saying(older, "$plugin->component = 'ouwiki';")), "plugin-component " + version + ":4"},
		{"plugin-component", "none", begins(saying(older)), "plugin-component " + version},
		{"plugin-component", "$module, as it was until 2.6", begins("<?php\n$module->version = 2024100700;\n$module->component = 'mod_ouwiki';\n"), "plugin-component " + version + ":2"},
		{"plugin-component", "$module in its time", inSeries("25", "2.5").Adds(version, "<?php\n$module->version = 2013051400;\n").Adds("mod/ouwiki/lang/en/ouwiki.php", ouwikiStrings), ""},
		{"plugin-component", "everything else that stands there", begins(saying(older, ofOuwiki, "$plugin->requires = 2022041900.00;", "$plugin->release = 1.2;", "$plugin->maturity = 'MATURITY_STABLE';",
			"$plugin->supported = array(404, 405);", "$plugin->incompatible = 501;", "$plugin->cron = 4 * 3600;", "$plugin->dependencies = ['mod_forum' => ANY_VERSION, 'mod_quiz' => '2024100700'];")), ""},

		{"version-lower", "higher", raised(older, newer), ""},
		{"version-lower", "lower", raised(newer, older), "version-lower " + version + ":3"},
		{"version-lower", "the same, written in another way", raised("2024100700.1", "2024100700.10"), ""},
		{"version-lower", "lower by a hundredth", raised("2024100700.1", "2024100700.09"), "version-lower " + version + ":3"},
		{"version-lower", "a digit too few", raised(older, "202410080"), "version-lower " + version + ":3"},
		{"version-lower", "in quotes", raised("'"+newer+"'", older), "version-lower " + version + ":3"},
		{"version-lower", "digits in groups", raised(older, "2024_10_08_00"), ""},
		{"version-lower", "digits in groups, lower", raised(newer, "2024_10_07_00"), "version-lower " + version + ":3"},
		{"version-lower", "core's, with three decimals", hackOf("core").Changes("version.php", coreVersion("2024100700.011"), coreVersion("2024100700.02")), ""},
		{"version-lower", "core's, lower", hackOf("core").Changes("version.php", coreVersion("2024100700.02"), coreVersion("2024100700.011")), "version-lower version.php:2"},
		{"version-lower", "core's, digits in groups", hackOf("core").Changes("version.php", coreVersion("2024_10_07_00.01"), coreVersion("2024_10_07_00.02")), ""},
		{"version-lower", "core's, digits in groups, lower", hackOf("core").Changes("version.php", coreVersion("2024100700.02"), coreVersion("2024_10_07_00.01")), "version-lower version.php:2"},
		{"version-lower", "core's, in quotes, with four decimals", hackOf("core").Changes("version.php", coreVersion("'2024100700.0112'"), coreVersion("\"2024100700.0111\"")), "version-lower version.php:2"},
		{"version-lower", "core's, an expression", hackOf("core").Changes("version.php", coreVersion("2024100700.02"), coreVersion("2024100700.01;\n$version = 2024100700.02 - $less")), ""},
		{"version-lower", "an expression", whole().Changes(version, saying(newer, ofOuwiki), saying("$old ? 1 : 2", ofOuwiki)), ""},
	}
}

const upgrade = "mod/ouwiki/db/upgrade.php"

// steppedTo is the plugin with an upgrade.php of some steps, and what becomes of both.
func steppedTo(before, after, stepsBefore, stepsAfter string) *checktest.Case {
	c := whole().Changes(upgrade, stepsBefore, stepsAfter)
	if before != after {
		return c.Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", before), checktest.Plugin("mod_ouwiki", after))
	}
	return c
}

func stepLessons() []lesson {
	const tables = "<XMLDB><TABLES><TABLE NAME=\"ouwiki\"><FIELDS>\n<FIELD NAME=\"id\" TYPE=\"int\"/>\n</FIELDS></TABLE></TABLES></XMLDB>\n"
	const more = "<XMLDB><TABLES><TABLE NAME=\"ouwiki\"><FIELDS>\n<FIELD NAME=\"id\" TYPE=\"int\"/>\n<FIELD NAME=\"size\" TYPE=\"int\"/>\n</FIELDS></TABLE></TABLES></XMLDB>\n"
	const access = "<?php\n$capabilities = array();\n"
	install := func(text string) *checktest.Case { return whole().Changes("mod/ouwiki/db/install.xml", tables, text) }
	services := func(before, after string) *checktest.Case {
		const list = "<?php\n$functions = array('mod_ouwiki_get' => array(%));\n"
		return whole().Changes("mod/ouwiki/db/services.php", strings.ReplaceAll(list, "%", before), strings.ReplaceAll(list, "%", after))
	}
	raise := func(c *checktest.Case) *checktest.Case {
		return c.Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older), checktest.Plugin("mod_ouwiki", newer))
	}
	step := func(pairs ...string) *checktest.Case {
		return steppedTo(older, newer, ouwikiSteps(older), steps("xmldb_ouwiki_upgrade", append([]string{older, "upgrade_mod_savepoint(true, 2024100700, 'ouwiki');"}, pairs...)...))
	}
	const saved = "upgrade_mod_savepoint(true, 2024100800, 'ouwiki');"
	forum := func(numbers ...string) string {
		return strings.ReplaceAll(ouwikiSteps(numbers...), "ouwiki", "forum")
	}
	hacked := func(number string) *checktest.Case {
		return hackOf("mod_forum").Upstream(map[string]string{"mod/forum/db/upgrade.php": forum("2024090100"), "mod/forum/version.php": checktest.Plugin("mod_forum", older)}).
			Changes("mod/forum/db/upgrade.php", forum("2024090100"), forum("2024090100", number)).
			Changes("mod/forum/version.php", checktest.Plugin("mod_forum", older), "<?php\n$plugin->version = "+number+";\n$plugin->component = 'mod_forum';\n")
	}
	return []lesson{
		{"version-bump", "a field, and the version and a step with it", raise(install(more)).Adds(upgrade, ouwikiSteps(newer)), ""},
		{"version-bump", "a field without", install(more), "version-bump mod/ouwiki/db/install.xml:3"},
		{"version-bump", "a comment", install(strings.Replace(tables, "TYPE", `COMMENT="Key" TYPE`, 1)), ""},
		{"version-bump", "links between fields, as they were written until 2.6", install(strings.Replace(tables, "TYPE", `NEXT="size" TYPE`, 1)), ""},
		{"version-bump", "a step without", steppedTo(older, older, ouwikiSteps("2024090100"), ouwikiSteps("2024090100", "2024100100")), "version-bump " + upgrade + ":6"},
		{"version-bump", "a step, and the version with it", steppedTo(older, newer, ouwikiSteps(older), ouwikiSteps(older, newer)), ""},
		{"version-bump", "a capability without", whole().Changes("mod/ouwiki/db/access.php", access, access+"$capabilities['mod/ouwiki:x'] = array();\n"), "version-bump mod/ouwiki/db/access.php:3"},
		{"version-bump", "a comment in access.php", whole().Changes("mod/ouwiki/db/access.php", access, access+"// More.\n"), ""},
		{"version-bump", "a plugin that is new", begins(saying(older, ofOuwiki)).Adds("mod/ouwiki/db/install.xml", tables), ""},
		{"version-bump", "a description of a web service, which Moodle does not keep", services("'description' => 'Pages', 'type' => 'read'", "'description' => 'All' . ' pages', 'type' => 'read'"), ""},
		{"version-bump", "another class for a web service", services("'classname' => 'a', 'description' => 'Pages'", "'classname' => 'b', 'description' => 'Pages'"), "version-bump mod/ouwiki/db/services.php:2"},
		{"version-bump", "a list of nothing", whole().Removes("mod/ouwiki/db/events.php", "<?php\n$handlers = array();\n"), ""},
		{"version-bump", "what comes by mail", whole().Adds("mod/ouwiki/db/messageinbound_handlers.php", "<?php\n$handlers = [['classname' => 'a']];\n"), "version-bump mod/ouwiki/db/messageinbound_handlers.php:1"},
		{"version-bump", "what Moodle does not keep", whole().Adds("mod/ouwiki/db/renamedclasses.php", code), ""},

		{"savepoint", "of its own number", step(newer, saved), ""},
		{"savepoint", "none", step(newer, "f();"), "savepoint " + upgrade + ":6"},
		{"savepoint", "of another number", step(newer, "upgrade_mod_savepoint(true, 2024100801, 'ouwiki');"), "savepoint " + upgrade + ":7"},
		{"savepoint", "of another plugin", step(newer, "upgrade_mod_savepoint(true, 2024100800, 'wiki');"), "savepoint " + upgrade + ":7"},
		{"savepoint", "by a function for others", step(newer, "upgrade_block_savepoint(true, 2024100800, 'ouwiki');"), "savepoint " + upgrade + ":7"},
		{"savepoint", "only in a comment", step(newer, "// "+saved), "savepoint " + upgrade + ":6"},
		{"savepoint", "above the version", steppedTo(older, newer, ouwikiSteps(older), ouwikiSteps(older, "2024100900")), "savepoint " + upgrade + ":6"},
		{"savepoint", "not above the version before", steppedTo("2024100701", newer, ouwikiSteps("2024100600"), ouwikiSteps("2024100600", "2024100701")), "savepoint " + upgrade + ":6"},
		{"savepoint", "a field without a step", raise(install(more)), "savepoint mod/ouwiki/db/install.xml:3"},
		{"savepoint", "with decimals", steppedTo(older, newer, ouwikiSteps(older), ouwikiSteps(older, "2024100700.01")), ""},
		{"savepoint", "one that was missing before", steppedTo(older, newer, steps("xmldb_ouwiki_upgrade", "2024090100", "f();"), steps("xmldb_ouwiki_upgrade", "2024090100", "f();", newer, saved)), ""},
		{"savepoint", "before 2.0, when few had one", inSeries("19", "1.9").Has("mod/ouwiki/version.php", "<?php\n$module->version = 2014111000;\n").
			Changes("mod/ouwiki/version.php", "<?php\n$module->version = 2014110900;\n", "<?php\n$module->version = 2014111000;\n").
			Adds(upgrade, steps("xmldb_ouwiki_upgrade", "2014111000", "f();")), ""},

		{"savepoint-collides", "right behind the release", hacked("2024100700.01"), ""},
		{"savepoint-collides", "where upstream counts on", hacked("2024100701"), "savepoint-collides mod/forum/db/upgrade.php:6"},
		{"savepoint-collides", "by the date of today", hacked("2026112700"), "savepoint-collides mod/forum/db/upgrade.php:6"},
		{"savepoint-collides", "a plugin of the site's own", steppedTo(older, "2026112700", ouwikiSteps(older), ouwikiSteps(older, "2026112700")), ""},
	}
}

func nameLessons() []lesson {
	plugin := func(component, dir string) *checktest.Case {
		_, name, _ := strings.Cut(component, "_")
		file := component
		if strings.HasPrefix(component, "mod_") {
			file = name
		}
		return at45().On(kind("feature", component)).Adds(dir+"/version.php", checktest.Plugin(component, older)).
			Adds(dir+"/lang/en/"+file+".php", ouwikiStrings)
	}
	// A folder of a name that Moodle accepts for none belongs to no component: the path is listed.
	folder := func(dir, component string) *checktest.Case {
		return hackOf("core", dir).Adds(dir+"/version.php", checktest.Plugin(component, older))
	}
	return []lesson{
		{"plugin-name", "a module", plugin("mod_ouwiki", "mod/ouwiki"), ""},
		{"plugin-name", "with an underscore", plugin("local_ou_wiki", "local/ou_wiki"), ""},
		{"plugin-name", "with a digit", plugin("block_lu2", "blocks/lu2"), ""},
		{"plugin-name", "a module with an underscore", folder("mod/ou_wiki", "mod_ou_wiki"), "plugin-name mod/ou_wiki/version.php"},
		{"plugin-name", "upper case", folder("local/Ouwiki", "local_Ouwiki"), "plugin-name local/Ouwiki/version.php"},
		{"plugin-name", "an underscore in front", folder("local/_approve", "local__approve"), "plugin-name local/_approve/version.php"},
		{"plugin-name", "an underscore behind", folder("local/approve_", "local_approve_"), "plugin-name local/approve_/version.php"},
		{"plugin-name", "two in a row", folder("local/ou__wiki", "local_ou__wiki"), "plugin-name local/ou__wiki/version.php"},
		{"plugin-name", "a digit in front", folder("local/2do", "local_2do"), "plugin-name local/2do/version.php"},
		{"plugin-name", "a hyphen", folder("local/ou-wiki", "local_ou-wiki"), "plugin-name local/ou-wiki/version.php"},
		{"plugin-name", "a module called like a part of core", folder("mod/course", "mod_course"), "plugin-name mod/course/version.php"},
		{"plugin-name", "a folder that Moodle passes over", folder("local/tests", "local_tests"), "plugin-name local/tests/version.php"},
		{"plugin-name", "a branch for nothing that there is", at45().On(kind("feature", "moad_ouwiki")).Changes("README.md", "x\n", "y\n").On(kind("hack", "moad_ouwiki", "README.md")).On(reasoned), "plugin-name"},
	}
}

func languageLessons() []lesson {
	const words = "mod/ouwiki/lang/en/ouwiki.php"
	raised := func() *checktest.Case {
		return whole().Changes("mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older), checktest.Plugin("mod_ouwiki", newer))
	}
	const access, capability = "mod/ouwiki/db/access.php", "<?php\n$capabilities = [\n'mod/ouwiki:view' => []];\n"
	asks := func(line string) *checktest.Case { return lu(code, code+line+"\n") }
	return []lesson{
		{"lang-strings", "its name and what a module needs", begins(saying(older, ofOuwiki)), ""},
		{"lang-strings", "none at all", at45().Adds("mod/ouwiki/version.php", saying(older, ofOuwiki)), "warning lang-strings " + words},
		{"lang-strings", "with mod_ before the name of the file", at45().Adds("mod/ouwiki/version.php", saying(older, ofOuwiki)).Adds("mod/ouwiki/lang/en/mod_ouwiki.php", ouwikiStrings), "warning lang-strings mod/ouwiki/lang/en/mod_ouwiki.php"},
		{"lang-strings", "a block without its type in the name", at45().On(kind("feature", "block_lu")).Adds("blocks/lu/version.php", checktest.Plugin("block_lu", older)).Adds("blocks/lu/lang/en/lu.php", ouwikiStrings), "warning lang-strings blocks/lu/lang/en/lu.php"},
		{"lang-strings", "one that is there", asks("echo get_string('modulename', 'mod_ouwiki');"), ""},
		{"lang-strings", "one that is not", asks("echo get_string('viewing', 'mod_ouwiki');"), "warning lang-strings " + lib + ":3"},
		{"lang-strings", "one that is put together", asks("echo get_string('view' . $what, 'ouwiki');"), ""},
		{"lang-strings", "one of core", asks("echo get_string('viewing');"), ""},
		{"lang-strings", "a capability and its name", raised().Adds(access, capability).Changes(words, ouwikiStrings, ouwikiStrings+"$string['ouwiki:view'] = 'View';\n"), ""},
		{"lang-strings", "a capability without a name", raised().Adds(access, capability), "warning lang-strings " + access + ":3"},
		{"lang-strings", "a capability that had none before", raised().Changes(access, capability, strings.ReplaceAll(capability, "[]", "array('captype' => 'read')")), ""},
		{"lang-strings", "one that was asked for before", lu(code+"get_string('viewing', 'ouwiki');\n", code+"get_string('viewing', 'ouwiki');\n$x = 1;\n"), ""},
	}
}
