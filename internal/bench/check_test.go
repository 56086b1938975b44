package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// TestCheckBars measures what `mgit check` adds to a commit: the time over git's own list of what is staged, on a
// checkout of Moodle, and on one that additional plugins have made as large as 30,000 files. PHP is left out, whose
// processes cost what they cost. The commit is one that the branch may make, as almost all are.
func TestCheckBars(t *testing.T) {
	skipUnlessAsked(t)
	clone := moodleClone(t)
	program := buildMgit(t)
	m := &moodle{t: t, template: newSite(t, clone, func(*git.Repo) {})}
	r := m.checkedOut("v2.8.0")
	r.Git("checkout", "-q", "-b", "LUVLE-2.8-hack-mod_forum-subject", "v2.8.0")
	r.Git("config", "mgit.check.rules.php-syntax", "off")
	run(t, r, program, []string{"config", "edit", "branch.mod_forum-subject.paths", `["` + strings.Join(topOf(r), `", "`) + `"]`}, 0)
	run(t, r, program, []string{"config", "edit", "branch.mod_forum-subject.reason", "Longer subjects."}, 0)
	files := strings.Fields(r.Git("ls-files", "mod/*.php", "lib/*.php", "*.php"))
	small := checkOf(t, r, program, files[:10])
	large := checkOf(t, r, program, files[:1000])
	bar(t, "mgit check --staged, 10 files: over git diff --cached --name-only", small, 25, " ms")
	bar(t, "mgit check --staged, 1,000 files: over git diff --cached --name-only", large, 10*25, " ms")
	say(t, "1,000 files / 10 files: %.1f", large/small)

	r.Git("reset", "-q", "--hard")
	fill(t, r, 30_000)
	bar(t, "mgit check --staged, 10 of 30,000 files: over git diff --cached --name-only", checkOf(t, r, program, files[:10]), 25, " ms")
}

// topOf are the folders at the top of a work tree.
func topOf(r *gittest.Repo) []string {
	return strings.Fields(r.Git("ls-tree", "-d", "--name-only", "HEAD"))
}

// fill commits plugins until the tree has so many files.
func fill(t *testing.T, r *gittest.Repo, files int) {
	t.Helper()
	const each = 40
	for n := len(strings.Fields(r.Git("ls-files"))); n < files; n += each {
		for i := range each {
			r.Write(fmt.Sprintf("local/p%05d/file%02d.php", n, i), fmt.Sprintf("<?php\n// File %d of %d.\n", i, n))
		}
	}
	r.Commit("plugins")
}

// checkOf is how many milliseconds longer mgit takes than git, where some files have one line more each.
func checkOf(t *testing.T, r *gittest.Repo, program string, files []string) float64 {
	t.Helper()
	for _, name := range files {
		path := filepath.Join(r.Path, name)
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, append(text, fmt.Sprintf("\n// Changed with %d others.\n", len(files))...), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r.Git("add", "-u")
	here := func() *gittest.Repo { return r }
	ours := &work{name: fmt.Sprintf("mgit check --staged, %d files", len(files)), prepare: here, keep: true, do: func(r *gittest.Repo) {
		run(t, r, program, []string{"check", "--staged"}, 0)
	}}
	theirs := &work{name: fmt.Sprintf("git diff --cached, %d files", len(files)), prepare: here, keep: true, do: func(r *gittest.Repo) {
		r.Git("diff", "--cached", "--name-only")
	}}
	inTurn(t, 21, ours, theirs)
	say(t, "%v", ours)
	say(t, "%v", theirs)
	return float64((ours.median() - theirs.median()).Microseconds()) / 1000
}
