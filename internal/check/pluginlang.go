package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mgit/internal/moodle"
	"mgit/internal/php"
)

// firstWithEnglish is the series from which strings are in lang/en; before that the folder was en_utf8.
var firstWithEnglish = moodle.Series{Major: 2, Minor: 0}

// language is the file of a plugin's English strings. That of an activity module has no mod_ before its name.
func (u *unit) language() string {
	if u.component.Type == "mod" {
		return u.dir + "/lang/en/" + u.component.Name + ".php"
	}
	return u.dir + "/lang/en/" + u.component.String() + ".php"
}

// misnamedLanguage is the name that the file is often given by mistake.
func (u *unit) misnamedLanguage() string {
	if u.component.Type == "mod" {
		return u.dir + "/lang/en/" + u.component.String() + ".php"
	}
	return u.dir + "/lang/en/" + u.component.Name + ".php"
}

// hasLanguage reports whether something has strings of its own.
func (u *unit) hasLanguage(s *Subject) bool {
	return !u.isCore() && s.Layout.Series().Compare(firstWithEnglish) >= 0
}

// languageThere blames a plugin that becomes whole without English strings, or loses them.
func languageThere(j *Judge, all []*unit) {
	for _, u := range all {
		if !u.hasLanguage(j.Subject) || exists(j.Tree, u.language()) || !exists(j.Tree, u.version()) {
			continue
		}
		misnamed := exists(j.Tree, u.misnamedLanguage())
		begins := !exists(j.Before, u.version())
		loses := exists(j.Before, u.language())
		if !begins && !loses && (!misnamed || exists(j.Before, u.misnamedLanguage())) {
			continue
		}
		f := Finding{Path: u.language(), Text: fmt.Sprintf("%s has no English strings, not even its name", u.component)}
		if misnamed {
			f.Path = u.misnamedLanguage()
			f.Text = fmt.Sprintf("Moodle reads the strings of %s from another file", u.component)
			f.Hint = fmt.Sprintf("move it to %s with `git mv`", u.language())
		}
		j.Report(f)
	}
}

// needed are the strings that Moodle asks every plugin of a type for. A filter is called by filtername.
func needed(typ string) []string {
	switch typ {
	case "mod":
		return []string{"pluginname", "modulename", "modulenameplural"}
	case "filter":
		return []string{"filtername"}
	}
	return []string{"pluginname"}
}

// wantedStrings judges a file of English strings, and of other files the strings that added lines ask for.
func wantedStrings(j *Judge, f *File, known *once[*dictionary]) {
	u, rest := unitOf(j.Subject, f.Path)
	if u == nil || !f.IsRegular() || !u.hasLanguage(j.Subject) || !strings.HasSuffix(rest, ".php") || f.After.Data == nil {
		return
	}
	if f.Path == u.language() {
		neededThere(j, f, u)
		return
	}
	if strings.HasPrefix(rest, "lang/") || rest == "version.php" {
		return
	}
	added := make(map[int]bool)
	asks := rest == "db/access.php"
	for _, line := range f.Added() {
		added[line.Number] = true
		asks = asks || slices.ContainsFunc(askingWords(), func(word string) bool { return bytes.Contains(line.Text, []byte(word)) })
	}
	if !asks {
		return
	}
	words := known.get(j.Subject, func(s *Subject) *dictionary { return &dictionary{subject: s} }).of(u)
	if words == nil {
		return
	}
	asked := stringsAsked(f.After.Data, u)
	if rest == "db/access.php" {
		asked = append(asked, capabilitiesAdded(f, u)...)
	}
	for _, a := range asked {
		if added[a.Line] && !words[a.Text] {
			j.At(f.Path, a.Line, fmt.Sprintf("the string %q is not in %s", a.Text, u.language()))
		}
	}
}

func neededThere(j *Judge, f *File, u *unit) {
	words, _ := stringsOf(f.After.Data)
	var missing []string
	for _, want := range needed(u.component.Type) {
		if words != nil && !words[want] {
			missing = append(missing, "$string['"+want+"']")
		}
	}
	if len(missing) > 0 {
		j.At(f.Path, 0, fmt.Sprintf("%s lacks %s", u.component, strings.Join(missing, ", ")))
	}
}

// dictionary has the English strings of the plugins that were asked for.
type dictionary struct {
	subject *Subject
	mu      sync.Mutex
	words   map[string]map[string]bool // by folder
}

// of are the strings of a plugin, nil where there is no telling.
func (d *dictionary) of(u *unit) map[string]bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	words, known := d.words[u.dir]
	if known {
		return words
	}
	if source, ok := content(d.subject.Tree, u.language()); ok {
		words, _ = stringsOf(source)
	}
	if d.words == nil {
		d.words = make(map[string]map[string]bool)
	}
	d.words[u.dir] = words
	return words
}

// stringsOf are the identifiers that a file of strings defines; nil and false where it defines some by other means than
// $string['identifier'] = ….
func stringsOf(source []byte) (map[string]bool, bool) {
	words := make(map[string]bool)
	tokens := php.Tokenize(source)
	for i, t := range tokens {
		switch {
		case t.IsWord("include"), t.IsWord("include_once"), t.IsWord("require"), t.IsWord("require_once"), t.IsWord("foreach"):
			return nil, false
		case t.Kind != php.Variable || t.Text != "$string":
		case i+3 >= len(tokens) || !tokens[i+1].IsSign("["):
			return nil, false // all of them at once
		case tokens[i+2].Kind != php.String || !tokens[i+3].IsSign("]"):
			return nil, false
		default:
			words[tokens[i+2].Text] = true
		}
	}
	return words, true
}

// askingWords are the functions and the class that are given an identifier and a component.
func askingWords() []string { return []string{"get_string", "lang_string", "print_string"} }

// stringsAsked are the identifiers that code asks the unit itself for, as literals: get_string('view', 'mod_ouwiki').
func stringsAsked(source []byte, u *unit) []php.Token {
	var asked []php.Token
	c := newCode(source)
	for i := range c.tokens {
		if !c.asksForString(i) || i+5 >= len(c.tokens) || c.isSign(i-1, "->", "?->", "::") {
			continue
		}
		name, component := c.tokens[i+2], c.tokens[i+4]
		isCall := c.isSign(i+1, "(") && c.isSign(i+3, ",") && c.isSign(i+5, ",", ")")
		if !isCall || name.Kind != php.String || component.Kind != php.String || strings.ContainsAny(name.Text, "${\\") {
			continue
		}
		if component.Text == u.component.String() || u.component.Type == "mod" && component.Text == u.component.Name {
			asked = append(asked, name)
		}
	}
	return asked
}

// asksForString reports whether the word i is one of askingWords, in whatever namespace it stands.
func (c *code) asksForString(i int) bool {
	return c.at(i).Kind == php.Word && slices.Contains(askingWords(), strings.ToLower(strings.TrimPrefix(c.at(i).Text, `\`)))
}

// capabilitiesAdded are the identifiers of the strings by which Moodle calls the capabilities that a db/access.php defines, and did
// not define before: ouwiki:view of mod/ouwiki:view (get_capability_string in lib/accesslib.php).
func capabilitiesAdded(f *File, u *unit) []php.Token {
	var before []php.Token
	for _, b := range f.Before {
		before = append(before, capabilities(b.Data, u)...)
	}
	return slices.DeleteFunc(capabilities(f.After.Data, u), func(t php.Token) bool {
		return slices.ContainsFunc(before, func(old php.Token) bool { return old.Text == t.Text })
	})
}

// capabilities are the identifiers of all of them. Those that are deprecated are on no page any more.
func capabilities(source []byte, u *unit) []php.Token {
	var defined []php.Token
	c := newCode(source)
	list := ""
	for i, t := range c.tokens {
		if t.Kind == php.Variable {
			list = t.Text
		}
		isDefined := t.Kind == php.String && c.isSign(i+1, "=>") && (c.isWord(i+2, "array") || c.isSign(i+2, "["))
		if !isDefined || list == "$deprecatedcapabilities" {
			continue
		}
		typ, name, _ := strings.Cut(t.Text, "/")
		if typ == "quizreport" {
			typ = "quiz" // a report of mod_quiz, as Moodle reads it
		}
		if typ == u.component.Type && strings.HasPrefix(name, u.component.Name+":") {
			t.Text = name
			defined = append(defined, t)
		}
	}
	return defined
}
