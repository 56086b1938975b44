package demo

import "cmp"

// The branches of the site. Each is there for a reason, which stands beside it
// together with what moving it to v4.5.0 must give.

// change is one commit of a branch.
type change struct {
	message  string
	edits    []edit
	encoding string
}

// branch is a branch of the site, on v4.1.0 unless it is stacked on another one.
type branch struct {
	name     string // without customer and version
	shows    string
	outcome  string // of mgit: clean, conflict or landed
	plain    string // what `git rebase` makes of it where that differs, else ""
	on       string // the branch it is stacked on
	changes  []change
	side     []change   // a second line, merged after the changes
	minor    bool       // v4.1.3 is merged after the first change
	byHand   resolution // of that merge
	late     bool       // merged into the targets after v4.1.3
	external bool       // somebody else publishes it
	waiting  bool       // in test, not yet in deployment
	record   record
}

// expected is what the outside is told about the branch.
func (b branch) expected() Expected {
	return Expected{Name: prefix + b.name, Shows: b.shows, Outcome: b.outcome, Plain: cmp.Or(b.plain, b.outcome), External: b.external}
}

const (
	clean    = "clean"
	conflict = "conflict"
	landed   = "landed"
)

// branches lists them in the order in which the targets merge them.
func branches() []branch {
	return append(features(), hacks()...)
}

func features() []branch {
	return []branch{
		{
			name: "feature-mod_ouwiki", outcome: clean,
			shows:   "a plugin of one's own: new files only, decided without reading any of them",
			changes: pluginChanges("mod_ouwiki", "mod/ouwiki", "OU wiki", "page annotation"),
		},
		{
			name: "feature-block_luvle", outcome: clean,
			shows: "a plugin with JavaScript: source and built file travel together",
			changes: append(pluginChanges("block_luvle", "blocks/luvle", "LUVLE navigation", "shortcut"), change{
				message: "block_luvle: Open shortcuts in place",
				edits: []edit{
					put("blocks/luvle/amd/src/shortcut.js", luvlePlugin("block_luvle", "blocks/luvle", "LUVLE navigation", "shortcut").module("shortcut")),
					put("blocks/luvle/amd/build/shortcut.min.js", luvlePlugin("block_luvle", "blocks/luvle", "LUVLE navigation", "shortcut").built("shortcut")),
					put("blocks/luvle/amd/build/shortcut.min.js.map", luvlePlugin("block_luvle", "blocks/luvle", "LUVLE navigation", "shortcut").sourceMap("shortcut")),
				},
			}),
		},
		{
			name: "feature-local_luvle", outcome: clean,
			shows: "a plugin that grew: seven commits that build on each other",
			changes: append(pluginChanges("local_luvle", "local/luvle", "LUVLE services", "term building"),
				change{message: "local_luvle: Send the terms to the timetable", edits: []edit{put("local/luvle/timetable.php", php("local_luvle", "Sends the terms.", "require('../../config.php');\nrequire_login();\n\n$url = 'https://timetable.luvle.example.org';\n"))}},
				change{message: "local_luvle: Ask for the capability first", edits: []edit{replace("local/luvle/timetable.php", "require_login();\n", "require_login();\nrequire_capability('local/luvle:viewterm', context_system::instance());\n")}},
				change{message: "local_luvle: The timetable has moved", edits: []edit{replace("local/luvle/timetable.php", "timetable.luvle.example.org", "rooms.luvle.example.org")}},
				change{message: "local_luvle: Task for the night", edits: []edit{put("local/luvle/classes/task/sync.php", php("local_luvle", "Nightly task.", "namespace local_luvle\\task;\n\n/**\n * Sends the terms every night.\n */\nclass sync extends \\core\\task\\scheduled_task {\n}\n"))}},
			),
		},
		{
			name: "feature-local_luvle-calendar", outcome: clean, on: "feature-local_luvle",
			shows:   "a branch stacked on another: what they share is moved once",
			changes: []change{{message: "local_luvle: Show the terms in the calendar", edits: []edit{put("local/luvle/calendar.php", php("local_luvle", "Terms as events.", "require('../../config.php');\nrequire_once(__DIR__ . '/lib.php');\n"))}}},
		},
		{
			name: "feature-qtype_luvle", outcome: clean,
			shows: "a message in Latin-1: bytes and encoding header are kept",
			changes: append(pluginChanges("qtype_luvle", "question/type/luvle", "Chemical formula", "formula"), change{
				message: "qtype_luvle: Pr\xfcfung der L\xf6sung\n\nDie Klammern d\xfcrfen fehlen.", encoding: "ISO-8859-1",
				edits: []edit{put("question/type/luvle/check.php", phpLib("qtype_luvle", "Checks a formula.", "/**\n * Adds the brackets that may be left out.\n *\n * @param string $formula\n * @return string\n */\nfunction qtype_luvle_complete(string $formula): string {\n    return '(' . trim($formula, '()') . ')';\n}\n"))},
			}),
		},
		{
			name: "feature-mod_attendance", outcome: clean, external: true,
			shows:   "somebody else's plugin: an upgrade would take its newest release instead",
			changes: attendance(),
		},
		{
			name: "feature-set_exams", outcome: clean,
			record: record{reason: "Exams are written in rooms with numbered seats", members: []string{"local_exams"}, paths: []string{"mod/quiz/lib.php", "mod/quiz/view.php"}},
			shows:  "changes that live and die together: a plugin and the hook in core it needs",
			changes: append(pluginChanges("local_exams", "local/exams", "Exams", "seat"), change{
				message: "mod_quiz, core: Tell local_exams when an attempt begins",
				edits: []edit{
					replace("mod/quiz/view.php", "require_course_login($course, true, $cm);\n", "require_course_login($course, true, $cm);\nlocal_exams_check_seat($cm);\n"),
					replace("mod/quiz/lib.php", "    if ($quiz->overduehandling !== 'graceperiod') {\n", "    if ($quiz->overduehandling !== 'graceperiod' || local_exams_is_exam($quiz)) {\n"),
				},
			}),
		},
		{
			name: "feature-report_luvle", outcome: clean, waiting: true,
			shows:   "two lines of work merged inside the branch",
			changes: pluginChanges("report_luvle", "report/luvle", "LUVLE report", "chart"),
			side:    []change{{message: "report_luvle: Export as CSV", edits: []edit{put("report/luvle/export.php", php("report_luvle", "Exports a chart.", "require('../../config.php');\nrequire_login();\n"))}}},
		},
		{
			name: "feature-theme_luvle", outcome: clean,
			shows:   "a theme: many small files",
			changes: pluginChanges("theme_luvle", "theme/luvle", "LUVLE theme", "banner"),
		},
	}
}

func hacks() []branch {
	return []branch{
		{
			name: "hack-mod_resource-singlefiles", outcome: clean,
			record: record{reason: "Courses of the evening school link to files that are hidden on the page"},
			shows:  "a hack in a file that upstream has changed elsewhere",
			changes: []change{{
				message: "mod_resource: Show the only file even when it is hidden\n\nRefs: LU-1042", edits: []edit{
					replace("mod/resource/lib.php", "    if ($main === false) {\n        return null;\n    }\n", "    if ($main === false) {\n        return null;\n    }\n    if (count($files) === 1) {\n        return reset($files); // LUVLE: LU-1042.\n    }\n"),
				},
			}},
		},
		{
			name: "hack-mod_forum-subject", outcome: conflict,
			record: record{reason: "Answers from Polish and Swedish mail programs begin with Odp: and Sv:, and were cut off"},
			shows:  "a line that upstream has rewritten since: a person must decide",
			changes: []change{
				{message: "mod_forum: Answers keep the subject as it is", edits: []edit{replace("mod/forum/lib.php", "    $known = ['Re:', 'Aw:', $re];\n", "    $known = ['Re:', 'Aw:', 'Sv:', 'Odp:', $re];\n")}},
				{message: "mod_forum: Subjects may be longer", edits: []edit{replace("mod/forum/lib.php", "    $maximum = 255;\n", "    $maximum = 1333;\n")}},
			},
		},
		{
			name: "hack-core_course-recent", outcome: conflict,
			record:  record{reason: "Part-time students look in every four weeks"},
			shows:   "a file that upstream has removed since",
			changes: []change{{message: "core_course: Four weeks of recent activity", edits: []edit{replace("course/recent.php", "$days = 14;\n", "$days = 28;\n")}}},
		},
		{
			name: "hack-core_course-summary", outcome: clean,
			record: record{reason: "The law wants the whole summary in the course list"},
			shows:  "a hack in a library of core",
			changes: []change{
				{message: "core_course: Longer summaries in lists", edits: []edit{replace("course/lib.php", "    $length = 200;\n", "    $length = 400;\n")}},
				{message: "core_course: Say so in the settings", edits: []edit{replace("lang/en/moodle.php", "$string['summary'] = 'Summary';\n", "$string['summary'] = 'Summary (up to 400 characters are shown)';\n")}},
			},
		},
		{
			name: "hack-mod_quiz-grace", outcome: landed,
			record:  record{reason: "Students lost attempts in the last minute of an exam", upstream: "MDL-77206"},
			shows:   "upstream has taken the change: nothing is left of it",
			changes: []change{{message: "MDL-77206 mod_quiz: Respect the minimum of the grace period", edits: []edit{quizGraceChange()}}},
		},
		{
			name: "hack-core_grades-rounding", outcome: clean,
			record: record{reason: "The examination rules round halves up"},
			shows:  "upstream has taken one commit of two",
			changes: []change{
				{message: "core_grades: Round halves up", edits: []edit{gradeRoundChange()}},
				{message: "core_grades: The boundary belongs to the better letter", edits: []edit{replace("grade/letters.php", "        if ($percentage > $boundary) {\n", "        if ($percentage >= $boundary) {\n")}},
			},
		},
		{
			name: "hack-core_user-lastaccess", outcome: clean,
			record:  record{reason: "Accounts that were never used are shown as used long ago", upstream: "MDL-78555"},
			shows:   "upstream took the change and reverted it: it must not be dropped",
			changes: []change{{message: "MDL-78555 core_user: Accounts that were never used show odd times", edits: []edit{userAccessChange()}}},
		},
		{
			name: "hack-mod_quiz-toggle", outcome: clean, plain: conflict,
			record: record{reason: "One attempt at a time is what the exam office asks for"},
			shows:  "only the built JavaScript conflicts: upstream's is taken, to be built again",
			changes: []change{{message: "mod_quiz: Close the other attempts", edits: []edit{
				replace("mod/quiz/amd/src/attempt.js", "    attempt: '[data-region=\"attempt\"]',\n", "    attempt: '[data-region=\"attempt\"]:not(.luvle)',\n"),
				replace("mod/quiz/amd/build/attempt.min.js", `'[data-region="attempt"]'`, `'[data-region="attempt"]:not(.luvle)'`),
			}}},
		},
		{
			name: "hack-core-userlabel", outcome: clean,
			record: record{reason: "The board has decided on family names first"},
			shows:  "an empty commit, which is kept",
			changes: []change{
				{message: "core: Family names first", edits: []edit{replace("lib/moodlelib.php", "    $parts = array_filter([$first, $last]);\n", "    $parts = array_filter([$last, $first]);\n")}},
				{message: "core: The board has agreed to family names first\n\nRefs: LU-977"},
			},
		},
		{
			name: "hack-core_admin-clitools", outcome: clean, waiting: true,
			record: record{reason: "The operators call the scripts by their names, and by the old one"},
			shows:  "an executable bit and a symbolic link",
			changes: []change{
				{message: "core_admin: Make the scripts executable", edits: []edit{executable("admin/cli/cron.php")}},
				{message: "core_admin: The old name of the cron script", edits: []edit{link("admin/cron.php", "cli/cron.php")}},
			},
		},
		{
			name: "hack-theme_boost-colours", outcome: clean,
			record:  record{reason: "The colours of the university, as long as the theme has no setting for them", review: "5.1"},
			shows:   "a hack in a theme",
			changes: []change{{message: "theme_boost: The colours of the university", edits: []edit{replace("theme/boost/scss/moodle.scss", "@import \"moodle/core\";\n", "@import \"moodle/core\";\n@import \"luvle/colours\";\n"), put("theme/boost/scss/luvle/_colours.scss", "$primary: #7a1f3d;\n")}}},
		},
		{
			name: "hack-enrol_self-keys", outcome: clean,
			shows:   "a hack that nothing upstream comes near",
			changes: []change{{message: "enrol_self: Keys without regard to case", edits: []edit{replace("enrol/self/lib.php", "    return $key === $password;\n", "    return strcasecmp($key, $password) === 0;\n")}}},
		},
		{
			name: "hack-mod_folder-limit", outcome: clean, minor: true, late: true,
			record: record{reason: "Teachers hand out recordings of lectures"},
			shows:  "a later minor was merged to get a fix; its commits are upstream's, not the branch's",
			changes: []change{
				{message: "mod_folder: Teachers may always download", edits: []edit{replace("mod/folder/lib.php", "    if ($limit == 0) {\n", "    if ($limit == 0 || is_siteadmin()) {\n")}},
				{message: "mod_folder: The limit counts in the unit of core", edits: []edit{replace("mod/folder/lib.php", "    return $bytes <= $limit * $unit;\n", "    return $bytes <= 2 * $limit * $unit;\n")}},
			},
		},
		{
			name: "hack-mod_assign-types", outcome: conflict, plain: clean, minor: true, late: true,
			record:  record{reason: "Students write file types with a dot"},
			shows:   "a later minor was merged and resolved by hand: plain Git drops the resolution",
			changes: []change{{message: "mod_assign: File types may have a dot in front", edits: []edit{replace("mod/assign/lib.php", "    $types = array_map('trim', $types);\n", "    $types = array_map(fn($type) => trim($type, ' .'), $types);\n")}}},
			byHand: resolution{
				without: []edit{assignTypesChange()},
				with:    []edit{replace("mod/assign/lib.php", "    $types = array_map(fn($type) => trim($type, ' .'), $types);\n", "    $types = array_map(fn($type) => core_text::strtolower(trim($type, ' .')), $types);\n")},
			},
		},
	}
}

func luvlePlugin(component, path, title, things string) plugin {
	return plugin{component: component, path: path, title: title, things: things, plural: title + "s"}
}

// pluginChanges are the commits that add a plugin of the site's own: the plugin,
// an improvement, a new version.
func pluginChanges(component, path, title, things string) []change {
	p := luvlePlugin(component, path, title, things)
	files, spots := p.files(len(component), "2022120100")
	return []change{
		{message: component + ": New plugin " + title, edits: files},
		{message: component + ": " + spots[0].summary, edits: []edit{spots[0].edit}},
		{message: component + ": Version for the summer term", edits: []edit{put(path+"/version.php", pluginVersionFor("2022112800", component, "2023030100"))}},
	}
}

// attendance is an activity that others publish, imported release by release.
func attendance() []change {
	p := plugin{component: "mod_attendance", path: "mod/attendance", title: "Attendance", things: "session status", plural: "Attendances"}
	files, spots := p.files(2, "2022083100")
	version := phpLib(p.component, "Version details.", "$plugin->version   = 2023020108;\n$plugin->requires  = 2022112800;\n$plugin->supported = [401, 402];\n$plugin->maturity  = MATURITY_STABLE;\n$plugin->release   = '4.1.2';\n$plugin->component = 'mod_attendance';\n")
	return []change{
		{message: "Attendance 4.1.0, as published", edits: files},
		{message: "Attendance 4.1.2, as published", edits: []edit{spots[1].edit, put("mod/attendance/version.php", version)}},
	}
}
