package release

import (
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git"
)

func id(n byte) git.ID {
	var id git.ID
	for i := range id {
		id[i] = n
	}
	return id
}

// sample has every kind of line.
func sample() *Manifest {
	return &Manifest{
		Tag: "lu-moodle-lu_v4.5.5-0", Target: "LUVLE-4.5-deployment", Commit: id(1), Tree: id(2),
		Base: Point{"v4.5.0", id(3)}, Upstream: Point{"v4.5.5", id(4)}, Form: Long, Tool: "mgit 1.2.0",
		Steps: []Step{
			{Kind: Upstream, Name: "v4.5.3", Tip: id(5)},
			{Kind: Branch, Name: "LUVLE-4.5-hack-mod_forum-subject", Tip: id(6), Ticket: "LU-12"},
			{
				Kind: Branch, Name: "LUVLE-4.5-hack-mod_forum-ö \"x\"", Tip: id(7), Ticket: "LU 13",
				Resolutions: []string{"mod/forum/lib.php (3f2a)", "second"},
				Files: []File{
					{Path: "mod/forum/lib.php", Mode: git.ModeFile, ID: id(8)},
					{Path: "mod/forum/n\ne\xff w.php", Mode: git.ModeExec, ID: id(9)},
					{Path: "mod/forum/old.php"},
				},
			},
			{Kind: Upstream, Name: "v4.5.5", Tip: id(4)},
			{Kind: Branch, Name: "LUVLE-4.5-hack-mod_forum-subject", Tip: id(10)},
			{Kind: Foreign, Name: "Merge branch 'quick fix'", Tip: id(11), Files: []File{{Path: "a", Mode: git.ModeLink, ID: id(12)}}},
			{Kind: Foreign, Tip: id(14)},
			{Kind: ByHand, Name: "Fix it on the server", Tip: id(13), Files: []File{{Path: "config-dist.php", Mode: git.ModeFile, ID: id(12)}}},
		},
	}
}

func message(t *testing.T, m *Manifest) string {
	t.Helper()
	text, err := m.Message()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMessage(t *testing.T) {
	t.Parallel()
	text := message(t, sample())
	for _, want := range []string{
		"lu-moodle-lu_v4.5.5-0: Moodle 4.5.5 with 2 branches\n\nMade from LUVLE-4.5-deployment:",
		"\n\nmgit release 1\ntag lu-moodle-lu_v4.5.5-0\ntarget LUVLE-4.5-deployment\ncommit 0101",
		"\nmerge branch 0606060606060606060606060606060606060606 LUVLE-4.5-hack-mod_forum-subject LU-12\n",
		`"LUVLE-4.5-hack-mod_forum-\303\266 \"x\"" "LU 13"` + "\n" + `  resolution "mod/forum/lib.php (3f2a)"` + "\n",
		`  file 100755 0909090909090909090909090909090909090909 "mod/forum/n\ne\377 w.php"` + "\n  gone mod/forum/old.php\n",
		"\nmerge commit 0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e\nchange 0d0d",
		"\ntool \"mgit 1.2.0\"\nchecksum sha256 ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	back, err := Parse(text)
	if err != nil || !reflect.DeepEqual(back, sample()) {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

// Whatever is done to a line of the message, it is no manifest any more.
func TestEveryLineCounts(t *testing.T) {
	t.Parallel()
	text := message(t, sample())
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	tried := 0
	try := func(what string, altered []string) {
		tried++
		if joined := strings.Join(altered, "") + "\n"; joined != text {
			if m, err := Parse(joined); err == nil {
				t.Errorf("%s: read as %+v", what, m)
			}
		}
	}
	for i := range lines {
		try("deleted "+lines[i], slices.Delete(slices.Clone(lines), i, i+1))
		try("doubled "+lines[i], slices.Insert(slices.Clone(lines), i, lines[i]))
		for j := range i {
			swapped := slices.Clone(lines)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			try("swapped "+lines[i], swapped)
		}
		for at := range lines[i] {
			for _, c := range []byte{'0', '1', 'a', ' ', '\n', '"', 0xc3} {
				altered := slices.Clone(lines)
				altered[i] = lines[i][:at] + string(c) + lines[i][at+1:]
				try("altered "+lines[i], altered)
				altered[i] = lines[i][:at] + string(c) + lines[i][at:]
				try("longer "+lines[i], altered)
			}
			altered := slices.Clone(lines)
			altered[i] = lines[i][:at] + lines[i][at+1:]
			try("shorter "+lines[i], altered)
		}
	}
	if tried < 10000 {
		t.Errorf("only %d alterations were tried", tried)
	}
	for _, tail := range []string{"\n", "x", "\nsecond\n", "Signed-off-by: A <a@b>\n"} {
		if _, err := Parse(text + tail); err == nil {
			t.Errorf("with %q behind it is read", tail)
		}
	}
}

// With the checksum made anew, only a text that means something is read, and it is
// what Message writes.
func TestChecksumMadeAnew(t *testing.T) {
	t.Parallel()
	n, seed := 4000, uint64(1)
	if v, err := strconv.Atoi(os.Getenv("MGIT_CASES")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("MGIT_SEED"), 10, 64); err == nil {
		seed = v
	}
	random := rand.New(rand.NewPCG(seed, 0))
	text := message(t, sample())
	body := text[:strings.LastIndex(text, checksumLine)]
	start := strings.Index(body, formatLine)
	read := 0
	for range n {
		altered := []byte(body)
		for range 1 + random.IntN(3) {
			at := start + random.IntN(len(altered)-start)
			altered[at] = "0123456789abcdef \n\"\\xyz\xff"[random.IntN(24)]
		}
		whole := string(altered) + checksumLine + sum(string(altered)) + "\n"
		m, err := Parse(whole)
		if err != nil {
			continue
		}
		read++
		if again := strings.Join(m.lines(), "\n") + "\n"; again != string(altered[start:]) {
			t.Fatalf("seed %d: read %q, written %q", seed, altered[start:], again)
		}
	}
	t.Logf("seed %d: %d of %d altered texts mean something else", seed, read, n)
	if read == 0 || read == n {
		t.Errorf("seed %d: %d of %d altered texts were read", seed, read, n)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want error
	}{
		{"", ErrNoManifest},
		{"Release of today\n", ErrNoManifest},
		{"x\n\nmgit release 2\n", ErrFormat},
		{"mgit release 1\n", ErrChecksum},
		{strings.Replace(message(t, sample()), "with 2", "with 3", 1), ErrChecksum},
	} {
		if m, err := Parse(c.text); !errors.Is(err, c.want) {
			t.Errorf("%q: %+v, %v, want %v", c.text, m, err, c.want)
		}
	}
	for old, altered := range map[string]string{
		"form long":                     "form short", // a branch stands there twice
		"upstream 0404":                 "upstream 0405",
		"  gone mod/forum/old.php":      "  gone mod/forum/a.php", // not in order
		"mod/forum/old.php":             "mod/../old.php",
		"file 120000":                   "file 040000",
		"file 100755":                   "file 0100755",
		"merge commit 0e":               "merge change 0e",
		"merge tag 0505":                "merge tag 0000000000000000000000000000000000000000",
		" LUVLE-4.5-deployment\ncommit": " \"LUVLE-4.5-deployment\"\ncommit",
		"tag lu-moodle":                 "tag .lu-moodle",
		"\ntool ":                       "\ntools ",
	} {
		text := message(t, sample())
		at := strings.Index(text, formatLine)
		body := text[:at] + strings.Replace(text[at:strings.LastIndex(text, checksumLine)], old, altered, 1)
		if m, err := Parse(body + checksumLine + sum(body) + "\n"); err == nil {
			t.Errorf("%q in place of %q: read as %+v", altered, old, m)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(*Manifest){
		"name of an upstream release": func(m *Manifest) { m.Tag = "v4.5.5" },
		"no tree":                     func(m *Manifest) { m.Tree = git.ZeroID },
		"no tool":                     func(m *Manifest) { m.Tool = "" },
		"older upstream tag":          func(m *Manifest) { m.Upstream = Point{"v4.5.3", id(5)} },
		"unknown kind":                func(m *Manifest) { m.Steps[0].Kind = "octopus" },
		"mode without content":        func(m *Manifest) { m.Steps[2].Files[0].ID = git.ZeroID },
	} {
		m := sample()
		spoil(m)
		if text, err := m.Message(); err == nil {
			t.Errorf("%s: written as\n%s", what, text)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain/path.php": "plain/path.php", "": `""`, "a b": `"a b"`, "\a\b\t\n\v\f\r\x01": `"\a\b\t\n\v\f\r\001"`, `"\`: `"\"\\"`, "ö": `"\303\266"`,
	} {
		if got := quote(text); got != want {
			t.Errorf("%q is quoted %s, want %s", text, got, want)
		}
		if back, rest, err := cutWord(want + " next"); err != nil || back != text || rest != " next" {
			t.Errorf("%s is read as %q, %q, %v", want, back, rest, err)
		}
	}
	for _, bad := range []string{"", " a", `"`, `"a`, `"a"`, `"a b"x`, `"\q"`, `"\47"`, `"\777"`, `"a\`, `a"b`, `a\b`} {
		if word, _, err := cutWord(bad); err == nil {
			t.Errorf("%s is read as %q", bad, word)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := sample().Message()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[strings.Index(text, formatLine):strings.LastIndex(text, checksumLine)])
	f.Fuzz(func(t *testing.T, body string) {
		m, err := Parse(body + checksumLine + sum(body) + "\n")
		if err != nil {
			return
		}
		again := message(t, m)
		if back, err := Parse(again); err != nil || !reflect.DeepEqual(back, m) {
			t.Errorf("%q was read and gives %q: %v", body, again, err)
		}
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	step := func(name string, tip byte) Step { return Step{Kind: Branch, Name: name, Tip: id(tip)} }
	from := &Manifest{Steps: []Step{step("4.1-same", 1), step("4.1-gone", 2), step("4.1-moved", 3), step("4.1-moved", 4), step("4.1-twice", 9), step("x-twice", 9)}}
	to := &Manifest{Steps: []Step{step("4.1-same", 1), step("4.1-new", 5), step("4.1-moved", 6), step("4.1-twice", 9), step("x-twice", 8)}}
	key := func(name string) string { return name[strings.Index(name, "-")+1:] }
	var said []string
	for _, c := range Compare(from, to, key) {
		word := c.Key
		if c.From != nil {
			word += " from " + c.From.Tip.String()[:2]
		}
		if c.To != nil {
			word += " to " + c.To.Tip.String()[:2]
		}
		said = append(said, word)
	}
	if want := []string{"gone from 02", "moved from 04 to 06", "new to 05", "x-twice from 09 to 08"}; !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}
