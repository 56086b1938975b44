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

// The tests of moodleClone run on Moodle's real history, when MGIT_MOODLE names a
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
	source := realMoodle(t)
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
