package moodle

import (
	"regexp"
	"strings"
	"sync"
)

// Version is what core's version.php says, as text. Release is empty before 1.1,
// Maturity before 2.1 and Branch before 2.3.
type Version struct {
	Version  string // "2024100705.01": branching date, release increment, incremental changes
	Release  string // "4.5.5+ (Build: 20250613)"
	Branch   string // "405"
	Maturity string // "MATURITY_STABLE"
}

var (
	versionLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)(?:^|[\s;])\$version\s*=`)
	})
	coreNumber  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{10}(?:\.[0-9]+)?$`) })
	releaseLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)(?:^|[\s;])\$release\s*=\s*(?:'([^'\n]*)'|"([^"\n]*)")\s*;`)
	})
	branchLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)(?:^|[\s;])\$branch\s*=\s*['"]?([0-9]+)['"]?\s*;`)
	})
	maturityLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?m)(?:^|[\s;])\$maturity\s*=\s*(MATURITY_[A-Z]+)\s*;`)
	})
	pluginVersion = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(?:module|plugin)->version\s*=`) })
	conflictMark  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^[<>]{7} `) })
)

// ParseVersion reads core's version.php of any era, from 1.0 on. The last
// assignment wins, as in PHP. A plugin's version.php is ErrNotCore; a file with
// conflict markers or without a literal $version is a *FormatError.
func ParseVersion(source []byte) (Version, error) {
	if conflictMark().Match(source) {
		return Version{}, &FormatError{"version.php", "", "holds conflict markers"}
	}
	code := stripComments(source)
	v := Version{
		Version:  coreVersion(code),
		Release:  lastMatch(releaseLine(), code),
		Branch:   lastMatch(branchLine(), code),
		Maturity: lastMatch(maturityLine(), code),
	}
	if v.Version != "" {
		return v, nil
	}
	if pluginVersion().Match(code) {
		return Version{}, ErrNotCore
	}
	return Version{}, &FormatError{"version.php", "", "sets no $version of ten digits"}
}

// coreVersion returns the last number that the code sets $version to, read as that of a plugin; "" for none.
func coreVersion(code []byte) (version string) {
	for _, m := range versionLine().FindAllIndex(code, -1) {
		if value, ok := expression(code, m[1]); ok {
			if number, ok := literal(value, coreNumber()); ok {
				version = number
			}
		}
	}
	return version
}

// lastMatch returns the groups of the last match put together; each pattern has
// groups of which one at most takes part.
func lastMatch(pattern *regexp.Regexp, code []byte) string {
	all := pattern.FindAllSubmatch(code, -1)
	if len(all) == 0 {
		return ""
	}
	var text strings.Builder
	for _, group := range all[len(all)-1][1:] {
		text.Write(group)
	}
	return text.String()
}

// Series returns the series that the file names: by $branch, else by $release.
// The error is a *FormatError; files of 1.0, which have neither, give one.
func (v Version) Series() (Series, error) {
	if v.Branch != "" {
		return ParseSeries(v.Branch)
	}
	r, err := ParseRelease(v.Release)
	if err != nil {
		return Series{}, err
	}
	return r.Series, nil
}

// Compare orders by $version as CompareVersions does.
func (v Version) Compare(w Version) int {
	return CompareVersions(v.Version, w.Version)
}

// CompareVersions orders two $version values of core or of a plugin as Moodle
// does: the part before the dot as a whole number, then the decimals, padded on
// the right, so that ".1" equals ".10" and a missing part is zero.
func CompareVersions(a, b string) int {
	wholeA, decimalsA, _ := strings.Cut(a, ".")
	wholeB, decimalsB, _ := strings.Cut(b, ".")
	wholeA, wholeB = strings.TrimLeft(wholeA, "0"), strings.TrimLeft(wholeB, "0")
	if len(wholeA) != len(wholeB) {
		if len(wholeA) < len(wholeB) {
			return -1
		}
		return 1
	}
	if c := strings.Compare(wholeA, wholeB); c != 0 {
		return c
	}
	return strings.Compare(strings.TrimRight(decimalsA, "0"), strings.TrimRight(decimalsB, "0"))
}
