package corehack

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Patterns is a list of patterns of paths as in a .gitignore: `*`, `?` and
// `[a-z]` match within a name, `**` stands for any number of folders. A pattern
// with a slash before its end is about the path from the root, any other about a
// name wherever it is. One that ends with a slash matches folders only. What
// matches a folder matches all that is in it, and "!" takes away. The last
// pattern that matches a path or a folder of it decides, so that, unlike in a
// .gitignore, something can be taken out of a folder.
type Patterns []pattern

type pattern struct {
	text     string
	negate   bool
	dirOnly  bool
	anchored bool
	names    []string // of the path; one where not anchored
	literal  []bool   // names that are no patterns
	deep     bool     // has a **
}

// PatternError says why a text is no pattern of paths.
type PatternError struct{ Pattern, Reason string }

func (e *PatternError) Error() string {
	return fmt.Sprintf("the pattern %q %s", e.Pattern, e.Reason)
}

// ParsePatterns reads a list of patterns. The error is a *PatternError.
func ParsePatterns(list []string) (Patterns, error) {
	patterns := make(Patterns, 0, len(list))
	for _, text := range list {
		p, err := parsePattern(text)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func parsePattern(text string) (pattern, error) {
	p := pattern{text: text}
	rest := text
	if rest, p.negate = strings.CutPrefix(rest, "!"); rest == "" {
		return p, &PatternError{text, "is empty"}
	}
	rest, p.dirOnly = strings.CutSuffix(rest, "/")
	p.anchored = strings.Contains(rest, "/")
	rest = strings.TrimPrefix(rest, "/")
	p.names = strings.Split(rest, "/")
	p.literal = make([]bool, len(p.names))
	for i, name := range p.names {
		if name == "" || name == "." || name == ".." {
			return p, &PatternError{text, "has a part that is no name"}
		}
		if _, err := path.Match(name, ""); err != nil {
			return p, &PatternError{text, "has a bracket or a backslash without its end"}
		}
		p.literal[i] = !strings.ContainsAny(name, `*?[\`)
		p.deep = p.deep || name == "**"
	}
	return p, nil
}

// Match reports whether the file at path is one of those meant.
func (p Patterns) Match(path string) bool {
	names := strings.Split(path, "/")
	last := -1
	for i := range names {
		last = max(last, p.last(names[:i+1], i+1 < len(names)))
	}
	return p.means(last)
}

// MatchDir reports whether the folder at path is meant with all that is in it:
// itself or a folder around it is, or by * or ** everything in it, and nothing below can
// be taken out again.
func (p Patterns) MatchDir(path string) bool {
	names := strings.Split(path, "/")
	last := -1
	for i := range names {
		last = max(last, p.last(names[:i+1], true))
	}
	below := append(slices.Clone(names), "\x00") // any name
	for i := range p {
		end := p[i].names[len(p[i].names)-1]
		if (end == "**" || end == "*") && p[i].matches(below, false) {
			last = max(last, i)
		}
	}
	return p.means(last) && !slices.ContainsFunc(p[last+1:], func(later pattern) bool { return later.negate && later.reaches(names) })
}

// reaches reports whether a pattern could match something in a folder.
func (p *pattern) reaches(names []string) bool {
	if !p.anchored {
		return true
	}
	for i, name := range names {
		switch {
		case i == len(p.names):
			return false
		case p.names[i] == "**":
			return true
		case !p.name(i, name):
			return false
		}
	}
	return len(p.names) > len(names)
}

// means reports whether a path is meant of which the i-th pattern decides.
func (p Patterns) means(i int) bool { return i >= 0 && !p[i].negate }

// last returns the last pattern that matches a path itself, -1 for none.
func (p Patterns) last(names []string, isDir bool) int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].matches(names, isDir) {
			return i
		}
	}
	return -1
}

func (p *pattern) matches(names []string, isDir bool) bool {
	switch {
	case p.dirOnly && !isDir:
		return false
	case !p.anchored:
		return p.name(0, names[len(names)-1])
	case p.deep:
		return p.deepMatch(0, names)
	case len(p.names) != len(names):
		return false
	}
	for i, name := range names {
		if !p.name(i, name) {
			return false
		}
	}
	return true
}

// name reports whether the i-th name of the pattern matches a name.
func (p *pattern) name(i int, name string) bool {
	if p.literal[i] {
		return p.names[i] == name
	}
	ok, _ := path.Match(p.names[i], name) // a bad pattern was refused
	return ok
}

// deepMatch matches from the i-th name of the pattern on. At the end of a pattern
// ** stands for everything in a folder, not for the folder.
func (p *pattern) deepMatch(i int, names []string) bool {
	for ; i < len(p.names); i++ {
		if p.names[i] == "**" {
			if i == len(p.names)-1 {
				return len(names) > 0
			}
			for skip := range names {
				if p.deepMatch(i+1, names[skip:]) {
					return true
				}
			}
			return false
		}
		if len(names) == 0 || !p.name(i, names[0]) {
			return false
		}
		names = names[1:]
	}
	return len(names) == 0
}
