package upgradeview

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// list is what the view needs of the table of a page, whatever its rows are.
type list interface {
	Act(keymap.Action) bool
	ClickAt(x, y int) bool
	Wheel(lines int)
	SetFilter(string) error
	Filter() string
	Unmark()
	Marks() int
	Footer() string
}

// list is the table of the page in front; nil: the page has none.
func (v *View) list() list {
	switch v.page {
	case pageReleases:
		return &v.releaseTable
	case pageTriage:
		return &v.triageTable
	case pageBoard:
		return &v.board
	case pageWaiting:
		return &v.waiting
	}
	return nil
}

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.page != pageAccount && v.panes.Act(a) { // the account has one pane
		return nil
	}
	switch a {
	case keymap.UpgradeReleases:
		return v.turn(pageReleases)
	case keymap.UpgradeTriage:
		return v.lookAhead()
	case keymap.UpgradeBoard:
		return v.turn(pageBoard)
	case keymap.UpgradeWaiting:
		return v.turn(pageWaiting)
	case keymap.UpgradeAccount:
		return v.turn(pageAccount)
	case keymap.UpgradeCount:
		return v.offerCounts()
	case keymap.UpgradeBegin:
		return v.begin()
	case keymap.UpgradeRebase:
		return v.rebaseAll()
	case keymap.UpgradeDispose:
		return v.dispose()
	case keymap.UpgradeNote:
		return v.note()
	case keymap.Filter:
		return v.filter()
	case keymap.Back:
		v.back()
	case keymap.Open:
		return v.open()
	default:
		return v.move(a)
	}
	return nil
}

// move gives an action to the part that has the focus.
func (v *View) move(a keymap.Action) tea.Cmd {
	switch l := v.list(); {
	case l == nil:
		v.accountText.Act(a)
		return nil
	case v.panes.Second:
		v.detail.Act(a)
		return nil
	default:
		before := v.selected()
		l.Act(a)
		return v.movedFrom(before)
	}
}

// turn shows a page.
func (v *View) turn(p page) tea.Cmd {
	v.page, v.entered = p, true
	v.panes.Second = false
	return v.settled()
}

// lookAhead shows the triage of the release that the page in front is about. It begins where there is none
// yet, and once more when it is asked for on its own page.
func (v *View) lookAhead() tea.Cmd {
	again := v.page == pageTriage
	tag := v.tag()
	if tag == "" {
		return screen.Says(theme.Attention, "no release is chosen: "+v.host.Keys.Key(keymap.UpgradeReleases)+" lists them")
	}
	if v.triaged == tag && (v.triage.IsOpen() || !again && v.triage.Err() == nil && v.hasTriage()) {
		return v.turn(pageTriage)
	}
	cmd := v.askTriage(tag)
	return tea.Batch(v.turn(pageTriage), cmd)
}

func (v *View) hasTriage() bool {
	r, known := v.triage.Value()
	return known && r.Onto.Tag == v.triaged
}

// back gives up what is under way or what hides rows: the triage, the focus of the details, marks, the filter,
// the count. From the other pages it goes to the board, or where no upgrade was begun to the releases.
func (v *View) back() {
	l := v.list()
	_, begun := v.begun()
	switch {
	case v.page == pageTriage && v.triage.IsOpen():
		v.triage.Cancel()
		v.triaged = ""
		v.fillTriage()
	case v.panes.Back():
	case l != nil && l.Filter() != "":
		_ = l.SetFilter("") // an empty filter is none that can be wrong
	case l != nil && l.Marks() > 0:
		l.Unmark()
	case v.only[v.page] != "":
		v.limit("")
	case v.page == pageBoard || v.page == pageReleases:
	case begun:
		v.turn(pageBoard)
	default:
		v.turn(pageReleases)
	}
}

// filter asks for the words that rows must have.
func (v *View) filter() tea.Cmd {
	l := v.list()
	if l == nil {
		return v.search()
	}
	return screen.AsksFilter(screen.Prompt{Initial: l.Filter()}, l.SetFilter)
}

func (v *View) search() tea.Cmd {
	return screen.Asks(screen.Prompt{Label: "/", Done: func(text string) tea.Cmd {
		if !v.accountText.Search(text, false) {
			return screen.Says(theme.Attention, "not found: "+text)
		}
		return nil
	}})
}

// open goes on with what is selected: the triage of a release, a conflict, the targets.
func (v *View) open() tea.Cmd {
	switch v.page {
	case pageReleases:
		if _, found := v.release(); found {
			return v.lookAhead()
		}
	case pageBoard:
		if r, found := v.board.Selected(); found && r.Parked != nil {
			return screen.Opens(keymap.Conflict, r.NewName)
		}
		v.panes.Second = !v.panes.Hidden
	case pageTriage:
		v.panes.Second = !v.panes.Hidden
	case pageWaiting:
		r, found := v.waiting.Selected()
		switch {
		case found && r.opens != "":
			return screen.Opens(keymap.Conflict, r.opens)
		case found && strings.HasPrefix(r.then, "mgit assemble"):
			return screen.Opens(keymap.Targets, v.shown().Series)
		case found:
			v.panes.Second = !v.panes.Hidden
		}
	}
	return nil
}

// offerCounts lets somebody choose one state, outcome or kind of what waits, and see only what has it.
func (v *View) offerCounts() tea.Cmd {
	var words []string
	var counts map[string]int
	switch v.page {
	case pageTriage:
		words, counts = job.Outcomes(), v.outcomes
	case pageBoard:
		words, counts = boardWords(), v.boardCounts()
	case pageWaiting:
		words, counts = kinds(), v.waitingKinds
	default:
		return screen.Says(theme.Attention, "the board, the triage and what waits have counts")
	}
	choices := []screen.Choice{{Key: "a", Text: "all", Take: func() tea.Cmd { v.limit(""); return nil }}}
	for i, word := range slices.DeleteFunc(slices.Clone(words), func(word string) bool { return counts[word] == 0 }) {
		choices = append(choices, screen.Choice{
			Key: digit(i), Text: word, Help: plural(counts[word], "branch", "branches"),
			Take: func() tea.Cmd { v.limit(word); return nil },
		})
	}
	return screen.Offers("Show only", choices...)
}

func digit(i int) string {
	if i > 8 {
		return ""
	}
	return string(rune('1' + i))
}

// limit shows only the rows with the word; "" shows all.
func (v *View) limit(word string) {
	v.only[v.page] = word
	v.fill()
}

// Subject is the branch that is selected, or the release.
func (v *View) Subject() string {
	switch v.page {
	case pageReleases:
		return v.tag()
	case pageWaiting:
		r, _ := v.waiting.Selected()
		return r.branch
	case pageAccount:
		return v.about()
	}
	return v.selected()
}

// Hints are what can be done with the selection now.
func (v *View) Hints() []keymap.Action {
	_, begun := v.begun()
	switch {
	case v.page == pageReleases && begun:
		return []keymap.Action{keymap.Open, keymap.UpgradeBoard, keymap.UpgradeTriage, keymap.UpgradeRebase}
	case v.page == pageReleases:
		return []keymap.Action{keymap.Open, keymap.UpgradeTriage, keymap.UpgradeBegin, keymap.UpgradeRebase}
	case v.page == pageTriage:
		return []keymap.Action{keymap.UpgradeCount, keymap.UpgradeDispose, keymap.UpgradeRebase, keymap.UpgradeTriage, keymap.UpgradeBoard}
	case !begun:
		return []keymap.Action{keymap.UpgradeReleases, keymap.UpgradeTriage, keymap.UpgradeBegin}
	case v.page == pageBoard:
		return []keymap.Action{keymap.UpgradeDispose, keymap.UpgradeNote, keymap.UpgradeRebase, keymap.UpgradeWaiting, keymap.UpgradeCount}
	case v.page == pageWaiting:
		return []keymap.Action{keymap.Open, keymap.UpgradeDispose, keymap.UpgradeRebase, keymap.UpgradeBoard, keymap.UpgradeCount}
	}
	return []keymap.Action{keymap.UpgradeBoard, keymap.UpgradeWaiting}
}

// Twin is the command that prints the page on lines.
func (v *View) Twin() []string {
	u, begun := v.begun()
	switch {
	case v.page == pageTriage && v.tag() != "":
		return append([]string{"triage", v.tag()}, v.fromFlag()...)
	case v.page == pageReleases || !begun:
		twin := []string{"upgrade", "releases"}
		if v.host.Series != "" {
			twin = append(twin, "--series", v.host.Series)
		}
		return twin
	}
	return []string{"upgrade", "status", u.Series}
}

func (v *View) fromFlag() []string {
	if from := v.from(); !from.IsZero() {
		return []string{"--from", from.String()}
	}
	return nil
}

// Copies are the names of what is selected, and the command that goes on from there.
func (v *View) Copies() []screen.Copyable {
	var all []screen.Copyable
	add := func(what, text string) {
		if text != "" {
			all = append(all, screen.Copyable{What: what, Text: text})
		}
	}
	switch v.page {
	case pageReleases:
		add("name of the release", v.tag())
		if v.tag() != "" {
			add("command for its plan", "mgit plan "+v.tag())
		}
	case pageTriage:
		r, _ := v.triageTable.Selected()
		if r.report != nil && r.report.Suggestion != nil {
			add("command that drops it", report.CommandLine(r.report.Suggestion.Command))
		}
		add("name of the branch", r.name)
		if r.report != nil {
			add("its new name", r.report.NewName)
		}
	case pageBoard:
		r, _ := v.board.Selected()
		add("name of the branch", r.OldName)
		add("its new name", r.NewName)
		add("its ticket", r.Ticket)
	case pageWaiting:
		r, _ := v.waiting.Selected()
		add("command that goes on", r.then)
		add("name of the branch", r.branch)
	case pageAccount:
		if a := v.shown(); a != nil {
			add("verdict", report.UpgradeVerdict(a))
		}
	}
	return all
}

// click does what stands at a place: a page, a count, a row.
func (v *View) click(m tea.Mouse) tea.Cmd {
	if m.Button != tea.MouseLeft {
		return nil
	}
	for _, h := range v.hits {
		if h.row != m.Y || m.X < h.from || m.X >= h.to {
			continue
		}
		if h.word == "" {
			return v.Act(h.action)
		}
		if v.only[v.page] == h.word {
			h.word = ""
		}
		v.limit(h.word)
		return nil
	}
	l := v.list()
	if l == nil || m.Y < headLines {
		return nil
	}
	second, x, y := v.panes.At(m.X, m.Y-headLines, v.width, v.height-headLines)
	v.panes.Second = second
	if second {
		return nil
	}
	before := v.selected()
	l.ClickAt(x, y)
	return v.movedFrom(before)
}

// wheel moves in the pane below the mouse, and leaves the focus where it is.
func (v *View) wheel(m tea.Mouse) tea.Cmd {
	step := widget.WheelLines
	if m.Button == tea.MouseWheelUp {
		step = -step
	}
	l := v.list()
	if l == nil {
		v.accountText.Wheel(step)
		return nil
	}
	if second, _, _ := v.panes.At(m.X, m.Y-headLines, v.width, v.height-headLines); second {
		v.detail.Wheel(step)
		return nil
	}
	before := v.selected()
	l.Wheel(step)
	return v.movedFrom(before)
}

// movedFrom is moved, where another release is selected than before.
func (v *View) movedFrom(before string) tea.Cmd {
	if v.page != pageReleases || v.selected() == before {
		return nil
	}
	return v.moved()
}
