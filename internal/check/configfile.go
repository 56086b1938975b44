package check

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// configFile finds the configuration of a site, and copies of it.
func configFile(j *Judge, f *File) {
	dir, base := path.Split(f.Path)
	lower := strings.ToLower(base)
	if !f.IsRegular() || !arrives(f) || isExample(lower) || has(j.Pristine, f.Path) {
		return
	}
	inRoot := dir == "" || dir == "public/"
	switch {
	case f.Path == "config.php":
		j.At(f.Path, 0, "config.php of a site")
	case base == "config.php" && inRoot && configures(f.After.Data):
		j.At(f.Path, 0, "config.php of a site, where core has a loader")
	case isConfigCopy(lower) && (inRoot || configures(f.After.Data)), inRoot && strings.HasPrefix(lower, "config") && strings.Contains(lower, "php") && configures(f.After.Data):
		j.At(f.Path, 0, "a copy of config.php, which a web server may show")
	case isEnvironment(lower) && environmentSecret().Match(f.After.Data):
		j.At(f.Path, lineOf(f.After.Data, environmentSecret().FindIndex(f.After.Data)[0]), "a password in a file of the environment")
	}
}

// isConfigCopy reports whether a name is that of a copy of config.php.
func isConfigCopy(base string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(base, ".#_"), "config.php")
	return ok && rest != "" && strings.IndexByte("._-~ ", rest[0]) >= 0 && !strings.HasSuffix(rest, ".php")
}

// isExample reports whether a name says that somebody is to fill in the file, or a program.
func isExample(base string) bool {
	for _, word := range []string{"dist", "example", "sample", "template"} {
		if strings.HasSuffix(base, ".php-"+word) || strings.HasSuffix(base, ".php_"+word) {
			return true
		}
	}
	return base == "config-dist.php" || slices.Contains([]string{".dist", ".example", ".sample", ".template", ".tpl", ".tmpl", ".j2", ".twig", ".mustache", ".in", ".md"}, path.Ext(base))
}

// configures reports whether PHP sets what only the configuration of a site does.
func configures(data []byte) bool { return siteSetting().Match(data) }

var siteSetting = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[^/#*\n]*\$CFG->(?:dbtype|dbhost|dbname|dbuser|dbpass|wwwroot|dataroot)\s*=[^=]`)
})

func isEnvironment(base string) bool {
	return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasSuffix(base, ".env")
}

// environmentSecret finds a value that is set and no reference to another one.
var environmentSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?[A-Z0-9_]*(?:PASSWORD|PASSWD|DBPASS|_PASS|SECRET|TOKEN|API_?KEY|PRIVATE_KEY)[A-Z0-9_]*[ \t]*=[ \t]*['"]?[^\s'"$<{#][^\s'"]{3,}`)
})

// lineOf is the number of the line that an offset is in.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }
