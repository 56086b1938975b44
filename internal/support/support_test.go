package support_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/support"
)

func day(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func series(t testing.TB, text string) moodle.Series {
	t.Helper()
	s, err := moodle.ParseSeries(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The built-in data has every series up to its day, each followed by the next one but
// for the experiment, and dates that agree with Moodle's rules: a year or more of fixes,
// and long-term support longer than that of its neighbours.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	d := support.BuiltIn()
	if d.Date.IsZero() || d.Source != "" || len(d.Series) < 40 {
		t.Fatalf("%d series of %s", len(d.Series), d.Date)
	}
	var regular []support.Series
	for _, s := range d.Series {
		if s.Released.IsZero() || s.General.IsZero() || s.Security.IsZero() {
			t.Errorf("%s: a date is missing", s.Series)
		}
		if s.Experimental {
			if s.Series.String() != "4.6" {
				t.Errorf("%s is called an experiment", s.Series)
			}
			continue
		}
		regular = append(regular, s)
	}
	for i, s := range regular[1:] {
		before := regular[i]
		if before.Series.Next() != s.Series || s.Released.Before(before.Released) {
			t.Errorf("%s follows %s", s.Series, before.Series)
		}
		isModern := s.Series.Compare(series(t, "2.0")) >= 0
		if isModern && s.General.Sub(s.Released) < 300*24*time.Hour {
			t.Errorf("%s is supported from %s to %s", s.Series, s.Released, s.General)
		}
		if before.LTS && !before.Security.After(s.General) {
			t.Errorf("%s has long-term support that ends on %s", before.Series, before.Security)
		}
	}
	for text, want := range map[string]string{
		"4.5": "2024-10-07 2025-10-06 2027-10-04 true", "5.2": "2026-04-20 2027-04-19 2027-10-04 false",
		"5.3": "2026-10-05 2027-10-04 2029-10-01 true", "4.1": "2022-11-28 2023-12-11 2025-12-08 true", "2.4": "2012-12-03 2013-12-31 2014-06-30 false",
	} {
		s, ok := d.Of(series(t, text))
		got := fmt.Sprint(s.Released.Format(time.DateOnly), s.General.Format(" 2006-01-02"), s.Security.Format(" 2006-01-02 "), s.LTS)
		if got != want || !ok {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if _, ok := d.Of(series(t, "6.0")); ok {
		t.Error("6.0 is known")
	}
}

// Moodle's own file as it is, oddities included.
const devdocs = `{
    "$schema": "../static/schema/versions.json",
    "versions": [
        {
            "name": "5.3", "codeFreezeDate": "24 August 2026", "releaseDate": "5 October 2026",
            "generalEndDate": "4 October 2027", "securityEndDate": "1 October 2029", "isLTS": true,
            "releases": [{"name": "5.3.0", "releaseDate": "5 October 2026", "version": 2026100500, "releaseNoteUrl": false}]
        },
        {
            "name": "4.6", "releaseDate": "20 December 2024", "generalEndDate": "14 April 2025", "securityEndDate": "14 April 2025",
            "isLTS": false, "isExperimental": true, "releases": []
        },
        {
            "name": "3.7", "releaseDate": "20 May 2019", "generalEndDate": "11th May 2020", "securityEndDate": "9 November 2020", "isLTS": false,
            "releases": [
                {"name": "3.7.0", "releaseDate": "20 May 2019", "version": 2019052000, "upgradePath": "https://docs.moodle.org/37/en/Upgrading"},
                {"name": "3.7.9", "releaseDate": "9 November 2020", "version": 2019052009}, {"name": "3.7.10", "releaseDate": "1 January 2030", "version": false},
                {"name": "3.7.8", "releaseDate": "14 September 2020", "version": 2019052008}, {"name": "3.8.1", "releaseDate": "1 May 2020", "version": 1}, {"name": "odd"}
            ]
        },
        {"name": "2.4", "releaseDate": "3 December 2012", "generalEndDate": "31 December 2013", "securityEndDate": "30 JUne 2014"}
    ]
}`

func TestParse(t *testing.T) {
	t.Parallel()
	d, err := support.Parse([]byte(devdocs), day(t, "2026-08-07"))
	if err != nil {
		t.Fatal(err)
	}
	want := []support.Series{
		{Series: series(t, "2.4"), Released: day(t, "2012-12-03"), General: day(t, "2013-12-31"), Security: day(t, "2014-06-30")},
		{Series: series(t, "3.7"), Released: day(t, "2019-05-20"), General: day(t, "2020-05-11"), Security: day(t, "2020-11-09"), Newest: moodle.Tag{Series: series(t, "3.7"), Patch: 9}},
		{Series: series(t, "4.6"), Released: day(t, "2024-12-20"), General: day(t, "2025-04-14"), Security: day(t, "2025-04-14"), Experimental: true},
		{Series: series(t, "5.3"), Released: day(t, "2026-10-05"), General: day(t, "2027-10-04"), Security: day(t, "2029-10-01"), LTS: true},
	}
	if !reflect.DeepEqual(d.Series, want) {
		t.Errorf("got\n%+v\nwant\n%+v", d.Series, want)
	}
	again, err := support.Parse(d.Encode(), time.Time{})
	if err != nil || !reflect.DeepEqual(again.Series, d.Series) || !again.Date.Equal(d.Date) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	one := func(keys string) string { return `{"versions": [{"name": "4.5"` + keys + `}]}` }
	for text, want := range map[string]string{
		"":                             "not the JSON",
		"<html>":                       "not the JSON",
		`{"versions": []}`:             "no list of versions",
		`{"versions": {}}`:             "not the JSON",
		`[]`:                           "not the JSON",
		`{"format": 2}`:                "newer format",
		`{"versions": [{}]}`:           `series ""`,
		one(`}, {"name": "4.5"`):       "there twice",
		one(`, "releaseDate": "soon"`): `releaseDate: "soon" is no date`,
		one(`, "releaseDate": "31 February 2024"`):                                       "is no date",
		one(`, "releaseDate": "7 October 2024", "generalEndDate": "6 October 2023"`):     "support ends before the release",
		one(`, "generalEndDate": "6 October 2027", "securityEndDate": "6 October 2025"`): "security support ends before general support",
		`{"date": "yesterday", "versions": [{"name": "4.5"}]}`:                           "date:",
		strings.Repeat(" ", support.MaxSize+1):                                           "more than",
	} {
		if _, err := support.Parse([]byte(text), time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
	if _, err := support.Parse([]byte(`{"format": 2, "versions": 7}`), time.Time{}); err == nil {
		t.Error("a newer format is read")
	}
	if d, err := support.Parse([]byte(one("")), time.Time{}); err != nil || d.Series[0].State(day(t, "2026-01-01")) != support.Unknown {
		t.Errorf("without dates: %+v, %v", d, err)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	s := support.Series{Released: day(t, "2024-10-07"), General: day(t, "2025-10-06"), Security: day(t, "2027-10-04")}
	for on, want := range map[string]support.State{
		"2024-10-06": support.Announced, "2024-10-07": support.General, "2025-10-06": support.General, "2025-10-07": support.Security,
		"2027-10-04": support.Security, "2027-10-05": support.Ended,
	} {
		now := day(t, on).Add(20 * time.Hour).In(time.FixedZone("", 13*3600))
		now = time.Date(day(t, on).Year(), day(t, on).Month(), day(t, on).Day(), 23, 0, 0, 0, now.Location())
		if got := s.State(now); got != want {
			t.Errorf("on %s: %s, want %s", on, got, want)
		}
	}
	if got := (support.Series{Security: day(t, "2020-01-01")}).State(day(t, "2026-01-01")); got != support.Ended {
		t.Errorf("with a date of the end only: %s", got)
	}
}

// file makes data out of "series security newest" words.
func file(t testing.TB, date string, all ...string) *support.Data {
	d := &support.Data{Source: "of " + date}
	if date != "" {
		d.Date = day(t, date)
	}
	for _, text := range all {
		name, security, _ := strings.Cut(text, " ")
		d.Series = append(d.Series, support.Series{Series: series(t, name), Security: day(t, security)})
	}
	return d
}

func show(d *support.Data) string {
	var words []string
	for _, s := range d.Series {
		words = append(words, s.Series.String()+" "+s.Security.Format(time.DateOnly))
	}
	return strings.Join(words, ", ")
}

func TestOver(t *testing.T) {
	t.Parallel()
	older := file(t, "2026-01-01", "4.1 2025-12-08", "4.5 2027-10-06")
	newer := file(t, "2026-08-07", "4.5 2027-10-04", "5.3 2029-10-01")
	for _, both := range []*support.Data{older.Over(newer), newer.Over(older)} {
		if got := show(both); got != "4.1 2025-12-08, 4.5 2027-10-04, 5.3 2029-10-01" || both.Source != newer.Source || !both.Date.Equal(newer.Date) {
			t.Errorf("%s, %s", got, both.Source)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	base := file(t, "2026-01-01", "4.1 2025-12-08", "4.4 2025-12-08", "4.5 2027-10-06")
	ours := file(t, "2026-03-01", "4.1 2025-12-09", "4.5 2027-10-05", "5.2 2027-10-04") // 4.4 is gone
	theirs := file(t, "2026-02-01", "4.1 2025-12-08", "4.4 2025-12-08", "4.5 2027-10-01", "5.1 2027-04-19")
	want := "4.1 2025-12-09, 4.5 2027-10-05, 5.1 2027-04-19, 5.2 2027-10-04"
	for _, merged := range []*support.Data{support.Merge(base, ours, theirs), support.Merge(base, theirs, ours)} {
		if got := show(merged); got != want || merged.Source != ours.Source {
			t.Errorf("%s (%s), want %s", got, merged.Source, want)
		}
	}
	if got := show(support.Merge(nil, ours, theirs)); got != "4.1 2025-12-09, 4.4 2025-12-08, 4.5 2027-10-05, 5.1 2027-04-19, 5.2 2027-10-04" {
		t.Errorf("without a base: %s", got)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	changes := file(t, "2026-01-01", "4.1 2025-12-08", "4.5 2027-10-06").Diff(file(t, "2026-02-01", "4.5 2027-10-04", "5.1 2027-04-19"))
	if len(changes) != 3 || changes[0].New != nil || changes[1].Old == nil || changes[1].New == nil || changes[2].Old != nil {
		t.Errorf("%+v", changes)
	}
	d := support.BuiltIn()
	if again, err := support.Parse(d.Encode(), time.Time{}); err != nil || len(d.Diff(again)) != 0 {
		t.Errorf("the built-in data differs from itself: %+v, %v", d.Diff(again), err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(devdocs))
	f.Add([]byte(`{"format": 1, "date": "2026-08-07", "versions": [{"name": "4.5", "releaseDate": "1st Mai 2020"}]}`))
	f.Add(support.BuiltIn().Encode())
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := support.Parse(text, time.Time{})
		if err != nil {
			return
		}
		again, err := support.Parse(d.Encode(), time.Time{})
		if err != nil || len(d.Diff(again)) != 0 || !again.Date.Equal(d.Date) {
			t.Errorf("%s\nis read again as %+v, %v", d.Encode(), again, err)
		}
	})
}
