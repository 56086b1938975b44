package job

import (
	"strings"

	"mgit/internal/config"
	"mgit/internal/tracker"
	"mgit/internal/upgrade"
)

// TrackerIssue is a branch of an upgrade and its issue. What people changed in the tracker since
// both sides last agreed is in the report beside it, as far as the tracker was asked.
type TrackerIssue struct {
	Branch  string `json:"branch"` // the old name
	NewName string `json:"new_name"`
	Issue   string `json:"issue"` // as people write it; "" while there is none
	URL     string `json:"url"`   // of the issue; "" where it is not known
	Subject string `json:"subject"`
	State   string `json:"state"` // as the tracker is to show it: dropped or held as soon as that is decided
	Owner   string `json:"owner"`
	// Agreed, Status and Assigned are what both last agreed on: the ledger's state, the tracker's word for
	// it, and the ledger's name of the person. Done is the ratio that was last sent, in per cent.
	Agreed   string `json:"agreed"`
	Status   string `json:"status"`
	Assigned string `json:"assigned"`
	Done     int    `json:"done"`
	Notes    int    `json:"notes"` // things that the tracker was told
	Untold   int    `json:"untold"`
	// Finished says that nothing is left to be done about the branch.
	Finished bool `json:"finished"`
}

// issues lists the branches of an upgrade with their issues, by the ledger and by what both sides last
// said.
func (s *trackerSync) issues(w *trackerWork) []TrackerIssue {
	mirror := w.mirror
	if w.result != nil && w.result.Mirror != nil {
		mirror = w.result.Mirror
	}
	all := []TrackerIssue{}
	for _, b := range w.upgrade.Branches {
		was := mirror.Branches[b.Name]
		var entry upgrade.Entry
		if e := w.ledger.Entries[b.Name]; e != nil {
			entry = *e
		}
		var untold TrackerWrite
		untold.tell(b.Items, was.Told)
		all = append(all, TrackerIssue{
			Branch: b.Name, NewName: entry.NewName, Issue: tracker.IssueName(was.Issue), URL: issueURL(s.tracker, was.Issue),
			Subject: oneLine(b.Subject), State: b.State, Owner: b.Owner,
			Agreed: was.State, Status: was.Status, Assigned: was.Owner, Done: was.Done,
			Notes: len(was.Told), Untold: untold.Items, Finished: b.IsDecided || !entry.IsOpen(),
		})
	}
	return all
}

// issueURL is the page of an issue for people; "" where that cannot be told without asking.
func issueURL(t config.Tracker, id string) string {
	base := strings.TrimSuffix(t.URL, "/")
	if id == "" || base == "" {
		return ""
	}
	switch t.Kind {
	case "redmine":
		return base + "/issues/" + id
	case "github":
		return base + "/" + t.Project + "/issues/" + id
	case "gitlab":
		if strings.Trim(t.Project, "0123456789") == "" {
			return "" // the number of a project leads nowhere
		}
		return base + "/" + t.Project + "/-/issues/" + id
	case "jira":
		return base + "/browse/" + id
	}
	return ""
}
