package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

// commitOf is the commit of a branch that brought a line of a piece that is the
// branch's: the line at index at of those added. Of a piece that only removes, it
// is the commit that changed the file last. Zero when the branch adds no such line.
func (a *attribution) commitOf(ctx context.Context, path string, change hunk.Change, piece hunk.Piece, at int) (git.ID, error) {
	c := a.branches[change.Name]
	if change.Tip == nil || len(piece.New) == 0 {
		return a.lastChange(ctx, c.tip, path, c.base)
	}
	line, ok := lineOf(hunk.Diff(change.Base, change.Tip), piece.New, at)
	if !ok {
		return git.ZeroID, nil
	}
	revisions := c.tip.String()
	if c.base != git.ZeroID {
		revisions = c.base.String() + ".." + revisions
	}
	return a.blame(ctx, revisions, path, line)
}

// lineOf finds the number of an added line among what a branch adds: where all
// lines around it are added too, else where the line itself is first added.
func lineOf(hunks []hunk.Hunk, lines []string, at int) (int, bool) {
	first := 0
	for _, h := range hunks {
		for i, added := range h.New {
			if !isSameLine(added, lines[at]) {
				continue
			}
			if start := i - at; start >= 0 && start+len(lines) <= len(h.New) && slices.EqualFunc(h.New[start:start+len(lines)], lines, isSameLine) {
				return h.NewStart + i, true
			}
			if first == 0 {
				first = h.NewStart + i
			}
		}
	}
	return first, first > 0
}

// blame is the commit of a range of history that last touched a line.
func (a *attribution) blame(ctx context.Context, revisions, path string, line int) (git.ID, error) {
	out, err := a.repo.Cmd("-c", "blame.ignoreRevsFile=", "-c", "blame.markIgnoredLines=false", "-c", "blame.markUnblamableLines=false",
		"blame", "--no-textconv", "--porcelain", "-L", fmt.Sprintf("%d,%d", line, line), revisions, "--", path).Output(ctx)
	if err != nil {
		return git.ZeroID, fmt.Errorf("ask whose line %d of %s is: %w", line, ShowPath(path), err)
	}
	name, _, _ := strings.Cut(string(out), " ")
	return git.ParseID(name)
}

// lastChange is the newest commit up to tip that changed a file, of those that
// without does not reach; zero when there is none.
func (a *attribution) lastChange(ctx context.Context, tip git.ID, path string, without ...git.ID) (git.ID, error) {
	args := []string{"--literal-pathspecs", "rev-list", "-1", tip.String()}
	for _, id := range without {
		if id != git.ZeroID {
			args = append(args, "^"+id.String())
		}
	}
	out, err := a.repo.Cmd(append(args, "--", path)...).Output(ctx)
	if err != nil {
		return git.ZeroID, fmt.Errorf("find who changed %s last: %w", ShowPath(path), err)
	}
	name := strings.TrimSpace(string(out))
	if name == "" {
		return git.ZeroID, nil
	}
	return git.ParseID(name)
}
