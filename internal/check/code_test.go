package check_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// mapOf is the map of a module that was built from a text.
func mapOf(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"version": 3, "sourcesContent": []string{text}})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// module is a module that was there with its build, and maybe a map.
func module(source, built, sourceMap string) *checktest.Case {
	c := checktest.New().Core("4.5").Has("mod/x/amd/src/other.js", "o").Has("mod/x/amd/build/other.min.js", "o")
	for path, text := range map[string]string{"mod/x/amd/src/a.js": source, "mod/x/amd/build/a.min.js": built, "mod/x/amd/build/a.min.js.map": sourceMap} {
		if text != "" {
			c.Has(path, text)
		}
	}
	return c
}

func TestBuiltJS(t *testing.T) {
	t.Parallel()
	const src, min = "mod/x/amd/src/a.js", "mod/x/amd/build/a.min.js"
	const old, other = "old(1);\n", "other(1);\n"
	oldMap, otherMap := mapOf(t, old), mapOf(t, other)
	findsIn(t, "built-js", []odd{
		{"both", module(old, "old", "").Adds(src, other).Adds(min, "other"), ""},
		{"the source alone", module(old, "old", "").Adds(src, other), "built-js " + src},
		{"the build alone, of a plugin", module(old, "old", "").Adds(min, "other"), ""},
		{"the build alone, of upstream", module(old, "old", "").Adds(min, "other").Upstream(map[string]string{src: old}), "built-js " + min},
		{"a comment", module(old, "old", "").Adds(src, "/* new */ old(1); // new\n"), ""},
		{"a string", module("f('a // b');\n", "old", "").Adds(src, "f('a // c');\n"), "built-js " + src},
		{"with a map", module(old, "old", oldMap).Adds(src, other).Adds(min, "other").Adds(min+".map", otherMap), ""},
		{"a comment with a map", module(old, "old", oldMap).Adds(src, old+"// new\n").Adds(min+".map", mapOf(t, old+"// new\n")), ""},
		{"a comment without its map", module(old, "old", oldMap).Adds(src, old+"// new\n"), "built-js " + src},
		{"the map forgotten", module(old, "old", oldMap).Adds(src, other).Adds(min, "other"), "built-js " + src},
		{"built before the last change", module(old, "old", oldMap).Adds(src, other+"2").Adds(min, "other").Adds(min+".map", otherMap), "built-js " + src},
		{"built afterwards", module(other, "old", oldMap).Adds(min, "other").Adds(min+".map", otherMap), ""},
		{"built from something else", module(old, "old", oldMap).Adds(min, "other").Adds(min+".map", otherMap), "built-js " + min},
		{"the minified file alone", module(old, "old", oldMap).Adds(min, "hacked").Upstream(map[string]string{src: old}), ""},
		{"a map of nothing", module(old, "old", "{}").Adds(src, other).Adds(min, "other").Adds(min+".map", "{ }"), ""},
		{"a new module", module("", "", "").Adds(src, old).Adds(min, "old"), ""},
		{"a new module that is not built", module("", "", "").Adds(src, old), "built-js " + src},
		{"the first module", checktest.New().Core("4.5").Adds(src, old), "built-js " + src},
		{"where nothing is built", checktest.New().Core("4.5").Has("mod/x/amd/src/other.js", "o").Adds(src, old), ""},
		{"where nothing is built, changed", checktest.New().Core("4.5").Changes(src, old, other), ""},
		{"in a folder", module("", "", "").Adds("mod/x/amd/src/local/a.js", old), "built-js mod/x/amd/src/local/a.js"},
		{"in a folder, built", module("", "", "").Adds("mod/x/amd/src/local/a.js", old).Adds("mod/x/amd/build/local/a.min.js", old), ""},
		{"at the root", checktest.New().Core("4.5").Has("amd/build/a.min.js", "old").Changes("amd/src/a.js", old, other), "built-js amd/src/a.js"},
		{"below public", checktest.New().Core("5.1").Has("public/mod/x/amd/build/a.min.js", "old").Changes("public/mod/x/amd/src/a.js", old, other), "built-js public/mod/x/amd/src/a.js"},
		{"deleted with its build", checktest.New().Core("4.5").Removes(src, old).Removes(min, "old"), ""},
		{"deleted without its build", checktest.New().Core("4.5").Has(min, "old").Removes(src, old), "built-js " + min},
		{"the build deleted", checktest.New().Core("4.5").Has(src, old).Removes(min, "old"), "built-js " + src},
		{"renamed with its build", checktest.New().Core("4.5").Moves(src, "mod/x/amd/src/b.js", old).Moves(min, "mod/x/amd/build/b.min.js", "old"), ""},
		{"renamed without its build", checktest.New().Core("4.5").Has(min, "old").Moves(src, "mod/x/amd/src/b.js", old), "built-js " + min + ", built-js mod/x/amd/src/b.js"},
		{"with the tools", module(old, "old", "").Adds(min, "other").Upstream(map[string]string{src: old}).Adds("npm-shrinkwrap.json", "{}"), ""},
		{"no module", adds("mod/x/amd/src/a.ts", "a"), ""},
		{"no module by its place", adds("mod/x/famd/src/a.js", "a"), ""},
	})
}

func TestBuiltYUI(t *testing.T) {
	t.Parallel()
	const src, build = "mod/x/yui/src/dock/", "mod/x/yui/build/moodle-mod_x-dock"
	const settings = `{"name": "moodle-mod_x-dock", "builds": {"moodle-mod_x-dock": {"jsfiles": ["dock.js"]}, "moodle-mod_x-dock-loader": {"jsfiles": ["loader.js"]}}}`
	const debug = build + "/moodle-mod_x-dock-debug.js"
	shifted := func() *checktest.Case {
		return checktest.New().Core("4.5").Has(src+"build.json", settings).Has(src+"js/dock.js", "old();\n").Has(src+"js/loader.js", "load();\n").
			Has(src+"meta/dock.json", "{}").Has(debug, "YUI.add(function() {\n\nold();\n\n});").
			Has(build+"-loader/moodle-mod_x-dock-loader-debug.js", "YUI.add(function() {\n\nload();\n\n});")
	}
	findsIn(t, "built-js", []odd{
		{"both", shifted().Adds(src+"js/dock.js", "new();\n").Adds(debug, "new"), ""},
		{"the source alone", shifted().Adds(src+"js/dock.js", "new();\n"), "built-js " + src + "js/dock.js"},
		{"one of two builds", shifted().Adds(src+"js/dock.js", "new();\n").Adds(src+"js/loader.js", "new();\n").Adds(debug, "new"), "built-js " + src + "js/dock.js"},
		{"blanks", shifted().Adds(src+"js/dock.js", "\nold( );\n"), ""},
		{"what is required", shifted().Adds(src+"meta/dock.json", `{"a": 1}`).Adds(debug, "YUI"), ""},
		{"what is required, without a build", shifted().Adds(src+"meta/dock.json", `{"a": 1}`), ""},
		{"the build alone", shifted().Adds(debug, "hacked();"), "built-js " + debug},
		{"built afterwards", shifted().Adds(debug, "YUI.add(2, function() {old();\n});"), ""},
		{"a new module", shifted().Adds("mod/x/yui/src/b/build.json", `{"builds": {"b": {"jsfiles": ["b.js"]}}}`).Adds("mod/x/yui/src/b/js/b.js", "b();"), "built-js mod/x/yui/src/b/build.json"},
		{"a new module, built", shifted().Adds("mod/x/yui/src/b/build.json", `{"builds": {"b": {"jsfiles": ["b.js"]}}}`).Adds("mod/x/yui/build/b/b.js", "b();"), ""},
		{"where nothing is built", checktest.New().Core("4.5").Adds("mod/x/yui/src/b/build.json", `{"builds": {"b": {"jsfiles": ["b.js"]}}}`), ""},
		{"deleted without its build", checktest.New().Core("4.5").Has(debug, "old").Removes(src+"build.json", settings).Removes(src+"js/dock.js", "old"), "built-js " + build},
		{"broken settings", checktest.New().Core("4.5").Has(debug, "old").Has(src+"build.json", "{").Changes(src+"js/dock.js", "old", "new"), ""},
		{"a test", shifted().Adds(src+"tests/a.js", "new"), ""},
		{"no source", checktest.New().Core("4.5").Changes(debug, "old", "new"), ""},
	})
}

// A module that lies in a folder of amd/src is named with that.
func TestBuiltModuleInFolder(t *testing.T) {
	t.Parallel()
	const source, built = "mod/ouwiki/amd/src/local/a.js", "mod/ouwiki/amd/build/local/a.min.js"
	judge(t, []string{"built-js"}, []verdict{
		{name: "changed alone", c: whole().Has(built, "old()").Changes(source, "old();\n", "other();\n"), want: []string{"built-js " + source}, says: "and amd/build/local/a.min.js is the old one", weak: true},
		{name: "gone", c: whole().Has(built, "old()").Removes(source, "old();\n"), want: []string{"built-js " + built}, says: "and amd/src/local/a.js that it was built from is gone", weak: true},
	})
}

// php is the real one, or a small script that speaks like it and takes "?!" for a fault.
func phpProgram(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("php"); err == nil {
		return path
	}
	return program(t, `n=$(grep -n '?!' | head -1 | cut -d: -f1)
[ -z "$n" ] && echo 'No syntax errors detected in Standard input code' && exit 0
printf '\nParse error: syntax error, unexpected token "!" in Standard input code on line %s\nErrors parsing Standard input code\n' "$n"
exit 255`)
}

// program is a shell script in the place of PHP.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "php")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPHPSyntax(t *testing.T) {
	t.Parallel()
	php := phpProgram(t)
	with := func(s *check.Subject) { s.Options.PHP = php }
	const good, bad = "<?php\nf();\n", "<?php\nf(?!);\n"
	findsIn(t, "php-syntax check-failed", []odd{
		{"all is well", adds("a.php", good).Adds("b.php", "no PHP\n").Adds("c.php", "").On(with), ""},
		{"a fault", adds("a.php", bad).On(with), "php-syntax a.php:2"},
		{"some faults in many files", adds("a.php", bad).Adds("b.php", good).Adds("-l.php", bad).Adds("new\nline.php", bad).On(with), "php-syntax -l.php:2, php-syntax a.php:2, php-syntax new\nline.php:2"},
		{"a fault that comes", changes("a.php", good, "<?php\n\nf(?!);\n").On(with), "php-syntax a.php:3"},
		{"a fault that was there", changes("a.php", bad, bad+"g();\n").On(with), ""},
		{"a fault that goes", changes("a.php", bad, good).On(with), ""},
		{"upstream's own", adds("a.php", bad).Upstream(map[string]string{"a.php": bad}).On(with), ""},
		{"upstream's with a fault", adds("a.php", bad).Upstream(map[string]string{"a.php": good}).On(with), "php-syntax a.php:2"},
		{"no PHP", adds("a.txt", bad).On(with), ""},
		{"deleted", checktest.New().Core("4.5").Removes("a.php", bad).On(with), ""},
		{"a link", adds("a.php", bad).Mode("a.php", 0o120000).On(with), ""},
	})
}

// What cannot be asked is no answer.
func TestPHPThatFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ php, want string }{
		"is not there":       {filepath.Join(t.TempDir(), "none"), "start php: "},
		"says something":     {program(t, "echo 'php: error while loading shared libraries'; exit 127"), `php said "php: error while loading`},
		"says nothing":       {program(t, "exit 255"), `php said "" and ended with exit status 255`},
		"is killed":          {program(t, "kill -9 $$"), `and ended with signal: killed`},
		"says too much":      {program(t, "head -c 100000 /dev/zero | tr '\\0' x; exit 255"), `php said "xxx`},
		"names another file": {program(t, "echo 'Parse error: x in /etc/passwd on line 1'; exit 255"), "php said"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := adds("a.php", "<?php\n").On(func(s *check.Subject) { s.Options.PHP = test.php })
			result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(result.Findings, func(f check.Finding) bool { return f.Rule == check.RuleFailed })
			if i < 0 || result.Findings[i].Failed != "php-syntax" || len(result.Findings[i].Text) > 400 || !strings.Contains(result.Findings[i].Text, test.want) {
				t.Errorf("found %+v", result.Findings)
			}
		})
	}
}

// Where there is no PHP, that is said once, and only when there was something to ask.
func TestNoPHP(t *testing.T) {
	t.Parallel()
	for want, c := range map[int]*checktest.Case{0: adds("a.txt", "a"), 1: adds("a.php", "<?php\nf(?!);\n").Adds("b.php", "<?php\n")} {
		result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
		if err != nil {
			t.Fatal(err)
		}
		notes := slices.DeleteFunc(result.Notes, func(note string) bool { return !strings.Contains(note, "PHP") })
		if len(notes) != want {
			t.Errorf("notes %q, want %d", notes, want)
		}
	}
}

// The messages of the real PHP, whatever its version, become one line.
func TestMessagesOfPHP(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("php"); err != nil {
		t.Skip("there is no php")
	}
	for source, want := range map[string]string{
		"<?php\nfoo(;\n": "a.php:2",
		"<?php\nfunction f() {}\nfunction f() {}\n":           "a.php:3",
		"<?php\n$a = \"\nx\ny\nz\n":                           "a.php:",
		"<?php\nif (1) {\n":                                   "a.php:",
		"<?php\nclass a { abstract function f(); }\n":         "a.php:2",
		"<?php\n<<<<<<< HEAD\n":                               "a.php:2",
		"<?xml version=\"1.0\"?>\n<?php f();\n":               "",
		"#!/usr/bin/env php\n<?php f();\n":                    "",
		"<?php\ndeclare(strict_types=1);\n__halt_compiler();": "",
	} {
		c := adds("a.php", source).On(func(s *check.Subject) { s.Options.PHP = phpProgram(t) })
		result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t)})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range result.Findings {
			if f.Rule == "php-syntax" || f.Rule == check.RuleFailed {
				got += f.String() + " " + f.Text
			}
		}
		if want == "" && got != "" || !strings.Contains(got, want) || strings.ContainsAny(got, "\n") || strings.Contains(got, "Standard input") {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
	}
}
