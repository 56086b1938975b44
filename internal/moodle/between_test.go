package moodle_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/moodle"
)

// shipping is a tree with plugins at paths.
func shipping(release, components string, files map[string]string, plugins ...string) fstest.MapFS {
	tree := fstest.MapFS{
		"version.php": {Data: fmt.Appendf(nil, "<?php\n$version = 2024010100;\n$release = '%s (Build: 20240101)';\n", release)},
	}
	if components != "" {
		tree["lib/components.json"] = &fstest.MapFile{Data: []byte(components)}
	}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, p := range plugins {
		tree[p+"/version.php"] = &fstest.MapFile{Data: []byte("<?php")}
	}
	return tree
}

func changesIn(c moodle.Changes) []string {
	var all []string
	for _, c := range c.Components {
		line := fmt.Sprintf("%s %s %s→%s", c.Component, c.Fate, c.From, c.To)
		if c.Listed {
			line += " listed"
		}
		if c.Now != (moodle.Component{}) {
			line += " now " + c.Now.String()
		}
		all = append(all, line)
	}
	for _, t := range c.Types {
		line := fmt.Sprintf("type %s %s %s→%s", t.Type, t.Fate, t.From, t.To)
		if t.Owner != (moodle.Component{}) {
			line += " of " + t.Owner.String()
		}
		all = append(all, line)
	}
	return all
}

func TestBetween(t *testing.T) {
	t.Parallel()
	const types = `"mod": "mod", "block": "blocks", "editor": "lib/editor", "report": "admin/report", "tool": "admin/tool", "mnetservice": "mnet/service", "old": "old"`
	from := shipping("4.1", `{"plugintypes": {`+types+`, "local": "local"}, "subsystems": {}}`,
		map[string]string{
			"lib/editor/atto/db/subplugins.json": `{"plugintypes": {"atto": "lib/editor/atto/plugins"}}`,
			"mod/quiz/db/subplugins.json":        `{"plugintypes": {"quiz": "mod/quiz/report"}}`,
		},
		"mod/chat", "mod/quiz", "mod/quiz/report/overview", "blocks/html", "lib/editor/atto", "lib/editor/atto/plugins/bold",
		"admin/report/log", "admin/report/health", "mnet/service/enrol", "local/CVS")
	const later = `"mod": "mod", "block": "blocks", "editor": "lib/editor", "report": "report", "tool": "admin/tool"`
	to := shipping("5.1", `{"plugintypes": {`+later+`, "sms": "sms", "local": "local"}, "deprecatedplugintypes": {"mnetservice": "mnet/service"}, "deletedplugintypes": {"gone": "gone"}, "subsystems": {}}`,
		map[string]string{
			"mod/quiz/db/subplugins.json": `{"plugintypes": {"quiz": "mod/quiz/reports"}}`,
			"lib/plugins.json":            `{"standard": {"mod": ["quiz"]}, "deleted": {"mod": ["chat"]}}`,
		},
		"mod/quiz", "mod/quiz/reports/overview", "blocks/html", "report/log", "admin/tool/health", "mnet/service/enrol", "sms/aws")
	changes, err := moodle.Between(mustLayout(t, from), mustLayout(t, to))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"atto_bold left lib/editor/atto/plugins/bold→",
		"editor_atto left lib/editor/atto→",
		"mod_chat left mod/chat→ listed",
		"quiz_overview moved mod/quiz/report/overview→mod/quiz/reports/overview",
		"report_health left admin/report/health→ now tool_health",
		"report_log moved admin/report/log→report/log",
		"sms_aws entered →sms/aws",
		"tool_health entered →admin/tool/health",
		"type atto left lib/editor/atto/plugins→ of editor_atto",
		"type gone deleted →gone",
		"type mnetservice deprecated mnet/service→mnet/service",
		"type old left old→",
		"type quiz moved mod/quiz/report→mod/quiz/reports of mod_quiz",
		"type report moved admin/report→report",
		"type sms entered →sms",
	}
	if diff := cmp.Diff(want, changesIn(changes)); diff != "" {
		t.Error(diff)
	}
	if c, ok := changes.Of(component(t, "mod_chat")); !ok || c.Fate != moodle.Left {
		t.Errorf("mod_chat: %+v, %v", c, ok)
	}
	if _, ok := changes.Of(component(t, "mod_quiz")); ok {
		t.Error("mod_quiz changed, and it stays")
	}
	if c, ok := changes.OfType("atto"); !ok || c.Owner != component(t, "editor_atto") {
		t.Errorf("atto: %+v, %v", c, ok)
	}
	if _, ok := changes.OfType("mod"); ok {
		t.Error("the type mod changed")
	}
}

// That everything stands below public/ is no change of any component.
func TestBetweenLayouts(t *testing.T) {
	t.Parallel()
	from := shipping("5.0", `{"plugintypes": {"mod": "mod", "local": "local"}, "subsystems": {}}`, nil, "mod/quiz")
	to := fstest.MapFS{}
	for name, file := range shipping("5.1", "", nil, "mod/quiz", "mod/fresh") {
		to["public/"+name] = file
	}
	to["lib/components.json"] = &fstest.MapFile{Data: []byte(`{"plugintypes": {"mod": "public/mod", "local": "public/local"}, "subsystems": {}}`)}
	changes, err := moodle.Between(mustLayout(t, from), mustLayout(t, to))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"mod_fresh entered →public/mod/fresh"}, changesIn(changes)); diff != "" {
		t.Error(diff)
	}
}

// A broken declaration is an error beside the answer.
func TestBetweenSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	tree := shipping("4.5", `{"plugintypes": {"mod": "mod"}, "subsystems": {}}`, map[string]string{"mod/quiz/db/subplugins.json": `{`}, "mod/quiz")
	changes, err := moodle.Between(mustLayout(t, tree), mustLayout(t, shipping("4.5", `{"plugintypes": {"mod": "mod"}, "subsystems": {}}`, nil)))
	if err == nil || !strings.Contains(err.Error(), "mod/quiz/db/subplugins.json") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"mod_quiz left mod/quiz→"}, changesIn(changes)); diff != "" {
		t.Error(diff)
	}
}

func TestUpgradeOrder(t *testing.T) {
	t.Parallel()
	tree := shipping("4.5", `{"plugintypes": {"qtype": "question/type", "local": "local", "mod": "mod", "editor": "lib/editor", "tool": "admin/tool"}, "deletedplugintypes": {"x": "x"}, "subsystems": {}}`,
		map[string]string{
			"admin/tool/log/db/subplugins.json":   `{"plugintypes": {"logstore": "admin/tool/log/store"}}`,
			"mod/quiz/db/subplugins.json":         `{"plugintypes": {"quizaccess": "mod/quiz/accessrule", "quiz": "mod/quiz/report"}}`,
			"mod/assign/db/subplugins.json":       `{"plugintypes": {"assignsubmission": "mod/assign/submission"}}`,
			"lib/editor/tiny/db/subplugins.json":  `{"plugintypes": {"tiny": "lib/editor/tiny/plugins"}}`,
			"local/own/db/subplugins.json":        `{"plugintypes": {"ownpart": "local/own/part"}}`,
			"mod/quiz/accessrule/b/version.php":   "",
			"mod/quiz/accessrule/a/version.php":   "",
			"mod/quiz/accessrule/time/tests/x":    "",
			"local/own/part/one/version.php":      "",
			"question/type/essay/version.php":     "",
			"mod/quiz/report/overview/readme.txt": "",
		})
	l := mustLayout(t, tree)
	var types []string
	for _, typ := range l.UpgradeOrder() {
		types = append(types, typ.Name)
	}
	if got, want := strings.Join(types, " "), "qtype mod editor tool assignsubmission quizaccess quiz tiny logstore local ownpart"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	places, err := l.Plugins()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range places {
		names = append(names, p.Component.String())
	}
	if got, want := strings.Join(names, " "), "qtype_essay mod_assign mod_quiz editor_tiny tool_log quizaccess_time quiz_overview local_own ownpart_one"; got != want {
		t.Errorf("plugins %s, want %s", got, want)
	}
}

var (
	subpluginsLine = regexp.MustCompile(`'([a-z]+)' *=> *'([a-z/]+)'`)
	pluginFolder   = regexp.MustCompile(`^[a-z][a-z0-9_]*[a-z0-9]$`)
)

// Between neighbouring series of Moodle's history the plugins that came, went and
// moved are those that git lists in the folders which core's own code names.
func TestHistoryOfComponents(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	tags := []string{"v2.0.0", "v2.1.0", "v2.2.0", "v2.3.0", "v2.4.0", "v2.5.0", "v2.6.0", "v2.7.0", "v2.8.0"}
	var layouts []*moodle.Layout
	var listed []map[string]string
	for _, tag := range tags {
		tree := h.tagTree(tag)
		layouts = append(layouts, mustLayout(t, tree))
		listed = append(listed, h.listPlugins(tag, tree))
	}
	for i := 1; i < len(tags); i++ {
		var want []string
		for name, dir := range listed[i] {
			switch old, had := listed[i-1][name]; {
			case !had:
				want = append(want, "entered "+name+" "+dir)
			case old != dir:
				want = append(want, "moved "+name+" "+old+" "+dir)
			}
		}
		for name, dir := range listed[i-1] {
			if _, has := listed[i][name]; !has {
				want = append(want, "left "+name+" "+dir)
			}
		}
		changes, err := moodle.Between(layouts[i-1], layouts[i])
		if err != nil {
			t.Errorf("%s to %s: %v", tags[i-1], tags[i], err)
		}
		var got []string
		count := make(map[moodle.Fate]int)
		for _, c := range changes.Components {
			got = append(got, strings.Join(strings.Fields(fmt.Sprint(c.Fate, " ", c.Component, " ", c.From, " ", c.To)), " "))
			count[c.Fate]++
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s to %s: %s", tags[i-1], tags[i], diff)
		}
		t.Logf("%s to %s: %d entered, %d left, %d moved, %d types", tags[i-1], tags[i], count[moodle.Entered], count[moodle.Left], count[moodle.Moved], len(changes.Types))
		if len(got) == 0 {
			t.Errorf("%s to %s: nothing changed, so nothing was compared", tags[i-1], tags[i])
		}
	}
}

// listPlugins lists the plugins of a tag by git: the folders below those that core's
// code names, and below those that the db/subplugins.php name.
func (h history) listPlugins(tag string, tree fstest.MapFS) map[string]string {
	h.t.Helper()
	source := tree["lib/moodlelib.php"].Data
	if file, ok := tree["lib/classes/component.php"]; ok {
		source = file.Data
	}
	folders := make(map[string]string)
	for _, m := range typesEntry.FindAllSubmatch(typesFunction.Find(source), -1) {
		folders[string(m[1])+string(m[2])] = strings.TrimPrefix(string(m[3])+"/"+string(m[4]), "/")
	}
	for name, file := range tree {
		if path.Base(name) == "subplugins.php" {
			for _, m := range subpluginsLine.FindAllSubmatch(file.Data, -1) {
				folders[string(m[1])] = string(m[2])
			}
		}
	}
	plugins := make(map[string]string)
	ignored := " CVS _vti_cnf simpletest db yui tests classes fonts phpunit amd lang pix templates "
	for typ, folder := range folders {
		if _, there := tree[folder]; there || !hasFolder(tree, folder) {
			continue
		}
		for _, name := range strings.Fields(string(h.git("", "ls-tree", "-d", "--name-only", tag+":"+folder))) {
			isIgnored := strings.Contains(ignored, " "+name+" ") && typ+name != "authdb" && name != "phpunit"
			if pluginFolder.MatchString(name) && !isIgnored && (typ != "mod" || !strings.Contains(name, "_")) {
				plugins[typ+"_"+name] = folder + "/" + name
			}
		}
	}
	return plugins
}

func hasFolder(tree fstest.MapFS, folder string) bool {
	for name := range tree {
		if strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}
