package plugins

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Source is where the releases of a plugin come from: the tags, or the tips of
// branches, of its own repository.
type Source struct {
	Component string // frankenstyle
	URL       string // https, ssh or file; must have been confirmed
	// Tags and Branches are globs (path.Match). Without both every tag counts.
	Tags, Branches string
}

// Release is one release of a plugin and what its version.php says.
type Release struct {
	Name     string // of the tag or branch
	IsBranch bool
	Commit   git.ID
	Tree     git.ID // the plugin's own folder
	When     time.Time
	Plugin   moodle.Plugin
	// Problem says why it cannot be taken, "" when it can.
	Problem string
	// Note is what should be known of one that can be taken, "" for nothing.
	Note string

	source []byte // version.php
}

// Seen is what a plugin's repository had when it was asked.
type Seen struct {
	Source
	When time.Time
	// Releases are those that the patterns describe, the newest first: by $version, then
	// by date. Those with a problem stand last.
	Releases []Release
	// Problem is what is wrong with the repository as a whole, "" when it has releases.
	Problem string
	// Omitted is the number of older tags that were not looked at.
	Omitted int
	// Err says that the repository did not answer now; what stands above is then what an
	// earlier look saw, or nothing.
	Err error
}

// Wanted says which releases suit.
type Wanted struct {
	Core moodle.Version
	// Maturity is the least that is taken without a second thought: alpha, beta, rc or
	// stable, which "" means too. A less mature one is taken only where no other fits.
	Maturity string
	// Untested takes releases whose `supported` does not name the series.
	Untested bool
}

// Choice is a release and how it suits.
type Choice struct {
	*Release // nil when there is none
	Fit      moodle.Fit
	// Why says what is to be said against it; without a release why there is none.
	Why string
}

// Newest returns the newest release that can be read, nil when there is none.
func (s *Seen) Newest() *Release {
	if s == nil || len(s.Releases) == 0 || s.Releases[0].Problem != "" {
		return nil
	}
	return &s.Releases[0]
}

// NewestFitting returns the newest release that suits. Where none does, Why says it of
// the newest one, and Fit is that one's. The error is that of [moodle.Plugin.FitOn].
func (s *Seen) NewestFitting(want Wanted) (Choice, error) {
	if s.Newest() == nil {
		return Choice{Why: s.whyNone()}, nil
	}
	var mature, other Choice
	first := Choice{}
	for i := range s.Releases {
		r := &s.Releases[i]
		if r.Problem != "" {
			continue
		}
		fit, why, err := r.Plugin.FitOn(want.Core)
		if err != nil {
			return Choice{}, fmt.Errorf("%s %s: %w", s.Component, r.Name, err)
		}
		if i == 0 {
			first = Choice{Fit: fit, Why: fmt.Sprintf("%s %s", r.Name, why)}
		}
		isFit := fit >= moodle.Unstated || fit == moodle.Untested && want.Untested
		switch {
		case !isFit:
		case mature.Release == nil && maturity(r.Plugin.Maturity) >= maturity(want.Maturity):
			mature = Choice{Release: r, Fit: fit, Why: why}
		case other.Release == nil:
			other = Choice{Release: r, Fit: fit, Why: joinWhy(why, "is no stable release")}
		}
	}
	switch {
	case mature.Release != nil:
		return mature, nil
	case other.Release != nil:
		return other, nil
	}
	return first, nil
}

func joinWhy(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

func (s *Seen) whyNone() string {
	switch {
	case s == nil:
		return "its repository was not asked yet"
	case s.Problem != "":
		return s.Problem
	case len(s.Releases) > 0:
		return s.Releases[0].Name + " " + s.Releases[0].Problem
	default:
		return "no release is known"
	}
}

// maturity orders what version.php, or the settings, call one; see lib/setuplib.php of
// Moodle. A plugin that does not say it counts as stable.
func maturity(word string) int {
	switch word {
	case "MATURITY_ALPHA", "50", "alpha":
		return 50
	case "MATURITY_BETA", "100", "beta":
		return 100
	case "MATURITY_RC", "150", "rc":
		return 150
	default:
		return 200
	}
}

// sort puts the newest first.
func (s *Seen) sort() {
	slices.SortStableFunc(s.Releases, func(a, b Release) int {
		return cmp.Or(
			cmp.Compare(boolRank(a.Problem != ""), boolRank(b.Problem != "")),
			moodle.CompareVersions(orZero(b.Plugin.Version), orZero(a.Plugin.Version)),
			b.When.Compare(a.When),
			CompareTags(b.Name, a.Name),
		)
	})
}

func orZero(version string) string { return cmp.Or(version, "0") }

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// judge reads version.php of a release and notes what is wrong with it.
func (r *Release) judge(component string) {
	p, err := moodle.ParsePlugin(r.source)
	if err != nil {
		r.Problem = fmt.Sprintf("has a version.php that cannot be read: %v", err)
		return
	}
	r.Plugin = p
	unread := func(field string) bool { return slices.Contains(p.Unread, field) }
	switch {
	case unread("version"):
		r.Problem = "has an expression for $plugin->version, and which version it is cannot be told"
	case unread("component"):
		r.Problem = "has an expression for $plugin->component, and whether it is " + component + " cannot be told"
	case p.Component != (moodle.Component{}) && p.Component.String() != component:
		r.Problem = fmt.Sprintf("is %s and not %s", p.Component, component)
	case len(p.Unread) > 0:
		r.Note = fmt.Sprintf("its version.php has expressions that are not read: %s", joinFields(p.Unread))
	}
}

func joinFields(fields []string) string {
	text := ""
	for i, f := range fields {
		if i > 0 {
			text += ", "
		}
		text += f
	}
	return text
}
