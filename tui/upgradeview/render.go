package upgradeview

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/internal/upgrade"
	"mgit/tui/cells"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// headLines is how many lines stand above the panes.
const headLines = 2

// hit is a part of the lines at the top that can be clicked.
type hit struct {
	row, from, to int // columns from up to to
	action        keymap.Action
	word          string // of a count; "" where it is a page
}

// Render draws the page in front, below its name and its counts.
func (v *View) Render(width, height int) string {
	v.refresh()
	v.width, v.height = width, height
	look := v.host.Theme
	v.hits = v.hits[:0]
	head := v.tabs(width) + "\n" + v.counts(width)
	height -= headLines
	if height <= 0 {
		return widget.Box(strings.Split(head, "\n"), width, height+headLines)
	}
	if v.page == pageAccount {
		return head + "\n" + widget.Panes{Hidden: true}.Render(look, v.accountPane(), widget.Pane{}, width, height)
	}
	return head + "\n" + v.panes.Render(look, v.listPane(), v.detailPane(), width, height)
}

// titles are the names of the pages with their actions.
func titles() [pages]struct {
	title  string
	action keymap.Action
} {
	return [pages]struct {
		title  string
		action keymap.Action
	}{
		{"Releases", keymap.UpgradeReleases},
		{"Triage", keymap.UpgradeTriage},
		{"Board", keymap.UpgradeBoard},
		{"Waiting", keymap.UpgradeWaiting},
		{"Account", keymap.UpgradeAccount},
	}
}

// line is a line with parts that can be clicked.
type line struct {
	view  *View
	row   int
	width int
	at    int
	text  strings.Builder
}

// part adds a part, unless there is no room for it.
func (l *line) part(role theme.Role, words string, h hit) {
	words = cells.Clean(words)
	n := cells.Width(words)
	if l.at+n > l.width {
		l.at = l.width
		return
	}
	if h.action != "" || h.word != "" {
		h.row, h.from, h.to = l.row, l.at, l.at+n
		l.view.hits = append(l.view.hits, h)
	}
	l.text.WriteString(l.view.host.Theme.Render(role, words))
	l.at += n
	if gap := min(2, l.width-l.at); gap > 0 {
		l.text.WriteString(strings.Repeat(" ", gap))
		l.at += gap
	}
}

func (l *line) String() string { return cells.Fit(l.text.String(), l.width) }

// tabs names the pages, the one in front with brackets, and what they are about.
func (v *View) tabs(width int) string {
	l := &line{view: v, width: width}
	for i, t := range titles() {
		title := t.title
		if i == int(pageWaiting) {
			if n := v.waits(); n > 0 {
				title += fmt.Sprintf(" %d", n)
			}
		}
		role := theme.Faint
		if page(i) == v.page {
			role, title = theme.Title, "["+title+"]"
		}
		l.part(role, title, hit{action: t.action})
	}
	if words := v.about(); words != "" {
		l.part(theme.Text, words, hit{})
	}
	return l.String()
}

// waits counts what has to be done before the upgrade is finished and a run does not do.
func (v *View) waits() int {
	n := 0
	for kind, many := range v.waitingKinds {
		switch kind {
		case kindNext, upgrade.StateTodo, kindUnjustified, kindExpired:
		default:
			n += many
		}
	}
	return n
}

// about says in a few words which upgrade the page is about.
func (v *View) about() string {
	r, found := v.release()
	if !found {
		return ""
	}
	from := v.from().String()
	if from == "" {
		from = r.From
	}
	if u, begun := v.begun(); begun {
		from = u.From
	}
	return strings.TrimSpace(from + " → " + v.tag())
}

// counts is the second line: how many branches are in which state or have which outcome, each a filter.
func (v *View) counts(width int) string {
	l := &line{view: v, row: 1, width: width}
	q, slow := v.questionOf()
	switch {
	case q != "":
		l.part(theme.Faint, v.spinner(slow)+q, hit{})
	case v.page == pageReleases:
		v.countReleases(l)
	}
	switch v.page {
	case pageTriage:
		if v.triage.IsOpen() && v.isTriaged() {
			events := v.triage.Progress().Events()
			l.part(theme.Text, v.spinner(v.triage.IsSlow(v.host.Now()))+doneWords(events), hit{})
			if n := len(events); n > 0 && events[n-1].Done == events[n-1].Total {
				l.part(theme.Faint, "looking for what upstream has", hit{})
			}
		}
		words := slices.Clone(job.Outcomes())
		slices.SortStableFunc(words, func(a, b string) int { return job.Rank(b) - job.Rank(a) })
		v.chips(l, words, v.outcomes, outcome)
	case pageBoard:
		v.chips(l, boardWords(), v.boardCounts(), state)
	case pageWaiting, pageAccount:
		a := v.shown()
		switch {
		case a == nil:
		case v.page == pageWaiting && (!a.Finished || v.only[pageWaiting] != ""):
			v.chips(l, kinds(), v.waitingKinds, kindSign)
		default:
			l.part(verdictRole(a), cells.Cut(report.UpgradeVerdict(a), width), hit{})
		}
	}
	return l.String()
}

// questionOf is what the page waits for, in words; "" for nothing.
func (v *View) questionOf() (words string, slow bool) {
	now := v.host.Now()
	switch {
	case v.releases.IsOpen():
		return "Reading the releases …", v.releases.IsSlow(now)
	case v.account.IsOpen() && (v.page == pageBoard || v.page == pageWaiting || v.page == pageAccount) && v.shown() == nil:
		return "Reading the ledger …", v.account.IsSlow(now)
	}
	return "", false
}

func (v *View) countReleases(l *line) {
	all, known := v.releases.Value()
	if !known {
		return
	}
	l.part(theme.Text, "newer than "+all.Series.String(), hit{})
	date, source := all.Support.Date, all.Support.Source
	if date == "" {
		date = "an unknown day"
	}
	l.part(theme.Faint, "dates of support as of "+date+" ("+source+")", hit{})
}

// boardWords are the words of the board's counts: the states in the order of the work, what landed after what
// was dropped.
func boardWords() []string { return append(slices.Clone(job.States()), "landed") }

func (v *View) boardCounts() map[string]int {
	counts := make(map[string]int)
	if a := v.shown(); a != nil {
		for _, u := range a.Branches {
			counts[report.UpgradeState(u)]++
		}
	}
	return counts
}

// chips adds the counts that are not 0; that which the table is limited to has brackets.
func (v *View) chips(l *line, words []string, counts map[string]int, look func(string) widget.Span) {
	for _, word := range words {
		n := counts[word]
		chosen := v.only[v.page] == word
		if n == 0 && !chosen {
			continue
		}
		s := look(word)
		sign, rest, _ := strings.Cut(s.Text, " ")
		text := fmt.Sprintf("%s %d %s", sign, n, rest)
		if chosen {
			text = "[" + text + "]"
		}
		l.part(s.Role, text, hit{action: keymap.UpgradeCount, word: word})
	}
}

func (v *View) listPane() widget.Pane {
	look := v.host.Theme
	p := widget.Pane{Title: titles()[v.page].title}
	focused := !v.panes.Second
	draw := func(render func(theme.Theme, int, int, bool) string, err error) func(int, int) string {
		return func(width, height int) string {
			if err == nil {
				return render(look, width, height, focused)
			}
			return v.withError(err, width, height, func(height int) string { return render(look, width, height, focused) })
		}
	}
	switch v.page {
	case pageReleases:
		p.Footer, p.Draw = v.releaseTable.Footer(), draw(v.releaseTable.Render, v.releases.Err())
	case pageTriage:
		p.Title = "Triage of " + v.tag()
		if v.outdated && !v.triage.IsOpen() && v.isTriaged() {
			p.Title += ", of before: " + v.host.Keys.Key(keymap.UpgradeTriage) + " looks again"
		}
		err := v.triage.Err()
		if !v.isTriaged() {
			err = nil
		}
		p.Footer, p.Draw = v.triageTable.Footer(), draw(v.triageTable.Render, err)
	case pageBoard:
		p.Title = "Branches"
		p.Footer, p.Draw = v.board.Footer(), draw(v.board.Render, v.accountErr())
	case pageWaiting:
		p.Title = "Left to be done"
		p.Footer, p.Draw = v.waiting.Footer(), draw(v.waiting.Render, v.accountErr())
	}
	return p
}

// accountErr is why there is no account of the upgrade, or why it is of before.
func (v *View) accountErr() error {
	if err := v.releases.Err(); err != nil {
		return err
	}
	return v.account.Err()
}

// withError draws what is wrong above what was known before, if anything was.
func (v *View) withError(err error, width, height int, below func(height int) string) string {
	t := &text{width: width}
	v.sayError(t, err)
	var lines widget.Text
	lines.SetLines(t.lines)
	room := min(len(t.lines), max(1, height/2))
	if l := v.list(); len(t.lines) >= height-2 || l == nil || l.Footer() == "0 of 0" {
		room = height
	}
	out := lines.Render(v.host.Theme, width, room)
	if height > room {
		out += "\n" + below(height-room)
	}
	return out
}

func (v *View) detailPane() widget.Pane {
	return widget.Pane{Title: "Details", Draw: func(width, height int) string {
		id, lines := v.detailLines(width)
		if id != v.detailOf {
			v.detail, v.detailOf = widget.Text{}, id
		}
		v.detail.SetLines(lines)
		return v.detail.Render(v.host.Theme, width, height)
	}}
}

// written is what the details were for a width, since a plan has many lines to break.
type written struct {
	page  page
	id    string
	width int
	lines []widget.Line
}

// detailLines are the details, written anew only where they may have changed.
func (v *View) detailLines(width int) (id string, lines []widget.Line) {
	id = v.selected()
	if w := v.written; w.page == v.page && w.id == id && w.width == width && w.lines != nil {
		return id, w.lines
	}
	t := &text{width: width}
	v.writeDetails(t)
	v.written = written{}
	if q := v.plans[id]; q == nil || !q.IsOpen() {
		v.written = written{v.page, id, width, t.lines}
	}
	return id, t.lines
}

func (v *View) accountPane() widget.Pane {
	return widget.Pane{Title: "Account", Draw: func(width, height int) string {
		t := &text{width: width}
		if err := v.accountErr(); err != nil {
			v.sayError(t, err)
			t.gap()
		}
		v.accountLines(t)
		v.accountText.SetLines(t.lines)
		return v.accountText.Render(v.host.Theme, width, height)
	}}
}
