package corehack

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/live"
	"mgit/internal/upstream"
)

// show is a plugin on a line.
func (w *world) show(p Plugin) string {
	line := fmt.Sprintf("%s %s (%d)", p.Path, p.Component, p.Files)
	if p.Version.Version != "" {
		line += " " + p.Version.Version
	}
	if p.Repository != nil {
		line += " from " + p.Repository.Remote
	}
	if p.Shipped != upstream.None {
		line += " gone:" + w.subject(p.Shipped)
	}
	if p.Problem != "" {
		line += " | " + p.Problem
	}
	return line
}

func (w *world) plugins(r *Result) []string {
	var lines []string
	for _, p := range r.Plugins {
		lines = append(lines, w.show(p))
	}
	return lines
}

func TestPlugins(t *testing.T) {
	t.Parallel()
	w := small(t)
	for _, tt := range []struct {
		name     string
		do       func(s *site)
		plugins  []string
		findings []string
	}{
		{
			"all sorts of files are the plugin's",
			func(s *site) {
				s.write("mod/game/version.php", "<?php\n$plugin->component = 'mod_game';\n$plugin->version = 2013050100;\n")
				s.write("mod/game/lib.php", "<?php\n")
				s.write("mod/game/lang/en/game.php", "<?php\n")
				s.write("mod/game/x.zip", "PK")
				s.write("mod/game/config.php", "<?php\n")
				s.write("mod/game-notes.txt", "x") // beside it, in the order of paths before it
				s.link("mod/game/link", "lib.php")
			},
			[]string{"mod/game mod_game (6) 2013050100"},
			[]string{"unknown mod/game-notes.txt core"},
		},
		{
			"sub-plugins of core and of plugins, the longest path wins",
			func(s *site) {
				s.write("mod/quiz/accessrule/ours/version.php", "<?php\n$plugin->version = 5;\n")
				s.write("mod/kit/version.php", "<?php\n$module->version = 7;\n")
				s.write("mod/kit/db/subplugins.php", "<?php\n$subplugins = array('kitpart' => 'mod/kit/part');\n")
				s.write("mod/kit/part/one/version.php", "<?php\n$plugin->version = 1;\n")
				s.write("mod/kit/part/one/deep/version.php", "<?php\n$plugin->version = 9;\n")
				s.write("mod/kit/part/two/version.php", "<?php\n$plugin->version = 2;\n")
				s.write("mod/kit/part/readme.txt", "x")
				s.write("mod/kit/other/version.php", "<?php\n$plugin->version = 3;\n")
				s.write("mod/kit-part/lib.php", "<?php\n")
			},
			[]string{
				"mod/kit mod_kit (4) 7", "mod/kit/part/one kitpart_one (2) 1", "mod/kit/part/two kitpart_two (1) 2",
				"mod/quiz/accessrule/ours quizaccess_ours (1) 5",
			},
			[]string{"unknown mod/kit-part/lib.php core code"},
		},
		{
			"a type of sub-plugins outside of its owner",
			func(s *site) {
				s.write("blocks_kit/one/version.php", "<?php\n$plugin->version = 1;\n")
				s.write("local/kit/version.php", "<?php\n$plugin->version = 7;\n")
				s.write("local/kit/db/subplugins.php", "<?php\n$subplugins = array('kitpart' => 'blocks_kit');\n")
			},
			[]string{"blocks_kit/one kitpart_one (1) 1", "local/kit local_kit (2) 7"},
			nil,
		},
		{
			"a declaration that cannot be read",
			func(s *site) {
				s.write("local/kit/version.php", "<?php\n$plugin->version = 7;\n")
				s.write("local/kit/db/subplugins.php", "<?php\n")
			},
			[]string{"local/kit local_kit (2) 7"},
			nil,
		},
		{
			"what version.php says, and does not",
			func(s *site) {
				s.write("local/a1/version.php", "nothing\n")
				s.write("local/b1/version.php", "<?php\n$plugin->component = 'mod_b1';\n$plugin->version = 1;\n")
				s.write("local/C1/version.php", "<?php\n$plugin->version = 1;\n")
				s.write("mod/forum.bak/version.php", "<?php\n$module->version = 1;\n")
				s.write("local/d1/lib.php", "<?php\n")
				s.link("local/e1/version.php", "../a1/version.php")
			},
			[]string{
				"local/C1 local_C1 (1) 1 | Moodle does not see it: has an upper case letter",
				"local/a1 local_a1 (1) | its version.php sets no version of a plugin",
				"local/b1 local_b1 (1) 1 | its version.php says that it is mod_b1",
				"mod/forum.bak mod_forum.bak (1) 1 | Moodle does not see it: has the character '.': only a-z, 0-9 and _ are allowed",
			},
			[]string{"unknown local/d1/lib.php local_d1 code", "unknown local/e1/version.php local_e1 code | a link"},
		},
		{
			"one that Moodle shipped once",
			func(s *site) {
				s.write("mod/chat/version.php", "<?php\n$module->version = 2013050100;\n")
				s.write("mod/chat/lib.php", "<?php\n")
			},
			[]string{"mod/chat mod_chat (2) 2013050100 gone:pin | Moodle shipped it until 2.5.03 (Build: 20130514) and removed it"},
			nil,
		},
		{
			"repositories at a plugin's place and elsewhere",
			func(s *site) {
				s.clone("local/cloned")
				s.write("local/cloned/lib.php", "<?php\n")
				s.clone("local/both")
				s.write("local/both/version.php", "<?php\n$plugin->version = 1;\n")
				s.clone("local/both/vendor/x")
				s.write("local/both/vendor/x/x.php", "<?php\n")
				s.clone("tools/x")
				s.write("tools/x/README", "x")
				s.write("tools/x/LICENSE", "x")
				s.write("tools/x/x.php", "<?php\n")
				s.clone("lib/hidden")
				s.write("lib/hidden/x.php", "<?php\n")
				s.write("lib/hidden/notes", "x")
			},
			[]string{
				"local/both local_both (2) 1 from https://example.org/x.git",
				"local/cloned local_cloned (1) from https://example.org/x.git | it has no version.php",
			},
			[]string{
				"unknown lib/hidden/ (1) core | a Git repository that is no plugin; 1 file, no code by name",
				"unknown lib/hidden/x.php core code | in a Git repository that is no plugin",
				"foreign tools/x/ (2) core | a Git repository that is no plugin; 2 files, no code by name",
				"unknown tools/x/x.php core code | in a Git repository that is no plugin",
			},
		},
		{
			"a theme of the time before version.php",
			func(s *site) {
				s.write("theme/ours/config.php", "<?php\n")
				s.write("theme/ours/style/x.css", "a {}\n")
				s.write("blocks/ours/block_ours.php", "<?php\n")
			},
			[]string{"theme/ours theme_ours (2)"},
			[]string{"unknown blocks/ours/block_ours.php block_ours code"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := w.site(t)
			tt.do(s)
			r := s.compare()
			if got := w.plugins(r); !slices.Equal(got, tt.plugins) {
				t.Errorf("plugins:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.plugins, "\n"))
			}
			if got := w.lines(r); !slices.Equal(got, tt.findings) {
				t.Errorf("findings:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.findings, "\n"))
			}
			unreadable := strings.Contains(tt.name, "declaration")
			if unreadable != (len(r.Problems) == 1) || unreadable && !strings.Contains(r.Problems[0].Text, "local_kit") {
				t.Errorf("problems: %v", r.Problems)
			}
		})
	}
}

// A version.php that could not be read still tells where a plugin is.
func TestPluginWithUnreadVersion(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.write("local/shut/version.php", "<?php\n$plugin->version = 1;\n")
	s.write("local/shut/lib.php", "<?php\n")
	tree := s.scan()
	for name, m := range map[string]*mapTree{
		"listed":     {files: tree.Files},
		"not listed": {files: slices.DeleteFunc(slices.Clone(tree.Files), func(f live.File) bool { return f.Path == "local/shut/version.php" })},
	} {
		m.unread = []live.Unread{{Path: "local/shut/version.php", Reason: "permission denied"}}
		r, err := Compare(t.Context(), w.request(m))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Plugins) != 1 || r.Plugins[0].Problem != "its version.php could not be read" || len(r.Findings) > 0 || r.Counts.Unread != 1 {
			t.Errorf("%s: %q %q, %d unread", name, w.plugins(r), w.lines(r), r.Counts.Unread)
		}
	}
}

// Until 2.1 a folder in the right place was a plugin.
func TestPluginsOfOldTrees(t *testing.T) {
	t.Parallel()
	u := gittest.New(t)
	u.Write("version.php", "<?php\n$version = 2010112400;\n$release = '2.0 (Build: 20101124)';\n")
	u.Write("blocks/html/block_html.php", "<?php\n")
	w := newWorld(t, u, u.Commit("pin"))
	s := w.site(t)
	s.write("blocks/ours/block_ours.php", "<?php\n")
	s.write("blocks/ours/lang/en/block_ours.php", "<?php\n")
	s.write("blocks/empty/readme.txt", "x")
	s.write("blocks/tests/x.php", "<?php\n")
	r := s.compare()
	if got := w.plugins(r); !slices.Equal(got, []string{"blocks/ours block_ours (2)"}) {
		t.Errorf("plugins: %q", got)
	}
	if got := w.lines(r); !slices.Equal(got, []string{"unknown blocks/empty/readme.txt block_empty", "unknown blocks/tests/x.php core_block code"}) {
		t.Errorf("findings: %q", got)
	}
}

// public is the layout since 5.1.
func public(t testing.TB) *world {
	t.Helper()
	u := gittest.New(t)
	u.Write("public/version.php", "<?php\n$version = 2025100600.00;\n$release = '5.1 (Build: 20251006)';\n$branch = '501';\n")
	u.Write("lib/components.json", `{"plugintypes": {"mod": "public/mod", "local": "public/local"}, "subsystems": {"course": "public/course"}}`)
	for _, path := range []string{"index.php", "public/index.php", "public/config.php", "public/mod/forum/version.php", "public/mod/forum/lib.php", "public/course/lib.php", "public/lang/en/langconfig.php", "public/local/readme.txt", "composer.json"} {
		u.Write(path, "<?php\n// "+path+"\n")
	}
	return newWorld(t, u, u.Commit("pin"))
}

func TestPublicLayout(t *testing.T) {
	t.Parallel()
	w := public(t)
	s := w.site(t)
	for path, text := range map[string]string{
		"config.php": "<?php\n", "public/.htaccess": "x", ".htaccess": "x", "public/robots.txt": "x", "vendor/a/b.php": "<?php\n", "githash.php": "<?php\n",
		"public/vendor/a.php": "<?php\n", "public/notes.txt": "x", "notes.txt": "x", "public/config.php.bak": "x",
		"public/lang/de/langconfig.php": "<?php\n", "public/lang/de/moodle.php": "<?php\n",
		"public/mod/game/version.php": "<?php\n$plugin->version = 1;\n", "mod/old/version.php": "<?php\n$plugin->version = 1;\n", "mod/old/lib.php": "<?php\n",
		"local/loose.php": "<?php\n", "public/course/x.php": "<?php\n",
	} {
		s.write(path, text)
	}
	s.append("public/config.php", "// Ours.\n")
	r := s.compare()
	if got, want := w.plugins(r), []string{"mod/old mod_old (2) 1 | Moodle does not see it: it lies outside public/", "public/mod/game mod_game (1) 1"}; !slices.Equal(got, want) {
		t.Errorf("plugins: %q", got)
	}
	if got, want := w.lines(r), []string{
		"unknown local/loose.php core code", "foreign notes.txt core", "modified public/config.php core secret", "foreign public/config.php.bak core secret | may hold passwords, and a web server may serve it",
		"unknown public/course/x.php core_course code", "foreign public/notes.txt core", "unknown public/vendor/a.php core code",
	}; !slices.Equal(got, want) {
		t.Errorf("findings:\n%s", strings.Join(got, "\n"))
	}
	if r.Counts.ExpectedFiles != 8 || len(r.Problems) > 0 {
		t.Errorf("expected: %v, problems %v", r.Expected, r.Problems)
	}
}

// A tree of the other layout is compared as it stands, and that is said.
func TestLayoutMoved(t *testing.T) {
	t.Parallel()
	w := public(t)
	s := &site{t, w, t.TempDir()}
	for path, data := range w.files {
		s.write(strings.TrimPrefix(path, "public/"), string(data))
	}
	r := s.compare()
	if len(r.Problems) != 1 || r.Problems[0].ID != "layout-moved" {
		t.Errorf("problems: %v", r.Problems)
	}
	if f := r.Findings[len(r.Findings)-1]; f.Path != "version.php" || f.Class != Unknown {
		t.Errorf("last finding: %+v", f)
	}
	if !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Path == "public" && f.Folder && f.Class == Missing && f.Files == 8 }) {
		t.Errorf("%q", w.lines(r))
	}

	w = small(t)
	s = &site{t, w, t.TempDir()}
	for path, data := range w.files {
		s.write("public/"+path, string(data))
	}
	if r := s.compare(); len(r.Problems) != 1 || r.Problems[0].ID != "layout-moved" {
		t.Errorf("problems: %v", r.Problems)
	}
}
