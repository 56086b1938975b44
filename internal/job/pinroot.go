package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
	"mgit/internal/pin"
	"mgit/internal/upstream"
)

// checkRoot refuses a folder that is the public/ of a tree. The web server looks
// there, so it is what people think of; but most of upstream's paths begin with
// public/, and without it they look as if they were those of an older release. The
// error is a *UsageError.
func (p *pinnedTree) checkRoot() error {
	if p.tree.live == nil || p.tree.has("public/") || !p.isOfPublic() {
		return nil
	}
	above := filepath.Dir(p.tree.Name)
	hint := "name the folder that has public/ in it"
	if _, err := os.Stat(filepath.Join(above, "lib", "components.json")); err == nil || filepath.Base(p.tree.Name) == "public" {
		hint = "name the folder above: " + ShowPath(above)
	}
	return &UsageError{Text: fmt.Sprintf("%q is not the whole of a Moodle tree but the public/ folder of one", p.tree.Name), Hint: hint}
}

// isOfPublic reports whether the version.php in the root of the tree is one that
// upstream has below public/, as it is since 5.1. For a while 5.1dev had it in the
// root.
func (p *pinnedTree) isOfPublic() bool {
	data, err := p.tree.Read("version.php", smallFile)
	if err != nil {
		return false
	}
	v, err := moodle.ParseVersion(data)
	if err != nil {
		return false
	}
	series, err := v.Series()
	if err != nil || series.Compare(moodle.Series{Major: 5, Minor: 1}) < 0 {
		return false
	}
	return !slices.ContainsFunc(p.index.Carrying(upstream.KeyOf(v)), func(c upstream.Commit) bool {
		b, ok := p.index.Build(c)
		return ok && b.Path == "version.php"
	})
}

// has reports whether the tree has a file whose path begins so.
func (t *openedTree) has(prefix string) bool {
	files := t.Files()
	i, _ := slices.BinarySearchFunc(files, prefix, func(f live.File, prefix string) int { return strings.Compare(f.Path, prefix) })
	return i < len(files) && strings.HasPrefix(files[i].Path, prefix)
}

// whyNotMoodle is the reason why nothing of the tree is upstream's: that there is
// nothing in it, or that Moodle is a folder further down; else what is given.
func (t *openedTree) whyNotMoodle(err error) error {
	if t.live == nil {
		return err
	}
	if len(t.Files()) == 0 && len(t.Unread()) == 0 {
		if t.CommitID != git.ZeroID || len(t.Repositories()) > 0 {
			return fmt.Errorf("%w: the folder is empty but for its .git, nothing is checked out", pin.ErrNotMoodle)
		}
		return fmt.Errorf("%w: the folder is empty", pin.ErrNotMoodle)
	}
	below := t.moodlesBelow()
	switch len(below) {
	case 0:
		return err
	case 1:
		return fmt.Errorf("%w: Moodle is in the subfolder %s/", pin.ErrNotMoodle, ShowPath(below[0]))
	}
	return fmt.Errorf("%w: Moodle is in the subfolder %s/, and in %s", pin.ErrNotMoodle, ShowPath(below[0]), count(len(below)-1, "other"))
}

// moodlesBelow are the folders directly in the tree that have a version.php of
// Moodle's.
func (t *openedTree) moodlesBelow() []string {
	var found []string
	for _, f := range t.Files() {
		folder, rest, _ := strings.Cut(f.Path, "/")
		if rest != "version.php" && rest != "public/version.php" || slices.Contains(found, folder) {
			continue
		}
		if data, err := t.Read(f.Path, smallFile); err == nil {
			if _, err := moodle.ParseVersion(data); err == nil {
				found = append(found, folder)
			}
		}
	}
	return found
}
