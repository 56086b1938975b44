package live

import (
	"fmt"
	"strings"
)

// setting is one line of a repository's config. Section and key are in lower
// case; the name is what stands in quotes after the section.
type setting struct {
	section, name, key, value string
}

// parseConfig reads the bytes of a config file, see git-config(1), "Syntax".
// Files that it includes are not read: they may be anywhere.
func parseConfig(data []byte) ([]setting, error) {
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	p := configParser{rest: text, line: 1}
	for {
		p.skipBlank()
		if p.rest == "" {
			return p.settings, nil
		}
		ok := false
		if p.rest[0] == '[' {
			ok = p.header()
		} else {
			ok = p.setting()
		}
		if !ok {
			return nil, fmt.Errorf("line %d makes no sense", p.line)
		}
	}
}

type configParser struct {
	rest          string
	line          int
	section, name string
	settings      []setting
}

// skipBlank passes over white space, empty lines and comments.
func (p *configParser) skipBlank() {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == '#' || c == ';':
			end := strings.IndexByte(p.rest, '\n')
			if end < 0 {
				end = len(p.rest)
			}
			p.rest = p.rest[end:]
			continue
		case c == '\n':
			p.line++
		case !isBlank(c):
			return
		}
		p.rest = p.rest[1:]
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// header reads [section], [section "name"] or the old [section.name].
func (p *configParser) header() bool {
	end := 1
	for end < len(p.rest) && (isWord(p.rest[end]) || p.rest[end] == '.') {
		end++
	}
	word := strings.ToLower(p.rest[1:end])
	p.section, p.name, _ = strings.Cut(word, ".")
	p.rest = p.rest[end:]
	if word == "" || p.rest == "" {
		return false
	}
	if p.rest[0] == ']' {
		p.rest = p.rest[1:]
		return true
	}
	quoted := strings.TrimLeft(p.rest, " \t")
	if len(quoted) == len(p.rest) || !strings.HasPrefix(quoted, `"`) {
		return false
	}
	var name strings.Builder
	for i := 1; i < len(quoted); i++ {
		switch c := quoted[i]; c {
		case '\n':
			return false
		case '"':
			p.section, p.name, p.rest = word, name.String(), quoted[i+1:]
			if !strings.HasPrefix(p.rest, "]") {
				return false
			}
			p.rest = p.rest[1:]
			return true
		case '\\':
			i++
			if i == len(quoted) || quoted[i] == '\n' {
				return false
			}
			name.WriteByte(quoted[i])
		default:
			name.WriteByte(c)
		}
	}
	return false
}

func isWord(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '-' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// setting reads "key = value" or a lone key.
func (p *configParser) setting() bool {
	end := 0
	for end < len(p.rest) && isWord(p.rest[end]) {
		end++
	}
	s := setting{section: p.section, name: p.name, key: strings.ToLower(p.rest[:end])}
	if s.key == "" || !isLetter(s.key[0]) {
		return false
	}
	p.rest = strings.TrimLeft(p.rest[end:], " \t")
	if p.rest != "" && p.rest[0] != '\n' {
		if p.rest[0] != '=' {
			return false
		}
		var ok bool
		p.rest = p.rest[1:]
		if s.value, ok = p.value(); !ok {
			return false
		}
	}
	p.settings = append(p.settings, s)
	return true
}

// value reads up to the end of the line, or of several that a backslash joins.
func (p *configParser) value() (string, bool) {
	var value []byte
	solid := 0 // the length of value without white space at its end
	inQuotes, inComment := false, false
	for i := 0; ; i++ {
		if i == len(p.rest) || p.rest[i] == '\n' {
			p.rest = p.rest[i:]
			return string(value[:solid]), !inQuotes
		}
		c := p.rest[i]
		switch {
		case inComment:
			continue
		case isBlank(c) && !inQuotes:
			if solid > 0 {
				value = append(value, c)
			}
			continue
		case (c == '#' || c == ';') && !inQuotes:
			inComment = true
			continue
		case c == '"':
			inQuotes = !inQuotes
			solid = len(value)
			continue
		case c == '\\':
			i++
			if i < len(p.rest) && p.rest[i] == '\n' {
				p.line++
				continue
			}
			if i == len(p.rest) {
				return "", false
			}
			at := strings.IndexByte(`tnb\"`, p.rest[i])
			if at < 0 {
				return "", false
			}
			c = "\t\n\b\\\""[at]
		}
		value = append(value, c)
		solid = len(value)
	}
}

// shownURL is a URL as it may be shown: without user and password, which for
// many forges are the same, and without a query, which may hold a token. For ssh
// the user alone is a login and stays.
func shownURL(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return quoted(url)
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, tail := rest[:end], rest[end:]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		user := host[:at]
		if !strings.HasSuffix(strings.ToLower(scheme), "ssh") || strings.Contains(user, ":") {
			user = "***"
		}
		host = user + host[at:]
	}
	if query := strings.IndexAny(tail, "?#"); query >= 0 {
		tail = tail[:query] + "?***"
	}
	return quoted(scheme + "://" + host + tail)
}
