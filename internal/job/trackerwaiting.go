package job

import (
	"slices"

	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// waiting lists what the ledger says and the tracker was not told, as far as that is known
// without asking: the queue is this difference, and stored nowhere else. What people
// changed there is not known, so that a sync can do less than this; and neither the done
// ratio, which follows the status, nor the target version, nor a description, which depends
// on what else stands in it, is compared.
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
	case isShown && !u.IsFinished, !isShown && u.IsFinished && !slices.ContainsFunc(u.Branches, s.isAtWork):
		x.Keys = append(x.Keys, "status")
	}
	x.tell(u.Items, was.Told)
	return x
}

// isAtWork reports whether the issue of a branch is open by the ledger, as far as that is
// known without asking. As long as one is, the upgrade's is not closed.
func (s *trackerSync) isAtWork(b tracker.Branch) bool {
	return s.statusOf(b.State) != s.statusOf(upgrade.StateInDeployment) && b.State != upgrade.StateDropped
}

func (s *trackerSync) waitingBranch(b tracker.Branch, was tracker.Mirrored) TrackerWrite {
	x := TrackerWrite{Branch: b.Name, Issue: tracker.IssueName(was.Issue), New: was.Issue == "", Keys: []string{}}
	if x.New {
		x.Keys = append(x.Keys, "issue")
	} else {
		x.Keys = append(x.Keys, s.waitingKeys(b, was)...)
	}
	x.tell(b.Items, was.Told)
	return x
}

// waitingKeys are the keys of a branch that has an issue.
func (s *trackerSync) waitingKeys(b tracker.Branch, was tracker.Mirrored) []string {
	can := s.known.Capabilities()
	var keys []string
	differs := func(key, value, known string) {
		refused, isRefused := was.Refused[key]
		if value != known && !(isRefused && refused == value) {
			keys = append(keys, key)
		}
	}
	if b.State != was.State && !b.Disputed["state"] {
		differs("status", s.statusOf(b.State), s.statusOf(was.State))
	}
	if !b.Disputed["owner"] {
		differs("assignee", b.Owner, was.Owner)
	}
	differs("subject", oneLine(b.Subject), oneLine(was.Subject))
	if can.Fields {
		for _, id := range sortedNames(b.Fields) {
			differs("field "+id, b.Fields[id], was.Fields[id])
		}
	}
	isNew := func(id string) bool { return id != "" && id != was.Issue && !slices.Contains(was.Links, id) }
	if !can.NoLinks && slices.ContainsFunc(append(slices.Clone(b.Links), b.Previous), isNew) {
		keys = append(keys, "link")
	}
	return keys
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
