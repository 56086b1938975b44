package pin_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mgit/internal/git"
	"mgit/internal/pin"
)

// copyFrom puts files of another commit into a tree, by their numbers.
func (h *history) copyFrom(name string, from, to int) func(files) {
	return func(tree files) {
		for i := from; i < to; i++ {
			path := fmt.Sprintf("lib/f%02d.php", i)
			tree[path] = h.trees[name][path]
		}
	}
}

// A tree that was mixed from several builds is pinned to one of them, and not to
// a commit between them that has more in common with it by chance.
func TestMixed(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	all := func(changes ...func(files)) func(files) {
		return func(tree files) {
			for _, change := range changes {
				change(tree)
			}
		}
	}
	for _, test := range []struct {
		name, from string
		change     func(files)
		tags       map[string]string
		pin, mixed string
		says       []string // of the doubts
	}{
		{
			name: "copied half over", from: "2.5.4", change: all(h.copyFrom("2.6", 0, 22), h.copyFrom("2.6", 40, 50)),
			pin: "2.5.4", mixed: "2.6",
			says: []string{
				"32 files are not of this build but of " + short(h, "2.6") + " (2.6 (Build: 20131118)), as if they had been copied over",
				"version.php says this build; of that build, 31 files differ here, of " + short(h, "2.6") + " (2.6 (Build: 20131118)) 19",
			},
		},
		{
			name: "copied over nearly all", from: "2.5.4", change: h.copyFrom("2.6", 0, 40),
			pin: "2.6", mixed: "2.5.4",
			says: []string{
				"branch \"25\"; of that build, 39 files differ here, of " + short(h, "2.6") + " (2.6 (Build: 20131118)) 11",
				"11 files are not of this build but left over from " + short(h, "2.5.4") + " (2.5.4 (Build: 20140113))",
			},
		},
		{
			name: "a commit between builds, with a few files of another", from: "half26", change: h.copyFrom("4.5", 51, 60),
			pin: "half26",
		},
		{
			name: "a commit far from all builds, with more of them", from: "half26", change: h.copyFrom("4.5", 50, 60),
			pin: "half26", mixed: "4.5",
		},
		{
			name: "left over", from: "2.6", change: h.copyFrom("2.2", 0, 12),
			pin: "2.6", mixed: "2.2", says: []string{"12 files are not of this build but left over from " + short(h, "2.2")},
		},
		{
			name: "a tag goes before a build", from: "2.6", change: h.copyFrom("2.2", 0, 12), tags: map[string]string{"dev22": "v2.2.0"},
			pin: "2.6", mixed: "dev22",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tree := maps.Clone(h.trees[test.from])
			test.change(tree)
			request := h.request(tree)
			request.Tags = make(map[git.ID]string)
			for name, tag := range test.tags {
				request.Tags[mustID(t, h.commit[name])] = tag
			}
			p, err := pin.Find(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			mixed := strings.Join(h.namesOf(p.Mixed), " ")
			if got := h.nameOf(p.Commit); got != test.pin || mixed != test.mixed {
				t.Errorf("pinned to %s, mixed with %q, want %s and %q; %v", got, mixed, test.pin, test.mixed, p.Disagrees)
			}
			for _, text := range test.says {
				if !slices.ContainsFunc(p.Disagrees, func(d pin.Doubt) bool { return strings.Contains(d.Text, text) }) {
					t.Errorf("no doubt says %q: %v", text, p.Disagrees)
				}
			}
			if !slices.IsSortedFunc(p.Candidates[1:], func(a, b pin.Candidate) int { return cmp.Compare(a.Differing, b.Differing) }) {
				t.Errorf("the candidates are in another order: %+v", p.Candidates)
			}
		})
	}
}

func short(h *history, name string) string { return h.commit[name][:10] }

// A build that upstream has and this clone does not is no build that was changed
// by hand, and what is like it is no likely pin.
func TestUnknownBuild(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	for _, test := range []struct {
		name, from, number, release string
		cutOff                      bool
		id, says                    string
		confidence                  pin.Confidence
	}{
		{"older than all that is known", "2.5.3", "2013051300.00", "2.5.0+ (Build: 20130520)", false, pin.VersionUnknown, "this clone does not know that build, and may lack part of upstream's history", pin.Likely},
		{"older, in a clone without the older history", "2.5.3", "2013051300.00", "2.5.0+ (Build: 20130520)", true, pin.VersionUnknown, "this clone does not know that build", pin.Guess},
		{"between, in such a clone", "2.5.3", "2013051403.40", "2.5.3+ (Build: 20131201)", true, pin.VersionUnknown, "this clone does not know that build", pin.Guess},
		{"newer than all that is known", "2.5.4", "2013051409.00", "2.5.9 (Build: 20141110)", false, pin.VersionBumped, "or is newer than what was fetched", pin.Likely},
		{"between", "2.5.3", "2013051403.40", "2.5.3+ (Build: 20131201)", false, pin.VersionBumped, "it was changed by hand", pin.Likely},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tree := maps.Clone(h.trees[test.from])
			tree["version.php"] = version(test.number, test.release, "25")
			request := h.request(tree)
			request.CutOff = test.cutOff
			p, err := pin.Find(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			d := p.Disagrees[0]
			if p.Confidence != test.confidence || d.ID != test.id || !strings.Contains(d.Text, test.says) {
				t.Errorf("%s: %v", p.Confidence, p.Disagrees)
			}
		})
	}
}

// Of a build that version.php does not name, more must be there than of one of
// another series, to be likely.
func TestUnlikeBuild(t *testing.T) {
	t.Parallel()
	h := newHistory(t)
	for changed, want := range map[int]pin.Confidence{2: pin.Likely, 8: pin.Guess} {
		tree := maps.Clone(h.trees["2.5.4"])
		tree["version.php"] = version("2013051409.00", "2.5.9 (Build: 20141110)", "25")
		for i := range changed {
			edit(tree, fmt.Sprintf("lib/f%02d.php", 20+i))
		}
		p, err := pin.Find(t.Context(), h.request(tree))
		if err != nil || p.Confidence != want || h.nameOf(p.Commit) != "2.5.4" {
			t.Errorf("with %d changes: %+v, %v", changed, p, err)
		}
	}
}
