package job

import (
	"context"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/history"
	"mgit/internal/rebase"
	"mgit/internal/tree"
)

// moveToBase moves the branches from the pin to their series' base, as a rebase
// does. A branch that cannot be moved without a conflict or a loss stays on the pin.
//
// The pin is newer than the base, so a change can be one that the base has already:
// a fix that was taken back, a file removed that came later. Git leaves it out
// without a word, and what the tree has would be explained by nothing. So each branch
// is moved back again, and has to arrive where it came from:
//
//	base ──────────── pin
//	  └── moved        └── extracted
//	        └────────────► moved back: the same tree
func (x *extraction) moveToBase(ctx context.Context) error {
	if x.base == nil || x.base.ID == x.pin.ID || len(x.branches) == 0 {
		return nil
	}
	there, err := x.replay(ctx, x.pin, x.base, x.tips())
	if err != nil {
		return err
	}
	moved := make([]git.ID, len(x.branches))
	for i, b := range x.branches {
		if b.reason = x.whyNot(there[i]); b.reason == "" {
			moved[i] = there[i].Tip
		}
	}
	return x.keepWhole(ctx, moved)
}

// keepWhole takes the moved tips of the branches of which nothing was lost; zero
// ids are of branches that stay.
func (x *extraction) keepWhole(ctx context.Context, moved []git.ID) error {
	var tips []git.ID
	for _, id := range moved {
		if id != git.ZeroID {
			tips = append(tips, id)
		}
	}
	if len(tips) == 0 {
		return nil
	}
	back, err := x.replay(ctx, x.base, x.pin, tips)
	if err != nil {
		return err
	}
	for i, b := range x.branches {
		if moved[i] == git.ZeroID {
			continue
		}
		var result rebase.Result
		result, back = back[0], back[1:]
		if b.reason, err = x.lost(ctx, b, result); err != nil {
			return err
		}
		if b.reason == "" {
			b.tip, b.on = moved[i], x.base
		}
	}
	return nil
}

func (x *extraction) tips() []git.ID {
	tips := make([]git.ID, len(x.branches))
	for i, b := range x.branches {
		tips[i] = b.tip
	}
	return tips
}

// replay moves commits that stand on one commit to another.
func (x *extraction) replay(ctx context.Context, from, to *git.Commit, tips []git.ID) ([]rebase.Result, error) {
	request := rebase.Request{Onto: to.ID, Committer: x.committer, Options: rebase.Options{Jobs: x.site.Config.Jobs}}
	for _, id := range tips {
		if err := x.scratch.Spill(ctx, id); err != nil { // for Git, which picks them
			return nil, err
		}
		request.Branches = append(request.Branches, rebase.Branch{Name: id.String(), Tip: id, Base: from.ID})
	}
	var err error
	if request.History, err = history.Read(ctx, ownCommits(tips), x.scratch, tips, nil); err != nil {
		return nil, err
	}
	return rebase.Run(ctx, x.scratch, request)
}

// ownCommits are commits that nothing refers to yet, each a branch of its own.
type ownCommits []git.ID

// RevList lists them all.
func (c ownCommits) RevList(context.Context, []git.ID, []git.ID) ([]git.ID, error) { return c, nil }

// whyNot says why a branch cannot be moved, "" when it can.
func (x *extraction) whyNot(r rebase.Result) string {
	base := x.baseName()
	switch {
	case r.Err != nil:
		return fmt.Sprintf("it cannot be moved to %s: %v", base, r.Err)
	case r.Parked():
		var paths []string
		for _, c := range r.Conflicts {
			paths = append(paths, c.Path)
		}
		return fmt.Sprintf("it conflicts with %s in %s", base, listPaths(paths))
	case len(r.Rebuild) > 0:
		return fmt.Sprintf("generated files differ on %s: %s", base, listPaths(r.Rebuild))
	case r.Count(rebase.Kept) == 0:
		return fmt.Sprintf("nothing would be left of it on %s", base)
	}
	return ""
}

// lost says what of a branch would be lost by moving it, "" for nothing.
func (x *extraction) lost(ctx context.Context, b *extracted, back rebase.Result) (string, error) {
	if back.Err != nil || back.Parked() || len(back.Rebuild) > 0 {
		return fmt.Sprintf("it reads differently on %s", x.baseName()), nil
	}
	was, err := x.scratch.Commit(ctx, b.tip)
	if err != nil {
		return "", err
	}
	is, err := x.scratch.Commit(ctx, back.Tip)
	if err != nil {
		return "", err
	}
	var paths []string
	err = tree.Diff(ctx, x.scratch, was.Tree, is.Tree, func(c tree.Change) error {
		paths = append(paths, c.Path)
		return nil
	})
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return fmt.Sprintf("a part of it would be lost on %s, in %s", x.baseName(), listPaths(paths)), nil
}

func (x *extraction) baseName() string {
	base := x.site.refs.describe(x.base.ID)
	if base.Tag != "" {
		return base.Tag
	}
	return base.Commit.Short()
}

// listPaths names the first paths of a list.
func listPaths(paths []string) string {
	const most = 3
	var shown []string
	for _, p := range paths[:min(len(paths), most)] {
		shown = append(shown, ShowPath(p))
	}
	if more := len(paths) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown, ", ")
}
