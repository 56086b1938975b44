package job_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/job"
	"mgit/internal/moodle"
)

// The tests of this file run on Moodle's real history, when MGIT_MOODLE names a
// clone that has it. They look at about forty builds; MGIT_CASES says another
// number, and 1000 is all of them.

// moodleClone is a clone of Moodle and a folder in which one build after the other is
// unpacked, without a .git.
type moodleClone struct {
	t          *testing.T
	dir, index string
	folder     string
	site       *job.Site
}

func newMoodleClone(t *testing.T) *moodleClone {
	t.Helper()
	source := os.Getenv("MGIT_MOODLE")
	if source == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	temp := t.TempDir()
	m := &moodleClone{t: t, dir: filepath.Join(temp, "clone.git"), index: filepath.Join(temp, "index"), folder: filepath.Join(temp, "moodle")}
	if err := os.Mkdir(m.folder, 0o777); err != nil {
		t.Fatal(err)
	}
	m.run("", "clone", "--quiet", "--bare", "--shared", source, m.dir)
	// As `git fetch` leaves them: release tags, and branches of a remote.
	var refs strings.Builder
	for line := range strings.Lines(string(m.git("", "for-each-ref", "--format=%(objectname) %(refname)"))) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		branch, isBranch := strings.CutPrefix(name, "refs/heads/")
		if !isBranch {
			continue
		}
		fmt.Fprintf(&refs, "delete %s\n", name)
		if strings.HasPrefix(branch, "MOODLE_") || branch == "master" || branch == "main" {
			fmt.Fprintf(&refs, "create refs/remotes/upstream/%s %s\n", branch, id)
		}
	}
	m.git(refs.String(), "update-ref", "--stdin")
	m.git("", "config", "remote.upstream.url", "https://github.com/moodle/moodle.git")
	var err error
	m.site, err = job.Open(t.Context(), job.OpenRequest{Dir: m.dir, ConfigFile: os.DevNull, Git: git.Options{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.site.Close() })
	return m
}

func (m *moodleClone) run(stdin string, args ...string) []byte {
	m.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_INDEX_FILE="+m.index)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

func (m *moodleClone) git(stdin string, args ...string) []byte {
	m.t.Helper()
	return m.run(stdin, append([]string{"--git-dir=" + m.dir}, args...)...)
}

// unpack makes the folder hold what the commit has.
func (m *moodleClone) unpack(commit string) {
	m.t.Helper()
	m.git("", "--work-tree="+m.folder, "read-tree", "-u", "--reset", commit)
}

// pin pins the folder, reading every file.
func (m *moodleClone) pin() *job.PinResult {
	m.t.Helper()
	r, err := job.Pin(m.t.Context(), m.site, job.PinRequest{Tree: m.folder, NoCache: true})
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

func (m *moodleClone) tree(commit string) string {
	m.t.Helper()
	return string(m.git("", "rev-parse", commit+"^{tree}"))
}

// isRight reports whether a commit is the wanted one, or holds the same.
func (m *moodleClone) isRight(got job.ID, want string) bool {
	return got.String() == want || m.tree(got.String()) == m.tree(want)
}

func (m *moodleClone) isAmong(all []job.PinCandidate, want string) bool {
	return slices.ContainsFunc(all, func(c job.PinCandidate) bool { return m.isRight(c.Commit, want) })
}

// paths are the files of the folder, in order.
func (m *moodleClone) paths() []string {
	m.t.Helper()
	all := strings.Split(strings.TrimSuffix(string(m.git("", "ls-files", "-z")), "\x00"), "\x00")
	return slices.DeleteFunc(all, func(path string) bool {
		info, err := os.Lstat(filepath.Join(m.folder, path))
		return err != nil || !info.Mode().IsRegular()
	})
}

// change appends a line to n files and returns what puts them back.
func (m *moodleClone) change(random *rand.Rand, n int) (restore func()) {
	m.t.Helper()
	paths := m.paths()
	before := make(map[string][]byte)
	for _, i := range random.Perm(len(paths))[:n] {
		path := filepath.Join(m.folder, paths[i])
		data, err := os.ReadFile(path)
		if err != nil {
			m.t.Fatal(err)
		}
		before[path] = data
		m.write(path, append(slices.Clip(data), "\n// Changed by the site.\n"...))
	}
	return func() {
		for path, data := range before {
			m.write(path, data)
		}
	}
}

func (m *moodleClone) write(path string, data []byte) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		m.t.Fatal(err)
	}
}

// build is a state of version.php on the line of a stable branch.
type build struct{ commit, branch, release, date string }

// builds are all builds of the stable branches 2.0 to 2.8: the commits of the
// branch, merges included, that change version.php and are no beta or candidate.
func (m *moodleClone) builds() []build {
	m.t.Helper()
	var all []build
	seen := make(map[string]bool)
	for minor := range 9 {
		branch := fmt.Sprintf("MOODLE_2%d_STABLE", minor)
		for _, commit := range strings.Fields(string(m.git("", "rev-list", "--first-parent", "--reverse", "upstream/"+branch, "--", "version.php"))) {
			if seen[commit] {
				continue // the line before the branch began
			}
			seen[commit] = true
			file, err := m.site.Repo.Store().Lookup(m.t.Context(), commit+":version.php")
			if err != nil {
				continue
			}
			v, err := moodle.ParseVersion(file.Data)
			if err != nil {
				continue
			}
			r, err := moodle.ParseRelease(v.Release)
			if err != nil || r.Pre != "" || r.Build == "" || r.Series.StableBranch() != branch {
				continue
			}
			all = append(all, build{commit, branch, v.Release, r.Build})
		}
	}
	return all
}

func (m *moodleClone) random() *rand.Rand {
	seed := uint64(3)
	if text := os.Getenv("MGIT_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			m.t.Fatal(err)
		}
	}
	m.t.Logf("MGIT_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func caseCount(t *testing.T, short int) int {
	text := os.Getenv("MGIT_CASES")
	if text == "" {
		return short
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// sample picks n of all, in their order.
func sample[T any](random *rand.Rand, all []T, n int) []T {
	at := random.Perm(len(all))[:min(n, len(all))]
	slices.Sort(at)
	picked := make([]T, len(at))
	for i, j := range at {
		picked[i] = all[j]
	}
	return picked
}

func TestMoodlePin(t *testing.T) {
	t.Parallel()
	m := newMoodleClone(t)
	t.Run("builds", m.pinBuilds)
	t.Run("between builds", m.pinBetween)
	t.Run("changes", m.pinChanges)
}

// Every build, unpacked without a .git and every other one with ten files changed, is pinned to its
// commit; where that is not certain, the commit is among the candidates. The recipe by which people
// find a build, the top hit of `git log -S DATE`, is measured beside it.
func (m *moodleClone) pinBuilds(t *testing.T) {
	m.t = t
	random := m.random()
	all := m.builds()
	picked := sample(random, all, caseCount(t, 40))
	if len(picked) == 0 {
		t.Fatal("the clone has no builds of 2.0 to 2.8")
	}
	exact, right, named := 0, 0, 0
	for i, b := range picked {
		m.unpack(b.commit)
		restore := func() {}
		if i%2 == 1 {
			restore = m.change(random, 10)
		}
		r := m.pin()
		restore()
		isRight := m.isRight(r.Commit, b.commit)
		switch {
		case isRight && r.Confidence == job.PinExact:
			exact++
		case isRight:
			right++
			t.Logf("%s %s: %s, %s", b.commit, b.release, r.Confidence, doubts(r))
		case m.isAmong(r.Candidates, b.commit):
			named++
			t.Logf("%s %s: %s %s, %s", b.commit, b.release, r.Commit, r.Confidence, doubts(r))
		default:
			t.Errorf("%s %s is pinned to %s (%s), %s; and it is not among the candidates", b.commit, b.release, r.Commit, r.Release, doubts(r))
		}
	}
	n := len(picked)
	t.Logf("%d of %d builds: %d pinned exactly (%.1f %%), %d right and not certain, %d among the candidates", n, len(all), exact, percent(exact, n), right, named)
	if exact*100 < n*99 {
		t.Errorf("%.1f %% are pinned exactly, want 99 %%", percent(exact, n))
	}
	m.usualRecipe(picked)
}

func doubts(r *job.PinResult) string {
	var all []string
	for _, d := range r.Disagrees {
		all = append(all, d.ID+": "+d.Text)
	}
	return strings.Join(all, "; ")
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(of) }

// usualRecipe prints how often the top hit of git log -S would have been the
// build. One walk over version.php's history answers that for all dates: -S shows
// the commits, merges left out, in which the number of occurrences changes. That
// it does is checked with git itself for a few.
func (m *moodleClone) usualRecipe(builds []build) {
	m.t.Helper()
	type change struct{ commit, before, after string }
	var changes []change
	commit := ""
	blobs := make(map[string]string)
	for line := range strings.Lines(string(m.git("", "log", "--remotes", "--tags", "--no-merges", "--format=commit %H", "--raw", "--no-abbrev", "--no-renames", "--", "version.php"))) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 2 && fields[0] == "commit":
			commit = fields[1]
		case len(fields) == 6 && strings.HasPrefix(line, ":"):
			changes = append(changes, change{commit, fields[2], fields[3]})
			blobs[fields[2]], blobs[fields[3]] = "", ""
		}
	}
	for id := range blobs {
		if strings.Trim(id, "0") != "" {
			object, err := m.site.Repo.Store().Lookup(m.t.Context(), id)
			if err != nil {
				m.t.Fatal(err)
			}
			blobs[id] = string(object.Data)
		}
	}
	topHit := func(text string) string {
		for _, c := range changes {
			if strings.Count(blobs[c.before], text) != strings.Count(blobs[c.after], text) {
				return c.commit
			}
		}
		return ""
	}
	dates := make(map[string]int)
	for _, b := range m.builds() {
		dates[b.date]++
	}
	byDate, byRelease, unique := 0, 0, 0
	for i, b := range builds {
		if i < 3 {
			said := string(m.git("", "log", "--remotes", "--tags", "-S"+b.date, "--format=%H", "-n1", "--", "version.php"))
			if got := topHit(b.date); got != strings.TrimSpace(said) {
				m.t.Errorf("git log -S%s finds %s, the count here %s", b.date, said, got)
			}
		}
		if topHit(b.date) == b.commit {
			byDate++
		}
		if topHit(b.release) == b.commit {
			byRelease++
		}
		if dates[b.date] == 1 {
			unique++
		}
	}
	n := len(builds)
	m.t.Logf("the top hit of git log -S DATE -- version.php is the build for %d of %d (%.1f %%), with the whole release for %d (%.1f %%); the date belongs to one build only for %d (%.1f %%)",
		byDate, n, percent(byDate, n), byRelease, percent(byRelease, n), unique, percent(unique, n))
}

// A tree that was taken between two builds is pinned to its commit or to a build near it, and the
// commit is named.
func (m *moodleClone) pinBetween(t *testing.T) {
	m.t = t
	random := m.random()
	isBuild := make(map[string]bool)
	for _, b := range m.builds() {
		isBuild[b.commit] = true
	}
	var all []string
	for minor := range 9 {
		tag := fmt.Sprintf("v2.%d.0", minor)
		for _, commit := range strings.Fields(string(m.git("", "rev-list", "--reverse", "--first-parent", tag+"..upstream/MOODLE_2"+strconv.Itoa(minor)+"_STABLE"))) {
			if !isBuild[commit] {
				all = append(all, commit)
			}
		}
	}
	picked := sample(random, all, min(300, caseCount(t, 20)))
	exact, right, said := 0, 0, 0
	for i, commit := range picked {
		m.unpack(commit)
		restore := func() {}
		if i%2 == 1 {
			restore = m.change(random, 10)
		}
		r := m.pin()
		restore()
		isRight := m.isRight(r.Commit, commit)
		isSaid := slices.ContainsFunc(r.Disagrees, func(d job.PinDoubt) bool { return d.ID == "between-builds" || d.ID == "tied" })
		switch {
		case isRight && r.Confidence == job.PinExact:
			exact++
		case isRight:
			right++
		case isSaid && m.isAmong(r.Candidates, commit):
			said++
			t.Logf("%s: %s %s, %s", commit, r.Commit, r.Confidence, doubts(r))
		default:
			t.Errorf("%s is pinned to %s (%s, %s), %s", commit, r.Commit, r.Release, r.Confidence, doubts(r))
		}
		if r.Commit.String() == commit && !isSaid && m.isBetween(commit) {
			t.Errorf("%s is pinned to itself, and nothing says that it is no build", commit)
		}
	}
	t.Logf("%d of %d commits between builds: %d pinned exactly (%.1f %%), %d right and not certain, %d among the candidates", len(picked), len(all), exact, percent(exact, len(picked)), right, said)
}

// isBetween reports whether one of the parents has the same version.php, and none another tree alike.
func (m *moodleClone) isBetween(commit string) bool {
	m.t.Helper()
	blob := func(c string) string { return string(m.git("", "rev-parse", c+":version.php")) }
	parents := strings.Fields(string(m.git("", "log", "-1", "--format=%P", commit)))
	for _, p := range parents {
		if m.tree(p) == m.tree(commit) {
			return false
		}
	}
	return slices.ContainsFunc(parents, func(p string) bool { return blob(p) == blob(commit) })
}

// However much a site changes, deletes and adds at random, the pin stays right.
func (m *moodleClone) pinChanges(t *testing.T) {
	m.t = t
	random := m.random()
	releases := []string{"v2.5.3", "v2.8.1"}
	for _, b := range sample(random, m.builds(), max(1, caseCount(t, 40)/100)) {
		releases = append(releases, b.commit)
	}
	for _, name := range releases {
		commit := strings.TrimSpace(string(m.git("", "rev-parse", name+"^{commit}")))
		m.unpack(commit)
		check := func(what string) {
			t.Helper()
			if r := m.pin(); !m.isRight(r.Commit, commit) {
				t.Errorf("%s with %s is pinned to %s (%s), %s", name, what, r.Commit, r.Release, doubts(r))
			}
		}
		for _, n := range []int{1, 10, 100, 400} {
			restore := m.change(random, n)
			check(fmt.Sprintf("%d files changed", n))
			restore()
		}
		m.change(random, 400)
		paths := m.paths()
		for _, i := range random.Perm(len(paths))[:600] {
			if paths[i] == "version.php" {
				continue
			}
			if err := os.Remove(filepath.Join(m.folder, paths[i])); err != nil {
				t.Fatal(err)
			}
		}
		check("400 files changed and 600 deleted")
		for i := range 3000 {
			beside := filepath.Dir(paths[random.IntN(len(paths))])
			m.write(filepath.Join(m.folder, beside, fmt.Sprintf("luvle%d", i), "added.php"), fmt.Appendf(nil, "<?php\n// %d\n", i))
		}
		check("400 files changed, 600 deleted and 3000 added")
		if err := os.RemoveAll(m.folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(m.index); err != nil {
			t.Fatal(err)
		}
		m.write(filepath.Join(m.folder, "x"), nil)
		if err := os.Remove(filepath.Join(m.folder, "x")); err != nil {
			t.Fatal(err)
		}
	}
}
