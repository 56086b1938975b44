package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
		m.Run()
		return
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

// phase is what a kill met.
type phase string

const (
	neverHappened phase = "before the commit point"
	rolledForward phase = "between"
	wasDone       phase = "after"
)

// judge mends what a kill left and requires that the run happened as a whole or
// not at all.
func (k *killing) judge(t *testing.T, f *fixture) phase {
	t.Helper()
	f.repo = f.open()
	f.awaitFree()
	mended, err := Mend(t.Context(), f.repo, note(f.repo))
	if err != nil {
		t.Fatalf("mend: %v", err)
	}
	runs, err := Runs(t.Context(), f.repo)
	if err != nil {
		t.Fatal(err)
	}
	f.sound()
	if again, err := Mend(t.Context(), f.repo, note(f.repo)); again != nil || err != nil {
		t.Errorf("a second mend found %v, %v", again, err)
	}
	if len(runs) == 0 {
		if got := f.refs(); !slices.Equal(got, k.before) {
			t.Errorf("no run, but the branches changed (%d, were %d)", len(got), len(k.before))
		}
		if f.value(SharedRef) != "" {
			t.Error("no run, but a shared branch")
		}
		if mended != nil && mended.Run != nil {
			t.Errorf("no run, but mend says %v", mended)
		}
		return neverHappened
	}
	run := runs[0]
	if len(runs) != 1 || !run.Done || len(run.TakenOut) != 0 {
		t.Errorf("runs: %d, done %v, taken out %+v", len(runs), run.Done, run.TakenOut)
	}
	var want []string
	for _, m := range run.Moves {
		if m.New != git.ZeroID {
			want = append(want, m.Ref+" "+m.New.String())
		}
	}
	for _, line := range k.before {
		name, _, _ := strings.Cut(line, " ")
		if !slices.ContainsFunc(run.Moves, func(m Move) bool { return m.Ref == name }) {
			want = append(want, line)
		}
	}
	slices.Sort(want)
	got := f.refs()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%d branches, want %d, and not all are at their new values", len(got), len(want))
	}
	if text := f.git.Git("show", "mgit:runs"); text != "1 p" {
		t.Errorf("the shared branch holds %q", text)
	}
	if commits := f.git.Git("rev-list", "--count", "mgit"); commits != "1" {
		t.Errorf("%s commits on the shared branch", commits)
	}
	if mended == nil {
		return wasDone
	}
	if mended.Run == nil || mended.Total <= k.count {
		t.Errorf("mended %+v", mended)
	}
	if mended.Pending > 0 && mended.Pending < mended.Total && len(mended.Locks) > 0 {
		k.torn++
	}
	return rolledForward
}

// TestKilledAfterEveryGitCommand kills a small run after its first git command,
// after its second, and so on to the last.
func TestKilledAfterEveryGitCommand(t *testing.T) {
	t.Parallel()
	k := newKilling(t, 3)
	whole := k.copy(t)
	p := k.start(t, whole, 0)
	text, ok := p.expect("done")
	p.kill()
	if !ok {
		t.Fatal("the run did not end")
	}
	commands, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[phase]int)
	for at := 1; at <= commands; at++ {
		f := k.copy(t)
		p := k.start(t, f, at)
		if _, ok := p.expect("done"); ok && at < commands {
			t.Errorf("not killed after command %d", at)
		}
		p.kill()
		seen[k.judge(t, f)]++
		if t.Failed() {
			t.Fatalf("killed after git command %d of %d", at, commands)
		}
	}
	t.Logf("killed after each of %d commands: %v", commands, seen)
	if seen[neverHappened] == 0 || seen[rolledForward] == 0 || seen[wasDone] == 0 {
		t.Errorf("not all phases were met: %v", seen)
	}
}

// TestKilledAtAnyMoment kills a run of 600 branches at random moments: some
// counted from its start, the others from its commit point on.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills := 10
	if os.Getenv("MGIT_FUZZ") != "" {
		kills = 100
	}
	k := newKilling(t, 600)
	f := k.copy(t)
	toCommit, toEnd := k.measure(t, f)
	seen := make(map[phase]int)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range kills {
		f := k.copy(t)
		p := k.start(t, f, 0)
		if _, ok := p.expect("ready"); !ok {
			t.Fatal("the victim did not start")
		}
		early := i%3 == 0
		from, span := "the start", toCommit
		if !early {
			from, span = "the commit point", toEnd-toCommit
			f.awaitRun()
		}
		after := time.Duration(random.Int64N(int64(span) + 1))
		time.Sleep(after)
		p.kill()
		met := k.judge(t, f)
		seen[met]++
		if t.Failed() {
			t.Fatalf("seed %d, kill %d, %v after %s, was %s", seed, i, after, from, met)
		}
		os.RemoveAll(f.git.Path)
	}
	t.Logf("commit point after %v, end after %v; kills: %v; %d left a transaction in pieces", toCommit, toEnd, seen, k.torn)
	if seen[neverHappened] == 0 || seen[rolledForward] == 0 {
		t.Errorf("not all phases were met: %v", seen)
	}
}

// TestKilledWhileAWorktreeFollows kills a run while git writes 400 files into a
// worktree. The branch and all of its files end at the same commit.
func TestKilledWhileAWorktreeFollows(t *testing.T) {
	t.Parallel()
	k := newKilling(t, 1)
	k.env = []string{envLive + "=1"}
	g := k.template
	g.Git("checkout", "-q", "-b", "next", "main")
	text := strings.Repeat("<?php // much to write\n", 200)
	for i := range 400 {
		g.Write(fmt.Sprintf("mod/m%d/lib%d.php", i%20, i), text)
	}
	g.Write("version.php", "<?php // new\n")
	g.Commit("next")
	g.Git("checkout", "-q", "-b", "live", "main")
	k.before = (&fixture{t: t, git: g}).refs()
	toCommit, toEnd := k.measure(t, k.copy(t))
	kills := 6
	if os.Getenv("MGIT_FUZZ") != "" {
		kills = 60
	}
	midway := 0
	for i := range kills {
		f := k.copy(t)
		p := k.start(t, f, 0)
		f.await("mod") // the first folder that git makes
		time.Sleep(time.Duration(rand.Int64N(int64(toEnd-toCommit)/4 + 1)))
		p.kill()
		f.repo = f.open()
		f.awaitFree()
		status := f.git.Git("status", "--porcelain")
		if status != "" {
			midway++
		}
		k.judge(t, f)
		if after := f.git.Git("status", "--porcelain"); after != "" || f.value("HEAD") != f.value("next") {
			t.Errorf("HEAD at %s, status:\n%s\nbefore mending:\n%s", f.value("HEAD"), after, status)
		}
		if t.Failed() {
			t.Fatalf("kill %d", i)
		}
	}
	t.Logf("%d of %d kills left the worktree midway", midway, kills)
}

// measure lets one run end and returns when its reference appeared and when it
// was done.
func (k *killing) measure(t *testing.T, f *fixture) (toCommit, toEnd time.Duration) {
	t.Helper()
	p := k.start(t, f, 0)
	if _, ok := p.expect("ready"); !ok {
		t.Fatal("the victim did not start")
	}
	start := time.Now()
	f.awaitRun()
	toCommit = time.Since(start)
	_, ok := p.expect("done")
	toEnd = time.Since(start)
	p.kill()
	if !ok {
		t.Fatal("the run did not end")
	}
	if met := k.judge(t, f); met != wasDone {
		t.Fatalf("a run that was not killed was %s", met)
	}
	return toCommit, toEnd
}

// awaitRun waits until the run's reference is there.
func (f *fixture) awaitRun() {
	f.t.Helper()
	f.await(".git/refs/mgit/runs/1")
}

// await waits for a file.
func (f *fixture) await(path string) {
	f.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Microsecond) {
		if _, err := os.Stat(filepath.Join(f.git.Path, filepath.FromSlash(path))); err == nil {
			return
		}
	}
	f.t.Fatalf("waited in vain for %s", path)
}
