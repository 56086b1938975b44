package redmine_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mgit/internal/tracker"
	"mgit/internal/tracker/redmine"
	"mgit/internal/tracker/redmine/redminetest"
	"mgit/internal/web"
)

// stand is a Redmine that syncs are tried on, the real one or the fake.
type stand struct {
	site
	settle   time.Duration
	branches int   // of the large upgrades
	kills    []int // after how many writes the server is killed

	// What is nil cannot be done here.
	rights  func(t *testing.T, role string, changes ...string)
	setting func(t *testing.T, key, value string)
	kill    func(t *testing.T)
	start   func(t *testing.T)
	rename  func(t *testing.T, statuses [6]string)
}

// cases is how many branches the large upgrades have: MGIT_CASES, or so many.
func cases(t *testing.T, most int) int {
	t.Helper()
	text := os.Getenv("MGIT_CASES")
	if text == "" {
		return most
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// fakeStand is one without a network, for a bubble of testing/synctest.
func fakeStand(t *testing.T) *stand {
	t.Helper()
	fake := redminetest.Make()
	s := &stand{settle: 3 * time.Second, branches: 60, kills: []int{1, 4}}
	s.site = site{url: "http://redmine.example.org", transport: fake}
	s.rights = func(_ *testing.T, role string, changes ...string) { fake.Rights(role, changes...) }
	s.setting = func(_ *testing.T, key, value string) { fake.Setting(key, value) }
	s.kill = func(*testing.T) { fake.Before(func(*http.Request) int { return -1 }) }
	s.start = func(*testing.T) { fake.Before(nil) }
	s.rename = func(_ *testing.T, statuses [6]string) { fake.Statuses(statuses) }
	return s
}

// realStand is the one that all tests share.
func realStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{site: real(t), settle: 3 * time.Second, branches: cases(t, 60), kills: []int{4}}
	if s.branches > 60 {
		s.kills = []int{1, 4}
	}
	s.wait = func(context.Context, time.Duration) error { return nil }
	return s
}

// ownStand is a real Redmine that this test alone has.
func ownStand(t *testing.T) *stand {
	t.Helper()
	s := realStand(t)
	name := fmt.Sprintf("own-%d-%d", os.Getpid(), rand.Uint32())
	s.url = strings.TrimSpace(script(t, "start", name))
	t.Cleanup(func() { script(t, "drop", name) })
	s.rights = func(t *testing.T, role string, changes ...string) {
		t.Helper()
		script(t, append([]string{"rights", name, role}, changes...)...)
	}
	s.setting = func(t *testing.T, key, value string) { t.Helper(); script(t, "setting", name, key, value) }
	s.kill = func(t *testing.T) { t.Helper(); script(t, "kill", name) }
	s.start = func(t *testing.T) { t.Helper(); script(t, "start", name) }
	s.rename = func(t *testing.T, statuses [6]string) {
		t.Helper()
		for i, status := range statuses {
			script(t, "sql", name, "UPDATE issue_statuses SET name = ? WHERE id = ?", status, strconv.Itoa(i+1))
		}
	}
	return s
}

// script runs testdata/redmine.sh.
func script(t *testing.T, arguments ...string) string {
	t.Helper()
	// Not the test's context: it has ended when the server is dropped.
	cmd := exec.Command(filepath.Join("testdata", "redmine.sh"), arguments...)
	var talk strings.Builder
	cmd.Stderr = &talk
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("redmine.sh %s: %v: %s", strings.Join(arguments, " "), err, talk.String())
	}
	return string(out)
}

// clone is one clone of a site's repository: its ledger and its mirror.
type clone struct {
	s        *stand
	upgrade  tracker.Upgrade
	mirror   *tracker.Mirror
	settings tracker.Settings
	client   *redmine.Client
	asked    *atomic.Int64 // requests of the client
}

// clone makes one with the key of somebody and so many branches that wait for everything.
func (s *stand) clone(t *testing.T, key string, branches int) *clone {
	t.Helper()
	c := &clone{s: s, asked: new(atomic.Int64)}
	c.upgrade = tracker.Upgrade{
		Site: fmt.Sprintf("S%08X", rand.Uint32()), Series: "4.5", From: "4.1", Subject: "Upgrade to Moodle 4.5",
		Description: tracker.Text{{Kind: tracker.Paragraph, Lines: []string{"All branches."}}},
	}
	for i := range branches {
		name := fmt.Sprintf("LUVLE-4.1-hack-mod_forum-%03d", i)
		c.upgrade.Branches = append(c.upgrade.Branches, tracker.Branch{
			Name: name, State: "todo", Subject: "Port " + name,
			Description: tracker.Text{{Kind: tracker.Paragraph, Lines: []string{"A change of the forum."}}},
		})
	}
	c.settings = tracker.Settings{
		Clone: "one", Who: "Mary", People: map[string]string{"Ann": "Simon Second", "Bob": "Dora Developer"},
		Version: "Moodle 4.5",
	}
	c.connect(t, key)
	return c
}

// connect gives the clone a key.
func (c *clone) connect(t *testing.T, key string) {
	t.Helper()
	at := c.s.site
	at.sent = func(web.Sent) { c.asked.Add(1) }
	c.client = at.client(t, key)
}

// twin is another clone that has synced the mgit branch with this one.
func (c *clone) twin(t *testing.T, key, name string) *clone {
	t.Helper()
	twin := *c
	twin.asked = new(atomic.Int64)
	twin.upgrade.Branches = slices.Clone(c.upgrade.Branches)
	twin.settings.Clone = name
	twin.connect(t, key)
	return &twin
}

// sync syncs, keeps the mirror and takes over what came in.
func (c *clone) sync(t *testing.T, o tracker.Options) (*tracker.Result, error) {
	t.Helper()
	o.Settle = c.s.settle
	result, err := tracker.Sync(t.Context(), c.client, c.upgrade, c.mirror, c.settings, o)
	if result == nil {
		return nil, err
	}
	c.mirror = result.Mirror
	for _, in := range result.Incoming {
		b := c.branch(in.Branch)
		switch in.Key {
		case "state":
			b.State, b.Reason = in.New, in.Reason
			b.IsDecided = in.New == "dropped" || in.New == "held"
		case "owner":
			b.Owner = in.New
		}
	}
	return result, err
}

// mustSync is sync without an error.
func (c *clone) mustSync(t *testing.T) *tracker.Result {
	t.Helper()
	result, err := c.sync(t, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (c *clone) branch(name string) *tracker.Branch {
	i := slices.IndexFunc(c.upgrade.Branches, func(b tracker.Branch) bool { return b.Name == name })
	return &c.upgrade.Branches[i]
}

// item is something to be told.
func item(text string) tracker.Item {
	body := tracker.Text{{Kind: tracker.Paragraph, Lines: []string{text}}}
	return tracker.Item{ID: tracker.ItemID("test", text), Text: body}
}

// issues are the upgrade's, by the Thing of their markers. One that is there twice fails
// the test, and so does one that does not stand where it should, unless that was told.
func (c *clone) issues(t *testing.T, told ...tracker.Ignored) map[string]tracker.Issue {
	t.Helper()
	m := tracker.Marker{Site: c.upgrade.Site, Series: c.upgrade.Series}
	found, err := c.s.client(t, adminKey).Find(t.Context(), m.String())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]tracker.Issue{}
	for _, issue := range found {
		is, ok := tracker.FindMarker(issue.Description)
		if !ok || is.Upgrade() != m {
			t.Errorf("issue %s has the marker %v", issue.ID, is)
		}
		if other, ok := all[is.Thing]; ok {
			t.Errorf("%q has the issues %s and %s", is.Thing, other.ID, issue.ID)
		}
		all[is.Thing] = issue
	}
	for thing, issue := range all {
		isTold := slices.ContainsFunc(told, func(i tracker.Ignored) bool { return i.Key == "parent" && i.Issue == issue.ID })
		if thing != "" && issue.Parent != all[""].ID && !isTold {
			t.Errorf("%q stands below %q in silence", thing, issue.Parent)
		}
	}
	return all
}

// agrees checks that the tracker says what the ledger says, wherever the sync did not
// tell that it does not.
func (c *clone) agrees(t *testing.T, told []tracker.Ignored) map[string]tracker.Issue {
	t.Helper()
	all := c.issues(t, told...)
	status := map[string]string{
		"todo": "New", "held": "New", "parked": "Feedback", "moved": "In Progress", "tested": "Resolved",
		"in-test": "Resolved", "in-deployment": "Closed", "dropped": "Rejected",
	}
	person := map[string]string{"Ann": "Simon Second", "Bob": "Dora Developer"}
	for _, b := range c.upgrade.Branches {
		issue, ok := all[b.Name]
		if !ok {
			t.Errorf("%s has no issue", b.Name)
			continue
		}
		is := map[string]string{"status": issue.Status.Name, "assignee": issue.Assignee.Name, "version": issue.Version, "subject": issue.Subject}
		want := map[string]string{"status": status[b.State], "assignee": person[b.Owner], "version": c.settings.Version, "subject": b.Subject}
		for _, id := range slices.Sorted(maps.Keys(b.Fields)) {
			is["field "+id], want["field "+id] = issue.Fields[id], b.Fields[id]
		}
		for key, value := range want {
			isTold := slices.ContainsFunc(told, func(i tracker.Ignored) bool { return i.Branch == b.Name && i.Key == key })
			if is[key] != value && !isTold {
				t.Errorf("%s: %s is %q and not %q, in silence", b.Name, key, is[key], value)
			}
		}
	}
	return all
}

// edit changes an issue as somebody does in the browser.
func (c *clone) edit(t *testing.T, key, id string, change tracker.Change) {
	t.Helper()
	if err := c.s.client(t, key).Update(t.Context(), id, change); err != nil {
		t.Fatal(err)
	}
}
