package job_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/job"
)

func (s *liveSite) planPlugins() *job.PlanPlugins { return s.planPluginsFor("v4.5.0") }

func (s *liveSite) planPluginsFor(tag string) *job.PlanPlugins {
	s.t.Helper()
	p, err := job.PlanPluginsOf(s.t.Context(), s.open(""), job.PlanRequest{Tag: tag})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// lacking puts what has no fitting release into lines, with who needs it.
func lacking(p *job.PlanPlugins) []string {
	var all []string
	for _, l := range p.Lacking {
		line := l.Component + ": " + l.Why + ";"
		for _, d := range l.Dependents {
			line += fmt.Sprintf(" %s(%s) %s of %s,", d.Component, strings.TrimPrefix(d.Branch, four), d.How, d.Through)
		}
		all = append(all, line)
	}
	return all
}

// The plugins of all branches are held against the new version; what fits nowhere is
// named with all that needs it, directly or by way of others.
func TestPlanPlugins(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	needs := func(pairs string) string { return "$plugin->dependencies = [" + pairs + "];" }
	s.branch(four+"feature-mod_old", "v4.1.0", "mod/old/version.php", pluginFile("mod_old", "7", "$plugin->incompatible = 402;"))
	s.branch(four+"feature-block_user", "v4.1.0", "blocks/user/version.php", pluginFile("block_user", "7", needs("'mod_old' => 7, 'mod_forum' => 2024100700, 'mod_chat' => ANY_VERSION")))
	s.branch(four+"feature-local_far", "v4.1.0", "local/far/version.php", pluginFile("local_far", "7", needs("'block_user' => 9")))
	s.branch(four+"hack-mod_forum-old", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "old"}))
	s.branch(four+"feature-theme_ours", "v4.1.0", "theme/ours/version.php", pluginFile("theme_ours", "7", "$plugin->supported = [401, 401];"))
	s.branch(four+"feature-mod_poll", "v4.1.0", "mod/poll/version.php", pluginFile("mod_poll", "7", "$plugin->incompatible = 405;"))
	s.branch(four+"feature-tinymce_xx", "v4.1.0", "lib/editor/tinymce/plugins/xx/version.php", pluginFile("tinymce_xx", "7"))
	s.branch(four+"feature-mod_owner", "v4.1.0", "mod/owner/version.php", pluginFile("mod_owner", "7"),
		"mod/owner/db/subplugins.json", `{"plugintypes": {"part": "mod/owner/part"}}`, "mod/owner/part/one/version.php", pluginFile("part_one", "7"))
	s.shared("mgit.toml", "format = 1\n[branch.mod_old]\norigin = \"external\"\n[branch.mod_forum-old]\norigin = \"local\"\nrequires = [\"mod_old\"]\n")
	p := s.planPlugins()
	var got []string
	for _, list := range [][]job.PlanPlugin{p.Plugins, p.Themes} {
		for _, plugin := range list {
			got = append(got, fmt.Sprintf("%s %s %s core=%v gone=%v %v", plugin.Component, plugin.Origin, plugin.Fit, plugin.InCore, plugin.TypeGone, plugin.SubPlugins))
		}
	}
	want := []string{
		"block_user local unstated core=false gone=false []",
		"local_far local unstated core=false gone=false []",
		"mod_old external refused core=false gone=false []",
		"mod_owner local unstated core=false gone=false [part_one]",
		"mod_poll local refused core=true gone=false []",
		"tinymce_xx local unstated core=false gone=true []",
		"theme_ours local untested core=false gone=false []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	want = []string{
		"mod_chat: Moodle 4.5 does not ship it any more, and no branch brings it; block_user(feature-block_user) version.php of mod_chat, local_far(feature-local_far) version.php of block_user,",
		"mod_old: says that it is incompatible from 4.2 on; plugins.toml does not know it; block_user(feature-block_user) version.php of mod_old, (hack-mod_forum-old) record of mod_old, local_far(feature-local_far) version.php of block_user,",
		"theme_ours: says that it supports 4.1 to 4.1;",
		"tinymce_xx: the new version has no plugins of its type;",
	}
	if diff := cmp.Diff(want, lacking(p)); diff != "" {
		t.Error(diff)
	}
	if p.Core.Tag != "v4.5.0" || p.Totals != (job.PlanPluginTotals{Plugins: 6, Themes: 1, Unstated: 4, Untested: 1, Refused: 2, InCore: 1, Lacking: 4}) {
		t.Errorf("%+v %+v", p.Core, p.Totals)
	}
	user := p.Plugins[0]
	if diff := cmp.Diff([]job.PluginNeed{
		{Component: "mod_chat", State: "missing"},
		{Component: "mod_forum", Version: "2024100700", Found: "2024100700", State: "met"},
		{Component: "mod_old", Version: "7", Found: "7", State: "met"},
	}, user.Dependencies); diff != "" {
		t.Error(diff)
	}
}

// Circles of dependencies and of records' `requires` are named, and end no search.
func TestPlanPluginsInCircles(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	for a, b := range map[string]string{"mod_a": "mod_b", "mod_b": "mod_c", "mod_c": "mod_a"} {
		s.branch(four+"feature-"+a, "v4.1.0", strings.Replace(a, "_", "/", 1)+"/version.php", pluginFile(a, "7", "$plugin->incompatible = 405;", "$plugin->dependencies = ['"+b+"' => 1];"))
	}
	s.branch(four+"hack-mod_forum-x", "v4.1.0", "mod/forum/lib.php", text(40, map[int]string{3: "x"}))
	s.branch(four+"feature-local_xx", "v4.1.0", "local/xx/version.php", pluginFile("local_xx", "7"))
	s.shared("mgit.toml", "format = 1\n[branch.mod_forum-x]\norigin = \"local\"\nrequires = [\"local_xx\"]\n[branch.local_xx]\norigin = \"local\"\nrequires = [\"mod_forum-x\"]\n")
	p := s.planPlugins()
	if diff := cmp.Diff([][]string{{"local_xx", "mod_forum-x"}, {"mod_a", "mod_b", "mod_c"}}, p.Cycles); diff != "" {
		t.Error(diff)
	}
	for _, l := range p.Lacking {
		if len(l.Dependents) != 2 {
			t.Errorf("%s has the dependents %v", l.Component, l.Dependents)
		}
	}
	if len(p.Lacking) != 3 || !p.Plugins[1].Dependencies[0].Cyclic {
		t.Errorf("%v", p.Lacking)
	}
}

// Where Moodle moved below public/, its own plugins are found there, and those of the
// branches where they stand today.
func TestPlanPluginsBelowPublic(t *testing.T) {
	t.Parallel()
	s := newPluginSite(t)
	s.Git("checkout", "-q", "v4.5.0")
	for _, dir := range []string{"mod", "theme", "version.php"} {
		s.Write("public/keep", "")
		s.Git("mv", dir, "public/"+dir)
	}
	s.release("5.1", "501", "2025100600.00", "public/")
	s.Write("lib/components.json", `{"plugintypes": {"mod": "public/mod", "theme": "public/theme", "block": "public/blocks"}, "subsystems": {}}`)
	s.Commit("below public")
	s.Git("tag", "-a", "-m", "MOODLE_501", "v5.1.0")
	s.branch(four+"feature-block_user", "v4.1.0", "blocks/user/version.php", pluginFile("block_user", "7", "$plugin->dependencies = ['mod_forum' => 1, 'mod_foo' => 1];"))
	s.branch(four+"feature-mod_foo", "v4.1.0", "mod/foo/version.php", pluginFile("mod_foo", "7", "$plugin->incompatible = 501;"))
	s.branch(four+"feature-mod_poll", "v4.1.0", "mod/poll/version.php", pluginFile("mod_poll", "7"))
	p := s.planPluginsFor("v5.1.0")
	if diff := cmp.Diff([]string{"mod_foo: says that it is incompatible from 5.1 on; block_user(feature-block_user) version.php of mod_foo,"}, lacking(p)); diff != "" {
		t.Error(diff)
	}
	if p.Totals.InCore != 1 || p.Plugins[0].Path != "blocks/user" || p.Plugins[0].Dependencies[1].State != "met" {
		t.Errorf("%+v", p)
	}
}
