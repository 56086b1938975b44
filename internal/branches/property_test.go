package branches_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"mgit/internal/branches"
	"mgit/internal/moodle"
)

// templates draws naming schemes, most of them usable.
func templates() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		separator := rapid.SampledFrom([]string{"-", "/", "+", "--", "/x-", "_", ".", "@", ""})
		fields := rapid.Permutation([]string{"{customer}", "{version}", "{type}", "{frankenstyle}", "{shortname}"}).Draw(t, "fields")
		text := rapid.SampledFrom([]string{"", "MDL-", "x/"}).Draw(t, "prefix")
		for i, field := range fields {
			between := ""
			if i > 0 {
				between = separator.Draw(t, "separator")
			}
			if field == "{shortname}" && rapid.Bool().Draw(t, "optional") {
				text += "[" + between + field + rapid.SampledFrom([]string{"", ")"}).Draw(t, "close") + "]"
				continue
			}
			text += between + field
		}
		return text
	})
}

func names() *rapid.Generator[branches.Name] {
	return rapid.Custom(func(t *rapid.T) branches.Name {
		version := moodle.Series{Major: 1}
		for range rapid.IntRange(0, 60).Draw(t, "version") {
			version = version.Next()
		}
		return branches.Name{
			Customer:  "LUVLE",
			Version:   version,
			Type:      rapid.SampledFrom(branches.DefaultTypes()).Draw(t, "type"),
			Component: rapid.StringMatching(`(set|mod|block|local)_[a-z][a-z0-9]{1,3}(_[a-z0-9]{1,3})?|core`).Draw(t, "component"),
			Short:     rapid.StringMatching(`|[A-Za-z0-9]([A-Za-z0-9._-]{0,4}[A-Za-z0-9])?`).Draw(t, "short"),
		}
	})
}

// What Format writes, Parse reads back, in every scheme that is accepted; what Parse reads, Format writes.
func TestParseAndFormatAreInverse(t *testing.T) {
	t.Parallel()
	used := 0
	rapid.Check(t, func(t *rapid.T) {
		s, err := branches.ParseScheme(templates().Draw(t, "template"), branches.DefaultTypes(), "LUVLE")
		if err != nil {
			return
		}
		want := names().Draw(t, "name")
		text, err := s.Format(want)
		if err != nil {
			return
		}
		used++
		got, err := s.Parse(text)
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		if want.Raw = text; got != want {
			t.Fatalf("Parse(%q) = %+v, want %+v", text, got, want)
		}
	})
	if used == 0 {
		t.Error("no case came as far as parsing")
	}
	t.Logf("%d names written and read", used)
}

// No two different names are written alike, and no scheme is needed to tell them apart.
func TestDefaultSchemeWritesEveryGoodName(t *testing.T) {
	t.Parallel()
	s, err := branches.ParseScheme(branches.DefaultTemplate, branches.DefaultTypes(), "LUVLE")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := names().Draw(t, "name")
		text, err := s.Format(n)
		wrong := (*branches.NameError)(nil)
		if errors.As(err, &wrong) {
			if _, _, keyErr := branches.ParseKey(n.Key()); keyErr == nil {
				t.Fatalf("%+v has a good key and is refused: %v", n, err)
			}
			return
		}
		if back, err := s.Parse(text); err != nil || back.Key() != n.Key() {
			t.Fatalf("%q: %+v, %v", text, back, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(branches.DefaultTemplate, "LUVLE-2.5-hack-mod_resource-singlefiles")
	f.Add("{type}/{customer}/{version}/{frankenstyle}[+{shortname}]", "hack/LUVLE/4.5/mod_forum+subject")
	f.Add("[x{shortname}/]{customer}/{version}/{type}/{frankenstyle}", "LUVLE/4.5/hack/mod_forum")
	f.Add("[", "]")
	f.Fuzz(func(t *testing.T, template, name string) {
		s, err := branches.ParseScheme(template, branches.DefaultTypes(), "LUVLE")
		if err != nil {
			return
		}
		n, err := s.Parse(name)
		if err != nil {
			return
		}
		if text, err := s.Format(n); err != nil || text != name {
			t.Fatalf("%s: Parse(%q) = %+v, and Format gives %q, %v", template, name, n, text, err)
		}
	})
}
