package layout_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mgit/internal/git"
	"mgit/internal/layout"
	"mgit/internal/moodle"
)

// pathCase is a path with its place in the other layout; proposals are of an uncertain one.
type pathCase struct {
	path, to  string
	proposals string
}

func check(t *testing.T, m *layout.Move, cases []pathCase) {
	t.Helper()
	for _, c := range cases {
		to, certain, proposals := m.Path(c.path)
		if to != c.to || certain != (c.proposals == "") || strings.Join(proposals, " ") != c.proposals {
			t.Errorf("%s: %s, certain %t, %q; want %s, %q", c.path, to, certain, proposals, c.to, c.proposals)
		}
	}
}

// Every name of the releases goes to its place, and back.
func TestPathsOfTheReleases(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	there, back := between(t, s, classic, public, layout.Places{}), between(t, s, public, classic, layout.Places{})
	for path := range classic {
		if strings.Contains(path, "gone") {
			continue
		}
		want := path
		if _, ok := public["public/"+path]; ok {
			want = "public/" + path
		}
		check(t, there, []pathCase{{path, want, ""}})
		check(t, back, []pathCase{{want, path, ""}})
	}
}

func TestPathsThere(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	m := between(t, newStore(), classic, public, layout.Places{})
	check(t, m, []pathCase{
		{"mod/ouwiki/lib.php", "public/mod/ouwiki/lib.php", ""},
		{"mod/quiz/accessrule/foo/rule.php", "public/mod/quiz/accessrule/foo/rule.php", ""},
		{"lib/editor/atto/plugins/foo/lib.php", "public/lib/editor/atto/plugins/foo/lib.php", ""},
		{"ai/provider/x/lib.php", "public/ai/provider/x/lib.php", ""},
		{"course/new.php", "public/course/new.php", ""},
		{"lib/new.php", "public/lib/new.php", ""},
		{"lib/new/deep.php", "public/lib/new/deep.php", ""},
		{"lib/behat/new.php", "public/lib/behat/new.php", ""},
		{"lib/behat/extension/new.php", "lib/behat/extension/new.php", ""},
		{"admin/new.php", "public/admin/new.php", ""},
		{"admin/cli/new.php", "admin/cli/new.php", ""},
		{"admin/clinic.php", "public/admin/clinic.php", ""},
		{"lib", "public/lib", ""},

		// What upstream has removed.
		{"admin/gone.php", "public/admin/gone.php", ""},
		{"lib/gone/x.php", "public/lib/gone/x.php", ""},
		{"blog2/gone.php", "public/blog2/gone.php", ""},
		{"gone.php", "public/gone.php", ""},
		{"gone.txt", "gone.txt", ""},
		{".gone", ".gone", ""},

		// What upstream has brought.
		{"brand/mine.php", "public/brand/mine.php", ""},
		{"new.config.js", "new.config.js", ""},

		// What belongs to the top without being in a release.
		{"config.php", "config.php", ""},
		{"vendor/autoload.php", "vendor/autoload.php", ""},
		{".gitmodules", ".gitmodules", ""},
		{"githash.php", "githash.php", ""},

		// What nobody knows.
		{"custom.php", "custom.php", "custom.php public/custom.php"},
		{"deploy/run.sh", "deploy/run.sh", "deploy/run.sh public/deploy/run.sh"},
		{".htaccess", ".htaccess", ".htaccess public/.htaccess"},
		{"robots.txt", "robots.txt", "robots.txt public/robots.txt"},
		{"mo\xffd/\n", "mo\xffd/\n", "mo\xffd/\n public/mo\xffd/\n"},
		{"public/mod/early/lib.php", "mod/early/lib.php", "public/mod/early/lib.php"},
		{"public/robots.txt", "public/robots.txt", "public/robots.txt"},
	})
}

func TestPathsBack(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	m := between(t, newStore(), public, classic, layout.Places{})
	check(t, m, []pathCase{
		{"public/mod/ouwiki/lib.php", "mod/ouwiki/lib.php", ""},
		{"public/lib/new.php", "lib/new.php", ""},
		{"public/custom.php", "custom.php", ""},
		{"public/deploy/x", "deploy/x", ""},
		{"public/brand/new.php", "brand/new.php", ""},
		{"deploy/x", "deploy/x", ""},
		{"admin/cli/new.php", "admin/cli/new.php", ""},
		{"config.php", "config.php", ""},
		{"public/admin/cli/x.php", "public/admin/cli/x.php", "admin/cli/x.php"},

		// Stubs and loaders stand for nothing in the older layout.
		{"index.php", "public/index.php", "index.php"},
		{"lib/setup.php", "public/lib/setup.php", "lib/setup.php"},
		{"public/config.php", "public/config.php", "config.php"},
		// A plugin that git rebase left outside.
		{"mod/stray/lib.php", "public/mod/stray/lib.php", "mod/stray/lib.php"},
	})
}

// What a team has settled is certain, and the longest path wins.
func TestSettledPaths(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, classic, public, layout.Places{
		Root: []string{"deploy/", "admin/mine", "lib/x/y"}, Public: []string{"public/robots.txt", "deploy/web"},
	})
	check(t, m, []pathCase{
		{"deploy/run.sh", "deploy/run.sh", ""},
		{"deploy/web/a.css", "public/deploy/web/a.css", ""},
		{"robots.txt", "public/robots.txt", ""},
		{"admin/mine/x.php", "admin/mine/x.php", ""},
		{"admin/other.php", "public/admin/other.php", ""},
		{"lib/x/z.php", "public/lib/x/z.php", ""},
		{"lib/x/y/z.php", "lib/x/y/z.php", ""},
		{"custom.php", "custom.php", "custom.php public/custom.php"},
	})
	more := m.With(layout.Places{Public: []string{"custom.php"}})
	check(t, more, []pathCase{{"custom.php", "public/custom.php", ""}, {"deploy/web/a.css", "public/deploy/web/a.css", ""}})
	check(t, m, []pathCase{{"custom.php", "custom.php", "custom.php public/custom.php"}})
	id := s.put(t, files{"deploy/run.sh": "x", "deploy/web/a.css": "x", "custom.php": "x"})
	moved, err := more.Tree(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := files{"deploy/run.sh": "x", "public/deploy/web/a.css": "x", "public/custom.php": "x"}
	if diff := cmp.Diff(want, s.list(t, moved)); diff != "" {
		t.Error(diff)
	}
}

// Between the same layouts there is no move, and a nil move leaves everything alone.
func TestNoMove(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	for _, release := range []files{classic, public} {
		m := between(t, s, release, release.with(files{"mod/x.php": "new"}), layout.Places{Public: []string{"x"}})
		if m != nil || m.With(layout.Places{Root: []string{"x"}}) != nil || m.Misplaced("mod/x") {
			t.Error("there is a move")
		}
		check(t, m, []pathCase{{"any/path", "any/path", ""}})
		id := s.put(t, release)
		if got, err := m.Tree(t.Context(), id); got != id || err != nil {
			t.Error(got, err)
		}
		if c, err := m.Change(t.Context(), id, git.EmptyTree); err != nil || c.Base != id || c.Theirs != git.EmptyTree {
			t.Error(c, err)
		}
	}
}

// A tree without a layout is said, and no place is guessed.
func TestNoLayout(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	if _, err := layout.Between(t.Context(), s, s.put(t, files{"README": "x"}), s.put(t, public), layout.Places{}); !errors.Is(err, moodle.ErrNotMoodle) {
		t.Error(err)
	}
	broken := public.with(files{"lib/components.json": "{"})
	var format *moodle.FormatError
	if _, err := layout.Between(t.Context(), s, s.put(t, classic), s.put(t, broken), layout.Places{}); !errors.As(err, &format) {
		t.Error(err)
	}
	m := between(t, s, classic, public, layout.Places{})
	if _, err := m.Tree(t.Context(), s.put(t, files{"public": "a file", "mod/x.php": "x"})); !errors.Is(err, layout.ErrOccupied) {
		t.Error(err)
	}
}

// Whole trees: every file is where Path says, no blob is read for it, and a second time
// costs nothing.
func TestTreeIsPath(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	for _, way := range [][2]files{{classic, public}, {public, classic}} {
		s := newStore()
		m := between(t, s, way[0], way[1], layout.Places{})
		before := s.reads
		all := way[0].with(files{"deploy/x": "mine", "local/sub": "@", "a-b/c": "d"})
		moved, err := m.Tree(t.Context(), s.put(t, all))
		if err != nil {
			t.Fatal(err)
		}
		want := make(files)
		for path, text := range all {
			to, _, _ := m.Path(path)
			want[to] = text
		}
		if len(want) != len(all) {
			t.Errorf("%d paths of %d are left", len(want), len(all))
		}
		if diff := cmp.Diff(want, s.list(t, moved)); diff != "" {
			t.Error(diff)
		}
		if s.reads != before {
			t.Errorf("%d blobs were read", s.reads-before)
		}
		trees := len(s.trees)
		if again, err := m.Tree(t.Context(), s.put(t, all)); again != moved || err != nil || len(s.trees) != trees {
			t.Error("a second time differs")
		}
	}
}

func changeOf(t *testing.T, s *store, m *layout.Move, base, theirs files) layout.Change {
	t.Helper()
	c, err := m.Change(t.Context(), s.put(t, base), s.put(t, theirs))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(c.Moved, func(a, b layout.Moved) int { return strings.Compare(a.From, b.From) })
	return c
}

// What a commit does: a new plugin is its folder, all else is files.
func TestChange(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, classic, public, layout.Places{})
	c := changeOf(t, s, m, classic, classic.with(files{
		"mod/ouwiki/lib.php": "x", "mod/ouwiki/db/access.php": "x", "mod/ouwiki/x/y/version.php": "x",
		"mod/quiz/lib.php": "hack", "mod/quiz/accessrule/foo/rule.php": "x", "mod/quiz/accessrule/foo/version.php": "x",
		"local/sub": "@", "mod/ouwiki/vendor": "@", "admin/cli/mine.php": "x", "composer.json": "hack", "lib/new.php": "x",
		"deploy/a": "x", "deploy/b": "x", "robots.txt": "x",
	}))
	want := []layout.Moved{
		{From: "lib/new.php", To: "public/lib/new.php"},
		{From: "local/sub", To: "public/local/sub", Link: true},
		{From: "mod/ouwiki", To: "public/mod/ouwiki"},
		{From: "mod/ouwiki/vendor", To: "public/mod/ouwiki/vendor", Link: true},
		{From: "mod/quiz/accessrule/foo", To: "public/mod/quiz/accessrule/foo"},
		{From: "mod/quiz/lib.php", To: "public/mod/quiz/lib.php"},
	}
	if diff := cmp.Diff(want, c.Moved); diff != "" {
		t.Error(diff)
	}
	unplaced := []layout.Unplaced{
		{Path: "deploy", Proposals: []string{"deploy", "public/deploy"}},
		{Path: "robots.txt", Proposals: []string{"robots.txt", "public/robots.txt"}},
	}
	if diff := cmp.Diff(unplaced, c.Unplaced); diff != "" {
		t.Error(diff)
	}
	placed, err := m.PlacedBy(t.Context(), s.put(t, files{"public/deploy/a": "x", "robots.txt": "x", "public/robots.txt": "x"}), c.Unplaced)
	if diff := cmp.Diff(layout.Places{Public: []string{"deploy"}}, placed); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// What nobody has touched is not asked about.
func TestChangeLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, classic, public, layout.Places{})
	base := classic.with(files{"deploy/a": "x"})
	c := changeOf(t, s, m, base, base.with(files{"admin/cli/mine.php": "x"}))
	if len(c.Unplaced)+len(c.Moved) > 0 || c.Base == c.Theirs {
		t.Error(c)
	}
}

// A plugin of the branch may keep sub-plugins in a folder of their own.
func TestSubpluginsOfTheBranch(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, classic, public, layout.Places{})
	base := classic.with(files{
		"local/hub/version.php":        "x",
		"local/hub/db/subplugins.json": `{"plugintypes": {"hubpart": "hubparts/plugins"}}`,
	})
	c := changeOf(t, s, m, base, base.with(files{"hubparts/plugins/one/version.php": "x"}))
	if len(c.Unplaced) > 0 {
		t.Error(c.Unplaced)
	}
	if _, ok := s.list(t, c.Theirs)["public/hubparts/plugins/one/version.php"]; !ok {
		t.Error("it is not below public/")
	}
	c = changeOf(t, s, m, base, base.with(files{"hubparts/other": "x"}))
	if len(c.Unplaced) != 1 {
		t.Error(c.Unplaced)
	}
}

// The releases want plugins of a type at different places.
func TestTypeThatMoved(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	public["lib/components.json"] = strings.Replace(public["lib/components.json"], `"public/blocks"`, `"public/blocks2"`, 1)
	s := newStore()
	m := between(t, s, classic, public, layout.Places{})
	c := changeOf(t, s, m, classic, classic.with(files{"blocks/mine/version.php": "x", "blocks/lib.php": "hack"}))
	want := []layout.Unplaced{{Path: "blocks/mine", Proposals: []string{"public/blocks2/mine"}}}
	if diff := cmp.Diff(want, c.Unplaced); diff != "" {
		t.Error(diff)
	}
	if len(c.Moved) != 1 || c.Moved[0].From != "blocks/lib.php" {
		t.Error(c.Moved)
	}
}

// A person has moved everything by hand: those trees stay as they are.
func TestMovedByHand(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, classic, public, layout.Places{})
	base, theirs := s.put(t, classic), s.put(t, public.with(files{"public/mod/mine/lib.php": "x"}))
	c, err := m.Change(t.Context(), base, theirs)
	if err != nil {
		t.Fatal(err)
	}
	moved, err := m.Tree(t.Context(), base)
	if err != nil || c.Theirs != theirs || c.Base != moved {
		t.Error(c, err)
	}
}

// Both places become one on the way back: nobody's file is overwritten.
func TestBothPlacesBack(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	m := between(t, s, public, classic, layout.Places{})
	c := changeOf(t, s, m, public, public.with(files{"deploy/a": "root", "public/deploy/a": "served"}))
	if len(c.Unplaced) != 2 {
		t.Error(c.Unplaced)
	}
	got := s.list(t, c.Theirs)
	if got["deploy/a"] != "root" || got["public/deploy/a"] != "served" {
		t.Error(got["deploy/a"], got["public/deploy/a"])
	}
}

func TestMisplaced(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	there, back := between(t, s, classic, public, layout.Places{}), between(t, s, public, classic, layout.Places{})
	for path, want := range map[string]bool{
		"public/mod/x/lib.php": false, "mod/x/lib.php": true, "local/x/y": true, "lib/new.php": true, "lib/plugins.json": false,
		"public/admin/cli/x.php": true, "admin/cli/x.php": false, "deploy/x": false, "public/deploy/x": false, "blog/x.php": true,
	} {
		if there.Misplaced(path) != want {
			t.Errorf("%s: %t", path, !want)
		}
	}
	for path, want := range map[string]bool{"public/mod/x/lib.php": true, "mod/x/lib.php": false, "deploy": false} {
		if back.Misplaced(path) != want {
			t.Errorf("back: %s: %t", path, !want)
		}
	}
}

// A store that fails is an error, not another place.
func TestMissingObjects(t *testing.T) {
	t.Parallel()
	classic, public := releases()
	s := newStore()
	from, to := s.put(t, classic), s.put(t, public)
	for id := range maps.Clone(s.trees) {
		kept := s.trees[id]
		delete(s.trees, id)
		m, err := layout.Between(t.Context(), s, from, to, layout.Places{})
		if err == nil {
			if _, err = m.Tree(t.Context(), from); err == nil && (id == from || id == to) {
				t.Errorf("nobody missed tree %s", id)
			}
		}
		s.trees[id] = kept
	}
}
