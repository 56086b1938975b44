package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mgit/internal/branches"
	"mgit/internal/git"
	"mgit/internal/moodle"
)

// ShowReport is one branch in full.
type ShowReport struct {
	Branch BranchDetail `json:"branch"`
	// Asked is the name that was asked for where it is not the branch's: that of
	// a branch which is parked and therefore not there yet.
	Asked string `json:"asked"`
	// Warnings are reasons not to trust what is said here.
	Warnings []Warning `json:"-"`
}

// BranchDetail adds to the status of a branch all that is known. Its commits
// take the place of their number.
type BranchDetail struct {
	BranchStatus
	Key    string        `json:"key"`    // of the record
	Record *BranchRecord `json:"record"` // null when there is none
	// Justification is why the site carries it: by the newest upgrade that begins at its
	// series, its record and its commits.
	Justification Justification   `json:"justification"`
	Commits       []OwnCommit     `json:"commits"`
	Files         []FileChange    `json:"files"`
	Parts         []ComponentPart `json:"components"`
	// Findings are what the rules of [Check] find in it, waived ones among them, and CheckNotes what they could not
	// judge; both nil while it was not judged as it is now.
	Findings   []CheckFinding `json:"findings"`
	CheckNotes []string       `json:"check_notes"`
}

// BranchRecord is the record of a branch, one for all its versions.
type BranchRecord struct {
	Origin   string   `json:"origin"`
	Members  []string `json:"members"`
	Paths    []string `json:"paths"`
	Requires []string `json:"requires"`
	Reason   string   `json:"reason"`
	Ticket   string   `json:"ticket"`
	Owner    string   `json:"owner"`
	Public   bool     `json:"public"`
}

// OwnCommit is a commit of a branch, oldest first in a list.
type OwnCommit struct {
	Commit  ID        `json:"commit"`
	Parents []ID      `json:"parents"`
	Merge   bool      `json:"merge"`
	Date    time.Time `json:"date"` // the author's
	Author  string    `json:"author"`
	Email   string    `json:"email"`
	Subject string    `json:"subject"`
}

// Show tells all about one branch: of any series, local or not, named by its
// own name or, while it is parked, by the one it will have. The error is a
// *UsageError for a name that is no branch.
func Show(ctx context.Context, site *Site, name string) (*ShowReport, error) {
	return show(ctx, site, name, false)
}

// ShowJudged is Show, and asks the rules of [Check] about the branch where it was not judged as it is now.
func ShowJudged(ctx context.Context, site *Site, name string) (*ShowReport, error) {
	return show(ctx, site, name, true)
}

func show(ctx context.Context, site *Site, name string, judge bool) (*ShowReport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	listing := site.refs.listing(site.Scheme, site.internal)
	b, err := site.findBranch(ctx, listing, name)
	if err != nil {
		return nil, err
	}
	v, err := readView(ctx, site, listing, []moodle.Series{b.Version})
	if err != nil {
		return nil, err
	}
	detail := BranchDetail{Key: b.Key(), Record: site.record(b.Key())}
	if detail.BranchStatus, err = v.status(ctx, b); err != nil {
		return nil, err
	}
	if detail.Commits, err = site.ownCommits(ctx, v.own[b.Tip]); err != nil {
		return nil, fmt.Errorf("read the commits of %s: %w", b.Raw, err)
	}
	if err := v.justifyDetail(ctx, b, &detail); err != nil {
		return nil, err
	}
	report := &ShowReport{Branch: detail, Warnings: site.historyWarnings()}
	if !isNameOf(name, b) {
		report.Asked = name
	}
	changes, err := site.changes(ctx, git.ID(detail.Base.Commit), b.Tip)
	if err != nil {
		return nil, fmt.Errorf("compare %s with its base: %w", b.Raw, err)
	}
	report.Branch.Files, report.Branch.Parts = changes.files, changes.parts
	report.Warnings = append(report.Warnings, changes.warnings...)
	return report, v.addFindings(ctx, b, report, judge)
}

// addFindings enters what the rules find, as far as it is kept, or asks them.
func (v *view) addFindings(ctx context.Context, b branches.Branch, report *ShowReport, judge bool) error {
	done := v.judge().findings(b)
	if done == nil && judge {
		var err error
		done, err = v.judge().judge(ctx, b)
		if ctx.Err() != nil {
			return cmp.Or(err, ctx.Err())
		}
		if err != nil {
			report.Warnings = append(report.Warnings, notJudged(b, err))
		}
	}
	if done == nil {
		return nil
	}
	sum := checkSum(done)
	report.Branch.Checks, report.Branch.Findings, report.Branch.CheckNotes = &sum, done.Findings, done.Notes
	return nil
}

// isNameOf reports whether a name means the branch itself: its name, with or
// without the remote that has it.
func isNameOf(name string, b branches.Branch) bool {
	return name == b.Raw || name == b.Ref || "refs/remotes/"+name == b.Ref || strings.HasSuffix(name, "/"+b.Raw)
}

// findBranch finds the branch that a name means.
func (s *Site) findBranch(ctx context.Context, l branches.Listing, name string) (branches.Branch, error) {
	short := strings.TrimPrefix(name, "refs/heads/")
	for _, remote := range s.internal {
		short = strings.TrimPrefix(strings.TrimPrefix(short, "refs/remotes/"), remote+"/")
	}
	byName := func(name string) (branches.Branch, bool) {
		i := slices.IndexFunc(l.Branches, func(b branches.Branch) bool { return b.Raw == name })
		if i < 0 {
			return branches.Branch{}, false
		}
		return l.Branches[i], true
	}
	if b, ok := byName(short); ok {
		return b, nil
	}
	ledgers, err := s.ledgers(ctx)
	if err != nil {
		return branches.Branch{}, err
	}
	for _, ledger := range ledgers {
		for _, old := range sortedNames(ledger.Entries) {
			if ledger.Entries[old].NewName != short {
				continue
			}
			if b, ok := byName(old); ok {
				return b, nil
			}
		}
	}
	return branches.Branch{}, s.noBranch(l, short)
}

// noBranch says what a name is that is no branch.
func (s *Site) noBranch(l branches.Listing, name string) error {
	const list = "mgit status --all lists the branches"
	for _, t := range l.Targets {
		if t.Raw == name {
			return &UsageError{Text: name + " is a target, no branch", Hint: list + " and says which are in it"}
		}
	}
	for _, m := range l.Misnamed {
		if m.Name == name {
			return &UsageError{Text: m.Error(), Hint: "git branch -m gives it a name of the scheme"}
		}
	}
	if _, local, ok := s.refs.present(name, s.internal); ok && local {
		return &UsageError{Text: fmt.Sprintf("%q does not follow the naming scheme", name), Hint: list}
	}
	return &UsageError{Text: fmt.Sprintf("there is no branch %q", name), Hint: list}
}

// record returns the record with the key, nil when there is none.
func (s *Site) record(key string) *BranchRecord {
	r, ok := s.Config.Records[key]
	if !ok {
		return nil
	}
	return &BranchRecord{
		Origin: r.Origin, Members: append([]string{}, r.Members...), Paths: append([]string{}, r.Paths...),
		Requires: append([]string{}, r.Requires...), Reason: r.Reason, Ticket: r.Ticket, Owner: r.Owner, Public: r.Public,
	}
}

// ownCommits describes commits. Git itself decodes their texts: a message may be
// in any encoding.
func (s *Site) ownCommits(ctx context.Context, own []*git.Commit) ([]OwnCommit, error) {
	if len(own) == 0 {
		return []OwnCommit{}, nil
	}
	var in strings.Builder
	for _, c := range own {
		fmt.Fprintln(&in, c.ID)
	}
	out, err := s.Repo.Cmd("rev-list", "--stdin", "--no-walk=unsorted", "--no-commit-header", "--encoding=UTF-8",
		"--format=%H%x00%aI%x00%an%x00%ae%x00%s").Stdin([]byte(in.String())).Output(ctx)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(own) {
		return nil, fmt.Errorf("git rev-list described %d of %d commits", len(lines), len(own))
	}
	all := make([]OwnCommit, len(own))
	for i, line := range lines {
		f := strings.Split(line, "\x00")
		if len(f) != 5 || f[0] != own[i].ID.String() {
			return nil, fmt.Errorf("git rev-list answered %q for commit %s", line, own[i].ID)
		}
		c := OwnCommit{Commit: ID(own[i].ID), Parents: []ID{}, Merge: len(own[i].Parents) > 1, Author: f[2], Email: f[3], Subject: f[4]}
		for _, p := range own[i].Parents {
			c.Parents = append(c.Parents, ID(p))
		}
		// A commit can hold a date that is none; the zero time stands for it.
		c.Date, _ = time.Parse(time.RFC3339, f[1])
		all[i] = c
	}
	return all, nil
}
