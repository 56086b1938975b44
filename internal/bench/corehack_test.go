package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/rebase/rebasetest"
)

// The build that is measured: its files, its date, and the stable branch that people search for it.
const (
	livePin    = "v2.5.3"
	liveBuild  = "20131111"
	liveBranch = "refs/remotes/upstream/MOODLE_25_STABLE"
)

// corehackSite is a site's repository, the folder in which that site runs, and the pristine tree beside
// it, as the usual recipe needs it.
type corehackSite struct {
	t              *testing.T
	repo           *gittest.Repo
	program        string
	live, pristine string
}

// newCorehackSite makes a site of 60 branches, and a live tree with 40 hacks, 20 plugins and what else a
// site has. Everything has been read once, as on the second day.
func newCorehackSite(t *testing.T, clone string) *corehackSite {
	t.Helper()
	m := newMoodle(t, clone, rebasetest.Load{Base: "v2.5.0", Version: "2.5", Branches: 60, Commits: 260, Seed: 1})
	s := &corehackSite{t: t, repo: m.bare(), program: buildMgit(t)}
	s.live, s.pristine = s.unpack("live"), s.unpack("pristine")
	s.customise(40, 20)
	s.report()
	return s
}

// unpack writes the files of the pin into a new folder.
func (s *corehackSite) unpack(name string) string {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		s.t.Fatal(err)
	}
	s.repo.Git("--work-tree="+dir, "read-tree", livePin)
	s.repo.Git("--work-tree="+dir, "checkout-index", "-a", "-q")
	if err := os.Remove(filepath.Join(s.repo.Path, "index")); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

// customise changes files of core and adds plugins to the live tree.
func (s *corehackSite) customise(hacks, plugins int) {
	s.t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	var files []string
	for name := range strings.Lines(s.repo.Git("ls-tree", "-r", "--name-only", livePin)) {
		if name = strings.TrimSpace(name); strings.HasSuffix(name, ".php") && name != "version.php" {
			files = append(files, name)
		}
	}
	for _, i := range random.Perm(len(files))[:hacks] {
		name := filepath.Join(s.live, files[i])
		data, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(files[i], string(data)+"// Ours.\n")
	}
	for i := range plugins {
		dir := fmt.Sprintf("local/ours%d/", i)
		s.write(dir+"version.php", fmt.Sprintf("<?php\n$plugin->version = 2013111100;\n$plugin->component = 'local_ours%d';\n", i))
		for j := range 40 {
			s.write(fmt.Sprintf("%sclasses/part%d.php", dir, j), fmt.Sprintf("<?php\n// Part %d.\n", j))
		}
	}
	s.write("config.php", "<?php\n")
}

func (s *corehackSite) write(name, text string) {
	s.t.Helper()
	full := filepath.Join(s.live, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// forget removes what is remembered of the live tree; the index stays.
func (s *corehackSite) forget() *gittest.Repo {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.repo.Path, "mgit", "live")); err != nil {
		s.t.Fatal(err)
	}
	return s.repo
}

func (s *corehackSite) remember() *gittest.Repo { return s.repo }

func (s *corehackSite) report() {
	run(s.t, s.repo, s.program, []string{"corehack-report", s.live, "--json"}, found)
}

const found = 5

// inPlace is a work whose repository stays from one time to the next.
func inPlace(name string, prepare func() *gittest.Repo, do func(*gittest.Repo)) *work {
	return &work{name: name, prepare: prepare, do: do, keep: true}
}

// recipe is what people do without mgit: find the build's commit, check it out, and compare.
func (s *corehackSite) recipe() *work {
	dir := filepath.Join(s.t.TempDir(), "recipe")
	script := `commit=$(git log -S` + liveBuild + ` --format=%H ` + liveBranch + ` -- version.php | tail -1)
GIT_INDEX_FILE="$DIR.index" git --work-tree="$DIR" read-tree "$commit" &&
GIT_INDEX_FILE="$DIR.index" git --work-tree="$DIR" checkout-index -a -q
diff -rq "$DIR" "$LIVE" >/dev/null; :`
	return inPlace("git log -S, checkout, diff -rq", func() *gittest.Repo {
		if err := os.RemoveAll(dir); err != nil {
			s.t.Fatal(err)
		}
		if err := os.Mkdir(dir, 0o777); err != nil {
			s.t.Fatal(err)
		}
		return s.repo
	}, func(r *gittest.Repo) { shell(s.t, r, script, nil, "DIR="+dir, "LIVE="+s.live) })
}

// TestCorehackBars measures what mgit promises about pins and reports.
func TestCorehackBars(t *testing.T) {
	skipUnlessAsked(t)
	s := newCorehackSite(t, moodleClone(t))
	say(t, "%s; live tree of %s", s.repo.Git("version"), livePin)
	diff := inPlace("diff -rq of live and pristine", s.remember, func(r *gittest.Repo) {
		shell(t, r, `diff -rq "$PRISTINE" "$LIVE" >/dev/null; :`, nil, "PRISTINE="+s.pristine, "LIVE="+s.live)
	})
	search := func(name string, args ...string) *work {
		return inPlace("git log -S, "+name, s.remember, func(r *gittest.Repo) {
			run(t, r, "git", append(args, "--", "version.php"))
		})
	}
	log := []string{"log", "-S" + liveBuild, "--oneline"}
	// A fresh clone has no commit-graph; git gc makes one.
	fresh := search("all branches", append([]string{"-c", "core.commitGraph=false"}, append(log, "--all")...)...)
	graph := search("all branches, commit-graph", append(log, "--all")...)
	one := search("one branch, commit-graph", append(log, liveBranch)...)
	list := inPlace("find that prints size and time", s.remember, func(r *gittest.Repo) {
		shell(t, r, `find "$LIVE" -printf '%s %T@ %i\n' >/dev/null`, nil, "LIVE="+s.live)
	})
	report := func(*gittest.Repo) { s.report() }
	first, second := inPlace("first corehack-report", s.forget, report), inPlace("second corehack-report", s.remember, report)
	pin := inPlace("mgit pin", s.remember, func(r *gittest.Repo) { run(t, r, s.program, []string{"pin", s.live}) })
	recipe := s.recipe()

	bar(t, "first report, index ready / diff -rq", compared(t, 9, first, diff), 3, "")
	bar(t, "second report / diff -rq", compared(t, 9, second, diff), 1, "")
	bar(t, "pin and first report / the usual recipe", compared(t, 3, first, recipe), 1.0/5, "")
	bar(t, "pin / git log -S on all branches", compared(t, 7, pin, fresh), 1.0/20, "")
	// With a commit-graph git is quicker, and pin is as quick as anything that looks at every file.
	say(t, "pin / the same with a commit-graph: %.3g; on one branch: %.3g; pin / find: %.3g",
		compared(t, 5, pin, graph), compared(t, 5, pin, one), compared(t, 5, pin, list))
	s.forget()
	if peak := peakMemory(t, s.repo, s.program, []string{"corehack-report", s.live}, found); peak > 0 {
		bar(t, "peak memory of a first report", float64(peak)/1e6, 200, " MB")
	}
	if err := os.RemoveAll(filepath.Join(s.repo.Path, "mgit")); err != nil {
		t.Fatal(err)
	}
	build := inPlace("pin, index to be built", s.remember, func(r *gittest.Repo) { run(t, r, s.program, []string{"pin", s.live}) })
	build.once(t)
	for _, w := range []*work{diff, fresh, graph, one, list, first, second, pin, recipe, build} {
		say(t, "%v", w)
	}
}

// TestCorehackGrowth shows what a report costs as the live tree grows.
func TestCorehackGrowth(t *testing.T) {
	skipUnlessAsked(t)
	s := newCorehackSite(t, moodleClone(t))
	var perFile []float64
	for _, plugins := range []int{20, 150, 300} {
		s.customise(0, plugins)
		for i := range plugins {
			for j := range 20 {
				s.write(fmt.Sprintf("local/ours%d/templates/part%d.mustache", i, j), strings.Repeat("<p>Part</p>\n", 100))
			}
		}
		s.report()
		first := inPlace("first", s.forget, func(*gittest.Repo) { s.report() })
		second := inPlace("second", s.remember, func(*gittest.Repo) { s.report() })
		inTurn(t, 5, first, second)
		files := countFiles(t, s.live)
		say(t, "%6d files, %3d plugins: first %s, second %s", files, plugins, seconds(first.median()), seconds(second.median()))
		perFile = append(perFile, first.median().Seconds()/float64(files))
	}
	bar(t, "time for a file: largest live tree / smallest", perFile[len(perFile)-1]/perFile[0], 1.25, "")
}

func countFiles(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
