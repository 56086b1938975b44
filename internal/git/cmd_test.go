package git_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// script makes a program that runs in place of git for everything but what
// Open asks.
func script(t *testing.T, body string) string {
	t.Helper()
	return gittest.Program(t, "case \"$*\" in *version|*rev-parse*) exec git \"$@\";; esac\n"+body)
}

func openWith(t *testing.T, b *gittest.Repo, opt git.Options) *git.Repo {
	t.Helper()
	opt.Env = append(b.Env(), opt.Env...)
	r, err := git.Open(t.Context(), b.Path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestOutput(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	r := open(t, b)
	ctx := t.Context()
	out, err := r.Cmd("hash-object", "--stdin").Stdin([]byte("x\n")).Output(ctx)
	if strings.TrimSpace(string(out)) != "587be6b4c3f93f93c489c0111bba5596147a26cb" || err != nil {
		t.Errorf("hash-object: %q, %v", out, err)
	}
	out, err = r.Cmd("-c", "user.name=A B", "config", "user.name").Output(ctx)
	if string(out) != "A B\n" || err != nil {
		t.Errorf("a setting on the command line: %q, %v", out, err)
	}
	err = r.Cmd("cat-file", "-t", "no-such-thing").Run(ctx)
	var exit *git.ExitError
	if !errors.As(err, &exit) || exit.Code != 128 || !strings.Contains(exit.Stderr, "no-such-thing") || exit.Args[0] != "cat-file" {
		t.Errorf("a refusal: %#v", err)
	}
	if !strings.HasPrefix(err.Error(), "git cat-file: fatal: ") {
		t.Errorf("its text: %q", err)
	}
}

// The variables that git exports to hooks must not reach a git that works on
// another repository.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "MGIT_TRACKER_TOKEN"} {
		t.Setenv(name, "/nowhere")
	}
	t.Setenv("GIT_PAGER", "false")
	b := gittest.New(t)
	r := openWith(t, b, git.Options{Program: script(t, "env"), Env: []string{"GIT_INDEX_FILE=given"}})
	out, err := r.Cmd("x").Env("LC_ALL=last").Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env := strings.Split(string(out), "\n")
	for _, want := range []string{"GIT_INDEX_FILE=given", "LC_ALL=last", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "GIT_NO_REPLACE_OBJECTS=1"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(string(out), "/nowhere") {
		t.Errorf("a variable of the hook got through:\n%s", out)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := openWith(t, gittest.New(t), git.Options{Program: script(t, "exec sleep 60")})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	if err := r.Cmd("x").Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	err := r.Cmd("x").Timeout(50 * time.Millisecond).Run(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no end after 50ms") {
		t.Errorf("timed out: %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestKilled(t *testing.T) {
	t.Parallel()
	r := openWith(t, gittest.New(t), git.Options{Program: script(t, "kill -ABRT $$")})
	var exit *git.ExitError
	if err := r.Cmd("x").Run(t.Context()); !errors.As(err, &exit) || exit.Code >= 0 {
		t.Errorf("the error is %v", err)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var all []git.Command
	b := gittest.New(t)
	r := openWith(t, b, git.Options{Log: func(c git.Command) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, c)
	}})
	_ = r.Cmd("-c", "http.extraHeader=Authorization: Bearer s3cret", "ls-remote", "https://ann:s3cret@host.invalid:1/x", "ssh://git@host/x").
		Env("GIT_ALLOW_PROTOCOL=none").Run(t.Context()) // git refuses the URL
	if _, err := r.Store().Object(t.Context(), git.EmptyTree); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Resolve(t.Context(), "nothing"); !errors.Is(err, git.ErrNotFound) {
		t.Fatal(err)
	}
	r.Close()
	var text []string
	for _, c := range all {
		text = append(text, strings.Join(c.Args, " "))
		if c.Dir != b.Path && !slices.Contains(c.Args, "version") {
			t.Errorf("%v ran in %q", c.Args, c.Dir)
		}
	}
	if want := "-c http.extraHeader=*** ls-remote https://***@host.invalid:1/x ssh://git@host/x"; !slices.Contains(text, want) {
		t.Errorf("the log lacks %q:\n%s", want, strings.Join(text, "\n"))
	}
	if !slices.ContainsFunc(all, func(c git.Command) bool { return c.ExitCode == 128 }) {
		t.Error("no command with the exit code 128")
	}
	if !slices.Contains(text, "cat-file --batch-command --buffer") {
		t.Error("the log lacks the reader")
	}
}

// The lock must last until the last child is gone, so the file must be open in
// the children.
func TestHold(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := openWith(t, gittest.New(t), git.Options{Program: script(t, "echo held >&3")})
	if err := r.Cmd("x").Run(t.Context()); err == nil {
		t.Error("descriptor 3 was open before")
	}
	r.Hold(file)
	if err := r.Cmd("x").Run(t.Context()); err != nil {
		t.Error(err)
	}
	if data, _ := os.ReadFile(file.Name()); string(data) != "held\n" {
		t.Errorf("the child wrote %q", data)
	}
	r.Hold(nil)
	if err := r.Cmd("x").Run(t.Context()); err == nil {
		t.Error("descriptor 3 is still open")
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"main", "refs/heads/x", "HEAD^{tree}", "v4.5.0:version.php", "LUVLE-4.5-hack-core-x", "bad\xffbytes",
		"https://host/x.git", "ssh://git@host:22/x", "git@host:x", "file:///x", "/a b/c", "HEAD:a::b",
	} {
		if err := git.CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "-x", "--upload-pack=touch x", "ext::sh -c x", "EXT::x", "fd::3", "a\nb", "a\x00b", "a\x7f", "ssh://-oProxyCommand=x/y",
	} {
		var nameErr *git.NameError
		if err := git.CheckName(bad); !errors.As(err, &nameErr) || nameErr.Name != bad {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	for said, want := range map[string]git.Version{
		"git version 2.39.5":                 {Major: 2, Minor: 39, Patch: 5},
		"git version 2.39.5 (Apple Git-154)": {Major: 2, Minor: 39, Patch: 5},
		"git version 2.45.1.windows.1":       {Major: 2, Minor: 45, Patch: 1},
		"git version 2.50.0-rc1":             {Major: 2, Minor: 50},
		"git version 2.51.GIT":               {Major: 2, Minor: 51},
		"git version 10.0":                   {Major: 10},
	} {
		file := gittest.Program(t, "case \"$*\" in *version) echo '"+said+"';; *) exec git \"$@\";; esac")
		r := openWith(t, b, git.Options{Program: file})
		if got := r.Version(); got != want {
			t.Errorf("%q is %v, want %v", said, got, want)
		}
	}
	v := git.Version{Major: 2, Minor: 38}
	if !v.AtLeast(2, 38) || v.AtLeast(2, 39) || v.AtLeast(3, 0) || !v.AtLeast(1, 99) {
		t.Error("AtLeast is wrong")
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "12", strings.Repeat("g", 40), strings.Repeat("1", 64)} {
		if _, err := git.ParseID(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if got := id(t, strings.Repeat("ab", 20)); !bytes.Equal(got[:], bytes.Repeat([]byte{0xab}, 20)) {
		t.Error(got)
	}
}

// A git that is kept apart has no terminal, and names none to gpg's agent. It leads a session of its own.
func TestApart(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	program := script(t, `echo "$GPG_TTY,$(ps -o sid= -p $$ | tr -d ' '),$$"`)
	for _, apart := range []bool{false, true} {
		r := openWith(t, b, git.Options{Program: program, Env: []string{"GPG_TTY=/dev/pts/7"}, Apart: apart})
		out, err := r.Cmd("commit-tree").Output(t.Context())
		said := strings.Split(strings.TrimSpace(string(out)), ",")
		if err != nil || len(said) != 3 {
			t.Fatalf("%q, %v", out, err)
		}
		if isApart := said[0] == "" && said[1] == said[2]; isApart != apart {
			t.Errorf("apart is %v: %q", apart, said)
		}
	}
}
