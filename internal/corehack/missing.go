package corehack

import (
	"mgit/internal/git"
	"mgit/internal/upstream"
)

// missing classifies the files that only the pin has. What lies in something that
// was not read is not missing; a folder without any of its files is one finding.
func (c *comparison) missing(files []File) {
	var gone []File
	for _, p := range files {
		switch {
		case c.covered(p.Path), p.Path == ".gitignore" && c.withoutIgnoreFile():
		case c.liveHasDir(p.Path):
			f := missingFinding(p.Path)
			f.Class, f.Pristine, f.Evidence = Modified, Side{Mode: p.Mode, ID: p.ID}, "a folder stands in the place of the file"
			c.Findings = append(c.Findings, f)
		default:
			gone = append(gone, p)
		}
	}
	for len(gone) > 0 {
		f := missingFinding(gone[0].Path)
		if dir, n := c.goneFolder(gone); n > 1 {
			f.Path, f.Folder, f.Files = dir, true, n
		} else {
			f.Pristine = Side{Mode: gone[0].Mode, ID: gone[0].ID}
		}
		if there, ok := c.liveFile(f.Path); ok { // a folder's path: a file of this path is not gone
			f.Evidence = "a file stands in the place of the folder"
			if there.Mode == git.ModeLink {
				f.Evidence = "a link stands in the place of the folder"
			}
		}
		c.Findings = append(c.Findings, f)
		gone = gone[f.Files:]
	}
}

func missingFinding(path string) Finding {
	return Finding{Path: path, Class: Missing, Origin: upstream.None, Removal: upstream.None, Files: 1}
}

// withoutIgnoreFile reports whether the tree may lack upstream's .gitignore:
// download packages leave it out, and without Git nobody misses it.
func (c *comparison) withoutIgnoreFile() bool {
	if c.Packaged {
		return true
	}
	for _, r := range c.Tree.Repositories() {
		if r.Path == "" {
			return false
		}
	}
	return true
}

// goneFolder returns the highest folder around the first of the files, which are
// all that are gone, of which the pin has nothing else; and how many files it has.
func (c *comparison) goneFolder(gone []File) (dir string, files int) {
	path := gone[0].Path
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		dir := path[:i]
		all := c.pinBelow(dir)
		if all[0].Path == path && len(gone) >= len(all) && inDir(gone[len(all)-1].Path, dir) {
			return dir, len(all)
		}
	}
	return "", 0
}
