package job

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// target is a target of the site as a command found it.
type target struct {
	branches.Target
	ref   git.Ref // local, else that of the first internal remote that has it; no name: it is not built yet
	local bool
	// published are the remote-tracking references of the target's name, on
	// whatever remote: somebody may be following it there.
	published []git.Ref
}

// tip is the commit the target is at; zero while it is not built.
func (t target) tip() git.ID { return t.ref.Peeled }

// localRef is the full name of the target's local branch.
func (t target) localRef() string { return "refs/heads/" + t.Raw }

// findTarget finds the target that a person means: by its full name, or by its
// short name in a series. The error is a *UsageError that lists the targets.
func (s *Site) findTarget(name string, series func() (moodle.Series, error)) (target, error) {
	found, err := s.Scheme.ParseTarget(name)
	if err != nil {
		version, err := series()
		if err != nil {
			return target{}, err
		}
		if !slices.Contains(s.Config.TargetsOf(version), name) {
			return target{}, s.noTarget(name, version)
		}
		found = branches.Target{Customer: s.Scheme.Customer(), Version: version, Short: name}
		if found.Raw, err = s.Scheme.FormatTarget(found); err != nil {
			return target{}, &UsageError{Text: err.Error()}
		}
	}
	t := target{Target: found}
	t.ref, t.local, _ = s.refs.present(found.Raw, s.internal)
	if t.ref.Symref != "" {
		return t, &UsageError{Text: fmt.Sprintf("%s is another name of %s", found.Raw, t.ref.Symref), Hint: "name that one"}
	}
	for _, r := range s.refs.refs {
		if name, ok := cutRemote(r.Name); ok && name == found.Raw {
			t.published = append(t.published, r)
		}
	}
	return t, nil
}

func (s *Site) noTarget(name string, series moodle.Series) error {
	hint := fmt.Sprintf("the targets of %s are %s", series, strings.Join(s.Config.TargetsOf(series), ", "))
	if n, err := s.Scheme.Parse(name); err == nil {
		return &UsageError{Text: fmt.Sprintf("%s is a branch, not a target", n.Raw), Hint: hint}
	}
	return &UsageError{Text: fmt.Sprintf("there is no target %q", name), Hint: hint + "; `targets` in mgit.toml names them"}
}
