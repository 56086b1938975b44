package corehackview

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/keymap"
	"mgit/tui/screen"
	"mgit/tui/theme"
)

func (v *View) askKnown() tea.Cmd {
	return v.known.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.SitesReport, error) {
		return v.asks.sites(ctx, site, job.SitesRequest{Quick: true, Series: v.host.Series})
	})
}

// look reads another tree.
func (v *View) look(t job.KnownTree) tea.Cmd {
	if !v.chosen || t.Tree != v.tree.Tree {
		v.report.Answer(nil, context.Canceled) // of another tree, and what is still read of it too
		v.whyThis.Cancel()
		v.list.SetRows(nil)
		v.described, v.asked = "", ""
	}
	v.tree, v.chosen = t, true
	return v.askReport()
}

// request is what the command asks with the same words; the site's settings add to it.
func (v *View) request() (job.CorehackRequest, error) {
	r := job.CorehackRequest{Tree: v.tree.Tree}
	if v.host.Series == "" {
		return r, nil
	}
	series, err := moodle.ParseSeries(v.host.Series)
	if err != nil {
		return r, &job.UsageError{Text: fmt.Sprintf("--series %q: %v", v.host.Series, err)}
	}
	r.Series = series
	return r, nil
}

func (v *View) askReport() tea.Cmd {
	request, wrong := v.request()
	baseline := v.baseline
	return v.report.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.CorehackReport, error) {
		if wrong != nil {
			return nil, wrong
		}
		request.Lines, request.Progress = true, screen.Reading(p)
		if baseline != "" {
			data, err := os.ReadFile(baseline)
			if err != nil {
				return nil, &job.UsageError{Text: fmt.Sprintf("--baseline: %v", err), Hint: "b names another file, or none"}
			}
			request.Baseline = data
		}
		return v.asks.report(ctx, site, request)
	})
}

// askWhy asks where the lines of the selection come from.
func (v *View) askWhy() tea.Cmd {
	r, found := v.list.Selected()
	if !found || r.finding == nil && r.missing == nil {
		return screen.Says(theme.Attention, "choose a file or a hunk first")
	}
	request, wrong := v.request()
	v.asked = r.id()
	v.panes.Hidden = false
	cmd := v.whyThis.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.WhyReport, error) {
		if wrong != nil {
			return nil, wrong
		}
		request.Progress = screen.Reading(p)
		return v.asks.why(ctx, site, job.WhyRequest{Tree: request, Path: job.ShowPath(r.path()), Line: r.line()})
	})
	v.described = ""
	v.describe()
	return cmd
}

// askBaseline asks for the file of an earlier report; an empty line goes without.
func (v *View) askBaseline() tea.Cmd {
	return screen.Asks(screen.Prompt{
		Label: "Baseline, a report in JSON; empty for none", Initial: v.baseline,
		Done: func(text string) tea.Cmd {
			v.baseline = ""
			if text = strings.TrimSpace(text); text != "" {
				path, err := filepath.Abs(text)
				if err != nil {
					return screen.Says(theme.Bad, err.Error())
				}
				v.baseline = path
			}
			return v.askReport()
		},
	})
}

// askFilter asks for a filter, or in the lines of a finding for what is searched there.
func (v *View) askFilter() tea.Cmd {
	if v.panes.Second && v.hasDiff {
		return screen.Asks(screen.Prompt{
			Label: "Search",
			Live:  func(text string) { v.diff.Search(text) },
			Done: func(text string) tea.Cmd {
				if v.diff.Search(text) == 0 && text != "" {
					return screen.Says(theme.Attention, "it does not stand here")
				}
				return nil
			},
		})
	}
	return screen.AsksFilter(screen.Prompt{
		Initial:  v.list.Filter(),
		Complete: func(text string) []string { return completions(text, v.list.FieldNames()) },
	}, v.setFilter)
}

// completions are the fields that the last word of a filter could become.
func completions(text string, fields []string) []string {
	before, word := "", text
	if i := strings.LastIndexAny(text, " -"); i >= 0 {
		before, word = text[:i+1], text[i+1:]
	}
	var all []string
	for _, field := range fields {
		if word != "" && strings.HasPrefix(field, word) {
			all = append(all, before+field+":")
		}
	}
	return all
}

func (v *View) setFilter(text string) error {
	err := v.list.SetFilter(text)
	v.describe()
	return err
}

// edit opens the selected file of a live tree in the editor.
func (v *View) edit() tea.Cmd {
	r, found := v.list.Selected()
	report, known := v.report.Value()
	switch {
	case !found || !known || r.path() == "" || r.unread != nil:
		return screen.Says(theme.Attention, "choose a file first")
	case report.IsRef:
		return screen.Says(theme.Attention, report.Tree+" is no folder: check it out to edit it")
	case report.TreeBytes != "":
		return screen.Says(theme.Attention, "the name of the folder is not UTF-8")
	case r.plugin == nil && (r.finding == nil || r.finding.Class == job.ClassMissing):
		return screen.Says(theme.Attention, job.ShowPath(r.path())+" is not in this tree")
	}
	msg := screen.EditMsg{Dir: report.Tree, Paths: []string{r.path()}, Line: r.line(), Then: screen.Changed{}}
	return func() tea.Msg { return msg }
}

// arrange takes over what the report says.
func (v *View) arrange() {
	report, known := v.report.Value()
	if !known {
		return
	}
	v.list.Empty = "Nothing differs from the official code."
	v.list.SetRows(v.rowsOf(report))
	if v.described == "" {
		v.list.Act(keymap.First)
	}
	v.described = ""
	v.describe()
}

// unfold lists the hunks of a file, or no more.
func (v *View) unfold(r row, open bool) {
	v.unfolded[r.finding.Raw] = open
	report, _ := v.report.Value()
	v.list.SetRows(v.rowsOf(report))
	v.list.Select(r.id())
}
