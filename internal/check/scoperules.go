package check

import (
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// feature is the type of branches that bring something of their own and leave Moodle as it is.
const feature = "feature"

// The ids of the rules about what a branch may touch.
const (
	ruleScope = "scope"
	ruleCore  = "core-changed"
)

// scopeRules are about what a branch may touch, and where files may lie.
func scopeRules() []Rule {
	strays := &once[*territory]{}
	cores := &once[*territory]{}
	return []Rule{
		{
			ID:       ruleScope,
			Severity: Error,
			Title:    "a file that the branch has no business with",
			Why:      "what one branch hides in another's files is dropped, held or released with the wrong change",
			Hint:     "commit it on the branch that it belongs to: `git restore --staged` takes it out of this commit",
			file:     func(j *Judge, f *File) { stray(j, strays, f, firstLine, false) },
			whole: func(j *Judge) {
				unnamed(j)
				unread(j, func(f *File) { stray(j, strays, f, noLine, false) })
			},
		},
		{
			ID:       ruleCore,
			Severity: Error,
			Title:    "a feature branch changes Moodle's own code",
			Why:      "a change of core that hides in a feature is found at the upgrade that it conflicts with",
			Hint:     "make it a hack, with `mgit new hack`, or take the file out of the commit with `git restore --staged`",
			file:     func(j *Judge, f *File) { stray(j, cores, f, firstLine, true) },
			whole:    func(j *Judge) { unread(j, func(f *File) { stray(j, cores, f, noLine, true) }) },
		},
		{
			ID:       "public-place",
			Severity: Error,
			Title:    "a file where Moodle does not look for it",
			Why:      "since 5.1 Moodle's code is below public/, and what lies beside it is silently ignored",
			Hint:     "move it with `git mv`",
			whole:    misplaced,
		},
	}
}

// firstLine is the first line that the change adds to a file, 0 for none.
func firstLine(f *File) int {
	if lines := f.Added(); len(lines) > 0 {
		return lines[0].Number
	}
	return 0
}

// noLine is for files whose content is not there.
func noLine(*File) int { return 0 }

// unread goes through the files of which no content is asked for: deleted ones and submodules.
func unread(j *Judge, each func(*File)) {
	for _, f := range j.Files {
		if f.IsDeleted() || f.After.Mode == git.ModeGitlink {
			each(f)
		}
	}
}

// stray blames a file outside of the branch's territory, once: one of Moodle's own on a feature branch is core-changed,
// all others are scope.
func stray(j *Judge, known *once[*territory], f *File, line func(*File) int, core bool) {
	land := known.get(j.Subject, newTerritory)
	if land == nil || j.Merging && len(f.Before) > 1 { // others' changes meet there
		return
	}
	if !land.holds(f.Path) {
		blame(j, f.Path, line, f, core, "")
		return
	}
	if f.From != "" && !exists(j.Tree, f.From) && !land.holds(f.From) {
		blame(j, f.From, noLine, f, core, f.Path)
	}
}

// blame says why a path is outside. to is where it was moved to, "" when it was not.
func blame(j *Judge, name string, line func(*File) int, f *File, core bool, to string) {
	isCoreFile := j.Branch.Type == feature && isCore(j.Subject, placed(j.Subject, name))
	if isCoreFile != core {
		return
	}
	does := "changes a file of"
	switch {
	case to != "":
		does = "moves away a file of"
	case f.IsDeleted():
		does = "removes a file of"
	case f.IsNew():
		does = "adds a file to"
	case f.From != "" && !exists(j.Tree, f.From):
		does = "moves a file to"
	}
	what := belongsTo(j.Subject, name)
	if what == "" {
		does, _, _ = strings.Cut(does, " a file")
		what = "a file of no component"
	}
	text := fmt.Sprintf("a %s of %s %s %s", j.Branch.Type, about(j.Branch), does, what)
	finding := Finding{Path: name, Line: line(f), Text: text}
	if !core {
		finding.Hint = scopeHint(j.Branch)
	}
	j.Report(finding)
}

func scopeHint(b Branch) string {
	const hint = "commit it on the branch that it belongs to (`git restore --staged` takes it out of this commit)"
	switch {
	case b.Set != "":
		return fmt.Sprintf("%s, or add the component to members of [branch.%s] in mgit.toml", hint, b.Key)
	case b.Type != feature:
		return fmt.Sprintf("%s, or add the path to paths of [branch.%s] in mgit.toml", hint, b.Key)
	}
	return hint
}

// about is what a branch is about.
func about(b Branch) string {
	if b.Set != "" {
		return "set_" + b.Set
	}
	return b.Component.String()
}

// belongsTo names the component of a path, "" for a file that is new at the top.
func belongsTo(s *Subject, name string) string {
	place := placed(s, name)
	owner, _, ok := s.Layout.ComponentOf(place)
	if !ok || owner == (moodle.Component{Type: moodle.CoreType}) && !isCore(s, place) {
		return ""
	}
	return owner.String()
}

// unnamed says, once, that nobody has named what a set is made of.
func unnamed(j *Judge) {
	b := j.Branch
	if b.Kind != Ours || b.Set == "" || len(b.Members)+len(b.Paths) > 0 || len(j.Files) == 0 {
		return
	}
	j.Report(Finding{
		Severity: Warning,
		Text:     fmt.Sprintf("nobody has said what set_%s may touch", b.Set),
		Hint:     fmt.Sprintf("name its components in mgit.toml, with `mgit config edit`: members = [\"mod_…\"] in [branch.%s]", b.Key),
	})
}

// misplaced blames new files on the wrong side of public/.
func misplaced(j *Judge) {
	if j.Layout == nil {
		return
	}
	for _, f := range j.Files {
		if f.IsDeleted() || !f.IsNew() && (f.From == "" || samePlace(j.Subject, f)) {
			continue
		}
		if right, why := rightPlace(j.Subject, f.Path); right != "" {
			finding := Finding{Path: f.Path, Text: why}
			if !strings.Contains(f.Path, "\n") {
				finding.Hint = fmt.Sprintf("move it to %s with `git mv`", right)
			}
			j.Report(finding)
		}
	}
}

// samePlace reports whether a file that was moved lay on the wrong side before.
func samePlace(s *Subject, f *File) bool {
	right, _ := rightPlace(s, f.From)
	return right != ""
}

// rightPlace returns where Moodle looks for a file that lies on the wrong side, and why; "" for one that lies right.
func rightPlace(s *Subject, name string) (right, why string) {
	inside, isInside := strings.CutPrefix(name, publicRoot)
	switch {
	case !s.Layout.Public() && isInside:
		return inside, fmt.Sprintf("Moodle %s has no public/ and looks for nothing there", s.Layout.Series())
	case !s.Layout.Public():
		return "", ""
	case strings.HasPrefix(inside, publicRoot) && isInside:
		return inside, "public/ in public/: Moodle looks for nothing there"
	case isInside:
		if s.sideOf(inside) == besides {
			return inside, "Moodle has it beside public/, not in it"
		}
		return "", ""
	}
	if _, _, ok := s.Layout.ComponentOf(name); !ok || s.sideOf(name) == within {
		return publicRoot + name, "it lies beside public/, where Moodle does not look for it"
	}
	return "", ""
}

// side is where a path belongs, as upstream's tree shows it.
type side int

const (
	anywhere side = iota // upstream has nothing like it
	within               // below public/
	besides              // at the top
)

// sideOf follows a path, given without public/, through both places. A folder that upstream has at one of them only
// decides; what is new in a folder that is at both, such as lib, is code and belongs within.
func (s *Subject) sideOf(name string) side {
	upstream := s.Pristine
	if upstream == nil {
		upstream = s.Before
	}
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '/' {
			continue
		}
		top, public := exists(upstream, name[:i]), exists(upstream, publicRoot+name[:i])
		isFolder := i < len(name)
		switch {
		case public && !top:
			if name == "config.php" { // public/config.php is Moodle's and loads the site's
				return anywhere
			}
			return within
		case top && !public:
			// A single file at the top, like README.md, can have a namesake below.
			if isFolder || strings.Contains(name, "/") {
				return besides
			}
			return anywhere
		case !top && !strings.Contains(name[:i], "/"):
			return anywhere
		case !top:
			return within
		}
	}
	return anywhere
}
