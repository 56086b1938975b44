package corehack

import (
	"bytes"
	"slices"
	"strings"

	"mgit/internal/live"
)

// What is said of files that may hold passwords or keys: PHP is run, anything else
// is handed out as it is.
const (
	holdsPasswords  = "may hold passwords"
	servesPasswords = "may hold passwords, and a web server may serve it"
)

// IsSecret reports whether a path, which upstream need not have, is that of a file
// that may hold passwords or keys, by its name alone: config.php and its copies,
// files of the environment, keys, dumps of databases. The content of such a file
// must not be shown.
func IsSecret(path string) bool {
	lower := strings.ToLower(path)
	if dir, base := cutPath(lower); base == "config.php" && isThemeFolder(dir) {
		return false // a theme has one that says how it looks
	}
	return isSecret(path, "public/", false)
}

func isThemeFolder(dir string) bool {
	in, _ := cutPath(dir)
	return in == "theme" || in == "public/theme"
}

// isSecret is the same where it is known whether upstream has a file at the path;
// docroot is the layout's.
func isSecret(path, docroot string, pinned bool) bool {
	dir, base := cutPath(strings.ToLower(path))
	name, extension := base, ""
	if i := strings.LastIndexByte(base, '.'); i >= 0 {
		name, extension = base[:i], base[i+1:]
	}
	switch extension {
	case "env", "key", "pem", "p12", "pfx", "ppk", "jks", "keystore", "kdbx", "htpasswd", "netrc", "pgpass", "npmrc", "git-credentials":
		return true
	}
	switch {
	case strings.HasPrefix(base, ".env."), strings.HasPrefix(base, ".env-"), base == ".env~", base == ".my.cnf", base == "auth.json":
		return true
	case isKeyName(base) && extension != "pub", strings.HasPrefix(base, "id_") && name == base:
		return true
	case (dir == "" || dir+"/" == docroot) && isConfigName(base):
		return true
	}
	return !pinned && (isConfigCopyName(base) || isDumpName(path))
}

// isKeyName reports whether a name is that of a key of SSH, or of a copy of one.
func isKeyName(base string) bool {
	return slices.ContainsFunc([]string{"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"}, func(key string) bool { return strings.HasPrefix(base, key) })
}

// isConfigName reports whether a name in the root could be that of config.php or
// of a copy: config.php.bak, config-2023.php, #config.php#.
func isConfigName(base string) bool {
	if base == "config-dist.php" {
		return false
	}
	return isConfigCopyName(base) || strings.HasPrefix(strings.TrimLeft(base, ".#_"), "config") && strings.Contains(base, "php")
}

// isConfigCopyName is the same for any other folder, where config-rewrite.php is
// somebody's code.
func isConfigCopyName(base string) bool {
	return strings.HasPrefix(strings.TrimLeft(base, ".#_"), "config.php") || strings.Contains(base, " config.php") || strings.Contains(base, "_config.php.")
}

// isDumpName reports whether a name is that of a dump of a database. What lies in
// a folder db/ and is not packed belongs to a plugin, as a rule.
func isDumpName(path string) bool {
	dir, base := cutPath(strings.ToLower(path))
	sql, packed := isSQL(base)
	return sql && (packed || !strings.Contains("/"+dir+"/", "/db/"))
}

// isSQL reports whether a name is one of SQL or of a dump, and whether that is
// packed. A server may run "x.php.sql".
func isSQL(base string) (sql, packed bool) {
	extensions := strings.Split(strings.ToLower(base), ".")[1:]
	if slices.ContainsFunc(extensions, isPHP) || len(extensions) == 0 {
		return false, false
	}
	switch last := extensions[len(extensions)-1]; last {
	case "dump", "dmp", "pgdump", "mysqldump":
		return true, false
	default:
		return slices.Contains(extensions, "sql"), kindOfExtension(last) == archive
	}
}

// largeSQL is the size from which SQL is taken for a dump, wherever it lies.
const largeSQL = 1 << 20

// isDump reports whether a file that the pin lacks is a dump of a database.
func (s *sorter) isDump(f *live.File, base string) bool {
	if sql, _ := isSQL(base); !sql {
		return false
	}
	if isDumpName(f.Path) || f.Size >= largeSQL {
		return true
	}
	if f.Size == 0 || s.unread[f.Path] {
		return false
	}
	head, err := s.head(f)
	if err != nil {
		return false
	}
	head = bytes.ToLower(head)
	for _, sign := range []string{"-- mysql dump", "-- mariadb dump", "mysql dump", "sql dump", "postgresql database dump", "insert into"} {
		if bytes.Contains(head, []byte(sign)) {
			return true
		}
	}
	return false
}
