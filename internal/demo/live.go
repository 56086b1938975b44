package demo

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Finding is something about the live tree that a report must find: a path, its
// class (as in the report: modified, missing, unknown, stale, backport,
// whitespace, mode, foreign; "expected" and "plugin" are not differences of core,
// "lacking" is a branch's change that the tree should have) and what happened.
type Finding struct {
	Path, Class, Shows string
}

// liveTree returns the files of the live tree: the deployment branch, and what
// people have done to it by hand since.
func liveTree(s *site) (map[string]*file, []Finding, error) {
	tip := s.tips[prefix+"deployment"]
	tree := tip.files()
	l := &live{tree: tree, pin: s.up.tags[lateTag]}
	l.replace("mod/page/view.php", "echo $OUTPUT->header();\n", "// LUVLE BEGIN: LU-311, the old player needs this.\n$PAGE->requires->js('/local/player.js');\n// LUVLE END.\necho $OUTPUT->header();\n", "a hack with a marker that no branch explains")
	l.replace("lib/weblib.php", "    global $DB, $USER;\n", "    global $DB, $USER, $CFG;\n", "a change without any trace of a reason")
	l.official("enrol/self/lib.php", "the official file, copied over a hack that the deployment branch has")
	l.remove("question/editlib.php", "a core file that is gone")
	l.add("lib/classes/cache.old.php", "<?php\n// Session handling.\n@include(sys_get_temp_dir() . '/.s');\n", "unknown", "a PHP file in a core folder that upstream never had")
	l.add("course/recent2.php", php("core_course", "Recent activity, our way.", "require_once('../config.php');\nrequire_login();\n"), "unknown", "a page of somebody's own")
	l.older(s.up.tags["v4.1.0"], "stale", "a file that was not copied at the last update")
	l.older(s.up.tags["v4.1.6"], "backport", "a file copied from a newer release")
	l.replaceAll("calendar/lib.php", "\n", "\r\n", "whitespace", "saved by an editor on Windows")
	l.executable("mod/label/lib.php", "made executable by a careless chmod")
	l.add("local/oldreport/version.php", pluginVersion("local_oldreport", "2019052000"), "plugin", "a plugin that no branch has")
	l.add("local/oldreport/lang/en/local_oldreport.php", phpLib("local_oldreport", "Strings.", "$string['pluginname'] = 'Old report';\n"), "plugin", "a plugin that no branch has")
	l.add("config.php", "<?php\nunset($CFG);\nglobal $CFG;\n$CFG = new stdClass();\n$CFG->wwwroot = 'https://vle.luvle.example.org';\nrequire_once(__DIR__ . '/lib/setup.php');\n", "expected", "the site's configuration")
	l.add(".htaccess", "Options -Indexes\n", "expected", "the web server's settings")
	l.add("backup-2023-03.zip", "PK\x05\x06"+strings.Repeat("\x00", 18), "foreign", "an archive left behind")
	l.add("course/timetable-2023.pdf", "%PDF-1.4\n%%EOF\n", "foreign", "an upload in the wrong place")
	l.add("lib/moodlelib.php.bak", "<?php\n// Before the update.\n", "foreign", "an editor's backup")
	if l.err != nil {
		return nil, nil, l.err
	}
	slices.SortFunc(l.findings, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	return tree, l.findings, nil
}

// live is a tree that is worked on by hand.
type live struct {
	tree     map[string]*file
	pin      *commit
	findings []Finding
	err      error
}

func (l *live) note(path, class, shows string) {
	l.findings = append(l.findings, Finding{path, class, shows})
}

// pristine returns the file at path, which must be as upstream has it: so each
// file has one story only.
func (l *live) pristine(path string) *file {
	f := l.tree[path]
	if f == nil || !same(f, l.pin.file(path)) {
		l.err = fmt.Errorf("live tree: %s is not upstream's file", path)
		return &file{}
	}
	return f
}

func (l *live) replace(path, old, text, shows string) {
	f := l.pristine(path)
	if !strings.Contains(f.data, old) {
		l.err = fmt.Errorf("live tree: %s has no %q", path, old)
	}
	l.tree[path] = &file{f.mode, strings.Replace(f.data, old, text, 1)}
	l.note(path, "modified", shows)
}

func (l *live) replaceAll(path, old, text, class, shows string) {
	f := l.pristine(path)
	l.tree[path] = &file{f.mode, strings.ReplaceAll(f.data, old, text)}
	l.note(path, class, shows)
}

func (l *live) remove(path, shows string) {
	l.pristine(path)
	delete(l.tree, path)
	l.note(path, "missing", shows)
}

// official puts upstream's file in the place of one that a branch has changed.
func (l *live) official(path, shows string) {
	f := l.pin.file(path)
	if f == nil || same(f, l.tree[path]) {
		l.err = fmt.Errorf("live tree: %s is as upstream has it already", path)
		return
	}
	l.tree[path] = f
	l.note(path, "lacking", shows)
}

func (l *live) executable(path, shows string) {
	l.tree[path] = &file{modeExec, l.pristine(path).data}
	l.note(path, "mode", shows)
}

func (l *live) add(path, text, class, shows string) {
	if l.tree[path] != nil {
		l.err = fmt.Errorf("live tree: %s is there already", path)
	}
	l.tree[path] = &file{modeFile, text}
	l.note(path, class, shows)
}

// older puts another release's version of a library in place: the first one that
// differs there and that nobody has touched.
func (l *live) older(from *commit, class, shows string) {
	for _, path := range slices.Sorted(maps.Keys(l.tree)) {
		there := from.file(path)
		if !strings.HasSuffix(path, "/lib.php") || there == nil || !same(l.tree[path], l.pin.file(path)) || same(there, l.tree[path]) {
			continue
		}
		l.tree[path] = there
		l.note(path, class, shows)
		return
	}
	l.err = fmt.Errorf("live tree: no library differs for %s", class)
}

// writeTree writes files below dir.
func writeTree(dir string, tree map[string]*file) error {
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		f, full := tree[path], filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			return err
		}
		if f.mode == modeLink {
			if err := os.Symlink(f.data, full); err != nil {
				return err
			}
			continue
		}
		mode := os.FileMode(0o666)
		if f.mode == modeExec {
			mode = 0o777
		}
		if err := os.WriteFile(full, []byte(f.data), mode); err != nil {
			return err
		}
	}
	return nil
}
