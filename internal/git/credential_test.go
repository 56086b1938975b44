package git_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mgit/internal/git"
	"mgit/internal/git/gittest"
)

// What git keeps is found, kept and forgotten by git itself, and no log shows the secret.
func TestCredential(t *testing.T) {
	t.Parallel()
	const key = "3f786850e387550fdab836ed7e6dc881de23001b"
	b := gittest.New(t)
	store := filepath.Join(t.TempDir(), "kept")
	b.Git("config", "credential.helper", "store --file="+store)
	var logged strings.Builder
	var mutex sync.Mutex
	r := openWith(t, b, git.Options{Log: func(c git.Command) {
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Fprintln(&logged, c.Args)
	}})
	address := &url.URL{Scheme: "https", Host: "redmine.example.org:8443", Path: "/sub/"}

	c, err := r.Credential(t.Context(), address)
	if c != nil || err != nil {
		t.Fatalf("before anything is kept: %v, %v", c, err)
	}
	if c, err = git.NewCredential(address, "mgit", key); err != nil {
		t.Fatal(err)
	}
	if err := r.ApproveCredential(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c, err = r.Credential(t.Context(), address)
	if err != nil || c == nil || c.Secret() != key || c.Username != "mgit" {
		t.Fatalf("what was kept: %v, %v", c, err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(text, key) {
		t.Errorf("printed: %s", text)
	}
	other := &url.URL{Scheme: "https", Host: "elsewhere.example.org"}
	if c, err := r.Credential(t.Context(), other); c != nil || err != nil {
		t.Errorf("of another host: %v, %v", c, err)
	}
	if err := r.RejectCredential(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(store); err != nil || len(kept) != 0 {
		t.Errorf("kept after it was wrong: %q, %v", kept, err)
	}
	if text := logged.String(); strings.Contains(text, key) || !strings.Contains(text, "credential approve") {
		t.Errorf("the log: %s", text)
	}
}

// A program that would ask in a window is not started.
func TestCredentialAsksNobody(t *testing.T) {
	t.Parallel()
	b := gittest.New(t)
	asked := filepath.Join(t.TempDir(), "asked")
	program := gittest.Program(t, "touch "+asked+"; echo secret")
	b.Git("config", "core.askPass", program)
	r := openWith(t, b, git.Options{Env: []string{"SSH_ASKPASS=" + program, "GIT_ASKPASS=" + program, "DISPLAY=:0"}})
	c, err := r.Credential(t.Context(), &url.URL{Scheme: "https", Host: "redmine.example.org"})
	if c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := os.Stat(asked); err == nil {
		t.Error("somebody was asked")
	}
}

func TestCredentialTakesOneLineOnly(t *testing.T) {
	t.Parallel()
	address := &url.URL{Scheme: "https", Host: "redmine.example.org"}
	if _, err := git.NewCredential(address, "mgit", "a\nhost=evil.example.org"); err == nil {
		t.Error("a key with a line break was taken")
	}
	address.Path = "/a\nhost=evil.example.org"
	if _, err := git.NewCredential(address, "mgit", "a"); err == nil {
		t.Error("a path with a line break was taken")
	}
}
