package git_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

const (
	treeLine      = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	parentLine    = "parent 587be6b4c3f93f93c489c0111bba5596147a26cb\n"
	authorLine    = "author Ann Other <ann@example.org> 1767225600 +0130\n"
	committerLine = "committer Carl <carl@example.org> 1767225660 -0500\n"
)

// commits are bytes that must come back unchanged.
var commits = map[string]string{
	"plain":              treeLine + parentLine + authorLine + committerLine + "\nmessage\n",
	"root, no message":   treeLine + authorLine + committerLine + "\n",
	"octopus":            treeLine + parentLine + parentLine + parentLine + authorLine + committerLine + "\nm",
	"latin1":             treeLine + authorLine + committerLine + "encoding ISO-8859-1\n" + "\nM\xfcller\n",
	"message with NUL":   treeLine + authorLine + committerLine + "\na\x00b\n\n\n",
	"mergetag":           treeLine + authorLine + committerLine + "mergetag object 587be6b4c3f93f93c489c0111bba5596147a26cb\n type commit\n tag v1\n \n text\n" + "\nm\n",
	"odd header":         treeLine + authorLine + committerLine + "HG:extra rebase_source:12\nflag \n" + "\nm\n",
	"zone -0000":         treeLine + "author a <b> 1 -0000\ncommitter a <b> 1 -0000\n\nm\n",
	"zone without colon": treeLine + "author a <b> 1 +5700\ncommitter a <b> 1 +051800\n\nm\n",
	"no date":            treeLine + "author a <b>\ncommitter a <b>\n\nm\n",
	"no email":           treeLine + "author a\ncommitter a\n\nm\n",
	"empty name":         treeLine + "author  <b@c> 1 +0000\ncommitter <b@c> 1 +0000\n\nm\n",
	"two brackets":       treeLine + "author a <b> <c>> 1 +0000\ncommitter a <b> <c>> 1 +0000\n\nm\n",
	"before 1970":        treeLine + "author a <b> -5 +0000\ncommitter a <b> -5 +0000\n\nm\n",
}

func TestCommitRoundTrip(t *testing.T) {
	t.Parallel()
	for name, text := range commits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := git.DecodeCommit(git.ZeroID, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(git.EncodeCommit(c)); got != text {
				t.Errorf("got  %q\nwant %q", got, text)
			}
		})
	}
}

func TestDecodeCommit(t *testing.T) {
	t.Parallel()
	text := treeLine + parentLine + authorLine + committerLine +
		"encoding ISO-8859-1\nmergetag object x\n type commit\n \n text\ngpgsig -----BEGIN\n \n abc\n -----END\n\nsubject\n\nbody\n"
	c, err := git.DecodeCommit(git.EmptyTree, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != git.EmptyTree || c.Tree != git.EmptyTree || len(c.Parents) != 1 {
		t.Errorf("ids: %+v", c)
	}
	if c.Author.Name != "Ann Other" || c.Author.Email != "ann@example.org" || c.Author.When.Format(time.RFC3339) != "2026-01-01T01:30:00+01:30" {
		t.Errorf("author %+v", c.Author)
	}
	if c.AuthorLine != strings.TrimSuffix(strings.TrimPrefix(authorLine, "author "), "\n") {
		t.Errorf("author line %q", c.AuthorLine)
	}
	if want := []git.Header{{Name: "mergetag", Value: "object x\ntype commit\n\ntext"}}; !slices.Equal(c.Extra, want) {
		t.Errorf("extra %q", c.Extra)
	}
	if !c.Signed || c.Encoding != "ISO-8859-1" || c.Message != "subject\n\nbody\n" {
		t.Errorf("signed %t, encoding %q, message %q", c.Signed, c.Encoding, c.Message)
	}
	if got := string(git.EncodeCommit(c)); got != strings.Replace(text, "gpgsig -----BEGIN\n \n abc\n -----END\n", "", 1) {
		t.Errorf("without its signature: %q", got)
	}
	for name, bad := range map[string]string{
		"empty":        "",
		"no tree":      authorLine + committerLine + "\n",
		"no author":    treeLine + committerLine + "\n",
		"no committer": treeLine + authorLine + "\n",
		"bad tree":     "tree 123\n" + authorLine + committerLine + "\n",
		"bad parent":   treeLine + "parent x\n" + authorLine + committerLine + "\n",
	} {
		if c, err := git.DecodeCommit(git.ZeroID, []byte(bad)); err == nil {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

// A moved commit keeps its author's line and gets a new committer.
func TestEncodeCommitWithNewCommitter(t *testing.T) {
	t.Parallel()
	c, err := git.DecodeCommit(git.ZeroID, []byte(commits["zone -0000"]))
	if err != nil {
		t.Fatal(err)
	}
	moved := *c
	moved.Committer = git.Signature{Name: "Me", Email: "me@example.org", When: time.Unix(2, 0).In(time.FixedZone("", -3600))}
	want := treeLine + "author a <b> 1 -0000\ncommitter Me <me@example.org> 2 -0100\n\nm\n"
	if got := string(git.EncodeCommit(&moved)); got != want {
		t.Errorf("got %q", got)
	}
	moved.AuthorLine, moved.Author.Name = "", "Other"
	if got := string(git.EncodeCommit(&moved)); !strings.Contains(got, "author Other <b> 1 +0000\n") {
		t.Errorf("without an author line: %q", got)
	}
}

func FuzzDecodeCommit(f *testing.F) {
	for _, text := range commits {
		f.Add([]byte(text))
	}
	f.Add([]byte(treeLine + authorLine + committerLine + "gpgsig a\n b\n\nm"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := git.DecodeCommit(git.ZeroID, data)
		if err != nil {
			return
		}
		first := git.EncodeCommit(c)
		again, err := git.DecodeCommit(git.ZeroID, first)
		if err != nil {
			t.Fatalf("%q does not read back: %v", first, err)
		}
		if second := git.EncodeCommit(again); !bytes.Equal(first, second) {
			t.Fatalf("%q became %q", first, second)
		}
		if again.Message != c.Message || again.AuthorLine != c.AuthorLine || again.Encoding != c.Encoding || !slices.Equal(again.Extra, c.Extra) {
			t.Fatalf("%+v became %+v", c, again)
		}
	})
}

// Git sorts a directory as if its name ended in a slash.
func TestTreeOrderIsGits(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	for _, path := range []string{"a.b", "a/x", "a-b", "a0", "b", "b-/x", "b.c/x", "z\xff", "ä"} {
		b.Write(path, path)
	}
	b.Commit("first")
	r := open(t, b)
	o, err := r.Store().Lookup(t.Context(), "HEAD^{tree}")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := git.DecodeTree(o.Data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(git.EncodeTree(tree), o.Data) {
		t.Error("the tree does not encode to its own bytes")
	}
	shuffled := slices.Clone(tree)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, git.CompareEntries)
	if !slices.Equal(shuffled, tree) {
		t.Errorf("sorted %v\nwant   %v", shuffled, tree)
	}
	if got, err := r.Store().PutTree(tree); got != o.ID || err != nil {
		t.Errorf("PutTree: %s, %v, want %s", got, err, o.ID)
	}
	if e, ok := tree.Entry("b.c"); !ok || e.Mode != git.ModeTree {
		t.Errorf("entry b.c: %v %t", e, ok)
	}
}

func TestPutTreeRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, gittest.New(t)).Store()
	file := func(name string) git.TreeEntry {
		return git.TreeEntry{Name: name, Mode: git.ModeFile, ID: git.EmptyTree}
	}
	for name, bad := range map[string]git.Tree{
		"order":     {file("b"), file("a")},
		"twice":     {file("a"), file("a")},
		"dir order": {{Name: "a", Mode: git.ModeTree, ID: git.EmptyTree}, file("a.b")},
		"slash":     {file("a/b")},
		"no name":   {file("")},
		"dot dot":   {file("..")},
		"dot git":   {file(".GIT")},
		"no mode":   {{Name: "a", ID: git.EmptyTree}},
		"no object": {{Name: "a", Mode: git.ModeFile}},
	} {
		if id, err := s.PutTree(bad); err == nil {
			t.Errorf("%s: made %s", name, id)
		}
	}
	if id, err := s.PutTree(nil); id != git.EmptyTree || err != nil {
		t.Errorf("the empty tree: %s, %v", id, err)
	}
}

func FuzzDecodeTree(f *testing.F) {
	entry := func(mode, name string) string { return mode + " " + name + "\x00" + strings.Repeat("i", 20) }
	f.Add([]byte(""))
	f.Add([]byte(entry("100644", "a") + entry("40000", "b")))
	f.Add([]byte(entry("100664", "old mode") + entry("160000", "sub") + entry("120000", "\xff")))
	f.Add([]byte(entry("040000", "leading zero")))
	f.Add([]byte("100644 cut off\x00abc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree, err := git.DecodeTree(data)
		if err != nil {
			return
		}
		got := git.EncodeTree(tree)
		if again, err := git.DecodeTree(got); err != nil || !slices.Equal(again, tree) {
			t.Fatalf("%v became %v: %v", tree, again, err)
		}
		if !bytes.Equal(got, data) && len(got) >= len(data) {
			t.Fatalf("%q became %q, which is more than without leading zeros", data, got)
		}
	})
}

// Importers of old history wrote modes with a leading zero, which Git reads.
func TestDecodeTreeReadsLeadingZeros(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("i", 20)
	padded, err := git.DecodeTree([]byte("0100644 a\x00" + id + "040000 b\x00" + id))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := git.EncodeTree(padded), "100644 a\x00"+id+"40000 b\x00"+id; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
	if padded[0].Mode != git.ModeFile || !padded[1].Mode.IsTree() {
		t.Errorf("modes %v", padded)
	}
}

func TestDecodeTreeRefuses(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("i", 20)
	for name, bad := range map[string]string{
		"cut off in the id":   "100644 a\x00abc",
		"cut off in the name": "100644 a",
		"no name":             "100644\x00" + id,
		"empty name":          "100644 \x00" + id,
		"slash":               "100644 a/b\x00" + id,
		"no mode":             " a\x00" + id,
		"no digit":            "10064x a\x00" + id,
		"too long":            "10000000 a\x00" + id,
	} {
		if tree, err := git.DecodeTree([]byte(bad)); err == nil {
			t.Errorf("%s: got %v", name, tree)
		}
	}
}
