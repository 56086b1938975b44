package job

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/git"
	"mgit/internal/rebase"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// trackerTriage adds to the branches that wait to be moved what a triage says of them: what
// would become of each, its conflicts, and what Moodle has of it by now. That is told once
// for a release: a branch that people still work on would get a note at every sync, and
// the run itself tells in the end what became of it. Only names branches; nil is all. Where
// all is told, nothing is replayed.
func (s *Site) trackerTriage(ctx context.Context, ledger *upgrade.Ledger, u *tracker.Upgrade, mirror *tracker.Mirror, only []string) error {
	ids := make(map[string]string)
	var names []string
	for _, name := range sortedNames(ledger.Entries) {
		e := ledger.Entries[name]
		_, _, present := s.refs.present(name, s.internal)
		isOpen := trackerState(e) == upgrade.StateTodo && e.Disposition != upgrade.DispositionReplace
		if !present || !isOpen || ledger.OntoCommit == git.ZeroID || only != nil && !slices.Contains(only, name) {
			continue
		}
		id := tracker.ItemID("triage", name, ledger.OntoCommit.String())
		if mirror != nil && slices.Contains(mirror.Branches[name].Told, id) {
			continue
		}
		ids[name], names = id, append(names, name)
	}
	reports, err := s.replayFor(ctx, ledger, names, true)
	if err != nil {
		return err
	}
	for _, r := range reports {
		i := slices.IndexFunc(u.Branches, func(b tracker.Branch) bool { return b.Name == r.Name })
		if hasCommits := r.Commits.In > 0; i >= 0 && hasCommits && ids[r.Name] != "" {
			u.Branches[i].Items = append(u.Branches[i].Items, tracker.Item{ID: ids[r.Name], Text: triageText(r, ledger.Onto)})
		}
	}
	return nil
}

func triageText(r BranchReport, onto string) tracker.Text {
	all := tracker.Text{{Lines: []string{fmt.Sprintf("Before the move to %s: %s", onto, foresightWords(r))}}}
	if r.Reason != "" {
		all[0].Lines = append(all[0].Lines, r.Reason)
	}
	if len(r.Conflicts) > 0 {
		head := fmt.Sprintf("In conflict at commit %s:", r.Conflicts[0].Commit.Short())
		all = append(all, tracker.Block{Lines: []string{head}}, tracker.Block{Kind: tracker.List, Lines: conflictLines(r.Conflicts)})
	}
	if lines := landedLines(r.Landed); len(lines) > 0 {
		all = append(all, tracker.Block{Lines: []string{"What Moodle has of it:"}}, tracker.Block{Kind: tracker.List, Lines: capLines(lines)})
	}
	if len(r.Rebuild) > 0 {
		all = append(all, tracker.Block{Lines: []string{"To be built again afterwards: " + listPaths(r.Rebuild)}})
	}
	if r.Suggestion != nil {
		all = append(all, tracker.Block{Lines: []string{"It could be dropped: " + r.Suggestion.Reason + "."}})
	}
	return all
}

// foresightWords says what would become of a branch.
func foresightWords(r BranchReport) string {
	switch c := r.Commits; r.Outcome {
	case upgrade.OutcomeClean:
		return count(c.Kept, "commit") + " can be moved without a conflict."
	case upgrade.OutcomeResolved:
		return count(c.Kept, "commit") + " can be moved; recorded resolutions settle the conflicts."
	case upgrade.OutcomeLanded:
		return "nothing will be left of it, Moodle has all of it."
	case upgrade.OutcomeConflict:
		return fmt.Sprintf("it will stop at a conflict. %s", waitingWords(c.Waiting))
	}
	return "a run would end with " + r.Outcome + "."
}

func landedLines(landed []LandedCommit) []string {
	words := map[rebase.Verdict]string{
		rebase.VerdictLanded: "is in Moodle", rebase.VerdictDifferent: "is in Moodle in another way",
		rebase.VerdictReverted: "was in Moodle and was taken back", VerdictEmptied: "leaves nothing",
	}
	var lines []string
	for _, l := range landed {
		line := l.Commit.Short() + " " + words[l.Verdict]
		if by := strings.TrimSpace(l.arrival()); by != "" {
			line += ": " + by
		}
		lines = append(lines, line)
	}
	return lines
}
