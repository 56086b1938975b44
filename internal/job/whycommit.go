package job

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

// mostRevisions bounds how far back the history of one file is read.
const mostRevisions = 1000

// commitOf is the commit of a branch that brought a line of a piece that is the
// branch's: the line at index at of those added, or of a piece that only removes the
// removal. The piece stands where it would in the branch's own files: of several
// places with the same lines the nearest is meant. Of a piece without lines it is
// the commit that changed the file last. Zero when the branch does no such thing.
func (a *attribution) commitOf(ctx context.Context, path string, change hunk.Change, piece hunk.Piece, at int) (git.ID, error) {
	c := a.branches[change.Name]
	path = a.recorded(change.Name, path)
	history, err := a.touching(ctx, path, c)
	if err != nil || len(history) == 0 {
		return git.ZeroID, err
	}
	if change.Tip == nil || len(piece.New)+len(piece.Old) == 0 {
		return history[0].id, nil
	}
	if history, err = a.since(ctx, path, change.Tip, history); err != nil {
		return git.ZeroID, err
	}
	if len(piece.New) == 0 {
		return a.removedBy(ctx, path, change, piece.Hunk, history)
	}
	line, around, ok := lineOf(change, piece.Hunk, at)
	if !ok {
		return git.ZeroID, nil
	}
	if change.Base == nil {
		around = lines{line, line + 1} // every line is new, and stands for itself
	}
	id, err := a.blameAround(ctx, claimant{base: c.base, tip: history[0].id}, path, line, around)
	if err == nil && id == git.ZeroID && change.Base == nil {
		id = history[len(history)-1].id // upstream's line, in a file that the branch put there
	}
	return id, err
}

// lines are line numbers from the first one to before the end.
type lines struct{ first, end int }

func linesOf(h hunk.Hunk) lines { return lines{h.NewStart, h.NewStart + len(h.New)} }

// lineOf finds the number of an added line in the branch's file: exactly where the
// piece stands, else where all lines around it are added too, else where the line
// itself is added, each time the nearest. around is what the branch adds there at once.
func lineOf(change hunk.Change, piece hunk.Hunk, at int) (line int, around lines, ok bool) {
	here := piece.NewStart + at
	best := 0
	for _, h := range hunk.Diff(change.Base, change.Tip) {
		for i, added := range h.New {
			if !isSameLine(added, piece.New[at]) {
				continue
			}
			far := distance(h.NewStart+i, here)
			if start := i - at; far > 0 && (start < 0 || !startsWith(h.New[start:], piece.New)) {
				far += len(change.Tip) // behind all that are whole
			}
			if !ok || far < best {
				line, around, best, ok = h.NewStart+i, linesOf(h), far, true
			}
		}
	}
	if ok {
		return line, around, true
	}
	// Two ways to compare may take another one of two equal lines for the new one.
	tip := slices.Collect(strings.Lines(string(change.Tip)))
	if here >= 1 && here <= len(tip) && isSameLine(tip[here-1], piece.New[at]) {
		return here, lines{here, here + 1}, true
	}
	return 0, lines{}, false
}

func distance(a, b int) int { return max(a-b, b-a) }

func startsWith(all, first []string) bool {
	return len(first) <= len(all) && slices.EqualFunc(all[:len(first)], first, isSameLine)
}

// oldLine is where a line of the new file is in the old one. Of a line that is not
// there it is the place, as near as can be told.
func oldLine(hunks []hunk.Hunk, line int) int {
	shift := 0
	for _, h := range hunks {
		switch end := h.NewStart + len(h.New); {
		case line < h.NewStart:
			return line + shift
		case line < end:
			return h.OldStart + min(line-h.NewStart, max(len(h.Old)-1, 0))
		default:
			shift = h.OldStart + len(h.Old) - end
		}
	}
	return line + shift
}

// revision is a commit that changed a file, with the ones before it that did, and
// the commit that all of them stand on.
type revision struct {
	id      git.ID
	parents []git.ID
}

// touching lists the commits of a branch that changed a file, each before its
// parents.
func (a *attribution) touching(ctx context.Context, path string, c claimant) ([]revision, error) {
	args := []string{"--literal-pathspecs", "rev-list", "--topo-order", "--parents", "-n", strconv.Itoa(mostRevisions), c.tip.String()}
	if c.base != git.ZeroID {
		args = append(args, "^"+c.base.String())
	}
	out, err := a.repo.Cmd(append(args, "--", path)...).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("list who changed %s: %w", ShowPath(path), err)
	}
	var all []revision
	for line := range strings.Lines(string(out)) {
		var ids []git.ID
		for name := range strings.FieldsSeq(line) {
			id, err := git.ParseID(name)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		all = append(all, revision{ids[0], ids[1:]})
	}
	return all, nil
}

// since leaves out what a branch did to a file after it had the content; all of it
// is left where it never had.
func (a *attribution) since(ctx context.Context, path string, content []byte, history []revision) ([]revision, error) {
	for i, r := range history {
		file, err := a.fileAt(ctx, r.id, path)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(file, content) {
			return history[i:], nil
		}
	}
	return history, nil
}

// fileAt is the content of a path in a commit, nil when it has no such file.
func (a *attribution) fileAt(ctx context.Context, commit git.ID, path string) ([]byte, error) {
	root, err := a.treeOf(ctx, commit)
	if err != nil {
		return nil, err
	}
	e, err := a.store.Path(ctx, root, path)
	if errors.Is(err, git.ErrNotFound) {
		return nil, nil
	}
	if err != nil || !hasLines(e.Mode) {
		return nil, err
	}
	return a.content(ctx, e)
}

// removedBy is the commit of a branch that removed the old lines of a hunk; history
// are the commits that changed the file. The place of the removal is followed back
// from the newest one. Where it gets lost, it is the newest that removed such lines.
func (a *attribution) removedBy(ctx context.Context, path string, change hunk.Change, h hunk.Hunk, history []revision) (git.ID, error) {
	place, ok := placeOfRemoval(hunk.Diff(change.Base, change.Tip), h)
	if !ok {
		return git.ZeroID, nil
	}
	at := map[git.ID]lines{history[0].id: place}
	var elsewhere, merge git.ID
	for _, r := range history {
		here, follows := at[r.id]
		if !follows {
			continue
		}
		file, err := a.fileAt(ctx, r.id, path)
		if err != nil {
			return git.ZeroID, err
		}
		for _, parent := range r.parents {
			before, err := a.fileAt(ctx, parent, path)
			if err != nil {
				return git.ZeroID, err
			}
			hunks := hunk.Diff(before, file)
			isThere, isElsewhere := removal(hunks, h.Old, here)
			switch {
			case len(r.parents) > 1: // one side of a merge has nearly always removed it itself
				if isThere {
					merge = cmp.Or(merge, r.id)
				}
			case isThere:
				return r.id, nil
			case isElsewhere:
				elsewhere = cmp.Or(elsewhere, r.id)
			}
			at[parent] = here.before(hunks)
		}
	}
	return cmp.Or(elsewhere, merge), nil
}

// placeOfRemoval finds where lines are removed, of several places the nearest, as
// line numbers of the new file.
func placeOfRemoval(hunks []hunk.Hunk, removed hunk.Hunk) (place lines, ok bool) {
	best := 0
	for _, part := range [][]string{removed.Old, removed.Old[:1]} {
		for _, h := range hunks {
			for i := range h.Old {
				if far := distance(h.OldStart+i, removed.OldStart); startsWith(h.Old[i:], part) && (!ok || far < best) {
					place, best, ok = linesOf(h), far, true
				}
			}
		}
		if ok {
			return place, true
		}
	}
	return lines{}, false
}

// removal reports whether hunks remove lines at a place of the new file, or
// elsewhere. Where two commits removed neighbours, the first line counts.
func removal(hunks []hunk.Hunk, removed []string, place lines) (isThere, isElsewhere bool) {
	for _, h := range hunks {
		if !slices.ContainsFunc(h.Old, func(line string) bool { return isSameLine(line, removed[0]) }) {
			continue
		}
		if new := linesOf(h); new.first <= place.end && place.first <= new.end {
			isThere = true
		} else {
			isElsewhere = true
		}
	}
	return isThere, isElsewhere
}

// before is the same place in the file before the hunks.
func (l lines) before(hunks []hunk.Hunk) lines {
	old := l
	for _, h := range hunks {
		new, end := linesOf(h), h.OldStart+len(h.Old)
		if new.first > l.end {
			break
		}
		old.end = max(end, l.end+end-new.end)
		if new.end < l.first {
			old.first = l.first + end - new.end
		} else {
			old.first = min(old.first, h.OldStart)
		}
	}
	return old
}

// blamed is what Git says of a line.
type blamed struct {
	id      git.ID
	isOlder bool // than the range of history that was asked for
}

// blameAround is the commit of a branch that last touched a line. Where Git takes
// another line around it for the new one, it is the commit of the nearest of those.
func (a *attribution) blameAround(ctx context.Context, c claimant, path string, line int, around lines) (git.ID, error) {
	revisions := c.tip.String()
	if c.base != git.ZeroID {
		revisions = c.base.String() + ".." + revisions
	}
	all, err := a.blame(ctx, revisions, path, around)
	if err != nil {
		return git.ZeroID, err
	}
	found, best := git.ZeroID, 0
	for i, b := range all {
		if b.isOlder && c.base != git.ZeroID {
			continue
		}
		if far := distance(around.first+i, line); found == git.ZeroID || far < best {
			found, best = b.id, far
		}
	}
	return found, nil
}

// blame asks which commits of a range of history last touched lines. What of two
// equal lines is new is decided as package hunk does.
func (a *attribution) blame(ctx context.Context, revisions, path string, asked lines) ([]blamed, error) {
	out, err := a.repo.Cmd("-c", "blame.ignoreRevsFile=", "-c", "blame.markIgnoredLines=false", "-c", "blame.markUnblamableLines=false",
		"-c", "diff.indentHeuristic=false",
		"blame", "--no-textconv", "--porcelain", "-L", fmt.Sprintf("%d,%d", asked.first, asked.end-1), revisions, "--", path).Output(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask whose line %d of %s is: %w", asked.first, ShowPath(path), err)
	}
	all := make([]blamed, 0, asked.end-asked.first)
	older := make(map[git.ID]bool)
	isHead := true
	var id git.ID
	for line := range strings.Lines(string(out)) {
		switch {
		case isHead:
			name, _, _ := strings.Cut(line, " ")
			if id, err = git.ParseID(name); err != nil {
				return nil, err
			}
			isHead = false
		case line == "boundary\n":
			older[id] = true
		case line[0] == '\t': // the line itself, the last of what is said about it
			all = append(all, blamed{id, older[id]})
			isHead = true
		}
	}
	if len(all) != asked.end-asked.first {
		return nil, fmt.Errorf("git blame answered for %d lines of %s instead of %d", len(all), ShowPath(path), asked.end-asked.first)
	}
	return all, nil
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
