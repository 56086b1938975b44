package branchview

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: templated{m}}.Run()) }

// templated is a testing.M with a place for the site that tests copy.
type templated struct{ m *testing.M }

func (t templated) Run() int {
	dir, err := os.MkdirTemp("", "mgit-branchview-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	template.dir = filepath.Join(dir, "site")
	return t.m.Run()
}

// template is a small site in the middle of an upgrade, built once.
var template struct {
	once sync.Once
	dir  string
}

// The branches of the small site: two that moved and one that is parked.
const (
	smallForum = "LUVLE-4.1-hack-core-forum"
	smallLocal = "LUVLE-4.1-feature-local_xx"
	smallBad   = "LUVLE-4.1-hack-core-bad"
)

func buildSite(t *testing.T, dir string) {
	t.Helper()
	r := gittest.NewAt(t, dir)
	release := func(version, branch, build, lib string) {
		r.Write("version.php", fmt.Sprintf("<?php\ndefined('MOODLE_INTERNAL') || die();\n$version  = %s;\n$release  = '%s (Build: 20241007)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n", build, version, branch))
		r.Write("lib/moodlelib.php", "<?php\n")
		r.Write("lib/components.json", `{"plugintypes": {"mod": "mod", "local": "local"}, "subsystems": {"course": "course"}}`)
		r.Write("lib.php", lib)
		r.Commit("Moodle release " + version)
		r.Git("tag", "-a", "-m", "release", "v"+version+".0")
	}
	release("4.1", "401", "2022112800.00", "1\n2\n3\n")
	release("4.5", "405", "2024100700.00", "1\ntwo\n3\n")
	r.Git("update-ref", "refs/remotes/upstream/main", "main")
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Git("branch", "-D", "main")
	for _, setting := range []string{
		"remote.upstream.url=https://example.org/moodle.git", "mgit.remote.upstream.url=https://example.org/moodle.git",
		"mgit.remote.upstream.role=upstream", "mgit.customer=LUVLE",
	} {
		key, value, _ := strings.Cut(setting, "=")
		r.Git("config", key, value)
	}
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", git.EmptyTree.String()))
	r.Grow(smallForum, "v4.1.0", "a.php", "1\n", "b.php", "2\n")
	r.Grow(smallLocal, "v4.1.0", "local/xx/lib.php", "<?php\n")
	r.Grow(smallBad, "v4.1.0", "lib.php", "1\nours\n3\n")
	site := open(t, r)
	if _, _, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"}, false); err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, r *gittest.Repo) *job.Site {
	t.Helper()
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// driveSite enters the view on a copy of the small site. The series in use is the old one: 4.5 is asked for by
// its name.
func driveSite(t *testing.T) (*tuitest.Driver, *View, *gittest.Repo) {
	t.Helper()
	template.once.Do(func() { buildSite(t, template.dir) })
	dir := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, os.DirFS(template.dir)); err != nil {
		t.Fatal(err)
	}
	r := gittest.At(t, dir)
	h := tuitest.Host(t, "plain", func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: dir, Git: git.Options{Env: r.Env()}})
	})
	h.Series = "4.1"
	v := New(h)
	v.later = soon
	d := tuitest.Drive(t, h, v, 120, 40, "")
	return d, v, r
}

// started is the task that the view has started.
func started(d *tuitest.Driver) screen.Task { return tuitest.Taken[screen.StartMsg](d).Task }
