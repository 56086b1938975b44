package live

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// dirEntry is a name in a folder; the kind is a value DT_* and may be unknown.
type dirEntry struct {
	name string
	kind byte
}

// gitFolder lists a folder that is called .git. Without a HEAD and without
// objects it is an ordinary folder, whatever its name. Of a real one only files
// are listed that Git did not make and that could be run or served: a web server
// rarely knows that it must not look into it.
func (l *lister) gitFolder(f *listing, fd int, names []dirEntry) {
	for _, n := range names {
		if n.name == "HEAD" || n.name == "objects" {
			l.gits = append(l.gits, gitEntry{path: f.parent.path(l.walk.top), kind: unix.S_IFDIR})
			f.git = f
			break
		}
	}
	for _, n := range names {
		l.entry(f, fd, n.name, n.kind)
	}
}

// gitFile takes in one name of a folder of Git's. Thousands of loose objects cost
// no look at any of them.
func (l *lister) gitFile(f *listing, fd int, name string, kind byte) {
	if kind == unix.DT_DIR {
		l.folder(f, name)
		return
	}
	if kind == unix.DT_REG && !isServed(name) {
		return
	}
	st, size, err := lstat(fd, name)
	switch {
	case err != nil:
		if isServed(name) {
			l.missed(f, name, err)
		}
	case st.isFolder():
		l.folder(f, name)
	case st.isLink():
		if !isGitLink(f.path(f.git), name) {
			l.link(f, fd, File{Path: l.path(f, name), Mode: git.ModeLink, Size: size, stat: st}, name)
		}
	case st.isRegular() && isServed(name) && !l.isReference(f, fd, name, size):
		l.add(f, File{Path: l.path(f, name), Mode: st.gitMode(), Size: size, stat: st})
	}
}

// isServed reports whether a web server or a browser could run a file of this
// name. An extension of PHP counts before another one, too: "x.php.old".
func isServed(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case ".htaccess", ".user.ini", "php.ini", "web.config":
		return true
	}
	extensions := strings.Split(name, ".")[1:]
	if len(extensions) == 0 {
		return false
	}
	switch extensions[len(extensions)-1] {
	case "inc", "html", "htm", "xhtml", "shtml", "svg", "xml", "js", "mjs", "cgi", "fcgi", "pl", "asp", "aspx", "jsp":
		return true
	}
	return slices.ContainsFunc(extensions, func(extension string) bool {
		return strings.HasPrefix(extension, "php") || extension == "pht" || extension == "phtml" || extension == "phar"
	})
}

// isGitLink reports whether a link in a folder below .git is one of those that
// Git's own tools make: git-new-workdir, and branches before 2006.
func isGitLink(dir, name string) bool {
	switch name {
	case "HEAD", "config", "refs", "objects", "info", "hooks", "packed-refs", "remotes", "rr-cache", "svn":
		return true
	}
	return strings.HasPrefix(dir, "refs/") && !isServed(name)
}

// isReference reports whether a file is a reference or its log: a branch may be
// called "fix-lib.php".
func (l *lister) isReference(f *listing, fd int, name string, size int64) bool {
	of := f.path(f.git) + "/"
	logs := strings.Contains("/"+of, "/logs/")
	if !logs && !strings.Contains("/"+of, "/refs/") || size > maxConfig {
		return false
	}
	data, err := folder{fd: fd, steps: f.anchor.at.steps}.readFile(name, maxConfig)
	if err != nil {
		return false
	}
	if !logs {
		_, _, ok := parseRef(data)
		return ok
	}
	return isLog(data)
}

// isLog reports whether data is what Git logs of a reference, two ids at the
// beginning of each line, and nothing that PHP would run.
func isLog(data []byte) bool {
	if bytes.Contains(data, []byte("<?")) {
		return false
	}
	for line := range bytes.Lines(data) {
		if len(line) < 82 || line[40] != ' ' || line[81] != ' ' {
			return false
		}
		if _, err := git.ParseID(string(line[:40])); err != nil {
			return false
		}
		if _, err := git.ParseID(string(line[41:81])); err != nil {
			return false
		}
	}
	return true
}

// inGitFolder reports whether a path leads into a folder called .git, or is one.
func inGitFolder(path string) bool {
	return strings.HasPrefix(path, dotGit+"/") || strings.Contains(path, "/"+dotGit+"/") || path == dotGit || strings.HasSuffix(path, "/"+dotGit)
}
