package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mgit/internal/check"
	"mgit/internal/job"
	checkwords "mgit/internal/report"
)

func newShowCommand(c *call) *cobra.Command {
	var rangeDiff bool
	cmd := &cobra.Command{
		Use:     "show BRANCH",
		Short:   "Show one branch in full",
		GroupID: groupLook,
		Args:    words("BRANCH"),
		Long: `Shows all that is known about a branch: its record, what it stands on, every commit of its own,
what the rules of mgit check find in it, the files it changes by component, the targets it is in, and
what the ledgers of all upgrades say.
BRANCH may be of any series, one that only a remote has, or the new name of a parked branch.

With --range-diff it is compared with the branch of an older series that it comes from, commit by
commit, as git range-diff does.`,
		Example: `  mgit show LUVLE-4.1-hack-mod_forum-subject
  mgit show LUVLE-4.5-hack-mod_forum-subject --range-diff`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.show(cmd.Context(), args[0], rangeDiff) },
	}
	cmd.Flags().BoolVar(&rangeDiff, "range-diff", false, "compare it with the branch of an older series that it comes from")
	return cmd
}

func (c *call) show(ctx context.Context, name string, rangeDiff bool) error {
	site, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer site.Close()
	report, err := job.ShowJudged(ctx, site, name)
	if err != nil {
		return err
	}
	for _, w := range report.Warnings {
		c.warn(w.ID, w.Text)
	}
	if !rangeDiff {
		return c.answer(ctx, answer{result: report, text: func(w io.Writer, p palette) error {
			return c.writeShow(w, p, report)
		}})
	}
	compared, err := job.RangeDiff(ctx, site, name)
	if err != nil {
		return err
	}
	result := struct {
		*job.ShowReport
		RangeDiff *job.RangeDiffReport `json:"range_diff"`
	}{report, compared}
	return c.answer(ctx, answer{result: result, text: func(w io.Writer, p palette) error {
		if err := c.writeShow(w, p, report); err != nil {
			return err
		}
		c.writeRangeDiff(w, p, compared)
		return nil
	}})
}

func (c *call) writeShow(w io.Writer, p palette, report *job.ShowReport) error {
	b := report.Branch
	if report.Asked != "" {
		fmt.Fprintf(w, "%s is not there yet; this is the branch it comes from.\n\n", printable(report.Asked))
	}
	fmt.Fprintln(w, p.strong(printable(b.Name)))
	c.writeFacts(w, p, b)
	c.writeFindings(w, p, b)
	c.writeCommits(w, p, b)
	c.writeFiles(w, p, b)
	for _, u := range b.Upgrades {
		c.writeEntry(w, p, u)
	}
	return nil
}

// fact is a line of the head: a word and what there is to say.
type fact struct{ name, text string }

func (c *call) writeFacts(w io.Writer, p palette, b job.BranchDetail) {
	where := b.Tip.Short()
	if b.Remote != "" {
		where += ", only at " + printable(b.Remote) + "; there is no local branch"
	}
	if b.Worktree != "" {
		where += ", checked out at " + printable(b.Worktree)
	}
	base := printable(b.BaseText())
	if text := printable(b.ExceptionText()); text != "" {
		base += " (! it " + text + ")"
	}
	facts := []fact{
		{"type", printable(b.Type)},
		{"component", printable(b.Component)},
		{"short name", printable(b.Short)},
		{"series", b.Version.String()},
		{"tip", where},
		{"base", base},
		{"landed", printable(b.Landed)},
		{"targets", targetsText(b)},
		{"checks", checkwords.ChecksText(b.Checks)},
		{"ticket", printable(b.Ticket)},
	}
	facts = append(facts, recordFacts(b)...)
	facts = append(facts, justificationFacts(b.Justification)...)
	c.writeFactLines(w, p, facts)
}

// writeFactLines writes facts as a column of words and what there is to say, leaving out what is not known.
func (c *call) writeFactLines(w io.Writer, p palette, facts []fact) {
	for _, f := range facts {
		if f.text != "" {
			fmt.Fprintf(w, "  %s%s%s\n", p.faint(f.name), strings.Repeat(" ", 12-len(f.name)), wrapWords(f.text, c.width(c.stdoutTTY), 14, 14))
		}
	}
}

// mostListed is how many findings are listed one by one.
const mostListed = 12

// writeFindings lists what the rules found, errors first and what was waived last.
func (c *call) writeFindings(w io.Writer, p palette, b job.BranchDetail) {
	if len(b.Findings)+len(b.CheckNotes) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", p.strong("What the rules find"))
	for i, f := range checkwords.SortedFindings(b.Findings) {
		if i == mostListed {
			c.writeItem(w, fmt.Sprintf("… and %d more; --json lists all", len(b.Findings)-i))
			break
		}
		what := printable(checkwords.CheckPlace(f)+f.Text) + " [" + f.Rule + "]"
		line := p.attention("!") + " " + what
		switch {
		case f.Waived != nil:
			line = p.faint("-") + " " + what + ", waived: " + printable(cmp.Or(f.Waived.Reason, "no reason is given"))
		case f.Severity == check.Error:
			line = p.bad("x") + " " + what
		}
		c.writeItem(w, line)
	}
	for _, note := range b.CheckNotes {
		c.writeItem(w, "not judged: "+printable(note))
	}
}

func targetsText(b job.BranchDetail) string {
	var all []string
	for _, t := range b.Targets {
		all = append(all, printable(t))
	}
	for _, s := range b.Stale {
		all = append(all, fmt.Sprintf("%s (an older state, %s missing)", printable(s.Target), plural(s.Missing, "commit")))
	}
	if len(all) == 0 {
		return "in none"
	}
	return strings.Join(all, ", ")
}

func recordFacts(b job.BranchDetail) []fact {
	r := b.Record
	if r == nil {
		return []fact{{"record", "none for " + printable(b.Key)}}
	}
	public := ""
	if r.Public {
		public = "may be shown to the community"
	}
	return []fact{
		{"record", printable(b.Key) + ", " + printable(r.Origin)},
		{"reason", printable(r.Reason)},
		{"owner", printable(r.Owner)},
		{"requires", printableList(r.Requires)},
		{"members", printableList(r.Members)},
		{"paths", printableList(r.Paths)},
		{"public", public},
	}
}

// justificationFacts say why a branch is there. The words come from the ledger, the record or
// a commit; the reason in words stands with the record.
func justificationFacts(j job.Justification) []fact {
	kind := j.Kind
	if kind != "" {
		kind += map[string]string{"ledger": " (in this upgrade's ledger)", "record": "", "commit": " (a commit says so)"}[j.Of]
	}
	return []fact{
		{"carried as", kind},
		{"upstream", printableList(j.Upstream)},
		{"review by", j.ReviewBy.String()},
		{"not known", printableList(j.Odd)},
	}
}

func printableList(words []string) string {
	all := make([]string, len(words))
	for i, word := range words {
		all[i] = printable(word)
	}
	return strings.Join(all, ", ")
}

func (c *call) writeCommits(w io.Writer, p palette, b job.BranchDetail) {
	if len(b.Commits) == 0 {
		text := "No commits of its own yet."
		if b.Landed != "" {
			text = "No commits of its own: upstream has all of them."
		}
		fmt.Fprintf(w, "\n%s\n", text)
		return
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(plural(len(b.Commits), "commit")+" of its own, oldest first"))
	for _, commit := range b.Commits {
		subject := printable(commit.Subject)
		if commit.Merge {
			subject = p.attention("merge:") + " " + subject
		}
		c.writeItem(w, fmt.Sprintf("%s  %s  %s  %s", commit.Commit.Short(), commit.Date.Format(time.DateOnly), printable(commit.Author), subject))
	}
}

// mostFiles is how many files of a component are listed one by one. A whole
// plugin is known by its name and size.
const mostFiles = 12

func (c *call) writeFiles(w io.Writer, p palette, b job.BranchDetail) {
	if len(b.Files) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", p.strong(plural(len(b.Files), "file")+" changed against "+printable(b.BaseText())))
	for _, part := range b.Parts {
		name := printable(part.Component)
		if name == "" {
			name = "of no component"
		}
		fmt.Fprintf(w, "  %s: %s, +%d -%d\n", name, plural(part.Files, "file"), part.Added, part.Removed)
		listed := 0
		for _, f := range b.Files {
			if f.Component != part.Component {
				continue
			}
			if listed++; listed > mostFiles {
				fmt.Fprintf(w, "    … and %d more; --json lists all\n", part.Files-mostFiles)
				break
			}
			fmt.Fprintf(w, "    %s\n", fileLine(p, f))
		}
	}
}

func fileLine(p palette, f job.FileChange) string {
	sign := map[string]string{"added": p.good("A"), "deleted": p.bad("D"), "modified": "M", "mode": "X", "type": "T"}[f.Change]
	path := job.ShowPath(string(f.Path))
	switch {
	case f.Binary:
		return sign + " " + path + "  (binary)"
	case f.Change == "mode":
		return sign + " " + path + "  (mode only)"
	}
	return fmt.Sprintf("%s %s  +%d -%d", sign, path, f.Added, f.Removed)
}

// writeEntry prints what the ledger of one upgrade says.
func (c *call) writeEntry(w io.Writer, p palette, u job.BranchUpgrade) {
	state := p.state(u.State)
	if u.State == "dropped" && u.Outcome == "landed" {
		state = p.outcome(u.Outcome) // nobody dropped it
	}
	fmt.Fprintf(w, "\n%s %s\n", p.strong(fmt.Sprintf("Upgrade from %s to %s:", printable(u.From), printable(u.Onto))), state)
	if u.Disposition == "" {
		c.writeItem(w, "nobody has decided what becomes of it")
	} else {
		c.writeItem(w, "disposition "+u.Disposition+reasonText(u.Reason))
	}
	c.writeItem(w, printable(u.OldName)+" "+printable(u.CarriedText())+carriedTips(u))
	if u.NewName != "" {
		line := "new branch " + printable(u.NewName)
		if u.NewTip.String() != "" {
			line += ", left at " + u.NewTip.Short()
		}
		if u.Run != 0 {
			line += fmt.Sprintf(" by run %d", u.Run)
		}
		if u.Outcome != "" {
			line += " (" + u.Outcome + ")"
		}
		c.writeItem(w, line)
	}
	if u.Owner != "" {
		c.writeItem(w, "owner "+printable(u.Owner))
	}
	if u.Ticket != "" {
		c.writeItem(w, "ticket "+printable(u.Ticket))
	}
	if u.Parked != nil {
		c.writeItem(w, "commit "+u.Parked.Commit.Short()+": "+printable(u.Parked.Text()))
		c.writeParkedNext(w, u)
	}
	for _, n := range u.Notes {
		c.writeItem(w, fmt.Sprintf("%s, %s: %s", n.When.Format(time.DateOnly), printable(n.Who), printable(n.Text)))
	}
}

func reasonText(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + printable(reason)
}

// carriedTips names the tip that was carried and, where it is another one now,
// the present one.
func carriedTips(u job.BranchUpgrade) string {
	switch {
	case u.Carried == job.CarriedNot:
		return ""
	case u.OldTip == u.OldPresent:
		return " (" + u.OldTip.Short() + ")"
	case u.Carried == job.CarriedVanished:
		return " (" + u.OldTip.Short() + " was carried)"
	}
	return fmt.Sprintf(" (%s was carried, %s is its tip)", u.OldTip.Short(), u.OldPresent.Short())
}
