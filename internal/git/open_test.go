package git_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// Every kind of repository that people have is opened, and read.
func TestOpen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(t *testing.T, b *gittest.Repo) (dir, worktree string)
		bare  bool
		check func(r *git.Repo) string // "" when all is well
	}{
		{name: "plain", build: func(_ *testing.T, b *gittest.Repo) (string, string) {
			return b.Path, b.Path
		}},
		{name: "in a subdirectory", build: func(_ *testing.T, b *gittest.Repo) (string, string) {
			return filepath.Join(b.Path, "dir"), b.Path
		}},
		{name: "inside .git", build: func(_ *testing.T, b *gittest.Repo) (string, string) {
			return filepath.Join(b.Path, ".git"), ""
		}},
		{name: "bare", bare: true, build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "bare.git")
			b.Git("clone", "-q", "--bare", b.Path, dir)
			return dir, ""
		}},
		{name: "linked worktree", build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "linked")
			b.Git("worktree", "add", "-q", "--detach", dir)
			return dir, dir
		}, check: func(r *git.Repo) string {
			if r.GitDir() == r.CommonDir() || filepath.Base(r.CommonDir()) != ".git" {
				return "git directory " + r.GitDir() + ", common directory " + r.CommonDir()
			}
			return ""
		}},
		{name: "sparse checkout", build: func(_ *testing.T, b *gittest.Repo) (string, string) {
			b.Git("sparse-checkout", "set", "dir")
			return b.Path, b.Path
		}},
		{name: "alternates", build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "shared")
			b.Git("clone", "-q", "--shared", b.Path, dir)
			return dir, dir
		}},
		{name: "shallow", build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "shallow")
			b.Git("clone", "-q", "--depth=1", "file://"+b.Path, dir)
			return dir, dir
		}, check: func(r *git.Repo) string {
			if !r.Shallow() {
				return "not shallow"
			}
			return ""
		}},
		{name: "partial", build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "partial")
			b.Git("config", "uploadpack.allowFilter", "true")
			b.Git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+b.Path, dir)
			return dir, dir
		}, check: func(r *git.Repo) string {
			if !r.Partial() {
				return "not partial"
			}
			return ""
		}},
		{name: "a strange path", build: func(t *testing.T, b *gittest.Repo) (string, string) {
			dir := filepath.Join(t.TempDir(), "a b:c\xff'\"ü")
			b.Git("clone", "-q", b.Path, dir)
			return dir, dir
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := gittest.New(t)
			b.Write("dir/a file\xff.txt", "content\n")
			b.Commit("first")
			head := id(t, b.Commit("second"))
			dir, worktree := tt.build(t, b)
			r, err := git.Open(t.Context(), dir, git.Options{Env: b.Env()})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if r.WorkTree() != worktree || r.Bare() != tt.bare || r.Dir() != dir {
				t.Errorf("work tree %q, bare %t, dir %q", r.WorkTree(), r.Bare(), r.Dir())
			}
			if tt.check == nil && (r.Shallow() || r.Partial()) {
				t.Error("taken for shallow or partial")
			}
			if tt.check != nil {
				if wrong := tt.check(r); wrong != "" {
					t.Error(wrong)
				}
			}
			if got, err := r.Resolve(t.Context(), "HEAD"); got != head || err != nil {
				t.Errorf("HEAD is %s, %v", got, err)
			}
			blob, err := r.Store().Lookup(t.Context(), "HEAD:dir/a file\xff.txt")
			if string(blob.Data) != "content\n" || err != nil {
				t.Errorf("read %q, %v", blob.Data, err)
			}
			s, err := r.NewScratch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if o, err := s.Object(t.Context(), blob.ID); string(o.Data) != "content\n" || err != nil {
				t.Errorf("through a scratch: %q, %v", o.Data, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(t *testing.T, o *git.Options) (dir string)
		want  error
		text  string
	}{
		{"nothing there", func(t *testing.T, o *git.Options) string {
			dir := t.TempDir()
			o.Env = append(o.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
			return dir
		}, git.ErrNotRepository, ""},
		{"no such directory", func(t *testing.T, _ *git.Options) string {
			return filepath.Join(t.TempDir(), "gone")
		}, os.ErrNotExist, "gone"},
		{"sha256", func(t *testing.T, _ *git.Options) string {
			return gittest.NewAt(t, t.TempDir(), "--object-format=sha256").Path
		}, git.ErrUnsupported, "sha256"},
		{"reftable", func(t *testing.T, _ *git.Options) string {
			b := gittest.New(t)
			b.Git("config", "core.repositoryFormatVersion", "1")
			b.Git("config", "extensions.refStorage", "reftable")
			return b.Path
		}, git.ErrUnsupported, "ref"},
		{"an old git", func(t *testing.T, o *git.Options) string {
			o.Program = gittest.Program(t, `case "$*" in *version) echo git version 2.30.1;; *) echo usage >&2; exit 129;; esac`)
			return gittest.New(t).Path
		}, git.ErrTooOld, "2.30.1, mgit needs 2.38 or newer"},
		{"no git", func(t *testing.T, o *git.Options) string {
			o.Program = "no-such-git"
			return t.TempDir()
		}, git.ErrNoGit, "no-such-git"},
		{"somebody else's", func(t *testing.T, o *git.Options) string {
			o.Env = append(o.Env, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
			return gittest.New(t).Path
		}, git.ErrUnsafe, "git config --global --add safe.directory"},
		{"a bare one that must be named", func(t *testing.T, o *git.Options) string {
			o.Env = append(o.Env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.bareRepository", "GIT_CONFIG_VALUE_0=explicit")
			return gittest.NewAt(t, t.TempDir(), "--bare").Path
		}, git.ErrUnsafe, "safe.bareRepository"},
		{"cancelled", func(t *testing.T, _ *git.Options) string {
			return gittest.New(t).Path
		}, context.Canceled, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opt := git.Options{Env: gittest.At(t, "").Env()}
			dir := tt.build(t, &opt)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.want == context.Canceled {
				cancel()
			}
			r, err := git.Open(ctx, dir, opt)
			if err == nil {
				r.Close()
				t.Fatal("it was opened")
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("the error is %q, want %q with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestOpenTakesTwoProcesses(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	program := gittest.Program(t, `exec git "$@"`) // one that nobody has asked for its version
	seen := make(chan git.Command, 10)
	r, err := git.Open(t.Context(), b.Path, git.Options{Program: program, Env: b.Env(), Log: func(c git.Command) { seen <- c }})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 {
		t.Errorf("Open ran %d commands, want 2", len(seen))
	}
}

// A git program is asked for its version once, and again when it is another one.
func TestVersionIsAskedOnce(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	log := filepath.Join(t.TempDir(), "log")
	body := func(version string) string {
		return `case "$*" in *version) echo asked >>` + log + `; echo git version ` + version + `;; *) exec git "$@";; esac`
	}
	first := gittest.Program(t, body("2.40.1"))
	for i, c := range []struct {
		version string
		asked   int
	}{{"2.40.1", 1}, {"2.40.1", 1}, {"2.41.10", 2}} {
		if i == 2 {
			if err := os.Rename(gittest.Program(t, body(c.version)), first); err != nil {
				t.Fatal(err)
			}
		}
		r, err := git.Open(t.Context(), b.Path, git.Options{Program: first, Env: b.Env()})
		if err != nil {
			t.Fatal(err)
		}
		said, err := os.ReadFile(log)
		if r.Version().String() != c.version || strings.Count(string(said), "asked") != c.asked || err != nil {
			t.Errorf("opened %d: %v, asked %q, %v", i+1, r.Version(), said, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
