package job

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/git"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// items are what there is to tell about a branch: what people noted and decided, and what
// runs did. Those that the tracker has been told have no text.
func (w *trackerWriter) items(b *branchWords) []tracker.Item {
	e := b.entry
	var all []tracker.Item
	for _, n := range e.Notes {
		all = append(all, tracker.Item{
			ID: tracker.NoteID(b.name, n.When, n.Who, n.Text), When: n.When, Who: n.Who, Text: tracker.Text{{Lines: []string{n.Text}}},
		})
	}
	if w.disputed[b.name]["state"] {
		return w.untold(b.name, all)
	}
	if isDecision(e) {
		all = append(all, tracker.Item{ID: tracker.DecisionID(b.name, e.Disposition, e.Reason), Text: decisionText(e)})
	}
	if id := w.progressID(b.name, e); id != "" {
		item := tracker.Item{ID: id}
		if !w.isTold(b.name, id) {
			item.Text = w.progressText(b)
		}
		all = append(all, item)
	}
	return w.untold(b.name, all)
}

// untold takes the texts from items that the tracker has been told.
func (w *trackerWriter) untold(name string, all []tracker.Item) []tracker.Item {
	for i, item := range all {
		if w.isTold(name, item.ID) {
			all[i].Text = nil
		}
	}
	return all
}

func (w *trackerWriter) isTold(name, id string) bool {
	return slices.Contains(w.mirror.Branches[name].Told, id)
}

// isDecision reports whether a disposition is more than what an upgrade begins with.
func isDecision(e *upgrade.Entry) bool {
	switch e.Disposition {
	case upgrade.DispositionDrop, upgrade.DispositionHold:
		return true
	case "":
		return false
	}
	return e.Reason != ""
}

func decisionText(e *upgrade.Entry) tracker.Text {
	words := map[string]string{
		upgrade.DispositionDrop: "Decided: the branch is dropped.", upgrade.DispositionHold: "Decided: the branch is held back.",
		upgrade.DispositionRebase: "Decided: the branch is carried over.", upgrade.DispositionReplace: "Decided: the branch begins anew from a release of its plugin.",
	}
	lines := []string{words[e.Disposition]}
	if e.Reason != "" {
		lines = append(lines, e.Reason)
	}
	return tracker.Text{{Lines: lines}}
}

// progressID names what the last run did with a branch, by what became of it: the same
// whichever clone asks, so without the number of the run. It is "" where there is nothing
// to tell.
func (w *trackerWriter) progressID(name string, e *upgrade.Entry) string {
	word := e.Outcome
	switch word {
	case "", upgrade.OutcomeDropped, upgrade.OutcomeHeld:
		return "" // a decision tells that
	case upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated, upgrade.OutcomeUnchanged, upgrade.OutcomeReplaced:
		word = upgrade.StateMoved
	}
	parts := []string{name, word, w.ledger.OntoCommit.String(), e.OldTip.String(), e.NewName, e.NewTip.String(), e.Release}
	if p := e.Parked; p != nil && e.State == upgrade.StateParked {
		parts = append(parts, p.Commit.String(), strconv.Itoa(p.Waiting))
		parts = append(parts, slices.Sorted(slices.Values(p.Paths))...)
	}
	return tracker.ItemID("progress", parts...)
}

func (w *trackerWriter) progressText(b *branchWords) tracker.Text {
	e := b.entry
	onto := cmp.Or(w.ledger.Onto, w.ledger.Series)
	switch e.Outcome {
	case upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated, upgrade.OutcomeUnchanged:
		return w.movedText(b, onto)
	case upgrade.OutcomeReplaced:
		text := fmt.Sprintf("Begun anew on %s as %s", onto, e.NewName)
		if e.Release != "" {
			text += ", with release " + e.Release + " of the plugin"
		}
		return tracker.Text{{Lines: []string{text + "."}}}
	case upgrade.OutcomeLanded:
		text := tracker.Text{{Lines: []string{"Nothing is left of the branch on " + onto + ": Moodle has all of it. It is not carried any further."}}}
		return append(text, w.listLanded(b.commits)...)
	case upgrade.OutcomeConflict:
		return w.parkedText(b, onto)
	case upgrade.OutcomeDiverged:
		return tracker.Text{{Lines: []string{fmt.Sprintf("Not moved to %s: %s has other commits than were carried to it, or the old branch was rewritten. Somebody has to look at both.", onto, e.NewName)}}}
	}
	return tracker.Text{{Lines: []string{fmt.Sprintf("The last run ended with %q.", e.Outcome)}}}
}

func (w *trackerWriter) movedText(b *branchWords, onto string) tracker.Text {
	e := b.entry
	text := fmt.Sprintf("Moved to %s as %s", onto, e.NewName)
	t := w.facts.tips[b.name]
	if t.old == git.ZeroID || t.old != e.OldTip || t.new == git.ZeroID {
		return tracker.Text{{Lines: []string{text + "."}}}
	}
	kept, gone := w.facts.account(b.name)
	text += fmt.Sprintf(": %s of %d", count(kept, "commit"), kept+len(gone))
	if e.Outcome == upgrade.OutcomeResolved {
		text += "; recorded resolutions settled its conflicts"
	}
	all := tracker.Text{{Lines: []string{text + "."}}}
	if len(gone) > 0 {
		all = append(all, tracker.Block{Lines: []string{"Not on the new branch, because nothing was left of them, or they were left out:"}}, tracker.Block{Kind: tracker.List, Lines: w.commitLines(gone)})
	}
	return all
}

// listLanded lists commits that left nothing, with the issues of Moodle's that they name.
func (w *trackerWriter) listLanded(commits []*git.Commit) tracker.Text {
	if len(commits) == 0 {
		return nil
	}
	all := tracker.Text{{Kind: tracker.List, Lines: w.commitLines(commits)}}
	var addresses []string
	for _, c := range commits {
		for _, mdl := range issuesOf(c.Message) {
			if a := moodleAddress(mdl); !slices.Contains(addresses, a) && len(addresses) < mostTickets {
				addresses = append(addresses, a)
			}
		}
	}
	if len(addresses) > 0 {
		all = append(all, tracker.Block{Kind: tracker.Addresses, Lines: addresses})
	}
	return all
}

func (w *trackerWriter) parkedText(b *branchWords, onto string) tracker.Text {
	e := b.entry
	p := e.Parked
	if p == nil {
		return tracker.Text{{Lines: []string{"It stopped at a conflict on the way to " + onto + "."}}}
	}
	text := fmt.Sprintf("It stopped at a conflict on the way to %s, at commit %s", onto, ID(p.Commit).Short())
	if subject := title(w.facts.history.Commit(p.Commit)); subject != "" {
		text += ", " + subject
	}
	lines := []string{text, waitingWords(p.Waiting)}
	all := tracker.Text{{Lines: lines}}
	if len(p.Paths) > 0 {
		all = append(all, tracker.Block{Lines: []string{"In conflict:"}}, tracker.Block{Kind: tracker.List, Lines: capLines(p.Paths)})
	}
	return append(all, tracker.Block{Kind: tracker.Code, Lines: []string{"mgit resolve " + e.NewName}})
}

func waitingWords(n int) string {
	if n == 1 {
		return "1 commit waits."
	}
	return fmt.Sprintf("%d commits wait.", n)
}

// capLines is a list that does not go on and on.
func capLines(lines []string) []string {
	const most = 100
	var all []string
	for _, l := range lines[:min(len(lines), most)] {
		all = append(all, strings.TrimSpace(l))
	}
	if more := len(lines) - most; more > 0 {
		all = append(all, fmt.Sprintf("%d more", more))
	}
	return all
}
