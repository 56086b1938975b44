package branchview

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/moodle"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return v.look()
	}
	switch a {
	case keymap.Open:
		return v.open()
	case keymap.Back:
		return v.back()
	case keymap.Filter:
		return v.filter()
	case keymap.NextMatch, keymap.PrevMatch:
		return v.match(a)
	case keymap.Edit:
		return v.edit()
	}
	if cmd, done := v.own(a); done {
		return cmd
	}
	if v.panes.Second {
		v.text.Act(a)
		return nil
	}
	v.table.Act(a)
	return v.look()
}

// own does the actions that only this view has; false: it is none of them.
func (v *View) own(a keymap.Action) (cmd tea.Cmd, done bool) {
	switch a {
	case keymap.BranchesAll:
		return v.showSeries("", !v.all), true
	case keymap.BranchesSeries:
		return v.chooseSeries(), true
	case keymap.BranchesGroup:
		v.group = (v.group + 1) % groupings
		v.regroup()
		return v.look(), true
	case keymap.BranchesPart:
		return v.turn(1), true
	case keymap.BranchesPartBck:
		return v.turn(-1), true
	case keymap.BranchesNote:
		return v.note(), true
	case keymap.BranchesDispose:
		return v.dispose(), true
	case keymap.BranchesNew:
		return v.begin(), true
	case keymap.BranchesShell:
		return v.shell(), true
	case keymap.BranchesPush:
		return v.publish(), true
	}
	return nil, false
}

// regroup passes over groupings that would put everything under one heading.
func (v *View) regroup() {
	a, known := v.status.Value()
	if !known {
		return
	}
	v.table.Group = v.group.of(len(a.report.Series), a.report)
	if v.group == bySeries && v.table.Group == nil {
		v.group = byComponent
		v.table.Group = v.group.of(len(a.report.Series), a.report)
	}
	v.table.SetRows(v.table.Rows())
}

// open opens the conflict of a parked branch, and the details of any other.
func (v *View) open() tea.Cmd {
	if !v.panes.Second && v.table.Act(keymap.Open) {
		return v.look()
	}
	r, found := v.table.Selected()
	if !found {
		return nil
	}
	if c := r.conflict(); c != nil {
		return screen.Opens(keymap.Conflict, c.OldName)
	}
	v.panes.Second, v.panes.Hidden = true, false
	return v.look()
}

// back leaves what was entered last: the details, the whole screen for one pane, the filter, the marks.
func (v *View) back() tea.Cmd {
	switch {
	case v.panes.Back():
	case v.table.Filter() != "":
		_ = v.table.SetFilter("")
	default:
		v.table.Unmark()
		return nil
	}
	return v.look()
}

// filter asks for a filter of the table, or for a text to search in the details.
func (v *View) filter() tea.Cmd {
	if v.panes.Second {
		return screen.Asks(screen.Prompt{Label: "/", Initial: v.search, Done: func(text string) tea.Cmd {
			v.search = text
			return v.match(keymap.NextMatch)
		}})
	}
	return screen.AsksFilter(screen.Prompt{
		Initial: v.table.Filter(), Complete: v.completeFilter,
		Done: func(string) tea.Cmd { return v.look() },
	}, v.table.SetFilter)
}

// completeFilter completes the name of a field, and behind one what there is in it.
func (v *View) completeFilter(text string) []string {
	word := text[strings.LastIndexByte(text, ' ')+1:]
	word = strings.TrimPrefix(word, "-")
	field, begun, isField := strings.Cut(word, ":")
	var words []string
	if !isField {
		for _, name := range v.table.FieldNames() {
			words = append(words, name+":")
		}
	}
	if of := v.table.Fields[field]; isField && of != nil {
		for _, r := range v.table.Rows() {
			for _, value := range of(r) {
				if value != "" && !strings.Contains(value, " ") {
					words = append(words, field+":"+value)
				}
			}
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return slices.DeleteFunc(words, func(w string) bool {
		return !strings.HasPrefix(strings.ToLower(w), strings.ToLower(field)) || isField && !strings.HasPrefix(strings.ToLower(w), strings.ToLower(field+":"+begun))
	})
}

// match goes to the next place in the details that has what was searched, or to the next branch that fits the
// filter.
func (v *View) match(a keymap.Action) tea.Cmd {
	if !v.panes.Second {
		move := keymap.Down
		if a == keymap.PrevMatch {
			move = keymap.Up
		}
		v.table.Act(move)
		return v.look()
	}
	if !v.text.Search(v.search, a == keymap.PrevMatch) && v.search != "" {
		return screen.Says(theme.Attention, "not found: "+v.search)
	}
	return nil
}

// turn goes on by one among the parts of the details.
func (v *View) turn(step int) tea.Cmd {
	v.part = (v.part + part(step) + parts) % parts
	v.panes.Hidden = false
	return v.look()
}

// showSeries shows the branches of other series.
func (v *View) showSeries(series string, all bool) tea.Cmd {
	v.series, v.all = series, all
	if series == "" && !all {
		v.series = v.host.Series
	}
	v.wanted = ""
	return v.askStatus()
}

// chooseSeries asks which series to show.
func (v *View) chooseSeries() tea.Cmd {
	known := v.knownSeries()
	return screen.Asks(screen.Prompt{
		Label: "Series",
		Check: func(text string) string {
			if _, err := moodle.ParseSeries(text); err != nil {
				return err.Error()
			}
			return ""
		},
		Complete: func(text string) []string {
			return slices.DeleteFunc(slices.Clone(known), func(s string) bool { return !strings.HasPrefix(s, text) })
		},
		Done: func(text string) tea.Cmd { return v.showSeries(text, false) },
	})
}

// knownSeries are the series that the view has seen, those of upgrades among them.
func (v *View) knownSeries() []string {
	a, known := v.status.Value()
	if !known {
		return nil
	}
	var all []string
	for _, s := range a.report.Series {
		all = append(all, s.String())
	}
	for _, u := range slices.Concat(a.report.Upgrades, a.report.Finished) {
		all = append(all, u.From, u.Series)
	}
	slices.SortFunc(all, compareSeries)
	return slices.Compact(all)
}

func compareSeries(a, b string) int {
	x, _ := moodle.ParseSeries(a)
	y, _ := moodle.ParseSeries(b)
	return x.Compare(y)
}

// edit opens the editor where the branch is checked out.
func (v *View) edit() tea.Cmd {
	return v.inWorktree(func(dir string) tea.Msg {
		return screen.EditMsg{Dir: dir, Paths: []string{"."}, Then: screen.Changed{}}
	})
}

func (v *View) shell() tea.Cmd {
	return v.inWorktree(func(dir string) tea.Msg {
		return screen.ShellMsg{Dir: dir, Hint: "The worktree of " + v.Subject() + ". `exit` goes back to the screen.", Then: screen.Changed{}}
	})
}

// publish copies what publishes the marked branches: that is a step of its own, which the screen does not do.
func (v *View) publish() tea.Cmd {
	var names []string
	for _, r := range v.table.Marked() {
		if r.kind == present && r.Remote == "" {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return screen.Says(theme.Attention, "there is no local branch to publish")
	}
	return screen.Copies(screen.Copyable{What: "the command that publishes " + several(names), Text: "mgit push " + strings.Join(names, " ")})
}

func (v *View) inWorktree(open func(dir string) tea.Msg) tea.Cmd {
	r, found := v.table.Selected()
	switch {
	case !found:
		return nil
	case r.worktree() == "":
		return screen.Says(theme.Attention, r.Name+" is checked out nowhere; `git worktree add PATH "+r.Name+"` does that")
	}
	return func() tea.Msg { return open(r.worktree()) }
}
