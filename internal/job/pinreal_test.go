package job_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mgit/internal/job"
)

func TestMoodlePin(t *testing.T) {
	t.Parallel()
	m := newMoodleClone(t)
	t.Run("builds", m.pinBuilds)
	t.Run("between builds", m.pinBetween)
	t.Run("changes", m.pinChanges)
	t.Run("mixed", m.pinMixed)
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
		m.clear()
	}
}

// Releases that were unpacked over others, wholly or half, are pinned to the one
// that version.php names, and the other one is named as the source of the rest.
func (m *moodleClone) pinMixed(t *testing.T) {
	m.t = t
	for _, test := range []struct {
		name, pin, other, says string
		make                   func()
	}{
		{"copied half over", "v2.5.3", "v2.5.4", "as if they had been copied over", func() {
			m.unpack("v2.5.3")
			m.git("", "--work-tree="+m.folder, "checkout", "--quiet", "--no-overlay", "v2.5.4", "--", "lib", "mod", "auth", "admin")
		}},
		{"left over", "v2.5.3", "v2.4.0", "left over from", func() {
			m.unpack("v2.4.0")
			if err := os.Remove(m.index); err != nil { // so that git leaves what is there
				t.Fatal(err)
			}
			m.unpack("v2.5.3")
		}},
	} {
		test.make()
		r := m.pin()
		if r.Tag != test.pin || r.Evidence != "triple" || len(r.Mixed) != 1 || r.Mixed[0].Tag != test.other || !strings.Contains(doubts(r), test.says) {
			t.Errorf("%s: %s %s by %s, mixed %v, %s", test.name, r.Commit, r.Tag, r.Evidence, r.Mixed, doubts(r))
		}
		m.clear()
	}
}

// clear makes the folder empty.
func (m *moodleClone) clear() {
	m.t.Helper()
	for _, err := range []error{os.RemoveAll(m.folder), os.Remove(m.index), os.Mkdir(m.folder, 0o777)} {
		if err != nil {
			m.t.Fatal(err)
		}
	}
}
