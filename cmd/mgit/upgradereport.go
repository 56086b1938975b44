package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/internal/report"
)

// upgradeFacts are what a report says about a branch, those that are known.
func upgradeFacts(u job.UpgradeBranch) []fact {
	var facts []fact
	for _, f := range report.UpgradeFacts(u) {
		facts = append(facts, fact{f.Name, f.Text})
	}
	if u.Parked != nil {
		facts = append(facts, fact{"parked", printable(u.Parked.Text())})
	}
	return facts
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
	if state := report.UpgradeState(u); state != u.State {
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
	fmt.Fprintf(w, "# %s\n\n", inMarkdown(report.UpgradeTitle(a)))
	fmt.Fprintf(w, "%s\n\n| state | branches |\n|---|---:|\n", report.UpgradeVerdict(a))
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
		fmt.Fprintf(w, "\n### %s: %s\n\n", inMarkdown(u.OldName), report.UpgradeState(u))
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
