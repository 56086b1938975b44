package pin_test

import (
	"context"
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/pin"
	"mgit/internal/upstream"
)

// files are the texts of a tree by path.
type files map[string]string

// history is a Moodle in small: 60 files, and builds of all eras.
//
//	1.9.19 ─ 2.0 ─ 2.2 ─ 2.5.3 ─ fix ─ grown ─ shrunk ─ 2.5.3+ ─ fix2 ─ 2.5.4 ─┬─ 2.6 ─ 4.5 ─ 5.1
//	                     └──────────────────── merged ──────────────────────────┘ (a line of its own)
//
// fix changes lib/f03.php; grown adds lib/new.php and nothing else; shrunk
// removes lib/f05.php and nothing else. Most builds have a commit of development
// before them, and 2.6 has two: half26 and dev26.
type history struct {
	*gittest.Repo
	repo   *git.Repo
	index  *upstream.Index
	commit map[string]string // by the names above
	trees  map[string]files
}

var shared struct {
	once sync.Once
	*history
}

// newHistory returns the history, built once for all tests.
func newHistory(t *testing.T) *history {
	t.Helper()
	shared.once.Do(func() { shared.history = buildHistory(t) })
	if shared.history == nil {
		t.Fatal("the history could not be built")
	}
	return shared.history
}

func version(number, release, branch string) string {
	text := "<?php\n// MOODLE VERSION INFORMATION\ndefined('MOODLE_INTERNAL') || die();\n\n$version  = " + number + ";\n$release  = '" + release + "';\n"
	if branch != "" {
		text += "$branch   = '" + branch + "';\n$maturity = MATURITY_STABLE;\n"
	}
	return text
}

func buildHistory(t *testing.T) *history {
	h := &history{Repo: gittest.NewAt(t, sharedDir+"/moodle"), commit: map[string]string{}, trees: map[string]files{}}
	tree := files{".gitignore": "/config.php\n", "index.php": "<?php\n"}
	for i := range 60 {
		tree[fmt.Sprintf("lib/f%02d.php", i)] = fmt.Sprintf("<?php\n// file %d\n$a = %d;\n", i, i)
	}
	tree["pix/icon.png"] = "PNG\x00\r\n\x00"
	add := func(name string, change func(files)) {
		change(tree)
		h.commitTree(name, tree)
	}
	grow := func(from, to int, what string) func(files) {
		return func(tree files) {
			for i := from; i < to; i++ {
				tree[fmt.Sprintf("lib/f%02d.php", i)] += "// " + what + "\n"
			}
		}
	}
	bump := func(number, release, branch string) func(files) {
		return func(tree files) { tree["version.php"] = version(number, release, branch) }
	}
	add("1.9.19", func(tree files) {
		tree["version.php"] = "<?PHP  // $Id$\n\n    $version = 2007101591.09;  // YYYYMMDD\n\n    $release = '1.9.19 (Build: 20120706)';\n\n?>\n"
	})
	add("dev20", grow(0, 40, "2.0"))
	add("2.0", bump("2010112400", "2.0 (Build: 20101125)", ""))
	add("dev22", grow(0, 40, "2.2"))
	add("2.2", bump("2011120500.00", "2.2 (Build: 20111205)", ""))
	add("dev25", grow(0, 40, "2.5"))
	add("2.5.3", bump("2013051403.00", "2.5.3 (Build: 20131111)", "25"))
	add("fix", grow(3, 4, "fix"))
	add("grown", func(tree files) { tree["lib/new.php"] = "<?php\n" })
	add("shrunk", func(tree files) { delete(tree, "lib/f05.php") })
	add("2.5.3+", bump("2013051403.01", "2.5.3+ (Build: 20131114)", "25"))
	add("fix2", grow(6, 8, "fix2"))
	add("2.5.4", bump("2013051404.00", "2.5.4 (Build: 20140113)", "25"))
	// A merge that changes nothing has the tree of the build.
	h.Tick()
	merge := h.Git("commit-tree", "-p", h.commit["2.5.4"], "-p", h.commit["2.2"], "-m", "Merge an old branch", h.commit["2.5.4"]+"^{tree}")
	h.commit["merged"], h.trees["merged"] = merge, h.trees["2.5.4"]
	h.Git("reset", "-q", "--soft", merge)
	add("half26", grow(0, 25, "2.6"))
	add("dev26", grow(25, 50, "2.6"))
	add("2.6", bump("2013111800.00", "2.6 (Build: 20131118)", "26"))
	add("dev45", grow(0, 60, "4.5"))
	add("4.5", bump("2024100700.00", "4.5 (Build: 20241007)", "405"))
	add("move", func(tree files) {
		for _, path := range slices.Collect(maps.Keys(tree)) {
			if path != ".gitignore" && path != "index.php" {
				tree["public/"+path] = tree[path]
				delete(tree, path)
			}
		}
	})
	add("5.1", func(tree files) {
		tree["public/version.php"] = version("2025100600.00", "5.1 (Build: 20251006)", "501")
	})
	tip := mustID(t, h.commit["5.1"])
	var err error
	ctx := context.WithoutCancel(t.Context()) // other tests go on with it
	if h.repo, err = git.Open(ctx, h.Path, git.Options{Env: h.Env()}); err != nil {
		t.Fatal(err)
	}
	if h.index, err = upstream.Open(ctx, h.repo, upstream.Request{Tips: []git.ID{tip}}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *history) commitTree(name string, tree files) {
	for path := range h.trees["head"] {
		if _, ok := tree[path]; !ok {
			h.Remove(path)
		}
	}
	for path, text := range tree {
		if h.trees["head"][path] != text {
			h.Write(path, text)
		}
	}
	h.commit[name] = h.Commit(name)
	h.trees[name], h.trees["head"] = maps.Clone(tree), maps.Clone(tree)
}

func mustID(t testing.TB, text string) git.ID {
	t.Helper()
	id, err := git.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// request is a request about a tree, with line ends normalised when asked for.
func (h *history) request(tree files) pin.Request {
	r := pin.Request{Index: h.index, Repo: h.repo}
	paths := slices.Sorted(maps.Keys(tree))
	r.Files = func(yield func(string, git.ID) bool) {
		for _, path := range paths {
			if !yield(path, blobOf(tree[path])) {
				return
			}
		}
	}
	r.Normalised = func(_ context.Context, paths []string) (map[string]git.ID, error) {
		found := make(map[string]git.ID)
		for _, path := range paths {
			if text := tree[path]; !strings.Contains(text, "\x00") {
				found[path] = blobOf(strings.ReplaceAll(text, "\r\n", "\n"))
			}
		}
		return found, nil
	}
	for _, path := range []string{"version.php", "public/version.php"} {
		if text, ok := tree[path]; ok {
			r.Version = []byte(text)
		}
	}
	if text, ok := tree["githash.php"]; ok {
		r.Githash = []byte(text)
	}
	return r
}

// unread is the text of a file that cannot be read.
const unread = "\x00unread"

func blobOf(text string) git.ID {
	if text == unread {
		return git.ZeroID
	}
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00%s", len(text), text)
	return git.ID(h.Sum(nil))
}

// nameOf is the name by which the drawing above has a commit.
func (h *history) nameOf(c upstream.Commit) string {
	id := h.index.ID(c).String()
	for name, commit := range h.commit {
		if commit == id {
			return name
		}
	}
	return id
}

func (h *history) namesOf(all []pin.Candidate) []string {
	var names []string
	for _, c := range all {
		names = append(names, h.nameOf(c.Commit))
	}
	return names
}

func doubtsOf(p *pin.Pin) []string {
	var all []string
	for _, d := range p.Disagrees {
		all = append(all, d.ID)
	}
	return all
}
