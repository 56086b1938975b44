package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// The variables that make the test binary a process to be killed.
const (
	envDir   = "MGIT_JOURNAL_DIR"   // the repository in which it applies a run
	envCount = "MGIT_JOURNAL_COUNT" // of how many branches
	envKill  = "MGIT_JOURNAL_KILL"  // kill yourself after that many git commands of Apply
	envLive  = "MGIT_JOURNAL_LIVE"  // fast-forward the checked-out branch live to next
)

func TestMain(m *testing.M) {
	if os.Getenv(envDir) == "" {
		os.Exit(gittest.Main(m))
	}
	if err := victim(context.Background()); err != nil {
		panic(err)
	}
}

// victim applies one run. It says "ready" before and "done" after.
func victim(ctx context.Context) error {
	count, err := strconv.Atoi(os.Getenv(envCount))
	if err != nil {
		return err
	}
	killAt, _ := strconv.Atoi(os.Getenv(envKill)) // without it, somebody else kills
	var applying atomic.Bool
	var commands atomic.Int32
	log := func(git.Command) {
		if applying.Load() && int(commands.Add(1)) == killAt {
			syscall.Kill(-os.Getpid(), syscall.SIGKILL)
		}
	}
	repo, err := git.Open(ctx, os.Getenv(envDir), git.Options{Log: log})
	if err != nil {
		return err
	}
	lock, err := Acquire(ctx, repo, "victim", 0)
	if err != nil {
		return err
	}
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		return err
	}
	base, err := repo.Resolve(ctx, "refs/heads/old/0")
	if err != nil {
		return err
	}
	moves, err := carry(ctx, repo, scratch, base, count)
	if err != nil {
		return err
	}
	// What is deleted makes git rewrite the packed references as well.
	moves = append(moves, Move{Ref: "refs/heads/gone", Old: base})
	if os.Getenv(envLive) != "" {
		next, err := repo.Resolve(ctx, "refs/heads/next")
		if err != nil {
			return err
		}
		moves = append(moves, Move{Ref: "refs/heads/live", Old: base, New: next, Worktree: repo.WorkTree()})
	}
	applying.Store(true)
	fmt.Println("ready")
	_, err = Apply(ctx, repo, lock, scratch, Draft{Command: "mgit rebase-all", Moves: moves, Payload: []byte("p")}, note(repo))
	if err != nil {
		return err
	}
	fmt.Println("done", commands.Load())
	_, err = io.Copy(io.Discard, os.Stdin) // alive until it is killed or dismissed
	return err
}

// killing is a repository to be copied for each victim.
type killing struct {
	template *gittest.Repo
	count    int
	before   []string // the branches before
	env      []string // for the victims
	torn     int      // how many kills left a transaction in pieces
}

func newKilling(t *testing.T, count int) *killing {
	t.Helper()
	f := newFixtureAt(t, quickDir(t), 1)
	var updates []git.RefUpdate
	for i := 1; i < count; i++ {
		updates = append(updates, git.RefUpdate{Name: oldRef(i), New: f.base})
	}
	updates = append(updates, git.RefUpdate{Name: "refs/heads/gone", New: f.base})
	if err := f.repo.UpdateRefs(t.Context(), updates, "test"); err != nil {
		t.Fatal(err)
	}
	f.git.Git("checkout", "-q", oldBranch(0)) // a user stands on an old branch
	f.git.Git("pack-refs", "--all")
	return &killing{template: f.git, count: count, before: f.refs()}
}

// quickDir is a temporary directory, in memory where the system has such: these
// tests write some ten thousand small files.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "journal-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// copy returns a repository for one victim.
func (k *killing) copy(t *testing.T) *fixture {
	t.Helper()
	dir := filepath.Join(quickDir(t), "repo")
	if out, err := exec.Command("cp", "-r", k.template.Path, dir).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v %s", err, out)
	}
	return &fixture{t: t, git: gittest.At(t, dir)}
}

// process is a running victim, the leader of its process group.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
}

func (k *killing) start(t *testing.T, f *fixture, killAt int) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(f.git.Env(), k.env...), envDir+"="+f.git.Path, fmt.Sprintf("%s=%d", envCount, k.count))
	if killAt > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", envKill, killAt))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{t: t, cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
}

// expect waits for a line that begins with word and returns the rest of it.
func (p *process) expect(word string) (string, bool) {
	for p.lines.Scan() {
		if rest, ok := strings.CutPrefix(p.lines.Text(), word); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// kill ends the whole process group at once.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // gone already, where it killed itself
	p.stdin.Close()
	_ = p.cmd.Wait() // "signal: killed" is what we want
}

// awaitFree waits until the last process that had the lock is dead. Who its
// parent is, and whether that one has noticed, does not matter.
func (f *fixture) awaitFree() {
	f.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if lock, err := tryLock(f.repo); err == nil {
			if err := lock.unlock(); err != nil {
				f.t.Fatal(err)
			}
			return
		}
	}
	f.t.Fatal("the lock does not become free")
}
