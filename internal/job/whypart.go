package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"mgit/internal/git"
	"mgit/internal/hunk"
)

func (w *whyInquiry) part(ctx context.Context, p hunk.Piece) (WhyPart, error) {
	part := WhyPart{Start: p.NewStart, Lines: len(p.New), Removed: len(p.Old), By: ByBranch, Branch: p.By}
	if w.finding != nil && w.finding.Path == w.name && isQuotable(*w.finding) {
		part.Marker = w.marker(p)
	}
	switch p.By {
	case "":
		part.By = ByNobody
		return part, nil
	case w.claims.target():
		part.By = ByTarget
		return part, nil
	}
	part.Record = w.recordOf(p.By)
	id, err := w.commitOfPiece(ctx, p)
	if err != nil || id == git.ZeroID {
		return part, err
	}
	part.Commit, err = w.describe(ctx, id)
	return part, err
}

// commitOfPiece is the commit that brought the line that is asked for, or the first
// one of the piece.
func (w *whyInquiry) commitOfPiece(ctx context.Context, p hunk.Piece) (git.ID, error) {
	at := 0
	if w.line > 0 && len(p.New) > 0 {
		at = w.line - p.NewStart
	}
	isChange := false
	for _, change := range w.changes { // several where the target has an older state of the branch
		if change.Name != p.By {
			continue
		}
		isChange = true
		id, err := w.claims.commitOf(ctx, w.name, change, w.inBranch(change, p, at), at)
		if err != nil || id != git.ZeroID {
			return id, err
		}
	}
	if isChange {
		return git.ZeroID, nil
	}
	c := w.claims.branches[p.By] // a change of the mode, or of a whole folder
	return w.claims.lastChange(ctx, c.tip, w.name, c.base)
}

// inBranch is a piece at the place where it would be in a branch's own files; the
// line at index at decides.
func (w *whyInquiry) inBranch(change hunk.Change, p hunk.Piece, at int) hunk.Piece {
	p.NewStart = oldLine(hunk.Diff(withLF(change.Tip), withLF(w.content)), p.NewStart+at) - at
	p.OldStart = oldLine(hunk.Diff(withLF(change.Base), withLF(w.pristine)), p.OldStart)
	return p
}

// withLF is a text of which every line ends in LF, for comparisons in which line
// ends do not matter.
func withLF(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		data = append(slices.Clip(data), '\n')
	}
	return data
}

// addLacking adds what the deployment target has of branches and the tree lacks.
func (w *whyInquiry) addLacking(ctx context.Context, r *WhyReport) error {
	if w.claims.target() == "" || w.isUnread(w.name) {
		return nil
	}
	if deployed, err := w.isDeployment(ctx); err != nil || !deployed {
		return err
	}
	lacks, err := w.lacking(ctx, w.name)
	if errors.Is(err, errUnreadable) {
		r.Warnings = append(r.Warnings, Warning{ID: "not-compared", Text: "what is missing here is not known: " + err.Error()})
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for what %s lacks: %w", ShowPath(w.name), err)
	}
	for _, l := range lacks {
		part := WhyPart{Start: l.Start, Lines: len(l.Lines), Removed: l.Removes, By: ByLacking, Branch: l.By}
		if l.By != w.claims.target() {
			if err := w.explainLack(ctx, l, &part); err != nil {
				return err
			}
		}
		r.Parts = append(r.Parts, part)
	}
	return nil
}

// explainLack names the record of a branch, and the commit that brought what is
// lacking.
func (w *whyInquiry) explainLack(ctx context.Context, l hunk.Lack, part *WhyPart) error {
	part.Record = w.recordOf(l.By)
	for _, change := range w.changes {
		p, ok := pieceOfLack(l, change)
		if !ok {
			continue
		}
		id, err := w.claims.commitOf(ctx, w.name, change, p, 0)
		if err != nil {
			return err
		}
		if id != git.ZeroID {
			part.Commit, err = w.describe(ctx, id)
			return err
		}
	}
	return nil
}

// pieceOfLack is what of a change is lacking, in the places of the branch's files. A
// lack says how many lines it removes, and not which.
func pieceOfLack(l hunk.Lack, change hunk.Change) (piece hunk.Piece, ok bool) {
	p := hunk.Piece{Hunk: hunk.Hunk{NewStart: l.Start, New: l.Lines}, By: l.By}
	if change.Name != l.By || change.Tip == nil || len(l.Lines) > 0 || l.Removes == 0 {
		return p, change.Name == l.By
	}
	for _, h := range hunk.Diff(change.Base, change.Tip) {
		if h.NewStart == l.Start && len(h.Old) > 0 {
			p.OldStart, p.Old = h.OldStart, h.Old
			return p, true
		}
	}
	return p, false
}

func (w *whyInquiry) recordOf(branch string) *BranchRecord {
	n, err := w.site.Scheme.Parse(branch)
	if err != nil {
		return nil
	}
	return w.site.record(n.Key())
}
