package demo

import (
	"fmt"
	"strings"
)

// edit is one change to one file, as a value that can be made on several trees.
// Paths are those of the classic layout: on a tree whose code stands below
// public/ the edit finds its file there.
type edit struct {
	path string
	old  string // the text that goes; it must stand in the file exactly once
	text string
	file *file // takes the place of the whole file when whole is set
	mode string
	kind editKind
	root bool // path is meant as it stands, also where the code is below public/
}

type editKind int

const (
	editWhole editKind = iota
	editText
	editMode
	editLayout
)

// put writes a file.
func put(path, text string) edit {
	return edit{kind: editWhole, path: path, file: &file{modeFile, text}}
}

// putAtRoot writes a file that stands at the root in every layout.
func putAtRoot(path, text string) edit {
	e := put(path, text)
	e.root = true
	return e
}

// set makes a file what it is elsewhere; nil removes it.
func set(path string, f *file) edit {
	return edit{kind: editWhole, path: path, file: f}
}

// remove takes a file away.
func remove(path string) edit {
	return edit{kind: editWhole, path: path}
}

// link writes a symbolic link.
func link(path, target string) edit {
	return edit{kind: editWhole, path: path, file: &file{modeLink, target}}
}

// replace exchanges a text that stands in the file once.
func replace(path, old, text string) edit {
	return edit{kind: editText, path: path, old: old, text: text}
}

// executable sets the executable bit.
func executable(path string) edit {
	return edit{kind: editMode, path: path, mode: modeExec}
}

// publish moves the code below public/, as Moodle 5.1 did.
func publish() edit {
	return edit{kind: editLayout}
}

// target is the path of the edit's file in the layout of c.
func (e edit) target(c *commit) string {
	if c.moved && !e.root {
		return publicPath(e.path)
	}
	return e.path
}

// apply makes the edit on c, whose parents are known.
func (e edit) apply(c *commit) error {
	if e.kind == editLayout {
		moveBelowPublic(c)
		return nil
	}
	path := e.target(c)
	if e.kind == editWhole {
		if e.file == nil && c.file(path) == nil {
			return fmt.Errorf("remove %s: there is no such file", path)
		}
		c.changes[path] = e.file
		return nil
	}
	f := c.file(path)
	if f == nil {
		return fmt.Errorf("edit %s: there is no such file", path)
	}
	if e.kind == editMode {
		c.changes[path] = &file{e.mode, f.data}
		return nil
	}
	if n := strings.Count(f.data, e.old); n != 1 {
		return fmt.Errorf("edit %s: %q stands there %d times", path, e.old, n)
	}
	c.changes[path] = &file{f.mode, strings.Replace(f.data, e.old, e.text, 1)}
	return nil
}

// moveBelowPublic moves everything that does not stay at the root.
func moveBelowPublic(c *commit) {
	for path, f := range c.files() {
		if to := publicPath(path); to != path {
			c.changes[path] = nil
			c.changes[to] = f
		}
	}
	c.moved = true
}

// publicPath returns where 5.1 has what stood at path before.
// https://moodledev.io/docs/5.1/guides/restructure
func publicPath(path string) string {
	switch path {
	case "lib/components.json", "lib/plugins.json":
		return path
	}
	folder, _, nested := strings.Cut(path, "/")
	switch {
	case strings.HasPrefix(path, "public/"), strings.HasPrefix(path, "admin/cli/"), strings.HasPrefix(path, "lib/behat/extension/"):
		return path
	case strings.HasPrefix(path, "."):
		return path
	case !nested && staysAtRoot(folder):
		return path
	}
	return "public/" + path
}

// staysAtRoot tells the files of the root that did not move.
func staysAtRoot(name string) bool {
	switch name {
	case "composer.json", "composer.lock", "config-dist.php", "Gruntfile.js", "package.json", "npm-shrinkwrap.json",
		"phpcs.xml.dist", "phpunit.xml.dist", "README.md", "INSTALL.txt", "COPYING.txt", "TRADEMARK.txt",
		"CONTRIBUTING.md", "UPGRADING.md", "config.php", "githash.php":
		return true
	}
	return false
}
