package jira

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mgit/internal/tracker"
)

// issue is an issue as Jira writes it.
type issue struct {
	ID     string                     `json:"id"`
	Key    string                     `json:"key"`
	Fields map[string]json.RawMessage `json:"fields"`
}

// ref is an issue inside another one.
type ref struct {
	Key string `json:"key"`
}

type comment struct {
	ID         string          `json:"id"`
	Author     *account        `json:"author"`
	Body       string          `json:"body"`
	Created    string          `json:"created"`
	JSDPublic  *bool           `json:"jsdPublic"`  // of a service project: the customer sees it
	Visibility json.RawMessage `json:"visibility"` // a role or group that it is for
}

type comments struct {
	Comments []comment `json:"comments"`
	Total    int       `json:"total"`
}

// asked are the fields that are asked for, beside those of whoever asks.
func (c *Client) asked(more ...string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := []string{"issuetype", "summary", "description", "status", "assignee", "fixVersions", "parent", "updated", "issuelinks"}
	return slices.Concat(names, slices.Sorted(maps.Values(c.fields)), more)
}

// errShape says that an issue is not written as Jira writes one.
var errShape = errors.New("an issue of an unknown shape")

// issueOf reads an issue as far as a mirror wants it.
func (c *Client) issueOf(raw issue) (tracker.Issue, error) {
	if !keyOf().MatchString(raw.Key) || raw.Fields == nil {
		return tracker.Issue{}, errShape
	}
	var f struct {
		IssueType   issueType `json:"issuetype"`
		Summary     string    `json:"summary"`
		Description *string   `json:"description"`
		Status      status    `json:"status"`
		Assignee    *account  `json:"assignee"`
		FixVersions []version `json:"fixVersions"`
		Parent      *ref      `json:"parent"`
		Updated     string    `json:"updated"`
		IssueLinks  []struct {
			InwardIssue  *ref `json:"inwardIssue"`
			OutwardIssue *ref `json:"outwardIssue"`
		} `json:"issuelinks"`
	}
	for name, target := range map[string]any{
		"issuetype": &f.IssueType, "summary": &f.Summary, "description": &f.Description, "status": &f.Status, "assignee": &f.Assignee,
		"fixVersions": &f.FixVersions, "parent": &f.Parent, "updated": &f.Updated, "issuelinks": &f.IssueLinks,
	} {
		if value, ok := raw.Fields[name]; ok && json.Unmarshal(value, target) != nil {
			return tracker.Issue{}, errShape
		}
	}
	updated, err := parseTime(f.Updated)
	if err != nil {
		return tracker.Issue{}, errShape
	}
	i := tracker.Issue{
		ID: raw.Key, URL: c.server.URL("browse/" + raw.Key),
		Type: f.IssueType.Name, Subject: f.Summary, Status: f.Status.tracker(), Assignee: f.Assignee.user(), Updated: updated,
	}
	if f.Description != nil {
		i.Description = described(*f.Description)
	}
	i.Version = versionsOf(f.FixVersions)
	if f.Parent != nil {
		i.Parent = f.Parent.Key
	}
	i.Links = []string{}
	for _, l := range f.IssueLinks {
		for _, other := range []*ref{l.InwardIssue, l.OutwardIssue} {
			if other != nil && !slices.Contains(i.Links, other.Key) {
				i.Links = append(i.Links, other.Key)
			}
		}
	}
	i.Fields = c.fieldsOf(raw.Fields)
	return i, nil
}

type version struct {
	Name string `json:"name"`
}

func versionsOf(all []version) string {
	var names []string
	for _, v := range all {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// described is a description as it was written. Jira Cloud keeps a document of its own
// and makes the markup new for whoever asks: a sign may have got a backslash before it,
// which in mgit's marks is none of ours.
func described(text string) string {
	lines := strings.Split(plainLines(text), "\n")
	for i, line := range lines {
		if bare := escaped().ReplaceAllString(line, "$1"); isMark(strings.TrimSpace(bare)) {
			lines[i] = bare
		}
	}
	return strings.Join(lines, "\n")
}

// isMark reports whether a line is a marker, or one of the marks around mgit's part.
func isMark(line string) bool {
	return strings.HasPrefix(line, "mgit:") || strings.HasPrefix(line, "(mgit")
}

var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\([[:punct:]])`) })

func plainLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// parseTime reads "2026-11-26T19:33:27.123+0000".
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04:05.999999999-0700", text)
	if err != nil {
		return time.Parse(time.RFC3339Nano, text)
	}
	return at.UTC(), nil
}

func noteOf(n comment) tracker.Note {
	when, _ := parseTime(n.Created) // a note without a time is a note
	isPrivate := n.JSDPublic != nil && !*n.JSDPublic || len(n.Visibility) > 0 && string(n.Visibility) != "null"
	return tracker.Note{ID: n.ID, When: when, Who: n.Author.user(), Text: plainLines(n.Body), Private: isPrivate}
}

// older orders issues by their number, and by their project before that.
func older(a, b tracker.Issue) int {
	pa, na := split(a.ID)
	pb, nb := split(b.ID)
	return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(na, nb))
}

func split(key string) (project string, number int64) {
	at := strings.LastIndexByte(key, '-')
	number, _ = strconv.ParseInt(key[at+1:], 10, 64)
	return key[:max(at, 0)], number
}
