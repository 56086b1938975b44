package tuitest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
)

// LiveSite is a site of 2.5 with a hack branch, a deployment branch that has it, and the folder that runs, in
// which somebody has changed lib.php and left a file. sites.toml knows the folder as live; a second site,
// staging, has an .env file that pins the release before.
type LiveSite struct {
	*gittest.Repo
	t    testing.TB
	Live string
}

// NewLiveSite builds one. It takes a third of a second.
func NewLiveSite(t testing.TB) *LiveSite {
	t.Helper()
	s := &LiveSite{gittest.NewAt(t, filepath.Join(t.TempDir(), "repo")), t, filepath.Join(t.TempDir(), "live")}
	for _, path := range []string{"lib.php", "course/lib.php", "mod/forum/lib.php"} {
		s.Write(path, numbered(40, nil))
	}
	s.Write("mod/forum/version.php", "<?php\n$plugin->version = 2013050100;\n")
	s.release("2.5", "2013051400.00")
	s.Write("lib.php", numbered(40, map[int]string{5: "fixed in 2.5.1"}))
	pinned := s.Git("rev-parse", "v2.5.0^{commit}")
	s.release("2.5.1", "2013051401.00")
	s.Detach()
	s.Git("config", "mgit.customer", "LUVLE")
	s.Git("update-ref", "refs/heads/mgit", s.Git("commit-tree", "-m", "the mgit branch", s.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	s.Grow("LUVLE-2.5-hack-core-ten", "v2.5.0", "lib.php", numbered(40, map[int]string{10: "ten"}))
	s.Grow("LUVLE-2.5-feature-mod_ours", "v2.5.0", "mod/ours/version.php", "<?php\n$plugin->version = 2013050200;\n$plugin->component = 'mod_ours';\n$plugin->release = '1.2';\n")
	s.Git("checkout", "-q", "-b", "LUVLE-2.5-deployment", "v2.5.1")
	for _, branch := range []string{"LUVLE-2.5-hack-core-ten", "LUVLE-2.5-feature-mod_ours"} {
		s.Git("merge", "-q", "--no-ff", "-m", "Merge branch '"+branch+"' into LUVLE-2.5-deployment", branch)
	}
	s.Git("checkout-index", "-a", "--prefix="+s.Live+"/")
	s.Git("checkout", "-q", "--detach", "v2.5.0")
	s.Write("staging.env", "# release 2.5\nMOODLE_GIT_HEAD="+pinned+"\nSECRET=hunter2\n")
	s.Put("course/lib.php", numbered(40, map[int]string{3: "somebody's", 30: "and more"}))
	s.Put("course/strange.php", "<?php\n// Nobody knows.\n")
	s.Shared("sites.toml", fmt.Sprintf("format = 1\n[site.live]\nenvironment = \"production\"\npath = %q\ntarget = \"deployment\"\nphp = \"5.4.9\"\n"+
		"[site.staging]\nenvironment = \"staging\"\nenv_file = \"staging.env\"\ntarget = \"deployment\"\n[site.elsewhere]\npath = \"/srv/nowhere\"\n", s.Live))
	return s
}

// release commits and tags a release of Moodle.
func (s *LiveSite) release(release, version string) {
	s.Write("version.php", fmt.Sprintf(
		"<?php\ndefined('MOODLE_INTERNAL') || die();\n$version  = %s;\n$release  = '%s (Build: 20130514)';\n$branch   = '25';\n$maturity = MATURITY_STABLE;\n", version, release))
	s.Write("lib/moodlelib.php", "<?php // "+release+"\n")
	s.Commit("Moodle release " + release)
	tag := "v" + release
	if strings.Count(tag, ".") == 1 {
		tag += ".0"
	}
	s.Git("tag", "-a", "-m", "Moodle "+release, tag)
}

// numbered is n numbered lines with some of them changed.
func numbered(n int, change map[int]string) string {
	var b strings.Builder
	for i := range n {
		if text, found := change[i]; found {
			b.WriteString(text + "\n")
			continue
		}
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

// Put writes a file of the live tree.
func (s *LiveSite) Put(path, text string) {
	s.t.Helper()
	name := filepath.Join(s.Live, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// Shared commits a file to the mgit branch, as a colleague would.
func (s *LiveSite) Shared(path, text string) {
	s.t.Helper()
	s.Grow("mgit", "refs/heads/mgit", path, text)
}

// Open opens the site, as the screen does.
func (s *LiveSite) Open(ctx context.Context) (*job.Site, error) {
	return job.Open(ctx, job.OpenRequest{Dir: s.Path, Git: git.Options{Env: s.Env()}})
}

// Host is what a view has on this site, half a year after its last release.
func (s *LiveSite) Host() *screen.Host {
	h := Host(s.t, "plain", s.Open)
	h.Now = func() time.Time { return time.Date(2026, 7, 1, 21, 30, 0, 0, time.UTC) }
	return h
}
