package upstream

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mgit/internal/crew"
	"mgit/internal/git"
)

// walkTimeout bounds one git that walks over history. On a slow disk a first
// walk may take many minutes.
const walkTimeout = 2 * time.Hour

// maxLine bounds a line about one commit: room for a hundred thousand parents.
const maxLine = 4 << 20

// walk takes in all commits that tips reach and the base does not have.
//
// It uses Git's plumbing, whose output no configuration changes. Only trees are
// compared: a partial clone need not fetch a file for that.
func (b *builder) walk(ctx context.Context, repo *git.Repo, tips []git.ID, progress func(done, total int)) error {
	if err := b.readCommits(ctx, repo, tips); err != nil {
		return err
	}
	for _, tip := range tips {
		if _, ok := b.number(tip); !ok {
			return fmt.Errorf("read upstream's history: commit %s: %w", tip, git.ErrNotFound)
		}
	}
	if err := b.readDeltas(ctx, repo, progress); err != nil {
		return err
	}
	return b.readVersions(ctx, repo)
}

// heads are the commits of an image that are no parents: they reach all others.
func (x *image) heads() []git.ID {
	isParent := make([]bool, x.counts.commits)
	for i := range x.counts.parents {
		isParent[x.parents.at(i)] = true
	}
	var heads []git.ID
	for c, is := range isParent {
		if !is {
			heads = append(heads, git.ID(x.ids.raw(c)))
		}
	}
	return heads
}

// readCommits lists the new commits, parents first. Commits of the base that
// the repository has thrown away since are no error; their ancestors are then
// listed again.
func (b *builder) readCommits(ctx context.Context, repo *git.Repo, tips []git.ID) error {
	var in bytes.Buffer
	for _, id := range tips {
		if _, ok := b.base.commit(id); !ok { // a known one would make git walk far for nothing
			fmt.Fprintf(&in, "%s\n", id)
		}
	}
	for _, id := range b.base.heads() {
		fmt.Fprintf(&in, "^%s\n", id)
	}
	// --ignore-missing counts only for what is read after it.
	list := repo.Cmd("rev-list", "--date-order", "--reverse", "--parents", "--timestamp", "--ignore-missing", "--stdin")
	err := list.Stdin(in.Bytes()).Timeout(walkTimeout).Stream(ctx, func(out io.Reader) error {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			if err := b.readCommit(lines.Text()); err != nil {
				return err
			}
		}
		return lines.Err()
	})
	if err != nil {
		return fmt.Errorf("list upstream's commits: %w", err)
	}
	return nil
}

// readCommit reads "TIMESTAMP ID PARENT…".
func (b *builder) readCommit(line string) error {
	stamp, rest, _ := bytes.Cut([]byte(line), []byte(" "))
	date, err := strconv.ParseUint(string(stamp), 10, 64)
	if err != nil {
		return fmt.Errorf("git rev-list said %q", line)
	}
	var all []git.ID
	for word := range bytes.SplitSeq(rest, []byte(" ")) {
		id, err := git.ParseID(string(word))
		if err != nil {
			return fmt.Errorf("git rev-list said %q", line)
		}
		all = append(all, id)
	}
	if _, known := b.number(all[0]); known {
		return nil
	}
	return b.addCommit(all[0], seconds(date), all[1:])
}

// lastSecond is the end of the year 9999.
const lastSecond = 253402300799

// seconds is a committer date. One that no calendar shows, and one before 1970,
// which Git keeps as a very large number, is 0, as Git shows it.
func seconds(stamp uint64) int64 {
	if stamp > lastSecond {
		return 0
	}
	return int64(stamp)
}

// readDeltas compares every new commit with its first parent, in several
// processes at once: git does one commit after the other.
func (b *builder) readDeltas(ctx context.Context, repo *git.Repo, progress func(done, total int)) error {
	b.runs = make([]run, len(b.commits))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &walker{builder: b, progress: progress}
	var next atomic.Int64
	var all crew.Group
	for range min(maxWalkers, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for from := int(next.Add(share)) - share; from < len(b.commits); from = int(next.Add(share)) - share {
				if err := w.compare(ctx, repo, from, min(from+share, len(b.commits))); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("compare upstream's commits: %w", err)
	}
	if progress != nil && len(b.commits) > 0 {
		progress(len(b.commits), len(b.commits))
	}
	return nil
}

const (
	maxWalkers    = 4
	share         = 4096 // commits of one process; commits are not equally large
	progressEvery = 512  // commits
)

// walker is a builder into which several processes write.
type walker struct {
	*builder
	mu       sync.Mutex
	done     int
	progress func(done, total int)
}

// compare has git compare the new commits from…to with their first parents. A
// root is compared with nothing.
func (w *walker) compare(ctx context.Context, repo *git.Repo, from, to int) error {
	var in bytes.Buffer
	in.Grow((to - from) * 2 * 41)
	for i := from; i < to; i++ {
		fmt.Fprintf(&in, "%s", w.commits[i])
		if p := w.parents[i]; len(p) > 0 {
			fmt.Fprintf(&in, " %x", w.commitID(p[0]))
		}
		in.WriteByte('\n')
	}
	// diff-tree reads the index for no reason of ours, and dies of a damaged one.
	noIndex := "GIT_INDEX_FILE=" + filepath.Join(repo.GitDir(), "mgit-no-index")
	diff := repo.Cmd("diff-tree", "--stdin", "--always", "--root", "-r", "--raw", "-z", "--no-abbrev", "--no-renames")
	return diff.Env(noIndex).Stdin(in.Bytes()).Timeout(walkTimeout).Stream(ctx, func(out io.Reader) error {
		r := newRawReader(out)
		for i := from; i < to; i++ {
			if err := r.commit(w.commits[i]); err != nil {
				return err
			}
			w.take(i, r.deltas)
		}
		return r.end()
	})
}

// take keeps the deltas of the new commit i.
func (w *walker) take(i int, deltas []rawDelta) {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := len(w.deltas)
	for _, d := range deltas {
		w.deltas = append(w.deltas, delta{w.pathNo(d.path), w.fileNo(d.old), w.fileNo(d.new)})
	}
	w.runs[i] = run{start, len(w.deltas)}
	w.done++
	if w.progress != nil && w.done%progressEvery == 0 {
		w.progress(w.done, len(w.commits))
	}
}

func (w *walker) fileNo(id git.ID) uint32 {
	if id == git.ZeroID {
		return 0
	}
	return w.blobNo(id)
}
