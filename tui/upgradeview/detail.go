package upgradeview

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"mgit/internal/job"
	"mgit/internal/report"
	"mgit/tui/keymap"
	"mgit/tui/theme"
	"mgit/tui/widget"
)

// selected names what is selected on the page; "" for nothing.
func (v *View) selected() string {
	switch v.page {
	case pageReleases:
		r, _ := v.release()
		return r.Tag
	case pageTriage:
		r, _ := v.triageTable.Selected()
		return r.name
	case pageBoard:
		r, _ := v.board.Selected()
		return r.OldName
	case pageWaiting:
		if r, found := v.waiting.Selected(); found {
			return v.waiting.ID(r)
		}
	}
	return ""
}

// writeDetails tells about what is selected on the page.
func (v *View) writeDetails(t *text) {
	switch v.page {
	case pageReleases:
		if r, found := v.release(); found {
			v.detailRelease(t, r)
		}
	case pageTriage:
		if r, found := v.triageTable.Selected(); found {
			v.detailTriage(t, r)
		}
	case pageBoard:
		if r, found := v.board.Selected(); found {
			v.detailBranch(t, r)
		}
	case pageWaiting:
		if r, found := v.waiting.Selected(); found {
			v.detailWaiting(t, r)
		}
	}
}

// detailRelease tells what is known of a release, and its plan as far as that is there.
func (v *View) detailRelease(t *text, r job.UpgradeRelease) {
	t.say(theme.Strong, "Moodle "+strings.TrimPrefix(r.Tag, "v"))
	t.plain("released", cmp.Or(r.Released, "unknown"))
	t.fact("support", supportSpan(r))
	t.plain("fixes", untilWords(r.Support.General))
	t.plain("security", untilWords(r.Support.Security))
	t.plain("moves", fromWords(r, v))
	if u, found := v.begun(); found {
		words := "under way, onto " + cmp.Or(u.Onto, "a release that is not fetched yet")
		if u.Finished {
			words = "finished, onto " + u.Onto
		}
		t.plain("upgrade", words)
	}
	q := v.plans[r.Tag]
	if q == nil {
		return
	}
	t.gap()
	plan, known := q.Value()
	switch {
	case q.IsOpen():
		t.say(theme.Faint, v.spinner(q.IsSlow(v.host.Now()))+"Looking at the upgrade … "+doneWords(q.Progress().Events()))
	case q.Err() != nil:
		v.sayError(t, q.Err())
	case known:
		v.detailPlan(t, plan)
	}
}

func untilWords(day string) string {
	if day == "" {
		return "not known until when"
	}
	return "until " + day
}

func fromWords(r job.UpgradeRelease, v *View) string {
	from := v.from().String()
	if from = cmp.Or(from, r.From); from == "" {
		return "nothing: there are no branches of an older series"
	}
	return "the branches of " + from
}

// supportSpan words the support of a release's series as `mgit support show` does.
func supportSpan(r job.UpgradeRelease) widget.Span {
	lts := ""
	if r.Support.LTS {
		lts = ", LTS"
	}
	switch {
	case r.Experimental:
		return widget.Span{Text: "- an experiment, not for production", Role: theme.Faint}
	case r.Support.State == "general":
		return widget.Span{Text: "+ all fixes" + lts, Role: theme.Good}
	case r.Support.State == "security":
		return widget.Span{Text: "! security fixes only" + lts, Role: theme.Attention}
	case r.Support.State == "ended":
		return widget.Span{Text: "x ended" + lts, Role: theme.Bad}
	case r.Support.State == "announced":
		return widget.Span{Text: "· not released yet" + lts, Role: theme.Attention}
	}
	return widget.Span{Text: "? unknown", Role: theme.Attention}
}

// detailPlan sums the plan up, and has all of it below.
func (v *View) detailPlan(t *text, p *job.UpgradePlan) {
	d := report.PlanDocument(p)
	t.say(theme.Title, d.Verdict)
	if p.Work != nil {
		t.plain("branches", countWords(job.Outcomes(), p.Work.Totals))
		t.plain("effort", countWords(job.Efforts(), p.Work.Efforts))
	}
	if h := p.Hops; h != nil && len(h.Hops) > 0 {
		way := "direct"
		if len(h.Hops) > 1 {
			way = plural(len(h.Hops), "release", "releases") + ", one after the other"
		}
		t.plain("way", way)
		php := h.Hops[len(h.Hops)-1].Requirements.PHP
		if php.From != "" {
			words := "PHP " + php.From + " or later"
			if php.Blocked != "" {
				words = "PHP " + php.From + " to below " + php.Blocked
			}
			t.plain("needs", words)
		}
	}
	if p.Plugins != nil {
		n := p.Plugins.Totals
		words := plural(n.Plugins+n.Themes, "plugin", "plugins")
		if lacking := len(p.Plugins.Lacking); lacking > 0 {
			words += fmt.Sprintf(", %d without a release that is known to fit", lacking)
		}
		t.plain("plugins", words)
	}
	if p.Steps != nil {
		t.plain("database", plural(p.Steps.Totals.Steps, "step", "steps")+", the heaviest "+cmp.Or(p.Steps.Weight, "of no weight"))
	}
	t.document(d)
}

// countWords are the counts that are not 0, in the order of the words.
func countWords(order []string, counts map[string]int) string {
	var parts []string
	for _, word := range order {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return strings.Join(parts, ", ")
}

// doneWords say how many branches are done.
func doneWords(events []job.Event) string {
	if len(events) == 0 {
		return ""
	}
	last := events[len(events)-1]
	return fmt.Sprintf("%d of %s", last.Done, plural(last.Total, "branch", "branches"))
}

func (v *View) detailTriage(t *text, r triageRow) {
	t.say(theme.Strong, r.name)
	t.fact("outcome", outcome(r.outcome))
	if r.report == nil {
		return
	}
	b := r.report
	t.plain("becomes", b.NewName)
	t.plain("base", cmp.Or(b.Base.Tag, b.Base.Commit.Short()))
	v.detailReport(t, b)
}

// detailReport tells what a run made of a branch, or would make of it, in the command's words.
func (v *View) detailReport(t *text, b *job.BranchReport) {
	t.plain("commits", accountWords(b.Commits))
	if b.Merges.In > 0 {
		t.plain("merges", fmt.Sprintf("%d in, %d clean, %d by hand", b.Merges.In, b.Merges.Clean, b.Merges.ByHand))
	}
	if b.Release != nil {
		t.plain("release", b.Release.Name)
	}
	for i, r := range report.RebaseRemarks(*b) {
		if i == 0 {
			t.gap()
		}
		if r.AsIs {
			t.asIs(theme.Strong, r.Text)
		} else {
			t.item(theme.Text, r.Text)
		}
	}
}

// detailBranch tells all that is known of a branch in the upgrade.
func (v *View) detailBranch(t *text, r boardRow) {
	t.say(theme.Strong, r.OldName)
	t.fact("state", state(r.word()))
	for _, f := range r.faults {
		t.fact("", widget.Span{Text: "! " + f.Text, Role: theme.Bad})
	}
	for _, f := range report.UpgradeFacts(r.UpgradeBranch) {
		if f.Name == "outcome" {
			words := outcome(f.Text)
			if r.Run > 0 {
				words.Text += fmt.Sprintf(", run %d", r.Run)
			}
			t.fact("outcome", words)
			continue
		}
		t.plain(f.Name, f.Text)
	}
	if r.Disposition == "" {
		t.fact("to become", widget.Span{Text: "! nobody has decided", Role: theme.Attention})
	}
	t.plain("carried", r.CarriedText())
	if r.Parked != nil {
		t.fact("parked", widget.Span{Text: "commit " + r.Parked.Commit.Short() + ": " + r.Parked.Text(), Role: theme.Attention})
		t.plain("next", "mgit resolve "+r.NewName)
	}
	for _, what := range r.Unjustified {
		t.fact("justify", widget.Span{Text: "! " + what, Role: theme.Attention})
	}
	if r.Expired {
		t.fact("expired", widget.Span{Text: "! to be looked at before " + r.Justification.ReviewBy.String(), Role: theme.Attention})
	}
	if r.report != nil {
		t.gap()
		v.detailReport(t, r.report)
	}
	if len(r.Notes) > 0 {
		t.heading("Notes")
	}
	for _, n := range r.Notes {
		t.item(theme.Text, n.When.Format(time.DateOnly)+", "+n.Who+": "+n.Text)
	}
	v.detailHistory(t, r.OldName)
}

// detailHistory tells what was decided about a branch and what runs did, the newest first.
func (v *View) detailHistory(t *text, name string) {
	h, known := v.history.Value()
	a := v.shown()
	switch {
	case v.history.Err() != nil:
		t.heading("History")
		v.sayError(t, v.history.Err())
	case known && a != nil && h.Series == a.Series:
		begun := false
		for _, s := range h.Steps {
			if s.Branch != name {
				continue
			}
			if !begun {
				t.heading("History")
				begun = true
			}
			t.item(theme.Text, s.When.Format(time.DateOnly)+", "+s.Who+": "+report.LedgerStepWords(s))
			t.item(theme.Faint, "  "+s.Command)
		}
	}
}

func (v *View) detailWaiting(t *text, w waitingRow) {
	t.say(theme.Text, w.text)
	t.gap()
	if w.then != "" {
		t.asIs(theme.Strong, w.then)
	}
	switch {
	case w.opens != "":
		t.item(theme.Faint, v.host.Keys.Key(keymap.Open)+" opens the conflict here.")
	case w.kind == kindNext && strings.HasPrefix(w.then, "mgit assemble"):
		t.item(theme.Faint, v.host.Keys.Key(keymap.Open)+" opens the targets.")
	}
	a := v.shown()
	if a == nil || w.branch == "" {
		return
	}
	for _, r := range v.board.Rows() {
		if r.OldName == w.branch {
			t.gap()
			v.detailBranch(t, r)
			return
		}
	}
}

// sayError tells why something could not be read, in the words of the commands.
func (v *View) sayError(t *text, err error) {
	words, hint := v.host.Explain(err)
	t.say(theme.Bad, "x "+words)
	if hint != "" {
		t.say(theme.Faint, "hint: "+hint)
	}
}

// spinner is a sign that turns while something lasts; "" before it is slow.
func (v *View) spinner(slow bool) string {
	if !slow {
		return ""
	}
	return widget.Spinner(v.host.Theme, v.host.Now()) + " "
}
