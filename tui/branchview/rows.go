package branchview

import (
	"slices"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// kind tells what a row is about.
type kind int

const (
	present  kind = iota
	coming        // a new branch that is not there because its work is parked
	misnamed      // a branch that is nearly of the naming scheme
)

// row is a branch in the table.
type row struct {
	job.BranchStatus
	kind   kind
	reason string             // why it is misnamed
	parked *job.BranchUpgrade // of a coming branch
	open   bool               // an upgrade wants a decision about it, and no run has moved it
}

// rowsOf makes the rows of a report: the branches, those that will be there once parked work is done, and
// the misnamed, in the order of the report.
func rowsOf(report *job.StatusReport) []row {
	var rows []row
	is := make(map[string]bool)
	open := make(map[string]bool)
	for _, u := range report.Upgrades {
		for _, name := range u.Undecided {
			open[name] = true
		}
	}
	for _, b := range report.Branches {
		is[b.Name] = true
		rows = append(rows, row{BranchStatus: b, open: open[b.Name]})
	}
	for _, u := range report.Upgrades {
		for _, p := range u.Parked {
			if p.NewName == "" || is[p.NewName] || is[p.OldName] {
				continue // it has a row that says so
			}
			is[p.NewName] = true
			rows = append(rows, comingRow(p))
		}
	}
	for _, m := range report.Misnamed {
		rows = append(rows, row{BranchStatus: job.BranchStatus{Name: m.Name}, kind: misnamed, reason: m.Reason})
	}
	return rows
}

// comingRow is the row of a new branch that is parked on its way.
func comingRow(u job.BranchUpgrade) row {
	r := row{kind: coming, parked: &u, BranchStatus: job.BranchStatus{
		Name: u.NewName, State: u.State, Ticket: u.Ticket, Owner: u.Owner, Upgrades: []job.BranchUpgrade{u},
	}}
	r.Version, _ = moodle.ParseSeries(u.Series) // of a ledger that was read already
	return r
}

// id tells the row from all others. A misnamed branch can have the name of none.
func (r row) id() string { return r.Name }

// entry is what the newest upgrade that knows the branch says of it; nil: none does.
func (r row) entry() *job.BranchUpgrade {
	if len(r.Upgrades) == 0 {
		return nil
	}
	return &r.Upgrades[len(r.Upgrades)-1]
}

// conflict is the entry that is parked, of the newest upgrade; nil: none is.
func (r row) conflict() *job.BranchUpgrade {
	for _, u := range slices.Backward(r.Upgrades) {
		if u.Parked != nil {
			return &u
		}
	}
	return nil
}

// isBehind reports whether the branch has commits that its upgrade has not carried.
func (r row) isBehind() bool {
	return slices.ContainsFunc(r.Upgrades, func(u job.BranchUpgrade) bool {
		return u.OldName == r.Name && (u.Carried == job.CarriedOlder || u.Carried == job.CarriedRewrite)
	})
}

// state is the word of the state column: that of the ledger, "landed" for what upstream has all of, "behind"
// where there is more to carry, "todo" where an upgrade waits for a decision, "misnamed", or "" where no upgrade
// has to do with the branch.
func (r row) state() string {
	e := r.entry()
	switch {
	case r.kind == misnamed:
		return "misnamed"
	case r.isBehind():
		return "behind"
	case r.State == "dropped" && e != nil && e.Outcome == "landed", r.State == "" && r.Landed != "":
		return "landed"
	case r.State == "" && r.open:
		return "todo"
	}
	return r.State
}

// worktree is where the branch is checked out, or being resolved; "" for nowhere.
func (r row) worktree() string {
	if r.Worktree != "" {
		return r.Worktree
	}
	if c := r.conflict(); c != nil {
		return c.Parked.Worktree
	}
	return ""
}

// presence says what a target has of the branch: "in", "older", "-", or "" where there is nothing to have.
func (r row) presence(report *job.StatusReport, short string) string {
	for _, t := range report.Targets {
		if t.Short != short || t.Version != r.Version || r.kind != present {
			continue
		}
		switch {
		case slices.Contains(r.Targets, t.Name):
			return "in"
		case slices.ContainsFunc(r.Stale, func(s job.StaleThere) bool { return s.Target == t.Name }):
			return "older"
		case r.Commits == 0:
			return ""
		}
		return "-"
	}
	return ""
}

func joinNames(rows []row) string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return strings.Join(names, "\n")
}
