package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/upgrade"
)

// benchState is where a worktree stands, read from the repository.
type benchState struct {
	standing Standing
	reason   string
	head     git.ID
	// stopped is the pick at which the rebase waits; zero when that is done and
	// only to be continued from.
	stopped git.ID
	pending bool // the pick is not committed yet
	// placing: the pick is committed, and the rebase waits for a person to put its
	// paths where they belong. placed: that was done, or found right.
	placing, placed bool
	conflicts       []ConflictAt
	uncommitted     []File
	unstaged        []File // of these, what is not in the index
}

// look reads where the worktree stands.
func (b *bench) look(ctx context.Context) (*benchState, error) {
	at := &benchState{}
	if _, err := os.Stat(filepath.Join(b.path, ".git")); errors.Is(err, os.ErrNotExist) {
		at.standing = StandingDeleted
		return at, nil
	}
	err := b.readRebase(at)
	if err == nil {
		step, _, _ := b.record.step(at.stopped)
		err = at.readStatus(ctx, b.command, git.ID(step.Commit))
	}
	if err == nil && at.standing == "" {
		err = b.readEnd(ctx, at)
	}
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", b.path, err)
	}
	return at, nil
}

// readRebase reads the state of a rebase in progress; see "rebase-merge" in
// gitrepository-layout(5).
func (b *bench) readRebase(at *benchState) error {
	if _, err := os.Stat(filepath.Join(b.gitDir, "rebase-apply")); err == nil {
		at.standing, at.reason = StandingAstray, "another rebase was begun there"
		return nil
	}
	onto, err := os.ReadFile(filepath.Join(b.gitDir, "rebase-merge", "onto"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(onto)) != git.ID(b.record.Parked).String() {
		at.standing, at.reason = StandingAstray, "another rebase was begun there"
		return nil
	}
	at.standing = StandingStopped
	pick, err := os.ReadFile(filepath.Join(b.gitDir, "rebase-merge", "stopped-sha"))
	if err == nil {
		at.stopped, err = git.ParseID(strings.TrimSpace(string(pick)))
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	// Git removes the message when the pick is committed, by whatever means.
	_, err = os.Stat(filepath.Join(b.gitDir, "MERGE_MSG"))
	at.pending = err == nil
	return b.readPlacing(at)
}

// readPlacing finds out whether the rebase waits at a step of which not all paths have a
// certain place: those are "edit" in its list, and Git notes which commit it made.
func (b *bench) readPlacing(at *benchState) error {
	step, _, ok := b.record.step(at.stopped)
	if !ok || len(step.Places) == 0 {
		return nil
	}
	_, err := os.Stat(filepath.Join(b.gitDir, "rebase-merge", "amend"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	at.placing = err == nil
	return err
}

// readEnd tells what became of a rebase that is no longer in progress.
func (b *bench) readEnd(ctx context.Context, at *benchState) error {
	sentinel, parked := git.ID(b.record.Sentinel), git.ID(b.record.Parked)
	if at.head == sentinel {
		at.standing = StandingGivenUp
		return nil
	}
	above, err := b.isAbove(ctx, at.head, parked)
	if err != nil {
		return err
	}
	at.standing = StandingFinished
	if !above {
		at.standing, at.reason = StandingAstray, fmt.Sprintf("its HEAD is %s, which does not stand on the clean part of the branch", at.head)
	}
	return nil
}

func (b *bench) isAbove(ctx context.Context, id, below git.ID) (bool, error) {
	err := b.command("merge-base", "--is-ancestor", below.String(), id.String()).Run(ctx)
	var exit *git.ExitError
	if errors.As(err, &exit) && exit.Code == 1 {
		return false, nil
	}
	return err == nil, err
}

// readStatus reads HEAD, and which files are in conflict over a commit or would be
// lost; see "Porcelain Format Version 2" in git-status(1).
func (at *benchState) readStatus(ctx context.Context, command func(...string) *git.Cmd, over git.ID) error {
	out, err := command("status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal").Output(ctx)
	if err != nil {
		return err
	}
	for item := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		kind, rest, _ := strings.Cut(item, " ")
		switch kind {
		case "#":
			err = at.readHeader(rest)
		case "1":
			file := File{Path(fieldsAfter(rest, 7))}
			at.uncommitted = append(at.uncommitted, file)
			if rest[1] != '.' {
				at.unstaged = append(at.unstaged, file)
			}
		case "u":
			at.conflicts = append(at.conflicts, ConflictAt{
				Commit: ID(over), Path: Path(fieldsAfter(rest, 9)), Kind: conflictKind(rest[:2]),
			})
		case "?":
			at.uncommitted = append(at.uncommitted, File{Path(rest)})
			at.unstaged = append(at.unstaged, File{Path(rest)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (at *benchState) readHeader(header string) (err error) {
	name, value, _ := strings.Cut(header, " ")
	switch {
	case name == "branch.oid":
		at.head, err = git.ParseID(value)
	case name == "branch.head" && value != "(detached)":
		at.standing, at.reason = StandingAstray, "somebody switched it to "+value
	}
	return err
}

// fieldsAfter is what follows the first n fields of a line.
func fieldsAfter(line string, n int) string {
	for range n {
		_, line, _ = strings.Cut(line, " ")
	}
	return line
}

// kindContents is the kind of a file that both sides edited.
const kindContents = "CONFLICT (contents)"

// conflictKind gives the letters of git-status(1) for unmerged paths the names
// that git merge-tree has for them.
func conflictKind(letters string) string {
	switch letters {
	case "UU":
		return kindContents
	case "AA":
		return "CONFLICT (add/add)"
	case "DU", "UD":
		return "CONFLICT (modify/delete)"
	default: // DD, AU, UA
		return "CONFLICT (rename/rename)"
	}
}

// report says where the worktree stands.
func (b *bench) report(at *benchState) *ResolvedBranch {
	r := emptyResolved()
	rec := b.record
	r.Name, r.NewName, r.Series = rec.Branch, rec.NewName, rec.Series
	r.Onto = Commit{Tag: rec.Onto, Commit: ID(rec.OntoCommit)}
	r.OldTip = ID(rec.OldTip)
	r.Outcome, r.State = upgrade.OutcomeConflict, upgrade.StateParked
	r.Standing, r.Reason, r.Worktree = at.standing, at.reason, b.path
	r.Merges = Merges(rec.Merges)
	r.Commits = Account{In: rec.Commits.In, Kept: rec.Commits.Kept, Landed: rec.Commits.Landed, Emptied: rec.Commits.Emptied, Replaced: rec.Commits.Replaced, Waiting: len(rec.Steps)}
	for _, d := range rec.Dropped {
		r.Dropped = append(r.Dropped, LeftOut{Commit: ID(d.Commit), Subject: d.Subject, Reason: d.Reason})
	}
	r.Conflicts = append(r.Conflicts, at.conflicts...)
	if at.standing != StandingStopped {
		r.Uncommitted = append(r.Uncommitted, at.uncommitted...)
	}
	if now := b.site.refs.commit(b.site.refOf(rec.Branch)); now != git.ID(rec.OldTip) {
		r.MovedOn = ID(now)
	}
	return r
}

// refOf is the full name of a branch of the site, as present finds it.
func (s *Site) refOf(name string) string {
	ref, _, _ := s.refs.present(name, s.internal)
	return ref.Name
}

// addStop describes the commit at which the rebase waits.
func (b *bench) addStop(ctx context.Context, r *ResolvedBranch, at *benchState) error {
	step, number, ok := b.record.step(at.stopped)
	if !ok || at.standing != StandingStopped {
		return nil
	}
	c, err := b.site.Repo.Store().Commit(ctx, git.ID(step.Pick))
	if err != nil {
		return err
	}
	r.Conflicts = append(r.Conflicts, step.unplaced()...)
	r.Stop = &Stop{Commit: ID(step.Commit), Subject: subject(c), ByHand: step.ByHand, Number: number, Of: len(b.record.Steps)}
	return nil
}

// subject is the first line of a commit's message, safe to print.
func subject(c *git.Commit) string {
	line, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return ShowPath(line)
}

// staged lists the files of the index that differ from HEAD and hold conflict
// markers which neither side of the pick has.
func (b *bench) staged(ctx context.Context, at *benchState) ([]File, error) {
	out, err := b.command("diff-index", "--cached", "--no-renames", "--diff-filter=d", "-z", "HEAD", "--").Output(ctx)
	if err != nil {
		return nil, err
	}
	pairs := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	store := b.site.Repo.Store()
	var marked []File
	for i := 0; i+1 < len(pairs); i += 2 {
		fields := strings.Fields(pairs[i]) // :mode mode id id letter
		if len(fields) != 5 || fields[1] == "160000" {
			continue
		}
		path := pairs[i+1]
		now, err := store.Lookup(ctx, fields[3])
		if err != nil {
			return nil, err
		}
		sides, err := b.site.sides(ctx, path, at.head, at.stopped)
		if err != nil {
			return nil, err
		}
		if addsMarkers(now.Data, sides...) {
			marked = append(marked, File{Path(path)})
		}
	}
	return marked, nil
}

// sides reads a file as the commits have it; those without it are left out.
func (s *Site) sides(ctx context.Context, path string, commits ...git.ID) ([][]byte, error) {
	store := s.Repo.Store()
	var texts [][]byte
	for _, id := range commits {
		if id == git.ZeroID {
			continue
		}
		c, err := store.Commit(ctx, id)
		if err != nil {
			return nil, err
		}
		e, err := store.Path(ctx, c.Tree, path)
		if errors.Is(err, git.ErrNotFound) || err == nil && e.Mode.IsTree() {
			continue
		}
		if err != nil {
			return nil, err
		}
		o, err := store.Object(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		texts = append(texts, o.Data)
	}
	return texts, nil
}

// addsMarkers reports whether text has more conflict markers of some kind than
// all sides together can account for. A document about merging may hold some
// of its own, and a row of equal signs is also how a heading is underlined.
func addsMarkers(text []byte, sides ...[]byte) bool {
	own := make(map[byte]int)
	for _, side := range sides {
		for kind, n := range countMarkers(side) {
			own[kind] += n
		}
	}
	now := countMarkers(text)
	return slices.ContainsFunc([]byte("<|=>"), func(kind byte) bool { return now[kind] > own[kind] })
}

// countMarkers counts the lines that look like conflict markers, by kind. The
// attribute conflict-marker-size makes them longer than seven.
func countMarkers(text []byte) map[byte]int {
	const usual = 7
	n := make(map[byte]int)
	for line := range bytes.Lines(text) {
		kind := line[0]
		if !strings.ContainsRune("<|=>", rune(kind)) {
			continue
		}
		rest := bytes.TrimLeft(line, string(kind))
		if len(line)-len(rest) < usual {
			continue
		}
		if rest = bytes.TrimRight(rest, "\r\n"); len(rest) == 0 || rest[0] == ' ' && kind != '=' {
			n[kind]++
		}
	}
	return n
}
