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
// checkout of Moodle. PHP is left out, whose processes cost what they cost.
func TestCheckBars(t *testing.T) {
	skipUnlessAsked(t)
	clone := moodleClone(t)
	program := buildMgit(t)
	m := &moodle{t: t, template: newSite(t, clone, func(*git.Repo) {})}
	r := m.checkedOut("v2.8.0")
	r.Git("checkout", "-q", "-b", "LUVLE-2.8-hack-mod_forum-subject", "v2.8.0")
	r.Git("config", "mgit.check.rules.php-syntax", "off")
	files := strings.Fields(r.Git("ls-files", "mod/*.php", "lib/*.php", "*.php"))
	over := make(map[int]float64)
	for _, n := range []int{10, 1000} {
		for _, name := range files[:n] {
			path := filepath.Join(r.Path, name)
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, append(text, fmt.Sprintf("\n// Changed with %d others.\n", n)...), 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r.Git("add", "-u")
		here := func() *gittest.Repo { return r }
		ours := &work{name: fmt.Sprintf("mgit check --staged, %d files", n), prepare: here, keep: true, do: func(r *gittest.Repo) {
			run(t, r, program, []string{"check", "--staged", "--allow", "scope"}, 0)
		}}
		theirs := &work{name: fmt.Sprintf("git diff --cached, %d files", n), prepare: here, keep: true, do: func(r *gittest.Repo) {
			r.Git("diff", "--cached", "--name-only")
		}}
		inTurn(t, 21, ours, theirs)
		over[n] = float64((ours.median() - theirs.median()).Microseconds()) / 1000
		say(t, "%v", ours)
		say(t, "%v", theirs)
	}
	bar(t, "mgit check --staged, 10 files: over git diff --cached --name-only", over[10], 25, " ms")
	bar(t, "mgit check --staged: 1,000 files / 10 files", over[1000]/over[10], 10, "")
}
