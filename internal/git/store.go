package git

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// Store reads objects and keeps new ones in memory, where nothing but this
// store sees them. It is safe for concurrent use; what it returns is shared and
// must not be changed.
type Store struct {
	reader *reader

	mu      sync.RWMutex
	fresh   map[ID]Object
	trees   cache[Tree]
	commits cache[*Commit]
}

// Bounds of the caches, in bytes of encoded objects. Decoded ones take about
// twice as much. Blobs are not kept.
const (
	treeCacheSize   = 12 << 20
	commitCacheSize = 8 << 20
)

func newStore(r *Repo, env []string) *Store {
	return &Store{
		reader:  &reader{repo: r, env: env},
		fresh:   make(map[ID]Object),
		trees:   cache[Tree]{limit: treeCacheSize},
		commits: cache[*Commit]{limit: commitCacheSize},
	}
}

func (s *Store) close() error { return s.reader.close() }

// cache keeps decoded objects up to a limit and then starts again from nothing:
// what is still needed comes back at the price of one read.
type cache[V any] struct {
	limit, size int
	held        map[ID]V
}

func (c *cache[V]) put(id ID, v V, size int) {
	if c.held == nil || c.size+size > c.limit {
		c.held, c.size = make(map[ID]V), 0
	}
	if _, ok := c.held[id]; !ok {
		c.size += size
	}
	c.held[id] = v
}

// Object returns the object id. The error wraps ErrNotFound when there is none.
func (s *Store) Object(ctx context.Context, id ID) (Object, error) {
	if o, ok := s.inMemory(id); ok {
		return o, nil
	}
	return s.Lookup(ctx, id.String())
}

func (s *Store) inMemory(id ID) (Object, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.fresh[id]
	if !ok && id == EmptyTree {
		return Object{ID: EmptyTree, Type: "tree"}, true
	}
	return o, ok
}

// Lookup returns the object that rev names in the repository, for example
// "v4.5.0:version.php" or "HEAD^{tree}". New objects are found by id only, see
// [Store.Object]. The error wraps ErrNotFound when there is none.
func (s *Store) Lookup(ctx context.Context, rev string) (Object, error) {
	if err := CheckName(rev); err != nil {
		return Object{}, err
	}
	var got Object
	err := s.reader.contents(ctx, []string{rev}, func(_ int, o Object, found bool) error {
		if found {
			got = o
		}
		return nil
	})
	if err != nil {
		return Object{}, err
	}
	if got.Type == "" {
		return Object{}, fmt.Errorf("object %s: %w", rev, ErrNotFound)
	}
	return got, nil
}

// typed returns the data of the object id, which must be of the type want.
func (s *Store) typed(ctx context.Context, id ID, want string) ([]byte, error) {
	o, err := s.Object(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", want, err)
	}
	if o.Type != want {
		return nil, fmt.Errorf("read %s %s: it is a %s", want, id, o.Type)
	}
	return o.Data, nil
}

// Blob returns the bytes of a file.
func (s *Store) Blob(ctx context.Context, id ID) ([]byte, error) {
	return s.typed(ctx, id, "blob")
}

// Tree returns a directory. The empty tree exists in every store.
func (s *Store) Tree(ctx context.Context, id ID) (Tree, error) {
	s.mu.RLock()
	t, ok := s.trees.held[id]
	s.mu.RUnlock()
	if ok {
		return t, nil
	}
	data, err := s.typed(ctx, id, "tree")
	if err != nil {
		return nil, err
	}
	if t, err = DecodeTree(data); err != nil {
		return nil, fmt.Errorf("read tree %s: %w", id, err)
	}
	s.mu.Lock()
	s.trees.put(id, t, len(data))
	s.mu.Unlock()
	return t, nil
}

// ReadTrees reads the directories of ids with one question to git, for those who
// will ask for them one by one: an answer costs little, and waiting for it much.
// Those that are not there it passes over; [Store.Tree] says so.
func (s *Store) ReadTrees(ctx context.Context, ids []ID) error {
	var names []string
	s.mu.RLock()
	for _, id := range ids {
		_, held := s.trees.held[id]
		if _, fresh := s.fresh[id]; !held && !fresh && id != EmptyTree && id != ZeroID {
			names = append(names, id.String())
		}
	}
	s.mu.RUnlock()
	return s.reader.contents(ctx, names, func(_ int, o Object, found bool) error {
		if !found || o.Type != "tree" {
			return nil
		}
		t, err := DecodeTree(o.Data)
		if err != nil {
			return fmt.Errorf("read tree %s: %w", o.ID, err)
		}
		s.mu.Lock()
		s.trees.put(o.ID, t, len(o.Data))
		s.mu.Unlock()
		return nil
	})
}

// Commit returns a commit.
func (s *Store) Commit(ctx context.Context, id ID) (*Commit, error) {
	all, err := s.Commits(ctx, []ID{id})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Commits returns the commits of ids, in order, with one question to git for
// all that are not known yet.
func (s *Store) Commits(ctx context.Context, ids []ID) ([]*Commit, error) {
	all := make([]*Commit, len(ids))
	var at []int
	var names []string
	s.mu.RLock()
	for i, id := range ids {
		if c, ok := s.commits.held[id]; ok {
			all[i] = c
		} else if _, ok := s.fresh[id]; !ok {
			at = append(at, i)
			names = append(names, id.String())
		}
	}
	s.mu.RUnlock()
	err := s.reader.contents(ctx, names, func(i int, o Object, found bool) error {
		if !found {
			return fmt.Errorf("read commit %s: %w", names[i], ErrNotFound)
		}
		var err error
		all[at[i]], err = s.keepCommit(o)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if all[i] != nil {
			continue
		}
		o, _ := s.inMemory(id)
		if all[i], err = s.keepCommit(o); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Store) keepCommit(o Object) (*Commit, error) {
	if o.Type != "commit" {
		return nil, fmt.Errorf("read commit %s: it is a %s", o.ID, o.Type)
	}
	c, err := DecodeCommit(o.ID, o.Data)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", o.ID, err)
	}
	s.mu.Lock()
	s.commits.put(o.ID, c, len(o.Data))
	s.mu.Unlock()
	return c, nil
}

// Path returns the entry at the slash-separated path below tree; the path ""
// is the tree itself. The error wraps ErrNotFound when there is no such entry.
func (s *Store) Path(ctx context.Context, tree ID, path string) (TreeEntry, error) {
	at := TreeEntry{Mode: ModeTree, ID: tree}
	if path == "" {
		return at, nil
	}
	for name := range strings.SplitSeq(path, "/") {
		if !at.Mode.IsTree() {
			return TreeEntry{}, fmt.Errorf("%q in tree %s: %w", path, tree, ErrNotFound)
		}
		t, err := s.Tree(ctx, at.ID)
		if err != nil {
			return TreeEntry{}, err
		}
		var ok bool
		if at, ok = t.Entry(name); !ok {
			return TreeEntry{}, fmt.Errorf("%q in tree %s: %w", path, tree, ErrNotFound)
		}
	}
	return at, nil
}

// PutTree keeps a new tree, which must be in Git's order and must not be
// changed afterwards. It returns an error for a tree that Git would not write.
func (s *Store) PutTree(t Tree) (ID, error) {
	if err := t.check(); err != nil {
		return ZeroID, fmt.Errorf("make a tree: %w", err)
	}
	data := EncodeTree(t)
	id := s.PutRaw("tree", data)
	s.mu.Lock()
	s.trees.put(id, t, len(data))
	s.mu.Unlock()
	return id, nil
}

// PutBlob keeps the bytes of a new file, which must not be changed afterwards.
func (s *Store) PutBlob(data []byte) ID { return s.PutRaw("blob", data) }

// PutCommit keeps a new commit; c.ID is ignored. What it names need not exist.
func (s *Store) PutCommit(c *Commit) ID { return s.PutRaw("commit", EncodeCommit(c)) }

// PutRaw keeps a new object of the type "blob", "tree", "commit" or "tag".
func (s *Store) PutRaw(kind string, data []byte) ID {
	t, _ := plumbing.ParseObjectType(kind) // a wrong type gives an id that nothing has
	id := plumbing.ComputeHash(t, data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.fresh[id]; !ok {
		s.fresh[id] = Object{ID: id, Type: kind, Size: int64(len(data)), Data: data}
	}
	return id
}

// IsNew reports whether id was put into this store. The repository may hold the
// same object all the same.
func (s *Store) IsNew(id ID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.fresh[id]
	return ok
}
