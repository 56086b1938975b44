package check_test

import (
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
)

// odd is a change and what is found by the rules of some ids.
type odd struct {
	name string
	of   *checktest.Case
	want string // findings, divided by ", "
}

// findsIn holds the findings of some rules against those that a table wants.
func findsIn(t *testing.T, rules string, cases []odd) {
	t.Helper()
	seen := make(map[string]bool)
	for _, test := range cases {
		if seen[test.name] {
			t.Errorf("%s stands there twice", test.name)
		}
		seen[test.name] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := slices.DeleteFunc(test.of.Findings(t), func(line string) bool {
				id, _, _ := strings.Cut(line, " ")
				return !slices.Contains(strings.Fields(rules), id)
			})
			if got := strings.Join(found, ", "); got != test.want {
				t.Errorf("\nfound %s\nwant  %s", got, test.want)
			}
		})
	}
}

func adds(path, text string) *checktest.Case { return checktest.New().Core("4.5").Adds(path, text) }

func changes(path, old, text string) *checktest.Case {
	return checktest.New().Core("4.5").Changes(path, old, text)
}

func TestConflictMarkers(t *testing.T) {
	t.Parallel()
	const conflict = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> theirs\nd\n"
	findsIn(t, "conflict-marker", []odd{
		{"a conflict", adds("a.php", conflict), "conflict-marker a.php:2, conflict-marker a.php:4, conflict-marker a.php:6"},
		{"one that was there", changes("a.php", conflict, conflict+"e\n"), ""},
		{"a heading", adds("README.md", "Title\n=======\n"), ""},
		{"a heading behind a conflict", adds("a.md", "<<<<<<< a\n>>>>>>> b\nTitle\n=======\n"), "conflict-marker a.md:1, conflict-marker a.md:2"},
		{"with the base", adds("a.php", "<<<<<<< a\n||||||| b\n=======\n>>>>>>> c\n"), "conflict-marker a.php:1, conflict-marker a.php:2, conflict-marker a.php:3, conflict-marker a.php:4"},
		{"its second half", adds("a.php", "b\n=======\nc\n>>>>>>> theirs\n"), "conflict-marker a.php:2, conflict-marker a.php:4"},
		{"its first half", adds("a.php", "<<<<<<< HEAD\nb\n"), "conflict-marker a.php:1"},
		{"quoted text", adds("a.txt", "> > > > > > > a\n>>>>>>>\n"), ""},
		{"not at the beginning", adds("a.php", "// <<<<<<< HEAD\n <<<<<<< HEAD\n"), ""},
		{"eight of them", adds("a.php", "<<<<<<<< HEAD\n========\n"), ""},
		{"with CRLF", adds("a.bat", "<<<<<<<\r\n=======\r\n"), "conflict-marker a.bat:1, conflict-marker a.bat:2"},
		{"in a binary file", adds("a.png", "\x00\n<<<<<<< HEAD\n"), ""},
		{"without a last end", adds("a.php", "a\n<<<<<<<"), "conflict-marker a.php:2"},
	})
}

func TestLeftoverFiles(t *testing.T) {
	t.Parallel()
	names := map[bool][]string{
		true: {
			"lib.php.orig", "mod/x/lib.php.rej", "lib.php~", ".lib.php.swp", "#lib.php#", ".#lib.php", ".DS_Store", "mod/Thumbs.db",
			".idea/workspace.xml", "mod/x/.vscode/settings.json", "nbproject/project.xml", ".settings/org.eclipse.prefs", ".project", "mod/x/x.iml",
			"._lib.php", "__MACOSX/._lib.php", "lib.php.bak", "lib.php.OLD", "lib.php.save", "mod/x/lib_LOCAL_4711.php", "lib.class_BACKUP_1.php", "Makefile_REMOTE_12", "error_log", "mod/.svn/entries", "desktop.ini", "new\nline.orig", "\xff\xfe.rej",
		},
		false: {
			"original.php", "lib.php", "orig/a.php", "idea/a.php", "lib_LOCAL.php", "LOCAL_1.php", "a_LOCAL_1b.php", "notes.save", "a.bak.php", "~", "#", "._", "bak.php", "pix/original.png", "a.swpx",
			"classes/project.php", ".gitignore", ".github/workflows/ci.yml", "backup.bak", "CVSROOT/a.php", "mod/x/error_log.php",
		},
	}
	var cases []odd
	for left, all := range names {
		for _, name := range all {
			want := ""
			if left {
				want = "leftover-file " + name
			}
			cases = append(cases, odd{name, adds(name, "x\n"), want})
		}
	}
	findsIn(t, "leftover-file", append(cases,
		odd{"of upstream", adds("lib/a.orig", "x\n").Upstream(map[string]string{"lib/a.orig": "y\n"}), ""},
		odd{"that was there", changes("a.orig", "x\n", "y\n"), ""},
		odd{"that goes", checktest.New().Core("4.5").Removes("a.orig", "x\n"), ""},
		odd{"made of another file", checktest.New().Core("4.5").Moves("a.php", "a.php.orig", "x\n"), "leftover-file a.php.orig"},
		odd{"that moves", checktest.New().Core("4.5").Moves("a.php.orig", "b.php.orig", "x\n"), ""},
	))
}

func TestLargeFiles(t *testing.T) {
	t.Parallel()
	large, small := strings.Repeat("a", 1<<20+1), strings.Repeat("a", 1<<20)
	findsIn(t, "large-file", []odd{
		{"a new one", adds("a.zip", large), "large-file a.zip"},
		{"just not", adds("a.zip", small), ""},
		{"one that grows", changes("a.zip", small, large), "large-file a.zip"},
		{"one that was large", changes("a.zip", large+"a", large), ""},
		{"one that goes", checktest.New().Core("4.5").Removes("a.zip", large), ""},
		{"upstream's own", adds("a.zip", large).Upstream(map[string]string{"a.zip": large + "b"}), ""},
		{"upstream's that was small", adds("a.zip", large).Upstream(map[string]string{"a.zip": small}), "large-file a.zip"},
		{"without a limit", adds("a.zip", large).On(func(s *check.Subject) { s.Options.MaxFileSize = 0 }), ""},
		{"not read at all", adds("a.zip", small).On(func(s *check.Subject) { s.Options.MaxFileSize = 10 }), "large-file a.zip"},
	})
}

func TestLineEnds(t *testing.T) {
	t.Parallel()
	const libraries = "<libraries><library><location>lib/x</location></library></libraries>"
	findsIn(t, "line-ends", []odd{
		{"a new file", adds("a.php", "a\r\nb\r\n"), "line-ends a.php"},
		{"a new file in part", adds("a.php", "a\nb\r\n"), "line-ends a.php:2"},
		{"a line", changes("a.php", "a\nb\n", "a\nx\r\nb\n"), "line-ends a.php:2"},
		{"some lines", changes("a.php", "a\nb\n", "a\r\nx\r\nb\n"), "line-ends a.php:1"},
		{"all lines", changes("a.php", "a\nb\n", "a\r\nb\r\n"), "line-ends a.php"},
		{"in a file of CRLF", changes("a.php", "a\r\nb\r\n", "a\r\nb\r\nc\r\n"), ""},
		{"a file of CRLF that gets LF", changes("a.php", "a\r\nb\r\n", "a\nb\n"), ""},
		{"in a file with some old ones", changes("a.php", "a\r\nb\nc\n", "a\r\nb\nc\nd\n"), ""},
		{"LF", adds("a.php", "a\nb\n"), ""},
		{"a lone CR", adds("a.php", "a\rb\n"), ""},
		{"a program of Windows", adds("a.bat", "a\r\nb\r\n"), ""},
		{"a document that git takes for text", adds("a.pdf", "%PDF-1.4\r\n"), ""},
		{"a calendar", adds("a.ics", "a\r\nb\r\n"), ""},
		{"data of a test", adds("mod/x/tests/fixtures/a.txt", "a\r\nb\r\n"), ""},
		{"a test", adds("mod/x/tests/a_test.php", "a\r\nb\r\n"), "line-ends mod/x/tests/a_test.php"},
		{"binary", adds("a.dat", "a\r\n\x00"), ""},
		{"a library", adds("lib/x/a.js", "a\r\n").Has("thirdpartylibs.xml", libraries), ""},
		{"beside a library", adds("lib/y/a.js", "a\r\n").Has("thirdpartylibs.xml", libraries), "line-ends lib/y/a.js"},
		{"upstream's own", adds("a.txt", "a\r\nb\r\n").Upstream(map[string]string{"a.txt": "a\r\n"}), ""},
		{"moved", checktest.New().Core("4.5").Moves("a.php", "b.php", "a\r\nb\r\n"), ""},
		{"the last line without an end", changes("a.php", "a\nb", "a\nb\r\n"), "line-ends a.php:2"},
	})
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	const mark = "\xef\xbb\xbf"
	findsIn(t, "byte-order-mark", []odd{
		{"in a new file", adds("a.php", mark+"<?php\n"), "byte-order-mark a.php:1"},
		{"in an old file", changes("a.php", "<?php\n", mark+"<?php\n"), "byte-order-mark a.php:1"},
		{"in style", adds("a.css", mark+"a {}\n"), "byte-order-mark a.css:1"},
		{"that was there", changes("a.php", mark+"<?php\n", mark+"<?php\nf();\n"), ""},
		{"that goes", changes("a.php", mark+"<?php\n", "<?php\n"), ""},
		{"not at the beginning", adds("a.php", "<?php\n"+mark), ""},
		{"for spreadsheets", adds("a.csv", mark+"a;b\n"), ""},
		{"data of a test", adds("lib/tests/fixtures/bom.txt", mark+"a\n"), ""},
		{"upstream's own", adds("a.txt", mark+"a\n").Upstream(map[string]string{"a.txt": mark}), ""},
		{"of another encoding", adds("a.txt", "\xff\xfea\x00"), ""},
	})
}

func TestLinks(t *testing.T) {
	t.Parallel()
	link := func(path, target string) *checktest.Case { return adds(path, target).Mode(path, git.ModeLink) }
	findsIn(t, "symlink-outside", []odd{
		{"absolute", link("a", "/etc/passwd"), "symlink-outside a"},
		{"above the root", link("mod/a", "../../moodledata"), "symlink-outside mod/a"},
		{"the folder above", link("a", ".."), "symlink-outside a"},
		{"by a way around", link("mod/a", "../mod/../../x"), "symlink-outside mod/a"},
		{"of Windows", link("a", `C:\moodledata`), "symlink-outside a"},
		{"above, as Windows writes it", link("a", `..\moodledata`), "symlink-outside a"},
		{"into Git", link("mod/a", "../.git/config"), "symlink-outside mod/a"},
		{"inside", link("mod/a", "../lib/moodlelib.php"), ""},
		{"the root itself", link("mod/a", ".."), ""},
		{"of its folder", link("mod/a", "b"), ""},
		{"to a name with dots", link("a", "..b"), ""},
		{"a file with such a text", adds("a", "/etc/passwd"), ""},
		{"one that changes", changes("a", "b", "/b").Mode("a", git.ModeLink), "symlink-outside a"},
	})
}

func TestModes(t *testing.T) {
	t.Parallel()
	findsIn(t, "mode-change", []odd{
		{"code", changes("a.php", "<?php\n", "<?php\n").Mode("a.php", git.ModeExec), "mode-change a.php"},
		{"a picture", changes("a.png", "\x89PNG\x00", "\x89PNG\x00").Mode("a.png", git.ModeExec), "mode-change a.png"},
		{"a script", changes("a", "#!/bin/sh\n", "#!/bin/sh\n").Mode("a", git.ModeExec), ""},
		{"a script in PHP", changes("a.php", "#!/usr/bin/env php\n", "#!/usr/bin/env php\n").Mode("a.php", git.ModeExec), ""},
		{"a script by its name", changes("a.sh", "ls\n", "ls\n").Mode("a.sh", git.ModeExec), ""},
		{"a program", changes("a", "\x7fELF\x00", "\x7fELF\x00").Mode("a", git.ModeExec), ""},
		{"a program of Windows", changes("a", "MZ\x00", "MZ\x00").Mode("a", git.ModeExec), ""},
		{"a program by its name", changes("a.cgi", "x", "x").Mode("a.cgi", git.ModeExec), ""},
		{"a new file", adds("a.php", "<?php\n").Mode("a.php", git.ModeExec), ""},
	})
	// The other way round, which the table's cases cannot say.
	for text, want := range map[string]string{"#!/bin/sh\n": "mode-change a", "<?php\n": ""} {
		s := checktest.New().Core("4.5").Changes("a", text, text+"x\n").Subject(t)
		s.Files[0].Before[0].Mode = git.ModeExec
		result, err := check.Run(t.Context(), check.Request{Subject: s})
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(checktest.Lines(result.Findings), func(line string) bool { return !strings.HasPrefix(line, "mode-change") })
		if strings.Join(got, ", ") != want {
			t.Errorf("%q loses its mode: %q", text, got)
		}
	}
}

func TestConfigFiles(t *testing.T) {
	t.Parallel()
	const config = "<?php\nunset($CFG);\n$CFG = new stdClass();\n$CFG->dbtype = 'pgsql';\n$CFG->wwwroot = 'https://moodle.example.org';\n"
	const loader = "<?php\nrequire_once(__DIR__ . '/../config.php');\n"
	findsIn(t, "config-file", []odd{
		{"at the root", adds("config.php", config), "config-file config.php"},
		{"at the root, whatever it says", adds("config.php", loader), "config-file config.php"},
		{"that was there", changes("config.php", config, config+"$CFG->debug = 1;\n"), ""},
		{"in public", adds("public/config.php", config), "config-file public/config.php"},
		{"core's loader", adds("public/config.php", loader), ""},
		{"upstream's", adds("public/config.php", config).Upstream(map[string]string{"public/config.php": loader}), ""},
		{"of a theme", adds("theme/x/config.php", "<?php\n$THEME->name = 'x';\n"), ""},
		{"a copy", adds("config.php.bak", config), "config-file config.php.bak"},
		{"a copy of an editor", adds("config.php~", config), "config-file config.php~"},
		{"a copy in another folder", adds("local/x/Config.php.old", config), "config-file local/x/Config.php.old"},
		{"a copy by name", adds("config-2023.php", config), "config-file config-2023.php"},
		{"somebody's code", adds("config-rewrite.php", "<?php\nrewrite();\n"), ""},
		{"an example", adds("config.php.dist", config), ""},
		{"an example with another sign", adds("local/x/config.php-dist", config), ""},
		{"an example with a third one", adds("config.php_example", config), ""},
		{"a copy with another sign", adds("config.php_old", config), "config-file config.php_old"},
		{"a copy that says nothing of a site", adds("theme/x/config.php.new", "<?php\n$THEME->name = 'x';\n"), ""},
		{"a copy at the root, whatever it says", adds("config.php.new", loader), "config-file config.php.new"},
		{"a test of PHP's own kind", adds("config.phpt", loader), ""},
		{"a template", adds(".github/config.php.j2", config), ""},
		{"core's example", adds("config-dist.php", config), ""},
		{"an environment", adds(".env", "MOODLE_VERSION=4.5\nDB_PASSWORD=s3cr3t!\n"), "config-file .env:2"},
		{"an environment of a place", adds(".env.live", "DB_PASSWORD=s3cr3t!\n"), "config-file .env.live:1"},
		{"an environment in a folder", adds("docker/live.env", "export API_KEY='abcdef123'\n"), "config-file docker/live.env:1"},
		{"an environment without secrets", adds(".env", "MOODLE_VERSION=4.5\nDB_PASSWORD=\nTOKEN=$OTHER\nSECRET=<yours>\n"), ""},
		{"an example of an environment", adds(".env.example", "DB_PASSWORD=s3cr3t!\n"), ""},
		{"one that goes", checktest.New().Core("4.5").Removes("config.php", config), ""},
	})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("MIIEpAIBAAKCAQEA", 4)
	begin, end := "-----BEGIN RSA PRIVATE "+"KEY-----", "-----END RSA PRIVATE KEY-----"
	key := begin + "\n" + line + "\n" + end + "\n"
	findsIn(t, "secret", []odd{
		{"a key", adds("a.pem", key), "secret a.pem:1"},
		{"a key with a password", adds("a.key", begin+"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n"+line+"\n"), "secret a.key:1"},
		{"a key of OpenSSH", adds("id", "-----BEGIN OPENSSH PRIVATE "+"KEY-----\n"+line+"\n"), "secret id:1"},
		{"a key of any kind", adds("id", "-----BEGIN PRIVATE "+"KEY-----\n"+line+"\n"), "secret id:1"},
		{"a key of PGP", adds("id", "-----BEGIN PGP PRIVATE "+"KEY BLOCK-----\nVersion: GnuPG v1\n\n"+line+"\n"), "secret id:1"},
		{"a key in a string", adds("a.php", "<?php\n$key = '"+begin+"\\n"+line+"';\n"), "secret a.php:2"},
		{"a key in strings", adds("a.php", "<?php\n$key = \""+begin+"\\n\" .\n    \""+line+"\\n\";\n"), "secret a.php:2"},
		{"a program that reads keys", adds("a.php", "<?php\nif (strpos($key, '"+begin+"') === 0) {\n    return true;\n}\n"), ""},
		{"a certificate", adds("a.pem", "-----BEGIN CERTIFICATE-----\n"+line+"\n"), ""},
		{"a public key", adds("a.pem", "-----BEGIN PUBLIC KEY-----\n"+line+"\n"), ""},
		{"a key that was there", changes("a.pem", key, key+"\n"), ""},
		{"a password in double quotes", adds("a.php", "<?php\n$CFG->dbpass = \"s3cr3tX9\";\n"), "secret a.php:2"},
		{"a password of words", adds("a.php", "<?php\n$CFG->dbpass = 'horsebattery';\n"), "secret a.php:2"},
		{"a password with brackets", adds("a.php", "<?php\n$CFG->dbpass = 'k<9]x2{q';\n"), "secret a.php:2"},
		{"a key of PuTTY", adds("a.ppk", "PuTTY-User-Key-"+"File-2: ssh-rsa\n"), "secret a.ppk:1"},
		{"AWS", adds("a.php", "<?php\n$key = 'AKIA"+"QWERTYUIOP123456';\n"), "secret a.php:2"},
		{"AWS's example", adds("a.php", "<?php\n$key = 'AKIA"+"IOSFODNN7EXAMPLE';\n"), ""},
		{"a word that begins so", adds("a.php", "<?php\n$key = 'AKIA"+"QWERTYUIOP1234567890';\n"), ""},
		{"GitHub", adds("a.yml", "token: ghp_"+strings.Repeat("aB3", 12)+"\n"), "secret a.yml:1"},
		{"GitHub's new tokens", adds("a.yml", "token: github_pat_"+strings.Repeat("a", 22)+"_"+strings.Repeat("b", 59)+"\n"), "secret a.yml:1"},
		{"GitHub, a name", adds("a.yml", "token: ghp_token\n"), ""},
		{"GitLab", adds("a.yml", "token: glpat-"+strings.Repeat("x", 20)+"\n"), "secret a.yml:1"},
		{"Slack", adds("a.php", "xoxb-"+"123456789012-abcdefghijklmnopqrst\n"), "secret a.php:1"},
		{"a webhook of Slack", adds("a.php", "https://hooks.slack.com/services/"+"T01234567/B01234567/abcdefghijklmnopqrstuvwx\n"), "secret a.php:1"},
		{"the password of the database", adds("a.php", "<?php\n$CFG->dbpass    = 'kU8_x!q';\n"), "secret a.php:2"},
		{"in double quotes", adds("a.php", "<?php\n$CFG->dbpass = \"kU8_x!q\";\n"), "secret a.php:2"},
		{"in a comment", adds("a.php", "<?php\n// $CFG->dbpass = 'kU8_x!q';\n"), "secret a.php:2"},
		{"of the mail server", adds("a.php", "<?php\n$CFG->smtppass = 'kU8_x!q';\n"), "secret a.php:2"},
		{"a password that is none", adds("a.php", "<?php\n$CFG->dbpass = 'password';\n$CFG->dbpass = '';\n$CFG->dbpass = 'xxxx';\n$CFG->dbpass = '<password>';\n"), ""},
		{"from elsewhere", adds("a.php", "<?php\n$CFG->dbpass = getenv('DBPASS');\n$CFG->dbpass = \"$pass\";\n$CFG->dbpass = trim(file_get_contents('/run/secret'));\n"), ""},
		{"compared", adds("a.php", "<?php\nif ($CFG->dbpass == 'kU8_x!q') {\n}\n"), ""},
		{"another setting", adds("a.php", "<?php\n$CFG->dbname = 'kU8_x!q';\n"), ""},
		{"for a test", adds("lib/tests/fixtures/key.pem", key), "secret lib/tests/fixtures/key.pem:1"},
		{"binary", adds("a.dat", "\x00\n"+key), ""},
	})
	result, err := check.Run(t.Context(), check.Request{Subject: adds("a.php", "<?php\n$CFG->dbpass = 'kU8_x!q';\n").Adds("tests/key", key).Subject(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if f.Rule == "secret" && (f.Severity == check.Warning) != (f.Path == "tests/key") {
			t.Errorf("%s weighs %s", f, f.Severity)
		}
		if strings.Contains(f.Text+f.Hint, "kU8") || strings.Contains(f.Text, "MII") {
			t.Errorf("the secret is shown: %s", f.Text)
		}
	}
}
