package job

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mgit/internal/assemble"
	"mgit/internal/git"
	"mgit/internal/release"
	"mgit/internal/tree"
)

// recordedStep is a step as a target's history has it.
type recordedStep struct {
	release.Step
	after git.ID // the tree it was followed by
	// isPart tells that the commit it was made in merged more than this.
	isPart bool
}

// longSteps are all steps of a line in order. What came in with a merge of another
// line of merges is one step with it.
func longSteps(line *assemble.Line) []recordedStep {
	var all []recordedStep
	for _, k := range line.Links {
		if k.Aside || k.Kind == assemble.Join || k.Kind == assemble.Part && len(k.Steps) == 0 {
			continue
		}
		subject, _, _ := strings.Cut(k.Commit.Message, "\n")
		if k.Kind == assemble.Direct {
			all = append(all, recordedStep{Step: release.Step{Kind: release.ByHand, Name: oneLine(subject), Tip: k.Commit.ID}, after: k.Commit.Tree})
			continue
		}
		for i, s := range k.Steps {
			step := release.Step{Kind: release.Branch, Name: s.Name, Tip: s.Tip, Ticket: trailer(k.Commit.Message, "Mgit-Ticket")}
			switch {
			case s.Name == "":
				step.Kind, step.Name = release.Foreign, oneLine(cmp.Or(k.Named, subject))
			case s.Upstream:
				step.Kind = release.Upstream
			}
			if k.Kind != assemble.Part {
				step.Resolutions = trailers(k.Commit.Message, "Mgit-Resolution")
			}
			all = append(all, recordedStep{Step: step, after: k.Commit.Tree, isPart: i+1 < len(k.Steps)})
		}
	}
	return all
}

// shortSteps are each branch with its last tip, and the newest upstream tag.
func shortSteps(line *assemble.Line, long []recordedStep) []recordedStep {
	var all []recordedStep
	for _, s := range line.Steps() {
		if s.Name == "" {
			return nil // a commit of upstream without a tag
		}
		step := recordedStep{Step: release.Step{Kind: release.Branch, Name: s.Name, Tip: s.Tip}}
		if s.Upstream {
			step.Kind = release.Upstream
		}
		for _, l := range long {
			if l.Kind == step.Kind && l.Name == step.Name {
				step.Ticket, step.Resolutions, step.after = cmp.Or(l.Ticket, step.Ticket), l.Resolutions, l.after
			}
		}
		all = append(all, step)
	}
	return all
}

// trailers returns the values of a trailer of a message; see
// git-interpret-trailers(1).
func trailers(message, name string) []string {
	var values []string
	for line := range strings.Lines(message) {
		if value, ok := strings.CutPrefix(line, name+": "); ok {
			values = append(values, oneLine(value))
		}
	}
	return values
}

func trailer(message, name string) string {
	return append(trailers(message, name), "")[0]
}

// recordedContent is what the commits of a target's history say of the steps
// that were made there.
type recordedContent struct {
	store tree.Reader
	steps []recordedStep
	// onlyConflicts leaves out what a merge holds beyond those.
	onlyConflicts bool
}

func (c recordedContent) settle(ctx context.Context, i int, paths []string) ([]release.File, bool, error) {
	files := make([]release.File, 0, len(paths))
	for _, path := range paths {
		at, err := tree.At(ctx, c.store, c.steps[i].after, path)
		if err != nil {
			return nil, false, err
		}
		files = append(files, release.File{Path: path, Mode: at.File.Mode, ID: at.File.ID})
	}
	return files, true, nil
}

func (c recordedContent) complete(ctx context.Context, i int, merged git.ID) ([]release.File, error) {
	if c.onlyConflicts || c.steps[i].isPart {
		return nil, nil
	}
	var files []release.File
	err := tree.Diff(ctx, c.store, merged, c.steps[i].after, func(change tree.Change) error {
		files = append(files, release.File{Path: change.Path, Mode: change.To.Mode, ID: change.To.ID})
		return nil
	})
	return files, err
}

// write returns the steps that make a tree, and their form: the short one where
// that is enough. The steps are nil where none does, and stuck is why.
func (s *Site) writeSteps(ctx context.Context, scratch *git.Scratch, line *assemble.Line, want git.ID) (steps []release.Step, form release.Form, stuck *stuckStep, err error) {
	long := longSteps(line)
	short := shortSteps(line, long)
	last := slices.Clone(short)
	for i := range last {
		last[i].after = want
	}
	for _, try := range []struct {
		form  release.Form
		steps []recordedStep
	}{{release.Short, short}, {release.Short, last}, {release.Long, long}} {
		if try.form == release.Short && (len(try.steps) == 0 || slices.ContainsFunc(try.steps, func(s recordedStep) bool { return s.after == git.ZeroID })) && len(long) > 0 {
			continue
		}
		made, steps, err := s.tryRecorded(ctx, scratch, line.Base, try.steps, try.form == release.Short)
		if err != nil {
			return nil, "", nil, err
		}
		if stuck = made.stuck; stuck == nil && made.tree == want {
			return steps, try.form, nil, nil
		}
	}
	return nil, "", stuck, nil
}

// tryRecorded makes steps with what the target's history says of them, and returns
// them with the files that merging alone did not give. What cannot be merged
// at all, for it is nobody's branch and has no history in common with the rest,
// becomes a change.
func (s *Site) tryRecorded(ctx context.Context, scratch *git.Scratch, base git.ID, recorded []recordedStep, onlyConflicts bool) (*madeRelease, []release.Step, error) {
	recorded = slices.Clone(recorded)
	steps := make([]release.Step, len(recorded))
	for {
		for i, r := range recorded {
			steps[i] = r.Step
		}
		own, err := s.ownOfRelease(ctx, base, steps)
		if err != nil {
			return nil, nil, err
		}
		maker := &releaseMaker{
			site: s, scratch: scratch, own: own, base: base, steps: steps, committer: proverSignature(), jobs: s.Config.Jobs,
			content: recordedContent{scratch, recorded, onlyConflicts},
		}
		made, err := maker.make(ctx)
		if err != nil {
			return nil, nil, err
		}
		if made.stuck != nil && made.stuck.step.Kind == release.Foreign && !onlyConflicts {
			recorded[made.stuck.at].Kind = release.ByHand
			continue
		}
		for i := range steps {
			if steps[i].Files = made.files[i]; len(made.files[i]) == 0 {
				steps[i].Resolutions = nil
			}
		}
		return made, steps, nil
	}
}
