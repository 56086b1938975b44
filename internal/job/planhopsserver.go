package job

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/config"
	"mgit/internal/moodle"
)

// requirementsOf puts a row of environment.xml into words.
func requirementsOf(n moodle.ServerNeeds, source string) Requirements {
	r := Requirements{
		Source: source, PHP: phpRange(n), Databases: []DatabaseRequirement{},
		Extensions: []string{}, Optional: []string{}, Settings: []SettingRequirement{}, Checks: []CheckRequirement{},
	}
	for _, d := range n.Databases {
		r.Databases = append(r.Databases, DatabaseRequirement{Database: databaseOfVendor(d.Vendor), Version: d.Version})
	}
	for _, x := range n.Extensions {
		if x.Optional {
			r.Optional = append(r.Optional, x.Name)
		} else {
			r.Extensions = append(r.Extensions, x.Name)
		}
	}
	for _, x := range n.Settings {
		r.Settings = append(r.Settings, SettingRequirement{Name: x.Name, Value: x.Value, Required: !x.Optional})
	}
	for _, x := range n.Checks {
		r.Checks = append(r.Checks, CheckRequirement{Function: x.Name, Required: !x.Optional})
	}
	return r
}

func phpRange(n moodle.ServerNeeds) PHPRange {
	r := PHPRange{From: n.PHP, Blocked: n.PHPBlocked}
	if n.PHPBlocked == "" {
		r.Restrict = n.PHPRestrict
	}
	return r
}

// databaseOfVendor is the word of sites.toml, which is config.php's ($CFG->dbtype), for
// one of environment.xml.
func databaseOfVendor(vendor string) string {
	switch vendor {
	case "postgres":
		return "pgsql"
	case "mssql":
		return "sqlsrv"
	case "oracle":
		return "oci"
	}
	return vendor
}

// databaseWord accepts both words, and that of the mysqli driver.
func databaseWord(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	if word == "mysqli" {
		return "mysql"
	}
	return databaseOfVendor(word)
}

// sharedPHP is what suits both releases; empty says that nothing does. Its From is ""
// where one of the two does not say what it needs.
func sharedPHP(a, b PHPRange) (shared PHPRange, empty bool) {
	if a.From == "" || b.From == "" {
		return PHPRange{}, false
	}
	shared.From, shared.Blocked = a.From, a.Blocked
	if moodle.ComparePHPVersions(b.From, a.From) > 0 {
		shared.From = b.From
	}
	if b.Blocked != "" && (a.Blocked == "" || moodle.ComparePHPVersions(b.Blocked, a.Blocked) < 0) {
		shared.Blocked = b.Blocked
	}
	if shared.Blocked != "" && moodle.ComparePHPVersions(shared.From, shared.Blocked) >= 0 {
		return PHPRange{}, true
	}
	return shared, false
}

// measure holds a site's server against what a release asks for.
func measure(name string, site config.Site, n Requirements) HopSite {
	return HopSite{
		Site: name, Environment: site.Environment,
		PHP: measurePHP(site.PHP, n.PHP), Database: measureDatabase(site, n), Extensions: measureExtensions(site, n),
	}
}

func measurePHP(has string, needs PHPRange) ServerCheck {
	c := ServerCheck{Has: has, Needs: needs.String(), Missing: []string{}}
	c.Status = atLeast(has, needs.From)
	if c.Status == ServerOK && needs.Blocked != "" && moodle.ComparePHPVersions(moodle.NormalizeVersion(has), needs.Blocked) >= 0 {
		c.Status = ServerBlocked
	}
	return c
}

// String is the range in words: "8.1.0 to below 8.4".
func (r PHPRange) String() string {
	switch {
	case r.From == "":
		return ""
	case r.Blocked != "":
		return fmt.Sprintf("%s to below %s", r.From, r.Blocked)
	}
	return r.From + " or later"
}

// atLeast compares a version that somebody states with the oldest that will do. What is
// stated may be short: 8.1 is one of 8.1.x. That settles it where the needed one begins
// a series of its own (8.1.0), and is unclear where it does not (10.6.7).
func atLeast(has, needed string) string {
	version := moodle.NormalizeVersion(has)
	switch {
	case strings.TrimSpace(has) == "":
		return ServerNotStated
	case needed == "":
		return ServerUnknown
	case version == "":
		return ServerUnclear
	case moodle.ComparePHPVersions(version, needed) >= 0:
		return ServerOK
	}
	rest, isShort := strings.CutPrefix(needed, version+".")
	switch {
	case isShort && strings.Trim(rest, "0.") == "":
		return ServerOK
	case isShort:
		return ServerUnclear
	}
	return ServerTooOld
}

func measureDatabase(site config.Site, n Requirements) ServerCheck {
	word := databaseWord(site.Database)
	c := ServerCheck{Has: strings.TrimSpace(word + " " + site.DatabaseVersion), Missing: []string{}}
	if word == "" {
		c.Status = ServerNotStated
		return c
	}
	if len(n.Databases) == 0 {
		c.Status = ServerUnknown
		return c
	}
	i := slices.IndexFunc(n.Databases, func(d DatabaseRequirement) bool { return d.Database == word })
	if i < 0 {
		var others []string
		for _, d := range n.Databases {
			others = append(others, d.Database+" "+d.Version)
		}
		c.Status, c.Needs = ServerMissing, strings.Join(others, ", ")
		return c
	}
	needed := n.Databases[i].Version
	has := site.DatabaseVersion
	if word == "sqlsrv" {
		has = sqlServerVersion(has)
	}
	c.Needs = fmt.Sprintf("%s %s or later", word, needed)
	c.Status = atLeast(has, needed)
	return c
}

// sqlServerVersion is the number by which environment.xml calls a version that people
// call by its year. The numbers are Microsoft's.
func sqlServerVersion(has string) string {
	year, _, _ := strings.Cut(strings.TrimSpace(has), " ")
	return cmp.Or(map[string]string{
		"2005": "9.0", "2008": "10.0", "2012": "11.0", "2014": "12.0", "2016": "13.0", "2017": "14.0", "2019": "15.0", "2022": "16.0", "2025": "17.0",
	}[year], has)
}

// measureExtensions names the required extensions that the site does not state. PHP
// itself always has some of them, and nobody lists those.
func measureExtensions(site config.Site, n Requirements) ServerCheck {
	c := ServerCheck{Has: strings.Join(site.Extensions, ", "), Needs: strings.Join(n.Extensions, ", "), Missing: []string{}}
	switch {
	case len(site.Extensions) == 0:
		c.Status = ServerNotStated
		return c
	case n.Source == "":
		c.Status = ServerUnknown
		return c
	}
	for _, x := range n.Extensions {
		has := slices.ContainsFunc(site.Extensions, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), x) })
		if !has && !isBuiltIntoPHP(x) {
			c.Missing = append(c.Missing, x)
		}
	}
	c.Status = ServerOK
	if len(c.Missing) > 0 {
		c.Status = ServerMissing
	}
	return c
}

// isBuiltIntoPHP reports whether every PHP of the last years has the extension, so that
// it cannot be left out when PHP is built.
func isBuiltIntoPHP(extension string) bool {
	return slices.Contains([]string{"pcre", "spl", "hash", "json", "date", "reflection", "standard", "core"}, strings.ToLower(extension))
}
