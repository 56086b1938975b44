package git

import (
	"regexp"
	"slices"
	"strings"
)

// hidden stands where a secret was.
const hidden = "***"

// userInfo finds the user and password of a URL.
var userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s'"]+@`)

// redactText replaces the credentials of all URLs in s. The user's name goes
// with the password: with many forges the name is the token. For ssh it is a
// login and stays.
func redactText(s string) string {
	return userInfo.ReplaceAllStringFunc(s, func(m string) string {
		scheme, rest, _ := strings.Cut(m, "://")
		if scheme == "ssh" && !strings.Contains(rest, ":") {
			return m
		}
		return scheme + "://" + hidden + "@"
	})
}

// redact returns args as they may be shown: no credentials in URLs, no values
// of settings that carry a header or a password.
func redact(args []string) []string {
	shown := slices.Clone(args)
	for i, arg := range shown {
		key, _, ok := strings.Cut(arg, "=")
		lower := strings.ToLower(key)
		if ok && (strings.HasSuffix(lower, ".extraheader") || strings.HasSuffix(lower, "password") || strings.HasSuffix(lower, "token")) {
			shown[i] = key + "=" + hidden
			continue
		}
		shown[i] = redactText(arg)
	}
	return shown
}
