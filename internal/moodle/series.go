package moodle

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Series is a line of Moodle releases with the same features, such as 4.5. The
// zero Series is no series; its String is empty.
type Series struct {
	Major, Minor int
}

var (
	seriesName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([1-9][0-9]{0,2})\.(0|[1-9][0-9]?)$`) })
	seriesCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[1-9][0-9]{1,4}$`) })
)

// ParseSeries reads a series in any of Moodle's spellings: "4.5", the code of
// $branch in version.php ("405", "39", "310") or a stable branch's name
// ("MOODLE_405_STABLE"). The error is a *FormatError.
func ParseSeries(text string) (Series, error) {
	code := text
	if rest, ok := strings.CutPrefix(text, "MOODLE_"); ok {
		if code, ok = strings.CutSuffix(rest, "_STABLE"); !ok {
			return Series{}, &FormatError{"series", text, "a stable branch is called MOODLE_<code>_STABLE"}
		}
	}
	if m := seriesName().FindStringSubmatch(code); m != nil && code == text {
		s := Series{Major: number(m[1]), Minor: number(m[2])}
		if !s.hasCode() {
			return Series{}, &FormatError{"series", text, "before 3.10 a series had one digit after the point"}
		}
		return s, nil
	}
	if !seriesCode().MatchString(code) {
		return Series{}, &FormatError{"series", text, "want a series such as 4.5, 405 or MOODLE_405_STABLE"}
	}
	s := seriesOfCode(number(code))
	if s.Code() != code {
		return Series{}, &FormatError{"series", text, "no series has this code"}
	}
	return s, nil
}

// seriesOfCode undoes Series.Code as core does it
// (\core\update\api::convert_branch_numbering_format): from 310 on the last two
// digits are the minor, before that the last one.
func seriesOfCode(code int) Series {
	if code >= 310 {
		return Series{Major: code / 100, Minor: code % 100}
	}
	return Series{Major: code / 10, Minor: code % 10}
}

// hasCode reports whether Code and back gives s, which 1.10 does not.
func (s Series) hasCode() bool {
	return seriesOfCode(number(s.Code())) == s
}

// String returns the series as people write it: "4.5".
func (s Series) String() string {
	if s.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d.%d", s.Major, s.Minor)
}

// Code returns the series as $branch in version.php has it: "25", "39", "310",
// "405". Two digits for the minor came with 3.10.
func (s Series) Code() string {
	if s.Major < 3 || s.Major == 3 && s.Minor < 10 {
		return fmt.Sprintf("%d%d", s.Major, s.Minor)
	}
	return fmt.Sprintf("%d%02d", s.Major, s.Minor)
}

// StableBranch returns the name of upstream's branch for the series:
// "MOODLE_405_STABLE".
func (s Series) StableBranch() string {
	return "MOODLE_" + s.Code() + "_STABLE"
}

// FirstTag returns the tag of the series' first release: v4.5.0.
func (s Series) FirstTag() Tag {
	return Tag{Series: s}
}

// IsZero reports whether s is the zero Series.
func (s Series) IsZero() bool {
	return s == Series{}
}

// Compare orders series by age: 3.9 before 3.10 before 4.0.
func (s Series) Compare(t Series) int {
	return cmp.Or(cmp.Compare(s.Major, t.Major), cmp.Compare(s.Minor, t.Minor))
}

// Next returns the series that follows s. Until 4.5 the majors ended as history
// went (1.9, 2.9, 3.11, 4.5); since 5.0 a major has the minors 0 to 3, so 5.3 is
// followed by 6.0 (the numbering of Moodle's release tool, moodlehq/mdlrelease).
// 4.6 was a one-off experiment on 4.5's version number and no series.
func (s Series) Next() Series {
	last := 3
	switch s.Major {
	case 1, 2:
		last = 9
	case 3:
		last = 11
	case 4:
		last = 5
	}
	if s.Minor >= last {
		return Series{Major: s.Major + 1}
	}
	return Series{Major: s.Major, Minor: s.Minor + 1}
}

// MarshalText writes the series as String does.
func (s Series) MarshalText() ([]byte, error) {
	return []byte(s.String()), nil
}

// UnmarshalText reads what ParseSeries reads; an empty text is the zero Series.
func (s *Series) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Series{}
		return nil
	}
	parsed, err := ParseSeries(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// number reads digits that a pattern has already limited in length.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0 // an optional group that did not take part
	}
	return n
}
