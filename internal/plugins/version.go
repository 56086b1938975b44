package plugins

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/live"
	"mgit/internal/moodle"
)

// VersionLimit is the largest version.php, or declaration of sub-plugins, that is
// read. The largest that is known has a few thousand bytes.
const VersionLimit = 1 << 20

var (
	conflictMark  = regexp.MustCompile(`(?m)^(?:<{7}|>{7}) `)
	byteOrderMark = []byte("\ufeff")
)

// ReadVersion reads the version.php of a plugin and says what is wrong with it. Not
// ok is a file that sets no version of a plugin.
func ReadVersion(source []byte) (version moodle.Plugin, problems []Problem, ok bool) {
	if conflictMark.Match(source) {
		return moodle.Plugin{}, []Problem{{Conflicted, "its version.php holds conflict markers"}}, false
	}
	if bytes.HasPrefix(source, byteOrderMark) {
		problems = append(problems, Problem{ByteOrderMark, "its version.php begins with a byte order mark, which PHP sends to the browser"})
	}
	version, err := moodle.ParsePlugin(source)
	if err != nil {
		return moodle.Plugin{}, append(problems, Problem{NotAVersion, "its version.php sets no version of a plugin"}), false
	}
	if len(version.Unread) > 0 {
		problems = append(problems, Problem{Expressions, "its version.php computes what it says, which is not evaluated: " + strings.Join(version.Unread, ", ")})
	}
	return version, problems, true
}

// readVersion reads the version.php of a plugin in the tree.
func (t *taking) readVersion(p *Plugin) {
	path := p.Path + "/version.php"
	f, there := t.Tree.File(path)
	u, isUnread := t.unread[path]
	whole, folderUnread := t.unread[p.Path]
	switch {
	case isUnread:
		p.add(Unreadable, "its version.php could not be read: "+u.Reason)
	case folderUnread && whole.Dir:
		p.add(Unreadable, "its folder could not be read: "+whole.Reason)
	case !there && p.Repository != nil && !hasFiles(t.Tree.Files(), p.Path):
		p.add(NotCheckedOut, "its repository is not checked out here, so that nothing is known of it")
		p.Seen = false
	case !there && t.mayLackVersion(p.Component.Type):
	case !there:
		p.add(NoVersion, "Moodle does not see it: it has no version.php")
		p.Seen = false
	case f.Mode == git.ModeLink:
		p.add(Unreadable, "its version.php is a link, which is not followed")
	default:
		t.parseVersion(p, path)
	}
}

func (t *taking) parseVersion(p *Plugin, path string) {
	source, err := t.Tree.Read(path, VersionLimit)
	switch {
	case errors.Is(err, live.ErrTooBig):
		p.add(Unreadable, "its version.php is larger than 1 MiB and was not read")
	case err != nil:
		p.add(Unreadable, "its version.php could not be read")
	default:
		version, problems, ok := ReadVersion(source)
		p.Version, p.HasVersion = version, ok
		p.Problems = append(p.Problems, problems...)
	}
}

// mayLackVersion reports whether plugins of a type worked without a version.php in
// the series of the tree: all did until 2.1, themes until 2.5.
func (t *taking) mayLackVersion(typ string) bool {
	last := moodle.Series{Major: 2, Minor: 1}
	if typ == "theme" {
		last.Minor = 5
	}
	return t.Layout.Series().Compare(last) <= 0
}

// findStray finds plugins where none can live: those that name themselves in a
// version.php which is neither Moodle's nor inside another plugin that has one. A
// ZIP unpacked one folder too deep is such a plugin.
func (t *taking) findStray() {
	for _, f := range t.Tree.Files() {
		dir, base := cutPath(f.Path)
		if base != "version.php" || dir == "" || f.Mode == git.ModeLink || !t.isStray(dir) {
			continue
		}
		if t.ctx.Err() != nil {
			return
		}
		p := Plugin{Path: dir, Repository: t.repositories[dir]}
		t.readVersion(&p)
		p.Component = p.Version.Component
		if p.Component == (moodle.Component{}) {
			continue
		}
		p.add(WrongPlace, "Moodle does not see it: no plugins live there"+elsewhere(t.Layout, p.Component))
		t.keep(p, "")
	}
}

// isStray reports whether a version.php in the folder would be of a plugin that is
// at the wrong place.
func (t *taking) isStray(dir string) bool {
	if inside := "/" + dir + "/"; strings.Contains(inside, "/tests/") || strings.Contains(inside, "/vendor/") {
		return false // made up, to test something with, or not for Moodle
	}
	if _, isMoodles := slices.BinarySearch(t.Pristine, dir+"/version.php"); isMoodles {
		return false
	}
	if owner := t.Owner(dir); owner != nil {
		return owner.Path != dir && !owner.HasVersion
	}
	parent, _ := cutPath(dir)
	_, isPlace := t.Layout.TypeAt(parent)
	return !isPlace // there findAll has been
}

// reasonOf is why a name is none.
func reasonOf(err error) string {
	var bad *moodle.NameError
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return err.Error()
}

// quoted is text of the tree in a sentence: free of control characters, and UTF-8.
func quoted(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(clean) > 300 {
		clean = clean[:300] + "…"
	}
	return clean
}
