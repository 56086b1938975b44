package live

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// DefaultLimit is the size from which on a file is not read.
const DefaultLimit = 256 << 20

// HashOptions are the options of [Tree.Hash]. The zero value is the default.
type HashOptions struct {
	Jobs     int            // how many files are read at once, 0: as many as there are processors
	Limit    int64          // files larger than this are not read, 0: DefaultLimit
	Cache    *Cache         // what earlier runs knew, nil: every file is read
	Progress func(Progress) // as in Options; totals are those of the wanted files
}

// Hash sets the ids of the files that want selects, all for nil. A file that
// changed since it was listed is taken as it is now. What cannot be read is
// added to t.Unread and has no id.
//
// An error is returned when ctx ends, or when the root is no longer there; ids
// that are set then are right.
func (t *Tree) Hash(ctx context.Context, want func(File) bool, opt HashOptions) error {
	if t.hashed.IsZero() {
		t.hashed = time.Now()
	}
	known := opt.Cache.of(t)
	m := meter{report: opt.Progress}
	var todo []int
	var cached int
	var cachedBytes int64
	for i := range t.Files {
		f := &t.Files[i]
		entry, hit := known.find(f)
		if want != nil && !want(*f) {
			continue
		}
		m.totalFiles++
		m.totalBytes += f.Size
		if hit {
			f.ID = entry
			cached++
			cachedBytes += f.Size
			continue
		}
		todo = append(todo, i)
	}
	m.add(cached, cachedBytes)
	unread, err := t.hashAll(ctx, todo, t.Files, opt, &m)
	if err != nil {
		return err
	}
	t.nowUnread(todo, unread)
	opt.Cache.keep(t)
	m.finish()
	return nil
}

// hashAll gives the files at the places todo of files their ids. What could not
// be read is returned.
func (t *Tree) hashAll(ctx context.Context, todo []int, files []File, opt HashOptions, m *meter) ([]Unread, error) {
	if len(todo) == 0 {
		return nil, ctx.Err()
	}
	at, err := t.open()
	if err != nil {
		return nil, err
	}
	defer at.close()
	limit := opt.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	const batch = 8 // neighbours are in one folder, which is opened once
	var group crew.Group
	var mu sync.Mutex
	var next atomic.Int64
	var unread []Unread
	for range min(jobs(opt.Jobs), (len(todo)+batch-1)/batch) {
		group.Go(func() {
			r := newReader(ctx, at, limit)
			defer r.close()
			var missed []Unread
			for ctx.Err() == nil {
				from := int(next.Add(batch)) - batch
				if from >= len(todo) {
					break
				}
				for _, i := range todo[from:min(from+batch, len(todo))] {
					size := files[i].Size
					if err := r.hash(&files[i]); err != nil {
						files[i].ID = git.ZeroID
						missed = append(missed, Unread{Path: files[i].Path, Reason: reason(err)})
					}
					m.add(1, size)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			unread = append(unread, missed...)
		})
	}
	group.Wait()
	return unread, ctx.Err()
}

// nowUnread replaces what was said of the content of the files at the places todo.
func (t *Tree) nowUnread(todo []int, unread []Unread) {
	if len(t.Unread) == 0 && len(unread) == 0 {
		return
	}
	tried := make(map[string]bool, len(todo))
	for _, i := range todo {
		if t.Files[i].Mode != git.ModeLink {
			tried[t.Files[i].Path] = true
		}
	}
	var all []Unread
	for _, u := range t.Unread {
		if u.Dir || !tried[u.Path] {
			all = append(all, u)
		}
	}
	t.Unread = sortUnread(append(all, unread...))
}
