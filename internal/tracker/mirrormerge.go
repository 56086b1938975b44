package tracker

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// MergeMirrors joins two mirrors that went apart since base; nil is one that is not there.
// It never disagrees, and the two sides may be swapped. Where both say something else of
// an issue, the side counts that read it later: whatever the other one said then is
// compared again by the next sync. What was told and read on either side is told and read.
//
// Where the sides know different issues of a branch, the older issue stays, with what is
// known of it. An entry that one side removed and the other left alone is removed, and so
// an undo takes back what a sync entered.
func MergeMirrors(base, ours, theirs *Mirror) *Mirror {
	base, ours, theirs = orEmpty(base), orEmpty(ours), orEmpty(theirs)
	is := ours.tracker()
	switch other := theirs.tracker(); {
	case is == tracked{}: // the file is not there
		is = other
	case is != other && other != tracked{}:
		return pickMirror(base, ours, theirs)
	}
	merged := &Mirror{
		Format: max(ours.Format, theirs.Format, MirrorFormat),
		Kind:   is.kind, URL: is.url, Project: is.project, Series: is.series,
		Groups:   sortedIDs(union(base.Groups, ours.Groups, theirs.Groups)),
		Upgrade:  mergeMirrored(base.Upgrade, ours.Upgrade, theirs.Upgrade),
		Branches: map[string]Mirrored{},
		Unknown:  mergeUnknown(base.Unknown, ours.Unknown, theirs.Unknown),
	}
	for _, name := range namesOf(ours.Branches, theirs.Branches) {
		if m := mergeMirrored(base.Branches[name], ours.Branches[name], theirs.Branches[name]); !m.isZero() {
			merged.Branches[name] = m
		}
	}
	return merged
}

func orEmpty(m *Mirror) *Mirror {
	if m == nil {
		return &Mirror{}
	}
	return m
}

// tracked is what a mirror is of.
type tracked struct{ kind, url, project, series string }

func (m *Mirror) tracker() tracked { return tracked{m.Kind, m.URL, m.Project, m.Series} }

func (t tracked) text() string {
	return strings.Join([]string{t.kind, t.url, t.project, t.series}, "\x00")
}

// pickMirror returns the one of two mirrors of different trackers that is the newer one;
// ids of issues of two trackers must not be mixed.
func pickMirror(base, ours, theirs *Mirror) *Mirror {
	switch base.tracker() {
	case ours.tracker():
		return theirs
	case theirs.tracker():
		return ours
	}
	if later(ours.tracker().text(), theirs.tracker().text()) < 0 {
		return theirs
	}
	return ours
}

// later compares two things that nothing else tells apart: what counts is that all clones
// take the same one.
func later(ours, theirs string) int { return cmp.Compare(ours, theirs) }

// pick is the three-way merge of one value; where both changed it, ours counts unless
// newer is negative.
func pick[V any](base, ours, theirs V, newer int) V {
	switch {
	case reflect.DeepEqual(ours, theirs), reflect.DeepEqual(base, theirs):
		return ours
	case reflect.DeepEqual(base, ours):
		return theirs
	case newer < 0:
		return theirs
	}
	return ours
}

func mergeMirrored(base, ours, theirs Mirrored) Mirrored {
	base, ours, theirs = base.normal(), ours.normal(), theirs.normal()
	switch {
	case reflect.DeepEqual(ours, theirs), reflect.DeepEqual(base, theirs):
		return ours
	case reflect.DeepEqual(base, ours):
		return theirs
	case ours.isZero():
		return theirs
	case theirs.isZero():
		return ours
	case ours.Issue != theirs.Issue:
		if isOlder(ours.Issue, theirs.Issue) {
			return ours
		}
		return theirs
	}
	if base.Issue != ours.Issue {
		base = Mirrored{} // it says nothing about this issue
	}
	newer := cmp.Or(ours.Updated.Compare(theirs.Updated), compareIDs(ours.Seen, theirs.Seen), later(ours.text(), theirs.text()))
	type state struct{ state, status, meant string }
	type owner struct{ owner, assignee string }
	s := pick(state{base.State, base.Status, base.Meant}, state{ours.State, ours.Status, ours.Meant}, state{theirs.State, theirs.Status, theirs.Meant}, newer)
	o := pick(owner{base.Owner, base.Assignee}, owner{ours.Owner, ours.Assignee}, owner{theirs.Owner, theirs.Assignee}, newer)
	merged := Mirrored{
		Issue: ours.Issue, State: s.state, Status: s.status, Meant: s.meant, Owner: o.owner, Assignee: o.assignee,
		Done:        pick(base.Done, ours.Done, theirs.Done, newer),
		Version:     pick(base.Version, ours.Version, theirs.Version, newer),
		Fields:      pick(base.Fields, ours.Fields, theirs.Fields, newer),
		Subject:     pick(base.Subject, ours.Subject, theirs.Subject, newer),
		Description: pick(base.Description, ours.Description, theirs.Description, newer),
		Links:       union(base.Links, ours.Links, theirs.Links),
		Told:        union(nil, ours.Told, theirs.Told),
		Seen:        ours.Seen,
		Updated:     ours.Updated,
		Refused:     pick(base.Refused, ours.Refused, theirs.Refused, newer),
		Unknown:     mergeUnknown(base.Unknown, ours.Unknown, theirs.Unknown),
	}
	if compareIDs(theirs.Seen, ours.Seen) > 0 {
		merged.Seen = theirs.Seen
	}
	if theirs.Updated.After(ours.Updated) {
		merged.Updated = theirs.Updated
	}
	return merged.normal()
}

// isOlder reports whether an issue is older than another one; none is younger than all.
func isOlder(a, b string) bool {
	return b == "" || a != "" && compareIDs(a, b) < 0
}

// normal is the same with lists that are sorted, and nil where they are empty.
func (m Mirrored) normal() Mirrored {
	m.Links, m.Told, m.Updated = sortedIDs(m.Links), sortedTexts(m.Told), m.Updated.UTC().Round(0)
	if len(m.Fields) == 0 {
		m.Fields = nil
	}
	if len(m.Refused) == 0 {
		m.Refused = nil
	}
	if len(m.Unknown) == 0 {
		m.Unknown = nil
	}
	return m
}

func (m Mirrored) isZero() bool { return reflect.DeepEqual(m.normal(), Mirrored{}) }

// text is the entry as it would be written.
func (m Mirrored) text() string {
	w := &mirrorWriter{}
	w.mirrored(m)
	return w.String()
}

// union is what either side has, without what stood in base and one of them removed.
func union(base, ours, theirs []string) []string {
	all := slices.Concat(ours, theirs)
	return sortedTexts(slices.DeleteFunc(all, func(text string) bool {
		return slices.Contains(base, text) && !(slices.Contains(ours, text) && slices.Contains(theirs, text))
	}))
}

// mergeUnknown merges keys of later versions one by one.
func mergeUnknown(base, ours, theirs map[string]any) map[string]any {
	merged := make(map[string]any)
	for _, key := range namesOf(ours, theirs) {
		o, isOurs := ours[key]
		t, isTheirs := theirs[key]
		if v := pick(base[key], o, t, later(valueText(o), valueText(t))); v != nil || isOurs && isTheirs {
			merged[key] = v
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return merged
}

func valueText(value any) string {
	w := &mirrorWriter{}
	w.value("v", value)
	return w.String()
}

func namesOf[V any](a, b map[string]V) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}
