package job_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mgit/internal/git/gittest"
	"mgit/internal/job"
)

// overHTTPS serves the folder of a bare repository by git's own http-backend on
// loopback, to whoever knows the password, and returns its URL.
func (f *fixture) overHTTPS(dir, password string) string {
	f.t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		f.t.Fatal(err)
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	for _, program := range []string{backend, filepath.Join(filepath.Dir(backend), "git-remote-https")} {
		if _, err := os.Stat(program); err != nil {
			f.t.Skipf("this git cannot be served over https: %v", err)
		}
	}
	handler := &cgi.Handler{
		Path: backend,
		Env:  append(f.Env(), "GIT_PROJECT_ROOT="+filepath.Dir(dir), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=ruth"),
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, got, _ := r.BasicAuth(); got != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	f.t.Cleanup(server.Close)
	authority := filepath.Join(f.t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := os.WriteFile(authority, pem.EncodeToMemory(block), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.Git("config", "http.sslCAInfo", authority)
	f.Git("config", "credential.helper", "")
	return server.URL + "/" + filepath.Base(dir)
}

// overSSH makes ssh run the other side here, and returns the repository's URL.
func (f *fixture) overSSH(dir string) string {
	f.t.Helper()
	f.Git("config", "core.sshCommand", gittest.Program(f.t, `for command; do :; done
exec sh -c "$command"`))
	f.Git("config", "ssh.variant", "ssh")
	return "git@git.example.org:" + dir
}

// The rules hold whatever carries the push.
func TestPushOverTheNetwork(t *testing.T) {
	t.Parallel()
	const password = "s3cret"
	for name, serve := range map[string]func(f *fixture, dir string) (url, role string){
		"https": func(f *fixture, dir string) (string, string) {
			url := f.overHTTPS(dir, password)
			return strings.Replace(url, "https://", "https://ruth:"+password+"@", 1), url
		},
		"ssh": func(f *fixture, dir string) (string, string) {
			url := f.overSSH(dir)
			return url, "ssh://git.example.org" + dir
		},
		"file": func(_ *fixture, dir string) (string, string) { return "file://" + dir, dir },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := offering(t)
			internal, public := f.at("origin"), f.at("fork")
			use := func(remote, dir string) {
				url, known := serve(f, dir)
				f.Git("remote", "set-url", remote, url)
				f.Git("config", "mgit.remote."+remote+".url", known)
			}
			use("origin", internal.Path)
			report := f.push()
			if report.NeedsPerson() || internal.Git("rev-parse", forum) != f.tip(forum) {
				t.Fatalf("%+v", report)
			}
			// A colleague's push, hidden by a fetch in the background.
			c := gittest.At(t, t.TempDir())
			c.Git("clone", "-q", "--branch", forum, internal.Path, "c")
			c = gittest.At(t, filepath.Join(c.Path, "c"))
			c.Write("theirs.php", "theirs\n")
			theirs := c.Commit("a colleague's")
			c.Git("push", "-q", "origin", forum)
			f.Git("fetch", "-q", "origin")
			f.Git("checkout", "-q", forum)
			f.Git("commit", "-q", "--amend", "-m", "better words")
			f.Detach()
			f.on(mail, "more.php", "more\n")
			report = f.push()
			if r := pushed(t, report, forum); r.Rule != job.RuleLease || internal.Git("rev-parse", forum) != theirs {
				t.Errorf("%+v", r)
			}
			if internal.Git("rev-parse", mail) != f.tip(mail) {
				t.Errorf("the other branch did not arrive: %+v", report)
			}
			// A cherry-picked internal commit does not get out.
			use("fork", public.Path)
			f.Git("checkout", "-q", forum)
			f.Git("cherry-pick", secret)
			f.Detach()
			r := pushed(t, f.push(named(forum), as("MDL-12345-main")), forum)
			if r.Rule != "push-content" {
				t.Errorf("%+v", r)
			}
			f.Git("branch", "-f", forum, forum+"~1")
			report = f.push(named(forum), as("MDL-12345-main"))
			if got, err := public.TryGit("rev-parse", "MDL-12345-main"); err != nil || got != f.tip(forum) {
				t.Errorf("%s, %v: %+v", got, err, report)
			}
			if strings.Contains(fmt.Sprintf("%+v", report.Remotes), password) {
				t.Errorf("the password is shown: %+v", report.Remotes)
			}
		})
	}
}

// Nobody is asked for a password.
func TestPushWithoutPassword(t *testing.T) {
	t.Parallel()
	f := published(t)
	f.two()
	url := f.overHTTPS(f.at("origin").Path, "s3cret")
	f.setRemote("origin", url, "internal")
	if report := f.push(); !report.IsUnreachable() || report.Totals[job.PushFailed] != 4 {
		t.Errorf("%+v", report)
	}
}
