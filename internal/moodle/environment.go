package moodle

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Environment is admin/environment.xml: what each version of Moodle asks of the
// server and of the release that is upgraded. The file is cumulative; a branch's
// copy has the rows of all versions before, and often that of the next.
type Environment struct {
	Versions []ServerNeeds // in the order of the file
}

// ServerNeeds are one version's row.
type ServerNeeds struct {
	Version string // "4.5"
	// Requires is the oldest release that may be upgraded to this one; "" where
	// the file does not say, and core takes 1.0.
	Requires  string
	Databases []DatabaseNeed
	PHP       string // the oldest version that will do; "" where the file does not say
	// PHPBlocked is the first version of PHP that will not do, as the name of
	// PHPRestrict tells; "" for none and for one that tells nothing.
	PHPBlocked string
	// PHPRestrict is the function of core that forbids some versions of PHP.
	PHPRestrict string
	Extensions  []Need // of PHP
	Settings    []Need // of php.ini
	Checks      []Need // functions of core that look at something themselves
}

// DatabaseNeed is the oldest version of a database that will do. Vendor is the
// file's word for it: postgres, mysql, mariadb, auroramysql, mssql, oracle.
type DatabaseNeed struct {
	Vendor, Version string
	Restrict        string // a function of core that forbids some versions
}

// Need is something that a version asks for.
type Need struct {
	Name     string
	Value    string // of a setting; the file of a check
	Optional bool   // recommended only
}

// maxEnvironment is the longest file that is read, some twenty times the real one.
const maxEnvironment = 4 << 20

// EnvironmentPaths are the places of the file, the newest layout's first.
func EnvironmentPaths() []string {
	return []string{"public/admin/environment.xml", "admin/environment.xml"}
}

// ReadEnvironment reads the file in a tree of core, and returns its path. The error
// is fs.ErrNotExist where there is none, and else as that of ParseEnvironment.
func ReadEnvironment(fsys fs.FS) (*Environment, string, error) {
	for _, path := range EnvironmentPaths() {
		data, err := fs.ReadFile(fsys, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, path, err
		}
		e, err := ParseEnvironment(data)
		return e, path, err
	}
	return nil, "", fmt.Errorf("admin/environment.xml: %w", fs.ErrNotExist)
}

// The elements are read as core reads them (lib/environmentlib.php): the first of
// several, and what has no level is required.
type (
	environmentXML struct {
		XMLName xml.Name     `xml:"COMPATIBILITY_MATRIX"`
		Moodle  []versionXML `xml:"MOODLE"`
	}
	versionXML struct {
		Version    string    `xml:"version,attr"`
		Requires   string    `xml:"requires,attr"`
		Vendors    []needXML `xml:"DATABASE>VENDOR"`
		PHP        []needXML `xml:"PHP"`
		Extensions []needXML `xml:"PHP_EXTENSIONS>PHP_EXTENSION"`
		Settings   []needXML `xml:"PHP_SETTINGS>PHP_SETTING"`
		Checks     []needXML `xml:"CUSTOM_CHECKS>CUSTOM_CHECK"`
	}
	needXML struct {
		Name     string `xml:"name,attr"`
		Version  string `xml:"version,attr"`
		Value    string `xml:"value,attr"`
		Level    string `xml:"level,attr"`
		File     string `xml:"file,attr"`
		Function string `xml:"function,attr"`
		Restrict []struct {
			Function string `xml:"function,attr"`
		} `xml:"RESTRICT"`
	}
)

// ParseEnvironment reads environment.xml of any era, from 1.5 on. Entities that
// the file defines itself are an error, as is a file of more than 4 MiB. The error
// is a *FormatError.
func ParseEnvironment(source []byte) (*Environment, error) {
	if len(source) > maxEnvironment {
		return nil, &FormatError{"environment.xml", "", fmt.Sprintf("has %d bytes, and no such file is that long", len(source))}
	}
	var read environmentXML
	if err := xml.NewDecoder(bytes.NewReader(source)).Decode(&read); err != nil {
		return nil, &FormatError{"environment.xml", "", err.Error()}
	}
	e := &Environment{}
	for _, v := range read.Moodle {
		if NormalizeVersion(v.Version) == "" {
			continue // core never finds it
		}
		e.Versions = append(e.Versions, v.needs())
	}
	if len(e.Versions) == 0 {
		return nil, &FormatError{"environment.xml", "", "has no version of Moodle"}
	}
	return e, nil
}

func (v versionXML) needs() ServerNeeds {
	n := ServerNeeds{Version: v.Version, Requires: strings.TrimSpace(v.Requires)}
	for _, d := range v.Vendors {
		if d.Name != "" && d.Version != "" {
			n.Databases = append(n.Databases, DatabaseNeed{Vendor: d.Name, Version: d.Version, Restrict: d.restrict()})
		}
	}
	if len(v.PHP) > 0 {
		n.PHP, n.PHPRestrict = v.PHP[0].Version, v.PHP[0].restrict()
		n.PHPBlocked = blockedFrom(n.PHPRestrict)
	}
	for _, x := range v.Extensions {
		n.Extensions = appendNeed(n.Extensions, x.Name, "", x)
	}
	for _, x := range v.Settings {
		n.Settings = appendNeed(n.Settings, x.Name, x.Value, x)
	}
	for _, x := range v.Checks {
		n.Checks = appendNeed(n.Checks, x.Function, x.File, x)
	}
	return n
}

func (x needXML) restrict() string {
	if len(x.Restrict) == 0 {
		return ""
	}
	return x.Restrict[0].Function
}

func appendNeed(all []Need, name, value string, x needXML) []Need {
	if name == "" {
		return all
	}
	return append(all, Need{Name: name, Value: value, Optional: x.Level == "optional"})
}

var restrictPHP = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^restrict_php_version_([1-9])([0-9]{0,2})$`) })

// blockedFrom reads the version out of a function's name. All of them since 2.7
// call restrict_php_version($result, '8.4') (lib/upgradelib.php), and are named
// after that version: restrict_php_version_84, or restrict_php_version_8 for 8.0.
func blockedFrom(function string) string {
	m := restrictPHP().FindStringSubmatch(function)
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s.%d", m[1], number(m[2]))
}

// For returns the row that core uses for a version or a release ("4.5.9+ (Build:
// 20260101)"): that of exactly this version, else the last row of the file that
// is older (get_latest_version_available in lib/environmentlib.php). It is false
// where there is none.
func (e *Environment) For(version string) (needs ServerNeeds, ok bool) {
	version = NormalizeVersion(version)
	exact := false
	for _, n := range e.Versions {
		switch {
		case n.Version == version:
			needs, ok, exact = n, true, true // of two equal ones core takes the second
		case !exact && ComparePHPVersions(n.Version, version) < 0:
			needs, ok = n, true
		}
	}
	return needs, ok
}

// Admits reports whether core lets a site of the given release upgrade to this
// version, as environment_check_moodle decides it: the release is normalised, a
// development build of 4.5 counts as 4.4, and version_compare has the last word.
// So 4.1rc2 passes for 4.1.2.
func (n ServerNeeds) Admits(release string) bool {
	needed := n.Requires
	if needed == "" {
		needed = "1.0"
	}
	return ComparePHPVersions(upgradeVersion(release), needed) >= 0
}

var leadingNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,15}(?:\.[0-9]{1,15})?`) })

// upgradeVersion is a release as core compares it. From a development build it
// subtracts 0.1, in PHP's floating-point arithmetic: 4.5dev gives 4.4, 3.10dev 3.
func upgradeVersion(release string) string {
	version := NormalizeVersion(release)
	if !strings.Contains(release, "dev") {
		return version
	}
	x, err := strconv.ParseFloat(leadingNumber().FindString(version), 64)
	if err != nil {
		return version
	}
	return strconv.FormatFloat(x-0.1, 'g', 14, 64)
}

var (
	notVersion = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^.0-9]`) })
	dots       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\.{2,}`) })
)

// NormalizeVersion gives a version the form in which core compares versions
// (normalize_version in lib/environmentlib.php): what follows the first blank is
// cut off, and all but digits becomes dots: "8.2.10-1ubuntu1" is 8.2.10.1.1.
func NormalizeVersion(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	text = notVersion().ReplaceAllString(text, ".")
	return strings.Trim(dots().ReplaceAllString(text, "."), ".")
}
