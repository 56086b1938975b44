package job

import (
	"slices"

	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// waiting lists what the ledger says and the tracker was not told, as far as that is known
// without asking: the queue is this difference, and stored nowhere else. What people
// changed there is not known, so that a sync can do less than this.
func (s *trackerSync) waiting(w *trackerWork) []TrackerWrite {
	writes := []TrackerWrite{}
	if u := s.waitingUpgrade(w.upgrade, w.mirror.Upgrade); len(w.only) == 0 && len(u.Keys) > 0 {
		writes = append(writes, u)
	}
	for _, b := range w.upgrade.Branches {
		if len(w.only) > 0 && !slices.Contains(w.only, b.Name) {
			continue
		}
		if x := s.waitingBranch(b, w.mirror.Branches[b.Name]); len(x.Keys) > 0 {
			writes = append(writes, x)
		}
	}
	return writes
}

func (s *trackerSync) waitingUpgrade(u tracker.Upgrade, was tracker.Mirrored) TrackerWrite {
	x := TrackerWrite{Issue: tracker.IssueName(was.Issue), New: was.Issue == "", Keys: []string{}}
	isShown := was.State == upgrade.StateInDeployment
	switch {
	case x.New:
		x.Keys = append(x.Keys, "issue")
	case isShown && !u.IsFinished, !isShown && u.IsFinished && !hasHeld(u):
		x.Keys = append(x.Keys, "status")
	}
	x.tell(u.Items, was.Told)
	return x
}

// hasHeld reports whether a branch is held back. Its issue stays open, and as long as one
// below it does, the upgrade's is not closed.
func hasHeld(u tracker.Upgrade) bool {
	return slices.ContainsFunc(u.Branches, func(b tracker.Branch) bool { return b.State == upgrade.StateHeld })
}

func (s *trackerSync) waitingBranch(b tracker.Branch, was tracker.Mirrored) TrackerWrite {
	x := TrackerWrite{Branch: b.Name, Issue: tracker.IssueName(was.Issue), New: was.Issue == "", Keys: []string{}}
	switch {
	case x.New:
		x.Keys = append(x.Keys, "issue")
	default:
		if b.State != was.State && !b.Disputed["state"] && s.statusOf(b.State) != s.statusOf(was.State) {
			x.Keys = append(x.Keys, "status")
		}
		if b.Owner != was.Owner && !b.Disputed["owner"] {
			x.Keys = append(x.Keys, "assignee")
		}
	}
	x.tell(b.Items, was.Told)
	return x
}

// tell counts the items that are not told yet.
func (x *TrackerWrite) tell(items []tracker.Item, told []string) {
	for _, item := range items {
		if !slices.Contains(told, item.ID) {
			x.Items++
		}
	}
	if x.Items > 0 {
		x.Keys = append(x.Keys, "note")
	}
}

// statusOf is the tracker's word for a state.
func (s *trackerSync) statusOf(state string) string {
	if status, isSet := s.tracker.Status[state]; isSet {
		return status
	}
	return s.known.Capabilities().Status[state]
}
