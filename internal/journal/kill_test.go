package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
)

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
		if i < 2 {
			after = 0 // each phase is met once, however long it took to measure
		}
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

// TestLockOutlivesItsHolderInGit kills mgit alone, while a git of it is at work:
// as long as that lives, nobody else takes the run up.
func TestLockOutlivesItsHolderInGit(t *testing.T) {
	t.Parallel()
	k := newKilling(t, 3)
	f := k.copy(t)
	hook := "#!/bin/sh\ncd '" + f.git.Path + "/.git' && cat >lines\n" +
		"grep -q new/1 lines && test \"$1\" = prepared && touch waiting && sleep 1\nexit 0\n"
	f.git.Write(".git/hooks/reference-transaction", hook)
	if err := os.Chmod(filepath.Join(f.git.Path, ".git", "hooks", "reference-transaction"), 0o777); err != nil {
		t.Fatal(err)
	}
	p := k.start(t, f, 0)
	f.await(".git/waiting")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // "signal: killed" is what we want
	f.repo = f.open()
	if mended, err := Mend(t.Context(), f.repo, note(f.repo)); mended != nil || err != nil {
		t.Errorf("mended %v, %v beside a living git", mended, err)
	}
	if f.value(newRef(0)) != "" {
		t.Fatal("git was not waiting")
	}
	if met := k.judge(t, f); met != rolledForward {
		t.Errorf("was %s", met)
	}
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
