package upstream

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// No setting of the user changes an answer, and a broken index of Git's does not
// matter.
func TestHostileConfiguration(t *testing.T) {
	t.Parallel()
	g, _ := history(t)
	g.Git("mv", "lib/setup.php", "lib/renamed.php")
	g.Write("ü\n\"", "odd\n")
	tips := []git.ID{parse(t, g.Commit("rename"))}
	want := open(t, openRepo(t, g), Request{Tips: tips, ReadOnly: true})
	check(t, g, want, tips)
	for _, setting := range []string{
		"log.showSignature=true", "log.follow=true", "log.diffMerges=combined", "log.showRoot=false", "log.date=relative",
		"diff.renames=copies", "diff.orderFile=" + filepath.Join(g.Path, "order"), "diff.noprefix=true", "diff.external=false",
		"diff.relative=true", "diff.ignoreSubmodules=all", "diff.algorithm=patience", "core.quotePath=true", "core.abbrev=4",
		"core.pager=false", "color.ui=always", "format.pretty=oneline", "core.precomposeUnicode=true", "core.ignoreCase=true",
		"core.commitGraph=false", "pager.diff-tree=true", "alias.diff-tree=!false", "alias.rev-list=!false", "i18n.logOutputEncoding=UTF-16",
	} {
		name, value, _ := strings.Cut(setting, "=")
		g.Git("config", name, value)
	}
	g.Write("order", "*.php\n")
	if err := os.WriteFile(filepath.Join(g.Path, ".git", "index"), []byte("broken"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(g.Path, ".gitattributes"), []byte("* diff=evil -text\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	sameImage(t, "with settings", want, open(t, openRepo(t, g), Request{Tips: tips, ReadOnly: true}))
}

// A shallow clone is indexed as far as it goes, and anew when it is deepened.
func TestShallow(t *testing.T) {
	t.Parallel()
	g, _ := history(t)
	g.Write("more", "1\n")
	tips := []git.ID{parse(t, g.Commit("more"))}
	dir := filepath.Join(t.TempDir(), "shallow")
	g.Git("clone", "-q", "--depth=2", "file://"+g.Path, dir)
	clone := gittest.At(t, dir)
	x := open(t, openRepo(t, clone), Request{Tips: tips})
	check(t, clone, x, tips)
	if x.Len() != 2 {
		t.Errorf("%d commits", x.Len())
	}
	for _, how := range []string{"--deepen=1", "--unshallow"} {
		clone.Git("fetch", "-q", how)
		check(t, clone, open(t, openRepo(t, clone), Request{Tips: tips}), tips)
	}
	sameImage(t, "as in the whole", open(t, openRepo(t, clone), Request{Tips: tips}), open(t, openRepo(t, g), Request{Tips: tips}))
}

// A partial clone fetches nothing but what version.php says.
func TestPartial(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	g.Git("config", "uploadpack.allowFilter", "true")
	g.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "partial")
	g.Git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+g.Path, dir)
	clone := gittest.At(t, dir)
	lacking := func() int {
		return strings.Count("\n"+clone.Git("rev-list", "--objects", "--all", "--missing=print"), "\n?")
	}
	before := lacking()
	x := open(t, openRepo(t, clone), Request{Tips: tips})
	if after := lacking(); before != 5 || after != 3 { // two of version.php, two of setup.php, old.php
		t.Errorf("of %d blobs that were missing %d still are", before, after)
	}
	check(t, g, x, tips)
}

// A blob of version.php that is not there costs the builds that it says, and
// nothing else; once it is there it is read.
func TestMissingVersion(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	blob := g.Git("rev-parse", "side:version.php")
	file := filepath.Join(g.Path, ".git", "objects", blob[:2], blob[2:])
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	x := open(t, repo, Request{Tips: tips})
	check(t, g, x, tips)
	if _, ok := x.Build(Commit(x.Len() - 1)); ok {
		t.Error("what says the build is not there")
	}
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	g.Write("more", "1\n")
	tips[0] = parse(t, g.Commit("more"))
	x = open(t, repo, Request{Tips: tips})
	check(t, g, x, tips)
	if b, ok := x.Build(Commit(x.Len() - 1)); !ok || b.Release != "2.5+ (Build: 20130523)" {
		t.Errorf("the build is %+v", b)
	}
}

// public/version.php comes first, a plugin's version.php is none of core's.
func TestPlacesOfVersion(t *testing.T) {
	t.Parallel()
	g := gittest.New(t)
	repo := openRepo(t, g)
	var tip git.ID
	for i, step := range []struct {
		path, text, where, want string
	}{
		{"version.php", "<?php\n$module->version = 2004011300;\n", "", ""},
		{"version.php", release("2024100700", "4.5 (Build: 20241007)"), "version.php", "4.5 (Build: 20241007)"},
		{"other", "", "version.php", "4.5 (Build: 20241007)"},
		{"public/version.php", "<?php // nothing yet\n", "version.php", "4.5 (Build: 20241007)"},
		{"public/version.php", release("2025100600", "5.1 (Build: 20251006)"), "public/version.php", "5.1 (Build: 20251006)"},
		{"version.php", "", "public/version.php", "5.1 (Build: 20251006)"},
	} {
		g.Write(step.path, step.text)
		tip = parse(t, g.Commit("next"))
		x := open(t, repo, Request{Tips: []git.ID{tip}})
		b, ok := x.Build(Commit(i))
		if ok != (step.want != "") || b.Path != step.where || b.Release != step.want {
			t.Errorf("step %d: %+v, %t", i, b, ok)
		}
	}
	check(t, g, open(t, repo, Request{Tips: []git.ID{tip}}), []git.ID{tip})
}

// A merge with more than two parents, and one whose content none of them has.
func TestMerges(t *testing.T) {
	t.Parallel()
	g := gittest.New(t)
	g.Write("f", "base\n")
	g.Write("gone", "gone\n")
	g.Commit("base")
	for _, name := range []string{"one", "two", "three"} {
		g.Git("checkout", "-q", "-b", name, "main")
		g.Write(name, name+"\n")
		g.Commit(name)
	}
	g.Git("checkout", "-q", "main")
	g.Write("main", "main\n")
	g.Commit("main")
	g.Git("merge", "-q", "--no-edit", "one", "two", "three")
	octopus := parse(t, g.Git("rev-parse", "HEAD"))
	g.Tick()
	g.Git("checkout", "-q", "-b", "four", "main^")
	g.Write("four", "four\n")
	g.Commit("four")
	g.Git("checkout", "-q", "main")
	g.Git("merge", "-q", "--no-commit", "four")
	g.Write("f", "evil\n")
	g.Remove("gone")
	evil := parse(t, g.Commit("evil"))
	tips := []git.ID{evil}
	repo := openRepo(t, g)
	x := open(t, repo, Request{Tips: tips})
	check(t, g, x, tips)
	blob := func(rev string) git.ID { return parse(t, g.Git("rev-parse", rev)) }
	top, _ := x.Find(evil)
	many, _ := x.Find(octopus)
	if got := x.First("f", blob("main:f")); got != top {
		t.Errorf("the evil content is from %d, want %d", got, top)
	}
	if got := x.Origins("two", blob("two:two")); len(got) != 2 || got[1] != many || x.First("two", blob("two:two")) != got[0] {
		t.Errorf("what came with the octopus is from %v", got)
	}
	if got := x.Removals("gone"); len(got) != 1 || got[0] != top {
		t.Errorf("the file was removed by %v", got)
	}
	if got := len(x.Parents(many)); got != 4 {
		t.Errorf("the octopus has %d parents", got)
	}
}

// One parser reads all that git says about a history: it must notice everything
// that is not as documented.
func TestRawReader(t *testing.T) {
	t.Parallel()
	const (
		commit = "1111111111111111111111111111111111111111\x00"
		a      = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		zero   = "0000000000000000000000000000000000000000"
	)
	long := strings.Repeat("long/", 30_000)
	for _, tt := range []struct{ name, in, want string }{
		{"no change", commit, ""},
		{"added", commit + ":000000 100644 " + zero + " " + a + " A\x00p\x00", "p+"},
		{"removed", commit + ":100755 000000 " + a + " " + zero + " D\x00p\x00", "p-"},
		{"mode alone", commit + ":100644 100755 " + a + " " + a + " M\x00p\x00", ""},
		{"a submodule", commit + ":000000 160000 " + zero + " " + a + " A\x00p\x00", ""},
		{"a link becomes a submodule", commit + ":120000 160000 " + a + " " + a + " T\x00p\x00", "p-"},
		{"an old mode", commit + ":000000 100664 " + zero + " " + a + " A\x00p\x00", "p+"},
		{"a long path", commit + ":000000 100644 " + zero + " " + a + " A\x00" + long + "\x00", long + "+"},
		{"a path like a record", commit + ":000000 100644 " + zero + " " + a + " A\x00:100644\x00", ":100644+"},
		{"nothing", "", "error"},
		{"another commit", strings.Replace(commit, "1", "2", 1), "error"},
		{"broken off in the id", commit[:20], "error"},
		{"broken off in a change", commit + ":000000 100644 " + zero, "error"},
		{"broken off before the path", commit + ":000000 100644 " + zero + " " + a + " A\x00", "error"},
		{"broken off in the path", commit + ":000000 100644 " + zero + " " + a + " A\x00p", "error"},
		{"an empty path", commit + ":000000 100644 " + zero + " " + a + " A\x00\x00", "error"},
		{"a tree", commit + ":000000 040000 " + zero + " " + a + " A\x00p\x00", "error"},
		{"short ids", commit + ":000000 100644 000000 aaaaaa A\x00p\x00", "error"},
		{"no id", commit + ":000000 100644 " + zero + " " + strings.Repeat("x", 40) + " A\x00p\x00", "error"},
		{"a rename", commit + ":100644 100644 " + a + " " + a + " R100\x00p\x00q\x00", "error"},
		{"a combined change", commit + "::100644 100644 100644 " + a + " " + a + " " + a + " MM\x00p\x00", "error"},
		{"one commit too many", commit + commit, "error"},
		{"words", commit + "warning: something\x00", "error"},
	} {
		r := newRawReader(strings.NewReader(tt.in))
		err := r.commit(parse(t, commit[:40]))
		if err == nil {
			err = r.end()
		}
		got := ""
		for _, d := range r.deltas {
			got += string(d.path) + map[bool]string{true: "-", false: "+"}[d.new == git.ZeroID]
		}
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s: %.80q (%v), want %.80q", tt.name, got, err, tt.want)
		}
	}
	r := newRawReader(io.MultiReader(strings.NewReader(commit[:30]), brokenReader{}))
	if err := r.commit(parse(t, commit[:40])); !errors.Is(err, errBroken) {
		t.Errorf("a broken pipe: %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

func TestReadCommit(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("1", 40)
	for _, line := range []string{"", "1", "1 ", "x " + id, "-1 " + id, "1 " + id[1:], "1 " + id + " ", "1 " + id + " x"} {
		if err := newBuilder(empty([32]byte{})).readCommit(line); err == nil {
			t.Errorf("%q was read", line)
		}
	}
	err := newBuilder(empty([32]byte{})).readCommit("1 " + id + " " + strings.Repeat("2", 40))
	if !errors.Is(err, errUnknownParent) {
		t.Errorf("a commit before its parent: %v", err)
	}
}

// A search finds the same wherever it begins.
func TestGallop(t *testing.T) {
	t.Parallel()
	for n := range 40 {
		for want := range n + 1 {
			for near := -2; near < n+3; near++ {
				lo, hi := gallop(n, near, func(i int) bool { return i < want })
				if lo > want || want > hi || lo < 0 || hi > n {
					t.Fatalf("n %d, near %d: %d…%d, want %d in it", n, near, lo, hi, want)
				}
			}
		}
	}
}

// An index from which a parent is missing, which a killed or foreign writer
// might leave, is no ground to stand on.
func TestUnfitBase(t *testing.T) {
	t.Parallel()
	g, tips := history(t)
	repo := openRepo(t, g)
	b := newBuilder(empty([32]byte{}))
	if err := b.addCommit(parse(t, g.Git("rev-parse", "main^1")), 1, nil); err != nil {
		t.Fatal(err)
	}
	b.runs = make([]run, 1)
	cut, err := b.image(nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := open(t, repo, Request{Tips: tips})
	cut.shallow = whole.shallow
	cut.seal()
	if err := save(fileOf(repo), bytes.Clone(cut.data)); err != nil {
		t.Fatal(err)
	}
	sameImage(t, "built again", whole, open(t, repo, Request{Tips: tips}))
}
