package job_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

const four = "LUVLE-4.1-"

// newPluginSite is a site of 4.1 with Moodle 4.1.0, 4.5.0 and, below public/, 5.1.0,
// which declare their types of plugins and list their own.
func newPluginSite(t *testing.T) *liveSite {
	t.Helper()
	f := templates.plugins.fixture(t, func(dir string) { buildPluginSite(t, dir) })
	return &liveSite{f, filepath.Join(filepath.Dir(f.Path), "moodle")}
}

func buildPluginSite(t *testing.T, dir string) {
	t.Helper()
	f := &fixture{gittest.NewAt(t, filepath.Join(dir, "repo")), t}
	f.Write("mod/forum/lib.php", text(40, nil))
	f.Write("mod/chat/version.php", pluginFile("mod_chat", "2022112800"))
	f.Write("mod/quiz/db/subplugins.json", `{"plugintypes": {"quizaccess": "mod/quiz/accessrule"}}`)
	f.Write("theme/boost/config.php", "<?php\n")
	f.Write("version.php", "")
	for _, r := range []struct{ release, code, version, types, standard string }{
		{"4.1", "401", "2022112800", `"mod": "mod", "theme": "theme", "block": "blocks", "tinymce": "lib/editor/tinymce/plugins", "local": "local"`, `"mod": ["forum", "chat", "quiz"], "theme": ["boost"]`},
		{"4.5", "405", "2024100700", `"mod": "mod", "theme": "theme", "block": "blocks", "local": "local"`, `"mod": ["forum", "chat", "quiz", "poll"], "theme": ["boost"]`},
	} {
		f.release(r.release, r.code, r.version+".00", "")
		for _, c := range []string{"mod_forum mod/forum", "mod_quiz mod/quiz", "theme_boost theme/boost"} {
			component, dir, _ := strings.Cut(c, " ")
			f.Write(dir+"/version.php", pluginFile(component, r.version))
		}
		if r.code == "405" {
			f.Write("mod/poll/version.php", pluginFile("mod_poll", "2024100700"))
			f.Remove("mod/chat/version.php")
		}
		f.Write("lib/components.json", `{"plugintypes": {`+r.types+`}, "subsystems": {"course": "course"}}`)
		f.Write("lib/plugins.json", `{"standard": {`+r.standard+`}, "deleted": {"mod": ["survey"]}}`)
		f.Commit("Moodle release " + r.release)
		f.Git("tag", "-a", "-m", "MOODLE", "v"+r.release+".0")
	}
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	f.Git("config", "mgit.customer", "LUVLE")
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", f.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	f.unpackTo(filepath.Join(dir, "moodle"), "v4.1.0")
}

// pluginFile is the version.php of a plugin.
func pluginFile(component, version string, more ...string) string {
	return fmt.Sprintf("<?php\n$plugin->component = '%s';\n$plugin->version = %s;\n%s\n", component, version, strings.Join(more, "\n"))
}

// plugins is the inventory of a tree, "" for the live one.
func (s *liveSite) plugins(tree string, change ...func(*job.PluginsRequest)) *job.PluginsReport {
	s.t.Helper()
	request := job.PluginsRequest{Tree: tree}
	if tree == "" {
		request.Tree = s.live
	}
	for _, c := range change {
		c(&request)
	}
	r, err := job.Plugins(s.t.Context(), s.open(""), request)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func pluginOf(t *testing.T, r *job.PluginsReport, component string) job.InventoryPlugin {
	t.Helper()
	i := slices.IndexFunc(r.Plugins, func(p job.InventoryPlugin) bool { return p.Component == component })
	if i < 0 {
		t.Fatalf("no %s among %v", component, r.Plugins)
	}
	return r.Plugins[i]
}

// A folder and the commit that it was made from have the same inventory; Moodle's
// own has none, whoever put it on the list.
func TestPluginsOfTrees(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	for _, tree := range []string{"", "v4.1.0", "v4.5.0"} {
		if r := s.plugins(tree); len(r.Plugins) > 0 || r.JudgedBy != job.JudgedByPin || r.Moodle.Commit == (job.ID{}) {
			t.Errorf("%s: %+v", tree, r)
		}
	}
	s.branch(four+"feature-mod_foo", "v4.1.0", "mod/foo/version.php", pluginFile("mod_foo", "7"), "mod/quiz/accessrule/lan/version.php", pluginFile("quizaccess_lan", "1"),
		"lib/plugins.json", `{"standard": {"mod": ["forum", "chat", "quiz", "foo"]}}`)
	s.live = s.unpack(four + "feature-mod_foo")
	folder, ref := s.plugins(""), s.plugins(four+"feature-mod_foo")
	if diff := cmp.Diff(folder.Plugins, ref.Plugins); diff != "" {
		t.Error(diff)
	}
	if p := pluginOf(t, folder, "mod_foo"); p.Origin.Kind != "local" || p.Origin.Branch != four+"feature-mod_foo" || p.Version != "7" {
		t.Errorf("mod_foo: %+v", p)
	}
	if p := pluginOf(t, folder, "quizaccess_lan"); p.Owner != "mod_quiz" || p.Origin.Kind != "local" {
		t.Errorf("quizaccess_lan: %+v", p)
	}
}

// Without Moodle's history its list in the tree decides, and that is said.
func TestPluginsWithoutHistory(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	s.put("mod/foo/version.php", pluginFile("mod_foo", "7"))
	s.put("mod/survey/version.php", pluginFile("mod_survey", "7"))
	bare := &liveSite{&fixture{gittest.NewAt(t, filepath.Join(t.TempDir(), "other")), t}, s.live}
	bare.Write("a", "b")
	bare.Commit("not Moodle")
	r := bare.plugins("")
	if r.JudgedBy != job.JudgedByList || r.Moodle.Commit != (job.ID{}) || !slices.ContainsFunc(r.Warnings, func(w job.Warning) bool { return w.ID == "no-pin" }) {
		t.Errorf("%+v", r)
	}
	var got []string
	for _, p := range r.Plugins {
		got = append(got, p.Component)
	}
	if diff := cmp.Diff([]string{"mod_foo", "mod_survey"}, got); diff != "" {
		t.Error(diff)
	}
	_, err := job.Plugins(t.Context(), bare.open(""), job.PluginsRequest{Tree: "HEAD"})
	var other *job.NotMoodleError
	if !errors.As(err, &other) {
		t.Errorf("a tree that is no Moodle: %v", err)
	}
}

// How a plugin fits the tree's Moodle and another one, and what --for may name.
func TestPluginsFit(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	s.put("mod/one/version.php", pluginFile("mod_one", "7", "$plugin->requires = 2024100700;"))
	s.put("mod/two/version.php", pluginFile("mod_two", "7", "$plugin->supported = [400, 401];"))
	s.put("mod/three/version.php", pluginFile("mod_three", "7", "$plugin->requires = $CFG->version;"))
	for _, name := range []string{"v4.5.0", "4.5", "405"} {
		r := s.plugins("", func(r *job.PluginsRequest) { r.For = name })
		if r.For == nil || r.For.Tag != "v4.5.0" {
			t.Fatalf("for %s: %+v", name, r.For)
		}
		var got []string
		for _, p := range r.Plugins {
			got = append(got, fmt.Sprint(p.Component, " ", p.Fit.Fit, " ", p.FitFor.Fit, " ", p.Unread))
		}
		want := []string{"mod_one refused unstated []", "mod_three unstated unstated [requires]", "mod_two supported untested []"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, name := range []string{"v9.9.0", "6.0", "nonsense", "--upload-pack=x"} {
		_, err := job.Plugins(t.Context(), s.open(""), job.PluginsRequest{Tree: s.live, For: name})
		var usage *job.UsageError
		if !errors.As(err, &usage) {
			t.Errorf("for %s: %v", name, err)
		}
	}
}

// What a plugin was made from comes from its own repository, the commit that brought
// it, or plugins.toml; what was changed since is counted against that.
func TestPluginsChanged(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	source := gittest.NewAt(t, filepath.Join(t.TempDir(), "source"))
	source.Write("version.php", pluginFile("mod_foo", "7"))
	source.Write("lib.php", text(10, nil))
	source.Write("gone.php", "x\n")
	id := source.Commit("release")
	s.Git("fetch", "-q", source.Path, "HEAD")
	s.branch(four+"feature-mod_foo", "v4.1.0", "mod/foo/version.php", pluginFile("mod_foo", "7"), "mod/foo/lib.php", text(10, nil), "mod/foo/gone.php", "x\n")
	s.Git("checkout", "-q", four+"feature-mod_foo")
	s.Git("commit", "-q", "--amend", "-m", "mod_foo: v7\n\nMgit-Source: https://example.org/foo.git\nMgit-Release: v7\nMgit-Source-Commit: "+id+"\n")
	s.Detach()
	r := s.plugins(four + "feature-mod_foo")
	p := pluginOf(t, r, "mod_foo")
	if p.Pin == nil || p.Pin.Commit.String() != id || p.Pin.Name != "v7" || p.Pin.By != "trailer" || p.Changes == nil || !p.Changes.IsNone() {
		t.Errorf("as it came: %+v, %+v, %s", p.Pin, p.Changes, p.ChangesNote)
	}
	s.on(four+"feature-mod_foo", "mod/foo/lib.php", text(10, map[int]string{3: "ours"}), "mod/foo/new.php", "<?php\n")
	s.live = s.unpack(four + "feature-mod_foo")
	if err := os.Remove(filepath.Join(s.live, "mod", "foo", "gone.php")); err != nil {
		t.Fatal(err)
	}
	s.put("mod/foo/version.php", strings.ReplaceAll(pluginFile("mod_foo", "7"), "\n", "\r\n"))
	want := job.PluginChanges{Modified: 1, Missing: 1, Added: 1}
	if p = pluginOf(t, s.plugins(""), "mod_foo"); p.Changes == nil || *p.Changes != want {
		t.Errorf("changed: %+v %s", p.Changes, p.ChangesNote)
	}
	// Another pin in plugins.toml is said, and does not count.
	s.shared("plugins.toml", "format = 1\n[plugin.mod_foo]\npin = \""+strings.Repeat("1", 40)+"\"\n")
	if p = pluginOf(t, s.plugins(""), "mod_foo"); p.Pin.Commit.String() != id || len(p.Problems) != 1 || p.Problems[0].ID != "pin-differs" {
		t.Errorf("two pins: %+v %+v", p.Pin, p.Problems)
	}
	// A pin whose objects are not here is none to compare with.
	s.put("mod/bar/version.php", pluginFile("mod_bar", "7"))
	s.shared("plugins.toml", "format = 1\n[plugin.mod_bar]\npin = \"v7\"\n")
	if p = pluginOf(t, s.plugins(""), "mod_bar"); p.Pin == nil || p.Pin.Name != "v7" || p.Changes != nil || !strings.Contains(p.ChangesNote, "mgit plugins update fetches it") {
		t.Errorf("a pin that is not here: %+v %+v %s", p.Pin, p.Changes, p.ChangesNote)
	}
}

// Repositories in the tree are read without git, whatever their settings say.
func TestPluginsHostileRepositories(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	mark := filepath.Join(t.TempDir(), "executed")
	clone := gittest.NewAt(t, filepath.Join(s.live, "mod", "clone"))
	clone.Write("version.php", pluginFile("mod_clone", "7"))
	clone.Write(".gitattributes", "* filter=evil diff=evil\n")
	id := clone.Commit("release")
	for key, value := range map[string]string{
		"core.fsmonitor": "touch " + mark, "core.hooksPath": ".", "filter.evil.clean": "touch " + mark, "filter.evil.process": "touch " + mark,
		"diff.external": "touch " + mark, "core.sshCommand": "touch " + mark, "core.pager": "touch " + mark, "alias.log": "!touch " + mark,
		"remote.origin.url": "https://bob:hunter2@example.org/clone.git?token=hunter2",
	} {
		clone.Git("config", key, value)
	}
	clone.Write("version.php", pluginFile("mod_clone", "8"))
	elsewhere := gittest.NewAt(t, filepath.Join(t.TempDir(), "elsewhere"))
	elsewhere.Write("secret", "x")
	elsewhere.Commit("secret")
	s.put("mod/pointer/version.php", pluginFile("mod_pointer", "7"))
	s.put("mod/pointer/.git", "gitdir: "+filepath.Join(elsewhere.Path, ".git")+"\n")
	s.put("mod/empty/.git", "gitdir: ../../nowhere\n")
	r := s.plugins("")
	if p := pluginOf(t, r, "mod_clone"); p.Origin.Kind != job.FromClone || strings.Contains(p.Origin.Remote, "hunter2") || !strings.Contains(p.Origin.Remote, "example.org/clone.git") ||
		p.Pin == nil || p.Pin.Commit.String() != id || p.Pin.By != "repository" || p.Changes == nil || p.Changes.Modified != 1 {
		t.Errorf("clone: %+v %+v %+v %s", p.Origin, p.Pin, p.Changes, p.ChangesNote)
	}
	if p := pluginOf(t, r, "mod_pointer"); p.Origin.Kind != job.FromSubmodule || !strings.Contains(p.Origin.Problem, "outside the tree") || p.Pin != nil || p.Version != "7" {
		t.Errorf("pointer: %+v %+v", p.Origin, p.Pin)
	}
	if p := pluginOf(t, r, "mod_empty"); p.Seen || p.Problems[0].ID != "not-checked-out" {
		t.Errorf("empty: %+v", p)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("something of the tree was executed")
	}
}

// A submodule in a ref has its commit and its URL, and nothing else is known of it.
func TestPluginsSubmodule(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	id := strings.Repeat("12", 20)
	s.Git("checkout", "-q", "-b", four+"feature-mod_sub", "v4.1.0")
	s.Write(".gitmodules", "[submodule \"sub\"]\n\tpath = mod/sub\n\turl = https://bob:hunter2@example.org/sub.git\n")
	s.Git("add", ".gitmodules")
	s.Git("update-index", "--add", "--cacheinfo", "160000,"+id+",mod/sub")
	s.Git("commit", "-q", "-m", "a submodule")
	s.Detach()
	p := pluginOf(t, s.plugins(four+"feature-mod_sub"), "mod_sub")
	if p.Origin.Kind != job.FromSubmodule || p.Origin.Branch != four+"feature-mod_sub" || strings.Contains(p.Origin.Remote, "hunter2") || p.Pin == nil || p.Pin.Commit.String() != id || p.Changes != nil {
		t.Errorf("%+v %+v %+v", p.Origin, p.Pin, p.Changes)
	}
}

// An existing path goes before a ref of its name, and that is said.
func TestPluginsPathBeforeRef(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	s.put("mod/foo/version.php", pluginFile("mod_foo", "7"))
	if err := os.Symlink(s.live, filepath.Join(s.Path, "v4.1.0")); err != nil {
		t.Fatal(err)
	}
	r := s.plugins("v4.1.0")
	if r.IsRef || len(r.Plugins) != 1 || !slices.ContainsFunc(r.Warnings, func(w job.Warning) bool { return w.ID == "path-and-ref" }) {
		t.Errorf("%+v", r)
	}
}

// Names of folders are raw bytes.
func TestPluginsHostileNames(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	s.put("mod/f\xf6\x1b[31m/version.php", pluginFile("mod_foo", "7", "$plugin->release = 'v\x1b[31m\xff';"))
	r := s.plugins("")
	if len(r.Plugins) != 1 || r.Plugins[0].Component != `mod_f\366\033[31m` || r.Plugins[0].Bytes == "" || r.Plugins[0].Seen {
		t.Errorf("%+v", r.Plugins)
	}
}

// The whole of real history has no additional plugins, and one planted at the place
// of each type is found.
func TestPluginsOfRealHistory(t *testing.T) {
	t.Parallel()
	moodleGit := realMoodle(t)
	dir := filepath.Join(t.TempDir(), "moodle")
	if out, err := exec.Command("git", "clone", "-q", "--shared", "--no-checkout", moodleGit, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f := &fixture{gittest.At(t, dir), t}
	site := f.open("")
	for _, tag := range []string{"v2.0.0", "v2.1.0", "v2.2.0", "v2.3.0", "v2.4.0", "v2.5.0", "v2.6.0", "v2.7.0", "v2.8.0", "v2.8.5"} {
		r, err := job.Plugins(t.Context(), site, job.PluginsRequest{Tree: tag})
		if err != nil {
			t.Fatalf("%s: %v", tag, err)
		}
		for _, p := range r.Plugins {
			t.Errorf("%s has %s at %s: %v", tag, p.Component, p.Path, p.Problems)
		}
		if r.JudgedBy != job.JudgedByPin || r.Moodle.Tag != tag {
			t.Errorf("%s is judged by %s, and is %s", tag, r.JudgedBy, r.Moodle.Tag)
		}
	}
}
