package check_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mgit/internal/check"
)

// What a script in the place of PHP has started does not outlive the check: neither its time, nor an interrupt, nor the
// script itself.
func TestNothingOutlivesPHP(t *testing.T) {
	t.Parallel()
	const begin = `cd "${0%/*}" || exit
(exec <&- >child 2>&1; echo begun; : >there; exec sleep 30) &
until [ -e there ]; do sleep 0.02; done
`
	for name, test := range map[string]struct {
		script     string // behind a child that has begun
		limited    bool
		interrupts bool
		want       string
	}{
		"has no more time":     {script: "wait", limited: true, want: "it took longer than"},
		"is interrupted":       {script: "wait", interrupts: true},
		"ends before it":       {script: "exit 1", want: `php said ""`},
		"is content before it": {script: "exit 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			php := program(t, begin+test.script)
			child := namedPipe(t, filepath.Join(filepath.Dir(php), "child"))
			subject := adds("a.php", "<?php\n").On(func(s *check.Subject) { s.Options.PHP = php }).Subject(t)
			limit := map[bool]time.Duration{false: time.Minute, true: time.Second}[test.limited]
			for ; ; limit *= 2 { // a busy machine may not have started the child in its time
				ctx, interrupt := context.WithCancel(t.Context())
				var heard string
				listening := make(chan struct{})
				over := make(chan struct{})
				go func() {
					defer close(listening)
					heard = listen(child, over)
					if test.interrupts {
						interrupt()
					}
				}()
				result, err := check.Run(ctx, check.Request{Subject: subject, Limit: limit, Severity: onlySyntax})
				interrupt()
				close(over)
				<-listening
				if heard == "" && limit < time.Minute {
					continue
				}
				if test.interrupts != errors.Is(err, context.Canceled) || err == nil && !strings.Contains(textOf(result.Findings), test.want) {
					t.Errorf("%+v, %v", result, err)
				}
				break
			}
			// The child has the pipe open for as long as it is there.
			if err := child.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(child); err != nil {
				t.Errorf("the child is still there: %v", err)
			}
		})
	}
}

// namedPipe makes a pipe that others open by its name, and opens it for reading.
func namedPipe(t *testing.T, name string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	return pipe
}

// listen waits for a word from a pipe that nobody may have opened yet, until that is over.
func listen(pipe *os.File, over <-chan struct{}) string {
	text := make([]byte, 6)
	for {
		n, _ := pipe.Read(text) // nobody: the end of it
		if n > 0 {
			return string(text[:n])
		}
		select {
		case <-over:
			return ""
		case <-time.After(time.Millisecond):
		}
	}
}

func onlySyntax(r check.Rule) check.Severity {
	if r.ID == "php-syntax" {
		return check.Error
	}
	return check.Off
}

func textOf(findings []check.Finding) (all string) {
	for _, f := range findings {
		all += f.Text + "\n"
	}
	return all
}
