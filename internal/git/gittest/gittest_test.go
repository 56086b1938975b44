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

// What is grown has the ids that the work tree's commits have, and leaves the work tree alone.
func TestGrow(t *testing.T) {
	t.Parallel()
	const hostile = "dir/a \"name\"\n\\x\x1b.php"
	pairs := []string{"f", "2\n", hostile, "text without a line break", "f", ""}
	start := func() *gittest.Repo {
		r := gittest.New(t)
		r.Write("f", "1\n")
		r.Commit("first")
		r.Git("tag", "-a", "-m", "a tag", "v1")
		return r
	}
	by, grown := start(), start()
	by.Git("checkout", "-q", "-b", "topic/one", "v1")
	for range 2 {
		for i := 0; i < len(pairs); i += 2 {
			by.Write(pairs[i], pairs[i+1])
			by.Commit("change " + pairs[i])
		}
	}
	grown.Grow("topic/one", "v1", pairs...)
	grown.Grow("topic/one", "topic/one", pairs...)
	if got, want := grown.Git("rev-parse", "topic/one"), by.Head(); got != want {
		t.Errorf("the branch is at %s, want %s\n%s", got, want, grown.Git("log", "-p", "--format=raw", "topic/one"))
	}
	if got := grown.Git("symbolic-ref", "HEAD") + grown.Git("status", "--porcelain"); got != "refs/heads/main" {
		t.Errorf("the work tree is at %s", got)
	}
	by.Write("more", "")
	grown.Write("more", "")
	grown.Git("checkout", "-q", "topic/one")
	if got, want := grown.Commit("more"), by.Commit("more"); got != want {
		t.Errorf("the clock goes on to %s, want %s", got, want)
	}
}
