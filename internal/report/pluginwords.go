package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// The words for plugins are those of the commands, for the screen too. Names and texts stand in them as
// the tree has them: whoever shows a line makes it safe for its reader.

// CoreName is what people call a Moodle: "Moodle 4.1.3".
func CoreName(core job.PluginCore) string {
	if core.Tag != "" {
		return "Moodle " + strings.TrimPrefix(core.Tag, "v")
	}
	release, _, _ := strings.Cut(core.Release, " (")
	if release == "" {
		return "a Moodle of version " + core.Version
	}
	return "Moodle " + release
}

// PluginRelease is the release that a plugin says it is, else its version.
func PluginRelease(p *job.InventoryPlugin) string { return cmp.Or(p.Release, p.Version, "?") }

// PluginFrom says where a plugin comes from: a branch, or a repository.
func PluginFrom(p *job.InventoryPlugin) string {
	remote := cmp.Or(p.Origin.Remote, "an unknown place")
	switch o := p.Origin; o.Kind {
	case job.FromClone, job.FromSubmodule:
		return o.Kind + " of " + remote
	case job.FromListed:
		return remote
	case job.FromOwner:
		return "its owner"
	case job.FromUnknown:
		return "unknown"
	default:
		return o.Branch
	}
}

// PluginChanged says how many files are not as in what a plugin was made from: "no", "3 files", "?" where
// that cannot be found out, "-" where nobody says what it was made from.
func PluginChanged(p *job.InventoryPlugin) string {
	switch {
	case p.Changes == nil && p.Pin == nil:
		return "-"
	case p.Changes == nil:
		return "?"
	case p.Changes.IsNone():
		return "no"
	}
	return count(p.Changes.Modified+p.Changes.Missing+p.Changes.Added, "file", "files")
}

// PluginFits says whether a plugin suits a Moodle: "yes", "untested", "no", "not said", "not seen", "?".
func PluginFits(fit *job.PluginFit, p *job.InventoryPlugin) string {
	switch {
	case !p.Seen:
		return "not seen"
	case fit == nil:
		return "?"
	case fit.Fit == moodle.Refused.String():
		return "no"
	case fit.Fit == moodle.Untested.String():
		return fit.Fit
	case fit.Fit == moodle.Supported.String():
		return "yes"
	}
	return "not said"
}

// PluginNewest is the newest release that fits, as far as it was asked for; "?" where it was not.
func PluginNewest(p *job.InventoryPlugin) string {
	switch {
	case p.Newest == nil && p.Origin.Kind == job.FromOwner:
		return ""
	case p.Newest == nil:
		return "?"
	case p.Pin != nil && p.Newest.Commit == p.Pin.Commit, p.Newest.Version != "" && moodle.CompareVersions(p.Newest.Version, p.Version) == 0:
		return "this one"
	}
	return p.Newest.Name
}

// PluginRemarks say what is wrong with a plugin, and what it lacks; none is fine.
func PluginRemarks(r *job.PluginsReport, p *job.InventoryPlugin) []string {
	var all []string
	for _, problem := range p.Problems {
		all = append(all, problem.Text)
	}
	for _, n := range p.Dependencies {
		if text := needWords(n); text != "" {
			all = append(all, text)
		}
	}
	if text := fitWords(p.Fit, r.Moodle); text != "" {
		all = append(all, text)
	}
	if r.For != nil {
		if text := fitWords(p.FitFor, *r.For); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// CycleWords say that plugins need each other.
func CycleWords(cycle []string) string {
	if len(cycle) == 1 {
		return cycle[0] + " needs itself"
	}
	return strings.Join(cycle, ", ") + " need each other in a circle"
}

func needWords(n job.PluginNeed) string {
	switch n.State {
	case "missing":
		return "it needs " + n.Component + ", which is not there"
	case "too-old":
		return fmt.Sprintf("it needs %s %s, which is there as %s", n.Component, n.Version, n.Found)
	case "unknown":
		return fmt.Sprintf("it needs %s %s, of which the version cannot be read", n.Component, n.Version)
	}
	return ""
}

func fitWords(fit *job.PluginFit, core job.PluginCore) string {
	if fit == nil || fit.Why == "" {
		return ""
	}
	return fmt.Sprintf("on %s: it %s", CoreName(core), fit.Why)
}

// PluginHas is what the site has of a plugin: the release its branch was made from, else the version
// there, else the pin.
func PluginHas(u job.PluginUpdate) string {
	switch {
	case u.Branch != "" && u.From != "" && !isHex(u.From):
		return u.From
	case u.Branch != "":
		return u.Version
	default:
		return u.Pin
	}
}

func isHex(name string) bool {
	return len(name) == 40 && strings.Trim(name, "0123456789abcdef") == ""
}

// UpdateFits is the newest release that fits, and how far it does; "" for none.
func UpdateFits(u job.PluginUpdate) string {
	if u.Fitting == nil {
		return ""
	}
	fit := u.Fit
	if fit == moodle.Unstated.String() {
		fit = "not said" // as in the inventory
	}
	return fmt.Sprintf("%s (%s)", u.Fitting.Name, fit)
}

// UpdateLines are what else there is to say of what became of a plugin.
func UpdateLines(u job.PluginUpdate) []string {
	var lines []string
	if u.Outcome == job.PluginUpdated {
		lines = append(lines, fmt.Sprintf("%s is at %s", u.Branch, u.NewTip.Short()))
	}
	if u.Reason != "" {
		lines = append(lines, u.Reason)
	}
	if u.Why != "" && u.Fitting != nil {
		lines = append(lines, u.Fitting.Name+" "+u.Why)
	}
	for _, conflict := range u.Conflicts {
		kind := strings.TrimSuffix(strings.TrimPrefix(conflict.Kind, "CONFLICT ("), ")")
		lines = append(lines, fmt.Sprintf("%s in %s", kind, job.ShowPath(string(conflict.Path))))
	}
	for _, use := range u.Used {
		lines = append(lines, "used the recorded resolution "+use)
	}
	if len(u.Rebuild) > 0 {
		var paths []string
		for _, path := range u.Rebuild {
			paths = append(paths, job.ShowPath(path))
		}
		lines = append(lines, "rebuild needed: "+strings.Join(paths, ", "))
	}
	return append(lines, u.Notes...)
}

// UpdateSummary is the one line that says how an update went. isCheck only looked.
func UpdateSummary(r *job.PluginsUpdateReport, run int, isCheck, isDry bool) string {
	var parts []string
	for _, o := range job.PluginOutcomes() {
		if n := r.Totals[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	text := fmt.Sprintf("%s of %s against %s: %s.", count(len(r.Plugins), "plugin", "plugins"), r.Series, r.Core.Tag, strings.Join(parts, ", "))
	if isCheck {
		return text
	}
	return text + RunSentence(run, isDry)
}
