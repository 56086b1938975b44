package rebasetest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
)

// Clashes says which hacks to make of what a stable branch of Moodle really changed: fixes of an old series, that
// later series have in another form, are what conflicts on real sites look like.
type Clashes struct {
	Base    string // upstream tag the branches stand on: v2.5.0
	As      string // a later one of the same series, whose files are the hacks: v2.5.9
	Onto    string // the tag with which they conflict: v2.8.0
	Version string // the version in the branches' names
	One     int    // branches with one file in conflict
	Two     int    // branches with two
}

// Clash is a branch that was made.
type Clash struct {
	Branch string
	Paths  []string // in conflict; everything else of the branch merges
}

// Make writes the branches into repo. Each has two commits: one that merges, and shifts the lines of the files by
// one, and one that conflicts. The same clashes on the same history make the same commits.
func (c Clashes) Make(t testing.TB, repo *git.Repo) []Clash {
	t.Helper()
	paths := c.paths(t, repo)
	if len(paths) < c.One+2*c.Two {
		t.Fatalf("only %d files conflict", len(paths))
	}
	// Far from each other, so that they are of different parts of Moodle.
	step := len(paths) / (c.One + 2*c.Two)
	next := 0
	take := func() (path string) {
		path, next = paths[next*step], next+1
		return path
	}
	var made []Clash
	for i := range c.One + c.Two {
		clash := Clash{Branch: fmt.Sprintf("LUVLE-%s-hack-core-clash%d", c.Version, i), Paths: []string{take()}}
		if i >= c.One {
			clash.Paths = append(clash.Paths, take())
		}
		made = append(made, clash)
	}
	c.write(t, repo, made)
	return made
}

// paths are the PHP files of which Git cannot merge the lines.
func (c Clashes) paths(t testing.TB, repo *git.Repo) []string {
	t.Helper()
	scratch, err := repo.NewScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	tree := func(tag string) git.ID { return commitOf(t, repo, tag).Tree }
	answers, err := scratch.MergeTrees(t.Context(), tree(c.Onto), []git.Merge{{Base: tree(c.Base), Ours: tree(c.Onto), Theirs: tree(c.As)}})
	if err = cmp.Or(err, answers[0].Err); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, conflict := range answers[0].Conflicts {
		// What numbers and generated code conflict in, no person reads.
		if conflict.Kind == "CONFLICT (contents)" && strings.HasSuffix(conflict.Path, ".php") && !strings.HasSuffix(conflict.Path, "version.php") {
			paths = append(paths, conflict.Path)
		}
	}
	slices.Sort(paths)
	// Only those that begin as code does can be shifted, and only those that all three releases have.
	return slices.DeleteFunc(slices.Compact(paths), func(path string) bool {
		return !strings.HasPrefix(string(c.blob(t, repo, c.Base, path)), "<?php\n") || !strings.HasPrefix(string(c.blob(t, repo, c.As, path)), "<?php\n")
	})
}

func commitOf(t testing.TB, repo *git.Repo, tag string) *git.Commit {
	t.Helper()
	id, err := repo.Resolve(t.Context(), "refs/tags/"+tag)
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Store().Commit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

// blob is a file of a release; nil where it has none.
func (c Clashes) blob(t testing.TB, repo *git.Repo, tag, path string) []byte {
	t.Helper()
	e, err := repo.Store().Path(t.Context(), commitOf(t, repo, tag).Tree, path)
	if err != nil {
		return nil
	}
	data, err := repo.Store().Blob(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (c Clashes) write(t testing.TB, repo *git.Repo, all []Clash) {
	t.Helper()
	var out bytes.Buffer
	clock := 1370000000
	commit := func(branch, message string) {
		clock += 60
		fmt.Fprintf(&out, "commit refs/heads/%s\n", branch)
		for _, who := range []string{"author", "committer"} {
			fmt.Fprintf(&out, "%s Dev <dev@example.org> %d +0100\n", who, clock)
		}
		fmt.Fprintf(&out, "data %d\n%s", len(message), message)
	}
	file := func(path string, data []byte) {
		data = bytes.Replace(data, []byte("<?php\n"), []byte("<?php\n// LUVLE\n"), 1)
		fmt.Fprintf(&out, "M 100644 inline %s\ndata %d\n%s\n", path, len(data), data)
	}
	for _, clash := range all {
		commit(clash.Branch, "LUVLE: Say whose files these are\n")
		fmt.Fprintf(&out, "from refs/tags/%s^0\n", c.Base)
		for _, path := range clash.Paths {
			file(path, c.blob(t, repo, c.Base, path))
		}
		commit(clash.Branch, "LUVLE: Fixes of "+c.As+"\n")
		for _, path := range clash.Paths {
			file(path, c.blob(t, repo, c.As, path))
		}
	}
	if err := repo.Cmd("fast-import", "--quiet", "--force").Stdin(out.Bytes()).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
}
