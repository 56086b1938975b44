package job

import (
	"mgit/internal/check"
	"mgit/internal/moodle"
)

// CheckRequest says what is to be judged before it is too late. Of the first five one is said, or Message together
// with Staged.
type CheckRequest struct {
	// Staged judges the commit that is about to be made: the index against what it will stand on.
	Staged bool
	// Range is what B has and A has not, as "A..B".
	Range string
	// Branch is one of the site's branches, judged from its base to its tip, and as a whole.
	Branch string
	// All judges all branches of a series like that.
	All bool
	// Message is the text of a commit message as an editor left it, comments included; nil: there is none.
	Message []byte

	// As is the branch that a range, or a commit on a detached HEAD, is meant for; "" for what is checked out.
	As     string
	Series moodle.Series
	// Allow names rules that are waived this time.
	Allow []string
}

// CheckReport is what was judged, and what was found.
type CheckReport struct {
	Checks []Checked   `json:"checks"`
	Counts CheckCounts `json:"counts"`

	Warnings []Warning `json:"-"`
}

// CheckCounts sums a report up.
type CheckCounts struct {
	Files    int `json:"files"`
	Commits  int `json:"commits"`
	Errors   int `json:"errors"` // that nobody waived
	Warnings int `json:"warnings"`
	Waived   int `json:"waived"`
}

// Checked is one commit in the making, range or branch that was judged.
type Checked struct {
	// What is "staged", "range" or "branch".
	What string `json:"what"`
	// Branch is the one that it is for, without refs/heads/; "" where nobody knows.
	Branch string `json:"branch"`
	// From is what it was compared with, To what was judged; null for a commit that is not made yet.
	From     ID             `json:"from"`
	To       ID             `json:"to"`
	Files    int            `json:"files"`
	Commits  int            `json:"commits"`
	Findings []CheckFinding `json:"findings"`
	// Unused are rules that somebody waived and that found nothing.
	Unused []string `json:"unused"`
	// Notes are what could not be judged, and why.
	Notes []string `json:"notes"`
}

// CheckFinding is what a rule found.
type CheckFinding struct {
	Rule     string         `json:"rule"`
	Severity check.Severity `json:"severity"`
	Path     string         `json:"path"` // "" where no file is to blame
	PathB64  string         `json:"path_b64,omitempty"`
	Line     int            `json:"line"`   // from 1; 0: the file as a whole
	Commit   ID             `json:"commit"` // whose message is to blame
	Text     string         `json:"text"`
	Hint     string         `json:"hint"`
	Waived   *CheckWaiver   `json:"waived"`
}

// CheckWaiver is who let a finding pass, and why.
type CheckWaiver struct {
	By     string `json:"by"` // "flag" or "trailer"
	Reason string `json:"reason"`
	Commit ID     `json:"commit"` // whose trailer says it
}

// Found reports whether something was found that nobody waived: errors, and warnings when strict.
func (r *CheckReport) Found(strict bool) bool {
	return r.Counts.Errors > 0 || strict && r.Counts.Warnings > 0
}
