package widget

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mgit/tui/theme"
)

// marked writes a line with its looks: k for keywords, n for names, l for literals, c for comments.
func marked(line string, looks []stretch) string {
	letters := map[theme.Role]string{theme.Keyword: "k", theme.Name: "n", theme.Literal: "l", theme.Comment: "c"}
	var b strings.Builder
	at := 0
	for _, s := range looks {
		b.WriteString(line[at:s.from] + letters[s.role] + "[" + line[s.from:s.to] + "]")
		at = s.to
	}
	return b.String() + line[at:]
}

func TestLexer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ file, text, want string }{
		{"a.php", "if ($a->list != 'it\\'s') {", "k[if] (n[$a]->list != l['it\\'s']) {"},
		{"a.php", "echo \"a\nb\"; // c ?> <b>x\n<?php echo 1", "k[echo] l[\"a]\nl[b\"]; c[// c ]k[?>] k[<b]>x\nk[<?php] k[echo] l[1]"},
		{"a.php", " * @param int $a\n */\nfunction f() {", "c[ * @param int $a]\nc[ */]\nk[function] f() {"},
		{"a.php", "text */ return 1;", "c[text */] k[return] l[1];"},
		{"a.php", "<p>it's </p>\n<?php return; ?>", "k[<p]>it's k[</p]>\nk[<?php] k[return]; k[?>]"},
		{"a.php", "$x = <<<EOT\nit's $a\n  EOT;\nreturn;", "n[$x] = l[<<<EOT]\nl[it's $a]\nl[  EOT];\nk[return];"},
		{"a.php", "#[Attribute] # comment", "#[Attribute] c[# comment]"},
		{"a.js", "var a = `x\ny`; // z\nb = 'open\nvar c", "k[var] a = l[`x]\nl[y`]; c[// z]\nb = l['open]\nk[var] c"},
		{"a.css", "@media x { a { width: 10px; } } /* y */", "k[@media] x { a { width: l[10px]; } } c[/* y */]"},
		{"a.sql", "SELECT x FROM y -- z", "k[SELECT] x k[FROM] y c[-- z]"},
		{"a.xml", "<FIELD NAME=\"id\"/> <!-- c\nd --> e", "k[<FIELD] NAME=l[\"id\"]/> c[<!-- c]\nc[d -->] e"},
	} {
		lang := languageOf(test.file)
		lines := strings.Split(test.text, "\n")
		s := lang.begin(lines)
		var got []string
		for _, line := range lines {
			var looks []stretch
			looks, s = lang.lex(line, s, nil)
			got = append(got, marked(line, looks))
		}
		if got := strings.Join(got, "\n"); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.file, got, test.want)
		}
	}
	if languageOf("README.md") != nil {
		t.Error("README.md has a language")
	}
}

func FuzzLexer(f *testing.F) {
	for _, text := range []string{"<?php echo 'a' ?> <b c=\"d\">", "/* */ */", "<<<A\nA", "\"\\", "<!-- -->", "`\n`", "<", "<?", "@", "$"} {
		f.Add(text, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		lang := languageOf([]string{"a.php", "a.js", "a.css", "a.sql", "a.xml"}[kind%5])
		lines := strings.Split(text, "\n")
		s := lang.begin(lines)
		for _, line := range lines {
			var looks []stretch
			looks, s = lang.lex(line, s, nil)
			at := 0
			for _, l := range looks {
				if l.from < at || l.to < l.from || l.to > len(line) {
					t.Fatalf("%q: the pieces %v are not in order", line, looks)
				}
				at = l.to
			}
		}
	})
}

func TestLexerIsFast(t *testing.T) {
	repo := os.Getenv("MGIT_MOODLE")
	if repo == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	text, err := exec.Command("git", "-C", repo, "show", "v2.8.5:mod/forum/lib.php").Output()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	lang, s := languageOf("lib.php"), state{}
	n := 0
	for line := range strings.Lines(string(text)) {
		var looks []stretch
		looks, s = lang.lex(line, s, nil)
		n += len(looks)
	}
	t.Logf("%d bytes, %d pieces: %v", len(text), n, time.Since(start))
}
