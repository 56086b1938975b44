package job

import (
	"context"
	"time"

	"mgit/internal/moodle"
	"mgit/internal/tracker"
)

// TrackerExport is what the issues of an upgrade would say, for who has no tracker. Texts
// are CommonMark in which nothing that stands in a ledger or a commit is read as markup.
type TrackerExport struct {
	Series   string           `json:"series"`
	From     string           `json:"from"`
	Onto     string           `json:"onto"` // the tag moved to; "" while it is not known
	Subject  string           `json:"subject"`
	Finished bool             `json:"finished"`
	Done     int              `json:"done"` // branches about which nothing is left to be done
	Branches []ExportedBranch `json:"branches"`
	Items    []ExportedItem   `json:"items"` // about the upgrade as a whole
}

// ExportedBranch is what the issue of a branch would say.
type ExportedBranch struct {
	Name        string         `json:"name"`  // the old branch's full name
	State       string         `json:"state"` // of the work, or dropped or held as soon as that is decided
	Done        bool           `json:"done"`  // nothing is left to be done about it
	Owner       string         `json:"owner"`
	Subject     string         `json:"subject"`
	Description string         `json:"description"` // "" where this clone has not the branch's commits
	Items       []ExportedItem `json:"items"`       // oldest first
}

// ExportedItem is a note, a decision, or what a run did.
type ExportedItem struct {
	ID   string     `json:"id"`
	When *time.Time `json:"when"` // null where the ledger does not tell
	Who  string     `json:"who"`  // likewise ""
	Text string     `json:"text"`
}

// ExportUpgrade writes down an upgrade as a tracker would show it: the one to a series,
// or for the zero series the only one that is unfinished, else the newest. It asks no
// server and changes nothing.
func ExportUpgrade(ctx context.Context, site *Site, series moodle.Series) (*TrackerExport, error) {
	if err := site.initialised(); err != nil {
		return nil, err
	}
	ledger, err := site.ledgerToRead(ctx, series)
	if err != nil {
		return nil, err
	}
	u, err := site.trackerUpgrade(ctx, ledger, nil) // nothing was told before
	if err != nil {
		return nil, err
	}
	if err := site.trackerDetails(ctx, ledger, &u, nil); err != nil {
		return nil, err
	}
	x := &TrackerExport{
		Series: u.Series, From: u.From, Onto: u.Onto, Subject: u.Subject, Finished: u.IsFinished,
		Branches: []ExportedBranch{}, Items: exportItems(u.Items),
	}
	for _, b := range u.Branches {
		e := ExportedBranch{
			Name: b.Name, State: b.State, Done: b.IsDecided || !ledger.Entries[b.Name].IsOpen(), Owner: b.Owner, Subject: b.Subject,
			Description: b.Description.Render(tracker.CommonMark, 0), Items: exportItems(b.Items),
		}
		if e.Done {
			x.Done++
		}
		x.Branches = append(x.Branches, e)
	}
	return x, nil
}

func exportItems(items []tracker.Item) []ExportedItem {
	all := []ExportedItem{}
	for _, i := range items {
		e := ExportedItem{ID: i.ID, Who: i.Who, Text: i.Text.Render(tracker.CommonMark, 0)}
		if !i.When.IsZero() {
			e.When = &i.When
		}
		all = append(all, e)
	}
	return all
}
