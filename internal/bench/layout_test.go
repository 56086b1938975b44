package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/layout/layouttest"
)

// TestLayout measures what Moodle's move below public/ costs: the upgrade of a site of
// Moodle's size across it, against the same upgrade of a site whose releases and
// branches have been below public/ all along.
func TestLayout(t *testing.T) {
	skipUnlessAsked(t)
	program := buildMgit(t)
	site := layouttest.New(t, gittest.NewAt(t, filepath.Join(t.TempDir(), "site.git"), "--bare"), layouttest.Full())
	moved := site.Move()
	across := &moodle{t: t, template: site.Repo}
	within := &moodle{t: t, template: belowAllAlong(t, site, moved)}
	for _, m := range []*moodle{across, within} {
		m.template.Git("repack", "-q", "-a", "-d")
		m.template.Git("pack-refs", "--all")
		m.template.Git("commit-graph", "write", "--reachable")
	}
	for _, odd := range site.Odd { // nobody could know where they were to be
		across.template.Git("update-ref", "-d", "refs/heads/"+odd.Name)
	}
	say(t, "%d files, %d of them changed; %d branches", site.Files, site.Changed, len(site.Branches))
	upgrade := func(name string, m *moodle) *work {
		return &work{
			name: name, prepare: m.bare,
			do: func(r *gittest.Repo) { run(t, r, program, []string{"rebase-all", "v5.1.0"}, finished) },
			done: func(r *gittest.Repo) {
				if across.result == nil {
					across.result = treesOf51(r)
				}
				if now := treesOf51(r); fmt.Sprint(now) != fmt.Sprint(across.result) || len(now) < 150 {
					t.Errorf("%s: %d branches, and not to the trees of the others", name, len(now))
				}
			},
		}
	}
	with, without := upgrade("mgit rebase-all, with the move", across), upgrade("mgit rebase-all, without", within)
	bar(t, "218 branches, 30,000 files: with the move / without", compared(t, 9, with, without), 1.3, "")
	say(t, "%v", with)
	say(t, "%v", without)
	if peak := peakMemory(t, across.bare(), program, []string{"rebase-all", "v5.1.0"}, finished); peak > 0 {
		say(t, "peak memory of mgit with the move: %.0f MB", float64(peak)/1e6)
	}
}

// belowAllAlong is a copy of the site in which nothing has to move.
func belowAllAlong(t *testing.T, site *layouttest.Site, moved *layouttest.Moved) *gittest.Repo {
	t.Helper()
	dir := site.Path + "-below"
	if err := os.CopyFS(dir, os.DirFS(site.Path)); err != nil {
		t.Fatal(err)
	}
	r := gittest.At(t, dir)
	release := r.Git("commit-tree", "-m", "Moodle release 5.1", "-p", moved.Base, "v5.1.0^{tree}")
	for ref, id := range map[string]string{
		"refs/tags/v4.5.0": moved.Base, "refs/remotes/upstream/MOODLE_405_STABLE": moved.Base,
		"refs/tags/v5.1.0": release, "refs/remotes/upstream/MOODLE_501_STABLE": release,
	} {
		r.Git("update-ref", ref, id)
	}
	for _, b := range site.Branches {
		r.Git("update-ref", "refs/heads/"+b.Name, "refs/moved/"+b.Name)
	}
	for _, odd := range site.Odd {
		r.Git("update-ref", "-d", "refs/heads/"+odd.Name)
	}
	return r
}

// treesOf51 are the trees of the branches that an upgrade made.
func treesOf51(r *gittest.Repo) []string {
	return strings.Fields(r.Git("for-each-ref", "--format=%(tree)", "refs/heads/LUVLE-5.1-*"))
}
