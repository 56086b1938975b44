package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mgit/internal/moodle"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// choose finds the upgrades that are meant, and reads what both sides last said.
func (s *trackerSync) choose(ctx context.Context) error {
	ledgers, err := s.site.ledgers(ctx)
	if err != nil {
		return err
	}
	mirrors, err := s.site.mirrors(ctx, ledgers)
	if err != nil {
		return err
	}
	named := s.request.Series.String()
	var all []*trackerWork
	for _, l := range ledgers {
		// One that was finished before there was a tracker is of no interest to it. Of one
		// that it has, it is when its issue is closed: a branch that is moved is done for
		// the ledger, and people who test it say so in the tracker.
		mayPass := s.request.Series.IsZero() && l.IsFinished(s.site.branchesOf(l.From))
		if named != "" && l.Series != named || mayPass && mirrors[l.Series].IsEmpty() {
			continue
		}
		mayPass = mayPass && mirrors[l.Series].Upgrade.State == upgrade.StateInDeployment
		w, err := s.read(ctx, l, mirrors)
		if err != nil {
			return err
		}
		if mayPass && len(s.waiting(w)) == 0 {
			continue
		}
		all = append(all, w)
	}
	if len(all) == 0 && !s.request.Series.IsZero() {
		return &UsageError{Text: fmt.Sprintf("there is no upgrade to %s", s.request.Series), Hint: "mgit upgrade begin " + s.request.Series.String() + " begins it"}
	}
	if s.works, err = s.narrow(all); err != nil {
		return err
	}
	return nil
}

// read reads an upgrade as the tracker is to show it.
func (s *trackerSync) read(ctx context.Context, l *upgrade.Ledger, mirrors map[string]*tracker.Mirror) (*trackerWork, error) {
	w := &trackerWork{ledger: l, mirror: mirrors[l.Series]}
	var err error
	if s.request.Anew {
		// What a new issue tells, the old one has told: all texts are needed.
		mirrors = maps.Clone(mirrors)
		mirrors[l.Series] = untoldMirror(w.mirror)
	}
	w.telling = mirrors[l.Series]
	w.upgrade, err = s.site.trackerUpgrade(ctx, l, mirrors)
	return w, err
}

// untoldMirror is a mirror by which nothing was told.
func untoldMirror(m *tracker.Mirror) *tracker.Mirror {
	c := cloneMirror(m)
	for name, b := range c.Branches {
		b.Told = nil
		c.Branches[name] = b
	}
	return c
}

// mirrors are the mirrors of upgrades, by series.
func (s *Site) mirrors(ctx context.Context, ledgers []*upgrade.Ledger) (map[string]*tracker.Mirror, error) {
	all := make(map[string]*tracker.Mirror)
	for _, other := range ledgers {
		series, err := moodle.ParseSeries(other.Series)
		if err != nil {
			return nil, err
		}
		m, err := s.readMirror(ctx, series)
		if err != nil {
			return nil, err
		}
		all[other.Series] = m
	}
	return all, nil
}

// narrow leaves of the upgrades the branches that are asked for. A name has to be known in
// one of them.
func (s *trackerSync) narrow(all []*trackerWork) ([]*trackerWork, error) {
	if len(s.request.Branches) == 0 {
		return all, nil
	}
	if len(all) == 0 {
		return nil, &UsageError{Text: "no upgrade is under way", Hint: "--series SERIES names a finished one"}
	}
	var first error
	for _, name := range s.request.Branches {
		known := false
		for _, w := range all {
			names, err := s.site.oldNames(w.ledger, []string{name})
			if usage := (*UsageError)(nil); errors.As(err, &usage) {
				first = err
				continue
			}
			if err != nil {
				return nil, err
			}
			w.only, known = append(w.only, names...), true
		}
		if !known {
			return nil, first
		}
	}
	return slices.DeleteFunc(all, func(w *trackerWork) bool { return len(w.only) == 0 }), nil
}

// expandVersion fills in the template of the target version.
func expandVersion(template string, l *upgrade.Ledger) string {
	return strings.NewReplacer("{series}", l.Series, "{from}", l.From, "{onto}", l.Onto).Replace(template)
}

// mirrorPath is the file of the mgit branch with what an upgrade's ledger and the tracker
// both said when they last agreed.
func mirrorPath(series moodle.Series) string { return "trackers/" + series.String() + ".toml" }

// readMirror returns the mirror of an upgrade in the tracker that is set; one that knows
// nothing where there is none, or one of another tracker.
func (s *Site) readMirror(ctx context.Context, series moodle.Series) (*tracker.Mirror, error) {
	t := s.Config.Tracker
	m, err := s.anyMirror(ctx, series)
	if err != nil {
		return nil, err
	}
	if m == nil || !m.IsOf(t.Kind, t.URL, t.Project) {
		return tracker.NewMirror(t.Kind, t.URL, t.Project, series.String()), nil
	}
	return m, nil
}

// anyMirror returns the mirror of an upgrade, whatever tracker it is of; nil for none.
func (s *Site) anyMirror(ctx context.Context, series moodle.Series) (*tracker.Mirror, error) {
	data, err := s.readShared(ctx, mirrorPath(series))
	if err != nil || data == nil {
		return nil, err
	}
	m, err := tracker.ParseMirror(mirrorPath(series), data)
	if err != nil {
		return nil, fmt.Errorf("read what the tracker was last told: %w", err)
	}
	return m, nil
}

// ownTickets are the tickets that a sync enters for the issues of a mirror, by branch. In
// the ledger they are not what somebody said that a branch is about.
func ownTickets(m *tracker.Mirror) map[string]string {
	all := make(map[string]string)
	if m == nil {
		return all
	}
	for name, b := range m.Branches {
		if b.Issue != "" {
			all[name] = tracker.IssueName(b.Issue)
		}
	}
	return all
}
