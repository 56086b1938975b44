package layouttest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// file is a file of a tree: its mode, and its text line by line.
type file struct {
	mode string
	text string
}

// tree is a whole tree by path.
type tree map[string]file

func (t tree) put(path, text string) { t[path] = file{"100644", text} }

// trees makes the releases before and after the move, of about so many files each.
func trees(files int) (old, now tree) {
	old = oldTree(files)
	return old, newTree(old)
}

// roll is a number below n that depends on the words alone.
func roll(n int, words ...string) int { return int(hash(words...) % uint32(n)) }

// hash is the FNV-1a of the words, stirred so that all its bits depend on all words.
func hash(words ...string) uint32 {
	h := uint32(2166136261)
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint32(w[i])) * 16777619
		}
		h = (h ^ 0xff) * 16777619
	}
	return stir(h)
}

func stir(h uint32) uint32 {
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// Files consist of numbered lines between a head that many share and an end. Where a
// release changes a file it leaves the line of a clean hack alone, see revise.
const (
	cleanLine = 6 // in the head's shadow: only files that are rewritten whole change it
	minLines  = 20
)

// text is the first text of a file.
func text(path string) string {
	n := minLines + roll(14, "length", path)
	b := []byte("<?php\n// This file is part of Moodle - http://moodle.org/\n\n")
	seed, folder := hash(path), folderWord(path)
	for i := 3; i < n; i++ {
		b = appendLine(b, seed, folder, i, "")
	}
	return string(b)
}

// appendLine adds a line as it stands in many files with small differences.
func appendLine(b []byte, seed uint32, folder string, i int, end string) []byte {
	h := stir(seed + uint32(i)*2654435761)
	verb := [...]string{"get", "set", "find", "render", "check"}[h%5]
	b = append(append(strconv.AppendInt(append(b, "    $item"...), int64(i), 10), " = core_"...), verb...)
	b = append(append(append(b, '_'), folder...), '(')
	return append(append(append(strconv.AppendInt(b, int64(h>>8%900), 10), ");"...), end...), '\n')
}

func folderWord(p string) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(path.Base(path.Dir(p)))
}

// extent says how much of a file 5.1 changes: of four files three stay as they are.
type extent int

const (
	untouched extent = iota
	touched          // two lines near the end
	halved           // the lower half
	rewritten        // everything below the head
)

func extentOf(path string) extent {
	if roll(4, "changed", path) > 0 {
		return untouched
	}
	return []extent{touched, touched, touched, touched, touched, halved, halved, halved, rewritten, rewritten}[roll(10, "extent", path)]
}

// revise is the text that 5.1 gives a file.
func revise(path, text string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	seed, folder := hash(path, "since 5.1"), folderWord(path)
	revised := func(i int) string { return string(appendLine(nil, seed, folder, i, " // Since 5.1.")) }
	n := len(lines)
	from := n
	switch extentOf(path) {
	case untouched:
		return text
	case touched:
		lines[n-4] = revised(n-4) + "\n"
		from = n - 2
	case halved:
		from = n / 2
	case rewritten:
		from = 4
	}
	for i := from; i < n-1; i++ {
		lines[i] = revised(i)
	}
	return strings.Join(lines, "") + "\n"
}

// late is the last but one line, which every changed file changes.
func late(text string) int { return strings.Count(text, "\n") - 2 }

// plugin are the files of a plugin; the more there are to be, the more classes it has.
func plugin(component, dir string, files int) []string {
	name := component
	if typ, short, _ := strings.Cut(component, "_"); typ == "mod" {
		name = short
	}
	all := []string{
		"version.php", "lib.php", "lang/en/" + name + ".php", "db/access.php", "settings.php", "classes/privacy/provider.php", "db/upgrade.php",
		"db/install.xml", "amd/src/main.js", "amd/build/main.min.js", "amd/build/main.min.js.map", "templates/view.mustache",
		"styles.css", "tests/lib_test.php", "tests/behat/view.feature", "pix/icon.svg", "yui/src/form/js/form.js", "cli/check.php",
	}
	for i := len(all); i < files; i++ {
		folder := []string{"classes/local", "classes/output", "tests/local", "templates/parts", "lang/en/help", "backup/moodle2"}[i%6]
		all = append(all, fmt.Sprintf("%s/part%d.php", folder, i))
	}
	all = all[:max(files, 3)]
	for i, f := range all {
		all[i] = dir + "/" + f
	}
	return all
}

// shipped are the plugins of 4.5 with their folders.
func shipped() map[string]string {
	all := make(map[string]string)
	for _, k := range kinds() {
		for name := range strings.FieldsSeq(k.ships) {
			all[k.name+"_"+name] = k.dir + "/" + name
		}
	}
	for _, s := range subKinds() {
		for name := range strings.FieldsSeq(s.ships) {
			all[s.name+"_"+name] = s.owner + "/" + s.dir + "/" + name
		}
	}
	return all
}

func oldTree(files int) tree {
	t := make(tree)
	plugins := shipped()
	core := strings.Fields(movedFolders)
	each := max(3, files*8/10/len(plugins))
	for component, dir := range plugins {
		for _, f := range plugin(component, dir, each) {
			t.put(f, text(f))
		}
		t.put(dir+"/version.php", pluginVersion(component, "2024100700"))
	}
	share := max(3, files*2/10/(len(core)+8))
	for _, dir := range core {
		for _, f := range plugin("core_"+dir, dir, share) {
			t.put(f, text(f))
		}
		delete(t, dir+"/version.php") // no plugin
	}
	for _, dir := range []string{"lib", "lib/classes", "lib/form", "lib/table", "lib/dml", "admin", "admin/roles"} {
		for _, f := range plugin("core_"+path.Base(dir), dir, share) {
			t.put(f, text(f))
		}
		delete(t, dir+"/version.php")
	}
	for f := range strings.FieldsSeq(movedFiles + " " + keptFiles) {
		t.put(f, text(f))
	}
	for f := range strings.FieldsSeq(`.github/workflows/push.yml .github/FUNDING.yml .grunt/tasks/eslint.js .grunt/components.js .upgradenotes/MDL-80000.yml
		admin/cli/cron.php admin/cli/upgrade.php admin/cli/install.php admin/cli/maintenance.php lib/behat/extension/Moodle/BehatExtension.php
		lib/behat/extension/Moodle/Context.php lib/behat/lib.php lib/behat/classes/util.php lib/setup.php lib/moodlelib.php lib/weblib.php
		lib/classes/component.php admin/index.php admin/environment.xml course/view.php local/readme.txt mod/README.txt plagiarism/lib.php`) {
		t.put(f, text(f))
	}
	t.put(".gitattributes", "# What git is not to show.\n**/yui/build/** -diff\n\n# Built files.\n**/amd/build/** -diff\n")
	t.put("version.php", coreVersion("2024100700", "4.5", "20241007", "405"))
	t.put("lib/components.json", componentsJSON(""))
	t.put("lib/plugins.json", pluginsJSON(plugins))
	for owner, types := range owners() {
		t.put(owner+"/db/subplugins.json", subpluginsJSON(owner, types, false))
	}
	t["admin/cli/install.php"] = file{"100755", t["admin/cli/install.php"].text}
	return t
}

// newTree is the release after the move: a quarter of the files changed, some gone,
// some new, and the descriptions as 5.1 has them.
func newTree(old tree) tree {
	now := make(tree)
	for _, p := range slices.Sorted(maps.Keys(old)) {
		if removed(p) {
			continue
		}
		to, ok := Place(p)
		if !ok {
			panic(p + " has no place in 5.1")
		}
		now[to] = file{old[p].mode, revise(p, old[p].text)}
	}
	plugins := shipped()
	for component, dir := range plugins {
		if removed(dir + "/version.php") {
			delete(plugins, component)
			continue
		}
		now.put("public/"+dir+"/version.php", pluginVersion(component, "2025100600"))
	}
	for dir := range strings.FieldsSeq(arrived) {
		for _, f := range plugin("new_"+path.Base(dir), dir, 12) {
			now.put(f, text(strings.TrimPrefix(f, "public/")))
		}
	}
	for i := range len(old) / 20 { // new files all over
		f := fmt.Sprintf("public/%s/classes/since51/part%d.php", strings.Fields(movedFolders)[i%40], i)
		now.put(f, text(f))
	}
	now.put(".gitattributes", old[".gitattributes"].text+"**.js.map -diff\n")
	now.put("public/version.php", coreVersion("2025100600", "5.1", "20251006", "501"))
	now.put("public/config.php", "<?php\nrequire_once(__DIR__ . '/../config.php');\n")
	now.put("index.php", "<?php\n// The web server's root is public/.\nhttp_response_code(500);\n")
	now.put("lib/setup.php", "<?php\nrequire_once(__DIR__ . '/../public/lib/setup.php');\n")
	now.put("lib/components.json", componentsJSON("public/"))
	now.put("lib/plugins.json", pluginsJSON(plugins))
	for owner, types := range owners() {
		if !removed(owner + "/version.php") {
			now.put("public/"+owner+"/db/subplugins.json", subpluginsJSON(owner, types, true))
		}
	}
	return now
}

// removed reports whether 5.1 has no more of a file of 4.5.
func removed(p string) bool {
	for dir := range strings.FieldsSeq(gone) {
		if strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	lesser := strings.Contains(p, "/part") || strings.Contains(p, "/classes/privacy/") || strings.HasSuffix(p, "/settings.php") || strings.HasSuffix(p, "/db/access.php")
	return lesser && roll(40, "removed", p) == 0
}

func owners() map[string][]subKind {
	all := make(map[string][]subKind)
	for _, s := range subKinds() {
		all[s.owner] = append(all[s.owner], s)
	}
	return all
}

func pluginVersion(component, version string) string {
	return fmt.Sprintf("<?php\n// This file is part of Moodle - http://moodle.org/\n\ndefined('MOODLE_INTERNAL') || die();\n\n$plugin->version   = %s;\n$plugin->requires  = 2024100100;\n$plugin->component = '%s';\n", version, component)
}

func coreVersion(version, release, date, branch string) string {
	return fmt.Sprintf("<?php\ndefined('MOODLE_INTERNAL') || die();\n\n$version  = %s.00;\n$release  = '%s (Build: %s)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n", version, release, date, branch)
}

func componentsJSON(prefix string) string {
	var types, subsystems []string
	all := kinds()
	if prefix != "" {
		all = append(all, kind{"gradepenalty", "grade/penalty", ""})
	}
	for _, k := range all {
		types = append(types, fmt.Sprintf("        %q: %q", k.name, prefix+k.dir))
	}
	for dir := range strings.FieldsSeq(movedFolders + " admin") {
		if !among("enrol lang local mod", dir) {
			subsystems = append(subsystems, fmt.Sprintf("        %q: %q", dir, prefix+dir))
		}
	}
	return "{\n    \"plugintypes\": {\n" + strings.Join(types, ",\n") + "\n    },\n    \"subsystems\": {\n        \"access\": null,\n" + strings.Join(subsystems, ",\n") + "\n    }\n}\n"
}

func pluginsJSON(plugins map[string]string) string {
	byType := make(map[string][]string)
	for component := range plugins {
		typ, name, _ := strings.Cut(component, "_")
		byType[typ] = append(byType[typ], name)
	}
	var lists []string
	for _, typ := range slices.Sorted(maps.Keys(byType)) {
		slices.Sort(byType[typ])
		lists = append(lists, fmt.Sprintf("        %q: [\n            \"%s\"\n        ]", typ, strings.Join(byType[typ], "\",\n            \"")))
	}
	return "{\n    \"standard\": {\n" + strings.Join(lists, ",\n") + "\n    },\n    \"deleted\": {\n        \"mod\": [\"assignment\"]\n    }\n}\n"
}

func subpluginsJSON(owner string, types []subKind, both bool) string {
	var fromRoot, fromOwner []string
	for _, s := range types {
		fromRoot = append(fromRoot, fmt.Sprintf("        %q: %q", s.name, owner+"/"+s.dir))
		fromOwner = append(fromOwner, fmt.Sprintf("        %q: %q", s.name, s.dir))
	}
	members := "    \"plugintypes\": {\n" + strings.Join(fromRoot, ",\n") + "\n    }"
	if both {
		members = "    \"subplugintypes\": {\n" + strings.Join(fromOwner, ",\n") + "\n    },\n" + members
	}
	return "{\n" + members + "\n}\n"
}
