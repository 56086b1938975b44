package live

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// link is a symbolic link of the tree and what it says.
type link struct{ path, target string }

// Where a link leads.
type destination int

const (
	inTree   destination = iota // its target is read where it is, if it is anything
	outside                     // out of the tree, on the way or in the end
	inLoop                      // to itself
	inGit                       // into a .git, which is not listed
	tooWound                    // too long to be told
)

// maxHops is how many links Linux follows on one path.
const maxHops = 40

// judgeLinks says of each link that leads out of the tree, or nowhere, that it
// was not followed. Links to what is in the tree need no word, because their
// targets are read where they are. Where a link leads is worked out from what
// the links of the tree say, without a look at the file system.
func (t *Tree) judgeLinks(ctx context.Context, links []link) []Unread {
	if len(links) == 0 {
		return nil
	}
	targets := make(map[string]string, len(links))
	for _, l := range links {
		targets[l.path] = l.target
	}
	var unread []Unread
	w := newWay(t)
	for _, l := range links {
		if ctx.Err() != nil {
			break // Scan returns the error
		}
		said := ""
		switch w.follow(l, targets) {
		case inTree:
			continue
		case outside:
			said = "a link to " + quoted(l.target) + ", out of the tree: not followed"
		case inLoop:
			said = "a link to " + quoted(l.target) + ", which leads back to itself: not followed"
		case inGit:
			said = "a link to " + quoted(l.target) + ", inside a Git folder: not followed"
		case tooWound:
			said = "a link to " + quoted(l.target) + ", by too many ways round: not followed"
		}
		unread = append(unread, Unread{Path: l.path, Reason: said})
	}
	return unread
}

// way is a place in the file system while a link is followed on paper: on the
// way down to the root, or below it. The components of the root are folders, not
// links; what is beside them is not known, and so a way that leaves them is lost.
type way struct {
	root    []string // components of the root
	spelled string
	above   int    // how many of them the place is below
	at      []byte // the place in the tree, "" while it is above
}

func newWay(t *Tree) *way { return &way{root: components(t.Root), spelled: t.spelled} }

func components(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" || s == "." })
}

// follow tells where the link leads when every link on the way is what links says.
func (w *way) follow(l link, links map[string]string) destination {
	dir, _ := split(l.path)
	w.above, w.at = len(w.root), append(w.at[:0], dir...)
	todo := w.begin(l.target)
	for hops, steps := 0, 0; len(todo) > 0; {
		if steps++; steps > pathMax || len(todo) > pathMax {
			return tooWound
		}
		name := todo[0]
		todo = todo[1:]
		switch {
		case name == "..":
			w.up()
		case w.above < len(w.root):
			if name != w.root[w.above] {
				return outside
			}
			w.above++
		case name == dotGit:
			return inGit
		default:
			if len(w.at) > 0 {
				w.at = append(w.at, '/')
			}
			w.at = append(w.at, name...)
			target, ok := links[string(w.at)]
			if !ok {
				continue
			}
			if hops++; hops > maxHops {
				return inLoop
			}
			w.up()
			todo = append(w.begin(target), todo...)
		}
	}
	if w.above < len(w.root) {
		return outside
	}
	return inTree
}

func (w *way) up() {
	if len(w.at) == 0 {
		w.above = max(w.above-1, 0)
		return
	}
	w.at = w.at[:max(bytes.LastIndexByte(w.at, '/'), 0)]
}

// begin returns the components of a target and goes to where they start. The
// tree may be named as it was named to us, through a link.
func (w *way) begin(target string) []string {
	if !strings.HasPrefix(target, "/") {
		return components(target)
	}
	w.at = w.at[:0]
	if rest, ok := cutFolder(target, w.spelled); ok {
		w.above = len(w.root)
		return components(rest)
	}
	w.above = 0
	return components(target)
}

// cutFolder returns what follows the folder in an absolute path.
func cutFolder(path, folder string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, strings.TrimSuffix(folder, "/"))
	return rest, ok && (rest == "" || rest[0] == '/')
}
