package job_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mgit/internal/job"
)

func (f *fixture) pinError(tree string) error {
	f.t.Helper()
	r, err := job.Pin(f.t.Context(), f.open(""), job.PinRequest{Tree: tree})
	if err == nil {
		f.t.Fatalf("%s is pinned to %s", tree, r.Tag)
	}
	return err
}

// The web server looks into public/, and a tree begins above it.
func TestPinPublicFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.unpack("v5.1.0")
	copied := filepath.Join(t.TempDir(), "htdocs")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "public"))); err != nil {
		t.Fatal(err)
	}
	for tree, hint := range map[string]string{
		filepath.Join(dir, "public"): "name the folder above: " + dir,
		copied:                       "name the folder that has public/ in it",
	} {
		var usage *job.UsageError
		if err := f.pinError(tree); !errors.As(err, &usage) || !strings.Contains(usage.Text, "the public/ folder") || usage.Hint != hint {
			t.Errorf("%v, want %q", err, hint)
		}
	}
	if r := f.pin(dir); r.Tag != "v5.1.0" {
		t.Errorf("the folder above is %s", r.Tag)
	}
	// 5.1dev was in the root for a while.
	f.Git("checkout", "-q", "-b", "dev", "v4.5.0")
	f.release("5.1dev", "501", "2025050100.00", "")
	f.Commit("weekly release 5.1dev")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_500_STABLE", "HEAD")
	if r := f.pin(f.unpack("dev")); r.Version != "2025050100.00" || r.Confidence != job.PinExact {
		t.Errorf("5.1dev is %s %s (%s)", r.Tag, r.Version, r.Confidence)
	}
}

// A folder in which nothing is upstream's says what is there instead.
func TestPinWrongFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	parent := filepath.Dir(f.unpack("v4.5.0"))
	two := t.TempDir()
	for _, name := range []string{"a", "b\x1b[2J"} {
		if err := os.CopyFS(filepath.Join(two, name), os.DirFS(filepath.Join(parent, "moodle"))); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(parent, "readme.txt"), "not Moodle\n")
	put(t, filepath.Join(parent, "plugin", "version.php"), "<?php\n$plugin->version = 2013010100;\n")
	clone := filepath.Join(t.TempDir(), "clone")
	f.Git("clone", "-q", "--no-checkout", f.Path, clone)
	for tree, says := range map[string]string{
		t.TempDir(): "the folder is empty",
		clone:       "the folder is empty but for its .git, nothing is checked out",
		parent:      "Moodle is in the subfolder moodle/",
		two:         "Moodle is in the subfolder a/, and in 1 other",
	} {
		var not *job.NotMoodleError
		if err := f.pinError(tree); !errors.As(err, &not) || !strings.HasSuffix(err.Error(), "not a Moodle tree: "+says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// What a shallow clone knows is not all there is, and nothing is likely there.
func TestPinInShallowClone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	shallow := filepath.Join(t.TempDir(), "shallow.git")
	f.Git("clone", "-q", "--bare", "--depth", "1", "--branch", "v4.1.1", "file://"+f.Path, shallow)
	r := f.pinIn(shallow, f.unpack("v4.1.0"))
	if r.Tag != "v4.1.1" || r.Confidence != job.PinGuess || !slices.Contains(warningIDs(r.Warnings), "shallow") || !strings.Contains(doubts(r), "this clone does not know that build") {
		t.Errorf("%s (%s), %v, %s", r.Tag, r.Confidence, r.Warnings, doubts(r))
	}
	if r := f.pinIn(shallow, f.unpack("v4.1.1")); r.Confidence != job.PinExact {
		t.Errorf("what it has is %s: %s", r.Confidence, doubts(r))
	}
	if r := f.pin(""); len(r.Warnings) > 0 {
		t.Errorf("a whole clone warns: %v", r.Warnings)
	}
}

// The name of a tree is no text until it is made one.
func TestPinHostileName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := filepath.Join(t.TempDir(), "li\xffve\x1b[2J")
	if err := os.Rename(f.unpack("v4.5.0"), dir); err != nil {
		t.Skipf("no such name here: %v", err)
	}
	r := f.pin(dir)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Tree  string `json:"tree"`
		Bytes string `json:"tree_b64"`
	}
	if err := json.Unmarshal(data, &said); err != nil {
		t.Fatal(err)
	}
	bytes, err := base64.StdEncoding.DecodeString(said.Bytes)
	if err != nil || string(bytes) != dir || !strings.HasSuffix(said.Tree, `li\377ve\033[2J`) {
		t.Errorf("%+v, %v", said, err)
	}
	if data, err := json.Marshal(f.pin("v4.5.0")); err != nil || strings.Contains(string(data), "tree_b64") {
		t.Errorf("a name that is text: %s, %v", data, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "lib.php")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "version.php"), "<?php\n$version = 2025100600.00;\n$release = '5.1 (Build: 20241007)';\n$branch = '501';\n")
	usage := f.pinError(dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "x"), "not Moodle")
	for _, err := range []error{usage, f.pinError(dir), f.pinError(dir + "/x"), f.pinError(dir + "/nothing")} {
		if strings.ContainsFunc(err.Error(), unicode.IsControl) || strings.Contains(err.Error(), "\xff") {
			t.Errorf("%q", err)
		}
	}
}

// A tree that cannot be pinned does not keep the index in memory.
func TestPinClosesIndex(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("no /proc/self/maps here")
	}
	f := newFixture(t)
	f.pin("v4.5.0") // writes the index
	f.pinError(t.TempDir())
	f.pinError("nothing")
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(maps), f.Path) {
		t.Error("the index is still mapped")
	}
}
