package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkVersion compares the start of mgit with the start of Git: medians of runs taken in turn,
// so that a busy machine slows both.
func BenchmarkVersion(b *testing.B) {
	program := filepath.Join(b.TempDir(), "mgit")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	once := func(name string) time.Duration {
		begun := time.Now()
		if err := exec.Command(name, "--version").Run(); err != nil {
			b.Fatal(err)
		}
		return time.Since(begun)
	}
	once(program)
	for b.Loop() {
		var ours, theirs []time.Duration
		for range 41 {
			ours = append(ours, once(program))
			theirs = append(theirs, once("git"))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		mgit, git := ours[len(ours)/2], theirs[len(theirs)/2]
		b.ReportMetric(float64(mgit.Microseconds())/1000, "mgit-ms")
		b.ReportMetric(float64(git.Microseconds())/1000, "git-ms")
		b.ReportMetric(float64((mgit-git).Microseconds())/1000, "over-ms")
	}
}
