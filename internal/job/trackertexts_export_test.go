package job

import (
	"context"

	"mgit/internal/config"
	"mgit/internal/moodle"
	"mgit/internal/tracker"
)

// TrackerTexts is what the issues of an upgrade are to say; in full with what takes
// longer, and with a triage.
func TrackerTexts(ctx context.Context, s *Site, series moodle.Series, mirrors map[string]*tracker.Mirror, inFull, triage bool) (tracker.Upgrade, error) {
	ledger, err := s.readLedger(ctx, series)
	if err != nil {
		return tracker.Upgrade{}, err
	}
	u, err := s.trackerUpgrade(ctx, ledger, mirrors)
	if err != nil || !inFull {
		return u, err
	}
	if triage {
		if err := s.trackerTriage(ctx, ledger, &u, mirrors[ledger.Series], nil); err != nil {
			return u, err
		}
	}
	return u, s.trackerDetails(ctx, ledger, &u, nil)
}

// FindTickets reads the tickets in a message, or in a branch's name.
func FindTickets(t config.Tracker, text string, isName bool) (links, moodle, others []string, err error) {
	f, err := newTicketFinder(t)
	if err != nil {
		return nil, nil, nil, err
	}
	var found tickets
	if isName {
		f.inName(&found, text)
	} else {
		f.inText(&found, text)
	}
	return found.links, found.moodle, found.others, nil
}
