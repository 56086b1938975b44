package moodle

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// Tag is the name of an upstream release tag: v4.5.0, v4.5.12, v4.5.0-rc1.
type Tag struct {
	Series
	Patch int
	Pre   string // "", "beta" or "rc1", "rc2", …
}

var tagName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^v([1-9][0-9]{0,2})\.(0|[1-9][0-9]?)\.(0|[1-9][0-9]{0,2})(?:-(beta|rc[1-9][0-9]?))?$`)
})

// ParseTag reads a tag's name, strictly as Moodle's release tool writes it: a
// leading v, three numbers, and a -beta or -rcN before the first release only.
// The error is a *FormatError.
func ParseTag(name string) (Tag, error) {
	m := tagName().FindStringSubmatch(name)
	if m == nil {
		return Tag{}, &FormatError{"tag", name, "want an upstream tag such as v4.5.0, v4.5.12 or v4.5.0-rc1"}
	}
	t := Tag{
		Series: Series{Major: number(m[1]), Minor: number(m[2])},
		Patch:  number(m[3]),
		Pre:    m[4],
	}
	if !t.Series.hasCode() {
		return Tag{}, &FormatError{"tag", name, "before 3.10 a series had one digit after the point"}
	}
	if t.Pre != "" && t.Patch != 0 {
		return Tag{}, &FormatError{"tag", name, "only the first release of a series has a beta or release candidate"}
	}
	return t, nil
}

// String returns the tag's name; of the zero Tag, nothing.
func (t Tag) String() string {
	if t.IsZero() {
		return ""
	}
	name := fmt.Sprintf("v%d.%d.%d", t.Major, t.Minor, t.Patch)
	if t.Pre != "" {
		name += "-" + t.Pre
	}
	return name
}

// IsZero reports whether t is the zero Tag.
func (t Tag) IsZero() bool {
	return t == Tag{}
}

// Release returns the release that the tag marks, without its build.
func (t Tag) Release() Release {
	return Release{Series: t.Series, Patch: t.Patch, Pre: t.Pre}
}

// IsFirst reports whether t is the first release of its series: v4.5.0.
func (t Tag) IsFirst() bool {
	return t.Patch == 0 && t.Pre == ""
}

// Compare orders tags by age: v4.5.0-beta, v4.5.0-rc1, v4.5.0, v4.5.1.
func (t Tag) Compare(u Tag) int {
	return cmp.Or(
		t.Series.Compare(u.Series),
		cmp.Compare(t.Patch, u.Patch),
		comparePre(t.Pre, u.Pre),
	)
}

// MarshalText writes the tag as String does. It exists so that a Tag does not
// inherit the text of its Series.
func (t Tag) MarshalText() ([]byte, error) {
	return []byte(t.String()), nil
}

// UnmarshalText reads what ParseTag reads; an empty text is the zero Tag.
func (t *Tag) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*t = Tag{}
		return nil
	}
	parsed, err := ParseTag(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// comparePre orders the stages before a release: dev, alpha, preview, beta, rc,
// and last the release itself, which has no stage.
func comparePre(a, b string) int {
	wordA, numberA := splitPre(a)
	wordB, numberB := splitPre(b)
	return cmp.Or(
		cmp.Compare(preRank(wordA), preRank(wordB)),
		cmp.Compare(number(numberA), number(numberB)),
	)
}

func splitPre(pre string) (word, digits string) {
	word = strings.TrimRight(pre, "0123456789")
	return word, pre[len(word):]
}

func preRank(word string) int {
	switch word {
	case "dev":
		return 1
	case "alpha":
		return 2
	case "preview":
		return 3
	case "beta":
		return 4
	case "rc":
		return 5
	case "":
		return 6
	}
	return 0
}
