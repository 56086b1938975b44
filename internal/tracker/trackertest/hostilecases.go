package trackertest

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mgit/internal/web"
)

const isJSON = "application/json; charset=utf-8"

func hostileCases() []hostile {
	bomb := sync.OnceValue(packed)
	cases := []hostile{
		{name: "HTML", serve: answerWith(200, "text/html", "<html><h1>Sign in</h1>"), mustFail: true},
		{name: "HTML that says it is JSON", serve: answerWith(200, isJSON, "<html><h1>Sign in</h1>"), mustFail: true},
		{name: "HTML, made", serve: answerWith(201, "text/html", "<html><h1>Sign in</h1>"), mustFail: true},
		{name: "half JSON", serve: answerWith(200, isJSON, `{"issue":`), mustFail: true},
		{name: "very deep", onlyFind: true, serve: answerWith(200, isJSON, strings.Repeat(`{"issues":[`, 50_000)), mustFail: true},
		{name: "many values", onlyFind: true, serve: answerWith(200, isJSON, `{"issues":[`+strings.Repeat("{},", 300_000)+"{}]}"), mustFail: true},
		{name: "a number", serve: answerWith(200, isJSON, "1"), mustFail: true},
		{name: "a long number", serve: answerWith(200, isJSON, strings.Repeat("9", 100_000)), mustFail: true},
		{name: "a text", serve: answerWith(200, isJSON, `"ok"`), mustFail: true},
		{name: "yes", serve: answerWith(200, isJSON, "true")},
		{name: "null", serve: answerWith(200, isJSON, "null")},
		{name: "an empty list", serve: answerWith(200, isJSON, "[]")},
		{name: "a list of nothing", serve: answerWith(200, isJSON, "[null,null]")},
		{name: "an empty object", serve: answerWith(200, isJSON, "{}")},
		{name: "nothing", serve: answerWith(200, isJSON, "")},
		{name: "no content", serve: answerWith(204, "", "")},
		{name: "no key", serve: answerWith(401, "text/html", "<html>"), mustFail: true},
		{name: "no rights", serve: answerWith(403, "text/plain", ""), mustFail: true},
		{name: "not there", serve: answerWith(404, "text/html", "<html>"), mustFail: true},
		{name: "not acceptable", serve: answerWith(406, "text/html", "<html>"), mustFail: true},
		{name: "gone", serve: answerWith(410, isJSON, `{}`), mustFail: true},
		{name: "refused without words", serve: answerWith(422, isJSON, `{"errors":[]}`), mustFail: true},
		{name: "refused in odd words", serve: answerWith(422, isJSON, `{"errors":{"a":{"b":[1,null]}},"errorMessages":[7],"message":["\u001b[2J\u202e\n",`+strings.Repeat(`"long",`, 9999)+`1]}`), mustFail: true},
		{name: "refused in words without end", serve: answerWith(422, isJSON, `{"errors":["\u001b[2J\u202e\n`+strings.Repeat("long ", 9999)+`"`+strings.Repeat(`,"long"`, 9999)+`]}`), mustFail: true},
		{name: "bad, in odd words", serve: answerWith(400, isJSON, `{"errors":["\u001b[2J\u202e\n`+strings.Repeat("long ", 9999)+`"],"errorMessages":["\u001b[2J\u202e\n`+strings.Repeat("long ", 9999)+`"],"message":"\u001b[2J\u202e\n`+strings.Repeat("long ", 9999)+`"}`), mustFail: true},
		{name: "bad, in HTML", serve: answerWith(400, "text/html", "<html>"), mustFail: true},
		{name: "says the key back", mustFail: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			answerWith(400, isJSON, fmt.Sprintf(`{"errors":[%[1]q],"errorMessages":[%[1]q],"message":%[1]q}`, a.echo(r)))(a, w, r)
		}},
		{name: "shows what it was asked", mustFail: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			answerWith(502, "text/plain", a.echo(r))(a, w, r)
		}},
		{name: "refuses the key by name", mustFail: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			answerWith(422, isJSON, fmt.Sprintf(`{"errors":[%[1]q],"message":%[1]q,"error":%[1]q}`, a.echo(r)))(a, w, r)
		}},
		{name: "fault", serve: answerWith(500, "text/html", "<html>a trace"), mustFail: true},
		{name: "no gateway", serve: answerWith(502, "text/html", "<html>"), mustFail: true},
		{name: "odd status", serve: answerWith(999, isJSON, "{}"), mustFail: true},
		{name: "busy for ever", mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		{name: "busy for a year", mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "31536000")
			w.WriteHeader(http.StatusServiceUnavailable)
		}},
		{name: "hangs up", mustFail: true, serve: func(*assault, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "silence", mustFail: true, timeout: 30 * time.Millisecond, serve: func(_ *assault, _ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not seen
			<-r.Context().Done()
		}},
		{name: "silence in the body", mustFail: true, timeout: 30 * time.Millisecond, serve: func(_ *assault, w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answerWith(200, isJSON, `{"issues":[`)(nil, w, r)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}},
		{name: "drops", mustFail: true, timeout: 30 * time.Millisecond, serve: func(_ *assault, w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", isJSON)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(3 * time.Millisecond)
			}
		}},
		{name: "a body without end", mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", isJSON)
			endlessly(w, strings.Repeat(" ", 1<<15))
		}},
		{name: "a packed body without end", onlyFind: true, mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", isJSON)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb()) // the client may be gone
		}},
		{name: "a refusal without end", onlyFind: true, mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", isJSON)
			w.WriteHeader(http.StatusUnprocessableEntity)
			endlessly(w, strings.Repeat(" ", 1<<15))
		}},
		{name: "headers without end", onlyFind: true, mustFail: true, serve: raw(func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n")
			for i := 0; err == nil && i < 1<<15; i++ {
				_, err = fmt.Fprintf(w, "X-Header-%d: %s\r\n", i, strings.Repeat("x", 1000))
			}
			return err
		})},
		{name: "a header line without end", onlyFind: true, mustFail: true, serve: raw(func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nX: ")
			for i := 0; err == nil && i < 1<<10; i++ {
				_, err = io.WriteString(w, strings.Repeat("x", 1<<15))
			}
			return err
		})},
		{name: "another protocol", mustFail: true, serve: raw(func(w io.Writer) error {
			_, err := io.WriteString(w, "SSH-2.0-OpenSSH_9.2\r\n\x00\x1b[2J")
			return err
		})},
		{name: "wait, for ever", onlyFind: true, mustFail: true, serve: raw(func(w io.Writer) error {
			var err error
			for i := 0; err == nil && i < 1<<15; i++ {
				_, err = io.WriteString(w, "HTTP/1.1 102 Processing\r\n\r\n")
			}
			return err
		})},
		{name: "a body that is cut", mustFail: true, serve: raw(func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"issues\":")
			return err
		})},
		{name: "a reset in the body", mustFail: true, serve: raw(func(w io.Writer) error {
			_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"issues\":")
			if tcp, ok := w.(*net.TCPConn); ok {
				err = errors.Join(err, tcp.SetLinger(0))
			}
			return err
		})},
		{name: "a circle", mustFail: true, serve: func(_ *assault, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusTemporaryRedirect)
		}},
		{name: "a redirect to nowhere", mustFail: true, serve: func(_ *assault, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[::1]:namedport\x01/")
			w.WriteHeader(http.StatusFound)
		}},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		cases = append(cases, hostile{name: fmt.Sprint("to another host by ", status), mustFail: true, serve: func(a *assault, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, a.other.URL+r.URL.Path, status)
		}})
	}
	return slices.Concat(cases, twistedCases(), randomCases())
}

// echo is all that a request showed about the key. What is shorter than any key, as the
// keys of some fakes, is not kept out of what is said back.
func (a *assault) echo(r *http.Request) string {
	for _, secret := range a.Secrets {
		if len(secret) < 8 {
			return "nothing"
		}
	}
	return fmt.Sprint(r.Header, a.Secrets)
}

// packed is little that becomes much: four times what an answer may have.
func packed() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 4 {
		_, _ = z.Write(make([]byte, answerLimit)) // into memory
	}
	_ = z.Close()
	return b.Bytes()
}

func endlessly(w io.Writer, text string) {
	for {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
}

// certificates: a server that cannot prove who it is hears nothing.
func certificates(t *testing.T, v Victim) {
	t.Helper()
	good := httptest.NewTLSServer(nil)
	t.Cleanup(good.Close)
	trusted := good.Client().Transport
	for _, c := range []struct {
		name   string
		expiry time.Time // zero: the certificate of package httptest
		host   string
		trust  bool
	}{
		{"signed by itself", time.Time{}, "127.0.0.1", false},
		{"of another name", time.Time{}, "localhost", true},
		{"expired", time.Now().Add(-time.Hour), "127.0.0.1", true},
	} {
		asked := 0
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		opt := v.Options
		opt.Header = v.Header
		if c.trust {
			opt.Transport = trusted
		}
		if !c.expiry.IsZero() {
			certificate, roots := certificate(t, c.expiry)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			opt.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
		}
		server.StartTLS()
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s, err := web.New("https://"+net.JoinHostPort(c.host, port)+v.Path, opt)
		if err != nil {
			t.Fatal(err)
		}
		a := &assault{Victim: v, hostile: hostile{mustFail: true}, parent: "1", child: "2"}
		_, err = v.New(s).Whoami(t.Context())
		a.judge(t, c.name, err)
		var unreachable *web.UnreachableError
		if err != nil && (!errors.As(err, &unreachable) || !strings.Contains(err.Error(), "certificate")) {
			t.Errorf("%s: %v", c.name, err)
		}
		server.Close()
		if asked != 0 {
			t.Errorf("%s: it was asked", c.name)
		}
	}
}

// certificate is one for this machine that is its own authority.
func certificate(t *testing.T, expiry time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: expiry.Add(-time.Hour), NotAfter: expiry,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
