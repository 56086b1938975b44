package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Object is one object as Git stores it. Type is "commit", "tree", "blob" or
// "tag". Data must not be changed; Size is its length, also where it was not asked for.
type Object struct {
	ID   ID
	Type string
	Size int64
	Data []byte
}

// reader asks one long-lived `git cat-file` for objects. Requests go out in
// groups, one group at a time: git in --buffer mode takes a whole group in
// before it answers, so that neither side can wait for the other to read.
//
// The process starts with the first request. It ends with close, with a
// cancelled context, and with any answer that does not fit its question; the
// next request then starts a new one.
type reader struct {
	repo *Repo
	env  []string

	mu     sync.Mutex
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr *bytes.Buffer
	start  time.Time
}

// readTimeout bounds one group of requests. In a partial clone a request may
// mean a download.
const readTimeout = 10 * time.Minute

// contents asks for the objects of names and calls each in order, with found
// false where there is none. Data is the callee's own.
func (r *reader) contents(ctx context.Context, names []string, each func(i int, o Object, found bool) error) error {
	return r.group(ctx, contentsOf, names, math.MaxInt64, each)
}

// contentsUpTo is contents without the data of what is longer than most.
func (r *reader) contentsUpTo(ctx context.Context, names []string, most int64, each func(i int, o Object, found bool) error) error {
	return r.group(ctx, contentsOf, names, most, each)
}

// info is contents without the data.
func (r *reader) info(ctx context.Context, names []string, each func(i int, o Object, found bool) error) error {
	return r.group(ctx, infoOf, names, 0, each)
}

// What cat-file is asked for.
const (
	contentsOf = "contents"
	infoOf     = "info"
)

// maxGroup bounds how much git has to remember before it may answer.
const maxGroup = 4096

func (r *reader) group(ctx context.Context, verb string, names []string, most int64, each func(int, Object, bool) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for first := 0; first < len(names); first += maxGroup {
		part := names[first:min(first+maxGroup, len(names))]
		err := r.ask(ctx, verb, part, most, func(i int, o Object, found bool) error { return each(first+i, o, found) })
		if err != nil {
			return err
		}
	}
	return nil
}

// ask does one group. After an error nothing is known about what git will say
// next, so the process goes.
func (r *reader) ask(ctx context.Context, verb string, names []string, most int64, each func(int, Object, bool) error) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read objects: %w", context.Cause(ctx))
	}
	if err := r.ensure(); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	process := r.cmd.Process
	stop := context.AfterFunc(within, func() { _ = process.Kill() })
	defer func() {
		stop()
		if err == nil {
			return
		}
		said := r.kill()
		switch {
		case ctx.Err() != nil:
			err = fmt.Errorf("read objects: %w", context.Cause(ctx))
		case within.Err() != nil:
			err = fmt.Errorf("read objects: git cat-file gave no answer in %v: %w", readTimeout, within.Err())
		case said != "":
			err = fmt.Errorf("%w (git cat-file: %s)", err, said)
		}
	}()
	var question bytes.Buffer
	for _, name := range names {
		question.WriteString(verb)
		question.WriteByte(' ')
		question.WriteString(name)
		question.WriteByte('\n')
	}
	question.WriteString("flush\n")
	if _, err := r.stdin.Write(question.Bytes()); err != nil {
		return fmt.Errorf("git cat-file is gone: %w", err)
	}
	for i, name := range names {
		o, found, err := r.answer(name, verb == contentsOf, most)
		if err != nil {
			return err
		}
		if err := each(i, o, found); err != nil {
			return err
		}
	}
	return nil
}

// answer reads one answer, see "BATCH OUTPUT" in git-cat-file(1).
func (r *reader) answer(name string, withData bool, most int64) (Object, bool, error) {
	line, err := r.stdout.ReadString('\n')
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Object{}, false, fmt.Errorf("git cat-file is gone: %w", err)
	}
	line = line[:len(line)-1]
	if line == name+" missing" || line == name+" ambiguous" {
		return Object{}, false, nil
	}
	words := strings.Split(line, " ")
	if len(words) != 3 {
		return Object{}, false, fmt.Errorf("git cat-file answered %q for %q", line, name)
	}
	id, err := ParseID(words[0])
	if err != nil {
		return Object{}, false, fmt.Errorf("git cat-file answered %q for %q", line, name)
	}
	if len(name) == len(words[0]) && name != words[0] && isHex(name) {
		return Object{}, false, fmt.Errorf("git cat-file answered %s when asked for %s", words[0], name)
	}
	size, err := strconv.Atoi(words[2])
	if err != nil || size < 0 {
		return Object{}, false, fmt.Errorf("git cat-file answered %q for %q", line, name)
	}
	o := Object{ID: id, Type: words[1], Size: int64(size)}
	if !withData {
		return o, true, nil
	}
	if o.Size > most {
		_, err = r.stdout.Discard(size)
	} else {
		o.Data = make([]byte, size)
		_, err = io.ReadFull(r.stdout, o.Data)
	}
	if err != nil {
		return Object{}, false, fmt.Errorf("git cat-file broke off within %s: %w", id, err)
	}
	if b, err := r.stdout.ReadByte(); err != nil || b != '\n' {
		return Object{}, false, fmt.Errorf("git cat-file did not end object %s", id)
	}
	return o, true, nil
}

func isHex(s string) bool {
	_, err := ParseID(s)
	return err == nil
}

// ensure starts the process unless it runs. The child is not bound to the
// context of the first request: it serves the later ones too.
func (r *reader) ensure() error {
	if r.cmd != nil {
		return nil
	}
	cmd := r.command().process(context.Background())
	cmd.Cancel = nil
	r.stderr = new(bytes.Buffer)
	cmd.Stderr = r.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start git cat-file: %w", err)
	}
	r.cmd, r.stdin, r.stdout, r.start = cmd, stdin, bufio.NewReaderSize(stdout, 64<<10), time.Now()
	return nil
}

func (r *reader) command() *Cmd {
	cmd := r.repo.Cmd("cat-file", "--batch-command", "--buffer").Env(r.env...)
	cmd.talks = true
	return cmd
}

// kill ends the process at once and returns what it wrote to standard error.
func (r *reader) kill() string {
	if r.cmd == nil {
		return ""
	}
	_ = r.cmd.Process.Kill() // it may be gone already, which is what we want
	r.reap()
	return strings.TrimSpace(redactText(r.stderr.String()))
}

// reap waits for the process, which must be about to end.
func (r *reader) reap() {
	_ = r.stdin.Close()
	_ = r.cmd.Wait() // its exit code says nothing new
	r.repo.log(r.command(), r.cmd.ProcessState, time.Since(r.start))
	r.cmd = nil
}

// close lets the process end by itself. The reader may be used again.
func (r *reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil {
		return nil
	}
	r.reap()
	return nil
}
