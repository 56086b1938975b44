package check_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

func codeLessons(t *testing.T) []lesson {
	php := phpProgram(t)
	withPHP := func(program string) func(*check.Subject) {
		return func(s *check.Subject) { s.Options.PHP = program }
	}
	const source, built, fault = "mod/ouwiki/amd/src/a.js", "mod/ouwiki/amd/build/a.min.js", "f(?!);\n"
	module := func() *checktest.Case { return whole().Has(source, "old();\n").Has(built, "old()") }
	return []lesson{
		{"built-js", "the source and what is built from it", module().Adds(source, "other();\n").Adds(built, "other()"), ""},
		{"built-js", "the source alone", module().Adds(source, "other();\n"), "warning built-js " + source},
		{"built-js", "a comment of the source", module().Adds(source, "// Old.\nold();\n"), ""},
		{"built-js", "what is built, of upstream's source", module().Adds(built, "hacked()").Upstream(map[string]string{source: "old();\n"}), "warning built-js " + built},
		{"built-js", "a module that is not built", whole().Has(built, "old()").Has(source, "old();\n").Adds("mod/ouwiki/amd/src/b.js", "b();\n"), "warning built-js mod/ouwiki/amd/src/b.js"},
		{"built-js", "a plugin that builds nothing", whole().Has("mod/ouwiki/amd/src/b.js", "b();\n").Adds(source, "new();\n"), ""},
		{"built-js", "the source goes, and what is built stays", whole().Removes(source, "old();\n").Has(built, "old()"), "warning built-js " + built},
		{"built-js", "below public/", at51().Has("public/mod/ouwiki/version.php", checktest.Plugin("mod_ouwiki", older)).
			Changes("public/"+source, "old();\n", "other();\n").Has("public/"+built, "old()"), "warning built-js public/" + source},

		{"php-syntax", "PHP", lu(code, code+"f();\n").On(withPHP(php)), ""},
		{"php-syntax", "what PHP cannot parse", lu(code, code+fault).On(withPHP(php)), "php-syntax " + lib + ":3"},
		{"php-syntax", "what it could not parse before", lu(code+fault, code+fault+"f();\n").On(withPHP(php)), ""},
		{"php-syntax", "a template", fresh("templates/a.mustache", fault).On(withPHP(php)), ""},

		{"check-failed", "PHP that is not there", lu(code, code+"f();\n").On(withPHP("/nowhere/php")), "check-failed"},
		{"check-failed", "no PHP at all", lu(code, code+"f();\n"), ""},
	}
}

func hackLessons() []lesson {
	const before = "<?php\nfunction forum_one() {\n    return 1;\n}\n"
	hacked := func(text string) *checktest.Case {
		return hackOf("mod_forum").Changes("mod/forum/lib.php", before, strings.Replace(before, "    return 1;\n", text, 1)).
			Upstream(map[string]string{"mod/forum/lib.php": before}).
			On(func(s *check.Subject) {
				s.Options.IsMarker = func(line []byte) bool { return bytes.Contains(line, []byte("LUVLE")) }
			})
	}
	unreasoned := func(s *check.Subject) { s.Branch.Reasoned = false }
	return []lesson{
		{"justification", "a hack that says why", hackOf("mod_forum").Adds("mod/forum/more.php", code), ""},
		{"justification", "a hack that does not", hackOf("mod_forum").Adds("mod/forum/more.php", code).On(unreasoned), "warning justification"},
		{"justification", "a feature, which need not", fresh("lib.php", code).On(unreasoned), ""},

		{"hack-marker", "a marker behind the line", hacked("    return 2; // LUVLE\n"), ""},
		{"hack-marker", "markers around, as the Open University sets them", hacked("    // LUVLE-specific begins #8250 (until 4.6)\n    return 2;\n    // LUVLE-specific ends #8250\n"), ""},
		{"hack-marker", "none", hacked("    return 2;\n"), "warning hack-marker mod/forum/lib.php:3"},
		{"hack-marker", "another site's", hacked("    return 2; // ULPGC ecastro\n"), "warning hack-marker mod/forum/lib.php:3"},
		{"hack-marker", "a plugin of the site's own", fresh("lib.php", code).On(func(s *check.Subject) { s.Options.IsMarker = func([]byte) bool { return false } }), ""},
	}
}

func messageLessons() []lesson {
	says := func(text string, change func(*check.Subject)) *checktest.Case {
		return fresh("lib.php", code).Says(text).On(change)
	}
	ticket := func(s *check.Subject) {
		s.Options.Tickets = []check.Pattern{regexp.MustCompile(`\bT-[0-9]+\b`), regexp.MustCompile(`\bM#?[0-9]{4}\b`)}
	}
	plain := func(*check.Subject) {}
	long := strings.Repeat("ä", 73)
	return []lesson{
		{"message-subject", "as the coding style asks", says("MDL-12345 mod_ouwiki: Pages can be printed\n\nWhy.\n", public), ""},
		{"message-subject", "with several areas", says("MDL-12345 mod_ouwiki, mod_wiki: Pages can be printed\n", public), ""},
		{"message-subject", "no area, as every fifth of Moodle's", says("MDL-12345 Pages can be printed\n", public), "warning message-subject"},
		{"message-subject", "no issue", says("Pages can be printed\n", public), "message-subject"},
		{"message-subject", "the site's own ticket", says("T-12345 Pages can be printed\n", public), "message-subject"},
		{"message-subject", "on a branch that is not for the community", says("Pages can be printed\n", plain), ""},
		{"message-subject", "a merge", says("Merge branch 'MDL-12345-405' of git://example.org/moodle\n", public), ""},

		{"message-ticket", "named in the subject", says("T-12345 Pages can be printed\n", ticket), ""},
		{"message-ticket", "named below", says("Pages can be printed\n\nM#1944\n", ticket), ""},
		{"message-ticket", "none", says("Pages can be printed\n", ticket), "message-ticket"},
		{"message-ticket", "only in the reason of a waiver", says("Pages can be printed\n\nMgit-Allow: scope T-12345\n", ticket), "message-ticket"},
		{"message-ticket", "taken from Moodle", says("MDL-12345 mod_wiki: Pages can be printed\n", ticket), ""},
		{"message-ticket", "where nobody asks for one", says("Pages can be printed\n", plain), ""},

		{"message-length", "72 letters, of two bytes each", says(long[2:]+"\n", plain), ""},
		{"message-length", "73", says(long+"\n", plain), "warning message-length"},
		{"message-length", "a second line that is not blank", says("Pages can be printed\nand read\n", plain), "warning message-length"},
		{"message-length", "a revert of something long", says("Revert \""+long+"\"\n\nThis reverts commit 1234567.\n", plain), ""},
	}
}
