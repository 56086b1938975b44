package conflictview

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: templated{m}}.Run()) }

// templated is a testing.M with a place for the site that tests copy.
type templated struct{ m *testing.M }

func (t templated) Run() int {
	dir, err := os.MkdirTemp("", "mgit-conflictview-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	template.dir = filepath.Join(dir, "site")
	return t.m.Run()
}

// template is a small site with two parked branches, built once.
var template struct {
	once sync.Once
	dir  string
}

const (
	oldTwice = "LUVLE-4.1-hack-core-aatwice"
	newTwice = "LUVLE-4.5-hack-core-aatwice"
	newOnce  = "LUVLE-4.5-hack-core-once"
)

// numbered is a file with some lines changed.
func numbered(changes map[int]string) string {
	var b strings.Builder
	for i := 1; i <= 30; i++ {
		if c, ok := changes[i]; ok {
			b.WriteString(c + "\n")
		} else {
			fmt.Fprintf(&b, "line %d\n", i)
		}
	}
	return b.String()
}

func buildSite(t *testing.T, dir string) {
	t.Helper()
	r := gittest.NewAt(t, dir)
	release := func(version, branch, build, lib string) {
		r.Write("version.php", fmt.Sprintf("<?php\ndefined('MOODLE_INTERNAL') || die();\n$version  = %s;\n$release  = '%s (Build: 20241007)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n", build, version, branch))
		r.Write("lib/moodlelib.php", "<?php\n")
		r.Write("lib/components.json", `{"plugintypes": {"mod": "mod", "local": "local"}, "subsystems": {"course": "course"}}`)
		r.Write("lib.php", lib)
		r.Commit("MDL-700 core: Moodle release " + version)
		r.Git("tag", "-a", "-m", "release", "v"+version+".0")
	}
	release("4.1", "401", "2022112800.00", numbered(nil))
	release("4.5", "405", "2024100700.00", numbered(map[int]string{5: "upstream 5", 20: "upstream 20"}))
	r.Git("update-ref", "refs/remotes/upstream/main", "main")
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Git("branch", "-D", "main")
	for _, setting := range []string{
		"remote.upstream.url=https://example.org/moodle.git", "mgit.remote.upstream.url=https://example.org/moodle.git",
		"mgit.remote.upstream.role=upstream", "mgit.customer=LUVLE",
	} {
		key, value, _ := strings.Cut(setting, "=")
		r.Git("config", key, value)
	}
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", git.EmptyTree.String()))
	r.Grow(oldTwice, "v4.1.0",
		"lib.php", numbered(map[int]string{5: "ours 5", 20: "ours 20"}),
		"lib.php", numbered(map[int]string{5: "ours 5, better", 20: "ours 20"}))
	r.Grow("LUVLE-4.1-hack-core-once", "v4.1.0", "lib.php", numbered(map[int]string{5: "once"}))
	site := openSite(t, r)
	if _, _, err := job.RebaseAll(t.Context(), site, job.RebaseAllRequest{Tag: "v4.5.0"}, false); err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}
}

func openSite(t *testing.T, r *gittest.Repo) *job.Site {
	t.Helper()
	site, err := job.Open(t.Context(), job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// copySite copies the small site.
func copySite(t *testing.T) *gittest.Repo {
	t.Helper()
	template.once.Do(func() { buildSite(t, template.dir) })
	dir := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(dir, os.DirFS(template.dir)); err != nil {
		t.Fatal(err)
	}
	r := gittest.At(t, dir)
	r.Git("update-index", "-q", "--refresh")
	return r
}

func driveSite(t *testing.T) (*tuitest.Driver, *View, *gittest.Repo) {
	t.Helper()
	r := copySite(t)
	d, v := driveAt(t, r, oldTwice)
	return d, v, r
}

// driveAt opens the view at a branch or target of the site.
func driveAt(t *testing.T, r *gittest.Repo, subject string) (*tuitest.Driver, *View) {
	t.Helper()
	h := tuitest.Host(t, "plain", func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	})
	v := New(h)
	v.later = soon
	return tuitest.Drive(t, h, v, 120, 40, subject), v
}

// From the first look to the moved branch with keys alone; then the references, the ledger and the journal are
// those of the same done by commands.
// runs runs the task, whose dialog has to name exactly the references that move, with the values that they had.
func runs(t *testing.T, d *tuitest.Driver, r *gittest.Repo) (screen.Preview, string) {
	t.Helper()
	refs := func() map[string]string {
		all := make(map[string]string)
		for line := range strings.Lines(r.Git("for-each-ref", "--format=%(refname) %(objectname)")) {
			if ref, id, _ := strings.Cut(strings.TrimSpace(line), " "); !strings.HasPrefix(ref, "refs/mgit/runs/") {
				all[ref] = id
			}
		}
		return all
	}
	was := refs()
	p, message := d.Run()
	is := refs()
	named := make(map[string]bool)
	for _, m := range p.Moves {
		named[m.Ref] = true
		if m.Old != was[m.Ref] || (m.New == "") != (is[m.Ref] == "") {
			t.Errorf("%+v is named, it was %s and is %s", m, was[m.Ref], is[m.Ref])
		}
	}
	for ref := range maps.Keys(mergeOf(was, is)) {
		if (was[ref] != is[ref]) != named[ref] {
			t.Errorf("%s was %q and is %q; the dialog names it: %v", ref, was[ref], is[ref], named[ref])
		}
	}
	return p, message
}

func mergeOf(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func TestFromFirstLookToMovedBranch(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	d.Press("enter")
	for _, want := range []string{"waits at 1 of 2", "MDL-700 core: Moodle release 4.5", "upstream 5", "ours 5", "hunk 2, line 20"} {
		if text := d.Plain() + strings.Join(planeOf(v), "\n"); !strings.Contains(text, want) {
			t.Errorf("%q is not shown:\n%s", want, text)
		}
	}
	d.Press("r")
	if task := d.Sent[0].(screen.StartMsg).Task; strings.Join(task.Command, " ") != "resolve "+newTwice {
		t.Errorf("command %v", task.Command)
	}
	preview, message := runs(t, d, r)
	if len(preview.Moves) != 1 || !strings.Contains(message, newTwice+" waits at 1 of 2: commit ") {
		t.Errorf("%+v, %q", preview, message)
	}
	d.Press("e")
	bench := filepath.Join(r.Path, ".git", "mgit", "worktrees", newTwice)
	if e := tuitest.Taken[screen.EditMsg](d); e.Dir != bench || e.Paths[0] != "lib.php" || e.Line != 5 {
		t.Errorf("edit: %+v", e)
	}
	d.Press("o")
	if s := tuitest.Taken[screen.ShellMsg](d); s.Dir != bench || !strings.Contains(s.Hint, "git rebase --continue") {
		t.Errorf("shell: %+v", s)
	}
	d.Press("u")
	if _, message = runs(t, d, r); message != "lib.php: upstream taken for hunk 1 of 2; 1 left." {
		t.Errorf("message %q", message)
	}
	d.Press("x")
	runs(t, d, r)
	d.Press("t")
	d.Choose("u")
	runs(t, d, r)
	d.Press("down", "b")
	if _, message = runs(t, d, r); !strings.Contains(message, "it is resolved. Nothing is in conflict any more: c goes on.") {
		t.Errorf("message %q", message)
	}
	d.Press("c")
	if _, message = runs(t, d, r); !strings.Contains(message, "waits at 2 of 2") {
		t.Errorf("message %q", message)
	}
	v.firstOpen()
	d.Press("b")
	runs(t, d, r)
	d.Press("c")
	preview, message = runs(t, d, r)
	if !strings.HasPrefix(message, newTwice+": resolved. 2 commits: 2 kept. This was run 2.") || len(preview.Moves) != 4 {
		t.Errorf("%+v, %q", preview, message)
	}
	if v.inside || v.Subject() != newOnce {
		t.Errorf("it is at %s", v.Subject())
	}

	// The same by commands.
	o := copySite(t)
	do := func(work func(*job.Site) error) {
		site := openSite(t, o)
		defer site.Close()
		if err := work(site); err != nil {
			t.Fatal(err)
		}
	}
	take := func(n int, side string) {
		do(func(s *job.Site) error {
			_, err := job.Take(t.Context(), s, job.TakeRequest{Branch: newTwice, Path: "lib.php", Hunk: n, Side: side}, false)
			return err
		})
	}
	proceed := func() {
		do(func(s *job.Site) error {
			_, err := job.Continue(t.Context(), s, job.ContinueRequest{Branch: newTwice}, false)
			return err
		})
	}
	do(func(s *job.Site) error {
		_, err := job.Resolve(t.Context(), s, job.ResolveRequest{Branch: newTwice}, false)
		return err
	})
	take(1, "upstream")
	take(2, "branch")
	proceed()
	take(1, "branch")
	proceed()
	if a, b := stateOf(r), stateOf(o); a != b {
		t.Errorf("by keys:\n%s\nby commands:\n%s", a, b)
	}
}

// planeOf is what the details of the list say.
func planeOf(v *View) []string {
	var all []string
	if d := v.known(); d != nil {
		for _, l := range v.conflictLines(d, 200) {
			all = append(all, l.String())
		}
	}
	return all
}

// stateOf is everything that a person would call the state of a site: trees, messages, the ledger, the journal.
func stateOf(r *gittest.Repo) string {
	var b strings.Builder
	for ref := range strings.FieldsSeq(r.Git("for-each-ref", "--format=%(refname)")) {
		fmt.Fprintln(&b, ref)
		if strings.HasPrefix(ref, "refs/heads/") {
			b.WriteString(r.Git("log", "--format=%T %an %s", "--max-count=5", ref) + "\n")
		}
	}
	b.WriteString(r.Git("show", "mgit:upgrades/4.5.toml"))
	for _, n := range []string{"1", "2"} {
		b.WriteString(r.Git("log", "-1", "--format=%B", "refs/mgit/runs/"+n) + "\n")
	}
	text := regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][0-9:.]+Z?`).ReplaceAllString(b.String(), "TIME")
	return regexp.MustCompile(`[0-9a-f]{40}`).ReplaceAllString(text, "ID")
}

func TestSkipAbortAndRefusals(t *testing.T) {
	t.Parallel()
	d, v, r := driveSite(t)
	d.Press("A")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "nobody has begun") {
		t.Errorf("%q", n.Text)
	}
	d.Press("r")
	runs(t, d, r)
	d.Press("r")
	if n := tuitest.Taken[screen.NoticeMsg](d); !strings.Contains(n.Text, "is being resolved in") {
		t.Errorf("%q", n.Text)
	}
	d.Press("c") // nothing is resolved yet
	if _, message := runs(t, d, r); !strings.Contains(message, "waits at 1 of 2") {
		t.Errorf("%q", message)
	}
	d.Press("A")
	if p, message := runs(t, d, r); p.Danger != "abort" || !strings.Contains(message, newTwice) {
		t.Errorf("%+v %q", p, message)
	}
	if v.Subject() != newTwice {
		t.Errorf("it is at %s", v.Subject())
	}
	v.items.Select("branch " + newOnce)
	d.Do(v.look())
	d.Press("S")
	d.Enter("upstream has it")
	if _, message := runs(t, d, r); !strings.Contains(message, newOnce+": dropped. 1 commit: 1 dropped.") {
		t.Errorf("%q", message)
	}
	if !strings.Contains(r.Git("show", "mgit:upgrades/4.5.toml"), "upstream has it") {
		t.Error("the reason is not in the ledger")
	}
	// e begins to resolve, and opens the editor then.
	d.Press("e")
	runs(t, d, r)
	if e := tuitest.Taken[screen.EditMsg](d); e.Paths[0] != "lib.php" || e.Line == 0 {
		t.Errorf("%+v", e)
	}
}
