package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"mgit/internal/conflict"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// TakeRequest names a file in conflict, in the worktree in which a branch or a target is being resolved, and
// the side that is to stand there.
type TakeRequest struct {
	Branch string // its old name or its new one, or that of a target
	Path   string // as it is or as reports show it
	Hunk   int    // its number; 0: all whose markers stand
	// Side is a word of the conflict's sides (upstream, branch, target), both or base. "" takes back what was
	// taken: the file is in conflict again, with its markers.
	Side   string
	Series moodle.Series
	// Whole takes the file as the side has it, in place of its hunks; what merged cleanly goes too.
	Whole bool
	// Overwrite lets go what a person has written in the file, where it is taken as a whole or taken back.
	Overwrite bool
	// Seen are the lines of the hunk as somebody saw it when they chose, its sides one after the other; nil
	// for no such check.
	Seen []string
}

// TakeReport is what became of the file.
type TakeReport struct {
	Branch string `json:"branch"` // the new branch, or the target
	Place
	Kind     string `json:"kind"`
	Hunk     int    `json:"hunk"`   // 0: all
	Hunks    int    `json:"hunks"`  // that the file has
	Side     string `json:"side"`   // "" when it was taken back
	Whole    bool   `json:"whole"`  // the file is as the side has it
	Gone     bool   `json:"gone"`   // it was removed, as on that side
	Open     int    `json:"open"`   // hunks of the file that are left
	Edited   int    `json:"edited"` // hunks that were changed by hand
	Staged   bool   `json:"staged"` // it was added
	Left     Paths  `json:"left"`   // files that are still in conflict
	Worktree string `json:"worktree"`
}

// Take puts a side in the place of a hunk, of all hunks of a file, or of a file as a whole, in the worktree
// in which a branch or target is being resolved, and adds the file once no marker is left in it. It is one
// step of what a person would do there with an editor: no ref moves, and taking back makes the conflict anew.
//
// A file that changes while it is read is not written. With dryRun nothing is written. The error is a
// *UsageError where there is nothing to take. What was changed by hand is a *Refusal ("edited"): a hunk, and
// where the file is replaced as a whole anything in it, unless the request says Overwrite.
func Take(ctx context.Context, site *Site, request TakeRequest, dryRun bool) (*TakeReport, error) {
	lock, err := site.lockUnless(ctx, dryRun, "take "+request.Branch)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	detail, stop, err := site.readStop(ctx, ConflictRequest{Branch: request.Branch, Series: request.Series})
	if err != nil {
		return nil, err
	}
	defer stop.close()
	if err := mayTake(detail, stop); err != nil {
		return nil, err
	}
	r := &conflictReader{site: site, stop: stop, detail: detail}
	if err := r.readFiles(ctx); err != nil {
		return nil, fmt.Errorf("read the conflict of %s: %w", detail.Subject(), err)
	}
	i := slices.IndexFunc(detail.Files, func(f ConflictFile) bool { return f.Raw == request.Path || ShowPath(f.Raw) == request.Path })
	if i < 0 {
		return nil, notInConflict(detail, request.Path)
	}
	t := &taker{conflictReader: r, file: &detail.Files[i], request: request, dryRun: dryRun}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t.take(ctx)
}

// mayTake refuses where there is no worktree with a conflict.
func mayTake(d *ConflictDetail, stop *conflictStop) error {
	name := d.Subject()
	switch {
	case d.Worktree == "":
		return &UsageError{Text: "nobody has begun to resolve " + name + " in this clone", Hint: "mgit resolve " + name}
	case d.Standing != StandingStopped || stop.scratch == nil || stop.isDone:
		return &UsageError{Text: fmt.Sprintf("nothing is in conflict in %s", d.Worktree), Hint: "mgit continue " + name}
	}
	return nil
}

// taker takes a side of one file.
type taker struct {
	*conflictReader
	file    *ConflictFile
	request TakeRequest
	dryRun  bool
	side    conflict.Side // "" to take back
}

// check finds the side that a word means, and refuses what makes no sense for the file.
func (t *taker) check() error {
	d, f := t.detail, t.file
	t.side = map[string]conflict.Side{
		d.Ours.Word: conflict.Ours, d.Theirs.Word: conflict.Theirs, SideBoth: conflict.Both, SideBase: conflict.Base,
	}[t.request.Side]
	words := strings.Join([]string{d.Ours.Word, d.Theirs.Word, SideBoth, SideBase}, ", ")
	isWhole := t.request.Whole || f.text == nil
	switch {
	case !strings.HasPrefix(f.Kind, "CONFLICT"):
		return &UsageError{Text: fmt.Sprintf("%s has no sides: it is to be put where it belongs", ShowPath(f.Raw)), Hint: "git mv it in " + d.Worktree}
	case f.aside && (t.request.Side == "" || t.blob() != nil || f.State == FileResolved):
		return &UsageError{
			Text: fmt.Sprintf("%s has its name because something else stands in its place, and only you know where it belongs", ShowPath(f.Raw)),
			Hint: "git mv or git rm it in " + d.Worktree,
		}
	case t.request.Side == "" && (t.request.Hunk > 0 || t.request.Whole):
		return &UsageError{Text: "only a file as a whole can be taken back", Hint: fmt.Sprintf("mgit take %s %s --back", d.Subject(), ShowPath(f.Raw))}
	case t.request.Side != "" && t.side == "":
		return &UsageError{Text: fmt.Sprintf("%q is no side of this conflict", t.request.Side), Hint: "it has " + words}
	case t.request.Hunk < 0 || t.request.Hunk > len(f.Hunks):
		return &UsageError{Text: fmt.Sprintf("%s has no hunk %d", ShowPath(f.Raw), t.request.Hunk), Hint: fmt.Sprintf("it has %d", len(f.Hunks))}
	case isWhole && t.side == conflict.Both:
		return &UsageError{Text: fmt.Sprintf("%s cannot be taken from both sides: Git does not merge its lines", ShowPath(f.Raw)), Hint: "take one side, or edit it"}
	case t.request.Whole && t.request.Hunk > 0:
		return &UsageError{Text: "--whole is for a file, not for a hunk", Hint: "leave out the number, or --whole"}
	}
	return t.checkSeen()
}

func (t *taker) checkSeen() error {
	n := t.request.Hunk
	if t.request.Seen == nil || n == 0 {
		return nil
	}
	if h := t.file.Hunks[n-1]; !slices.Equal(h.Seen(), t.request.Seen) {
		return &Refusal{ID: "edited", Final: true, Text: fmt.Sprintf("hunk %d of %s is no longer the one that you saw", n, ShowPath(t.file.Raw)), Hint: "look at it once more"}
	}
	return nil
}

// Seen are the lines of the hunk by which it is known again.
func (h *ConflictHunk) Seen() []string { return slices.Concat(h.Ours.Lines, h.Theirs.Lines) }

func (t *taker) take(ctx context.Context) (*TakeReport, error) {
	f := t.file
	report := &TakeReport{
		Branch: t.detail.Subject(), Place: f.Place, Kind: f.Kind, Hunk: t.request.Hunk, Hunks: len(f.Hunks), Side: t.request.Side,
		Left: Paths{}, Worktree: t.stop.path,
	}
	for _, other := range t.detail.Files {
		if other.Raw != f.Raw && (other.State == FileOpen || other.Markers) {
			report.Left = append(report.Left, other.Raw)
		}
	}
	var err error
	switch {
	case t.request.Side == "":
		report.Open = max(1, len(f.Hunks))
		if err = t.mayReplace(ctx); err == nil {
			err = t.takeBack(ctx)
		}
	case t.request.Whole || f.text == nil:
		report.Whole, report.Staged = true, true
		if err = t.mayReplace(ctx); err == nil {
			report.Gone, err = t.takeWhole(ctx)
		}
	default:
		err = t.takeHunks(ctx, report)
	}
	if err != nil {
		return nil, err
	}
	if report.Open > 0 || !report.Staged {
		report.Left = append(report.Left, f.Raw)
	}
	return report, nil
}

// takeHunks writes the file with a side in one place or in all.
func (t *taker) takeHunks(ctx context.Context, report *TakeReport) error {
	f := t.file
	before, err := t.readWork(ctx, f)
	if errors.Is(err, fs.ErrNotExist) {
		return &Refusal{ID: "edited", Final: true, Text: fmt.Sprintf("%s is gone from %s", ShowPath(f.Raw), t.stop.path), Hint: "mgit take --back brings it back, in conflict"}
	}
	if err != nil {
		return err
	}
	after, err := f.text.Take(before.text, t.request.Hunk, t.side)
	if errors.Is(err, conflict.ErrEdited) {
		return &Refusal{
			ID: "edited", Final: true, Text: fmt.Sprintf("hunk %d of %s was changed by hand, and mgit does not know where it ends", t.request.Hunk, ShowPath(f.Raw)),
			Hint: "edit the file, or make its conflict anew with mgit take --back --allow edited",
		}
	}
	if err != nil {
		return err
	}
	for _, p := range f.text.Find(after) {
		switch p.State {
		case conflict.Open:
			report.Open++
		case conflict.Edited:
			report.Edited++
		}
	}
	sides, err := t.sidesOf(ctx)
	if err != nil {
		return err
	}
	report.Staged = report.Open == 0 && !addsMarkers(after, sides...)
	if t.dryRun {
		return nil
	}
	if !bytes.Equal(before.text, after) {
		if before.isEncoded {
			if after, err = t.smudged(ctx, after); err != nil {
				return err
			}
		}
		if err := writeInside(t.stop.path, f.Raw, before.raw, after); err != nil {
			return err
		}
	}
	if report.Staged {
		return t.git(ctx, nil, "add", "--", f.Raw)
	}
	return nil
}

func (t *taker) sidesOf(ctx context.Context) ([][]byte, error) {
	var all [][]byte
	for _, b := range []*ConflictBlob{t.file.Ours, t.file.Theirs} {
		data, err := t.content(ctx, b)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// blob is the file as the side has it; nil where it has none.
func (t *taker) blob() *ConflictBlob {
	return map[conflict.Side]*ConflictBlob{conflict.Ours: t.file.Ours, conflict.Theirs: t.file.Theirs, conflict.Base: t.file.Base}[t.side]
}

// takeWhole puts the file there as the side has it, or takes it away where that has none.
func (t *taker) takeWhole(ctx context.Context) (gone bool, err error) {
	f := t.file
	blob := t.blob()
	if t.dryRun {
		return blob == nil, nil
	}
	if blob == nil {
		return true, t.git(ctx, nil, "rm", "--quiet", "--force", "--ignore-unmatch", "--", f.Raw)
	}
	entry := fmt.Sprintf("0 %s\t%s\x00%s %s 0\t%s\x00", git.ZeroID, f.Raw, blob.Mode, git.ID(blob.ID), f.Raw)
	if err := t.git(ctx, []byte(entry), "update-index", "-z", "--index-info"); err != nil {
		return false, err
	}
	if blob.Mode == git.ModeGitlink.String() {
		return false, nil // a submodule's files are not ours to change
	}
	return false, t.git(ctx, nil, "checkout", "--quiet", "--", f.Raw)
}

// takeBack makes the conflict anew.
func (t *taker) takeBack(ctx context.Context) error {
	if t.dryRun {
		return nil
	}
	f := t.file
	if f.text != nil {
		if err := t.writeMarked(ctx); err != nil {
			return err
		}
	}
	entries := fmt.Sprintf("0 %s\t%s\x00", git.ZeroID, f.Raw)
	for i, b := range []*ConflictBlob{f.Base, f.Ours, f.Theirs} {
		if b != nil {
			entries += fmt.Sprintf("%s %s %d\t%s\x00", b.Mode, git.ID(b.ID), i+1, f.Raw)
		}
	}
	if err := t.git(ctx, []byte(entries), "update-index", "-z", "--index-info"); err != nil {
		return err
	}
	side, blob := "--ours", f.Ours
	if blob == nil {
		side, blob = "--theirs", f.Theirs
	}
	if f.text != nil || blob == nil || blob.Mode == git.ModeGitlink.String() {
		return nil // a submodule's files are not ours to change
	}
	return t.git(ctx, nil, "checkout", "--quiet", side, "--", f.Raw)
}

// git runs a command in the worktree, in which a path is a path and no pattern.
func (t *taker) git(ctx context.Context, input []byte, args ...string) error {
	settings := []string{"-c", "core.hooksPath=" + os.DevNull, "-c", "submodule.recurse=false", "-c", "rerere.enabled=false"}
	cmd := t.site.Repo.Cmd(append(settings, args...)...).Dir(t.stop.path).Env("GIT_LITERAL_PATHSPECS=1")
	if input != nil {
		cmd = cmd.Stdin(input)
	}
	return cmd.Run(ctx)
}
