package tracker

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settle compares what was found after the writes with what they wanted, and returns the
// new mirror and what the tracker did not do. Of a sync that broke off the outcomes are
// those that there were, and after is what is known; what was not made waits.
func (p *Plan) Settle(after Found, outcomes []Outcome) (*Mirror, []Ignored) {
	s := &settling{plan: p, after: after, made: map[string]*making{}, issues: map[string]Issue{}}
	for _, o := range outcomes {
		s.count(o)
	}
	for _, issue := range p.basis.found.Issues {
		s.issues[issue.ID] = issue
	}
	for _, issue := range after.Issues {
		s.issues[issue.ID] = issue
	}
	for _, issue := range after.Read { // what is read alone is as new as the list, and told more
		s.issues[issue.ID] = issue
	}
	return s.mirror(), s.ignored
}

// settling looks at the end of a sync.
type settling struct {
	plan    *Plan
	after   Found
	made    map[string]*making // by thing
	issues  map[string]Issue   // as they are now, by id
	ignored []Ignored
}

// making is what was done to the issue of one thing.
type making struct {
	issue   string
	keys    map[string]string // the reasons why a key was not taken, "" for one that was; by key
	items   []string
	isMade  bool
	isWrite bool
}

// count enters an outcome by the keys of its write.
func (s *settling) count(o Outcome) {
	w := o.Write
	if slices.Contains(w.Keys, "surplus") {
		return // it is the issue of nobody
	}
	m := s.made[w.Branch]
	if m == nil {
		m = &making{keys: map[string]string{}}
		s.made[w.Branch] = m
	}
	reason := strings.Join(o.Reasons, "; ")
	for _, key := range w.keys() {
		m.keys[key] = reason // the last try counts: what was refused with others is tried alone
	}
	isDone := reason == ""
	if isDone && w.Issue != "" {
		m.issue = w.Issue
	}
	if isDone {
		m.items = append(m.items, w.Items...)
	}
	m.isMade = m.isMade || isDone && (w.Draft != nil || w.Reuse)
	m.isWrite = m.isWrite || w.Draft == nil
}

func (s *settling) mirror() *Mirror {
	was := orEmpty(s.plan.basis.mirror)
	m := &Mirror{
		Format: MirrorFormat, Kind: was.Kind, URL: was.URL, Project: was.Project, Series: was.Series,
		Branches: map[string]Mirrored{}, Unknown: was.Unknown,
	}
	maps.Copy(m.Branches, was.Branches)
	m.Upgrade = was.Upgrade
	for _, a := range s.plan.basis.aims {
		if strings.HasPrefix(a.thing, "+") {
			if id := s.idOf(a); id != "" {
				m.Groups = append(m.Groups, id)
			}
		}
	}
	if m.Groups = sortedIDs(m.Groups); m.Groups == nil {
		m.Groups = was.Groups
	}
	for _, a := range s.plan.basis.aims {
		switch {
		case strings.HasPrefix(a.thing, "+"):
			s.aim(a)
		case a.isOut && s.made[a.thing] == nil:
		case a.thing == "":
			m.Upgrade = s.aim(a)
		default:
			m.Branches[a.thing] = s.aim(a)
		}
	}
	return m
}

// idOf is the issue of a thing; "" where none was made.
func (s *settling) idOf(a *aim) string {
	if m := s.made[a.thing]; m != nil && m.issue != "" {
		return m.issue
	}
	if a.isNew {
		return "" // a surplus one, that was not reused
	}
	return a.is.ID
}

// aim is what both sides say about one thing now.
func (s *settling) aim(a *aim) Mirrored {
	id := s.idOf(a)
	if id == "" {
		return a.was
	}
	m := a.next.clone()
	if m.Issue = id; a.isOut {
		m.Refused = maps.Clone(a.was.Refused) // it was not compared
	}
	is, isFound := s.issues[id]
	made := s.made[a.thing]
	if made == nil {
		made = &making{}
	}
	for _, key := range slices.Sorted(maps.Keys(a.wants)) {
		reason, isMade := made.keys[key]
		switch want := a.wants[key]; {
		case key == "note":
			s.notes(a, &m, made)
		case key == "link":
			s.links(a, &m, made, is, isMade)
		case key == "parent":
			s.parent(a, &m, is, isMade && isFound)
		case !isMade:
			m.restore(a.back, key)
		case reason == "" && !isFound, s.isAs(a, is, key, want):
		case key == "status" && reason == "" && a.is.ID != "" && !sameWord(is.Status.Name, a.is.Status.Name):
			// Somebody has changed it since: that is theirs to say.
		default:
			s.ignore(a, &m, id, key, want, is, reason)
		}
	}
	if a.isOwn && isFound {
		m.Status = is.Status.Name
	}
	s.kind(a, is, isFound && made.isMade && !a.write.Reuse)
	m.Seen, m.Updated = s.seen(a, is, made, m.Seen)
	m.Told = sortedTexts(m.Told)
	return m
}

// isAs reports whether the issue has what was wanted of a key.
func (s *settling) isAs(a *aim, is Issue, key, want string) bool {
	switch key {
	case "description":
		hash, state := ReadPart(is.Description)
		return state == WholePart && hash == want
	case "subject":
		return sameText(is.Subject, want)
	case "status":
		return sameWord(is.Status.Name, want)
	}
	return valueOf(is, key) == want
}

// valueOf is what an issue has of a key.
func valueOf(is Issue, key string) string {
	switch key {
	case "subject":
		return is.Subject
	case "description":
		hash, _ := ReadPart(is.Description)
		return hash
	case "status":
		return is.Status.Name
	case "assignee":
		return is.Assignee.ID
	case "done":
		return strconv.Itoa(is.Done)
	case "version":
		return is.Version
	case "parent":
		return is.Parent
	}
	return is.Fields[strings.TrimPrefix(key, "field ")]
}

// ignore enters that the tracker did not take a value.
func (s *settling) ignore(a *aim, m *Mirrored, id, key, want string, is Issue, reason string) {
	s.ignored = append(s.ignored, Ignored{Branch: a.thing, Issue: id, Key: key, Wanted: want, Is: valueOf(is, key), Reason: reason})
	m.restore(a.back, key)
	m.refuse(key, want)
	switch key {
	case "status":
		if a.back.Status == "" { // so it is known from now on where it stood
			m.Status = is.Status.Name
		}
	case "assignee":
		if a.back.Issue == "" {
			m.Assignee = is.Assignee.ID
		}
	case "subject": // it counts as renamed
		m.Subject = want
	case "done", "version", "description":
		// They are sent again when the ledger says something new.
		m.sent(a.next, key)
	default:
		if strings.HasPrefix(key, "field ") {
			m.sent(a.next, key)
		}
	}
}

// restore makes a mirror say of a key what another one says.
func (m *Mirrored) restore(from Mirrored, key string) {
	switch key {
	case "status":
		m.State, m.Status, m.Meant = from.State, from.Status, from.Meant
	case "assignee":
		m.Owner, m.Assignee = from.Owner, from.Assignee
	default:
		m.sent(from, key)
	}
}

// sent makes a mirror say of what only the ledger says the same as another one.
func (m *Mirrored) sent(from Mirrored, key string) {
	switch key {
	case "subject":
		m.Subject = from.Subject
	case "description":
		m.Description = from.Description
	case "done":
		m.Done = from.Done
	case "version":
		m.Version = from.Version
	}
	id, isField := strings.CutPrefix(key, "field ")
	if !isField {
		return
	}
	value, ok := from.Fields[id]
	if !ok {
		delete(m.Fields, id)
		return
	}
	if m.Fields == nil {
		m.Fields = map[string]string{}
	}
	m.Fields[id] = value
}

// notes counts as told what was read in a note; what is not known to stand there waits.
func (s *settling) notes(a *aim, m *Mirrored, made *making) {
	read, isRead := s.after.Read[m.Issue]
	there := map[string]bool{}
	for _, note := range read.Notes {
		for _, id := range ToldIn(note.Text) {
			there[id] = true
			m.Told = append(m.Told, id)
		}
	}
	reason, isMade := made.keys["note"]
	if !isMade || !isRead && reason == "" {
		return
	}
	var missing []string
	for _, id := range strings.Fields(a.wants["note"]) {
		if slices.Contains(made.items, id) && !there[id] || reason != "" && !there[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return
	}
	s.ignored = append(s.ignored, Ignored{
		Branch: a.thing, Issue: m.Issue, Key: "note", Wanted: countOf(len(missing), "item", "items"), Reason: reason,
	})
	m.refuse("note", strings.Join(missing, " "))
}

// links counts what was related; what the tracker refused is not tried again.
func (s *settling) links(a *aim, m *Mirrored, made *making, is Issue, isMade bool) {
	if !isMade {
		m.Links = a.back.Links
		return
	}
	reason := made.keys["link"]
	var missing []string
	for _, id := range a.write.Links {
		isThere := is.Links == nil && reason == "" || slices.Contains(is.Links, id)
		if !isThere {
			missing = append(missing, id)
			s.ignored = append(s.ignored, Ignored{Branch: a.thing, Issue: m.Issue, Key: "link", Wanted: id, Reason: reason})
		}
	}
	if len(missing) > 0 {
		m.refuse("link", strings.Join(append(missing, strings.Fields(m.Refused["link"])...), " "))
	}
}

// parent says where the tracker made an issue somewhere else than it was to stand.
func (s *settling) parent(a *aim, m *Mirrored, is Issue, isMade bool) {
	want := a.wants["parent"]
	if a.isNew { // a thing, that has an issue by now
		want = s.parentOf(a)
	}
	if !isMade || want == "" || is.Parent == want {
		return
	}
	s.ignored = append(s.ignored, Ignored{Branch: a.thing, Issue: m.Issue, Key: "parent", Wanted: want, Is: is.Parent, Reason: s.made[a.thing].keys["parent"]})
	m.refuse("parent", want)
}

func (s *settling) parentOf(a *aim) string {
	if id := s.plan.Parents[a.below]; id != "" {
		return id
	}
	if m := s.made[a.below]; m != nil {
		return m.issue
	}
	return ""
}

// kind says where the tracker made an issue of another type.
func (s *settling) kind(a *aim, is Issue, isMade bool) {
	want := s.plan.basis.caps.Type
	if a.isOwn {
		want = s.plan.basis.caps.ParentType
	}
	if !isMade || want == "" || is.Type == "" || sameWord(want, is.Type) {
		return
	}
	s.ignored = append(s.ignored, Ignored{Branch: a.thing, Issue: is.ID, Key: "type", Wanted: want, Is: is.Type})
}

// seen returns up to which note the notes of an issue are in the ledger, and as of which
// change of it that is known to be all. It is not known of an issue that was changed after
// its notes were read.
func (s *settling) seen(a *aim, is Issue, made *making, seen string) (string, time.Time) {
	same := s.plan.basis.caps.SameTime
	sure := func(updated, now time.Time) time.Time {
		if updated.IsZero() || now.IsZero() || updated.Add(same).After(now) {
			return time.Time{}
		}
		return inYears(updated)
	}
	if read, ok := s.after.Read[is.ID]; ok {
		for _, note := range read.Notes {
			if compareIDs(note.ID, seen) <= 0 {
				continue
			}
			if len(ToldIn(note.Text)) == 0 && strings.TrimSpace(note.Text) != "" && !a.isOwn {
				return seen, time.Time{} // somebody wrote it since
			}
			seen = note.ID
		}
		return seen, sure(read.Updated, s.after.Now)
	}
	switch read, isRead := s.plan.basis.found.Read[is.ID]; {
	case made.isMade && !made.isWrite:
		return seen, sure(is.Updated, s.after.Now)
	case len(made.keys) > 0:
		return seen, time.Time{}
	case isRead:
		return seen, sure(read.Updated, s.plan.basis.found.Now)
	}
	return seen, a.was.Updated
}
