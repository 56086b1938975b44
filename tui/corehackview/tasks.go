package corehackview

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// offerDecisions asks what is to become of the selection.
func (v *View) offerDecisions() tea.Cmd {
	r, found := v.list.Selected()
	switch {
	case found && r.missing != nil:
		return screen.Says(theme.Attention, "that is not to be decided but to be deployed: "+r.missing.Target+" has it")
	case !found || r.finding == nil:
		return screen.Says(theme.Attention, "choose a finding first")
	case !r.isOrphan():
		return screen.Says(theme.Attention, "a branch explains it: there is nothing to decide")
	}
	word := decideWord(r)
	var choices []screen.Choice
	for i, decision := range job.DecisionWords() {
		choices = append(choices, screen.Choice{
			Key: []string{"p", "d", "r", "k"}[i], Text: decision, Help: report.DecisionMeans(decision),
			Take: func() tea.Cmd { return v.askReason(r, word, decision) },
		})
	}
	none := screen.Choice{Key: "n", Text: job.DecisionNone, Help: "take the decision back", Take: func() tea.Cmd { return v.decide(word, job.DecisionNone, "") }}
	if words := r.decisions(); len(words) == 1 && words[0] == undecided {
		none.Disabled = "nobody has decided yet"
	}
	return screen.Offers("What is to become of "+word+"?", append(choices, none)...)
}

// decideWord is what `mgit decide` takes for the row. A file is one decision, about all of its hunks that
// nobody has decided on; a hunk is one of its own.
func decideWord(r row) string {
	if r.theHunk() != nil {
		return r.word()
	}
	return job.ShowPath(r.path())
}

func (v *View) askReason(r row, word, decision string) tea.Cmd {
	initial := ""
	if h := r.theHunk(); h != nil && h.Decision != nil {
		initial = h.Decision.Reason
	}
	return screen.Asks(screen.Prompt{
		Label: "Why " + decision, Initial: initial,
		Check: func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "a decision needs a reason: in a year nobody knows why"
			}
			return ""
		},
		Done: func(text string) tea.Cmd { return v.decide(word, decision, strings.TrimSpace(text)) },
	})
}

// decided is what a decision changed.
type decided struct {
	report *job.DecideReport
	run    int
}

func (v *View) decide(word, decision, reason string) tea.Cmd {
	tree, wrong := v.request()
	request := job.DecideFindingRequest{Tree: tree, Word: word, Decision: decision, Reason: reason, Baseline: v.baseline}
	do := func(ctx context.Context, site *job.Site, p *screen.Progress, dryRun bool) (decided, error) {
		if wrong != nil {
			return decided{}, wrong
		}
		r := request
		r.DryRun, r.Tree.Progress = dryRun, screen.Reading(p)
		made, run, err := v.asks.decide(ctx, site, r)
		return decided{made, run}, err
	}
	return screen.Start(screen.Task{
		Title:   "Decide on " + word + ": " + decision,
		Command: v.decideCommand(word, decision, reason),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			made, err := do(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			shared, err := screen.SharedMove(ctx, site)
			return previewOfDecision(made.report, shared), err
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			return do(ctx, site, p, false)
		},
		Done: func(result any) (string, tea.Cmd) {
			made := result.(decided)
			return fmt.Sprintf("%s: %s.%s", word, decision, report.RunSentence(made.run, false)), nil
		},
	})
}

func (v *View) decideCommand(word, decision, reason string) []string {
	words := []string{"decide", word, decision}
	if reason != "" {
		words = append(words, "--reason", reason)
	}
	if v.tree.Tree != "" {
		words = append(words, "--tree", v.tree.Tree)
	}
	if v.baseline != "" {
		words = append(words, "--baseline", v.baseline)
	}
	return append(words, v.seriesFlag()...)
}

func previewOfDecision(r *job.DecideReport, shared screen.Move) screen.Preview {
	p := screen.Preview{}
	if r.Changed > 0 {
		p.Moves = []screen.Move{shared}
		p.Lines = append(p.Lines, fmt.Sprintf("decisions.toml on the mgit branch: %d entered as %s", r.Changed, r.Decision))
	}
	for _, d := range r.Decided {
		if d.Was != nil && d.Changed {
			p.Lines = append(p.Lines, fmt.Sprintf("before%s: %s", at(d.Line), report.DecisionWords(d.Was)))
		}
	}
	for _, d := range r.Kept {
		p.Lines = append(p.Lines, fmt.Sprintf("stays%s, decided for itself: %s", at(d.Line), report.DecisionWords(d.Was)))
	}
	if b := r.Baseline; b != nil && b.Changed {
		verb := "enters"
		if !b.Listed {
			verb = "goes out of"
		}
		p.Lines = append(p.Lines, "it "+verb+" "+b.Path+"; z takes back the decision and not this file")
	} else if b != nil && b.Undecided > 0 {
		p.Lines = append(p.Lines, fmt.Sprintf("%s stays as it is: %s of the file not decided on yet", b.Path, report.Count(b.Undecided, "hunk", "hunks")))
	}
	if r.Changed == 0 && (r.Baseline == nil || !r.Baseline.Changed) {
		p.Nothing = "it is decided so already"
	}
	return p
}

func at(line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf(", at line %d", line)
}

// extracted is what became of the orphans.
type extracted struct {
	report *job.ExtractReport
	run    int
}

// extract makes branches of the orphans of the tree.
func (v *View) extract() tea.Cmd {
	if report, known := v.report.Value(); !known || report.Undecided == 0 && !hasPort(report) {
		return screen.Says(theme.Attention, "there is nothing here that no branch explains and that is to become a branch")
	}
	tree, wrong := v.request()
	do := func(ctx context.Context, site *job.Site, p *screen.Progress, dryRun bool) (extracted, error) {
		if wrong != nil {
			return extracted{}, wrong
		}
		request := tree
		request.Progress = screen.Reading(p)
		made, run, err := v.asks.extract(ctx, site, request, job.ExtractRequest{DryRun: dryRun})
		return extracted{made, run}, err
	}
	command := []string{"corehack-report"}
	if v.tree.Tree != "" {
		command = append(command, v.tree.Tree)
	}
	return screen.Start(screen.Task{
		Title:   "Make branches of what no branch explains in " + screen.TreeName(v.tree),
		Command: append(append(command, "--extract"), v.seriesFlag()...),
		Plan: func(ctx context.Context, site *job.Site, p *screen.Progress) (screen.Preview, error) {
			made, err := do(ctx, site, p, true)
			if err != nil {
				return screen.Preview{}, err
			}
			shared, err := screen.SharedMove(ctx, site)
			return previewOfExtract(made.report, shared), err
		},
		Work: func(ctx context.Context, site *job.Site, p *screen.Progress) (any, error) {
			return do(ctx, site, p, false)
		},
		Done: func(result any) (string, tea.Cmd) {
			made := result.(extracted)
			return report.Count(len(made.report.Branches), "branch", "branches") + " made." + report.RunSentence(made.run, false), nil
		},
	})
}

func hasPort(r *job.CorehackReport) bool {
	for i := range r.Findings {
		file := row{finding: &r.Findings[i], hunk: -1}
		for _, word := range file.decisions() {
			if word == job.DecisionPort {
				return true
			}
		}
	}
	return false
}

func previewOfExtract(r *job.ExtractReport, shared screen.Move) screen.Preview {
	p := screen.Preview{}
	for _, w := range r.Warnings {
		p.Lines = append(p.Lines, "! "+w.Text)
	}
	for _, b := range r.Branches {
		p.Moves = append(p.Moves, screen.Move{Ref: "refs/heads/" + b.Name, New: screen.MadeByRun})
		on := b.Base.Tag
		if on == "" {
			on = b.Base.Commit.Short()
		}
		p.Lines = append(p.Lines, fmt.Sprintf("%s: %s of %s, on %s", b.Name, report.Count(b.Hunks, "hunk", "hunks"), report.Count(len(b.Files), "file", "files"), on))
		if b.Reason != "" {
			p.Lines = append(p.Lines, "  "+b.Reason)
		}
		for _, f := range b.Files {
			p.Lines = append(p.Lines, "  "+job.ShowPath(f.Raw))
		}
	}
	for _, l := range r.Left {
		p.Lines = append(p.Lines, job.ShowPath(l.Raw)+" is not taken along: "+l.Reason)
	}
	if len(r.Branches) > 0 {
		p.Moves = append(p.Moves, shared)
		p.Lines = append(p.Lines, "the records of the branches are entered in mgit.toml on the mgit branch")
	}
	if len(r.Branches) == 0 {
		p.Nothing = "nothing can be taken along"
		if len(r.Left) > 0 {
			p.Nothing += ": " + job.ShowPath(r.Left[0].Raw) + ", " + r.Left[0].Reason
		}
	}
	return p
}
