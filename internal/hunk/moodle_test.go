package hunk_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mgit/internal/hunk"
)

// Moodle's own history, two judges: what changed between two releases is about as
// many lines as git finds, and of a branch on the first release every line is found
// again on the second.
func TestMoodle(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	git := func(args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), gitProgram(), append([]string{"-C", dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return out
	}
	const before, after = "v2.5.0", "v2.5.3"
	const branchLine = "    local_luvle_was_here(%d);"
	ours, gits, files, claimed, lost := 0, 0, 0, 0, 0
	var took time.Duration
	for line := range strings.Lines(string(git("diff", "--text", "--minimal", "--no-renames", "--numstat", "--diff-filter=M", before, after, "--", "*.php", "*.js"))) {
		var added, removed int
		var path string
		if _, err := fmt.Sscanf(line, "%d\t%d\t%s", &added, &removed, &path); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if files++; files > 200 {
			break
		}
		old, new := git("show", before+":"+path), git("show", after+":"+path)
		hunks := hunk.Diff(old, new)
		if made, err := put(old, hunks); err != nil || !bytes.Equal(made, new) {
			t.Errorf("%s: the hunks do not make the file: %v", path, err)
		}
		gits += added + removed
		for _, h := range hunks {
			ours += len(h.Old) + len(h.New)
		}
		// The branch adds a block before every fortieth line; the tree has the same
		// before the same lines as far as they are still there.
		tip, tree, n := insertBlocks(strings.SplitAfter(string(old), "\n"), strings.SplitAfter(string(new), "\n"), branchLine)
		start := time.Now()
		pieces := hunk.Attribute(new, tree, []hunk.Change{{Name: "x", Base: old, Tip: tip}})
		took += time.Since(start)
		for _, p := range pieces {
			if p.By == "x" {
				claimed += len(p.New)
			} else {
				lost += len(p.New) + len(p.Old)
				t.Logf("%s: lost %q", path, append(p.Old, p.New...))
			}
		}
		if len(pieces) < n/2 {
			t.Errorf("%s: %d pieces of %d blocks", path, len(pieces), n)
		}
	}
	t.Logf("%d files: %d changed lines, git %d; of a branch's %d lines %d are lost (%.2f %%), in %v", files, ours, gits, claimed+lost, lost, share(lost, claimed), took)
	if float64(ours) > 1.01*float64(gits) || share(lost, claimed) > 0.5 {
		t.Error("that is too many")
	}
}

// insertBlocks puts a block before lines that old and new both have once.
func insertBlocks(old, new []string, line string) (tip, tree []byte, n int) {
	count := make(map[string]int)
	for _, l := range new {
		count[l]++
	}
	block := make(map[string]string)
	seen := make(map[string]int)
	for i, l := range old {
		if seen[l]++; seen[l] > 1 {
			delete(block, l)
		} else if i%40 == 20 && count[l] == 1 {
			block[l] = fmt.Sprintf("\n    // Ours.\n    if (true) {\n"+line+"\n    }\n", i)
		}
	}
	write := func(lines []string) []byte {
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(block[l] + l)
		}
		return []byte(b.String())
	}
	return write(old), write(new), len(block)
}
