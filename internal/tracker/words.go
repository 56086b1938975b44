package tracker

import (
	"slices"
	"strings"
)

// The states of the work on a branch, as upgrade has them.
const (
	stateTodo         = "todo"
	stateParked       = "parked"
	stateMoved        = "moved"
	stateTested       = "tested"
	stateInTest       = "in-test"
	stateInDeployment = "in-deployment"
	stateDropped      = "dropped"
	stateHeld         = "held"
)

// States are the words for how far the work on a branch is, in the order of the work.
func States() []string {
	return []string{stateTodo, stateParked, stateMoved, stateTested, stateInTest, stateInDeployment, stateDropped, stateHeld}
}

// doneAt is how many per cent are done in a state where the settings say nothing.
func doneAt(state string) int {
	switch state {
	case stateParked:
		return 10
	case stateMoved:
		return 50
	case stateTested:
		return 70
	case stateInTest:
		return 80
	case stateInDeployment, stateDropped:
		return 100
	}
	return 0
}

// words translates between the ledger's states and the tracker's statuses.
type words struct {
	status   map[string]string // by state
	done     map[string]int
	statuses []Status
	missing  []string // statuses that the settings name and the tracker has not
}

func newWords(caps Capabilities, s Settings, statuses []Status) words {
	w := words{status: map[string]string{}, done: s.Done, statuses: statuses}
	for _, state := range States() {
		name := caps.Status[state]
		if set, ok := s.Status[state]; ok {
			name = set
		}
		i := slices.IndexFunc(statuses, func(is Status) bool { return sameWord(is.Name, name) })
		switch {
		case name == "":
		case i >= 0:
			w.status[state] = statuses[i].Name
		case len(statuses) == 0:
			w.status[state] = name
		default:
			w.missing = append(w.missing, name)
		}
	}
	slices.Sort(w.missing)
	w.missing = slices.Compact(w.missing)
	return w
}

// check returns a *SettingError where the settings name a status that the tracker has not.
func (s Settings) check(statuses []Status) error {
	for _, state := range States() {
		name, isSet := s.Status[state]
		if !isSet || name == "" || len(statuses) == 0 || slices.ContainsFunc(statuses, func(is Status) bool { return sameWord(is.Name, name) }) {
			continue
		}
		wrong := &SettingError{Key: "status." + state, Name: name}
		for _, is := range statuses {
			wrong.There = append(wrong.There, is.Name)
		}
		return wrong
	}
	return nil
}

func sameWord(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// statusOf is the status that stands for a state; "" is none.
func (w words) statusOf(state string) string { return w.status[state] }

// statesOf are the states that a status stands for; none for one of people's own.
func (w words) statesOf(status string) []string {
	return slices.DeleteFunc(States(), func(state string) bool { return !sameWord(w.status[state], status) })
}

func (w words) doneOf(state string) int {
	if done, ok := w.done[state]; ok {
		return done
	}
	return doneAt(state)
}

func (w words) isClosed(status string) bool {
	return slices.ContainsFunc(w.statuses, func(s Status) bool { return s.Closed && sameWord(s.Name, status) })
}

// ending is the status of an upgrade's issue that is finished, or under way again: that
// for the state if it is of the right kind, else the tracker's first of that kind; "" for
// none.
func (w words) ending(closed bool) string {
	state := stateTodo
	if closed {
		state = stateInDeployment
	}
	if name := w.statusOf(state); name != "" && w.isClosed(name) == closed {
		return name
	}
	for _, s := range w.statuses {
		if s.Closed == closed {
			return s.Name
		}
	}
	return ""
}

// decidedBy returns the ledger's word for a status that somebody gave the issue of a branch,
// where that is for people to decide: that it is tested or not, that it is left behind or held
// back, that one which was is taken up again. All else is found out by runs.
//
// A status that stands for several states counts as the one by which nothing is given up;
// where giving up is but one of its meanings, it decides nothing.
func (w words) decidedBy(b Branch, status string) (state string, ok bool) {
	all := w.statesOf(status)
	has := func(state string) bool { return slices.Contains(all, state) }
	switch {
	case b.State == stateMoved && has(stateTested):
		return stateTested, true
	case b.State == stateTested && has(stateMoved):
		return stateMoved, true
	case isAside(b.State) && b.IsDecided && (has(stateTodo) || has(stateParked) || has(stateMoved)):
		return stateTodo, true
	case b.State == stateInDeployment || len(all) != 1:
		return "", false
	case has(stateDropped):
		return stateDropped, true
	case has(stateHeld):
		return stateHeld, true
	}
	return "", false
}
