package php_test

import (
	"fmt"
	"strings"
	"testing"

	"mgit/internal/php"
)

// words writes the code of a file: strings in quotes, comments and HTML left out.
func words(source string) string {
	var b strings.Builder
	for _, t := range php.Tokenize([]byte(source)) {
		if t.Kind == php.String {
			fmt.Fprintf(&b, "%q ", t.Text)
			continue
		}
		b.WriteString(t.Text + " ")
	}
	return strings.TrimSpace(b.String())
}

func TestTokenize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"no PHP at all", "die();", ""},
		{"HTML around", "die; <?php f(); ?> die; <?= $x ?> die;", `f ( ) ; = $x`},
		{"an old tag", "<? f(); ?>", "f ( ) ;"},
		{"comments", "<?php f(); // die; 'x\n# die;\n/* die; */ g(); /** die; **/", "f ( ) ; g ( ) ;"},
		{"a comment that PHP ends", "<?php // die; ?> die; <?php f();", "f ( ) ;"},
		{"an attribute is code", "<?php #[Override]\nf();", "# [ Override ] f ( ) ;"},
		{"strings", `<?php f('die; \' // no', "die; {$x}", ` + "`ls`" + `);`, `f ( "die; \\' // no" , "die; {$x}" , "ls" ) ;`},
		{"a heredoc", "<?php $a = <<<EOT\ndie;\nEOTX\n EOT;\nf();", `$a = "die;\nEOTX\n" ; f ( ) ;`},
		{"a nowdoc", "<?php $a = <<<'EOT'\ndie;\nEOT\n. f();", `$a = "die;\n" . f ( ) ;`},
		{"what does not end", "<?php f('die;", `f ( "die;"`},
		{"a comment that does not end", "<?php f(); /* die;", "f ( ) ;"},
		{"methods", `<?php $a->die(); \Foo\bar(); a?->b::c;`, `$a -> die ( ) ; \Foo\bar ( ) ; a ?-> b :: c ;`},
		{"numbers", "<?php 1_000.5 + 2;", "1000.5 + 2 ;"},
	} {
		if got := words(test.source); got != test.want {
			t.Errorf("%s: %s\n got %s\nwant %s", test.name, test.source, got, test.want)
		}
	}
}

// Lines are counted in what is passed over, too.
func TestLines(t *testing.T) {
	t.Parallel()
	tokens := php.Tokenize([]byte("<html>\n<?php /*\n*/ f(\n'a\nb'\n);"))
	var got []int
	for _, token := range tokens {
		got = append(got, token.Line)
	}
	if fmt.Sprint(got) != "[3 3 4 6 6]" {
		t.Errorf("lines %v", got)
	}
}

func TestBrackets(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<?php ( [ ] ) { }": "[3 2 0 0 5 0]",
		"<?php ( [ )":       "[2 2 0]", // what skips others closes those, too
		"<?php ) ( [":       "[0 3 3]", // what is never closed ends with the file
	} {
		if got := fmt.Sprint(php.Brackets(php.Tokenize([]byte(source)))); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}
