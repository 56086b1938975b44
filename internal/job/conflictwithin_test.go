package job

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// The function that a hunk stands in is the one that git diff names, for every line of a file.
func TestEnclosingIsWhatGitDiffNames(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Write(".gitattributes", "*.php diff=php\n")
	files := map[string]string{
		"lib.php": "<?php\n\nfunction forum_one($x) {\n    $a = 1;\n\n    return array_map(function($y) {\n        return $y;\n    }, $x);\n}\n\n" +
			"/**\n * function in a comment\n */\nabstract class post\n        extends base {\n    const A = 1;\n\tpublic static function make(): self {\n" +
			"        $functions = 2;\n        $classes($functions);\n    }\n\n    abstract protected function two();\n}\n\ninterface three {\n}\ntrait four {\n    final private function five() {\n" +
			"    }\n}\nenum six {\n    case A;\n}\n$x = 1;\n",
		"amd.js":     "define([], function() {\n    var a = 1;\n\n    function two() {\n        return a;\n    }\n$x = 1;\n    return two;\n});\n_y();\n  1\n",
		"style.scss": ".a {\n    b: c;\n}\n\n.d {\n    e: f;\n}\n",
	}
	for name, text := range files {
		r.Write(name, text)
	}
	r.Commit("what there was")
	head := regexp.MustCompile(`(?m)^@@ -(\d+)(?:,\d+)? \+[0-9,]+ @@ ?(.*)$`)
	for name, text := range files {
		lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
		judged := 0
		for parity := range 2 { // lines that are changed side by side would be one hunk
			changed := ""
			for i, line := range lines {
				if i%2 == parity {
					line = fmt.Sprintf("    changed %d\n", i)
				}
				changed += line
			}
			r.Write(name, changed)
			for _, m := range head.FindAllStringSubmatch(r.Git("diff", "-U0", "--", name), -1) {
				at, err := strconv.Atoi(m[1])
				if err != nil {
					t.Fatal(err)
				}
				judged++
				if got := enclosing(name, lines[:at-1]); got != m[2] {
					t.Errorf("%s, line %d: within %q, git says %q", name, at, got, m[2])
				}
			}
		}
		if judged < len(lines)-1 {
			t.Errorf("%s: %d of %d lines were judged", name, judged, len(lines))
		}
	}
	// Git takes a call of a function for one where its name begins so.
	if got := enclosing("a.PHP", []string{"class a {\n", "    classes($x);\n", "    functions();\n"}); got != "class a {" {
		t.Errorf("within %q", got)
	}
}
