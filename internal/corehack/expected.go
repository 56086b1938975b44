package corehack

import (
	"regexp"
	"strings"

	"mgit/internal/live"
)

// BuiltinExpected returns the patterns of files that sites have beside Moodle:
// settings of the site, of its web server and its host, of Composer, Node and the
// tests, and of editors and file managers. A pattern for a folder holds only
// where the pin has no such folder; one for public/ only where the pin has that.
//
// Language packs and moodledata inside the tree are recognised by their content,
// see [LanguagePack] and [DataFolder]. A phpinfo.php is not expected although it
// is often there, and a .env is not: the one tells, the other holds passwords.
func BuiltinExpected() []string {
	return []string{
		"/config.php", "/githash.php",
		"/.htaccess", "/public/.htaccess", "/.user.ini", "/public/.user.ini", "/php.ini", "/public/php.ini",
		"/robots.txt", "/public/robots.txt", "/favicon.ico", "/public/favicon.ico",
		"/.gitmodules", "/.gitignore", "/.gitattributes", "/.mailmap",
		"/vendor/", "/composer.phar", "/composer.json", "/composer.lock",
		"/node_modules/", "/package-lock.json", "/jsconfig.json", "/tsconfig.aliases.json",
		"/.eslintignore", "/.eslintignores.json", "/.stylelintignore", "/.stylelintcache", "/.eslintcache",
		"/behat.yml", "/phpunit.xml", "/.phpunit.result.cache", "/.phpunit.cache/", "/UPGRADING-CURRENT.md",
		"/Jenkinsfile", "/.gitlab-ci.yml", "/.travis.yml", "/Dockerfile", "/docker-compose.yml", "/.dockerignore",
		"/deploy.sh", "/plugins.sh", "/pluginslist.txt",
		"/.idea/", "/.project", "/.buildpath", "/.settings/", "/.vscode/", "/nbproject/",
		"!/.idea/**/*.ph*", "!/.settings/**/*.ph*", "!/.vscode/**/*.ph*", "!/nbproject/**/*.ph*",
		".DS_Store", "Thumbs.db", "desktop.ini",
	}
}

// What stands for a pattern in [Expected] where content decides.
const (
	// LanguagePack is a folder of lang/ with a langconfig.php: its PHP files that set
	// strings and do nothing else, and the texts in its folders. Moodle keeps them in
	// moodledata, older sites here.
	LanguagePack = "language pack"
	// DataFolder is Moodle's data folder: called moodledata, or with a filedir/ and
	// one of the other folders that Moodle makes. PHP files are expected only where
	// Moodle writes such. A folder inside of core is never one.
	DataFolder = "moodledata"
)

// rules are the patterns of expected files that hold for one pin.
type rules struct{ Patterns }

func (c *comparison) expectedRules() (rules, error) {
	builtin, err := ParsePatterns(BuiltinExpected())
	if err != nil {
		return rules{}, err
	}
	var r rules
	for _, p := range builtin {
		folder := strings.Join(p.names, "/")
		switch {
		case p.anchored && p.dirOnly && c.pinHasDir(folder):
		case p.names[0]+"/" == "public/" && !c.Layout.Public():
		default:
			r.Patterns = append(r.Patterns, p)
		}
	}
	own, err := ParsePatterns(c.Rules.Expected)
	r.Patterns = append(r.Patterns, own...)
	return r, err
}

var languageCode = regexp.MustCompile(`^[a-z]{2,3}(?:_[a-z0-9_]+)?$`)

// isLanguagePack reports whether the folder dir, which the pin lacks, is one.
func (c *comparison) isLanguagePack(dir string) bool {
	parent, name := cutPath(dir)
	if parent != c.Layout.Docroot()+"lang" || !languageCode.MatchString(name) {
		return false
	}
	_, ok := c.liveFile(dir + "/langconfig.php")
	return ok
}

// isDataFolder reports whether the folder dir, which is no part of Moodle, is one.
func (c *comparison) isDataFolder(dir string) bool {
	_, name := cutPath(dir)
	if strings.EqualFold(name, "moodledata") {
		return true
	}
	if !c.liveHasDir(dir + "/filedir") {
		return false
	}
	for _, other := range []string{"temp", "cache", "localcache", "trashdir", "muc"} {
		if c.liveHasDir(dir + "/" + other) {
			return true
		}
	}
	return false
}

// inLanguagePack reports whether a language pack has such a file; name is the
// path in its folder.
func (c *comparison) inLanguagePack(f *live.File, name string) bool {
	if !strings.Contains(name, "/") && strings.HasSuffix(name, ".php") {
		return c.isStringFile(f, name)
	}
	return kindOf(name) != code || strings.HasSuffix(name, ".html")
}

// inDataFolder reports whether moodledata has such a file, name being the path in it.
func inDataFolder(name string) bool {
	if kindOf(name) != code {
		return true
	}
	top, _, _ := strings.Cut(name, "/")
	switch top {
	case "cache", "localcache", "muc", "temp", "lang", "models", "sessions":
		return top != name
	}
	return false
}
