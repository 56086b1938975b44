package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mgit/internal/demo"
	"mgit/internal/git/gittest"
)

// The whole process group of a rebase-all, its git children included, is killed
// at random moments. Whatever mgit command comes next, the branches are all old
// or all new, no lock file is left, git fsck has nothing to say, and the
// command says what it mended. internal/journal does the same with 600
// branches; here it is the real program. MGIT_FUZZ=1 kills more often.
func TestKilledRebaseAll(t *testing.T) {
	t.Parallel()
	branches, kills := 60, 3
	if testing.Short() {
		branches, kills = 40, 2
	}
	if os.Getenv("MGIT_FUZZ") != "" {
		branches, kills = 600, 100
	}
	k := newKilling(t, branches)
	want, took := k.whole(t)
	if strings.Count(want, "LUVLE-4.5-") < branches/2 {
		t.Fatalf("the run that was left alone moved too little:\n%s", want)
	}
	phases := make(map[string]int)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range kills {
		// The second half of a run is where it writes.
		phases[k.kill(t, took/3+time.Duration(r.Int64N(int64(took))), want)]++
	}
	t.Logf("%d kills within %v: %v", kills, took, phases)
}

type killing struct {
	program string // mgit
	site    string // copied for every kill
	old     string // its branches
}

func newKilling(t *testing.T, branches int) *killing {
	t.Helper()
	k := &killing{program: program(t)}
	built, err := demo.Build(t.Context(), filepath.Join(t.TempDir(), "demo"), demo.Params{
		Files: 400, Releases: 5, Branches: branches,
		MissingParts: []demo.Part{demo.PartInternal, demo.PartLive, demo.PartWorkTree},
	})
	if err != nil {
		t.Fatal(err)
	}
	k.site = built.Site
	g := gittest.At(t, k.site)
	g.Git("config", "mgit.customer", "LUVLE")
	g.Git("config", "mgit.remote.upstream.url", g.Git("config", "remote.upstream.url"))
	g.Git("config", "mgit.remote.upstream.role", "upstream")
	g.Git("update-ref", "refs/heads/mgit", g.Git("commit-tree", "-m", "the mgit branch", g.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	k.old = siteBranches(g)
	return k
}

// siteBranches are the branches of the site in both versions.
func siteBranches(g *gittest.Repo) string { return g.Git("for-each-ref", "refs/heads/LUVLE-*") }

// start begins an mgit command in a process group of its own. The clock of the
// committer stands still, so that every run makes the same commits.
func (k *killing) start(t *testing.T, g *gittest.Repo, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(k.program, append([]string{"-C", g.Path}, args...)...)
	cmd.Env = append(g.Env(), "GIT_COMMITTER_DATE=2026-01-01T12:00:00+0000", "TERM=dumb")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

func (k *killing) copySite(t *testing.T) *gittest.Repo {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command("cp", "-r", k.site, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return gittest.At(t, dir)
}

// whole lets a run end and returns the branches it leaves and how long it took.
func (k *killing) whole(t *testing.T) (string, time.Duration) {
	t.Helper()
	g := k.copySite(t)
	begun := time.Now()
	out, err := k.start(t, g, "rebase-all", "v4.5.0", "--quiet").CombinedOutput()
	if code := exitOf(err); code != exitParked {
		t.Fatalf("exit %d: %v\n%s", code, err, out)
	}
	return siteBranches(g), time.Since(begun)
}

func exitOf(err error) int {
	if err == nil {
		return exitDone
	}
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return -1
}

// kill starts a run, kills it after the delay and looks at what the next
// command makes of it.
func (k *killing) kill(t *testing.T, delay time.Duration, want string) string {
	t.Helper()
	g := k.copySite(t)
	defer os.RemoveAll(g.Path)
	run := k.start(t, g, "rebase-all", "v4.5.0", "--quiet")
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay)
	_ = syscall.Kill(-run.Process.Pid, syscall.SIGKILL) // it may have ended
	_ = run.Wait()
	out, err := k.start(t, g, "runs").CombinedOutput()
	if err != nil {
		t.Fatalf("mgit runs after the kill: %v\n%s", err, out)
	}
	said := string(out)
	leftovers(t, filepath.Join(g.Path, ".git"))
	if fsck := g.Git("fsck", "--strict", "--no-dangling"); fsck != "" {
		t.Errorf("fsck after the kill: %s", fsck)
	}
	mended := strings.Contains(said, "which was killed") || strings.Contains(said, "was killed before")
	switch now := siteBranches(g); {
	case now == want && mended:
		return "finished by the next command"
	case now == want:
		return "done before the kill"
	case now == k.old && mended:
		return "undone by the next command"
	case now == k.old:
		return "not begun"
	default:
		t.Errorf("after a kill at %v: %d of %d new branches\n%s", delay,
			strings.Count(now, "LUVLE-4.5-"), strings.Count(want, "LUVLE-4.5-"), said)
		return "torn"
	}
}

// leftovers fails when a lock file or a scratch directory is left.
func leftovers(t *testing.T, gitDir string) {
	t.Helper()
	err := filepath.WalkDir(gitDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".lock") {
			return fmt.Errorf("%s is left", path)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
