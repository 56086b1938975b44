package moodle_test

import (
	"errors"
	"testing"

	"mgit/internal/moodle"
)

func TestParseTag(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		want  moodle.Tag
		first bool
	}{
		{"v4.5.0", moodle.Tag{Series: moodle.Series{Major: 4, Minor: 5}}, true},
		{"v3.11.18", moodle.Tag{Series: moodle.Series{Major: 3, Minor: 11}, Patch: 18}, false},
		{"v2.5.0-beta", moodle.Tag{Series: moodle.Series{Major: 2, Minor: 5}, Pre: "beta"}, false},
		{"v5.1.0-rc2", moodle.Tag{Series: moodle.Series{Major: 5, Minor: 1}, Pre: "rc2"}, false},
	}
	for _, tt := range tests {
		got, err := moodle.ParseTag(tt.name)
		if err != nil || got != tt.want {
			t.Errorf("ParseTag(%q) = %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
		if got.String() != tt.name || got.IsFirst() != tt.first {
			t.Errorf("ParseTag(%q): String %s, IsFirst %v; want first %v", tt.name, got, got.IsFirst(), tt.first)
		}
	}
	for _, name := range []string{
		"", "4.5.0", "v4.5", "V4.5.0", "v4.5.0.1", "v04.5.0", "v4.05.0", "v4.5.00", "v4.5.0-", "v4.5.0-rc", "v4.5.0-rc0",
		"v4.5.0-beta2", "v4.5.0-alpha", "v4.5.0rc1", "v4.5.1-rc1", "v4.5.0 ", "refs/tags/v4.5.0", "v0.1.0", "v1.10.0",
	} {
		tag, err := moodle.ParseTag(name)
		var format *moodle.FormatError
		if !errors.As(err, &format) || format.Text != name {
			t.Errorf("ParseTag(%q) = %v, %v; want a *FormatError", name, tag, err)
		}
	}
}

func TestTagOrder(t *testing.T) {
	t.Parallel()
	want := []string{"v3.9.0", "v3.9.2", "v3.9.10", "v3.10.0-beta", "v3.10.0-rc1", "v3.10.0-rc2", "v3.10.0-rc10", "v3.10.0", "v3.10.1", "v4.0.0-beta"}
	var tags []moodle.Tag
	for _, name := range want {
		tags = append(tags, mustTag(t, name))
	}
	for i, a := range tags {
		for j, b := range tags {
			if got := a.Compare(b); got != sign(i-j) {
				t.Errorf("%s compared to %s gives %d, want %d", a, b, got, sign(i-j))
			}
		}
	}
}

// Every tag of the history agrees with version.php at that tag, but for the four
// of 1.0 whose version.php has no $release.
func TestTagsAgreeWithReleases(t *testing.T) {
	t.Parallel()
	agree := 0
	for _, row := range readFacts(t, "tags.tsv") {
		tag := mustTag(t, row["tag"])
		if tag.String() != row["tag"] {
			t.Errorf("tag %s is written as %s", row["tag"], tag)
		}
		if row["release"] == "" {
			continue
		}
		r, err := moodle.ParseRelease(row["release"])
		if err != nil {
			t.Errorf("%s: %v", row["tag"], err)
			continue
		}
		if got, ok := r.Tag(); !ok || got != tag {
			t.Errorf("release %q has tag %s, %v; want %s", row["release"], got, ok, tag)
			continue
		}
		if code := row["branchcode"]; code != "" && mustSeries(t, code) != tag.Series {
			t.Errorf("%s: $branch %s is not its series", tag, code)
		}
		without := r
		without.Build, without.Spelling = "", ""
		if tag.Release() != without {
			t.Errorf("%s.Release() = %+v, want %+v", tag, tag.Release(), without)
		}
		agree++
	}
	if agree != 191 {
		t.Errorf("%d tags agree with their release, want 191 of 195", agree)
	}
}

func mustTag(t testing.TB, name string) moodle.Tag {
	t.Helper()
	tag, err := moodle.ParseTag(name)
	if err != nil {
		t.Fatal(err)
	}
	return tag
}
