package upgradeview

import (
	"cmp"
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/theme"
)

// accountLines are the account of the upgrade, as `mgit upgrade status` and `mgit upgrade report` give it.
func (v *View) accountLines(t *text) {
	a := v.shown()
	if a == nil {
		if words := v.nothingBegun(); words != "" {
			t.say(theme.Faint, words)
		}
		return
	}
	t.say(theme.Strong, report.UpgradeTitle(a))
	t.gap()
	for _, word := range job.States() {
		if n := a.States[word]; n > 0 {
			t.fact(fmt.Sprintf("%5d", n), state(word))
		}
	}
	for _, w := range a.Waiting {
		t.heading("Waits for " + cmp.Or(w.Owner, "nobody in particular"))
		for _, name := range w.Parked {
			t.item(theme.Attention, "! "+name+": parked")
		}
		for _, name := range w.Todo {
			t.item(theme.Text, "· "+name+": to be done")
		}
	}
	t.list("New in "+a.Series+", from no branch of "+a.From, theme.Text, a.New)
	var forgotten, disputes, unjustified, expired []string
	for _, f := range a.Forgotten {
		forgotten = append(forgotten, "! "+f.Branch+": "+f.Text)
	}
	for _, d := range a.Disputes {
		disputes = append(disputes, "! "+d.Where()+": kept "+cmp.Or(d.Kept, "nothing")+", other "+cmp.Or(d.Other, "nothing")+" by "+d.Who+
			" (mgit disputes settle "+d.ID+" kept|other)")
	}
	for _, u := range a.Branches {
		if len(u.Unjustified) > 0 {
			unjustified = append(unjustified, u.OldName+": "+strings.Join(u.Unjustified, "; "))
		}
		if u.Expired {
			expired = append(expired, fmt.Sprintf("%s: to be looked at before %s", u.OldName, u.Justification.ReviewBy))
		}
	}
	t.list("Not accounted for", theme.Attention, forgotten)
	t.list("Set differently by two people", theme.Attention, disputes)
	t.list("Not justified", theme.Text, unjustified)
	t.list("Expired", theme.Text, expired)
	t.gap()
	t.say(verdictRole(a), report.UpgradeVerdict(a))
}

// list adds a list with its heading; nothing where it is empty.
func (t *text) list(title string, role theme.Role, items []string) {
	if len(items) == 0 {
		return
	}
	t.heading(title)
	for _, item := range items {
		t.item(role, item)
	}
}

func verdictRole(a *job.UpgradeAccount) theme.Role {
	switch {
	case a.Finished:
		return theme.Good
	case a.Complete:
		return theme.Strong
	}
	return theme.Attention
}
