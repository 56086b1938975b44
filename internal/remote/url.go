package remote

import (
	"fmt"
	"net/url"
	"path"
	"strings"
)

// Transport is how a repository is reached.
type Transport string

// The transports that are allowed. Everything else, helpers such as ext:: and fd:: above all, can run a
// command and is refused.
const (
	HTTPS Transport = "https"
	SSH   Transport = "ssh"  // ssh://host/path and host:path
	File  Transport = "file" // file:///path
	Path  Transport = "path" // a path of this machine
)

// URL is the place of a repository, taken apart.
type URL struct {
	Transport Transport
	User      string // "" for none
	Password  bool   // whether there is one; it is not kept here
	Host      string // lower case, with the port where it is not the transport's own; "" for File and Path
	Path      string // as it stands there
}

// URLError says why a URL is not used. It holds no password.
type URLError struct {
	URL    string
	Reason string
}

func (e *URLError) Error() string { return fmt.Sprintf("URL %q: %s", e.URL, e.Reason) }

// ParseURL takes a URL apart and refuses what could do more than name a repository (git-fetch(1), "GIT
// URLs"): options, transport helpers, unknown transports and control characters. The error is a *URLError.
func ParseURL(text string) (URL, error) {
	if reason := dangerous(text); reason != "" {
		return URL{}, &URLError{Redact(text), reason}
	}
	if strings.Contains(text, "://") {
		return parseSchemed(text)
	}
	colon := strings.IndexByte(text, ':')
	if slash := strings.IndexByte(text, '/'); colon < 0 || slash >= 0 && slash < colon {
		return URL{Transport: Path, Path: text}, nil
	}
	return parseSCP(text, colon)
}

// dangerous returns what makes text unfit to be given to Git at all, or "".
func dangerous(text string) string {
	switch {
	case text == "":
		return "is empty"
	case strings.HasPrefix(text, "-"):
		return "begins with \"-\", so that Git would take it for an option"
	case strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\uFFFD' }) >= 0:
		return "holds a control character or a byte that is not UTF-8"
	}
	if helper, _, found := strings.Cut(text, "::"); found && !strings.ContainsAny(helper, "/[@") {
		return fmt.Sprintf("%s:: is a transport helper, which can run a command", helper)
	}
	return ""
}

func parseSchemed(text string) (URL, error) {
	fault := func(format string, args ...any) (URL, error) {
		return URL{}, &URLError{Redact(text), fmt.Sprintf(format, args...)}
	}
	u, err := url.Parse(text)
	if err != nil {
		return fault("cannot be read")
	}
	transport := Transport(strings.ToLower(u.Scheme))
	switch transport {
	case HTTPS, SSH:
	case File:
		if u.Host != "" && u.Host != "localhost" {
			return fault("a file:// URL has three slashes: file:///path")
		}
		return URL{Transport: File, Path: u.Path}, nil
	default:
		return fault("the transport %q is not allowed: want https, ssh or file", u.Scheme)
	}
	_, hasPassword := u.User.Password()
	host, name := strings.ToLower(u.Host), u.Hostname()
	if name == "" || strings.HasPrefix(name, "-") || strings.HasPrefix(u.User.Username(), "-") {
		return fault("a host and a user cannot begin with \"-\", and the host cannot be empty")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fault("a repository's URL has no query and no fragment")
	}
	if port := u.Port(); transport == HTTPS && port == "443" || transport == SSH && port == "22" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if strings.Trim(u.Path, "/") == "" {
		return fault("names no repository on its host")
	}
	return URL{Transport: transport, User: u.User.Username(), Password: hasPassword, Host: host, Path: u.Path}, nil
}

// parseSCP reads the short form of ssh: [user@]host:path. ssh has no place for a password there, so what looks
// like one is a path.
func parseSCP(text string, colon int) (URL, error) {
	place, where := text[:colon], text[colon+1:]
	user, host, found := strings.Cut(place, "@")
	if !found {
		user, host = "", place
	}
	bad := host == "" || strings.HasPrefix(host, "-") || strings.HasPrefix(user, "-") || strings.ContainsAny(place, " \\")
	if bad || strings.Trim(where, "/") == "" || strings.HasPrefix(where, "-") {
		return URL{}, &URLError{Redact(text), "want [user@]host:path, and none of them beginning with \"-\""}
	}
	return URL{Transport: SSH, User: user, Host: strings.ToLower(host), Path: where}, nil
}

// CheckOwn refuses a URL that is dangerous even where the user set it. What is allowed besides https, ssh and
// file is a path of this machine. The error is a *URLError.
func CheckOwn(text string) error {
	_, err := ParseURL(text)
	return err
}

// CheckShared refuses a URL that has no place in a file that others read or wrote: what CheckOwn refuses, a
// path of this machine, and a password or token. The error is a *URLError.
func CheckShared(text string) error {
	u, err := ParseURL(text)
	switch {
	case err != nil:
		return err
	case u.Transport == Path:
		return &URLError{text, "is a path of one machine; that belongs in git config"}
	case u.Password, u.Transport == HTTPS && u.User != "":
		return &URLError{Redact(text), "holds a user or password; those belong to git credential"}
	}
	return nil
}

// Redact returns the URL with a password, and over https a user too (it may be a token), made unreadable.
func Redact(text string) string {
	before, rest, found := strings.Cut(text, "://")
	if !found {
		return text
	}
	place, behind := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		place, behind = rest[:i], rest[i:]
	}
	at := strings.LastIndexByte(place, '@')
	if at < 0 {
		return text
	}
	user, _, hasPassword := strings.Cut(place[:at], ":")
	switch {
	case !strings.EqualFold(before, string(SSH)):
		user = "***"
	case hasPassword:
		user += ":***"
	}
	return before + "://" + user + "@" + place[at+1:] + behind
}

// Key is the same for two URLs of one repository, whether it is reached by https or ssh, as which user, and
// with or without ".git" at its end. Roles are matched by it.
func (u URL) Key() string {
	switch u.Transport {
	case File, Path:
		return "file:" + strings.TrimSuffix(path.Clean(u.Path), ".git")
	}
	where := "/" + strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	if u.Transport == SSH && strings.HasPrefix(where, "/~") {
		return u.User + "@" + u.Host + where // somebody's home
	}
	return u.Host + where
}
