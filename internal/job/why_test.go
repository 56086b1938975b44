package job_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// why asks about a word in a tree. The error is that of a wrong question.
func (s *liveSite) why(tree, word string) (*job.WhyReport, error) {
	s.t.Helper()
	site := s.open("")
	defer site.Close()
	r, err := job.Why(s.t.Context(), site, job.WhyRequest{Tree: job.CorehackRequest{Tree: tree}, Path: word})
	if usage := (*job.UsageError)(nil); err != nil && !errors.As(err, &usage) {
		s.t.Fatal(err)
	}
	return r, err
}

func (s *liveSite) mustWhy(tree, word string) *job.WhyReport {
	s.t.Helper()
	r, err := s.why(tree, word)
	if err != nil {
		s.t.Fatalf("%s: %v", word, err)
	}
	return r
}

// edits replaces texts of a file, one commit for each pair, on a branch.
func (s *liveSite) edits(branch, path string, oldAndNew ...string) {
	s.t.Helper()
	s.Git("checkout", "-q", branch)
	for p := range slices.Chunk(oldAndNew, 2) {
		data, err := os.ReadFile(filepath.Join(s.Path, path))
		if err != nil {
			s.t.Fatal(err)
		}
		if !strings.Contains(string(data), p[0]) {
			s.t.Fatalf("%s has no %q", path, p[0])
		}
		s.Write(path, strings.Replace(string(data), p[0], p[1], 1))
		s.Commit(fmt.Sprintf("%s: %q", branch, p[1]))
	}
	s.Detach()
}

const (
	markedLine = "    // LUVLE patched here\n"
	twinA      = one + "hack-core-twina"
	twinB      = one + "hack-core-twinb"
	twins      = "lib/twins.php"
)

// functions is a file of many lines that are alike.
func functions(n int) string {
	var b strings.Builder
	b.WriteString("<?php\n")
	for i := range n {
		fmt.Fprintf(&b, "\nfunction f%d($a) {\n    if ($a == %d) {\n        return true;\n    }\n    $a = old_call();\n    return check%d($a);\n}\n", i, i, i)
	}
	return b.String()
}

// newTwinSite is a live site with a file that upstream changed, and two branches that
// put the same lines into several places of it, in several commits. The one branch
// stands on an older version.
func newTwinSite(t *testing.T) *liveSite {
	t.Helper()
	f := templates.twins.fixture(t, func(dir string) { buildTwinSite(t, dir) })
	return &liveSite{f, filepath.Join(filepath.Dir(f.Path), "moodle")}
}

func buildTwinSite(t *testing.T, dir string) {
	t.Helper()
	s := buildLiveSite(t, dir)
	s.Git("checkout", "-q", "main")
	s.Write(twins, functions(12))
	s.release("2.5.2", "25", "2013051402.00", "")
	s.Commit("MDL-1 core: functions")
	s.Git("tag", "v2.5.2")
	s.Git("checkout", "-q", "main")
	s.Write(twins, strings.Replace(functions(13), "return check5($a)", "return $a && check5($a)", 1))
	s.release("2.5.3", "25", "2013051403.00", "")
	s.Commit("MDL-2 core: one more")
	s.Git("tag", "v2.5.3")
	for branch, from := range map[string]string{twinA: "v2.5.2", twinB: "v2.5.3"} {
		s.Git("branch", branch, from)
	}
	at := func(i int) string { return fmt.Sprintf("    if ($a == %d) {\n", i) }
	call := func(i int) string { return fmt.Sprintf("    $a = old_call();\n    return check%d($a);\n", i) }
	without := func(i int) string { return fmt.Sprintf("    return check%d($a);\n", i) }
	s.edits(twinA, twins,
		at(10), markedLine+at(10),
		at(2), markedLine+at(2),
		call(8), without(8),
		call(3), without(3),
		"return check7($a);", "return check7($a) || luvle();",
		"\nfunction f11", "\nfunction ours($a) {\n    if ($a == 2) {\n        return true;\n    }\n    $a = old_call();\n    return false;\n}\n\nfunction f11",
	)
	s.edits(twinB, twins,
		at(6), markedLine+at(6),
		at(1), markedLine+"    luvle_log();\n"+at(1),
		at(9), markedLine+at(9),
		call(4), without(4),
		call(0), without(0),
		"    luvle_log();\n", "    luvle_log();\n    luvle_log();\n",
	)
	s.Git("checkout", "-q", one+"deployment")
	for _, what := range []string{"v2.5.3", twinA, twinB} {
		s.merge(what)
	}
	s.Detach()
	if err := os.RemoveAll(s.live); err != nil {
		t.Fatal(err)
	}
	s.unpackTo(s.live, one+"deployment")
}

// blame is what Git itself says of each line of a file.
func (s *liveSite) blame(rev, path string) []string {
	s.t.Helper()
	var ids []string
	for line := range strings.Lines(s.Git("-c", "diff.indentHeuristic=false", "blame", "--root", "-l", "-s", rev, "--", path)) {
		id, _, _ := strings.Cut(line, " ")
		ids = append(ids, id)
	}
	return ids
}

// broughtBy is the commit that an answer about a line names.
func broughtBy(r *job.WhyReport) string {
	for _, p := range r.Parts {
		switch {
		case p.By == job.ByBranch && p.Lines > 0 && p.Commit != nil:
			return p.Commit.Commit.String()
		case p.By == job.ByUpstream && r.Upstream != nil:
			return r.Upstream.Commit.String()
		}
	}
	return fmt.Sprintf("nobody of %+v", r.Parts)
}

// Each line comes from the commit that git blame names, also where the same text
// stands in several places, and wherever the line has moved to.
func TestWhyAsBlame(t *testing.T) {
	t.Parallel()
	s := newTwinSite(t)
	want := s.blame(one+"deployment", twins)
	full := filepath.Join(s.live, twins)
	data, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	site := s.open("")
	for _, c := range []struct {
		name, tree, content string
		shift               int
	}{
		{"the target", one + "deployment", "", 0},
		{"the folder", s.live, string(data), 0},
		{"with CR LF below a line of a stranger", s.live, "<?php // stranger\r\n" + strings.ReplaceAll(string(data), "\n", "\r\n"), 1},
	} {
		if c.content != "" {
			put(t, full, c.content)
		}
		for i, id := range want {
			line := i + 1 + c.shift
			if os.Getenv("MGIT_CASES") == "" && (i%4 != 0 || c.content != "" && i%10 != 0) {
				continue // a line takes a while, in a folder more so
			}
			r, err := job.Why(t.Context(), site, job.WhyRequest{Tree: job.CorehackRequest{Tree: c.tree}, Path: twins, Line: line})
			if err != nil {
				t.Fatalf("%s: line %d: %v", c.name, line, err)
			}
			if got := broughtBy(r); got != id {
				t.Errorf("%s: line %d: %s, and git blame says %s (%s)", c.name, line, got, id, s.Git("log", "-1", "--format=%s", id))
			}
		}
	}
}

// Of two places with the same text one is gone: the other one is not taken for it.
func TestWhyOneOfTwins(t *testing.T) {
	t.Parallel()
	s := newTwinSite(t)
	want := s.blame(one+"deployment", twins)
	full := filepath.Join(s.live, twins)
	data, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(strings.Lines(string(data)))
	var marked []int
	for i, line := range all {
		if line == markedLine {
			marked = append(marked, i)
		}
	}
	if len(marked) != 5 {
		t.Fatalf("%d lines are marked", len(marked))
	}
	for _, gone := range marked {
		put(t, full, strings.Join(slices.Delete(slices.Clone(all), gone, gone+1), ""))
		for _, i := range marked {
			line := i + 1
			switch {
			case i == gone:
				continue
			case i > gone:
				line--
			}
			if got := broughtBy(s.mustWhy(s.live, fmt.Sprintf("%s:%d", twins, line))); got != want[i] {
				t.Errorf("without line %d: line %d: %s, want %s", gone+1, line, got, want[i])
			}
		}
	}
}

// A removal is the work of the commit that removed those lines, not of the last one
// that changed the file; it is told at the line before which it was, beside who
// brought that line.
func TestWhyRemoved(t *testing.T) {
	t.Parallel()
	s := newTwinSite(t)
	data, err := os.ReadFile(filepath.Join(s.live, twins))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Collect(strings.Lines(string(data)))
	// without(i) is the text of the commit message.
	for i, branch := range map[int]string{8: twinA, 3: twinA, 4: twinB, 0: twinB} {
		text := fmt.Sprintf("    return check%d($a);\n", i)
		line := slices.Index(all, text) + 1
		r := s.mustWhy(s.live, fmt.Sprintf("%s:%d", twins, line))
		if len(r.Parts) != 2 || r.Parts[1].By != job.ByUpstream || r.Upstream == nil {
			t.Errorf("line %d: %+v", line, r.Parts)
			continue
		}
		p := r.Parts[0]
		if want := fmt.Sprintf("%s: %q", branch, text); p.Branch != branch || p.Removed != 1 || p.Commit == nil || p.Commit.Subject != want {
			t.Errorf("line %d: %s, %+v, want %s", line, p.Branch, p.Commit, want)
		}
	}
}

// A branch that moved on after it was merged still explains what was merged.
func TestWhyOlderState(t *testing.T) {
	t.Parallel()
	s := newTwinSite(t)
	want := s.blame(one+"deployment", twins)
	s.edits(twinA, twins, "check7($a) || luvle();", "check7($a) || luvle_of_2014();")
	for i, line := range strings.Split(s.Git("show", one+"deployment:"+twins), "\n") {
		if strings.Contains(line, "luvle();") {
			if got := broughtBy(s.mustWhy(s.live, fmt.Sprintf("%s:%d", twins, i+1))); got != want[i] {
				t.Errorf("%s, want %s", got, want[i])
			}
		}
	}
}

// Each line of another version of upstream's comes from the commit of upstream that
// brought it, and a branch that brings the version is named where it changed
// something.
func TestWhyOtherVersion(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.live = s.unpack("v2.5.0")
	newer := text(40, map[int]string{5: "fixed in 2.5.1"})
	s.put("lib.php", newer)
	first, second := s.Git("rev-parse", "v2.5.0^{commit}"), s.Git("rev-parse", "v2.5.1^{commit}")
	for _, branch := range []string{"", one + "hack-core-backport"} {
		if branch != "" {
			s.branch(branch, "v2.5.0", "lib.php", newer)
		}
		for line, want := range map[int]string{1: first, 6: second, 40: first} {
			r := s.mustWhy(s.live, fmt.Sprintf("lib.php:%d", line))
			by, commit := job.ByUpstream, ""
			if branch != "" && line == 6 {
				by, commit = job.ByBranch, s.Git("rev-parse", branch)
			}
			if r.Class != job.ClassBackport || r.Upstream == nil || r.Upstream.Commit.String() != want || len(r.Parts) != 1 || r.Parts[0].By != by {
				t.Fatalf("line %d, with %q: %+v, %+v", line, branch, r.Upstream, r.Parts)
			}
			if p := r.Parts[0]; commit != "" && (p.Branch != branch || p.Commit == nil || p.Commit.Commit.String() != commit) {
				t.Errorf("line %d, with %q: %+v", line, branch, p)
			}
		}
		whole := s.mustWhy(s.live, "lib.php")
		isBranch := slices.ContainsFunc(whole.Parts, func(p job.WhyPart) bool { return p.By == job.ByBranch && p.Start == 6 && p.Branch == branch })
		if whole.Upstream == nil || whole.Upstream.Commit.String() != second || isBranch != (branch != "") {
			t.Errorf("the file, with %q: %+v", branch, whole)
		}
	}
}

// A file that a branch moved has lines of upstream's; what put them there is the
// branch's own commit.
func TestWhyMoved(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	branch := one + "hack-core-moved"
	s.Git("checkout", "-q", "-b", branch, "v2.5.0")
	s.Git("mv", "course/lib.php", "course/moved.php")
	moved := s.Commit("moved")
	s.Detach()
	s.edits(branch, "course/moved.php", "line 7\n", "line 7\nours\n")
	for line, want := range map[int]string{1: moved, 8: moved, 9: s.Git("rev-parse", branch), 41: moved} {
		if got := broughtBy(s.mustWhy(branch, fmt.Sprintf("course/moved.php:%d", line))); got != want {
			t.Errorf("line %d: %s, want %s", line, got, want)
		}
	}
}
