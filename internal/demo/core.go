package demo

import (
	"fmt"
	"strings"

	"mgit/internal/moodle"
)

// coreLibrary is a library of core: the component it belongs to, its file, the
// prefix of its functions, what they are about, and a landmark.
type coreLibrary struct{ component, path, prefix, things, landmark string }

func coreLibraries() []coreLibrary {
	return []coreLibrary{
		{"core", "lib/moodlelib.php", "moodle", "preference cookie session", fullName},
		{"core", "lib/weblib.php", "web", "redirect header notice", ""},
		{"core", "lib/filelib.php", "filelib", "draft area", ""},
		{"core_course", "course/lib.php", "course", "section module category", courseSummary},
		{"core_user", "user/lib.php", "user", "profile device picture", userAccess},
		{"core_grades", "grade/lib.php", "grade", "item outcome", gradeRound},
		{"core_grades", "grade/letters.php", "grade_letters", "boundary_row", gradeLetter},
		{"core_group", "group/lib.php", "groups", "member grouping", ""},
		{"core_question", "question/engine/lib.php", "question", "usage behaviour", ""},
		{"core_question", "question/editlib.php", "question_edit", "column filter", ""},
		{"core_message", "message/lib.php", "message", "conversation contact", ""},
		{"core_calendar", "calendar/lib.php", "calendar", "event reminder", ""},
		{"core_files", "files/renderer.php", "files", "tree", ""},
		{"core_backup", "backup/util/ui/base.php", "backup", "stage setting", ""},
		{"core_webservice", "webservice/lib.php", "webservice", "token service", ""},
		{"core_badges", "badges/lib.php", "badges", "award criterion", ""},
		{"core_cache", "cache/lib.php", "cache", "loader store", ""},
		{"core_availability", "availability/lib.php", "availability", "rule", ""},
		{"core_rating", "rating/lib.php", "rating", "scale", ""},
		{"core_my", "my/lib.php", "my", "dashboard", ""},
	}
}

// files returns the library as an edit, and the spots in it.
func (c coreLibrary) files(n int) (edit, []spot) {
	lib := &library{file: c.path, owner: c.component}
	all := routines()
	for i, thing := range strings.Fields(c.things) {
		lib.add(all[(n+i)%len(all)], c.prefix, thing)
		if i == 0 && c.landmark != "" {
			lib.text(c.landmark)
		}
		lib.add(all[(n+i+2)%len(all)], c.prefix, thing)
	}
	return put(c.path, phpLib(c.component, "Library of functions of "+c.component+".", lib.code.String())), lib.spots
}

// firstTree returns the tree that development of the series starts from, and all
// spots of its libraries.
func firstTree(catalogue []plugin, b build) ([]edit, []spot) {
	var edits []edit
	var spots []spot
	for i, p := range catalogue {
		if !p.shipped(b.series) {
			continue
		}
		files, more := p.files(i, b.version)
		edits, spots = append(edits, files...), append(spots, more...)
	}
	for i, c := range coreLibraries() {
		file, more := c.files(i)
		edits, spots = append(edits, file), append(spots, more...)
	}
	edits = append(edits, metaFiles(catalogue, b, false)...)
	edits = append(edits, rootFiles()...)
	edits = append(edits, subpluginFiles(b.series)...)
	return append(edits, databaseFiles()...), spots
}

// subpluginFiles are the db/subplugins.json of the plugins that have plugins of
// their own. Since 5.0 the paths are given from the plugin's folder, and the old
// key is kept beside.
func subpluginFiles(series moodle.Series) []edit {
	var edits []edit
	for _, owner := range []struct {
		path  string
		types [][2]string
	}{
		{"mod/assign", [][2]string{{"assignsubmission", "submission"}, {"assignfeedback", "feedback"}}},
		{"mod/quiz", [][2]string{{"quiz", "report"}, {"quizaccess", "accessrule"}}},
		{"admin/tool/log", [][2]string{{"logstore", "store"}}},
	} {
		text := jsonMap("plugintypes", owner.types, owner.path+"/")
		if series.Major >= 5 {
			text = jsonMap("subplugintypes", owner.types, "") + ",\n" + text
		}
		edits = append(edits, put(owner.path+"/db/subplugins.json", "{\n"+text+"\n}\n"))
	}
	return edits
}

// metaFiles are the files that say what the tree is.
func metaFiles(catalogue []plugin, b build, moved bool) []edit {
	edits := []edit{
		put("version.php", b.versionPHP()),
		put("lib/components.json", componentsJSON(b.series, moved)),
		put("lib/classes/plugin_manager.php", pluginManager(catalogue, b.series)),
		put("admin/environment.xml", environmentXML(b.series)),
	}
	if b.series.Compare(moodle.Series{Major: 4, Minor: 4}) >= 0 {
		edits = append(edits, put("lib/plugins.json", pluginsJSON(catalogue, b.series)))
	}
	return edits
}

// gitattributes keeps built files out of diffs; 4.5 has more of them.
const gitattributes = "**/yui/build/** -diff\n**/amd/build/** -diff\nlib/dml/oci_native_moodle_package.sql text eol=lf\n"

func rootFiles() []edit {
	config := `unset($CFG);
global $CFG;
$CFG = new stdClass();

$CFG->dbtype    = 'pgsql';
$CFG->dblibrary = 'native';
$CFG->dbhost    = 'localhost';
$CFG->dbname    = 'moodle';
$CFG->dbuser    = 'username';
$CFG->dbpass    = 'password';
$CFG->prefix    = 'mdl_';
$CFG->wwwroot   = 'https://example.org/moodle';
$CFG->dataroot  = '/home/example/moodledata';
$CFG->admin     = 'admin';

require_once(__DIR__ . '/lib/setup.php');
`
	return []edit{
		put(".gitattributes", gitattributes),
		put(".gitignore", `# Files of a site and of its tools. To keep plugins of your own out of
# "git status" use .git/info/exclude, not this file.
/config.php
/vendor/
/node_modules/
/behat.yml
composer.phar
phpunit.xml
.phpunit.result.cache
.idea/
.DS_Store
`),
		put("README.md", "# Moodle in miniature\n\nThis tree has the shape of Moodle's code and none of its content.\n"),
		put("COPYING.txt", "Moodle is free software under the GNU General Public License, version 3 or later.\nSee <https://www.gnu.org/licenses/>.\n"),
		put("composer.json", "{\n    \"name\": \"moodle/moodle\",\n    \"type\": \"project\",\n    \"license\": \"GPL-3.0-or-later\"\n}\n"),
		put("Gruntfile.js", licence+"module.exports = function(grunt) {\n    grunt.loadTasks('.grunt');\n};\n"),
		put("config-dist.php", php("core", "Moodle configuration file.", config)),
		put("index.php", php("core", "Moodle frontpage.", "if (!file_exists('./config.php')) {\n    header('Location: install.php');\n    die;\n}\nrequire_once('config.php');\nrequire_once($CFG->dirroot . '/course/lib.php');\n\necho $OUTPUT->header();\necho $OUTPUT->footer();\n")),
		put("install.php", php("core", "This script creates config.php.", "define('CLI_SCRIPT', false);\nrequire('lib/installlib.php');\n")),
		put("pluginfile.php", php("core", "Delivers files.", "define('NO_MOODLE_COOKIES', false);\nrequire_once('config.php');\nrequire_once('lib/filelib.php');\n\nfile_pluginfile(get_file_argument());\n")),
		put("admin/index.php", php("core", "Main administration script.", "require('../config.php');\nrequire_once($CFG->libdir . '/adminlib.php');\n\nadmin_externalpage_setup('adminnotifications');\n")),
		put("admin/cli/upgrade.php", php("core", "Upgrades from the command line.", "define('CLI_SCRIPT', true);\nrequire(__DIR__ . '/../../config.php');\nrequire_once($CFG->libdir . '/clilib.php');\n\nupgrade_core($version, true);\n")),
		put("admin/cli/cron.php", php("core", "Runs the tasks that are due.", "define('CLI_SCRIPT', true);\nrequire(__DIR__ . '/../../config.php');\n\n\\core\\cron::run_main_process();\n")),
		put("course/view.php", php("core_course", "Displays a course.", "require_once('../config.php');\nrequire_once('lib.php');\n\n$id = required_param('id', PARAM_INT);\n$course = get_course($id);\nrequire_login($course);\n\necho $OUTPUT->header();\necho $OUTPUT->footer();\n")),
		put("course/recent.php", php("core_course", "Displays recent activity in a course.", recentPage)),
		put("my/index.php", php("core_my", "My dashboard.", "require_once(__DIR__ . '/../config.php');\nrequire_login();\n\necho $OUTPUT->header();\necho $OUTPUT->footer();\n")),
		put("local/readme.txt", "This folder is for local customisations that fit no other type of plugin.\n"),
		put("mod/README.txt", "Each folder here is an activity module.\n"),
		put("admin/tool/log/version.php", pluginVersion("tool_log", "2022112800")),
		put("lib/thirdpartylibs.xml", "<?xml version=\"1.0\"?>\n<libraries>\n  <library>\n    <location>mustache</location>\n    <name>Mustache</name>\n    <version>2.14.2</version>\n    <license>MIT</license>\n  </library>\n</libraries>\n"),
		put("lib/upgrade.txt", "This files describes API changes in core libraries and APIs,\ninformation provided here is intended especially for developers.\n"),
		put("lib/setup.php", php("core", "Sets up the global objects.", "defined('MOODLE_INTERNAL') || define('MOODLE_INTERNAL', true);\n\n$CFG->dirroot = dirname(__DIR__);\n$CFG->libdir = $CFG->dirroot . '/lib';\n")),
		put("lib/installlib.php", phpLib("core", "Functions of the installer.", "/**\n * Checks a folder name.\n *\n * @param string $name\n * @return bool\n */\nfunction install_folder_is_valid(string $name): bool {\n    return (bool) preg_match('~^[a-z0-9/_-]+$~i', $name);\n}\n")),
		put("pix/moodlelogo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><title>Moodle</title><path d=\"M0 8V2h8v6\"/></svg>\n"),
	}
}

// databaseFiles are the language files and the definition of the database, to which
// every release adds.
func databaseFiles() []edit {
	var words, admin strings.Builder
	for _, word := range strings.Fields("activities add administration allcourses backup cancel category choose close completed continue course courses dashboard date day days delete description edit email enrol error files finish groups help hide home hour hours language lastaccess loading login logout maximumgrade message minutes more name never next news notifications ok participants password policy preferences previous profile question recentactivity remove required role save search section settings show status submit summary tags time today topic untag update user users version view week yes") {
		fmt.Fprintf(&words, "$string['%s'] = '%s%s';\n", word, strings.ToUpper(word[:1]), word[1:])
	}
	for _, word := range strings.Fields("additionalhtml adminseesall allowframembedding cachesession configpath courselimit dbsessions debug disablelogin environment filterall frontpage indexdata langcache localplugins maintenancemode maxbytes noemailever opentogoogle pathtophp proxyhost release security sessiontimeout smtphosts supportemail timezone upgradekey webproxy") {
		fmt.Fprintf(&admin, "$string['%s'] = 'Setting: %s';\n", word, word)
	}
	return []edit{
		put("lang/en/moodle.php", phpLib("core", "Strings for component 'core', language 'en'.", words.String())),
		put("lang/en/admin.php", phpLib("core_admin", "Strings for component 'core_admin', language 'en'.", admin.String())),
		put("lang/en/langconfig.php", phpLib("core_langconfig", "Strings for component 'langconfig', language 'en'.", "$string['decsep'] = '.';\n$string['locale'] = 'en_AU.UTF-8';\n$string['parentlanguage'] = '';\n$string['thislanguage'] = 'English';\n")),
		put("lib/db/upgrade.php", phpLib("core", "This file keeps track of upgrades to Moodle.", `/**
 * Main upgrade tasks to be executed on Moodle version bump.
 *
 * @param int $oldversion the version we are upgrading from
 * @return bool
 */
function xmldb_main_upgrade($oldversion) {
    global $CFG, $DB;

    $dbman = $DB->get_manager();

    // Automatically generated Moodle v4.0.0 release upgrade line.
    // Put any upgrade step following this.

    return true;
}
`)),
		put("lib/db/install.xml", `<?xml version="1.0" encoding="UTF-8" ?>
<XMLDB PATH="lib/db" VERSION="20221128" COMMENT="XMLDB file for core Moodle tables">
  <TABLES>
    <TABLE NAME="config" COMMENT="Moodle configuration variables">
      <FIELDS>
        <FIELD NAME="id" TYPE="int" LENGTH="10" NOTNULL="true" SEQUENCE="true"/>
        <FIELD NAME="name" TYPE="char" LENGTH="255" NOTNULL="true" SEQUENCE="false"/>
        <FIELD NAME="value" TYPE="text" NOTNULL="true" SEQUENCE="false"/>
      </FIELDS>
      <KEYS>
        <KEY NAME="primary" TYPE="primary" FIELDS="id"/>
      </KEYS>
    </TABLE>
  </TABLES>
</XMLDB>
`),
		put("lib/db/services.php", phpLib("core", "Web service functions.", "$functions = [\n    'core_course_get_courses' => [\n        'classname' => 'core_course_external',\n        'type' => 'read',\n    ],\n];\n")),
	}
}
