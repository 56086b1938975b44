package reporttest

import "mgit/internal/job"

// strangers are findings that nobody knows: what a reader must see first.
func strangers() []job.Finding {
	return []job.Finding{
		{
			Place: job.At("lib/editor/tinymce/tiny_mce/3.5.8/utils/cache.php"), Component: "editor_tinymce", Class: "unknown", Severity: "critical",
			Orphan: true, Evidence: "no upstream commit has or had a file here; PHP in a core folder",
		},
		{
			Place: job.At("course/format/weeks/export"), Component: "format_weeks", Class: "unknown", Severity: "critical", Files: 14, Orphan: true,
			Evidence: "no upstream commit has or had a folder here; 11 of its files are PHP",
			Decision: &job.Decision{Decision: job.DecisionPort, Reason: "the registry's export; becomes local_export", Who: "Ada Kim", When: Day()},
		},
		{
			Place: job.At("lib/luvle/timetable.php"), Component: "core", Class: "unknown", Severity: "major",
			Hunks: []job.FindingHunk{
				{Start: 1, Lines: 80, Branch: by("LUVLE-2.5-hack-set_timetable")},
				{Start: 81, Lines: 2},
				{Start: 83, Lines: 17, Branch: by("LUVLE-2.5-hack-set_timetable")},
			},
		},
	}
}

// changed are core files with changes: explained, in part, and not at all.
func changed() []job.Finding {
	return []job.Finding{
		{
			Place: job.At("mod/quiz/locallib.php"), Component: "mod_quiz", Class: "modified", Severity: "major", Evidence: "hunk by hunk against 31 branches",
			Hunks: []job.FindingHunk{
				{
					Start: 412, BaseStart: 412, Branch: by("LUVLE-2.5-hack-mod_quiz-timer"),
					Removed: Lines("    $timeleft = $attempt->timestart + $quiz->timelimit - time();\n"),
					Added:   Lines("    $grace = get_config('quiz', 'luvle_grace');\n    $timeleft = $attempt->timestart + $quiz->timelimit + $grace - time();\n"),
				},
				{
					Start: 640, BaseStart: 639,
					Marker: &job.Marker{Token: "ou-specific begins", Text: "// ou-specific begins #8250 (until Moodle 2.6)", Ticket: "#8250", Until: "2.6"},
					Added:  Lines("    // ou-specific begins #8250 (until Moodle 2.6)\n    if (!empty($CFG->quizreviewclosed)) {\n        return false;\n    }\n    // ou-specific ends #8250 (until Moodle 2.6)\n"),
				},
				{
					Start: 1211, BaseStart: 1205, Note: "committed on LUVLE-2.5-deployment",
					Removed: Lines("        throw new moodle_quiz_exception($quizobj, 'cannotfindquestionregard');\n"),
					Added:   Lines("        debugging('regrade: ' . $slot);\n"),
				},
			},
		},
		{
			Place: job.At("lib/moodlelib.php"), Component: "core", Class: "modified", Severity: "major", Evidence: "hunk by hunk against 31 branches",
			Hunks: []job.FindingHunk{{
				Start: 5310, BaseStart: 5310,
				Removed:  Lines("    if (!empty($CFG->noemailever)) {\n"),
				Added:    Lines("    if (!empty($CFG->noemailever) || $user->auth === 'nologin') {\n"),
				Decision: &job.Decision{Decision: job.DecisionReplace, Reason: "a message provider will do this from 2.7 on", Who: "Ben Osei", When: Day().AddDate(0, -1, 0)},
			}},
			Decision: &job.Decision{Decision: job.DecisionReplace, Reason: "a message provider will do this from 2.7 on", Who: "Ben Osei", When: Day().AddDate(0, -1, 0)},
		},
		{
			Place: job.At("theme/afterburner"), Component: "theme_afterburner", Class: "missing", Severity: "major", Files: 61, Orphan: true,
			Evidence: "the whole component is removed",
		},
		{
			Place: job.At("mod/resource/view.php"), Component: "mod_resource", Class: "modified", Severity: "info", Evidence: "hunk by hunk against 31 branches",
			Hunks: []job.FindingHunk{
				{Start: 28, BaseStart: 28, Branch: by("LUVLE-2.5-hack-mod_resource-singlefiles"), Added: Lines("require_once($CFG->dirroot.'/mod/resource/singlefile.php');\n")},
				{Start: 97, BaseStart: 96, Branch: by("LUVLE-2.5-hack-set_timetable"), Removed: Lines("$PAGE->set_pagelayout('incourse');\n"), Added: Lines("$PAGE->set_pagelayout(luvle_layout($course));\n")},
			},
		},
		{
			Place: job.At("lib/yui/build/moodle-core-dock/moodle-core-dock-min.js"), Component: "core", Class: "modified", Severity: "major", Binary: true, Orphan: true,
			Evidence: "built JavaScript; its source is unchanged",
		},
	}
}

// harmless are findings that explain themselves.
func harmless() []job.Finding {
	return []job.Finding{
		{
			Place: job.At("mod/forum/lib.php"), Component: "mod_forum", Class: "stale", Severity: "minor", Evidence: "byte for byte the version of 2.5.1",
			Upstream: &job.UpstreamOrigin{Commit: ID("forum"), Release: "2.5.1+ (Build: 20130801)", MDL: "MDL-40921", Subject: "MDL-40921 mod_forum: unread counts in the overview"},
		},
		{
			Place: job.At("lib/accesslib.php"), Component: "core_role", Class: "backport", Severity: "minor", Evidence: "byte for byte the version of 2.5.4",
			Upstream: &job.UpstreamOrigin{Commit: ID("access"), Release: "2.5.4 (Build: 20140113)", MDL: "MDL-43042", Subject: "MDL-43042 roles: check capabilities in the frozen context"},
		},
		{
			Place: job.At("config.php.2013"), Component: "core", Class: "foreign", Severity: "major",
			Evidence: "may hold passwords, and a web server may serve it",
		},
		{
			Place: job.At("mod/resource/singlefile.php"), Component: "mod_resource", Class: "unknown", Severity: "info",
			Hunks: []job.FindingHunk{{Start: 1, Lines: 44, BaseStart: 1, Branch: by("LUVLE-2.5-hack-mod_resource-singlefiles")}},
		},
		{
			Place: job.At("question/editlib.php"), Component: "core_question", Class: "missing", Severity: "major",
			Hunks: []job.FindingHunk{{Start: 1, BaseStart: 1, BaseLines: 102}},
		},
		{Place: job.At("lib/adodb/drivers/adodb-ado5.inc.php"), Component: "core", Class: "whitespace", Severity: "info", Evidence: "CRLF line endings"},
		{Place: job.At("admin/cli/cron.php"), Component: "core_admin", Class: "mode", Severity: "info", Evidence: "100755, upstream has 100644"},
		{Place: job.At("course/lib.php.bak"), Component: "core_course", Class: "foreign", Severity: "info", Evidence: "a backup copy"},
		{Place: job.At("pix/uploads/Übungsblätter 2013 (endgültig).zip"), Component: "core", Class: "foreign", Severity: "info", Evidence: "an archive"},
	}
}
