package job

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

func orphan(at int, old, now string) hunk.Piece { return piece(at, old, now) }

func claimed(at int, old, now string) hunk.Piece {
	p := piece(at, old, now)
	p.By = "LUVLE-4.1-hack-core"
	return p
}

func TestWithOrphans(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pristine, live string
		pieces         []hunk.Piece
		want           string
	}{
		"between claimed ones": {
			"a\nb\nc\n", "A\ns\nB\nc\n",
			[]hunk.Piece{claimed(1, "a\n", "A\n"), orphan(2, "", "s\n"), claimed(2, "b\n", "B\n")},
			"a\ns\nb\nc\n",
		},
		"claimed inside": {
			"a\nb\n", "s\nx\nt\nb\n",
			[]hunk.Piece{orphan(1, "a\n", "s\n"), claimed(2, "", "x\n"), orphan(2, "", "t\n")},
			"s\nt\nb\n",
		},
		"a removal":                          {"a\nb\nc\n", "a\nc\n", []hunk.Piece{orphan(2, "b\n", "")}, "a\nc\n"},
		"all of it":                          {"a\n", "", []hunk.Piece{orphan(1, "a\n", "")}, ""},
		"into an empty file":                 {"", "a\n", []hunk.Piece{orphan(1, "", "a\n")}, "a\n"},
		"CR LF in the tree":                  {"a\nb\n", "a\r\nx\r\nb\r\n", []hunk.Piece{orphan(2, "", "x\r\n")}, "a\nx\nb\n"},
		"CR LF in one line":                  {"a\nb\nc\n", "a\nx\r\nb\nc\n", []hunk.Piece{orphan(2, "", "x\r\n")}, "a\nx\r\nb\nc\n"},
		"CR LF in both":                      {"a\r\nb\r\n", "a\r\nx\r\nb\r\n", []hunk.Piece{orphan(2, "", "x\r\n")}, "a\r\nx\r\nb\r\n"},
		"LF in a tree from CR LF":            {"a\r\nb\r\n", "a\nx\nb\n", []hunk.Piece{orphan(2, "", "x\n")}, "a\r\nx\nb\r\n"},
		"a carriage return inside":           {"a\nb\n", "a\r\nx\ry\r\nb\r\n", []hunk.Piece{orphan(2, "", "x\ry\r\n")}, "a\nx\ry\nb\n"},
		"after a last line without an end":   {"a\nb", "a\nb\nX\ns\n", []hunk.Piece{claimed(2, "b", "b\nX\n"), orphan(3, "", "s\n")}, "a\nb\ns\n"},
		"before what a branch takes away":    {"a\nb\nc\n", "a\ns", []hunk.Piece{orphan(2, "", "s"), claimed(2, "b\nc\n", "")}, "a\ns\nb\nc\n"},
		"the last line end is taken away":    {"a\nb\n", "a\nb", []hunk.Piece{orphan(2, "b\n", "b")}, "a\nb"},
		"bytes that are no text":             {"a\n\xff\n", "a\n\xfe\x80\n\xff\n", []hunk.Piece{orphan(2, "", "\xfe\x80\n")}, "a\n\xfe\x80\n\xff\n"},
		"removed lines with other line ends": {"a\nb\n", "a\r\n", []hunk.Piece{orphan(2, "b\r\n", "")}, "a\n"},
	}
	for name, tt := range tests {
		got, err := withOrphans([]byte(tt.pristine), []byte(tt.live), tt.pieces)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, tt.want)
		}
	}
	for name, pieces := range map[string][]hunk.Piece{
		"other lines":  {orphan(1, "b\n", "c\n")},
		"past the end": {orphan(2, "b\n", "c\n")},
		"backwards":    {orphan(1, "a\n", "c\n"), orphan(1, "", "d\n")},
		"far":          {orphan(9, "", "d\n")},
	} {
		if got, err := withOrphans([]byte("a\n"), []byte("c\n"), pieces); err == nil {
			t.Errorf("%s: pieces of another file made %q", name, got)
		}
	}
}

// Whoever claims which pieces: all orphans together make the tree's file, none
// leaves pristine, and any choice gives what putting them in from the back gives.
func TestWithOrphansProperty(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = s
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		pristine := randomLines(r, r.IntN(12))
		live := slices.Clone(pristine)
		for range r.IntN(6) {
			at := r.IntN(len(live) + 1)
			end := min(len(live), at+r.IntN(3))
			live = slices.Replace(live, at, end, randomLines(r, r.IntN(3))...)
		}
		was, is := []byte(strings.Join(pristine, "")), []byte(strings.Join(live, ""))
		pieces := hunk.Attribute(was, is, nil)
		if got, err := withOrphans(was, is, pieces); err != nil || string(got) != string(is) {
			t.Fatalf("seed %d: all: %q, %v, want %q", seed, got, err, is)
		}
		want := slices.Clone(pristine)
		for i := len(pieces) - 1; i >= 0; i-- {
			p := &pieces[i]
			if r.IntN(2) == 0 {
				p.By = "somebody"
				continue
			}
			want = slices.Replace(want, p.OldStart-1, p.OldStart-1+len(p.Old), p.New...)
		}
		if got, err := withOrphans(was, is, pieces); err != nil || string(got) != strings.Join(want, "") {
			t.Fatalf("seed %d: %q to %q with %+v: %q, %v, want %q", seed, was, is, pieces, got, err, want)
		}
	}
}

func randomLines(r *rand.Rand, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d\n", r.IntN(5))
	}
	return lines
}

// What cannot go into a branch is told with its reason, and what is explained is
// passed over.
func TestWanted(t *testing.T) {
	t.Parallel()
	file := func(text string) *extractSide { return &extractSide{git.ModeFile, []byte(text)} }
	tests := map[string]struct {
		file   extractFile
		reason string
		want   *extractSide
	}{
		"explained":               {extractFile{Pristine: file("a\n"), Live: file("b\n"), Pieces: []hunk.Piece{claimed(1, "a\n", "b\n")}}, "nothing of it is an orphan", nil},
		"nothing":                 {extractFile{Whole: true}, "it is neither in the tree nor in the pin", nil},
		"a branch's file changed": {extractFile{Live: file("a\ns\n"), Pieces: []hunk.Piece{claimed(1, "", "a\n"), orphan(1, "", "s\n")}}, "LUVLE-4.1-hack-core brings this file: the change belongs there", nil},
		"unknown":                 {extractFile{Live: file("a\r\n"), Pieces: []hunk.Piece{orphan(1, "", "a\r\n")}}, "", file("a\r\n")},
		"unknown, empty":          {extractFile{Live: file(""), Whole: true}, "", file("")},
		"missing":                 {extractFile{Pristine: file("a\n"), Pieces: []hunk.Piece{orphan(1, "a\n", "")}}, "", nil},
		"a nested repository":     {extractFile{Live: &extractSide{git.ModeGitlink, nil}, Whole: true}, "it is no file that Git can hold", nil},
		"binary":                  {extractFile{Pristine: file("a\x00"), Live: file("b\x00"), Pieces: []hunk.Piece{orphan(1, "", "")}}, "", file("b\x00")},
		"a link now":              {extractFile{Pristine: file("a\n"), Live: &extractSide{git.ModeLink, []byte("b")}, Pieces: []hunk.Piece{orphan(1, "a\n", "b")}}, "", &extractSide{git.ModeLink, []byte("b")}},
		"executable, changed":     {extractFile{Pristine: file("a\n"), Live: &extractSide{git.ModeExec, []byte("b\n")}, Pieces: []hunk.Piece{orphan(1, "a\n", "b\n")}}, "", file("b\n")},
		"executable":              {extractFile{Pristine: file("a\n"), Live: &extractSide{git.ModeExec, []byte("a\n")}, Whole: true}, "", &extractSide{git.ModeExec, []byte("a\n")}},
	}
	for name, tt := range tests {
		side, _, err := tt.file.wanted()
		if tt.reason != "" {
			if err == nil || err.Error() != tt.reason {
				t.Errorf("%s: %v, want %s", name, err, tt.reason)
			}
			continue
		}
		if err != nil || (side == nil) != (tt.want == nil) || side != nil && (side.Mode != tt.want.Mode || string(side.Content) != string(tt.want.Content)) {
			t.Errorf("%s: %+v, %v, want %+v", name, side, err, tt.want)
		}
	}
}

func TestRecordPaths(t *testing.T) {
	t.Parallel()
	many := func(format string, n int) []string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return all
	}
	tests := map[string]struct{ files, want []string }{
		"few":            {[]string{"b.php", "a/b.php", "a/b.php"}, []string{"a/b.php", "b.php"}},
		"a folder gone":  {many("theme/old/pix/%d.png", 600), []string{"theme/old/pix"}},
		"many folders":   {append(many("mod/forum/%d/x.php", 30), "mod/quiz/lib.php"), []string{"mod/forum", "mod/quiz"}},
		"many at top":    {many("%d.php", 30), nil},
		"not UTF-8":      {[]string{"mod/forum/\xff/a.php", "mod/forum/lib.php"}, []string{"mod/forum"}},
		"not UTF-8 top":  {[]string{"\xff.php", "lib.php"}, nil},
		"like an option": {[]string{"-x/lib.php"}, nil},
	}
	for name, tt := range tests {
		if got := recordPaths(tt.files); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestParseAuthor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Ada Author <ada@example.org>":  "Ada Author|ada@example.org",
		" Ada  <a>":                     "Ada|a",
		"Åsa Ö <asa@example.org>":       "Åsa Ö|asa@example.org",
		"Ada":                           "",
		"Ada <>":                        "",
		"<ada@example.org>":             "",
		" <ada@example.org>":            "",
		"Ada<ada@example.org>":          "",
		"Ada <ada@example.org":          "",
		"Ada <ada@example.org> ":        "",
		"Ada <ada@example.org> x":       "",
		"A <<b>":                        "",
		"A> <a@b>":                      "",
		"A <a@b>>":                      "",
		"A <a> <b>":                     "",
		"Ada <ada @example.org>":        "",
		"Ada < ada@example.org>":        "",
		"Ada\n <a@b>":                   "",
		"Ada <a@b\n>":                   "",
		"A\x1bda <a@b>":                 "",
		"Ada <a\x7f@b>":                 "",
		"Ada <a\u00a0b@example.org>":    "",
		"Ada <ada@example.org>\nparent": "",
	} {
		name, mail, ok := parseAuthor(text)
		if ok != (want != "") || ok && name+"|"+mail != want {
			t.Errorf("%q: %q, %q, %t", text, name, mail, ok)
		}
	}
}
