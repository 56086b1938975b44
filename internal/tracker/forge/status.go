// Package forge is what GitHub and GitLab have in common as trackers: an issue is open or
// closed and everything finer is a label, lists come in pages that name the next one, and
// too many writes in a row are refused.
//
// What is asked of which forge is left to its client.
package forge

import (
	"fmt"
	"slices"
	"strings"

	"mgit/internal/tracker"
)

// State is one of the few states that a forge itself has.
type State struct {
	Name   string // "open"
	Closed bool
}

// Statuses are the statuses of a forge: a state alone, "open", or with a word, "open:
// parked". The word is a label of the issue, "mgit: parked" where the prefix is "mgit: ".
type Statuses struct {
	prefix string
	states []State
	named  []string
}

// NewStatuses returns those of a forge. The first state is that of a new issue. Names are
// the ones that stand for states of the ledger; those that are none are left out.
func NewStatuses(prefix string, states []State, names ...string) *Statuses {
	s := &Statuses{prefix: prefix, states: states}
	for _, state := range states {
		s.named = append(s.named, state.Name)
	}
	for _, name := range names {
		if _, _, ok := s.Parse(name); ok && name != "" && !slices.Contains(s.named, name) {
			s.named = append(s.named, name)
		}
	}
	return s
}

// All lists the statuses that were named, open ones first.
func (s *Statuses) All() []tracker.Status {
	all := make([]tracker.Status, 0, len(s.named))
	for _, name := range s.named {
		all = append(all, s.status(name))
	}
	slices.SortStableFunc(all, func(a, b tracker.Status) int {
		switch {
		case a.Closed == b.Closed:
			return 0
		case a.Closed:
			return 1
		}
		return -1
	})
	return all
}

// status is the one with a name that can be parsed.
func (s *Statuses) status(name string) tracker.Status {
	state, _, _ := s.Parse(name)
	i := slices.IndexFunc(s.states, func(one State) bool { return one.Name == state })
	return tracker.Status{Name: name, Closed: i >= 0 && s.states[i].Closed}
}

// Parse splits a status into its state and its label; "" is that of a new issue.
func (s *Statuses) Parse(name string) (state, label string, ok bool) {
	if name == "" {
		return s.states[0].Name, "", true
	}
	state, word, hasWord := strings.Cut(name, ": ")
	if hasWord && (strings.TrimSpace(word) != word || word == "" || strings.Contains(word, ",")) {
		return "", "", false // it could not be read back from a label
	}
	if !slices.ContainsFunc(s.states, func(one State) bool { return one.Name == state }) {
		return "", "", false
	}
	if hasWord {
		label = s.prefix + word
	}
	return state, label, true
}

// Split is Parse with a refusal for a status that there cannot be.
func (s *Statuses) Split(name string) (state, label string, err error) {
	state, label, ok := s.Parse(name)
	if ok {
		return state, label, nil
	}
	var names []string
	for _, one := range s.states {
		names = append(names, one.Name)
	}
	last := len(names) - 1
	return "", "", &tracker.RefusedError{Reasons: []string{fmt.Sprintf(
		"there is no status %q: a status is %s or %s, or one of them with a label, as in open: parked", name, strings.Join(names[:last], ", "), names[last])}}
}

// Counting are the labels of an issue that say something about its status, sorted. Closing
// an issue is enough to close it: words that are left from when it was open do not count,
// unless a status is named so.
func (s *Statuses) Counting(state State, labels []string) []string {
	var counting []string
	for _, label := range labels {
		word, ok := strings.CutPrefix(label, s.prefix)
		if ok && (!state.Closed || slices.Contains(s.named, state.Name+": "+word)) {
			counting = append(counting, label)
		}
	}
	slices.Sort(counting)
	return counting
}

// Of is the status of an issue in a state with labels. Where people gave it another word
// and left the old one, the newest label counts; where that is not known, all are named,
// which is a status that mgit leaves alone.
func (s *Statuses) Of(state State, labels []string, newest string) tracker.Status {
	counting := s.Counting(state, labels)
	if slices.Contains(counting, newest) {
		counting = []string{newest}
	}
	name := state.Name
	for i, label := range counting {
		name += []string{": ", ", "}[min(i, 1)] + strings.TrimPrefix(label, s.prefix)
	}
	return tracker.Status{Name: name, Closed: state.Closed}
}

// Relabel splits what becomes of an issue's labels when its status does: those to add and
// those to take away. Labels that say nothing about the status stay.
func (s *Statuses) Relabel(labels []string, want string) (add, remove []string) {
	for _, label := range labels {
		if label != want && strings.HasPrefix(label, s.prefix) {
			remove = append(remove, label)
		}
	}
	if want != "" && !slices.Contains(labels, want) {
		add = append(add, want)
	}
	return add, remove
}

// Label is what all issues of an upgrade are labelled with, so that a list has them as
// soon as they are made: "mgit 4.5". It is "" of a text that names no upgrade. A text that
// is only the beginning of a marker names its upgrade already.
func Label(text string) string {
	if m, ok := tracker.FindMarker(text); ok {
		return labelOf(m.Series)
	}
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "mgit:")
		site, rest, hasSeries := strings.Cut(rest, ":")
		series, _, _ := strings.Cut(rest, ":")
		if ok && hasSeries && site != "" {
			return labelOf(series)
		}
	}
	return ""
}

// labelOf is the label for a series. Lists of labels are parted by commas.
func labelOf(series string) string {
	if series == "" || strings.ContainsAny(series, ", ") {
		return ""
	}
	return "mgit " + series
}
