package moodle

// The tables of this file serve the series up to 3.7, which keep their lists in
// PHP code: get_plugin_types() and get_core_subsystems() in lib/moodlelib.php
// (2.0 to 2.5), \core_component in lib/classes/component.php (2.6 to 3.7). Later
// trees have lib/components.json and never come here, so the tables are closed.

// span is the series in which an entry holds; a zero end is open.
type span struct{ from, to Series }

func (s span) holds(at Series) bool {
	return s.from.Compare(at) <= 0 && (s.to.IsZero() || at.Compare(s.to) <= 0)
}

var always = span{}

func since(major, minor int) span {
	return span{from: Series{Major: major, Minor: minor}}
}

func until(major, minor int) span {
	return span{to: Series{Major: major, Minor: minor}}
}

// eraTypes is in the order of core's own list. Before 2.0 there were no
// frankenstyle names; the directories were the same.
var eraTypes = []struct {
	name, dir string
	in        span
}{
	{"antivirus", "lib/antivirus", since(3, 1)},
	{"availability", "availability/condition", since(2, 7)},
	{"qtype", "question/type", always},
	{"mod", "mod", always},
	{"auth", "auth", always},
	{"calendartype", "calendar/type", since(2, 6)},
	{"customfield", "customfield/field", since(3, 7)},
	{"enrol", "enrol", always},
	{"message", "message/output", always},
	{"block", "blocks", always},
	{"media", "media/player", since(3, 2)},
	{"filter", "filter", always},
	{"editor", "lib/editor", always},
	{"format", "course/format", always},
	{"dataformat", "dataformat", since(3, 1)},
	{"profilefield", "user/profile/field", always},
	{"report", "admin/report", until(2, 1)},
	{"report", "report", since(2, 2)},
	{"coursereport", "course/report", always},
	{"gradeexport", "grade/export", always},
	{"gradeimport", "grade/import", always},
	{"gradereport", "grade/report", always},
	{"gradingform", "grade/grading/form", since(2, 2)},
	{"mlbackend", "lib/mlbackend", since(3, 4)},
	{"mnetservice", "mnet/service", always},
	{"webservice", "webservice", always},
	{"repository", "repository", always},
	{"portfolio", "portfolio", always},
	{"search", "search/engine", since(3, 1)},
	{"qbehaviour", "question/behaviour", since(2, 1)},
	{"qformat", "question/format", always},
	{"plagiarism", "plagiarism", always},
	{"tool", "admin/tool", since(2, 2)},
	{"cachestore", "cache/stores", since(2, 4)},
	{"cachelock", "cache/locks", since(2, 4)},
	{"fileconverter", "files/converter", since(3, 2)},
	{"theme", "theme", always},
	{"local", "local", always},
}

func typesOf(at Series) []Type {
	var types []Type
	for _, t := range eraTypes {
		if t.in.holds(at) {
			types = append(types, Type{Name: t.name, Dir: t.dir})
		}
	}
	return types
}

// eraSubsystems has no directory for subsystems that are spread over lib. Where
// core listed a subsystem later than its directory existed, it stands without a
// first series.
var eraSubsystems = []struct {
	name, dir string
	in        span
}{
	{"access", "", always},
	{"admin", "admin", always},
	{"analytics", "analytics", since(3, 4)},
	{"antivirus", "lib/antivirus", since(3, 1)},
	{"auth", "auth", always},
	{"availability", "availability", since(2, 7)},
	{"backup", "backup/util/ui", always},
	{"badges", "badges", since(2, 5)},
	{"block", "blocks", always},
	{"blog", "blog", always},
	{"bulkusers", "", always},
	{"cache", "cache", since(2, 4)},
	{"calendar", "calendar", always},
	{"cohort", "cohort", always},
	{"comment", "comment", always},
	{"competency", "competency", since(3, 1)},
	{"completion", "completion", since(2, 9)},
	{"completion", "", until(2, 8)},
	{"condition", "", until(2, 6)},
	{"countries", "", always},
	{"course", "course", always},
	{"currencies", "", always},
	{"customfield", "customfield", since(3, 7)},
	{"dbtransfer", "", always},
	{"debug", "", always},
	{"dock", "", until(2, 5)},
	{"editor", "lib/editor", always},
	{"edufields", "", always},
	{"enrol", "enrol", always},
	{"error", "", always},
	{"favourites", "favourites", since(3, 6)},
	{"filepicker", "", always},
	{"fileconverter", "files/converter", since(3, 2)},
	{"files", "files", always},
	{"filters", "filter", always},
	{"fonts", "", until(2, 5)},
	{"form", "lib/form", always},
	{"grades", "grade", always},
	{"grading", "grade/grading", since(2, 2)},
	{"group", "group", always},
	{"help", "", always},
	{"hub", "", always},
	{"imscc", "", always},
	{"install", "", always},
	{"iso6392", "", always},
	{"langconfig", "", always},
	{"license", "", always},
	{"mathslib", "", always},
	{"media", "media", since(2, 3)},
	{"message", "message", always},
	{"mimetypes", "", always},
	{"mnet", "mnet", always},
	{"my", "my", always},
	{"notes", "notes", always},
	{"pagetype", "", always},
	{"pix", "", always},
	{"plagiarism", "plagiarism", always},
	{"plugin", "", always},
	{"portfolio", "portfolio", always},
	{"privacy", "privacy", since(3, 4)},
	{"publish", "course/publish", always},
	{"question", "question", always},
	{"rating", "rating", always},
	{"register", "admin/registration", always},
	{"repository", "repository", always},
	{"role", "admin/roles", always},
	{"rss", "rss", always},
	{"search", "search", always},
	{"table", "", always},
	{"tag", "tag", always},
	{"timezones", "", always},
	{"user", "user", always},
	{"userkey", "lib/userkey", since(3, 5)},
	{"userkey", "", until(3, 4)},
	{"webservice", "webservice", always},
}

func subsystemsOf(at Series) map[string]string {
	subsystems := make(map[string]string)
	for _, s := range eraSubsystems {
		if s.in.holds(at) {
			subsystems[s.name] = s.dir
		}
	}
	return subsystems
}
