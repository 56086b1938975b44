package corehack

import (
	"slices"
	"strings"
	"testing"
)

// Markers as they were found in public forks of Moodle (section 10 of the facts).
func TestMarkers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lines string
		words []string
		want  Marker // no Token: none
	}{
		{"// ou-specific begins #8250 (until Moodle 2.6)\n$a = 1;", nil, Marker{"ou-specific begins", "ou-specific begins #8250 (until Moodle 2.6)", "#8250", "2.6"}},
		{"// ou-specific ends #8250 (until 2.6)", nil, Marker{"ou-specific ends", "ou-specific ends #8250 (until 2.6)", "#8250", "2.6"}},
		{"    // ou-specific begins\n/*\n    old();\n*/", nil, Marker{"ou-specific begins", "ou-specific begins", "", ""}},
		{"// BEGIN UCLA MOD: CCLE-3446-Title", nil, Marker{"BEGIN UCLA MOD", "BEGIN UCLA MOD: CCLE-3446-Title", "CCLE-3446", ""}},
		{"// END UCLA MOD: CCLE-3446", nil, Marker{"END UCLA MOD", "END UCLA MOD: CCLE-3446", "CCLE-3446", ""}},
		{"// Begin UCLA Modification - CCLE 1879 -", nil, Marker{"Begin UCLA Modification", "Begin UCLA Modification - CCLE 1879", "", ""}},
		{"// ecastro ULPGC groups are hidden", []string{"ULPGC"}, Marker{"ULPGC", "ecastro ULPGC groups are hidden", "", ""}},
		{"// ULPGC ecastro", []string{"ulpgc"}, Marker{"ULPGC", "ULPGC ecastro", "", ""}},
		{"$x = y(); // ecastro ULPGC", []string{"ecastro ULPGC"}, Marker{"ecastro ULPGC", "ecastro ULPGC", "", ""}},
		{"/* ecastro ULPGC: no more */ foo();", []string{"ULPGC"}, Marker{"ULPGC", "ecastro ULPGC: no more", "", ""}},
		{"{{! the name, ecastro ULPGC }}<p>", []string{"ULPGC"}, Marker{"ULPGC", "the name, ecastro ULPGC", "", ""}},
		{"<div><!-- ecastro ULPGC:--></div>", []string{"ULPGC"}, Marker{"ULPGC", "ecastro ULPGC:", "", ""}},
		{"//ecastro", []string{"ecastro"}, Marker{"ecastro", "ecastro", "", ""}},
		{"//debut ajout SILECS\n$a = 1;\n//fin ajout SILECS", nil, Marker{"debut ajout SILECS", "debut ajout SILECS", "", ""}},
		{"//silecs", []string{"SILECS"}, Marker{"silecs", "silecs", "", ""}},
		{"// fin silecs", []string{"SILECS"}, Marker{"fin silecs", "fin silecs", "", ""}},
		{"// Totara: keep it", []string{"Totara"}, Marker{"Totara", "Totara: keep it", "", ""}},
		{"/* Requires for Totara */", []string{"Totara"}, Marker{"Totara", "Requires for Totara", "", ""}},
		{"// TOTARA HACK: T-12345 all of them", nil, Marker{"TOTARA HACK", "TOTARA HACK: T-12345 all of them", "", ""}},
		{"// Totara hack: x", nil, Marker{"Totara hack", "Totara hack: x", "", ""}},
		{"// CLAMP # 194 2010-06-23 bobpuffer", nil, Marker{"CLAMP # 194 2010-06-23", "CLAMP # 194 2010-06-23 bobpuffer", "#194", ""}},
		{"// CLAMP #181 2010-06-24", nil, Marker{"CLAMP #181 2010-06-24", "CLAMP #181 2010-06-24", "#181", ""}},
		{"// IOMAD - Get all of the companies.", nil, Marker{"IOMAD", "IOMAD - Get all of the companies.", "", ""}},
		{"// PATCH : reason\nfoo();\n// /PATCH", nil, Marker{"PATCH", "PATCH : reason", "", ""}},
		{"// PATCH+ reason", nil, Marker{"PATCH", "PATCH+ reason", "", ""}},
		{"// /PATCH", nil, Marker{"/PATCH", "/PATCH", "", ""}},
		{"/// VMOODLE Hack : virtual hosts", nil, Marker{"VMOODLE Hack", "VMOODLE Hack : virtual hosts", "", ""}},
		{"/// /VMOODLE Hack", nil, Marker{"/VMOODLE Hack", "/VMOODLE Hack", "", ""}},
		{"/** Begin core hack - VODHAS-859 */", nil, Marker{"Begin core hack", "Begin core hack - VODHAS-859", "VODHAS-859", ""}},
		{"// Moodle HACK", nil, Marker{"Moodle HACK", "Moodle HACK", "", ""}},
		{"// LUVLE BEGIN: LU-311, the old player needs this.\n$PAGE->x();\n// LUVLE END.", []string{"LUVLE"}, Marker{"LUVLE BEGIN", "LUVLE BEGIN: LU-311, the old player needs this.", "LU-311", ""}},
		{"// UofG patch 12", []string{"UofG"}, Marker{"UofG patch", "UofG patch 12", "", ""}},

		// What is in which comment, and where a comment is.
		{"#  core hack #12, see MDL-1", nil, Marker{"core hack", "core hack #12, see MDL-1", "#12", ""}},
		{"// LUVLE: MDL-55 until it lands\n// LUVLE: LU-7", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE: MDL-55 until it lands", "LU-7", ""}},
		{"// LUVLE: MDL-55, in UTF-8", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE: MDL-55, in UTF-8", "MDL-55", ""}},
		{"// core hack\n// LUVLE BEGIN", []string{"LUVLE"}, Marker{"LUVLE BEGIN", "LUVLE BEGIN", "", ""}},
		{" * LUVLE: in a block whose beginning is upstream's", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE: in a block whose beginning is upstream's", "", ""}},
		{"/* one\n   LUVLE two\n*/", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE two", "", ""}},
		{"a { color: red } /* LUVLE */", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE", "", ""}},
		{"it's here; // LUVLE", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE", "", ""}},
		{"f('// no', \"\\\" // no\"); // LUVLE", []string{"LUVLE"}, Marker{"LUVLE", "LUVLE", "", ""}},
		{"// " + strings.Repeat("é", 200) + " LUVLE", []string{"LUVLE"}, Marker{"LUVLE", strings.Repeat("é", 119) + "…", "", ""}},
		{"// \xff\xfe LUVLE", []string{"LUVLE"}, Marker{"LUVLE", "\xff\xfe LUVLE", "", ""}},

		{"echo 'LUVLE'; // fine", []string{"LUVLE"}, Marker{}},
		{"$luvle = 1;", []string{"LUVLE"}, Marker{}},
		{"// LUVLEX and xLUVLE", []string{"LUVLE"}, Marker{}},
		{"$u = 'https://luvle.example.org';", []string{"luvle"}, Marker{}},
		{"location = https://luvle.example.org/x", []string{"luvle"}, Marker{}},
		{"#luvle { color: red }", []string{"luvle"}, Marker{}},
		{"// Nothing here, nor a patchwork, nor hackers.", nil, Marker{}},
		{"// Returns the local time of the patched file.", nil, Marker{}},
		{"// the module begins here", nil, Marker{}},
		{"", []string{"LUVLE"}, Marker{}},
		{"// anything", []string{"", "  "}, Marker{}},
		{"// a (b) c", []string{"(b)"}, Marker{"(b)", "a (b) c", "", ""}},
	}
	for _, tt := range tests {
		got, ok := NewMarkers(tt.words).Find(strings.SplitAfter(tt.lines, "\n"))
		if got != tt.want || ok != (tt.want.Token != "") {
			t.Errorf("%q with %q:\ngot  %+v, %t\nwant %+v", tt.lines, tt.words, got, ok, tt.want)
		}
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a(); // one /* two */":             {"one /* two"},
		"/* a */ b(); /* c */ // d":         {"a", "c", "d"},
		"/* a\nb\n*/ c(); // d":             {"a", "b", "d"},
		"/**\n * a\n * b\n */\nc(); // d":   {"a", "b", "d"},
		" * a\nc(); // d":                   {"a", "d"},
		"<!-- a\nb --> <b>c</b> <!-- d -->": {"a", "b", "d"},
		"{{! a }} {{b}} {{! c":              {"a", "c"},
		"`${a} // b` // c":                  {"c"},
		"'\\'' // a":                        {"a"},
		"color: #fff; #b # c":               {"c"},
		"##  a ##":                          {"a"},
		"/////":                             nil,
	} {
		if got := slices.Collect(comments(strings.SplitAfter(text, "\n"))); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for range comments([]string{"// a", "// b"}) {
		break // must not go on
	}
}

func FuzzMarkers(f *testing.F) {
	f.Add("// LUVLE BEGIN: LU-311 (until Moodle 2.6)\n/* {{! <!-- '")
	m := NewMarkers([]string{"LUVLE", "a b"})
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := m.Find(strings.SplitAfter(text, "\n"))
		if ok != (got.Token != "") || ok != (got.Text != "") || len([]rune(got.Text)) > textLimit {
			t.Errorf("%q: %+v, %t", text, got, ok)
		}
	})
}
