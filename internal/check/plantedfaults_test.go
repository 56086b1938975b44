package check_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/php"
)

// fault is one way to do something wrong. It is false where no place is found for it.
type fault struct {
	rule  string
	plant func(*plot) bool
	alone bool // no other one can stand beside it
}

// inContent are faults that are in a file whoever has it.
func inContent() []fault {
	return []fault{
		{rule: "conflict-marker", plant: (*plot).conflict},
		{rule: "debug-output", plant: (*plot).debug},
		{rule: "leftover-file", plant: (*plot).leftover},
		{rule: "large-file", plant: func(p *plot) bool { return p.addsFile("large-file", ".bin", "\x00"+strings.Repeat("a", 1<<20)) }},
		{rule: "line-ends", plant: (*plot).crlf},
		{rule: "byte-order-mark", plant: (*plot).mark},
		{rule: "config-file", plant: func(p *plot) bool {
			return p.addsFile("config-file", "/config.php.2023", "<?php\n$CFG->dbtype = 'pgsql';\n")
		}},
		{rule: "secret", plant: (*plot).secret},
		{rule: "symlink-outside", plant: (*plot).link},
		{rule: "mode-change", plant: (*plot).mode},
	}
}

// inPlugins are faults that what is around makes one.
func inPlugins() []fault {
	return []fault{
		{rule: "scope", plant: (*plot).elsewhere},
		{rule: "public-place", plant: (*plot).inPublic},
		{rule: "plugin-version", plant: (*plot).versionless},
		{rule: "plugin-component", plant: (*plot).component},
		{rule: "plugin-name", plant: (*plot).badName},
		{rule: "version-lower", plant: (*plot).lower},
		{rule: "version-lower", plant: (*plot).lowerCore},
		{rule: "version-lower", plant: (*plot).lowerThanOlder},
		{rule: "version-bump", plant: (*plot).table},
		{rule: "savepoint", plant: func(p *plot) bool { return p.step("savepoint") }},
		{rule: "savepoint-collides", plant: func(p *plot) bool { return p.step("savepoint-collides") }},
		{rule: "lang-strings", plant: (*plot).noString},
		{rule: "lang-strings", plant: (*plot).namelessCapability},
		{rule: "built-js", plant: (*plot).unbuilt},
	}
}

// ofBranch are faults of the branch and of what is said; the change itself is right.
func ofBranch() []fault {
	of := func(rule string, change func(*check.Subject, *rand.Rand)) fault {
		return fault{rule: rule, alone: true, plant: func(p *plot) bool {
			for range 20 { // not every file has a place for a line
				name, text, ok := p.pick(p.isCode)
				if !ok {
					return false
				}
				if _, text, ok = p.statement(text, "// "+p.unique()); ok {
					change(&p.subject, p.random)
					return p.set(name, text) && p.expect(rule, "", 0)
				}
			}
			return false
		}}
	}
	says := func(rule, text string) fault {
		return of(rule, func(s *check.Subject, _ *rand.Rand) {
			s.Branch.Public = rule == "message-subject"
			s.Options.Tickets = []check.Pattern{regexp.MustCompile("LU-[0-9]+")}
			s.Messages = []check.Message{{Text: "LU-1 This one is right\n"}, {Text: text}}
			if s.Branch.Public {
				s.Messages[0].Text = "MDL-1 core: This one is right\n"
			}
		})
	}
	return []fault{
		of("branch-name", func(s *check.Subject, _ *rand.Rand) { s.Branch.Kind, s.Branch.Reason = check.Misnamed, "no such type" }),
		of("branch-base", func(s *check.Subject, _ *rand.Rand) {
			s.Branch.Base = check.Base{Want: "v2.8.5", Found: "v2.7.1", State: check.BaseWrong}
		}),
		of("mgit-merged", func(s *check.Subject, _ *rand.Rand) { s.StateMerged = []git.ID{git.ZeroID} }),
		of("target-merged", func(s *check.Subject, r *rand.Rand) {
			s.Targets = []check.TargetInside{{Target: []string{"LUVLE-2.8-test", "LUVLE-2.8-deployment"}[r.IntN(2)]}}
		}),
		of("protected-branch", func(s *check.Subject, r *rand.Rand) {
			s.Branch.Kind = []check.Kind{check.Target, check.Upstream, check.State}[r.IntN(3)]
		}),
		of("justification", func(s *check.Subject, _ *rand.Rand) { s.Branch.Reasoned = false }),
		of("justification", func(s *check.Subject, _ *rand.Rand) { s.Branch.Lacks = []string{"nobody has said until when"} }),
		says("message-subject", "Something\n"),
		says("message-ticket", "Something\n"),
		says("message-length", "LU-2 "+strings.Repeat("long ", 20)+"\n"),
		of(check.RuleFailed, func(s *check.Subject, _ *rand.Rand) { s.Options.PHP = "/nowhere/php" }),
	}
}

// onFeatures are faults of a feature, which leaves Moodle alone.
func onFeatures() []fault {
	return []fault{{rule: "core-changed", plant: func(p *plot) bool {
		p.subject.Branch.Type, p.subject.Branch.Component = "feature", moodle.Component{Type: "local", Name: "planted"}
		return p.coded("core-changed", "$"+p.unique()+" = 1;", p.isCode) && p.unlist()
	}}}
}

// ofMarkers are faults where the site marks what it changes.
func ofMarkers() []fault {
	return []fault{{rule: "hack-marker", plant: func(p *plot) bool {
		p.subject.Options.IsMarker = func(line []byte) bool { return bytes.Contains(line, []byte("LUVLE")) }
		return p.coded("hack-marker", "$"+p.unique()+" = 1;", p.isCode)
	}}}
}

// ofSyntax are faults that PHP finds.
func ofSyntax(program string) []fault {
	return []fault{{rule: "php-syntax", plant: func(p *plot) bool {
		p.subject.Options.PHP = program
		return p.coded("php-syntax", p.unique()+"(?!);", p.isCode)
	}}}
}

// unlist takes from the branch all that it may touch.
func (p *plot) unlist() bool {
	clear(p.listed)
	return true
}

// statement puts a line behind a random statement of PHP, and returns its number.
func (p *plot) statement(text, line string) (number int, changed string, ok bool) {
	if strings.Contains(text, "\r") {
		return 0, "", false
	}
	lines := strings.SplitAfter(text, "\n")
	tokens := php.Tokenize([]byte(text))
	var places []int
	for i, t := range tokens {
		if t.IsSign(";") && i+1 < len(tokens) && tokens[i+1].Line > t.Line && strings.HasSuffix(lines[t.Line-1], ";\n") && !strings.Contains(lines[t.Line-1], "?>") {
			places = append(places, t.Line)
		}
	}
	if len(places) == 0 {
		return 0, "", false
	}
	at := places[p.random.IntN(len(places))]
	return at + 1, strings.Join(slices.Insert(lines, at, line+"\n"), ""), true
}

// coded plants a line in code.
func (p *plot) coded(rule, line string, is func(string) bool) bool {
	name, text, ok := p.pick(is)
	if !ok {
		return false
	}
	number, text, ok := p.statement(text, line)
	return ok && p.set(name, text) && p.expect(rule, name, number)
}

func (p *plot) debug() bool {
	calls := []string{"var_dump($%);", "print_object($%);", "error_log('%');", "\\VAR_DUMP ( $% );", "print_r($%);", "var_dump($%); die;", "@var_dump($%);", "debug_print_backtrace(); // %"}
	return p.coded("debug-output", strings.ReplaceAll(calls[p.random.IntN(len(calls))], "%", p.unique()), p.isCode)
}

func (p *plot) secret() bool {
	lines := []string{"$% = 'ghp_" + strings.Repeat("aB3", 12) + "';", "// AKIA" + "QWERTYUIOP123456 %", "$CFG->dbpass = 'kU8x!q%';", "$% = 'glpat-" + strings.Repeat("x", 20) + "';"}
	return p.coded("secret", strings.ReplaceAll(lines[p.random.IntN(len(lines))], "%", p.unique()), p.isCode)
}

func (p *plot) crlf() bool { return p.coded("line-ends", "// "+p.unique()+"\r", p.isCode) }

// elsewhere changes what the branch does not list.
func (p *plot) elsewhere() bool {
	name, text, ok := p.pick(func(name string) bool { return p.isCode(name) && p.isPlugin(name) })
	if !ok {
		return false
	}
	number, text, ok := p.statement(text, "$"+p.unique()+" = 1;")
	if !ok {
		return false
	}
	p.set(name, text)
	delete(p.listed, name)
	return p.expect("scope", name, number)
}

func (p *plot) conflict() bool {
	name, text, ok := p.pick(func(name string) bool {
		return p.isCode(name) || slices.Contains([]string{".css", ".html", ".txt", ".md"}, path.Ext(name)) && p.isOwn(name)
	})
	if !ok || strings.Contains(text, "\r") {
		return false
	}
	lines := strings.SplitAfter(text, "\n")
	at := p.random.IntN(len(lines))
	p.set(name, strings.Join(slices.Insert(lines, at, "<<<<<<< "+p.unique()+"\n", p.unique()+"\n", "=======\n", ">>>>>>> "+p.unique()+"\n"), ""))
	return p.expect("conflict-marker", name, at+1) && p.expect("conflict-marker", name, at+3) && p.expect("conflict-marker", name, at+4)
}

// addsFile plants a new file beside another one: of a name of its own, or the one that is given with a slash.
func (p *plot) addsFile(rule, ending, text string) bool {
	beside, _, ok := p.pick(p.isCode)
	if !ok {
		return false
	}
	name := path.Join(path.Dir(beside), p.unique()) + ending
	if strings.HasPrefix(ending, "/") {
		name = path.Dir(beside) + ending
	}
	if _, isTaken := p.after[name]; isTaken {
		return false
	}
	return p.set(name, text) && p.expect(rule, name, 0)
}

func (p *plot) leftover() bool {
	endings := []string{".php.orig", ".php.rej", ".php~", "/.DS_Store", "/Thumbs.db", "/.idea/a.xml", ".php.bak", "/.a.php.swp", "/error_log"}
	return p.addsFile("leftover-file", endings[p.random.IntN(len(endings))], "x\n")
}

func (p *plot) link() bool {
	targets := []string{"/etc/passwd", strings.Repeat("../", 12) + "moodledata", `C:\moodledata`}
	if !p.addsFile("symlink-outside", "", targets[p.random.IntN(len(targets))]) {
		return false
	}
	for name, b := range p.after {
		if slices.Contains(targets, string(b.Data)) {
			b.Mode = git.ModeLink
			p.after[name] = b
		}
	}
	return true
}

func (p *plot) mark() bool {
	name, text, ok := p.pick(p.isCode)
	return ok && !strings.HasPrefix(text, "\xef") && !strings.Contains(text, "\r") && p.set(name, "\xef\xbb\xbf"+text) && p.expect("byte-order-mark", name, 1)
}

func (p *plot) mode() bool {
	name, text, ok := p.pick(p.isCode)
	if !ok || text == "" || strings.HasPrefix(text, "#!") {
		return false
	}
	p.after[name] = check.Blob{Mode: git.ModeExec, Data: []byte(text)}
	p.listed[name] = true
	return p.expect("mode-change", name, 0)
}

func (p *plot) inPublic() bool {
	beside, _, ok := p.pick(p.isCode)
	if !ok {
		return false
	}
	name := "public/" + path.Join(path.Dir(beside), p.unique()+".php")
	return p.set(name, code) && p.expect("public-place", name, 0)
}

func (p *plot) versionless() bool {
	dir := "local/" + p.unique()
	return p.set(dir+"/lib.php", code) && p.expect("plugin-version", dir+"/version.php", 0)
}

func (p *plot) badName() bool {
	dirs := []string{"local/Up%", "mod/a_%", "blocks/%_", "local/a__%", "mod/1%"}
	dir := strings.ReplaceAll(dirs[p.random.IntN(len(dirs))], "%", p.unique())
	return p.set(dir+"/version.php", saying(older, "$plugin->component = 'local_"+path.Base(dir)+"';")) && p.expect("plugin-name", dir+"/version.php", 0)
}

// versioned takes a version.php of a plugin, and finds a pattern in it.
func (p *plot) versioned(pattern string) (name, text string, at []int, ok bool) {
	name, text, ok = p.pick(func(name string) bool {
		_, rest, _ := p.layout.ComponentOf(name)
		return rest == "version.php" && p.isPlugin(name)
	})
	if !ok {
		return "", "", nil, false
	}
	at = regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
	return name, text, at, at != nil
}

func (p *plot) component() bool {
	name, text, at, ok := p.versioned(`(?m)^\$plugin->component *= *['"](\w+)['"];`)
	if !ok {
		return false
	}
	line := 1 + strings.Count(text[:at[2]], "\n")
	return p.set(name, text[:at[2]]+"local_"+p.unique()+text[at[3]:]) && p.expect("plugin-component", name, line)
}

// table adds a field to a table.
func (p *plot) table() bool {
	const field = `<FIELD NAME="id" TYPE=`
	name, text, ok := p.pick(func(name string) bool {
		_, rest, _ := p.layout.ComponentOf(name)
		return rest == "db/install.xml" && p.isPlugin(name)
	})
	if !ok || !strings.Contains(text, field) || strings.Contains(text, "\r") {
		return false
	}
	lines := strings.SplitAfter(text, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, field) })
	text = strings.Join(slices.Insert(lines, at+1, `<FIELD NAME="`+p.unique()+`" TYPE="int" LENGTH="10"/>`+"\n"), "")
	return p.set(name, text) && p.expect("version-bump", name, at+2)
}

// step adds a step to an upgrade.php of upstream's: one without a savepoint, or one whose number upstream will want.
func (p *plot) step(rule string) bool {
	const end = "return true;"
	name, text, ok := p.pick(func(name string) bool {
		_, rest, _ := p.layout.ComponentOf(name)
		return rest == "db/upgrade.php" && p.isPlugin(name)
	})
	if !ok || strings.Count(text, end) != 1 || strings.Contains(text, "\r") {
		return false
	}
	owner, _, _ := p.layout.ComponentOf(name)
	file := path.Dir(path.Dir(name)) + "/version.php"
	data, err := fs.ReadFile(p.ground.base, file)
	at := regexp.MustCompile(`(?m)^\$plugin->version *= *(20[0-9]{8});`).FindSubmatchIndex(data)
	if err != nil || at == nil {
		return false
	}
	version := string(data[at[2]:at[3]])
	number, does := version+".01", "// "+p.unique()
	if rule == "savepoint-collides" {
		n, _ := strconv.Atoi(version)
		number = strconv.Itoa(n + 1 + p.random.IntN(500))
		does = savepointOf(owner, number)
	}
	i := strings.LastIndex(text[:strings.Index(text, end)], "\n") + 1
	line := 1 + strings.Count(text[:i], "\n")
	p.set(name, text[:i]+"if ($oldversion < "+number+") {\n"+does+"\n}\n"+text[i:])
	p.set(file, string(data[:at[2]])+number+string(data[at[3]:]))
	return p.expect(rule, name, line)
}

func savepointOf(owner moodle.Component, number string) string {
	switch owner.Type {
	case "mod", "block":
		return "upgrade_" + owner.Type + "_savepoint(true, " + number + ", '" + owner.Name + "');"
	}
	return "upgrade_plugin_savepoint(true, " + number + ", '" + owner.Type + "', '" + owner.Name + "');"
}
