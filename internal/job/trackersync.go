package job

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"mgit/internal/config"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
	"mgit/internal/web"
)

// TrackerStatus shows how the ledgers and the tracker differ. Where the tracker cannot be
// reached, it shows what waits here. Nothing is written.
func TrackerStatus(ctx context.Context, site *Site, request TrackerRequest) (*TrackerReport, error) {
	request.DryRun = true
	report, _, err := syncTracker(ctx, site, request)
	return report, err
}

// TrackerSync makes the ledgers and the tracker agree where only one of them changed. What
// came from the tracker is one run; the error is nil where the tracker cannot be reached,
// and the report says so: local work is complete, and what was not sent waits.
func TrackerSync(ctx context.Context, site *Site, request TrackerRequest) (*TrackerReport, int, error) {
	request.Offline = false
	return syncTracker(ctx, site, request)
}

func syncTracker(ctx context.Context, site *Site, request TrackerRequest) (report *TrackerReport, run int, err error) {
	if err := site.initialised(); err != nil {
		return nil, 0, err
	}
	t, err := site.tracker()
	if err != nil {
		return nil, 0, err
	}
	s := &trackerSync{site: site, tracker: t, request: request}
	s.report = &TrackerReport{Kind: t.Kind, URL: t.URL, Project: t.Project, Upgrades: []TrackerUpgrade{}}
	if s.known, err = request.Dial(t, ""); err != nil {
		return nil, 0, err
	}
	if !request.DryRun {
		release, err := site.lockTracker("tracker sync")
		if err != nil {
			return nil, 0, err
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	if err := s.choose(ctx); err != nil {
		return nil, 0, err
	}
	if err := s.dial(ctx); err != nil {
		return nil, 0, err
	}
	if err := s.tell(ctx); err != nil {
		return nil, 0, err
	}
	err = s.all(ctx)
	// What was done is stored also when somebody stopped it: the tracker has it.
	run, failed := s.store(context.WithoutCancel(ctx))
	if err := errors.Join(err, failed); err != nil {
		return nil, run, err
	}
	s.report.count()
	return s.report, run, nil
}

// trackerSync is a sync under way.
type trackerSync struct {
	site    *Site
	tracker config.Tracker
	request TrackerRequest
	known   tracker.Client // asks no server
	client  tracker.Client // nil: no server is asked, or none any more
	key     *trackerKey
	heard   bool // the key has proved right or wrong
	works   []*trackerWork
	report  *TrackerReport
}

// trackerWork is one upgrade of a sync.
type trackerWork struct {
	ledger  *upgrade.Ledger
	only    []string // nil: all
	upgrade tracker.Upgrade
	mirror  *tracker.Mirror // as it was
	telling *tracker.Mirror // by which texts are left out that were told
	result  *tracker.Result // nil: the tracker was not reached
	missing []string        // rights of the key, where something was ignored
}

// dial finds the key and makes the client, unless no server is to be asked.
func (s *trackerSync) dial(ctx context.Context) error {
	if s.request.Offline {
		s.report.Reason = "it was not asked"
		return nil
	}
	if len(s.works) == 0 {
		return nil
	}
	address, err := trackerAddress(s.tracker)
	if err != nil {
		return err
	}
	if s.key, err = s.site.trackerKey(ctx, address, s.request); err != nil {
		return err
	}
	if s.client, err = s.request.Dial(s.tracker, s.key.secret); err != nil {
		return err
	}
	s.report.Reached = true
	return nil
}

// tell adds to what the ledgers say what has to be worked out: what a triage says of the
// branches that wait, and how those that were moved differ from the old ones.
func (s *trackerSync) tell(ctx context.Context) error {
	for _, w := range s.works {
		if err := s.site.trackerTriage(ctx, w.ledger, &w.upgrade, w.telling, w.only); err != nil {
			return err
		}
		if s.client == nil {
			continue
		}
		if err := s.site.trackerDetails(ctx, w.ledger, &w.upgrade, w.only); err != nil {
			return err
		}
	}
	return nil
}

// all goes through the upgrades. Once the tracker cannot be reached, it is left alone.
func (s *trackerSync) all(ctx context.Context) error {
	for _, w := range s.works {
		if s.client != nil {
			if err := s.one(ctx, w); err != nil {
				return err
			}
		}
		s.describe(w)
	}
	return nil
}

// one compares one upgrade with the tracker and writes what is to be written there.
func (s *trackerSync) one(ctx context.Context, w *trackerWork) error {
	settings, err := s.settings(ctx, w)
	if err != nil {
		return err
	}
	options := tracker.Options{DryRun: s.request.DryRun, Only: w.only, Take: s.request.Take, Again: s.request.Again, Anew: s.request.Anew, Many: s.request.Many, Settle: s.request.Settle}
	if s.request.Progress != nil {
		options.Progress = func(p tracker.Progress) { s.request.Progress(w.ledger.Series, p) }
	}
	w.result, err = tracker.Sync(ctx, s.client, w.upgrade, w.mirror, settings, options)
	if err := s.hear(ctx, w, err); err != nil {
		return err
	}
	switch {
	case err == nil && len(w.result.Ignored) > 0:
		w.missing = s.missingRights(ctx)
	case errors.Is(err, tracker.ErrMark):
		// A description that the key may not write looks like one that is not kept.
		if missing := s.missingRights(ctx); len(missing) > 0 {
			return fmt.Errorf("%w; missing is: %s", tracker.ErrRights, strings.Join(missing, ", "))
		}
	}
	reason, away := whyUnreachable(err)
	if !away {
		return err
	}
	s.client = nil
	s.report.Reached, s.report.Reason = false, reason
	return nil
}

// missingRights are what the key may not do, which is why a tracker ignores something, as
// far as the tracker tells.
func (s *trackerSync) missingRights(ctx context.Context) []string {
	asks, ok := s.client.(tracker.Rights)
	if !ok {
		return nil
	}
	missing, err := asks.Missing(ctx)
	if err != nil {
		return nil // the report says what was ignored; why is more than that
	}
	return missing
}

// hear tells git, once, whether the key is the right one.
func (s *trackerSync) hear(ctx context.Context, w *trackerWork, err error) error {
	isWrong := errors.Is(err, tracker.ErrKey)
	isRight := w.result != nil && w.result.User.ID != ""
	if isRight {
		s.report.User = trackerUser(w.result.User)
	}
	if s.heard || !isWrong && !isRight {
		return nil
	}
	s.heard = true
	if err := s.key.proved(ctx, s.site.Repo, isRight); err != nil {
		return fmt.Errorf("tell git about the tracker's key: %w", err)
	}
	return nil
}

func trackerUser(u tracker.User) string {
	if u.Login != "" {
		return u.Login
	}
	return u.Name
}

// whyUnreachable says why the tracker is of no use at the moment; false for errors that do
// not pass by themselves.
func whyUnreachable(err error) (string, bool) {
	var away *web.UnreachableError
	var odd *web.AnswerError
	var refused *web.StatusError
	switch {
	case errors.As(err, &away):
		return away.Error(), true
	case errors.As(err, &odd):
		return odd.Error(), true
	case errors.As(err, &refused) && (refused.Status >= 500 || refused.Status == http.StatusTooManyRequests):
		return refused.Error(), true
	}
	return "", false
}

// settings are those of the site for one upgrade.
func (s *trackerSync) settings(ctx context.Context, w *trackerWork) (tracker.Settings, error) {
	who, _ := s.site.Repo.Ident(ctx) // for people; without it they know less
	clone, err := s.site.cloneName(!s.request.DryRun)
	if err != nil {
		return tracker.Settings{}, err
	}
	t := s.tracker
	return tracker.Settings{
		Status: t.Status, Done: t.Done, People: t.People, Clone: clone, Who: who.Name,
		Version: expandVersion(t.Version, w.ledger),
	}, nil
}
