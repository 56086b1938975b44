package bench

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// TestFirstPush says how long the guard of a plain push takes where all of a site's 120 branches are new to the remote: what
// `mgit check --push` does between git's question and its answer, with PHP and without.
func TestFirstPush(t *testing.T) {
	skipUnlessAsked(t)
	m := newMoodle(t, moodleClone(t), loadOf(120))
	program := buildMgit(t)
	r := m.bare()
	empty := filepath.Join(t.TempDir(), "empty.git")
	r.Git("init", "-q", "--bare", empty)
	r.Git("config", "remote.origin.url", empty)
	r.Git("config", "mgit.remote.origin.url", empty)
	r.Git("config", "mgit.remote.origin.role", "internal")
	var lines strings.Builder
	for _, b := range m.branches {
		fmt.Fprintf(&lines, "refs/heads/%s %s refs/heads/%s %040d\n", b, r.Git("rev-parse", b), b, 0)
	}
	guard := func(name string) {
		w := &work{name: name, keep: true, prepare: func() *gittest.Repo { return r }, do: func(r *gittest.Repo) {
			cmd := exec.Command(program, "check", "--push", "origin", empty)
			cmd.Stdin = strings.NewReader(lines.String())
			start(t, r, cmd, 6) // some of these branches have something that is not pushed, and so the push is refused
		}}
		inTurn(t, 3, w)
		say(t, "%v", w)
	}
	r.Git("config", "mgit.check.rules.php-syntax", "off")
	guard("120 branches, without PHP")
	found, _ := exec.LookPath("php")
	php := cmp.Or(os.Getenv("MGIT_PHP"), found)
	if php == "" {
		return
	}
	r.Git("config", "mgit.check.rules.php-syntax", "error")
	r.Git("config", "mgit.php", php)
	guard("120 branches, with " + php)
}
