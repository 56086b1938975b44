package gittest_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// The ids in other packages' goldens rest on this: same calls, same ids, on
// every machine and with every user's configuration.
func TestSameIDsEverywhere(t *testing.T) {
	t.Setenv("GIT_AUTHOR_NAME", "Somebody Else")
	t.Setenv("GIT_DIR", "/nowhere")
	t.Setenv("TZ", "Asia/Tokyo")
	r := gittest.New(t)
	r.Write("dir/file", "text\n")
	first := r.Commit("first")
	if want := "e15b98ade9877849be39a5e92991fb746d2dc715"; first != want {
		t.Errorf("the first commit is %s, want %s", first, want)
	}
	r.Remove("dir")
	r.Commit("second")
	if got := r.Git("log", "--format=%an|%cn|%ct|%s", "--name-status"); got != strings.Join([]string{
		"Ann Author|Carl Committer|1767225660|second", "", "D\tdir/file",
		"Ann Author|Carl Committer|1767225600|first", "", "A\tdir/file",
	}, "\n") {
		t.Errorf("the log is\n%s", got)
	}
	if got := r.Git("symbolic-ref", "HEAD"); got != "refs/heads/main" {
		t.Errorf("the branch is %s", got)
	}
	if _, err := r.TryGit("cat-file", "-e", "nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("TryGit: %v", err)
	}
}

// Commit and Head tell the id that git tells, wherever HEAD stands.
func TestHeadIsGits(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Commit("first")
	r.Git("worktree", "add", "-q", "-b", "topic/one", "../linked")
	for _, w := range []*gittest.Repo{r, gittest.At(t, filepath.Join(filepath.Dir(r.Path), "linked"))} {
		for _, where := range [][]string{{"symbolic-ref", "HEAD"}, {"pack-refs", "--all"}, {"checkout", "-q", "--detach"}} {
			w.Git(where...)
			if got, want := w.Head(), w.Git("rev-parse", "HEAD"); got != want {
				t.Errorf("in %s after %v: %s, want %s", w.Path, where, got, want)
			}
			if got, want := w.Commit("next"), w.Git("rev-parse", "HEAD"); got != want {
				t.Errorf("in %s after %v and a commit: %s, want %s", w.Path, where, got, want)
			}
		}
	}
}

func TestProgram(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(gittest.Program(t, `echo "ran $1"`), "x").Output()
	if string(out) != "ran x\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestDetach(t *testing.T) {
	t.Parallel()
	r := gittest.New(t)
	r.Write("f", "1\n")
	id := r.Commit("first")
	r.Git("checkout", "-q", "-b", "topic")
	r.Detach()
	if branch, err := r.TryGit("symbolic-ref", "-q", "HEAD"); err == nil {
		t.Errorf("HEAD is still at %s", branch)
	}
	if r.Git("rev-parse", "HEAD", "topic") != id+"\n"+id || r.Git("status", "--porcelain") != "" {
		t.Errorf("HEAD is at %s, and not at %s", r.Git("rev-parse", "HEAD"), id)
	}
}
