package hunk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/hunk"
)

// A line of a made-up history knows who wrote it. Every line is one of its kind
// however often its text occurs, which makes merging exact.
type line struct {
	text string
	id   int
	by   string // "" upstream, "b0" and so on a branch, "s" a stranger
}

// world is one file: of upstream, of branches on older versions of it, and of a
// tree put together from both, with a stranger's edits.
type world struct {
	r    *rand.Rand
	next int

	pristine []line
	branches []*branch
	target   []line // what was merged
	tree     []line // and a stranger at work
}

type branch struct {
	name      string
	base, tip []line
	merged    bool
}

func (w *world) line(by, text string) line {
	w.next++
	return line{text: text, id: w.next, by: by}
}

// usual are lines that are all over a Moodle file.
func (w *world) usual(by string) line {
	all := []string{"", "", "}", "    }", "    global $DB, $USER;", "    return true;", "        break;", "    } else {", "    /**", "     */", "     * @return void"}
	return w.line(by, all[w.r.IntN(len(all))])
}

// own is a line that nobody else writes.
func (w *world) own(by string) line {
	word := [...]string{"$x = ", "require_once ", "echo get_string", "if (has_capability", "foreach ($rows as "}[w.r.IntN(5)]
	return w.line(by, fmt.Sprintf("    %s%s_%d;", word, mark(by), w.next))
}

// mark is what lines of one writer have in common.
func mark(by string) string {
	if by == "" {
		return "core"
	}
	return "mark" + by
}

func (w *world) function(by string) []line {
	all := []line{
		w.line(by, ""), w.line(by, "/**"), w.line(by, fmt.Sprintf(" * What %s_%d does.", mark(by), w.next)), w.line(by, " */"),
		w.line(by, fmt.Sprintf("function %s_%d() {", mark(by), w.next)),
	}
	return append(append(all, w.body(by, 1+w.r.IntN(8))...), w.line(by, "}"))
}

func (w *world) body(by string, n int) []line {
	var all []line
	for range n {
		if w.r.IntN(3) == 0 {
			all = append(all, w.usual(by))
		} else {
			all = append(all, w.own(by))
		}
	}
	return all
}

// block is what one edit adds.
func (w *world) block(by string) []line {
	switch w.r.IntN(4) {
	case 0:
		return w.function(by)
	case 1:
		all := append([]line{w.own(by)}, w.body(by, w.r.IntN(4))...)
		return append(all, w.line(by, "    }"))
	}
	return append([]line{w.own(by)}, w.body(by, w.r.IntN(3))...)
}

// edit changes a file in one place.
func (w *world) edit(by string, file []line, at int) []line {
	n := min(len(file)-at, 1+w.r.IntN(4))
	switch w.r.IntN(8) {
	case 0, 1, 2: // adds
		return slices.Insert(slices.Clone(file), at, w.block(by)...)
	case 3: // removes
		return slices.Delete(slices.Clone(file), at, at+n)
	case 4: // rewrites
		return slices.Replace(slices.Clone(file), at, at+n, w.block(by)...)
	case 5: // a single line
		if n == 0 {
			return append(slices.Clone(file), w.own(by))
		}
		return slices.Replace(slices.Clone(file), at, at+1, w.own(by))
	case 6: // wraps
		wrapped := append([]line{w.own(by)}, file[at:at+n]...)
		return slices.Replace(slices.Clone(file), at, at+n, append(wrapped, w.line(by, "    }"))...)
	default: // removes a lot
		n = min(len(file)-at, 12)
		return slices.Delete(slices.Clone(file), at, at+n)
	}
}

func (w *world) edits(by string, file []line, n int) []line {
	for range n {
		file = w.edit(by, file, w.r.IntN(len(file)+1))
	}
	return file
}

// newWorld makes a file. dir is where git merges.
func newWorld(t *testing.T, r *rand.Rand, dir string) *world {
	t.Helper()
	w := &world{r: r}
	first := []line{w.line("", "<?php"), w.line("", "defined('MOODLE_INTERNAL') || die();")}
	for range 2 + r.IntN(12) {
		first = append(first, w.function("")...)
	}
	versions := [][]line{first}
	for range r.IntN(3) {
		versions = append(versions, w.edits("", versions[len(versions)-1], 1+r.IntN(3)))
	}
	w.pristine = versions[len(versions)-1]
	w.tree = w.pristine
	place := r.IntN(len(first))
	for i := range 1 + r.IntN(4) {
		b := &branch{name: fmt.Sprintf("b%d", i), base: versions[r.IntN(len(versions))]}
		b.tip = w.edits(b.name, b.base, 1+r.IntN(4))
		if r.IntN(2) == 0 { // close to each other
			b.tip = w.edit(b.name, b.tip, min(len(b.tip), place+r.IntN(3)))
		}
		w.branches = append(w.branches, b)
		if r.IntN(8) == 0 {
			continue // in the series and not in the tree
		}
		if merged, ok := w.merge(t, dir, b); ok {
			w.tree, b.merged = merged, true
		}
	}
	if r.IntN(2) == 0 {
		w.target = w.tree
	}
	for range r.IntN(4) {
		w.estrange()
	}
	return w
}

// assemble merges the branches that were merged except one.
func (w *world) assemble(t *testing.T, dir, except string) []line {
	t.Helper()
	w.tree = w.pristine
	for _, b := range w.branches {
		if b.name == except || !b.merged {
			continue
		}
		if merged, ok := w.merge(t, dir, b); ok {
			w.tree = merged
		}
	}
	return w.tree
}

// estrange makes an edit that no branch explains, half of the time at a line of
// a branch.
func (w *world) estrange() {
	at := w.r.IntN(len(w.tree) + 1)
	if w.r.IntN(2) == 0 {
		var of []int
		for i, l := range w.tree {
			if strings.HasPrefix(l.by, "b") {
				of = append(of, i)
			}
		}
		if len(of) > 0 {
			at = of[w.r.IntN(len(of))] + w.r.IntN(2)
		}
	}
	w.tree = w.edit("s", w.tree, at)
}

// merge is what git makes of the tree and a branch.
func (w *world) merge(t *testing.T, dir string, b *branch) ([]line, bool) {
	t.Helper()
	known := make(map[string]line)
	name := func(file string, lines []line) string {
		var s strings.Builder
		for _, l := range lines {
			key := fmt.Sprintf("%d %s", l.id, l.text)
			known[key] = l
			s.WriteString(key + "\n")
		}
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cmd := exec.Command(gitProgram(), "merge-file", "-p", "-q", name("ours", w.tree), name("base", b.base), name("theirs", b.tip))
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		if code := cmd.ProcessState.ExitCode(); code < 1 || code > 127 {
			t.Fatal(err)
		}
		return nil, false
	}
	var merged []line
	for l := range strings.Lines(string(out)) {
		merged = append(merged, known[strings.TrimSuffix(l, "\n")])
	}
	return merged, true
}

func data(lines []line) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	return b.Bytes()
}

func ids(lines []line) map[int]bool {
	all := make(map[int]bool)
	for _, l := range lines {
		all[l.id] = true
	}
	return all
}

func (w *world) changes() []hunk.Change {
	var all []hunk.Change
	for _, b := range w.branches {
		all = append(all, hunk.Change{Name: b.name, Base: data(b.base), Tip: data(b.tip)})
	}
	if w.target != nil {
		// Whoever wants to know what was made on the target itself asks for it last.
		all = append(all, hunk.Change{Name: "target", Base: data(w.pristine), Tip: data(w.target)})
	}
	return all
}
