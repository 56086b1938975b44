package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// moodle is a site's repository on the objects of a clone of Moodle, to be copied:
// references, settings and the pack of its branches, some megabytes.
type moodle struct {
	t        *testing.T
	template *gittest.Repo
	load     rebasetest.Load
	branches []string
	copies   int
	result   []string // trees of the moved branches, once known
}

// newMoodle makes the site with the branches of the load.
func newMoodle(t *testing.T, clone string, load rebasetest.Load) *moodle {
	t.Helper()
	m := &moodle{t: t, load: load}
	m.template = newSite(t, clone, func(repo *git.Repo) { m.branches = load.Make(t, repo) })
	return m
}

// newSite makes a site whose branches are those that fill makes. It needs nothing of
// the clone but its objects, its tags and its stable branches, wherever these are.
func newSite(t *testing.T, clone string, fill func(*git.Repo)) *gittest.Repo {
	t.Helper()
	r := gittest.NewAt(t, filepath.Join(t.TempDir(), "site.git"), "--bare", "--template=")
	objects := r.Git("-C", clone, "rev-parse", "--path-format=absolute", "--git-path", "objects")
	for _, dir := range []string{"info", "hooks"} {
		if err := os.MkdirAll(filepath.Join(r.Path, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	alternates := filepath.Join(r.Path, "objects", "info", "alternates")
	if err := os.MkdirAll(filepath.Dir(alternates), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alternates, []byte(objects+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, ref := range upstreamRefs(r, clone) {
		r.Git("update-ref", ref.name, ref.id)
	}
	r.Git("config", "remote.upstream.url", clone)
	r.Git("config", "remote.upstream.fetch", "+refs/heads/*:refs/remotes/upstream/*")
	setUp(r)
	repo, err := git.Open(t.Context(), r.Path, git.Options{Env: r.Env()})
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	fill(repo)
	// As git gc leaves every repository; a fresh clone has no commit-graph yet.
	r.Git("pack-refs", "--all")
	r.Git("commit-graph", "write", "--reachable")
	return r
}

// setUp makes a clone with the remote upstream a site's repository.
func setUp(r *gittest.Repo) {
	r.Git("config", "mgit.customer", "LUVLE")
	r.Git("config", "mgit.remote.upstream.url", r.Git("config", "remote.upstream.url"))
	r.Git("config", "mgit.remote.upstream.role", "upstream")
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "Start", git.EmptyTree.String()))
}

type upstreamRef struct{ name, id string }

var stableBranch = regexp.MustCompile(`^refs/(?:heads|remotes/[^/]+)/(main|master|MOODLE_[0-9]+_STABLE)$`)

// upstreamRefs are Moodle's tags and branches under the names they have in a
// site's clone.
func upstreamRefs(r *gittest.Repo, clone string) []upstreamRef {
	var refs []upstreamRef
	for line := range strings.Lines(r.Git("-C", clone, "for-each-ref", "--format=%(objectname) %(refname)")) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if m := stableBranch.FindStringSubmatch(name); m != nil {
			name = "refs/remotes/upstream/" + m[1]
		} else if !strings.HasPrefix(name, "refs/tags/v") {
			continue
		}
		refs = append(refs, upstreamRef{name, id})
	}
	return refs
}

// bare is a fresh copy of the site.
func (m *moodle) bare() *gittest.Repo {
	m.t.Helper()
	m.copies++
	dir := fmt.Sprintf("%s-%d", m.template.Path, m.copies)
	if err := os.CopyFS(dir, os.DirFS(m.template.Path)); err != nil {
		m.t.Fatal(err)
	}
	return gittest.At(m.t, dir)
}

// checkedOut is a fresh copy with a work tree, in which the release is checked out.
func (m *moodle) checkedOut(release string) *gittest.Repo {
	m.t.Helper()
	bare := m.bare()
	dir := bare.Path + "-tree"
	if err := os.MkdirAll(dir, 0o777); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(bare.Path, filepath.Join(dir, ".git")); err != nil {
		m.t.Fatal(err)
	}
	r := gittest.At(m.t, dir)
	r.Git("config", "core.bare", "false")
	r.Git("checkout", "-q", "--detach", release)
	return r
}

// movedNames are the names of the branches once they are moved to a version.
func (m *moodle) movedNames(version string) []string {
	moved := m.load
	moved.Version = version
	return moved.Names()
}

// trees are the trees at the tips of the branches; "" where there is no branch.
func trees(r *gittest.Repo, branches []string) []string {
	id := make(map[string]string)
	for line := range strings.Lines(r.Git("for-each-ref", "--format=%(refname:short) %(tree)", "refs/heads")) {
		name, tree, _ := strings.Cut(strings.TrimSpace(line), " ")
		id[name] = tree
	}
	all := make([]string, len(branches))
	for i, b := range branches {
		all[i] = id[b]
	}
	return all
}
