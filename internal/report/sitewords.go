package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
)

// SiteState is the worst that is to be said of a site, in a few words, with the sign that stands before it:
// "x" could not be read, "!" is not as its target is, "?" is not known, "=" is well.
func SiteState(s *job.SiteReport) (sign, text string) {
	switch {
	case len(s.Problems) > 0:
		return "x", "cannot be read"
	case len(s.Drift) > 0:
		var ids []string
		for _, d := range s.Drift {
			if !slices.Contains(ids, d.ID) {
				ids = append(ids, d.ID)
			}
		}
		return "!", strings.Join(ids, ", ")
	case !s.Looked:
		return "?", "not looked at"
	case s.Live == nil && len(s.Pins) == 0:
		return "?", "not here"
	case s.Target == nil || s.Target.Release == "":
		return "?", "no target to compare with"
	}
	return "=", "as its target"
}

// SiteTarget is the name of the target that a site runs; "" for none.
func SiteTarget(s *job.SiteReport) string {
	if s.Target == nil {
		return ""
	}
	return cmp.Or(s.Target.Name, s.Target.Short)
}

// SiteHacks counts what no branch explains; "?" where nothing was looked at.
func SiteHacks(s *job.SiteReport) string {
	if s.Live == nil {
		return "?"
	}
	return fmt.Sprint(s.Live.Orphans)
}

// SitePlace is the .env file of a site, or its tree.
func SitePlace(s *job.SiteReport, in string) string {
	if in == job.InEnvFile {
		return job.ShowPath(s.EnvFile)
	}
	return "its tree"
}

// PinValue is the value of a pin as a table shows it: a commit by its first digits.
func PinValue(pin job.EnvPin) string {
	if pin.Kind == job.EnvCommit && len(pin.Value) > 10 {
		return pin.Value[:10]
	}
	return pin.Value
}

// PinWords say what a pin is; isOdd that it is nothing that a pin should be.
func PinWords(pin job.EnvPin) (text string, isOdd bool) {
	odd := map[string]string{
		job.EnvAbbreviated: "a commit that is not named in full",
		job.EnvBranch:      "a branch, which moves",
		job.EnvEmpty:       "no value",
		job.EnvUnset:       "no value here",
		job.EnvExpanded:    "put together from other variables",
		job.EnvUnreadable:  "not the name of a version",
	}[pin.Kind]
	switch {
	case odd != "":
		return odd, true
	case pin.Release != "" && pin.Kind == job.EnvCommit && pin.Tag != "":
		return pin.Release + ", " + pin.Tag, false
	case pin.Release != "":
		return pin.Release, false
	case pin.Tag != "" && pin.Tag != pin.Value:
		return pin.Tag, false
	}
	return pin.Kind, false
}
