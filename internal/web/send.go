package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// errTooMuch ends an answer that has no end.
var errTooMuch = errors.New("the answer is too long")

// once sends the request one time. The answer's body is read before the time is up.
func (s *Server) once(ctx context.Context, r Request, body []byte) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	at := s.base.JoinPath(r.Path)
	at.RawQuery = r.Query.Encode()
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, at.String(), content)
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, s.opt.Header)
	request.Header.Set("User-Agent", s.opt.UserAgent)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	begun := time.Now()
	sent := Sent{Method: r.Method, URL: at.String()}
	defer func() {
		if s.opt.Log != nil {
			sent.Took = time.Since(begun)
			s.opt.Log(sent)
		}
	}()
	response, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	sent.Status = response.StatusCode
	data, err := io.ReadAll(io.LimitReader(response.Body, s.opt.Limit+1))
	if err == nil {
		err = ctx.Err() // a connection that is closed by us can look like an end
	}
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > s.opt.Limit {
		return nil, fmt.Errorf("%w: more than %d bytes", errTooMuch, s.opt.Limit)
	}
	return &Answer{Status: response.StatusCode, Header: response.Header, Body: s.hide(data)}, nil
}

// again reports whether to send the request once more, and after how long. What
// writes is sent again only when the server has certainly not done it, or when doing
// it twice is doing it once.
func (s *Server) again(r Request, a *Answer, err error, try int) (time.Duration, bool) {
	pause := min(500*time.Millisecond<<(try-1), 30*time.Second)
	repeatable := r.Again || r.Method == http.MethodGet || r.Method == http.MethodHead
	if err != nil {
		return pause, (repeatable || isNotConnected(err)) && !isFinal(err)
	}
	if after, ok := s.isLater(a); ok {
		return cmp.Or(after, pause), true // it says that it did nothing
	}
	switch a.Status {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return pause, repeatable
	}
	return pause, repeatable && slices.Contains(r.Retry, a.Status)
}

// isLater reports whether an answer says that nothing was done and that the request may
// come again, and after how long; 0: it does not say.
func (s *Server) isLater(a *Answer) (time.Duration, bool) {
	if s.opt.Later != nil {
		if after, ok := s.opt.Later(a); ok {
			return after, true
		}
	}
	if a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	after, ok := RetryAfter(a.Header)
	if ok {
		after = max(after, 1) // at once, which is not unsaid
	}
	return after, true
}

// isNotConnected reports whether the request never reached the server.
func isNotConnected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// isFinal reports whether trying again cannot help.
func isFinal(err error) bool {
	var certificate *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var dns *net.DNSError
	switch {
	case errors.As(err, &certificate), errors.As(err, &header), errors.Is(err, errElsewhere), errors.Is(err, errTooMuch):
		return true
	case errors.As(err, &dns):
		return dns.IsNotFound
	}
	var slow net.Error // it had all the time there is, or all that a connection is given
	return errors.As(err, &slow) && slow.Timeout()
}

// RetryAfter reads how long a server asks to be left alone, in seconds or as a date
// (RFC 9110, section 10.2.3).
func RetryAfter(h http.Header) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 && seconds < 1<<20 {
		return time.Duration(seconds) * time.Second, true
	}
	if when, err := http.ParseTime(text); err == nil {
		return max(time.Until(when), 0), true
	}
	return 0, false
}

// judge makes an answer or an error of what came back last.
func (s *Server) judge(ctx context.Context, r Request, a *Answer, err error) (*Answer, error) {
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, errElsewhere), errors.Is(err, errTooMuch):
		return nil, &AnswerError{s.Host(), s.plainly(err)}
	case err != nil:
		return nil, &UnreachableError{s.Host(), errors.New(s.words(err))}
	}
	if after, ok := s.isLater(a); ok {
		return nil, s.busy(r, a, after)
	}
	switch {
	case a.Status/100 == 2 || slices.Contains(r.Accept, a.Status):
		return a, nil
	default:
		return nil, &StatusError{Method: r.Method, Path: r.Path, Status: a.Status, Body: said(a)}
	}
}

// busy is the error for a server that does not want to be asked now.
func (s *Server) busy(r Request, a *Answer, after time.Duration) error {
	refused := &StatusError{Method: r.Method, Path: r.Path, Status: a.Status, Body: said(a)}
	if after > time.Second {
		return &UnreachableError{s.Host(), fmt.Errorf("it wants to be left alone for %v: %w", after.Round(time.Second), refused)}
	}
	return &UnreachableError{s.Host(), refused}
}

// words says why there was no answer.
func (s *Server) words(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %v", s.opt.Timeout)
	}
	return s.plainly(err)
}

// plainly is an error in a line, without the address that net/http puts before it.
func (s *Server) plainly(err error) string {
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	return Line(s.hideIn(err.Error()))
}

// said is the beginning of what a server says about its refusal, in one line. A page
// of HTML says nothing.
func said(a *Answer) string {
	text := strings.TrimSpace(string(a.Body[:min(len(a.Body), 4*mostSaid)]))
	if strings.HasPrefix(text, "<") {
		return ""
	}
	return Line(text)
}

// mostSaid is how many bytes of what a server says are shown.
const mostSaid = 300

// Line is the beginning of a server's words in one line, without what does something to
// a terminal.
func Line(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), 4*mostSaid)], "")
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }), " ")
	for len(text) > mostSaid {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
