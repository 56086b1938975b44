package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// wear answers as something that stands in a Redmine's place. Who follows it to another
// host, which is this machine by another name, has given the key away.
func (f *fakeRedmine) wear(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Host, "localhost") {
		f.leaks = append(f.leaks, "another host was asked for "+r.URL.String())
	}
	switch f.mask {
	case "page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><h1>Sign in</h1></html>")
	case "elsewhere":
		http.Redirect(w, r, "http://"+strings.Replace(r.Host, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
	case "echo":
		http.Error(w, fmt.Sprint("asked with \x1b[31m", r.Header), http.StatusInternalServerError)
	case "end":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"user":`)
	}
}
