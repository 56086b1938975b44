package job

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"mgit/internal/assemble"
	"mgit/internal/branches"
	"mgit/internal/git"
)

// presence is how much of a branch is in a target.
type presence int

const (
	notIn   presence = iota
	inPart           // an older state of it was merged
	inWhole          // its tip is reachable from the target's
)

// targetView is a target and which commits of the site it has.
type targetView struct {
	branches.PresentTarget
	reached map[git.ID]bool
	// claims says by which branch's merge a commit came; "" by those of several.
	claims map[git.ID]string
	merged map[string]bool // branches that a merge in the target names
	// covered are the commits of the branches that are in whole.
	covered map[git.ID]bool
}

// mergeSubject is how Git words a merge: "Merge branch 'NAME' into TARGET",
// "Merge remote-tracking branch 'origin/NAME'". See git-fmt-merge-msg(1).
var mergeSubject = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^Merge (?:remote-tracking )?branch '([^']+)'`) })

// read finds out what is in the target, out of commits that are in memory. Only
// commits that look like joins are read.
func (t *targetView) read(ctx context.Context, v *view) error {
	commits, err := t.inForce(ctx, v)
	if err != nil {
		return fmt.Errorf("read what is in %s: %w", t.Raw, err)
	}
	t.reached, t.covered = make(map[git.ID]bool), make(map[git.ID]bool)
	t.claims, t.merged = make(map[git.ID]string), make(map[string]bool)
	names := make(map[string]bool)
	for _, b := range v.branches {
		names[b.Raw] = true
	}
	for _, c := range commits {
		t.reached[c.ID] = true
		if len(c.Parents) < 2 {
			continue
		}
		name := mergedName(c.Message, names)
		if name == "" {
			continue
		}
		t.merged[name] = true
		for _, p := range c.Parents[1:] {
			for _, x := range v.history.Of(p, git.ZeroID) {
				if by, ok := t.claims[x.ID]; ok && by != name {
					t.claims[x.ID] = ""
				} else {
					t.claims[x.ID] = name
				}
			}
		}
	}
	for tip := range v.tips {
		if !t.reached[tip] {
			continue
		}
		for _, c := range v.own[tip] {
			t.covered[c.ID] = true
		}
	}
	return nil
}

// inForce are the target's own commits as far as they count for what is in it: where
// it was made afresh, the line before does not.
func (t *targetView) inForce(ctx context.Context, v *view) ([]*git.Commit, error) {
	var all []*git.Commit
	seen := make(map[git.ID]bool)
	for stack := []git.ID{t.Tip}; len(stack) > 0; {
		c := v.history.Commit(stack[len(stack)-1])
		stack = stack[:len(stack)-1]
		if c == nil || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		all = append(all, c)
		parents := c.Parents
		if assemble.MayBeJoin(subject(c)) {
			whole, err := v.site.Repo.Store().Commit(ctx, c.ID)
			if err != nil {
				return nil, err
			}
			fresh, isJoin, err := assemble.Fresh(ctx, v.site.Repo.Store(), whole)
			if err != nil {
				return nil, err
			}
			if isJoin {
				parents = []git.ID{fresh}
			}
		}
		stack = append(stack, parents...)
	}
	return all, nil
}

// mergedName is the branch that a merge commit says it merged, "" when it is
// none of the names.
func mergedName(message string, names map[string]bool) string {
	m := mergeSubject().FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	if names[m[1]] {
		return m[1]
	}
	if _, name, _ := strings.Cut(m[1], "/"); names[name] {
		return name
	}
	return ""
}

// has says how much of a branch is in the target, and how many of its own
// commits are missing where that is not all.
//
// An older state is in when a merge names the branch, or when the target has
// commits of it that did not come with another branch. Of two branches that
// share commits, the target may have one and nothing of the other:
//
//	BASE ── a ── b ── c     lower, merged into the target
//	             └─── d     upper: a and b came with lower
func (t *targetView) has(v *view, b branches.Branch) (in presence, missing int) {
	own := v.own[b.Tip]
	if len(own) == 0 {
		return notIn, 0
	}
	if t.reached[b.Tip] {
		return inWhole, 0
	}
	stacked := make(map[git.ID]bool) // what belongs to branches below this one
	for _, c := range own {
		if c.ID != b.Tip && v.tips[c.ID] {
			for _, x := range v.own[c.ID] {
				stacked[x.ID] = true
			}
		}
	}
	if t.merged[b.Raw] {
		in = inPart
	}
	for _, c := range own {
		if !t.reached[c.ID] {
			missing++
			continue
		}
		by, claimed := t.claims[c.ID]
		if !t.covered[c.ID] && !stacked[c.ID] && (!claimed || by == b.Raw) {
			in = inPart
		}
	}
	return in, missing
}
