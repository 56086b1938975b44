package layouttest

import (
	"slices"
	"strings"
)

// What Moodle 5.1 moved from the root of the repository into public/, what it left
// where it was, and what it has in both places. This is the list of the entries of
// both releases, not a rule; tests judge with it what a rule makes of the same paths.
const (
	movedFolders = "ai analytics auth availability backup badges blocks blog cache calendar cohort comment communication " +
		"competency completion contentbank course customfield dataformat enrol error favourites files filter grade group " +
		"h5p install iplookup lang local login media message mnet mod moodlenet my notes payment pix plagiarism portfolio " +
		"privacy question rating report reportbuilder repository rss search sms tag theme user userpix webservice"
	movedFiles = "behat.yml.dist brokenfile.php draftfile.php editmode.php file.php help.php help_ajax.php index.php " +
		"install.php pluginfile.php r.php security.txt tokenpluginfile.php version.php"
	keptFolders = ".github .grunt .upgradenotes"
	keptFiles   = ".eslintrc .gitattributes .gitignore .jshintrc .nvmrc .phpcs.xml.dist .shifter.json .stylelintrc " +
		"CONTRIBUTING.md COPYING.txt Gruntfile.js INSTALL.txt README.md TRADEMARK.txt UPGRADING.md composer.json " +
		"composer.lock config-dist.php npm-shrinkwrap.json package.json phpcs.xml.dist phpunit.xml.dist"
	// Of admin and lib these stay; all else of the two moves.
	keptInside = "admin/cli/ lib/behat/extension/ lib/components.json lib/plugins.json"
)

// Place is the path that a file of Moodle up to 5.0 has since 5.1. It is not ok for a
// file or folder in the root that Moodle never had there.
func Place(path string) (moved string, ok bool) {
	for kept := range strings.FieldsSeq(keptInside) {
		if path == kept || strings.HasSuffix(kept, "/") && strings.HasPrefix(path, kept) {
			return path, true
		}
	}
	top, _, inside := strings.Cut(path, "/")
	switch {
	case inside && (top == "admin" || top == "lib" || among(movedFolders, top)), !inside && among(movedFiles, top):
		return "public/" + path, true
	case inside && among(keptFolders, top), !inside && among(keptFiles, top):
		return path, true
	}
	return "", false
}

// PlaceBefore is the path that a file of 5.1 had up to 5.0. It is not ok for what stands
// in for something that is elsewhere, and for what Moodle never had in the root.
func PlaceBefore(path string) (moved string, ok bool) {
	if path == "index.php" || path == "lib/setup.php" || path == "public/config.php" {
		return "", false
	}
	if rest, below := strings.CutPrefix(path, "public/"); below {
		to, ok := Place(rest)
		return rest, ok && to == path
	}
	to, ok := Place(path)
	return path, ok && to == path
}

func among(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

// kind is a type of plugin: its folder, and plugins of that type that Moodle ships.
type kind struct{ name, dir, ships string }

// kinds are all types of plugins of 4.5 in the order of lib/components.json. Some have
// no plugin, and no folder either.
func kinds() []kind {
	return []kind{
		{"aiplacement", "ai/placement", "courseassist editor"},
		{"aiprovider", "ai/provider", "azureai openai"},
		{"antivirus", "lib/antivirus", "clamav"},
		{"availability", "availability/condition", "completion date grade group grouping profile"},
		{"qtype", "question/type", "calculated calculatedmulti calculatedsimple ddimageortext ddmarker ddwtos description essay gapselect match missingtype multianswer multichoice numerical ordering random randomsamatch shortanswer truefalse"},
		{"mod", "mod", "assign bigbluebuttonbn book chat choice data feedback folder forum glossary h5pactivity imscp label lesson lti page quiz resource scorm subsection survey url wiki workshop"},
		{"auth", "auth", "cas db email ldap lti manual mnet nologin none oauth2 shibboleth webservice"},
		{"calendartype", "calendar/type", "gregorian"},
		{"communication", "communication/provider", "customlink matrix"},
		{"customfield", "customfield/field", "checkbox date number select text textarea"},
		{"enrol", "enrol", "category cohort database fee flatfile guest imsenterprise ldap lti manual meta mnet paypal self"},
		{"message", "message/output", "airnotifier email popup"},
		{"block", "blocks", "accessreview activity_modules activity_results admin_bookmarks badges blog_menu blog_recent blog_tags calendar_month calendar_upcoming comments completionstatus course_list course_summary feedback globalsearch glossary_random html login lp mentees mnet_hosts myoverview myprofile navigation news_items online_users private_files recent_activity recentlyaccessedcourses recentlyaccesseditems rss_client search_forums section_links selfcompletion settings site_main_menu social_activities starredcourses tag_flickr tag_youtube tags timeline"},
		{"media", "media/player", "html5audio html5video videojs vimeo youtube"},
		{"filter", "filter", "activitynames algebra codehighlighter data displayh5p emailprotect emoticon glossary mathjaxloader mediaplugin multilang tex urltolink"},
		{"editor", "lib/editor", "atto textarea tiny"},
		{"format", "course/format", "singleactivity social topics weeks"},
		{"dataformat", "dataformat", "csv excel html json ods pdf"},
		{"profilefield", "user/profile/field", "checkbox datetime menu social text textarea"},
		{"report", "report", "backups competency completion configlog courseoverview eventlist infectedfiles insights log loglive outline participation performance progress questioninstances security stats status themeusage usersessions"},
		{"coursereport", "course/report", ""},
		{"gradeexport", "grade/export", "ods txt xls xml"},
		{"gradeimport", "grade/import", "csv direct xml"},
		{"gradereport", "grade/report", "grader history outcomes overview singleview summary user"},
		{"gradingform", "grade/grading/form", "guide rubric"},
		{"mlbackend", "lib/mlbackend", "php python"},
		{"mnetservice", "mnet/service", "enrol"},
		{"webservice", "webservice", "rest soap"},
		{"repository", "repository", "areafiles contentbank coursefiles dropbox equella filesystem flickr flickr_public googledocs local merlot nextcloud onedrive recent s3 upload url user webdav wikimedia youtube"},
		{"portfolio", "portfolio", "download flickr googledocs mahara"},
		{"search", "search/engine", "simpledb solr"},
		{"qbank", "question/bank", "bulkmove columnsortorder comment customfields deletequestion editquestion exportquestions exporttoxml history importquestions managecategories previewquestion statistics tagquestion usage viewcreator viewquestionname viewquestiontext viewquestiontype"},
		{"qbehaviour", "question/behaviour", "adaptive adaptivenopenalty deferredcbm deferredfeedback immediatecbm immediatefeedback informationitem interactive interactivecountback manualgraded missing"},
		{"qformat", "question/format", "aiken blackboard_six gift missingword multianswer xhtml xml"},
		{"plagiarism", "plagiarism", ""},
		{"tool", "admin/tool", "admin_presets analytics availabilityconditions behat brickfield capability cohortroles componentlibrary customlang dataprivacy dbtransfer filetypes generator httpsreplace installaddon langimport log lp lpimportcsv lpmigrate messageinbound mfa mobile monitor moodlenet multilangupgrade oauth2 phpunit policy profiling recyclebin replace spamcleaner task templatelibrary unsuproles uploadcourse uploaduser usertours xmldb"},
		{"cachestore", "cache/stores", "apcu file redis session static"},
		{"cachelock", "cache/locks", "file"},
		{"fileconverter", "files/converter", "googledrive unoconv"},
		{"contenttype", "contentbank/contenttype", "h5p"},
		{"theme", "theme", "boost classic"},
		{"h5plib", "h5p/h5plib", "v126"},
		{"paygw", "payment/gateway", "paypal"},
		{"smsgateway", "sms/gateway", "aws"},
		{"local", "local", ""},
	}
}

// subKind is a type of sub-plugins.
type subKind struct {
	owner string // its folder
	kind         // with the folder below the owner's
}

// subKinds are the types of sub-plugins that core's own plugins declare in 4.5.
func subKinds() []subKind {
	of := func(owner, name, dir, ships string) subKind { return subKind{owner, kind{name, dir, ships}} }
	return []subKind{
		of("mod/assign", "assignsubmission", "submission", "comments file onlinetext"),
		of("mod/assign", "assignfeedback", "feedback", "comments editpdf file offline"),
		of("mod/bigbluebuttonbn", "bbbext", "extension", ""),
		of("mod/book", "booktool", "tool", "exportimscp importhtml print"),
		of("mod/data", "datafield", "field", "checkbox date file latlong menu multimenu number picture radiobutton text textarea url"),
		of("mod/data", "datapreset", "preset", "imagegallery journal proposals resources"),
		of("mod/forum", "forumreport", "report", "summary"),
		of("mod/lti", "ltisource", "source", ""),
		of("mod/lti", "ltiservice", "service", "basicoutcomes gradebookservices memberships profile toolproxy toolsettings"),
		of("mod/quiz", "quiz", "report", "grading overview responses statistics"),
		of("mod/quiz", "quizaccess", "accessrule", "delaybetweenattempts ipaddress numattempts offlineattempts openclosedate password seb securewindow timelimit"),
		of("mod/scorm", "scormreport", "report", "basic graphs interactions objectives"),
		of("mod/workshop", "workshopform", "form", "accumulative comments numerrors rubric"),
		of("mod/workshop", "workshopallocation", "allocation", "manual random scheduled"),
		of("mod/workshop", "workshopeval", "eval", "best"),
		of("admin/tool/log", "logstore", "store", "database standard"),
		of("admin/tool/mfa", "factor", "factor", "admin auth capability cohort email grace iprange nosetup role sms token totp webauthn"),
		of("lib/editor/tiny", "tiny", "plugins", "accessibilitychecker aiplacement autosave equation h5p html link media noautolink premium recordrtc"),
		of("lib/editor/atto", "atto", "plugins", "accessibilitychecker accessibilityhelper align backcolor bold charmap clear collapse emojipicker emoticon equation fontcolor h5p html image indent italic link managefiles media noautolink orderedlist recordrtc rtl strike subscript superscript table title underline undo unorderedlist"),
	}
}

// gone lists the folders of plugins that 5.1 has no more; gone with them are their
// sub-plugins.
const gone = "mod/chat mod/survey auth/cas auth/mnet auth/none enrol/mnet enrol/paypal blocks/mnet_hosts blocks/section_links " +
	"portfolio/mahara lib/editor/atto lib/mlbackend/php repository/flickr question/type/random admin/tool/lpmigrate"

// arrived lists the folders of plugins that are new in 5.1, as 5.1 has them.
const arrived = "public/mod/qbank public/grade/penalty/duedate public/ai/provider/ollama public/report/overviewstats " +
	"public/admin/tool/sitepolicy public/lib/editor/tiny/plugins/fontcolor public/sms/gateway/modica"
