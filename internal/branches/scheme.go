package branches

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/moodle"
)

// The naming scheme of a site that has not configured one.
const (
	DefaultTemplate       = "{customer}-{version}-{type}-{frankenstyle}[-{shortname}]"
	DefaultTargetTemplate = "{customer}-{version}-{target}"
)

// DefaultTypes are the types of branch of a site that has not configured any.
func DefaultTypes() []string { return []string{"feature", "hack"} }

// DefaultTargets are the targets of a series for which none are configured.
func DefaultTargets() []string { return []string{"test", "deployment"} }

// Scheme takes branch names apart and puts them together: for every name that Parse accepts, Format gives
// it back, and the other way round. A Scheme does not change and is safe for concurrent use.
type Scheme struct {
	customer string
	types    []string
	branch   template
	target   template
	targets  []string
}

// ParseScheme reads a naming scheme. The template is text with the fields {customer}, {version}, {type},
// {frankenstyle} and {shortname}; the latter can stand in an optional part, in square brackets. {type}
// can be left out where there is one type, {customer} always. A template by which some name could be read in two
// ways is refused. The scheme knows the targets of DefaultTargets; WithTargets replaces them.
func ParseScheme(text string, types []string, customer string) (*Scheme, error) {
	if !consistsOf(customer, shortAlphabet) || customer == "" || !isAlnum(customer[0]) {
		return nil, fmt.Errorf("customer %q: want letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit", customer)
	}
	if err := checkTypes(types); err != nil {
		return nil, err
	}
	branch, err := parseTemplate(text, customer, []field{customerField, versionField, typeField, nameField, shortField})
	if err != nil {
		return nil, err
	}
	for _, f := range []field{versionField, nameField} {
		if !branch.has(f) {
			return nil, branch.fault("{%s} is missing", f)
		}
	}
	if !branch.has(typeField) && len(types) > 1 {
		return nil, branch.fault("{type} is missing, and there is more than one type")
	}
	s := &Scheme{customer: customer, types: slices.Clone(types), branch: branch}
	return s.WithTargets(DefaultTargetTemplate, DefaultTargets())
}

func checkTypes(types []string) error {
	if len(types) == 0 {
		return fmt.Errorf("a naming scheme needs at least one type of branch")
	}
	for i, t := range types {
		if t == "" || !consistsOf(t, typeField.alphabet()) {
			return fmt.Errorf("type %q: want letters and digits", t)
		}
		if slices.Contains(types[:i], t) {
			return fmt.Errorf("type %q is listed twice", t)
		}
	}
	return nil
}

// WithTargets returns the scheme with other targets: the template of their names, with the fields
// {customer}, {version} and {target}, and their short names. It is an error when a target's name would also be
// that of a branch.
func (s *Scheme) WithTargets(text string, names []string) (*Scheme, error) {
	target, err := parseTemplate(text, s.customer, []field{customerField, versionField, targetField})
	if err != nil {
		return nil, err
	}
	for _, f := range []field{versionField, targetField} {
		if !target.has(f) {
			return nil, target.fault("{%s} is missing", f)
		}
	}
	with := *s
	with.target, with.targets = target, slices.Clone(names)
	for _, name := range names {
		if reason := badShort(name); reason != "" {
			return nil, fmt.Errorf("target %q: %s", name, reason)
		}
		full, err := with.FormatTarget(Target{Customer: s.customer, Version: moodle.Series{Major: 4, Minor: 5}, Short: name})
		if err != nil {
			return nil, err
		}
		if _, err := s.parseBranch(full); err == nil {
			return nil, fmt.Errorf("target %q: %s would also be the name of a branch", name, full)
		}
	}
	return &with, nil
}

// Customer returns the customer that the scheme's names carry.
func (s *Scheme) Customer() string { return s.customer }

// Types returns the types of branch, in the configured order.
func (s *Scheme) Types() []string { return slices.Clone(s.types) }

// Targets returns the short names of the targets, in the configured order.
func (s *Scheme) Targets() []string { return slices.Clone(s.targets) }

// Parse takes the name of a branch (without refs/heads/) apart. The error is ErrForeign when the name is not
// of this scheme at all, ErrTarget when it is a target's, and a *NameError that says what is
// wrong when it is nearly of this scheme.
func (s *Scheme) Parse(name string) (Name, error) {
	n, err := s.parseBranch(name)
	if err == nil {
		return n, nil
	}
	if _, targetErr := s.ParseTarget(name); targetErr == nil {
		return Name{}, ErrTarget
	}
	return Name{}, err
}

func (s *Scheme) parseBranch(name string) (Name, error) {
	values, read := s.branch.read(name)
	if !s.isOurs(values, read) {
		return Name{}, ErrForeign
	}
	n := Name{Customer: s.customer, Short: values[shortField], Component: values[nameField], Type: values[typeField], Raw: name}
	if !s.branch.has(typeField) {
		n.Type = s.types[0]
	}
	if text, found := values[versionField]; found {
		version, err := parseVersion(text)
		if err != nil {
			return Name{}, &NameError{name, err.Error()}
		}
		n.Version = version
	}
	if reason := s.badType(n.Type); values[typeField] != "" && reason != "" {
		return Name{}, &NameError{name, reason}
	}
	if read.fault != "" {
		return Name{}, &NameError{name, read.fault}
	}
	if reason := badComponent(n.Component); reason != "" {
		return Name{}, &NameError{name, reason}
	}
	if _, found := values[shortField]; found {
		if reason := badShort(n.Short); reason != "" {
			return Name{}, &NameError{name, reason}
		}
	}
	if reason := badRef(name); reason != "" {
		return Name{}, &NameError{name, reason}
	}
	return n, nil
}

// isOurs decides between "nearly of this scheme" and "not of it at all": the customer decides, or, where the
// template has none, a version in the right place.
func (s *Scheme) isOurs(values map[field]string, read reading) bool {
	if s.branch.has(customerField) {
		return read.customer
	}
	_, err := parseVersion(values[versionField])
	return err == nil
}

// ParseTarget takes the name of a target apart. The error is ErrForeign when name is not that of one of
// the scheme's targets.
func (s *Scheme) ParseTarget(name string) (Target, error) {
	values, read := s.target.read(name)
	version, err := parseVersion(values[versionField])
	if read.fault != "" || err != nil || !slices.Contains(s.targets, values[targetField]) {
		return Target{}, ErrForeign
	}
	return Target{Customer: s.customer, Version: version, Short: values[targetField], Raw: name}, nil
}

// Format puts a name together. The error is a *NameError when n has a part that the scheme does not allow.
func (s *Scheme) Format(n Name) (string, error) {
	text := s.branch.write(map[field]string{
		versionField: n.Version.String(), typeField: n.Type, nameField: n.Component, shortField: n.Short,
	})
	reason := ""
	switch {
	case n.Customer != s.customer:
		reason = fmt.Sprintf("the customer is %q, not %q", s.customer, n.Customer)
	case n.Version.IsZero():
		reason = "it has no version"
	case s.badType(n.Type) != "":
		reason = s.badType(n.Type)
	case badComponent(n.Component) != "":
		reason = badComponent(n.Component)
	case n.Short != "" && badShort(n.Short) != "":
		reason = badShort(n.Short)
	case n.Short != "" && !s.branch.has(shortField):
		reason = fmt.Sprintf("the naming scheme %s has no place for the short name %q", s.branch.source, n.Short)
	}
	if reason != "" {
		return "", &NameError{text, reason}
	}
	back, err := s.parseBranch(text)
	if err != nil {
		return "", err
	}
	n.Raw = text
	if back != n {
		return "", &NameError{text, "it would be read back as something else"}
	}
	return text, nil
}

// FormatTarget puts the name of a target together. The error is a *NameError.
func (s *Scheme) FormatTarget(t Target) (string, error) {
	text := s.target.write(map[field]string{versionField: t.Version.String(), targetField: t.Short})
	back, err := s.ParseTarget(text)
	t.Raw = text
	switch reason := badRef(text); {
	case reason != "":
		return "", &NameError{text, reason}
	case !slices.Contains(s.targets, t.Short):
		return "", &NameError{text, fmt.Sprintf("there is no target %q; there are %s", t.Short, quoteAll(s.targets))}
	case err != nil || back != t:
		return "", &NameError{text, "it would be read back as something else"}
	}
	return text, nil
}

func (s *Scheme) badType(text string) string {
	if slices.Contains(s.types, text) {
		return ""
	}
	return fmt.Sprintf("there is no type %q; there are %s", text, quoteAll(s.types))
}

// parseVersion reads a version as names carry it: a series in the one spelling that Format writes.
func parseVersion(text string) (moodle.Series, error) {
	version, err := moodle.ParseSeries(text)
	if err != nil {
		return moodle.Series{}, fmt.Errorf("%q is no version such as 4.5", text)
	}
	if version.String() != text {
		return moodle.Series{}, fmt.Errorf("the version is written %s, not %s", version, text)
	}
	return version, nil
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, ", ")
}
