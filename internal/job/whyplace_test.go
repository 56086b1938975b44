package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/job"
)

// What the report lists as missing is told of the file too, with the commit that
// brought it.
func TestWhyLacking(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.put("lib.php", text(40, map[int]string{5: "fixed in 2.5.1", 20: "twenty"}))
	if err := os.Remove(filepath.Join(s.live, "lib/ours.php")); err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]struct{ branch, commit string }{
		"lib.php":      {one + "hack-core-ten", one + "hack-core-ten"},
		"lib/ours.php": {one + "hack-core-twenty", one + "hack-core-twenty"},
	} {
		r := s.mustWhy(s.live, word)
		i := slices.IndexFunc(r.Parts, func(p job.WhyPart) bool { return p.By == job.ByLacking })
		if i < 0 {
			t.Errorf("%s: %+v", word, r.Parts)
			continue
		}
		if p := r.Parts[i]; p.Branch != want.branch || p.Lines == 0 || p.Commit == nil || p.Commit.Commit.String() != s.Git("rev-parse", want.commit) {
			t.Errorf("%s: %+v", word, p)
		}
	}
	if r := s.mustWhy("v2.5.1", "lib.php"); len(r.Parts) > 0 {
		t.Errorf("a tag lacks nothing: %+v", r.Parts)
	}
	if _, err := s.why("v2.5.1", "lib/ours.php"); err == nil || !strings.Contains(err.Error(), "has no file") {
		t.Errorf("a file of a branch: %v", err)
	}
}

// What a removal of a branch did not reach is lacking as well.
func TestWhyLackingRemoval(t *testing.T) {
	t.Parallel()
	s := newTwinSite(t)
	full := filepath.Join(s.live, twins)
	data, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	text := "    return check3($a);\n"
	put(t, full, strings.Replace(string(data), text, "    $a = old_call();\n"+text, 1))
	r := s.mustWhy(s.live, twins)
	i := slices.IndexFunc(r.Parts, func(p job.WhyPart) bool { return p.By == job.ByLacking })
	if i < 0 {
		t.Fatalf("nothing is lacking: %+v", r.Parts)
	}
	if p := r.Parts[i]; p.Branch != twinA || p.Lines != 0 || p.Removed != 1 || p.Commit == nil || p.Commit.Subject != fmt.Sprintf("%s: %q", twinA, text) {
		t.Errorf("%+v, %+v", p, p.Commit)
	}
}

// Decisions about lines are told of the lines, those about a file of the file.
func TestWhyDecided(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.put("lib.php", text(40, map[int]string{5: "fixed in 2.5.1", 10: "ten\nstranger", 20: "twenty"}))
	s.put("lib/strange.php", "<?php\nstrange();\n")
	if err := os.Remove(filepath.Join(s.live, "course/lib.php")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"lib.php", "lib/strange.php", "course/lib.php"} {
		site := s.open("")
		_, _, err := job.DecideFinding(t.Context(), site, job.DecideFindingRequest{
			Tree: job.CorehackRequest{Tree: s.live}, Word: path, Decision: job.DecisionKeep, Reason: "for " + path,
		})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for word, isWhole := range map[string]bool{"lib.php": false, "lib.php:12": false, "lib/strange.php": true, "lib/strange.php:2": true, "course/lib.php": true} {
		r := s.mustWhy(s.live, word)
		path, _, _ := strings.Cut(word, ":")
		d := r.Decision
		if !isWhole {
			i := slices.IndexFunc(r.Parts, func(p job.WhyPart) bool { return p.By == job.ByNobody })
			d = r.Parts[max(i, 0)].Decision
		}
		if d == nil || d.Reason != "for "+path || !isWhole && r.Decision != nil {
			t.Errorf("%s: %+v, %+v", word, r.Decision, r.Parts)
		}
	}
}

// Nothing is quoted of a file that may be secret, and of one that nobody knows.
func TestWhyQuotesNothing(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	const secret = "<?php\n// LUVLE BEGIN: hunter2\n$CFG->dbpass = 'hunter2';\n// LUVLE END\n"
	for _, path := range []string{"lib/strange.php", "lib/config-dist.php", "lib/.env", "lib/id_rsa"} {
		s.put(path, secret)
		for _, word := range []string{path, path + ":2"} {
			r, err := s.why(s.live, word)
			if err != nil {
				t.Fatalf("%s: %v", word, err)
			}
			if shown := asJSON(t, r); strings.Contains(shown, "hunter2") {
				t.Errorf("%s: %s", word, shown)
			}
		}
	}
}

// A word names a file in any way that somebody may have it from.
func TestWhyPaths(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.put("lib/colon.php:2", "one\ntwo\n")
	s.put("lib/colon.php", "one\ntwo\n")
	s.put("lib/evil\x1b\".php", "one\n")
	s.put("lib/bad\xff.php", "one\n")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.live, link); err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(s.Path, s.live)
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]struct {
		path string
		line int
	}{
		"lib.php":                                 {"lib.php", 0},
		"./course//../lib.php:3":                  {"lib.php", 3},
		filepath.Join(s.live, "lib.php") + ":4":   {"lib.php", 4},
		filepath.Join(link, "lib.php"):            {"lib.php", 0},
		filepath.Join(relative, "lib.php") + ":5": {"lib.php", 5},
		"lib/colon.php:2":                         {"lib/colon.php:2", 0},
		"lib/colon.php:1":                         {"lib/colon.php", 1},
		`lib/evil\033\".php`:                      {"lib/evil\x1b\".php", 0},
		`lib/bad\377.php:1`:                       {"lib/bad\xff.php", 1},
		"lib/bad\xff.php":                         {"lib/bad\xff.php", 0},
	} {
		r := s.mustWhy(s.live, word)
		if r.Raw != want.path || r.Line != want.line {
			t.Errorf("%q: %q, %d", word, r.Raw, r.Line)
		}
	}
}

// What is no file of the tree is said to be none, in words that are safe to show.
func TestWhyNoFile(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	evil := filepath.Join(t.TempDir(), "e\x1b[2Jvil")
	if err := os.CopyFS(evil, os.DirFS(s.live)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ tree, word, text, hint string }{
		{s.live, "lib", "is a folder", "ask for a file"},
		{s.live, "mod/forum/", "is a folder", ""},
		{s.live, ".", "is a folder", ""},
		{s.live, s.live, "is a folder", ""},
		{s.live, "lib/none.php", "has no file lib/none.php", "relative to the tree"},
		{"", "lib/ours.php", "has no file lib/ours.php", "--tree"},
		{evil, "lib/none.php", `e\033[2Jvil has no file`, ""},
		{s.live, "lib.php:41", "has no line 41", "it has 40"},
		{s.live, "/etc/passwd", "has no file", ""},
	} {
		_, err := s.why(c.tree, c.word)
		usage, ok := err.(*job.UsageError)
		if !ok || !strings.Contains(usage.Text, c.text) || !strings.Contains(usage.Hint, c.hint) {
			t.Errorf("%s of %q: %#v", c.word, c.tree, err)
		}
	}
}

// In a clone that is not set up it is said why no branch explains anything.
func TestWhyNotSetUp(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.Git("config", "--unset", "mgit.customer")
	r := s.mustWhy(s.live, "lib.php:11")
	if !slices.Contains(warningIDs(r.Warnings), "not-set-up") || len(r.Parts) != 1 || r.Parts[0].By != job.ByNobody {
		t.Errorf("%+v, %+v", r.Warnings, r.Parts)
	}
}

// A line that only white space makes, and one of a binary file, have a place too.
func TestWhyOddLines(t *testing.T) {
	t.Parallel()
	s := newLiveSite(t)
	s.live = s.unpack("v2.5.1")
	for content, line := range map[string]int{
		text(40, map[int]string{5: "fixed in 2.5.1", 39: "line 39  \n\n"}): 42,
		"\x00\n" + text(90, nil): 80,
	} {
		s.put("lib.php", content)
		r := s.mustWhy(s.live, fmt.Sprintf("lib.php:%d", line))
		if len(r.Parts) == 0 {
			t.Errorf("%s, line %d: %+v", r.Class, line, r)
		}
	}
}
