package check

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"mgit/internal/forecast"
	"mgit/internal/moodle"
)

// firstWithSavepoints is the series from which every step records itself; in 1.9 and before few did.
var firstWithSavepoints = moodle.Series{Major: 2, Minor: 0}

// ownSteps are the steps of an upgrade.php that none of the files before has, each with what it was before, if it was.
func ownSteps(before []Blob, after []byte) (script forecast.Script, own []ownStep) {
	script = forecast.ParseScript(after)
	count := make(map[int]int)
	changed := make(map[int]bool)
	for _, b := range before {
		for _, s := range forecast.OwnSteps(b.Data, after) {
			count[s.Line]++
			changed[s.Line] = changed[s.Line] || s.Changed
		}
	}
	var old []forecast.Step
	if len(before) > 0 {
		old = forecast.ParseScript(before[0].Data).Steps
	}
	for i, s := range script.Steps {
		if count[s.Line] < len(before) {
			continue
		}
		o := ownStep{Step: s, at: i}
		if changed[s.Line] {
			k := slices.IndexFunc(old, func(b forecast.Step) bool { return b.Below == s.Below })
			if k >= 0 {
				o.old = &old[k]
			}
		}
		own = append(own, o)
	}
	return script, own
}

// ownStep is a step that the change adds or changes.
type ownStep struct {
	forecast.Step
	at  int            // its place among the steps of the file
	old *forecast.Step // as it was; nil for one that is new
}

// upgradeScript is the unit of a path that is its db/upgrade.php, nil for any other.
func upgradeScript(s *Subject, f *File) *unit {
	u, _ := unitOf(s, f.Path)
	if u == nil || f.Path != u.db("upgrade.php") || !f.IsRegular() || f.After.Data == nil {
		return nil
	}
	return u
}

// savepoints judges the steps that the change adds or changes: what was amiss with one before is not said again.
func savepoints(j *Judge, f *File) {
	u := upgradeScript(j.Subject, f)
	if u == nil {
		return
	}
	series := j.Layout.Series()
	if series.Compare(firstWithSavepoints) < 0 {
		return
	}
	script, own := ownSteps(f.Before, f.After.Data)
	upgradeFunction(j, f, u, script.Function)
	version, known := versionAt(j, u, j.Tree)
	passed := passedBy(j, u, f)
	for _, s := range own {
		if s.Below == "" || s.Stops {
			continue
		}
		now := faultsOf(u, series, script, s.Step, s.at)
		if s.old != nil {
			was := forecast.Script{Steps: []forecast.Step{*s.old}}
			for _, old := range faultsOf(u, series, was, *s.old, 0) {
				now = slices.DeleteFunc(now, func(f stepFault) bool { return f.kind == old.kind })
			}
		}
		for _, n := range now {
			j.Report(Finding{Path: f.Path, Line: n.line, Text: n.text, Hint: fmt.Sprintf("end the step with %s;", u.savepoint(s.Below))})
		}
		if known && s.old == nil && moodle.CompareVersions(s.Below, version) > 0 {
			j.Report(Finding{
				Path: f.Path, Line: s.Line, Text: fmt.Sprintf("step %s is above the version of %s, %s", s.Below, u.component, version),
				Hint: fmt.Sprintf("raise the version in %s to %s, or give the step a number that is not higher", u.version(), s.Below),
			})
		}
		if s.old == nil && s.From == "" && !s.Inside && passed(s.Below) {
			j.Report(Finding{
				Path: f.Path, Line: s.Line, Text: fmt.Sprintf("step %s is not above the version that %s had before: it never runs where that is installed", s.Below, u.component),
				Hint: fmt.Sprintf("give the step, and its savepoint, the number to which %s raises the version", u.version()),
			})
		}
	}
}

// tablesWithoutStep blames a change of tables that the version rises for and no step brings about: install.xml makes the
// tables of a new site, and upgrade.php those of all others. Where the version stays, version-bump says so.
func tablesWithoutStep(j *Judge, all []*unit) {
	for _, u := range all {
		install, upgrade := u.db("install.xml"), u.db("upgrade.php")
		if j.Merging || !u.touches(install) || !versionRises(j, u) {
			continue
		}
		if line, same := compared(j, install, sameTables); !same {
			if _, same = compared(j, upgrade, sameCode); same {
				f := Finding{
					Path: install, Line: line, Text: fmt.Sprintf("changes tables, and no step changes them where %s is installed", u.component),
					Hint: fmt.Sprintf("add a step to %s that does the same, with the number to which the version rises", upgrade),
				}
				if isUnseen(j, u) {
					f.Severity = Warning // the commit before may have brought the step
				}
				j.Report(f)
			}
		}
	}
}

// passedBy tells of a new step whether Moodle takes it for done wherever the code before the change is installed: its number is
// not above the version of that, although the change raises it. Where the version stays, version-bump says so. One of
// upstream's own may be brought along from an older release, a step that only gets another number was there before, and a
// merge brings steps together that were judged where they were made.
func passedBy(j *Judge, u *unit, f *File) func(number string) bool {
	never := func(string) bool { return false }
	before, had := versionAt(j, u, j.Before)
	old, _ := content(j.Before, f.Path)
	if !had || j.Merging || !versionRises(j, u) || !addsStep(old, f.After.Data) {
		return never
	}
	least := "0"
	if isCore(j.Subject, f.Path) {
		if least, had = versionAt(j, u, j.Pristine); !had {
			return never
		}
	}
	if isUnseen(j, u) {
		before, _ = seenVersion(j, u)
	}
	return func(number string) bool {
		return moodle.CompareVersions(number, before) <= 0 && moodle.CompareVersions(number, least) > 0
	}
}

// upgradeFunction blames a function that Moodle does not call.
func upgradeFunction(j *Judge, f *File, u *unit, name string) {
	want := u.upgradeFunction()
	if name == "" || strings.EqualFold(name, want) {
		return
	}
	for _, b := range f.Before {
		if forecast.ParseScript(b.Data).Function == name {
			return
		}
	}
	line := 0
	for _, added := range f.Added() {
		if strings.Contains(string(added.Text), name) {
			line = added.Number
			break
		}
	}
	j.Report(Finding{
		Path: f.Path, Line: line, Text: fmt.Sprintf("the function is called %s: Moodle calls %s", name, want),
		Hint: fmt.Sprintf("rename it to %s", want),
	})
}

// upgradeFunction is the name that Moodle calls (upgrade_plugins and its likes in lib/upgradelib.php).
func (u *unit) upgradeFunction() string {
	switch {
	case u.isCore():
		return "xmldb_main_upgrade"
	case u.component.Type == "mod":
		return "xmldb_" + u.component.Name + "_upgrade"
	}
	return "xmldb_" + u.component.String() + "_upgrade"
}

// call is the function that records a step of the unit, and what names the unit in the call.
func (u *unit) call() (function string, names []string) {
	switch {
	case u.isCore():
		return "upgrade_main_savepoint", nil
	case u.component.Type == "mod":
		return "upgrade_mod_savepoint", []string{u.component.Name}
	case u.component.Type == "block":
		return "upgrade_block_savepoint", []string{u.component.Name}
	}
	return "upgrade_plugin_savepoint", []string{u.component.Type, u.component.Name}
}

// oneVersionTable is the series since which all plugins have their versions in one table, modules and blocks, too.
var oneVersionTable = moodle.Series{Major: 2, Minor: 6}

// isRecordedBy reports whether a call of the function that serves all types of plugins records a step of the unit.
func (u *unit) isRecordedBy(c forecast.SavepointCall, series moodle.Series) bool {
	return c.Function == "upgrade_plugin_savepoint" && series.Compare(oneVersionTable) >= 0 &&
		argument(c, 2) == u.component.Type && argument(c, 3) == u.component.Name
}

// savepoint is the call as it is written.
func (u *unit) savepoint(number string) string {
	function, names := u.call()
	text := function + "(true, " + number
	for _, n := range names {
		text += ", '" + n + "'"
	}
	return text + ")"
}

// stepFault is what is amiss with a step.
type stepFault struct {
	kind string
	line int
	text string
}

// faultsOf is what is amiss with the savepoints of a step, and with its place in the file.
func faultsOf(u *unit, series moodle.Series, script forecast.Script, s forecast.Step, at int) (faults []stepFault) {
	switch {
	case len(s.Calls) == 0 && (s.Inside || s.From != ""):
		return nil // recorded by the step around it, or a repair for a range of versions that lies behind
	case len(s.Calls) == 0:
		return []stepFault{{"none", s.Line, fmt.Sprintf("step %s records no savepoint", s.Below)}}
	}
	function, names := u.call()
	isKnown, isRight := true, false
	for _, c := range s.Calls {
		number := argument(c, 1)
		isKnown = isKnown && number != ""
		isRight = isRight || number != "" && moodle.CompareVersions(number, s.Below) == 0
		switch {
		case argument(c, 0) == "false":
			faults = append(faults, stepFault{"false", c.Line, fmt.Sprintf("the savepoint of step %s says that the step failed", s.Below)})
		case c.Function != function && !u.isRecordedBy(c, series):
			faults = append(faults, stepFault{"function", c.Line, fmt.Sprintf("%s records a step of something else than %s", c.Function, u.component)})
		case c.Function == function:
			for i, want := range names {
				if got := argument(c, i+2); got != "" && got != want {
					faults = append(faults, stepFault{"name", c.Line, fmt.Sprintf("the savepoint of step %s is for %q, not for %s", s.Below, got, u.component)})
					break
				}
			}
		}
	}
	if isKnown && !isRight {
		faults = append(faults, stepFault{"number", s.Calls[0].Line, fmt.Sprintf("the savepoint says %s, the step %s", argument(s.Calls[0], 1), s.Below)})
	}
	if n := behind(script.Steps[:min(at, len(script.Steps))], s); n != "" {
		faults = append(faults, stepFault{"order", s.Line, fmt.Sprintf("step %s stands behind step %s: after that its savepoint ends the upgrade", s.Below, n)})
	}
	return faults
}

// argument is a literal argument of a call, "" for none.
func argument(c forecast.SavepointCall, i int) string {
	if i >= len(c.Arguments) {
		return ""
	}
	return c.Arguments[i]
}

// behind is the number of a step that is recorded before s with a number that is not lower; "" for none. A step inside
// of another one is done for other versions.
func behind(before []forecast.Step, s forecast.Step) string {
	if s.Condition != "" || s.From != "" || s.Inside {
		return ""
	}
	for _, b := range slices.Backward(before) {
		if b.Below != "" && b.From == "" && b.Condition == "" && !b.Inside && slices.Contains(b.Savepoints, b.Below) && moodle.CompareVersions(b.Below, s.Below) >= 0 {
			return b.Below
		}
	}
	return ""
}

// collisions judges the steps that a branch of the site's adds to an upgrade.php of Moodle's. A number is upstream's
// when upstream has a step of it, or is free to use it: upstream goes on counting from its own version.
func collisions(j *Judge, f *File) {
	u := upgradeScript(j.Subject, f)
	if u == nil || j.Branch.Kind != Ours || !isCore(j.Subject, f.Path) {
		return
	}
	pristine, has := content(j.Pristine, f.Path)
	upstream := forecast.Numbers(pristine)
	versions := releaseVersions(j, u)
	_, own := ownSteps(f.Before, f.After.Data)
	for _, s := range own {
		if s.Below == "" || s.old != nil && !repeats(f.After.Data, f.Before, s.Below) {
			continue // a step of upstream's that the branch changes keeps its number
		}
		beside := forecast.Stand(s.Below, upstream)
		isUpstreams := has && beside.Same && isOwn(pristine, f.After.Data, s.Line)
		var text string
		switch {
		case isUpstreams, s.old != nil && (!has || beside.Same):
			text = fmt.Sprintf("upstream has a step %s too: a site that has run this one never runs upstream's", s.Below)
		case !j.Branch.isForCommunity() && mayBeUpstreams(u, s.Below, versions):
			text = fmt.Sprintf("step %s is in upstream's way: it counts up from %s, and its steps up to this one would be skipped", s.Below, versions[0])
		default:
			continue
		}
		finding := Finding{Path: f.Path, Line: s.Line, Text: text}
		if len(versions) > 0 {
			finding.Hint = fmt.Sprintf("take a number right behind %s, such as %s", versions[len(versions)-1], nextTo(u, versions))
		}
		j.Report(finding)
	}
}

// releaseVersions are the version of the release that the branch stands on and the one before the change, as far as they
// are known. The latter is all there is while a commit is made, and the one to go by where a branch stands on a later
// minor release; it may have been raised by the site.
func releaseVersions(j *Judge, u *unit) (versions []string) {
	for _, tree := range []fs.FS{j.Pristine, j.Before} {
		if v, ok := versionAt(j, u, tree); ok && !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return versions
}

// isOwn reports whether the pristine file lacks the step at a line.
func isOwn(pristine, after []byte, line int) bool {
	return slices.ContainsFunc(forecast.OwnSteps(pristine, after), func(o forecast.Own) bool { return o.Line == line })
}

// repeats reports whether the file has more steps of a number than before: a second one, not a changed one.
func repeats(after []byte, before []Blob, number string) bool {
	most := 0
	for _, b := range before {
		most = max(most, stepsOf(b.Data, number))
	}
	return stepsOf(after, number) > most
}

func stepsOf(source []byte, number string) (n int) {
	for _, s := range forecast.ParseScript(source).Steps {
		if s.Below == number {
			n++
		}
	}
	return n
}

// mayBeUpstreams reports whether upstream may use a number above the release's version. Plugins of Moodle's count in
// whole numbers, so that decimals are the site's; core counts in hundredths, so that .01 is as far as a site can go,
// with further digits behind it.
func mayBeUpstreams(u *unit, number string, versions []string) bool {
	whole, _, _ := strings.Cut(number, ".")
	for _, version := range versions {
		if moodle.CompareVersions(number, version) <= 0 {
			return false // a step that was brought along from an older release
		}
		base, _, _ := strings.Cut(version, ".")
		if whole == base && (!u.isCore() || moodle.CompareVersions(number, hundredth(version, 2)) < 0) {
			return false
		}
	}
	return len(versions) > 0
}

// hundredth is a version raised by some hundredths.
func hundredth(version string, n int) string {
	whole, decimals, _ := strings.Cut(version, ".")
	now, _ := strconv.Atoi((decimals + "00")[:2]) // digits, as CompareVersions has them
	return fmt.Sprintf("%s.%02d", whole, now+n)
}

// nextTo is a number for a step of the site's own: behind the one that it has raised the version to, if it has.
func nextTo(u *unit, versions []string) string {
	last := versions[len(versions)-1]
	if _, decimals, _ := strings.Cut(last, "."); u.isCore() && len(versions) > 1 && decimals != "" {
		return last + "1" // hundredths are upstream's
	}
	return hundredth(last, 1)
}
