package git_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

func TestWorktrees(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("f", "1\n")
	head := id(t, b.Commit("first"))
	parent := t.TempDir()
	linked, loose, gone := filepath.Join(parent, "a\nb\xff"), filepath.Join(parent, "detached"), filepath.Join(parent, "gone")
	b.Git("worktree", "add", "-q", "-b", "topic", linked)
	b.Git("worktree", "add", "-q", "--detach", loose)
	b.Git("worktree", "lock", loose)
	b.Git("worktree", "add", "-q", "-b", "lost", gone)
	if err := os.RemoveAll(gone); err != nil {
		t.Fatal(err)
	}
	all, err := open(t, b).Worktrees(t.Context())
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	slices.SortFunc(all[1:], func(a, b git.Worktree) int { return strings.Compare(a.Path, b.Path) })
	gitDir := filepath.Join(b.Path, ".git")
	for i, want := range []git.Worktree{
		{Path: b.Path, Branch: "refs/heads/main", GitDir: gitDir},
		{Path: linked, Branch: "refs/heads/topic"},
		{Path: loose, Detached: true, Locked: true, GitDir: filepath.Join(gitDir, "worktrees", "detached")},
		{Path: gone, Branch: "refs/heads/lost", Prunable: true, GitDir: filepath.Join(gitDir, "worktrees", "gone")},
	} {
		got := all[i]
		if i == 1 {
			want.GitDir = got.GitDir // git makes up a name for the odd one
			if filepath.Dir(got.GitDir) != filepath.Join(gitDir, "worktrees") {
				t.Errorf("git directory %q", got.GitDir)
			}
		}
		want.Head = head
		if got.Path != want.Path || got.Branch != want.Branch || got.Head != want.Head || got.GitDir != want.GitDir ||
			got.Detached != want.Detached || got.Locked != want.Locked || got.Prunable != want.Prunable || got.Bare {
			t.Errorf("worktree %d\n is %+v\nwant %+v", i, got, want)
		}
	}
}

// TestTheOnlyWorktree compares what is read without git with what git lists.
func TestTheOnlyWorktree(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	b.Write("f", "1\n")
	b.Commit("first")
	var asked atomic.Int32
	r := openWith(t, b, git.Options{Log: func(c git.Command) {
		if slices.Contains(c.Args, "worktree") {
			asked.Add(1)
		}
	}})
	for _, c := range []struct {
		name  string
		do    []string
		files bool // reading files is enough
	}{
		{"a branch", []string{"status"}, true},
		{"another", []string{"checkout", "-q", "-b", "a/b\xff"}, true},
		{"packed", []string{"pack-refs", "--all"}, false},
		{"detached", []string{"checkout", "-q", "--detach"}, true},
		{"no branch", []string{"symbolic-ref", "HEAD", "refs/odd"}, false},
		{"symbolic", []string{"symbolic-ref", "refs/heads/link", "refs/heads/main"}, false},
		{"through it", []string{"symbolic-ref", "HEAD", "refs/heads/link"}, false},
		{"without a commit", []string{"checkout", "-q", "--orphan", "unborn"}, false},
		{"linked", []string{"worktree", "add", "-q", "--detach", filepath.Join(t.TempDir(), "w"), "main"}, false},
	} {
		b.Git(c.do...)
		asked.Store(0)
		all, err := r.Worktrees(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if (asked.Load() == 0) != c.files {
			t.Errorf("%s: git was asked %d times", c.name, asked.Load())
		}
		var said []string
		for block := range strings.SplitSeq(strings.TrimSuffix(b.Git("worktree", "list", "--porcelain", "-z"), "\x00\x00"), "\x00\x00") {
			said = append(said, block)
		}
		if len(said) != len(all) {
			t.Fatalf("%s: %d worktrees, git lists %d", c.name, len(all), len(said))
		}
		w := all[0]
		got := "worktree " + w.Path + "\x00HEAD " + w.Head.String() + "\x00branch " + w.Branch
		if w.Detached {
			got = "worktree " + w.Path + "\x00HEAD " + w.Head.String() + "\x00detached"
		}
		if got != said[0] {
			t.Errorf("%s: %q, git says %q", c.name, got, said[0])
		}
	}
}

func TestWorktreesOfBare(t *testing.T) {
	t.Parallel()
	b := gittest.NewAt(t, t.TempDir(), "--bare")
	all, err := open(t, b).Worktrees(t.Context())
	if err != nil || len(all) != 1 || !all[0].Bare || all[0].Head != git.ZeroID {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWorktreeClean(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		touch func(b *gittest.Repo)
		clean bool
		comes string // branch that waits for the end of a rebase or bisection
	}{
		{"untouched", func(*gittest.Repo) {}, true, ""},
		{"untracked", func(b *gittest.Repo) { b.Write("new", "x") }, true, ""},
		{"touched only", func(b *gittest.Repo) { b.Write("f", "main\n") }, true, ""},
		{"changed", func(b *gittest.Repo) { b.Write("f", "x") }, false, ""},
		{"deleted", func(b *gittest.Repo) { b.Remove("f") }, false, ""},
		{"staged", func(b *gittest.Repo) { b.Write("new", "x"); b.Git("add", "new") }, false, ""},
		{"mode", func(b *gittest.Repo) { b.Git("update-index", "--chmod=+x", "f") }, false, ""},
		{"merge given up", func(b *gittest.Repo) { _, _ = b.TryGit("merge", "other"); b.Git("reset", "-q"); b.Git("checkout", "f") }, true, ""},
		{"merge without a change", func(b *gittest.Repo) { b.Git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "other") }, false, ""},
		{"rebasing", func(b *gittest.Repo) { _, _ = b.TryGit("rebase", "other") }, false, "refs/heads/main"},
		{"picking", func(b *gittest.Repo) { _, _ = b.TryGit("cherry-pick", "other") }, false, ""},
		{"bisecting", func(b *gittest.Repo) { b.Git("bisect", "start", "HEAD", "HEAD~1") }, false, "refs/heads/main"},
		{"locked", func(b *gittest.Repo) { b.Write(".git/index.lock", "") }, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := gittest.New(t)
			b.Write("f", "base\n")
			b.Commit("base")
			b.Git("checkout", "-q", "-b", "other")
			b.Write("f", "other\n")
			b.Commit("other")
			b.Git("checkout", "-q", "main")
			b.Write("f", "main\n")
			b.Commit("main")
			tt.touch(b)
			r := open(t, b)
			clean, err := r.WorktreeClean(t.Context(), b.Path)
			if clean != tt.clean || err != nil {
				t.Errorf("clean is %t, %v", clean, err)
			}
			all, err := r.Worktrees(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(all[0].Unfinished, " "); got != tt.comes {
				t.Errorf("unfinished: %q, want %q", got, tt.comes)
			}
		})
	}
	b := gittest.New(t)
	if _, err := open(t, b).WorktreeClean(t.Context(), filepath.Join(b.Path, "gone")); err == nil {
		t.Error("a worktree that is not there has a state")
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	b := gittest.New(t)
	b.Write(".git/config", "[core]\n\tbare = false\n\tRepositoryFormatVersion = 0\n"+
		"[Remote \"Up.Stream\"]\n\turl = first\n\tURL = \"second\\nline\"\n[mgit]\n\tyes\n\tempty =\n\tno = off\n\tfour = 4\n\todd = maybe\n")
	r := openWith(t, b, git.Options{Env: []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=mgit.given", "GIT_CONFIG_VALUE_0=by environment"}})
	c, err := r.Config(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := c.Get("REMOTE.Up.Stream.Url"); v != "second\nline" || !ok {
		t.Errorf("the last value is %q, %t", v, ok)
	}
	if all := c.All("remote.Up.Stream.url"); !slices.Equal(all, []string{"first", "second\nline"}) {
		t.Errorf("all values: %q", all)
	}
	if _, ok := c.Get("remote.up.stream.url"); ok {
		t.Error("the subsection's case was ignored")
	}
	for key, want := range map[string]bool{"mgit.yes": true, "mgit.empty": false, "mgit.no": false, "mgit.four": true} {
		if c.Bool(key, true) != want || c.Bool(key, false) != want {
			t.Errorf("%s is not %t", key, want)
		}
	}
	if !c.Bool("mgit.odd", true) || c.Bool("mgit.gone", false) {
		t.Error("the default does not count")
	}
	last := c.Entries[len(c.Entries)-1]
	if want := (git.ConfigEntry{Key: "mgit.given", Value: "by environment", Scope: "command", Origin: "command line:"}); last != want {
		t.Errorf("the last entry is %+v", last)
	}
	if first := c.Entries[0]; first.Scope != "local" || first.Origin != "file:.git/config" || first.Key != "core.bare" {
		t.Errorf("the first entry is %+v", first)
	}
	if err := r.SetConfig(ctx, "remote.Up.Stream.url", "-third"); err != nil {
		t.Fatal(err)
	}
	if got := b.Git("config", "--get-all", "remote.Up.Stream.url"); got != "-third" {
		t.Errorf("git reads %q", got)
	}
	if err := r.SetConfig(ctx, "--global", "x"); err == nil {
		t.Error("an option was taken")
	}
	if err := r.SetConfig(ctx, "nodot", "x"); err == nil {
		t.Error("a key without a section was taken")
	}
}

func TestIdent(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	who, err := open(t, b).Ident(t.Context())
	if err != nil || who.Name != "Carl Committer" || who.Email != "carl@example.org" || who.When.Unix() != 1767225600 {
		t.Errorf("%+v, %v", who, err)
	}
	nobody := openWith(t, b, git.Options{Env: []string{"GIT_COMMITTER_NAME=", "GIT_COMMITTER_EMAIL=", "EMAIL="}})
	if err := nobody.SetConfig(t.Context(), "user.useConfigOnly", "true"); err != nil {
		t.Fatal(err)
	}
	if _, err := nobody.Ident(t.Context()); !errors.Is(err, git.ErrNoIdent) || !strings.Contains(err.Error(), "user.name") && !strings.Contains(err.Error(), "empty ident") {
		t.Errorf("the error is %v", err)
	}
}
