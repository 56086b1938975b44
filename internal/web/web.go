// Package web asks one server over HTTPS and trusts nothing that it answers.
//
// A [Server] is bound to one address. What it sends is limited in size and in time,
// a redirect to another host is an error and never takes the key along, answers that
// are not JSON are said to be so, and what may pass by itself (429, 502, 503, 504, a
// connection that broke) is tried again as long as the request may be repeated. The
// key stands in a header and in no error, address or log, also where a server or what
// is in front of it says it back.
//
// What is asked, and what the answers mean, is left to others.
package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options of a Server; the zero value is the default of each.
type Options struct {
	// Header is sent with every request: the key, say.
	Header http.Header
	// UserAgent names the program; "" is mgit.
	UserAgent string
	// Timeout is how long one answer may take, its body included; 0 is 30 seconds.
	Timeout time.Duration
	// Limit is how many bytes an answer may have; 0 is 16 MiB.
	Limit int64
	// Tries is how often a request is sent at most; 0 is 4.
	Tries int
	// Patience is how long a request may wait in all before it is sent again; 0 is 2
	// minutes.
	Patience time.Duration
	// Insecure lets the address be http, for a server on this machine.
	Insecure bool
	// Transport is for tests; nil is one with the proxy of the environment.
	Transport http.RoundTripper
	// Later reports whether an answer says that nothing was done and that the request may
	// come again after a while, for servers with a way of their own to say so. It is asked
	// before what all servers say: 429, 503, Retry-After.
	Later func(*Answer) (time.Duration, bool)
	// Wait is for tests; nil waits.
	Wait func(ctx context.Context, d time.Duration) error
	// Log is told of every request that was sent.
	Log func(Sent)
}

// Sent is a request for a log: it has nothing secret in it.
type Sent struct {
	Method, URL string
	Status      int // 0: there was no answer
	Took        time.Duration
}

// Server is one server, below an address. It is safe for concurrent use.
type Server struct {
	base    *url.URL
	opt     Options
	http    *http.Client
	secrets []string // of the header, longest first
}

// ErrAddress says that an address is none that may be asked.
var ErrAddress = errors.New("not the address of a server")

// New returns the server at an address like https://redmine.example.org/sub. The
// error wraps ErrAddress.
func New(address string, opt Options) (*Server, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it cannot be read", ErrAddress) // err would show it, with what is secret in it
	case u.User != nil:
		return nil, fmt.Errorf("%w: a name or password stands in it", ErrAddress)
	case u.Host == "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: %q", ErrAddress, address)
	case u.Scheme != "https" && !(opt.Insecure && u.Scheme == "http"):
		return nil, fmt.Errorf("%w: %q is not https", ErrAddress, address)
	}
	opt.UserAgent = cmp.Or(opt.UserAgent, "mgit")
	opt.Timeout = cmp.Or(opt.Timeout, 30*time.Second)
	opt.Limit = cmp.Or(opt.Limit, 16<<20)
	opt.Tries = cmp.Or(opt.Tries, 4)
	opt.Patience = cmp.Or(opt.Patience, 2*time.Minute)
	if opt.Wait == nil {
		opt.Wait = Wait
	}
	if opt.Transport == nil {
		opt.Transport = transport()
	}
	s := &Server{base: u, opt: opt, secrets: secretsOf(opt.Header)}
	s.http = &http.Client{Transport: opt.Transport, CheckRedirect: s.follow}
	return s, nil
}

// transport is the default one with limits on what comes before a body.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// Wait waits, or returns why the context ended.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Host is the server's name and port, as in its address.
func (s *Server) Host() string { return s.base.Host }

// URL is the address of what stands at a path below the server's own, for people.
func (s *Server) URL(path string) string { return s.base.JoinPath(path).String() }

// errElsewhere ends a redirect that leaves the server.
var errElsewhere = errors.New("it redirects to another host")

// follow lets a redirect go on on the same server only.
func (s *Server) follow(next *http.Request, via []*http.Request) error {
	switch {
	case len(via) >= 5:
		return errors.New("it redirects in a circle")
	case next.URL.Scheme != s.base.Scheme || !strings.EqualFold(next.URL.Host, s.base.Host):
		return errElsewhere
	case via[0].Method != http.MethodGet:
		return errors.New("it redirects what was to be written")
	}
	return nil
}

// Request is one question. Path is below the server's address, with a query where
// there is one.
type Request struct {
	Method string // "" is GET
	Path   string
	Query  url.Values
	Body   any // sent as JSON; nil for none
	// Again says that the request may be repeated though it writes: what it does it
	// does once.
	Again bool
	// Retry are statuses after which the request is sent again, as far as it may be
	// repeated, beside those that pass by themselves.
	Retry []int
	// Accept are statuses that are answers and no errors, beside 2xx.
	Accept []int
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// StatusError says that the server refused: a status that is no success. Body is
// the beginning of what it said, for people.
type StatusError struct {
	Method, Path string
	Status       int
	Body         string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, http.StatusText(e.Status))
	if e.Body != "" {
		text += ": " + e.Body
	}
	return strings.TrimSpace(text)
}

// UnreachableError says that there was no answer, or, with a *StatusError below it, none
// but that the server wants to be left alone for longer than we wait.
type UnreachableError struct {
	Host string
	Err  error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("%s: %v", e.Host, e.Err) }
func (e *UnreachableError) Unwrap() error { return e.Err }

// AnswerError says that what was answered cannot be used.
type AnswerError struct{ Host, Reason string }

func (e *AnswerError) Error() string { return e.Host + ": " + e.Reason }

// JSON asks and reads the answer into v, which is not touched when there is no body.
// The error is a *StatusError, an *UnreachableError or an *AnswerError.
func (s *Server) JSON(ctx context.Context, r Request, v any) (*Answer, error) {
	a, err := s.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.Decode(r, a, v); err != nil {
		return nil, err
	}
	return a, nil
}

// Decode reads the answer to a request into v, which is not touched when there is no
// body; nil reads nothing. The error is an *AnswerError.
func (s *Server) Decode(r Request, a *Answer, v any) error {
	if len(bytes.TrimSpace(a.Body)) == 0 || v == nil {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if !strings.HasSuffix(kind, "json") {
		return &AnswerError{s.Host(), fmt.Sprintf("%s was answered with %s in place of JSON: is this the address of the program, and is nothing in front of it?", r.Path, cmp.Or(Line(s.hideIn(kind)), "no type"))}
	}
	return s.Read(r, a.Body, v)
}

// Do asks, again where that can help, and returns the answer whole. The error is a
// *StatusError, an *UnreachableError or an *AnswerError, or the context's.
func (s *Server) Do(ctx context.Context, r Request) (*Answer, error) {
	r.Method = cmp.Or(r.Method, http.MethodGet)
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = json.Marshal(r.Body); err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
	}
	begun := time.Now()
	for try := 1; ; try++ {
		a, err := s.once(ctx, r, body)
		pause, again := s.again(r, a, err, try)
		if ctx.Err() != nil || !again || try >= s.opt.Tries || time.Since(begun)+pause > s.opt.Patience {
			return s.judge(ctx, r, a, err)
		}
		if err := s.opt.Wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}
