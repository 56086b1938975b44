package trackertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// twistedCases are servers that answer as the honest tracker does, but for one thing.
func twistedCases() []hostile {
	number := func(text string) func(any) any {
		return each(func(v any) any {
			if _, ok := v.(json.Number); ok {
				return json.RawMessage(text)
			}
			return v
		})
	}
	text := func(as any) func(any) any {
		return each(func(v any) any {
			if _, ok := v.(string); ok {
				return as
			}
			return v
		})
	}
	twists := []struct {
		name  string
		twist func(any) any
	}{
		{"numbers below zero", number("-7")},
		{"numbers that are huge", number("1152921504606846976")},
		{"numbers that are longer", number(strings.Repeat("9", 400))},
		{"numbers with a point", number("1.5")},
		{"numbers that are texts", number(`"12"`)},
		{"numbers that are paths", number(`"../../admin?a=b#c"`)},
		{"texts that are numbers", text(json.Number("12"))},
		{"texts that are empty", text("")},
		{"texts that are paths", text("../../admin?a=b#c")},
		{"texts that are long", text(strings.Repeat("x", 20_000))},
		{"texts that clear the screen", text("\x1b[2J\u202e\n\r")},
		{"texts that are lists", text([]any{})},
		{"everything is null", each(func(v any) any { return nil })},
		{"fields are null", fields(func(any) any { return nil })},
		{"fields are missing", each(func(v any) any {
			if o, ok := v.(map[string]any); ok {
				for name, value := range o {
					if _, isObject := value.(map[string]any); !isObject {
						delete(o, name)
					}
				}
			}
			return v
		})},
		{"lists of null", lists(func([]any) any { return []any{nil, nil} })},
		{"lists are objects", lists(func([]any) any { return map[string]any{} })},
		{"lists are texts", lists(func([]any) any { return "x" })},
		{"lists of lists", lists(func(l []any) any { return []any{l} })},
		{"lists say all twice", lists(func(l []any) any { return append(l, l...) })},
		{"objects are lists", each(func(v any) any {
			if o, ok := v.(map[string]any); ok {
				return []any{o}
			}
			return v
		})},
		{"objects in objects", each(func(v any) any {
			if o, ok := v.(map[string]any); ok {
				return map[string]any{"data": o}
			}
			return v
		})},
		{"yes is no", each(func(v any) any {
			if b, ok := v.(bool); ok {
				return !b
			}
			return v
		})},
	}
	var cases []hostile
	for _, one := range twists {
		cases = append(cases, hostile{name: one.name, serve: func(a *assault, w http.ResponseWriter, r *http.Request) { a.twist(w, r, one.twist) }})
	}
	return append(cases,
		hostile{name: "links to another host", serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=2>; rel="next"`, a.other.URL, r.URL.Path))
			a.twist(w, r, each(func(v any) any {
				if s, ok := v.(string); ok && strings.HasPrefix(s, "http") {
					return a.other.URL + "/x"
				}
				return v
			}))
		}},
		hostile{name: "the same page for ever", onlyFind: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			a.next(w, r)
			a.twist(w, r, func(v any) any { return a.more(lists(copies)(v)) })
		}},
		hostile{name: "new pages for ever", onlyFind: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			a.next(w, r)
			a.twist(w, r, func(v any) any { return a.more(each(a.renumber)(lists(copies)(v))) })
		}},
		hostile{name: "empty pages for ever", onlyFind: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			a.next(w, r)
			a.twist(w, r, func(v any) any { return a.more(lists(func([]any) any { return []any{} })(v)) })
		}},
	)
}

// twist answers as the honest tracker does, with its JSON changed.
func (a *assault) twist(w http.ResponseWriter, r *http.Request, change func(any) any) {
	rec := a.honestly(r)
	data := rec.Body.Bytes()
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	if decoder.Decode(&value) == nil {
		if twisted, err := json.Marshal(change(value)); err == nil {
			data = twisted
		}
	}
	for name, values := range rec.Header() {
		if name != "Content-Length" && len(w.Header()[name]) == 0 {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(data) // the client may be gone
}

// each changes all values of a value, the inner ones first.
func each(change func(any) any) func(any) any {
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for name, value := range v {
				v[name] = walk(value)
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		}
		return change(v)
	}
	return walk
}

// fields changes the values of objects that hold no other values.
func fields(change func(any) any) func(any) any {
	return each(func(v any) any {
		if o, ok := v.(map[string]any); ok {
			for name, value := range o {
				switch value.(type) {
				case map[string]any, []any:
				default:
					o[name] = change(value)
				}
			}
		}
		return v
	})
}

func lists(change func([]any) any) func(any) any {
	return each(func(v any) any {
		if l, ok := v.([]any); ok {
			return change(l)
		}
		return v
	})
}

// copies make a page of a list of objects full.
func copies(l []any) any {
	if len(l) == 0 {
		return l
	}
	object, ok := l[0].(map[string]any)
	if !ok {
		return l
	}
	full := make([]any, 100)
	for i := range full {
		one := make(map[string]any, len(object))
		for name, value := range object {
			one[name] = value
		}
		full[i] = one
	}
	return full
}

var lastDigits = regexp.MustCompile(`^(.*?)[0-9]+$`)

// renumber gives an object ids that it had not before.
func (a *assault) renumber(v any) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	n := strconv.FormatInt(1000+a.count.Add(1), 10)
	for _, name := range []string{"id", "iid", "number", "key"} {
		switch value := o[name].(type) {
		case json.Number:
			o[name] = json.Number(n)
		case string:
			o[name] = lastDigits.ReplaceAllString(value, "${1}"+n)
		}
	}
	return o
}

// more says, in the ways that trackers have, that there is more.
func (a *assault) more(v any) any {
	return each(func(v any) any {
		o, ok := v.(map[string]any)
		if !ok {
			return v
		}
		for name := range o {
			switch name {
			case "total", "total_count", "totalCount":
				o[name] = json.Number("1000000")
			case "hasNextPage", "incomplete_results":
				o[name] = true
			case "isLast":
				o[name] = false
			case "endCursor":
				o[name] = fmt.Sprint("cursor-", a.count.Add(1))
			case "issues":
				o["nextPageToken"] = fmt.Sprint("page-", a.count.Add(1))
			}
		}
		return o
	})(v)
}

// next says so in headers.
func (a *assault) next(w http.ResponseWriter, r *http.Request) {
	n := a.count.Add(1)
	w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, a.server.URL, r.URL.Path, n))
	w.Header().Set("X-Next-Page", strconv.FormatInt(n, 10))
}
