package report

import (
	"strings"

	"mgit/internal/job"
)

// planComponentRows is how many components of Moodle's own are listed of a kind.
const planComponentRows = 100

// planComponentsSection is what enters and leaves Moodle, the site's branches first.
func planComponentsSection(c *job.PlanComponents) Section {
	s := Section{ID: "components", Title: "Components that come and go"}
	if c == nil {
		return s
	}
	mine := Block{Title: "Branches that are concerned", Columns: []Column{{Title: "branch", Name: true}, {Title: "component", Name: true}, {Title: "what happens"}}}
	for _, b := range c.Branches {
		for _, part := range b.Components {
			mine.Rows = append(mine.Rows, []string{b.Branch, part.Component.String(), part.Advice})
		}
	}
	switch {
	case len(c.Unread) > 0:
		for _, text := range c.Unread {
			s.Lead = append(s.Lead, "Not known in full: "+strings.TrimSuffix(text, ".")+".")
		}
	case len(mine.Rows) == 0:
		s.Lead = []string{"No branch is concerned."}
	}
	types := Block{Title: "Types of plugins", Columns: []Column{{Title: "type", Name: true}, {Title: "what happens"}}}
	for _, t := range c.Types {
		words := t.Fate
		if t.Fate == "moved" {
			words += " from " + t.From + " to " + t.To
		}
		types.Rows = append(types.Rows, []string{t.Type, words})
	}
	s.Blocks = []Block{
		mine,
		fatesBlock("Left Moodle: a site that uses one of these carries it as a plugin from now on", c.Left),
		fatesBlock("New in Moodle", c.Entered),
		fatesBlock("In another folder", c.Moved),
		types,
	}
	return s
}

func fatesBlock(title string, fates []job.ComponentFate) Block {
	b := Block{Title: title}
	var names []string
	for _, f := range fates[:min(len(fates), planComponentRows)] {
		name := f.Component.String()
		if f.Now != "" {
			name += " (perhaps now " + f.Now + ")"
		}
		names = append(names, name)
	}
	if left := len(fates) - len(names); left > 0 {
		names = append(names, "and "+number(left)+" more")
	}
	if len(names) > 0 {
		b.Items = []string{strings.Join(names, ", ")}
	}
	return b
}
