//go:build unix

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"mgit/internal/git/gittest"
)

// TestScreenBars measures how soon the screen shows something that is of use, and how much memory it takes,
// on a site with 120 branches on Moodle's history.
func TestScreenBars(t *testing.T) {
	skipUnlessAsked(t)
	m := newMoodle(t, moodleClone(t), loadOf(120))
	program, blank := buildMgit(t), buildEmptyScreen(t)
	site := m.bare()

	const rounds = 21
	var ours, theirs, over []time.Duration
	for range rounds {
		a := firstPaint(t, site, "empty", blank)
		b := firstPaint(t, site, branchShown, program, "tui")
		theirs, ours, over = append(theirs, a), append(ours, b), append(over, b-a)
	}
	say(t, "first paint: empty program %s, mgit %s, medians of %d", seconds(median(theirs)), seconds(median(ours)), rounds)
	bar(t, "first useful paint over that of an empty program", float64(median(over).Microseconds())/1000, 60, " ms")
	bar(t, "peak memory of the screen after a walk through it", walkedMemory(t, site, program), 150, " MB")
}

// branchShown is the component of one of the branches, as a row shows it.
const branchShown = `\b(mod|block|qtype|auth|enrol|report|format|theme|core|local|tool|gradereport|filter|repository)_[a-z]+`

func buildEmptyScreen(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "emptyscreen")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "mgit/internal/bench/testdata/emptyscreen")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the empty program: %v\n%s", err, out)
	}
	return program
}

// terminal is a program on a terminal that nobody answers for.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	pty  *os.File
	news chan struct{}

	mutex sync.Mutex
	said  bytes.Buffer
}

func onTerminal(t *testing.T, r *gittest.Repo, program string, args ...string) *terminal {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = r.Path
	cmd.Env = append(r.Env(), "TERM=xterm-256color", "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, cmd: cmd, pty: file, news: make(chan struct{}, 1)}
	go s.listen()
	return s
}

func (s *terminal) listen() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.pty.Read(buffer)
		s.mutex.Lock()
		s.said.Write(buffer[:n])
		s.mutex.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// await returns once the program has written what fits the pattern since the last await.
func (s *terminal) await(pattern *regexp.Regexp) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mutex.Lock()
		found := pattern.MatchString(ansi.Strip(s.said.String()))
		s.mutex.Unlock()
		if found {
			return
		}
		select {
		case <-s.news:
		case <-deadline:
			s.t.Fatalf("%v never came; the screen said %q", pattern, s.said.String())
		}
	}
}

func (s *terminal) press(keys string) {
	s.t.Helper()
	if _, err := s.pty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *terminal) end() {
	s.t.Helper()
	s.press("q")
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			s.t.Errorf("the program ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		s.t.Error("q did not end the program")
		s.cmd.Process.Signal(syscall.SIGKILL)
		<-ended
	}
	s.pty.Close()
}

// firstPaint is the time from the start of a program until it shows what fits the pattern.
func firstPaint(t *testing.T, r *gittest.Repo, pattern, program string, args ...string) time.Duration {
	t.Helper()
	wanted := regexp.MustCompile(pattern)
	begun := time.Now()
	s := onTerminal(t, r, program, args...)
	s.await(wanted)
	took := time.Since(begun)
	s.end()
	return took
}

// walkedMemory is the peak memory in MB of the program itself, without the gits that it starts, after all
// views were looked at and every branch was passed.
func walkedMemory(t *testing.T, r *gittest.Repo, program string) float64 {
	t.Helper()
	s := onTerminal(t, r, program, "tui")
	s.await(regexp.MustCompile(branchShown))
	for range 120 {
		s.press("j")
		time.Sleep(20 * time.Millisecond)
	}
	for view := 2; view <= 8; view++ {
		s.press(fmt.Sprint(view))
		time.Sleep(time.Second)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Skipf("this system does not tell the memory of a process: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	s.end()
	return float64(kilobytes) / 1000
}
