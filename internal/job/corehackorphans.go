package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/corehack"
	"mgit/internal/git"
	"mgit/internal/hunk"
)

// ExtractOrphans compares a tree with its pin and makes branches of what no branch
// explains. Series, Pin and Tree of the second request follow from the tree.
// What is not taken along, such as contents that may be secret, is said. A baseline
// is refused with a *UsageError: it says what was known and not what to do about it.
func ExtractOrphans(ctx context.Context, site *Site, request CorehackRequest, to ExtractRequest) (*ExtractReport, int, error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	if request.Baseline != nil {
		return nil, 0, &UsageError{Text: "--baseline is for the report", Hint: "leave it away, or leave paths out with --exclude"}
	}
	q, err := site.inquire(ctx, request)
	if err != nil {
		return nil, 0, err
	}
	defer q.close()
	hidden, err := newHiding(site.Config.Corehack.Exclude, request.Exclude, request.Baseline)
	if err != nil {
		return nil, 0, err
	}
	to.Series, to.Pin, to.Tree = q.series, git.ID(q.pin.Commit), q.tree.Name
	var files []extractFile
	var left []NotExtracted
	strange := make(map[string]bool) // code that upstream never had
	for _, f := range q.result.Findings {
		if hidden.excludes(f.Path, f.Folder) {
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
				strange[file.Path] = true
			}
		}
		files = append(files, more...)
	}
	report, run, err := extract(ctx, site, to, files)
	if err != nil {
		return nil, run, err
	}
	report.Left = append(report.Left, left...)
	slices.SortStableFunc(report.Left, func(a, b NotExtracted) int { return strings.Compare(a.Raw, b.Raw) })
	report.warnOf(strange)
	return report, run, nil
}

// warnOf warns of the strange files that are in a branch now.
func (r *ExtractReport) warnOf(strange map[string]bool) {
	var found []string
	for _, b := range r.Branches {
		for _, f := range b.Files {
			if strange[f.Raw] {
				found = append(found, ShowPath(f.Raw))
			}
		}
	}
	if len(found) == 0 {
		return
	}
	r.Warnings = append(r.Warnings, Warning{
		ID:   "unknown-code",
		Text: "upstream never had " + strings.Join(found, ", ") + ": look at that code before you use the branch, it may be a break-in",
	})
}

// orphans are the files of a finding that belong into a branch, or the reason why
// they do not.
func (q *inquiry) orphans(ctx context.Context, f corehack.Finding) (files []extractFile, reason string, err error) {
	r, pieces, err := q.explained(ctx, f)
	if err != nil || !r.Orphan {
		return nil, "", err
	}
	switch {
	case isVersionFile(f.Path):
		return nil, "version.php says which build a tree is; what was changed there does not belong into a branch", nil
	case f.Secret:
		return nil, "it may hold passwords or keys", nil
	case q.decisions.of(r.Fingerprint) != nil && q.decisions.of(r.Fingerprint).Decision != DecisionPort:
		return nil, "it was decided to " + q.decisions.of(r.Fingerprint).Decision + " it", nil
	case f.Folder:
		return q.orphansBelow(ctx, f)
	}
	pieces, words := q.undecided(r, pieces)
	reason = decidedReason(words, pieces)
	if !hasOrphan(pieces) {
		return nil, reason, nil
	}
	file := extractFile{Path: f.Path, Component: r.Component, Pieces: pieces}
	if file.Pristine, err = q.pristineSide(ctx, f.Path); err != nil {
		return nil, "", err
	}
	file.Live, err = q.liveSide(f)
	switch {
	case errors.Is(err, errTooStrange):
		return nil, err.Error(), nil
	case err != nil:
		return nil, "it cannot be read: " + err.Error(), nil
	}
	file.Whole = f.Class != corehack.Modified || r.Binary || !hasPieces(file)
	return []extractFile{file}, reason, nil
}

// isVersionFile reports whether a path is that of core's version.php. Sites bump it
// by hand; in a branch it would conflict with every build.
func isVersionFile(path string) bool { return path == "version.php" || path == "public/version.php" }

// undecided leaves out the orphaned pieces that somebody decided about in another
// way, and returns the decisions: they are as good as a branch. What only the deployment
// target has is no branch's.
func (q *inquiry) undecided(r Finding, pieces []hunk.Piece) (kept []hunk.Piece, words []string) {
	kept = make([]hunk.Piece, len(pieces))
	for i, p := range pieces {
		if p.By == q.claims.target() {
			p.By = ""
		}
		kept[i] = p
		if d := r.Hunks[i].Decision; d != nil && d.Decision != DecisionPort && p.By == "" {
			kept[i].By = decidedBy + d.Decision
			words = append(words, d.Decision)
		}
	}
	return kept, words
}

func hasOrphan(pieces []hunk.Piece) bool {
	return slices.ContainsFunc(pieces, func(p hunk.Piece) bool { return p.By == "" })
}

// decidedReason says why pieces of a file that were decided about are in no branch;
// "" where there are none.
func decidedReason(words []string, pieces []hunk.Piece) string {
	if len(words) == 0 {
		return ""
	}
	n := len(words)
	text := strings.Join(slices.Compact(slices.Sorted(slices.Values(words))), " or ")
	switch {
	case !hasOrphan(pieces):
		return "it was decided to " + text + " it"
	case n == 1:
		return "1 hunk of it was decided about: " + text
	}
	return fmt.Sprintf("%d hunks of it were decided about: %s", n, text)
}

// hasPieces reports whether both sides are files that are compared line by line.
func hasPieces(f extractFile) bool {
	return f.Pristine != nil && f.Live != nil && isRegular(f.Pristine.Mode) && isRegular(f.Live.Mode)
}

// orphansBelow are the files of a folder that is gone, those left out that a
// branch removes. A heap of files that upstream never had is for a person to look
// through.
func (q *inquiry) orphansBelow(ctx context.Context, f corehack.Finding) ([]extractFile, string, error) {
	if f.Class != corehack.Missing {
		return nil, fmt.Sprintf("it is a folder of %d files that upstream never had: begin a branch with what belongs to Moodle", f.Files), nil
	}
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
