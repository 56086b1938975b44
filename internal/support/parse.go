package support

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"mgit/internal/moodle"
)

// Home is where Moodle keeps the file.
const Home = "https://raw.githubusercontent.com/moodle/devdocs/main/data/versions.json"

// MaxSize is the longest file that is read, some ten times the real one.
const MaxSize = 1 << 20

// Format is the format of the files that Encode writes. Files of moodle/devdocs have
// none.
const Format = 1

// ErrNewer says that a file is of a newer format than this mgit reads.
var ErrNewer = errors.New("the file is of a newer format; this mgit is too old for it")

// file is versions.json as it is; everything else in it is passed over. Format,
// date and source are mgit's own.
type file struct {
	Format   int       `json:"format,omitempty"`
	Date     string    `json:"date,omitempty"`
	Source   string    `json:"source,omitempty"`
	Versions []version `json:"versions"`
}

type version struct {
	Name         string    `json:"name"`
	Released     string    `json:"releaseDate"`
	General      string    `json:"generalEndDate"`
	Security     string    `json:"securityEndDate"`
	LTS          bool      `json:"isLTS,omitempty"`
	Experimental bool      `json:"isExperimental,omitempty"`
	Releases     []release `json:"releases,omitempty"`
}

type release struct {
	Name     string `json:"name"`
	Released string `json:"releaseDate,omitempty"`
}

// Parse reads a file in the form of Encode, or of moodle/devdocs: versions.json,
// which does not say of which day it is; on says it then. Every series must have a
// name and dates that can be read and follow each other; a date may be empty. The
// error says which one is wrong.
func Parse(data []byte, on time.Time) (*Data, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("the file has more than %d bytes", MaxSize)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("not the JSON of support dates: %w", err)
	}
	if f.Format > Format {
		return nil, ErrNewer
	}
	if len(f.Versions) == 0 {
		return nil, errors.New("the file has no list of versions")
	}
	d := &Data{Source: f.Source}
	var err error
	if d.Date, err = parseDay(f.Date); err != nil {
		return nil, fmt.Errorf("date: %w", err)
	}
	if d.Date.IsZero() {
		d.Date = on
	}
	for _, v := range f.Versions {
		s, err := v.read(d.Date)
		if err != nil {
			return nil, fmt.Errorf("series %q: %w", v.Name, err)
		}
		if _, twice := d.Of(s.Series); twice {
			return nil, fmt.Errorf("series %q: it is there twice", v.Name)
		}
		d.Series = append(d.Series, s)
	}
	d.sort()
	return d, nil
}

func (v version) read(on time.Time) (Series, error) {
	s := Series{LTS: v.LTS, Experimental: v.Experimental}
	var err error
	if s.Series, err = moodle.ParseSeries(v.Name); err != nil {
		return s, err
	}
	for _, day := range []struct {
		key, text string
		to        *time.Time
	}{{"releaseDate", v.Released, &s.Released}, {"generalEndDate", v.General, &s.General}, {"securityEndDate", v.Security, &s.Security}} {
		if *day.to, err = parseDay(day.text); err != nil {
			return s, fmt.Errorf("%s: %w", day.key, err)
		}
	}
	isAfter := func(a, b time.Time) bool { return !a.IsZero() && !b.IsZero() && a.After(b) }
	switch {
	case isAfter(s.Released, s.General), isAfter(s.Released, s.Security):
		return s, errors.New("support ends before the release")
	case isAfter(s.General, s.Security):
		return s, errors.New("security support ends before general support")
	}
	s.Newest = v.newest(s.Series, on)
	return s, nil
}

// newest is the newest release of the series that was out on the day; versions.json
// lists some months ahead. One that cannot be read is passed over: nothing is lost
// by it but a reminder.
func (v version) newest(series moodle.Series, on time.Time) moodle.Tag {
	var newest moodle.Tag
	for _, r := range v.Releases {
		tag, err := moodle.ParseTag("v" + r.Name)
		out, dayErr := parseDay(r.Released)
		if dayErr != nil || out.After(on) && !on.IsZero() {
			continue
		}
		if err == nil && tag.Series == series && tag.Pre == "" && (newest.IsZero() || tag.Compare(newest) > 0) {
			newest = tag
		}
	}
	return newest
}

// textDate is a date as people write it into versions.json: "7 October 2024",
// "11th May 2020", "30 JUne 2014".
var textDate = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]+)\.?,?\s+(\d{4})$`)

// parseDay reads a day, as text or as 2024-10-07. No text is no day.
func parseDay(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, nil
	}
	if m := textDate.FindStringSubmatch(text); m != nil {
		month := strings.ToUpper(m[2][:1]) + strings.ToLower(m[2][1:])
		for _, layout := range []string{"2 January 2006", "2 Jan 2006"} {
			if day, err := time.Parse(layout, m[1]+" "+month+" "+m[3]); err == nil {
				return day, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date such as 7 October 2024", text)
}

// Encode writes the data in mgit's form: one line a series, dates as 2024-10-07. What
// Parse reads from it is the data again.
func (d *Data) Encode() []byte {
	var b strings.Builder
	line := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and booleans
		}
		return string(text)
	}
	fmt.Fprintf(&b, "{\n \"format\": %d,\n \"date\": %s,\n", Format, line(day(d.Date)))
	if d.Source != "" {
		fmt.Fprintf(&b, " \"source\": %s,\n", line(d.Source))
	}
	b.WriteString(" \"versions\": [\n")
	for i, s := range d.Series {
		v := version{
			Name: s.Series.String(), Released: day(s.Released), General: day(s.General), Security: day(s.Security),
			LTS: s.LTS, Experimental: s.Experimental,
		}
		if !s.Newest.IsZero() {
			v.Releases = []release{{Name: strings.TrimPrefix(s.Newest.String(), "v")}}
		}
		end := ",\n"
		if i == len(d.Series)-1 {
			end = "\n"
		}
		b.WriteString("  " + line(v) + end)
	}
	b.WriteString(" ]\n}\n")
	return []byte(b.String())
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
