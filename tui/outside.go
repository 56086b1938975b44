package tui

import (
	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
)

// standing is what the references were like when somebody turned to another window, or came back.
type standing struct {
	state string
	back  bool
	err   error
}

// standing reads the references. Somebody who comes back may have changed them elsewhere.
func (f *frame) standing(back bool) tea.Cmd {
	ctx := f.ctx
	return func() tea.Msg {
		m := standing{back: back}
		m.err = f.host.Sites.Do(ctx, func(site *job.Site) (err error) {
			m.state, err = job.RefsState(ctx, site)
			return err
		})
		return m
	}
}

// stood takes the state of the references, and reads anew where it is another than before. A state that
// could not be read is none that has changed: the views say by themselves what is wrong.
func (f *frame) stood(m standing) tea.Cmd {
	switch {
	case m.err != nil:
		return nil
	case !m.back:
		f.refs = m.state
		return nil
	case f.refs == "" || f.refs == m.state:
		return nil
	}
	f.refs = m.state
	return f.renew()
}
