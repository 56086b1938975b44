package tracker

import (
	"regexp"
	"strings"
	"sync"
)

// markdown is what Redcarpet, CommonMark, GitHub and GitLab read alike. A reference to a
// character, or a backslash, does not help against #5, @name and MDL-1: servers look for
// those in what has been read already. They look for nothing in code, so every word
// that is more than letters and the usual marks is written as code.
type markdown struct{ isRedcarpet bool }

func (markdown) heading(inline string) string { return "### " + inline }
func (markdown) item(inline string) string    { return "- " + inline }
func (markdown) address(url string) string    { return "<" + url + ">" }

// lineEnd of Redcarpet is as Redmine sets it up; it would take the spaces for another.
func (m markdown) lineEnd() string {
	if m.isRedcarpet {
		return "\n"
	}
	return "  \n"
}

// plainWord fits words that mean nothing to any of them: letters and digits with marks
// within, quotes and brackets around, punctuation behind.
var plainWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^["'(]{0,2}([\p{L}\p{M}\p{N}]+(?:['’./-][\p{L}\p{M}\p{N}]+)*)["')]{0,2}[.,:;?]?["')]?$`)
})

// meaning fits plain words that mean something: an address, a revision, a commit, the
// number of an issue.
var meaning = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|['’./-])(?:www|r(?:[0-9]+|note)|[0-9a-f]{7,64})(?:$|['’./-])|[a-z]-?[0-9]+$`)
})

var listNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+[.):]`) })

func (markdown) inline(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if w == "" || isPlainWord(w, i == 0) {
			continue
		}
		mark := ""
		if n := len(w) - 1; n > 0 && strings.IndexByte(".,:;", w[n]) >= 0 {
			w, mark = w[:n], w[n:]
		}
		words[i] = codeSpan(w) + mark
	}
	return strings.Join(words, " ")
}

func isPlainWord(word string, isFirst bool) bool {
	switch {
	case word == "–", word == "—", word == "…":
		return true
	case word == "-", word == "&":
		return !isFirst
	case isFirst && (listNumber().MatchString(word) || strings.HasPrefix(word, "(mgit")):
		return false // the number of an item; what could be a mark of ours
	}
	m := plainWord().FindStringSubmatch(word)
	return m != nil && !meaning().MatchString(m[1])
}

// codeSpan writes a word as code. Redmine looks for @name, and for macros, which can begin
// in one word and end in another, before it reads anything else.
func codeSpan(word string) string {
	word = guardNames(breakFences(word))
	word = strings.ReplaceAll(word, "{{", "{"+joiner+"{")
	run := longestRun(word, '`')
	if run == 0 {
		return "`" + word + "`"
	}
	quote := strings.Repeat("`", run+1)
	return quote + " " + word + " " + quote
}

func longestRun(text string, c byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// name fits an @ that does not stand in a word.
var name = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[^\w])@+`) })

func guardNames(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return name().ReplaceAllString(text, "${0}"+joiner)
}

// fences fit what ends code for one of the servers: CommonMark wants as many as began it,
// Redcarpet takes any three at the start of a line, and Redmine, which looks for names
// outside of code, any three anywhere.
var fences = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("`{3,}|~{3,}") })

func breakFences(text string) string {
	return fences().ReplaceAllStringFunc(text, func(run string) string {
		return strings.Join(strings.Split(run, ""), joiner)
	})
}

func (markdown) fence(lines []string) (before, after string, within []string) {
	for _, line := range lines {
		line = breakFences(line)
		if hasOpenMacro(line) {
			line = strings.ReplaceAll(line, "{{", "{"+joiner+"{")
		}
		within = append(within, line+"\n")
	}
	return "```\n", "```", within
}
