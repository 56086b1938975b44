// Package live reads a live tree: a folder in which somebody's Moodle runs.
//
// The folder may be an attacker's. It is walked from one open folder to the
// next, without ever following a link, so that nothing outside it is read;
// pipes and devices are never opened for reading, nothing in it is executed,
// and no git is started there: what its repositories say is read from their
// files. Nothing in the folder is changed, access times included where the
// system allows that. What cannot be read is listed with the reason. Only the
// root itself may be named through a link. Other file systems mounted below it
// are part of the tree and are read like anything else.
//
// Scan lists the files, Hash gives those that matter their blob ids, and a
// [Cache] remembers ids by what stat(2) says of a file. What a file means, and
// which of them belong to Moodle, is left to others.
//
// Paths, branches and file contents are what the tree says, byte for byte.
// Reasons and problems are sentences for people: whatever they quote is free of
// control characters and is valid UTF-8.
package live

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"mgit/internal/git"
)

// Errors of [Tree.Read] and of what reads objects, wrapped in a text that names
// the file. A path that is not in the tree is fs.ErrNotExist.
var (
	ErrTooBig     = errors.New("too large to read")
	ErrChanged    = errors.New("changed while it was read")
	ErrNotRegular = errors.New("not a regular file")
)

// File is a regular file or a symbolic link.
type File struct {
	// Path is relative to the root and slash-separated; raw bytes.
	Path string
	// Mode is git.ModeFile, git.ModeExec (somebody may execute it) or git.ModeLink.
	Mode git.Mode
	// Size in bytes, of a link the length of its target.
	Size int64
	// ID is the id of the blob that Git would make of the file's bytes as they
	// are, without filters; of a link, of its target. Zero before Hash, and where
	// the file could not be read.
	ID git.ID

	stat stat // what it looked like when it was listed, or when it was hashed
}

// Unread is something in the tree that was not read.
type Unread struct {
	Path   string // as in File
	Reason string // for people: "a named pipe", "permission denied", …
	Dir    bool   // a whole folder
}

// Repository is a Git repository in the tree: the tree's own, a nested clone or
// a submodule. All of it comes from files that an attacker may have written.
type Repository struct {
	Path      string // its work tree; "" for the tree's own
	Submodule bool   // .git is a file that names another folder
	Remote    string // the URL of origin, else of the only remote, without credentials; "" when unknown
	Branch    string // checked out, "" when HEAD is detached
	Commit    git.ID // HEAD; zero when unknown
	Problem   string // why something is unknown, ""
}

// Tree is a live tree as it was listed. Its methods may be called from several
// goroutines, except Hash, which changes it.
type Tree struct {
	Root string // absolute, without links
	// Files are by path. Of what is in the .git of a repository only those are
	// here that Git did not make and that could be run or served as code; a .git
	// with neither HEAD nor objects is a folder like any other.
	Files []File
	// Unread is by path. A file is in Files all the same when it was listed and
	// only its content could not be read, and so is a link that was not followed.
	Unread       []Unread
	Repositories []Repository // by path

	spelled string               // the root as it was given, absolute: links may name it
	self    stat                 // the root
	gits    map[string]gitFolder // by the path of the repository
	steps   bool                 // open one component at a time, see folder
	hashed  time.Time            // when the first id was made
}

// File returns the file at path.
func (t *Tree) File(path string) (File, bool) {
	i, ok := t.find(path)
	if !ok {
		return File{}, false
	}
	return t.Files[i], true
}

func (t *Tree) find(path string) (int, bool) {
	return slices.BinarySearchFunc(t.Files, path, func(f File, path string) int {
		return strings.Compare(f.Path, path)
	})
}

// below returns the files of the folder at path, all of them for "".
func (t *Tree) below(path string) []File {
	if path == "" {
		return t.Files
	}
	from, _ := t.find(path + "/")
	to, _ := t.find(path + "0") // the byte after the slash
	return t.Files[from:to]
}

// sortUnread puts what was not read in order, and says once what is said of one
// path twice in the same words.
func sortUnread(all []Unread) []Unread {
	slices.SortStableFunc(all, func(a, b Unread) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(all)
}
