package tracker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// basis is what a plan was made from, and what it is to lead to.
type basis struct {
	upgrade Upgrade
	mirror  *Mirror
	found   Found
	caps    Capabilities
	again   bool
	aims    []*aim
}

// MakePlan compares what the ledger, the tracker and the mirror say. It asks and changes
// nothing. The mirror is nil where there is none. The notes of the issues that
// [Mirror.Unread] names are in found.Read; an issue that is missing there is told nothing.
//
// A description that a plan writes has no claim in it: a sync that holds one enters it.
func MakePlan(u Upgrade, m *Mirror, found Found, caps Capabilities, s Settings, o Options) *Plan {
	p := newPlanner(u, m, found, caps, s, o)
	p.everything()
	if !o.Many && p.isMany() {
		p = newPlanner(u, m, found, caps, s, o)
		p.withholds = true
		p.everything()
	}
	p.warn()
	p.plan.basis = basis{upgrade: u, mirror: m, found: found, caps: caps, again: o.Again, aims: p.aims}
	return p.plan
}

func newPlanner(u Upgrade, m *Mirror, found Found, caps Capabilities, s Settings, o Options) *planner {
	return &planner{
		plan: &Plan{Parents: map[string]string{}}, upgrade: u, mirror: m, found: found, caps: caps, settings: s, options: o,
		words: newWords(caps, s, found.Statuses), people: newPeople(s, found), index: newIndex(u, m, found.Issues),
		unknown: map[string]int{}, statusOf: map[string]string{},
	}
}

// planner makes a plan.
type planner struct {
	plan     *Plan
	upgrade  Upgrade
	mirror   *Mirror
	found    Found
	caps     Capabilities
	settings Settings
	options  Options
	words    words
	people   people
	index    index
	aims     []*aim
	places   places
	statusOf map[string]string // what issues are going to have, by id
	isGone   bool              // the upgrade's own issue is, and nothing can be put below it
	unknown  map[string]int    // owners that the tracker does not know
	private  int               // notes
	// withholds says that nothing is dropped or held, since it were too many at once.
	withholds bool
	vanished  []string // statuses that both sides knew, and the tracker has no more
}

// aim is what a plan is up to with one thing.
type aim struct {
	thing string // as in Write.Branch
	is    Issue  // as it was found; without ID: there is none
	was   Mirrored
	// next is what the mirror says once all of wants is done, back what it says of the
	// keys that are not.
	next, back Mirrored
	wants      map[string]string // by key
	write      Write
	isNew      bool // made or reused
	isOut      bool // not asked for: its mirror stays
	isOwn      bool // the upgrade's, or a group's
	below      string
	related    []string // ids of the issues that it is about
}

func (a *aim) want(key, value string) {
	a.wants[key] = value
	if !slices.Contains(a.write.Keys, key) {
		a.write.Keys = append(a.write.Keys, key)
	}
}

// everything plans the upgrade's issue, then the branches, then what is too many, and
// puts the writes into their order: what others stand below is open before they come, and
// closed when they are done.
func (p *planner) everything() {
	own := p.newAim("")
	p.places = p.findPlaces()
	var branches []*aim
	for i := range p.upgrade.Branches {
		branches = append(branches, p.branch(&p.upgrade.Branches[i]))
	}
	surplus := p.surplus(branches)
	p.own(own)
	groups := p.place(branches)
	isOpening := p.opening(branches)
	first, last := p.life(own, isOpening[""])
	p.add(own, first)
	var closing []Write
	for _, g := range groups {
		first, end := p.groupLife(g, isOpening[g.thing], last != nil)
		p.add(g, first)
		if end != nil {
			closing = append(closing, *end)
		}
	}
	for _, a := range branches {
		p.add(a, nil)
	}
	p.plan.Writes = append(append(p.plan.Writes, surplus...), closing...)
	if last != nil {
		p.plan.Writes = append(p.plan.Writes, *last)
	}
}

// newAim begins with what is known of a thing.
func (p *planner) newAim(thing string) *aim {
	a := &aim{thing: thing, wants: map[string]string{}, isOwn: isOwn(thing)}
	known := p.mirror.of(thing)
	if all := p.index.of[thing]; len(all) > 0 {
		a.is = all[0]
	}
	a.was = known
	if a.is.ID != "" && known.Issue != a.is.ID {
		a.was = Mirrored{Issue: a.is.ID} // what is known is of another issue
	}
	isMissed := slices.Contains(p.found.Gone, known.Issue) || p.index.strange[known.Issue]
	if a.is.ID == "" && known.Issue != "" && (p.options.Anew || !isMissed) {
		a.was = Mirrored{}
	}
	a.next = a.was.clone()
	a.next.Issue = a.is.ID
	a.next.Refused = nil
	a.back = a.was
	a.write = Write{Branch: thing, Issue: a.is.ID}
	p.aims = append(p.aims, a)
	if a.is.ID != "" {
		p.statusOf[a.is.ID] = a.is.Status.Name
	}
	return a
}

func isOwn(thing string) bool { return thing == "" || strings.HasPrefix(thing, "+") }

func (m Mirrored) clone() Mirrored {
	m.Fields, m.Refused = maps.Clone(m.Fields), maps.Clone(m.Refused)
	m.Links, m.Told = slices.Clone(m.Links), slices.Clone(m.Told)
	return m
}

// goneAway reports whether the issue of a thing was there once, and is not to be found. A
// second one is made only if somebody says so.
func (p *planner) goneAway(a *aim) bool {
	if a.is.ID != "" || a.was.Issue == "" {
		return false
	}
	a.isOut = true
	what := "the issue of " + a.thing
	if a.thing == "" {
		what = "the upgrade's own issue"
	}
	if p.index.strange[a.was.Issue] {
		p.plan.Warnings = append(p.plan.Warnings, Warning{"unmarked", fmt.Sprintf(
			"%s is not the issue of an upgrade: %s names it on the mgit branch as %s, but it has no mark of mgit, and no place among the upgrade's issues. It is left alone, and no other is made; if it lost the mark, put the line %s back into its description, else --anew makes one",
			IssueName(a.was.Issue), "trackers/"+p.upgrade.Series+".toml", what, p.marker(a.thing))})
		return true
	}
	p.plan.Warnings = append(p.plan.Warnings, Warning{"gone", fmt.Sprintf(
		"%s, %s, is not to be found: it was deleted, or this key does not show it. No second one is made; if it is deleted, --anew makes one",
		what, IssueName(a.was.Issue))})
	return true
}

// isAskedFor reports whether a branch is among those that the sync is for.
func (p *planner) isAskedFor(name string) bool {
	return len(p.options.Only) == 0 || slices.Contains(p.options.Only, name)
}

// branch plans one branch, as far as that needs no other one.
func (p *planner) branch(b *Branch) *aim {
	a := p.newAim(b.Name)
	if !p.isAskedFor(b.Name) {
		a.isOut = true
		return a
	}
	if p.goneAway(a) {
		return a
	}
	p.hear(a, b)
	state := p.state(a, b)
	p.owner(a, b)
	p.oneWay(a, b, state)
	p.link(a, append(slices.Clone(b.Links), b.Previous))
	p.describe(a, b.Description, fitSubject(b.Subject, p.caps.MaxSubject), b.Subject != "")
	return a
}

// add puts the writes of an aim into the plan: first what is done before all else, then its
// change with as many items as fit into one note, then the rest of them.
func (p *planner) add(a *aim, first *Write) {
	if first != nil {
		p.plan.Writes = append(p.plan.Writes, *first)
	}
	if a.isOut {
		return
	}
	items := p.untold(a)
	if a.isNew && a.write.Draft != nil {
		a.write.Keys = slices.Concat([]string{"issue"}, slices.DeleteFunc(a.write.Keys, func(key string) bool { return key != "link" }))
	}
	if ids := idsOf(items); len(ids) > 0 && p.isRefused(a, "note", ids, "", true) {
		items = nil
	} else if len(ids) > 0 {
		a.write.Change.Note, a.write.Items = noteOf(items, p.caps)
		a.want("note", ids)
	}
	if len(a.write.Keys) > 0 {
		p.plan.Writes = append(p.plan.Writes, a.write)
	}
	for items = items[len(a.write.Items):]; len(items) > 0; {
		w := Write{Branch: a.thing, Issue: a.is.ID, Keys: []string{"note"}}
		w.Change.Note, w.Items = noteOf(items, p.caps)
		items = items[len(w.Items):]
		p.plan.Writes = append(p.plan.Writes, w)
	}
}

// idsOf are the ids of items in one text.
func idsOf(items []Item) string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return strings.Join(ids, " ")
}

// warn says once what holds for many.
func (p *planner) warn() {
	say := func(id, format string, args ...any) {
		p.plan.Warnings = append(p.plan.Warnings, Warning{id, fmt.Sprintf(format, args...)})
	}
	for _, name := range slices.Sorted(maps.Keys(p.unknown)) {
		say("unknown-owner", "the tracker has nobody called %s, who owns %s; [tracker.people] says who that is there", name, countOf(p.unknown[name], "branch", "branches"))
	}
	for _, name := range p.words.missing {
		say("unknown-status", "the tracker has no status %q; [tracker.status] says what stands for a state", name)
	}
	p.warnMany()
	for _, name := range p.vanished {
		if !slices.Contains(p.words.missing, name) {
			say("unknown-status", "the tracker has no status %q any more; [tracker.status] says what stands for a state now", name)
		}
	}
	if p.private > 0 {
		say("private-notes", "%s not everybody may see, and which did not come into the ledger", countOf(p.private, "note that", "notes that"))
	}
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// IssueName is the id of an issue as people write it: "#12", "MOODLE-12", and "" for none.
func IssueName(id string) string {
	if id != "" && strings.Trim(id, "0123456789") == "" {
		return "#" + id
	}
	return id
}

// Unread returns the ids of those issues whose notes have to be read before a plan is
// made, because somebody may have written some: those that changed since, or are not known.
func (m *Mirror) Unread(issues []Issue) []string {
	var ids []string
	for thing, all := range indexOf(m, issues, func(Marker) bool { return true }).of {
		issue, was := all[0], m.of(thing)
		isChanged := was.Issue != issue.ID || was.Updated.IsZero() || !was.Updated.Equal(issue.Updated)
		if isChanged && !strings.HasPrefix(thing, "+") {
			ids = append(ids, issue.ID)
		}
	}
	return sortedIDs(ids)
}
