package hunk_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/hunk"
)

// put makes new out of old by the hunks, as a patch would.
func put(old []byte, hunks []hunk.Hunk) ([]byte, error) {
	lines := slices.Collect(strings.Lines(string(old)))
	var out strings.Builder
	at, atNew := 0, 0
	for _, h := range hunks {
		from := h.OldStart - 1
		if from < at || from+len(h.Old) > len(lines) {
			return nil, fmt.Errorf("hunk at %d of %d lines, after line %d", h.OldStart, len(lines), at)
		}
		for _, l := range lines[at:from] {
			out.WriteString(l)
		}
		atNew += from - at
		if h.NewStart != atNew+1 {
			return nil, fmt.Errorf("hunk says line %d of the new file, it is %d", h.NewStart, atNew+1)
		}
		for i, l := range h.Old {
			if lines[from+i] != l {
				return nil, fmt.Errorf("line %d is %q, the hunk has %q", from+i+1, lines[from+i], l)
			}
		}
		for _, l := range h.New {
			out.WriteString(l)
		}
		at, atNew = from+len(h.Old), atNew+len(h.New)
	}
	for _, l := range lines[at:] {
		out.WriteString(l)
	}
	return []byte(out.String()), nil
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"same", "a\nb\n", "a\nb\n", ""},
		{"both empty", "", "", ""},
		{"from nothing", "", "a\n", "1+a "},
		{"to nothing", "a\nb\n", "", "1-a-b "},
		{"changed", "a\nb\nc\n", "a\nx\nc\n", "2-b+x "},
		{"at the end without a line feed", "a\nb", "a\nb\n", "2-b+b "},
		{"appended after no line feed", "a", "a\nb", "1-a+a+b "},
		{"CR LF is another line", "a\nb\n", "a\r\nb\n", "1-a+a\r "},
		{"a blank line stands last", "a\n\n\nb\n", "a\n\n\n\nb\n", "4+ "},
		{"a function", "f\n{\n}\n\nh\n{\n}\n", "f\n{\n}\n\ng\n{\n}\n\nh\n{\n}\n", "5+g+{+}+ "},
		{"one of many alike", "x\nx\nx\n", "x\nx\n", "3-x "},
		{"a removal slides to the insertion", "a\nb\nb\nc\n", "a\nb\nd\nc\n", "3-b+d "},
		{"not UTF-8", "\xff\xfe\na\n", "\xff\xfd\na\n", "1-\xff\xfe+\xff\xfd "},
		{"two places", "a\nb\nc\nd\n", "b\nc\nx\nd\n", "1-a 4+x "},
	} {
		var got strings.Builder
		for _, h := range hunk.Diff([]byte(c.old), []byte(c.new)) {
			fmt.Fprint(&got, h.OldStart)
			for _, l := range h.Old {
				got.WriteString("-" + strings.TrimSuffix(l, "\n"))
			}
			for _, l := range h.New {
				got.WriteString("+" + strings.TrimSuffix(l, "\n"))
			}
			got.WriteString(" ")
		}
		if got.String() != c.want {
			t.Errorf("%s: %q, want %q", c.name, got.String(), c.want)
		}
	}
}

// Two judges: our hunks must make the new file, and be about as few lines as
// git's.
func TestDiffLikeGit(t *testing.T) {
	t.Parallel()
	n, seed := cases(t)
	r := rand.New(rand.NewPCG(seed, 1))
	ours, gits, slid, gitRuns := 0, 0, 0, 0
	dir := t.TempDir()
	for i := range n * 20 {
		old, new := randomPair(r)
		hunks := hunk.Diff(old, new)
		made, err := put(old, hunks)
		if err != nil || !bytes.Equal(made, new) {
			t.Fatalf("hunks of %q and %q make %q: %v", old, new, made, err)
		}
		for i := 1; i < len(hunks); i++ {
			if p := hunks[i-1]; p.OldStart+len(p.Old) >= hunks[i].OldStart {
				t.Fatalf("hunks %d and %d of %q and %q touch", i-1, i, old, new)
			}
		}
		if i%20 != 0 {
			continue // git costs a process
		}
		gitRuns++
		want := gitDiff(t, dir, old, new)
		var got []string
		for _, h := range hunks {
			got = append(got, fmt.Sprintf("%d,%d %d,%d", h.OldStart, len(h.Old), h.NewStart, len(h.New)))
			ours += len(h.Old) + len(h.New)
		}
		for _, w := range want {
			var a, b, c, d int
			fmt.Sscanf(w, "%d,%d %d,%d", &a, &b, &c, &d)
			gits += b + d
		}
		if slices.Equal(got, want) {
			slid++
		}
	}
	t.Logf("seed %d: %d changed lines, git %d; %d of %d diffs are git's, line by line", seed, ours, gits, slid, gitRuns)
	if float64(ours) > 1.02*float64(gits) {
		t.Errorf("%d changed lines where git finds %d", ours, gits)
	}
	if slid*100 < gitRuns*80 {
		t.Errorf("%d of %d diffs are the same as git's", slid, gitRuns)
	}
}

// gitDiff is the places of git diff in the form "old,n new,n", in our way of
// numbering an empty side.
func gitDiff(t *testing.T, dir string, old, new []byte) []string {
	t.Helper()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for name, data := range map[string][]byte{a: old, b: new} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(gitProgram(), "diff", "--no-index", "--text", "-U0", "--minimal", "--no-indent-heuristic", "--no-color", a, b)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		rest, ok := strings.CutPrefix(line, "@@ -")
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, " @@")
		left, right, _ := strings.Cut(rest, " +")
		all = append(all, ours(t, left)+" "+ours(t, right))
	}
	return all
}

func ours(t *testing.T, side string) string {
	t.Helper()
	start, count, ok := strings.Cut(side, ",")
	if !ok {
		count = "1"
	}
	n, err := strconv.Atoi(start)
	if err != nil {
		t.Fatal(err)
	}
	if count == "0" {
		n++
	}
	return fmt.Sprintf("%d,%s", n, count)
}

func gitProgram() string {
	if p := os.Getenv("MGIT_GIT"); p != "" {
		return p
	}
	return "git"
}

// randomPair is a file of few different lines and an edited copy.
func randomPair(r *rand.Rand) (old, new []byte) {
	words := 2 + r.IntN(30)
	line := func() string {
		w := r.IntN(words)
		switch {
		case w == 0:
			return "\n"
		case w == 1:
			return "}\n"
		case w == 2:
			return "\xf0\x28\x8c\x28\r\n"
		}
		return fmt.Sprintf("line %d\n", w)
	}
	var a, b []string
	for range r.IntN(60) {
		a = append(a, line())
	}
	for _, l := range a {
		switch r.IntN(12) {
		case 0:
		case 1:
			b = append(b, line())
		case 2:
			for range r.IntN(6) {
				b = append(b, line())
			}
			b = append(b, l)
		default:
			b = append(b, l)
		}
	}
	if r.IntN(10) == 0 {
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
	}
	cut := func(s []string) []byte {
		all := strings.Join(s, "")
		if r.IntN(5) == 0 {
			all = strings.TrimSuffix(all, "\n")
		}
		return []byte(all)
	}
	return cut(a), cut(b)
}

// Whatever the files are, comparing them ends soon.
func TestDiffOfBigFiles(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	many := func(n, words int) []byte {
		var b bytes.Buffer
		for range n {
			fmt.Fprintf(&b, "line %d\n", r.IntN(words))
		}
		return b.Bytes()
	}
	shuffled := strings.SplitAfter(string(many(20000, 1<<30)), "\n")
	straight := strings.Join(shuffled, "")
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	for _, c := range []struct {
		name     string
		old, new []byte
	}{
		{"nothing in common", many(50000, 1<<30), many(50000, 1<<30)},
		{"few different lines", many(20000, 40), many(20000, 40)},
		{"another order", []byte(straight), []byte(strings.Join(shuffled, ""))},
		{"the same line", bytes.Repeat([]byte("x\n"), 100000), bytes.Repeat([]byte("x\n"), 70000)},
		{"taking turns", bytes.Repeat([]byte("x\ny\n"), 30000), bytes.Repeat([]byte("y\nx\nx\n"), 20000)},
	} {
		start := time.Now()
		hunks := hunk.Diff(c.old, c.new)
		took := time.Since(start)
		made, err := put(c.old, hunks)
		if err != nil || !bytes.Equal(made, c.new) {
			t.Errorf("%s: the hunks do not make the new file: %v", c.name, err)
		}
		t.Logf("%s: %d hunks in %v", c.name, len(hunks), took)
		if took > time.Minute { // it takes half a second, and hours without the limit
			t.Errorf("%s took %v", c.name, took)
		}
	}
}

// cases is how many random cases a test tries, and from which seed.
func cases(t *testing.T) (n int, seed uint64) {
	t.Helper()
	n, seed = 120, 20260301
	if v, err := strconv.Atoi(os.Getenv("MGIT_CASES")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = v
	}
	return n, seed
}
