package tracker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"mgit/internal/web"
)

// serverClock is what is known about the tracker's clock: at a moment of ours it had
// reached a time. It is asked by nobody, the times of changes tell it.
type serverClock struct{ reached, at time.Time }

// see learns from when an issue was changed.
func (c *serverClock) see(issue Issue) {
	if issue.Updated.After(c.now()) {
		c.reached, c.at = issue.Updated, time.Now()
	}
}

// now is a time that the tracker's clock has reached; zero: nothing is known.
func (c *serverClock) now() time.Time {
	if c.reached.IsZero() {
		return time.Time{}
	}
	return c.reached.Add(time.Since(c.at))
}

// look reads what a plan needs to know.
func (y *session) look(ctx context.Context) (Found, error) {
	found, err := y.list(ctx)
	if err != nil {
		return found, err
	}
	found.Now = y.clock.now()
	updated := map[string]time.Time{}
	for _, issue := range found.Issues {
		updated[issue.ID] = issue.Updated
	}
	for _, id := range y.m.Unread(found.Issues) {
		if _, ok := found.Read[id]; ok {
			continue
		}
		if old, ok := y.notes[id]; ok && old.Updated.Equal(updated[id]) {
			found.Read[id] = old
			continue
		}
		now := y.clock.now()
		read, err := y.read(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			continue // deleted since it was listed; the next sync will not find it
		case err != nil:
			return found, err
		}
		found.Read[id] = read
		if !now.Before(read.Updated.Add(y.can.SameTime)) {
			y.notes[id] = read // nothing more can happen to it at that time
		}
	}
	return y.named(ctx, found)
}

// list reads the issues of the upgrade, and those that the mirror knows or that this sync
// made and that are not in the list.
func (y *session) list(ctx context.Context) (Found, error) {
	found := Found{Read: map[string]Issue{}, People: y.people, Statuses: y.statuses}
	issues, err := y.find(ctx)
	if err != nil {
		return found, err
	}
	found.Issues = issues
	for _, id := range y.expected() {
		if slices.ContainsFunc(issues, func(i Issue) bool { return i.ID == id }) {
			continue
		}
		read, err := y.read(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			found.Gone = append(found.Gone, id)
		case err != nil:
			return found, err
		default:
			found.Read[id] = read
			found.Issues = append(found.Issues, read)
		}
	}
	return found, nil
}

// find lists the issues that have a marker of the upgrade. One whose text only mentions
// it is somebody else's.
func (y *session) find(ctx context.Context) ([]Issue, error) {
	all, err := y.c.Find(ctx, y.marker.String())
	if err != nil {
		return nil, err
	}
	for _, issue := range all {
		y.clock.see(issue)
	}
	return slices.DeleteFunc(all, func(i Issue) bool {
		m, ok := FindMarker(i.Description)
		return !ok || m.Upgrade() != y.marker
	}), nil
}

// read reads one issue with its notes.
func (y *session) read(ctx context.Context, id string) (Issue, error) {
	issue, err := y.c.Read(ctx, id)
	if err == nil {
		y.clock.see(issue)
	}
	return issue, err
}

// expected are the issues that there must be, in the order of their names.
func (y *session) expected() (ids []string) {
	if y.m != nil {
		ids = append(ids, y.m.Upgrade.Issue)
		ids = append(ids, y.m.Groups...)
		for _, name := range slices.Sorted(maps.Keys(y.m.Branches)) {
			ids = append(ids, y.m.Branches[name].Issue)
		}
	}
	for _, made := range y.made {
		ids = append(ids, made.ID)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// named adds who issues can be assigned to and which statuses they can have. They are
// asked once, and not when nothing changed. Statuses that the settings name must be there:
// the error is a *SettingError.
func (y *session) named(ctx context.Context, found Found) (Found, error) {
	var err error
	isQuiet := y.isQuiet(found)
	if y.statuses == nil && (!isQuiet || len(y.s.Status) > 0) {
		if y.statuses, err = y.c.Statuses(ctx); err == nil {
			err = y.s.check(y.statuses)
		}
		if err != nil {
			return found, err
		}
	}
	if y.people == nil && !isQuiet {
		if y.people, err = y.c.People(ctx); err != nil {
			return found, err
		}
	}
	found.People, found.Statuses = y.people, y.statuses
	return found, nil
}

// isQuiet reports whether nobody's state, nor anybody who works on it, differs from what
// the mirror knows, and nobody wrote anything: who that was has the same name in all
// clones, whatever else they had to ask for.
func (y *session) isQuiet(found Found) bool {
	if y.m == nil {
		return false
	}
	by := map[string]Issue{}
	for _, issue := range found.Issues {
		by[issue.ID] = issue
	}
	isSame := func(known Mirrored, state, owner string) bool {
		is, ok := by[known.Issue]
		return ok && known.Status == is.Status.Name && known.Assignee == is.Assignee.ID && known.State == state && known.Owner == owner &&
			!isHeard(found.Read[known.Issue], known.Seen)
	}
	top := y.m.Upgrade
	if !isSame(top, top.State, top.Owner) || len(y.o.Take) > 0 || y.o.Again {
		return false
	}
	if y.u.IsFinished != (top.State == stateInDeployment) {
		return false // its issue is to be closed, or to be opened again
	}
	for _, b := range y.u.Branches {
		if !isSame(y.m.of(b.Name), b.State, b.Owner) {
			return false
		}
	}
	for _, id := range y.expected() {
		delete(by, id)
	}
	return len(by) == 0 // else one of them was made twice
}

// isHeard reports whether somebody wrote below an issue since the note that was seen last.
func isHeard(read Issue, seen string) bool {
	return slices.ContainsFunc(read.Notes, func(n Note) bool {
		return compareIDs(n.ID, seen) > 0 && len(ToldIn(n.Text)) == 0 && strings.TrimSpace(n.Text) != ""
	})
}

// readBack reads what became of the writes: all issues once, and singly those whose notes
// the list does not tell.
func (y *session) readBack(ctx context.Context) (Found, error) {
	if len(y.outcomes) > 3 {
		// So that what is read now is known to be all that happened in its second.
		if err := web.Wait(ctx, 2*y.can.SameTime); err != nil {
			return Found{}, err
		}
	}
	now := y.clock.now()
	found, err := y.list(ctx)
	if err != nil {
		return found, err
	}
	found.Now = now
	for _, id := range y.unseen(found) {
		read, err := y.read(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			continue
		case err != nil:
			return found, err
		}
		found.Read[id] = read
	}
	return found, nil
}

// unseen are the issues of which the list does not tell what was written.
func (y *session) unseen(found Found) (ids []string) {
	quiet := map[string]bool{}
	for _, issue := range found.Issues {
		quiet[issue.ID] = issue.Links == nil
	}
	if y.hold.upgrade != "" {
		ids = append(ids, y.hold.upgrade) // the claim changed it
	}
	for _, o := range y.outcomes {
		w := o.Write
		if len(o.Reasons) == 0 && (len(w.Items) > 0 || w.Change.Note != "" || len(w.Links) > 0 && quiet[w.Issue]) {
			ids = append(ids, w.Issue)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		_, ok := found.Read[id]
		return ok || id == ""
	})
}

// known is what was found with what was made since, as the answers tell.
func (y *session) known(found Found) Found {
	found.Issues = slices.Clone(found.Issues)
	found.Read = maps.Clone(found.Read)
	if found.Read == nil {
		found.Read = map[string]Issue{}
	}
	for _, made := range y.made {
		if !slices.ContainsFunc(found.Issues, func(i Issue) bool { return i.ID == made.ID }) && isMarked(made) {
			found.Issues = append(found.Issues, made)
		}
	}
	found.Now = time.Time{}
	return found
}

func isMarked(issue Issue) bool {
	_, ok := FindMarker(issue.Description)
	return ok && strings.TrimSpace(issue.ID) != ""
}
