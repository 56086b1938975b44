// Package mergetest makes random trees, and random changes to them, for the
// tests that compare mgit with git.
package mergetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tree"
)

// File is one file of a random tree.
type File struct {
	Mode git.Mode
	Text string
}

// Files is a tree: path to file. No path is below another's.
type Files map[string]File

// Triple is one case of the property test.
type Triple struct{ Base, Ours, Theirs Files }

// RandomTriple makes a base and two versions of it. Names are few, so that
// both sides meet often; Files have enough lines that Git merges edits apart
// from each other and recognises renames that were edited too.
func RandomTriple(r *rand.Rand) Triple {
	base := make(Files)
	for range 1 + r.IntN(7) {
		base.put(randomPath(r), File{randomMode(r), randomText(r)})
	}
	if r.IntN(20) == 0 {
		base.put(".gitattributes", File{git.ModeFile, randomAttributes(r)})
	}
	t := Triple{base, maps.Clone(base), maps.Clone(base)}
	for range 1 + r.IntN(3) {
		Edit(r, t.Ours)
	}
	if r.IntN(8) == 0 {
		t.Theirs = maps.Clone(t.Ours) // equal edits
	}
	for range r.IntN(4) {
		Edit(r, t.Theirs)
	}
	return t
}

func randomPath(r *rand.Rand) string {
	names := []string{"a", "b", "c", "d", "e", "f", "lib.php", "x-y"}
	depth := []int{1, 1, 2, 2, 2, 3, 4}[r.IntN(7)]
	parts := make([]string, depth)
	for i := range parts {
		parts[i] = names[r.IntN(len(names))]
	}
	return strings.Join(parts, "/")
}

// randomMode is mostly that of a plain file. History also holds modes that Git
// writes no more and reads as plain (0100664), and submodules.
func randomMode(r *rand.Rand) git.Mode {
	switch r.IntN(24) {
	case 0:
		return 0o100664
	case 1:
		return git.ModeGitlink
	default:
		return git.ModeFile
	}
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	seed := r.IntN(12)
	for i := range 8 + r.IntN(6) {
		fmt.Fprintf(&b, "line %d of text %d\n", i, seed)
	}
	return b.String()
}

func randomAttributes(r *rand.Rand) string {
	return []string{"* merge=union\n", "*.php -merge\n", "a binary\n", "d/* merge=union\n"}[r.IntN(4)]
}

// Edit changes the tree once, in one of the ways people and Git change trees.
func Edit(r *rand.Rand, f Files) {
	if len(f) == 0 {
		f.put(randomPath(r), File{git.ModeFile, randomText(r)})
		return
	}
	paths := slices.Sorted(maps.Keys(f))
	p := paths[r.IntN(len(paths))]
	old := f[p]
	switch r.IntN(13) {
	case 0, 1, 2: // edit a line
		lines := strings.SplitAfter(old.Text, "\n")
		lines[r.IntN(len(lines))] = fmt.Sprintf("edit %d\n", r.IntN(3))
		f[p] = File{old.Mode, strings.Join(lines, "")}
	case 3: // delete
		delete(f, p)
	case 4, 5: // add
		f.put(randomPath(r), File{git.ModeFile, randomText(r)})
	case 6: // rename, perhaps edited
		delete(f, p)
		if r.IntN(2) == 0 {
			old.Text += "one more\n"
		}
		f.put(randomPath(r), old)
	case 7: // rename a directory
		if dir, _, ok := strings.Cut(p, "/"); ok {
			to := []string{"moved", "d", "e"}[r.IntN(3)]
			for _, q := range paths {
				if rest, ok := strings.CutPrefix(q, dir+"/"); ok {
					c := f[q]
					delete(f, q)
					f.put(to+"/"+rest, c)
				}
			}
		}
	case 8: // a file becomes a directory
		delete(f, p)
		f.put(p+"/"+randomPath(r), old)
	case 9: // a directory becomes a file
		if dir, _, ok := strings.Cut(p, "/"); ok {
			f.put(dir, old)
		}
	case 10: // mode
		if old.Mode == git.ModeFile {
			f[p] = File{git.ModeExec, old.Text}
		} else {
			f[p] = File{git.ModeFile, old.Text}
		}
	case 11: // a link, or its target changed
		f[p] = File{git.ModeLink, "target" + fmt.Sprint(r.IntN(2))}
	case 12: // attributes
		if r.IntN(3) == 0 {
			f.put(".gitattributes", File{git.ModeFile, randomAttributes(r)})
		} else {
			f[p] = File{old.Mode, randomText(r)}
		}
	}
}

// put sets a path and removes what cannot stand beside it.
func (f Files) put(path string, c File) {
	for p := range f {
		if strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/") {
			delete(f, p)
		}
	}
	f[path] = c
}

func (f Files) String() string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "  %o %s %q\n", f[p].Mode, p, f[p].Text)
	}
	return b.String()
}

// HasOldModes reports whether a file has a mode Git no longer writes.
func (t Triple) HasOldModes() bool {
	for _, f := range []Files{t.Base, t.Ours, t.Theirs} {
		for _, c := range f {
			if c.Mode == 0o100664 {
				return true
			}
		}
	}
	return false
}

// Put sets a path of a tree and removes what cannot stand beside it.
func Put(f Files, path string, c File) { f.put(path, c) }

func (t Triple) String() string {
	return fmt.Sprintf("base\n%vours\n%vtheirs\n%v", t.Base, t.Ours, t.Theirs)
}

// Put stores the tree and returns its id.
func (f Files) Put(s interface {
	PutBlob(data []byte) git.ID
	PutTree(t git.Tree) (git.ID, error)
},
) (git.ID, error) {
	below := make(map[string]Files)
	var entries git.Tree
	for path, c := range f {
		name, rest, deep := strings.Cut(path, "/")
		if deep {
			if below[name] == nil {
				below[name] = make(Files)
			}
			below[name][rest] = c
			continue
		}
		entries = append(entries, git.TreeEntry{Name: name, Mode: c.Mode, ID: s.PutBlob([]byte(c.Text))})
	}
	for name, sub := range below {
		id, err := sub.Put(s)
		if err != nil {
			return git.ZeroID, err
		}
		entries = append(entries, git.TreeEntry{Name: name, Mode: git.ModeTree, ID: id})
	}
	tree.Sort(entries)
	return s.PutTree(entries)
}

// RandomFiles makes a tree of a few files.
func RandomFiles(r *rand.Rand) Files { return RandomTriple(r).Base }
