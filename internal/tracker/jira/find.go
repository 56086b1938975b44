package jira

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// What keeps a server that never ends from keeping mgit busy.
const (
	perPage   = 100
	mostPages = 100
)

// labelAll is on every issue that has a text of mgit's; the marker of the upgrade is a
// second one. By labels issues are searched, since the words of a description are cut
// at other places in each Jira.
const labelAll = "mgit"

// labelOf is the label of the issues whose description holds a marker, or of all.
func labelOf(text string) string {
	m, ok := tracker.FindMarker(text)
	if !ok {
		return labelAll
	}
	label := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, m.Upgrade().String())
	if len(label) > 250 { // of 255
		return labelAll
	}
	return label
}

// Find implements [tracker.Client]. The index knows most issues. Those that it may not
// know yet are read from Jira itself: what this client wrote, what stands below the
// upgrade's issue, and, where this client made that, what was made in the same moments.
func (c *Client) Find(ctx context.Context, text string) ([]tracker.Issue, error) {
	listed, err := c.search(ctx, fmt.Sprintf("project = %s AND labels = %s ORDER BY created ASC, key ASC", quoted(c.opt.Project), quoted(labelOf(text))))
	if err != nil {
		return nil, err
	}
	everything := func(string) bool { return true }
	all, err := c.certain(ctx, listed, c.neighbours(), everything)
	if err != nil {
		return nil, err
	}
	var below []string
	for _, i := range all {
		if m, ok := tracker.FindMarker(i.Description); ok && m.Thing == "" && strings.Contains(i.Description, text) {
			keys, err := c.subtasks(ctx, i.ID)
			if err != nil && !errors.Is(err, tracker.ErrNotFound) {
				return nil, err
			}
			below = append(below, keys...)
		}
	}
	if all, err = c.certain(ctx, all, below, everything); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(i tracker.Issue) bool { return !strings.Contains(i.Description, text) }), nil
}

// Children implements [tracker.Client].
func (c *Client) Children(ctx context.Context, parent string) ([]tracker.Issue, error) {
	keys, err := c.subtasks(ctx, parent)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	listed, err := c.search(ctx, "parent = "+quoted(parent)+" ORDER BY created ASC, key ASC")
	if err != nil {
		return nil, err
	}
	all, err := c.certain(ctx, listed, keys, func(key string) bool { return slices.Contains(keys, key) })
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(i tracker.Issue) bool { return !slices.Contains(keys, i.ID) }), nil
}

// subtasks are the keys of what stands below an issue, by Jira itself.
func (c *Client) subtasks(ctx context.Context, key string) ([]string, error) {
	path, err := issuePath(key)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Fields struct {
			Subtasks []ref `json:"subtasks"`
		} `json:"fields"`
	}
	if err := c.ask(ctx, web.Request{Path: path, Query: fieldsQuery([]string{"subtasks"})}, &answer, tracker.ErrNotFound); err != nil {
		return nil, err
	}
	var keys []string
	for _, r := range answer.Fields.Subtasks {
		if !keyOf().MatchString(r.Key) {
			return nil, c.unusable("rest/api/2/"+path, "a sub-task without a key")
		}
		keys = append(keys, r.Key)
	}
	return keys, nil
}

// certain is a list of the index without what is older than this client knows it, and
// with the issues of more; oldest first. Of what this client wrote those count that
// concern.
func (c *Client) certain(ctx context.Context, listed []tracker.Issue, more []string, concern func(key string) bool) ([]tracker.Issue, error) {
	all := make(map[string]tracker.Issue, len(listed))
	for _, i := range listed {
		all[i.ID] = i
	}
	doubtful := make(map[string]bool)
	for _, key := range more {
		if _, ok := all[key]; !ok {
			doubtful[key] = true
		}
	}
	c.mu.Lock()
	for key, w := range c.wrote {
		if i, ok := all[key]; concern(key) && (w.isStale() || !ok || i.Updated.Before(w.at)) {
			doubtful[key] = true
		}
	}
	c.mu.Unlock()
	if len(doubtful) > 0 {
		read, err := c.readAll(ctx, slices.Sorted(maps.Keys(doubtful)))
		if err != nil {
			return nil, err
		}
		for key := range doubtful {
			delete(all, key)
		}
		for _, i := range read {
			all[i.ID] = i
		}
	}
	return slices.SortedFunc(maps.Values(all), older), nil
}

// readAll reads issues from Jira itself, without notes. Those that are not there are
// left out.
func (c *Client) readAll(ctx context.Context, keys []string) ([]tracker.Issue, error) {
	me, err := c.whoever(ctx)
	if err != nil {
		return nil, err
	}
	before := c.generations(keys)
	var found []issue
	if me.isCloud() {
		for part := range slices.Chunk(keys, perPage) {
			var answer struct {
				Issues []issue `json:"issues"`
			}
			body := map[string]any{"issueIdsOrKeys": part, "fields": c.asked()}
			if err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "issue/bulkfetch", Body: body, Again: true}, &answer, tracker.ErrNotFound); err != nil {
				return nil, err
			}
			found = append(found, answer.Issues...)
		}
	} else {
		for _, key := range keys {
			one, err := c.readOne(ctx, key)
			switch {
			case err == nil:
				found = append(found, one)
			case !errors.Is(err, tracker.ErrNotFound):
				return nil, err
			}
		}
	}
	issues := make([]tracker.Issue, 0, len(found))
	for _, raw := range found {
		i, err := c.issueOf(raw)
		if err != nil {
			return nil, c.unusable("rest/api/2/issue", err.Error())
		}
		issues = append(issues, i)
	}
	c.haveRead(before, issues)
	return issues, nil
}

func (c *Client) readOne(ctx context.Context, key string, more ...string) (issue, error) {
	path, err := issuePath(key)
	if err != nil {
		return issue{}, err
	}
	var one issue
	err = c.ask(ctx, web.Request{Path: path, Query: fieldsQuery(c.asked(more...))}, &one, tracker.ErrNotFound)
	return one, err
}

// search asks the index, page after page.
func (c *Client) search(ctx context.Context, jql string) ([]tracker.Issue, error) {
	me, err := c.whoever(ctx)
	if err != nil {
		return nil, err
	}
	turn := c.searchCenter
	if me.isCloud() {
		turn = c.searchCloud
	}
	body := map[string]any{"jql": jql, "fields": c.asked(), "maxResults": perPage}
	var all []tracker.Issue
	known := make(map[string]bool)
	for range mostPages {
		page, isLast, err := turn(ctx, body)
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, raw := range page {
			i, err := c.issueOf(raw)
			if err != nil {
				return nil, c.unusable("rest/api/2/search", err.Error())
			}
			if !known[i.ID] {
				known[i.ID] = true
				all = append(all, i)
			}
		}
		switch {
		case isLast:
			return all, nil
		case len(all) == before:
			return nil, c.unusable("rest/api/2/search", "the same page again and again")
		}
	}
	return nil, c.unusable("rest/api/2/search", fmt.Sprintf("more than %d pages", mostPages))
}

// searchCloud asks for one page, and writes into body what asks for the next one.
func (c *Client) searchCloud(ctx context.Context, body map[string]any) ([]issue, bool, error) {
	var answer struct {
		Issues        []issue `json:"issues"`
		NextPageToken string  `json:"nextPageToken"`
	}
	if err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "search/jql", Body: body, Again: true}, &answer, tracker.ErrProject); err != nil {
		return nil, false, projectRefused(err)
	}
	body["nextPageToken"] = answer.NextPageToken
	return answer.Issues, answer.NextPageToken == "", nil
}

// searchCenter likewise. The total is not believed where a page is full.
func (c *Client) searchCenter(ctx context.Context, body map[string]any) ([]issue, bool, error) {
	var answer struct {
		Issues     []issue `json:"issues"`
		MaxResults int     `json:"maxResults"`
		Total      int     `json:"total"`
	}
	if err := c.ask(ctx, web.Request{Method: http.MethodPost, Path: "search", Body: body, Again: true}, &answer, tracker.ErrProject); err != nil {
		return nil, false, projectRefused(err)
	}
	start, _ := body["startAt"].(int)
	start += len(answer.Issues)
	body["startAt"] = start
	full := perPage
	if 0 < answer.MaxResults && answer.MaxResults < perPage {
		full = answer.MaxResults
	}
	return answer.Issues, len(answer.Issues) == 0 || start >= answer.Total && len(answer.Issues) < full, nil
}

// quoted is a text in JQL.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(text) + `"`
}

// neighbours are the keys around the issues of upgrades that this client made. Two
// clones that make the issue of one upgrade in the same moments do not see each other's
// in the index; the numbers of the two are close together.
func (c *Client) neighbours() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	reach := int64(4) // each is a request
	if c.me != nil && c.me.isCloud() {
		reach = 49
	}
	var keys []string
	for _, key := range c.alone {
		project, number := split(key)
		for n := max(number-reach, 1); n <= number+reach; n++ {
			if n != number {
				keys = append(keys, project+"-"+strconv.FormatInt(n, 10))
			}
		}
	}
	return keys
}
