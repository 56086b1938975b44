package git

import (
	"errors"
	"fmt"
	"strings"
)

// Mode is the kind and permission of a tree's entry, as Git stores it.
type Mode uint32

// The modes Git writes. Old trees hold others (100664), which are kept.
const (
	ModeTree    Mode = 0o040000
	ModeFile    Mode = 0o100644
	ModeExec    Mode = 0o100755
	ModeLink    Mode = 0o120000
	ModeGitlink Mode = 0o160000
)

// typeMask selects the kind of an entry from its mode.
const typeMask Mode = 0o170000

// IsTree reports whether the entry is a directory.
func (m Mode) IsTree() bool { return m&typeMask == ModeTree }

// String is the six octal digits that `git ls-tree` prints.
func (m Mode) String() string { return fmt.Sprintf("%06o", uint32(m)) }

// TreeEntry is one name in a directory. Name is raw bytes, without a slash.
type TreeEntry struct {
	Name string
	Mode Mode
	ID   ID
}

// Tree is a directory: its entries in Git's order, in which a directory sorts
// as if its name ended in a slash.
type Tree []TreeEntry

// CompareEntries orders the entries of a tree as Git does.
func CompareEntries(a, b TreeEntry) int {
	n := min(len(a.Name), len(b.Name))
	if c := strings.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c
	}
	return int(sortByte(a, n)) - int(sortByte(b, n))
}

// sortByte is the byte at n of the name by which e sorts, 0 after its end.
func sortByte(e TreeEntry, n int) byte {
	switch {
	case n < len(e.Name):
		return e.Name[n]
	case e.Mode.IsTree():
		return '/'
	default:
		return 0
	}
}

// EncodeTree returns the bytes of the tree object. It is the reverse of
// DecodeTree for every tree whose modes have no leading zeros.
func EncodeTree(t Tree) []byte {
	size := 0
	for _, e := range t {
		size += len("100644 ") + len(e.Name) + 1 + len(e.ID)
	}
	data := make([]byte, 0, size)
	for _, e := range t {
		data = appendMode(data, e.Mode)
		data = append(data, ' ')
		data = append(data, e.Name...)
		data = append(data, 0)
		data = append(data, e.ID[:]...)
	}
	return data
}

// appendMode writes the mode without a leading zero, as Git does: "40000".
func appendMode(data []byte, m Mode) []byte {
	started := false
	for shift := 30; shift >= 0; shift -= 3 {
		digit := byte(m>>shift) & 7
		if digit != 0 || started || shift == 0 {
			data = append(data, '0'+digit)
			started = true
		}
	}
	return data
}

// DecodeTree reads the bytes of a tree object, in whatever order its entries
// stand. What Git would not read (an empty name, a slash in a name) is an error.
// Modes may have leading zeros, which some importers of old history wrote
// ("040000"); such a tree encodes to other bytes, as it does when Git writes it.
func DecodeTree(data []byte) (Tree, error) {
	// One string for all names: an entry keeps the whole tree alive, but a tree
	// of a thousand entries costs two allocations.
	rest := string(data)
	t := make(Tree, 0, strings.Count(rest, "\x00"))
	for rest != "" {
		var e TreeEntry
		head, after, ok := strings.Cut(rest, "\x00")
		if !ok || len(after) < len(e.ID) {
			return nil, errors.New("the tree is cut off")
		}
		mode, name, ok := strings.Cut(head, " ")
		if !ok {
			return nil, fmt.Errorf("tree entry %q has no name", head)
		}
		var err error
		if e.Mode, err = parseMode(mode); err != nil {
			return nil, fmt.Errorf("tree entry %q: %w", name, err)
		}
		if name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("%q is not a name in a tree", name)
		}
		e.Name = name
		copy(e.ID[:], after)
		t = append(t, e)
		rest = after[len(e.ID):]
	}
	return t, nil
}

func parseMode(s string) (Mode, error) {
	if s == "" || len(strings.TrimLeft(s, "0")) > 7 {
		return 0, fmt.Errorf("mode %q", s)
	}
	var m Mode
	for i := range len(s) {
		if s[i] < '0' || s[i] > '7' {
			return 0, fmt.Errorf("mode %q", s)
		}
		m = m<<3 | Mode(s[i]-'0')
	}
	return m, nil
}

// check says what Git would refuse in a tree to be written.
func (t Tree) check() error {
	for i, e := range t {
		switch {
		case e.Name == "" || e.Name == "." || e.Name == ".." || strings.EqualFold(e.Name, ".git") || strings.ContainsAny(e.Name, "/\x00"):
			return fmt.Errorf("%q is not a name in a tree", e.Name)
		case e.Mode == 0:
			return fmt.Errorf("%q has no mode", e.Name)
		case e.ID == ZeroID:
			return fmt.Errorf("%q names no object", e.Name)
		case i > 0 && CompareEntries(t[i-1], e) >= 0:
			return fmt.Errorf("%q comes after %q", e.Name, t[i-1].Name)
		}
	}
	return nil
}

// Entry returns the entry with that name.
func (t Tree) Entry(name string) (TreeEntry, bool) {
	for _, e := range t {
		if e.Name == name {
			return e, true
		}
	}
	return TreeEntry{}, false
}
