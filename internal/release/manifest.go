package release

import (
	"errors"
	"fmt"
	"strings"

	"mgit/internal/git"
	"mgit/internal/moodle"
)

// Manifest says what a release is made of.
type Manifest struct {
	Tag    string // the name of the release's tag
	Target string // the branch that was tagged
	Commit git.ID // its tip
	Tree   git.ID // what making it again must give
	Base   Point  // what the first step was merged onto
	// Upstream is the newest release of Moodle in it: of those that were merged, or
	// Base where none was.
	Upstream Point
	Form     Form
	Steps    []Step // in the order in which they were merged
	Tool     string // what wrote the manifest: mgit 1.2.0
}

// Point is a commit with the name of the upstream tag that it was known by.
type Point struct {
	Name   string
	Commit git.ID
}

// Form says which steps a manifest lists.
type Form string

// The forms. Both give the same tree.
const (
	Short Form = "short" // the newest upstream tag, and each branch once with its last tip
	Long  Form = "long"  // every step of the target's history since its base
)

// Kind is what a step takes over.
type Kind string

// The kinds of steps.
const (
	Branch   Kind = "branch" // a branch of the site is merged
	Upstream Kind = "tag"    // a tag of upstream is merged
	Foreign  Kind = "commit" // a commit that no branch explains is merged
	// ByHand is a commit that was made on the target itself. Nothing is merged: all
	// it did stands in the step's files.
	ByHand Kind = "change"
)

// Step is one step of the recipe.
type Step struct {
	Kind   Kind
	Name   string // of the branch or tag; the subject of a commit that has neither
	Tip    git.ID // what is merged
	Ticket string
	// Resolutions are the names of recorded resolutions that were used.
	Resolutions []string
	// Files are the paths that merging alone does not give, and what stands there
	// after the step: conflicts that were settled, and content that was added by hand.
	Files []File
}

// File is what stands at a path; the zero Mode means nothing.
type File struct {
	Path string // raw bytes
	Mode git.Mode
	ID   git.ID
}

// MoodleVersion is the tag of the newest release of Moodle in the release, and
// whether it is one.
func (m *Manifest) MoodleVersion() (moodle.Tag, bool) {
	tag, err := moodle.ParseTag(m.Upstream.Name)
	return tag, err == nil
}

// Branches counts the branches of the site in the release.
func (m *Manifest) Branches() int {
	names := make(map[string]bool)
	for _, s := range m.Steps {
		if s.Kind == Branch {
			names[s.Name] = true
		}
	}
	return len(names)
}

// Last returns the last step of each branch of the site, in order.
func (m *Manifest) Last() []Step {
	last := make(map[string]int)
	for i, s := range m.Steps {
		if s.Kind == Branch {
			last[s.Name] = i
		}
	}
	var steps []Step
	for i, s := range m.Steps {
		if at, ok := last[s.Name]; ok && at == i && s.Kind == Branch {
			steps = append(steps, s)
		}
	}
	return steps
}

// Validate says what in the manifest contradicts itself.
func (m *Manifest) Validate() error {
	if err := CheckTag(m.Tag); err != nil {
		return err
	}
	for what, id := range map[string]git.ID{"commit": m.Commit, "tree": m.Tree, "base": m.Base.Commit, "upstream tag": m.Upstream.Commit} {
		if id == git.ZeroID {
			return fmt.Errorf("the %s is missing", what)
		}
	}
	if m.Target == "" || m.Base.Name == "" || m.Tool == "" {
		return errors.New("the target, the base or the tool has no name")
	}
	if m.Form != Short && m.Form != Long {
		return fmt.Errorf("%q is no form of a manifest", m.Form)
	}
	seen := make(map[string]bool)
	for i, s := range m.Steps {
		if err := s.check(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		name := string(s.Kind) + " " + s.Name
		if m.Form == Short && seen[name] && s.Kind != Foreign && s.Kind != ByHand {
			return fmt.Errorf("step %d: the short form has %s twice", i+1, s.Name)
		}
		seen[name] = true
	}
	if newest := Newest(m.Base, m.Steps); newest != m.Upstream {
		return fmt.Errorf("the newest upstream tag of the steps is %s at %s, not %s at %s", newest.Name, newest.Commit, m.Upstream.Name, m.Upstream.Commit)
	}
	return nil
}

// Newest returns the newest upstream tag among the steps, or base.
func Newest(base Point, steps []Step) Point {
	for _, s := range steps {
		if s.Kind == Upstream && isNewer(s.Name, base.Name) {
			base = Point{s.Name, s.Tip}
		}
	}
	return base
}

// isNewer compares the names of upstream tags. What is no release of Moodle is
// older than any.
func isNewer(a, b string) bool {
	left, err := moodle.ParseTag(a)
	if err != nil {
		return false
	}
	right, err := moodle.ParseTag(b)
	return err != nil || left.Compare(right) > 0
}

func (s Step) check() error {
	switch s.Kind {
	case Branch, Upstream, Foreign, ByHand:
	default:
		return fmt.Errorf("%q is no kind of step", s.Kind)
	}
	if s.Tip == git.ZeroID {
		return errors.New("it has no commit")
	}
	if s.Name == "" && (s.Kind == Branch || s.Kind == Upstream) {
		return errors.New("it has no name")
	}
	last := ""
	for i, f := range s.Files {
		if err := f.check(); err != nil {
			return err
		}
		if i > 0 && f.Path <= last {
			return fmt.Errorf("the files are not in order at %q", f.Path)
		}
		last = f.Path
	}
	return nil
}

func (f File) check() error {
	if f.Path == "" || strings.HasPrefix(f.Path, "/") || strings.HasSuffix(f.Path, "/") || strings.Contains(f.Path, "//") {
		return fmt.Errorf("%q is not the path of a file", f.Path)
	}
	for name := range strings.SplitSeq(f.Path, "/") {
		if name == "." || name == ".." || strings.EqualFold(name, ".git") {
			return fmt.Errorf("%q is not the path of a file", f.Path)
		}
	}
	switch f.Mode {
	case 0, git.ModeFile, git.ModeExec, git.ModeLink, git.ModeGitlink, modeOldFile:
	default:
		return fmt.Errorf("%q has the mode %s", f.Path, f.Mode)
	}
	if (f.Mode == 0) != (f.ID == git.ZeroID) {
		return fmt.Errorf("%q has a mode or content, and not both", f.Path)
	}
	return nil
}

// modeOldFile is a mode that Git wrote long ago, and that old trees still have.
const modeOldFile git.Mode = 0o100664
