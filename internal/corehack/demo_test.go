package corehack

import (
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/demo"
	"mgit/internal/git/gittest"
)

// The live tree of the demo shows every class, and each finding that the demo
// knows of is found in its class. What else differs is what its branches change.
func TestDemo(t *testing.T) {
	t.Parallel()
	built, err := demo.Build(t.Context(), filepath.Join(t.TempDir(), "demo"), demo.Params{MissingParts: []demo.Part{demo.PartInternal, demo.PartWorkTree}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, gittest.At(t, built.Upstream), "v4.1.3")
	s := &site{t, w, built.Live}
	r := s.compare()
	got := make(map[string]Finding)
	for _, f := range r.Findings {
		got[f.Path] = f
	}
	plugin := func(path string) bool {
		for _, p := range r.Plugins {
			if inDir(path, p.Path) {
				return true
			}
		}
		return false
	}
	classes := make(map[Class]bool)
	known, lacking := make(map[string]bool), make(map[string]bool)
	for _, f := range built.Findings {
		known[f.Path] = true
		switch found, ok := got[f.Path]; f.Class {
		case "plugin":
			if ok || !plugin(f.Path) {
				t.Errorf("%s is a plugin's, found %q", f.Path, found.Class)
			}
		case "expected":
			if ok || !isExpected(r, f.Path) {
				t.Errorf("%s is expected, found %q", f.Path, found.Class)
			}
		case "lacking": // upstream's file where a branch has another: no difference from the pin
			lacking[f.Path] = true
			if ok {
				t.Errorf("%s is upstream's, found %q", f.Path, found.Class)
			}
		default:
			classes[Class(f.Class)] = true
			if string(found.Class) != f.Class {
				t.Errorf("%s (%s) is %s, found %q", f.Path, f.Shows, f.Class, found.Class)
			}
		}
	}
	if len(classes) != 8 {
		t.Errorf("the demo shows %v", classes)
	}
	branches := gittest.At(t, built.Site)
	changed := make(map[string]bool)
	for line := range strings.Lines(branches.Git("diff-tree", "-r", "--name-only", "--no-renames", "v4.1.3", "LUVLE-4.1-deployment") + "\n") {
		changed[strings.TrimSpace(line)] = true
	}
	for path, f := range got {
		if !known[path] && !changed[path] {
			t.Errorf("%s: nobody made it %s", path, f.Class)
		}
	}
	for path := range changed {
		if _, ok := got[path]; !ok && !plugin(path) && !isExpected(r, path) && !lacking[path] {
			t.Errorf("a branch changes %s, and nothing is found", path)
		}
	}
}

func isExpected(r *Result, path string) bool {
	for _, e := range r.Expected {
		if inOrAt(path, e.Path) {
			return true
		}
	}
	return false
}
