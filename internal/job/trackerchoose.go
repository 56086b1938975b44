package job

import (
	"context"
	"errors"
	"fmt"
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
	series, err := moodle.ParseSeries(l.Series)
	if err != nil {
		return nil, err
	}
	w := &trackerWork{ledger: l, mirror: mirrors[l.Series]}
	if w.upgrade, err = s.site.trackerUpgrade(ctx, l, mirrors); err != nil {
		return nil, err
	}
	return w, s.dispute(ctx, w, ledgerPath(series))
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

// dispute marks on which keys the clones disagree among themselves: those are nobody's to
// send or to take.
func (s *trackerSync) dispute(ctx context.Context, w *trackerWork, file string) error {
	open, err := s.site.openDisputes(ctx, s.site.shared)
	if err != nil {
		return err
	}
	keys := map[string][]string{
		"disposition": {"state"}, "progress": {"state"}, "owner": {"owner"}, "entry": {"state", "owner"},
	}
	for _, d := range open {
		i := slices.IndexFunc(w.upgrade.Branches, func(b tracker.Branch) bool { return b.Name == d.Entry })
		if d.File != file || i < 0 {
			continue
		}
		b := &w.upgrade.Branches[i]
		for _, key := range keys[d.Key] {
			if b.Disputed == nil {
				b.Disputed = make(map[string]bool)
			}
			b.Disputed[key] = true
		}
	}
	return nil
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
	data, err := s.readShared(ctx, mirrorPath(series))
	if err != nil {
		return nil, err
	}
	none := tracker.NewMirror(t.Kind, t.URL, t.Project, series.String())
	if data == nil {
		return none, nil
	}
	m, err := tracker.ParseMirror(mirrorPath(series), data)
	if err != nil {
		return nil, fmt.Errorf("read what the tracker was last told: %w", err)
	}
	if !m.IsOf(t.Kind, t.URL, t.Project) {
		return none, nil
	}
	return m, nil
}
