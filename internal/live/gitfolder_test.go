package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
)

// TestGitFolders has what a web server would run in every sort of git folder. Git's
// own files are not listed, branches that are called like code included.
func TestGitFolders(t *testing.T) {
	t.Parallel()
	ways(t, func(t *testing.T, steps bool) {
		root := t.TempDir() + "/moodle"
		top := gittest.NewAt(t, root)
		top.Write("index.php", "x")
		top.Commit("one")
		for _, branch := range []string{"fix-lib.php", "a/node.js"} {
			top.Git("checkout", "-q", "-b", branch)
			top.Commit("on " + branch)
		}
		put(t, root, ".git/hooks/pre-push.sample", "#!/bin/sh\n")
		sub := gittest.NewAt(t, t.TempDir()+"/sub")
		sub.Write("lib.php", "x")
		sub.Commit("sub")
		top.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", sub.Path, "local/sub")
		plugin := gittest.NewAt(t, root+"/mod/quiz2")
		plugin.Write("version.php", "x")
		plugin.Commit("plugin")
		before := mustRead(t, root, steps)
		wantLines(t, "of Git", paths(before), []string{".gitmodules", "index.php", "local/sub/lib.php", "mod/quiz2/version.php"})
		changes := make(map[string]int)
		for _, r := range before.Repositories {
			n, err := before.Changes(t.Context(), r.Path)
			if err != nil {
				t.Fatal(err)
			}
			changes[r.Path] = n
		}

		const shell = "<?php system($_GET[0]);\n"
		strange := []string{
			".git/.htaccess", ".git/a/b/x.phtml", ".git/hooks/s.php", ".git/info/x.PhP7", ".git/logs/refs/heads/s.php", ".git/modules/local/sub/s.php",
			".git/objects/aa/s.php", ".git/refs/heads/s.inc", ".git/s.php", ".git/s.php.old", "mod/quiz2/.git/page.html", "mod/quiz2/.git/x.phar",
			"local/.git/s.php", "local/.git/notes", "local/deep/.git/a/b",
		}
		for _, path := range strange {
			put(t, root, path, shell)
		}
		put(t, root, ".git/logs/refs/heads/x.php", strings.Repeat("1", 40)+" "+strings.Repeat("2", 40)+" <?php system($_GET[0]);\n")
		put(t, root, ".git/notes", shell) // no server runs it
		mustLink(t, root, ".git/way", "../mod")
		mustLink(t, root, "local/link/.git", "../../mod")
		want := append(paths(before), strange...)
		want = append(want, ".git/logs/refs/heads/x.php", ".git/way", "local/link/.git")
		slices.Sort(want)
		tree := mustRead(t, root, steps)
		wantLines(t, "files", paths(tree), want)
		if len(tree.Repositories) != len(before.Repositories)+1 || len(tree.Unread) > 0 {
			t.Errorf("repositories %+v, unread %v", tree.Repositories, tree.Unread)
		}
		if data, err := tree.Read(".git/s.php", 100); err != nil || string(data) != shell {
			t.Errorf("%q, %v", data, err)
		}
		for path, want := range changes {
			if n, err := tree.Changes(t.Context(), path); err != nil || n != want {
				t.Errorf("changes of %q: %d, %v; want %d", path, n, err, want)
			}
		}
	})
}

// Loose objects are listed and not looked at.
func TestManyObjects(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, ".git/HEAD", "ref: refs/heads/main\n")
	for i := range 256 {
		for j := range 40 {
			put(t, root, fmt.Sprintf(".git/objects/%02x/%038x", i, j), "")
		}
	}
	put(t, root, ".git/objects/7f/s.php", "x")
	start := time.Now()
	tree := mustScan(t, root, false)
	took := time.Since(start)
	wantLines(t, "files", paths(tree), []string{".git/objects/7f/s.php"})
	t.Logf("10,240 objects in %s", took)
	if took > 10*time.Second {
		t.Errorf("10,240 objects took %s", took)
	}
}
