package moodle

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Release is what $release in version.php says: "4.1.15+ (Build: 20250131)".
type Release struct {
	Series Series
	Patch  int
	Pre    string // stage before the release, lower case without blanks: "dev", "beta", "rc1", "preview4"; "" when released
	Plus   bool   // built after the release, from the stable branch
	Build  string // YYYYMMDD, or ""
	Local  string // what follows the official text: a site's own suffix, or words of Moodle's early years

	// Spelling is the text that was read. String prefers it as long as it still
	// says what the other fields say.
	Spelling string
}

// The grammar covers every $release in Moodle's history: blanks before the stage
// and the plus (1.x, 2.0), "development" for dev, builds without the word Build
// (2.0dev) or with hyphens (one of 1.9).
var releaseText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([1-9][0-9]{0,2})\.([0-9]{1,2})(?:\.([0-9]{1,3}))?` +
		`(?: ?(?i:(?:unstable )?(dev|alpha|beta|rc|preview)(?:elopment)?) ?([0-9]{0,3}))?` +
		` ?(\+)? *(?:\((?:Build: *)?([0-9]{4})-?([0-9]{2})-?([0-9]{2})\))?(.*)$`)
})

// ParseRelease reads a release in the spelling of any era. Text beyond the
// official grammar is kept in Local. The error is a *FormatError.
func ParseRelease(text string) (Release, error) {
	spelling := strings.TrimSpace(text)
	m := releaseText().FindStringSubmatch(spelling)
	if m == nil {
		return Release{}, &FormatError{"release", text, "want a release such as 4.5.1+ (Build: 20250131)"}
	}
	return Release{
		Series:   Series{Major: number(m[1]), Minor: number(m[2])},
		Patch:    number(m[3]),
		Pre:      strings.ToLower(m[4]) + m[5],
		Plus:     m[6] != "",
		Build:    m[7] + m[8] + m[9],
		Local:    strings.TrimSpace(m[10]),
		Spelling: spelling,
	}, nil
}

// String returns the release as it was read, or, when it was not read or has
// been changed since, in today's official form.
func (r Release) String() string {
	if r.Spelling != "" {
		if read, err := ParseRelease(r.Spelling); err == nil && read == r {
			return r.Spelling
		}
	}
	text := r.Official()
	if r.Local != "" {
		text += " " + r.Local
	}
	return text
}

// Official returns the release in today's official form, without Local:
// "2.0 RC1 (Build: 20100921) lu" gives "2.0rc1 (Build: 20100921)". Two spellings
// of one release have the same Official.
func (r Release) Official() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d.%d", r.Series.Major, r.Series.Minor)
	if r.Patch != 0 {
		fmt.Fprintf(&b, ".%d", r.Patch)
	}
	b.WriteString(r.Pre)
	if r.Plus {
		b.WriteByte('+')
	}
	if r.Build != "" {
		fmt.Fprintf(&b, " (Build: %s)", r.Build)
	}
	return b.String()
}

// Tag returns the tag that upstream gives to this release, with ok false for one
// that it never tags: weekly (+) and development builds, stages other than beta
// and rc, and early releases with words of their own ("1.4 nearly"). A site's
// suffix after the build does not matter. Whether the tag exists is not known
// here: betas have tags since 2.2 only.
func (r Release) Tag() (tag Tag, ok bool) {
	if r.Plus || r.Local != "" && r.Build == "" {
		return Tag{}, false
	}
	tag, err := ParseTag(Tag{Series: r.Series, Patch: r.Patch, Pre: r.Pre}.String())
	return tag, err == nil
}

// Compare orders releases by age: series, patch, stage, plus, build. Local and
// Spelling do not count.
func (r Release) Compare(s Release) int {
	return cmp.Or(
		r.Series.Compare(s.Series),
		cmp.Compare(r.Patch, s.Patch),
		comparePre(r.Pre, s.Pre),
		compareBool(r.Plus, s.Plus),
		cmp.Compare(r.Build, s.Build),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
