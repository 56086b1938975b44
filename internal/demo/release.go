package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/moodle"
)

// release is the release of a series: when it was branched, and the $version
// that its builds count up from.
type release struct {
	series moodle.Series
	date   time.Time
}

// base is the ten digits of $version at the first release.
func (r release) base() string {
	return r.date.Format("20060102") + "00"
}

// releases returns the first n series from 4.1 on. Up to 5.1 the dates are
// Moodle's own; later ones follow every 26 weeks.
func releases(n int) []release {
	known := []string{"20221128", "20230424", "20231009", "20240422", "20241007", "20250414", "20251006"}
	series := moodle.Series{Major: 4, Minor: 1}
	var all []release
	for i := range n {
		var date time.Time
		if i < len(known) {
			date, _ = time.Parse("20060102", known[i])
		} else {
			date = all[i-1].date.AddDate(0, 0, 26*7)
		}
		all = append(all, release{series, date})
		series = series.Next()
	}
	return all
}

// build is what version.php says.
type build struct {
	series    moodle.Series
	patch     int
	word      string // "dev", "beta", "rc1"; "" for a stable build
	plus      bool
	version   string // ten digits
	increment int    // the decimals of $version
	date      time.Time
}

// release is the text of $release without the build date.
func (b build) release() string {
	text := b.series.String()
	if b.patch > 0 {
		text += fmt.Sprintf(".%d", b.patch)
	}
	text += b.word
	if b.plus {
		text += "+"
	}
	return text
}

func (b build) maturity() string {
	switch {
	case b.word == "dev":
		return "ALPHA"
	case b.word == "beta":
		return "BETA"
	case b.word != "":
		return "RC"
	}
	return "STABLE"
}

// versionPHP is core's version.php, in the form that the release tool writes.
func (b build) versionPHP() string {
	return phpLib("core", "MOODLE VERSION INFORMATION", fmt.Sprintf(`// This file defines the current version of the core Moodle code being used.
// This is compared against the values stored in the database to determine
// whether upgrades should be performed (see lib/db/*.php).

$version  = %s.%02d;              // %s      = branching date YYYYMMDD - do not modify!
                                        //         RR    = release increments - 00 in DEV branches.
                                        //           .XX = incremental changes.
$release  = '%s (Build: %s)'; // Human-friendly version name
$branch   = '%s';                     // This version's branch.
$maturity = MATURITY_%s;             // This version's maturity level.
`, b.version, b.increment, b.version[:8], b.release(), b.date.Format("20060102"), b.series.Code(), b.maturity()))
}

// pluginTypes are the types of plugins and their folders in the order of
// lib/components.json, as the series has them.
func pluginTypes(series moodle.Series) [][2]string {
	types := [][2]string{
		{"antivirus", "lib/antivirus"},
		{"availability", "availability/condition"},
		{"qtype", "question/type"},
		{"mod", "mod"},
		{"auth", "auth"},
		{"calendartype", "calendar/type"},
		{"customfield", "customfield/field"},
		{"enrol", "enrol"},
		{"message", "message/output"},
		{"block", "blocks"},
		{"media", "media/player"},
		{"filter", "filter"},
		{"editor", "lib/editor"},
		{"format", "course/format"},
		{"dataformat", "dataformat"},
		{"profilefield", "user/profile/field"},
		{"report", "report"},
		{"coursereport", "course/report"},
		{"gradeexport", "grade/export"},
		{"gradeimport", "grade/import"},
		{"gradereport", "grade/report"},
		{"gradingform", "grade/grading/form"},
		{"mlbackend", "lib/mlbackend"},
		{"mnetservice", "mnet/service"},
		{"webservice", "webservice"},
		{"repository", "repository"},
		{"portfolio", "portfolio"},
		{"search", "search/engine"},
		{"qbank", "question/bank"},
		{"qbehaviour", "question/behaviour"},
		{"qformat", "question/format"},
		{"plagiarism", "plagiarism"},
		{"tool", "admin/tool"},
		{"cachestore", "cache/stores"},
		{"cachelock", "cache/locks"},
		{"fileconverter", "files/converter"},
		{"contenttype", "contentbank/contenttype"},
		{"theme", "theme"},
		{"local", "local"},
		{"h5plib", "h5p/h5plib"},
		{"paygw", "payment/gateway"},
	}
	later := []struct {
		since moodle.Series
		types [][2]string
	}{
		{moodle.Series{Major: 4, Minor: 2}, [][2]string{{"communication", "communication/provider"}}},
		{moodle.Series{Major: 4, Minor: 5}, [][2]string{{"aiplacement", "ai/placement"}, {"aiprovider", "ai/provider"}, {"smsgateway", "sms/gateway"}}},
		{moodle.Series{Major: 5}, [][2]string{{"gradepenalty", "grade/penalty"}}},
	}
	for _, l := range later {
		if series.Compare(l.since) >= 0 {
			types = append(types, l.types...)
		}
	}
	return types
}

// subsystems are some of core's subsystems and their folders; "" has none.
func subsystems() [][2]string {
	return [][2]string{
		{"access", ""},
		{"admin", "admin"},
		{"auth", "auth"},
		{"availability", "availability"},
		{"backup", "backup/util/ui"},
		{"badges", "badges"},
		{"block", "blocks"},
		{"cache", "cache"},
		{"calendar", "calendar"},
		{"course", "course"},
		{"enrol", "enrol"},
		{"files", "files"},
		{"grades", "grade"},
		{"group", "group"},
		{"langconfig", ""},
		{"message", "message"},
		{"my", "my"},
		{"question", "question"},
		{"user", "user"},
		{"webservice", "webservice"},
	}
}

// componentsJSON is lib/components.json. Since 5.1 the paths have the prefix
// "public/", and since 5.0 types can be deprecated or deleted.
func componentsJSON(series moodle.Series, moved bool) string {
	prefix := ""
	if moved {
		prefix = "public/"
	}
	types := pluginTypes(series)
	deprecated := ""
	if series.Major >= 5 {
		kept := slices.DeleteFunc(slices.Clone(types), func(t [2]string) bool { return t[0] == "mnetservice" })
		deprecated = ",\n" + jsonMap("deprecatedplugintypes", [][2]string{{"mnetservice", "mnet/service"}}, prefix) +
			",\n    \"deletedplugintypes\": {}"
		types = kept
	}
	return "{\n" + jsonMap("plugintypes", types, prefix) + ",\n" + jsonMap("subsystems", subsystems(), prefix) + deprecated + "\n}\n"
}

// jsonMap writes a member whose value is an object of paths in the given order.
func jsonMap(name string, pairs [][2]string, prefix string) string {
	var lines []string
	for _, p := range pairs {
		value := "null"
		if p[1] != "" {
			value = `"` + prefix + p[1] + `"`
		}
		lines = append(lines, fmt.Sprintf("        %q: %s", p[0], value))
	}
	return fmt.Sprintf("    %q: {\n%s\n    }", name, strings.Join(lines, ",\n"))
}

// standard lists the shipped plugins by type, and those that upstream has given up.
func standard(catalogue []plugin, series moodle.Series) (kept, deleted map[string][]string) {
	kept, deleted = map[string][]string{}, map[string][]string{}
	for _, p := range catalogue {
		typ, name, _ := strings.Cut(p.component, "_")
		if p.shipped(series) {
			kept[typ] = append(kept[typ], name)
		} else if series.Compare(p.since) > 0 {
			deleted[typ] = append(deleted[typ], name)
		}
	}
	return kept, deleted
}

// pluginsJSON is lib/plugins.json, which came in 4.4.
func pluginsJSON(catalogue []plugin, series moodle.Series) string {
	kept, deleted := standard(catalogue, series)
	text, err := json.MarshalIndent(struct {
		Standard map[string][]string `json:"standard"`
		Deleted  map[string][]string `json:"deleted"`
	}{kept, deleted}, "", "    ")
	if err != nil {
		return "" // cannot be: maps of texts
	}
	return string(text) + "\n"
}

// pluginManager is lib/classes/plugin_manager.php, which held the list until 4.3.
func pluginManager(catalogue []plugin, series moodle.Series) string {
	body := `/**
 * Knows all plugins.
 */
class core_plugin_manager {
`
	if series.Compare(moodle.Series{Major: 4, Minor: 4}) < 0 {
		kept, _ := standard(catalogue, series)
		body += `    /**
     * Returns the plugins of a type that are part of Moodle.
     *
     * @param string $type
     * @return array|bool false when the type is not known
     */
    public static function standard_plugins_list($type) {
        $standard_plugins = array(
` + phpArrays(kept) + `        );

        return $standard_plugins[$type] ?? false;
    }

`
	} else {
		body += `    /**
     * Returns the plugins of a type that are part of Moodle.
     *
     * @param string $type
     * @return array|bool false when the type is not known
     */
    public static function standard_plugins_list($type) {
        return static::load_standard_plugins()[$type] ?? false;
    }

`
	}
	return phpLib("core", "Defines the plugin manager.", body+`    /**
     * Forgets what was read.
     */
    public static function reset_caches() {
        static::$singletoninstance = null;
    }
}
`)
}

func phpArrays(lists map[string][]string) string {
	var types []string
	for typ := range lists {
		types = append(types, typ)
	}
	slices.Sort(types)
	var text strings.Builder
	for _, typ := range types {
		fmt.Fprintf(&text, "            '%s' => array(\n                '%s'\n            ),\n", typ, strings.Join(lists[typ], "', '"))
	}
	return text.String()
}

// requirements are a series' rows of admin/environment.xml.
type requirements struct{ series, from, php, postgres, mysql, mariadb, mssql string }

// environmentXML is admin/environment.xml. It is cumulative, and has the rows of
// the next series as well.
func environmentXML(series moodle.Series) string {
	rows := []requirements{
		{"4.1", "3.9", "7.4.0", "12", "5.7", "10.4", "14.0"},
		{"4.2", "3.11.8", "8.0.0", "13", "8.0", "10.6.7", "14.0"},
		{"4.3", "3.11.8", "8.0.0", "13", "8.0", "10.6.7", "14.0"},
		{"4.4", "4.1.2", "8.1.0", "13", "8.0", "10.6.7", "14.0"},
		{"4.5", "4.1.2", "8.1.0", "13", "8.0", "10.6.7", "14.0"},
		{"5.0", "4.2.3", "8.2.0", "14", "8.4", "10.11.0", "14.0"},
		{"5.1", "4.2.3", "8.2.0", "15", "8.4", "10.11.0", "14.0"},
		{"5.2", "4.4", "8.3.0", "16", "8.4", "10.11.0", "15.0"},
		{"5.3", "4.5", "8.3.0", "16", "8.4", "10.11.0", "15.0"},
	}
	var text strings.Builder
	text.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<COMPATIBILITY_MATRIX>\n")
	last := series.Next()
	for _, r := range rows {
		if s, err := moodle.ParseSeries(r.series); err != nil || s.Compare(last) > 0 {
			continue
		}
		text.WriteString(expand(`  <MOODLE version="{series}" requires="{from}">
    <UNICODE level="required">
      <FEEDBACK>
        <ON_ERROR message="unicoderequired" />
      </FEEDBACK>
    </UNICODE>
    <DATABASE level="required">
      <VENDOR name="mariadb" version="{mariadb}" />
      <VENDOR name="mysql" version="{mysql}" />
      <VENDOR name="postgres" version="{postgres}" />
      <VENDOR name="mssql" version="{mssql}" />
    </DATABASE>
    <PHP version="{php}" level="required">
    </PHP>
    <PHP_EXTENSIONS>
      <PHP_EXTENSION name="intl" level="required">
      </PHP_EXTENSION>
      <PHP_EXTENSION name="sodium" level="required">
      </PHP_EXTENSION>
    </PHP_EXTENSIONS>
  </MOODLE>
`, "series", r.series, "from", r.from, "mariadb", r.mariadb, "mysql", r.mysql, "postgres", r.postgres, "mssql", r.mssql, "php", r.php))
	}
	text.WriteString("</COMPATIBILITY_MATRIX>\n")
	return text.String()
}
