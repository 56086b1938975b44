package remote

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paths says which paths of a tree are meant.
type Paths interface {
	Match(path string) bool
}

// ContentRules say what must not stand in a commit that goes where the community
// sees it. The zero ContentRules forbid nothing.
type ContentRules struct {
	tickets []*regexp.Regexp
	words   []string // in lower case
	paths   Paths
}

// NewContentRules makes rules of regular expressions of ticket numbers, of words,
// and of paths (nil for none). An error names the expression that is none.
func NewContentRules(tickets, words []string, paths Paths) (*ContentRules, error) {
	r := &ContentRules{paths: paths}
	for _, text := range tickets {
		expr, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("internal ticket %q: %w", text, err)
		}
		r.tickets = append(r.tickets, expr)
	}
	for _, word := range words {
		if word = strings.ToLower(strings.TrimSpace(word)); word != "" {
			r.words = append(r.words, word)
		}
	}
	return r, nil
}

// Text says why the community must not read text, "" when nothing is against it.
// A word counts in capitals and small letters alike, and only where no letter
// or digit goes on with it: "lu" is in "local_lu" and not in "value".
func (r *ContentRules) Text(text string) string {
	for _, expr := range r.tickets {
		if found := expr.FindString(text); found != "" {
			return fmt.Sprintf("%q, an internal ticket", found)
		}
	}
	if len(r.words) == 0 {
		return ""
	}
	lower := strings.ToLower(text)
	for _, word := range r.words {
		if holdsWord(lower, word) {
			return fmt.Sprintf("%q, an internal word", word)
		}
	}
	return ""
}

// Path says why the community must not see the file at path, "" when nothing is
// against it. A path is text too.
func (r *ContentRules) Path(path string) string {
	if r.paths != nil && r.paths.Match(path) {
		return "an internal path"
	}
	if reason := r.Text(path); reason != "" {
		return "its path holds " + reason
	}
	return ""
}

func holdsWord(text, word string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from, end := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[end:])
		first, _ := utf8.DecodeRuneInString(word)
		last, _ := utf8.DecodeLastRuneInString(word)
		if !(goesOn(before) && goesOn(first)) && !(goesOn(last) && goesOn(after)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[from:])
		at = from + size
	}
}

// goesOn reports whether a word goes on with r.
func goesOn(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
