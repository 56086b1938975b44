package job_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mgit/internal/job"
	"mgit/internal/tracker"
)

const mirrorFile = "trackers/4.5.toml"

// mirror is what a clone knows of the tracker.
func (f *fixture) mirror() *tracker.Mirror {
	f.t.Helper()
	m, err := tracker.ParseMirror(mirrorFile, []byte(f.Git("show", "mgit:"+mirrorFile)+"\n"))
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// mirrored makes a clone know something else of a branch, as a sync does.
func (f *fixture) mirrored(m *tracker.Mirror, branch string, is tracker.Mirrored) int {
	f.t.Helper()
	m.Branches[branch] = is
	data, err := m.Encode()
	if err != nil {
		f.t.Fatal(err)
	}
	run, err := f.open("").StoreFile(f.t.Context(), mirrorFile, data)
	if err != nil {
		f.t.Fatal(err)
	}
	return run
}

func at(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC) }

// Two clones sync with the tracker before they sync with each other. What each found is
// joined without a question, and both hold the same then.
func TestMirrorsOfTwoClonesAreJoined(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	one, two := origin.colleague(), origin.colleague()
	begin := func() *tracker.Mirror { return tracker.NewMirror("redmine", "https://x.org", "p", "4.5") }
	one.mirrored(begin(), "a", tracker.Mirrored{Issue: "12", State: "moved", Told: []string{"1"}, Seen: "9", Updated: at(1)})
	two.mirrored(begin(), "a", tracker.Mirrored{Issue: "12", State: "tested", Told: []string{"2"}, Seen: "10", Updated: at(2)})
	two.mirrored(two.mirror(), "b", tracker.Mirrored{Issue: "13"})
	one.sync()
	if s := two.sync(); len(s.Disagreements) > 0 {
		t.Errorf("%+v", s.Disagreements)
	}
	one.sync()
	for i, f := range []*fixture{one, two} {
		m := f.mirror()
		if a := m.Branches["a"]; a.State != "tested" || a.Seen != "10" || !slices.Equal(a.Told, []string{"1", "2"}) || m.Branches["b"].Issue != "13" {
			t.Errorf("clone %d: %+v", i, m.Branches)
		}
	}
	// One takes its first sync back, after another one has told more.
	run := one.mirrored(one.mirror(), "b", tracker.Mirrored{Issue: "13", State: "moved"})
	later := one.mirror()
	later.Upgrade.Issue = "7"
	one.mirrored(later, "a", tracker.Mirrored{Issue: "12", State: "tested", Told: []string{"1", "2", "3"}, Seen: "10", Updated: at(3)})
	one.undo(run)
	if m := one.mirror(); m.Branches["b"].State != "" || m.Branches["b"].Issue != "13" || len(m.Branches["a"].Told) != 3 || m.Upgrade.Issue != "7" {
		t.Errorf("%+v", m)
	}
}

// The undo of a first sync takes its file away, but not what another one has entered since;
// the other clone hears of it.
func TestMirrorIsTakenBack(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	one, two := origin.colleague(), origin.colleague()
	begin := func() *tracker.Mirror { return tracker.NewMirror("redmine", "https://x.org", "p", "4.5") }
	run := one.mirrored(begin(), "a", tracker.Mirrored{Issue: "12"})
	one.undo(run)
	if files := one.Git("ls-tree", "-r", "--name-only", "mgit"); strings.Contains(files, mirrorFile) {
		t.Errorf("%s", files)
	}
	run = one.mirrored(begin(), "a", tracker.Mirrored{Issue: "12"})
	one.sync()
	two.sync()
	two.mirrored(two.mirror(), "b", tracker.Mirrored{Issue: "13"})
	one.undo(run)
	one.sync()
	if s := two.sync(); len(s.Disagreements) > 0 {
		t.Errorf("%+v", s.Disagreements)
	}
	if m := two.mirror(); m.Branches["a"].Issue != "" || m.Branches["b"].Issue != "13" || m.Kind != "redmine" {
		t.Errorf("%+v", m)
	}
}

// What cannot be read is named with its line, and one of a newer format stops the sync
// instead of being cut down.
func TestMirrorThatCannotBeRead(t *testing.T) {
	t.Parallel()
	origin := newFixture(t)
	one, two := origin.colleague(), origin.colleague()
	one.mirrored(tracker.NewMirror("redmine", "https://x.org", "p", "4.5"), "a", tracker.Mirrored{Issue: "12"})
	two.shared(mirrorFile, "format = 2\n")
	one.sync()
	if _, err := job.Sync(t.Context(), two.open(""), false); err == nil || !strings.Contains(err.Error(), mirrorFile+":1: format: this is format 2") {
		t.Errorf("%v", err)
	}
	check, err := job.CheckConfig(t.Context(), two.open(""))
	if err != nil || len(check.Problems) != 1 || check.Problems[0].File != mirrorFile || check.Problems[0].Line != 1 {
		t.Errorf("%+v, %v", check, err)
	}
}
