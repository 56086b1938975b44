package job

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// DecideFindingRequest names what is decided on: the orphaned hunks of a file, or
// the one at a line.
type DecideFindingRequest struct {
	Tree     CorehackRequest // where the finding is
	Word     string          // PATH or PATH:LINE, the line one of the tree's file; see [inquiry.resolve]
	Decision string          // "none" takes decisions back
	Reason   string
	// Baseline is the file of an earlier report, which gets the finding once all of it is
	// decided on, so that a report with this baseline lists it no more; "" for none.
	Baseline string
	DryRun   bool
}

// DecideFinding writes a decision about a finding of a report to the mgit
// branch. Each hunk is decided on for itself, so that a change of one asks again
// for that one only. A decision about a whole file leaves the hunks alone that
// were decided otherwise before; one about a line replaces what was decided there.
func DecideFinding(ctx context.Context, site *Site, request DecideFindingRequest) (*DecideReport, int, error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	decide := DecideRequest{Decision: request.Decision, Reason: request.Reason, DryRun: request.DryRun}
	if err := decide.checkDecision(); err != nil {
		return nil, 0, err
	}
	var base *baselineFile
	if request.Baseline != "" {
		var err error
		if base, err = openBaseline(request.Baseline); err != nil {
			return nil, 0, err
		}
	}
	q, err := site.inquire(ctx, request.Tree)
	if err != nil {
		return nil, 0, err
	}
	defer q.close()
	report, err := q.report(ctx)
	if err != nil {
		return nil, 0, err
	}
	path, line := q.resolve(request.Word)
	f, err := report.findingAt(path)
	if err != nil {
		return nil, 0, err
	}
	on, err := f.decideOn(line)
	if err != nil {
		return nil, 0, err
	}
	var kept []Decided
	decide.Line = line
	decide.Fingerprints, kept = keepDecided(on, decide)
	if len(decide.Fingerprints) == 0 {
		return nil, 0, alreadyDecided(f, kept, request.Decision)
	}
	made, run, err := Decide(ctx, site, decide)
	if err != nil {
		return nil, run, err
	}
	made.Kept = append(made.Kept, kept...)
	if base == nil {
		return made, run, nil
	}
	if err := base.set(f, decide.Fingerprints, decide.Decision); err != nil {
		return nil, run, err
	}
	if !request.DryRun {
		if err := base.write(); err != nil {
			return nil, run, fmt.Errorf("the decision is entered, and the baseline is not: %w", err)
		}
	}
	made.Baseline = &base.change
	return made, run, nil
}

// findingAt is the finding at a path. The error is a *UsageError that says why
// there is none.
func (r *CorehackReport) findingAt(path string) (Finding, error) {
	if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Raw == path }); i >= 0 {
		return r.Findings[i], nil
	}
	place := ShowPath(path) + " of " + ShowPath(r.Tree)
	if i := slices.IndexFunc(r.MissingFromLive, func(m MissingChange) bool { return m.Raw == path }); i >= 0 {
		return Finding{}, &UsageError{
			Text: fmt.Sprintf("%s is missing a change of %s; that is not to be decided but to be deployed", place, r.MissingFromLive[i].Branch),
			Hint: r.MissingFromLive[i].Target + " has it",
		}
	}
	return Finding{}, &UsageError{
		Text: place + " is no finding",
		Hint: "mgit corehack-report lists the findings; paths are relative to the tree",
	}
}

// decidable is something that a decision can be about, with the decision it has.
type decidable struct {
	on  DecideOn
	was *Decision
}

// decideOn lists what a decision about a finding, or a line of it, holds for.
func (f Finding) decideOn(line int) ([]decidable, error) {
	var on []decidable
	if len(f.Hunks) == 0 || f.Class != ClassModified {
		if line > 0 {
			return nil, &UsageError{Text: fmt.Sprintf("%s is %s as a whole: there are no lines to decide on", ShowPath(f.Raw), f.Class), Hint: "leave the line away"}
		}
		on = append(on, decidable{DecideOn{Fingerprint: f.Fingerprint, Path: f.Raw, Class: f.Class}, f.Decision})
		return on, f.mustBeKnown(on)
	}
	for _, h := range f.Hunks {
		if line > 0 && !h.covers(line) || line == 0 && h.Branch != nil {
			continue
		}
		on = append(on, decidable{DecideOn{Fingerprint: h.Fingerprint, Path: f.Raw, Class: f.Class, Line: h.Start}, h.Decision})
	}
	switch {
	case len(on) > 0:
		return on, f.mustBeKnown(on)
	case line > 0:
		return nil, &UsageError{Text: fmt.Sprintf("line %d of %s is as upstream has it", line, ShowPath(f.Raw)), Hint: "mgit corehack-report --diff shows which lines differ"}
	}
	return nil, &UsageError{Text: ShowPath(f.Raw) + " is explained by branches: there is nothing to decide"}
}

// mustBeKnown refuses to decide on a content that was not read: the decision would
// hold for whatever stands there tomorrow.
func (f Finding) mustBeKnown(on []decidable) error {
	if !slices.ContainsFunc(on, func(d decidable) bool { return d.on.Fingerprint == "" }) {
		return nil
	}
	return &UsageError{Text: ShowPath(f.Raw) + " was not read: a decision on it would hold for whatever stands there tomorrow"}
}

// keepDecided parts what is decided on now from what was decided otherwise before
// and is not named by its line. Taking decisions back takes back all.
func keepDecided(all []decidable, request DecideRequest) (on []DecideOn, kept []Decided) {
	whole := request.Line == 0 && request.Decision != DecisionNone
	for _, d := range all {
		isOther := d.was != nil && (d.was.Decision != request.Decision || d.was.Reason != strings.TrimSpace(request.Reason))
		if whole && isOther && d.on.Line > 0 {
			kept = append(kept, Decided{Fingerprint: d.on.Fingerprint, Place: At(d.on.Path), Line: d.on.Line, Class: d.on.Class, Was: d.was})
			continue
		}
		on = append(on, d.on)
	}
	return on, kept
}

// alreadyDecided says that a decision about a whole file leaves nothing to decide.
func alreadyDecided(f Finding, kept []Decided, word string) error {
	first := kept[0]
	text := fmt.Sprintf("%s was decided before: %s (%s)", ShowPath(f.Raw), first.Was.Decision, first.Was.Reason)
	if more := len(kept) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return &UsageError{Text: text, Hint: fmt.Sprintf("name the line to change that: mgit decide %s:%d %s", ShowPath(f.Raw), first.Line, word)}
}

// covers reports whether a hunk is at a line of the tree; a removal is at the line
// before which it was.
func (h FindingHunk) covers(line int) bool {
	return h.Start <= line && line < h.Start+max(h.Lines, 1)
}
