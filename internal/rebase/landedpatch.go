package rebase

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// patchReader reads the answer of git log -p with the lines "commit <id>" and
// [diffOptions].
type patchReader struct {
	all   map[git.ID]*change
	where func(string) string // the place of a path

	commit git.ID // that is being read
	files  [][]byte
	file   hash.Hash // of the file that is being read; nil between them
	path   string    // its place
	blobs  []byte    // the line with the ids of its contents
	old    int       // lines of the hunk to come, on either side
	new    int
	text   []byte // of a line; reused
	// placeKey is the hash of path with which the keys of its lines begin.
	placeKey uint64
}

// read reads commits to the end of what git says. The last one counts when git is done
// without an error: see finish.
func (p *patchReader) read(from io.Reader) error {
	in := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		isBlank := err == nil && (p.old > 0 || p.new > 0) // in a hunk; see content
		if len(line) > 0 || isBlank {
			if err := p.line(line); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readLine returns the next line without its end. It is valid until the next call. At
// the end the error is io.EOF, with the last line where it has no end.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		whole := slices.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.ReadSlice('\n')
			whole = append(whole, line...)
		}
		line = whole
	}
	return bytes.TrimSuffix(line, []byte("\n")), err
}

func (p *patchReader) line(line []byte) error {
	switch {
	case p.old > 0 || p.new > 0 || line[0] == '\\':
		p.content(line)
	case bytes.HasPrefix(line, []byte("commit ")):
		id, err := git.ParseID(string(line[len("commit "):]))
		if err != nil {
			return err
		}
		p.finish()
		p.commit, p.all[id] = id, &change{lines: make(lineSet)}
	case bytes.HasPrefix(line, []byte("diff --git ")):
		p.finishFile()
		p.file = sha256.New()
		path, err := headerPath(string(line[len("diff --git "):]))
		if err != nil {
			return err
		}
		p.path = p.where(path)
		fmt.Fprintf(p.file, "%q\n", p.path)
		p.placeKey = fnvOffset
		for i := range len(p.path) {
			p.placeKey = (p.placeKey ^ uint64(p.path[i])) * fnvPrime
		}
	case bytes.HasPrefix(line, []byte("@@ ")):
		return p.hunk(line)
	case p.file != nil:
		p.header(line)
	}
	return nil
}

// header reads what stands between the name of a file and its first hunk. Modes are
// part of the change; the ids of files are so only where the files are binary.
func (p *patchReader) header(line []byte) {
	switch {
	case bytes.HasPrefix(line, []byte("index ")):
		p.blobs = slices.Clone(line)
		return
	case bytes.HasPrefix(line, []byte("Binary files ")):
		line = p.blobs
		_, after, _ := bytes.Cut(line, []byte(".."))
		p.add([]byte("+"), after)
	case bytes.HasPrefix(line, []byte("--- ")), bytes.HasPrefix(line, []byte("+++ ")):
		line = line[:4]
	case bytes.HasPrefix(line, []byte("new mode ")), bytes.HasPrefix(line, []byte("old mode ")):
		p.add(line[:3], line)
	}
	p.file.Write(line)
	p.file.Write([]byte("\n"))
}

// hunk reads "@@ -3,7 +3,8 @@ …": how many lines follow.
func (p *patchReader) hunk(line []byte) error {
	words := bytes.Fields(line)
	if len(words) < 3 {
		return fmt.Errorf("git log answered %q", line)
	}
	for i, n := range []*int{&p.old, &p.new} {
		*n = 1
		if _, count, ok := bytes.Cut(words[i+1], []byte(",")); ok {
			var err error
			if *n, err = strconv.Atoi(string(count)); err != nil {
				return fmt.Errorf("git log answered %q", line)
			}
		}
	}
	return nil
}

// content reads a line of a hunk.
func (p *patchReader) content(line []byte) {
	if len(line) == 0 {
		line = []byte(" ") // as diff.suppressBlankEmpty writes it
	}
	sign := line[:1]
	switch line[0] {
	case '+':
		p.new--
	case '-':
		p.old--
	case ' ':
		p.new--
		p.old--
	default:
		return // no line feed at the end of the file
	}
	p.text = appendWithoutSpace(p.text[:0], line[1:])
	if sign[0] != ' ' {
		p.add(sign, p.text)
	}
	p.text = append(p.text, '\n')
	p.file.Write(sign)
	p.file.Write(p.text)
}

// add enters a line without its white space that is added ("+…", "new…") or removed.
func (p *patchReader) add(sign, text []byte) {
	weight := weigh(text)
	if weight == 0 || moodle.IsGenerated(p.path) {
		return
	}
	key := p.placeKey
	for _, c := range text {
		key = (key ^ uint64(c)) * fnvPrime
	}
	key &^= 1
	if sign[0] == '+' || sign[0] == 'n' {
		key |= 1
	}
	p.all[p.commit].lines.add(key, weight, uint32(p.placeKey))
}

func (p *patchReader) finishFile() {
	if p.file != nil {
		p.files = append(p.files, p.file.Sum(nil))
		p.file = nil
	}
	p.old, p.new = 0, 0
}

// finish ends a commit. The order of its files is the user's choice and not part of
// the change.
func (p *patchReader) finish() {
	p.finishFile()
	if len(p.files) == 0 {
		return
	}
	slices.SortFunc(p.files, bytes.Compare)
	p.all[p.commit].patch = sha256.Sum256(bytes.Join(p.files, nil))
	p.files = nil
}

// headerPath is the path in "a/<path> b/<path>", where both are the same since renames
// are not looked for.
func headerPath(names string) (string, error) {
	half := len(names) / 2
	if len(names) < 3 || names[half] != ' ' {
		return "", fmt.Errorf("git log named the files %q", names)
	}
	first := names[:half]
	if strings.HasPrefix(first, `"`) {
		var err error
		if first, err = strconv.Unquote(first); err != nil {
			return "", fmt.Errorf("git log named the files %q", names)
		}
	}
	return strings.TrimPrefix(first, "a/"), nil
}

// appendWithoutSpace appends a line without its white space.
func appendWithoutSpace(to, line []byte) []byte {
	for _, c := range line {
		if c != ' ' && (c < '\t' || c > '\r') {
			to = append(to, c)
		}
	}
	return to
}

// stamp matches what says a version and nothing else.
var stamp = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\$(plugin->|module->)?(version|release|branch|requires)=`)
})

// weigh says how much a line without its white space tells: little where it is short,
// nothing where it has but punctuation or says the number of a version.
func weigh(text []byte) float64 {
	n := 0
	for _, c := range text {
		// Bytes of letters beyond ASCII count as letters.
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 {
			if n++; n == fullLine {
				break
			}
		}
	}
	switch {
	case n == 0:
		return 0
	case text[0] == '$' && stamp().Match(text):
		return 0
	case hasBuild(text):
		return 0
	}
	return float64(n) / fullLine
}

// hasBuild finds numbers of versions and dates, which differ on every line of Moodle's
// history although the change is the same: 2014051201, 2014051201.02, 20140512.
func hasBuild(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("20"))
		if i < 0 {
			return false
		}
		end := i + 2
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if n := end - i; (n == 8 || n == 10) && (i == 0 || text[i-1] < '0' || text[i-1] > '9') {
			return true
		}
		text = text[end:]
	}
}

// Constants of the hash FNV-1a.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// fullLine is how many letters and digits a line has that weighs 1.
const fullLine = 24
