package assemble_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
)

// lineSite is a repository in which git makes a target of branches.
type lineSite struct {
	*gittest.Repo
	t testing.TB
}

func newEmptySite(t testing.TB) *lineSite { return &lineSite{Repo: gittest.New(t), t: t} }

// checkedOut reads a file of the work tree; one that is not there is empty.
func (s *lineSite) checkedOut(path string) string {
	data, err := os.ReadFile(filepath.Join(s.Path, path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.t.Fatal(err)
	}
	return string(data)
}

// numbered is a file of n lines that have something to say.
func numbered(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s line number %d of the file\n", name, i)
	}
	return b.String()
}

// replaced is the file with line i replaced.
func replaced(file string, i int, line string) string {
	lines := strings.SplitAfter(file, "\n")
	lines[i] = line + "\n"
	return strings.Join(lines, "")
}

// newLineSite has upstream's v1, with v2 on top of it, and three branches on v1: "a" and "b"
// hack a core file each, "c" adds a plugin. "test" stands on v1 and is checked out.
func newLineSite(t testing.TB) *lineSite {
	t.Helper()
	template := filepath.Join(begun.dir, "line")
	begun.once.Do(func() { buildLineSite(t, template) })
	dir := filepath.Join(t.TempDir(), "repo")
	if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
		t.Fatal(err)
	}
	s := &lineSite{Repo: gittest.At(t, dir), t: t}
	for range 10 {
		s.Tick() // past the commits of the original
	}
	s.Git("update-index", "-q", "--refresh") // the copies' times are new
	return s
}

func buildLineSite(t testing.TB, dir string) {
	t.Helper()
	s := &lineSite{Repo: gittest.NewAt(t, dir), t: t}
	for _, name := range []string{"lib/one.php", "lib/two.php", "mod/three.php", "version.php"} {
		s.Write(name, numbered(name, 30))
	}
	s.Commit("v1")
	s.Git("tag", "v1")
	s.Write("version.php", replaced(numbered("version.php", 30), 0, "version two of upstream"))
	s.Write("lib/new.php", numbered("lib/new.php", 5))
	s.Commit("v2")
	s.Git("tag", "v2")
	s.branch("a", "v1", map[string]string{"lib/one.php": replaced(numbered("lib/one.php", 30), 5, "what branch a hacks")})
	s.branch("b", "v1", map[string]string{"lib/two.php": replaced(replaced(numbered("lib/two.php", 30), 5, "what branch b hacks"), 25, "what else branch b hacks")})
	s.branch("c", "v1", map[string]string{"local/c/version.php": numbered("c", 10), "local/c/lib.php": numbered("c lib", 10)})
	s.Git("checkout", "-q", "-b", "test", "v1")
}

func (s *lineSite) branch(name, from string, files map[string]string) {
	s.Git("checkout", "-q", "-b", name, from)
	s.change("change of "+name, files)
}

func (s *lineSite) change(message string, files map[string]string) string {
	for name, text := range files {
		s.Write(name, text)
	}
	return s.Commit(message)
}

// on does something on a branch and goes back to the target.
func (s *lineSite) on(branch string, do func()) {
	s.Git("checkout", "-q", branch)
	do()
	s.Git("checkout", "-q", "test")
}

func (s *lineSite) merge(args ...string) string {
	s.Git(append([]string{"merge", "-q", "--no-ff", "--no-edit"}, args...)...)
	s.Tick()
	return s.Head()
}

// mergeAll merges the three branches.
func (s *lineSite) mergeAll() {
	for _, b := range []string{"a", "b", "c"} {
		s.merge(b)
	}
}

// revert reverts a commit, with the arguments that git needs.
func (s *lineSite) revert(args ...string) string {
	s.Git(append([]string{"revert", "--no-edit"}, args...)...)
	s.Tick()
	return s.Head()
}

func (s *lineSite) id(rev string) git.ID {
	id, err := git.ParseID(s.Git("rev-parse", rev+"^{commit}"))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// step is a branch at its present tip, or a tag of upstream.
func (s *lineSite) step(name string) assemble.Step {
	return assemble.Step{Name: name, Upstream: strings.HasPrefix(name, "v"), Tip: s.id(name)}
}

func (s *lineSite) steps(names ...string) []assemble.Step {
	var all []assemble.Step
	for _, name := range names {
		all = append(all, s.step(name))
	}
	return all
}

// request asks for the line of the target, with all branches of the repository.
func (s *lineSite) request() (assemble.LineRequest, *git.Repo, *git.Scratch) {
	s.t.Helper()
	ctx := s.t.Context()
	repo, err := git.Open(ctx, s.Path, git.Options{Env: s.Env()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { repo.Close() })
	scratch, err := repo.NewScratch(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { scratch.Close() })
	var branches []assemble.Step
	var tips, upstream []git.ID
	tags := make(map[git.ID]string)
	for ref := range strings.Lines(s.Git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)")) {
		words := strings.Fields(ref)
		id, err := git.ParseID(words[len(words)-1])
		if err != nil {
			s.t.Fatal(err)
		}
		name, isBranch := strings.CutPrefix(words[0], "refs/heads/")
		tag, isTag := strings.CutPrefix(words[0], "refs/tags/v")
		switch {
		case isTag:
			upstream = append(upstream, id)
			tags[id] = "v" + tag
		case isBranch && name != "main" && !strings.HasPrefix(name, "x-"):
			tips = append(tips, id)
			if name != "test" {
				branches = append(branches, assemble.Step{Name: name, Tip: id})
			}
		}
	}
	own, err := history.Read(ctx, repo, scratch, tips, upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	return assemble.LineRequest{
		Tip: s.id("test"), History: own, Branches: branches, Tags: func(id git.ID) string { return tags[id] },
	}, repo, scratch
}

// read reads the line of the target.
func (s *lineSite) read() (*assemble.Line, *git.Repo, *git.Scratch) {
	s.t.Helper()
	request, repo, scratch := s.request()
	line, err := assemble.ReadLine(s.t.Context(), scratch, repo, request)
	if err != nil {
		s.t.Fatal(err)
	}
	return line, repo, scratch
}

// prove proves the target and describes what was found, a line for each thing.
func (s *lineSite) prove(wanted ...string) []string {
	s.t.Helper()
	line, repo, scratch := s.read()
	proof, err := line.Prove(s.t.Context(), scratch, repo, s.steps(wanted...))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.describe(proof)
}

func (s *lineSite) describe(p *assemble.Proof) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for _, m := range p.Missing {
		has := "nothing"
		if m.Has != git.ZeroID {
			has = s.subject(m.Has)
		}
		say("missing %s, %d commits, has %s", m.Name, m.Commits, has)
	}
	for _, a := range p.Ahead {
		say("ahead %s at %s", a.Name, s.subject(a.Has))
	}
	for _, g := range p.Strangers {
		say("stranger %s <%s> branch=%s commits=%d: %s", g.Kind, g.Subject, g.Branch, g.Commits, pathsOf(g.Edits))
	}
	for _, g := range p.Undone {
		say("undone %s <%s>", g.Kind, g.Subject)
	}
	for _, d := range p.Dropped {
		how := "partly"
		if d.Gone {
			how = "gone"
		}
		if d.All {
			how = "all"
		}
		say("dropped %s %s %s by <%s>", d.Branch, d.Path, how, s.subject(d.By))
	}
	for _, d := range p.Decided {
		say("decided %s %s %s", d.Branch, d.Path, d.Side)
	}
	for _, c := range p.Contains {
		say("%s contains %s", c.Branch, strings.Join(c.Others, " "))
	}
	for _, u := range p.Unread {
		say("unread %v", u.Err)
	}
	return all
}

func (s *lineSite) subject(id git.ID) string { return s.Git("show", "-s", "--format=%s", id.String()) }

func pathsOf(edits []assemble.Edit) string {
	var all []string
	for _, e := range edits {
		all = append(all, e.Path)
	}
	return strings.Join(all, " ")
}

func kindsOf(l *assemble.Line) string {
	var all []string
	for _, k := range l.Links {
		s := string(k.Kind) + ":" + listOf(k.Steps)
		if k.Aside {
			s = "(" + s + ")"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func namesOf(steps []assemble.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, s.Name)
	}
	return strings.Join(all, " ")
}

func listOf(steps []assemble.Step) string { return strings.ReplaceAll(namesOf(steps), " ", ",") }
