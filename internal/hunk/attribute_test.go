package hunk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/hunk"
)

// lines writes one line for each word; "_" is a blank one.
func lines(words string) []byte {
	var b strings.Builder
	for w := range strings.FieldsSeq(words) {
		b.WriteString(strings.TrimPrefix(w, "_") + "\n")
	}
	return []byte(b.String())
}

// tell is pieces in a line: "b1@3:-old+new".
func tell(pieces []hunk.Piece) string {
	var all []string
	for _, p := range pieces {
		by := p.By
		if by == "" {
			by = "?"
		}
		s := fmt.Sprintf("%s@%d:", by, p.NewStart)
		for _, l := range p.Old {
			s += "-" + strings.TrimSuffix(l, "\n")
		}
		for _, l := range p.New {
			s += "+" + strings.TrimSuffix(l, "\n")
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// Lines of more than five letters can hardly be there by chance; "a" to "z" and
// braces can.
func TestAttribute(t *testing.T) {
	t.Parallel()
	type change struct{ name, base, tip string }
	const file = "open a b c d e f g h close"
	for _, c := range []struct {
		name, pristine, tree string
		changes              []change
		want                 string
	}{
		{"nothing changed", file, file, []change{{"x", file, "open addition a b c d e f g h close"}}, ""},
		{"nobody's", file, "open a b STRANGE c d e f g h close", nil, "?@4:+STRANGE"},
		{"one branch", file, "open a b addition c d e f g h close", []change{{"x", file, "open a b addition c d e f g h close"}}, "x@4:+addition"},
		{
			"two branches in one file", file, "open a firstadd b c d e f secondadd h close",
			[]change{{"x", file, "open a firstadd b c d e f g h close"}, {"y", file, "open a b c d e f secondadd h close"}},
			"x@3:+firstadd y@9:-g+secondadd",
		},
		{
			"two branches in one gap", file, "open a firstadd { } secondadd { } b c d e f g h close",
			[]change{{"y", file, "open a secondadd { } b c d e f g h close"}, {"x", file, "open a firstadd { } b c d e f g h close"}},
			"x@3:+firstadd+{+} y@6:+secondadd+{+}",
		},
		{
			"lines shifted and the neighbour changed by a minor", "open new lines here a b c2 d e f g h close", "open new lines here a b c2 addition more d e f g h close",
			[]change{{"x", file, "open a b c addition more d e f g h close"}},
			"x@8:+addition+more",
		},
		{
			"a stranger next to it", file, "open a b STRANGE addition more c d e f g h close",
			[]change{{"x", file, "open a b addition more c d e f g h close"}},
			"?@4:+STRANGE x@5:+addition+more",
		},
		{
			"a stranger in the middle of it", file, "open a b addition STRANGE more } c d e f g h close",
			[]change{{"x", file, "open a b addition more } c d e f g h close"}},
			"x@4:+addition ?@5:+STRANGE x@6:+more+}",
		},
		{
			"a stranger replaced one line of it", file, "open a b addition STRANGE furthermore } c d e f g h close",
			[]change{{"x", file, "open a b addition inthemiddle furthermore } c d e f g h close"}},
			"x@4:+addition ?@5:+STRANGE x@6:+furthermore+}",
		},
		{
			"a stranger removed a line beside it", file, "open a b addition d e f g h close",
			[]change{{"x", file, "open a b addition c d e f g h close"}},
			"?@4:-c x@4:+addition",
		},
		{
			"a stranger removed more than it", "open alpha beta gamma delta close", "open close",
			[]change{{"x", "open alpha beta gamma delta close", "open alpha beta delta close"}},
			"?@2:-alpha-beta x@2:-gamma ?@2:-delta",
		},
		{
			"a stranger removed a part of it", "open alpha beta gamma delta close", "open gamma delta close",
			[]change{{"x", "open alpha beta gamma delta close", "open alpha close"}},
			"?@2:-alpha-beta",
		},
		{
			"a stranger replaced what it replaces", "open alpha beta close", "open STRANGE beta close",
			[]change{{"x", "open alpha beta close", "open addition beta close"}},
			"?@2:-alpha+STRANGE",
		},
		{
			"it landed upstream", "open a b addition c d e f g h close", "open a b addition addition c d e f g h close",
			[]change{{"x", file, "open a b addition c d e f g h close"}},
			"?@5:+addition",
		},
		{
			"upstream's brace in the same gap is none of its own", "open a newcode } b c d e f g h close", "open a newcode } addition } b c d e f g h close",
			[]change{{"x", file, "open a addition } b c d e f g h close"}},
			"x@5:+addition+}",
		},
		{
			"two do the same", file, "open a addition b c d e f g h close",
			[]change{{"y", file, "open a addition b c d e f g h close"}, {"x", file, "open a addition b c d e f g h close"}},
			"y@3:+addition",
		},
		{
			"once more than it", file, "open a addition addition b c d e f g h close",
			[]change{{"x", file, "open a addition b c d e f g h close"}},
			"x@3:+addition ?@4:+addition",
		},
		{
			"moved far away alone", file + " second i third k fourth m fifth o p end", "open a b c d e f g h close second i third k fourth m fifth o addition p end",
			[]change{{"x", file + " second i third k fourth m fifth o p end", "open a addition b c d e f g h close second i third k fourth m fifth o p end"}},
			"?@19:+addition",
		},
		{
			"moved with what is around it", "surroundings a second b third c fourth d end", "a second b third c fourth d surroundings addition end",
			[]change{{"x", "surroundings a second b third c fourth d end", "surroundings addition a second b third c fourth d end"}},
			"?@1:-surroundings ?@8:+surroundings x@9:+addition",
		},
		{
			"a brace far from a branch with braces", file, "open a addition } b c d e f g STRANGE } h close",
			[]change{{"x", file, "open a addition } b c d e f g h close"}},
			"x@3:+addition+} ?@11:+STRANGE+}",
		},
		{
			"a stranger's brace where a branch that is not there has one", file, "open a STRANGE } b c d e f g h close",
			[]change{{"x", file, "open a addition } b c d e f g h close"}},
			"?@3:+STRANGE+}",
		},
		{
			"only a brace", file, "open a } b c d e f g h close",
			[]change{{"x", file, "open a } b c d e f g h close"}},
			"x@3:+}",
		},
		{
			"braces of which it does not matter which", "first { } _ third { }", "first { } _ second { } _ third { }",
			[]change{{"x", "first { } _ third { }", "first { } _ second { } _ third { }"}},
			"x@5:+second+{+}+",
		},
		{
			"a stranger removed the function above", "first { body1 } _ fourth { body4 }", "second { body2 } _ fourth { body4 }",
			[]change{{"x", "first { body1 } _ fourth { body4 }", "first { body1 } _ second { body2 } _ fourth { body4 }"}},
			"?@1:-first-{-body1-}- x@1:+second+{+body2+}+",
		},
		{
			"upstream changed what it replaces", "open a alpha2 beta close", "open a addition beta close",
			[]change{{"x", "open a alpha beta close", "open a addition beta close"}},
			"x@3:-alpha2+addition",
		},
		{
			"upstream changed what it replaced, and it is not there", "open a alpha2 beta close", "open a STRANGE beta close",
			[]change{{"x", "open a alpha beta close", "open a addition beta close"}},
			"?@3:-alpha2+STRANGE",
		},
		{
			"a branch on top of another", file, "open a lower b upper c d e f g h close",
			[]change{{"a-upper", file, "open a lower b upper c d e f g h close"}, {"b-lower", file, "open a lower b c d e f g h close"}},
			"a-upper@3:+lower a-upper@5:+upper",
		},
	} {
		var changes []hunk.Change
		for _, x := range c.changes {
			changes = append(changes, hunk.Change{Name: x.name, Base: lines(x.base), Tip: lines(x.tip)})
		}
		if got := tell(hunk.Attribute(lines(c.pristine), lines(c.tree), changes)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAttributeWholeFiles(t *testing.T) {
	t.Parallel()
	text, other, binary := []byte("one\ntwo\nthree\n"), []byte("something\nelse\n"), []byte("\x00\x01\x02\n")
	for _, c := range []struct {
		name           string
		pristine, tree []byte
		changes        []hunk.Change
		want           string
	}{
		{"nowhere", nil, nil, nil, ""},
		{"unknown", nil, text, []hunk.Change{{Name: "x", Tip: other}}, "?@1:+one+two+three"},
		{"added by a branch", nil, text, []hunk.Change{{Name: "w", Tip: other}, {Name: "x", Tip: text}}, "x@1:+one+two+three"},
		{"added by a branch and changed", nil, []byte("something\nelse\nSTRANGE\n"), []hunk.Change{{Name: "x", Tip: other}}, "x@1:+something+else ?@3:+STRANGE"},
		{"kept by a branch although upstream has removed it", nil, text, []hunk.Change{{Name: "x", Base: other, Tip: text}}, "x@1:+one+two+three"},
		{"added by a branch, by now upstream's too", other, []byte("something\naddition\nelse\n"), []hunk.Change{{Name: "x", Tip: []byte("something\naddition\nelse\n")}}, "x@2:+addition"},
		{"missing", text, nil, []hunk.Change{{Name: "x", Base: text, Tip: other}}, "?@1:-one-two-three"},
		{"removed by a branch", text, nil, []hunk.Change{{Name: "w"}, {Name: "x", Base: other}}, "x@1:-one-two-three"},
		{"emptied", text, []byte{}, nil, "?@1:-one-two-three"},
		{"not removed although a branch removes it", text, []byte("one\nthree\n"), []hunk.Change{{Name: "x", Base: text}}, "?@2:-two"},
		{"binary", binary, []byte("\x00\x02"), []hunk.Change{{Name: "x", Base: binary, Tip: text}}, "?@1:"},
		{"binary of a branch", binary, []byte("\x00\x02"), []hunk.Change{{Name: "x", Base: binary, Tip: []byte("\x00\x02")}}, "x@1:"},
		{"binary added", nil, binary, []hunk.Change{{Name: "x", Tip: binary}}, "x@1:"},
		{"binary removed", binary, nil, []hunk.Change{{Name: "x", Base: binary}}, "x@1:"},
		{"an empty file", nil, []byte{}, []hunk.Change{{Name: "x", Tip: []byte{}}}, "x@1:"},
		{"an empty file of nobody", nil, []byte{}, nil, ""},
		{"converted to CR LF", text, []byte("one\r\ntwo\r\nthree\r\n"), nil, ""},
		{"converted and changed", text, []byte("one\r\naddition\r\nthree\r\n"), []hunk.Change{{Name: "x", Base: text, Tip: []byte("one\naddition\nthree\n")}}, "x@2:-two+addition\r"},
		{"converted by a branch", text, []byte("one\ntwo\nthree\naddition\n"), []hunk.Change{{Name: "x", Base: text, Tip: []byte("one\r\ntwo\r\nthree\r\naddition\r\n")}}, "x@4:+addition"},
		{"one line with CR LF", text, []byte("one\ntwo\r\nthree\n"), []hunk.Change{{Name: "x", Base: text, Tip: []byte("one\ntwo\r\nthree\n")}}, "x@2:-two+two\r"},
		{"the end of the file", []byte("one\ntwo"), []byte("one\ntwo\naddition\n"), []hunk.Change{{Name: "x", Base: []byte("one\ntwo\n"), Tip: []byte("one\ntwo\naddition\n")}}, "?@2:-two+two x@3:+addition"},
	} {
		if got := tell(hunk.Attribute(c.pristine, c.tree, c.changes)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLacking(t *testing.T) {
	t.Parallel()
	const file = "open a b c d e f g h close"
	add := hunk.Change{Name: "x", Base: lines(file), Tip: lines("open a addition more } b c d e f g h close")}
	replace := hunk.Change{Name: "r", Base: lines("open alpha beta gamma close"), Tip: lines("open addition gamma close")}
	remove := hunk.Change{Name: "d", Base: lines("open alpha beta gamma close"), Tip: lines("open alpha close")}
	again := add
	again.Name = "y"
	for _, c := range []struct {
		name         string
		tree, target []byte
		changes      []hunk.Change
		want         string
	}{
		{"all there", add.Tip, add.Tip, []hunk.Change{add}, ""},
		{"lacking", lines(file), add.Tip, []hunk.Change{add}, "x@3+addition+more+}"},
		{"lacking in part", lines("open a addition } b c d e f g h close"), add.Tip, []hunk.Change{add}, "x@4+more partly"},
		{"there with a stranger in it", lines("open a addition STRANGE more } b c d e f g h close"), add.Tip, []hunk.Change{add}, ""},
		{"there in a newer file", lines("open new lines of upstream a2 addition more } b2 c d e f g h close"), add.Tip, []hunk.Change{add}, ""},
		{"there in another place", lines("open a b c d e f g addition more } h close"), add.Tip, []hunk.Change{add}, ""},
		{"resolved away in the target", lines(file), lines("open a OTHERWISE b c d e f g h close"), []hunk.Change{add}, ""},
		{"resolved away in part", lines(file), lines("open a addition b c d e f g h close"), []hunk.Change{add}, "x@3+addition"},
		{"the target has no such file", lines(file), nil, []hunk.Change{add}, ""},
		{"the tree has no such file", nil, add.Tip, []hunk.Change{add}, "x@3+addition+more+}"},
		{"two branches with the same", lines(file), add.Tip, []hunk.Change{add, again}, "x@3+addition+more+}"},
		{"another's braces", lines("open a STRANGE } b c d e f g h close"), add.Tip, []hunk.Change{add}, "x@3+addition+more+}"},
		{"replaced", replace.Base, replace.Tip, []hunk.Change{replace}, "r@2+addition-2"},
		{"replaced by others", lines("open STRANGE gamma close"), replace.Tip, []hunk.Change{replace}, "r@2+addition"},
		{"added and not replaced", lines("open alpha addition gamma close"), replace.Tip, []hunk.Change{replace}, "r@2-1 partly"},
		{"not removed", remove.Base, remove.Tip, []hunk.Change{remove}, "d@3-2"},
		{"not removed in part", lines("open alpha gamma close"), remove.Tip, []hunk.Change{remove}, "d@3-1 partly"},
		{"removed", remove.Tip, lines("open alpha close end"), []hunk.Change{remove}, ""},
		{"CR LF", []byte(strings.ReplaceAll(string(add.Tip), "\n", "\r\n")), add.Tip, []hunk.Change{add}, ""},
		{"CR LF and lacking", []byte(strings.ReplaceAll(string(lines(file)), "\n", "\r\n")), add.Tip, []hunk.Change{add}, "x@3+addition+more+}"},
		{"added file", nil, lines("one two"), []hunk.Change{{Name: "x", Tip: lines("one two")}}, "x@1+one+two"},
		{"added empty file", nil, []byte{}, []hunk.Change{{Name: "x", Tip: []byte{}}}, "x@1"},
		{"removed file", lines("one two three"), nil, []hunk.Change{{Name: "x", Base: lines("one three")}}, "x@1-2"},
		{"a file that the target keeps", lines("one"), lines("one two"), []hunk.Change{{Name: "x", Base: lines("one")}}, ""},
		{"binary", []byte("\x00a"), []byte("\x00b"), []hunk.Change{{Name: "w", Base: []byte("\x00a"), Tip: []byte("\x00c")}, {Name: "x", Base: []byte("\x00a"), Tip: []byte("\x00b")}}, "x@1"},
	} {
		var got []string
		for _, l := range hunk.Lacking(c.tree, c.target, c.changes) {
			s := fmt.Sprintf("%s@%d", l.By, l.Start)
			for _, line := range l.Lines {
				s += "+" + strings.TrimSuffix(line, "\n")
			}
			if l.Removes > 0 {
				s += fmt.Sprint("-", l.Removes)
			}
			if l.Partly {
				s += " partly"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

// A big file with several branches takes no time.
func TestAttributeIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("what it costs is measured without the race detector")
	}
	var file []string
	for i := range 10000 {
		file = append(file, [...]string{"", "}", "    global $DB;", fmt.Sprintf("    $value%d = call(%d);", i, i)}[i%4])
	}
	join := func(s []string) []byte { return []byte(strings.Join(s, "\n") + "\n") }
	pristine := slices.Insert(slices.Clone(file), 50, "    upstream1();", "    upstream2();")
	tree := pristine
	var changes []hunk.Change
	for b := range 5 {
		tip := file
		for e := range 40 {
			block := []string{fmt.Sprintf("    branch%d(%d);", b, e), "    global $DB;", "}"}
			n := (100+230*e+10*b)/4*4 + 3
			before := fmt.Sprintf("    $value%d = call(%d);", n, n)
			tip = slices.Insert(slices.Clone(tip), slices.Index(tip, before), block...)
			tree = slices.Insert(slices.Clone(tree), slices.Index(tree, before), block...)
		}
		changes = append(changes, hunk.Change{Name: fmt.Sprint("b", b), Base: join(file), Tip: join(tip)})
	}
	tree = slices.Insert(slices.Clone(tree), 5000, "    STRANGE();")
	p, q := join(pristine), join(tree)
	best := time.Hour
	var pieces []hunk.Piece
	for range 5 {
		start := time.Now()
		pieces = hunk.Attribute(p, q, changes)
		best = min(best, time.Since(start))
	}
	orphans := 0
	for _, piece := range pieces {
		if piece.By == "" {
			orphans++
		}
	}
	t.Logf("%d lines, %d branches, %d pieces in %v", len(tree), len(changes), len(pieces), best)
	if len(pieces) != 201 || orphans != 1 {
		t.Errorf("%d pieces, %d of them nobody's, want 201 and 1", len(pieces), orphans)
	}
	if best > time.Second { // 40 ms, on a machine that has nothing else to do
		t.Errorf("it took %v", best)
	}
}

// Files that are hostile to comparing line by line end soon too.
func TestAttributeOfBigFiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("what it costs is measured without the race detector")
	}
	repeat := func(line string, n int) []byte { return []byte(strings.Repeat(line+"\n", n)) }
	numbered := func(word string, n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s %d\n", word, i)
		}
		return []byte(b.String())
	}
	half := func(a, b []byte) []byte {
		x, y := slices.Collect(strings.Lines(string(a))), slices.Collect(strings.Lines(string(b)))
		for i := range x {
			if i%2 == 1 {
				x[i] = y[i]
			}
		}
		return []byte(strings.Join(x, ""))
	}
	for _, c := range []struct {
		name                string
		pristine, tree      []byte
		base, tip           []byte
		claimed, mustReject bool
	}{
		{name: "the same line", pristine: repeat("usual", 10), tree: repeat("another", 60000), base: repeat("usual", 10), tip: repeat("another", 50000), claimed: true},
		{name: "the same line twice", pristine: repeat("usual", 40000), tree: repeat("usual", 90000), base: repeat("usual", 40000), tip: repeat("usual", 70000)},
		{name: "half of a large file", pristine: []byte("first\n"), tree: half(numbered("addition", 60000), numbered("STRANGE", 60000)), base: []byte("first\n"), tip: numbered("addition", 60000), claimed: true},
		{name: "nothing of a large file", pristine: numbered("line", 60000), tree: numbered("STRANGE", 60000), base: numbered("line", 60000), tip: numbered("addition", 60000), mustReject: true},
		{name: "half of a large removal", pristine: numbered("line", 60000), tree: half(numbered("line", 60000), numbered("STRANGE", 60000)), base: numbered("line", 60000), tip: []byte{}},
	} {
		start := time.Now()
		pieces := hunk.Attribute(c.pristine, c.tree, []hunk.Change{{Name: "x", Base: c.base, Tip: c.tip}})
		took := time.Since(start)
		lines := 0
		for _, p := range pieces {
			if p.By == "x" {
				lines += len(p.New) + len(p.Old)
			}
		}
		t.Logf("%s: %d pieces, %d lines claimed, in %v", c.name, len(pieces), lines, took)
		if took > time.Minute {
			t.Errorf("%s took %v", c.name, took)
		}
		if c.claimed && lines < 20000 || c.mustReject && lines > 0 {
			t.Errorf("%s: %d lines are claimed", c.name, lines)
		}
	}
}
