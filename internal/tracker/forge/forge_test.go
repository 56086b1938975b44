package forge_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/tracker/forge"
	"mgit/internal/web"
)

// Whatever a status is called, an issue that was given it has it.
func TestStatusesComeBack(t *testing.T) {
	t.Parallel()
	states := []forge.State{{Name: "open"}, {Name: "closed", Closed: true}, {Name: "not planned", Closed: true}}
	names := []string{"open: parked", "closed: done", "open: in test", "open: a: b", "not planned: x", "open", "", "nonsense", "nonsense: x"}
	s := forge.NewStatuses("mgit::", states, names...)
	for _, name := range names {
		state, label, ok := s.Parse(name)
		if ok == strings.HasPrefix(name, "nonsense") {
			t.Errorf("%q: %v", name, ok)
		}
		if !ok {
			continue
		}
		i := slices.IndexFunc(states, func(one forge.State) bool { return one.Name == state })
		labels := []string{"bug", "mgit 4.5", "mgit::old", "mgit::older"}
		add, remove := s.Relabel(labels, label)
		labels = append(slices.DeleteFunc(labels, func(l string) bool { return slices.Contains(remove, l) }), add...)
		if got := s.Of(states[i], labels, ""); got.Name != name && name != "" || got.Closed != states[i].Closed || !slices.Equal(labels[:2], []string{"bug", "mgit 4.5"}) {
			t.Errorf("%q became %+v with %v", name, got, labels)
		}
	}
	var all []string
	for _, status := range s.All() {
		all = append(all, status.Name)
	}
	if got := strings.Join(all, "|"); got != "open|open: parked|open: in test|open: a: b|closed|not planned|closed: done|not planned: x" {
		t.Errorf("all: %s", got)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"mgit:LUVLE:4.5":                        "mgit 4.5",
		"prose\r\n  mgit:LUVLE:5.0:a b\r\nmore": "mgit 5.0",
		"mgit:LUVLE:5.0:the beginning ":         "mgit 5.0",
		"mgit:LUVLE:4,5":                        "",
		"mgit:LUVLE":                            "",
		"about mgit:LUVLE:4.5":                  "",
		"":                                      "",
	} {
		if got := forge.Label(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Refusals are said in the forge's words, whatever shape they have.
func TestWords(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message":"Not Found","status":"404"}`: "Not Found",
		`{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]}`:     "Validation Failed|title is missing field",
		`{"message":"Validation Failed","errors":[{"code":"custom","field":"title","message":"title is too long"}]}`: "Validation Failed|title is too long",
		`{"message":"Validation Failed","errors":["already there"]}`:                                                 "Validation Failed|already there",
		`{"message":"Validation Failed","errors":"already there"}`:                                                   "Validation Failed|already there",
		`{"message":{"title":["can't be blank","is too long"],"base":["no"]}}`:                                       "base no|title can't be blank|title is too long",
		`{"error":"insufficient_scope","error_description":"The request requires higher privileges","scope":"api"}`:  "insufficient_scope|The request requires higher privileges",
		`{"error":"title is missing"}`:       "title is missing",
		`<html>`:                             "",
		`[1]`:                                "",
		`{"message":1}`:                      "",
		"{\"message\":\"a\\u001b[31m\\nb\"}": "a [31m b",
	} {
		if got := strings.Join(forge.Words(&web.Answer{Body: []byte(body)}), "|"); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

// Only the query of the next page's address is used.
func TestPages(t *testing.T) {
	t.Parallel()
	var asked []string
	pages := map[string]string{
		"":  `<https://elsewhere.example/x?page=2&per_page=100&y=1>; rel="next", <https://elsewhere.example/x?page=9>; rel="last"`,
		"2": `<https://elsewhere.example/x?page=1>; rel="prev", </?page=3&after=abc%3D>; rel="next"`,
		"3": `<https://elsewhere.example/x?page=1>; rel="prev"`,
	}
	ask := func(_ context.Context, r web.Request, v any) (*web.Answer, error) {
		asked = append(asked, r.Path+"?"+r.Query.Encode())
		page := r.Query.Get("page")
		*v.(*[]string) = []string{"of page " + page}
		return &web.Answer{Header: http.Header{"Link": {pages[page]}}}, nil
	}
	got, err := forge.Pages[string](t.Context(), "host", ask, web.Request{Path: "issues", Query: url.Values{"y": {"1"}}})
	if err != nil || !slices.Equal(got, []string{"of page ", "of page 2", "of page 3"}) {
		t.Errorf("%q, %v", got, err)
	}
	if !slices.Equal(asked, []string{"issues?per_page=100&y=1", "issues?page=2&per_page=100&y=1", "issues?after=abc%3D&page=3"}) {
		t.Errorf("asked %q", asked)
	}
	failed := errors.New("no")
	_, err = forge.Pages[string](t.Context(), "host", func(context.Context, web.Request, any) (*web.Answer, error) { return nil, failed }, web.Request{Query: url.Values{}})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var waited []time.Duration
	p := forge.Pace{Pause: time.Second, Now: func() time.Time { return now }, Wait: func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		now = now.Add(d)
		return nil
	}}
	for _, later := range []time.Duration{0, 0, 300 * time.Millisecond, time.Hour, 0} {
		now = now.Add(later)
		if err := p.Await(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(waited, []time.Duration{time.Second, 700 * time.Millisecond, time.Second}) {
		t.Errorf("waited %v", waited)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	real := forge.Pace{Pause: time.Hour}
	if first, second := real.Await(ctx), real.Await(ctx); first != nil || !errors.Is(second, context.Canceled) {
		t.Errorf("%v, %v", first, second)
	}
}
