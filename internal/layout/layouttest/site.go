// Package layouttest makes a site whose upstream moves below public/ as Moodle did in
// 5.1, in Moodle's true shape and size, with branches of every kind on the release
// before. A path table of its own, written down entry by entry, and git's plumbing
// move the old release and the branches; real git on these is the judge of what mgit
// makes of the branches as they are. It is for tests only.
package layouttest

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
)

// Params say how much to make; the zero value is a small site.
type Params struct {
	Files int // in the old release; at least about 2,500
	Edits int // how many hacks of each of the kinds of which there can be many; 10
}

// Full is Moodle's own size, with more than 200 branches.
func Full() Params { return Params{Files: 30000, Edits: 30} }

// Site is a site's repository: upstream's releases v4.5.0 and v5.1.0 with their stable
// branches, and branches on v4.5.0.
type Site struct {
	*gittest.Repo
	Branches []*Branch // with a place for every path
	Odd      []*Branch // with a path that has none
	Files    int       // of v4.5.0
	Changed  int       // files of v4.5.0 whose text 5.1 changed
	t        testing.TB
}

// New makes a site in an empty repository.
func New(t testing.TB, r *gittest.Repo, p Params) *Site {
	t.Helper()
	if p.Files == 0 {
		p.Files = 3000
	}
	if p.Edits == 0 {
		p.Edits = 10
	}
	old, now := trees(p.Files)
	s := &Site{Repo: r, Branches: branches(old, now, p.Edits), Odd: uncertain(), Files: len(old), t: t}
	for p, f := range old {
		if to, _ := Place(p); now[to].mode != "" && now[to].text != f.text {
			s.Changed++
		}
	}
	w := &writer{marks: make(map[string]int)}
	w.releases(old, now)
	for _, b := range slices.Concat(s.Branches, s.Odd) {
		w.branch(b)
	}
	s.importStream(w.out.Bytes())
	s.Git("config", "mgit.customer", "LUVLE")
	s.Git("config", "remote.upstream.url", "https://example.org/moodle.git")
	s.Git("config", "mgit.remote.upstream.url", "https://example.org/moodle.git")
	s.Git("config", "mgit.remote.upstream.role", "upstream")
	s.Git("update-ref", "refs/heads/mgit", s.Git("commit-tree", "-m", "the mgit branch", s.Git("hash-object", "-t", "tree", "-w", "/dev/null")))
	return s
}

// importStream gives git a stream; what it holds is stored quickly rather than well. The
// GNU C library is told to keep the memory that git gives back: asking the system for it
// thirty thousand times is most of what the import would take.
func (s *Site) importStream(stream []byte, args ...string) {
	s.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "pack.compression=0", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--force", "--depth=0"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.Path, s.Env(), bytes.NewReader(stream)
	cmd.Env = append(cmd.Env, "MALLOC_TOP_PAD_=16777216", "MALLOC_TRIM_THRESHOLD_=268435456", "MALLOC_MMAP_THRESHOLD_=33554432")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("git fast-import: %v\n%s", err, out)
	}
}

// writer writes a stream for git fast-import.
type writer struct {
	out   bytes.Buffer
	marks map[string]int // of blobs by text, of branches by name
	last  int
	clock int
}

func (w *writer) mark() int {
	w.last++
	return w.last
}

func (w *writer) data(text string) { fmt.Fprintf(&w.out, "data %d\n%s\n", len(text), text) }

func (w *writer) blob(text string) int {
	if m, ok := w.marks["\x00"+text]; ok {
		return m
	}
	m := w.mark()
	fmt.Fprintf(&w.out, "blob\nmark :%d\n", m)
	w.data(text)
	w.marks["\x00"+text] = m
	return m
}

// commit begins a commit; the edits follow.
func (w *writer) commit(ref, message string, parents ...int) int {
	m := w.mark()
	w.clock += 60
	fmt.Fprintf(&w.out, "commit %s\nmark :%d\nauthor Ann Author <ann@example.org> %d +0100\ncommitter Carl Committer <carl@example.org> %d +0000\n", ref, m, 1750000000+w.clock, 1750000000+w.clock)
	w.data(message)
	for i, p := range parents {
		fmt.Fprintf(&w.out, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	return m
}

func (w *writer) releases(old, now tree) {
	blobs := func(t tree) {
		for _, p := range slices.Sorted(maps.Keys(t)) {
			w.blob(t[p].text)
		}
	}
	all := func(t tree) {
		w.out.WriteString("deleteall\n")
		for _, p := range slices.Sorted(maps.Keys(t)) {
			fmt.Fprintf(&w.out, "M %s :%d %s\n", t[p].mode, w.marks["\x00"+t[p].text], p)
		}
	}
	blobs(old)
	blobs(now)
	v45 := w.commit("refs/remotes/upstream/MOODLE_405_STABLE", "Moodle release 4.5")
	all(old)
	v51 := w.commit("refs/remotes/upstream/MOODLE_501_STABLE", "Moodle release 5.1", v45)
	all(now)
	for _, tag := range []struct {
		name string
		mark int
	}{{"v4.5.0", v45}, {"v5.1.0", v51}} {
		fmt.Fprintf(&w.out, "tag %s\nfrom :%d\ntagger Carl Committer <carl@example.org> 1760000000 +0000\n", tag.name, tag.mark)
		w.data("MOODLE_" + tag.name)
	}
	w.marks["v4.5.0"], w.marks["v5.1.0"] = v45, v51
}

// branch writes a branch, and the merge of its side line where it has one.
func (w *writer) branch(b *Branch) {
	from := w.marks["v4.5.0"]
	if b.on != "" {
		from = w.marks[b.on]
	}
	tip := w.line(b, from, b.changes)
	if len(b.side) > 0 {
		side := w.line(b, from, b.side)
		tip = w.commit("refs/heads/"+b.Name, "Merge a side line", tip, side)
		for _, c := range b.side {
			w.edits(c.edits)
		}
	}
	fmt.Fprintf(&w.out, "reset refs/heads/%s\nfrom :%d\n\n", b.Name, tip)
	w.marks[b.Name] = tip
}

func (w *writer) line(b *Branch, tip int, changes []change) int {
	for _, c := range changes {
		for _, e := range c.edits {
			if e.file.mode != "" {
				w.blob(e.file.text)
			}
		}
		tip = w.commit("refs/heads/"+b.Name, c.message+"\n\nM 100644 :1 mod/not/a/path\n", tip)
		w.edits(c.edits)
	}
	return tip
}

func (w *writer) edits(edits []edit) {
	for _, e := range edits {
		path := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.path) + `"`
		switch {
		case e.commit != "":
			fmt.Fprintf(&w.out, "M 160000 %s %s\n", e.commit, path)
		case e.file.mode == "":
			fmt.Fprintf(&w.out, "D %s\n", path)
		default:
			fmt.Fprintf(&w.out, "M %s :%d %s\n", e.file.mode, w.marks["\x00"+e.file.text], path)
		}
	}
}

// Paths are all paths of the old release and of the branches, sorted.
func (s *Site) Paths() []string {
	s.t.Helper()
	all := strings.Split(strings.TrimSuffix(string(s.raw("ls-tree", "-r", "-z", "--name-only", "v4.5.0")), "\x00"), "\x00")
	for _, b := range s.Branches {
		all = append(all, b.Paths...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
