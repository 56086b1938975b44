package job

import (
	"context"
	"slices"
	"sync"

	"mgit/internal/check"
	"mgit/internal/git"
	"mgit/internal/moodle"
	"mgit/internal/upgrade"
)

// CheckRequest says what is to be judged before it is too late. Of what follows one is said, or Message together
// with Staged; where nothing is, it is what is staged, or else the branch that is checked out.
type CheckRequest struct {
	// Staged judges the commit that is about to be made: the index against what it will stand on.
	Staged bool
	// Range is what B has and A has not, as "A..B".
	Range string
	// Branch is one of the site's branches, judged from its base to its tip, and as a whole; with As any commit, as if
	// that branch were there.
	Branch string
	// All judges all branches of a series like that.
	All bool
	// Received is what git tells a pre-receive hook.
	Received []byte
	// Message is the text of a commit message as an editor left it, comments included; nil: there is none. Alone, only
	// what the message says is judged. Unedited says that no editor was started, so that no comments are in it.
	Message  []byte
	Unedited bool

	// As is the branch that a range or a commit is meant for; "" for what is checked out.
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

	isOpen bool // a merge, or the like, waits to be committed
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

	rule string // that it names: of one that failed its own
}

// What was judged.
const (
	CheckedStaged = "staged"
	CheckedRange  = "range"
	CheckedBranch = "branch"
)

// checker answers one request.
type checker struct {
	site     *Site
	request  CheckRequest
	warnings []Warning
	released map[git.ID]bool   // commits that a release of the site holds; nil: nobody asked
	bases    *baseFinder       // nil until somebody asks
	targetAt map[git.ID]string // the targets by their tips; nil: nobody asked
	// arriving are the references that somebody pushes, by their names, zero for those that go; nil: nobody pushes.
	arriving map[string]git.ID

	reading sync.Mutex
	read    []*upgrade.Ledger // nil until somebody asks
}

// Check judges what the request names. The site was opened by [OpenForCheck]; nothing is written. The error is a
// *UsageError for names that mean nothing and where Moodle's releases were not fetched that a branch stands on, and a
// *Refusal where a shallow clone cannot tell what is in a range.
func Check(ctx context.Context, site *Site, request CheckRequest) (*CheckReport, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // of rules that did not come to an end
	c := &checker{site: site, request: request}
	r := &CheckReport{Checks: []Checked{}}
	if err := c.check(ctx, r); err != nil {
		return nil, err
	}
	r.Warnings = append(site.warnOfRules(), c.warnings...)
	return r, nil
}

func (c *checker) check(ctx context.Context, r *CheckReport) error {
	one := func(done *Checked, err error) error {
		if err == nil {
			r.Add(done)
		}
		return err
	}
	request := c.request
	switch {
	case request.Message != nil:
		return c.checkMessage(ctx, r)
	case request.Staged:
		return one(c.checkStaged(ctx, "", nil, nil))
	case request.Range == "" && request.Branch == "" && !request.All && request.Received == nil:
		done, err := c.checkStaged(ctx, "", nil, nil)
		if err != nil || done.Files > 0 || done.isOpen || !c.isSites(done.Branch) {
			return one(done, err)
		}
		if request.Branch = done.Branch; request.As != "" {
			request.Branch = "HEAD"
		}
	}
	if err := c.readReferences(ctx); err != nil {
		return err
	}
	switch {
	case request.All:
		return c.checkAll(ctx, r)
	case request.Received != nil:
		return c.checkReceived(ctx, r)
	case request.Range != "":
		return one(c.checkRange(ctx))
	}
	return one(c.checkBranch(ctx, request.Branch))
}

// Add adds what was judged, and counts it.
func (r *CheckReport) Add(done *Checked) {
	r.Checks = append(r.Checks, *done)
	r.Counts.Files += done.Files
	r.Counts.Commits += done.Commits
	for _, f := range done.Findings {
		switch {
		case f.Waived != nil:
			r.Counts.Waived++
		case f.Severity == check.Error:
			r.Counts.Errors++
		default:
			r.Counts.Warnings++
		}
	}
}

// isSites reports whether a branch is the site's, by its name or nearly. Of others nobody knows where they begin.
func (c *checker) isSites(branch string) bool {
	switch c.site.factsOf("refs/heads/" + branch).Kind {
	case check.Ours, check.Misnamed, check.Target:
		return true
	}
	return false
}

// judgeBy asks the rules that are wanted, nil being all, about a subject and enters what they found. Of the waivers the ones
// that commits say come as well as those of the request.
func (c *checker) judgeBy(ctx context.Context, subject *check.Subject, done *Checked, waivers []check.Waiver, wanted func(check.Rule) bool) error {
	var err error
	if subject.Layout, err = readLayout(subject.Tree); err != nil {
		return err
	}
	done.Files, done.Commits = len(subject.Files), len(subject.Messages)
	weigh := c.site.severityFor(subject.Branch.Type)
	load := c.site.loadBlobs
	if done.What == CheckedStaged {
		load = c.site.loadStaged
	}
	result, err := check.Run(ctx, check.Request{
		Subject: subject, Waivers: append(c.allowed(), waivers...), Load: load,
		Severity: func(r check.Rule) check.Severity {
			if wanted != nil && !wanted(r) {
				return check.Off
			}
			return weigh(r)
		},
	})
	if err != nil {
		return err
	}
	for _, f := range result.Findings {
		done.Findings = append(done.Findings, findingOf(f))
	}
	for _, w := range result.Unused {
		if !slices.Contains(done.Unused, w.Rule) {
			done.Unused = append(done.Unused, w.Rule)
		}
	}
	done.Notes = append(done.Notes, result.Notes...)
	return nil
}

func findingOf(f check.Finding) CheckFinding {
	out := CheckFinding{Rule: f.Rule, Severity: f.Severity, Line: f.Line, Commit: ID(f.Commit), Text: f.Text, Hint: f.Hint}
	out.Path, out.PathB64 = pathJSON(f.Path)
	if f.Waived != nil {
		out.Waived = &CheckWaiver{By: f.Waived.By, Reason: f.Waived.Reason, Commit: ID(f.Waived.Commit), rule: f.Waived.Rule}
	}
	return out
}

// Found reports whether something was found that nobody waived: errors, and warnings when strict.
func (r *CheckReport) Found(strict bool) bool {
	return r.Counts.Errors > 0 || strict && r.Counts.Warnings > 0
}
