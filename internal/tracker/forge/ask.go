package forge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/web"
)

// mostPages ends a list that has no end.
const mostPages = 250

// Pages reads a list to its end. Every page names the next one by a Link (RFC 8288), of
// which only the query is used: what is asked next is the same path on the same server.
// Ask sends a request to the host and decodes the answer.
func Pages[T any](ctx context.Context, host string, ask func(context.Context, web.Request, any) (*web.Answer, error), r web.Request) ([]T, error) {
	r.Query.Set("per_page", "100")
	var all []T
	for range mostPages {
		var page []T
		a, err := ask(ctx, r, &page)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		next, ok := nextPage(a.Header)
		if !ok || len(page) == 0 {
			return all, nil
		}
		r.Query = next
	}
	return nil, &web.AnswerError{Host: host, Reason: "the list of " + r.Path + " has no end"}
}

// nextPage is the query of the page after this one.
func nextPage(h http.Header) (url.Values, bool) {
	for link := range strings.SplitSeq(strings.Join(h.Values("Link"), ","), ",") {
		target, parameters, _ := strings.Cut(link, ";")
		if !strings.Contains(parameters, `rel="next"`) {
			continue
		}
		u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
		if err != nil || u.RawQuery == "" {
			return nil, false
		}
		return u.Query(), true
	}
	return nil, false
}

// Number reads the id of an issue, which stands in an address.
func Number(id string) (int, error) {
	n, err := strconv.Atoi(id)
	if err != nil || n <= 0 || strconv.Itoa(n) != id {
		return 0, tracker.ErrNotFound
	}
	return n, nil
}

// Text is a text as mgit keeps it: browsers send lines that end in CR LF.
func Text(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// Words is all that a refusal says, in any of the shapes that forges answer in:
// {"message": …, "errors": […]}, {"message": {"title": […]}}, {"error": …}.
func Words(a *web.Answer) []string {
	var said struct {
		Message     any `json:"message"`
		Errors      any `json:"errors"`
		Error       any `json:"error"`
		Description any `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &said) != nil {
		return nil
	}
	words := slices.Concat(words("", said.Message), words("", said.Errors), words("", said.Error), words("", said.Description))
	return words[:min(len(words), 5)]
}

// words are those in one value, each with the field that it is about.
func words(about string, value any) []string {
	switch value := value.(type) {
	case string:
		if line := web.Line(about + value); line != "" {
			return []string{line}
		}
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, words(about, one)...)
		}
		return all
	case map[string]any:
		return wordsOf(about, value)
	}
	return nil
}

// wordsOf are those of an object: GitHub's {"field": …, "code": …, "message": …}, or one
// whose keys are fields.
func wordsOf(about string, object map[string]any) []string {
	field, isField := object["field"].(string)
	code, isCode := object["code"].(string)
	if message, ok := object["message"].(string); ok && message != "" {
		return words(about, message)
	}
	if isField && isCode {
		return words(about, field+" is "+strings.ReplaceAll(code, "_", " "))
	}
	var all []string
	for key, value := range object {
		all = append(all, words(about+key+" ", value)...)
	}
	slices.Sort(all)
	return all
}

// IsNo reports whether a forge was asked and said no, in which case what it did is read
// back.
func IsNo(err error) bool {
	var no *tracker.RefusedError
	return errors.As(err, &no) || errors.Is(err, tracker.ErrNotFound) || errors.Is(err, tracker.ErrRights)
}

// Until is how long it is until a moment that a server gives in seconds since 1970, by
// the server's own clock where it tells.
func Until(h http.Header, name string) (time.Duration, bool) {
	seconds, err := strconv.ParseInt(h.Get(name), 10, 64)
	if err != nil || seconds <= 0 {
		return 0, false
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(time.Unix(seconds, 0).Sub(now), time.Second), true
}

// Made remembers the issues that a client made, under the label that they were given. A
// forge reads lists from a copy of its database that can lag behind.
type Made struct {
	mu sync.Mutex
	of map[string][]string
}

// Add remembers an issue.
func (m *Made) Add(label, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[string][]string{}
	}
	m.of[label] = append(m.of[label], id)
}

// Missing are those with a label that a list does not have.
func (m *Made) Missing(label string, listed map[string]bool) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var missing []string
	for _, id := range m.of[label] {
		if !listed[id] {
			missing = append(missing, id)
		}
	}
	return missing
}

// Newest remembers which of several labels of an issue is the newest, as long as the issue
// does not change.
type Newest struct {
	mu sync.Mutex
	of map[string]string // by the issue and its change
}

// Label returns the newest of some labels of an issue, which has changed last at a time.
// Ask returns those that were given to it, the newest one last; it is called where that
// is not known, and only for more than one label.
func (n *Newest) Label(id string, changed time.Time, labels []string, ask func() ([]string, error)) (string, error) {
	if len(labels) < 2 {
		return "", nil
	}
	key := id + " " + changed.Format(time.RFC3339Nano) + " " + strings.Join(labels, ",")
	n.mu.Lock()
	label, ok := n.of[key]
	n.mu.Unlock()
	if ok {
		return label, nil
	}
	given, err := ask()
	if err != nil {
		return "", err
	}
	for _, one := range given {
		if slices.Contains(labels, one) {
			label = one
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil {
		n.of = map[string]string{}
	}
	n.of[key] = label
	return label, nil
}

// Pace keeps a pause between the beginnings of two writes. The zero Pace keeps none.
type Pace struct {
	Pause time.Duration
	Wait  func(ctx context.Context, d time.Duration) error // nil waits
	Now   func() time.Time                                 // nil is time.Now
	mu    sync.Mutex
	next  time.Time
}

// Await returns when the next write may begin.
func (p *Pace) Await(ctx context.Context) error {
	if p.Pause <= 0 {
		return nil
	}
	now := time.Now()
	if p.Now != nil {
		now = p.Now()
	}
	p.mu.Lock()
	begin := p.next
	if begin.Before(now) {
		begin = now
	}
	p.next = begin.Add(p.Pause)
	p.mu.Unlock()
	wait := p.Wait
	if wait == nil {
		wait = web.Wait
	}
	if begin.Equal(now) {
		return nil
	}
	return wait(ctx, begin.Sub(now))
}
