package job

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/live"
)

// locate finds the file that is asked about. The error is a *UsageError when there
// is none.
func (w *whyInquiry) locate(request WhyRequest) error {
	root := w.tree.Name
	if w.tree.IsRef {
		root = w.site.Repo.WorkTree()
	}
	tries := []string{request.Path, path.Clean(request.Path)}
	if below, ok := pathBelow(root, w.site.Repo.Dir(), request.Path); ok {
		tries = append(tries, below)
	}
	for _, word := range tries {
		if w.name, w.line = w.resolve(word); w.knows(w.name) {
			w.line = max(w.line, request.Line)
			return nil
		}
	}
	for _, word := range tries {
		if name, _ := w.resolve(word); w.isFolder(name) {
			return &UsageError{Text: fmt.Sprintf("%s of %s is a folder", ShowPath(name), ShowPath(w.tree.Name)), Hint: "ask for a file in it; mgit corehack-report lists those that differ"}
		}
	}
	name, _ := w.resolve(request.Path)
	return w.notThere(name)
}

func (w *whyInquiry) notThere(name string) error {
	hint := "paths are relative to the tree"
	if w.request.Tree == "" {
		hint += ", which is the work tree of this clone; --tree names another one"
	}
	if by := w.claims.touched(name); len(by) > 0 {
		hint = "it is on " + ShowPath(strings.Join(by, ", ")) + "; " + hint
	}
	return &UsageError{Text: fmt.Sprintf("%s has no file %s, and neither has its pin", ShowPath(w.tree.Name), ShowPath(name)), Hint: hint}
}

// pathBelow is a path as somebody in the folder dir sees it, relative to a folder
// that it leads into.
func pathBelow(root, dir, word string) (below string, ok bool) {
	if !filepath.IsAbs(word) {
		word = filepath.Join(dir, word)
	}
	for _, word := range []string{word, realPath(word)} {
		for _, root := range []string{root, realPath(root)} {
			below, err := filepath.Rel(root, word)
			if err == nil && filepath.IsLocal(below) {
				return filepath.ToSlash(below), true
			}
		}
	}
	return "", false
}

// realPath is a path without links in the folders that it leads through.
func realPath(name string) string {
	folder, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return name
	}
	return filepath.Join(folder, filepath.Base(name))
}

// isFolder reports whether the tree or its pin has files below a path.
func (w *whyInquiry) isFolder(name string) bool {
	prefix := name + "/"
	if name == "." || name == "" {
		prefix = ""
	}
	if slices.ContainsFunc(w.tree.Files(), func(f live.File) bool { return strings.HasPrefix(f.Path, prefix) }) {
		return true
	}
	for name := range w.inquiry.pristine {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
