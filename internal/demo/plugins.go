package demo

import (
	"fmt"
	"strings"

	"mgit/internal/moodle"
)

// plugin is a plugin that upstream ships.
type plugin struct {
	component string
	path      string
	title     string
	things    string        // what its library is about, separated by blanks
	until     moodle.Series // the series that no longer has it; zero is never
	since     moodle.Series // the series that brought it; zero is always
	plural    string        // what several of them are called, where an activity says so
}

// prefix begins the names of its functions.
func (p plugin) prefix() string {
	return strings.TrimPrefix(p.component, "mod_")
}

// langFile is its language file: activities leave the "mod_" out.
func (p plugin) langFile() string {
	return p.path + "/lang/en/" + p.prefix() + ".php"
}

// plugins are the plugins of the first tree, and those that came later. The
// removals are Moodle's own (lib/plugins.json, "deleted").
func plugins() []plugin {
	s42, s45, s50 := moodle.Series{Major: 4, Minor: 2}, moodle.Series{Major: 4, Minor: 5}, moodle.Series{Major: 5}
	return []plugin{
		{component: "mod_forum", path: "mod/forum", title: "Forum", things: "discussion post subscription digest"},
		{component: "mod_quiz", path: "mod/quiz", title: "Quiz", things: "attempt slot section override"},
		{component: "mod_resource", path: "mod/resource", title: "File", things: "file display"},
		{component: "mod_assign", path: "mod/assign", title: "Assignment", things: "submission allocation marker override"},
		{component: "mod_page", path: "mod/page", title: "Page", things: "revision"},
		{component: "mod_folder", path: "mod/folder", title: "Folder", things: "download"},
		{component: "mod_label", path: "mod/label", title: "Text and media area", things: "label"},
		{component: "mod_chat", path: "mod/chat", title: "Chat", things: "session message", until: s50},
		{component: "mod_survey", path: "mod/survey", title: "Survey", things: "answer", until: s50},
		{component: "quiz_overview", path: "mod/quiz/report/overview", title: "Quiz grades report", things: "regrade"},
		{component: "quizaccess_timelimit", path: "mod/quiz/accessrule/timelimit", title: "Time limit", things: "limit"},
		{component: "assignsubmission_file", path: "mod/assign/submission/file", title: "File submissions", things: "upload"},
		{component: "block_html", path: "blocks/html", title: "Text", things: "instance"},
		{component: "block_calendar_upcoming", path: "blocks/calendar_upcoming", title: "Upcoming events", things: "event"},
		{component: "block_section_links", path: "blocks/section_links", title: "Section links", things: "anchor", until: s50},
		{component: "qtype_multichoice", path: "question/type/multichoice", title: "Multiple choice", things: "choice answer"},
		{component: "qtype_essay", path: "question/type/essay", title: "Essay", things: "response"},
		{component: "qbank_comment", path: "question/bank/comment", title: "Question comments", things: "comment"},
		{component: "theme_boost", path: "theme/boost", title: "Boost", things: "preset layout"},
		{component: "theme_classic", path: "theme/classic", title: "Classic", things: "column"},
		{component: "tool_uploaduser", path: "admin/tool/uploaduser", title: "User upload", things: "row profile"},
		{component: "logstore_standard", path: "admin/tool/log/store/standard", title: "Standard log", things: "record"},
		{component: "auth_manual", path: "auth/manual", title: "Manual accounts", things: "account"},
		{component: "auth_mnet", path: "auth/mnet", title: "MNet authentication", things: "host", until: s50},
		{component: "enrol_manual", path: "enrol/manual", title: "Manual enrolments", things: "enrolment"},
		{component: "enrol_self", path: "enrol/self", title: "Self enrolment", things: "key"},
		{component: "format_topics", path: "course/format/topics", title: "Topics format", things: "topic"},
		{component: "report_log", path: "report/log", title: "Logs", things: "filter"},
		{component: "gradereport_user", path: "grade/report/user", title: "User report", things: "column"},
		{component: "tinymce_lists", path: "lib/editor/tinymce/plugins/lists", title: "TinyMCE lists", things: "button", until: s42},
		{component: "editor_atto", path: "lib/editor/atto", title: "Atto HTML editor", things: "toolbar", until: s50},
		{component: "editor_tiny", path: "lib/editor/tiny", title: "TinyMCE editor", things: "menu"},
		{component: "filter_mathjaxloader", path: "filter/mathjaxloader", title: "MathJax", things: "formula"},
		{component: "repository_upload", path: "repository/upload", title: "Upload a file", things: "licence"},
		{component: "communication_matrix", path: "communication/provider/matrix", title: "Matrix", things: "room", since: s42},
		{component: "aiprovider_openai", path: "ai/provider/openai", title: "OpenAI API provider", things: "request", since: s45},
		{component: "smsgateway_aws", path: "sms/gateway/aws", title: "AWS gateway", things: "sender", since: s45},
	}
}

// shipped tells whether series has the plugin.
func (p plugin) shipped(series moodle.Series) bool {
	return series.Compare(p.since) >= 0 && (p.until.IsZero() || series.Compare(p.until) < 0)
}

// files returns the plugin's files as edits, and the spots in its library. The
// number n varies the routines from plugin to plugin.
func (p plugin) files(n int, version string) ([]edit, []spot) {
	lib := &library{file: p.path + "/lib.php", owner: p.component}
	for i, thing := range strings.Fields(p.things) {
		all := routines()
		lib.add(all[(n+i)%len(all)], p.prefix(), thing)
		lib.text(landmark(p.component, i))
		lib.add(all[(n+i+3)%len(all)], p.prefix(), thing)
	}
	thing, _, _ := strings.Cut(p.things, " ")
	edits := []edit{
		put(p.path+"/version.php", pluginVersion(p.component, version)),
		put(lib.file, phpLib(p.component, "Library of functions of "+p.title+".", lib.code.String())),
		put(p.langFile(), p.strings(thing)),
		put(p.path+"/db/access.php", p.access(thing)),
		put(p.path+"/classes/output/"+thing+"_list.php", p.class(thing)),
		put(p.path+"/templates/"+thing+".mustache", p.template(thing)),
	}
	if strings.HasPrefix(p.component, "mod_") {
		edits = append(edits,
			put(p.path+"/db/install.xml", p.tables(version)),
			put(p.path+"/db/upgrade.php", p.upgrade()),
			put(p.path+"/view.php", p.view()),
			put(p.path+"/tests/lib_test.php", p.test(thing)),
			put(p.path+"/amd/src/"+thing+".js", p.module(thing)),
			put(p.path+"/amd/build/"+thing+".min.js", p.built(thing)),
			put(p.path+"/amd/build/"+thing+".min.js.map", p.sourceMap(thing)),
		)
	}
	if strings.HasPrefix(p.component, "theme_") {
		edits = append(edits,
			put(p.path+"/config.php", phpLib(p.component, "Configuration of the theme.", "$THEME->name = '"+strings.TrimPrefix(p.component, "theme_")+"';\n$THEME->sheets = [];\n$THEME->parents = [];\n")),
			put(p.path+"/scss/moodle.scss", "// The sheets in the order in which they build on each other.\n@import \"moodle/variables\";\n@import \"moodle/core\";\n"),
		)
	}
	return edits, lib.spots
}

// pluginVersion is the version.php of a plugin that requires a Moodle of its own age.
func pluginVersion(component, version string) string {
	return pluginVersionFor(version, component, version)
}

// pluginVersionFor is the version.php of a plugin that requires a Moodle.
func pluginVersionFor(requires, component, version string) string {
	return phpLib(component, "Version details.", fmt.Sprintf("$plugin->version   = %s;\n$plugin->requires  = %s;\n$plugin->component = '%s';\n", version, requires, component))
}

func (p plugin) fill(text, thing string) string {
	typ, name, _ := strings.Cut(p.component, "_")
	return expand(text, "p", p.prefix(), "n", thing, "component", p.component, "type", typ, "name", name, "title", p.title, "path", p.path)
}

func (p plugin) strings(thing string) string {
	plural := ""
	if p.plural != "" && strings.HasPrefix(p.component, "mod_") {
		plural = "$string['modulenameplural'] = '" + p.plural + "';\n"
	}
	return phpLib(p.component, "Strings for component '"+p.component+"', language 'en'.", p.fill(`$string['{name}:addinstance'] = 'Add a new {title}';
$string['{name}:view{n}'] = 'View {n}s';
$string['modulename'] = '{title}';
`+plural+`$string['{n}'] = '{n}';
$string['{n}s'] = 'All {n}s';
$string['no{n}s'] = 'There are no {n}s yet';
$string['pluginname'] = '{title}';
$string['privacy:metadata'] = 'The {title} plugin stores who made each {n}.';
`, thing))
}

func (p plugin) access(thing string) string {
	return phpLib(p.component, "Capabilities.", p.fill(`$capabilities = [
    '{type}/{name}:view{n}' => [
        'captype' => 'read',
        'contextlevel' => CONTEXT_MODULE,
        'archetypes' => [
            'student' => CAP_ALLOW,
            'teacher' => CAP_ALLOW,
            'editingteacher' => CAP_ALLOW,
        ],
    ],
];
`, thing))
}

func (p plugin) class(thing string) string {
	return php(p.component, "List of "+thing+"s.", p.fill(`namespace {component}\output;

/**
 * The {n}s of one page.
 */
class {n}_list implements \renderable, \templatable {
    /** @var array the records */
    protected $records;

    /**
     * Constructor.
     *
     * @param array $records the {n}s to show
     */
    public function __construct(array $records) {
        $this->records = $records;
    }

    /**
     * Data for the template.
     *
     * @param \renderer_base $output
     * @return array
     */
    public function export_for_template(\renderer_base $output): array {
        return ['{n}s' => array_values($this->records)];
    }
}
`, thing))
}

func (p plugin) template(thing string) string {
	return p.fill(`{{!
    @template {component}/{n}

    One {n} of {title}.

    Example context (json):
    { "name": "First {n}", "url": "#" }
}}
<div class="{component}-{n}" data-region="{n}">
    <a href="{{url}}">{{name}}</a>
</div>
`, thing)
}

func (p plugin) tables(version string) string {
	var tables strings.Builder
	for _, thing := range strings.Fields(p.things) {
		tables.WriteString(p.fill(`    <TABLE NAME="{p}_{n}s" COMMENT="The {n}s of {title}">
      <FIELDS>
        <FIELD NAME="id" TYPE="int" LENGTH="10" NOTNULL="true" SEQUENCE="true"/>
        <FIELD NAME="instanceid" TYPE="int" LENGTH="10" NOTNULL="true" SEQUENCE="false"/>
        <FIELD NAME="userid" TYPE="int" LENGTH="10" NOTNULL="true" SEQUENCE="false"/>
        <FIELD NAME="name" TYPE="char" LENGTH="255" NOTNULL="true" SEQUENCE="false"/>
        <FIELD NAME="timemodified" TYPE="int" LENGTH="10" NOTNULL="true" DEFAULT="0" SEQUENCE="false"/>
      </FIELDS>
      <KEYS>
        <KEY NAME="primary" TYPE="primary" FIELDS="id"/>
      </KEYS>
    </TABLE>
`, thing))
	}
	return p.fill(`<?xml version="1.0" encoding="UTF-8" ?>
<XMLDB PATH="{path}/db" VERSION="`+version[:8]+`" COMMENT="XMLDB file for Moodle {path}"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:noNamespaceSchemaLocation="../../../lib/xmldb/xmldb.xsd"
>
  <TABLES>
`+tables.String()+`  </TABLES>
</XMLDB>
`, "")
}

func (p plugin) upgrade() string {
	return phpLib(p.component, "Upgrade steps.", p.fill(`/**
 * Upgrades {title} from an older version.
 *
 * @param int $oldversion the version we are upgrading from
 * @return bool
 */
function xmldb_{p}_upgrade($oldversion) {
    // Automatically generated Moodle v4.1.0 release upgrade line.
    // Put any upgrade step following this.

    return true;
}
`, ""))
}

func (p plugin) view() string {
	return php(p.component, "Shows an instance of "+p.title+".", p.fill(`require('../../config.php');
require_once(__DIR__ . '/lib.php');

$id = required_param('id', PARAM_INT);
[$course, $cm] = get_course_and_cm_from_cmid($id, '{p}');
require_course_login($course, true, $cm);

$PAGE->set_url('/{path}/view.php', ['id' => $cm->id]);
$PAGE->set_title($course->shortname . ': ' . $cm->name);
$PAGE->set_heading($course->fullname);

echo $OUTPUT->header();
echo $OUTPUT->footer();
`, ""))
}

func (p plugin) test(thing string) string {
	return php(p.component, "Unit tests.", p.fill(`namespace {component};

/**
 * Tests of lib.php.
 */
class lib_test extends \advanced_testcase {
    /**
     * A new instance has no {n}s.
     */
    public function test_no_{n}s(): void {
        $this->resetAfterTest();
        $course = $this->getDataGenerator()->create_course();
        $instance = $this->getDataGenerator()->create_module('{p}', ['course' => $course->id]);
        $this->assertNotEmpty($instance->id);
    }
}
`, thing))
}

func (p plugin) module(thing string) string {
	return licence + p.fill(`/**
 * Opens one {n} in place.
 *
 * @module     {component}/{n}
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

const Selectors = {
    {n}: '[data-region="{n}"]',
};

/**
 * Starts to listen.
 */
export const init = () => {
    document.addEventListener('click', event => {
        const {n} = event.target.closest(Selectors.{n});
        if ({n}) {
            {n}.classList.toggle('open');
        }
    });
};
`, thing)
}

func (p plugin) built(thing string) string {
	return p.fill(`define("{component}/{n}",["exports"],(function(e){Object.defineProperty(e,"__esModule",{value:!0}),e.init=void 0;e.init=()=>{document.addEventListener("click",(e=>{const t=e.target.closest('[data-region="{n}"]');t&&t.classList.toggle("open")}))}}));

//# sourceMappingURL={n}.min.js.map
`, thing)
}

func (p plugin) sourceMap(thing string) string {
	return p.fill(`{"version":3,"file":"{n}.min.js","sources":["../src/{n}.js"],"names":["init","document","addEventListener"],"mappings":"2JAuBoB,KAChBA"}
`, thing)
}
