package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// onMoodle is a clone that is set up for mgit, with Moodle's real history as it is upstream: the references that refs fetch,
// with the objects of the clone that MGIT_MOODLE names. Without one the test is skipped.
func onMoodle(t *testing.T, refs ...string) *fixture {
	t.Helper()
	upstream := realMoodle(t)
	f := &fixture{gittest.NewAt(t, filepath.Join(t.TempDir(), "site")), t}
	f.Write(".git/objects/info/alternates", filepath.Join(upstream, "objects")+"\n")
	f.Git(append([]string{"fetch", "-q", upstream}, refs...)...)
	for key, value := range map[string]string{"mgit.customer": "LUVLE", "mgit.remote.upstream.url": "https://example.org/moodle.git", "mgit.remote.upstream.role": "upstream"} {
		f.Git("config", key, value)
	}
	f.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	f.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", git.EmptyTree.String()))
	return f
}

// realMoodle is the bare clone of Moodle that MGIT_MOODLE names.
func realMoodle(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	return dir
}
