package targetview

import (
	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes[v.mode].Act(a) {
		return nil
	}
	switch a {
	case keymap.Back:
		v.back()
	case keymap.Open:
		return v.open()
	case keymap.Filter:
		return v.filter()
	case keymap.TargetsConflicts:
		if _, found := v.targets.Selected(); !found {
			return noTarget()
		}
		return v.turn(conflicts)
	case keymap.TargetsReleases:
		return v.turn(releases)
	case keymap.TargetsShape:
		if v.mode == conflicts {
			v.heat.toggle()
		}
	case keymap.TargetsFiles:
		v.heat.files = !v.heat.files
		v.arrange()
	case keymap.TargetsAssemble, keymap.TargetsRelease, keymap.TargetsMinor, keymap.TargetsPush:
		return v.actOn(a)
	default:
		return v.move(a)
	}
	return nil
}

func noTarget() tea.Cmd {
	return screen.Says(theme.Attention, "There is no target. `targets` in mgit.toml names them.")
}

// actOn does what is about the selected target.
func (v *View) actOn(a keymap.Action) tea.Cmd {
	t, found := v.targets.Selected()
	switch {
	case !found:
		return noTarget()
	case a == keymap.TargetsAssemble:
		return v.offerAssembly(t, assembly{})
	case t.Tip == (job.ID{}):
		return screen.Says(theme.Attention, t.Name+" is not built yet; "+v.host.Keys.Key(keymap.TargetsAssemble)+" builds it.")
	case a == keymap.TargetsRelease:
		return v.offerRelease(t)
	case a == keymap.TargetsMinor:
		return v.offerMinor(t, false)
	}
	return v.offerPush(t)
}

// turn shows another side of the targets, or the first again.
func (v *View) turn(to mode) tea.Cmd {
	if v.mode == to {
		to = contents
	}
	v.mode = to
	return v.lacking()
}

// back goes one step back, in the order of all views: the pane, the filter, the mode.
func (v *View) back() {
	if v.panes[v.mode].Back() {
		return
	}
	for _, table := range v.tables() {
		if table.Filter() != "" {
			_ = table.SetFilter("") // no filter is always right
			v.arrange()
			return
		}
	}
	v.mode = contents
}

// tables are those that the mode shows.
func (v *View) tables() []filtered {
	switch v.mode {
	case conflicts:
		return []filtered{&v.heat}
	case releases:
		return []filtered{&v.tags.table}
	}
	return []filtered{&v.parts, &v.targets}
}

// filtered is a table as far as filtering it goes.
type filtered interface {
	Filter() string
	SetFilter(string) error
	Act(keymap.Action) bool
}

// table is the one that has the focus; nil where a text or the map has it.
func (v *View) table() filtered {
	second := v.panes[v.mode].Second
	switch {
	case v.mode == contents && second:
		return &v.parts
	case v.mode == contents:
		return &v.targets
	case v.mode == conflicts && !second:
		return &v.heat
	case v.mode == releases && !second:
		return &v.tags.table
	}
	return nil
}

func (v *View) filter() tea.Cmd {
	table := v.table()
	if table == nil {
		v.panes[v.mode].Second = false
		table = v.table()
	}
	return screen.AsksFilter(screen.Prompt{
		Initial: table.Filter(),
		Done:    func(string) tea.Cmd { return v.lacking() },
	}, table.SetFilter)
}

// move moves in the pane that has the focus.
func (v *View) move(a keymap.Action) tea.Cmd {
	if table := v.table(); table != nil {
		if table.Act(a) && v.mode == contents && !v.panes[contents].Second {
			v.arrange()
			return v.lacking()
		}
		return nil
	}
	if v.mode == conflicts {
		v.heat.details.Act(a)
		return nil
	}
	v.tags.details.Act(a)
	return nil
}

// open opens what is selected.
func (v *View) open() tea.Cmd {
	switch {
	case v.mode == releases:
		if r, found := v.tags.table.Selected(); found {
			return v.askVerify(r.Tag)
		}
	case v.mode == conflicts:
		return v.heat.open()
	case !v.panes[contents].Second:
		v.panes[contents].Second, v.panes[contents].Hidden = true, false
	default:
		if p, found := v.parts.Selected(); found && p.branch != "" {
			return screen.Opens(keymap.Branches, p.branch)
		}
	}
	return nil
}

// offerPush says how to publish. Publishing is a step of its own, and nothing of the screen does it by the way.
func (v *View) offerPush(t job.TargetStatus) tea.Cmd {
	command := "mgit push " + t.Name
	return screen.Offers("Publishing is a step of its own: "+command,
		screen.Choice{Key: "y", Text: "copy the command", Help: "for a shell; : runs it from here", Take: func() tea.Cmd {
			return screen.Copies(screen.Copyable{What: "command that publishes it", Text: command})
		}},
		screen.Choice{Key: "n", Text: "copy the command that only looks", Help: "prints what would be sent where", Take: func() tea.Cmd {
			return screen.Copies(screen.Copyable{What: "command that looks first", Text: command + " --dry-run"})
		}},
	)
}
