package redmine_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"mgit/internal/tracker"
	"mgit/internal/tracker/redmine"
	"mgit/internal/web"
)

// Every scenario is played on the fake, and on the real one where there is one.
func TestSyncOnFake(t *testing.T) {
	t.Parallel()
	for name, play := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { play(t, fakeStand(t)) })
		})
	}
}

func TestSyncOnRedmine(t *testing.T) {
	t.Parallel()
	real(t)
	// One after the other: the server does one thing at a time.
	for _, name := range slices.Sorted(maps.Keys(shared())) {
		t.Run(name, func(t *testing.T) { shared()[name](t, realStand(t)) })
	}
}

// What changes the server, or ends it, has one of its own.
func TestSyncOnOwnRedmine(t *testing.T) {
	t.Parallel()
	real(t)
	s := ownStand(t)
	for _, name := range slices.Sorted(maps.Keys(owned())) {
		t.Run(name, func(t *testing.T) { owned()[name](t, s) })
	}
}

func scenarios() map[string]func(*testing.T, *stand) {
	all := shared()
	maps.Copy(all, owned())
	return all
}

func shared() map[string]func(*testing.T, *stand) {
	return map[string]func(*testing.T, *stand){
		"both ways":             bothWays,
		"forbidden transitions": forbidden,
		"missing rights":        weakKey,
		"wrong key":             wrongKey,
		"closed parents":        closedParents,
		"many branches":         manyBranches,
		"two at once":           twoAtOnce,
		"where it looks":        whereItLooks,
	}
}

func owned() map[string]func(*testing.T, *stand) {
	return map[string]func(*testing.T, *stand){
		"words of another language": otherWords,
		"a right is taken away":     rightTakenAway,
		"REST is switched off":      switchedOff,
		"killed in the middle":      killed,
	}
}

// bothWays: what the ledger says goes out, what people change comes in, and then there is
// nothing to do.
func bothWays(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, 8)
	for i, state := range []string{"todo", "parked", "moved", "tested", "in-test", "in-deployment", "dropped", "held"} {
		b := &c.upgrade.Branches[i]
		b.State, b.IsDecided, b.Reason = state, state == "dropped" || state == "held", "as it was said"
		b.Items = []tracker.Item{item("told about " + state)}
		b.Fields = map[string]string{"1": "mod_forum"}
	}
	c.upgrade.Branches[2].Owner = "Ann"
	c.upgrade.Branches[2].Links = []string{}
	first := c.mustSync(t)
	if len(first.Ignored) > 0 || len(first.Disagreements) > 0 {
		t.Errorf("ignored %+v, disagreements %+v", first.Ignored, first.Disagreements)
	}
	all := c.agrees(t, first.Ignored)
	c.quiet(t)

	moved, tested := all[c.upgrade.Branches[2].Name], all[c.upgrade.Branches[3].Name]
	status, nobody := "Resolved", ""
	c.edit(t, secondKey, moved.ID, tracker.Change{Status: &status, Assignee: &nobody, Note: "works here"})
	c.branch(c.upgrade.Branches[3].Name).State = "in-deployment"
	result := c.mustSync(t)
	came := map[string]string{}
	for _, in := range result.Incoming {
		came[in.Key] = in.Branch + " " + in.New
	}
	name := c.upgrade.Branches[2].Name
	if want := map[string]string{"state": name + " tested", "owner": name + " ", "note": name + " works here"}; !maps.Equal(came, want) {
		t.Errorf("came in: %v", came)
	}
	if now := c.agrees(t, result.Ignored)[c.upgrade.Branches[3].Name]; now.Status.Name != "Closed" || now.ID != tested.ID {
		t.Errorf("went out: %+v", now)
	}
	c.quiet(t)
}

// quiet checks that the next sync writes nothing and takes nothing in.
func (c *clone) quiet(t *testing.T) {
	t.Helper()
	result := c.mustSync(t)
	if len(result.Made) > 0 || len(result.Incoming) > 0 {
		t.Errorf("again: %+v, %+v", result.Made, result.Incoming)
	}
}

// forbidden: a developer may not reject in Redmine's own workflow, which answers as if it
// had been done.
func forbidden(t *testing.T, s *stand) {
	c := s.clone(t, developerKey, 2)
	b := &c.upgrade.Branches[0]
	b.State, b.IsDecided, b.Reason = "dropped", true, "nobody uses it"
	result := c.mustSync(t)
	c.agrees(t, result.Ignored)
	i := slices.IndexFunc(result.Ignored, func(i tracker.Ignored) bool { return i.Branch == b.Name && i.Key == "status" })
	if i < 0 || result.Ignored[i].Wanted != "Rejected" || result.Ignored[i].Is != "New" {
		t.Errorf("ignored: %+v", result.Ignored)
	}
	// It is told again, and not tried again.
	again := c.mustSync(t)
	if len(again.Made) > 0 || !slices.ContainsFunc(again.Ignored, func(i tracker.Ignored) bool { return i.Key == "status" }) {
		t.Errorf("again: %+v, %+v", again.Made, again.Ignored)
	}
	// With another key it can be.
	c.connect(t, managerKey)
	result, err := c.sync(t, tracker.Options{Again: true})
	if err != nil || len(result.Ignored) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
	c.agrees(t, nil)
}

// weakKey: a reporter makes issues that stand alone, and changes none. That is told, and a
// later sync, which cannot keep others away, writes nothing.
func weakKey(t *testing.T, s *stand) {
	c := s.clone(t, reporterKey, 2)
	b := &c.upgrade.Branches[0]
	b.State, b.Owner, b.Items = "moved", "Ann", []tracker.Item{item("moved to 4.5")}
	result := c.mustSync(t)
	c.agrees(t, result.Ignored)
	told := map[string]int{}
	for _, i := range result.Ignored {
		told[i.Key]++
	}
	if want := map[string]int{"parent": 2, "status": 1}; !maps.Equal(told, want) {
		t.Errorf("ignored: %+v", result.Ignored)
	}
	if missing, err := c.client.Missing(t.Context()); err != nil || !slices.Contains(missing, "Edit issues") {
		t.Errorf("missing %v, %v", missing, err)
	}
	before := c.issues(t, result.Ignored...)
	b.Items = append(b.Items, item("more"))
	if _, err := c.sync(t, tracker.Options{}); !errors.Is(err, tracker.ErrMark) {
		t.Errorf("the error is %v", err)
	}
	for thing, issue := range c.issues(t, result.Ignored...) {
		if thing != "" && !issue.Updated.Equal(before[thing].Updated) {
			t.Errorf("%s was changed", thing)
		}
	}
}

// wrongKey: an empty list is no reason to make issues.
func wrongKey(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, 1)
	c.mustSync(t)
	for _, key := range []string{unknownKey, strangerKey} {
		c.connect(t, key)
		result, err := c.sync(t, tracker.Options{})
		if want := map[string]error{unknownKey: tracker.ErrKey, strangerKey: tracker.ErrProject}[key]; !errors.Is(err, want) || result != nil {
			t.Errorf("%+v, %v", result, err)
		}
	}
	if all := c.issues(t); len(all) != 2 {
		t.Errorf("issues: %v", all)
	}
}

// closedParents: Redmine closes no issue above open ones, and makes no open one below a
// closed one.
func closedParents(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, 1)
	c.mustSync(t)
	all := c.issues(t)
	closed := "Closed"
	c.edit(t, secondKey, all[""].ID, tracker.Change{Status: &closed})
	if top := c.issues(t)[""]; top.Status.Closed {
		t.Fatal("it was closed above an open one")
	}
	c.edit(t, secondKey, all[c.upgrade.Branches[0].Name].ID, tracker.Change{Status: &closed})
	c.edit(t, secondKey, all[""].ID, tracker.Change{Status: &closed})
	if top := c.issues(t)[""]; !top.Status.Closed {
		t.Fatal("it was not closed")
	}
	// A branch that comes later.
	c.upgrade.Branches = append(c.upgrade.Branches, tracker.Branch{Name: "LUVLE-4.1-hack-late", State: "todo", Subject: "Late"})
	result := c.mustSync(t)
	if _, ok := c.issues(t, result.Ignored...)["LUVLE-4.1-hack-late"]; !ok {
		isTold := slices.ContainsFunc(result.Ignored, func(i tracker.Ignored) bool {
			return i.Branch == "LUVLE-4.1-hack-late" && strings.Contains(i.Reason, "closed parent")
		})
		if !isTold {
			t.Errorf("no issue was made, in silence: %+v", result.Ignored)
		}
	}
}

// manyBranches: three writes a branch at most the first time, and eight requests when
// nothing changed.
func manyBranches(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, s.branches)
	for i := range c.upgrade.Branches {
		if i%5 == 0 {
			b := &c.upgrade.Branches[i]
			b.State, b.Owner, b.Items = "moved", "Ann", []tracker.Item{item("moved " + b.Name)}
		}
	}
	result := c.mustSync(t)
	c.agrees(t, result.Ignored)
	first := c.asked.Swap(0)
	c.quiet(t)
	again := c.asked.Load()
	t.Logf("%d branches: %d requests first, %d when nothing changed", s.branches, first, again)
	if most := int64(8 + max(s.branches-200, 0)/100); again > most {
		t.Errorf("%d requests without a change", again)
	}
	if most := int64(3*s.branches + 40); first > most {
		t.Errorf("%d requests for %d branches", first, s.branches)
	}
}

// twoAtOnce: two clones begin at the same moment, and again from what they know then.
func twoAtOnce(t *testing.T, s *stand) {
	one := s.clone(t, managerKey, min(s.branches/10, 12))
	two := one.twin(t, secondKey, "two")
	for round := range 2 {
		var both sync.WaitGroup
		for _, c := range []*clone{one, two} {
			both.Go(func() {
				if _, err := c.sync(t, tracker.Options{}); err != nil {
					t.Errorf("round %d: clone %s: %v", round, c.settings.Clone, err)
				}
			})
		}
		both.Wait()
		all := one.agrees(t, nil)
		if len(all) != len(one.upgrade.Branches)+1 {
			t.Errorf("round %d: %d issues for %d branches", round, len(all), len(one.upgrade.Branches))
		}
		for _, b := range one.upgrade.Branches {
			if one.mirror.Branches[b.Name].Issue != two.mirror.Branches[b.Name].Issue {
				t.Errorf("%s is two issues to two clones", b.Name)
			}
		}
		for i := range one.upgrade.Branches {
			b := &one.upgrade.Branches[i]
			b.State, b.Items = "moved", append(b.Items, item("moved "+b.Name))
			two.upgrade.Branches[i] = *b
		}
	}
	for thing, issue := range one.issues(t) {
		read, err := one.client.Read(t.Context(), issue.ID)
		if err != nil || thing != "" && len(read.Notes) != 1 {
			t.Errorf("%s was told %d times: %v", thing, len(read.Notes), err)
		}
	}
}

// rightTakenAway: a developer who may not manage subtasks any more makes issues that stand
// alone, and it is told.
func rightTakenAway(t *testing.T, s *stand) {
	s.rights(t, "Developer", "-manage_subtasks")
	c := s.clone(t, developerKey, 2)
	result := c.mustSync(t)
	told := 0
	for _, i := range result.Ignored {
		if i.Key == "parent" {
			told++
		}
	}
	if told != 2 {
		t.Errorf("ignored: %+v", result.Ignored)
	}
	c.agrees(t, result.Ignored)
	if missing, err := c.client.Missing(t.Context()); err != nil || !slices.Equal(missing, []string{"Manage subtasks"}) {
		t.Errorf("missing %v, %v", missing, err)
	}
	s.rights(t, "Developer", "+manage_subtasks")
	result, err := c.sync(t, tracker.Options{Again: true})
	if err != nil || len(result.Ignored) > 0 {
		t.Errorf("with the right: %+v, %v", result.Ignored, err)
	}
	c.agrees(t, nil)
}

// switchedOff: it is told what has to be switched on, and in the middle of a sync too.
func switchedOff(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, 3)
	s.setting(t, "rest_api_enabled", "0")
	if result, err := c.sync(t, tracker.Options{}); !errors.Is(err, tracker.ErrSwitchedOff) || result != nil {
		t.Errorf("%+v, %v", result, err)
	}
	s.setting(t, "rest_api_enabled", "1")
	result, err := c.sync(t, tracker.Options{Progress: func(p tracker.Progress) {
		if p.Made == 2 {
			s.setting(t, "rest_api_enabled", "0")
		}
	}})
	if err == nil || result == nil || len(result.Waiting) == 0 {
		t.Errorf("in the middle: %+v, %v", result, err)
	}
	s.setting(t, "rest_api_enabled", "1")
	c.mustSync(t)
	if all := c.agrees(t, nil); len(all) != 4 {
		t.Errorf("issues: %v", all)
	}
	c.quiet(t)
}

// killed: the server dies in the middle of a sync. The next one, of this clone, of one
// that lost what this one knew, and of another clone, goes on.
func killed(t *testing.T, s *stand) {
	for _, after := range s.kills {
		c := s.clone(t, managerKey, 6)
		for i := range c.upgrade.Branches {
			b := &c.upgrade.Branches[i]
			b.State, b.Items = "moved", []tracker.Item{item("moved " + b.Name)}
		}
		result, err := c.sync(t, tracker.Options{Progress: func(p tracker.Progress) {
			if p.Waiting == "" && p.Made == after {
				s.kill(t)
			}
		}})
		var away *web.UnreachableError
		if !errors.As(err, &away) || result == nil || len(result.Waiting) == 0 {
			t.Fatalf("killed after %d: %+v, %v", after, result, err)
		}
		s.start(t)
		if after == 1 {
			c.mirror = nil // and so does what this clone knew
		}
		next := c.mustSync(t)
		if all := c.agrees(t, next.Ignored); len(all) != 7 {
			t.Errorf("issues: %v", all)
		}
		for thing, issue := range c.issues(t) {
			read, err := c.client.Read(t.Context(), issue.ID)
			if err != nil || thing != "" && len(read.Notes) != 1 {
				t.Errorf("%s was told %d times: %v", thing, len(read.Notes), err)
			}
		}
		c.quiet(t)
	}
}

// whereItLooks: an issue of a subproject is found, one of a project beside it is not, and
// a private one by who sees it.
func whereItLooks(t *testing.T, s *stand) {
	c := s.clone(t, managerKey, 0)
	m := tracker.Marker{Site: c.upgrade.Site, Series: "4.5"}
	made := map[string]string{}
	for _, project := range []string{"moodle-upgrade", "moodle-plugins", "sandbox"} {
		client := redmine.New(s.server(t, managerKey), redmine.Options{Project: project})
		issue, err := client.Create(t.Context(), "", tracker.Draft{Subject: project, Description: m.String()})
		if err != nil {
			t.Fatal(err)
		}
		made[project] = issue.ID
	}
	for key, want := range map[string][]string{
		managerKey: {made["moodle-upgrade"], made["moodle-plugins"]}, developerKey: {made["moodle-plugins"]},
	} {
		if key == developerKey {
			_, err := s.server(t, managerKey).JSON(t.Context(), web.Request{
				Method: http.MethodPut, Path: "issues/" + made["moodle-upgrade"] + ".json",
				Body: map[string]any{"issue": map[string]any{"is_private": true}},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.client(t, key).Read(t.Context(), made["moodle-upgrade"]); !errors.Is(err, tracker.ErrNotFound) {
				t.Errorf("read a private issue: %v", err)
			}
		}
		var got []string
		found, err := s.client(t, key).Find(t.Context(), m.String())
		for _, issue := range found {
			got = append(got, issue.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("found %v, not %v: %v", got, want, err)
		}
	}
}

// otherWords: Redmine's default configuration in German needs no settings, neither when it
// is written nor when nothing changed.
func otherWords(t *testing.T, s *stand) {
	s.rename(t, [6]string{"Neu", "In Bearbeitung", "Gelöst", "Feedback", "Erledigt", "Abgewiesen"})
	defer s.rename(t, [6]string{"New", "In Progress", "Resolved", "Feedback", "Closed", "Rejected"})
	c := s.clone(t, managerKey, 3)
	want := map[string]string{"moved": "In Bearbeitung", "dropped": "Abgewiesen", "in-deployment": "Erledigt"}
	for i, state := range slices.Sorted(maps.Keys(want)) {
		b := &c.upgrade.Branches[i]
		b.State, b.IsDecided = state, state == "dropped"
	}
	if result := c.mustSync(t); len(result.Ignored) > 0 || len(result.Plan.Warnings) > 0 {
		t.Errorf("ignored %+v, warnings %+v", result.Ignored, result.Plan.Warnings)
	}
	all := c.issues(t)
	for _, b := range c.upgrade.Branches {
		if got := all[b.Name].Status.Name; got != want[b.State] {
			t.Errorf("%s is %q", b.State, got)
		}
	}
	c.quiet(t)
}
