package job

import "testing"

func TestSplitLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path string
		line int
	}{
		"lib.php":                     {"lib.php", 0},
		"lib.php:12":                  {"lib.php", 12},
		"a:3:12":                      {"a:3", 12},
		"lib.php:0":                   {"lib.php:0", 0},
		"lib.php:-1":                  {"lib.php:-1", 0},
		"lib.php:+1":                  {"lib.php:+1", 0},
		"lib.php:":                    {"lib.php:", 0},
		":12":                         {":12", 0},
		"c:/moodle":                   {"c:/moodle", 0},
		"a.php:999999999999999999999": {"a.php:999999999999999999999", 0},
	}
	for word, want := range tests {
		if path, line := splitLine(word); path != want.path || line != want.line {
			t.Errorf("%q: %q, %d", word, path, line)
		}
	}
}

// A word means what exists, as it is called or as reports show it.
func TestResolveWord(t *testing.T) {
	t.Parallel()
	exist := map[string]bool{
		"lib.php": true, "a.php:12": true, "a.php": true, "evil\x1b[2J.php": true, "\xff\".php": true, "both\\t.php": true, "both\t.php": true, "\xff:7": true,
	}
	tests := map[string]struct {
		path string
		line int
	}{
		"lib.php":           {"lib.php", 0},
		"./lib.php/":        {"lib.php", 0},
		"lib.php:12":        {"lib.php", 12},
		"a.php:12":          {"a.php:12", 0},
		"a.php:13":          {"a.php", 13},
		"a.php:12:3":        {"a.php:12", 3},
		`evil\033[2J.php`:   {"evil\x1b[2J.php", 0},
		`evil\033[2J.php:5`: {"evil\x1b[2J.php", 5},
		"evil\x1b[2J.php:5": {"evil\x1b[2J.php", 5},
		`\377\".php`:        {"\xff\".php", 0},
		`\377:7`:            {"\xff:7", 0},
		`both\t.php`:        {"both\\t.php", 0}, // what has that very name goes first
		`both\\t.php`:       {"both\\t.php", 0},
		`lib\x.php`:         {`lib\x.php`, 0},
		`lib.php\`:          {`lib.php\`, 0},
		`\154ib.php`:        {`\154ib.php`, 0}, // nothing is shown like that
		"gone.php:3":        {"gone.php", 3},
	}
	for word, want := range tests {
		if path, line := resolveWord(word, func(p string) bool { return exist[p] }); path != want.path || line != want.line {
			t.Errorf("%q: %q, %d", word, path, line)
		}
	}
}
