package trackerview

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mgit/internal/config"
	"mgit/internal/git"
	"mgit/internal/git/gittest"
	"mgit/internal/job"
	"mgit/internal/tracker"
	"mgit/internal/tracker/trackertest"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

const one, two = "LUVLE-4.1-hack-core-one", "LUVLE-4.1-hack-core-two"

// newSite is a site with an upgrade of two branches.
func newSite(t *testing.T) (*gittest.Repo, func(context.Context) (*job.Site, error)) {
	t.Helper()
	r := gittest.NewAt(t, filepath.Join(t.TempDir(), "site"))
	for _, x := range [][3]string{{"v4.1.0", "2022112800.00", "401"}, {"v4.5.0", "2024100700.00", "405"}} {
		r.Write("version.php", fmt.Sprintf("<?php\n$version  = %s;\n$release  = '%s (Build: 20230101)';\n$branch   = '%s';\n", x[1], strings.TrimPrefix(x[0], "v"), x[2]))
		r.Write("lib.php", "one\ntwo\nthree\n")
		r.Commit(x[0])
		r.Git("tag", "-a", "-m", x[0], x[0])
	}
	r.Git("update-ref", "refs/remotes/upstream/main", "v4.5.0^{}")
	r.Git("checkout", "-q", "--detach", "v4.1.0")
	r.Git("branch", "-D", "main")
	r.Git("remote", "add", "upstream", "https://example.org/moodle.git")
	path := filepath.Join(r.Path, ".git", "config")
	old, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(old, []byte("[mgit]\n\tcustomer = LUVLE\n\tseries = 4.1\n[mgit \"remote.upstream\"]\n\turl = https://example.org/moodle.git\n\trole = upstream\n"+
			"[mgit \"tracker\"]\n\tkind = redmine\n\turl = https://redmine.example.org\n\tproject = moodle\n")...), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	empty := r.Git("hash-object", "-t", "tree", "-w", "/dev/null")
	r.Git("update-ref", "refs/heads/mgit", r.Git("commit-tree", "-m", "the mgit branch", empty))
	r.Grow(one, "v4.1.0", "lib.php", "ONE\ntwo\nthree\n")
	r.Grow(two, "v4.1.0", "local/two/version.php", "<?php\n")
	open := func(ctx context.Context) (*job.Site, error) {
		return job.Open(ctx, job.OpenRequest{Dir: r.Path, Git: git.Options{Env: r.Env()}})
	}
	site, err := open(t.Context())
	if err == nil {
		_, _, err = job.BeginUpgrade(t.Context(), site, job.BeginRequest{To: "4.5"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}
	return r, open
}

// newTracker is a tracker in which the states of this test have statuses of their own.
func newTracker() *trackertest.Fake {
	can := trackertest.Redmine()
	can.SameTime = time.Microsecond
	can.Status = map[string]string{
		"todo": "New", "parked": "Blocked", "moved": "In Progress", "tested": "Resolved", "in-test": "In Test",
		"in-deployment": "Closed", "dropped": "Rejected", "held": "Waiting",
	}
	var statuses []tracker.Status
	for _, name := range []string{"New", "Blocked", "In Progress", "Resolved", "In Test", "Waiting", "Closed", "Rejected"} {
		statuses = append(statuses, tracker.Status{Name: name, Closed: name == "Closed" || name == "Rejected"})
	}
	fake := trackertest.New(trackertest.Options{Capabilities: can, Statuses: statuses})
	for _, login := range []string{"mgit", "ann"} {
		fake.Join(login, trackertest.Rights{})
	}
	return fake
}

// A sync from the screen: what waits is known without asking, is written, and what people change comes back.
func TestSync(t *testing.T) {
	t.Parallel()
	r, open := newSite(t)
	fake := newTracker()
	h := tuitest.Host(t, "plain", open)
	h.Settle = 10 * time.Millisecond
	h.Key = func(config.Tracker) (string, error) { return "very secret", nil }
	h.Tracker = func(_ config.Tracker, key string) (tracker.Client, error) {
		if key != "" && key != "very secret" {
			t.Errorf("the key is %q", key)
		}
		return fake.Client("mgit"), nil
	}
	v := New(h)
	d := tuitest.Drive(t, h, v, 120, 40, one)
	if fake.Count().Requests != 0 || v.Subject() != one {
		t.Fatalf("%d requests, selected is %q\n%s", fake.Count().Requests, v.Subject(), d.Plain())
	}
	if text := d.Plain(); !strings.Contains(text, "3 changes wait for the tracker.") || strings.Contains(text, "secret") {
		t.Errorf("before the first sync:\n%s", text)
	}
	d.Press("u")
	d.Choose("u")
	p, message := d.Run()
	if len(p.Lines) != 4 || !strings.HasPrefix(message, "3 changes were written to the tracker.") {
		t.Errorf("%q %q", p.Lines, message)
	}
	if n := len(fake.Issues()); n != 3 {
		t.Fatalf("%d issues", n)
	}
	row, _ := v.table.Selected()
	if row.Branch != one || row.Issue == "" || row.differs() {
		t.Errorf("after the sync: %+v", row)
	}
	// Somebody drops a branch there.
	rejected := "Rejected"
	fake.Edit("ann", strings.TrimPrefix(row.Issue, "#"), tracker.Change{Status: &rejected, Note: "Not needed any more."})
	d.Press("a")
	row, _ = v.table.Selected()
	if len(row.incoming) == 0 || row.stateThere().Text != "dropped" {
		t.Errorf("%+v\n%s", row, d.Plain())
	}
	// Here somebody holds it meanwhile, which is a disagreement. The tracker's word is taken.
	site, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := job.Dispose(t.Context(), site, job.LedgerRequest{Branches: []string{one}, Disposition: "hold", Reason: "Wait for the exams."}); err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.Sites.Renew(); err != nil {
		t.Fatal(err)
	}
	d.Do(v.Reload())
	d.Press("a")
	if row, _ = v.table.Selected(); len(row.disagreements) != 1 {
		t.Fatalf("%+v\n%s", row, d.Plain())
	}
	d.Press("t")
	d.Choose("t")
	if _, message := d.Run(); !strings.Contains(message, "This was run") {
		t.Errorf("%q", message)
	}
	if row, _ = v.table.Selected(); row.State != "dropped" {
		t.Errorf("%+v", row)
	}
	if refs := r.Git("log", "--format=%B", "refs/heads/mgit"); strings.Contains(refs, "secret") {
		t.Error("the key is in the repository")
	}
	// Now there is nothing left.
	d.Press("u")
	d.Choose("u")
	if p, _ := d.Run(); !strings.HasPrefix(p.Nothing, "The ledger and the tracker agree.") {
		t.Errorf("%+v", p)
	}
}

// A tracker that does not answer is said where the answer would stand, and what waits.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, open := newSite(t)
	fake := newTracker()
	h := tuitest.Host(t, "plain", open)
	h.Key = func(config.Tracker) (string, error) { return "secret", nil }
	h.Tracker = func(config.Tracker, string) (tracker.Client, error) {
		c := fake.Client("mgit")
		c.DieAfter(0, false)
		return c, nil
	}
	v := New(h)
	d := tuitest.Drive(t, h, v, 100, 30, two)
	d.Press("a")
	if text := d.Plain(); !strings.Contains(text, "x The tracker could not be reached: ") || !strings.Contains(text, "3 changes wait for the tracker.") {
		t.Errorf("\n%s", text)
	}
	d.Press("u")
	d.Choose("b")
	task := tuitest.Taken[screen.StartMsg](d).Task
	d.Do(screen.Start(task))
	if p, _ := d.Run(); !strings.HasPrefix(p.Nothing, "The tracker could not be reached: ") || d.Ended != screen.Unreached {
		t.Errorf("%+v", p)
	}
}
