package job_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"mgit/internal/job"
)

// checked is what the doctor says of one thing.
func (f *fixture) checked(id string) job.DoctorCheck {
	f.t.Helper()
	report, err := job.Doctor(f.t.Context(), f.open(""))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, c := range report.Checks {
		if c.ID == id {
			return c
		}
	}
	f.t.Fatalf("nothing is said of %s: %+v", id, report)
	return job.DoctorCheck{}
}

// A commit-graph is suggested where the history is long, and never written.
func TestDoctorCommitGraph(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if c := f.checked("commit-graph"); c.State != job.DoctorOK {
		t.Errorf("a small history: %+v", c)
	}
	var stream strings.Builder
	for i := range 20000 {
		text := fmt.Sprint(i)
		fmt.Fprintf(&stream, "blob\ndata %d\n%s\n", len(text), text)
	}
	imported := exec.Command("git", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet")
	imported.Dir, imported.Env, imported.Stdin = f.Path, f.Env(), strings.NewReader(stream.String())
	if out, err := imported.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := f.checked("commit-graph")
	if c.State != job.DoctorHint || !strings.HasPrefix(c.Hint, "git commit-graph write") {
		t.Fatalf("a long history: %+v", c)
	}
	f.Git(strings.Fields(strings.TrimPrefix(c.Hint, "git "))...)
	if c = f.checked("commit-graph"); c.State != job.DoctorOK || c.Hint != "" {
		t.Errorf("after the hint: %+v", c)
	}
	f.Git("commit-graph", "write", "--reachable", "--split=replace")
	if c = f.checked("commit-graph"); c.State != job.DoctorOK {
		t.Errorf("a graph in pieces: %+v", c)
	}
}

func TestDoctorRemoteNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if c := f.checked("remote-names"); c.State != job.DoctorOK {
		t.Errorf("origin and upstream: %+v", c)
	}
	f.Git("config", "remote.$(id).url", "/nowhere")
	f.Git("remote", "add", "Old", "/nowhere")
	f.Git("remote", "add", "ours", "/nowhere")
	c := f.checked("remote-names")
	if c.State != job.DoctorHint || !strings.Contains(c.Text, "Old, origin and ours") || !strings.Contains(c.Hint, "rename ours ") {
		t.Errorf("%+v", c)
	}
}
