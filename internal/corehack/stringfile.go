package corehack

import (
	"bytes"
	"regexp"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
)

// stringLimit is the largest file of a language pack that is looked through. The
// largest that there are have a fifth of it.
const stringLimit = 1 << 20

var (
	stringFile = regexp.MustCompile(`^(?:[a-z][a-z0-9_]*|moodle\.org)\.php$`)
	guard      = regexp.MustCompile(`^defined\s*\(\s*['"]MOODLE_INTERNAL['"]\s*\)\s*(?:\|\||or)\s*die\s*(?:\(\s*\))?\s*;`)
)

// isStringFile reports whether a PHP file in the folder of a language pack holds
// strings and nothing else. What cannot be read is named as unread, and that is
// all that is known of it.
func (c *comparison) isStringFile(f *live.File, base string) bool {
	if f.Mode == git.ModeLink || f.Size > stringLimit || !stringFile.MatchString(base) {
		return false
	}
	if c.unread[f.Path] {
		return true
	}
	source, err := c.read(f.Path, stringLimit)
	return err != nil || holdsStrings(source)
}

// holdsStrings reports whether a PHP file does nothing but set elements of $string
// to constant texts, behind the usual guard. It knows far less of PHP than there
// is: what it does not understand is something else.
func holdsStrings(source []byte) bool {
	s := stringScanner(bytes.TrimPrefix(source, utf8Mark))
	if len(s) < 5 || !strings.EqualFold(string(s[:5]), "<?php") {
		return false
	}
	if s = s[5:]; len(s) > 0 && !isBlank(s[0]) {
		return false
	}
	for {
		if !s.skip() {
			return false
		}
		if len(s) == 0 {
			return true
		}
		if after, closed := bytes.CutPrefix(s, []byte("?>")); closed {
			return len(bytes.TrimSpace(after)) == 0
		}
		if found := guard.Find(s[:min(len(s), 200)]); found != nil {
			s = s[len(found):]
		} else if !s.assignment() {
			return false
		}
	}
}

// stringScanner is what is left of a file of strings.
type stringScanner []byte

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// skip passes over blanks and comments. It reports false for a comment without an end.
func (s *stringScanner) skip() bool {
	for len(*s) > 0 {
		rest := *s
		switch {
		case isBlank(rest[0]):
			*s = rest[1:]
		case rest[0] == '#', bytes.HasPrefix(rest, []byte("//")):
			end := bytes.IndexAny(rest, "\r\n")
			if end < 0 {
				end = len(rest)
			}
			if closing := bytes.Index(rest[:end], []byte("?>")); closing >= 0 {
				*s = rest[closing:] // which ends PHP in a comment, too
				return true
			}
			*s = rest[end:]
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest[2:], []byte("*/"))
			if end < 0 {
				return false
			}
			*s = rest[2+end+2:]
		default:
			return true
		}
	}
	return true
}

// assignment passes over "$string['name'] = 'text';".
func (s *stringScanner) assignment() bool {
	if !s.sign("$string") || !s.sign("[") || !s.text() || !s.sign("]") || !s.sign("=") || !s.text() {
		return false
	}
	for s.sign(".") {
		if !s.text() {
			return false
		}
	}
	return s.sign(";")
}

// sign passes over a sign and the blanks and comments before it.
func (s *stringScanner) sign(sign string) bool {
	if !s.skip() {
		return false
	}
	after, ok := bytes.CutPrefix(*s, []byte(sign))
	if ok {
		*s = after
	}
	return ok
}

// text passes over a text between quotes. One in double quotes may name variables;
// the forms in braces could call functions.
func (s *stringScanner) text() bool {
	if !s.skip() || len(*s) == 0 {
		return false
	}
	quote := (*s)[0]
	if quote != '\'' && quote != '"' {
		return false
	}
	for i := 1; i < len(*s); i++ {
		switch b := (*s)[i]; {
		case b == '\\':
			i++
		case b == quote:
			text := (*s)[1:i]
			*s = (*s)[i+1:]
			return quote == '\'' || !bytes.Contains(text, []byte("{$")) && !bytes.Contains(text, []byte("${"))
		}
	}
	return false
}
