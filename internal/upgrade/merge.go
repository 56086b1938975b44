package upgrade

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"mgit/internal/git"
)

// Disagreement is a value that two clones changed differently. A merge keeps ours.
type Disagreement struct {
	Branch             string // the entry's key; "" for a key of the ledger itself
	Key                string // "onto", "disposition", "ticket", "progress" (state, outcome, tips, parked), "entry" or an unknown key
	Base, Ours, Theirs any    // an Onto, Decision, Entry (progress only), *Entry or the value itself; nil for what is not there
}

// Merge joins two ledgers that went apart since base (nil: they have nothing in common). It works entry by
// entry, and within an entry by what belongs together: the disposition with its reason, the
// progress as a whole, the notes, which are joined, and every other key for itself. What one side changed is taken; what both changed differently
// is kept as ours has it and returned, sorted by branch and key. Where one side removed an entry that the other
// changed, the changed one stays. None of the three is changed, and the entries of the result are its own.
func Merge(base, ours, theirs *Ledger) (*Ledger, []Disagreement) {
	if base == nil {
		base = &Ledger{}
	}
	m := &merger{}
	merged := &Ledger{
		Format:  max(ours.Format, theirs.Format),
		Series:  pick(m, "series", base.Series, ours.Series, theirs.Series),
		From:    pick(m, "from", base.From, ours.From, theirs.From),
		Unknown: m.unknown(base.Unknown, ours.Unknown, theirs.Unknown),
		Entries: map[string]*Entry{},
	}
	onto := pick(m, "onto", base.target(), ours.target(), theirs.target())
	merged.Onto, merged.OntoCommit = onto.Tag, onto.Commit
	for _, name := range sortedKeys(ours.Entries, theirs.Entries) {
		m.branch = name
		if e := m.entry(base.Entries[name], ours.Entries[name], theirs.Entries[name]); e != nil {
			merged.Entries[name] = e
		}
	}
	slices.SortFunc(m.disagreements, func(a, b Disagreement) int {
		return cmp.Or(cmp.Compare(a.Branch, b.Branch), cmp.Compare(a.Key, b.Key))
	})
	return merged, m.disagreements
}

// Onto is what an upgrade moves to: a tag and its commit belong together.
type Onto struct {
	Tag    string
	Commit git.ID
}

func (l *Ledger) target() Onto { return Onto{l.Onto, l.OntoCommit} }

// merger collects what the two sides disagree on.
type merger struct {
	branch        string
	disagreements []Disagreement
}

func sameValue(a, b any) bool { return reflect.DeepEqual(a, b) }

func (m *merger) disagree(key string, base, ours, theirs any) {
	m.disagreements = append(m.disagreements, Disagreement{m.branch, key, base, ours, theirs})
}

// pick is the three-way merge of one value.
func pick[V any](m *merger, key string, base, ours, theirs V) V {
	switch {
	case reflect.DeepEqual(ours, theirs), reflect.DeepEqual(base, theirs):
		return ours
	case reflect.DeepEqual(base, ours):
		return theirs
	}
	m.disagree(key, base, ours, theirs)
	return ours
}

func (m *merger) entry(base, ours, theirs *Entry) *Entry {
	switch {
	case ours == nil && theirs == nil:
		return nil
	case ours == nil || theirs == nil:
		return m.oneSided(base, ours, theirs)
	case base == nil && ours.isFresh() && !theirs.isFresh():
		base = ours
	case base == nil && theirs.isFresh():
		base = theirs
	case base == nil:
		base = &Entry{}
	}
	merged := &Entry{Unknown: m.unknown(base.Unknown, ours.Unknown, theirs.Unknown)}
	decision := pick(m, "disposition", base.decision(), ours.decision(), theirs.decision())
	merged.Disposition, merged.Reason = decision.Disposition, decision.Reason
	merged.Ticket = pick(m, "ticket", base.Ticket, ours.Ticket, theirs.Ticket)
	merged.Owner = pick(m, "owner", base.Owner, ours.Owner, theirs.Owner)
	merged.Justification = pick(m, "justification", base.Justification, ours.Justification, theirs.Justification)
	merged.Upstream = pick(m, "upstream", base.Upstream, ours.Upstream, theirs.Upstream)
	merged.ReviewBy = pick(m, "review_by", base.ReviewBy, ours.ReviewBy, theirs.ReviewBy)
	merged.setProgress(m.progress(base.progress(), ours.progress(), theirs.progress()))
	merged.Notes = mergeNotes(base.Notes, ours.Notes, theirs.Notes)
	if merged.isPutAside() && !ours.isPutAside() && !theirs.isPutAside() {
		merged.State = StateTodo
	}
	return merged
}

// isPutAside reports whether a run has dropped or held the branch by a decision that the entry does not have any
// more. A merge must not make such a one of what one side decided and what a run of the other did meanwhile: the
// branch would count as done, and nobody would carry it.
func (e *Entry) isPutAside() bool {
	byDecision := e.State == StateDropped && e.Outcome == OutcomeDropped || e.State == StateHeld && e.Outcome == OutcomeHeld
	return byDecision && e.Disposition == DispositionRebase
}

// isFresh reports whether the entry says no more than one that an upgrade begins with. Where two clones began the
// same upgrade, what somebody decided in one of them counts.
func (e *Entry) isFresh() bool {
	fresh := Entry{Disposition: e.Disposition, State: StateTodo}
	return e.Reason == "" && reflect.DeepEqual(*e, fresh)
}

// oneSided merges an entry that one side does not have.
func (m *merger) oneSided(base, ours, theirs *Entry) *Entry {
	present := *cmp.Or(ours, theirs)
	if base == nil {
		return &present // added by one side
	}
	if reflect.DeepEqual(*base, present) {
		return nil // removed by the other
	}
	m.disagree("entry", base, orNil(ours), orNil(theirs))
	return &present
}

func orNil(e *Entry) any {
	if e == nil {
		return nil
	}
	return e
}

// Decision is what people decided about a branch: a reason makes sense with its disposition only.
type Decision struct{ Disposition, Reason string }

func (e *Entry) decision() Decision { return Decision{e.Disposition, e.Reason} }

// progress is the entry without what stands for itself: the parts that one run sets together.
func (e *Entry) progress() Entry {
	return Entry{
		State: e.State, Outcome: e.Outcome, Run: e.Run,
		OldTip: e.OldTip, NewName: e.NewName, NewTip: e.NewTip, Release: e.Release, Parked: e.Parked,
	}
}

func (e *Entry) setProgress(p Entry) {
	e.State, e.Outcome, e.Run = p.State, p.Outcome, p.Run
	e.OldTip, e.NewName, e.NewTip, e.Parked = p.OldTip, p.NewName, p.NewTip, p.Parked
	e.Release = p.Release
}

// progress merges what runs wrote. A run's number counts in its own clone only, and two clones that made
// the same new branch agree whatever the number.
func (m *merger) progress(base, ours, theirs Entry) Entry {
	same := theirs
	same.Run = ours.Run
	switch {
	case reflect.DeepEqual(ours, same):
		return ours
	case reflect.DeepEqual(base, ours), reflect.DeepEqual(base, theirs):
	case sameWork(base, ours) && sameWork(base, theirs):
		// Both say how far the same work is. Who has got further knows more.
		if state := further(ours.State, theirs.State); state != "" {
			ours.State = state
			return ours
		}
	case sameWork(base, theirs) && theirs.isUnderWay() && ours.isAnew(base):
		// What they say is about the tip that ours has replaced, and true of nothing any more.
		return ours
	case sameWork(base, ours) && ours.isUnderWay() && theirs.isAnew(base):
		return theirs
	}
	return pick(m, "progress", base, ours, theirs)
}

// sameWork reports whether two progresses differ at most in the state, which people and targets set.
func sameWork(a, b Entry) bool {
	a.State = b.State
	return reflect.DeepEqual(a, b)
}

// further is the later one of two states of a branch that was moved; "" where one of them is another.
func further(a, b string) string {
	order := []string{StateMoved, StateTested, StateInTest, StateInDeployment}
	i, j := slices.Index(order, a), slices.Index(order, b)
	if i < 0 || j < 0 {
		return ""
	}
	return order[max(i, j)]
}

func (e Entry) isUnderWay() bool { return further(e.State, e.State) != "" }

// isAnew reports whether a run has moved the branch to another tip since base.
func (e Entry) isAnew(base Entry) bool { return e.NewTip != git.ZeroID && e.NewTip != base.NewTip }

func (m *merger) unknown(base, ours, theirs map[string]any) map[string]any {
	var merged map[string]any
	for _, key := range sortedKeys(ours, theirs) {
		value := pick(m, key, base[key], ours[key], theirs[key])
		if value == nil {
			continue
		}
		if merged == nil {
			merged = map[string]any{}
		}
		merged[key] = value
	}
	return merged
}

// mergeNotes joins the notes of both sides, oldest first. A note that one side took away is gone.
func mergeNotes(base, ours, theirs []Note) []Note {
	var merged []Note
	for _, n := range slices.Concat(ours, theirs) {
		if hasNote(merged, n) || hasNote(base, n) && !(hasNote(ours, n) && hasNote(theirs, n)) {
			continue
		}
		merged = append(merged, n)
	}
	slices.SortStableFunc(merged, func(a, b Note) int {
		return cmp.Or(a.When.Compare(b.When), cmp.Compare(a.Who, b.Who), cmp.Compare(a.Text, b.Text))
	})
	return merged
}

func hasNote(notes []Note, n Note) bool {
	return slices.ContainsFunc(notes, func(m Note) bool {
		return m.When.Equal(n.When) && m.Who == n.Who && m.Text == n.Text
	})
}

func sortedKeys[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
