// Package remote knows the roles of remotes and what may be pushed to which, and it refuses URLs that could do
// more than name a repository.
//
// A role belongs to a URL, not to a remote's name: names differ from clone to clone, and
// `git remote set-url` must not carry a permission elsewhere. What has no role is never pushed to.
//
// Reading roles from the configuration is left to config, pushing to job.
package remote

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what a remote is to the site.
type Role string

// The roles. None is the role of a remote that nobody has given one.
const (
	None        Role = ""
	Upstream    Role = "upstream"    // Moodle: fetch only
	Internal    Role = "internal"    // the institution's own
	Public      Role = "public"      // fixes offered to the community
	Integration Role = "integration" // Moodle's integration repository: fetch only
)

// Roles returns the roles that a remote can be given.
func Roles() []Role { return []Role{Upstream, Internal, Public, Integration} }

// ParseRole reads a role as mgit.toml has it.
func ParseRole(text string) (Role, error) {
	if role := Role(text); slices.Contains(Roles(), role) {
		return role, nil
	}
	var words []string
	for _, role := range Roles() {
		words = append(words, string(role))
	}
	return None, fmt.Errorf("role %q: want one of %s", text, strings.Join(words, ", "))
}

// Rule gives the repository at URL a role.
type Rule struct {
	Name string // of the rule, for messages
	URL  string
	Role Role
}

// Remote is a remote of this clone as Git sees it, after url.<base>.insteadOf and the like: what `git remote
// get-url --all` and `git remote get-url --push --all` print.
type Remote struct {
	Name      string
	FetchURLs []string
	PushURLs  []string // the FetchURLs, when git config names no others
}

// Table gives remotes their roles. The zero Table gives none.
type Table struct {
	roles map[string]Role // by URL.Key
	rules map[string]string
}

// NewTable reads the rules. The error is a *URLError for an unsafe URL; two rules that give one repository different
// roles are an error too.
func NewTable(rules []Rule) (*Table, error) {
	t := &Table{roles: map[string]Role{}, rules: map[string]string{}}
	for _, rule := range rules {
		if _, err := ParseRole(string(rule.Role)); err != nil {
			return nil, fmt.Errorf("remote %s: %w", rule.Name, err)
		}
		u, err := ParseURL(rule.URL)
		if err != nil {
			return nil, fmt.Errorf("remote %s: %w", rule.Name, err)
		}
		key := u.Key()
		if other, found := t.roles[key]; found && other != rule.Role {
			return nil, fmt.Errorf("remotes %s and %s: one repository cannot be both %s and %s", t.rules[key], rule.Name, other, rule.Role)
		}
		t.roles[key], t.rules[key] = rule.Role, rule.Name
	}
	return t, nil
}

// RoleOf returns the role of the repository at a URL, None when it has none or is unsafe.
func (t *Table) RoleOf(text string) Role {
	u, err := ParseURL(text)
	if err != nil {
		return None
	}
	return t.roles[u.Key()]
}

// FetchRole returns the role by which r is read: that of all its fetch URLs, None where they differ.
func (t *Table) FetchRole(r Remote) Role { return t.common(r.FetchURLs) }

// PushRole returns the role by which r is pushed to: that of all its push URLs, None where they differ.
func (t *Table) PushRole(r Remote) Role { return t.common(r.PushURLs) }

func (t *Table) common(urls []string) Role {
	if len(urls) == 0 {
		return None
	}
	role := t.RoleOf(urls[0])
	for _, text := range urls[1:] {
		if t.RoleOf(text) != role {
			return None
		}
	}
	return role
}
