package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// set does what a request asks for, as far as who may; it answers and returns false when
// it is not valid.
func (f *fake) set(w http.ResponseWriter, r *http.Request, i *record, who string) bool {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		fail(w, 400, "Problems parsing JSON")
		return false
	}
	changed := *i
	if title, ok := body["title"].(string); ok {
		changed.title = title
	}
	switch {
	case strings.TrimSpace(changed.title) == "":
		invalid(w, "title", "missing_field", "")
		return false
	case utf8.RuneCountInString(changed.title) > 256:
		invalid(w, "title", "custom", "title is too long (maximum is 256 characters)")
		return false
	}
	if text, ok := body["body"].(string); ok {
		changed.body = text
	}
	if utf8.RuneCountInString(changed.body) > 65536 {
		invalid(w, "body", "custom", "body is too long (maximum is 65536 characters)")
		return false
	}
	if mayWrite(who) && !f.setGuarded(w, body, &changed) {
		return false
	}
	if state, ok := body["state"].(string); ok {
		reason, _ := body["state_reason"].(string)
		switch {
		case state == "open" && changed.state == "closed":
			reason = "reopened"
		case state == "closed" && reason == "":
			reason = "completed"
		case state == "open":
			reason = ""
		}
		changed.state, changed.reason = state, reason
	}
	*i = changed
	f.touch(i)
	return true
}

// setGuarded does what needs the right to triage.
func (f *fake) setGuarded(w http.ResponseWriter, body map[string]any, i *record) bool {
	if labels, ok := body["labels"].([]any); ok && !f.noLabels {
		i.labels = nil
		for _, label := range labels {
			i.labels = append(i.labels, label.(string))
		}
	}
	if logins, ok := body["assignees"].([]any); ok {
		i.assignee = ""
		for _, login := range logins {
			if login == "nobody" {
				invalid(w, "assignees", "invalid", "")
				return false
			}
			if mayWrite(login.(string)) { // others are left out in silence
				i.assignee = login.(string)
			}
		}
	}
	if milestone, ok := body["milestone"]; ok {
		number, _ := milestone.(float64)
		if int(number) > len(f.milestones) {
			invalid(w, "milestone", "invalid", "")
			return false
		}
		i.milestone = int(number)
	}
	if kind, ok := body["type"].(string); ok {
		if kind != "Task" {
			invalid(w, "type", "invalid", "")
			return false
		}
		i.kind = kind
	}
	return true
}

// touch marks an issue as changed a moment later than anything before.
func (f *fake) touch(i *record) {
	if f.clock == nil {
		f.now = f.now.Add(700 * time.Millisecond)
	}
	i.at = f.now.Truncate(time.Second)
}

func (f *fake) create(w http.ResponseWriter, r *http.Request, who string) {
	i := &record{number: len(f.issues) + 1, state: "open", author: who, listed: f.lists + f.lag + 1}
	if !f.set(w, r, i, who) {
		return
	}
	f.issues = append(f.issues, i)
	w.Header().Set("Location", fmt.Sprint(f.url, r.URL.Path, "/", i.number))
	reply(w, 201, f.shown(i))
}

func (f *fake) patch(w http.ResponseWriter, r *http.Request, who string) {
	i := f.find(w, r)
	switch {
	case i == nil:
	case !mayWrite(who) && i.author != who:
		fail(w, 403, "Must have admin rights to Repository.")
	case f.set(w, r, i, who):
		reply(w, 200, f.shown(i))
	}
}

func (f *fake) comment(w http.ResponseWriter, r *http.Request, who string) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var body struct{ Body string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || strings.TrimSpace(body.Body) == "" {
		invalid(w, "body", "missing_field", "")
		return
	}
	f.touch(i)
	f.count++
	one := map[string]any{"id": 5000 + f.count, "body": body.Body, "user": person(who), "created_at": i.at, "updated_at": i.at, "author_association": "MEMBER"}
	f.comments[i.number] = append(f.comments[i.number], one)
	reply(w, 201, one)
}

func (f *fake) adopt(w http.ResponseWriter, r *http.Request, who string) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var body struct {
		ID      int  `json:"sub_issue_id"`
		Replace bool `json:"replace_parent"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.ID <= 1000 || body.ID > 1000+len(f.issues) {
		fail(w, 404, "The provided sub-issue does not exist")
		return
	}
	child := f.issues[body.ID-1001]
	total := 0
	for _, other := range f.issues {
		if other.parent == i.number {
			total++
		}
	}
	says := func(message string) {
		reply(w, 422, map[string]any{"message": "An error occurred while adding the sub-issue to the parent issue. " + message, "documentation_url": "https://docs.github.com/rest/issues/sub-issues#add-sub-issue", "status": "422"})
	}
	switch {
	case !mayWrite(who):
		fail(w, 403, "Must have triage rights to Repository.")
	case child.parent == i.number:
		says("Issue may not contain duplicate sub-issues")
	case child.parent != 0 && !body.Replace:
		says("Sub issue may only have one parent")
	case child == i:
		says("Issue may not be its own sub-issue")
	case total >= 100:
		says("Parent cannot have more than 100 sub-issues")
	default:
		child.parent = i.number
		reply(w, 201, f.shown(i))
	}
}

func (f *fake) release(w http.ResponseWriter, r *http.Request, _ string) {
	i := f.find(w, r)
	if i == nil {
		return
	}
	var body struct {
		ID int `json:"sub_issue_id"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.ID <= 1000 || f.issues[body.ID-1001].parent != i.number {
		fail(w, 404, "Not Found")
		return
	}
	f.issues[body.ID-1001].parent = 0
	reply(w, 200, f.shown(i))
}
