package moodle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mgit/internal/moodle"
)

func TestParseVersionOfEveryEra(t *testing.T) {
	t.Parallel()
	tests := []struct {
		era, source string
		want        moodle.Version
		series      string // "" for none
	}{
		{
			"1.0", "<?PHP  //$Id$\n// $version = 1999010100;\n\n$version = 2002082000;\n\nfunction upgrade_moodle($oldversion=0) {\n\n    if ($oldversion < 2002073100) {\n        execute_sql(\"DELETE FROM `modules` WHERE `name` = 'chat' \");\n    }\n}\n?>\n",
			moodle.Version{Version: "2002082000"},
			"",
		},
		{
			"1.2", "<?PHP  //$Id$\n$version = 2004032000;   // The current version is a date (YYYYMMDDXX)\n\n$release = \"1.2\";   // User-friendly version number\n\n\n?>\n",
			moodle.Version{Version: "2004032000", Release: "1.2"},
			"1.2",
		},
		{
			"1.8", "<?php\n   $version = 2007021541;  // YYYYMMDD   = Moodle 1.5 Date\n                           //         X  = Moodle 1.5 Point release (0,1,2...)\n   $release = '1.8.4 + (Build: 20080305)';    // Human-friendly version name\n?>\n",
			moodle.Version{Version: "2007021541", Release: "1.8.4 + (Build: 20080305)"},
			"1.8",
		},
		{
			"1.9", "<?php\n    $version = 2007101592.00; // YYYYMMDD      = date of the 1.9 branch (don't change)\n                              //          Y.YY = micro-increments between releases\n\n    $release = '1.9.19 (Build: 20120706)';     // Human-friendly version name\n\n?>",
			moodle.Version{Version: "2007101592.00", Release: "1.9.19 (Build: 20120706)"},
			"1.9",
		},
		{
			"2.0", "<?php\n/**\n * MOODLE VERSION INFORMATION\n * $version = 2000000000;\n */\ndefined('MOODLE_INTERNAL') || die();\n\n$version = 2010112400;  // YYYYMMDD   = date of the last version bump\n\n$release = '2.0 (Build: 20101124)';  // Human-friendly version name\n",
			moodle.Version{Version: "2010112400", Release: "2.0 (Build: 20101124)"},
			"2.0",
		},
		{
			"2.1", "<?php\n$version  = 2011070100.00;\n$release  = '2.1 (Build: 20110701)';\n$maturity = MATURITY_STABLE;  // this version's maturity level\n",
			moodle.Version{Version: "2011070100.00", Release: "2.1 (Build: 20110701)", Maturity: "MATURITY_STABLE"},
			"2.1",
		},
		{
			"2.3, three decimals", "<?php\n$version  = 2012062500.123;\n$release  = '2.3 (Build: 20120625)';\n$branch   = '23';\n$maturity = MATURITY_STABLE;\n",
			moodle.Version{Version: "2012062500.123", Release: "2.3 (Build: 20120625)", Branch: "23", Maturity: "MATURITY_STABLE"},
			"2.3",
		},
		{
			"4.5", "<?php\n$version  = 2024100705.01;              // 20241007      = branching date YYYYMMDD - do not modify!\n                                        //         RR    = release increments - 00 in DEV branches.\n$release  = '4.5.5+ (Build: 20250613)'; // Human-friendly version name\n$branch   = '405';                     // This version's branch.\n$maturity = MATURITY_STABLE;             // This version's maturity level.\n",
			moodle.Version{Version: "2024100705.01", Release: "4.5.5+ (Build: 20250613)", Branch: "405", Maturity: "MATURITY_STABLE"},
			"4.5",
		},
		{
			"5.1", "<?php\n$version  = 2025100600.13;\n$release  = '5.1+ (Build: 20251205)';\n$branch   = '501';\n$maturity = MATURITY_STABLE;\n",
			moodle.Version{Version: "2025100600.13", Release: "5.1+ (Build: 20251205)", Branch: "501", Maturity: "MATURITY_STABLE"},
			"5.1",
		},
		{
			"a fork's own lines", "<?php\n$version  = 2013051403.00; # ours\n$release  = '2.5.3 (Build: 20131111) // not a comment';\n$branch = '25';\n$TOTARA->version = '2.5.13';\n$maturity = MATURITY_STABLE;",
			moodle.Version{Version: "2013051403.00", Release: "2.5.3 (Build: 20131111) // not a comment", Branch: "25", Maturity: "MATURITY_STABLE"},
			"2.5",
		},
		{
			"CRLF, quotes and one line", "<?php $version = '2016120500.00' ;\r\n$release\t=\t\"3.2 (Build: 20161205)\";\r\n$branch = \"32\"; $maturity=MATURITY_RC;\r\n",
			moodle.Version{Version: "2016120500.00", Release: "3.2 (Build: 20161205)", Branch: "32", Maturity: "MATURITY_RC"},
			"3.2",
		},
		{
			"underscores, as PHP has them since 7.4", "<?php\n$version = 2024_10_07_00.01;\n$branch = '405';\n",
			moodle.Version{Version: "2024100700.01", Branch: "405"},
			"4.5",
		},
		{
			"a site's second step", "<?php\n$version\n\t=\n2024100700.0111 /* ours */ ;\n$branch = '405';\n",
			moodle.Version{Version: "2024100700.0111", Branch: "405"},
			"4.5",
		},
		{
			"in double quotes", "<?php\n$version = \"2024100700.00\";\n$branch = '405';\n",
			moodle.Version{Version: "2024100700.00", Branch: "405"},
			"4.5",
		},
		{
			"assigned twice", "<?php\n$version = 2012062500.00;\n$release = '2.3';\n/* $version = 1111111111; */\n$version = 2012062501.00;\n$release = '2.3.1';\n",
			moodle.Version{Version: "2012062501.00", Release: "2.3.1"},
			"2.3",
		},
	}
	for _, tt := range tests {
		got, err := moodle.ParseVersion([]byte(tt.source))
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v", tt.era, got, err, tt.want)
		}
		series, err := got.Series()
		if series.String() != tt.series || (err == nil) != (tt.series != "") {
			t.Errorf("%s: series %q, %v; want %q", tt.era, series, err, tt.series)
		}
	}
}

func TestParseVersionRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, reason string
		notCore              bool
	}{
		{"imported book module", "<?php\n$module->version  = 2004081100;\n$module->requires = 2004052505;\n$module->cron = 0;\n?>\n", "", true},
		{"plugin", "<?php\n$plugin->version = 2024100700;\n$plugin->component = 'mod_forum';\n", "", true},
		{"empty", "", "sets no $version", false},
		{"only in a comment", "<?php\n// $version = 2024100700;\n/* $version = 2024100700; */\n", "sets no $version", false},
		{"an expression", "<?php\n$version = BASE + 1;\n$release = '4.5';\n", "sets no $version", false},
		{"too short", "<?php\n$version = 20241007;\n", "sets no $version", false},
		{"underscores in quotes, which PHP does not take for a number", "<?php\n$version = '2024_10_07_00';\n", "sets no $version", false},
		{"underscores in the wrong place", "<?php\n$version = 2024_10_07_00_.00;\n", "sets no $version", false},
		{"quotes that do not fit", "<?php\n$version = '2024100700\";\n", "sets no $version", false},
		{"compared, not set", "<?php\nif ($version == 2024100700) {}\n", "sets no $version", false},
		{"in conflict", "<?php\n<<<<<<< HEAD\n$version = 2012062500.00;\n=======\n$version = 2012062501.00;\n>>>>>>> theirs\n", "conflict markers", false},
	}
	for _, tt := range tests {
		v, err := moodle.ParseVersion([]byte(tt.source))
		if tt.notCore {
			if !errors.Is(err, moodle.ErrNotCore) {
				t.Errorf("%s: %+v, %v; want ErrNotCore", tt.name, v, err)
			}
			continue
		}
		var format *moodle.FormatError
		if !errors.As(err, &format) || !strings.Contains(format.Reason, tt.reason) {
			t.Errorf("%s: %+v, %v; want a *FormatError with %q", tt.name, v, err, tt.reason)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	t.Parallel()
	ascending := []string{
		"", "1", "201305140", "2002082000", "2013051400", "2013051400.01", "2013051400.1", "2013051400.101", "2013051400.11", "2013051400.9",
		"2013051401", "2024100705.01", "20241007050",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := moodle.CompareVersions(a, b), sign(i-j); got != want {
				t.Errorf("CompareVersions(%q, %q) = %d, want %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"2013051400.1", "2013051400.10"}, {"2013051400", "2013051400.00"}, {"2013051400.", "2013051400.000"}, {"007", "7"}} {
		if moodle.CompareVersions(same[0], same[1]) != 0 {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	newer, older := moodle.Version{Version: "2013051400.10"}, moodle.Version{Version: "2013051400.09", Release: "2.5"}
	if newer.Compare(older) != 1 {
		t.Error("Version.Compare does not go by $version")
	}
}

// On a stable branch $version never goes back; the table's rows of a branch are in order.
func TestVersionsOfHistoryAscend(t *testing.T) {
	t.Parallel()
	last := make(map[string]string)
	compared := 0
	for _, row := range readFacts(t, "core-builds.tsv") {
		branch := row["branch"]
		if branch == "master" || !slices.Contains([]string{"23", "24", "25", "26", "27", "28"}, row["branchcode"]) {
			continue
		}
		if before, ok := last[branch]; ok {
			compared++
			if moodle.CompareVersions(before, row["version"]) > 0 {
				t.Errorf("%s: %s comes after %s", branch, row["version"], before)
			}
		}
		last[branch] = row["version"]
	}
	if compared < 10 {
		t.Errorf("only %d pairs compared", compared)
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
