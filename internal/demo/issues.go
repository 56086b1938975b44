package demo

import (
	"fmt"
	"slices"

	"mgit/internal/moodle"
)

// planned is an issue that the story of the site needs.
type planned struct {
	number    int
	component string
	summary   string
	backport  bool // to all supported stable branches
	edits     []edit
}

// The changes that upstream makes to the landmarks. Branches of the site make
// some of them too.

func quizGraceChange() edit {
	return replace("mod/quiz/lib.php", "    return $own;\n", "    return max($minimum, $own);\n")
}

func gradeRoundChange() edit {
	return replace("grade/lib.php", "    $rounded = round($grade, $precision);\n", "    $rounded = round($grade + 1e-9, $precision);\n")
}

func userAccessChange() edit {
	return replace("user/lib.php", "    if (empty($user->lastaccess)) {\n", "    if (empty($user->lastaccess) || $user->lastaccess < $user->timecreated) {\n")
}

func folderUnitChange() edit {
	return replace("mod/folder/lib.php", "    $unit = 1024 * 1024;\n", "    $unit = filesize_unit('MB');\n")
}

func assignTypesChange() edit {
	return replace("mod/assign/lib.php", "    $types = array_map('trim', $types);\n", "    $types = array_map('core_text::strtolower', $types);\n")
}

// planned returns the issues of the k-th build of a series on main.
func (u *upstream) planned(series moodle.Series, k int) []planned {
	switch fmt.Sprintf("%s/%d", series, k) {
	case "4.2/1":
		return []planned{{76712, "mod_folder", "Take the unit of the size limit from core", true, []edit{folderUnitChange()}}}
	case "4.2/2":
		return u.exchangePlugins(series, "MDL-76010 removes TinyMCE 3, MDL-75919 brings Matrix")
	case "4.2/4":
		return []planned{{77206, "mod_quiz", "Respect the minimum of the grace period", false, []edit{quizGraceChange()}}}
	case "4.3/1":
		return []planned{{78402, "mod_forum", "Let the language pack name the prefixes of answers", false, []edit{
			replace("mod/forum/lib.php", "    $known = ['Re:', 'Aw:', $re];\n", "    $known = array_merge([$re], explode(',', get_string('reprefixes', 'forum')));\n"),
			replace("mod/forum/lib.php", "    $maximum = 255;\n    return shorten_text($re . ' ' . $subject, $maximum);\n", "    return core_text::substr(trim($re . ' ' . $subject), 0, 255);\n"),
		}}}
	case "4.3/3":
		return []planned{{78555, "core_user", "Accounts that were never used show odd times", false, []edit{userAccessChange()}}}
	case "4.3/4":
		return []planned{{78733, "core_grades", "Round halves of binary fractions up", false, []edit{gradeRoundChange()}}}
	case "4.3/5":
		return []planned{{78911, "mod_quiz", "Mark opened attempts for screen readers", false, []edit{
			replace("mod/quiz/amd/src/attempt.js", "            attempt.classList.toggle('open');\n", "            attempt.setAttribute('aria-expanded', attempt.classList.toggle('open'));\n"),
			replace("mod/quiz/amd/build/attempt.min.js", `t&&t.classList.toggle("open")`, `t&&t.setAttribute("aria-expanded",t.classList.toggle("open"))`),
		}}}
	case "4.4/1":
		return []planned{{79810, "core_course", "Remove the old page of recent activity", false, []edit{remove("course/recent.php")}}}
	case "4.4/2":
		return []planned{{81084, "core", "Move the list of standard plugins to JSON", false, u.metaOf(series)}}
	case "4.4/3":
		c := userAccessChange()
		return []planned{{80102, "core_user", fmt.Sprintf("Revert %q\n\nThis reverts commit %s.", subject(u.solved[78555].meta.message), u.ids.of(u.solved[78555])), false, []edit{replace(c.path, c.text, c.old)}}}
	case "4.5/2":
		list := u.exchangePlugins(series, "The AI and SMS subsystems")
		list[0].edits = append(list[0].edits, put(".gitattributes", gitattributes+"**.js.map -diff\n**-min.js -diff\n**.min.js -diff\n"))
		return list
	case "5.0/2":
		list := u.exchangePlugins(series, "Move old plugins out of core")
		list[0].edits = append(list[0].edits, subpluginFiles(series)...)
		return list
	case "5.1/1":
		return []planned{{83424, "core", "Move the code below public", false, u.restructure(series)}}
	}
	if k == 2 {
		return []planned{{0, "core", fmt.Sprintf("New requirements of %s", series), false, u.metaOf(series)}}
	}
	if k == 3 {
		return []planned{{0, "core", fmt.Sprintf("New words in %s", series), false, []edit{
			replace("lang/en/moodle.php", "$string['name'] = 'Name';\n", fmt.Sprintf("$string['name'] = 'Name';\n$string['newin%s'] = 'New in %s';\n", series.Code(), series)),
		}}}
	}
	return nil
}

// plannedStable returns what is fixed on one stable branch alone, while another
// series is made.
func (u *upstream) plannedStable(branch, made moodle.Series, k int) []planned {
	if fmt.Sprintf("%s while %s/%d", branch, made, k) == "4.1 while 4.2/3" {
		return []planned{{77011, "mod_assign", "Compare file types without case", false, []edit{assignTypesChange()}}}
	}
	return nil
}

// metaOf returns the files that describe the tree of a series, version.php left
// out.
func (u *upstream) metaOf(series moodle.Series) []edit {
	edits := metaFiles(u.catalogue, build{series: series, version: "0000000000"}, u.main.moved)
	return slices.DeleteFunc(edits, func(e edit) bool { return e.path == "version.php" })
}

// exchangePlugins removes what upstream gives up in a series and adds what is new.
func (u *upstream) exchangePlugins(series moodle.Series, summary string) []planned {
	edits := u.metaOf(series)
	for i, p := range u.catalogue {
		files, spots := p.files(i, u.now.Format("20060102")+"00")
		switch series {
		case p.until:
			for _, e := range files {
				edits = append(edits, remove(e.path))
			}
		case p.since:
			edits = append(edits, files...)
			u.spots = append(u.spots, spots...)
		}
	}
	return []planned{{0, "core", summary, false, edits}}
}

// restructure moves the code below public/ and puts in place what has to stand
// at the root for it: a shim for scripts, a page for web servers that serve the
// wrong folder, a loader of the configuration.
func (u *upstream) restructure(series moodle.Series) []edit {
	return []edit{
		publish(),
		putAtRoot("lib/components.json", componentsJSON(series, true)),
		putAtRoot("lib/setup.php", php("core", "Sets up the global objects of the code in public/.", "$CFG->root = dirname(__DIR__);\n$CFG->dirroot = $CFG->root . '/public';\nrequire_once($CFG->dirroot . '/lib/setup.php');\n")),
		putAtRoot("index.php", php("core", "Shown when the web server serves the wrong folder.", "http_response_code(500);\necho 'The web server must serve the folder public/.';\ndie(1);\n")),
		putAtRoot("public/config.php", php("core", "Loads the configuration.", "require_once(__DIR__ . '/../config.php');\n")),
	}
}
