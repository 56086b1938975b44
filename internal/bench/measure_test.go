package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git/gittest"
)

// skipUnlessAsked leaves the benchmarks out of an ordinary test run.
func skipUnlessAsked(t *testing.T) {
	t.Helper()
	if os.Getenv("MGIT_BENCH") == "" {
		t.Skip("make bench runs the benchmarks")
	}
}

// moodleClone is the clone of Moodle to measure on.
func moodleClone(t *testing.T) string {
	t.Helper()
	clone := os.Getenv("MGIT_MOODLE")
	if clone == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle: nothing is measured on real history")
	}
	return clone
}

// buildMgit returns the path of the program to measure.
func buildMgit(t *testing.T) string {
	t.Helper()
	if program := os.Getenv("MGIT_PROGRAM"); program != "" {
		return program
	}
	program := filepath.Join(t.TempDir(), "mgit")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "mgit/cmd/mgit")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mgit: %v\n%s", err, out)
	}
	return program
}

// work is one thing to measure: what do does, in a repository that prepare made
// for this time only. Only do is timed.
type work struct {
	name    string
	prepare func() *gittest.Repo
	do      func(*gittest.Repo)
	done    func(*gittest.Repo) // looks at the result
	keep    bool                // the repository stays for the next time
	took    []time.Duration
}

// once does the work one time, removes what it left, and says how long it took.
func (w *work) once(t *testing.T) time.Duration {
	t.Helper()
	r := w.prepare()
	start := time.Now()
	w.do(r)
	took := time.Since(start)
	w.took = append(w.took, took)
	if w.done != nil {
		w.done(r)
	}
	if w.keep {
		return took
	}
	if err := os.RemoveAll(r.Path); err != nil {
		t.Fatal(err)
	}
	return took
}

// inTurn does all works, one after the other, rounds times.
func inTurn(t *testing.T, rounds int, works ...*work) {
	t.Helper()
	for range rounds {
		for _, w := range works {
			w.once(t)
		}
	}
}

// compared does ours and theirs in turn and returns the median of the ratios that
// the rounds gave. What else the machine does changes from minute to minute: only
// neighbours can be compared.
func compared(t *testing.T, rounds int, ours, theirs *work) float64 {
	t.Helper()
	ratios := make([]float64, rounds)
	for i := range ratios {
		ratios[i] = float64(ours.once(t)) / float64(theirs.once(t))
	}
	return median(ratios)
}

func median[T cmp.Ordered](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func (w *work) median() time.Duration { return median(w.took) }

func (w *work) String() string {
	return fmt.Sprintf("%-34s %10s   of %d: %s to %s", w.name, seconds(w.median()), len(w.took), seconds(slices.Min(w.took)), seconds(slices.Max(w.took)))
}

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// bar prints one promise and whether it is kept; a broken one fails the test.
func bar(t *testing.T, name string, got, most float64, unit string) {
	t.Helper()
	verdict := "pass"
	if got > most {
		verdict = "FAIL"
		t.Fail()
	}
	fmt.Fprintf(t.Output(), "%-58s %9.4g%s  at most %.4g%s  %s\n", name, got, unit, most, unit, verdict)
}

func say(t *testing.T, format string, args ...any) {
	t.Helper()
	fmt.Fprintf(t.Output(), format+"\n", args...)
}

// run starts a program in the repository and returns what it printed. The exit
// codes in also are no failure.
func run(t *testing.T, r *gittest.Repo, program string, args []string, also ...int) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	return start(t, r, cmd, also...)
}

// shell runs a loop as people write it, with its words on standard input.
func shell(t *testing.T, r *gittest.Repo, script string, words []string, env ...string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdin = strings.NewReader(strings.Join(words, "\n") + "\n")
	cmd.Env = env
	return start(t, r, cmd)
}

func start(t *testing.T, r *gittest.Repo, cmd *exec.Cmd, also ...int) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.Path, &stdout, &stderr
	cmd.Env = append(r.Env(), cmd.Env...)
	if err := cmd.Run(); err != nil && !slices.Contains(also, cmd.ProcessState.ExitCode()) {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.Bytes())
	}
	return stdout.String()
}

// peakMemory runs the program and returns the most memory its own process had,
// in bytes, git's processes apart. The kernel's figure at exit will not do: it is
// the largest of the process, its children, and what it was forked from.
func peakMemory(t *testing.T, r *gittest.Repo, program string, args []string, also ...int) int64 {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = r.Path, r.Env()
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var peak int64
	for {
		select {
		case err := <-ended:
			if err != nil && !slices.Contains(also, cmd.ProcessState.ExitCode()) {
				t.Fatalf("%v: %v", cmd.Args, err)
			}
			return peak
		case <-time.After(time.Millisecond):
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
}

// highWater reads VmHWM of a process; see proc_pid_status(5). 0: no such thing.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
