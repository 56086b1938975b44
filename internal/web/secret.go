package web

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// hidden takes the place of a key.
const hidden = "(the key)"

// shortest is how many characters something secret has at least. What is shorter stands
// in other words by chance.
const shortest = 8

// secretsOf are the texts of a header that are to be seen by nobody: its values, without
// the name of a scheme, and the password in what HTTP calls basic.
func secretsOf(h http.Header) []string {
	var all []string
	for _, values := range h {
		for _, value := range values {
			scheme, rest, ok := strings.Cut(value, " ")
			if !ok {
				rest = value
			}
			all = append(all, value, rest)
			if plain, err := base64.StdEncoding.DecodeString(rest); err == nil && strings.EqualFold(scheme, "basic") {
				_, password, _ := strings.Cut(string(plain), ":")
				all = append(all, string(plain), password)
			}
		}
	}
	all = slices.DeleteFunc(all, func(text string) bool { return len(text) < shortest })
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(all)
}

// hide takes what is secret out of an answer: some servers, and pages that show what they
// were asked, say the key back.
func (s *Server) hide(data []byte) []byte {
	for _, secret := range s.secrets {
		if bytes.Contains(data, []byte(secret)) {
			data = bytes.ReplaceAll(data, []byte(secret), []byte(hidden))
		}
	}
	return data
}

func (s *Server) hideIn(text string) string { return string(s.hide([]byte(text))) }
