package check_test

import (
	"strings"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
	"mgit/internal/git"
)

func leftoverLessons() []lesson {
	const conflict = "<<<<<<< HEAD\nf();\n=======\ng();\n>>>>>>> theirs\n"
	asks := func(lines string) *checktest.Case { return lu(code+"f();\n", code+"f();\n"+lines) }
	blamed := func(line string) string { return "debug-output " + lib + ":" + line }
	large := strings.Repeat("a", 1<<20+1)
	link := func(target string) *checktest.Case {
		return fresh("link", target).Mode("mod/ouwiki/link", git.ModeLink)
	}
	executable := func(name, text string) *checktest.Case {
		return whole().Changes("mod/ouwiki/"+name, text, text).Mode("mod/ouwiki/"+name, git.ModeExec)
	}
	const mark = "\xef\xbb\xbf"
	return []lesson{
		{"conflict-marker", "both sides of a conflict", lu(code, code+conflict), "conflict-marker " + lib + ":3, conflict-marker " + lib + ":5, conflict-marker " + lib + ":7"},
		{"conflict-marker", "the half that somebody forgot", lu(code, code+"g();\n>>>>>>> theirs\n"), "conflict-marker " + lib + ":4"},
		{"conflict-marker", "one that was there", lu(code+conflict, code+conflict+"h();\n"), ""},
		{"conflict-marker", "a heading", fresh("README.md", "Wiki\n=======\n"), ""},
		{"conflict-marker", "a quotation", fresh("README.md", "> > > > > > > so it was\n"), ""},
		{"conflict-marker", "in a picture", fresh("pix/icon.png", "\x89PNG\x00\n<<<<<<< HEAD\n"), ""},

		{"debug-output", "nothing of the kind", asks("g();\n"), ""},
		{"debug-output", "var_dump", asks("var_dump($x);\n"), blamed("4")},
		{"debug-output", "print_object", asks("print_object($x);\n"), blamed("4")},
		{"debug-output", "error_log", asks("error_log('here');\n"), blamed("4")},
		{"debug-output", "in capitals, with a backslash in front", asks("\\VAR_DUMP ($x);\n"), blamed("4")},
		{"debug-output", "print_r that prints", asks("print_r($x);\n"), blamed("4")},
		{"debug-output", "print_r that returns", asks("$s = print_r($x, true);\n"), ""},
		{"debug-output", "die in the middle", asks("die;\ng();\n"), blamed("4")},
		{"debug-output", "die behind a value", asks("if ($x) {\n    var_dump($x);\n    die;\n}\n"), blamed("5") + ", " + blamed("6")},
		{"debug-output", "the guard of every file", asks("defined('MOODLE_INTERNAL') || die();\n"), ""},
		{"debug-output", "die that says why", asks("if ($x) {\n    die('No access');\n}\n"), ""},
		{"debug-output", "the end of a page", asks("g();\nexit;\n"), ""},
		{"debug-output", "in a comment", asks("// var_dump($x);\n"), ""},
		{"debug-output", "in a string", asks("$s = 'var_dump($x);';\n"), ""},
		{"debug-output", "in HTML", asks("?>\n<p>var_dump($x); die;</p>\n"), ""},
		{"debug-output", "a method of that name", asks("$this->error_log('x');\n"), ""},
		{"debug-output", "one that was there", lu(code+"var_dump($x);\n", code+"var_dump($x);\ng();\n"), ""},
		{"debug-output", "one that is indented", lu(code+"var_dump($x);\n", code+"if ($y) {\n    var_dump($x);\n}\n"), ""},
		{"debug-output", "behind a heredoc that speaks of it", asks("$s = <<<X\n    die;\n    X;\nvar_dump($s);\n"), blamed("7")},
		{"debug-output", "in a library of others'", whole().Has("mod/ouwiki/thirdpartylibs.xml", "<libraries><library><location>htmlawed</location></library></libraries>").
			Adds("mod/ouwiki/htmlawed/a.php", "<?php\nvar_dump($x);\n"), ""},

		{"leftover-file", "code", fresh("original.php", code), ""},
		{"leftover-file", "of a merge", fresh("lib.php.orig", "x\n"), "leftover-file " + lib + ".orig"},
		{"leftover-file", "of a patch", fresh("lib.php.rej", "x\n"), "leftover-file " + lib + ".rej"},
		{"leftover-file", "of vim", fresh(".lib.php.swp", "x\n"), "leftover-file mod/ouwiki/.lib.php.swp"},
		{"leftover-file", "of emacs", fresh("lib.php~", "x\n"), "leftover-file " + lib + "~"},
		{"leftover-file", "of PhpStorm", fresh(".idea/x.xml", "x\n"), "leftover-file mod/ouwiki/.idea/x.xml"},
		{"leftover-file", "of macOS", fresh("pix/.DS_Store", "x\x00"), "leftover-file mod/ouwiki/pix/.DS_Store"},
		{"leftover-file", "of Windows", fresh("pix/Thumbs.db", "x\x00"), "leftover-file mod/ouwiki/pix/Thumbs.db"},
		{"leftover-file", "one that upstream has", hackOf("mod_forum").Upstream(map[string]string{"mod/forum/x.orig": "x\n"}).Adds("mod/forum/x.orig", "x\n"), ""},
		{"leftover-file", "one that goes", whole().Removes(lib+".orig", "x\n"), ""},

		{"large-file", "just at the limit", fresh("pix/a.bin", large[1:]), ""},
		{"large-file", "above it", fresh("pix/a.bin", large), "large-file mod/ouwiki/pix/a.bin"},
		{"large-file", "that was large before", whole().Changes("mod/ouwiki/pix/a.bin", large, large+"a"), ""},
		{"large-file", "where there is no limit", fresh("pix/a.bin", large).On(func(s *check.Subject) { s.Options.MaxFileSize = 0 }), ""},

		{"line-ends", "LF", lu(code, code+"f();\n"), ""},
		{"line-ends", "a line with CRLF", lu(code, code+"f();\r\n"), "line-ends " + lib + ":3"},
		{"line-ends", "all of a new file", fresh("lib.php", "<?php\r\nf();\r\n"), "line-ends " + lib},
		{"line-ends", "in one of the version.php that are so", whole().Changes("mod/ouwiki/version.php", "<?php\r\n"+ofOuwiki+"\r\n$plugin->version = 2024100700;\r\n", "<?php\r\n"+ofOuwiki+"\r\n$plugin->version = 2024100800;\r\n"), ""},
		{"line-ends", "a calendar of a test", fresh("tests/fixtures/a.ics", "BEGIN:VCALENDAR\r\n"), ""},

		{"byte-order-mark", "none", fresh("lib.php", "<?php\n"), ""},
		{"byte-order-mark", "in PHP", fresh("lib.php", mark+"<?php\n"), "byte-order-mark " + lib + ":1"},
		{"byte-order-mark", "in a style sheet", fresh("styles.css", mark+"a {}\n"), "warning byte-order-mark mod/ouwiki/styles.css:1"},
		{"byte-order-mark", "for spreadsheets", fresh("example.csv", mark+"a;b\n"), ""},

		{"symlink-outside", "inside", link("../forum/lib.php"), ""},
		{"symlink-outside", "out of the tree", link("../../../moodledata"), "symlink-outside mod/ouwiki/link"},
		{"symlink-outside", "absolute", link("/var/www"), "symlink-outside mod/ouwiki/link"},

		{"mode-change", "code", executable("lib.php", code), "warning mode-change " + lib},
		{"mode-change", "a script for the command line", executable("cli/run.php", "#!/usr/bin/env php\n<?php\n"), ""},
		{"mode-change", "a new file", fresh("lib.php", code).Mode(lib, git.ModeExec), ""},
	}
}

func secretLessons() []lesson {
	key := "-----BEGIN RSA PRIVATE " + "KEY-----\n" + strings.Repeat("MIIEpAIBAAKCAQEA", 4) + "\n-----END RSA PRIVATE KEY-----\n"
	const config = "<?php\n$CFG = new stdClass();\n$CFG->wwwroot = 'https://moodle.example.org';\n"
	return []lesson{
		{"config-file", "a theme's", at45().On(kind("feature", "theme_lu")).Has("theme/lu/version.php", checktest.Plugin("theme_lu", older)).Adds("theme/lu/config.php", "<?php\n$THEME->name = 'lu';\n"), ""},
		{"config-file", "the site's", hackOf("core", "config.php").Adds("config.php", config), "config-file config.php"},
		{"config-file", "a copy", fresh("config.php.2023", config), "config-file mod/ouwiki/config.php.2023"},
		{"config-file", "core's own since 5.1", at51().On(kind("hack", "core", "config.php")).On(reasoned).Adds("public/config.php", "<?php\nrequire_once(__DIR__ . '/../config.php');\n"), ""},
		{"config-file", "an example", fresh("config.php.dist", config), ""},
		{"config-file", "an environment with a password", fresh(".env", "DB_PASSWORD=kU8x_q3\n"), "config-file mod/ouwiki/.env:1"},
		{"config-file", "an environment without", fresh(".env", "DB_PASSWORD=\n"), ""},

		{"secret", "a private key", fresh("saml.pem", key), "secret mod/ouwiki/saml.pem:1"},
		{"secret", "a private key for a test", fresh("tests/saml.pem", key), "warning secret mod/ouwiki/tests/saml.pem:1"},
		{"secret", "a certificate", fresh("saml.crt", strings.ReplaceAll(key, "RSA PRIVATE KEY", "CERTIFICATE")), ""},
		{"secret", "code that reads keys", lu(code, code+"$is = strpos($k, '-----BEGIN RSA PRIVATE "+"KEY-----');\n"), ""},
		{"secret", "a token", lu(code, code+"$t = 'ghp_"+strings.Repeat("aB3", 12)+"';\n"), "secret " + lib + ":3"},
		{"secret", "the password of the database", lu(code, code+"// $CFG->dbpass = 'kU8x!q';\n"), "secret " + lib + ":3"},
		{"secret", "a word in the place of one", lu(code, code+"// $CFG->dbpass = 'password';\n"), ""},
		{"secret", "one that was there", lu(code+"// $CFG->dbpass = 'kU8x!q';\n", code+"// $CFG->dbpass = 'kU8x!q';\nf();\n"), ""},
	}
}
