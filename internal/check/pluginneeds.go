package check

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"mgit/internal/forecast"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/php"
)

// kept are the files of a db folder that Moodle reads only when the version rises, with what is in them
// (upgrade_noncore and upgrade_component_updated in lib/upgradelib.php; observers, hooks and what the app is offered
// are cached until then). install.xml, upgrade.php and messageinbound_handlers.php go before them.
func kept() [][2]string {
	return [][2]string{
		{"access.php", "changes capabilities"},
		{"services.php", "changes web services"},
		{"tasks.php", "changes scheduled tasks"},
		{"messages.php", "changes message providers"},
		{"analytics.php", "changes models of analytics"},
		{"mnet.php", "changes services for other sites"},
		{"events.php", "changes event observers"},
		{"caches.php", "changes cache definitions"},
		{"tag.php", "changes tag areas"},
		{"hooks.php", "changes hook callbacks"},
		{"mobile.php", "changes what the app is offered"},
		{"log.php", "changes log actions"},
	}
}

// need is a file that asks for a higher version.
type need struct {
	path, why string
	line      int
}

// versionBump blames a change of the database, or of what Moodle keeps in it, that no higher version comes with. A plugin
// that is new installs as it is, and a merge brings together what was judged before.
func versionBump(j *Judge, all []*unit) {
	if j.Merging {
		return
	}
	for _, u := range all {
		needs := needsOf(j, u)
		if len(needs) == 0 {
			continue
		}
		before, had := versionAt(j, u, j.Before)
		now, has := versionAt(j, u, j.Tree)
		if !had || !has || moodle.CompareVersions(now, before) > 0 {
			continue
		}
		first := needs[0]
		f := Finding{Path: first.path, Line: first.line, Hint: fmt.Sprintf("raise the version in %s", u.version())}
		switch {
		case moodle.CompareVersions(now, before) < 0:
			f.Text = fmt.Sprintf("%s, and the version of %s goes down to %s", first.why, u.component, now)
		case isUnseen(j, u):
			f.Severity = Warning
			f.Text = fmt.Sprintf("%s, and the version of %s stays at %s, to which it rose since the last push", first.why, u.component, now)
			f.Hint += ", unless no site has it as it is before this commit"
		default:
			f.Text = fmt.Sprintf("%s, and the version of %s stays at %s", first.why, u.component, now)
		}
		for _, n := range needs[1:] {
			f.Text += fmt.Sprintf("; %s %s", path.Base(n.path), n.why)
		}
		j.Report(f)
	}
}

// touches reports whether the change is of a file of the unit, whatever becomes of it.
func (u *unit) touches(name string) bool {
	return slices.Contains(u.gone, name) || slices.ContainsFunc(u.files, func(f *File) bool { return f.Path == name })
}

// comparison reports whether two versions of a file say the same to Moodle, and the first line of the second that is new.
type comparison func(before, after []byte) (line int, same bool)

func sameTables(before, after []byte) (line int, same bool) {
	return firstAdded(before, after), slices.Equal(declared(before), declared(after))
}

func sameCode(before, after []byte) (line int, same bool) {
	return firstAdded(before, after), slices.Equal(codeOf(before), codeOf(after))
}

// sameHandlers compares handlers of incoming mail by their classes: of one that is there Moodle takes nothing else
// (update_handlers_for_component in lib/classes/message/inbound/manager.php).
func sameHandlers(before, after []byte) (line int, same bool) {
	return firstAdded(before, after), slices.Equal(classesOf(before), classesOf(after))
}

// classesOf are the values of 'classname' in the lists of a file, sorted.
func classesOf(source []byte) []string {
	c := newCode(source)
	var all []string
	for i, t := range c.tokens {
		if t.Kind == php.String && t.Text == "classname" && c.isSign(i+1, "=>") {
			var value strings.Builder
			for _, part := range c.tokens[i+2 : c.endOfValue(i+2)] {
				value.WriteString(part.Text)
			}
			all = append(all, value.String())
		}
	}
	slices.Sort(all)
	return all
}

// compared compares a file with what it was.
func compared(j *Judge, name string, same comparison) (line int, isSame bool) {
	before, _ := content(j.Before, name)
	after, _ := content(j.Tree, name)
	return same(before, after)
}

// versionRises reports whether the change raises the version of a unit that was there before.
func versionRises(j *Judge, u *unit) bool {
	before, had := versionAt(j, u, j.Before)
	now, has := versionAt(j, u, j.Tree)
	return had && has && moodle.CompareVersions(now, before) > 0
}

// needsOf are the files of a unit that ask for a higher version, those about tables first.
func needsOf(j *Judge, u *unit) []need {
	var needs []need
	ask := func(name, why string, same comparison) {
		file := u.db(name)
		if !u.touches(file) {
			return
		}
		if line, same := compared(j, file, same); !same {
			needs = append(needs, need{file, why, line})
		}
	}
	ask("install.xml", "changes tables", sameTables)
	ask("upgrade.php", "adds a step", func(before, after []byte) (int, bool) {
		if !addsStep(before, after) {
			return 0, true
		}
		return newSteps(before, after)[0].Line, false
	})
	ask("messageinbound_handlers.php", "changes handlers of incoming mail", sameHandlers)
	for _, k := range kept() {
		ask(k[0], k[1], sameCode)
	}
	return needs
}

// addsStep reports whether an upgrade.php gets more steps: one that only gets another number takes the place of one that
// goes.
func addsStep(before, after []byte) bool {
	return len(newSteps(before, after)) > len(newSteps(after, before))
}

// newSteps are the steps of after whose numbers before does not have.
func newSteps(before, after []byte) []forecast.Own {
	return slices.DeleteFunc(forecast.OwnSteps(before, after), func(o forecast.Own) bool { return o.Changed })
}

func firstAdded(before, after []byte) int {
	return firstLine(&File{Before: []Blob{{Data: before}}, After: Blob{Mode: git.ModeFile, Data: after}})
}

// codeOf is PHP without comments, white space, the guard that Moodle's files begin with, and what stands in a file of db/
// for people only: descriptions, which Moodle does not keep, and lists of nothing.
func codeOf(source []byte) []string {
	tokens := php.Tokenize(source)
	c := &code{tokens: tokens, match: php.Brackets(tokens)}
	var said, statement []string
	for i := 0; i < len(tokens); i++ {
		if tokens[i].Kind == php.String && tokens[i].Text == "description" && c.isSign(i+1, "=>") {
			i = c.endOfValue(i+2) - 1
			continue
		}
		statement = append(statement, fmt.Sprint(tokens[i].Kind, " ", tokens[i].Text))
		if !c.isSign(i, ";") {
			continue
		}
		isGuard := said == nil && strings.Contains(strings.Join(statement, " "), "MOODLE_INTERNAL")
		if !isGuard && !c.isEmptyList(i) {
			said = append(said, statement...)
		}
		statement = nil
	}
	return append(said, statement...)
}

// endOfValue is where the value in an array ends that begins at token i.
func (c *code) endOfValue(i int) int {
	for ; i < len(c.tokens) && !c.isSign(i, ",", ")", "]"); i++ {
		if c.isSign(i, "(", "[", "{") {
			i = c.match[i]
		}
	}
	return min(i, len(c.tokens)) // a bracket that is open closes behind all of them
}

// isEmptyList reports whether the statement that ends at token i is $x = array(); or the like.
func (c *code) isEmptyList(i int) bool {
	open := i - 2
	if !c.isSign(open, "(", "[") || c.match[open] != i-1 {
		return false
	}
	if c.isSign(open, "(") {
		if !c.isWord(open-1, "array") {
			return false
		}
		open--
	}
	return c.isSign(open-1, "=") && c.at(open-2).Kind == php.Variable
}

// declared are the tables, fields, keys and indexes of an install.xml with what is said of them, in an order of
// their own: neither the order of the file nor its comments and links are in the database. A file that cannot be read
// is its text.
func declared(source []byte) []string {
	var all, names []string
	for d := xml.NewDecoder(bytes.NewReader(source)); ; {
		token, err := d.Token()
		if token == nil && err != nil {
			if d.InputOffset() < int64(len(bytes.TrimRight(source, " \t\r\n"))) {
				return []string{string(source)}
			}
			slices.Sort(all)
			return all
		}
		switch element := token.(type) {
		case xml.StartElement:
			var said []string
			name := element.Name.Local
			for _, a := range element.Attr {
				switch a.Name.Local {
				case "NAME":
					name += " " + a.Value
				case "COMMENT", "PREVIOUS", "NEXT", "VERSION", "PATH", "noNamespaceSchemaLocation", "xsi":
				default:
					said = append(said, a.Name.Local+"="+a.Value)
				}
			}
			slices.Sort(said)
			names = append(names, name)
			all = append(all, strings.Join(names, "/")+" "+strings.Join(said, " "))
		case xml.EndElement:
			names = names[:len(names)-1]
		}
	}
}
