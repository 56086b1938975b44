package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/rebase"
	"mgit/internal/upgrade"
)

// supersede drops the branches whose records say that they go when Moodle has solved
// some issues, where the new base has all of these. What somebody decided in the ledger
// wins, and what was carried before stays carried.
func (p *RebasePlan) supersede(ctx context.Context) error {
	if p.request.command != "" {
		return nil // a person works on this branch
	}
	asked := make(map[int][]string)
	var all []string
	for i, d := range p.branches {
		if d.outcome != "" || d.newRef.Name != "" || d.isDecided() {
			continue
		}
		if rule := p.site.Config.Records[d.Key()].SupersededBy; len(rule) > 0 {
			asked[i] = rule
			all = append(all, rule...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	found, err := rebase.FindSettled(ctx, p.site.Repo, git.ID(p.Onto.Commit), slices.Compact(all))
	if err != nil {
		return fmt.Errorf("look for what supersedes branches: %w", err)
	}
	for i, rule := range asked {
		p.branches[i].supersedeBy(rule, found)
	}
	return nil
}

// isDecided reports whether somebody entered into the ledger that the branch is to be
// rebased. A run enters that too, for every branch that it moves or parks.
func (d *plannedBranch) isDecided() bool {
	e := d.entry
	if e == nil || e.Disposition == "" {
		return false
	}
	switch e.Outcome {
	case "", upgrade.OutcomeDropped, upgrade.OutcomeHeld:
		return true
	}
	return e.Reason != ""
}

// supersedeBy drops the branch where all the issues are in, or says what it waits for.
func (d *plannedBranch) supersedeBy(rule []string, found map[string]rebase.Settled) {
	var in, out []string
	for _, issue := range rule {
		s := found[issue]
		switch {
		case s.IsIn():
			in = append(in, issue+" ("+arrival(ID(s.By), s.Release)+")")
		case s.By != git.ZeroID:
			out = append(out, fmt.Sprintf("%s, which %s took back", issue, ID(s.Undo).Short()))
		default:
			out = append(out, issue)
		}
	}
	if len(out) > 0 {
		d.reason = strings.TrimPrefix(d.reason+"; it stays until Moodle has "+strings.Join(out, " and "), "; ")
		return
	}
	d.superseded, d.outcome = true, upgrade.OutcomeDropped
	d.reason = "superseded by " + strings.Join(in, " and ")
}
