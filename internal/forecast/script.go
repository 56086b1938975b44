package forecast

import (
	"regexp"
	"strings"
	"sync"

	"mgit/internal/moodle"
)

// Script is an upgrade.php as far as it was understood.
type Script struct {
	// Function is the name of the upgrade function; "" when the file has none.
	Function string
	// Steps are in the order of the file, which is the order in which they run.
	// A step inside another one follows it.
	Steps []Step
	// Always is what the function does besides, at every upgrade of its component.
	Always []Reason
	// Unread are the places that may hold a step and were not understood.
	Unread []Unread
}

// Step is a piece of an upgrade function that runs only for some old versions.
type Step struct {
	Line int
	// Below is the version of `$oldversion < Below`: the step runs for the versions
	// below it. It is "" for an `else`, which has only From.
	Below string
	// From is the least old version for which the step runs; "" for none. An
	// `else` and a range such as `$oldversion >= A && $oldversion < B` have it.
	From string
	// Inside says that it is a part of another step, which may record it.
	Inside bool
	// Condition is what else must hold, as the file has it; "" for nothing.
	Condition string
	// Savepoints are the versions that the step records when it is done.
	Savepoints []string
	// Calls are the calls that record them, those whose version is no literal included.
	Calls []SavepointCall
	// Stops says that the step ends the upgrade: Moodle refuses to upgrade from
	// versions that old. Says is the text that it prints.
	Stops bool
	Says  string
	// Weight is the heaviest of the reasons; Light when there is none.
	Weight  Weight
	Reasons []Reason
	// Queues are the tasks that run after the upgrade, by their classes.
	Queues []string

	bounds bounds
	code   string // its own code, to tell whether two steps are the same
}

// SavepointCall is a call of one of Moodle's functions that record how far an upgrade has come.
type SavepointCall struct {
	Line     int
	Function string // upgrade_main_savepoint, upgrade_mod_savepoint, …
	// Arguments are what the call is given: a literal without its quotes, a word such as true, and "" for any other
	// expression.
	Arguments []string
}

// Unread is a place that was not understood.
type Unread struct {
	Line int
	Text string // the code, cut to a line
	Why  string
}

// RunsFrom reports whether the step runs when the old version is the one given, in
// the steps around it too. Its Condition is taken to hold.
func (s Step) RunsFrom(old string) bool { return s.bounds.hold(old) }

// Remarks says what is unusual about the step's savepoint: an upgrade that is
// interrupted and repeated begins behind the last savepoint. all is whether any
// step of the file records one; in Moodle before 2.0 many plugins had none.
func (s Step) Remarks(all bool) []string {
	switch {
	case s.Below == "" || s.Stops || !all:
		return nil
	case len(s.Savepoints) == 0:
		return []string{"it records no savepoint: an upgrade that is interrupted does it again"}
	}
	for _, p := range s.Savepoints {
		if moodle.CompareVersions(p, s.Below) == 0 {
			return nil
		}
	}
	return []string{"its savepoint is " + strings.Join(s.Savepoints, ", ") + ", another number than its condition has"}
}

// HasSavepoints reports whether any step records one.
func (s Script) HasSavepoints() bool {
	for _, step := range s.Steps {
		if len(step.Savepoints) > 0 {
			return true
		}
	}
	return false
}

// bounds are the old versions for which a piece of code runs. An empty text is no
// bound.
type bounds struct {
	from, below       string
	after, through    bool // from itself does not count; below itself does
	isEmpty, isUnread bool
}

func (b bounds) hold(old string) bool {
	if b.isEmpty {
		return false
	}
	if b.from != "" {
		if c := moodle.CompareVersions(old, b.from); c < 0 || c == 0 && b.after {
			return false
		}
	}
	if b.below != "" {
		if c := moodle.CompareVersions(old, b.below); c > 0 || c == 0 && !b.through {
			return false
		}
	}
	return true
}

// and is what both allow.
func (b bounds) and(c bounds) bounds {
	if b.from == "" || c.from != "" && tighter(moodle.CompareVersions(c.from, b.from), c.after) {
		b.from, b.after = c.from, c.after
	}
	if b.below == "" || c.below != "" && tighter(moodle.CompareVersions(b.below, c.below), !c.through) {
		b.below, b.through = c.below, c.through
	}
	b.isEmpty = b.isEmpty || c.isEmpty
	b.isUnread = b.isUnread || c.isUnread
	return b
}

// tighter reports whether a bound that compares so with another is the tighter one.
func tighter(compared int, strict bool) bool { return compared > 0 || compared == 0 && strict }

// not is what b does not allow, where that is one range.
func (b bounds) not() bounds {
	switch {
	case b.isUnread || b.isEmpty || b.from != "" && b.below != "" || b.from == "" && b.below == "":
		return bounds{isUnread: true}
	case b.below != "":
		return bounds{from: b.below, after: b.through}
	default:
		return bounds{below: b.from, through: b.after}
	}
}

var upgradeFunction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^xmldb_[a-z0-9_]+_upgrade$`) })

// ParseScript reads an upgrade.php. helpers are further files, such as the db/upgradelib.php
// beside it: what their functions do counts for the step that calls them. It never
// fails: what it does not understand is in Unread.
func ParseScript(source []byte, helpers ...[]byte) Script {
	f := parseFile(source)
	lib := newLibrary(f)
	for _, h := range helpers {
		lib.add(parseFile(h))
	}
	var found []function
	for _, fn := range f.functions {
		if upgradeFunction().MatchString(fn.name) {
			found = append(found, fn)
		}
	}
	if len(found) == 0 {
		return Script{}
	}
	p := parser{file: f, script: Script{Function: found[0].name}}
	for _, fn := range found[1:] {
		p.unread(fn.open, fn.open+1, "a second upgrade function, "+fn.name)
	}
	p.read(found[0])
	lib.weigh(found[0], p.owner, &p.script)
	return p.script
}
