package live

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"mgit/internal/crew"
)

// Options of [Scan]. The zero value is the default.
type Options struct {
	// Jobs is how many folders are listed at once, 0: as many as there are processors.
	Jobs int
	// Progress is told what was found so far, about twenty times a second, from
	// any goroutine but never from two at once.
	Progress func(Progress)
}

// Scan lists the files of the folder root, which may itself be a link, and
// reads what its repositories say of themselves. No file of the tree is opened
// but those of Git.
//
// An error is returned when root is not a readable folder, and when ctx ends;
// whatever else cannot be read is listed in the tree.
func Scan(ctx context.Context, root string, opt Options) (*Tree, error) {
	return scan(ctx, root, opt, false)
}

func scan(ctx context.Context, root string, opt Options, steps bool) (*Tree, error) {
	spelled, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	real, err := filepath.EvalSymlinks(spelled)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	at, err := openFolder(real, steps)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	defer at.close()
	t := &Tree{Root: real, spelled: spelled, steps: at.steps, gits: make(map[string]gitFolder)}
	if t.self, _, err = fstat(at.fd); err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	w := newWalk(at)
	w.meter.report = opt.Progress
	if err := w.run(ctx, jobs(opt.Jobs)); err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	t.Files = w.top.collect()
	t.Unread = append(w.unread, t.judgeLinks(ctx, w.links)...)
	if err := t.readRepositories(ctx, at, w.gits); err != nil {
		return nil, fmt.Errorf("list %s: %w", root, err)
	}
	t.Unread = sortUnread(t.Unread)
	w.meter.finish()
	return t, ctx.Err()
}

func jobs(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// walk is one listing of a tree. Folders that were seen and not yet listed wait
// on a stack, so that neither depth nor breadth costs more than memory.
type walk struct {
	meter meter
	top   *listing

	mu       sync.Mutex
	wake     sync.Cond
	waiting  []*listing
	busy     int // workers that may find more folders
	stopped  bool
	anchors  int
	longPath int // bytes of paths that are longer than pathMax

	maxAnchors int

	found
}

// found is what is noticed on the way, by one worker or by all.
type found struct {
	unread []Unread
	links  []link
	gits   []gitEntry
}

func newWalk(root folder) *walk {
	w := &walk{top: &listing{anchor: &anchor{at: root, users: 2}}} // never closed here
	w.top.anchor.of = w.top
	w.wake.L = &w.mu
	w.maxAnchors = anchorMax
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil {
		w.maxAnchors = int(min(anchorMax, limit.Cur/4))
	}
	w.waiting = []*listing{w.top}
	return w
}

// run lists everything with n workers. It returns the first error, with nothing open.
func (w *walk) run(ctx context.Context, n int) error {
	var group crew.Group
	errs := make([]error, n)
	stop := context.AfterFunc(ctx, w.stop)
	defer stop()
	for i := range n {
		group.Go(func() { errs[i] = w.work(ctx) })
	}
	group.Wait()
	for _, f := range w.waiting {
		w.release(f.anchor)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (w *walk) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.wake.Broadcast()
}

func (w *walk) work(ctx context.Context) error {
	defer w.stop() // there is no more for anybody; after a panic, nobody is to wait for what this folder holds
	l := lister{walk: w, entries: make([]byte, 32<<10), target: make([]byte, 2*pathMax)}
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.unread = append(w.unread, l.unread...)
		w.links = append(w.links, l.links...)
		w.gits = append(w.gits, l.gits...)
	}()
	for {
		f := w.next()
		if f == nil {
			return nil
		}
		err := l.list(ctx, f)
		w.done(f)
		if err != nil {
			return err
		}
	}
}

// next returns a folder to list, the one that was found last; nil at the end.
func (w *walk) next() *listing {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.stopped && len(w.waiting) == 0 && w.busy > 0 {
		w.wake.Wait()
	}
	if w.stopped || len(w.waiting) == 0 {
		return nil
	}
	w.busy++
	f := w.waiting[len(w.waiting)-1]
	w.waiting = w.waiting[:len(w.waiting)-1]
	return f
}

// done puts the folders that f turned out to hold on the stack.
func (w *walk) done(f *listing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	for _, child := range f.folders {
		child.anchor.users++
	}
	w.waiting = append(w.waiting, f.folders...)
	w.release(f.anchor)
	if f.own != nil {
		w.release(f.own)
	}
	switch {
	case len(f.folders) > 1 || w.busy == 0:
		w.wake.Broadcast()
	case len(f.folders) == 1:
		w.wake.Signal()
	}
}

// anchor is a folder that is kept open as long as folders below it wait.
type anchor struct {
	at    folder
	of    *listing
	users int
}

// Folders at depths that are multiples of anchorEvery are kept open, so that a
// folder far down is not looked up from the root; not more than anchorMax or a
// quarter of the files that the process may open, beyond which looking up takes longer.
const (
	anchorEvery = 16
	anchorMax   = 512
)

// keep takes the file descriptor of f as an anchor for the folders in it.
func (w *walk) keep(f *listing, fd int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.anchors >= w.maxAnchors {
		return false
	}
	w.anchors++
	f.own = &anchor{at: folder{fd: fd, steps: f.anchor.at.steps}, of: f, users: 1}
	return true
}

func (w *walk) release(a *anchor) {
	if a.users--; a.users == 0 {
		w.anchors--
		a.at.close()
	}
}

// tooLong reports whether the paths of hostile depth take too much memory
// already. Where paths fit into a system call they are not limited.
func (w *walk) tooLong(path int) bool {
	const longest, all = 1 << 20, 64 << 20
	if path <= pathMax {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return path > longest || w.longPath > all
}

func (w *walk) countLong(bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.longPath += bytes
}

// listing is a folder of the tree. Its path is not kept: in a tree of ten
// thousand levels paths would be most of the memory.
type listing struct {
	parent *listing
	name   string
	depth  int
	length int // of the path
	anchor *anchor
	own    *anchor // the folder itself, where it is kept open
	// git is the .git of a repository that the folder is or lies in, nil for none.
	git *listing

	files   []File     // by name
	folders []*listing // by name and a slash
}

// path is the path of f below the folder up, which is above it.
func (f *listing) path(up *listing) string {
	length := f.length - up.length
	if up.length > 0 && length > 0 {
		length-- // the slash after up
	}
	buf := make([]byte, length)
	for at := f; at != up; at = at.parent {
		length -= len(at.name)
		copy(buf[length:], at.name)
		if length > 0 {
			length--
			buf[length] = '/'
		}
	}
	return string(buf)
}

// collect returns all files by path. It takes the lists apart, so that their
// memory can be used again.
func (f *listing) collect() []File {
	all := make([]File, 0, f.count())
	type place struct {
		*listing
		file, folder int
	}
	stack := []place{{listing: f}}
	for len(stack) > 0 {
		at := &stack[len(stack)-1]
		switch {
		case at.folder == len(at.folders):
			all = append(all, at.files[at.file:]...)
			at.files, at.listing.folders = nil, nil
			stack = stack[:len(stack)-1]
		case at.file < len(at.files) && at.before(at.files[at.file], at.folders[at.folder]):
			all = append(all, at.files[at.file])
			at.file++
		default:
			at.folder++
			stack = append(stack, place{listing: at.folders[at.folder-1]})
		}
	}
	return all
}

func (f *listing) count() int {
	n := 0
	stack := []*listing{f}
	for len(stack) > 0 {
		last := stack[len(stack)-1]
		n += len(last.files)
		stack = append(stack[:len(stack)-1], last.folders...)
	}
	return n
}

// before reports whether a file of f comes before the files of a folder in f.
func (f *listing) before(file File, folder *listing) bool {
	name := file.Path[len(file.Path)-f.nameLength(file):]
	n := min(len(name), len(folder.name))
	if c := strings.Compare(name[:n], folder.name[:n]); c != 0 {
		return c < 0
	}
	return len(name) == n || name[n] < '/'
}

func (f *listing) nameLength(file File) int {
	if f.length == 0 {
		return len(file.Path)
	}
	return len(file.Path) - f.length - 1
}

// sort puts files and folders in the order of their paths.
func (f *listing) sort() {
	slices.SortFunc(f.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(f.folders, func(a, b *listing) int {
		n := min(len(a.name), len(b.name))
		if c := strings.Compare(a.name[:n], b.name[:n]); c != 0 {
			return c
		}
		return int(slashAt(a.name, n)) - int(slashAt(b.name, n))
	})
}

// slashAt is the byte at n of a name that ends in a slash.
func slashAt(name string, n int) byte {
	if n < len(name) {
		return name[n]
	}
	return '/'
}
