package tui

import (
	"strings"
	"sync"

	"mgit/internal/git"
)

// logRows is how many commands the log keeps.
const logRows = 2000

// Log is the git commands that were run, and what was started between them. It is safe for concurrent use,
// and keeps the last ones only. The nil Log keeps nothing.
type Log struct {
	mutex   sync.Mutex
	rows    []logRow
	dropped int
}

// logRow is a command, or a remark where note is not "".
type logRow struct {
	note    string
	command git.Command
}

// Add notes a command that has ended. Git's own package has taken the secrets out.
func (l *Log) Add(c git.Command) { l.add(logRow{command: c}) }

// Note puts a remark between the commands: what somebody started.
func (l *Log) Note(text string) { l.add(logRow{note: text}) }

func (l *Log) add(r logRow) {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.rows) == 2*logRows {
		l.dropped += logRows
		l.rows = append(l.rows[:0], l.rows[logRows:]...)
	}
	l.rows = append(l.rows, r)
}

// snapshot returns the last rows and how many were there before them.
func (l *Log) snapshot() (rows []logRow, dropped int) {
	if l == nil {
		return nil, 0
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	from := max(0, len(l.rows)-logRows)
	return append([]logRow(nil), l.rows[from:]...), l.dropped + from
}

// comment makes a remark one line of a shell script, whatever it holds.
func comment(text string) string {
	return "# " + harmless(strings.NewReplacer("\n", " ", "\r", " ").Replace(text))
}
