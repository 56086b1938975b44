package web_test

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mgit/internal/web"
)

const key = "s3cret-key"

// ask makes a server of handler, and asks it.
func ask(t *testing.T, handler http.HandlerFunc, r web.Request, change func(*web.Options)) (*web.Answer, map[string]any, error) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	opt := web.Options{
		Header: http.Header{"X-Redmine-Api-Key": {key}}, Timeout: 5 * time.Second, Limit: 1 << 16,
		Transport: server.Client().Transport,
		Wait:      func(context.Context, time.Duration) error { return nil },
		Log: func(s web.Sent) {
			if strings.Contains(fmt.Sprint(s), key) {
				t.Errorf("the log has the key: %+v", s)
			}
		},
	}
	if change != nil {
		change(&opt)
	}
	s, err := web.New(server.URL+"/sub", opt)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	a, err := s.JSON(t.Context(), r, &v)
	if err != nil && strings.Contains(err.Error(), key) {
		t.Errorf("the error has the key: %v", err)
	}
	return a, v, err
}

func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may be gone
	}
}

func TestAsks(t *testing.T) {
	t.Parallel()
	a, v, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != `{"n":1}` || r.Header.Get("X-Redmine-API-Key") != key || r.Header.Get("User-Agent") != "mgit" {
			t.Errorf("%q, %v, %v", body, err, r.Header)
		}
		if r.Method != "PUT" || r.URL.String() != "/sub/issues/1.json?limit=100" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s, %v", r.Method, r.URL, r.Header)
		}
		answer(201, "application/json; charset=utf-8", `{"a":"b"}`)(w, r)
	}, web.Request{Method: "PUT", Path: "issues/1.json", Query: url.Values{"limit": {"100"}}, Body: map[string]int{"n": 1}}, nil)
	if err != nil || a.Status != 201 || v["a"] != "b" {
		t.Errorf("%v, %v, %v", a, v, err)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://h.example":       "https://h.example/issues/1",
		"https://h.example/":      "https://h.example/issues/1",
		"https://h.example/sub":   "https://h.example/sub/issues/1",
		"https://h.example/a/b//": "https://h.example/a/b/issues/1",
	} {
		s, err := web.New(address, web.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.URL("issues/1"); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// Every server that answers nonsense gets one clear line, at once or when the time is up.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		handler http.HandlerFunc
		change  func(*web.Options)
		want    string // of the error
		as      any
	}{
		{"HTML", answer(200, "text/html; charset=utf-8", "<h1>Sign in</h1>"), nil, "answered with text/html in place of JSON", new(*web.AnswerError)},
		{"no type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "{}")
		}, nil, "answered with no type in place of JSON", new(*web.AnswerError)},
		{"half JSON", answer(200, "application/json", `{"a":`), nil, "JSON that cannot be read", new(*web.AnswerError)},
		{"JSON of another kind", answer(200, "application/json", `[1]`), nil, "JSON that cannot be read", new(*web.AnswerError)},
		{"a number without end", answer(200, "application/json", `{"id":`+strings.Repeat("9", 1<<15)+`}`), nil, "JSON that cannot be read: it is of another kind: number", new(*web.AnswerError)},
		{"far too many values", answer(200, "application/json", `{"a":[`+strings.Repeat("{},", 300_000)+`{}]}`), func(o *web.Options) { o.Limit = 1 << 21 }, "x.json was answered with JSON of more than 250000 values", new(*web.AnswerError)},
		{"very deep", answer(200, "application/json", strings.Repeat("[", 100_000)), func(o *web.Options) { o.Limit = 1 << 21 }, "JSON that cannot be read", new(*web.AnswerError)},
		{"no end, packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 64 {
				if _, err := z.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}, nil, "the answer is too long: more than 65536 bytes", new(*web.AnswerError)},
		{"drops", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(5 * time.Millisecond)
			}
		}, func(o *web.Options) { o.Timeout = 50 * time.Millisecond }, "no answer within 50ms", new(*web.UnreachableError)},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		}, nil, "unexpected EOF", new(*web.UnreachableError)},
		{"no end", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<12)); err != nil {
					return
				}
			}
		}, nil, "the answer is too long: more than 65536 bytes", new(*web.AnswerError)},
		{"endless header", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 10_000 {
				w.Header().Set(fmt.Sprint("X-Long-", i), strings.Repeat("x", 100))
			}
		}, func(o *web.Options) { o.Transport.(*http.Transport).MaxResponseHeaderBytes = 1 << 16 }, "exceeded", new(*web.UnreachableError)},
		{"silence", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(o *web.Options) { o.Timeout = 50 * time.Millisecond }, "no answer within 50ms", new(*web.UnreachableError)},
		{"silence in the body", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, func(o *web.Options) { o.Timeout = 50 * time.Millisecond }, "no answer within 50ms", new(*web.UnreachableError)},
		{"it hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, "EOF", new(*web.UnreachableError)},
		{"another certificate", answer(200, "application/json", `{}`), func(o *web.Options) { o.Transport = http.DefaultTransport }, "certificate", new(*web.UnreachableError)},
		{"no rights", answer(403, "application/json", `{"errors":["no"]}`), nil, `GET x.json: 403 Forbidden: {"errors":["no"]}`, new(*web.StatusError)},
		{"a page about it", answer(500, "text/html", "<html>trace</html>"), nil, "GET x.json: 500 Internal Server Error", new(*web.StatusError)},
		{"control characters", answer(422, "application/json", "a\x1b[31m\nb\u202ec"), nil, "GET x.json: 422 Unprocessable Entity: a [31m b c", new(*web.StatusError)},
		{"a circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, nil, "it redirects in a circle", new(*web.UnreachableError)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, _, err := ask(t, c.handler, web.Request{Path: "x.json"}, c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
				t.Errorf("err = %v", err)
			}
			if err != nil && !errors.As(err, c.as) {
				t.Errorf("err is a %T", err)
			}
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// What is wrong with JSON is said by its own names, whatever stands in it.
func TestRead(t *testing.T) {
	t.Parallel()
	s, err := web.New("https://example.org", web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"issue":{"id":1` + strings.Repeat("0", 9999) + `}}`: "issue.id is of another kind: number",
		`{"issue":[]}`:         "issue is of another kind: array",
		`{"when":"yesterday"}`: `no time: "yesterday"`,
		`{"issue":{"id":"` + strings.Repeat("x", 9999) + `"}}`: "issue.id is of another kind: string",
		"{\x1b": `invalid character '\x1b' looking for beginning of object key string`,
	} {
		var v struct {
			Issue struct {
				ID int `json:"id"`
			} `json:"issue"`
			When time.Time `json:"when"`
		}
		err := s.Read(web.Request{Path: "x"}, []byte(text), &v)
		if want := "example.org: x was answered with JSON that cannot be read: " + want; err == nil || err.Error() != want {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	// Commas and brackets within texts are none.
	var v []string
	if err := s.Read(web.Request{}, []byte(`["`+strings.Repeat(`,[{\"\\`, 300_000)+`"]`), &v); err != nil || len(v) != 1 {
		t.Error(err)
	}
}

// A redirect to another host, or to http, ends the request before it is sent there.
func TestTheKeyDoesNotTravel(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(other.Close)
	for _, to := range []string{other.URL, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), strings.Replace(other.URL, "http:", "https:", 1)} {
		_, _, err := ask(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }, web.Request{Path: "x"}, nil)
		if err == nil || !strings.Contains(err.Error(), "it redirects to another host") {
			t.Errorf("to %s: %v", to, err)
		}
	}
	if reached.Load() != 0 {
		t.Error("the other host was asked")
	}
	_, v, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sub/old" {
			http.Redirect(w, r, "/sub/new", http.StatusMovedPermanently)
			return
		}
		answer(200, "application/json", fmt.Sprintf(`{"known":%v}`, r.Header.Get("X-Redmine-API-Key") == key))(w, r)
	}, web.Request{Path: "old"}, nil)
	if err != nil || v["known"] != true {
		t.Errorf("on the same host: %v, %v", v, err)
	}
	_, _, err = ask(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/sub/new", http.StatusTemporaryRedirect)
	}, web.Request{Method: "POST", Path: "old", Body: 1}, nil)
	if err == nil || !strings.Contains(err.Error(), "it redirects what was to be written") {
		t.Errorf("a POST: %v", err)
	}
}

// A server that says the key back, or a page in front of it that shows what it was asked,
// does not bring it into an error or a result.
func TestTheKeyIsNotSaidBack(t *testing.T) {
	t.Parallel()
	basic := base64.StdEncoding.EncodeToString([]byte("ann@example.org:" + key))
	for _, header := range []http.Header{
		{"X-Redmine-Api-Key": {key}}, {"Authorization": {"Bearer " + key}}, {"Authorization": {"Basic " + basic}},
	} {
		withKey := func(o *web.Options) { o.Header = header }
		for _, echo := range []string{key, basic, "Basic " + basic, "Bearer " + key} {
			for name, handler := range map[string]http.HandlerFunc{
				"fault":   answer(500, "text/plain", "asked with "+echo),
				"JSON":    answer(422, "application/json", `{"errors":["asked with `+echo+`"]}`),
				"no JSON": answer(200, "application/json", `"`+echo+`"`),
				"type":    answer(200, "text/"+key, ""),
				"header": func(w http.ResponseWriter, _ *http.Request) {
					conn, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nno header "+echo+"\r\n\r\n")
					conn.Close()
				},
			} {
				_, _, err := ask(t, handler, web.Request{Path: "x"}, withKey)
				if strings.Contains(echo, basic) && header.Get("Authorization") != "Basic "+basic {
					continue // it is none of this server's
				}
				if name != "type" && err == nil || err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), basic)) {
					t.Errorf("%s: %v", name, err)
				}
			}
			_, v, err := ask(t, answer(200, "application/json", `{"api_key":"`+key+`"}`), web.Request{Path: "x"}, withKey)
			if err != nil || v["api_key"] != "(the key)" {
				t.Errorf("%v, %v", v, err)
			}
		}
	}
	// What is short is no key, and stays.
	_, v, err := ask(t, answer(200, "application/json", `{"a":"ab"}`), web.Request{Path: "x"}, func(o *web.Options) { o.Header = http.Header{"X": {"a"}} })
	if err != nil || v["a"] != "ab" {
		t.Errorf("%v, %v", v, err)
	}
}

// What may be repeated is; what may have been done is not done twice.
func TestTriesAgain(t *testing.T) {
	t.Parallel()
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	get, post, again := web.Request{Path: "x"}, web.Request{Method: "POST", Path: "x", Body: 1}, web.Request{Method: "PUT", Path: "x", Body: 1, Again: true}
	for _, c := range []struct {
		name    string
		fault   http.HandlerFunc
		request web.Request
		sent    int32
	}{
		{"busy", answer(503, "", ""), get, 3},
		{"busy, written", answer(503, "", ""), post, 3},
		{"too many", answer(429, "", ""), post, 3},
		{"gateway", answer(502, "", ""), get, 3},
		{"gateway, written", answer(502, "", ""), post, 1},
		{"gateway, written, and once is twice", answer(504, "", ""), again, 3},
		{"broken", hangUp, get, 3},
		{"broken, written", hangUp, post, 1},
		{"broken, written, and once is twice", hangUp, again, 3},
		{"fault of the program", answer(500, "", ""), get, 1},
		{"not there", answer(404, "", ""), get, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			_, v, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if c.request.Body != nil && string(body) != "1" {
					t.Errorf("sent again with body %q", body)
				}
				if sent.Add(1) < 3 {
					c.fault(w, r)
					return
				}
				answer(200, "application/json", `{"a":"b"}`)(w, r)
			}, c.request, nil)
			if sent.Load() != c.sent || (err == nil) != (c.sent == 3) || c.sent == 3 && v["a"] != "b" {
				t.Errorf("sent %d times: %v, %v", sent.Load(), v, err)
			}
		})
	}
}

// A server says how long it wants to be left alone. Longer than we are patient is an
// answer at once.
func TestWaitsAsLongAsTheServerAsks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after string
		want  time.Duration // 0: it does not wait
	}{
		{"7", 7 * time.Second},
		{"", 500 * time.Millisecond},
		{"soon", 500 * time.Millisecond},
		{"-1", 500 * time.Millisecond},
		{"3600", 0},
		{time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), time.Nanosecond},
	} {
		var waited []time.Duration
		var sent atomic.Int32
		_, _, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
			if sent.Add(1) > 1 {
				answer(200, "application/json", `{}`)(w, r)
				return
			}
			if c.after != "" {
				w.Header().Set("Retry-After", c.after)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		}, web.Request{Method: "POST", Path: "x"}, func(o *web.Options) {
			o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, max(d, 1)); return nil }
		})
		if c.want == 0 {
			if err == nil || len(waited) != 0 {
				t.Errorf("%q: waited %v, %v", c.after, waited, err)
			}
			continue
		}
		if err != nil || len(waited) != 1 || waited[0] != c.want {
			t.Errorf("%q: waited %v, %v", c.after, waited, err)
		}
	}
}

// A server may have a way of its own to say "later", also with a status that is an
// error or an answer elsewhere.
func TestLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		after time.Duration
		sent  int32
		want  string // of the error
	}{
		{"soon", 90 * time.Second, 2, ""},
		{"not said when", 0, 2, ""},
		{"too late", time.Hour, 1, "it wants to be left alone for 1h0m0s: POST x: 403 Forbidden: enough"},
	} {
		var waited []time.Duration
		var sent atomic.Int32
		_, _, err := ask(t, func(w http.ResponseWriter, r *http.Request) {
			if sent.Add(1) > 1 {
				answer(200, "application/json", `{}`)(w, r)
				return
			}
			answer(403, "text/plain", "enough")(w, r)
		}, web.Request{Method: "POST", Path: "x", Accept: []int{403}}, func(o *web.Options) {
			o.Later = func(a *web.Answer) (time.Duration, bool) { return c.after, a.Status == 403 }
			o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
		})
		if sent.Load() != c.sent || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: sent %d times: %v", c.name, sent.Load(), err)
		}
		if c.sent == 2 && (len(waited) != 1 || waited[0] != max(c.after, 500*time.Millisecond)) {
			t.Errorf("%s: waited %v", c.name, waited)
		}
		var unreachable *web.UnreachableError
		var status *web.StatusError
		if err != nil && (!errors.As(err, &unreachable) || !errors.As(err, &status) || status.Status != 403) {
			t.Errorf("%s: err is a %T", c.name, err)
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	s, err := web.New(server.URL, web.Options{Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := s.Do(ctx, web.Request{}); !errors.Is(err, context.Canceled) || time.Since(begun) > 3*time.Second {
		t.Errorf("err = %v after %v", err, time.Since(begun))
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "redmine.example.org", "http://redmine.example.org", "ftp://redmine.example.org", "https://", "https:opaque",
		"https://user:" + key + "@example.org", "https://" + key + "@example.org", "https://e.org/?key=" + key, "https://e.org/#x", "https://[", "https://%zz/" + key + "\x7f",
	} {
		_, err := web.New(address, web.Options{})
		if !errors.Is(err, web.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
		if strings.Contains(fmt.Sprint(err), "user:") {
			t.Errorf("%q: the error shows the password: %v", address, err)
		}
	}
	if s, err := web.New("https://example.org:8443/sub", web.Options{}); err != nil || s.Host() != "example.org:8443" {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := web.New("http://127.0.0.1:1", web.Options{Insecure: true}); err != nil {
		t.Error(err)
	}
}
