package check_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mgit/internal/check"
	"mgit/internal/check/checktest"
)

// lints is the beginning of a script that has the place of PHP: "judge NAME <FILE" says what PHP would, "?!" being a fault
// and "dies" what PHP dies of. Every process leaves a line in the file "began". What is linted stands in the arguments then.
const lints = `began=${0%/*}/began
echo >>"$began"
judge() {
	text=$(grep -n -e '?!' -e dies /dev/fd/0)
	case $text in
	*dies*) kill -9 $$;;
	'') echo "No syntax errors detected in $1";;
	*) printf '\nParse error: syntax error, unexpected "!" in %s on line %s\nErrors parsing %s\n' "$1" "${text%%:*}" "$1"; code=255;;
	esac
}
code=0
while [ "$1" != -l ]; do shift; done
shift
[ $# = 0 ] && { judge 'Standard input code'; exit $code; }
`

// What a PHP that judges many files in one process finds is what one finds that judges only one, whatever becomes of that
// process, and neither is started oftener than it must be.
func TestPHPOfManyFiles(t *testing.T) {
	t.Parallel()
	processors := runtime.GOMAXPROCS(0)
	const each = 6 // files for a processor
	files := min(each*processors, 100)
	everyFifth := func(n int) string { return map[bool]string{true: "f(?!);\n"}[n%5 == 0] }
	for name, test := range map[string]struct {
		script   string
		text     func(n int) string // of a file, behind "<?php\n"
		most     int                // processes
		isBroken func(n int) bool   // that PHP could not be asked about the file; nil: none
	}{
		"PHP 8.3":         {lints + `for f; do judge "$f" <"$f"; done; exit $code`, everyFifth, processors, nil},
		"PHP 8.2":         {lints + `judge "$1" <"$1"; exit $code`, everyFifth, files, nil},
		"PHP in a box":    {lints + `echo "Could not open input file: $1"; exit 1`, everyFifth, files + processors, nil},
		"one without PHP": {lints + `for f; do echo "php: not found"; done; exit 127`, everyFifth, files + processors, nil},
		"long files":      {lints + `for f; do judge "$f" <"$f"; done; exit $code`, func(n int) string { return strings.Repeat("f();\n", 20_000) + everyFifth(n) }, processors, nil},
		"one that skips them": {
			lints + `shift; [ $# != 0 ] && judge "$1" <"$1"; exit $code`,
			func(n int) string { return strings.Repeat("f();\n", 20_000) + everyFifth(n) }, files + processors, nil,
		},
		"one that dies": {
			lints + `for f; do judge "$f" <"$f"; done; exit $code`,
			func(n int) string { return map[bool]string{true: "dies\n"}[n == 1] + everyFifth(n) }, processors + each, func(n int) bool { return n == 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			php := program(t, test.script)
			c := checktest.New().Core("4.5").On(func(s *check.Subject) { s.Options.PHP = php })
			var want []string
			for n := range files {
				file, text := fmt.Sprintf("mod/quiz/-%03d \n.php", n), "<?php\n"+test.text(n)
				c.Adds(file, text)
				if strings.Contains(text, "?!") {
					want = append(want, fmt.Sprintf("php-syntax %s:%d", file, strings.Count(text, "\n")))
				}
				if test.isBroken != nil && test.isBroken(n) {
					want = append(want, check.RuleFailed)
				}
			}
			slices.Sort(want)
			got := checktest.Lines(lintOnly(t, c))
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("found %q\nwant  %q", got, want)
			}
			began, err := os.ReadFile(filepath.Join(filepath.Dir(php), "began"))
			if err != nil || len(began) > test.most {
				t.Errorf("%d files: %d processes, want at most %d (%v)", files, len(began), test.most, err)
			}
		})
	}
}

// The real PHP, MGIT_PHP or the one in the path, says of many files at a time what it says of each.
func TestPHPOfManyIsPHPOfEach(t *testing.T) {
	t.Parallel()
	sources := map[string]string{
		"a class": "<?php\nclass a {}\nfunction f() {}\nconst C = 1;\n", "the same again": "<?php\nclass a {}\nfunction f() {}\nconst C = 1;\nf(;\n",
		"no end": "<?php\nclass a {", "twice": "<?php\nfunction f() {}\nfunction f() {}\n", "not its parent's": "<?php\nclass a { function f(int $x) {} }\nclass b extends a { function f(string $x) {} }\n",
		"a name space": "<?php\nnamespace a;\nclass a {}\n", "and not first": "<?php\nf();\nnamespace a;\n", "a script": "#!/usr/bin/env php\n<?php\ndeclare(strict_types=1);\nf();\n",
		"another": "#!/usr/bin/env php\n<?php\ndeclare(strict_types=1);\nf(;\n", "halts": "<?php\n__halt_compiler();<<<<", "a message of PHP's": "<?php\n'\nNo syntax errors detected in /dev/fd/3\n' f();\n",
		"nothing": "", "no PHP": "<b>\n", "an old tag": "<? f(; ?>\n", "a mark": "\ufeff<?php\nnamespace a;\n", "zero": "<?php\n\x00f();\n", "Latin": "<?php\n// \xe9\nf(\xe9;\n",
		"deprecated": "<?php\nfunction f($a = 1, $b) {}\n", "deprecated and wrong": "<?php\nfunction f($a = 1, $b) {}\nf(;\n", "ends of Windows": "<?php\r\nf(;\r\n",
	}
	compareLints(t, sources)
}

// The same over files of Moodle, of which a new PHP cannot parse some.
func TestPHPOfManyOfMoodle(t *testing.T) {
	repo := openMoodle(t)
	tree := checktest.FilesOf(t.Context(), repo.Store(), commitOf(t, repo, tagged(t, "v2.8.5")).Tree)
	sources := make(map[string]string)
	seen := 0
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".php" {
			return err
		}
		if seen++; seen%20 == 0 {
			text, err := fs.ReadFile(tree, name)
			sources[strings.TrimSuffix(name, ".php")] = string(text)
			return err
		}
		return nil
	})
	if err != nil || len(sources) < 100 {
		t.Fatalf("%d files: %v", len(sources), err)
	}
	compareLints(t, sources)
}

// compareLints asks the real PHP about some sources, together and apart.
func compareLints(t *testing.T, sources map[string]string) {
	t.Helper()
	found, _ := exec.LookPath("php")
	php := cmp.Or(os.Getenv("MGIT_PHP"), found)
	if php == "" {
		t.Skip("there is no php")
	}
	said := func(names ...string) []string {
		c := checktest.New().Core("4.5").On(func(s *check.Subject) { s.Options.PHP = php })
		for _, name := range names {
			c.Adds(name+".php", sources[name])
		}
		var all []string
		for _, f := range lintOnly(t, c) {
			all = append(all, f.String()+" "+f.Text)
		}
		return all
	}
	var names, want []string
	for name := range sources {
		names, want = append(names, name), append(want, said(name)...)
	}
	got := said(names...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("of many %q\nof each %q", got, want)
	}
	t.Logf("%d files, %d faults", len(names), len(want))
}

// lintOnly is what the rule about the syntax of PHP finds, and whether it came to an end.
func lintOnly(t *testing.T, c *checktest.Case) []check.Finding {
	t.Helper()
	result, err := check.Run(t.Context(), check.Request{Subject: c.Subject(t), Severity: func(r check.Rule) check.Severity {
		if r.ID == "php-syntax" {
			return check.Error
		}
		return check.Off
	}})
	if err != nil {
		t.Fatal(err)
	}
	return result.Findings
}
