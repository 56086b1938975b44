package plugins_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/plugins"
)

// Moodle alone has no additional plugins, whether its files or its list tell.
func TestPristine(t *testing.T) {
	t.Parallel()
	for name, tree := range map[string]*fake{"classic": classic(), "public": below(classic())} {
		for _, pristine := range []*fake{tree, nil} {
			inventory := take(t, tree, pristine)
			got := says(inventory)
			if pristine == nil { // the list of this Moodle has no sub-plugins
				got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "quizaccess_ip ") })
			}
			if len(got) > 0 || len(inventory.Problems) > 0 {
				t.Errorf("%s: %q, %v", name, got, inventory.Problems)
			}
		}
	}
}

// Everything that can be at a place of plugins, and what is said of it.
func TestPlaces(t *testing.T) {
	t.Parallel()
	long := "<?php " + strings.Repeat("/", plugins.VersionLimit)
	for _, test := range []struct {
		name  string
		files []string
		want  []string
	}{
		{"plugins of several types", []string{
			"mod/foo/version.php", versionFile("mod_foo", "1"), "blocks/foo/version.php", versionFile("block_foo", "1"),
			"question/type/foo/version.php", versionFile("qtype_foo", "1"), "theme/foo/version.php", versionFile("theme_foo", "1"),
		}, []string{"block_foo blocks/foo", "mod_foo mod/foo", "qtype_foo question/type/foo", "theme_foo theme/foo"}},
		{"a sub-plugin of Moodle's own plugin", []string{"mod/quiz/accessrule/lan/version.php", versionFile("quizaccess_lan", "1")}, []string{"quizaccess_lan mod/quiz/accessrule/lan"}},
		{"a plugin with sub-plugins", []string{
			"local/owner/version.php", versionFile("local_owner", "1"), "local/owner/db/subplugins.json", `{"subplugintypes": {"part": "parts"}}`,
			"local/owner/parts/one/version.php", versionFile("part_one", "1"),
		}, []string{"local_owner local/owner", "part_one local/owner/parts/one"}},
		{"sub-plugins outside their owner", []string{
			"local/owner/version.php", versionFile("local_owner", "1"), "local/owner/db/subplugins.php", "<?php $subplugins = array('part' => 'course/parts');",
			"course/parts/one/version.php", versionFile("part_one", "1"),
		}, []string{"part_one course/parts/one", "local_owner local/owner"}},
		{"no version.php", []string{"mod/foo/lib.php", "<?php"}, []string{"mod_foo mod/foo no-version (unseen)"}},
		{"an empty version.php", []string{"mod/foo/version.php", ""}, []string{"mod_foo mod/foo not-a-version"}},
		{"a huge version.php", []string{"mod/foo/version.php", long}, []string{"mod_foo mod/foo unreadable"}},
		{"an unreadable version.php", []string{"mod/foo/version.php", "unreadable"}, []string{"mod_foo mod/foo unreadable"}},
		{"version.php is a link", []string{"mod/foo/version.php", "-> /etc/passwd"}, []string{"mod_foo mod/foo unreadable"}},
		{"a linked folder", []string{"mod/foo", "-> /srv/foo"}, []string{"mod_foo mod/foo link"}},
		{"a link that is no plugin's", []string{"mod/tests", "-> /srv/foo"}, nil},
		{"a file among plugins", []string{"mod/notes", "call Bob"}, nil},
		{"another component", []string{"mod/foo/version.php", versionFile("mod_bar", "1")}, []string{"mod_foo mod/foo component-mismatch"}},
		{"an expression", []string{"mod/foo/version.php", versionFile("mod_foo", "1", "$plugin->requires = $CFG->version > 1 ? 2 : 3;")}, []string{"mod_foo mod/foo expressions"}},
		{"version is an expression", []string{"mod/foo/version.php", "<?php $plugin->component = 'mod_foo'; $plugin->version = time();"}, []string{"mod_foo mod/foo expressions"}},
		{"conflict markers", []string{"mod/foo/version.php", "<?php\n<<<<<<< HEAD\n$plugin->version = 1;\n=======\n$plugin->version = 2;\n>>>>>>> theirs\n"}, []string{"mod_foo mod/foo conflict-markers"}},
		{"CRLF", []string{"mod/foo/version.php", strings.ReplaceAll(versionFile("mod_foo", "1"), "\n", "\r\n")}, []string{"mod_foo mod/foo"}},
		{"a byte order mark", []string{"mod/foo/version.php", "\ufeff" + versionFile("mod_foo", "1")}, []string{"mod_foo mod/foo byte-order-mark"}},
		{"a name with a dash", []string{"mod/foo-main/version.php", versionFile("mod_foo", "1")}, []string{"mod_foo-main mod/foo-main invalid-name (unseen)"}},
		{"a name with underscores", []string{"blocks/_foo/version.php", versionFile("block_foo", "1")}, []string{"block__foo blocks/_foo invalid-name (unseen)"}},
		{"a name that is not UTF-8", []string{"mod/f\xf6\xf6/version.php", versionFile("mod_foo", "1")}, []string{"mod_f\xf6\xf6 mod/f\xf6\xf6 invalid-name (unseen)"}},
		{"a name of a subsystem", []string{"mod/course/version.php", versionFile("mod_course", "1")}, []string{"mod_course mod/course invalid-name (unseen)"}},
		{"one folder too deep", []string{"mod/foo/foo/version.php", versionFile("mod_foo", "1")}, []string{"mod_foo mod/foo no-version (unseen)", "mod_foo mod/foo/foo wrong-place (unseen)"}},
		{"where no plugins live", []string{"course/foo/version.php", versionFile("mod_foo", "1")}, []string{"mod_foo course/foo wrong-place (unseen)"}},
		{"made up for a test", []string{"course/tests/foo/version.php", versionFile("mod_foo", "1")}, nil},
		{"inside a plugin", []string{"mod/foo/version.php", versionFile("mod_foo", "1"), "mod/foo/lib/bar/version.php", versionFile("mod_bar", "1")}, []string{"mod_foo mod/foo"}},
		{"below public", []string{"public/mod/foo/version.php", versionFile("mod_foo", "1")}, []string{"mod_foo public/mod/foo below-public (unseen)"}},
		{"removed from core", []string{"mod/survey/version.php", versionFile("mod_survey", "1")}, []string{"mod_survey mod/survey removed-from-core"}},
		{"a type that goes", []string{"mnet/service/foo/version.php", versionFile("mnetservice_foo", "1")}, []string{"mnetservice_foo mnet/service/foo deprecated-type"}},
		{"a type that is gone", []string{"oldies/foo/version.php", versionFile("oldies_foo", "1")}, []string{"oldies_foo oldies/foo deleted-type"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := says(take(t, classic().with(test.files...), classic()))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// In 5.1 what did not move with Moodle is not seen, and admin/cli is no plugin.
func TestPlacesBelowPublic(t *testing.T) {
	t.Parallel()
	tree := below(classic()).with(
		"mod/foo/version.php", versionFile("mod_foo", "1"), "admin/tool/foo/version.php", versionFile("tool_foo", "1"),
		"mod/quiz/accessrule/lan/version.php", versionFile("quizaccess_lan", "1"), "admin/cli/version.php", "<?php $plugin->version = 1;",
		"public/local/good/version.php", versionFile("local_good", "1"))
	want := []string{
		"tool_foo admin/tool/foo outside-public (unseen)", "mod_foo mod/foo outside-public (unseen)",
		"quizaccess_lan mod/quiz/accessrule/lan outside-public (unseen)", "local_good public/local/good",
	}
	if diff := cmp.Diff(want, says(take(t, tree, below(classic())))); diff != "" {
		t.Error(diff)
	}
}

// Clones and submodules are plugins even where nothing of them can be read.
func TestRepositories(t *testing.T) {
	t.Parallel()
	tree := classic().with("mod/clone/version.php", versionFile("mod_clone", "1"))
	tree.repositories = []live.Repository{
		{Path: ""},
		{Path: "mod/clone", Remote: "https://example.org/clone.git", Commit: git.ID{1}},
		{Path: "mod/empty", Submodule: true, Commit: git.ID{2}},
		{Path: "mod/forum", Submodule: true},
		{Path: "lib/other"},
	}
	inventory := take(t, tree, classic())
	want := []string{"mod_clone mod/clone", "mod_empty mod/empty not-checked-out (unseen)", "mod_forum mod/forum replaces-core"}
	if diff := cmp.Diff(want, says(inventory)); diff != "" {
		t.Error(diff)
	}
	if p := inventory.Find(moodle.Component{Type: "mod", Name: "clone"}); p.Repository.Remote != "https://example.org/clone.git" {
		t.Errorf("clone: %+v", p)
	}
}

// What could not be read of the tree is not passed over in silence.
func TestUnread(t *testing.T) {
	t.Parallel()
	tree := classic().with("local", "-> /srv/local", "mod/broken/db/subplugins.json", "{", "mod/broken/version.php", versionFile("mod_broken", "1"))
	delete(tree.files, "local/readme.txt")
	tree.unread = []live.Unread{{Path: "blocks", Reason: "permission denied", Dir: true}, {Path: "mod/shut", Reason: "permission denied", Dir: true}}
	inventory := take(t, tree, classic())
	want := []string{"mod_broken mod/broken", "mod_shut mod/shut unreadable"}
	if diff := cmp.Diff(want, says(inventory)); diff != "" {
		t.Error(diff)
	}
	var ids []string
	for _, p := range inventory.Problems {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	if diff := cmp.Diff([]string{"link", "subplugins-unreadable", "unreadable"}, ids); diff != "" {
		t.Error(diff)
	}
}

// A file belongs to the plugin with the longest path.
func TestOwnership(t *testing.T) {
	t.Parallel()
	tree := classic().with(
		"mod/foo/version.php", versionFile("mod_foo", "1"), "mod/foo/db/subplugins.json", `{"subplugintypes": {"part": "parts"}}`, "mod/foo/parts/README", "",
		"mod/foo/parts/one/version.php", versionFile("part_one", "1"), "mod/foo/parts/one/lang/en/part_one.php", "", "mod/foobar/version.php", versionFile("mod_foobar", "1"))
	inventory := take(t, tree, classic())
	files := make(map[string]int)
	for _, p := range inventory.Plugins {
		files[p.Component.String()] = p.Files
	}
	if diff := cmp.Diff(map[string]int{"mod_foo": 3, "part_one": 2, "mod_foobar": 1}, files); diff != "" {
		t.Error(diff)
	}
	foo := inventory.Find(moodle.Component{Type: "mod", Name: "foo"})
	if fmt.Sprint(foo.Types, foo.SubPlugins) != "[part] [part_one]" {
		t.Errorf("sub-plugins: %v %v", foo.Types, foo.SubPlugins)
	}
	if owner := inventory.Owner("mod/forum/lib.php"); owner != nil {
		t.Errorf("Moodle's own file is %s's", owner.Component)
	}
}

// Needs are held against what is there, Moodle's own plugins too; circles are named.
func TestNeeds(t *testing.T) {
	t.Parallel()
	needs := func(pairs string) string { return "$plugin->dependencies = [" + pairs + "];" }
	tree := classic().with(
		"mod/a/version.php", versionFile("mod_a", "10", needs("'mod_b' => 20, 'mod_forum' => 2024100700, 'mod_quiz' => 2030010100, 'mod_none' => ANY_VERSION")),
		"mod/b/version.php", versionFile("mod_b", "20", needs("'mod_c' => ANY_VERSION")),
		"mod/c/version.php", versionFile("mod_c", "1", needs("'mod_a' => 11, 'mod_d' => 1, 'mod_c' => 1")),
		"mod/d/version.php", "<?php $plugin->component = 'mod_d'; $plugin->version = f();",
		"mod/e/version.php", versionFile("mod_e", "1", needs("'mod_d' => 1")),
		"mod/f/version.php", versionFile("mod_f", "1", needs("foo()")))
	inventory := take(t, tree, classic())
	var got []string
	for _, p := range inventory.Plugins {
		for _, n := range p.Dependencies {
			got = append(got, fmt.Sprintf("%s %s %s %v", p.Component.Name, n.Component, n.State, n.Cyclic))
		}
	}
	want := []string{
		"a mod_b met true", "a mod_forum met false", "a mod_none missing false", "a mod_quiz too-old false", "b mod_c met true",
		"c mod_a too-old true", "c mod_c met true", "c mod_d unknown false", "e mod_d unknown false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"mod_a", "mod_b", "mod_c"}}, inventory.Cycles); diff != "" {
		t.Error(diff)
	}
	if f := inventory.Find(moodle.Component{Type: "mod", Name: "f"}); !f.HasProblem(plugins.Expressions) {
		t.Errorf("a call for dependencies: %+v", f)
	}
}

// A long chain of needs costs neither the stack nor time.
func TestCyclesOfAChain(t *testing.T) {
	t.Parallel()
	const n = 30_000
	graph := make(map[string][]string, n)
	for i := range n {
		graph[fmt.Sprint(i)] = []string{fmt.Sprint((i + 1) % n)}
	}
	if cycles := plugins.Cycles(graph); len(cycles) != 1 || len(cycles[0]) != n {
		t.Errorf("%d cycles", len(cycles))
	}
	delete(graph, "7")
	if cycles := plugins.Cycles(graph); len(cycles) != 0 {
		t.Errorf("%d cycles in a chain", len(cycles))
	}
}

// Whoever stops mgit need not wait for a large tree.
func TestTakeStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tree := classic().with("mod/foo/version.php", versionFile("mod_foo", "1"))
	layout, err := moodle.ReadLayout(plugins.Files(tree))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plugins.Take(ctx, plugins.Request{Tree: tree, Layout: layout}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was stopped", err)
	}
}
