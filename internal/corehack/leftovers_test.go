package corehack

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/upstream"
)

// stable is a history with a stable branch of an older series and merges of topics:
//
//	one ── two ── gone ── pin ── later ── M ── six     2.4dev, 2.5dev …, 2.5.3, 2.5.4, 2.6dev
//	 │  \            \                   /
//	 │   \            └──── topic ──────┘              based before the pin
//	 │    old ── fresh                                 2.4.5, and 2.4.8 after the pin
func stable(t testing.TB) *world {
	t.Helper()
	u := gittest.New(t)
	version := func(release, version, branch string) {
		u.Write("version.php", fmt.Sprintf("<?php\n$version = %s;\n$release = '%s (Build: %s)';\n$branch = '%s';\n", version, release, version[:8], branch))
	}
	file := func(name, text string) { u.Write("lib/"+name+".php", "<?php\n// "+text+"\n") }
	version("2.4", "2012120300.00", "24")
	for _, name := range []string{"a", "b", "c", "d", "e", "gone", "back"} {
		file(name, "First of "+name+".")
	}
	u.Commit("one")
	u.Git("branch", "old")
	version("2.5dev", "2013010100.00", "25")
	file("a", "Second of a.")
	u.Commit("two")
	u.Remove("lib/gone.php")
	u.Remove("lib/back.php")
	u.Commit("gone")
	u.Git("branch", "topic")
	u.Git("checkout", "-q", "old")
	version("2.4.5", "2012120305.00", "24")
	file("a", "A of the old branch.")
	file("gone", "Gone of the old branch.")
	file("only", "Only on the old branch.")
	u.Commit("old")
	u.Git("checkout", "-q", "main")
	version("2.5.3", "2013051403.00", "25")
	file("a", "Third of a.")
	pin := u.Commit("pin")
	u.Git("checkout", "-q", "topic")
	file("b", "B of a topic.")
	u.Commit("topic")
	u.Git("checkout", "-q", "main")
	version("2.5.3+", "2013051403.01", "25")
	file("c", "C that both series got.")
	file("back", "Back again.")
	u.Commit("later")
	u.Git("merge", "-q", "--no-ff", "-m", "M", "topic")
	u.Git("checkout", "-q", "old")
	version("2.4.8", "2012120308.00", "24")
	file("c", "C that both series got.")
	file("d", "D that only the old series got.")
	u.Commit("fresh")
	u.Git("checkout", "-q", "main")
	version("2.6dev", "2013112900.00", "26")
	file("e", "E of the next series.")
	u.Commit("six")
	return newWorld(t, u, pin)
}

// What an update left behind is stale, also where it comes from a stable branch,
// which is no ancestor of anything later.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	w := stable(t)
	for _, convert := range []bool{false, true} {
		s := w.site(t)
		write := func(name, text string) {
			text = "<?php\n// " + text + "\n"
			if convert {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			s.write("lib/"+name+".php", text)
		}
		write("a", "A of the old branch.")
		write("b", "B of a topic.")
		write("c", "C that both series got.")
		write("d", "D that only the old series got.")
		write("e", "E of the next series.")
		write("gone", "Gone of the old branch.")
		write("only", "Only on the old branch.")
		write("back", "Back again.")
		var got []string
		for _, line := range w.lines(s.compare()) {
			fields := strings.SplitN(line, " | ", 2)
			if strings.HasSuffix(fields[1], ", line endings") != convert {
				t.Errorf("converted: %t: %s", convert, line)
			}
			got = append(got, fields[0])
		}
		if want := []string{
			"stale lib/a.php core from:old",
			"backport lib/b.php core from:topic",
			"backport lib/back.php core from:later gone:gone",
			"backport lib/c.php core from:later",
			"stale lib/d.php core from:fresh",
			"backport lib/e.php core from:six",
			"stale lib/gone.php core from:old gone:gone",
			"stale lib/only.php core from:old",
		}; !slices.Equal(got, want) {
			t.Errorf("converted: %t: got\n%s\nwant\n%s", convert, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// An origin that several branches have is an ancestor's before all others.
func TestLeftoverOfThePinsOwnHistory(t *testing.T) {
	t.Parallel()
	w := stable(t)
	s := w.site(t)
	s.write("lib/a.php", "<?php\n// Second of a.\n")
	s.chmod("lib/a.php", 0o755)
	s.append("lib/b.php", "// Ours.\n")
	s.chmod("lib/b.php", 0o755)
	r := s.compare()
	if len(r.Findings) != 2 {
		t.Fatalf("%q", w.lines(r))
	}
	a, b := r.Findings[0], r.Findings[1]
	if a.Class != Stale || w.subject(a.Origin) != "two" || !a.ModeChanged || !strings.HasSuffix(a.Evidence, ", executable") {
		t.Errorf("%+v", a)
	}
	if b.Class != Modified || b.Origin != upstream.None || !b.ModeChanged || b.Evidence != "executable" {
		t.Errorf("%+v", b)
	}
}

// In a site that was updated from 2.4.7 to 2.5.3 whatever of 2.4.7 is left is stale.
func TestLeftoversOfMoodle(t *testing.T) {
	w, _ := moodle253(t)
	s := w.site(t)
	want := make(map[string]bool)
	files := 0
	for line := range strings.Lines(w.built.Git("diff-tree", "-r", "--raw", "--no-abbrev", "--no-renames", "v2.5.3", "v2.4.7")) {
		head, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
		fields := strings.Fields(head)
		if files++; fields[1] != "100644" || path == "version.php" || files%5 > 0 && path != "lib/weblib.php" && path != "lib/simplepie/simplepie.class.php" {
			continue
		}
		data, err := w.repo.Store().Blob(t.Context(), parseID(t, fields[3]))
		if err != nil {
			t.Logf("%s: %v", path, err)
			continue
		}
		s.write(path, string(data))
		want[path] = true
	}
	r := s.compare()
	got := make(map[Class]int)
	for _, f := range r.Findings {
		got[f.Class]++
		if !want[f.Path] || f.Class != Stale && f.Class != Whitespace {
			t.Errorf("%s", w.tell(f))
		}
	}
	if got[Stale] < len(want)*9/10 || len(want) < 500 {
		t.Errorf("%v of %d files", got, len(want))
	}
	t.Logf("%v of %d files", got, len(want))
}
