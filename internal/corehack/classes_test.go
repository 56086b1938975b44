package corehack

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/upstream"
)

// small is a history around a pin, in the layout up to 5.0:
//
//	start ── older ── pin ── newer ── M     main
//	   \                             /
//	    └──────────── side ─────────┘
func small(t testing.TB) *world {
	t.Helper()
	u := gittest.New(t)
	version := func(minor string) {
		u.Write("version.php", "<?php\n$version = 20130514"+minor+".00;\n$release = '2.5."+minor+" (Build: 20130514)';\n$branch = '25';\n")
	}
	version("01")
	for path, text := range map[string]string{
		".gitignore": "/config.php\n", "index.php": "<?php\n// Index.\n", "README.txt": "Moodle\n", "config-dist.php": "<?php\n// Dist.\n",
		"lib/a.php": "<?php\n// A, first.\n", "lib/b.php": "<?php\n// B, first.\n", "lib/c.php": "<?php\n// $Id$\n$c = 1;\n", "lib/gone.php": "<?php\n// Gone.\n",
		"lib/pix/one.png": "\x89PNG\x00one", "lib/readme.txt": "Read me.\n", "lib/run.sh": "#!/bin/sh\n",
		"lib/upgrade.txt": "One.\n", "lib/db/install.xml": "<x/>\n", "lib/db/upgrade.php": "<?php\n// Upgrade.\n", "lib/d/e/f.php": "<?php\n// F.\n",
		"mod/forum/version.php": "<?php\n$module->version = 2013050100;\n", "mod/forum/lib.php": "<?php\n// Forum.\n", "mod/forum/pix/icon.gif": "GIF89a\x00",
		"mod/quiz/version.php": "<?php\n$module->version = 2013050100;\n", "mod/quiz/db/subplugins.php": "<?php\n$subplugins = array('quizaccess' => 'mod/quiz/accessrule');\n",
		"mod/quiz/accessrule/time/version.php": "<?php\n$plugin->version = 1;\n", "mod/quiz/accessrule/time/rule.php": "<?php\n// Rule.\n",
		"mod/chat/version.php": "<?php\n$module->version = 2013050100;\n", "mod/chat/lib.php": "<?php\n// Chat.\n",
		"theme/base/config.php": "<?php\n// Base.\n", "theme/base/version.php": "<?php\n$plugin->version = 1;\n", "theme/index.php": "<?php\n// Themes.\n",
		"install/lang/fr/install.php": "<?php\n// Fr.\n", "install/lang/fr/error.php": "<?php\n// Fr.\n", "install/lang/de/install.php": "<?php\n// De.\n",
		"lang/en/moodle.php": "<?php\n// En.\n", "lang/en/langconfig.php": "<?php\n// Config.\n", "blocks/moodleblock.class.php": "<?php\n// Block.\n",
		"local/readme.txt": "Local.\n", "cache/stores/file/version.php": "<?php\n$plugin->version = 1;\n",
	} {
		u.Write(path, text)
	}
	u.Git("add", "-A")
	u.Git("update-index", "--chmod=+x", "lib/run.sh")
	u.Git("commit", "-q", "-m", "start")
	u.Git("checkout", "-q", "-f") // the mode
	u.Tick()
	u.Git("branch", "side")

	version("02")
	u.Write("lib/a.php", "<?php\n// A, second.\n")
	u.Write("lib/b.php", "<?php\n// B, second.\n")
	u.Write("lib/other.php", "<?php\n// Other, first.\n")
	u.Commit("older")
	version("03")
	u.Write("lib/a.php", "<?php\n// A, third.\n")
	u.Remove("lib/gone.php")
	u.Remove("mod/chat")
	u.Remove("lib/other.php")
	pin := u.Commit("pin")
	version("04")
	u.Write("lib/a.php", "<?php\n// A, fourth.\n")
	u.Write("lib/new.php", "<?php\n// New.\n")
	u.Write("mod/forum/new.php", "<?php\n// New in forum.\n")
	u.Commit("newer")
	u.Git("checkout", "-q", "side")
	u.Write("lib/b.php", "<?php\n// B, of the side.\n")
	u.Commit("side")
	u.Git("checkout", "-q", "main")
	u.Git("merge", "-q", "-s", "ours", "-m", "M", "side")
	u.Write("lib/b.php", "<?php\n// B, of the side.\n")
	u.Git("commit", "-q", "-a", "--amend", "--no-edit")
	return newWorld(t, u, pin)
}

func TestClasses(t *testing.T) {
	t.Parallel()
	w := small(t)
	a := string(w.files["lib/a.php"])
	for _, tt := range []struct {
		name string
		do   func(s *site)
		want []string
	}{
		{"nothing", func(*site) {}, nil},
		{"modified", func(s *site) { s.append("lib/a.php", "// Ours.\n") }, []string{"modified lib/a.php core"}},
		{
			"other upstream versions before everything else",
			func(s *site) {
				s.write("lib/a.php", "<?php\n// A, second.\n")
				s.write("lib/b.php", "<?php\n// B, of the side.\n")
				s.write("lib/gone.php", "<?php\n// Gone.\n")
				s.write("lib/new.php", "<?php\n// New.\n")
				s.write("mod/forum/new.php", "<?php\n// New in forum.\n")
			},
			[]string{
				"stale lib/a.php core from:older | upstream's content of $older, Moodle 2.5.02 (Build: 20130514)",
				"backport lib/b.php core from:side | upstream's content since $side, Moodle 2.5.01 (Build: 20130514)",
				"stale lib/gone.php core from:start gone:pin | upstream removed it in $pin, Moodle 2.5.03 (Build: 20130514)",
				"backport lib/new.php core from:newer | upstream added it in $newer, Moodle 2.5.04 (Build: 20130514)",
				"backport mod/forum/new.php mod_forum from:newer | upstream added it in $newer, Moodle 2.5.04 (Build: 20130514)",
			},
		},
		{
			"paths that upstream knows, with other contents",
			func(s *site) {
				s.write("lib/gone.php", "<?php\n// Gone, changed.\n")
				s.write("lib/new.php", "<?php\n// New, changed.\n")
			},
			[]string{
				"unknown lib/gone.php core code gone:pin | upstream had another file here and removed it in $pin, Moodle 2.5.03 (Build: 20130514)",
				"unknown lib/new.php core code | upstream has another file here in versions that the pin does not contain",
			},
		},
		{
			"whitespace",
			func(s *site) {
				s.write("lib/a.php", strings.ReplaceAll(a, "\n", "\r\n"))
				s.write("lib/b.php", "\xef\xbb\xbf"+string(w.files["lib/b.php"]))
				s.write("lib/c.php", "<?php\n// $Id: c.php,v 1.2 2009/01/01 ann Exp $\n$c = 1;\t \n\n")
				s.write("lib/pix/one.png", "\x89PNG\x00one\n") // it means something there
				s.write("mod/forum/lib.php", "<?php\r// Forum.")
			},
			[]string{
				"whitespace lib/a.php core | line endings",
				"whitespace lib/b.php core | byte order mark",
				"whitespace lib/c.php core | trailing space, $Id$",
				"modified lib/pix/one.png core",
				"whitespace mod/forum/lib.php mod_forum | line endings, trailing space",
			},
		},
		{
			"mode, and a mode with something else",
			func(s *site) {
				s.chmod("lib/a.php", 0o777)
				s.chmod("lib/run.sh", 0o644)
				s.append("lib/b.php", "\n")
				s.chmod("lib/b.php", 0o755)
			},
			[]string{"mode lib/a.php core | executable", "whitespace lib/b.php core | trailing space, executable", "mode lib/run.sh core | no longer executable"},
		},
		{
			"links and folders in the place of files",
			func(s *site) {
				s.remove("lib/a.php")
				s.link("lib/a.php", "b.php")
				s.remove("lib/b.php")
				s.write("lib/b.php/x.php", "<?php\n")
				s.remove("mod/forum")
				s.link("mod/forum", "../lib")
				s.remove("theme/base")
				s.write("theme/base", "not a folder\n")
			},
			[]string{
				"modified lib/a.php core | a link stands in the place of the file",
				"modified lib/b.php core | a folder stands in the place of the file",
				"unknown lib/b.php/x.php core code",
				"missing mod/forum/ (3) mod_forum | a link stands in the place of the folder",
				"unknown mod/forum mod_forum | a link",
				"missing theme/base/ (2) theme_base | a file stands in the place of the folder",
				"unknown theme/base theme_base",
			},
		},
		{
			"missing, folded as high as nothing is left",
			func(s *site) {
				s.remove("lib/a.php")
				s.remove("lib/d")
				s.remove("lib/db/install.xml")
				s.remove("mod/quiz")
				s.remove("install")
				s.remove("theme/base")
				s.write("theme/base/ours.css", "a {}\n")
				s.remove("lang/en/moodle.php")
			},
			[]string{
				"missing install/ (3) core", "missing lang/en/moodle.php core", "missing lib/a.php core", "missing lib/d/e/f.php core",
				"missing lib/db/install.xml core", "missing mod/quiz/ (4) mod_quiz", "missing theme/base/ (2) theme_base", "unknown theme/base/ours.css theme_base code",
			},
		},
		{
			"unknown",
			func(s *site) {
				s.write("shell.php", "<?php\n")
				s.write("lib/notes", "plain\n")
				s.write("lib/db/x.PhP5", "x")
				s.write("lib/x.php.old", "<?php\n")
				s.write("lib/pix/two.png", "\x89PNG\x00<?php system($_GET[0]);\n")
				s.write("lib/pix/three.png", "\x89PNG\x00three\n")
				s.write("uploads/x.phtml", "x")
				s.write("uploads/page.html", "x")
				s.write("uploads/.htaccess", "x")
				s.write("lib/fresh/text.txt", "x")
				s.write("lib/.#a.php", "<?php\n")
				s.write("local/tests/version.php", "<?php\n// Not of a plugin.\n")
				s.write("mod/forum/deep/er/x.php", "<?php\n")
				s.write("mod/forum/deep/version.php", "<?php\n$plugin->version = 1;\n")
				s.write("local/loose.php", "<?php\n")
				s.write("blocks/thing", "plain\n")
				s.write("image.txt", "GIF89a;\n<?PHP eval($x);\n")
				s.link("lib/link", "a.php")
				s.write("cron", "#!/bin/sh\nrm x\n")
			},
			[]string{
				"unknown blocks/thing core_block",
				"unknown cron core code | code behind a harmless name",
				"unknown image.txt core code | code behind a harmless name",
				"unknown lib/.#a.php core code", "unknown lib/db/x.PhP5 core code", "unknown lib/fresh/text.txt core", "unknown lib/link core | a link",
				"unknown lib/notes core", "unknown lib/pix/three.png core",
				"unknown lib/pix/two.png core code | code behind a harmless name", "unknown lib/x.php.old core code",
				"unknown local/loose.php core code", "unknown local/tests/version.php core code",
				"unknown mod/forum/deep/er/x.php mod_forum code", "unknown mod/forum/deep/version.php mod_forum code",
				"unknown shell.php core code", "unknown uploads/.htaccess core code", "unknown uploads/page.html core code", "unknown uploads/x.phtml core code",
			},
		},
		{
			"foreign",
			func(s *site) {
				s.write("backup.zip", "PK")
				s.write("notes.txt", "x")
				s.write("lib/a.php.bak", "<?php\n// Before the update.\n")
				s.write("lib/a.php~", "<?php\n")
				s.write("lib/#a.php#", "<?php\n")
				s.write("lib/x.php.orig", "<?php\n")
				s.write("lib/x.old", "x")
				s.write("lib/plugin.tar", "plugin/lib.php\x00<?php\n")
				s.write("mod/plan.PDF", "%PDF")
				s.write("mod/photo.jpg", "x")
				s.write("lib/error.log", "x")
				s.write("uploads/a", "x")
				s.write("db.sql.gz", "x")
				s.link("uploads/l", "a")
			},
			[]string{
				"foreign backup.zip core", "foreign db.sql.gz core secret | may hold passwords, and a web server may serve it", "foreign lib/#a.php# core", "foreign lib/a.php.bak core", "foreign lib/a.php~ core",
				"foreign lib/error.log core", "foreign lib/plugin.tar core", "foreign lib/x.old core", "foreign lib/x.php.orig core",
				"foreign mod/photo.jpg core", "foreign mod/plan.PDF core", "foreign notes.txt core", "foreign uploads/a core", "foreign uploads/l core | a link",
			},
		},
		{
			"secrets",
			func(s *site) {
				s.write("config.php.bak", "<?php\n$CFG->dbpass = 'x';\n")
				s.write("config.php.old", "<?php\n")
				s.write("config-2013.php", "<?php\n")
				s.write(".env", "PASSWORD=x\n")
				s.write("lib/id_rsa", "x")
				s.write("lib/server.key", "x")
				s.write("old/config.php", "<?php\n")
				s.append("theme/base/config.php", "// Ours.\n")
				s.append("config-dist.php", "// Ours.\n")
			},
			[]string{
				"foreign .env core secret | may hold passwords, and a web server may serve it", "unknown config-2013.php core code secret | may hold passwords", "modified config-dist.php core",
				"foreign config.php.bak core secret | may hold passwords, and a web server may serve it", "foreign config.php.old core secret | may hold passwords, and a web server may serve it", "unknown lib/id_rsa core secret | may hold passwords, and a web server may serve it",
				"foreign lib/server.key core secret | may hold passwords, and a web server may serve it", "unknown old/config.php core code secret | may hold passwords", "modified theme/base/config.php theme_base",
			},
		},
		{
			"names that hurt",
			func(s *site) {
				s.write("lib/<script>\n.php", "x")
				s.write("lib/\x1b[31m.txt", "x")
				s.write("lib/\xff\xfe.php", "x")
				s.write("lib/-rf.php", "x")
			},
			[]string{"unknown lib/\x1b[31m.txt core", "unknown lib/-rf.php core code", "unknown lib/<script>\n.php core code", "unknown lib/\xff\xfe.php core code"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := w.site(t)
			tt.do(s)
			want := slices.Clone(tt.want)
			for i, line := range want {
				for _, rev := range []string{"older", "side", "pin", "newer", "start"} {
					line = strings.ReplaceAll(line, "$"+rev, w.built.Git("log", "-1", "--all", "--grep=^"+rev+"$", "--format=%H")[:12])
				}
				want[i] = line
			}
			if got := w.lines(s.compare()); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// Upstream changed the line ends of a file once. In a tree that was converted as
// a whole the old file is not stale; alone it is.
func TestLineEndsThatUpstreamHad(t *testing.T) {
	t.Parallel()
	u := gittest.New(t)
	u.Write("version.php", "<?php\n$version = 2013051400.00;\n$release = '2.5 (Build: 20130514)';\n$branch = '25';\n")
	u.Write("lib/a.php", "<?php\r\n// A.\r\n")
	u.Write("lib/b.php", "<?php\n// B, first.\n")
	u.Write("lib/c.php", "<?php\n// C.\n")
	u.Write("lib/d.php", "<?php\n// D.\n")
	u.Commit("older")
	u.Write("lib/a.php", "<?php\n// A.\n")
	u.Write("lib/b.php", "<?php\n// B, second.\n")
	w := newWorld(t, u, u.Commit("pin"))
	s := w.site(t)
	s.write("lib/a.php", "<?php\r\n// A.\r\n")
	if got := s.compare(); len(got.Findings) != 1 || got.Findings[0].Class != Stale {
		t.Errorf("alone: %q", w.lines(got))
	}
	s.write("lib/b.php", "<?php\n// B, first.\n")
	s.write("lib/c.php", "<?php\r\n// C.\r\n")
	s.write("lib/d.php", "<?php\r\n// D.\r\n")
	r := s.compare()
	if got := r.Counts; got.Whitespace != 3 || got.Stale != 1 || !strings.HasPrefix(r.Findings[0].Evidence, "line endings, as upstream had them in ") || w.subject(r.Findings[0].Origin) != "older" {
		t.Errorf("in a converted tree: %q", w.lines(r))
	}
}

// Without the pin in the index nothing is older or newer, and without an index
// there are no other versions.
func TestHistoryThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.write("lib/a.php", "<?php\n// A, second.\n")
	s.write("lib/gone.php", "<?php\n// Gone.\n")
	r := s.compare(func(req *Request) { req.Pin = upstream.None })
	if len(r.Findings) != 2 || r.Counts.Modified != 1 || r.Counts.Unknown != 1 || !strings.HasPrefix(r.Findings[0].Evidence, "upstream has this content since ") ||
		w.subject(r.Findings[0].Origin) != "older" || w.subject(r.Findings[1].Origin) != "start" {
		t.Errorf("without a pin: %q", w.lines(r))
	}
	if len(r.Problems) != 1 || r.Problems[0].ID != "pin-not-indexed" {
		t.Errorf("problems: %v", r.Problems)
	}
	r = s.compare(func(req *Request) { req.Index = nil })
	if got := w.lines(r); !slices.Equal(got, []string{"modified lib/a.php core", "unknown lib/gone.php core code"}) || len(r.Problems) > 0 {
		t.Errorf("without an index: %q, %v", got, r.Problems)
	}
}

// A pristine content that is not there leaves the class open, and says so.
func TestLostPristine(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.append("lib/a.php", "\n")
	r := s.compare(func(req *Request) {
		req.Blob = failingBlob
	})
	if got := w.lines(r); !slices.Equal(got, []string{"modified lib/a.php core | upstream's content is not in the repository"}) || len(r.Problems) != 1 || r.Problems[0].ID != "pristine-unreadable" {
		t.Errorf("%q, %v", got, r.Problems)
	}
}

// The one file that packages lack may be missing from them, and from nothing else.
func TestIgnoreFile(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.remove(".gitignore")
	if got := w.lines(s.compare()); len(got) > 0 {
		t.Errorf("without Git: %q", got)
	}
	s.clone(".")
	if got := w.lines(s.compare()); !slices.Equal(got, []string{"missing .gitignore core"}) {
		t.Errorf("in a clone: %q", got)
	}
	if got := w.lines(s.compare(func(r *Request) { r.Packaged = true })); len(got) > 0 {
		t.Errorf("a package in a clone: %q", got)
	}
}
