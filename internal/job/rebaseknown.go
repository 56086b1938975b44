package job

import (
	"context"
	"strings"

	"mgit/internal/git"
	"mgit/internal/rebase"
)

// knownCommits finds the new commits that earlier runs made of old ones, so
// that a stacked branch moved later stands on the commits of the lower one,
// and a parked branch computed again keeps its commits.
//
// A new commit is recognised by what a rebase keeps: author, date and message.
// The engine reuses it only where it is what it would make anyway.
func (p *RebasePlan) knownCommits(ctx context.Context, scratch *git.Scratch, h *rebase.History) (map[git.ID]git.ID, error) {
	known := make(map[git.ID]git.ID)
	for _, name := range sortedNames(p.ledger.Entries) {
		e := p.ledger.Entries[name]
		var made git.ID
		if ref, _, ok := p.site.refs.present(e.NewName, p.site.internal); ok && e.NewTip != git.ZeroID {
			made = ref.Peeled
		} else if made = p.site.refs.commit(parkedRef(e.NewName)); made == git.ZeroID {
			continue
		}
		old := e.OldTip
		if old == git.ZeroID {
			ref, _, ok := p.site.refs.present(name, p.site.internal)
			if !ok {
				continue
			}
			old = ref.Peeled
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

// identity is what a rebased commit keeps of the old one.
func identity(c *git.Commit) string {
	return strings.Join([]string{c.AuthorLine, c.Encoding, c.Message}, "\x00")
}
