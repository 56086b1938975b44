package moodle_test

import (
	"encoding/json"
	"errors"
	"testing"

	"mgit/internal/moodle"
)

func TestSeriesSpellings(t *testing.T) {
	t.Parallel()
	tests := []struct{ series, code, branch, tag string }{
		{"1.0", "10", "MOODLE_10_STABLE", "v1.0.0"},
		{"1.9", "19", "MOODLE_19_STABLE", "v1.9.0"},
		{"2.5", "25", "MOODLE_25_STABLE", "v2.5.0"},
		{"3.9", "39", "MOODLE_39_STABLE", "v3.9.0"},
		{"3.10", "310", "MOODLE_310_STABLE", "v3.10.0"},
		{"3.11", "311", "MOODLE_311_STABLE", "v3.11.0"},
		{"4.0", "400", "MOODLE_400_STABLE", "v4.0.0"},
		{"4.5", "405", "MOODLE_405_STABLE", "v4.5.0"},
		{"5.0", "500", "MOODLE_500_STABLE", "v5.0.0"},
		{"5.1", "501", "MOODLE_501_STABLE", "v5.1.0"},
		{"10.3", "1003", "MOODLE_1003_STABLE", "v10.3.0"},
	}
	for _, tt := range tests {
		for _, text := range []string{tt.series, tt.code, tt.branch} {
			s, err := moodle.ParseSeries(text)
			if err != nil {
				t.Errorf("ParseSeries(%q): %v", text, err)
				continue
			}
			if s.String() != tt.series || s.Code() != tt.code || s.StableBranch() != tt.branch || s.FirstTag().String() != tt.tag {
				t.Errorf("ParseSeries(%q) = %s, code %s, branch %s, first tag %s; want %+v",
					text, s, s.Code(), s.StableBranch(), s.FirstTag(), tt)
			}
		}
	}
}

func TestParseSeriesRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "4", "4.", ".5", "04.5", "4.05", "4.5.1", "v4.5", " 4.5", "4.5 ", "-4.5", "0.9", "1.10", "2.10", "2.99",
		"1", "05", "102", "309", "4055555", "MOODLE_405", "MOODLE_4.5_STABLE", "MOODLE__STABLE", "MOODLE_405_STABLE_x", "moodle_405_stable", "main",
	} {
		s, err := moodle.ParseSeries(text)
		var format *moodle.FormatError
		if !errors.As(err, &format) || format.Text != text || format.Reason == "" {
			t.Errorf("ParseSeries(%q) = %v, %v; want a *FormatError with a reason", text, s, err)
		}
	}
}

func TestSeriesNext(t *testing.T) {
	t.Parallel()
	// The whole of Moodle's history, and what follows by the scheme.
	line := []string{
		"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9",
		"2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9",
		"3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11",
		"4.0", "4.1", "4.2", "4.3", "4.4", "4.5",
		"5.0", "5.1", "5.2", "5.3", "6.0", "6.1", "6.2", "6.3", "7.0",
	}
	for i := 1; i < len(line); i++ {
		before, after := mustSeries(t, line[i-1]), mustSeries(t, line[i])
		if got := before.Next(); got != after {
			t.Errorf("%s.Next() = %s, want %s", before, got, after)
		}
		if before.Compare(after) >= 0 || after.Compare(before) <= 0 || before.Compare(before) != 0 {
			t.Errorf("%s and %s are not ordered by age", before, after)
		}
	}
	if got := mustSeries(t, "4.6").Next(); got != mustSeries(t, "5.0") {
		t.Errorf("the experiment 4.6 is followed by %s, want 5.0", got)
	}
}

func TestSeriesAsText(t *testing.T) {
	t.Parallel()
	type record struct {
		Series moodle.Series    `json:"series"`
		None   moodle.Series    `json:"none"`
		Tag    moodle.Tag       `json:"tag"`
		Of     moodle.Component `json:"of"`
	}
	in := record{
		Series: moodle.Series{Major: 4, Minor: 5},
		Tag:    moodle.Tag{Series: moodle.Series{Major: 4, Minor: 5}, Patch: 2},
		Of:     moodle.Component{Type: "mod", Name: "forum"},
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"series":"4.5","none":"","tag":"v4.5.2","of":"mod_forum"}`; string(data) != want {
		t.Errorf("marshalled to %s, want %s", data, want)
	}
	empty, err := json.Marshal(record{})
	if err != nil || string(empty) != `{"series":"","none":"","tag":"","of":""}` {
		t.Errorf("nothing is marshalled to %s, %v", empty, err)
	}
	out := in
	if err := json.Unmarshal(empty, &out); err != nil || out != (record{}) {
		t.Errorf("nothing is read back as %+v, %v", out, err)
	}
	if err := json.Unmarshal(data, &out); err != nil || out != in {
		t.Errorf("read back %+v, %v; want %+v", out, err, in)
	}
	for _, bad := range []string{`{"series":"x"}`, `{"tag":"4.5"}`, `{"of":"forum"}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func mustSeries(t testing.TB, text string) moodle.Series {
	t.Helper()
	s, err := moodle.ParseSeries(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
