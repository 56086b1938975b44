package moodle_test

import (
	"errors"
	"testing"

	"mgit/internal/moodle"
)

func TestParseRelease(t *testing.T) {
	t.Parallel()
	type release = moodle.Release
	series := func(major, minor int) moodle.Series { return moodle.Series{Major: major, Minor: minor} }
	tests := []struct {
		text     string
		want     release
		official string
		tag      string // "" for none
	}{
		{"1.2", release{Series: series(1, 2)}, "1.2", "v1.2.0"},
		{"1.5.2 + (Build: 20050701)", release{Series: series(1, 5), Patch: 2, Plus: true, Build: "20050701"}, "1.5.2+ (Build: 20050701)", ""},
		{"1.9 + (Build: 2008-03-04)", release{Series: series(1, 9), Plus: true, Build: "20080304"}, "1.9+ (Build: 20080304)", ""},
		{"1.9.19 (Build: 20120706)", release{Series: series(1, 9), Patch: 19, Build: "20120706"}, "1.9.19 (Build: 20120706)", "v1.9.19"},
		{"1.9 Beta 4 +", release{Series: series(1, 9), Pre: "beta4", Plus: true}, "1.9beta4+", ""},
		{"1.5 UNSTABLE DEVELOPMENT", release{Series: series(1, 5), Pre: "dev"}, "1.5dev", ""},
		{"1.6 development", release{Series: series(1, 6), Pre: "dev"}, "1.6dev", ""},
		{"1.0.6 dev 3", release{Series: series(1, 0), Patch: 6, Pre: "dev3"}, "1.0.6dev3", ""},
		{"1.0.6.4", release{Series: series(1, 0), Patch: 6, Local: ".4"}, "1.0.6", ""},
		{"1.2 nearly beta!", release{Series: series(1, 2), Local: "nearly beta!"}, "1.2", ""},
		{"2.0 dev (Build: 20100427)", release{Series: series(2, 0), Pre: "dev", Build: "20100427"}, "2.0dev (Build: 20100427)", ""},
		{"2.0 Preview 4+ (Build: 20100913)", release{Series: series(2, 0), Pre: "preview4", Plus: true, Build: "20100913"}, "2.0preview4+ (Build: 20100913)", ""},
		{"2.0 RC1 (Build: 20100921)", release{Series: series(2, 0), Pre: "rc1", Build: "20100921"}, "2.0rc1 (Build: 20100921)", "v2.0.0-rc1"},
		{"2.0dev (20110208)", release{Series: series(2, 0), Pre: "dev", Build: "20110208"}, "2.0dev (Build: 20110208)", ""},
		{"2.0rc (20110320)", release{Series: series(2, 0), Pre: "rc", Build: "20110320"}, "2.0rc (Build: 20110320)", ""},
		{"2.8beta+ (Build: 20141016)", release{Series: series(2, 8), Pre: "beta", Plus: true, Build: "20141016"}, "2.8beta+ (Build: 20141016)", ""},
		{"3.2rc1+ (Build: 20161118)", release{Series: series(3, 2), Pre: "rc1", Plus: true, Build: "20161118"}, "3.2rc1+ (Build: 20161118)", ""},
		{"3.2rc2 (Build: 20161125)", release{Series: series(3, 2), Pre: "rc2", Build: "20161125"}, "3.2rc2 (Build: 20161125)", "v3.2.0-rc2"},
		{"4.1.15+ (Build: 20250131)", release{Series: series(4, 1), Patch: 15, Plus: true, Build: "20250131"}, "4.1.15+ (Build: 20250131)", ""},
		{"4.5 (Build: 20241007)", release{Series: series(4, 5), Build: "20241007"}, "4.5 (Build: 20241007)", "v4.5.0"},
		{"5.1+ (Build: 20251205)", release{Series: series(5, 1), Plus: true, Build: "20251205"}, "5.1+ (Build: 20251205)", ""},
		{"5.1.3+ (Build: 20260410)", release{Series: series(5, 1), Patch: 3, Plus: true, Build: "20260410"}, "5.1.3+ (Build: 20260410)", ""},
		{"2.4.5+ (Build: 20130905) LUVLE 3", release{Series: series(2, 4), Patch: 5, Plus: true, Build: "20130905", Local: "LUVLE 3"}, "2.4.5+ (Build: 20130905)", ""},
		{"2.4.5 (Build: 20130708) UP1", release{Series: series(2, 4), Patch: 5, Build: "20130708", Local: "UP1"}, "2.4.5 (Build: 20130708)", "v2.4.5"},
		{"2.4.5 UP1", release{Series: series(2, 4), Patch: 5, Local: "UP1"}, "2.4.5", ""},
		{"  4.5.1  ", release{Series: series(4, 5), Patch: 1}, "4.5.1", "v4.5.1"},
	}
	for _, tt := range tests {
		got, err := moodle.ParseRelease(tt.text)
		if err != nil {
			t.Errorf("ParseRelease(%q): %v", tt.text, err)
			continue
		}
		fields := got
		fields.Spelling = ""
		if fields != tt.want {
			t.Errorf("ParseRelease(%q) = %+v, want %+v", tt.text, fields, tt.want)
		}
		if got.Official() != tt.official {
			t.Errorf("ParseRelease(%q).Official() = %q, want %q", tt.text, got.Official(), tt.official)
		}
		tag, ok := got.Tag()
		if ok != (tt.tag != "") || ok && tag.String() != tt.tag {
			t.Errorf("ParseRelease(%q).Tag() = %s, %v; want %q", tt.text, tag, ok, tt.tag)
		}
	}
}

func TestParseReleaseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "4", "v4.5", "Moodle 4.5", "0.9", "04.5", "4.5\nx", "dev"} {
		r, err := moodle.ParseRelease(text)
		var format *moodle.FormatError
		if !errors.As(err, &format) || format.Text != text {
			t.Errorf("ParseRelease(%q) = %+v, %v; want a *FormatError", text, r, err)
		}
	}
}

// A release that was changed after reading no longer has its old text.
func TestReleaseStringFollowsTheFields(t *testing.T) {
	t.Parallel()
	r, err := moodle.ParseRelease("2.4.5 + (Build: 20130905)  LUVLE 3")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.String(), "2.4.5 + (Build: 20130905)  LUVLE 3"; got != want {
		t.Errorf("as read: %q, want %q", got, want)
	}
	r.Patch = 6
	if got, want := r.String(), "2.4.6+ (Build: 20130905) LUVLE 3"; got != want {
		t.Errorf("changed: %q, want %q", got, want)
	}
	made := moodle.Release{Series: moodle.Series{Major: 4, Minor: 5}, Pre: "rc1", Plus: true, Build: "20240920"}
	if got, want := made.String(), "4.5rc1+ (Build: 20240920)"; got != want {
		t.Errorf("made: %q, want %q", got, want)
	}
}

func TestReleaseOrder(t *testing.T) {
	t.Parallel()
	want := []string{
		"2.0 dev (Build: 20100427)", "2.0 Preview 4+ (Build: 20100913)", "2.0 RC1 (Build: 20100921)", "2.0 RC2 (Build: 20101113)", "2.0 (Build: 20101124)",
		"3.9.10 (Build: 20210906)", "3.10dev (Build: 20200619)", "3.10beta (Build: 20201016)", "3.10beta+ (Build: 20201023)", "3.10rc1 (Build: 20201026)",
		"3.10 (Build: 20201109)", "3.10+ (Build: 20201113)", "3.10+ (Build: 20201120)", "3.10.1 (Build: 20210118)", "3.11 (Build: 20210517)", "4.0 (Build: 20220419)",
	}
	var releases []moodle.Release
	for _, text := range want {
		r, err := moodle.ParseRelease(text)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, r)
	}
	for i, a := range releases {
		for j, b := range releases {
			if got := a.Compare(b); got != sign(i-j) {
				t.Errorf("%q compared to %q gives %d, want %d", a, b, got, sign(i-j))
			}
		}
	}
	// The plus counts before the build: a weekly can be dated before its release.
	early := moodle.Release{Series: moodle.Series{Major: 2, Minor: 3}, Plus: true, Build: "20120705"}
	late := moodle.Release{Series: moodle.Series{Major: 2, Minor: 3}, Build: "20120706"}
	if early.Compare(late) != 1 || late.Compare(early) != -1 {
		t.Errorf("%q and %q are not ordered by the plus", late, early)
	}
	upper, _ := moodle.ParseRelease("2.0 RC1 (Build: 20100921)")
	lower, _ := moodle.ParseRelease("2.0rc1 (Build: 20100921) lu")
	if upper.Compare(lower) != 0 || upper.Official() != lower.Official() {
		t.Error("two spellings of one release differ")
	}
}

// Every spelling of Moodle's history is read, keeps its text, and reads the same
// from today's official form.
func TestReleasesOfHistory(t *testing.T) {
	t.Parallel()
	for _, row := range readFacts(t, "core-builds.tsv") {
		text := row["release"]
		if text == "" {
			continue
		}
		r, err := moodle.ParseRelease(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if r.String() != text {
			t.Errorf("%q is written as %q", text, r)
		}
		again, err := moodle.ParseRelease(r.Official())
		if err != nil || again.Compare(r) != 0 {
			t.Errorf("%q: official form %q reads as %+v, %v", text, r.Official(), again, err)
		}
		if code := row["branchcode"]; code != "" && mustSeries(t, code) != r.Series {
			t.Errorf("%q has $branch %s", text, code)
		}
	}
}
