package remote

import (
	"net"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// Place is the same for all ways of writing where one repository is that are known, also for those that
// [ParseURL] refuses: http and git:// in place of https, capital letters, a trailing dot of the host, a port,
// slashes too many, a path from dir in place of a whole one, a link. It takes two repositories for one rather
// than one for two, so it is fit for closing a gate and never for opening one.
func Place(text, dir string) string {
	for {
		helper, rest, found := strings.Cut(text, "::")
		if !found || helper == "" || strings.Trim(helper, "abcdefghijklmnopqrstuvwxyz0123456789-+") != "" {
			break
		}
		text = rest // https::https://host/path
	}
	scheme, rest, isSchemed := strings.Cut(text, "://")
	switch {
	case isSchemed && strings.EqualFold(scheme, "file"):
		return placeOfPath(decoded(rest), dir)
	case isSchemed:
		host, where, _ := strings.Cut(rest, "/")
		return placeOnHost(host, where)
	}
	colon, slash := strings.IndexByte(text, ':'), strings.IndexByte(text, '/')
	if colon < 0 || slash >= 0 && slash < colon {
		return placeOfPath(text, dir)
	}
	return placeOnHost(text[:colon], text[colon+1:])
}

func placeOnHost(host, where string) string {
	host = strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if end := strings.IndexAny(where, "?#"); end >= 0 {
		where = where[:end]
	}
	where = strings.ToLower(path.Clean("/" + decoded(where)))
	return host + strings.TrimSuffix(where, ".git")
}

// placeOfPath follows links. Git takes "site", "site.git" and "site/.git" for the same where only one is there.
func placeOfPath(where, dir string) string {
	if !filepath.IsAbs(where) {
		where = filepath.Join(dir, where)
	}
	where = filepath.Clean(where)
	for _, end := range []string{"", ".git"} {
		if real, err := filepath.EvalSymlinks(where + end); err == nil {
			where = real
			break
		}
	}
	return "file:" + strings.TrimSuffix(strings.TrimSuffix(where, ".git"), "/")
}

// decoded is text without the escapes of a URL, as Git reads it.
func decoded(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
