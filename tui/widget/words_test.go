package widget

import (
	"fmt"
	"slices"
	"testing"
)

func TestWordDifferences(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, new, gone, come string }{
		{"a b c", "a b c", "[]", "[]"},
		{"f($a, $b)", "f($a, $c)", "[b]", "[c]"},
		{"return get($x);", "return get($x, 1);", "[]", "[, 1]"},
		{"one two three", "eins zwei three", "[one two]", "[eins zwei]"},
		{"", "new", "[]", "[new]"},
		{"日本 x", "日本 y", "[x]", "[y]"},
		{"  x", "    x", "[  ]", "[    ]"},
	} {
		gone, come := wordDifferences(test.old, test.new)
		if a, b := parts(test.old, gone), parts(test.new, come); fmt.Sprint(a) != test.gone || fmt.Sprint(b) != test.come {
			t.Errorf("%q and %q: %q %q", test.old, test.new, a, b)
		}
	}
}

func parts(line string, pieces []piece) []string {
	var all []string
	for _, p := range pieces {
		all = append(all, line[p.from:p.to])
	}
	return all
}

func TestPairs(t *testing.T) {
	t.Parallel()
	old := []string{"$a = get_a($x);", "echo 'something quite different';", "return $a;"}
	new := []string{"// A comment that is new here.", "$a = get_all($x);", "return $a + 1;"}
	if got := pairs(old, new); !slices.Equal(got, []int{1, -1, 2}) {
		t.Errorf("the pairs are %v", got)
	}
}

// What is the same in two lines is what is left when what differs is taken away, on both sides.
func FuzzWords(f *testing.F) {
	f.Add("return get($x);", "return get($x, 1);")
	f.Add("日本 \xff", "\u0301日 本")
	f.Fuzz(func(t *testing.T, old, new string) {
		if len(old) > tooLong || len(new) > tooLong {
			return
		}
		gone, come := wordDifferences(old, new)
		for _, side := range []struct {
			line   string
			pieces []piece
		}{{old, gone}, {new, come}} {
			at := 0
			for _, p := range side.pieces {
				if p.from < at || p.to < p.from || p.to > len(side.line) {
					t.Fatalf("%q: the pieces %v are not in order", side.line, side.pieces)
				}
				at = p.to
			}
		}
		if old == new && len(gone)+len(come) > 0 {
			t.Errorf("%q differs from itself", old)
		}
	})
}
