package check

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"mgit/internal/moodle"
	"mgit/internal/php"
)

// assigned finds the last assignment to one of some variables, or to a field of it, in PHP: its value and line. The
// line is 0 where there is none.
func assigned(source []byte, field string, variables ...string) (value []php.Token, line int) {
	tokens := php.Tokenize(source)
	for i, t := range tokens {
		if t.Kind != php.Variable || !slices.Contains(variables, t.Text) {
			continue
		}
		k := i + 1
		if field != "" {
			if k+1 >= len(tokens) || !tokens[k].IsSign("->") || tokens[k+1].Text != field {
				continue
			}
			k += 2
		}
		if k >= len(tokens) || !tokens[k].IsSign("=") {
			continue
		}
		end := k + 1
		for end < len(tokens) && !tokens[end].IsSign(";") {
			end++
		}
		value, line = tokens[k+1:end], t.Line
	}
	return value, line
}

// The first series without $module, and those for which a missing component is a fault: until then many had none.
var (
	withoutModule = moodle.Series{Major: 2, Minor: 7}
	withComponent = moodle.Series{Major: 2, Minor: 6}
)

// componentSaid blames a version.php that names another component than its folder, or none.
func componentSaid(j *Judge, f *File) {
	c, ok := componentOfVersion(j.Subject, f.Path)
	if !ok || !f.IsRegular() || f.After.Data == nil {
		return
	}
	series := j.Layout.Series()
	if _, line := assigned(f.After.Data, "version", "$module"); line > 0 && series.Compare(withoutModule) >= 0 {
		j.Report(Finding{
			Path: f.Path, Line: line, Text: fmt.Sprintf("$module is of old: Moodle %s reads $plugin", series),
			Hint: "write $plugin->version, and so on",
		})
	}
	value, line := assigned(f.After.Data, "component", "$plugin", "$module")
	hint := fmt.Sprintf("write $plugin->component = '%s';", c)
	switch {
	case line == 0 && series.Compare(withComponent) >= 0:
		j.Report(Finding{Path: f.Path, Text: fmt.Sprintf("version.php of %s does not say $plugin->component", c), Hint: hint})
	case line == 0:
	case len(value) != 1 || value[0].Kind != php.String:
		j.Note(fmt.Sprintf("%q: $plugin->component is an expression and was not judged", f.Path))
	case value[0].Text != c.String():
		j.Report(Finding{Path: f.Path, Line: line, Text: fmt.Sprintf("$plugin->component is %q in the folder of %s", value[0].Text, c), Hint: hint})
	}
}

// componentOfVersion is the component whose version.php a path is. A sub-plugin whose owner is on another branch is
// known by the branch alone.
func componentOfVersion(s *Subject, name string) (moodle.Component, bool) {
	u, rest := unitOf(s, name)
	switch {
	case u == nil || u.isCore() || path.Base(name) != "version.php":
		return moodle.Component{}, false
	case rest == "version.php":
		return u.component, true
	}
	own := s.Branch.Component
	isOwn := s.Branch.Kind == Ours && own.Name != "" && path.Base(path.Dir(name)) == own.Name && (&territory{subject: s}).isHomeless(own, name)
	return own, isOwn
}

// versionIn is the version that a version.php says; not ok where it says none, or by an expression, which is noted.
func versionIn(j *Judge, u *unit, name string, source []byte) (version string, ok bool) {
	const unread = "%q: the version is an expression and was not compared"
	if u.isCore() {
		v, err := moodle.ParseVersion(source)
		if value, line := assigned(source, "", "$version"); line > 0 && (err != nil || len(value) > 1) {
			j.Note(fmt.Sprintf(unread, name))
			return "", false
		}
		return v.Version, err == nil
	}
	p, err := moodle.ParsePlugin(source)
	if err == nil && p.Version == "" {
		j.Note(fmt.Sprintf(unread, name))
	}
	return p.Version, err == nil && p.Version != ""
}

// versionAt is the same of a file in a tree.
func versionAt(j *Judge, u *unit, tree fs.FS) (version string, ok bool) {
	source, ok := content(tree, u.version())
	if !ok {
		return "", false
	}
	return versionIn(j, u, u.version(), source)
}

// content reads a file of a tree. What cannot be read is not there.
func content(tree fs.FS, name string) ([]byte, bool) {
	if tree == nil || !fs.ValidPath(name) {
		return nil, false
	}
	data, err := fs.ReadFile(tree, name)
	return data, err == nil
}

// versionLower compares with what was there before and with the release that the branch stands on, and then with the branches of
// older series.
func versionLower(j *Judge, f *File) {
	u, _ := unitOf(j.Subject, f.Path)
	if u == nil || f.Path != u.version() || !f.IsRegular() {
		return
	}
	now, ok := versionIn(j, u, f.Path, f.After.Data)
	if !ok {
		return
	}
	finding := Finding{Path: f.Path, Line: u.versionLine(f.After.Data)}
	if before, where := versionBefore(j, u, f); before != "" && moodle.CompareVersions(now, before) < 0 {
		finding.Text = fmt.Sprintf("the version of %s is %s, and was %s %s", u.component, now, before, where)
		if seen, _ := seenVersion(j, u); isUnseen(j, u) && moodle.CompareVersions(now, seen) >= 0 {
			finding.Severity = Warning
			finding.Hint = "take a higher version, unless no site has the one before, to which it rose since the last push"
		}
		j.Report(finding)
		return
	}
	// The older branch may have got its version after this one was made of it, and is no fault of the change then.
	if older, branch := olderVersion(j, u); moodle.CompareVersions(now, older) < 0 {
		finding.Text = fmt.Sprintf("the version of %s is %s, and %s has %s: no site that has that can be upgraded to this", u.component, now, branch, older)
		finding.Severity = Warning
		finding.Hint = "carry over what is new there with `mgit rebase-all`, or take a version that is not lower"
		j.Report(finding)
	}
}

// versionBefore is the highest version that the file had before the change or has in the release that the branch stands on, and
// where that is; "" for none.
func versionBefore(j *Judge, u *unit, f *File) (before, where string) {
	if f.From == "" {
		for _, b := range f.Before {
			if b.Data == nil {
				continue
			}
			if v, ok := versionIn(j, u, f.Path, b.Data); ok && moodle.CompareVersions(v, cmp.Or(before, "0")) > 0 {
				before, where = v, "before"
			}
		}
	}
	if v, ok := versionAt(j, u, j.Pristine); ok && moodle.CompareVersions(v, cmp.Or(before, "0")) > 0 {
		before, where = v, "in "+cmp.Or(j.Branch.Base.Found, "the release that the branch stands on")
	}
	return before, where
}

// versionLine is the line of a version.php that says the version.
func (u *unit) versionLine(source []byte) int {
	if u.isCore() {
		_, line := assigned(source, "", "$version")
		return line
	}
	_, line := assigned(source, "version", "$plugin", "$module")
	return line
}
