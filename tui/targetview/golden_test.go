package targetview

import (
	"errors"
	"testing"

	"mgit/internal/job"
	"mgit/tui/screen"
	"mgit/tui/tuitest"
)

func drive(t *testing.T, look string, s *sample) *tuitest.Driver {
	v := shown(t, look, s)
	return tuitest.Drive(t, v.host, v, 80, 24, "")
}

func TestGoldenViews(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		names []string
		keys  []string
	}{
		{"contents", usual(), nil},
		{"contents-selected", usual(), []string{"enter", "j", "j"}},
		{"contents-odd", odd(), []string{"enter", "j"}},
		{"conflicts", usual(), []string{"c", "j"}},
		{"conflicts-odd", odd(), []string{"c"}},
		{"conflicts-many", many(120), []string{"c", "G", "n", "N"}},
		{"conflicts-list", many(120), []string{"c", "f", "w", "j"}},
		{"releases", usual(), []string{"u"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, "plain", newSample(t, c.names))
			d.Press(c.keys...)
			d.Goldens(c.name)
		})
	}
}

func TestGoldenColours(t *testing.T) {
	t.Parallel()
	d := drive(t, "dark", newSample(t, usual()))
	tuitest.Golden(t, "colour-contents", d.Render())
	d.Press("c", "j")
	tuitest.Golden(t, "colour-conflicts", d.Render())
}

// Nothing there, and nothing to be had.
func TestGoldenEmptyAndWrong(t *testing.T) {
	t.Parallel()
	empty := &job.StatusReport{}
	for name, fill := range map[string]func(*View){
		"empty": func(v *View) {
			v.site.Answer(facts{status: empty}, nil)
			v.tags.list.Answer(&job.ReleaseList{}, nil)
			v.answered(screen.Answered{})
		},
		"error": func(v *View) { v.site.Answer(facts{}, errors.New("the mgit branch cannot be read")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := New(tuitest.Host(t, "plain", nil))
			v.host.Explain = func(err error) (string, string) { return err.Error(), "mgit doctor says more\nmgit init begins" }
			fill(v)
			d := tuitest.Drive(t, v.host, v, 80, 24, "")
			d.Goldens(name)
			d.Press("c") // there are no conflicts of nothing
			if v.mode != contents {
				t.Error("c leaves the targets although there are none")
			}
			if name == "empty" {
				d.Press("u")
				d.Goldens("empty-releases")
			}
		})
	}
}

// What failed is said where it would stand, and what is known otherwise stays.
func TestGoldenErrorBesideTheOldAnswer(t *testing.T) {
	t.Parallel()
	s := newSample(t, usual())
	v := shown(t, "plain", s)
	a := v.of("LUVLE-4.5-test")
	a.proof.Answer(nil, errors.New("object a1b2 is missing"))
	d := tuitest.Drive(t, v.host, v, 80, 24, "")
	d.Goldens("error-contents")
}
