package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mgit/internal/config"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// store enters what came from the tracker, and what both sides agree on now, as one run. The
// repository is locked for that alone. Where the ledger changed while the tracker was asked,
// it stays as it is, and the next sync compares both again.
func (s *trackerSync) store(ctx context.Context) (run int, err error) {
	if s.request.DryRun {
		return 0, nil
	}
	var done []*trackerWork
	for _, w := range s.works {
		if w.result != nil && w.result.Mirror != nil {
			done = append(done, w)
		}
	}
	if len(done) == 0 {
		return 0, nil
	}
	release, lock, err := s.site.lockShared(ctx, "tracker sync", false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, release()) }()
	var edit sharedEdit
	for _, w := range done {
		if err := s.enter(ctx, w, &edit); err != nil {
			return 0, err
		}
	}
	if edit.isEmpty() {
		return 0, nil
	}
	return s.site.applyEdit(ctx, lock, "tracker sync", nil, edit)
}

// enter adds to the edit what a sync changed in one upgrade.
func (s *trackerSync) enter(ctx context.Context, w *trackerWork, edit *sharedEdit) error {
	series, err := moodle.ParseSeries(w.ledger.Series)
	if err != nil {
		return err
	}
	ledger, err := s.site.readLedger(ctx, series)
	if err != nil || ledger == nil {
		return err // an undo took it away meanwhile
	}
	before, after := ledgerOf(ledger), ledgerOf(ledger)
	touch := func(name string) *upgrade.Entry {
		if e := after.Entries[name]; e != nil {
			return e
		}
		e := &upgrade.Entry{State: upgrade.StateTodo}
		if old := ledger.Entries[name]; old != nil {
			before.Entries[name], e = old, old.Clone()
		}
		after.Entries[name] = e
		return e
	}
	mirror := cloneMirror(w.result.Mirror)
	for _, in := range w.result.Incoming {
		if !w.isAsSeen(ledger, in) {
			w.forget(mirror, in)
			continue
		}
		s.take(w, touch(in.Branch), in)
		s.markTaken(w, in)
	}
	told, err := s.site.anyMirror(ctx, series)
	if err != nil {
		return err
	}
	s.enterTickets(ledger, ownTickets(told), mirror, touch)
	entries, err := editLedger(series, before, after)
	if err != nil {
		return err
	}
	edit.Ledgers = append(edit.Ledgers, entries.Ledgers...)
	file, changed, err := s.mirrorEdit(ctx, series, w, mirror)
	if err == nil && changed {
		edit.Files = append(edit.Files, file)
	}
	return err
}

// fewStamps is how many issues a sync rather reads again each time than have a run that
// says only when they were read. A sync of 200 branches without changes has two requests
// to spare, and one is for somebody who has just changed something.
const fewStamps = 1

// isIdle reports whether nothing was tried in the tracker: what it refused must not be tried
// again because nobody noted when that was.
func (w *trackerWork) isIdle() bool {
	return len(w.result.Plan.Writes)+len(w.result.Made)+len(w.result.Ignored) == 0
}

// enterTickets makes the issue of a branch its ticket where nobody has said another one.
// What a sync entered for an issue that is not the branch's any more, of another tracker
// or one that is gone, goes.
func (s *trackerSync) enterTickets(ledger *upgrade.Ledger, own map[string]string, mirror *tracker.Mirror, touch func(string) *upgrade.Entry) {
	for name, e := range ledger.Entries {
		is := tracker.IssueName(mirror.Branches[name].Issue)
		if (e.Ticket == "" || e.Ticket == own[name]) && e.Ticket != is {
			touch(name).Ticket = is
		}
	}
}

// mirrorEdit is the edit that writes a mirror, merged with what another clone's sync has
// brought here meanwhile.
func (s *trackerSync) mirrorEdit(ctx context.Context, series moodle.Series, w *trackerWork, mirror *tracker.Mirror) (fileEdit, bool, error) {
	name := mirrorPath(series)
	present, err := s.site.readShared(ctx, name)
	if err != nil {
		return fileEdit{}, false, err
	}
	if present != nil {
		theirs, err := tracker.ParseMirror(name, present)
		if err != nil {
			return fileEdit{}, false, fmt.Errorf("read what the tracker was last told: %w", err)
		}
		if t := s.tracker; theirs.IsOf(t.Kind, t.URL, t.Project) {
			mirror = tracker.MergeMirrors(w.mirror, theirs, mirror)
		}
		if n, isAll := theirs.Restamped(mirror); isAll && n <= fewStamps && w.isIdle() {
			return fileEdit{}, false, nil
		}
	}
	now, err := mirror.Encode()
	if err != nil {
		return fileEdit{}, false, err
	}
	return changeFile(name, present, now), !bytes.Equal(present, now), nil
}

// isAsSeen reports whether the ledger still says what the sync saw of what is to change.
func (w *trackerWork) isAsSeen(now *upgrade.Ledger, in tracker.Incoming) bool {
	was, is := w.ledger.Entries[in.Branch], now.Entries[in.Branch]
	switch {
	case is == nil || was == nil:
		return false // it left the ledger
	case in.Key == "note":
		return true
	case in.Key == "owner":
		return was.Owner == is.Owner
	}
	return was.State == is.State && was.Disposition == is.Disposition && was.Reason == is.Reason
}

// forget takes back in a new mirror that both sides agree on what was not taken.
func (w *trackerWork) forget(mirror *tracker.Mirror, in tracker.Incoming) {
	b, known := mirror.Branches[in.Branch]
	if !known {
		return
	}
	was := w.mirror.Branches[in.Branch]
	switch in.Key {
	case "owner":
		b.Owner, b.Assignee = was.Owner, was.Assignee
	case "note": // it is read once more
		b.Seen, b.Updated = was.Seen, time.Time{}
		b.Told = slices.DeleteFunc(slices.Clone(b.Told), func(id string) bool { return id == tracker.NoteID(in.Branch, in.When, in.Who, in.New) })
	default:
		b.State, b.Status, b.Meant = was.State, was.Status, was.Meant
	}
	mirror.Branches[in.Branch] = b
}

func cloneMirror(m *tracker.Mirror) *tracker.Mirror {
	c := *m
	c.Branches = maps.Clone(m.Branches)
	return &c
}

// take enters in the ledger what somebody changed in the tracker.
func (s *trackerSync) take(w *trackerWork, e *upgrade.Entry, in tracker.Incoming) {
	switch in.Key {
	case "owner":
		e.Owner = oneLine(in.New)
	case "note":
		e.Notes = append(e.Notes, upgrade.Note{When: in.When.UTC().Truncate(time.Second), Who: in.Who, Text: in.New})
	case "state":
		s.takeState(w, e, in)
	}
}

func (s *trackerSync) takeState(w *trackerWork, e *upgrade.Entry, in tracker.Incoming) {
	switch in.New {
	case upgrade.StateTested, upgrade.StateMoved:
		e.State = in.New
	case upgrade.StateDropped:
		e.Disposition, e.Reason = upgrade.DispositionDrop, in.Reason
	case upgrade.StateHeld:
		e.Disposition, e.Reason = upgrade.DispositionHold, in.Reason
	case upgrade.StateTodo:
		isExternal := false
		if n, err := s.site.Scheme.Parse(in.Branch); err == nil {
			isExternal = s.site.Config.Records[n.Key()].Origin == config.OriginExternal
		}
		e.Disposition, e.Reason = newEntry(isExternal).Disposition, ""
		reopen(e)
	}
}

// markTaken notes in the report that something came into the ledger.
func (s *trackerSync) markTaken(w *trackerWork, in tracker.Incoming) {
	for i := range s.report.Upgrades {
		if s.report.Upgrades[i].Series != w.ledger.Series {
			continue
		}
		all := s.report.Upgrades[i].Incoming
		for k := range all {
			if all[k].Branch == in.Branch && all[k].Key == in.Key && all[k].New == in.New {
				all[k].Taken = true
			}
		}
	}
}
