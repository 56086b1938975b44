package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/remote"
)

// owners say to which branches of the site a commit belongs.
//
// A commit is of the lowest branch that has it. Of stacked branches
//
//	BASE ── a ── b        forum, whose record may say that it is public
//	             └─── c   quiz, which is not
//
// a and b are forum's, although quiz has them too; were forum the one that is not
// public, quiz could not be published, for a and b would go with it. Where two
// branches part above a commit nobody can tell whose it is, and then it is
// not public. Nor can anybody where both have the same tip: a public branch that was
// fast-forwarded to an internal one has that one's commits.
type owners struct {
	named []ownTip
	of    map[git.ID][]int // positions in named of the branches that have a commit
	below []map[int]bool   // by position: the branches whose tips the branch has
	// targets are the commits that targets have and no branch; by name.
	targets map[git.ID]string
	// internal are the commits without which a branch that is not public, or a
	// target, would not be what it is. Merges are not among them.
	internal []*git.Commit
}

// ownTip is a branch, wherever it was found.
type ownTip struct {
	name     string
	tip      git.ID
	public   bool
	isTarget bool
}

// readOwners reads the own commits of all branches and targets of the site, of all
// series, those of internal remotes and the parked ones included.
func (s *Site) readOwners(ctx context.Context, upstream []git.ID) (*owners, error) {
	o := &owners{of: make(map[git.ID][]int), targets: make(map[git.ID]string)}
	var tips []git.ID
	for _, r := range s.refs.refs {
		name, ok := s.ownName(r)
		if !ok {
			continue
		}
		item := s.item("refs/heads/" + name)
		if item.Kind != remote.Branch && item.Kind != remote.Target {
			continue
		}
		o.named = append(o.named, ownTip{name, r.Peeled, item.Public, item.Kind == remote.Target})
		tips = append(tips, r.Peeled)
	}
	h, err := history.Read(ctx, s.Repo, s.Repo.Store(), tips, upstream)
	if err != nil {
		return nil, err
	}
	o.below = make([]map[int]bool, len(o.named))
	for i, n := range o.named {
		if n.isTarget {
			continue
		}
		for _, c := range h.Of(n.tip, git.ZeroID) {
			o.of[c.ID] = append(o.of[c.ID], i)
		}
	}
	o.stack()
	for _, n := range o.named {
		if n.isTarget {
			o.readTarget(h, n)
		}
	}
	seen := make(map[git.ID]bool)
	for _, tip := range tips {
		for _, c := range h.Of(tip, git.ZeroID) {
			if !seen[c.ID] && len(c.Parents) < 2 && o.against(c.ID) != "" {
				o.internal = append(o.internal, c)
			}
			seen[c.ID] = true
		}
	}
	return o, nil
}

// ownName is the name under which a reference is a branch of the site.
func (s *Site) ownName(r git.Ref) (string, bool) {
	if r.Symref != "" || r.Peeled == git.ZeroID {
		return "", false
	}
	prefixes := []string{"refs/heads/", "refs/mgit/parked/"}
	for _, name := range s.internal {
		prefixes = append(prefixes, "refs/remotes/"+name+"/")
	}
	for _, prefix := range prefixes {
		if name, ok := strings.CutPrefix(r.Name, prefix); ok {
			return name, true
		}
	}
	return "", false
}

// stack finds which branches stand on which.
func (o *owners) stack() {
	for i, n := range o.named {
		if n.isTarget {
			continue
		}
		for _, above := range o.of[n.tip] {
			if o.named[above].tip == n.tip {
				continue
			}
			if o.below[above] == nil {
				o.below[above] = make(map[int]bool)
			}
			o.below[above][i] = true
		}
	}
}

// readTarget finds what a target has that is no branch's. An older state of a
// public branch, which came by a merge that names it, is public still.
func (o *owners) readTarget(h *history.Own, target ownTip) {
	public := make(map[string]bool)
	for _, n := range o.named {
		if n.public {
			public[n.name] = true
		}
	}
	shown := make(map[git.ID]bool)
	all := h.Of(target.tip, git.ZeroID)
	for _, c := range all {
		if len(c.Parents) < 2 || mergedName(c.Message, public) == "" {
			continue
		}
		for _, p := range c.Parents[1:] {
			for _, x := range h.Of(p, c.Parents[0]) {
				shown[x.ID] = true
			}
		}
	}
	for _, c := range all {
		if len(o.of[c.ID]) == 0 && !shown[c.ID] {
			o.targets[c.ID] = target.name
		}
	}
}

// lowest are the branches that have a commit and stand on no other that has it.
func (o *owners) lowest(id git.ID) []int {
	have := o.of[id]
	return slices.DeleteFunc(slices.Clone(have), func(i int) bool {
		return slices.ContainsFunc(have, func(j int) bool { return o.below[i][j] })
	})
}

// against says why a commit is not public, "" when nothing says so.
func (o *owners) against(id git.ID) string {
	lowest := o.lowest(id)
	for _, i := range lowest {
		if n := o.named[i]; !n.public {
			return fmt.Sprintf("is of %s, which is not public", n.name)
		}
	}
	if target, ok := o.targets[id]; ok && len(lowest) == 0 {
		return fmt.Sprintf("is of the target %s", target)
	}
	return ""
}

// nameOf names the branch or target because of which a commit is internal.
func (o *owners) nameOf(id git.ID) string {
	for _, i := range o.lowest(id) {
		if !o.named[i].public {
			return o.named[i].name
		}
	}
	return o.targets[id]
}
