package moodle

import "testing"

func TestFitOn(t *testing.T) {
	t.Parallel()
	core := Version{Version: "2024100705.01", Release: "4.5.5+ (Build: 20250613)", Branch: "405"}
	s := func(major, minor int) Series { return Series{major, minor} }
	cases := []struct {
		plugin Plugin
		want   Fit
		why    string
	}{
		{Plugin{}, Unstated, ""},
		{Plugin{Requires: "2024100700"}, Unstated, ""},
		{Plugin{Requires: "2024100705.01"}, Unstated, ""},
		{Plugin{Requires: "2024100705.1"}, Refused, "requires 2024100705.1, and Moodle is 2024100705.01"},
		{Plugin{Requires: "2025041400"}, Refused, "requires 2025041400, and Moodle is 2024100705.01"},
		{Plugin{From: s(4, 1), To: s(4, 5)}, Supported, ""},
		{Plugin{From: s(4, 5), To: s(5, 1)}, Supported, ""},
		{Plugin{From: s(3, 9), To: s(3, 11)}, Untested, "says that it supports 3.9 to 3.11"},
		{Plugin{From: s(5, 0), To: s(5, 1)}, Untested, "says that it supports 5.0 to 5.1"},
		{Plugin{From: s(3, 9), To: s(4, 5), Incompatible: s(4, 5)}, Refused, "says that it is incompatible from 4.5 on"},
		{Plugin{Incompatible: s(4, 4)}, Refused, "says that it is incompatible from 4.4 on"},
		{Plugin{Incompatible: s(5, 0)}, Unstated, ""},
		{Plugin{Requires: "2025041400", From: s(4, 1), To: s(4, 5)}, Refused, "requires 2025041400, and Moodle is 2024100705.01"},
	}
	for _, c := range cases {
		got, why, err := c.plugin.FitOn(core)
		if got != c.want || why != c.why || err != nil {
			t.Errorf("%+v: %v, %q, %v, want %v, %q", c.plugin, got, why, err, c.want, c.why)
		}
	}
	if _, _, err := (Plugin{}).FitOn(Version{Version: "2002082000"}); err == nil {
		t.Error("a version.php without a series has a fit")
	}
}
