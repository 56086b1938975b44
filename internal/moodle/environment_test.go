package moodle_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mgit/internal/moodle"
)

// requirements is the table of what each series asks for, written by hand after
// Moodle's files; "-" is nothing.
func requirements(t testing.TB) []map[string]string {
	rows := readTable(t, "environment.tsv")
	if len(rows) != 32 {
		t.Fatalf("%d rows", len(rows))
	}
	return rows
}

func readTable(t testing.TB, name string) []map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "moodle", name))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	header := strings.Split(lines[0], "\t")
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := make(map[string]string)
		for i, value := range strings.Split(line, "\t") {
			if value != "-" {
				row[header[i]] = value
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// The rows of the real files are those of the table, wherever a release has them: the
// files are cumulative, and what a row says of PHP's upper bound came later.
func TestHistoryOfEnvironment(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	rows := requirements(t)
	files, compared := 0, 0
	for _, tag := range strings.Fields(string(h.git("", "tag", "--list", "v2.*.*"))) {
		release, err := moodle.ParseTag(tag)
		if err != nil || release.Pre != "" {
			continue
		}
		e, err := moodle.ParseEnvironment(h.git("", "show", tag+":admin/environment.xml"))
		if err != nil {
			t.Errorf("%s: %v", tag, err)
			continue
		}
		files++
		needs, ok := e.For(release.Release().Official())
		if !ok || needs.Version != release.Series.String() {
			t.Errorf("%s: core takes the row of %q", tag, needs.Version)
		}
		for _, row := range rows {
			i := slices.IndexFunc(e.Versions, func(n moodle.ServerNeeds) bool { return n.Version == row["series"] })
			if series, _ := moodle.ParseSeries(row["series"]); i < 0 || series != release.Series {
				continue
			}
			compared++
			n := e.Versions[i]
			got := map[string]string{"series": n.Version, "requires": n.Requires, "php": n.PHP}
			for _, d := range n.Databases {
				got[d.Vendor] = d.Version
			}
			for key, want := range row {
				if key != "blocked" && got[key] != want {
					t.Errorf("%s: %s of %s is %q, want %q", tag, key, n.Version, got[key], want)
				}
			}
			if len(n.Extensions) < 15 || len(n.Settings) == 0 {
				t.Errorf("%s: %d extensions, %d settings", tag, len(n.Extensions), len(n.Settings))
			}
		}
	}
	if files < 90 || compared < 90 {
		t.Errorf("only %d files and %d rows were compared", files, compared)
	}
	t.Logf("%d files, %d rows", files, compared)
}

// Every environment.xml that Moodle's history has is read.
func TestHistoryOfEnvironmentFiles(t *testing.T) {
	t.Parallel()
	h := openHistory(t)
	var names []string
	for _, commit := range strings.Fields(string(h.git("", "log", "--all", "--format=%H", "--", "admin/environment.xml"))) {
		names = append(names, commit+":admin/environment.xml")
	}
	read, foreign := 0, 0
	h.blobs(names, func(names []string, content []byte) {
		e, err := moodle.ParseEnvironment(content)
		if err != nil && !strings.Contains(string(content), "<MOODLE ") {
			foreign++ // somebody's fork by another name came in with a merge
			return
		}
		if err != nil {
			t.Errorf("%s: %v", names[0], err)
			return
		}
		read++
		for _, n := range e.Versions {
			if n.PHP == "" || len(n.Databases) < 2 {
				t.Errorf("%s: %s asks for PHP %q and %d databases", names[0], n.Version, n.PHP, len(n.Databases))
			}
		}
	})
	if read < 90 || foreign > 2 {
		t.Errorf("%d files were read, %d passed over", read, foreign)
	}
	t.Logf("%d different files", read)
}

func TestParseEnvironment(t *testing.T) {
	t.Parallel()
	e, err := moodle.ParseEnvironment([]byte(`<?xml version="1.0" encoding="UTF-8" ?>
<!-- cumulative -->
<COMPATIBILITY_MATRIX>
  <MOODLE version="1.5"><PHP version="4.1.0" level="required"/></MOODLE>
  <MOODLE version="4.5" requires="4.1.2">
    <DATABASE level="required">
      <VENDOR name="postgres" version="13"/>
      <VENDOR name="mysql" version="8.0"><RESTRICT function="restrict_mysql" message="m"/></VENDOR>
      <VENDOR name="odd"/>
    </DATABASE>
    <PHP version="8.1.0" level="required"><RESTRICT function="restrict_php_version_84" message="unsupportedphpversion84"/></PHP>
    <PHP version="9.9"/>
    <PHP_EXTENSIONS>
      <PHP_EXTENSION name="sodium" level="required"><FEEDBACK><ON_ERROR message="x"/></FEEDBACK></PHP_EXTENSION>
      <PHP_EXTENSION name="exif" level="optional"/>
      <PHP_EXTENSION name="none"/>
      <PHP_EXTENSION/>
    </PHP_EXTENSIONS>
    <PHP_SETTINGS><PHP_SETTING name="memory_limit" value="96M" level="required"/></PHP_SETTINGS>
    <CUSTOM_CHECKS><CUSTOM_CHECK file="lib/upgradelib.php" function="check_max_input_vars" level="optional"/></CUSTOM_CHECKS>
  </MOODLE>
  <MOODLE requires="1.0"/>
  <PLUGIN name="mod_x"/>
</COMPATIBILITY_MATRIX>`))
	if err != nil {
		t.Fatal(err)
	}
	want := moodle.ServerNeeds{
		Version: "4.5", Requires: "4.1.2", PHP: "8.1.0", PHPBlocked: "8.4", PHPRestrict: "restrict_php_version_84",
		Databases:  []moodle.DatabaseNeed{{Vendor: "postgres", Version: "13"}, {Vendor: "mysql", Version: "8.0", Restrict: "restrict_mysql"}},
		Extensions: []moodle.Need{{Name: "sodium"}, {Name: "exif", Optional: true}, {Name: "none"}},
		Settings:   []moodle.Need{{Name: "memory_limit", Value: "96M"}},
		Checks:     []moodle.Need{{Name: "check_max_input_vars", Value: "lib/upgradelib.php", Optional: true}},
	}
	got, ok := e.For("4.5.9+ (Build: 20260101)")
	if !ok || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if len(e.Versions) != 2 {
		t.Errorf("%d versions", len(e.Versions))
	}
}

func TestEnvironmentFor(t *testing.T) {
	t.Parallel()
	e := &moodle.Environment{Versions: []moodle.ServerNeeds{{Version: "2.9"}, {Version: "3.9"}, {Version: "3.10"}, {Version: "4.0"}, {Version: "5.0"}}}
	for version, want := range map[string]string{
		"2.8": "", "2.9": "2.9", "3.0": "2.9", "3.9.1": "3.9", "3.10.5+ (Build: 20210601)": "3.10", "3.11": "3.10",
		"4.0": "4.0", "4.5dev (Build: 20240901)": "4.0", "6.0": "5.0", "": "",
	} {
		got, ok := e.For(version)
		if got.Version != want || ok != (want != "") {
			t.Errorf("For(%q) = %q, %v, want %q", version, got.Version, ok, want)
		}
	}
}

func TestAdmits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		release, requires string
		want              bool
	}{
		{"4.1.2 (Build: 20230313)", "4.1.2", true},
		{"4.1.2+ (Build: 20230320)", "4.1.2", true},
		{"4.1.1+ (Build: 20230310)", "4.1.2", false},
		{"4.1 (Build: 20221128)", "4.1.2", false},
		{"4.1.10", "4.1.2", true},
		{"3.11.18", "3.11.8", true},
		{"3.9.25", "3.11.8", false},
		{"3.9", "3.11", false},
		{"4.4 (Build: 20240422)", "4.4", true},
		{"4.4", "4.4.0", false}, // version_compare: the longer one is newer
		{"2.2dev (Build: 20111001)", "2.2", false},
		{"2.2dev (Build: 20111001)", "2.1", true},
		{"2.2beta (Build: 20111101)", "2.2", true},
		{"4.1rc2 (Build: 20221115)", "4.1.2", true},
		{"3.10dev (Build: 20201001)", "3.1", false}, // 3.10 - 0.1 is 3
		{"3.10dev (Build: 20201001)", "3.0", false}, // and 3 is older than 3.0
		{"2.0 RC1 (Build: 20100921)", "1.9", true},
		{"1.9.19 (Build: 20120706)", "", true},
		{"", "", false},
		{"dev", "1.0", false},
	} {
		if got := (moodle.ServerNeeds{Requires: c.requires}).Admits(c.release); got != c.want {
			t.Errorf("%q for %q: %v", c.release, c.requires, got)
		}
	}
}

// The names of core's functions, in the order in which it got them.
func TestBlockedPHP(t *testing.T) {
	t.Parallel()
	for function, want := range map[string]string{
		"restrict_php_version_7": "7.0", "restrict_php_version_71": "7.1", "restrict_php_version_74": "7.4",
		"restrict_php_version_8": "8.0", "restrict_php_version_84": "8.4", "restrict_php_version_810": "8.10",
		"restrict_php50_version": "", "restrict_php_version_": "", "restrict_php_version_8x": "", "restrict_php_version_84444": "", "": "",
	} {
		e, err := moodle.ParseEnvironment([]byte(`<COMPATIBILITY_MATRIX><MOODLE version="4.5"><PHP version="8.1"><RESTRICT function="` + function + `"/></PHP></MOODLE></COMPATIBILITY_MATRIX>`))
		if err != nil {
			t.Fatal(err)
		}
		if n := e.Versions[0]; n.PHPBlocked != want || n.PHPRestrict != function {
			t.Errorf("%q: blocked from %q (%q), want %q", function, n.PHPBlocked, n.PHPRestrict, want)
		}
	}
}

func TestEnvironmentThatIsNone(t *testing.T) {
	t.Parallel()
	laughs := `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><COMPATIBILITY_MATRIX><MOODLE version="&b;"/></COMPATIBILITY_MATRIX>`
	outside := `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><COMPATIBILITY_MATRIX><MOODLE version="4.5" requires="&a;"/></COMPATIBILITY_MATRIX>`
	for name, text := range map[string]string{
		"empty": "", "text": "4.5", "another root": "<MATRIX/>", "no version": "<COMPATIBILITY_MATRIX></COMPATIBILITY_MATRIX>",
		"cut off": `<COMPATIBILITY_MATRIX><MOODLE version="4.5">`, "own entities": laughs, "a file as entity": outside,
		"conflict": "<COMPATIBILITY_MATRIX>\n<<<<<<< ours\n</COMPATIBILITY_MATRIX>",
		"latin-1":  `<?xml version="1.0" encoding="ISO-8859-1"?><COMPATIBILITY_MATRIX><MOODLE version="4.5"/></COMPATIBILITY_MATRIX>`,
		"deep":     `<COMPATIBILITY_MATRIX>` + strings.Repeat("<MOODLE version='4.5'>", 20000),
		"too long": `<COMPATIBILITY_MATRIX><MOODLE version="4.5"/></COMPATIBILITY_MATRIX>` + strings.Repeat(" ", 5<<20),
	} {
		_, err := moodle.ParseEnvironment([]byte(text))
		var format *moodle.FormatError
		if !errors.As(err, &format) || strings.Contains(err.Error(), "root:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadEnvironment(t *testing.T) {
	t.Parallel()
	row := func(version string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`<COMPATIBILITY_MATRIX><MOODLE version="` + version + `"/></COMPATIBILITY_MATRIX>`)}
	}
	tree := fstest.MapFS{"admin/environment.xml": row("4.5")}
	for range 2 {
		e, path, err := moodle.ReadEnvironment(tree)
		want := "admin/environment.xml"
		if tree["public/admin/environment.xml"] != nil {
			want = "public/admin/environment.xml"
		}
		if err != nil || path != want {
			t.Fatalf("%s, %v", path, err)
		}
		if wantVersion := map[bool]string{false: "4.5", true: "5.1"}[strings.HasPrefix(want, "public")]; e.Versions[0].Version != wantVersion {
			t.Errorf("%s: %+v", path, e.Versions)
		}
		tree["public/admin/environment.xml"] = row("5.1")
	}
	if _, _, err := moodle.ReadEnvironment(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty tree: %v", err)
	}
}

// The expected values are those of PHP 8.2.
func TestComparePHPVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"4.1", "4.1", 0},
		{"4.1", "4.1.0", -1},
		{"4.10", "4.9", 1},
		{"3.10", "3.1", 1},
		{"5.2", "5.10", -1},
		{"8.2.10-1ubuntu1", "8.2.10", 1}, // a number more
		{"1.0dev", "1.0", -1},
		{"1.0alpha", "1.0beta", -1},
		{"1.0b1", "1.0RC1", -1},
		{"1.0RC1", "1.0", -1},
		{"1.0", "1.0pl1", -1},
		{"1.0xyz", "1.0dev", -1}, // a word that nobody knows is older than all
		{"1-0", "1.0", 0},
		{"1+0_1", "1.0.1", 0},
		{"007", "7", 0},
		{"99999999999999999999", "99999999999999999998", 1},
		{"", "", 0},
		{"1", "", 1},
		{"", "1", -1},
	} {
		if got := moodle.ComparePHPVersions(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := moodle.ComparePHPVersions(c.b, c.a); got != -c.want {
			t.Errorf("%q and %q: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func FuzzParseEnvironment(f *testing.F) {
	for _, seed := range []string{
		`<COMPATIBILITY_MATRIX><MOODLE version="4.5" requires="4.1.2"><PHP version="8.1.0"><RESTRICT function="restrict_php_version_84"/></PHP></MOODLE></COMPATIBILITY_MATRIX>`,
		`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><COMPATIBILITY_MATRIX><MOODLE version="&b;"/></COMPATIBILITY_MATRIX>`,
		`<COMPATIBILITY_MATRIX><MOODLE version="2.0"/><MOODLE version="2.0 "/><MOODLE version="x1y"/></COMPATIBILITY_MATRIX>`,
		`<COMPATIBILITY_MATRIX xmlns="a"><b:MOODLE xmlns:b="c" version="1"/>`,
	} {
		f.Add([]byte(seed), "4.5.1dev")
	}
	f.Fuzz(func(t *testing.T, source []byte, release string) {
		e, err := moodle.ParseEnvironment(source)
		var format *moodle.FormatError
		if err != nil {
			if e != nil || !errors.As(err, &format) {
				t.Errorf("%+v with error %v", e, err)
			}
			return
		}
		needs, ok := e.For(release)
		if ok && moodle.ComparePHPVersions(needs.Version, moodle.NormalizeVersion(release)) > 0 {
			t.Errorf("%q gets the row of the newer %q", release, needs.Version)
		}
		for _, n := range e.Versions {
			n.Admits(release)
			if exact, found := e.For(n.Version); moodle.NormalizeVersion(n.Version) == n.Version && (!found || exact.Version != n.Version) {
				t.Errorf("%q gets the row of %q", n.Version, exact.Version)
			}
		}
	})
}

func FuzzComparePHPVersions(f *testing.F) {
	f.Add("4.1.0", "4.1", "4.1dev")
	f.Add("1.0a", "1.0#", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if moodle.ComparePHPVersions(a, b) != -moodle.ComparePHPVersions(b, a) || moodle.ComparePHPVersions(c, c) != 0 {
			t.Errorf("%q and %q are in no order", a, b)
		}
	})
}
