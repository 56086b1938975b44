package job

import (
	"fmt"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// seriesRun is the series that a site runs, as far as it was looked at; "" where that is not
// known. The tree goes before the .env file: it is what runs.
func (r *SiteReport) seriesRun() string {
	if r.Live != nil {
		return r.Live.Series
	}
	if release, err := moodle.ParseRelease(r.pinnedRelease()); err == nil {
		return release.Series.String()
	}
	return ""
}

// pinnedRelease is the release of the Moodle that the .env file pins; "".
func (r *SiteReport) pinnedRelease() string {
	for _, p := range r.Pins {
		if p.Component == coreComponent && !p.Overruled {
			return p.Release
		}
	}
	return ""
}

// Runs is the release of Moodle that a site runs; "" where that is not known. Of a tree it is
// what version.php of the pin says, not what the tree says of itself.
func (r *SiteReport) Runs() string {
	if r.Live != nil {
		return r.Live.Pin.Release
	}
	return r.pinnedRelease()
}

// compareReleases holds the Moodle of the tree and of the .env file against that of the target.
func (r *SiteReport) compareReleases() {
	if git.ID(r.Target.Tip) == git.ZeroID {
		if r.Target.Name != "" && (r.Live != nil || len(r.Pins) > 0) {
			r.drift(InTree, DriftNotBuilt, r.Target.Name+" is not in this clone, so nothing can be compared with it")
		}
		return
	}
	if r.Live != nil {
		r.compareRelease(InTree, "it runs", r.Live.Pin.Release)
	}
	if pinned := r.pinnedRelease(); pinned != "" {
		r.compareRelease(InEnvFile, "it pins", pinned)
	}
}

func (r *SiteReport) compareRelease(in, verb, spelling string) {
	has, err := moodle.ParseRelease(spelling)
	if err != nil {
		return
	}
	wanted, err := moodle.ParseRelease(r.Target.Release)
	if err != nil {
		return
	}
	id := ""
	switch order := has.Compare(wanted); {
	case has.Series != wanted.Series:
		id = DriftOtherSeries
	case order < 0:
		id = DriftOlder
	case order > 0:
		id = DriftNewer
	default:
		return
	}
	r.drift(in, id, fmt.Sprintf("%s Moodle %s, and %s has %s", verb, spelling, r.Target.Name, r.Target.Release))
}
