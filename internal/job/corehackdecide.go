package job

import (
	"context"
	"fmt"
	"slices"
)

// DecideFindingRequest names what is decided on: the orphaned hunks of a file, or
// the one at a line.
type DecideFindingRequest struct {
	Tree     CorehackRequest // where the finding is
	Path     string
	Line     int    // of the tree's file; 0 for all orphaned hunks
	Decision string // "none" takes decisions back
	Reason   string
	DryRun   bool
}

// DecideFinding writes a decision about a finding of a report to the mgit
// branch. Each hunk is decided on for itself, so that a change of one asks again
// for that one only.
func DecideFinding(ctx context.Context, site *Site, request DecideFindingRequest) (*DecideReport, int, error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	report, err := Corehack(ctx, site, request.Tree)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(report.Findings, func(f Finding) bool { return f.Raw == request.Path || f.Path == request.Path })
	if i < 0 {
		return nil, 0, &UsageError{
			Text: fmt.Sprintf("%s of %s is no finding", ShowPath(request.Path), report.Tree),
			Hint: "mgit corehack-report lists the findings; paths are relative to the tree",
		}
	}
	on, err := decideOn(report.Findings[i], request)
	if err != nil {
		return nil, 0, err
	}
	return Decide(ctx, site, DecideRequest{Fingerprints: on, Decision: request.Decision, Reason: request.Reason, DryRun: request.DryRun})
}

// decideOn lists what a decision about a finding holds for.
func decideOn(f Finding, request DecideFindingRequest) ([]DecideOn, error) {
	if len(f.Hunks) == 0 || f.Class != ClassModified {
		if request.Line > 0 {
			return nil, &UsageError{Text: fmt.Sprintf("%s is %s as a whole: there are no lines to decide on", ShowPath(f.Raw), f.Class), Hint: "leave the line away"}
		}
		return []DecideOn{{Fingerprint: f.Fingerprint, Path: f.Raw, Class: f.Class}}, nil
	}
	var on []DecideOn
	for _, h := range f.Hunks {
		if request.Line > 0 && !h.covers(request.Line) || request.Line == 0 && h.Branch != nil {
			continue
		}
		on = append(on, DecideOn{Fingerprint: h.Fingerprint, Path: f.Raw, Class: f.Class})
	}
	switch {
	case len(on) > 0:
		return on, nil
	case request.Line > 0:
		return nil, &UsageError{Text: fmt.Sprintf("line %d of %s is as upstream has it", request.Line, ShowPath(f.Raw)), Hint: "mgit corehack-report --diff shows which lines differ"}
	}
	return nil, &UsageError{Text: ShowPath(f.Raw) + " is explained by branches: there is nothing to decide"}
}

// covers reports whether a hunk is at a line of the tree; a removal is at the line
// before which it was.
func (h FindingHunk) covers(line int) bool {
	return h.Start <= line && line < h.Start+max(h.Lines, 1)
}
