package corehack

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A web server looks into folders that are called .git, unless it is told not to.
func TestCodeInGitFolders(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	const shell = "<?php system($_GET[0]);\n"
	s.write("lib/.git/s.php", shell)
	s.write("lib/.git/notes", "x")
	s.clone(".")
	s.write(".git/s.php", shell)
	s.write(".git/index", "DIRC")
	s.clone("local/cloned")
	s.write("local/cloned/version.php", "<?php\n$plugin->version = 1;\n")
	s.write("local/cloned/.git/hooks/s.phtml", shell)
	s.write("local/cloned/.git/hooks/pre-push.sample", "#!/bin/sh\n")
	s.clone("tools/x")
	s.write("tools/x/.git/page.html", "x")
	r := s.compare()
	const served = " | in a .git folder, which a web server may serve"
	want := []string{
		"unknown .git/s.php core code" + served,
		"unknown lib/.git/notes core" + served,
		"unknown lib/.git/s.php core code" + served,
		"unknown local/cloned/.git/hooks/s.phtml local_cloned code" + served,
		"unknown tools/x/.git/page.html core code" + served,
	}
	if got := w.lines(r); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := w.plugins(r); !slices.Equal(got, []string{"local/cloned local_cloned (1) 1 from https://example.org/x.git"}) {
		t.Errorf("plugins %q", got)
	}
}

func TestDumps(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.write("moodle_dump.sql", "CREATE TABLE x;\n")
	s.write("lib/old.dump", "x")
	s.write("lib/db/small.sql", "CREATE TABLE x;\n")
	s.write("lib/db/large.sql", strings.Repeat("-- x\n", largeSQL/5+1))
	s.write("lib/db/data.sql", "-- PostgreSQL database dump\n")
	s.write("lib/db/insert.sql", "insert into x values (1);\n")
	s.write("lib/evil.sql", "<?php system($_GET[0]);\n")
	s.write("lib/x.php.sql", "x")
	const served = " | may hold passwords, and a web server may serve it"
	want := []string{
		"foreign lib/db/data.sql core secret" + served,
		"foreign lib/db/insert.sql core secret" + served,
		"foreign lib/db/large.sql core secret" + served,
		"unknown lib/db/small.sql core code",
		"unknown lib/evil.sql core code secret | code behind a harmless name, may hold passwords",
		"foreign lib/old.dump core secret" + served,
		"unknown lib/x.php.sql core code",
		"foreign moodle_dump.sql core secret" + served,
	}
	if got := w.lines(s.compare()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestConfigCopies(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	var want []string
	for _, path := range []string{"config.php.2013-11-20", "config.php.bak", "config.php.save", "config.php~"} {
		s.write(path, "<?php\n$CFG->dbpass = 'x';\n")
		want = append(want, "foreign "+path+" core secret | may hold passwords, and a web server may serve it")
	}
	s.write("config-old.php", "<?php\n")
	want = append([]string{"unknown config-old.php core code secret | may hold passwords"}, want...)
	if got := w.lines(s.compare()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A file that only looks like one of a language pack is no part of it.
func TestCodeInLanguagePacks(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	s.write("lang/de/langconfig.php", "<?php\n$string['thislanguage'] = 'Deutsch';\n")
	s.write("lang/de/mod_ours.php", "<?php\n// Strings.\n$string['x'] = '<?php';\n")
	s.write("lang/de/shell.php", "<?php system($_GET[0]);\n")
	s.write("lang/de/Shell.php", "<?php\n")
	s.write("lang/de/moodle.php", "<?php\n$string['x'] = `id`;\n")
	r := s.compare()
	want := []string{"unknown lang/de/Shell.php core code", "unknown lang/de/moodle.php core code", "unknown lang/de/shell.php core code"}
	if got := w.lines(r); !slices.Equal(got, want) || r.Counts.ExpectedFiles != 2 {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestHoldsStrings(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		"<?php":   true,
		"<?php\n": true,
		"\xef\xbb\xbf<?PHP // $Id$\r\n/* x */ # y\r\n$string['a'] = 'b';\r\n?>\r\n":                          true,
		"<?php\ndefined('MOODLE_INTERNAL') || die();\n$string['a'] = 'It\\'s {$a->x}';":                      true,
		"<?php\ndefined(\"MOODLE_INTERNAL\") or die;\n$string [ \"a\" ] = 'b' . \"c $a\\n\" /* d */ . 'e' ;": true,
		"":                                     false,
		"x":                                    false,
		"<?phpx":                               false,
		" <?php":                               false,
		"<?= 1":                                false,
		"<?php\n$string['a'] = b();":           false,
		"<?php\n$string['a'] = 'b' . c();":     false,
		"<?php\n$string[a()] = 'b';":           false,
		"<?php\n$string['a'] = \"{$b->c()}\";": false,
		"<?php\n$string['a'] = \"${b()}\";":    false,
		"<?php\n$string['a'] = 'b'; c();":      false,
		"<?php\n$string['a'] = 'b\n":           false,
		"<?php\n$string['a'] = 'b\\":           false,
		"<?php\n$string['a']":                  false,
		"<?php\n$stringx['a'] = 'b';":          false,
		"<?php\n// ?><?php c();":               false,
		"<?php\n# ?> <script>":                 false,
		"<?php\n// x\rc();":                    false,
		"<?php\n/* x":                          false,
		"<?php ?>\n<b>":                        false,
		"<?php\ndefined('X') || die();":        false,
		"<?php\ndefined('MOODLE_INTERNAL') || die(c());": false,
	} {
		if got := holdsStrings([]byte(source)); got != want {
			t.Errorf("%q: %t", source, got)
		}
	}
}

func FuzzHoldsStrings(f *testing.F) {
	for _, seed := range []string{"<?php\n$string['a'] = 'b';", "<?php // ?>", "<?php /*", "<?php $string['a\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if holdsStrings([]byte(source)) && holdsStrings([]byte(source+"\nsystem('id');")) && !strings.Contains(source, "//") && !strings.Contains(source, "#") {
			t.Errorf("%q", source)
		}
	})
}

// The files of a folder that is one finding can be asked for.
func TestBelow(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	var want []string
	for i := range heapLimit + 1 {
		path := fmt.Sprintf("export/%02d/x.txt", i)
		s.write(path, "x")
		want = append(want, path)
	}
	s.write("export/7/shell.php", "<?php\n")
	s.clone("tools/x")
	s.write("tools/x/README", "x")
	s.remove("mod/quiz")
	r := s.compare()
	below := make(map[string][]string)
	for _, f := range r.Findings {
		for _, file := range r.Below(f) {
			below[f.Path] = append(below[f.Path], file.Path)
			if file.Size != 1 {
				t.Errorf("%+v", file)
			}
		}
		if f.Folder && f.Class != Missing && len(below[f.Path]) != f.Files {
			t.Errorf("%d files of %+v", len(below[f.Path]), f)
		}
	}
	if len(below) != 2 || !slices.Equal(below["export"], want) || !slices.Equal(below["tools/x"], []string{"tools/x/README"}) {
		t.Errorf("%q", below)
	}
}

func TestMatchDir(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ patterns, path, yes string }{
		{"theme/classic/", "theme/classic", "yes"},
		{"theme/classic/**", "theme/classic", "yes"},
		{"theme/classic/*", "theme/classic", "yes"},
		{"theme/classic", "theme/classic", "yes"},
		{"theme/**", "theme/classic", "yes"},
		{"classic/", "theme/classic", "yes"},
		{"theme/classic/*/", "theme/classic", ""},
		{"theme/classic/**/", "theme/classic", ""},
		{"theme/classic/**/x", "theme/classic", ""},
		{"theme/classic/*.php", "theme/classic", ""},
		{"theme/classi/", "theme/classic", ""},
		{"theme/classic/x/", "theme/classic", ""},
		{"**/classic/**", "theme/classic", "yes"},
		{"theme/ !theme/classic/", "theme/classic", ""},
		{"!theme/classic/ theme/", "theme/classic", "yes"},
		{"theme/classic/ !theme/classic/x.php", "theme/classic", ""},
		{"theme/classic/ !theme/boost/x.php", "theme/classic", "yes"},
		{"theme/classic/ !x.php", "theme/classic", ""},
		{"theme/classic/ !**/x.php", "theme/classic", ""},
		{"", "theme/classic", ""},
	} {
		p, err := ParsePatterns(strings.Fields(tt.patterns))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.MatchDir(tt.path); got != (tt.yes != "") {
			t.Errorf("%q matches the folder %q: %t", tt.patterns, tt.path, got)
		}
	}
}
