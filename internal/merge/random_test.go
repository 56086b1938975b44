package merge

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"mgit/internal/git"
)

// file is one file of a random tree.
type file struct {
	mode git.Mode
	text string
}

// files is a random tree: path to file. No path is below another's.
type files map[string]file

// triple is one case of the property test.
type triple struct{ base, ours, theirs files }

// randomTriple makes a base and two versions of it. Names are few, so that
// both sides meet often; files have enough lines that Git merges edits apart
// from each other and recognises renames that were edited too.
func randomTriple(r *rand.Rand) triple {
	base := make(files)
	for range 1 + r.IntN(7) {
		base.put(randomPath(r), file{randomMode(r), randomText(r)})
	}
	if r.IntN(20) == 0 {
		base.put(".gitattributes", file{git.ModeFile, randomAttributes(r)})
	}
	t := triple{base, maps.Clone(base), maps.Clone(base)}
	for range 1 + r.IntN(3) {
		edit(r, t.ours)
	}
	if r.IntN(8) == 0 {
		t.theirs = maps.Clone(t.ours) // equal edits
	}
	for range r.IntN(4) {
		edit(r, t.theirs)
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

// edit changes the tree once, in one of the ways people and Git change trees.
func edit(r *rand.Rand, f files) {
	if len(f) == 0 {
		f.put(randomPath(r), file{git.ModeFile, randomText(r)})
		return
	}
	paths := slices.Sorted(maps.Keys(f))
	p := paths[r.IntN(len(paths))]
	old := f[p]
	switch r.IntN(13) {
	case 0, 1, 2: // edit a line
		lines := strings.SplitAfter(old.text, "\n")
		lines[r.IntN(len(lines))] = fmt.Sprintf("edit %d\n", r.IntN(3))
		f[p] = file{old.mode, strings.Join(lines, "")}
	case 3: // delete
		delete(f, p)
	case 4, 5: // add
		f.put(randomPath(r), file{git.ModeFile, randomText(r)})
	case 6: // rename, perhaps edited
		delete(f, p)
		if r.IntN(2) == 0 {
			old.text += "one more\n"
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
		if old.mode == git.ModeFile {
			f[p] = file{git.ModeExec, old.text}
		} else {
			f[p] = file{git.ModeFile, old.text}
		}
	case 11: // a link, or its target changed
		f[p] = file{git.ModeLink, "target" + fmt.Sprint(r.IntN(2))}
	case 12: // attributes
		if r.IntN(3) == 0 {
			f.put(".gitattributes", file{git.ModeFile, randomAttributes(r)})
		} else {
			f[p] = file{old.mode, randomText(r)}
		}
	}
}

// put sets a path and removes what cannot stand beside it.
func (f files) put(path string, c file) {
	for p := range f {
		if strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/") {
			delete(f, p)
		}
	}
	f[path] = c
}

func (f files) String() string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "  %o %s %q\n", f[p].mode, p, f[p].text)
	}
	return b.String()
}

// hasOldModes reports whether a file has a mode Git no longer writes.
func (t triple) hasOldModes() bool {
	for _, f := range []files{t.base, t.ours, t.theirs} {
		for _, c := range f {
			if c.mode == 0o100664 {
				return true
			}
		}
	}
	return false
}

func (t triple) String() string {
	return fmt.Sprintf("base\n%vours\n%vtheirs\n%v", t.base, t.ours, t.theirs)
}
