package conflictview

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

// Act does what a key means.
func (v *View) Act(a keymap.Action) tea.Cmd {
	if v.panes.Act(a) {
		return nil
	}
	switch a {
	case keymap.Open:
		return v.open()
	case keymap.Back:
		return v.back()
	case keymap.Filter:
		return v.filter()
	case keymap.Edit:
		return v.edit()
	}
	if cmd, done := v.own(a); done {
		return cmd
	}
	return v.move(a)
}

// move hands an action to what has the focus.
func (v *View) move(a keymap.Action) tea.Cmd {
	p, found := v.places.Selected()
	switch {
	case v.panes.Second && v.inside && found && p.hunk != nil:
		v.three.Act(a)
	case v.panes.Second && v.inside && found && p.file.Diff != "":
		v.diff.Act(a)
	case v.panes.Second:
		v.text.Act(a)
	case v.inside:
		v.places.Act(a)
	default:
		v.items.Act(a)
		return v.look()
	}
	return nil
}

// own does the actions that only this view has; false: it is none of them.
func (v *View) own(a keymap.Action) (cmd tea.Cmd, done bool) {
	switch a {
	case keymap.ConflictResolve:
		return v.resolve(false), true
	case keymap.ConflictOurs:
		return v.takeSide(func(d *job.ConflictDetail) string { return d.Ours.Word }), true
	case keymap.ConflictTheirs:
		return v.takeSide(func(d *job.ConflictDetail) string { return d.Theirs.Word }), true
	case keymap.ConflictBoth:
		return v.takeSide(func(*job.ConflictDetail) string { return job.SideBoth }), true
	case keymap.ConflictTake:
		return v.takeMenu(), true
	case keymap.ConflictBack:
		return v.takeSide(func(*job.ConflictDetail) string { return "" }), true
	case keymap.ConflictResolutions:
		return v.resolutions(), true
	case keymap.ConflictShell:
		return v.shell(), true
	case keymap.ConflictContinue:
		return v.proceed(), true
	case keymap.ConflictSkip:
		return v.skip(), true
	case keymap.ConflictAbort:
		return v.abort(), true
	}
	return nil, false
}

func (v *View) open() tea.Cmd {
	d := v.known()
	switch {
	case d == nil:
		return nil
	case !v.inside && len(d.Files) == 0:
		return screen.Says(theme.Text, report.ConflictHeadline(d))
	case !v.inside:
		v.inside, v.panes.Second = true, false
		v.fillPlaces()
		v.firstOpen()
	default:
		v.panes.Second, v.panes.Hidden = true, false
	}
	return nil
}

// back leaves what was entered last.
func (v *View) back() tea.Cmd {
	switch {
	case v.panes.Back():
	case v.inside && v.places.Filter() != "":
		_ = v.places.SetFilter("")
	case v.inside:
		v.inside = false
	default:
		_ = v.items.SetFilter("")
	}
	return v.look()
}

// filter asks for the filter of the list that is shown, or in the sides of a hunk and in other lines for what is
// searched there.
func (v *View) filter() tea.Cmd {
	if v.panes.Second {
		return v.search()
	}
	set, initial := v.items.SetFilter, v.items.Filter()
	if v.inside {
		set, initial = v.places.SetFilter, v.places.Filter()
	}
	return screen.AsksFilter(screen.Prompt{Initial: initial, Done: func(string) tea.Cmd { return v.look() }}, set)
}

// search asks what to look for in what the second pane shows.
func (v *View) search() tea.Cmd {
	look := func(text string) (found bool) { return v.text.Search(text, false) }
	switch p, found := v.places.Selected(); {
	case v.inside && found && p.hunk != nil:
		look = func(text string) bool { return v.three.Search(text) > 0 }
	case v.inside && found && p.file.Diff != "":
		look = func(text string) bool { return v.diff.Search(text) > 0 }
	}
	return screen.Asks(screen.Prompt{
		Label: "Search",
		Live:  func(text string) { look(text) },
		Done: func(text string) tea.Cmd {
			if !look(text) && text != "" {
				return screen.Says(theme.Attention, "it does not stand here")
			}
			return nil
		},
	})
}

// notYet says why something cannot be done now, and the key that changes that.
func (v *View) notYet(format string, args ...any) tea.Cmd {
	return screen.Says(theme.Attention, fmt.Sprintf(format, args...))
}

// bench is the conflict of the selected item if it is being resolved here; otherwise the command says so.
func (v *View) bench() (*job.ConflictDetail, tea.Cmd) {
	d := v.known()
	switch {
	case d == nil:
		return nil, v.notYet("the conflict is still being read")
	case d.Worktree == "":
		return nil, v.notYet("nobody has begun to resolve %s here: %s opens it", d.Subject(), v.host.Keys.Key(keymap.ConflictResolve))
	}
	return d, nil
}

// edit opens the file at the hunk. Where nobody has begun to resolve, that comes first.
func (v *View) edit() tea.Cmd {
	d := v.known()
	p, found := v.places.Selected()
	switch {
	case d == nil:
		return v.notYet("the conflict is still being read")
	case len(d.Files) == 0:
		return screen.Says(theme.Text, report.ConflictHeadline(d))
	case !v.inside || !found:
		p = place{file: &d.Files[0]}
	}
	v.editing, v.editLine = p.file.Raw, p.number()
	if d.Worktree == "" {
		if v.host.ReadOnly {
			v.editing = ""
			return v.notYet("nobody has begun to resolve %s, and this screen is read-only", d.Subject())
		}
		return v.resolve(false)
	}
	return v.openEditor()
}

// openEditor opens the file that was asked for, once its worktree is there.
func (v *View) openEditor() tea.Cmd {
	d := v.known()
	if v.editing == "" || d == nil || d.Worktree == "" {
		return nil
	}
	path, number := v.editing, v.editLine
	v.editing = ""
	line := 0
	for i := range d.Files {
		for _, h := range d.Files[i].Hunks {
			if d.Files[i].Raw == path && (h.Number == number || number == 0 && line == 0) {
				line = h.Line
			}
		}
	}
	return func() tea.Msg {
		return screen.EditMsg{Dir: d.Worktree, Paths: []string{path}, Line: line, Then: screen.Changed{}}
	}
}

// shell opens the worktree in a shell.
func (v *View) shell() tea.Cmd {
	d, cmd := v.bench()
	if d == nil {
		return cmd
	}
	how := "git rebase --continue"
	if d.Target != "" {
		how = "git commit"
	}
	hint := fmt.Sprintf("The worktree of %s. Resolve, git add, then %s; or `exit` and press %s.",
		d.Subject(), how, v.host.Keys.Key(keymap.ConflictContinue))
	return func() tea.Msg { return screen.ShellMsg{Dir: d.Worktree, Hint: hint, Then: screen.Changed{}} }
}

// resolutions offers what can be done about recorded resolutions of the selected conflict.
func (v *View) resolutions() tea.Cmd {
	d := v.known()
	if d == nil {
		return v.notYet("the conflict is still being read")
	}
	var choices []screen.Choice
	for i := range d.Files {
		f := &d.Files[i]
		for _, r := range f.Resolutions {
			c := screen.Choice{Text: "forget " + r.ID + " of " + job.ShowPath(f.Raw), Help: report.ResolutionWords(r)}
			if r.Recorded == nil {
				c.Disabled = "it is of this clone's own rerere: git rerere forget, in the worktree"
			}
			c.Take = func() tea.Cmd { return v.forget(r.ID) }
			choices = append(choices, c)
		}
	}
	without := screen.Choice{Key: "n", Text: "resolve without recorded resolutions", Take: func() tea.Cmd { return v.resolve(true) }}
	if d.Worktree != "" {
		without.Disabled = "it is being resolved already; give it up first"
	}
	title := "Recorded resolutions"
	if len(choices) == 0 {
		title = "No recorded resolution fits"
	}
	return screen.Offers(title, append(choices, without)...)
}
