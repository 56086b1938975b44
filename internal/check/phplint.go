package check

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mgit/internal/crew"
)

// phpLimit is how long one process of PHP may take: it takes some hundredths of a second.
const phpLimit = 20 * time.Second

// atOnce is how many files one process of PHP is given at most, since each is a pipe that both hold open.
const atOnce = 64

// syntaxFault is what PHP says of a file that it cannot parse.
type syntaxFault struct {
	line int
	text string
}

// lint asks PHP about some files, and says for each what is wrong with it, nil for nothing. Nothing of a file is executed,
// no setting of the machine is read, and all comes through pipes, so that nothing on the disk matters. Where nobody waits
// for the answer any more all are nil. The error is for files that PHP could not be asked about; what it said of the
// others is there all the same.
//
// To start PHP takes longer than to parse ten files. From 8.3 on it judges all that it is given in one process; an
// older one judges the first. What a process says nothing of is asked about singly: that is the rest for an older PHP,
// what comes behind a file that PHP dies of, and everything where a script that starts PHP elsewhere has the place of PHP.
func (j *Judge) lint(sources [][]byte) ([]*syntaxFault, error) {
	n := len(sources)
	l := &linter{
		ctx: j.Context, running: j.running, program: j.Options.PHP, sources: sources,
		faults: make([]*syntaxFault, n), judged: make([]bool, n), errs: make([]error, n),
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	processors := runtime.GOMAXPROCS(0)
	share := max(1, min(atOnce, (n+processors-1)/processors))
	sideBySide(slices.Collect(slices.Chunk(all, share)), l.together)
	sideBySide(slices.DeleteFunc(all, func(i int) bool { return l.judged[i] }), l.alone)
	return l.faults, cmp.Or(l.errs...)
}

// sideBySide does some work, as much at a time as there are processors.
func sideBySide[W any](all []W, do func(W)) {
	queue := make(chan W, len(all))
	for _, work := range all {
		queue <- work
	}
	close(queue)
	var workers crew.Group
	for range min(len(all), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for work := range queue {
				do(work)
			}
		})
	}
	workers.Wait()
}

// linter is what PHP is asked, and what it has said. Each file belongs to one goroutine.
type linter struct {
	ctx     context.Context
	running *sync.RWMutex // see Judge
	program string
	sources [][]byte
	faults  []*syntaxFault
	judged  []bool
	errs    []error
}

// together asks one process about some files. Whatever goes wrong leaves files that are not judged.
func (l *linter) together(files []int) {
	if len(files) < 2 || l.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, phpLimit)
	defer cancel()
	var names []string
	for i := range files {
		names = append(names, "/dev/fd/"+strconv.Itoa(firstPipe+i))
	}
	var out saying
	cmd := l.command(ctx, &out, names...)
	var given pipes
	defer given.end()
	for _, i := range files {
		if !given.open(cmd, l.sources[i]) {
			return
		}
	}
	_ = l.run(cmd, given.feed) // what it said counts
	l.hear(files, out.String())
}

// verdictOfMany is the line that ends what PHP says of one file of many.
var verdictOfMany = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(No syntax errors detected in|Errors parsing) /dev/fd/([0-9]+)$`)
})

// hear takes what a process has said of some files apart.
func (l *linter) hear(files []int, output string) {
	output = strings.ReplaceAll(output, "\r", "")
	begin := 0
	for _, m := range verdictOfMany().FindAllStringSubmatchIndex(output, -1) {
		words, number := output[begin:m[0]], output[m[4]:m[5]]
		begin = m[1]
		n, err := strconv.Atoi(number)
		if n -= firstPipe; err != nil || n < 0 || n >= len(files) {
			continue
		}
		fault, found := readFault(words)
		if parses := strings.HasPrefix(output[m[0]:], "No"); parses || found {
			i := files[n]
			l.judged[i] = true
			if !parses {
				l.faults[i] = &fault
			}
		}
	}
}

// alone starts PHP for one file.
func (l *linter) alone(file int) {
	if l.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, phpLimit)
	defer cancel()
	var out saying
	cmd := l.command(ctx, &out)
	cmd.Stdin = bytes.NewReader(l.sources[file])
	err := l.run(cmd, func() {})
	var exit *exec.ExitError
	switch {
	case l.ctx.Err() != nil: // nobody waits for the answer
	case ctx.Err() != nil:
		l.errs[file] = fmt.Errorf("php gave no answer for %v", phpLimit)
	case err == nil:
	case !errors.As(err, &exit):
		l.errs[file] = fmt.Errorf("start php: %w", err)
	default:
		if fault, ok := readFault(strings.ReplaceAll(out.String(), "\r", "")); ok {
			l.faults[file] = &fault
		} else {
			l.errs[file] = fmt.Errorf("php said %q and ended with %v", firstSaid(out.String()), exit)
		}
	}
}

// command is a process of PHP that judges the files of these names; none: what it reads.
func (l *linter) command(ctx context.Context, out *saying, names ...string) *exec.Cmd {
	options := []string{"-n", "-d", "short_open_tag=0", "-d", "display_errors=1", "-d", "html_errors=0", "-d", "log_errors=0", "-d", "error_reporting=-1", "-l"}
	cmd := exec.CommandContext(ctx, l.program, append(options, names...)...)
	cmd.WaitDelay = time.Second
	cmd.Stdout, cmd.Stderr = out, out
	// A script in the place of PHP starts others, which must not outlive it: with a group of their own they can be found.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return killGroup(cmd) }
	return cmd
}

// run waits for a process, and for begun once it has started. Nothing is left of what it has started in its group.
func (l *linter) run(cmd *exec.Cmd, begun func()) error {
	l.running.RLock()
	defer l.running.RUnlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	begun()
	err := cmd.Wait()
	_ = killGroup(cmd) // mostly there is none any more
	return err
}

// killGroup ends a process that was started, and all that it has started.
func killGroup(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// saidLimit is how much of what one process says is kept: some thousand lines for each of the files that it may be given.
const saidLimit = 16 << 20

// saying is the beginning of what a process says.
type saying struct{ kept bytes.Buffer }

// Write takes everything, so that the process can go on.
func (s *saying) Write(p []byte) (int, error) {
	s.kept.Write(p[:min(len(p), saidLimit-s.kept.Len())])
	return len(p), nil
}

func (s *saying) String() string { return s.kept.String() }

// firstPipe is the number that the first of the pipes given to a process has there, behind input, output and errors.
const firstPipe = 3

// pipes are what a process reads files from.
type pipes struct {
	theirs, ours []*os.File
	sources      [][]byte
	feeding      crew.Group
}

// open gives the process a pipe more. It reports whether there was one to be had.
func (p *pipes) open(cmd *exec.Cmd, source []byte) bool {
	r, w, err := os.Pipe()
	if err != nil {
		return false
	}
	p.theirs, p.ours, p.sources = append(p.theirs, r), append(p.ours, w), append(p.sources, source)
	cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	return true
}

// feed writes the files, once the process has begun. A file that it does not read waits for end.
func (p *pipes) feed() {
	p.close(p.theirs)
	for i, w := range p.ours {
		p.feeding.Go(func() {
			_, _ = w.Write(p.sources[i])
			_ = w.Close()
		})
	}
}

// end lets go of everything, once the process has ended or where it has not begun.
func (p *pipes) end() {
	p.close(p.theirs)
	p.close(p.ours)
	p.feeding.Wait()
}

func (p *pipes) close(all []*os.File) {
	for _, f := range all {
		_ = f.Close() // it may be closed already
	}
}

// phpMessage is how PHP says that it cannot go on. What it says of a file that it can parse, such as that something
// is deprecated, is not meant.
var phpMessage = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?ms)^(?:PHP )?(?:Parse|Fatal|Compile) error: +(.*?) in (?:Standard input code|-|/dev/fd/[0-9]+) on line ([0-9]+)$`)
})

// phpPlace is how PHP names another line of the file in a message.
var phpPlace = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(` in (?:Standard input code|/dev/fd/[0-9]+):`)
})

// readFault reads what PHP says of one file.
func readFault(output string) (fault syntaxFault, ok bool) {
	m := phpMessage().FindStringSubmatch(output)
	if m == nil {
		return fault, false
	}
	fault.line, _ = strconv.Atoi(m[2])
	text := phpPlace().ReplaceAllLiteralString(m[1], " in line ")
	fault.text = strings.Join(strings.Fields(text), " ")
	return fault, true
}

// firstSaid is the first line that says something.
func firstSaid(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
