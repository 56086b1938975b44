package job

import (
	"fmt"
	"slices"
	"strconv"

	"mgit/internal/git"
	"mgit/internal/upgrade"
)

// Commit is a commit as reports show it: by its tag where it has one.
type Commit struct {
	Tag    string `json:"tag"`
	Commit ID     `json:"commit"`
}

// ID is an object id in a report: full hex, or null when there is none.
type ID git.ID

// MarshalJSON writes full hex or null.
func (id ID) MarshalJSON() ([]byte, error) {
	if git.ID(id) == git.ZeroID {
		return []byte("null"), nil
	}
	return []byte(`"` + git.ID(id).String() + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (id *ID) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*id = ID{}
		return nil
	}
	text, err := strconv.Unquote(string(data))
	if err != nil {
		return fmt.Errorf("%s is no id", data)
	}
	parsed, err := git.ParseID(text)
	*id = ID(parsed)
	return err
}

// String is the full hex id, or "" when there is none.
func (id ID) String() string {
	if git.ID(id) == git.ZeroID {
		return ""
	}
	return git.ID(id).String()
}

// Short is the first ten digits, as tables show it.
func (id ID) Short() string {
	s := id.String()
	return s[:min(10, len(s))]
}

// Outcomes lists all outcomes in the order reports show them.
func Outcomes() []string {
	return []string{
		upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated, upgrade.OutcomeUnchanged,
		upgrade.OutcomeLanded, upgrade.OutcomeConflict, upgrade.OutcomeDiverged, upgrade.OutcomeMoved,
		upgrade.OutcomeFailed, upgrade.OutcomeDropped, upgrade.OutcomeHeld, upgrade.OutcomeReplaced,
	}
}

// NeedsPerson reports whether a branch with this outcome makes a run end with
// exit code 4.
func NeedsPerson(outcome string) bool {
	switch outcome {
	case upgrade.OutcomeConflict, upgrade.OutcomeDiverged, upgrade.OutcomeMoved, upgrade.OutcomeFailed:
		return true
	}
	return false
}

// Account is where a branch's commits went. In is the sum of the others.
type Account struct {
	In       int `json:"in"`
	Kept     int `json:"kept"`
	Landed   int `json:"landed"`
	Emptied  int `json:"emptied"`
	Dropped  int `json:"dropped"`
	Waiting  int `json:"waiting"`
	Held     int `json:"held"`
	Replaced int `json:"replaced"`
}

// Holds reports whether nothing is lost: every commit that went in is
// accounted for.
func (a Account) Holds() bool {
	return a.In == a.Kept+a.Landed+a.Emptied+a.Dropped+a.Waiting+a.Held+a.Replaced
}

// Merges counts the merges inside a branch.
type Merges struct {
	In     int `json:"in"`
	Clean  int `json:"clean"`
	ByHand int `json:"by_hand"`
}

// Path is a path in a report, raw bytes. What is not UTF-8 is shown in Git's C
// style; see [ShowPath].
type Path string

// ConflictAt is a path that waits for a person.
type ConflictAt struct {
	Commit ID     `json:"commit"`
	Path   Path   `json:"path"`
	Kind   string `json:"kind"`
	// Proposals are the places that a path may have which has no certain one in the
	// new layout.
	Proposals Paths `json:"proposals,omitempty"`
}

// Relocation is a path that the new layout wants elsewhere.
type Relocation struct {
	From Path `json:"from"`
	To   Path `json:"to"`
}

// BranchReport is what became of one branch.
type BranchReport struct {
	Name      string         `json:"name"`
	NewName   string         `json:"new_name"`
	Base      Commit         `json:"base"`
	OldTip    ID             `json:"old_tip"`
	NewTip    ID             `json:"new_tip"` // null unless the new branch exists
	Outcome   string         `json:"outcome"` // one of Outcomes
	Reason    string         `json:"reason"`
	Commits   Account        `json:"commits"`
	Merges    Merges         `json:"merges"`
	Conflicts []ConflictAt   `json:"conflicts"`
	Relocated []Relocation   `json:"relocated"`
	Landed    []LandedCommit `json:"landed"`

	// Suggestion is what to decide about the branch, nil where there is nothing to suggest.
	Suggestion *Suggestion `json:"suggestion,omitempty"`
	// Parked is the end of the clean part of a parked branch.
	Parked ID `json:"parked_tip"`
	// Resolutions names the recorded resolutions that were used.
	Resolutions []string `json:"resolutions"`
	// Rebuild lists generated files that must be built again.
	Rebuild Paths `json:"rebuild"`
	// Components are those of the branch that upstream ships in one of the two
	// releases only, or elsewhere. Only a triage looks for them.
	Components []BranchComponent `json:"components"`
	// Findings are what the rules of [Check] find on the new release, of those that it concerns. Only a triage asks
	// them; nil: nobody did, or nothing is left to judge.
	Findings []CheckFinding `json:"findings"`
	// Release is what a branch that is replaced begins with; nil for others.
	Release *ReplacedBy `json:"release"`
}

// Warning is something a command noticed and did not act on.
type Warning struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Rank orders outcomes for people: what arrived first, what waits for a person
// last, where the eye is when the table is done.
func Rank(outcome string) int {
	order := []string{
		upgrade.OutcomeDropped, upgrade.OutcomeHeld, upgrade.OutcomeReplaced, upgrade.OutcomeUnchanged,
		upgrade.OutcomeLanded, upgrade.OutcomeClean, upgrade.OutcomeResolved, upgrade.OutcomeUpdated,
		upgrade.OutcomeMoved, upgrade.OutcomeDiverged, upgrade.OutcomeFailed, upgrade.OutcomeConflict,
	}
	return slices.Index(order, outcome)
}
