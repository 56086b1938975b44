package release

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
)

// Lines of a manifest that this version knows.
const (
	formatLine   = "mgit release 1"
	formatPrefix = "mgit release "
	checksumLine = "checksum sha256 "
)

// Message is the message of the release's tag: a line and a paragraph for
// people, then the manifest, which ends with a checksum over everything above it.
// Parse gives the manifest back. The error is that of Validate.
func (m *Manifest) Message() (string, error) {
	if err := m.Validate(); err != nil {
		return "", fmt.Errorf("write the manifest of %s: %w", m.Tag, err)
	}
	var b strings.Builder
	b.WriteString(m.preface())
	for _, line := range m.lines() {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	text := b.String()
	return text + checksumLine + sum(text) + "\n", nil
}

func sum(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// preface is what people read first. It follows from the manifest; that it was
// not altered the checksum says, so that its words may change with the version.
func (m *Manifest) preface() string {
	version := quote(strings.TrimPrefix(m.Upstream.Name, "v"))
	number := fmt.Sprintf("%d branches", m.Branches())
	if m.Branches() == 1 {
		number = "1 branch"
	}
	return fmt.Sprintf(`%s: Moodle %s with %s

Made from %s: the steps below, merged in this order onto %s.
"mgit release rebuild" makes the same tree again from this text alone, and
"mgit release verify" proves that it does.

`, m.Tag, version, number, quote(m.Target), quote(m.Base.Name))
}

func (m *Manifest) lines() []string {
	lines := []string{
		formatLine,
		"tag " + quote(m.Tag),
		"target " + quote(m.Target),
		"commit " + m.Commit.String(),
		"tree " + m.Tree.String(),
		"base " + m.Base.Commit.String() + " " + quote(m.Base.Name),
		"upstream " + m.Upstream.Commit.String() + " " + quote(m.Upstream.Name),
		"form " + string(m.Form),
	}
	for _, s := range m.Steps {
		lines = append(lines, s.lines()...)
	}
	return append(lines, "tool "+quote(m.Tool))
}

// lines are the step's line and, indented, those that belong to it.
func (s Step) lines() []string {
	first := "merge " + string(s.Kind) + " " + s.Tip.String()
	if s.Kind == ByHand {
		first = string(s.Kind) + " " + s.Tip.String()
	}
	if s.Name != "" || s.Ticket != "" {
		first += " " + quote(s.Name)
	}
	if s.Ticket != "" {
		first += " " + quote(s.Ticket)
	}
	lines := []string{first}
	for _, name := range s.Resolutions {
		lines = append(lines, "  resolution "+quote(name))
	}
	for _, f := range s.Files {
		if f.Mode == 0 {
			lines = append(lines, "  gone "+quote(f.Path))
			continue
		}
		lines = append(lines, "  file "+f.Mode.String()+" "+f.ID.String()+" "+quote(f.Path))
	}
	return lines
}

// Errors of [Parse], to be compared with errors.Is.
var (
	ErrNoManifest = errors.New("it has no manifest")
	ErrChecksum   = errors.New("its checksum is not that of its text: the text was altered")
	ErrFormat     = errors.New("its manifest has a format that this mgit does not know")
)

// LineError is a line of a manifest that cannot be read.
type LineError struct {
	Line   int // in the message, from 1
	Reason string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Parse reads the manifest in a tag's message, without its signature. Every line
// counts: the text must be what Message wrote, byte for byte. The error is one of
// the Err variables, a *LineError, or that of Validate.
func Parse(message string) (*Manifest, error) {
	_, _, ok := strings.Cut("\n"+message, "\n"+formatPrefix)
	if !ok {
		return nil, ErrNoManifest
	}
	start := strings.Index("\n"+message, "\n"+formatPrefix)
	line, _, _ := strings.Cut(message[start:], "\n")
	if line != formatLine {
		return nil, fmt.Errorf("%w: %q", ErrFormat, line)
	}
	end := strings.LastIndex(message, "\n"+checksumLine) + 1
	if end <= start || message[end:] != checksumLine+sum(message[:end])+"\n" {
		return nil, ErrChecksum
	}
	r := &reader{lines: strings.Split(strings.TrimSuffix(message[start:end], "\n"), "\n"), first: 1 + strings.Count(message[:start], "\n")}
	m, err := r.manifest()
	if err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	// There is one way to write a manifest: two texts that mean the same would be
	// one altered line that nobody notices.
	if back := strings.Join(m.lines(), "\n") + "\n"; back != message[start:end] {
		return nil, &LineError{r.first + differing(back, message[start:end]), "mgit would write it in another way"}
	}
	return m, nil
}

// differing is the number of lines that two texts have in common at the front.
func differing(a, b string) int {
	n := 0
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, "\n")
		y, b, _ = strings.Cut(b, "\n")
		if x != y {
			break
		}
		n++
	}
	return n
}

// reader takes the lines of a manifest one after the other. The first that is not
// what it should be stays in err.
type reader struct {
	lines []string
	at    int
	first int // number of the first line in the message
	err   error
}

func (r *reader) manifest() (*Manifest, error) {
	m := new(Manifest)
	r.line(formatLine).end()
	l := r.line("tag")
	m.Tag = l.word()
	l.end()
	l = r.line("target")
	m.Target = l.word()
	l.end()
	l = r.line("commit")
	m.Commit = l.id()
	l.end()
	l = r.line("tree")
	m.Tree = l.id()
	l.end()
	m.Base = r.point("base")
	m.Upstream = r.point("upstream")
	l = r.line("form")
	m.Form = Form(l.word())
	l.end()
	for r.err == nil && !r.isNext("tool") {
		m.Steps = append(m.Steps, r.step())
	}
	l = r.line("tool")
	m.Tool = l.word()
	l.end()
	if r.at < len(r.lines) {
		r.fail(r.at, "nothing should follow")
	}
	return m, r.err
}

func (r *reader) fail(at int, format string, args ...any) {
	if r.err == nil {
		r.err = &LineError{r.first + at, fmt.Sprintf(format, args...)}
	}
}

// isNext reports whether the next line begins with the words.
func (r *reader) isNext(words string) bool {
	return r.at < len(r.lines) && (r.lines[r.at] == words || strings.HasPrefix(r.lines[r.at], words+" "))
}

// line takes the next line, which must begin with the words.
func (r *reader) line(words string) *fields {
	if !r.isNext(words) {
		r.fail(r.at, "want a line that begins with %q", words)
		return &fields{r: r, at: r.at}
	}
	r.at++
	return &fields{r: r, at: r.at - 1, rest: strings.TrimPrefix(r.lines[r.at-1], words)}
}

func (r *reader) point(words string) Point {
	l := r.line(words)
	p := Point{Commit: l.id(), Name: l.word()}
	l.end()
	return p
}

func (r *reader) step() Step {
	var s Step
	var l *fields
	if r.isNext(string(ByHand)) {
		s.Kind = ByHand
		l = r.line(string(ByHand))
	} else {
		l = r.line("merge")
		s.Kind = Kind(l.word())
		if s.Kind == ByHand {
			r.fail(l.at, "a change is not merged")
		}
	}
	s.Tip = l.id()
	if l.rest != "" {
		s.Name = l.word()
	}
	if l.rest != "" {
		s.Ticket = l.word()
	}
	l.end()
	for r.err == nil && r.isNext("  resolution") {
		l := r.line("  resolution")
		s.Resolutions = append(s.Resolutions, l.word())
		l.end()
	}
	for r.err == nil && (r.isNext("  file") || r.isNext("  gone")) {
		s.Files = append(s.Files, r.file())
	}
	return s
}

func (r *reader) file() File {
	if r.isNext("  gone") {
		l := r.line("  gone")
		f := File{Path: l.word()}
		l.end()
		return f
	}
	l := r.line("  file")
	f := File{Mode: l.mode(), ID: l.id(), Path: l.word()}
	l.end()
	return f
}

// fields takes the words of one line from left to right.
type fields struct {
	r    *reader
	at   int
	rest string
}

func (l *fields) word() string {
	rest, ok := strings.CutPrefix(l.rest, " ")
	word, rest, err := cutWord(rest)
	if !ok || err != nil {
		l.r.fail(l.at, "a word is missing, or not quoted as it should be")
		return ""
	}
	l.rest = rest
	return word
}

func (l *fields) id() git.ID {
	word := l.word()
	id, err := git.ParseID(word)
	if err != nil {
		l.r.fail(l.at, "%v", err)
	}
	return id
}

func (l *fields) mode() git.Mode {
	word := l.word()
	var mode uint32
	if _, err := fmt.Sscanf(word, "%o", &mode); err != nil {
		l.r.fail(l.at, "%q is no mode", word)
	}
	return git.Mode(mode)
}

func (l *fields) end() {
	if l.rest != "" {
		l.r.fail(l.at, "%q is too much", l.rest)
	}
}
