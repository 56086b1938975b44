package corehack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

func TestExpected(t *testing.T) {
	t.Parallel()
	w := small(t)
	for _, tt := range []struct {
		name     string
		rules    []string
		files    string // with blanks between them
		expected []string
		findings []string
	}{
		{
			"what is built in", nil,
			"config.php githash.php .htaccess .user.ini robots.txt favicon.ico vendor/a/b.php vendor/c.js node_modules/x/y.js .idea/x.xml .DS_Store lib/.DS_Store composer.lock behat.yml .gitmodules",
			[]string{
				".DS_Store .DS_Store 1", ".gitmodules /.gitmodules 1", ".htaccess /.htaccess 1", ".idea /.idea/ 1", ".user.ini /.user.ini 1", "behat.yml /behat.yml 1",
				"composer.lock /composer.lock 1", "config.php /config.php 1", "favicon.ico /favicon.ico 1", "githash.php /githash.php 1",
				"lib/.DS_Store .DS_Store 1", "node_modules /node_modules/ 1", "robots.txt /robots.txt 1", "vendor /vendor/ 2",
			},
			nil,
		},
		{
			"only where it belongs", nil, "lib/config.php lib/.htaccess lib/vendor/x.php mod/forum/node_modules/x.js public/.htaccess .idea/shell.php x/vendor/y.php",
			nil,
			[]string{
				"unknown .idea/shell.php core code", "unknown lib/.htaccess core code", "unknown lib/config.php core code secret | may hold passwords", "unknown lib/vendor/x.php core code",
				"unknown mod/forum/node_modules/x.js mod_forum code", "unknown public/.htaccess core code", "unknown x/vendor/y.php core code",
			},
		},
		{
			"a site's own",
			[]string{"/status.html", "*.map", "/shibboleth/", "!robots.txt", "!/vendor/evil.php", "/mod/forum/*.ours"},
			"status.html lib/status.html lib/x.map shibboleth/index.php robots.txt vendor/evil.php vendor/fine.php mod/forum/x.ours",
			[]string{
				"lib/x.map *.map 1", "mod/forum/x.ours /mod/forum/*.ours 1", "shibboleth /shibboleth/ 1", "status.html /status.html 1", "vendor /vendor/ 1",
			},
			[]string{"unknown lib/status.html core code", "foreign robots.txt core", "unknown vendor/evil.php core code"},
		},
		{
			"language packs", nil,
			"lang/de/langconfig.php lang/de/moodle.php lang/de/help/x.html lang/de/docs/y.txt lang/de/deep/shell.php lang/de_old/moodle.php lang/en_ar/langconfig.php lang/en/ours.php",
			[]string{"lang/de language pack 4", "lang/en_ar language pack 1"},
			[]string{"unknown lang/de/deep/shell.php core code", "unknown lang/de_old/moodle.php core code", "unknown lang/en/ours.php core code"},
		},
		{
			"language packs that nobody wants", []string{"!/lang/"}, "lang/de/langconfig.php", nil, []string{"unknown lang/de/langconfig.php core code"},
		},
		{
			"moodledata inside the tree", nil,
			"data/filedir/aa/bb/aabb data/temp/x.xml data/localcache/.DS_Store data/localcache/mustache/x.php data/shell.php data/filedir/x.php data/cache.php moodledata/lang/de/moodle.php moodledata/sessions/sess_1 lib/data/filedir/aa lib/data/temp/x.php",
			[]string{"data moodledata 3", "data/localcache/.DS_Store .DS_Store 1", "moodledata moodledata 2"},
			[]string{
				"unknown data/cache.php core code", "unknown data/filedir/x.php core code", "unknown data/shell.php core code",
				"unknown lib/data/filedir/aa core", "unknown lib/data/temp/x.php core code",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := w.site(t)
			for path := range strings.FieldsSeq(tt.files) {
				text := "x"
				if strings.HasPrefix(path, "lang/") {
					text = "<?php\n"
				}
				s.write(path, text)
			}
			r := s.compare(func(req *Request) { req.Rules.Expected = tt.rules })
			var got []string
			files := 0
			for _, e := range r.Expected {
				got = append(got, fmt.Sprintf("%s %s %d", e.Path, e.Rule, e.Files))
				files += e.Files
			}
			if !slices.Equal(got, tt.expected) || files != r.Counts.ExpectedFiles {
				t.Errorf("expected:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.expected, "\n"))
			}
			if got := w.lines(r); !slices.Equal(got, tt.findings) {
				t.Errorf("findings:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.findings, "\n"))
			}
		})
	}
}

// A folder that upstream ships is core, whatever its name.
func TestExpectedFolderThatThePinHas(t *testing.T) {
	t.Parallel()
	u := gittest.New(t)
	u.Write("version.php", "<?php\n$version = 2013051400.00;\n$release = '2.5 (Build: 20130514)';\n$branch = '25';\n")
	u.Write("vendor/autoload.php", "<?php\n")
	w := newWorld(t, u, u.Commit("pin"))
	s := w.site(t)
	s.write("vendor/more.php", "<?php\n")
	if got := w.lines(s.compare()); !slices.Equal(got, []string{"unknown vendor/more.php core code"}) {
		t.Errorf("%q", got)
	}
	if got := w.lines(s.compare(func(r *Request) { r.Rules.Expected = []string{"/vendor/"} })); len(got) > 0 {
		t.Errorf("with a rule of the site: %q", got)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ patterns, path, yes string }{
		{"*.bak", "a.bak", "yes"},
		{"*.bak", "x/y/a.bak", "yes"},
		{"*.bak", "a.bak/x", "yes"},
		{"*.bak", "a.baker", ""},
		{"/*.bak", "x/a.bak", ""},
		{"x/*.bak", "x/a.bak", "yes"},
		{"x/*.bak", "y/x/a.bak", ""},
		{"x/", "x", ""},
		{"x/", "x/y", "yes"},
		{"x/", "z/x/y", "yes"},
		{"/x", "x/y/z", "yes"},
		{"**/x", "a/b/x", "yes"},
		{"**/x", "x", "yes"},
		{"/a/**", "a/b/c", "yes"},
		{"/a/**", "a", ""},
		{"/a/**/d", "a/d", "yes"},
		{"/a/**/d", "a/b/c/d", "yes"},
		{"/a/**/d", "a/b/c/e", ""},
		{"/a/**/**/d", "a/d", "yes"},
		{"a?c", "abc", "yes"},
		{"a?c", "a/c", ""},
		{"[a-c]x", "bx", "yes"},
		{`\*`, "*", "yes"},
		{`\*`, "x", ""},
		{`\!x`, "!x", "yes"},
		{"x/ !/x/y", "x/y", ""},
		{"x/ !/x/y", "x/z", "yes"},
		{"!/x/y x/", "x/y", "yes"},
		{"x !x x", "x", "yes"},
		{"", "x", ""},
	} {
		p, err := ParsePatterns(strings.Fields(tt.patterns))
		if err != nil {
			t.Errorf("%s: %v", tt.patterns, err)
		}
		if got := p.Match(tt.path); got != (tt.yes != "") {
			t.Errorf("%q matches %q: %t", tt.patterns, tt.path, got)
		}
	}
	for _, bad := range []string{"", "!", "/", "a//b", "../x", "./x", "a[", `a\`, "//"} {
		var wrong *PatternError
		if _, err := ParsePatterns([]string{"fine", bad}); !errors.As(err, &wrong) || wrong.Pattern != bad || err.Error() == "" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	w := small(t)
	req := w.request(&mapTree{})
	req.Rules.Expected = []string{"["}
	var wrong *PatternError
	if _, err := Compare(t.Context(), req); !errors.As(err, &wrong) {
		t.Errorf("Compare: %v", err)
	}
}

// Without a "!" a list means what Git means by it.
func TestPatternsAreGits(t *testing.T) {
	t.Parallel()
	n, seed := 60, uint64(1)
	random := rand.New(rand.NewPCG(seed, 0))
	names := []string{"a", "b", "ab", "a.b", "*", "a*", "?", "**", "[ab]", "*b"}
	r := gittest.New(t)
	var paths []string
	for i := range 120 {
		path := make([]string, 1+i%4)
		for j := range path {
			path[j] = names[random.IntN(4)]
		}
		paths = append(paths, strings.Join(path, "/"))
	}
	matched := 0
	for range n {
		parts := make([]string, 1+random.IntN(3))
		for j := range parts {
			parts[j] = names[random.IntN(len(names))]
		}
		text := strings.Join(parts, "/")
		if random.IntN(2) == 0 {
			text = "/" + text
		}
		if random.IntN(4) == 0 {
			text += "/"
		}
		p, err := ParsePatterns([]string{text})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		r.Write(".git/info/exclude", text+"\n")
		cmd := exec.CommandContext(t.Context(), "git", "check-ignore", "--no-index", "--stdin")
		cmd.Dir, cmd.Env, cmd.Stdin = r.Path, r.Env(), strings.NewReader(strings.Join(paths, "\n")+"\n")
		out, _ := cmd.Output() // fails when nothing matches
		ignored := strings.Fields(string(out))
		for _, path := range paths {
			want := slices.Contains(ignored, path)
			if want {
				matched++
			}
			if got := p.Match(path); got != want {
				t.Errorf("seed %d: %q matches %q: %t, git says %t", seed, text, path, got, want)
			}
		}
	}
	if matched < n {
		t.Errorf("only %d matches in %d patterns prove little", matched, n)
	}
}

func TestBuiltinExpected(t *testing.T) {
	t.Parallel()
	list := BuiltinExpected()
	if _, err := ParsePatterns(list); err != nil {
		t.Error(err)
	}
	if len(list) < 40 || slices.Contains(list, "/phpinfo.php") || slices.Contains(list, "/.env") {
		t.Errorf("%q", list)
	}
}

// Many files of one folder are one finding; code among them stands alone, and so
// do few files.
func TestHeaps(t *testing.T) {
	t.Parallel()
	w := small(t)
	s := w.site(t)
	for i := range 60 {
		s.write(fmt.Sprintf("export/%d/x.txt", i), "x")
		s.write(fmt.Sprintf("lib/cache/%d.data", i), "x")
	}
	for i := range heapLimit {
		s.write(fmt.Sprintf("few/%02d.txt", i), "x")
		s.write(fmt.Sprintf("mod/forum/%02d.txt", i), "x")
		s.write(fmt.Sprintf("course/%02d.pdf", i), "x")
	}
	s.write("export/7/shell.php", "<?php\n")
	s.write("lib/cache/7/evil.jpg", "<?php\n")
	s.write("lib/cache/fine.jpg", "x")
	s.write("lib/cache/server.key", "x")
	got := w.lines(s.compare())
	got = slices.DeleteFunc(got, func(line string) bool {
		return strings.HasPrefix(line, "foreign few/") || strings.HasPrefix(line, "unknown mod/forum/") || strings.HasPrefix(line, "foreign course/")
	})
	if !slices.Equal(got, []string{
		"foreign export/ (60) core | 60 files, no code by name",
		"unknown export/7/shell.php core code",
		"unknown lib/cache/ (62) core secret | 62 files, no code by name, may hold passwords, and a web server may serve it",
		"unknown lib/cache/7/evil.jpg core code | code behind a harmless name",
	}) {
		t.Errorf("findings:\n%s", strings.Join(got, "\n"))
	}
}
