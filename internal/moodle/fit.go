package moodle

import "fmt"

// Fit says how far a plugin's release suits a core.
type Fit int

// From worst to best. Moodle refuses to install or upgrade a plugin that is
// Refused; an Untested one it installs with a remark (\core_component and
// core_plugin_manager::check_explicitly_supported).
const (
	Refused   Fit = iota // requires a newer core, or names this series incompatible
	Untested             // supported names a range that this series is not in
	Unstated             // requires is met, and nothing says which series are supported
	Supported            // supported names this series
)

// String returns the fit as tables and JSON have it.
func (f Fit) String() string {
	return [...]string{"refused", "untested", "unstated", "supported"}[f]
}

// MarshalText writes the fit as String does.
func (f Fit) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// FitOn says whether the release of the plugin suits a core with this version.php,
// and why not: "" where there is nothing to say against it. Its dependencies are
// other plugins' business. A field that holds an expression counts as not there,
// and is in p.Unread.
//
// The error is that of [Version.Series].
func (p Plugin) FitOn(core Version) (fit Fit, why string, err error) {
	series, err := core.Series()
	if err != nil {
		return Refused, "", err
	}
	switch {
	case p.Requires != "" && CompareVersions(core.Version, p.Requires) < 0:
		return Refused, fmt.Sprintf("requires %s, and Moodle is %s", p.Requires, core.Version), nil
	case !p.Incompatible.IsZero() && series.Compare(p.Incompatible) >= 0:
		return Refused, fmt.Sprintf("says that it is incompatible from %s on", p.Incompatible), nil
	case p.From.IsZero() && p.To.IsZero():
		return Unstated, "", nil
	case !p.From.IsZero() && series.Compare(p.From) < 0, !p.To.IsZero() && series.Compare(p.To) > 0:
		return Untested, fmt.Sprintf("says that it supports %s to %s", p.From, p.To), nil
	default:
		return Supported, "", nil
	}
}
