package targetview

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// part is something that a target holds, or lacks.
type part struct {
	group  string
	word   string // current, stale, missing …
	sign   string
	role   theme.Role
	name   string // the branch, or the subject of a commit
	short  string // the same, without what all branches of the series begin with
	id     job.ID // of its tip in the target, or of the commit
	note   string // a sentence
	branch string // what the branches' view can show; "" for nothing
	at     int    // its place, which makes rows with one name two
}

// The headings.
const (
	groupMissing  = "Missing"
	groupParked   = "Parked in the upgrade, and so not there yet"
	groupStrange  = "Explained by no branch"
	groupHeld     = "What it holds, in the order of the merges"
	groupMemo     = "To know"
	groupLeftOut  = "Does not belong to it"
	groupInAndOut = "Its branches"
)

// groups are the headings in their order: what wants somebody first.
func groups() []string {
	return []string{groupMissing, groupStrange, groupParked, groupInAndOut, groupHeld, groupMemo, groupLeftOut}
}

func (p part) key() string { return fmt.Sprintf("%s %s %s %d", p.group, p.name, p.id, p.at) }

func (p part) copies() []screen.Copyable {
	var all []screen.Copyable
	if p.branch != "" {
		all = append(all, screen.Copyable{What: "name of the branch", Text: p.branch})
	}
	if p.id != (job.ID{}) {
		all = append(all, screen.Copyable{What: "commit", Text: p.id.String()})
	}
	if p.note != "" {
		all = append(all, screen.Copyable{What: "what is said of it", Text: p.note})
	}
	return all
}

func partTable() widget.Table[part] {
	return widget.Table[part]{
		Columns: []widget.Column[part]{
			{Title: "state", Width: 12, Cell: func(p part) widget.Span { return widget.Span{Text: p.sign + " " + p.word, Role: p.role} }},
			{Title: "branch", Elastic: true, Middle: true, Cell: func(p part) widget.Span { return widget.Span{Text: p.short} }},
			{Title: "tip", Width: 10, Rank: 2, Cell: func(p part) widget.Span { return widget.Span{Text: short(p.id), Role: theme.Faint} }},
		},
		ID:         part.key,
		Group:      func(p part) string { return p.group },
		GroupOrder: func(a, b string) int { return slices.Index(groups(), a) - slices.Index(groups(), b) },
		Fields: map[string]func(part) []string{
			"branch": func(p part) []string { return []string{p.name} },
			"state":  func(p part) []string { return []string{p.word} },
			"note":   func(p part) []string { return []string{p.note} },
		},
		Empty: "Nothing belongs to it. `mgit new` makes a branch.",
	}
}

func short(id job.ID) string {
	if id == (job.ID{}) {
		return ""
	}
	return id.Short()
}

// partsOf lists what a target holds and lacks, what wants somebody first. Without a proof it is what the
// names of the merges say, which is there at once.
func partsOf(status *job.StatusReport, t job.TargetStatus, proof *job.TargetProof) []part {
	l := &parting{status: status, target: t, tips: make(map[string]job.BranchStatus)}
	for _, b := range status.Branches {
		l.tips[b.Name] = b
	}
	if proof == nil {
		l.byNames()
	} else {
		l.faults(proof)
		l.parked()
		l.held(proof)
		l.memos(proof)
	}
	prefix := strings.TrimSuffix(t.Name, t.Short)
	for i := range l.all {
		l.all[i].at, l.all[i].short = i, strings.TrimPrefix(l.all[i].name, prefix)
	}
	return l.all
}

type parting struct {
	status *job.StatusReport
	target job.TargetStatus
	tips   map[string]job.BranchStatus
	all    []part
}

func (l *parting) add(p part) { l.all = append(l.all, p) }

// byNames says what status knows: which branches are in whole, and which with an older state.
func (l *parting) byNames() {
	for _, b := range l.status.Branches {
		if b.Version != l.target.Version {
			continue
		}
		p := part{group: groupInAndOut, word: "not in", sign: "·", role: theme.Attention, name: b.Name, id: b.Tip, branch: b.Name}
		for _, in := range b.Targets {
			if in == l.target.Name {
				p.word, p.sign, p.role = "in", "+", theme.Good
			}
		}
		for _, s := range b.Stale {
			if s.Target == l.target.Name {
				p.word, p.sign = "stale", "!"
				p.note = fmt.Sprintf("An older state is in, without %s of its commits.", counted(s.Missing))
			}
		}
		if l.target.Tip == (job.ID{}) {
			p.word, p.sign, p.role = "waits", "·", theme.Faint
		}
		l.add(p)
	}
	l.parked()
}

func counted(n int) string {
	if n == 1 {
		return "one"
	}
	return fmt.Sprint(n)
}

// faults are what is wrong with the target.
func (l *parting) faults(proof *job.TargetProof) {
	for _, m := range proof.Missing {
		p := part{group: groupMissing, word: "missing", sign: "!", role: theme.Attention, name: m.Branch, id: m.Tip, note: sentence(m.Reason), branch: m.Branch}
		if m.Has != (job.ID{}) {
			p.word = "stale"
			p.note = fmt.Sprintf("%s It has %s, and the branch is at %s.", p.note, m.Has.Short(), m.Tip.Short())
		}
		if b, known := l.tips[m.Branch]; known && b.State != "" {
			p.note += fmt.Sprintf(" Its state is %s.", b.State)
		}
		l.add(p)
	}
	for _, s := range proof.Strangers {
		p := part{group: groupStrange, word: "stranger", sign: "!", role: theme.Attention, name: s.Subject, id: s.Commit, note: sentence(report.StrangerLine(s))}
		if _, known := l.tips[s.Branch]; known {
			p.branch = s.Branch
		}
		if len(s.Paths) > 0 {
			p.note += " It changes " + paths(s.Paths) + "."
		}
		l.add(p)
	}
	for _, d := range proof.Dropped {
		l.add(part{group: groupStrange, word: "taken out", sign: "!", role: theme.Attention, name: d.Branch, id: d.By, note: sentence(report.DroppedLine(d)), branch: d.Branch})
	}
	for _, u := range proof.Unread {
		l.add(part{group: groupStrange, word: "not proved", sign: "x", role: theme.Bad, name: "merge " + u.Commit.Short(), id: u.Commit, note: sentence(u.Reason)})
	}
}

// parked lists the branches of an upgrade to this series that are not there yet, because they wait for a
// person: no recipe can name them.
func (l *parting) parked() {
	for _, u := range l.status.Upgrades {
		if u.Series != l.target.Version.String() {
			continue
		}
		for _, b := range u.Parked {
			l.add(part{
				group: groupParked, word: "parked", sign: "!", role: theme.Attention, name: b.NewName, branch: b.NewName,
				note: fmt.Sprintf("It is parked in the upgrade from %s and waits for a person, so that there is no branch to merge yet.", u.From),
			})
		}
	}
}

// held are the merges of the target in their order, each beside what the branch is now.
func (l *parting) held(proof *job.TargetProof) {
	stale := make(map[string]bool)
	for _, m := range proof.Missing {
		stale[m.Branch] = m.Has != (job.ID{})
	}
	for i, m := range proof.Merged {
		p := part{group: groupHeld, word: "current", sign: "+", role: theme.Good, name: m.Branch, id: m.Tip, branch: m.Branch}
		p.note = fmt.Sprintf("Merge %d of %d.", i+1, len(proof.Merged))
		b, known := l.tips[m.Branch]
		switch {
		case m.Upstream:
			p.word, p.sign, p.role, p.branch = "Moodle", "=", theme.Faint, ""
		case !known:
			p.word, p.sign, p.role, p.branch = "gone", "?", theme.Attention, ""
			p.note += " The branch is not there any more."
		case b.Tip != m.Tip && stale[m.Branch]:
			p.word, p.sign, p.role = "stale", "!", theme.Attention
			p.note += fmt.Sprintf(" The branch is at %s now.", b.Tip.Short())
		case b.Tip != m.Tip:
			p.word, p.sign, p.role = "older", "=", theme.Faint
			p.note += fmt.Sprintf(" It came further with a later merge; the branch is at %s.", b.Tip.Short())
		}
		l.add(p)
	}
}

// memos are what is no fault.
func (l *parting) memos(proof *job.TargetProof) {
	for _, a := range proof.Ahead {
		l.add(part{group: groupMemo, word: "ahead", sign: "=", role: theme.Faint, name: a.Branch, id: a.Has, branch: a.Branch, note: fmt.Sprintf("It is in with %s, and %s is wanted.", a.Has.Short(), a.Tip.Short())})
	}
	for _, s := range proof.Undone {
		l.add(part{group: groupMemo, word: "undone", sign: "=", role: theme.Faint, name: s.Subject, id: s.Commit, note: "A commit that no branch explains, and that another one took back."})
	}
	for _, s := range proof.Settled {
		l.add(part{group: groupMemo, word: "resolved", sign: "+", role: theme.Good, name: s.Branch, id: s.Commit, branch: s.Branch, note: sentence(report.SettledLine(s))})
	}
	for _, c := range proof.Contains {
		l.add(part{group: groupMemo, word: "contains", sign: "=", role: theme.Faint, name: c.Branch, branch: c.Branch, note: "It has the commits of " + strings.Join(c.Others, ", ") + " in it, and so explains them."})
	}
	for _, o := range proof.LeftOut {
		l.add(part{group: groupLeftOut, word: "left out", sign: "-", role: theme.Faint, name: o.Branch, branch: o.Branch, note: sentence(o.Reason)})
	}
}

// sentence begins text with a capital and ends it with a stop, unless it begins with a name.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if c := text[0]; c >= 'a' && c <= 'z' {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimSuffix(text, ".") + "."
}

// paths lists a few paths.
func paths(all job.Paths) string {
	const few = 4
	var shown []string
	for _, p := range all[:min(few, len(all))] {
		shown = append(shown, job.ShowPath(p))
	}
	if n := len(all) - few; n > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(shown, ", ")
}
