package targetview

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
	"mgit/internal/moodle"
	"mgit/tui/screen"
)

// of is what is known about a target.
func (v *View) of(name string) *about {
	if v.about[name] == nil {
		v.about[name] = &about{}
	}
	return v.about[name]
}

// isAsked reports whether a question has an answer, failed, or is under way.
func isAsked[T any](q *screen.Question[T]) bool {
	_, known := q.Value()
	return known || q.IsOpen() || q.Err() != nil
}

// lacking asks for what the view shows now and does not have.
func (v *View) lacking() tea.Cmd {
	if !isAsked(&v.site) {
		return v.askSite()
	}
	var cmds []tea.Cmd
	if v.mode == releases && !isAsked(&v.tags.list) {
		cmds = append(cmds, v.askReleases())
	}
	t, found := v.targets.Selected()
	if !found {
		return tea.Batch(cmds...)
	}
	a := v.of(t.Name)
	if v.mode == conflicts && !isAsked(&a.clash) {
		cmds = append(cmds, v.askConflicts(t.Name))
	}
	if t.Tip != (job.ID{}) && !isAsked(&a.proof) {
		cmds = append(cmds, v.askProof(t), v.askMinor(t))
	}
	return tea.Batch(cmds...)
}

func (v *View) askSite() tea.Cmd {
	return v.site.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (facts, error) {
		status, err := readStatus(ctx, site, v.host.Series)
		return facts{status: status, signsTags: site.SignsTags(), signsCommits: site.SignsCommits(), dir: site.Repo.Dir()}, err
	})
}

// readStatus reads the series that was asked for. Where none was, those that the upgrades under way lead to
// are read after the one in use: their targets are what the evening is for.
func readStatus(ctx context.Context, site *job.Site, series string) (*job.StatusReport, error) {
	status, err := job.Status(ctx, site, job.StatusRequest{Series: series})
	if err != nil || series != "" {
		return status, err
	}
	for _, u := range slices.Concat(status.Upgrades, status.Finished) {
		if hasSeries(status, u.Series) {
			continue
		}
		next, err := job.Status(ctx, site, job.StatusRequest{Series: u.Series})
		if err != nil {
			return nil, fmt.Errorf("read the series %s that an upgrade leads to: %w", u.Series, err)
		}
		status.Series = append(status.Series, next.Series...)
		status.Branches = append(status.Branches, next.Branches...)
		status.Targets = append(status.Targets, next.Targets...)
	}
	return status, nil
}

// hasSeries reports whether the series, as upgrades name it, was read.
func hasSeries(status *job.StatusReport, series string) bool {
	return slices.ContainsFunc(status.Series, func(s moodle.Series) bool { return s.String() == series })
}

func (v *View) askProof(t job.TargetStatus) tea.Cmd {
	request := job.AssembleRequest{Target: t.Name, Series: v.host.Series, Allow: v.host.Allow}
	return v.of(t.Name).proof.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.TargetProof, error) {
		return job.CheckTarget(ctx, site, request)
	})
}

func (v *View) askMinor(t job.TargetStatus) tea.Cmd {
	request := v.minorRequest(t)
	request.Check = true
	return v.of(t.Name).minor.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.MinorReport, error) {
		return job.Minor(ctx, site, request, false)
	})
}

func (v *View) askConflicts(target string) tea.Cmd {
	return v.of(target).clash.Ask(v.host, func(ctx context.Context, site *job.Site, p *screen.Progress) (*job.ConflictsReport, error) {
		return job.Conflicts(ctx, site, job.ConflictsRequest{
			Series: v.host.Series, Target: target,
			Progress: func(done, all int) { p.Report(job.Event{Done: done, Total: all}) },
		})
	})
}

func (v *View) askReleases() tea.Cmd {
	return v.tags.list.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.ReleaseList, error) {
		return job.ListReleases(ctx, site, job.ReleaseListRequest{Series: v.host.Series})
	})
}

func (v *View) askVerify(tag string) tea.Cmd {
	q := v.tags.of(tag)
	return q.Ask(v.host, func(ctx context.Context, site *job.Site, _ *screen.Progress) (*job.VerifyReport, error) {
		return job.VerifyRelease(ctx, site, tag)
	})
}

// answered puts an answer where it is shown.
func (v *View) answered(msg screen.Answered) {
	if f, known := v.site.Value(); known {
		v.targets.SetRows(f.status.Targets) // their signs follow from the proofs
		if msg.To(&v.site) {
			v.selectWanted()
		}
	}
	if msg.To(&v.tags.list) {
		if r, known := v.tags.list.Value(); known {
			v.tags.table.SetRows(r.Releases)
		}
	}
	v.arrange()
}

// selectWanted selects the target that the view was entered for, or the first of the series, once.
func (v *View) selectWanted() {
	for _, t := range v.targets.Rows() {
		if t.Version.String() == v.wanted {
			v.wanted = t.Name
			break
		}
	}
	if v.wanted != "" && v.targets.Select(v.wanted) {
		v.panes[contents].Second = false
	}
	v.wanted = ""
	v.arrange()
}

// arrange shows what is known of the selected target.
func (v *View) arrange() {
	t, found := v.targets.Selected()
	if !found {
		v.parts.SetRows(nil)
		v.heat.show(nil)
		return
	}
	f, _ := v.site.Value()
	a := v.of(t.Name)
	proof, _ := a.proof.Value()
	v.parts.SetRows(partsOf(f.status, t, proof))
	clash, _ := a.clash.Value()
	v.heat.show(clash)
}
