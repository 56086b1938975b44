package live

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"mgit/internal/git"
)

// Bounds of a walk through the history of a live tree.
const (
	maxCommits  = 200_000
	maxWalk     = 5 * time.Second
	maxShallows = 16 << 20
)

// History goes through the commits of the tree's own repository from HEAD
// towards the first ones, newest first, until stop accepts one, and returns that.
// When stop knows the commits of upstream, this is the merge base of HEAD and
// upstream. It is zero when stop accepts none, and when the tree has no
// repository. The error says why the commits could not be read, or that there
// are more than 200,000 or more than can be read in five seconds: then nothing is known.
//
// Grafts and replacements are not followed; a shallow history ends where it is cut off.
func (t *Tree) History(ctx context.Context, stop func(git.ID) bool) (git.ID, error) {
	var head git.ID
	if len(t.Repositories) > 0 && t.Repositories[0].Path == "" {
		head = t.Repositories[0].Commit
		if head == git.ZeroID && t.Repositories[0].Problem != "" {
			return git.ZeroID, errors.New("read its history: " + t.Repositories[0].Problem)
		}
	}
	if head == git.ZeroID {
		return git.ZeroID, nil
	}
	o, err := t.openObjects(ctx, "")
	if err != nil {
		return git.ZeroID, fmt.Errorf("read its history: %w", err)
	}
	defer o.close()
	found, err := o.walk(head, stop)
	if err != nil {
		return git.ZeroID, fmt.Errorf("read its history: %w", err)
	}
	return found, nil
}

// walk is History from a commit on.
func (o *objects) walk(head git.ID, stop func(git.ID) bool) (git.ID, error) {
	cut, err := o.shallows()
	if err != nil {
		return git.ZeroID, err
	}
	end := time.Now().Add(maxWalk)
	seen := map[git.ID]bool{head: true}
	var queue commitQueue
	add := func(id git.ID) error {
		data, err := o.read(id, "commit")
		if err != nil {
			return err
		}
		c, err := git.DecodeCommit(id, data)
		if err != nil {
			return fmt.Errorf("commit %s: %w", id, err)
		}
		heap.Push(&queue, queued{id, c.Committer.When.Unix(), len(seen), c.Parents})
		return nil
	}
	if stop(head) {
		return head, nil
	}
	if err := add(head); err != nil {
		return git.ZeroID, err
	}
	for len(queue) > 0 {
		c := heap.Pop(&queue).(queued)
		if c.id != head && stop(c.id) {
			return c.id, nil
		}
		if cut[c.id] {
			continue
		}
		for _, parent := range c.parents {
			if seen[parent] {
				continue
			}
			seen[parent] = true
			if len(seen) > maxCommits || time.Now().After(end) {
				return git.ZeroID, errors.New("it is too long")
			}
			if err := add(parent); err != nil {
				return git.ZeroID, err
			}
		}
	}
	return git.ZeroID, nil
}

// shallows are the commits whose parents a shallow clone did not fetch.
func (o *objects) shallows() (map[git.ID]bool, error) {
	data, err := o.at.readFile(join(o.tree.gits[""].common, "shallow"), maxShallows)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its file shallow was not read: %s", reason(err))
	}
	cut := make(map[git.ID]bool)
	for line := range bytes.Lines(data) {
		if id, err := git.ParseID(string(bytes.TrimSpace(line))); err == nil {
			cut[id] = true
		}
	}
	return cut, nil
}

// queued is a commit that waits for its turn.
type queued struct {
	id      git.ID
	date    int64
	order   int
	parents []git.ID
}

// commitQueue is a heap of commits, the newest first and of one date those that were found first.
type commitQueue []queued

func (q commitQueue) Len() int      { return len(q) }
func (q commitQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *commitQueue) Push(c any)   { *q = append(*q, c.(queued)) }

func (q commitQueue) Less(i, j int) bool {
	if q[i].date != q[j].date {
		return q[i].date > q[j].date
	}
	return q[i].order < q[j].order
}

func (q *commitQueue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	*q = (*q)[:last]
	return c
}
