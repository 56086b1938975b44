package upgradeview

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

// The branches of the small site.
const (
	plugin = "LUVLE-4.1-feature-mod_ouwiki"
	hack   = "LUVLE-4.1-hack-mod_forum-subject"
	stuck  = "LUVLE-4.1-hack-core-stuck"
)

// template is the small site, built once for all tests.
var template struct {
	once sync.Once
	dir  string
}

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: templated{m}}.Run()) }

// templated is a testing.M with a place for what several tests copy.
type templated struct{ m *testing.M }

func (t templated) Run() int {
	dir, err := os.MkdirTemp("", "mgit-upgradeview-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	template.dir = dir
	return t.m.Run()
}

// newSite copies the small site: 4.1.0 and 4.5.0 of an upstream, and three branches on 4.1.0, of which one
// conflicts with 4.5.0.
func newSite(t *testing.T) *gittest.Repo {
	t.Helper()
	template.once.Do(func() { buildSite(t, filepath.Join(template.dir, "repo")) })
	dir := filepath.Join(t.TempDir(), "repo")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(template.dir, "repo"))); err != nil {
		t.Fatal(err)
	}
	return gittest.At(t, dir)
}

func buildSite(t *testing.T, dir string) {
	t.Helper()
	r := gittest.NewAt(t, dir)
	release := func(release, branch, version string) {
		r.Write("version.php", fmt.Sprintf(
			"<?php\ndefined('MOODLE_INTERNAL') || die();\n$version  = %s;\n$release  = '%s (Build: 20241007)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n",
			version, release, branch))
		r.Write("lib/components.json", `{"plugintypes": {"mod": "mod"}, "subsystems": {"course": "course"}}`)
	}
	release("4.1", "401", "2022112800.00")
	r.Write("lib.php", numbered(nil))
	r.Write("mod/forum/lib.php", numbered(nil))
	r.Commit("Moodle release 4.1")
	r.Git("tag", "v4.1.0")
	release("4.5", "405", "2024100700.00")
	r.Write("lib.php", numbered(map[int]string{5: "of 4.5"}))
	r.Commit("Moodle release 4.5")
	r.Git("tag", "v4.5.0")
	r.Git("update-ref", "refs/remotes/upstream/main", "main")
	for name, files := range map[string][2]string{
		plugin: {"mod/ouwiki/lib.php", "<?php\n"},
		hack:   {"mod/forum/lib.php", numbered(map[int]string{3: "hacked"})},
		stuck:  {"lib.php", numbered(map[int]string{5: "ours"})},
	} {
		r.Git("checkout", "-q", "-b", name, "v4.1.0")
		r.Write(files[0], files[1])
		r.Commit("change " + files[0])
	}
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Git("branch", "-D", "main")
	r.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	for key, value := range map[string]string{
		"mgit.customer": "LUVLE", "mgit.remote.upstream.url": "https://example.org/moodle.git", "mgit.remote.upstream.role": "upstream",
	} {
		r.Git("config", key, value)
	}
	empty := r.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", empty))
}

func numbered(change map[int]string) string {
	var b strings.Builder
	for i := range 20 {
		if c, found := change[i]; found {
			fmt.Fprintln(&b, c)
			continue
		}
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func open(t *testing.T, r *gittest.Repo) func(ctx context.Context) (*job.Site, error) {
	env := r.Env()
	return func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: env}})
	}
}

// with opens a site for one operation, as a command does.
func with(t *testing.T, r *gittest.Repo, do func(site *job.Site) error) {
	t.Helper()
	site, err := open(t, r)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	if err := do(site); err != nil {
		t.Fatal(err)
	}
}

// drive shows the view of a real site.
func drive(t *testing.T, r *gittest.Repo, subject string, changes ...func(*screen.Host)) (*View, *tuitest.Driver) {
	t.Helper()
	h := tuitest.Host(t, "plain", open(t, r))
	for _, change := range changes {
		change(h)
	}
	v := New(h)
	v.rest = 0
	return v, tuitest.Drive(t, h, v, 120, 40, subject)
}
