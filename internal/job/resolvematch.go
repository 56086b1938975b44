package job

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tree"
)

// made is what the rebase in a worktree has made of the commits that waited.
type made struct {
	steps []madeStep // parallel to the record's
	added []git.ID   // commits beyond those
	tip   git.ID     // of the new branch
	// commits of the worktree above the clean part, oldest first, as they were
	// found there.
	commits []*git.Commit
}

type madeStep struct {
	pick  *git.Commit
	made  int  // index in commits; -1: there is none
	empty bool // there is none because nothing was left of it
	// missed: there is none, and nothing would have been in its way.
	missed bool
}

// readMade reads the commits of the worktree and compares them with those that
// waited.
func (b *bench) readMade(ctx context.Context, scratch *git.Scratch, head git.ID) (*made, error) {
	commits, err := b.commitsTo(ctx, scratch, head)
	if err != nil {
		return nil, err
	}
	return b.compare(ctx, scratch, commits, head)
}

// commitsTo lists the commits above the clean part, oldest first.
func (b *bench) commitsTo(ctx context.Context, scratch *git.Scratch, head git.ID) ([]*git.Commit, error) {
	ids, err := b.site.Repo.RevList(ctx, []git.ID{head}, []git.ID{git.ID(b.record.Parked)})
	if err != nil {
		return nil, err
	}
	slices.Reverse(ids)
	return scratch.Commits(ctx, ids)
}

// compare finds what was made of the commits that waited, and gives those that
// were made what a rebased commit keeps, where it was lost on the way.
func (b *bench) compare(ctx context.Context, scratch *git.Scratch, commits []*git.Commit, head git.ID) (*made, error) {
	m := &made{commits: commits}
	var picks []git.ID
	for _, s := range b.record.Steps {
		picks = append(picks, git.ID(s.Pick))
	}
	waited, err := scratch.Commits(ctx, picks)
	if err != nil {
		return nil, err
	}
	pair := align(waited, commits)
	for i, c := range waited {
		m.steps = append(m.steps, madeStep{pick: c, made: pair[i]})
	}
	for i, c := range commits {
		if !slices.Contains(pair, i) {
			m.added = append(m.added, c.ID)
		}
	}
	if err := b.findEmpty(ctx, scratch, m, head); err != nil {
		return nil, err
	}
	m.tip, err = restore(ctx, scratch, m, head)
	return m, err
}

// align finds for every commit that waited the one that was made of it, by
// index, or -1. Both stand in the order of the rebase, and pairs never cross.
// The best evidence is taken first, and place only where nothing else is left:
// a commit made with another message by another person, as an IDE may do it.
func align(waited, made []*git.Commit) []int {
	pair := make([]int, len(waited))
	for i := range pair {
		pair[i] = -1
	}
	alike := []func(a, b *git.Commit) bool{
		func(a, b *git.Commit) bool { return sameStamp(a, b) && sameMessage(a, b) },
		sameMessage,
		sameStamp,
	}
	for _, isAlike := range alike {
		for i, a := range waited {
			from, to := between(pair, i, len(made))
			for j := from; j < to && pair[i] < 0; j++ {
				if isAlike(a, made[j]) {
					pair[i] = j
				}
			}
		}
	}
	for i := 0; i < len(pair); i++ {
		n := 0
		for i+n < len(pair) && pair[i+n] < 0 {
			n++
		}
		if n == 0 {
			continue
		}
		if from, to := between(pair, i, len(made)); n <= to-from {
			for k := range n {
				pair[i+k] = from + k
			}
		}
		i += n
	}
	return pair
}

// between is the range in which the pair of i can be: an empty one when it has
// one already.
func between(pair []int, i, n int) (from, to int) {
	if pair[i] >= 0 {
		return 0, 0
	}
	to = n
	for _, j := range pair[:i] {
		from = max(from, j+1)
	}
	for _, j := range pair[i:] {
		if j >= 0 {
			to = min(to, j)
		}
	}
	return from, to
}

// sameStamp compares authors by address and time: a name may have changed its
// encoding.
func sameStamp(a, b *git.Commit) bool {
	return a.Author.Email == b.Author.Email && a.Author.When.Equal(b.Author.When)
}

// sameMessage reports whether one message is what git's clean-up or a change of
// encoding makes of the other; see --cleanup in git-commit(1).
func sameMessage(a, b *git.Commit) bool {
	x, y := tidyMessage(a.Message), tidyMessage(b.Message)
	if a.Encoding != b.Encoding {
		x, y = onlyASCII(x), onlyASCII(y)
	}
	return x == y && x != ""
}

func tidyMessage(message string) string {
	var b strings.Builder
	blank := false
	for line := range strings.Lines(message) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			blank = b.Len() > 0
			continue
		}
		if blank {
			b.WriteByte('\n')
		}
		blank = false
		b.WriteString(line + "\n")
	}
	return b.String()
}

func onlyASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// findEmpty tells apart why commits are missing, by replaying them once more
// where they would have come and at the end. Of some nothing is left. Others
// conflict: a person left those out. The rest git would have replayed without
// asking, had the rebase come to its end.
func (b *bench) findEmpty(ctx context.Context, scratch *git.Scratch, m *made, head git.ID) error {
	last, err := scratch.Commits(ctx, []git.ID{git.ID(b.record.Parked), head})
	if err != nil {
		return err
	}
	on := last[0].Tree
	for i := range m.steps {
		s := &m.steps[i]
		if s.made >= 0 {
			on = m.commits[s.made].Tree
			continue
		}
		base, err := baseOf(ctx, scratch, s.pick)
		if err != nil {
			return err
		}
		if base == s.pick.Tree {
			s.missed = true // it was empty before, and those are kept
			continue
		}
		for _, ours := range []git.ID{on, last[1].Tree} {
			answers, err := scratch.MergeTrees(ctx, ours, []git.Merge{{Base: base, Ours: ours, Theirs: s.pick.Tree}})
			if err != nil {
				return err
			}
			result, err := mergedTree(ctx, scratch, answers[0])
			if err != nil {
				return err
			}
			s.empty = s.empty || result == ours
			s.missed = s.missed || ours == on && result != git.ZeroID
		}
	}
	return nil
}

// baseOf is the tree from which a commit differs by what it does.
func baseOf(ctx context.Context, scratch *git.Scratch, c *git.Commit) (git.ID, error) {
	if len(c.Parents) == 0 {
		return git.EmptyTree, nil
	}
	parent, err := scratch.Commit(ctx, c.Parents[0])
	if err != nil {
		return git.ZeroID, err
	}
	return parent.Tree, nil
}

// mergedTree is the tree of a merge that is clean, or conflicts in generated
// files only, of which upstream's side is taken; zero otherwise.
func mergedTree(ctx context.Context, scratch *git.Scratch, m git.Merged) (git.ID, error) {
	if m.Err != nil || !m.Clean && len(m.Conflicts) == 0 {
		return git.ZeroID, nil
	}
	for _, c := range m.Conflicts {
		if !moodle.IsGenerated(c.Path) || c.Kind != kindContents {
			return git.ZeroID, nil
		}
	}
	root := m.Tree
	for _, s := range m.Stages {
		if s.Stage != 2 {
			continue
		}
		var err error
		if root, err = tree.Set(ctx, scratch, root, s.Path, tree.File{Mode: s.Mode, ID: s.ID}); err != nil {
			return git.ZeroID, err
		}
	}
	return root, nil
}

// restore gives the commits back their authors, and their messages byte for
// byte where only git's clean-up or encoding changed them, and returns the tip.
// A history that is no longer one line is left as it is.
func restore(ctx context.Context, scratch *git.Scratch, m *made, head git.ID) (git.ID, error) {
	of := make(map[int]*git.Commit)
	for _, s := range m.steps {
		if s.made >= 0 {
			of[s.made] = s.pick
		}
	}
	for i, c := range m.commits {
		if len(c.Parents) != 1 || i > 0 && c.Parents[0] != m.commits[i-1].ID {
			return head, nil
		}
	}
	tip := head
	if len(m.commits) > 0 {
		tip = m.commits[0].Parents[0]
	}
	for i, c := range m.commits {
		next := *c
		if from := of[i]; from != nil {
			keep(&next, from)
		}
		next.Parents = []git.ID{tip}
		switch {
		case bytes.Equal(git.EncodeCommit(&next), git.EncodeCommit(c)):
			tip = c.ID
		case c.Signed:
			id, err := scratch.SignCommit(ctx, &next)
			if err != nil {
				return git.ZeroID, err
			}
			tip = id
		default:
			tip = scratch.PutCommit(&next)
		}
	}
	return tip, nil
}

// keep enters into c what a rebased commit keeps.
func keep(c, from *git.Commit) {
	if sameMessage(c, from) {
		c.Message, c.Encoding = from.Message, from.Encoding
	}
	if c.Encoding == from.Encoding {
		c.Author, c.AuthorLine = from.Author, from.AuthorLine
	}
}
