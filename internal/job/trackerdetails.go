package job

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"mgit/internal/crew"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// trackerDetails adds to what is not told yet what takes longer to find out: how a moved
// branch differs from the old one, and what kind of conflicts a parked one has. What this
// clone cannot find out is left out. Only names branches; nil is all.
func (s *Site) trackerDetails(ctx context.Context, ledger *upgrade.Ledger, u *tracker.Upgrade, only []string) error {
	w := &trackerWriter{site: s, ledger: ledger}
	open := make(map[string]*tracker.Item) // by branch
	for i := range u.Branches {
		b := &u.Branches[i]
		e := ledger.Entries[b.Name]
		if e == nil || only != nil && !slices.Contains(only, b.Name) {
			continue
		}
		id := w.progressID(b.Name, e)
		at := slices.IndexFunc(b.Items, func(item tracker.Item) bool { return item.ID == id && len(item.Text) > 0 })
		if id != "" && at >= 0 {
			open[b.Name] = &b.Items[at]
		}
	}
	if len(open) == 0 {
		return nil
	}
	if err := s.addRangeDiffs(ctx, ledger, open); err != nil {
		return err
	}
	return s.addConflicts(ctx, ledger, open)
}

// mostCompared is how many lines of a comparison a note has.
const mostCompared = 200

func (s *Site) addRangeDiffs(ctx context.Context, ledger *upgrade.Ledger, open map[string]*tracker.Item) error {
	facts, err := s.readTrackerFacts(ctx, ledger)
	if err != nil {
		return err
	}
	// All ranges first: nothing may be under way when an error ends this.
	type ranges struct{ before, after [2]git.ID }
	moved := make(map[string]ranges)
	for _, name := range sortedNames(open) {
		e, t := ledger.Entries[name], facts.tips[name]
		isMoved := e.Outcome != upgrade.OutcomeReplaced && e.Outcome != upgrade.OutcomeDiverged && t.new != git.ZeroID && t.old == e.OldTip
		if !isMoved {
			continue
		}
		oldBase, err := facts.base(ctx, t.old)
		if err != nil {
			return err
		}
		newBase, err := facts.base(ctx, t.new)
		if err != nil {
			return err
		}
		if oldBase != git.ZeroID && newBase != git.ZeroID {
			moved[name] = ranges{[2]git.ID{oldBase, t.old}, [2]git.ID{newBase, t.new}}
		}
	}
	var all crew.Group
	var mutex sync.Mutex
	var failed error
	slots := make(chan struct{}, max(1, runtime.GOMAXPROCS(0)))
	for _, name := range sortedNames(moved) {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			compared, err := s.compareRanges(ctx, moved[name].before, moved[name].after)
			mutex.Lock()
			defer mutex.Unlock()
			failed = errors.Join(failed, err)
			open[name].Text = append(open[name].Text, comparedText(compared)...)
		})
	}
	all.Wait()
	return failed
}

// comparedText is a comparison in a note, as far as one has room for it.
func comparedText(c rangeComparison) tracker.Text {
	switch {
	case c.tooLarge:
		return tracker.Text{{Lines: []string{"It is too large to be compared here:"}}, {Kind: tracker.Code, Lines: []string{c.command}}}
	case c.text == "":
		return nil
	}
	lines := strings.Split(c.text, "\n")
	if more := len(lines) - mostCompared; more > 0 {
		lines = append(lines[:mostCompared], fmt.Sprintf("… %d more lines: %s", more, c.command))
	}
	return tracker.Text{{Kind: tracker.Heading, Lines: []string{"The old commits and the new ones"}}, {Kind: tracker.Code, Lines: lines}}
}

// addConflicts replays parked branches in memory, because the ledger does not say what
// kind of conflict a path is in.
func (s *Site) addConflicts(ctx context.Context, ledger *upgrade.Ledger, open map[string]*tracker.Item) error {
	var names []string
	for _, name := range sortedNames(open) {
		if e := ledger.Entries[name]; e.State == upgrade.StateParked && e.Parked != nil {
			names = append(names, name)
		}
	}
	reports, err := s.replayFor(ctx, ledger, names, false)
	if err != nil {
		return err
	}
	for _, r := range reports {
		p := ledger.Entries[r.Name].Parked
		if len(r.Conflicts) == 0 || git.ID(r.Conflicts[0].Commit) != p.Commit {
			continue // recorded resolutions, or newer commits, have changed it since
		}
		item := open[r.Name]
		i := slices.IndexFunc(item.Text, func(b tracker.Block) bool { return b.Kind == tracker.List })
		if i >= 0 {
			item.Text[i].Lines = conflictLines(r.Conflicts)
		}
	}
	return nil
}

func conflictLines(conflicts []ConflictAt) []string {
	var lines []string
	for _, c := range conflicts {
		line := ShowPath(string(c.Path)) + ": " + conflictWord(c.Kind)
		if len(c.Proposals) > 0 {
			line += "; it may belong to " + listPaths(c.Proposals)
		}
		lines = append(lines, line)
	}
	return capLines(lines)
}

// conflictWord is a kind of conflict in few words: "contents", "modify/delete".
func conflictWord(kind string) string {
	word, ok := strings.CutPrefix(kind, "CONFLICT (")
	if !ok {
		return kind
	}
	return strings.TrimSuffix(word, ")")
}

// replayFor moves branches in memory, as a dry run of rebase-all does. A run that mgit
// refuses tells nothing.
func (s *Site) replayFor(ctx context.Context, ledger *upgrade.Ledger, names []string, evidence bool) ([]BranchReport, error) {
	if len(names) == 0 || ledger.Onto == "" {
		return nil, nil
	}
	from, err := moodle.ParseSeries(ledger.From)
	if err != nil {
		return nil, fmt.Errorf("the ledger of the upgrade to %s: from: %w", ledger.Series, err)
	}
	request := RebaseAllRequest{Tag: ledger.Onto, From: from, OtherTag: true, Offline: true, Evidence: evidence}
	for _, name := range names {
		request.Only = append(request.Only, literalGlob(name))
	}
	plan, err := PlanRebaseAll(ctx, s, request)
	var usage *UsageError
	var refusal *Refusal
	if errors.As(err, &usage) || errors.As(err, &refusal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	report, err := plan.Run(ctx)
	if err != nil {
		return nil, err
	}
	return report.Branches, report.Close()
}

// literalGlob is a glob that fits one name only.
func literalGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
