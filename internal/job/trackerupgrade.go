package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// trackerUpgrade is an upgrade as its issues are to tell it. The mirrors are those of all
// upgrades, by series: what the tracker was told before keeps its text empty, and the
// issues of the upgrade before are found by them. It reads commits and no trees;
// trackerDetails adds what costs more.
func (s *Site) trackerUpgrade(ctx context.Context, ledger *upgrade.Ledger, mirrors map[string]*tracker.Mirror) (tracker.Upgrade, error) {
	facts, err := s.readTrackerFacts(ctx, ledger)
	if err != nil {
		return tracker.Upgrade{}, err
	}
	w := &trackerWriter{site: s, ledger: ledger, facts: facts, mirror: mirrors[ledger.Series]}
	if w.mirror == nil {
		w.mirror = &tracker.Mirror{}
	}
	if w.tickets, err = newTicketFinder(s.Config.Tracker); err != nil {
		return tracker.Upgrade{}, err
	}
	series, err := moodle.ParseSeries(ledger.Series)
	if err != nil {
		return tracker.Upgrade{}, err
	}
	told, err := s.anyMirror(ctx, series)
	if err != nil {
		return tracker.Upgrade{}, err
	}
	w.own = ownTickets(told)
	if w.disputed, err = s.trackerDisputes(ctx, ledgerPath(series)); err != nil {
		return tracker.Upgrade{}, err
	}
	if err := w.findEarlier(ctx, mirrors); err != nil {
		return tracker.Upgrade{}, err
	}
	u := tracker.Upgrade{
		Site: s.Config.Customer, Series: ledger.Series, From: ledger.From, Onto: ledger.Onto,
		IsFinished: ledger.IsFinished(s.branchesOf(ledger.From)), Previous: w.earlier[""],
		Subject: w.subject(), Description: w.description(), Branches: []tracker.Branch{},
	}
	for _, name := range sortedNames(ledger.Entries) {
		b, err := w.branch(ctx, name, ledger.Entries[name])
		if err != nil {
			return tracker.Upgrade{}, err
		}
		u.Branches = append(u.Branches, b)
	}
	if u.IsFinished {
		u.Items = append(u.Items, w.finished())
	}
	return u, nil
}

// trackerWriter writes what the issues of an upgrade say.
type trackerWriter struct {
	site    *Site
	ledger  *upgrade.Ledger
	mirror  *tracker.Mirror
	facts   *trackerFacts
	tickets *ticketFinder
	own     map[string]string // tickets that a sync entered, by branch
	// disputed are the keys, "state" and "owner", on which clones disagree among
	// themselves, by branch: nobody's to send or to take, also not in words.
	disputed map[string]map[string]bool
	earlier  map[string]string // ids of the issues of the upgrade before, by this one's branches; "" the upgrade's own
}

// trackerDisputes are the keys of branches about which there is an open dispute in a
// ledger, as the tracker has them.
func (s *Site) trackerDisputes(ctx context.Context, file string) (map[string]map[string]bool, error) {
	open, err := s.openDisputes(ctx, s.shared)
	if err != nil {
		return nil, err
	}
	keys := map[string][]string{
		"disposition": {"state"}, "progress": {"state"}, "owner": {"owner"}, "entry": {"state", "owner"},
	}
	all := make(map[string]map[string]bool)
	for _, d := range open {
		if d.File != file {
			continue
		}
		for _, key := range keys[d.Key] {
			if all[d.Entry] == nil {
				all[d.Entry] = make(map[string]bool)
			}
			all[d.Entry][key] = true
		}
	}
	return all, nil
}

// findEarlier finds the upgrade that made the branches which this one moves.
func (w *trackerWriter) findEarlier(ctx context.Context, mirrors map[string]*tracker.Mirror) error {
	w.earlier = make(map[string]string)
	m := mirrors[w.ledger.From]
	if m == nil || w.ledger.From == w.ledger.Series {
		return nil
	}
	series, err := moodle.ParseSeries(w.ledger.From)
	if err != nil {
		return fmt.Errorf("the ledger of the upgrade to %s: from: %w", w.ledger.Series, err)
	}
	before, err := w.site.readLedger(ctx, series)
	if err != nil || before == nil {
		return err
	}
	w.earlier[""] = m.Upgrade.Issue
	for _, old := range sortedNames(before.Entries) {
		if e := before.Entries[old]; e.NewName != "" && m.Branches[old].Issue != "" {
			w.earlier[e.NewName] = m.Branches[old].Issue
		}
	}
	return nil
}

func (w *trackerWriter) subject() string {
	return "Upgrade " + w.site.Config.Customer + " from Moodle " + w.ledger.From + " to " + w.ledger.Series
}

func (w *trackerWriter) description() tracker.Text {
	onto := "a release that is not known yet"
	if w.ledger.Onto != "" {
		onto = w.ledger.Onto
	}
	return tracker.Text{
		{Lines: []string{fmt.Sprintf("All branches of Moodle %s move to %s (%s). There is an issue below this one for each of them.", w.ledger.From, w.ledger.Series, onto)}},
		{Lines: []string{"mgit keeps these issues as the ledger of the upgrade is, upgrades/" + w.ledger.Series + ".toml on the mgit branch. State, assignee and notes that people change here come back into it."}},
	}
}

// finished tells that nothing is left to be done.
func (w *trackerWriter) finished() tracker.Item {
	counts := make(map[string]int)
	for _, e := range w.ledger.Entries {
		counts[trackerState(e)]++
	}
	var parts []string
	for _, state := range upgrade.States() {
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	return tracker.Item{
		ID:   tracker.ItemID("finished", w.ledger.Series, w.ledger.OntoCommit.String()),
		Text: tracker.Text{{Lines: []string{fmt.Sprintf("The upgrade is finished: of %s none is left to be done (%s).", count(len(w.ledger.Entries), "branch"), strings.Join(parts, ", "))}}},
	}
}

// trackerState is the state of the work on a branch, where a decision counts as soon as
// it is made.
func trackerState(e *upgrade.Entry) string {
	switch e.Disposition {
	case upgrade.DispositionDrop:
		return upgrade.StateDropped
	case upgrade.DispositionHold:
		return upgrade.StateHeld
	}
	return cmp.Or(e.State, upgrade.StateTodo)
}

// branchWords is what is known of one branch.
type branchWords struct {
	name, newName string
	parsed        branches.Name
	entry         *upgrade.Entry
	record        config.Record
	why           Justification
	commits       []*git.Commit
	found         tickets
}

func (w *trackerWriter) branch(ctx context.Context, name string, e *upgrade.Entry) (tracker.Branch, error) {
	b := &branchWords{name: name, newName: e.NewName, entry: e, commits: w.facts.commits(name)}
	key := ""
	if parsed, err := w.site.Scheme.Parse(name); err == nil {
		b.parsed, key = parsed, parsed.Key()
		if to, err := moodle.ParseSeries(w.ledger.Series); err == nil && b.newName == "" {
			b.newName, _ = w.site.Scheme.Format(parsed.WithVersion(to)) // "" where it cannot have one
		}
	}
	b.record = w.site.Config.Records[key]
	b.why = w.site.justify(key, e, b.commits)
	w.findTickets(b)
	text, err := w.describe(ctx, b)
	if err != nil {
		return tracker.Branch{}, err
	}
	return tracker.Branch{
		Name: name, State: trackerState(e), Reason: e.Reason, Owner: cmp.Or(e.Owner, b.record.Owner),
		IsDecided: e.Disposition == upgrade.DispositionDrop || e.Disposition == upgrade.DispositionHold,
		Subject:   b.subject(w.ledger.Series), Description: text, Items: w.items(b), Fields: w.fields(b),
		Links: w.links(b), Previous: w.earlier[name], Disputed: w.disputed[name],
	}, nil
}

// findTickets looks wherever people write of what a branch is about. Messages of
// somebody else's commits speak of somebody else's tickets.
func (w *trackerWriter) findTickets(b *branchWords) {
	f, found := w.tickets, &b.found
	f.inName(found, b.name)
	// The ledger has the branch's own issue as its ticket; there that says nothing.
	if b.entry.Ticket != w.own[b.name] {
		f.inField(found, b.entry.Ticket)
	}
	f.inField(found, b.record.Ticket)
	for _, issue := range slices.Concat(b.why.Upstream, b.record.SupersededBy) {
		f.inField(found, issue)
	}
	f.inText(found, b.record.Reason)
	if !w.disputed[b.name]["state"] {
		f.inText(found, b.entry.Reason)
	}
	for _, n := range b.entry.Notes {
		f.inText(found, n.Text)
	}
	if b.record.Origin != config.OriginExternal {
		for _, c := range b.commits {
			f.inText(found, c.Message)
		}
	}
	own := w.mirror.Branches[b.name].Issue
	found.links = slices.DeleteFunc(found.links, func(id string) bool { return id == own })
}

// links are the tickets of the site's tracker without those that stand for this upgrade
// anyway.
func (w *trackerWriter) links(b *branchWords) []string {
	return slices.DeleteFunc(slices.Clone(b.found.links), func(id string) bool {
		return id == w.mirror.Upgrade.Issue || id == w.mirror.Branches[b.name].Issue || id == w.earlier[b.name] || slices.Contains(w.mirror.Groups, id)
	})
}

// subject is "4.5: mod_forum: subject (hack)", or the name of a branch that is not of
// the scheme.
func (b *branchWords) subject(series string) string {
	text := series + ": "
	switch {
	case b.parsed.Component == "":
		return text + b.name
	case b.parsed.Short == "":
		text += b.parsed.Component
	default:
		text += b.parsed.Component + ": " + b.parsed.Short
	}
	if b.parsed.Type != "" {
		text += " (" + b.parsed.Type + ")"
	}
	return text
}

func (w *trackerWriter) fields(b *branchWords) map[string]string {
	templates := w.site.Config.Tracker.Fields
	if len(templates) == 0 {
		return nil
	}
	fill := strings.NewReplacer(
		"{branch}", b.name, "{new_branch}", b.newName, "{component}", b.parsed.Component, "{type}", b.parsed.Type,
		"{state}", trackerState(b.entry), "{disposition}", b.entry.Disposition,
		"{series}", w.ledger.Series, "{from}", w.ledger.From, "{onto}", w.ledger.Onto,
	)
	fields := make(map[string]string, len(templates))
	for id, template := range templates {
		isOpen := w.disputed[b.name]["state"] && (strings.Contains(template, "{state}") || strings.Contains(template, "{disposition}"))
		if fields[id] = fill.Replace(template); isOpen {
			fields[id] = w.mirror.Branches[b.name].Fields[id]
		}
	}
	return fields
}

// mostCommits is how many commits a description lists.
const mostCommits = 50

// describe is what a branch is and why it is there. It changes when the branch does, not
// with the work on it, which notes tell.
func (w *trackerWriter) describe(ctx context.Context, b *branchWords) (tracker.Text, error) {
	tip := w.facts.tips[b.name].old
	if tip == git.ZeroID {
		return nil, nil
	}
	base, err := w.facts.base(ctx, tip)
	if err != nil {
		return nil, err
	}
	var text tracker.Text
	if b.why.Reason != "" {
		text = append(text, tracker.Block{Lines: []string{b.why.Reason}})
	}
	onto := w.ledger.Series
	if w.ledger.Onto != "" {
		onto = w.ledger.Onto
	}
	var facts []string
	for _, fact := range [][2]string{
		{"Branch", b.name},
		{"New branch", b.newName},
		{"Moves to", onto},
		{"Stands on", nameOfCommit(w.site.refs.describe(base))},
		{"Component", b.parsed.Component},
		{"Type", b.parsed.Type},
		{"Why it is carried", b.why.words()},
		{"Owner", w.owner(b)},
		{"Needs", strings.Join(b.record.Requires, ", ")},
		{"Tickets", strings.Join(b.ticketWords(), ", ")},
	} {
		if fact[1] != "" {
			facts = append(facts, fact[0]+": "+fact[1])
		}
	}
	text = append(text, tracker.Block{Kind: tracker.List, Lines: facts})
	if len(b.found.moodle) > 0 {
		var addresses []string
		for _, mdl := range b.found.moodle {
			addresses = append(addresses, moodleAddress(mdl))
		}
		text = append(text, tracker.Block{Kind: tracker.Addresses, Lines: addresses})
	}
	return append(text, w.listCommits(b)...), nil
}

// owner is who sees to a branch; while clones disagree about that, who it was before.
func (w *trackerWriter) owner(b *branchWords) string {
	if w.disputed[b.name]["owner"] {
		return w.mirror.Branches[b.name].Owner
	}
	return cmp.Or(b.entry.Owner, b.record.Owner)
}

func (b *branchWords) ticketWords() []string {
	var all []string
	for _, id := range b.found.links {
		all = append(all, tracker.IssueName(id))
	}
	return append(all, b.found.others...)
}

// words says why a branch is carried, for a list.
func (j Justification) words() string {
	text := j.Kind
	if !j.ReviewBy.IsZero() {
		text = strings.TrimPrefix(text+", to be looked at before "+j.ReviewBy.String(), ", ")
	}
	return text
}

func nameOfCommit(c Commit) string {
	if c.Tag != "" {
		return c.Tag
	}
	return c.Commit.Short()
}

func (w *trackerWriter) listCommits(b *branchWords) tracker.Text {
	if len(b.commits) == 0 {
		return nil
	}
	return tracker.Text{
		{Kind: tracker.Heading, Lines: []string{count(len(b.commits), "commit")}},
		{Kind: tracker.List, Lines: w.commitLines(b.commits)},
	}
}

// commitLines names commits, the last ones where there are many.
func (w *trackerWriter) commitLines(commits []*git.Commit) []string {
	var lines []string
	if more := len(commits) - mostCommits; more > 0 {
		lines, commits = append(lines, fmt.Sprintf("%d older ones", more)), commits[more:]
	}
	for _, c := range commits {
		lines = append(lines, ID(c.ID).Short()+" "+title(w.facts.history.Commit(c.ID)))
	}
	return lines
}
