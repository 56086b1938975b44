package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// fixture is a clone of a small site: an upstream with releases 4.1.0, 4.1.1,
// 4.5.0 and 5.1.0, and whatever branches a test makes.
type fixture struct {
	*gittest.Repo
	t *testing.T
}

// newFixture makes a copy of the site. Upstream stands in refs/remotes/upstream,
// as after a fetch; the settings are in git config, as `mgit init` writes them
// for remotes that are paths.
//
//	4.1.0 ── 4.1.1            MOODLE_401_STABLE
//	  └──── 4.5.0 ── 5.1.0    main; 5.1.0 moves everything below public/
func newFixture(t *testing.T) *fixture {
	t.Helper()
	return templates.plain.fixture(t, func(dir string) { buildFixture(t, filepath.Join(dir, "repo")) })
}

// copy is a fixture that goes on from where f stands, for a test of many cases that
// begin alike.
func (f *fixture) copy(t *testing.T) *fixture {
	t.Helper()
	return f.copyTo(t, t.TempDir())
}

// copyTo is copy as repo in a folder of the caller's choice.
func (f *fixture) copyTo(t *testing.T, dir string) *fixture {
	t.Helper()
	dir = filepath.Join(dir, "repo")
	if err := os.CopyFS(dir, os.DirFS(f.Path)); err != nil {
		t.Fatal(err)
	}
	return later(t, dir)
}

// later is a fixture for the copy of a repository.
func later(t *testing.T, dir string) *fixture {
	t.Helper()
	f := &fixture{gittest.At(t, dir), t}
	for range 30 {
		f.Tick() // past the commits of the original
	}
	f.Git("update-index", "-q", "--refresh") // the copies' times are new
	return f
}

// templates are what tests copy, each built once for all tests and when it is first wanted.
var templates struct {
	dir                  string
	plain                template
	published, offering  template
	released, packaged   template
	vendor, placed       template
	live, twins, plugins template
	patched, upgrade     template
	single, tangled      template
}

// template is a folder with the repository of a fixture, repo, and what its remotes are.
type template struct {
	once sync.Once
	dir  string
}

// fixture is a copy of what build makes in a folder. Where the configuration says where
// that folder is, the copy's says where the copy is.
func (p *template) fixture(t *testing.T, build func(dir string)) *fixture {
	t.Helper()
	p.once.Do(func() {
		dir, err := os.MkdirTemp(templates.dir, "site")
		if err != nil {
			t.Fatal(err)
		}
		build(dir)
		p.dir = dir
	})
	if p.dir == "" {
		t.Fatal("what this test copies could not be built")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	f := later(t, filepath.Join(dir, "repo"))
	f.editSettings(func(text string) string { return strings.ReplaceAll(text, p.dir, dir) })
	return f
}

func TestMain(m *testing.M) { os.Exit(gittest.Memory{M: templated{m}}.Run()) }

// templated is a testing.M with a place for what several tests copy.
type templated struct{ m *testing.M }

func (t templated) Run() int {
	os.Unsetenv("GIT_SSL_CAINFO") // of the machine, and it would win over a test's own
	dir, err := os.MkdirTemp("", "mgit-job-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	templates.dir = dir
	return t.m.Run()
}

func buildFixture(t *testing.T, dir string) {
	t.Helper()
	f := &fixture{gittest.NewAt(t, dir), t}
	f.Git("checkout", "-q", "-b", "main")
	f.release("4.1", "401", "2022112800.00", "")
	f.Write("lib.php", text(40, nil))
	f.Write("course/lib.php", text(40, nil))
	f.Write("mod/forum/lib.php", text(40, nil))
	f.Commit("Moodle release 4.1")
	f.Git("tag", "-a", "-m", "MOODLE_401", "v4.1.0")
	f.Git("checkout", "-q", "-b", "stable")
	f.release("4.1.1", "401", "2022112801.00", "")
	f.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1"}))
	f.Commit("MDL-5 core: fixed")
	f.Git("tag", "-a", "-m", "MOODLE_4011", "v4.1.1")
	f.Git("checkout", "-q", "main")
	f.release("4.5", "405", "2024100700.00", "")
	f.Write("lib.php", text(40, map[int]string{5: "fixed in 4.1.1", 30: "new in 4.5"}))
	f.Commit("MDL-5 core: fixed and more")
	f.Git("tag", "-a", "-m", "MOODLE_405", "v4.5.0")
	f.release("5.1", "501", "2025100600.00", "public/")
	f.Remove("version.php")
	f.Remove("lib/moodlelib.php")
	f.Git("mv", "lib.php", "course", "mod", "public")
	f.Commit("MDL-83424 core: below public")
	f.Git("tag", "-a", "-m", "MOODLE_501", "v5.1.0")
	f.Git("update-ref", "refs/remotes/upstream/main", "main")
	f.Git("update-ref", "refs/remotes/upstream/MOODLE_401_STABLE", "stable")
	f.Git("checkout", "-q", "--detach", "v4.1.0")
	f.Git("branch", "-D", "main", "stable")
	f.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	f.Git("remote", "add", "origin", "https://git.example.org/site.git")
	for key, value := range map[string]string{
		"mgit.customer":             "LUVLE",
		"mgit.remote.upstream.url":  "https://example.org/moodle.git",
		"mgit.remote.upstream.role": "upstream",
		"mgit.remote.origin.url":    "https://git.example.org/site.git",
		"mgit.remote.origin.role":   "internal",
	} {
		f.Git("config", key, value)
	}
	empty := f.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	f.Git("update-ref", "refs/heads/mgit", f.Git("commit-tree", "-m", "the mgit branch", empty))
}

func (f *fixture) release(release, branch, version, below string) {
	f.Write(below+"version.php", fmt.Sprintf(
		"<?php\ndefined('MOODLE_INTERNAL') || die();\n$version  = %s;\n$release  = '%s (Build: 20241007)';\n$branch   = '%s';\n$maturity = MATURITY_STABLE;\n",
		version, release, branch))
	f.Write(below+"lib/moodlelib.php", "<?php // "+branch+"\n")
	f.Write("lib/components.json", fmt.Sprintf(`{"plugintypes": {"mod": "%[1]smod", "local": "%[1]slocal", "tool": "%[1]sadmin/tool"}, "subsystems": {"course": "%[1]scourse"}}`, below))
}

// text is n numbered lines with some of them changed.
func text(n int, change map[int]string) string {
	var b strings.Builder
	for i := range n {
		if c, ok := change[i]; ok {
			b.WriteString(c + "\n")
		} else {
			fmt.Fprintf(&b, "line %d\n", i)
		}
	}
	return b.String()
}

// branch makes a branch on from with one commit for each pair of path and text. HEAD
// stays where it is.
func (f *fixture) branch(name, from string, pathsAndTexts ...string) {
	f.t.Helper()
	if len(pathsAndTexts) == 0 {
		f.Git("branch", name, from)
		return
	}
	f.Grow(name, from, pathsAndTexts...)
}

// on commits to an existing branch. HEAD stays where it is.
func (f *fixture) on(name string, pathsAndTexts ...string) {
	f.t.Helper()
	f.Grow(name, "refs/heads/"+name, pathsAndTexts...)
}

func (f *fixture) add(pathsAndTexts ...string) {
	for p := range slices.Chunk(pathsAndTexts, 2) {
		f.Write(p[0], p[1])
		f.Commit("change " + p[0])
	}
}

// shared commits a file to the mgit branch, as a colleague would.
func (f *fixture) shared(path, text string) {
	f.t.Helper()
	f.sharedEdits("change "+path, fmt.Sprintf("M 644 inline %s\ndata %d\n%s\n", path, len(text), text))
}

// sharedEdits commits what stands in the words of git-fast-import(1) to the mgit branch.
func (f *fixture) sharedEdits(message, edits string) {
	f.t.Helper()
	const when = "1767225600 +0000" // gittest.Start
	f.Input("commit refs/heads/mgit\n"+
		"author Ann Author <ann@example.org> "+when+"\n"+
		"committer Carl Committer <carl@example.org> "+when+"\n"+
		fmt.Sprintf("data %d\n%s\n\n", len(message)+1, message)+
		"from refs/heads/mgit^0\n"+edits, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet")
}

// open opens the site in dir, "" for the fixture's own.
func (f *fixture) open(dir string) *job.Site {
	f.t.Helper()
	if dir == "" {
		dir = f.Path
	}
	site, err := job.Open(f.t.Context(), job.OpenRequest{Dir: dir, Git: git.Options{Env: f.Env()}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { site.Close() })
	return site
}

// rebaseAll moves all branches of the newest older series to v4.5.0.
func (f *fixture) rebaseAll(changes ...func(*job.RebaseAllRequest)) (*job.RebaseReport, int) {
	f.t.Helper()
	return f.rebaseAllIn("", changes...)
}

func (f *fixture) rebaseAllIn(dir string, changes ...func(*job.RebaseAllRequest)) (*job.RebaseReport, int) {
	f.t.Helper()
	request := job.RebaseAllRequest{Tag: "v4.5.0"}
	for _, change := range changes {
		change(&request)
	}
	report, run, err := job.RebaseAll(f.t.Context(), f.open(dir), request, false)
	if err != nil {
		f.t.Fatal(err)
	}
	return report, run
}

// outcomes maps branches to what became of them.
func outcomes(r *job.RebaseReport) map[string]string {
	all := make(map[string]string)
	for _, b := range r.Branches {
		all[b.Name] = b.Outcome
	}
	return all
}

func (f *fixture) want(r *job.RebaseReport, want map[string]string) {
	f.t.Helper()
	got := outcomes(r)
	for name, outcome := range want {
		if got[name] != outcome {
			f.t.Errorf("%s: %s, want %s", name, got[name], outcome)
		}
	}
	if len(got) != len(want) {
		f.t.Errorf("%d branches in the report, want %d: %v", len(got), len(want), got)
	}
}

// log is the subjects of the commits that rev has and base has not, oldest first.
func (f *fixture) log(base, rev string) string {
	f.t.Helper()
	return strings.ReplaceAll(f.Git("log", "--reverse", "--format=%s", base+".."+rev), "\n", ", ")
}

// refs is every reference with its value.
func (f *fixture) refs() string { return f.Git("for-each-ref") }

// noLocks fails when a lock file is left anywhere.
func (f *fixture) noLocks() {
	f.t.Helper()
	err := filepath.WalkDir(filepath.Join(f.Path, ".git"), func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".lock") {
			f.t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		f.t.Error(err)
	}
}
