package assemble_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/history"
)

// site is a repository in which git makes a target of branches.
type site struct {
	*gittest.Repo
	t testing.TB
	// tips are the commits of branches when they are not their present ones.
	tips map[string]string
}

// text is a file of n lines that have something to say.
func text(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s line number %d of the file\n", name, i)
	}
	return b.String()
}

// with is the file with line i replaced.
func with(file string, i int, line string) string {
	lines := strings.SplitAfter(file, "\n")
	lines[i] = line + "\n"
	return strings.Join(lines, "")
}

// newSite has upstream's v1, with v2 on top of it, and three branches on v1: "a" and "b"
// hack a core file each, "c" adds a plugin. "test" stands on v1 and is checked out.
func newSite(t testing.TB) *site {
	s := &site{Repo: gittest.New(t), t: t, tips: make(map[string]string)}
	for _, name := range []string{"lib/one.php", "lib/two.php", "mod/three.php", "version.php"} {
		s.Write(name, text(name, 30))
	}
	s.Commit("v1")
	s.Git("tag", "v1")
	s.Write("version.php", with(text("version.php", 30), 0, "version two of upstream"))
	s.Write("lib/new.php", text("lib/new.php", 5))
	s.Commit("v2")
	s.Git("tag", "v2")
	s.branch("a", "v1", map[string]string{"lib/one.php": with(text("lib/one.php", 30), 5, "what branch a hacks")})
	s.branch("b", "v1", map[string]string{"lib/two.php": with(with(text("lib/two.php", 30), 5, "what branch b hacks"), 25, "what else branch b hacks")})
	s.branch("c", "v1", map[string]string{"local/c/version.php": text("c", 10), "local/c/lib.php": text("c lib", 10)})
	s.Git("checkout", "-q", "-b", "test", "v1")
	return s
}

func (s *site) branch(name, from string, files map[string]string) {
	s.Git("checkout", "-q", "-b", name, from)
	s.change("change of "+name, files)
}

func (s *site) change(message string, files map[string]string) string {
	for name, text := range files {
		s.Write(name, text)
	}
	return s.Commit(message)
}

// on does something on a branch and goes back to the target.
func (s *site) on(branch string, do func()) {
	s.Git("checkout", "-q", branch)
	do()
	s.Git("checkout", "-q", "test")
}

func (s *site) merge(args ...string) string {
	s.Git(append([]string{"merge", "-q", "--no-ff", "--no-edit"}, args...)...)
	s.Tick()
	return s.Git("rev-parse", "HEAD")
}

// mergeAll merges the three branches.
func (s *site) mergeAll() {
	for _, b := range []string{"a", "b", "c"} {
		s.merge(b)
	}
}

// revert reverts a commit, with the arguments that git needs.
func (s *site) revert(args ...string) string {
	s.Git(append([]string{"revert", "--no-edit"}, args...)...)
	s.Tick()
	return s.Git("rev-parse", "HEAD")
}

func (s *site) id(rev string) git.ID {
	id, err := git.ParseID(s.Git("rev-parse", rev+"^{commit}"))
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// step is a branch at its present tip, or a tag of upstream.
func (s *site) step(name string) assemble.Step {
	return assemble.Step{Name: name, Upstream: strings.HasPrefix(name, "v"), Tip: s.id(name)}
}

func (s *site) steps(names ...string) []assemble.Step {
	var all []assemble.Step
	for _, name := range names {
		all = append(all, s.step(name))
	}
	return all
}

// read reads the line of the target, with all branches of the repository.
func (s *site) read() (*assemble.Line, *git.Repo, *git.Scratch) {
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
	tip := s.id("test")
	tips, tags := []git.ID{tip}, make(map[git.ID]string)
	var branches []assemble.Step
	for name := range strings.FieldsSeq(s.Git("for-each-ref", "--format=%(refname:short)", "refs/heads")) {
		if name == "test" || name == "main" || strings.HasPrefix(name, "x-") {
			continue
		}
		branches = append(branches, s.step(name))
		tips = append(tips, s.id(name))
	}
	var upstream []git.ID
	for name := range strings.FieldsSeq(s.Git("for-each-ref", "--format=%(refname:short)", "refs/tags/v*")) {
		upstream = append(upstream, s.id(name))
		tags[s.id(name)] = name
	}
	own, err := history.Read(ctx, repo, scratch, tips, upstream)
	if err != nil {
		s.t.Fatal(err)
	}
	line, err := assemble.ReadLine(ctx, scratch, repo, assemble.LineRequest{
		Tip: tip, History: own, Branches: branches, Tags: func(id git.ID) string { return tags[id] },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return line, repo, scratch
}

// prove proves the target and describes what was found, a line for each thing.
func (s *site) prove(wanted ...string) []string {
	s.t.Helper()
	line, repo, scratch := s.read()
	proof, err := line.Prove(s.t.Context(), scratch, repo, s.steps(wanted...))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.describe(proof)
}

func (s *site) describe(p *assemble.Proof) []string {
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
		say("stranger %s <%s> branch=%s commits=%d: %s", g.Kind, g.Subject, g.Branch, g.Commits, paths(g.Edits))
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
	for _, u := range p.Unread {
		say("unread %v", u.Err)
	}
	return all
}

func (s *site) subject(id git.ID) string { return s.Git("show", "-s", "--format=%s", id.String()) }

func paths(edits []assemble.Edit) string {
	var all []string
	for _, e := range edits {
		all = append(all, e.Path)
	}
	return strings.Join(all, " ")
}

// TestLineOfATarget reads targets that are as they should be: all is in and nothing
// is found.
func TestLineOfATarget(t *testing.T) {
	t.Parallel()
	all := []string{"a", "b", "c"}
	for _, test := range []struct {
		name   string
		make   func(s *site)
		wanted []string
		links  string // kinds and steps
		steps  string
		notes  []string
	}{
		{"nothing merged", func(*site) {}, nil, "", "", nil},
		{
			"one merge a branch", func(s *site) { s.mergeAll() }, all,
			"branch:a branch:b branch:c", "a b c", nil,
		},
		{
			"fast-forward to the first", func(s *site) {
				s.Git("merge", "-q", "--ff-only", "c")
				s.merge("a")
				s.merge("b")
			}, all,
			"part:c branch:a branch:b", "c a b", nil,
		},
		{
			"an octopus", func(s *site) { s.Git("merge", "-q", "--no-edit", "a", "b", "c") }, all,
			"part:a branch:b,c", "a b c", nil,
		},
		{
			"an octopus on a merge", func(s *site) {
				s.merge("v2")
				s.Git("merge", "-q", "--no-edit", "a", "b", "c")
			}, append(all, "v2"),
			"upstream:v2 branch:a,b,c", "v2 a b c", nil,
		},
		{
			"a minor in between", func(s *site) {
				s.merge("a")
				s.merge("v2")
				s.merge("b")
				s.merge("c")
			}, append(all, "v2"),
			"branch:a upstream:v2 branch:b branch:c", "a v2 b c", nil,
		},
		{
			"a branch that moved on", func(s *site) {
				s.mergeAll()
				s.on("a", func() { s.change("more of a", map[string]string{"lib/one.php": text("rewritten", 30)}) })
				s.merge("a")
			}, all,
			"branch:a branch:b branch:c branch:a", "a b c", nil,
		},
		{
			"a stacked branch brings the one below", func(s *site) {
				s.Git("checkout", "-q", "test")
				s.branch("d", "a", map[string]string{"lib/one.php": with(with(text("lib/one.php", 30), 5, "what d makes of it"), 20, "what d adds")})
				s.Git("checkout", "-q", "test")
				s.merge("b")
				s.merge("d")
			},
			[]string{"a", "b", "d"},
			"branch:b branch:d", "b a d", nil,
		},
		{
			"a branch that merged upstream itself", func(s *site) {
				s.on("a", func() { s.merge("v2") })
				s.merge("b")
				s.merge("a")
			},
			[]string{"a", "b", "v2"},
			"branch:b branch:a", "b a v2", nil,
		},
		{
			"an empty commit", func(s *site) {
				s.merge("a")
				s.Commit("nothing at all")
			},
			[]string{"a"},
			"branch:a direct:", "a", nil,
		},
		{
			"a conflict resolved", func(s *site) {
				s.branch("d", "v1", map[string]string{"lib/one.php": with(text("lib/one.php", 30), 5, "what branch d hacks")})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.TryGit("merge", "-q", "d")
				s.Write("lib/one.php", with(text("lib/one.php", 30), 5, "what branch a hacks\nwhat branch d hacks"))
				s.Commit("Merge branch 'd' into test")
			},
			[]string{"a", "d"},
			"branch:a branch:d", "a d",
			[]string{"decided d lib/one.php both"},
		},
		{
			"a deletion against a change", func(s *site) {
				s.Git("checkout", "-q", "-b", "d", "v1")
				s.Remove("lib/one.php")
				s.Commit("remove it")
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.TryGit("merge", "-q", "d")
				s.Remove("lib/one.php")
				s.Commit("Merge branch 'd' into test")
			},
			[]string{"a", "d"},
			"branch:a branch:d", "a d",
			[]string{"decided d lib/one.php theirs"},
		},
		{
			"two lines of one target", func(s *site) {
				s.merge("a")
				s.Git("checkout", "-q", "-b", "x-colleague")
				s.merge("b")
				s.Git("checkout", "-q", "test")
				s.merge("c")
				s.merge("x-colleague")
			}, all,
			"branch:a branch:c (branch:b) line:", "a c b", nil,
		},
		{
			"a later branch changes the lines of another", func(s *site) {
				s.branch("d", "a", map[string]string{"lib/one.php": text("lib/one.php", 30)})
				s.Git("checkout", "-q", "test")
				s.merge("a")
				s.merge("b")
				s.merge("d")
			},
			[]string{"a", "b", "d"},
			"branch:a branch:b branch:d", "a b d", nil,
		},
		{
			"a criss-cross", func(s *site) {
				s.branch("d", "a", map[string]string{"local/d.php": text("d", 5)})
				s.on("d", func() { s.merge("c") })
				s.on("c", func() { s.merge("a") })
				s.Git("checkout", "-q", "test")
				s.merge("c")
				s.merge("d")
			},
			[]string{"a", "c", "d"},
			"branch:c branch:d", "a c d", nil,
		},
		{
			"upstream as the first parent", func(s *site) {
				s.merge("a")
				s.Git("branch", "-f", "x-old", "test")
				s.Git("reset", "-q", "--hard", "v2")
				s.merge("x-old")
				s.merge("b")
			},
			[]string{"a", "b", "v2"},
			"(branch:a) line: branch:b", "a b", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			test.make(s)
			line, repo, scratch := s.read()
			if got := links(line); got != test.links {
				t.Errorf("links: %s\nwant   %s", got, test.links)
			}
			if got := names(line.Steps()); got != test.steps {
				t.Errorf("steps: %s\nwant   %s", got, test.steps)
			}
			for _, step := range line.Steps() {
				if want := s.id(step.Name); step.Tip != want {
					t.Errorf("%s is in with %s, want %s", step.Name, step.Tip, want)
				}
			}
			proof, err := line.Prove(t.Context(), scratch, repo, s.steps(test.wanted...))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.describe(proof); !slices.Equal(got, test.notes) {
				t.Errorf("found %q\nwant  %q", got, test.notes)
			}
			if !proof.OK() {
				t.Error("the proof is not OK")
			}
		})
	}
}

func links(l *assemble.Line) string {
	var all []string
	for _, k := range l.Links {
		s := string(k.Kind) + ":" + names2(k.Steps)
		if k.Aside {
			s = "(" + s + ")"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func names(steps []assemble.Step) string {
	var all []string
	for _, s := range steps {
		all = append(all, s.Name)
	}
	return strings.Join(all, " ")
}

func names2(steps []assemble.Step) string { return strings.ReplaceAll(names(steps), " ", ",") }
