package check

import (
	"context"
	"slices"
	"sync"
)

// Severity is how much a finding weighs.
type Severity string

// The severities. Only errors keep a commit from being made, unless warnings are taken as such, too.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Off     Severity = "off" // in settings only: the rule is not asked
)

// Severities lists what settings may say.
func Severities() []Severity { return []Severity{Error, Warning, Off} }

// Rule is one thing that is judged. Of the functions it has one or more, each for another moment: a rule about
// files has nothing to say of a message.
type Rule struct {
	// ID is what settings, waivers and reports call the rule: lower case with hyphens. It never changes.
	ID string
	// Family is what the rule is about, one of Families.
	Family string
	// Severity is what a finding weighs while no setting says otherwise. A rule may report a finding as less.
	Severity Severity
	// Title says in a few words what is found: "conflict marker left in a file".
	Title string
	// Why says in a sentence what goes wrong otherwise.
	Why string
	// Hint says what to do about a finding that has no hint of its own.
	Hint string
	// Final rules cannot be waived by a trailer or --allow, nor be switched off.
	Final bool

	// file judges one file as the change leaves it; its content is there. It is not asked for deleted files
	// and submodules.
	file func(*Judge, *File)
	// files judges some files together, where asking one after the other takes too long. The rest is as for file.
	files func(*Judge, []*File)
	// whole judges the change as a whole, and the branch.
	whole func(*Judge)
	// message judges the message of a commit.
	message func(*Judge, *Message)
}

// IsAboutMessages reports whether the rule judges what commits say.
func (r Rule) IsAboutMessages() bool { return r.message != nil }

// RuleFailed is the id of what is found where a rule could not come to an end, or nothing could be judged.
const RuleFailed = "check-failed"

// Rules returns all rules in the order in which the documentation has them.
func Rules() []Rule {
	return slices.Concat(
		family("branch", slices.Concat(branchRules(), historyRules())),
		family("scope", scopeRules()),
		family("plugin", pluginRules()),
		family("leftover", leftoverRules()),
		family("code", codeRules()),
		family("hack", hackRules()),
		family("message", messageRules()),
		family("own", ownRules()),
	)
}

// Families are what rules are about, in the order of Rules; "own" is about the rules themselves.
func Families() []string {
	return []string{"branch", "scope", "plugin", "leftover", "code", "hack", "message", "own"}
}

// family says of rules that they belong together.
func family(name string, rules []Rule) []Rule {
	for i := range rules {
		rules[i].Family = name
	}
	return rules
}

// Lookup returns the rule of an id.
func Lookup(id string) (Rule, bool) {
	all := Rules()
	i := slices.IndexFunc(all, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return all[i], true
}

func isFinal(id string) bool {
	rule, _ := Lookup(id)
	return rule.Final
}

// ownRules are those about the rules themselves.
func ownRules() []Rule {
	return []Rule{{
		ID:       RuleFailed,
		Severity: Error,
		Title:    "a rule could not come to an end, or a branch not be judged at all",
		Why:      "what was not judged cannot pass for good",
		Hint:     "say what the rule stumbled over in an issue; `mgit check --allow ID` with the rule's own id goes on without it",
		Final:    true,
	}}
}

// Judge is a rule at work on a subject: what it may look at, and where it says what it found.
type Judge struct {
	*Subject
	// Context ends when the rule has had its time.
	Context context.Context

	rule   Rule
	report func(Finding)
	note   func(string)
	// running is held for reading by whoever waits for a program, which a rule that has had its time must not leave behind.
	running *sync.RWMutex
}

// At reports a line of a file; 0 is the file as a whole. The text is one line without a full stop.
func (j *Judge) At(path string, line int, text string) {
	j.Report(Finding{Path: path, Line: line, Text: text})
}

// Report reports a finding. What it leaves empty follows from the rule and the subject.
func (j *Judge) Report(f Finding) { j.report(f) }

// Note says what could not be judged, and why, in a sentence without a full stop. What is said twice is kept once.
func (j *Judge) Note(text string) { j.note(text) }
