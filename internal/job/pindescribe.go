package job

import (
	"container/heap"
	"fmt"

	"mgit/internal/git"
	"mgit/internal/upstream"
)

// describe names a commit by the nearest release tag below it, as
// `git describe --tags --match 'v[0-9]*' --abbrev=10` does: v2.5.3 for the tagged
// commit, v2.5.3-12-g0123456789 when 12 commits more are in its history, and the
// first digits where there is no tag. From the index this takes a millisecond.
//
// Children have higher numbers than their parents. So when a commit's turn comes,
// the highest number first, it is known which of the tags reach it, and the
// commits that a tag does not reach can be counted on the way.
func describe(index *upstream.Index, c upstream.Commit, tags map[git.ID]string) string {
	short := index.ID(c).String()[:10]
	if tag := tags[index.ID(c)]; tag != "" {
		return tag
	}
	d := describing{index: index, reached: map[upstream.Commit]uint64{c: 0}}
	heap.Push(&d.queue, c)
	d.open = 1
	for len(d.queue) > 0 && !d.isDecided() {
		d.step(tags)
	}
	if len(d.tags) == 0 {
		return short
	}
	best := 0
	for i := range d.tags {
		if d.beyond[i] < d.beyond[best] {
			best = i
		}
	}
	return fmt.Sprintf("%s-%d-g%s", d.tags[best], d.beyond[best], short)
}

// mostTags is how many tags are considered, one for each bit of a set.
const mostTags = 64

type describing struct {
	index   *upstream.Index
	queue   descending
	reached map[upstream.Commit]uint64 // by which tags, of the queued
	open    int                        // queued commits that not all tags reach
	tags    []string                   // that no other one reaches
	beyond  []int                      // commits that the tag does not reach, of those seen
	seen    int
}

// isDecided reports whether the commits that are left are reached by every tag,
// and therefore count for none.
func (d *describing) isDecided() bool { return len(d.tags) > 0 && d.open == 0 }

func (d *describing) all() uint64 { return 1<<len(d.tags) - 1 }

func (d *describing) step(tags map[git.ID]string) {
	c := heap.Pop(&d.queue).(upstream.Commit)
	by := d.reached[c]
	delete(d.reached, c)
	if by != d.all() || len(d.tags) == 0 {
		d.open--
	}
	// A tag that another one reaches is further away than that one.
	if tag := tags[d.index.ID(c)]; tag != "" && by == 0 && len(d.tags) < mostTags {
		by = 1 << len(d.tags)
		d.tags = append(d.tags, tag)
		d.beyond = append(d.beyond, d.seen)
		d.open = len(d.queue)
	}
	d.seen++
	for i := range d.tags {
		if by&(1<<i) == 0 {
			d.beyond[i]++
		}
	}
	for _, p := range d.index.Parents(c) {
		before, isQueued := d.reached[p]
		wasOpen := isQueued && (before != d.all() || len(d.tags) == 0)
		after := before | by
		isOpen := after != d.all() || len(d.tags) == 0
		d.reached[p] = after
		if !isQueued {
			heap.Push(&d.queue, p)
		}
		if isOpen && !wasOpen {
			d.open++
		}
		if wasOpen && !isOpen {
			d.open--
		}
	}
}

// descending is a heap with the highest number on top.
type descending []upstream.Commit

func (q descending) Len() int           { return len(q) }
func (q descending) Less(i, j int) bool { return q[i] > q[j] }
func (q descending) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *descending) Push(c any)        { *q = append(*q, c.(upstream.Commit)) }

func (q *descending) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	*q = (*q)[:last]
	return c
}
