package corehack

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// nearby are versions of upstream's files that the pin does not have.
type nearby struct {
	older, newer   map[string]string // of files that the pin has, too
	removed, added map[string]string // of others
}

// generated is an upstream of some 1,200 files that looks like Moodle.
func generated(t testing.TB) (*world, nearby) {
	t.Helper()
	u := gittest.New(t)
	near := nearby{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	u.Write("version.php", "<?php\n$version = 2013051403.00;\n$release = '2.5.3 (Build: 20131111)';\n$branch = '25';\n")
	u.Write(".gitignore", "/config.php\n")
	u.Write("mod/quiz/db/subplugins.php", "<?php\n$subplugins = array('quizaccess' => 'mod/quiz/accessrule');\n")
	text := func(path string, version int) string {
		return fmt.Sprintf("<?php\n// %s, version %d.\nfunction f() {\n    return %d;\n}\n", path, version, version)
	}
	dirs := []string{"lib", "lib/classes/task", "course", "admin/cli", "user", "theme/base/style", "pix/t", "backup/util/helper", "install/lang/fr", "lang/en", ""}
	for i := range 25 {
		dirs = append(dirs, fmt.Sprintf("mod/m%d", i), fmt.Sprintf("mod/m%d/db", i), fmt.Sprintf("blocks/b%d", i))
	}
	for i := range 30 { // what upstream removed before the pin
		path := fmt.Sprintf("%s/removed%d.php", dirs[i], i)
		path = strings.TrimPrefix(path, "/")
		near.removed[path] = text(path, 1)
		u.Write(path, near.removed[path])
	}
	for d, dir := range dirs {
		for i := range 14 {
			path := strings.TrimPrefix(fmt.Sprintf("%s/f%d.php", dir, i), "/")
			content := text(path, 2)
			switch {
			case i == 9:
				path, content = strings.TrimSuffix(path, ".php")+".png", fmt.Sprintf("\x89PNG\x00%d", d)
			case i == 8:
				path, content = strings.TrimSuffix(path, ".php")+".js", fmt.Sprintf("// $Id$\r\nvar x = %d;\r\n", d)
			case i%5 == 1:
				near.older[path] = text(path, 1)
			case i%5 == 2:
				near.newer[path] = text(path, 3)
			}
			if old, ok := near.older[path]; ok {
				u.Write(path, old)
				continue
			}
			u.Write(path, content)
		}
	}
	u.Commit("older")
	for path := range near.removed {
		u.Remove(path)
	}
	for path := range near.older {
		u.Write(path, text(path, 2))
	}
	pin := u.Commit("pin")
	for path := range near.newer {
		u.Write(path, near.newer[path])
	}
	for i := range 30 {
		path := strings.TrimPrefix(fmt.Sprintf("%s/added%d.php", dirs[i], i), "/")
		near.added[path] = text(path, 3)
		u.Write(path, near.added[path])
	}
	u.Commit("newer")
	return newWorld(t, u, pin), near
}

// moodle253 is v2.5.3 in Moodle's history.
func moodle253(t testing.TB) (*world, nearby) {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	u := gittest.NewAt(t, filepath.Join(t.TempDir(), "moodle"))
	u.Git("clone", "-q", "--bare", "--shared", dir, "clone.git")
	u.Path = filepath.Join(u.Path, "clone.git")
	w := newWorld(t, u, "v2.5.3")
	near := nearby{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	collect := func(rev string, both, alone map[string]string) {
		for line := range strings.Lines(u.Git("diff-tree", "-r", "--raw", "--no-renames", "v2.5.3", rev)) {
			head, path, _ := strings.Cut(strings.TrimSpace(line), "\t")
			fields := strings.Fields(head)
			if fields[0] == ":120000" || fields[1] == "000000" || len(both)+len(alone) > 400 {
				continue
			}
			data, err := w.repo.Store().Blob(t.Context(), parseID(t, u.Git("rev-parse", rev+":"+path)))
			if err != nil {
				t.Fatal(err)
			}
			if fields[0] == ":000000" {
				alone[path] = string(data)
			} else if onlySpace(w.files[path], data) != lineEnds {
				both[path] = string(data)
			}
		}
	}
	collect("v2.5.0", near.older, near.removed)
	collect("v2.4.0", map[string]string{}, near.removed)
	collect("v2.6.0", near.newer, near.added)
	withoutPlugins(near.removed)
	withoutPlugins(near.added)
	return w, near
}

// withoutPlugins takes out the files of whole plugins, whose version.php would make
// one of them.
func withoutPlugins(files map[string]string) {
	var plugins []string
	for path := range files {
		if dir, base := cutPath(path); base == "version.php" {
			plugins = append(plugins, dir)
		}
	}
	for path := range files {
		if slices.ContainsFunc(plugins, func(dir string) bool { return inDir(path, dir) }) {
			delete(files, path)
		}
	}
}
