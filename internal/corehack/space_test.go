package corehack

import (
	"strings"
	"testing"
)

func TestOnlySpace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ a, b, want string }{
		{"a\nb\n", "a\r\nb\r\n", lineEnds},
		{"a\nb\n", "a\rb\r", lineEnds},
		{"a\nb\n", "a\r\nb\n", lineEnds},
		{"a\n", "\xef\xbb\xbfa\n", byteOrderMark},
		{"\xef\xbb\xbfa\n", "a\n", byteOrderMark},
		{"a\nb\n", "a  \nb\t\n", trailingSpace},
		{"a\n", "a", trailingSpace},
		{"a\n", "a\n\n\n", trailingSpace},
		{"a\n", "a\n \n\t\n", trailingSpace},
		{"// $Id$\n", "// $Id: x.php,v 1.2 2009/01/01 ann Exp $\n", identKeyword},
		{"// $Id: a $ b\n", "// $Id: c $ b\n", identKeyword},
		{"a\nb\n", "\xef\xbb\xbfa\r\nb \r\n", "line endings, byte order mark, trailing space"},
		{"$Id$\nb\n", "$Id: x $\r\nb\n\n", "line endings, trailing space, $Id$"},
		{"a\n", "a\r\r\n", trailingSpace}, // one empty line more
		{"", " \n", trailingSpace},
		{"", "\n\n", trailingSpace},
		{"", "\xef\xbb\xbf", byteOrderMark},

		{"a\n", "b\n", ""},
		{"a\n", " a\n", ""},
		{"a\n", "\na\n", ""},
		{"a\nb\n", "a\n\nb\n", ""},
		{"a b\n", "a  b\n", ""},
		{"a\nb\n", "a b\n", ""},
		{"a\nb", "ab", ""},
		{"\x00a\n", "\x00a\r\n", ""},
		{"a\n", "a\x00\n", ""},
		{"// $Id$\n", "// $Id: x\n$\n", ""},
		{"// $Ida$\n", "// $Id$\n", ""},
		{"a\n", "a\u00a0\n", ""},
		{"a\n", "a\xef\xbb\xbf\n", ""},
		{"a\n", "a\f\n", ""},
		{strings.Repeat("a", sniffed) + "\x00\n", strings.Repeat("a", sniffed) + "\x00\r\n", lineEnds}, // as Git sees it
	} {
		for _, swapped := range []bool{false, true} {
			a, b := tt.a, tt.b
			if swapped {
				a, b = b, a
			}
			if got := onlySpace([]byte(a), []byte(b)); got != tt.want {
				t.Errorf("%q and %q: %q, want %q", a, b, got, tt.want)
			}
			if string(tt.a) != tt.a {
				t.Error("the data was changed")
			}
		}
	}
}

// What counts as white space alone leaves the same words on every line.
func FuzzOnlySpace(f *testing.F) {
	f.Add("a\nb $Id$\n", "a \r\nb $Id: x $")
	f.Fuzz(func(t *testing.T, a, b string) {
		there, back := onlySpace([]byte(a), []byte(b)), onlySpace([]byte(b), []byte(a))
		if (there == "") != (back == "") {
			t.Errorf("%q and %q: %q, the other way %q", a, b, there, back)
		}
		words := func(s string) string {
			s = ident.ReplaceAllString(strings.TrimPrefix(s, "\xef\xbb\xbf"), "$$Id$$")
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
		}
		if there != "" && words(a) != words(b) {
			t.Errorf("%q and %q: %q", a, b, there)
		}
		for _, end := range []string{"\n", "\r\n", " \n"} {
			changed := strings.ReplaceAll(a, "\n", end)
			if changed != a && !strings.ContainsAny(a, "\x00\r") && onlySpace([]byte(a), []byte(changed)) == "" {
				t.Errorf("%q with %q", a, end)
			}
		}
	})
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for k, names := range map[kind]string{
		code:     "x.php X.PHP x.php5 x.phtml x.phar x.inc x.js x.mustache x.css x.html x.sql x.xml x.sh x.pl x.py .htaccess d/.htaccess .user.ini php.ini x.php.old x.php.jpg x.php.1 .x.php .#x.php x.phar.txt x.so",
		backup:   "x.bak x.php.bak x.orig x.php.orig x.rej x~ x.php~ x.old x.swp .x.php.swp #x# #x.php# .#x .#x.1 x.js.bak x.html.old",
		archive:  "x.zip x.tar x.tar.gz x.tgz x.bz2 x.xz x.7z x.rar x.mbz x.sql.gz x.php.gz",
		document: "x.pdf x.doc x.docx x.xls x.odt x.PPTX x.csv",
		media:    "x.png x.jpg x.JPEG x.gif x.svg x.mp4 x.mp3",
		record:   "x.log x.dump",
		other:    "x x.txt README x.md x.json php htaccess x.phpx x.php-old # ~x .git core.1",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := kindOf(name); got != k {
				t.Errorf("%s is %d, want %d", name, got, k)
			}
		}
	}
}

func TestHoldsCode(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]bool{
		"<?php\n": true, "<?PHP x": true, "<?= x ?>": true, "<? x ?>": true, "#!/bin/sh\n": true, "GIF89a\x00;<?php x": true,
		"<?xml version='1.0'?><svg/>": false, "text": false, "": false, "a <? b": false, " #!": false,
		"<?xml version='1.0'?><svg/><?php x": true,
	} {
		if got := holdsCode([]byte(head), media); got != want {
			t.Errorf("%q: %t", head, got)
		}
	}
	if holdsCode([]byte("lib.php\x00<?php"), archive) || !holdsCode([]byte("<?php"), archive) {
		t.Error("in an archive the beginning tells")
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path            string
		pinned, unknown bool
	}{
		{"config.php", true, true},
		{"public/config.php", true, true},
		{"config.php.bak", true, true},
		{"config-2013.php", true, true},
		{"#config.php#", true, true},
		{"config-dist.php", false, false},
		{"configuration.txt", false, false},
		{"theme/x/config.php", false, true},
		{".env", true, true},
		{"x/.env.local", true, true},
		{"x/.ENV", true, true},
		{"lib/x.key", true, true},
		{"lib/x.pem", true, true},
		{"home/id_rsa", true, true},
		{"home/id_ed25519", true, true},
		{"home/id_rsa.pub", false, false},
		{".htpasswd", true, true},
		{"lib/monkey.php", false, false},
		{"lib/environment.xml", false, false},
		{"old/config.php.2013-11-20", false, true},
		{"old/.config.php.swp", false, true},
		{"old/Copy of config.php", false, true},
		{"lib/config-rewrite.php", false, false},
		{"lib/configlib.php", false, false},
		{"home/id_rsa.old", true, true},
		{"moodle_dump.sql", false, true},
		{"lib/x.SQL.gz", false, true},
		{"mod/x/db/install.sql", false, false},
		{"mod/x/db/all.sql.bz2", false, true},
		{"backup.dump", false, true},
		{"lib/sql.php", false, false},
		{"lib/x.php.sql", false, false},
	} {
		if got := isSecret(tt.path, "public/", true); got != tt.pinned {
			t.Errorf("%s of the pin: %t", tt.path, got)
		}
		if got := isSecret(tt.path, "public/", false); got != tt.unknown {
			t.Errorf("%s: %t", tt.path, got)
		}
	}
}

// The name alone tells of a branch's files, too; those that every theme has are not
// among them.
func TestIsSecret(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"config.php": true, "public/config.php": true, "config.php~": true, "config-old.php": true, "x/config.php": true, "x/config.php.save": true,
		".env": true, "x/.env.production": true, "x/server.pem": true, "x/server.key": true, "home/.ssh/id_rsa": true, "dump.sql": true, "x/dump.sql.gz": true,
		"theme/classic/config.php": false, "public/theme/classic/config.php": false, "theme/classic/config.php.bak": true, "theme/classic/x/config.php": true,
		"config-dist.php": false, "lib/config.js": false, "mod/forum/db/install.xml": false, "mod/forum/lib.php": false,
	} {
		if got := IsSecret(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}
