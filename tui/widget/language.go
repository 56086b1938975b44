package widget

import (
	"path"
	"strings"
)

// language is what has to be known of a language to colour it.
type language struct {
	keywords map[string]bool // in small letters where fold is set
	fold     bool            // keywords may be in capital letters too
	line     []string        // what begins a comment to the end of the line
	block    bool            // has /* comments */
	quotes   string          // the characters that strings stand in
	longer   string          // those of them whose strings go on over line ends
	dollar   bool            // names of variables begin with $
	at       bool            // keywords begin with @
	markup   bool            // of tags, such as HTML
	php      bool            // between <?php and ?>, HTML around it
}

// languageOf returns the language of a file, by its name; nil where it is none that is known.
func languageOf(name string) *language {
	switch strings.ToLower(path.Ext(name)) {
	case ".php", ".inc", ".phtml":
		return &language{
			keywords: set(phpWords), fold: true, line: []string{"//", "#"}, block: true, quotes: `'"`, longer: `'"`, dollar: true, php: true,
		}
	case ".js", ".mjs", ".ts", ".json":
		return &language{keywords: set(jsWords), line: []string{"//"}, block: true, quotes: "'\"`", longer: "`"}
	case ".css", ".scss", ".less":
		return &language{block: true, quotes: `'"`, at: true}
	case ".sql":
		return &language{keywords: set(sqlWords), fold: true, line: []string{"--"}, block: true, quotes: "'", longer: "'"}
	case ".xml", ".html", ".htm", ".mustache", ".svg", ".xsl":
		return &language{markup: true}
	}
	return nil
}

const (
	phpWords = `abstract and array as break callable case catch class clone const continue declare default die do echo else
elseif empty enddeclare endfor endforeach endif endswitch endwhile enum exit extends false final finally fn for foreach function global
goto if implements include include_once instanceof insteadof interface isset list match namespace new null or parent print private
protected public readonly require require_once return self static switch throw trait true try unset use var void while xor yield`
	jsWords = `async await break case catch class const continue debugger default define delete do else export extends false
finally for from function if import in instanceof let new null of return static super switch this throw true try typeof undefined var
void while with yield`
	sqlWords = `add all alter and as asc begin between by case column commit constraint create cross default delete desc distinct drop
else end exists false foreign from full group having if in index inner insert into is join key left like limit not null offset on or order
outer primary references right rollback select set table then true union unique update values view when where with`
)

func set(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}
