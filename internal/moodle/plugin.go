package moodle

import (
	"regexp"
	"strings"
	"sync"
)

// Plugin is what the version.php of a plugin says, as far as it says it in
// literals: see Unread.
type Plugin struct {
	Component    Component // zero where the file does not name it, as before 2.1
	Version      string    // "2024100700", compare with CompareVersions
	Release      string    // for people: "v4.5-r2"
	Maturity     string    // "MATURITY_STABLE"
	Requires     string    // the least $version of core
	From, To     Series    // the first and the last series it supports
	Incompatible Series    // the first series it refuses

	// Dependencies has the least version of each plugin that must be there; ""
	// for any version.
	Dependencies map[Component]string

	// Unread has the fields above (by the name in the file) that are set to an
	// expression or to something that the field cannot be, in the order of the
	// file. They are empty here although the file says something.
	Unread []string
}

var (
	pluginField = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(?:plugin|module)->([a-z]+)\s*=`) })
	phpNumber   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?$`) })
	phpDigits   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?$`) })
	phpConstant = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`) })
	phpList     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^(?:\[(.*)\]|array\s*\((.*)\))$`) })
)

// ParsePlugin reads the version.php of a plugin of any era ($plugin, or $module of
// activity modules until 2.6). The last assignment wins. A file that sets no
// version of a plugin is a *FormatError.
func ParsePlugin(source []byte) (Plugin, error) {
	code := stripComments(source)
	var p Plugin
	found := false
	for _, m := range pluginField().FindAllSubmatchIndex(code, -1) {
		value, ok := expression(code, m[1])
		if !ok {
			continue
		}
		field := string(code[m[2]:m[3]])
		found = found || field == "version"
		if !p.set(field, value) {
			p.Unread = append(p.Unread, field)
		}
	}
	if !found {
		return Plugin{}, &FormatError{"version.php", "", "sets no $plugin->version"}
	}
	return p, nil
}

// expression returns the text from offset i up to the end of the statement; not
// ok for a comparison or a statement that does not end.
func expression(code []byte, i int) (text string, ok bool) {
	if i < len(code) && (code[i] == '=' || code[i] == '>') {
		return "", false
	}
	for j := i; j < len(code); j++ {
		switch code[j] {
		case '\'', '"':
			j = stringEnd(code, j) - 1
		case ';':
			return strings.TrimSpace(string(code[i:j])), true
		}
	}
	return "", false
}

// set takes the value of one field and reports whether it could.
func (p *Plugin) set(field, value string) bool {
	var ok bool
	switch field {
	case "version":
		p.Version, ok = literal(value, phpNumber())
	case "requires":
		p.Requires, ok = literal(value, phpNumber())
	case "release":
		p.Release, ok = literal(value, nil)
	case "maturity":
		if p.Maturity, ok = literal(value, phpNumber()); !ok && phpConstant().MatchString(value) {
			p.Maturity, ok = value, true
		}
	case "component":
		name, _ := literal(value, nil)
		c, err := ParseComponent(name)
		p.Component, ok = c, err == nil
	case "supported":
		p.From, p.To, ok = seriesRange(value)
	case "incompatible":
		p.Incompatible, ok = seriesNumber(value)
	case "dependencies":
		p.Dependencies, ok = dependencies(value)
	default:
		return true // cron and others that mgit has no use for
	}
	return ok
}

// literal returns the content of a string in quotes or a number, without the
// underscores that may part its digits since PHP 7.4. With a pattern, the content
// must match it.
func literal(value string, pattern *regexp.Regexp) (string, bool) {
	text := value
	if n := len(value); n >= 2 && (value[0] == '\'' || value[0] == '"') && stringEnd([]byte(value), 0) == n && value[n-1] == value[0] {
		text = value[1 : n-1]
	} else if phpDigits().MatchString(value) {
		text = strings.ReplaceAll(value, "_", "")
	} else {
		return "", false
	}
	if strings.Contains(text, `\`) || pattern != nil && !pattern.MatchString(text) {
		return "", false
	}
	return text, true
}

func seriesNumber(value string) (Series, bool) {
	text, ok := literal(value, phpNumber())
	if !ok {
		return Series{}, false
	}
	s, err := ParseSeries(text)
	return s, err == nil && s.Code() == text
}

func seriesRange(value string) (from, to Series, ok bool) {
	items, ok := listItems(value)
	if !ok || len(items) != 2 {
		return Series{}, Series{}, false
	}
	from, fromOK := seriesNumber(items[0])
	to, toOK := seriesNumber(items[1])
	if !fromOK || !toOK || from.Compare(to) > 0 {
		return Series{}, Series{}, false
	}
	return from, to, true
}

func dependencies(value string) (map[Component]string, bool) {
	items, ok := listItems(value)
	if !ok {
		return nil, false
	}
	needs := make(map[Component]string)
	for _, item := range items {
		key, version, found := strings.Cut(item, "=>")
		name, named := literal(strings.TrimSpace(key), nil)
		c, err := ParseComponent(name)
		if !found || !named || err != nil {
			return nil, false
		}
		switch version = strings.TrimSpace(version); version {
		case "ANY_VERSION", "''", `""`, "'any'", `"any"`:
			version = ""
		default:
			if version, ok = literal(version, phpNumber()); !ok {
				return nil, false
			}
		}
		needs[c] = version
	}
	return needs, true
}

// listItems splits a PHP list without lists inside.
func listItems(value string) (items []string, ok bool) {
	m := phpList().FindStringSubmatch(value)
	if m == nil {
		return nil, false
	}
	rest := []byte(m[1] + m[2])
	start := 0
	for i := 0; i <= len(rest); i++ {
		switch {
		case i < len(rest) && (rest[i] == '\'' || rest[i] == '"'):
			i = stringEnd(rest, i) - 1
		case i == len(rest), rest[i] == ',':
			if item := strings.TrimSpace(string(rest[start:i])); item != "" {
				items = append(items, item)
			}
			start = i + 1
		}
	}
	return items, true
}
