package job_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

func (f *fixture) pin(tree string) *job.PinResult {
	f.t.Helper()
	return f.pinIn("", tree)
}

func (f *fixture) pinIn(dir, tree string) *job.PinResult {
	f.t.Helper()
	r, err := job.Pin(f.t.Context(), f.open(dir), job.PinRequest{Tree: tree})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

// unpack makes a folder of what a commit has, without a .git.
func (f *fixture) unpack(commit string) string {
	f.t.Helper()
	return f.unpackTo(filepath.Join(f.t.TempDir(), "moodle"), commit)
}

// unpackTo is unpack with a folder that must not be there yet.
func (f *fixture) unpackTo(dir, commit string) string {
	f.t.Helper()
	if err := os.Mkdir(dir, 0o777); err != nil {
		f.t.Fatal(err)
	}
	f.Git("-C", dir, "--git-dir="+filepath.Join(f.Path, ".git"), "--work-tree="+dir, "checkout", "-q", commit, "--", ".")
	f.Git("reset", "-q")
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func warningIDs(all []job.Warning) []string {
	var ids []string
	for _, w := range all {
		ids = append(ids, w.ID)
	}
	return ids
}

func doubtIDs(r *job.PinResult) []string {
	var ids []string
	for _, d := range r.Disagrees {
		ids = append(ids, d.ID)
	}
	return ids
}

// The argument is a folder, anything that Git takes for a commit, or nothing.
func TestPinArguments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.branch("LUVLE-4.1-hack-core-x", "v4.1.1", "lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 9: "ours"}), "local/x.php", "<?php\n")
	f.Git("update-ref", "refs/remotes/origin/LUVLE-4.1-hack-core-far", "LUVLE-4.1-hack-core-x")
	f.Git("tag", "-a", "-m", "ours", "luvle-1", "LUVLE-4.1-hack-core-x")
	f.Git("checkout", "-q", "LUVLE-4.1-hack-core-x")
	f.Write("course/lib.php", "not committed\n")
	dir := f.unpack("v4.5.0")
	if err := os.Symlink(dir, dir+"-link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(f.unpack("v5.1.0"), filepath.Join(f.Path, "inside")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		arg, tag, evidence string
		differing          int
		isRef              bool
	}{
		{"", "v4.1.1", "history", 2, false},
		{".", "v4.1.1", "history", 2, false},
		{"HEAD", "v4.1.1", "history", 1, true},
		{"LUVLE-4.1-hack-core-x~1", "v4.1.1", "history", 1, true},
		{"LUVLE-4.1-hack-core-far", "v4.1.1", "history", 1, true},
		{"luvle-1", "v4.1.1", "history", 1, true},
		{"upstream/main", "v5.1.0", "history", 0, true},
		{f.Git("rev-parse", "v4.1.0^{commit}"), "v4.1.0", "history", 0, true},
		{dir, "v4.5.0", "triple", 0, false},
		{dir + "-link", "v4.5.0", "triple", 0, false},
		{"inside", "v5.1.0", "triple", 0, false},
	} {
		r := f.pin(test.arg)
		if r.Tag != test.tag || r.Evidence != test.evidence || r.Differing != test.differing || r.IsRef != test.isRef || r.Confidence != job.PinExact {
			t.Errorf("%q: %s by %s (%s), %d differ, a ref: %t; %s", test.arg, r.Tag, r.Evidence, r.Confidence, r.Differing, r.IsRef, doubts(r))
		}
		if test.isRef && r.Tree != test.arg || !test.isRef && !filepath.IsAbs(r.Tree) {
			t.Errorf("%q is called %q", test.arg, r.Tree)
		}
	}
}

func TestPinWrongArguments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("branch", "version.php")
	for arg, says := range map[string]string{
		"nothing":                `neither a folder nor a branch`,
		"lib.php":                `"lib.php" is a file`,
		"version.php":            `"version.php" is a file`,
		"--upload-pack=evil":     `neither a folder nor`,
		"HEAD:lib.php":           `neither a folder nor`,
		"a\x00b":                 `neither a folder nor`,
		"a\nb":                   `neither a folder nor`,
		f.Path + "/nothing":      `neither a folder nor`,
		"lib.php/below":          `neither a folder nor`,
		strings.Repeat("x", 300): `neither a folder nor`,
	} {
		_, err := job.Pin(t.Context(), f.open(""), job.PinRequest{Tree: arg})
		var usage *job.UsageError
		if !errors.As(err, &usage) || !strings.Contains(usage.Text, says) || usage.Hint == "" {
			t.Errorf("%q: %v, want wrong usage with %q and a hint", arg, err, says)
		}
	}
	bare := filepath.Join(t.TempDir(), "bare.git")
	f.Git("clone", "-q", "--bare", f.Path, bare)
	_, err := job.Pin(t.Context(), f.open(bare), job.PinRequest{})
	var usage *job.UsageError
	if !errors.As(err, &usage) || !strings.Contains(usage.Text, "no work tree") {
		t.Errorf("without a work tree: %v", err)
	}
}

// A folder goes before a ref of the same name, and that is said.
func TestPinPathBeforeRef(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("branch", "both", "v4.5.0")
	if err := os.Rename(f.unpack("v4.1.1"), filepath.Join(f.Path, "both")); err != nil {
		t.Fatal(err)
	}
	r := f.pin("both")
	if r.Tag != "v4.1.1" || r.IsRef || !slices.Contains(warningIDs(r.Warnings), "path-and-ref") {
		t.Errorf("%s, warnings %v", r.Tag, r.Warnings)
	}
	if r := f.pin("refs/heads/both"); r.Tag != "v4.5.0" || len(r.Warnings) > 0 {
		t.Errorf("the ref: %s, warnings %v", r.Tag, r.Warnings)
	}
}

// A live tree can be a clone of its own, of which this one knows nothing.
func TestPinForeignClone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := filepath.Join(t.TempDir(), "live")
	f.Git("clone", "-q", f.Path, dir)
	other := gittest.At(t, dir)
	other.Git("checkout", "-q", "-b", "deployed", "v4.1.1")
	other.Write("lib.php", "theirs\n")
	other.Commit("a change that is only here")
	if r := f.pin(dir); r.Tag != "v4.1.1" || r.Evidence != "history" || r.Confidence != job.PinExact {
		t.Errorf("%s by %s (%s): %s", r.Tag, r.Evidence, r.Confidence, doubts(r))
	}
	// A .git that is broken is no reason to give up.
	put(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/\x00\n")
	if r := f.pin(dir); r.Tag != "v4.1.1" || r.Evidence != "triple" {
		t.Errorf("with a broken .git: %s by %s", r.Tag, r.Evidence)
	}
}

// What is upstream's in a clone that is not set up for mgit.
func TestPinWithoutSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bare := func(name string, commands ...string) string {
		dir := filepath.Join(t.TempDir(), name)
		f.Git("init", "-q", "--bare", dir)
		f.Git("-C", dir, "fetch", "-q", "--no-tags", f.Path, "+refs/tags/*:refs/x/*", "+refs/remotes/upstream/*:refs/y/*")
		for _, c := range commands {
			f.Git(append([]string{"-C", dir}, strings.Fields(c)...)...)
		}
		return dir
	}
	tree := f.unpack("v4.5.0")
	const (
		main   = "refs/heads/main refs/y/main"
		stable = "refs/heads/MOODLE_401_STABLE refs/y/MOODLE_401_STABLE"
	)
	for name, dir := range map[string]string{
		"tags only":       bare("tags", "update-ref refs/tags/v4.5.0 refs/x/v4.5.0"),
		"a mirror":        bare("mirror", "update-ref "+main, "update-ref "+stable),
		"a remote":        bare("remote", "config remote.origin.url https://example.org/fork.git", "update-ref refs/remotes/origin/main refs/y/main", "update-ref refs/remotes/origin/MOODLE_401_STABLE refs/y/MOODLE_401_STABLE"),
		"Moodle's remote": bare("official", "config remote.m.url https://github.com/moodle/moodle", "update-ref refs/remotes/m/main refs/y/main", "update-ref refs/remotes/m/MOODLE_401_STABLE refs/y/MOODLE_401_STABLE"),
	} {
		if r := f.pinIn(dir, tree); r.Commit.String() != f.Git("rev-parse", "v4.5.0^{commit}") || r.Confidence != job.PinExact {
			t.Errorf("%s: %s (%s)", name, r.Commit, r.Confidence)
		}
	}
	_, err := job.Pin(t.Context(), f.open(bare("nothing")), job.PinRequest{Tree: tree})
	var usage *job.UsageError
	if !errors.As(err, &usage) || !strings.Contains(usage.Hint, "git fetch upstream --tags") {
		t.Errorf("without any history: %v", err)
	}
	// A branch of Moodle's name on which the site has committed is the site's.
	site := filepath.Join(t.TempDir(), "site")
	f.Git("clone", "-q", "--origin", "elsewhere", f.Path, site)
	own := gittest.At(t, site)
	own.Git("remote", "remove", "elsewhere")
	own.Git("checkout", "-q", "-B", "MOODLE_401_STABLE", "v4.1.1")
	own.Write("lib.php", "ours\n")
	own.Commit("ours")
	if r := f.pinIn(site, ""); r.Tag != "v4.1.1" || r.Differing != 1 || r.Evidence != "history" {
		t.Errorf("a site's own branch: %s %s by %s, %d differ", r.Commit, r.Tag, r.Evidence, r.Differing)
	}
}

func TestPinNotMoodle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "wp-config.php"), "<?php\n")
	_, err := job.Pin(t.Context(), f.open(""), job.PinRequest{Tree: dir})
	var not *job.NotMoodleError
	if !errors.As(err, &not) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want a *NotMoodleError that names the folder", err)
	}
}

// The cache never hides a change, and nothing in the tree is touched.
func TestPinCache(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.unpack("v4.5.0")
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"lib.php", "course/lib.php", "version.php"} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	before := listing(t, dir)
	for range 2 {
		if r := f.pin(dir); r.Differing != 0 {
			t.Fatalf("%d files differ", r.Differing)
		}
	}
	if after := listing(t, dir); after != before {
		t.Errorf("the tree was changed:\n%s\nwas\n%s", after, before)
	}
	data, err := os.ReadFile(filepath.Join(dir, "lib.php"))
	if err != nil {
		t.Fatal(err)
	}
	data[0] ^= 1
	put(t, filepath.Join(dir, "lib.php"), string(data))
	if err := os.Chtimes(filepath.Join(dir, "lib.php"), old, old); err != nil {
		t.Fatal(err)
	}
	if r := f.pin(dir); r.Differing != 1 {
		t.Errorf("%d files differ after a change of the same length and time", r.Differing)
	}
	caches, err := filepath.Glob(filepath.Join(f.Path, ".git", "mgit", "live", "*"))
	if err != nil || len(caches) != 1 {
		t.Errorf("caches: %v, %v", caches, err)
	}
	put(t, caches[0], "damaged")
	if r := f.pin(dir); r.Differing != 1 {
		t.Errorf("%d files differ with a damaged cache", r.Differing)
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Line ends of Windows say nothing about a build.
func TestPinLineEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.unpack("v4.1.1")
	for _, name := range []string{"lib.php", "course/lib.php", "mod/forum/lib.php", "version.php"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), strings.ReplaceAll(string(data), "\n", "\r\n"))
	}
	r := f.pin(dir)
	if r.Tag != "v4.1.1" || r.Confidence != job.PinExact || r.Differing != 0 || !slices.Contains(doubtIDs(r), "line-endings") {
		t.Errorf("%s (%s), %d differ: %s", r.Tag, r.Confidence, r.Differing, doubts(r))
	}
}

// A version.php that cannot be used is a doubt and no failure; what leads out of the tree is not read.
func TestPinVersionUnreadable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.unpack("v4.1.1")
	name := filepath.Join(dir, "version.php")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", name); err != nil {
		t.Fatal(err)
	}
	if r := f.pin(dir); r.Tag != "v4.1.1" || r.Claims != nil || !slices.Contains(doubtIDs(r), "version-unreadable") || r.Unread != 1 {
		t.Errorf("a link: %s, claims %v, unread %d: %s", r.Tag, r.Claims, r.Unread, doubts(r))
	}
	put(t, filepath.Join(dir, "githash.php"), "<?php\n$githash = '"+f.Git("rev-parse", "v4.1.1^{commit}")+"';\n")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	r := f.pin(dir)
	if r.Evidence != "githash" || r.Claims == nil || r.Claims.Version != "" || !slices.Contains(doubtIDs(r), "version-missing") {
		t.Errorf("a githash alone: by %s, claims %v: %s", r.Evidence, r.Claims, doubts(r))
	}
	put(t, name, "<?php\n$version = 2022112801.00;\n$release = '4.1.1 (Build: 20241007) \xff\x1b[2J';\n$branch = '401';\n")
	if r = f.pin(dir); r.Claims.Local != "\uFFFD\x1b[2J" || r.Confidence != job.PinExact {
		t.Errorf("claims %q (%s)", r.Claims.Local, r.Confidence)
	}
}

// Submodules of a ref are its repositories, with the remotes that the commit names.
func TestPinRefWithSubmodule(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Git("checkout", "-q", "-b", "LUVLE-4.1-deployment", "v4.1.1")
	f.Write(".gitmodules", "[submodule \"x\"]\n\tpath = mod/x\n\turl = https://user:secret@example.org/x.git\n")
	f.Git("add", ".gitmodules")
	f.Git("update-index", "--add", "--cacheinfo", "160000,"+f.Head()+",mod/x")
	f.Git("commit", "-q", "-m", "a submodule")
	if r := f.pin("LUVLE-4.1-deployment"); r.Tag != "v4.1.1" || r.Differing != 0 {
		t.Errorf("%s, %d differ", r.Tag, r.Differing)
	}
}

// The history of a linked worktree is that of the clone.
func TestPinWorktree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := filepath.Join(t.TempDir(), "worktree")
	f.Git("worktree", "add", "-q", "--detach", dir, "v4.1.1")
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: dir, Git: git.Options{Env: f.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	r, err := job.Pin(t.Context(), site, job.PinRequest{})
	if err != nil || r.Tag != "v4.1.1" || r.Evidence != "history" {
		t.Errorf("%v, %v", r, err)
	}
}
