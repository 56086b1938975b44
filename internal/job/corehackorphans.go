package job

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
)

// ExtractOrphans compares a tree with its pin and makes branches of what no branch
// explains. Series, Pin and Tree of the second request follow from the tree.
// Contents that may be secret are not taken along, and said.
func ExtractOrphans(ctx context.Context, site *Site, request CorehackRequest, to ExtractRequest) (*ExtractReport, int, error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	q, err := site.inquire(ctx, request)
	if err != nil {
		return nil, 0, err
	}
	hidden, err := newHiding(site.Config.Corehack.Exclude, request.Exclude, request.Baseline)
	if err != nil {
		return nil, 0, err
	}
	to.Series, to.Pin, to.Tree = q.series, git.ID(q.pin.Commit), q.tree.Name
	var files []extractFile
	var left []NotExtracted
	var strange []string
	for _, f := range q.result.Findings {
		if hidden.excludes(f.Path) {
			continue
		}
		more, reason, err := q.orphans(ctx, f)
		if err != nil {
			return nil, 0, fmt.Errorf("take %s along: %w", ShowPath(f.Path), err)
		}
		if reason != "" {
			left = append(left, NotExtracted{At(f.Path), reason})
		}
		if f.Class == corehack.Unknown && f.Code {
			for _, file := range more {
				strange = append(strange, ShowPath(file.Path))
			}
		}
		files = append(files, more...)
	}
	report, run, err := extract(ctx, site, to, files)
	if err != nil {
		return nil, run, err
	}
	report.Left = append(append([]NotExtracted{}, left...), report.Left...)
	if len(strange) > 0 {
		report.Warnings = append(report.Warnings, Warning{
			ID:   "unknown-code",
			Text: "upstream never had " + strings.Join(strange, ", ") + ": look at that code before you use the branch, it may be a break-in",
		})
	}
	return report, run, nil
}

// orphans are the files of a finding that belong into a branch, or the reason why
// they do not.
func (q *inquiry) orphans(ctx context.Context, f corehack.Finding) (files []extractFile, reason string, err error) {
	r, pieces, err := q.explained(ctx, f)
	if err != nil || !r.Orphan {
		return nil, "", err
	}
	switch {
	case f.Secret:
		return nil, "it may hold passwords or keys", nil
	case q.decisions.of(r.Fingerprint) != nil && q.decisions.of(r.Fingerprint).Decision != DecisionPort:
		return nil, "it was decided to " + q.decisions.of(r.Fingerprint).Decision + " it", nil
	case f.Folder:
		return q.orphansBelow(ctx, f)
	}
	file := extractFile{Path: f.Path, Component: r.Component, Pieces: q.undecided(r, pieces)}
	if file.Pristine, err = q.pristineSide(ctx, f.Path); err != nil {
		return nil, "", err
	}
	if file.Live, err = q.liveSide(f); err != nil {
		return nil, "it cannot be read: " + err.Error(), nil
	}
	file.Whole = f.Class != corehack.Modified || r.Binary || !hasPieces(file)
	return []extractFile{file}, "", nil
}

// undecided leaves out the orphaned pieces that somebody decided about in another
// way: a decision is as good as a branch. What only the deployment target has is
// no branch's.
func (q *inquiry) undecided(r Finding, pieces []hunk.Piece) []hunk.Piece {
	kept := make([]hunk.Piece, len(pieces))
	for i, p := range pieces {
		if p.By == q.claims.target() {
			p.By = ""
		}
		kept[i] = p
		if d := r.Hunks[i].Decision; d != nil && d.Decision != DecisionPort && p.By == "" {
			kept[i].By = "decided: " + d.Decision
		}
	}
	return kept
}

// hasPieces reports whether both sides are files that are compared line by line.
func hasPieces(f extractFile) bool {
	return f.Pristine != nil && f.Live != nil && isRegular(f.Pristine.Mode) && isRegular(f.Live.Mode)
}

// orphansBelow are the files of a folder that is gone, those left out that a
// branch removes.
func (q *inquiry) orphansBelow(ctx context.Context, f corehack.Finding) ([]extractFile, string, error) {
	var files []extractFile
	for _, name := range sortedNames(q.pristine) {
		if !strings.HasPrefix(name, f.Path+"/") {
			continue
		}
		if q.claims.removing(name) != "" {
			continue
		}
		side, err := q.pristineSide(ctx, name)
		if err != nil {
			return nil, "", err
		}
		files = append(files, extractFile{Path: name, Component: q.componentOf(name), Pristine: side, Whole: true})
	}
	return files, "", nil
}

func (q *inquiry) pristineSide(ctx context.Context, name string) (*extractSide, error) {
	f, ok := q.pristine[name]
	if !ok {
		return nil, nil
	}
	data, err := q.site.Repo.Store().Blob(ctx, f.ID)
	if err != nil {
		return nil, err
	}
	return &extractSide{Mode: f.Mode, Content: data}, nil
}

// errTooStrange says that a file is neither a regular one nor missing.
var errTooStrange = errors.New("it is a link")

func (q *inquiry) liveSide(f corehack.Finding) (*extractSide, error) {
	if f.Live.Mode == 0 {
		return nil, nil
	}
	if !isRegular(f.Live.Mode) {
		return nil, errTooStrange
	}
	data, err := q.tree.Read(f.Path, maxContent)
	if err != nil {
		return nil, err
	}
	return &extractSide{Mode: f.Live.Mode, Content: data}, nil
}
