package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mgit/internal/git/gittest"
)

// A second mgit waits for the first. When that goes on for long it leaves with
// 8 and has done nothing; when the first ends in time, it does its work.
func TestSecondMgitWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits ten seconds for a lock")
	}
	k := newKilling(t, 23)
	for _, c := range []struct {
		name string
		held time.Duration
		exit int
	}{
		{"for ever", time.Minute, exitLocked},
		{"for a second", time.Second, exitParked},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := k.copySite(t)
			release := holdLock(t, g)
			timer := time.AfterFunc(c.held, release)
			defer timer.Stop()
			out, err := k.start(t, g, "rebase-all", "v4.5.0", "--quiet").CombinedOutput()
			if code := exitOf(err); code != c.exit {
				t.Fatalf("exit %d, want %d: %v\n%s", code, c.exit, err, out)
			}
			if c.exit == exitLocked && (!strings.Contains(string(out), "another mgit is working") || siteBranches(g) != k.old) {
				t.Errorf("it said\n%s\nand the branches moved: %v", out, siteBranches(g) != k.old)
			}
			if c.exit == exitParked && siteBranches(g) == k.old {
				t.Error("nothing was moved")
			}
		})
	}
}

// holdLock takes mgit's lock as another process would.
func holdLock(t *testing.T, g *gittest.Repo) (release func()) {
	t.Helper()
	dir := filepath.Join(g.Path, ".git", "mgit")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return func() { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
}
