package bench

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// The upgrade that is measured: 2.3 to 2.5.
const (
	base, baseVersion = "v2.3.0", "2.3"
	onto, ontoVersion = "v2.5.0", "2.5"
)

// loadOf is a site of 4.3 commits a branch, as the first site measured had.
func loadOf(branches int) rebasetest.Load {
	return rebasetest.Load{Base: base, Version: baseVersion, Branches: branches, Commits: branches * 13 / 3, Seed: 1}
}

// TestBars measures what mgit promises about its speed.
func TestBars(t *testing.T) {
	skipUnlessAsked(t)
	clone := moodleClone(t)
	program := buildMgit(t)
	small, large := newMoodle(t, clone, loadOf(60)), newMoodle(t, clone, loadOf(600))
	say(t, "%s; %s; %d processors", small.template.Git("version"), strings.TrimSpace(run(t, small.template, program, []string{"--version"})), runtime.NumCPU())

	mgit60, mgit600 := mgitMoves(t, program, small), mgitMoves(t, program, large)
	rebase60 := rebaseLoop(t, small)
	bar(t, "60 branches: mgit rebase-all / loop of git rebase --onto", compared(t, 2, mgit60, rebase60), 1.0/40, "")
	bar(t, "mgit rebase-all: 600 branches / 60 branches", compared(t, 5, mgit600, mgit60), 10.5, "")
	works := []*work{mgit60, rebase60, mgit600}
	replaying := os.Getenv("MGIT_GIT_REPLAY")
	if replaying == "" {
		say(t, "MGIT_GIT_REPLAY names no git that has `git replay`: not compared with it")
	} else {
		say(t, "git replay of %s", strings.TrimSpace(run(t, small.template, replaying, []string{"version"})))
		replay60, replay600 := replayLoop(t, small, replaying), replayLoop(t, large, replaying)
		bar(t, "60 branches: mgit rebase-all / loop of git replay", compared(t, 9, mgit60, replay60), 0.7, "")
		bar(t, "600 branches: mgit rebase-all / loop of git replay", compared(t, 5, mgit600, replay600), 0.4, "")
		works = append(works, replay60, replay600)
	}
	for _, m := range []*moodle{small, large} {
		peak := peakMemory(t, m.bare(), program, rebaseAll, finished)
		if peak == 0 {
			say(t, "this system does not tell the memory of a process")
			break
		}
		bar(t, fmt.Sprintf("%d branches: peak memory of mgit", len(m.branches)), float64(peak)/1e6, 150, " MB")
	}
	for _, w := range works {
		say(t, "%v", w)
	}
}

// rebaseAll are the arguments of the main job; with some branches in conflict it
// ends with the code finished.
var rebaseAll = []string{"rebase-all", onto}

const finished = 4

func mgitMoves(t *testing.T, program string, m *moodle) *work {
	return &work{
		name:    fmt.Sprintf("mgit rebase-all, %d branches", len(m.branches)),
		prepare: m.bare,
		do:      func(r *gittest.Repo) { run(t, r, program, rebaseAll, finished) },
		done:    func(r *gittest.Repo) { m.compare(trees(r, m.movedNames(ontoVersion))) },
	}
}

// rebaseLoop is the way without mgit: check out and rebase, branch after branch.
func rebaseLoop(t *testing.T, m *moodle) *work {
	script := "while read -r branch; do git -c merge.directoryRenames=false rebase -q --onto " + onto + " " + base + ` "$branch" 2>/dev/null || git rebase --abort; done`
	return &work{
		name:    fmt.Sprintf("git rebase --onto, %d branches", len(m.branches)),
		prepare: func() *gittest.Repo { return m.checkedOut(base) },
		do:      func(r *gittest.Repo) { shell(t, r, script, m.branches) },
		done:    func(r *gittest.Repo) { m.compare(m.moved(trees(r, m.branches))) },
	}
}

// replayLoop is the same without a checkout, with the command that newer gits
// have. From 2.52 on it moves the branch; before, it prints the update.
func replayLoop(t *testing.T, m *moodle, program string) *work {
	script := `while read -r branch; do "$GIT" -c merge.directoryRenames=false replay --onto ` + onto + " " + base + `.."$branch" 2>/dev/null; done | "$GIT" update-ref --stdin`
	return &work{
		name:    fmt.Sprintf("git replay --onto, %d branches", len(m.branches)),
		prepare: m.bare,
		do:      func(r *gittest.Repo) { shell(t, r, script, m.branches, "GIT="+program) },
		done:    func(r *gittest.Repo) { m.compare(m.moved(trees(r, m.branches))) },
	}
}

// moved takes out the trees of branches that were left where they are.
func (m *moodle) moved(now []string) []string {
	before := trees(m.template, m.branches)
	for i := range now {
		if now[i] == before[i] {
			now[i] = ""
		}
	}
	return now
}

// compare makes sure that every way moved the same branches to the same trees.
func (m *moodle) compare(now []string) {
	m.t.Helper()
	if m.result == nil {
		m.result = now
		return
	}
	for i, b := range m.branches {
		if m.result[i] != now[i] {
			m.t.Fatalf("%s: one way made tree %q, another %q", b, m.result[i], now[i])
		}
	}
}

// TestStatus holds `mgit status` against a loop that asks git twice a branch.
func TestStatus(t *testing.T) {
	skipUnlessAsked(t)
	m := newMoodle(t, moodleClone(t), loadOf(120))
	program := buildMgit(t)
	ours := &work{
		name: "mgit status, 120 branches", prepare: m.bare,
		do: func(r *gittest.Repo) { run(t, r, program, []string{"status"}) },
	}
	loop := &work{
		name: "two git calls a branch", prepare: m.bare,
		do: func(r *gittest.Repo) {
			shell(t, r, "while read -r branch; do base=$(git merge-base "+onto+` "$branch"); git rev-list --count "$base..$branch"; done`, m.branches)
		},
	}
	bar(t, "120 branches: mgit status / two git calls a branch", compared(t, 9, ours, loop), 0.1, "")
	say(t, "%v\n%v", ours, loop)
}

// TestVersion holds the start of mgit against that of git.
func TestVersion(t *testing.T) {
	skipUnlessAsked(t)
	program := buildMgit(t)
	var ours, theirs []time.Duration
	once := func(name string) time.Duration {
		start := time.Now()
		if err := exec.Command(name, "--version").Run(); err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	for range 41 {
		ours, theirs = append(ours, once(program)), append(theirs, once("git"))
	}
	mgit, git := work{name: "mgit --version", took: ours}, work{name: "git --version", took: theirs}
	bar(t, "mgit --version, over git --version", float64((mgit.median()-git.median()).Microseconds())/1000, 15, " ms")
	say(t, "%v\n%v", &mgit, &git)
}
