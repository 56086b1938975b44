package config

import (
	"slices"
	"strings"
)

// kind is the kind of a key's value.
type kind int

const (
	text    kind = iota
	texts        // a list of texts
	number       // a whole number, 0 or more
	truth        // true or false
	series       // a series of Moodle releases
	url          // the place of a repository
	web          // the address of a server, https
	role         // the role of a remote
	pattern      // a list of regular expressions
	paths        // a list of paths in the tree
	names        // a list of component names
)

// The files of the mgit branch that hold settings. The keys of the two others are in a file of their own, so that
// they cannot be meant for mgit.toml.
const (
	mainFile    = "mgit.toml"
	pluginsFile = "plugins.toml"
	sitesFile   = "sites.toml"
)

// spec describes a key.
type spec struct {
	path string // dotted; "*" stands for any name
	kind kind
	file string // of the mgit branch
	use  use
	// words are the values allowed, nil for all of the kind.
	words []string
	// names are the only ones that stand for "*", nil for any.
	names []string
	// holes are the placeholders of a template; nil where it is none.
	holes []string
	// most is the largest number; 0 for any.
	most int64
	// guarded keys open gates: what arrives on the mgit branch is pending until confirmed.
	guarded bool
	// dotted says that what stands for "*" may hold dots; a table there is the part before one.
	dotted bool
	// fallback is the built-in value, as a setting holds it; nil for none.
	fallback any
	parts    []string // of path
}

// use says where a key may stand.
type use int

const (
	anywhere   use = iota
	sharedOnly     // on the mgit branch
	mineOnly       // a person's taste: anywhere but on the mgit branch
	ownOnly        // a command: in git config or a file of the user, where nobody else can write
)

// states are the states of the work on a branch, as the ledger of an upgrade has them.
func states() []string {
	return []string{"todo", "parked", "moved", "tested", "in-test", "in-deployment", "dropped", "held"}
}

// severities are what a rule of `mgit check` may weigh.
func severities() []string { return []string{severest, "warning", "off"} }

// severest is the severity that opens no gate.
const severest = "error"

// KeyPatterns returns all keys, dotted, "*" for any name.
func KeyPatterns() []string {
	var patterns []string
	for _, s := range specs() {
		patterns = append(patterns, s.path)
	}
	return patterns
}

// specs returns all keys, those of one table together.
func specs() []spec {
	return []spec{
		{path: "customer", file: mainFile},
		{path: "scheme", file: mainFile, fallback: "{customer}-{version}-{type}-{frankenstyle}[-{shortname}]"},
		{path: "target_scheme", file: mainFile, fallback: "{customer}-{version}-{target}"},
		{path: "types", kind: texts, file: mainFile, fallback: []string{"feature", "hack"}},
		{path: "series", kind: series, file: mainFile},
		{path: "targets.*", kind: texts, file: mainFile},

		{path: "target.*.types", kind: texts, file: mainFile},
		{path: "target.*.branches", kind: texts, file: mainFile},
		{path: "target.*.except", kind: texts, file: mainFile},
		{path: "target.*.states", kind: texts, file: mainFile},
		{path: "target.*.order", kind: texts, file: mainFile},

		{path: "minor.min_age_days", kind: number, file: mainFile, fallback: int64(7)},
		{path: "minor.security", kind: texts, file: mainFile},

		{path: "release.ourname", file: mainFile},
		{path: "release.shortcustomer", file: mainFile},
		{path: "release.tag", file: mainFile, fallback: "{ourname}-moodle-{shortcustomer}_v{moodle-version}-{local-release}"},

		{path: "package.branch", file: mainFile, fallback: "{ourname}-moodle-{shortcustomer}_{version}"},
		{path: "package.version", file: mainFile, fallback: "{moodle-version}-{local-release}"},

		{path: "remote.*.url", kind: url, file: mainFile, guarded: true},
		{path: "remote.*.role", kind: role, file: mainFile, guarded: true},

		{path: "tracker.kind", file: mainFile, guarded: true, words: []string{"redmine", "gitlab", "github", "jira"}},
		{path: "tracker.url", kind: web, file: mainFile, guarded: true},
		{path: "tracker.project", file: mainFile, guarded: true},
		{path: "tracker.markup", file: mainFile, words: []string{"textile", "markdown", "common_mark"}},
		{path: "tracker.type", file: mainFile},
		{path: "tracker.parent_type", file: mainFile},
		{path: "tracker.version", file: mainFile, holes: []string{"series", "from", "onto"}},
		{path: "tracker.status.*", file: mainFile, names: states()},
		{path: "tracker.done.*", kind: number, file: mainFile, names: states(), most: 100},
		{path: "tracker.fields.*", file: mainFile, holes: []string{
			"branch", "new_branch", "component", "type", "state", "disposition", "series", "from", "onto",
		}},
		{path: "tracker.people.*", file: mainFile},
		{path: "tracker.tickets", kind: pattern, file: mainFile},

		{path: "resolutions.use", kind: truth, file: mainFile, fallback: true},
		{path: "resolutions.save", kind: truth, file: mainFile, fallback: true},

		{path: "public.internal_tickets", kind: pattern, file: mainFile, guarded: true},
		{path: "public.internal_words", kind: texts, file: mainFile, guarded: true},
		{path: "public.internal_paths", kind: texts, file: mainFile, guarded: true},

		{path: "layout.root", kind: paths, file: mainFile},
		{path: "layout.public", kind: paths, file: mainFile},

		{path: "corehack.expected", kind: texts, file: mainFile, guarded: true},
		{path: "corehack.exclude", kind: texts, file: mainFile, guarded: true},
		{path: "corehack.markers", kind: texts, file: mainFile},

		{path: "check.rules.*", file: mainFile, words: severities(), guarded: true},
		{path: "check.types.*.*", file: mainFile, words: severities(), guarded: true},
		{path: "check.max_file_kb", kind: number, file: mainFile, guarded: true, fallback: int64(1024)},
		{path: "check.subject_length", kind: number, file: mainFile, fallback: int64(72)},
		{path: "check.tickets", kind: pattern, file: mainFile},

		{path: "justification.types", kind: texts, file: mainFile, fallback: []string{"hack"}},

		{path: "branch.*.origin", file: mainFile, use: sharedOnly, words: []string{"local", "external"}},
		{path: "branch.*.members", kind: names, file: mainFile, use: sharedOnly},
		{path: "branch.*.paths", kind: paths, file: mainFile, use: sharedOnly},
		{path: "branch.*.requires", kind: texts, file: mainFile, use: sharedOnly},
		{path: "branch.*.reason", file: mainFile, use: sharedOnly},
		{path: "branch.*.ticket", file: mainFile, use: sharedOnly},
		{path: "branch.*.owner", file: mainFile, use: sharedOnly},
		{path: "branch.*.justification", file: mainFile, use: sharedOnly, words: []string{"upstreamable", "temporary", "local"}},
		{path: "branch.*.upstream", kind: texts, file: mainFile, use: sharedOnly},
		{path: "branch.*.review_by", kind: series, file: mainFile, use: sharedOnly},
		{path: "branch.*.superseded_by", kind: texts, file: mainFile, use: sharedOnly},
		{path: "branch.*.public", kind: truth, file: mainFile, use: sharedOnly, guarded: true},

		{path: "directory.url", kind: web, file: mainFile, guarded: true},
		{path: "sources.max_mb", kind: number, file: mainFile, fallback: int64(256)},

		{path: "jobs", kind: number, file: mainFile, fallback: int64(0)},
		{path: "color", file: mainFile, words: []string{"auto", "always", "never"}, fallback: "auto"},

		{path: "screen.theme", file: mainFile, use: mineOnly, words: []string{"auto", "light", "dark", "plain"}, fallback: "auto"},
		{path: "screen.mouse", kind: truth, file: mainFile, use: mineOnly, fallback: true},
		{path: "screen.read_only", kind: truth, file: mainFile, use: mineOnly, fallback: false},
		{path: "screen.keys.*", kind: texts, file: mainFile, use: mineOnly, dotted: true},
		{path: "screen.colors.*", file: mainFile, use: mineOnly},

		{path: "editor", file: mainFile, use: ownOnly},
		{path: "pager", file: mainFile, use: ownOnly},
		{path: "php", file: mainFile, use: ownOnly},
		{path: "hooks.*", file: mainFile, use: ownOnly},
		{path: "builders.*", file: mainFile, use: ownOnly},

		{path: "plugin.*.url", kind: url, file: pluginsFile, use: sharedOnly, guarded: true},
		{path: "plugin.*.tags", file: pluginsFile, use: sharedOnly},
		{path: "plugin.*.branches", file: pluginsFile, use: sharedOnly},
		{path: "plugin.*.pin", file: pluginsFile, use: sharedOnly},
		{path: "plugin.*.maturity", file: pluginsFile, use: sharedOnly, words: []string{"alpha", "beta", "rc", "stable"}},
		{path: "plugin.*.untested", kind: truth, file: pluginsFile, use: sharedOnly},
		{path: "plugin.*.reason", file: pluginsFile, use: sharedOnly},
		{path: "plugin.*.variable", file: pluginsFile, use: sharedOnly},

		{path: "site.*.environment", file: sitesFile, use: sharedOnly},
		{path: "site.*.path", file: sitesFile, use: sharedOnly},
		{path: "site.*.env_file", file: sitesFile, use: sharedOnly},
		{path: "site.*.target", file: sitesFile, use: sharedOnly},
		{path: "site.*.php", file: sitesFile, use: sharedOnly},
		{path: "site.*.database", file: sitesFile, use: sharedOnly, words: []string{"mariadb", "mysql", "pgsql", "sqlsrv", "oci", "auroramysql"}},
		{path: "site.*.database_version", file: sitesFile, use: sharedOnly},
		{path: "site.*.extensions", kind: texts, file: sitesFile, use: sharedOnly},
	}
}

// keys is the table of specs, ready to be asked.
type keys struct{ all []spec }

func newKeys() keys {
	all := specs()
	for i := range all {
		all[i].parts = strings.Split(all[i].path, ".")
	}
	return keys{all}
}

// in returns the keys that belong into a file: one of the mgit branch by its name, "" for the user's own.
func (k keys) in(file string) keys {
	return keys{slices.DeleteFunc(slices.Clone(k.all), func(s spec) bool {
		if file == "" {
			return s.use == sharedOnly
		}
		return s.file != file
	})}
}

// find returns the spec of the key at path.
func (k keys) find(path []string) (spec, bool) {
	i := slices.IndexFunc(k.all, func(s spec) bool { return matches(s.parts, path) })
	if i < 0 {
		return spec{}, false
	}
	return k.all[i], true
}

// isTable reports whether there are keys below path.
func (k keys) isTable(path []string) bool {
	return slices.ContainsFunc(k.all, func(s spec) bool { return len(s.parts) > len(path) && matches(s.parts[:len(path)], path) })
}

// matches compares the parts of a pattern with a path.
func matches(pattern, path []string) bool {
	return slices.EqualFunc(pattern, path, func(want, part string) bool { return want == "*" || want == part })
}

// suggest returns the known key that path was probably meant to be, or "".
func (k keys) suggest(path []string) string {
	best, least := "", 3
	last := path[len(path)-1]
	for _, s := range k.all {
		above := len(path) - 1
		if len(s.parts) <= above || !matches(s.parts[:above], path[:above]) {
			continue
		}
		word := s.parts[above]
		if d := distance(last, word); word != "*" && d < least && d < len(word) {
			best, least = word, d
		}
	}
	if best == "" {
		return k.elsewhere(last)
	}
	return FormatPath(append(slices.Clone(path[:len(path)-1]), best)...)
}

// elsewhere returns the full key that has the name last in another table, or "".
func (k keys) elsewhere(last string) string {
	for _, s := range k.all {
		if strings.HasSuffix(s.path, "."+last) {
			return s.path
		}
	}
	return ""
}

// Closest returns the word that text was probably meant to be, or "".
func Closest(text string, words []string) string {
	best, least := "", 3
	for _, word := range words {
		if d := distance(text, word); d < least && d < len(word) {
			best, least = word, d
		}
	}
	return best
}

// distance is the number of letters to be inserted, removed, replaced or swapped with their neighbour.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
