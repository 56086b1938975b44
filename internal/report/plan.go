package report

import (
	"fmt"
	"strings"

	"mgit/internal/job"
	"mgit/internal/upgrade"
)

// PlanDocument is the plan of an upgrade, for a terminal, a page or a tracker.
func PlanDocument(p *job.UpgradePlan) Document {
	return Document{
		Title:   "Upgrade plan",
		Verdict: planVerdict(p),
		Subject: fmt.Sprintf("From Moodle %s to %s, seen on %s.", p.From, p.Onto.Tag, p.When.Format("2 January 2006")),
		Sections: []Section{
			planHopsSection(p.Hops),
			planWorkSection(p.Work),
			planComponentsSection(p.Components),
			planPluginsSection(p.Plugins),
			planStepsSection(p.Steps, p.Components, p.Hops != nil && len(p.Hops.Hops) > 1),
			planLiveSection(p.Live),
			planNextSection(p),
		},
	}
}

// planVerdict is the sentence that stands at the top.
func planVerdict(p *job.UpgradePlan) string {
	w := p.Work
	people := w.Branches - w.Efforts[job.EffortNone] - w.Efforts[job.EffortLook]
	alone := count(w.Branches-people, "branch gets", "branches get") + " to " + p.To.String() + " without help"
	switch {
	case w.Branches == people:
		return count(people, "branch waits", "branches wait") + " for a person"
	case people == 0:
		return alone
	default:
		return alone + ", " + number(people) + " " + oneMany(people, "waits", "wait") + " for a person"
	}
}

func oneMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// effortMeans explains the efforts.
func effortMeans(effort string) string {
	return map[string]string{
		job.EffortNone:   "arrives, or stays away, by itself",
		job.EffortLook:   "arrives, and somebody should look at it",
		job.EffortDecide: "somebody has to say what is to become of it",
		job.EffortSmall:  "up to 3 conflicts",
		job.EffortMedium: "4 to 10 conflicts",
		job.EffortLarge:  "more than 10 conflicts",
	}[effort]
}

func planWorkSection(w *job.PlanWork) Section {
	s := Section{ID: "branches", Title: "Branches"}
	s.Lead = append(s.Lead, planWorkWords(w))
	outcomes := Block{Columns: []Column{{Title: "outcome"}, {Title: "branches", Right: true}}}
	for _, o := range job.Outcomes() {
		if n := w.Totals[o]; n > 0 {
			outcomes.Rows = append(outcomes.Rows, []string{o, number(n)})
		}
	}
	efforts := Block{Title: "Effort", Columns: []Column{{Title: "effort"}, {Title: "branches", Right: true}, {Title: "what it means"}}}
	for _, e := range job.Efforts() {
		if n := w.Efforts[e]; n > 0 {
			efforts.Rows = append(efforts.Rows, []string{e, number(n), effortMeans(e)})
		}
	}
	if w.Files > 0 {
		efforts.Note = planFilesNote
	}
	todo := Block{Title: "What somebody has to do", Columns: []Column{
		{Title: "effort"}, {Title: "branch", Name: true}, {Title: "outcome"}, {Title: "conflicts", Right: true}, {Title: "why"},
	}}
	for _, b := range w.ToDo {
		conflicts := ""
		if b.Files > 0 {
			conflicts = number(b.Files)
		}
		todo.Rows = append(todo.Rows, []string{b.Effort, b.Name, b.Outcome, conflicts, planWhy(b)})
	}
	s.Blocks = []Block{outcomes, efforts, withoutEmpty(todo)}
	return s
}

const planFilesNote = "A conflict is a file in a commit. Those behind the first of a branch are counted as they would come if it were left open."

// planWhyPaths is how many paths in conflict a row names.
const planWhyPaths = 3

func planWhy(b job.PlannedWork) string {
	var parts []string
	if n := len(b.Paths); n > 0 {
		var shown []string
		for _, path := range b.Paths[:min(n, planWhyPaths)] {
			shown = append(shown, job.ShowPath(path))
		}
		text := strings.Join(shown, ", ")
		if n > planWhyPaths {
			text += fmt.Sprintf(" and %d more", n-planWhyPaths)
		}
		parts = append(parts, text)
	}
	return strings.Join(append(parts, b.Why...), "; ")
}

func planWorkWords(w *job.PlanWork) string {
	text := count(w.Branches, "branch", "branches") + "."
	if n := w.Totals[upgrade.OutcomeConflict]; n > 0 {
		text += " " + count(n, "conflicts", "conflict") + ": " + count(w.Files, "file", "files") + " to resolve, counted once for each commit."
	}
	if w.Settled > 0 {
		text += " " + count(w.Settled, "arrives", "arrive") + " because somebody resolved the same conflicts before."
	}
	return text
}

// planNextSection is what to type when the plan was read.
func planNextSection(p *job.UpgradePlan) Section {
	if p.Work.Branches == 0 {
		return Section{}
	}
	from, moves := " --from "+p.From.String(), "moves the branches; what conflicts is parked"
	if p.Hops != nil && len(p.Hops.Hops) > 1 {
		moves = "moves the branches, when the releases on the way are behind you"
	}
	return Section{ID: "next", Title: "Next", Blocks: []Block{{
		Columns: []Column{{Title: "command", Name: true}, {Title: "what it does"}},
		Rows: [][]string{
			{"mgit triage " + p.Onto.Tag + from, "more about every branch, and what upstream has of it"},
			{"mgit upgrade begin " + p.To.String() + from, "enters every branch in the ledger, for people to decide"},
			{"mgit rebase-all " + p.Onto.Tag + from, moves},
		},
	}}}
}

// planLiveRows is how many paths of the live tree are listed of a kind.
const planLiveRows = 50

func planLiveSection(l *job.PlanLive) Section {
	s := Section{ID: "live", Title: "The live tree"}
	switch {
	case l == nil:
		s.Lead = []string{"None was looked into. --live FOLDER looks into one."}
		return s
	case l.Problem != "":
		s.Lead = []string{l.Tree + " could not be looked into: " + strings.TrimSuffix(l.Problem, ".") + "."}
		return s
	}
	lead := fmt.Sprintf("%s runs %s (%s).", l.Tree, l.Pin.Release, l.Pin.Confidence)
	if l.Missing > 0 {
		lead += " " + count(l.Missing, "change", "changes") + " of branches that the deployment target has, it lacks."
	}
	if l.Unread > 0 {
		lead += " " + count(l.Unread, "file", "files") + " could not be read."
	}
	s.Lead = []string{lead}
	if len(l.Foreign) == 0 && len(l.Orphans) == 0 {
		s.Lead = append(s.Lead, "It holds nothing that is not Moodle's, a plugin's or a branch's.")
	}
	s.Blocks = []Block{
		planFiles("Not of Moodle: copy it, or leave it behind on purpose", l.Foreign),
		planFiles("Changes in core that no branch explains: they would be lost", l.Orphans),
	}
	return s
}

func planFiles(title string, files []job.PlanFile) Block {
	b := Block{Title: title, Mono: true}
	for _, f := range files[:min(len(files), planLiveRows)] {
		b.Items = append(b.Items, job.ShowPath(string(f.Path)))
	}
	if left := len(files) - len(b.Items); left > 0 {
		b.Note = "And " + number(left) + " more; mgit corehack-report lists them."
	}
	return b
}
