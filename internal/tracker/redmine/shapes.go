package redmine

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mgit/internal/tracker"
)

// name is how Redmine names one thing inside another.
type name struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func (n name) named() name { return n }

func (n *name) user() tracker.User {
	if n == nil {
		return tracker.User{}
	}
	return tracker.User{ID: strconv.Itoa(n.ID), Name: n.Name}
}

func (n *name) text() string {
	if n == nil {
		return ""
	}
	return n.Name
}

// user is whom a key belongs to.
type user struct {
	ID          int          `json:"id"`
	Login       string       `json:"login"`
	First       string       `json:"firstname"`
	Last        string       `json:"lastname"`
	Admin       bool         `json:"admin"`
	Memberships []membership `json:"memberships"`
}

func (u *user) user() tracker.User {
	return tracker.User{ID: strconv.Itoa(u.ID), Login: u.Login, Name: strings.TrimSpace(u.First + " " + u.Last)}
}

type membership struct {
	Project *name  `json:"project"`
	User    *name  `json:"user"`
	Group   *name  `json:"group"`
	Roles   []name `json:"roles"`
}

// project is the project with its trackers and modules. Status is 1 for one that is
// active, 5 for one that is closed: it can be read only.
type project struct {
	ID       int    `json:"id"`
	Status   int    `json:"status"`
	Trackers []name `json:"trackers"`
	Modules  []name `json:"enabled_modules"`
}

// A project that is closed shows its issues and takes no change.
const (
	projectClosed = 5
	closedProject = "the project is closed, and can only be read"
)

// hasIssues reports whether issues can be in it. Redmine before 3.3 does not tell.
func (p *project) hasIssues() bool {
	return p.Modules == nil || slices.ContainsFunc(p.Modules, func(m name) bool { return m.Name == "issue_tracking" })
}

type status struct {
	name
	Closed bool `json:"is_closed"`
}

type version struct {
	name
	Status string `json:"status"` // "open", "locked" or "closed"
}

// issue is one as Redmine shows it.
type issue struct {
	ID          int         `json:"id"`
	Tracker     *name       `json:"tracker"`
	Status      *status     `json:"status"`
	Parent      *name       `json:"parent"`
	Assignee    *name       `json:"assigned_to"`
	Version     *name       `json:"fixed_version"`
	Subject     string      `json:"subject"`
	Description string      `json:"description"`
	Done        int         `json:"done_ratio"`
	Fields      []field     `json:"custom_fields"`
	Updated     time.Time   `json:"updated_on"`
	Relations   *[]relation `json:"relations"`
	Journals    []journal   `json:"journals"`
}

type field struct {
	ID    int        `json:"id"`
	Value fieldValue `json:"value"`
}

// fieldValue is a custom field's: a text, null, or a list for one that can have several.
type fieldValue string

func (v *fieldValue) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*v = fieldValue(strings.Join(list, ", "))
		return nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		text = string(data) // a number, from a plugin
	}
	*v = fieldValue(text)
	return nil
}

type relation struct {
	From int `json:"issue_id"`
	To   int `json:"issue_to_id"`
}

// journal is a change of an issue, with or without a note.
type journal struct {
	ID      int       `json:"id"`
	User    *name     `json:"user"`
	Notes   string    `json:"notes"`
	Created time.Time `json:"created_on"`
	Private bool      `json:"private_notes"`
}

// issue makes a tracker's issue of one of Redmine's.
func (c *Client) issue(i *issue) tracker.Issue {
	id := strconv.Itoa(i.ID)
	out := tracker.Issue{
		ID: id, URL: c.server.URL("issues/" + id), Type: i.Tracker.text(),
		Subject: i.Subject, Description: lines(i.Description),
		Assignee: i.Assignee.user(), Done: i.Done, Version: i.Version.text(),
		Updated: i.Updated,
	}
	if i.Status != nil {
		out.Status = c.statusOf(i.Status)
	}
	if i.Parent != nil {
		out.Parent = strconv.Itoa(i.Parent.ID)
	}
	if len(i.Fields) > 0 {
		out.Fields = make(map[string]string, len(i.Fields))
	}
	for _, f := range i.Fields {
		out.Fields[strconv.Itoa(f.ID)] = string(f.Value)
	}
	if i.Relations != nil {
		out.Links = links(i.ID, *i.Relations)
	}
	out.Notes = notes(i.Journals)
	return out
}

// statusOf is a status of an issue. Redmine before 5.0 does not say there whether it is
// a closed one; the list of statuses does.
func (c *Client) statusOf(s *status) tracker.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	closed := s.Closed
	for _, known := range c.statuses {
		if known.ID == s.ID {
			closed = known.Closed
		}
	}
	return tracker.Status{Name: s.Name, Closed: closed}
}

// links are the other ends of an issue's relations, of all kinds, once each.
func links(id int, relations []relation) []string {
	others := make([]int, 0, len(relations))
	for _, r := range relations {
		if r.From == id {
			others = append(others, r.To)
		} else {
			others = append(others, r.From)
		}
	}
	slices.Sort(others)
	out := make([]string, 0, len(others))
	for _, other := range slices.Compact(others) {
		out = append(out, strconv.Itoa(other))
	}
	return out
}

// notes are the journals with a text, oldest first: somebody can have asked Redmine for
// the newest first, which holds for the answers too.
func notes(journals []journal) []tracker.Note {
	slices.SortFunc(journals, func(a, b journal) int { return a.ID - b.ID })
	var notes []tracker.Note
	for _, j := range journals {
		if strings.TrimSpace(j.Notes) == "" {
			continue
		}
		notes = append(notes, tracker.Note{
			ID: strconv.Itoa(j.ID), When: j.Created, Who: j.User.user(), Text: lines(j.Notes), Private: j.Private,
		})
	}
	return notes
}

// lines is a text with ends of lines as mgit writes them; a browser sends others.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }
