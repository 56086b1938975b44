package report

import (
	"slices"
	"strconv"
	"strings"

	"mgit/internal/job"
	"mgit/internal/moodle"
)

// planStepRows is how many steps are listed.
const planStepRows = 60

// planStepsSection is what the upgrade will do to the database.
// The steps are those of the direct way, also where hops are on it.
func planStepsSection(p *job.PlanSteps, c *job.PlanComponents, hops bool) Section {
	s := Section{ID: "database", Title: "What the database will do"}
	if p == nil {
		return s
	}
	if p.From.Release == "" && p.To.Release == "" {
		s.Lead = []string{"Which steps would run is not known."}
		s.Blocks = []Block{unreadBlock(p)}
		return s
	}
	t := p.Totals
	lead := "From " + codeWords(p.From) + " to " + codeWords(p.To) + ": " + count(t.Steps, "step", "steps")
	if t.Steps > 0 {
		lead += " of " + count(t.Components, "component", "components") + " (" + number(t.Heavy) + " heavy, " + number(t.Medium) + " medium, " + number(t.Light) + " light)"
	}
	s.Lead = []string{lead + "; " + count(len(p.Installs), "component is", "components are") + " installed, " + number(len(p.Gone)) + " " + oneMany(len(p.Gone), "has", "have") + " no code any more."}
	if t.Queued > 0 {
		s.Lead = append(s.Lead, count(t.Queued, "task runs", "tasks run")+" after the upgrade, with the site open.")
	}
	refused := "Refused: the database is too old for these"
	if hops {
		s.Lead = append(s.Lead, "The steps are listed as if the way were direct. Each release on it takes those up to its own version.")
		refused = "Refused, were it not for the releases on the way"
	}
	stops := Block{Title: refused, Columns: []Column{{Title: "component", Name: true}, {Title: "says"}}}
	for _, step := range p.Stops {
		stops.Rows = append(stops.Rows, []string{step.Component.String(), step.Says})
	}
	s.Blocks = []Block{
		stops, versionsBlock("Downgrades: Moodle refuses a version that is lower than the one installed", p.Downgrades),
		stepsBlock(p), collisionsBlock(p), goneBlock(p, c), beforeBlock(p), firstBlock(p), unreadBlock(p),
	}
	return s
}

func codeWords(c job.PlanCode) string {
	if c.Release == "" {
		return c.Name
	}
	return c.Name + " (" + c.Release + ")"
}

func versionsBlock(title string, all []job.PlanVersion) Block {
	b := Block{Title: title, Columns: []Column{{Title: "component", Name: true}, {Title: "installed"}, {Title: "new"}, {Title: "branch", Name: true}}}
	for _, v := range all {
		b.Rows = append(b.Rows, []string{v.Component.String(), v.From, v.To, v.Branch})
	}
	return b
}

// stepsBlock lists the steps that are not light in the order in which Moodle takes
// them.
func stepsBlock(p *job.PlanSteps) Block {
	b := Block{Title: "Steps that take time, in the order of the upgrade", Columns: []Column{
		{Title: "weight"}, {Title: "component", Name: true}, {Title: "step"}, {Title: "what it does"},
	}}
	light, more := 0, 0
	for _, u := range p.Upgrades {
		for _, step := range u.Steps {
			switch {
			case step.Weight == "light":
				light++
			case len(b.Rows) == planStepRows:
				more++
			default:
				b.Rows = append(b.Rows, []string{step.Weight, u.Component.String(), step.Version, reasonWords(step)})
			}
		}
	}
	if light > 0 && len(b.Rows) > 0 {
		b.Note = "And " + count(light, "light step", "light steps") + "."
	}
	if more > 0 {
		b.Note = "And " + number(more) + " more that " + oneMany(more, "takes", "take") + " time, and " + count(light, "light step", "light steps") + "; --json has them all."
	}
	return b
}

func reasonWords(step job.PlanStep) string {
	var does []string // each once, with all its tables
	tables := make(map[string][]string)
	for _, r := range step.Reasons {
		if !slices.Contains(does, r.Does) {
			does = append(does, r.Does)
		}
		for _, t := range r.Tables {
			if !slices.Contains(tables[r.Does], t) {
				tables[r.Does] = append(tables[r.Does], t)
			}
		}
	}
	var words []string
	for _, text := range does {
		if all := tables[text]; len(all) > 0 {
			text += " (" + strings.Join(all, ", ") + ")"
		}
		words = append(words, text)
	}
	if step.Condition != "" {
		words = append(words, "only if "+step.Condition)
	}
	return strings.Join(append(words, step.Remarks...), "; ")
}

func collisionsBlock(p *job.PlanSteps) Block {
	b := Block{Title: "Branches that meet upstream's changes of the database", Columns: []Column{
		{Title: "branch", Name: true}, {Title: "path", Name: true}, {Title: "what happens"},
	}}
	for _, c := range p.Collisions {
		b.Rows = append(b.Rows, []string{c.Branch, job.ShowPath(string(c.Path)), c.Text})
	}
	return b
}

// goneBlock lists what has no code any more, apart from what left Moodle, which stands
// among the components.
func goneBlock(p *job.PlanSteps, c *job.PlanComponents) Block {
	b := Block{Title: "No code any more, and not because it left Moodle: the data stays", Columns: []Column{{Title: "component", Name: true}, {Title: "installed"}, {Title: "branch", Name: true}}}
	left := make(map[moodle.Component]bool)
	if c != nil {
		for _, f := range c.Left {
			left[f.Component] = true
		}
	}
	for _, g := range p.Gone {
		if !left[g.Component] {
			b.Rows = append(b.Rows, []string{g.Component.String(), g.From, g.Branch})
		}
	}
	return withoutEmpty(b)
}

func beforeBlock(p *job.PlanSteps) Block {
	b := Block{Title: "What can be done before the outage"}
	for _, before := range p.Before {
		b.Items = append(b.Items, before.Text)
	}
	return b
}

func firstBlock(p *job.PlanSteps) Block {
	b := Block{Title: "Plugins that are worth having first", Columns: []Column{{Title: "plugin", Name: true}, {Title: "why"}}}
	for _, f := range p.First {
		why := f.Why
		if len(f.NeededBy) > 0 {
			why += "; " + strings.Join(f.NeededBy, ", ") + " " + oneMany(len(f.NeededBy), "needs", "need") + " it"
		}
		b.Rows = append(b.Rows, []string{f.Component.String(), why})
	}
	return b
}

func unreadBlock(p *job.PlanSteps) Block {
	b := Block{Title: "Not understood: look there yourself", Columns: []Column{{Title: "place", Name: true}, {Title: "why"}}}
	for _, u := range p.Unread {
		b.Rows = append(b.Rows, []string{unreadPlace(u), u.Why})
	}
	return b
}

// unreadPlace is a line of a file, a whole file, or a branch.
func unreadPlace(u job.PlanUnread) string {
	switch {
	case u.Path == "" && u.Text == "":
		return u.Component.String()
	case u.Path == "":
		return u.Text
	case u.Line == 0:
		return job.ShowPath(string(u.Path))
	}
	return job.ShowPath(string(u.Path)) + ":" + strconv.Itoa(u.Line)
}
