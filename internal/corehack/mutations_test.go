package corehack

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// cases is how many random changes a test makes: a thousand, or MGIT_CASES.
func cases(t *testing.T) (n int, seed uint64) {
	n, seed = 1000, 1
	for name, set := range map[string]func(string) error{
		"MGIT_CASES": func(v string) (err error) { n, err = strconv.Atoi(v); return err },
		"MGIT_SEED":  func(v string) (err error) { seed, err = strconv.ParseUint(v, 10, 64); return err },
	} {
		if v := os.Getenv(name); v != "" {
			if err := set(v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	return n, seed
}

// TestRandomChanges makes random changes of every class in a tree: each must be
// found in its class, and nothing else. And it does what sites do without touching
// core, which must raise no alarm.
func TestRandomChanges(t *testing.T) {
	t.Parallel()
	w, near := generated(t)
	t.Run("no miss", func(t *testing.T) { noMiss(t, w, near) })
	t.Run("no false alarm", func(t *testing.T) { noFalseAlarm(t, w) })
}

func TestRandomChangesOfMoodle(t *testing.T) {
	w, near := moodle253(t)
	t.Run("no miss", func(t *testing.T) { noMiss(t, w, near) })
	t.Run("no false alarm", func(t *testing.T) { noFalseAlarm(t, w) })
}

// round is how many changes are made in one tree.
const round = 1000

func noMiss(t *testing.T, w *world, near nearby) {
	n, seed := cases(t)
	for ; n > 0; n, seed = n-round, seed+1 {
		m := &mutator{
			site: w.site(t), random: rand.New(rand.NewPCG(seed, 1)), near: near,
			want: make(map[string]Class), gone: make(map[string]bool), used: make(map[string]bool),
		}
		changes := min(n, round)
		done := m.run(changes)
		r := m.compare()
		m.check(r)
		t.Logf("seed %d: %d changes, %v; findings %+v", seed, changes, done, r.Counts)
		for what, times := range done {
			if changes == round && times < 10 {
				t.Errorf("seed %d: only %d changes of the kind %s prove little", seed, times, what)
			}
		}
		m.site.check(os.RemoveAll(m.dir))
	}
}

// mutator changes a live tree at random, each path once.
type mutator struct {
	*site
	random *rand.Rand
	near   nearby
	want   map[string]Class // by path; missing ones apart
	gone   map[string]bool
	used   map[string]bool
	pinned []string
	number int
}

func (m *mutator) run(n int) map[string]int {
	for path := range m.w.files {
		m.pinned = append(m.pinned, path)
	}
	slices.Sort(m.pinned)
	kinds := []struct {
		name string
		do   func() bool
	}{
		{"modify", m.modify},
		{"space", m.space},
		{"mode", m.mode},
		{"delete", m.remove},
		{"delete folder", m.removeFolder},
		{"stale", func() bool { return m.version(m.near.older, Stale) }},
		{"backport", func() bool { return m.version(m.near.newer, Backport) }},
		{"removed upstream", func() bool { return m.version(m.near.removed, Stale) }},
		{"added upstream", func() bool { return m.version(m.near.added, Backport) }},
		{"unknown", m.unknown},
		{"foreign", m.foreign},
		{"link", m.replaceByLink},
		{"folder", m.replaceByFolder},
		{"plugin", m.plugin},
	}
	done := make(map[string]int)
	for i := 0; i < n; {
		k := kinds[m.random.IntN(len(kinds))]
		if k.do() {
			done[k.name]++
			i++
		}
	}
	return done
}

// pick takes a file of the pin that nothing was done to.
func (m *mutator) pick() (path, content string) {
	for range 100_000 {
		path = m.pinned[m.random.IntN(len(m.pinned))]
		if !m.used[path] && path != ".gitignore" && path != "version.php" {
			m.used[path] = true
			return path, string(m.w.files[path])
		}
	}
	m.t.Fatal("no file is left")
	return "", ""
}

// place is a folder of the pin and a new name in it.
func (m *mutator) place(pattern string) string {
	path := m.pinned[m.random.IntN(len(m.pinned))]
	dir, _ := cutPath(path)
	m.number++
	name := strings.ReplaceAll(pattern, "#", strconv.Itoa(m.number))
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

func (m *mutator) modify() bool {
	path, content := m.pick()
	m.want[path] = Modified
	switch m.random.IntN(3) {
	case 0:
		m.write(path, content+"// Ours.\n")
	case 1:
		at := m.random.IntN(len(content) + 1)
		m.write(path, content[:at]+"@"+content[at:])
	default:
		m.write(path, "x"+content)
	}
	return true
}

func (m *mutator) space() bool {
	path, content := m.pick()
	if isBinary([]byte(content)) || content == "" {
		return false
	}
	changed := content
	switch m.random.IntN(4) {
	case 0:
		if changed = strings.ReplaceAll(content, "\n", "\r\n"); strings.Contains(content, "\r\n") {
			changed = strings.ReplaceAll(content, "\r\n", "\n")
		}
	case 1:
		changed = "\xef\xbb\xbf" + content
		if cut, ok := strings.CutPrefix(content, "\xef\xbb\xbf"); ok {
			changed = cut
		}
	case 2:
		end := "\n"
		if strings.Contains(content, "\r\n") {
			end = "\r\n"
		}
		changed = strings.Replace(content, end, " \t"+end, 1+m.random.IntN(3))
	default:
		changed = content + "\n\n"
	}
	if changed == content {
		return false
	}
	m.write(path, changed)
	m.want[path] = Whitespace
	return true
}

func (m *mutator) mode() bool {
	path, _ := m.pick()
	info, err := os.Stat(m.path(path))
	m.site.check(err)
	m.chmod(path, info.Mode()^0o111)
	m.want[path] = Mode
	return true
}

func (m *mutator) remove() bool {
	path, _ := m.pick()
	m.site.remove(path)
	m.gone[path] = true
	return true
}

func (m *mutator) removeFolder() bool {
	for range 30 {
		dir, _ := cutPath(m.pinned[m.random.IntN(len(m.pinned))])
		files := m.w.below(dir)
		if dir == "" || len(files) > 60 || slices.ContainsFunc(files, func(f File) bool { return m.used[f.Path] }) {
			continue
		}
		for _, f := range files {
			m.used[f.Path], m.gone[f.Path] = true, true
			m.site.remove(f.Path)
		}
		return true
	}
	return false
}

func (w *world) below(dir string) []File {
	return below(w.pristine, dir, func(f File) string { return f.Path })
}

func (m *mutator) version(of map[string]string, class Class) bool {
	for _, path := range slices.Sorted(maps.Keys(of)) {
		if m.used[path] {
			continue
		}
		m.used[path] = true
		m.write(path, of[path])
		m.want[path] = class
		return true
	}
	return false
}

func (m *mutator) unknown() bool {
	path := m.place([]string{"ours#.php", "new#/deep/x.js", "x#.inc", "a#.php.old", "y#.mustache", "notes#.weird/x.php"}[m.random.IntN(6)])
	if m.random.IntN(10) == 0 {
		m.number++
		path = fmt.Sprintf("outside%d/x.php", m.number)
	}
	m.write(path, "<?php\n// Nobody's.\n")
	m.want[path] = Unknown
	return true
}

func (m *mutator) foreign() bool {
	path := m.place([]string{"save#.php.bak", "copy#.orig", "x#.rej", "y#.php~", "all#.tgz", "sheet#.xlsx", "debug#.log", "film#.mp4"}[m.random.IntN(8)])
	if m.random.IntN(4) == 0 {
		m.number++
		path = []string{fmt.Sprintf("list%d.txt", m.number), fmt.Sprintf("upload%d/picture", m.number)}[m.random.IntN(2)]
	}
	m.write(path, "x\n")
	m.want[path] = Foreign
	return true
}

func (m *mutator) replaceByLink() bool {
	path, _ := m.pick()
	m.site.remove(path)
	m.link(path, filepath.Base(path)+"-other")
	m.want[path] = Modified
	return true
}

func (m *mutator) replaceByFolder() bool {
	path, _ := m.pick()
	m.site.remove(path)
	m.write(path+"/x.php", "<?php\n")
	m.want[path], m.want[path+"/x.php"] = Modified, Unknown
	return true
}

func (m *mutator) plugin() bool {
	m.number++
	dir := fmt.Sprintf([]string{"local/ours%d", "blocks/ours%d", "mod/quiz/accessrule/ours%d"}[m.random.IntN(3)], m.number)
	m.write(dir+"/version.php", "<?php\n$plugin->version = 1;\n")
	m.write(dir+"/lib.php.bak", "x")
	m.write(dir+"/.DS_Store", "x")
	return true
}

// check compares what was found with what was done.
func (m *mutator) check(r *Result) {
	m.t.Helper()
	got := make(map[string]Class)
	missing := 0
	for _, f := range r.Findings {
		if f.Class == Missing {
			missing += f.Files
			m.checkMissing(f)
			continue
		}
		if f.Folder {
			m.t.Errorf("%+v", f)
		}
		got[f.Path] = f.Class
	}
	if missing != len(m.gone) {
		m.t.Errorf("%d files are missing, found %d", len(m.gone), missing)
	}
	for path, class := range m.want {
		if got[path] != class && !(class == Whitespace && m.upstreamHad(path)) {
			m.t.Errorf("%s is %s, found as %q", path, class, got[path])
		}
	}
	for path, class := range got {
		if m.want[path] == "" {
			m.t.Errorf("%s is found as %s", path, class)
		}
	}
}

// checkMissing checks that all files of a missing folder are gone, and that a
// larger folder would hold one that is not.
func (m *mutator) checkMissing(f Finding) {
	m.t.Helper()
	if !f.Folder {
		if !m.gone[f.Path] || f.Files != 1 {
			m.t.Errorf("%s is missing, found %+v", f.Path, f)
		}
	} else if files := m.w.below(f.Path); len(files) != f.Files || len(files) < 2 || !m.allGone(files) {
		m.t.Errorf("the folder %s has %d files, found %+v", f.Path, len(files), f)
	}
	dir, _ := cutPath(f.Path)
	if files := m.w.below(dir); dir != "" && len(files) > 1 && m.allGone(files) {
		m.t.Errorf("%s is missing, and so is all of %s", f.Path, dir)
	}
}

func (m *mutator) allGone(files []File) bool {
	return !slices.ContainsFunc(files, func(f File) bool { return !m.gone[f.Path] })
}

// upstreamHad reports whether a change that was made at random is one of upstream's.
func (m *mutator) upstreamHad(path string) bool {
	id := m.w.built.Git("hash-object", "--no-filters", m.path(path))
	return m.w.built.Git("log", "--all", "-1", "--format=%H", "--find-object="+id, "--", path) != ""
}
