package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/internal/upgrade"
)

// upgradeFacts are what a report says about a branch, those that are known.
func upgradeFacts(u job.UpgradeBranch) []fact {
	j := u.Justification
	var facts []fact
	for _, f := range []fact{
		{"to become", u.Disposition + reasonOf(u.Reason)},
		{"outcome", u.Outcome},
		{"new branch", newBranchOf(u)},
		{"tips", upgradeTips(u)},
		{"owner", u.Owner},
		{"ticket", u.Ticket},
		{"carried as", j.Kind + reasonOf(j.Reason)},
		{"upstream", strings.Join(j.Upstream, ", ")},
		{"review by", j.ReviewBy.String()},
		{"not known", strings.Join(j.Odd, ", ")},
	} {
		if f.text != "" {
			facts = append(facts, f)
		}
	}
	if u.Parked != nil {
		facts = append(facts, fact{"parked", printable(u.Parked.Text())})
	}
	return facts
}

// newBranchOf is the name of the new branch; "" where none is made, although the ledger
// has the name that it would have had.
func newBranchOf(u job.UpgradeBranch) string {
	if u.State == upgrade.StateDropped {
		return ""
	}
	return u.NewName
}

// reportedState is how far the work on a branch is. What landed nobody dropped.
func reportedState(u job.UpgradeBranch) string {
	if u.State == upgrade.StateDropped && u.Outcome == upgrade.OutcomeLanded {
		return u.Outcome
	}
	return u.State
}

func reasonOf(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// justificationLists are the branches that nobody has justified, and those whose time
// is up.
func justificationLists(a *job.UpgradeAccount) (unjustified, expired []string) {
	for _, u := range a.Branches {
		if len(u.Unjustified) > 0 {
			unjustified = append(unjustified, u.OldName+": "+strings.Join(u.Unjustified, "; "))
		}
		if u.Expired {
			expired = append(expired, fmt.Sprintf("%s: to be looked at before %s", u.OldName, u.Justification.ReviewBy))
		}
	}
	return unjustified, expired
}

func landedOrState(p palette, u job.UpgradeBranch) string {
	if state := reportedState(u); state != u.State {
		return p.outcome(state)
	}
	return p.state(u.State)
}

func (c *call) writeUpgradeReport(w io.Writer, p palette, a *job.UpgradeAccount) error {
	if err := c.writeAccount(w, p, a); err != nil {
		return err
	}
	unjustified, expired := justificationLists(a)
	for _, list := range []struct {
		title string
		lines []string
	}{{"Not justified", unjustified}, {"Expired", expired}} {
		if len(list.lines) > 0 {
			fmt.Fprintf(w, "\n%s\n", p.attention(list.title))
			c.writeNames(w, "", list.lines)
		}
	}
	for _, u := range a.Branches {
		fmt.Fprintf(w, "\n%s: %s\n", p.strong(printable(u.OldName)), landedOrState(p, u))
		facts := upgradeFacts(u)
		for i := range facts {
			facts[i].text = printable(facts[i].text)
		}
		c.writeFactLines(w, p, facts)
		for _, n := range u.Notes {
			c.writeItem(w, fmt.Sprintf("%s, %s: %s", n.When.Format(time.DateOnly), printable(n.Who), printable(n.Text)))
		}
	}
	return nil
}

// writeUpgradeMarkdown writes the report as a document for a wiki or a ticket.
func (c *call) writeUpgradeMarkdown(w io.Writer, _ palette, a *job.UpgradeAccount) error {
	fmt.Fprintf(w, "# %s\n\n", inMarkdown(upgradeTitle(a)))
	fmt.Fprintf(w, "%s\n\n| state | branches |\n|---|---:|\n", accountVerdict(a))
	for _, state := range job.States() {
		if n := a.States[state]; n > 0 {
			fmt.Fprintf(w, "| %s | %d |\n", state, n)
		}
	}
	unjustified, expired := justificationLists(a)
	var forgotten, waiting, disputes []string
	for _, f := range a.Forgotten {
		forgotten = append(forgotten, f.Branch+": "+f.Text)
	}
	for _, who := range a.Waiting {
		for _, name := range who.Parked {
			waiting = append(waiting, name+": parked, "+ownerOr(who.Owner, "nobody in particular"))
		}
		for _, name := range who.Todo {
			waiting = append(waiting, name+": to be done, "+ownerOr(who.Owner, "nobody in particular"))
		}
	}
	for _, d := range a.Disputes {
		disputes = append(disputes, fmt.Sprintf("%s: kept %s, other %s", d.Where(), disputed(d.Kept), disputed(d.Other)))
	}
	for _, list := range []struct {
		title string
		lines []string
	}{
		{"Not accounted for", forgotten},
		{"Set differently by two people", disputes},
		{"Left to be done", waiting},
		{"Not justified", unjustified},
		{"Expired", expired},
		{"New in " + a.Series, a.New},
	} {
		if len(list.lines) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n## %s\n\n", inMarkdown(list.title))
		for _, line := range list.lines {
			fmt.Fprintf(w, "- %s\n", inMarkdown(line))
		}
	}
	fmt.Fprint(w, "\n## Branches\n")
	for _, u := range a.Branches {
		fmt.Fprintf(w, "\n### %s: %s\n\n", inMarkdown(u.OldName), reportedState(u))
		for _, f := range upgradeFacts(u) {
			fmt.Fprintf(w, "- %s: %s\n", f.name, inMarkdown(f.text))
		}
		for _, n := range u.Notes {
			fmt.Fprintf(w, "- %s, %s: %s\n", n.When.Format(time.DateOnly), inMarkdown(n.Who), inMarkdown(n.Text))
		}
	}
	return nil
}

// inMarkdown is a text on one line in which nothing means anything to Markdown or HTML.
func inMarkdown(text string) string {
	var b strings.Builder
	for _, r := range printable(text) {
		if strings.ContainsRune("\\`*_{}[]<>()#|!~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
