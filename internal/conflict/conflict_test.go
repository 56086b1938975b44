package conflict_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mgit/internal/conflict"
)

// judge is `git merge-file` on three files.
type judge struct {
	t   *testing.T
	dir string
}

func newJudge(t *testing.T, base, ours, theirs string) judge {
	t.Helper()
	j := judge{t, t.TempDir()}
	for name, text := range map[string]string{"base": base, "ours": ours, "theirs": theirs} {
		if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func (j judge) merge(args ...string) string {
	j.t.Helper()
	cmd := exec.Command("git", slices.Concat([]string{"merge-file", "-p", "-q"}, args, []string{"ours", "base", "theirs"})...)
	cmd.Dir, cmd.Env = j.dir, []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "HOME=" + j.dir}
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() > 127) {
		j.t.Fatalf("git merge-file: %v", err)
	}
	return string(out)
}

// read is the text as a person's git would show it, with everything that is known of it.
func (j judge) read(style, base, ours, theirs string) *conflict.Text {
	j.t.Helper()
	size := conflict.MarkerSize([]byte(base), []byte(ours), []byte(theirs))
	parse := func(style ...string) *conflict.Text {
		text, err := conflict.Parse([]byte(j.merge(append(style, fmt.Sprintf("--marker-size=%d", size))...)), size)
		if err != nil {
			j.t.Fatal(err)
		}
		return text
	}
	if style != "" {
		text := parse(style)
		text.Locate([]byte(base), []byte(ours), []byte(theirs))
		return text
	}
	text := parse()
	text.AddBase(parse("--diff3"))
	text.Locate([]byte(base), []byte(ours), []byte(theirs))
	return text
}

// words are lines of which some look like markers.
var words = []string{"a\n", "b\n", "c\n", "}\n", "\n", "=======\n", "<<<<<<< HEAD\n", ">>>>>>> x\n", "|||||||\n", "one more line\n", "something\n"}

func random(r *rand.Rand) (base, ours, theirs string) {
	var lines []string
	for range 5 + r.IntN(25) {
		lines = append(lines, words[r.IntN(len(words))])
	}
	change := func() string {
		var out []string
		for _, line := range lines {
			switch r.IntN(12) {
			case 0:
			case 1:
				out = append(out, "changed "+words[r.IntN(len(words))])
			case 2:
				out = append(out, words[r.IntN(len(words))], line)
			default:
				out = append(out, line)
			}
		}
		text := strings.Join(out, "")
		if r.IntN(4) == 0 {
			text = strings.TrimSuffix(text, "\n")
		}
		return text
	}
	return strings.Join(lines, ""), change(), change()
}

// Whatever the files are: a side taken for every hunk, all at once or one by one, is what git merge-file
// writes with that side.
func TestSidesAreThoseOfGit(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 1))
	withConflict := 0
	for range 40 {
		base, ours, theirs := random(r)
		if r.IntN(4) == 0 {
			base, ours, theirs = crlf(base), crlf(ours), crlf(theirs)
		}
		j := newJudge(t, base, ours, theirs)
		for _, style := range []string{"", "--diff3", "--zdiff3"} {
			text := j.read(style, base, ours, theirs)
			work := j.merge(slices.DeleteFunc([]string{style, "-L", "HEAD", "-L", "base", "-L", "abc (subject)"}, func(s string) bool { return s == "" })...)
			n := len(text.Hunks())
			if n > 0 {
				withConflict++
			}
			for _, p := range text.Find([]byte(work)) {
				if p.State != conflict.Open {
					t.Fatalf("%s: %v in\n%s", style, p, work)
				}
			}
			sides := map[conflict.Side]string{conflict.Ours: "--ours", conflict.Theirs: "--theirs"}
			if style == "" {
				sides[conflict.Both] = "--union" // which has no other style
			}
			for side, flag := range sides {
				want := j.merge(flag)
				if got := string(text.With(side)); got != want {
					t.Errorf("%s %s: with\n%q, want\n%q", style, side, got, want)
				}
				got, err := text.Take([]byte(work), 0, side)
				if err != nil || string(got) != want {
					t.Errorf("%s %s: took\n%q, want\n%q (%v)", style, side, got, want, err)
				}
				got = []byte(work)
				for _, i := range r.Perm(n) {
					if got, err = text.Take(got, i+1, side); err != nil {
						t.Fatal(err)
					}
				}
				if string(got) != want {
					t.Errorf("%s %s: took one by one\n%q, want\n%q", style, side, got, want)
				}
			}
			checkPlaces(t, text, base, ours, theirs)
			labels := conflict.Labels{Ours: "HEAD", Base: "base", Theirs: "abc (subject)"}
			if got := string(text.Marked(7, style != "", labels)); got != work {
				t.Errorf("%s: marked\n%q, want\n%q", style, got, work)
			}
			if !text.IsUntouched([]byte(work)) || !text.IsUntouched(text.With(conflict.Theirs)) || text.IsUntouched([]byte(work+"more\n")) {
				t.Errorf("%s: what is untouched is not known in\n%q", style, work)
			}
		}
	}
	if withConflict < 60 {
		t.Errorf("only %d of 120 merges had a conflict", withConflict)
	}
}

// checkPlaces checks that the lines of every hunk stand where they are said to.
func checkPlaces(t *testing.T, text *conflict.Text, base, ours, theirs string) {
	t.Helper()
	for i, h := range text.Hunks() {
		for _, c := range []struct {
			name, file string
			part       conflict.Part
		}{{"base", base, h.Base}, {"ours", ours, h.Ours}, {"theirs", theirs, h.Theirs}} {
			file := conflict.Lines([]byte(c.file))
			for n, line := range c.part.Lines {
				at := c.part.Start - 1 + n
				if at >= len(file) || strings.TrimRight(file[at], "\r\n") != strings.TrimRight(line, "\r\n") {
					t.Errorf("hunk %d, %s, line %d: %q is not there:\n%s", i+1, c.name, at+1, line, c.file)
					break
				}
			}
		}
	}
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// The base of a hunk in the plain style is what Git's zdiff3 style has, which differs from it in nothing
// else; where it is a part of a larger hunk, it is the whole base of that.
func TestBaseIsThatOfZdiff3(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	compared := 0
	for range 30 {
		base, ours, theirs := random(r)
		j := newJudge(t, base, ours, theirs)
		plain, full := j.read("", base, ours, theirs).Hunks(), j.read("--zdiff3", base, ours, theirs).Hunks()
		if len(plain) != len(full) {
			continue // of one hunk several were made, or one of several
		}
		for i, h := range plain {
			if !slices.Equal(h.Ours.Lines, full[i].Ours.Lines) || !slices.Equal(h.Theirs.Lines, full[i].Theirs.Lines) {
				continue
			}
			compared++
			if !slices.Equal(h.Base.Lines, full[i].Base.Lines) {
				t.Errorf("base\n%q, want\n%q", h.Base.Lines, full[i].Base.Lines)
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d hunks were compared", compared)
	}
}

const (
	base   = "top\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nend\n"
	ours   = "top\nONE\ntwo\nthree\nfour\nfive\nsix\nseven\nEIGHT\nend\n"
	theirs = "top\nuno\ntwo\nthree\nfour\nfive\nsix\nseven\nocho\nend\n"
)

func TestFindSaysWhatBecameOfEveryHunk(t *testing.T) {
	t.Parallel()
	j := newJudge(t, base, ours, theirs)
	text, work := j.read("", base, ours, theirs), j.merge()
	for _, c := range []struct{ name, from, to, want string }{
		{"as git left it", "", "", "open open"},
		{"one taken", "<<<<<<< ours\nONE\n=======\nuno\n>>>>>>> theirs\n", "ONE\n", "ours open"},
		{"the base", "<<<<<<< ours\nONE\n=======\nuno\n>>>>>>> theirs\n", "one\n", "base open"},
		{"both", "<<<<<<< ours\nONE\n=======\nuno\n>>>>>>> theirs\n", "ONE\nuno\n", "both open"},
		{"by hand", "<<<<<<< ours\nONE\n=======\nuno\n>>>>>>> theirs\n", "One, uno\n", "edited open"},
		{"within the markers", "uno\n", "dos\n", "edited open"},
		{"elsewhere in the file", "three\n", "three and more\n", "open open"},
		{"one taken, and elsewhere", "five\n", "five and more\n", "ours open"},
		{"longer markers", "", "", "open open"},
		{"everything is gone", work, "", "edited edited"},
	} {
		file := strings.Replace(work, c.from, c.to, 1)
		if c.name == "one taken, and elsewhere" {
			file = strings.Replace(file, "<<<<<<< ours\nONE\n=======\nuno\n>>>>>>> theirs\n", "ONE\n", 1)
		}
		if c.name == "longer markers" {
			file = j.merge("--marker-size=12")
		}
		var got []string
		for _, p := range text.Find([]byte(file)) {
			got = append(got, string(p.State))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestTakeLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	j := newJudge(t, base, ours, theirs)
	text := j.read("", base, ours, theirs)
	work := strings.Replace(crlf(j.merge()), "five\r\n", "five, by hand\r\n", 1)
	got, err := text.Take([]byte(work), 2, conflict.Theirs)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(work, "<<<<<<< ours\r\nEIGHT\r\n=======\r\nocho\r\n>>>>>>> theirs\r\n", "ocho\r\n", 1)
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
	// Once one is taken, another side can take its place, as long as nothing else was changed by hand.
	got, err = text.Take([]byte(j.merge()), 1, conflict.Ours)
	if err == nil {
		got, err = text.Take(got, 1, conflict.Base)
	}
	if err != nil || !bytes.HasPrefix(got, []byte("top\none\ntwo\n")) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err = text.Take([]byte("something else\n"), 1, conflict.Ours); err != conflict.ErrEdited {
		t.Errorf("a hunk that is not there: %v", err)
	}
	if _, err = text.Take([]byte(work), 3, conflict.Ours); err == nil {
		t.Error("there is no third hunk")
	}
}

func TestParseRefusesWhatGitDoesNotWrite(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"<<<<<<<\n", "=======\n", "<<<<<<<\n<<<<<<<\n", "<<<<<<<\n>>>>>>>\n", "<<<<<<<\n=======\n|||||||\n>>>>>>>\n"} {
		if _, err := conflict.Parse([]byte(text), 7); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// Sides that differ in nothing but how lines end are told apart, and keep their ends when one takes the place of
// the other.
func TestEndsOfLinesAreASide(t *testing.T) {
	t.Parallel()
	const base = "one\r\ntwo\r\n"
	ours, theirs := "one\ntwo\n", "one\r\nTWO\r\n"
	j := newJudge(t, base, ours, theirs)
	text := j.read("", base, ours, theirs)
	got := []byte(j.merge())
	var err error
	for _, c := range []struct {
		side conflict.Side
		want string
	}{{conflict.Ours, ours}, {conflict.Theirs, theirs}, {conflict.Base, base}, {conflict.Ours, ours}} {
		if got, err = text.Take(got, 0, c.side); err == nil && c.side != conflict.Ours {
			got, err = text.Take(got, 1, c.side)
		}
		if err == nil && string(got) != c.want {
			got, err = text.Take(got, 1, c.side)
		}
		if err != nil || string(got) != c.want {
			t.Fatalf("%s: %q, want %q (%v)", c.side, got, c.want, err)
		}
		if p := text.Find(got); p[0].State != conflict.State(c.side) {
			t.Errorf("%s taken is said to be %s", c.side, p[0].State)
		}
	}
}

// Around a hunk stands what does in the merged file, and nothing of another hunk.
func TestAroundIsWhatStandsBesideAHunk(t *testing.T) {
	t.Parallel()
	j := newJudge(t, base, ours, theirs)
	text := j.read("", base, ours, theirs)
	show := func(a conflict.Around) string {
		return strings.ReplaceAll(strings.Join([]string{strings.Join(a.Above, ""), strings.Join(a.Before, ""), strings.Join(a.After, "")}, "|"), "\n", " ")
	}
	for most, want := range map[int][]string{
		0: {"top ||", "top ONE two three four five six seven ||"},
		2: {"top |top |two three ", "top ONE two three four five six seven |six seven |end "},
		9: {"top |top |two three four five six seven ", "top ONE two three four five six seven |two three four five six seven |end "},
	} {
		for i, a := range text.Around(most) {
			if got := show(a); got != want[i] {
				t.Errorf("%d lines around hunk %d: %q, want %q", most, i+1, got, want[i])
			}
		}
	}
}
