package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"mgit/internal/crew"
)

// NoteNoPHP is what the rule about the syntax of PHP notes where there is nobody to ask.
const NoteNoPHP = "the syntax of PHP was not checked, since there is no php"

// phpSyntax asks PHP whether it can parse the files that the change touches, as the change leaves them: the text comes
// through a pipe, so that nothing on the disk matters, and no setting of the machine is read.
func phpSyntax(j *Judge, files []*File) {
	var asked []*File
	for _, f := range files {
		if f.IsRegular() && strings.HasSuffix(f.Path, ".php") && f.After.Unread == "" && !j.isUpstreams(f) {
			asked = append(asked, f)
		}
	}
	if len(asked) == 0 {
		return
	}
	if j.Options.PHP == "" {
		j.Note(NoteNoPHP)
		return
	}
	queue := make(chan *File, len(asked))
	for _, f := range asked {
		queue <- f
	}
	close(queue)
	var workers crew.Group
	for range min(len(asked), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for f := range queue {
				parseFile(j, f)
			}
		})
	}
	workers.Wait()
}

// isUpstreams reports whether the change leaves a file as upstream has it: a release of Moodle is thousands of them.
func (j *Judge) isUpstreams(f *File) bool {
	data, ok := read(j.Pristine, f.Path)
	return ok && bytes.Equal(data, f.After.Data)
}

// parseFile reports what PHP says of a file. A fault in a line that the change does not add is the change's when PHP
// could parse the file before; otherwise it was there, and it may be that this PHP is too new for the code.
func parseFile(j *Judge, f *File) {
	fault, ok := parse(j, f.After.Data)
	if ok {
		return
	}
	if !f.adds(fault.line) && !f.IsNew() {
		for _, b := range f.Before {
			if _, ok := parse(j, b.Data); !ok {
				return
			}
		}
	}
	j.At(f.Path, fault.line, fault.text)
}

// adds reports whether a line of this number is one of the added ones.
func (f *File) adds(number int) bool {
	for _, line := range f.Added() {
		if line.Number == number {
			return true
		}
	}
	return false
}

// phpLimit is how long PHP may take for one file: it takes some hundredths of a second.
const phpLimit = 20 * time.Second

// parse starts PHP for one file. Nothing of the file is executed. What cannot be asked is no answer: then the rule has
// not come to an end, and panics.
func parse(j *Judge, source []byte) (fault syntaxFault, ok bool) {
	ctx, cancel := context.WithTimeout(j.Context, phpLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, j.Options.PHP, "-n", "-d", "short_open_tag=0", "-d", "display_errors=1", "-d", "html_errors=0", "-d", "log_errors=0", "-d", "error_reporting=-1", "-l")
	cmd.Stdin = bytes.NewReader(source)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case j.Context.Err() != nil:
		return syntaxFault{}, true // nobody waits for the answer
	case ctx.Err() != nil:
		panic(fmt.Sprintf("php gave no answer for %v", phpLimit))
	case err == nil:
		return syntaxFault{}, true
	case !errors.As(err, &exit):
		panic(fmt.Sprintf("start php: %v", err))
	}
	if fault, ok = readFault(out.String()); !ok {
		panic(fmt.Sprintf("php said %q", firstSaid(out.String())))
	}
	return fault, false
}

// syntaxFault is what PHP says of a file.
type syntaxFault struct {
	line int
	text string
}

// phpMessage is how PHP says that it cannot go on. What it says of a file that it can parse, such as that something
// is deprecated, is not meant.
var phpMessage = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?ms)^(?:PHP )?(?:Parse|Fatal|Compile) error: +(.*?) in (?:Standard input code|-) on line ([0-9]+)$`)
})

func readFault(output string) (fault syntaxFault, ok bool) {
	m := phpMessage().FindStringSubmatch(strings.ReplaceAll(output, "\r", ""))
	if m == nil {
		return fault, false
	}
	fault.line, _ = strconv.Atoi(m[2])
	fault.text = strings.TrimPrefix(m[1], "syntax error, ")
	fault.text = strings.Join(strings.Fields(strings.ReplaceAll(fault.text, " in Standard input code:", " in line ")), " ")
	return fault, true
}

// firstSaid is the first line that says something.
func firstSaid(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
