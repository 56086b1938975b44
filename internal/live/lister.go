package live

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"

	"mgit/internal/git"
)

// lister lists folders, one after the other, with buffers of its own.
type lister struct {
	walk    *walk
	entries []byte
	target  []byte

	prefix string // the path of the folder at hand with a slash, "" when it is not made yet or is the root
	long   int    // bytes of long paths in it
	found
}

// list reads one folder. Only the end of ctx is an error.
func (l *lister) list(ctx context.Context, f *listing) error {
	if l.walk.tooLong(f.length) {
		l.unread = append(l.unread, Unread{f.path(l.walk.top), "nested too deeply", true})
		return nil
	}
	fd, err := f.anchor.at.open(f.path(f.anchor.of), asFolder)
	if err != nil {
		l.closed(f, err)
		return nil
	}
	l.prefix, l.long = "", 0
	if err := l.read(ctx, f, fd); err != nil {
		f.folders = nil
		_ = unix.Close(fd)
		return err
	}
	if len(f.folders) == 0 || f.depth%anchorEvery != 0 || f.depth == 0 || !l.walk.keep(f, fd) {
		_ = unix.Close(fd)
	}
	below := f.anchor
	if f.own != nil {
		below = f.own
	}
	for _, child := range f.folders {
		child.anchor = below
	}
	f.sort()
	var size int64
	for _, file := range f.files {
		size += file.Size
	}
	if l.long > 0 {
		l.walk.countLong(l.long)
	}
	l.walk.meter.add(len(f.files), size)
	return nil
}

// closed says of a folder that it could not be opened. One of Git's may be gone
// by now, as happens whenever Git tidies up.
func (l *lister) closed(f *listing, err error) {
	switch {
	case f.git != nil && errors.Is(err, fs.ErrNotExist):
		return
	case f.name == dotGit && f.git == nil:
		l.gits = append(l.gits, gitEntry{path: f.parent.path(l.walk.top), kind: unix.S_IFDIR})
	}
	l.unread = append(l.unread, Unread{f.path(l.walk.top), reason(err), true})
}

// read takes in the names of the open folder.
func (l *lister) read(ctx context.Context, f *listing, fd int) error {
	var names []dirEntry // of a .git, which its names tell from an ordinary folder
	isGit := f.name == dotGit && f.git == nil
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := again(func() (int, error) { return unix.ReadDirent(fd, l.entries) })
		if err != nil {
			l.unread = append(l.unread, Unread{f.path(l.walk.top), reason(err), true})
		}
		if n <= 0 || err != nil {
			if isGit {
				l.gitFolder(f, fd, names)
			}
			return nil
		}
		for rest := l.entries[:n]; ; {
			ino, kind, raw, length := direntAt(rest)
			if length == 0 {
				break
			}
			rest = rest[length:]
			if end := bytes.IndexByte(raw, 0); end >= 0 {
				raw = raw[:end]
			}
			if ino == 0 || len(raw) == 0 || string(raw) == "." || string(raw) == ".." {
				continue
			}
			if isGit {
				names = append(names, dirEntry{string(raw), kind})
				continue
			}
			l.entry(f, fd, string(raw), kind)
		}
	}
}

// entry takes in one name. The kind is a value DT_* and may be unknown.
func (l *lister) entry(f *listing, fd int, name string, kind byte) {
	if f.git != nil {
		l.gitFile(f, fd, name, kind)
		return
	}
	if kind == unix.DT_DIR {
		l.folder(f, name)
		return
	}
	st, size, err := lstat(fd, name)
	switch {
	case name == dotGit && (err != nil || !st.isFolder()):
		l.git(f, fd, File{Path: l.path(f, name), Mode: git.ModeLink, Size: size, stat: st}, err)
	case errors.Is(err, fs.ErrPermission) && (kind == unix.DT_REG || kind == unix.DT_LNK):
		// The folder may be listed and not entered: there is a file, and that is all.
		mode := git.ModeFile
		if kind == unix.DT_LNK {
			mode = git.ModeLink
		}
		l.add(f, File{Path: l.path(f, name), Mode: mode})
		l.missed(f, name, err)
	case err != nil:
		l.missed(f, name, err)
	case st.isFolder():
		l.folder(f, name)
	case st.isRegular():
		l.add(f, File{Path: l.path(f, name), Mode: st.gitMode(), Size: size, stat: st})
	case st.isLink():
		l.link(f, fd, File{Path: l.path(f, name), Mode: git.ModeLink, Size: size, stat: st}, name)
	default:
		l.missed(f, name, kindError(st.kind()))
	}
}

func (l *lister) folder(f *listing, name string) {
	length := len(name)
	if f.length > 0 {
		length += f.length + 1
	}
	f.folders = append(f.folders, &listing{parent: f, name: name, depth: f.depth + 1, length: length, git: f.git})
}

func (l *lister) add(f *listing, file File) {
	if len(file.Path) > pathMax {
		l.long += len(file.Path)
	}
	f.files = append(f.files, file)
}

// link takes in a link with its target, which is judged when all links are known.
func (l *lister) link(f *listing, fd int, file File, name string) {
	target, err := readLink(fd, name, l.target)
	if err != nil {
		l.missed(f, name, err)
	} else {
		l.links = append(l.links, link{file.Path, target})
	}
	l.add(f, file)
}

func (l *lister) missed(f *listing, name string, err error) {
	l.unread = append(l.unread, Unread{Path: l.path(f, name), Reason: reason(err)})
}

// git takes in a .git that is no folder. A link is listed like any other, since a
// web server may follow it; a file is what Git makes in a submodule. Anything else
// is not read, and what it hides is said.
func (l *lister) git(f *listing, fd int, file File, err error) {
	entry := gitEntry{path: f.path(l.walk.top), kind: file.stat.kind()}
	if err != nil {
		entry.problem = "its .git was not read: " + reason(err)
	}
	l.gits = append(l.gits, entry)
	switch {
	case err != nil, file.stat.isRegular():
	case file.stat.isLink():
		l.link(f, fd, file, dotGit)
	default:
		l.missed(f, dotGit, kindError(file.stat.kind()))
	}
}

// path is the path of a name in f. The folder's own is made once.
func (l *lister) path(f *listing, name string) string {
	if f.length == 0 {
		return name
	}
	if l.prefix == "" {
		l.prefix = f.path(l.walk.top) + "/"
	}
	return l.prefix + name
}
