package demo

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ids computes the object ids that Git will give to commits, so that a message
// can name an earlier commit ("This reverts commit …").
type ids struct {
	commits map[*commit][]byte
	trees   map[*commit]*folder
	blobs   map[*file][]byte
}

func newIDs() *ids {
	return &ids{make(map[*commit][]byte), make(map[*commit]*folder), make(map[*file][]byte)}
}

// of returns the id of c in hex. All that c descends from is computed, and
// remembered.
func (n *ids) of(c *commit) string {
	return hex.EncodeToString(n.commit(c))
}

func (n *ids) commit(c *commit) []byte {
	if id, ok := n.commits[c]; ok {
		return id
	}
	parents := make([][]byte, len(c.parents))
	for i, p := range c.parents {
		parents[i] = n.commit(p)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "tree %x\n", n.tree(c).id(n))
	for _, p := range parents {
		fmt.Fprintf(&text, "parent %x\n", p)
	}
	fmt.Fprintf(&text, "author %s\ncommitter %s\n", signature(c.meta.author, c.meta.authored), signature(c.meta.committer, c.meta.committed))
	if c.meta.encoding != "" {
		fmt.Fprintf(&text, "encoding %s\n", c.meta.encoding)
	}
	text.WriteString("\n" + c.meta.message)
	n.commits[c] = objectID("commit", text.Bytes())
	return n.commits[c]
}

// tree returns the tree of c, which shares all folders that c leaves alone with
// that of its first parent.
func (n *ids) tree(c *commit) *folder {
	if t, ok := n.trees[c]; ok {
		return t
	}
	before := &folder{}
	if first := c.first(); first != nil {
		before = n.tree(first)
	}
	n.trees[c] = before.with(c.changes)
	return n.trees[c]
}

func (n *ids) blob(f *file) []byte {
	if _, ok := n.blobs[f]; !ok {
		n.blobs[f] = objectID("blob", []byte(f.data))
	}
	return n.blobs[f]
}

// folder is a tree of a commit. It does not change once it was made.
type folder struct {
	files   map[string]*file
	folders map[string]*folder
	sum     []byte // its id, once it was asked for
}

// with returns the folder after changes; nil is gone.
func (d *folder) with(changes map[string]*file) *folder {
	next := &folder{files: make(map[string]*file), folders: make(map[string]*folder)}
	maps.Copy(next.files, d.files)
	maps.Copy(next.folders, d.folders)
	below := make(map[string]map[string]*file)
	for path, f := range changes {
		name, rest, nested := strings.Cut(path, "/")
		switch {
		case nested && below[name] == nil:
			below[name] = map[string]*file{rest: f}
		case nested:
			below[name][rest] = f
		case f == nil:
			delete(next.files, name)
		default:
			next.files[name] = f
		}
	}
	for name, inside := range below {
		before := next.folders[name]
		if before == nil {
			before = &folder{}
		}
		if after := before.with(inside); len(after.files)+len(after.folders) > 0 {
			next.folders[name] = after
		} else {
			delete(next.folders, name)
		}
	}
	return next
}

// id is the id of the folder's tree object. Git sorts a folder as if its name
// ended with a slash.
func (d *folder) id(n *ids) []byte {
	if d.sum != nil {
		return d.sum
	}
	type entry struct{ key, text string }
	entries := make([]entry, 0, len(d.files)+len(d.folders))
	for name, f := range d.files {
		entries = append(entries, entry{name, f.mode + " " + name + "\x00" + string(n.blob(f))})
	}
	for name, sub := range d.folders {
		entries = append(entries, entry{name + "/", "40000 " + name + "\x00" + string(sub.id(n))})
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	var text bytes.Buffer
	for _, e := range entries {
		text.WriteString(e.text)
	}
	d.sum = objectID("tree", text.Bytes())
	return d.sum
}

func objectID(kind string, data []byte) []byte {
	sum := sha1.Sum(append(fmt.Appendf(nil, "%s %d\x00", kind, len(data)), data...))
	return sum[:]
}
