package job

import (
	"context"
	"errors"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/upgrade"
)

// knownCommits finds the new commits that earlier runs made of old ones, so
// that a stacked branch moved later stands on the commits of the lower one,
// and a parked branch computed again keeps its commits.
//
// A new commit is recognised by what a rebase keeps: author, date and message.
// The engine reuses it only where it is what it would make anyway.
func (p *RebasePlan) knownCommits(ctx context.Context, scratch *git.Scratch, h *history.Own) (map[git.ID]git.ID, error) {
	known := make(map[git.ID]git.ID)
	for _, name := range sortedNames(p.ledger.Entries) {
		old, made := p.carriedBy(name, p.ledger.Entries[name])
		if old == git.ZeroID || made == git.ZeroID {
			continue
		}
		fresh := make(map[string]git.ID)
		for _, c := range h.Of(made, git.ZeroID) {
			fresh[identity(c)] = c.ID
		}
		for _, c := range h.Of(old, git.ZeroID) {
			if id, ok := fresh[identity(c)]; ok && len(c.Parents) == 1 {
				known[c.ID] = id
			}
		}
	}
	return known, nil
}

// carriedBy returns the tip of the old branch that the entry of a ledger has
// carried, and the tip of what was made of it: the new branch, else the clean
// part of a parked one. What is not there is zero; the old tip may be a commit
// that this clone does not have.
func (p *RebasePlan) carriedBy(name string, e *upgrade.Entry) (old, made git.ID) {
	if ref, _, ok := p.site.refs.present(e.NewName, p.site.internal); ok && e.NewTip != git.ZeroID {
		made = ref.Peeled
	} else {
		made = p.site.refs.commit(parkedRef(e.NewName))
	}
	if e.OldTip != git.ZeroID {
		return e.OldTip, made
	}
	ref, _, _ := p.site.refs.present(name, p.site.internal)
	return ref.Peeled, made
}

// has reports whether this clone has the commit. A ledger can name one that
// only a colleague has, or nobody any more.
func (s *Site) has(ctx context.Context, id git.ID) (bool, error) {
	if id == git.ZeroID {
		return false, nil
	}
	found, err := s.Repo.Resolve(ctx, id.String())
	if errors.Is(err, git.ErrNotFound) {
		return false, nil
	}
	return found == id, err
}

// identity is what a rebased commit keeps of the old one.
func identity(c *git.Commit) string {
	return strings.Join([]string{c.AuthorLine, c.Encoding, c.Message}, "\x00")
}
