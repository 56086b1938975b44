package moodle_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/moodle"
)

// The tests of this file run on Moodle's real history, when MGIT_MOODLE names a
// clone that has it.

type history struct {
	t   testing.TB
	dir string
}

func openHistory(t testing.TB) history {
	t.Helper()
	dir := os.Getenv("MGIT_MOODLE")
	if dir == "" {
		t.Skip("MGIT_MOODLE names no clone of Moodle")
	}
	return history{t, dir}
}

func (h history) git(stdin string, args ...string) []byte {
	h.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", h.dir}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// blobs calls f once for each object that exists, with all its names.
func (h history) blobs(names []string, f func(names []string, content []byte)) {
	h.t.Helper()
	namesOf := make(map[string][]string)
	var ids []string
	check := h.git(strings.Join(names, "\n")+"\n", "cat-file", "--batch-check=%(objectname)")
	for i, line := range strings.Split(strings.TrimSuffix(string(check), "\n"), "\n") {
		if strings.HasSuffix(line, " missing") {
			continue
		}
		if namesOf[line] == nil {
			ids = append(ids, line)
		}
		namesOf[line] = append(namesOf[line], names[i])
	}
	out := bufio.NewReader(bytes.NewReader(h.git(strings.Join(ids, "\n")+"\n", "cat-file", "--batch")))
	for _, id := range ids {
		var header, kind string
		var size int
		if _, err := fmt.Fscanf(out, "%s %s %d\n", &header, &kind, &size); err != nil || header != id {
			h.t.Fatalf("read header of %s: %q, %v", id, header, err)
		}
		content := make([]byte, size+1) // with the line end after it
		if _, err := io.ReadFull(out, content); err != nil {
			h.t.Fatalf("read %s: %v", id, err)
		}
		f(namesOf[id], content[:size])
	}
}

// Every version.php that core ever had is read; its release keeps its text.
func TestHistoryOfVersionFiles(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	var names []string
	for _, commit := range strings.Fields(string(h.git("", "rev-list", "--all"))) {
		names = append(names, commit+":version.php", commit+":public/version.php")
	}
	blobs, read, notCore, withoutRelease, slips := 0, 0, 0, 0, 0
	h.blobs(names, func(names []string, content []byte) {
		name := names[0]
		blobs++
		v, err := moodle.ParseVersion(content)
		switch {
		case errors.Is(err, moodle.ErrNotCore):
			notCore++
			return
		case err != nil:
			t.Errorf("%s: %v", name, err)
			return
		case v.Release == "":
			withoutRelease++
			return
		}
		r, err := moodle.ParseRelease(v.Release)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if r.String() != v.Release {
			t.Errorf("%s: %q is written as %q", name, v.Release, r)
		}
		series, err := v.Series()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if series != r.Series { // a fork's builds that a clone may hold: release 1.0 on branch 29
			slips++
		}
		read++
	})
	t.Logf("%d blobs of version.php: %d of core read with their release (%d name two series), %d of core without release, %d of a plugin",
		blobs, read, slips, withoutRelease, notCore)
	if read == 0 || slips*1000 > read {
		t.Error("no version.php in this history, or series that do not agree")
	}
}

// tagTree returns the tree of a tag with the content of the files that tell about
// components.
func (h history) tagTree(tag string) fstest.MapFS {
	h.t.Helper()
	tree := make(fstest.MapFS)
	var names []string
	for _, name := range strings.Split(string(h.git("", "ls-tree", "-r", "-z", "--name-only", tag)), "\x00") {
		if name == "" {
			continue
		}
		tree[name] = &fstest.MapFile{}
		switch path.Base(name) {
		case "version.php", "subplugins.php", "component.php", "moodlelib.php", "pluginlib.php", "plugin_manager.php":
			names = append(names, tag+":"+name)
		}
	}
	h.blobs(names, func(names []string, content []byte) {
		for _, name := range names {
			tree[strings.TrimPrefix(name, tag+":")].Data = content
		}
	})
	return tree
}

var (
	typesFunction    = regexp.MustCompile(`(?s)function get_plugin_types\(.*?\n\}\n|function fetch_plugintypes\(.*?\n    \}\n`)
	typesEntry       = regexp.MustCompile(`(?:'([a-z]+)' *=>|\['([a-z]+)'\] *=) *(?:\$CFG->dirroot *\.)? *(?:'/?'?\.?)?(?:\$CFG->(admin)\.)?'/?([a-z/]+)'`)
	pluginsComponent = regexp.MustCompile(`(?m)^\s*\$(?:plugin|module)->component\s*=\s*['"]([a-z0-9_]+)['"]`)
)

// At every release from 2.0 on the layout has the types that core's own list has,
// and every plugin that names its component is where the layout says.
func TestHistoryOfLayouts(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	for _, tag := range []string{"v2.0.0", "v2.1.0", "v2.2.0", "v2.3.0", "v2.4.0", "v2.5.0", "v2.6.0", "v2.7.0", "v2.8.5"} {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			h := history{t, h.dir}
			tree := h.tagTree(tag)
			l := mustLayout(t, tree)
			if want := mustTag(t, tag).Series; l.Series() != want {
				t.Errorf("series %s, want %s", l.Series(), want)
			}
			compareTypes(t, l, tree)
			standard, err := l.StandardPlugins()
			if tag == "v2.0.0" && !errors.Is(err, moodle.ErrNoStandardList) || tag != "v2.0.0" && err != nil {
				t.Fatalf("standard plugins: %v", err)
			}
			named := 0
			for name, file := range tree {
				m := pluginsComponent.FindSubmatch(file.Data)
				if path.Base(name) != "version.php" || m == nil || strings.Contains(name, "/fixtures/") {
					continue
				}
				named++
				want := component(t, string(m[1]))
				if c, rest, ok := l.ComponentOf(name); c != want || rest != "version.php" || !ok {
					t.Errorf("%s belongs to %s, rest %q; it says %s", name, c, rest, want)
				}
				if dir, ok := l.PathOf(want); dir != path.Dir(name) || !ok {
					t.Errorf("%s is in %q, %v; want %s", want, dir, ok, path.Dir(name))
				}
				if p, err := moodle.ParsePlugin(file.Data); err != nil || p.Component != want || len(p.Unread) > 0 || p.Version == "" {
					t.Errorf("%s reads as %+v, %v", name, p, err)
				}
				if !standard.Ships(want) {
					t.Errorf("%s is not on core's own list", want)
				}
			}
			if err := l.Err(); err != nil {
				t.Error(err)
			}
			t.Logf("%d types, %d plugins that name their component", len(l.Types()), named)
		})
	}
}

func compareTypes(t *testing.T, l *moodle.Layout, tree fstest.MapFS) {
	t.Helper()
	source := tree["lib/moodlelib.php"].Data
	if file, ok := tree["lib/classes/component.php"]; ok {
		source = file.Data
	}
	want := make(map[string]string)
	for _, m := range typesEntry.FindAllSubmatch(typesFunction.Find(source), -1) {
		dir := strings.TrimPrefix(string(m[3])+"/"+string(m[4]), "/")
		want[string(m[1])+string(m[2])] = dir
	}
	if len(want) < 22 {
		t.Fatalf("core's own list has %d types: %v", len(want), want)
	}
	have := 0
	for _, typ := range l.Types() {
		if typ.Owner != (moodle.Component{}) {
			continue
		}
		have++
		if want[typ.Name] != typ.Dir {
			t.Errorf("type %s is in %s, core has %q", typ.Name, typ.Dir, want[typ.Name])
		}
	}
	if have != len(want) {
		t.Errorf("%d types, core has %d: %v", have, len(want), want)
	}
}
