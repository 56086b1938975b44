package bench

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// TestCheckBars measures what `mgit check` adds to a commit: the time over git's own list of what is staged, on a
// checkout of Moodle, and on one that additional plugins have made as large as 30,000 files. PHP is left out: see
// TestCheckWithPHP.
func TestCheckBars(t *testing.T) {
	skipUnlessAsked(t)
	program := buildMgit(t)
	r, files := checkedSite(t, program)
	r.Git("config", "mgit.check.rules.php-syntax", "off")
	small := checkOf(t, r, program, files[:10])
	large := checkOf(t, r, program, files[:1000])
	bar(t, "mgit check --staged, 10 files: over git diff --cached --name-only", small, 25, " ms")
	bar(t, "mgit check --staged, 1,000 files: over git diff --cached --name-only", large, 10*25, " ms")
	say(t, "1,000 files / 10 files: %.1f", large/small)

	r.Git("reset", "-q", "--hard")
	fill(t, r, 30_000)
	bar(t, "mgit check --staged, 10 of 30,000 files: over git diff --cached --name-only", checkOf(t, r, program, files[:10]), 25, " ms")
}

// TestCheckWithPHP says what a check adds to a commit where PHP is asked, too: MGIT_PHP, or the one in the path. It is no bar, since
// it depends on which one that is.
func TestCheckWithPHP(t *testing.T) {
	skipUnlessAsked(t)
	found, _ := exec.LookPath("php")
	php := cmp.Or(os.Getenv("MGIT_PHP"), found)
	if php == "" {
		t.Skip("there is no php")
	}
	version, err := exec.Command(php, "-n", "-r", "echo PHP_VERSION;").Output()
	if err != nil {
		t.Fatal(err)
	}
	program := buildMgit(t)
	r, files := checkedSite(t, program)
	r.Git("config", "mgit.php", php)
	for _, n := range []int{1, 10, 100} {
		r.Git("reset", "-q", "--hard")
		say(t, "mgit check --staged, files: %d, with PHP %s: %.1f ms over git diff --cached --name-only", n, version, checkOf(t, r, program, files[:n]))
	}
}

// checkedSite is a checkout of Moodle with a branch that may change all of it, and its files of PHP. What is committed there is
// what a branch may commit, as it almost always is.
func checkedSite(t *testing.T, program string) (r *gittest.Repo, files []string) {
	t.Helper()
	m := &moodle{t: t, template: newSite(t, moodleClone(t), func(*git.Repo) {})}
	r = m.checkedOut("v2.8.0")
	r.Git("checkout", "-q", "-b", "LUVLE-2.8-hack-mod_forum-subject", "v2.8.0")
	run(t, r, program, []string{"config", "edit", "branch.mod_forum-subject.paths", `["` + strings.Join(topOf(r), `", "`) + `"]`}, 0)
	run(t, r, program, []string{"config", "edit", "branch.mod_forum-subject.reason", "Longer subjects."}, 0)
	return r, strings.Fields(r.Git("ls-files", "mod/*.php", "lib/*.php", "*.php"))
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
