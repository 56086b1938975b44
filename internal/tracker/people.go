package tracker

import (
	"maps"
	"slices"
	"strings"
)

// people translates between who the ledger names and whom the tracker knows.
type people struct {
	named map[string]string // logins or ids, by the owner's name
	users []User            // by id
}

// newPeople knows who issues can be assigned to, and who has one.
func newPeople(s Settings, found Found) people {
	p := people{named: s.People}
	seen := map[string]bool{"": true}
	add := func(u User) {
		if !seen[u.ID] {
			seen[u.ID] = true
			p.users = append(p.users, u)
		}
	}
	for _, u := range found.People {
		add(u)
	}
	for _, issue := range found.Issues {
		add(issue.Assignee)
	}
	slices.SortFunc(p.users, func(a, b User) int { return compareIDs(a.ID, b.ID) })
	return p
}

// idOf returns the id of an owner; "" for nobody. It is false for one that the tracker
// does not know, or for a name that several have.
func (p people) idOf(owner string) (id string, ok bool) {
	owner = oneLine(owner)
	if owner == "" {
		return "", true
	}
	if as := p.named[owner]; as != "" {
		return p.find(as)
	}
	return p.find(owner)
}

// find looks for an id first, then for a login, then for a full name.
func (p people) find(text string) (id string, ok bool) {
	for _, is := range []func(User) bool{
		func(u User) bool { return u.ID == text },
		func(u User) bool { return u.Login != "" && strings.EqualFold(u.Login, text) },
		func(u User) bool { return oneLine(u.Name) == text },
	} {
		var all []User
		for _, u := range p.users {
			if is(u) {
				all = append(all, u)
			}
		}
		if len(all) == 1 {
			return all[0].ID, true
		}
	}
	return "", false
}

// nameOf returns how the ledger names a user: by the settings, else by the first of name,
// login and id that means no other one. It is "" for nobody.
func (p people) nameOf(u User) string {
	if u.ID == "" {
		return ""
	}
	names := slices.Sorted(maps.Keys(p.named))
	for _, name := range append(names, oneLine(u.Name), u.Login) {
		if id, ok := p.idOf(name); ok && id == u.ID && cutName(name) == name {
			return oneLine(name)
		}
	}
	return cutName(u.ID)
}

// writer returns how the ledger names who wrote a note, who need not be known.
func (p people) writer(u User) string {
	if _, known := p.find(u.ID); known {
		return p.nameOf(u)
	}
	for _, name := range []string{oneLine(u.Name), u.Login} {
		if name != "" {
			return cutName(name)
		}
	}
	return cutName(u.ID)
}

// oneLine is a text as it can stand in a line of a ledger.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
}
