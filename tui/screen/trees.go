package screen

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mgit/internal/job"
)

// What the views that look into a tree have in common: how it is called, chosen, and how far its reading is.

// TreeName is what people call a tree: "the work tree", "live, production", the name of a target.
func TreeName(t job.KnownTree) string {
	switch {
	case t.Kind == job.TreeOfClone || t.Tree == "":
		return "the work tree"
	case t.Site == "":
		return t.Tree
	case t.Environment == "" || t.Environment == t.Site:
		return t.Site
	}
	return t.Site + ", " + t.Environment
}

// TreeNamed is the known tree that a command would take for this word; one that is not known is its own name.
func TreeNamed(known []job.KnownTree, word string) job.KnownTree {
	for _, t := range known {
		if t.Tree == word || t.Site == word && word != "" {
			return t
		}
	}
	return job.KnownTree{Tree: word}
}

// OffersTrees asks which tree to look into. The last choice asks for another folder or ref.
func OffersTrees(title string, known []job.KnownTree, take func(t job.KnownTree) tea.Cmd) tea.Cmd {
	var choices []Choice
	for i, t := range known {
		c := Choice{Text: TreeName(t), Help: t.Tree, Take: func() tea.Cmd { return take(t) }}
		if c.Help == c.Text {
			c.Help = "target"
		}
		if t.Kind == job.TreeOfClone {
			c.Help = "of this clone, with what is not committed"
		}
		if i < 9 {
			c.Key = fmt.Sprint(i + 1)
		}
		choices = append(choices, c)
	}
	other := Prompt{
		Label: "Folder or ref",
		Check: func(text string) string {
			if strings.TrimSpace(text) == "" {
				return "a folder with Moodle's code, or a branch, tag or commit"
			}
			return ""
		},
		Done: func(text string) tea.Cmd { return take(job.KnownTree{Tree: strings.TrimSpace(text)}) },
	}
	choices = append(choices, Choice{Key: "o", Text: "another …", Help: "a folder, branch, tag or commit", Take: func() tea.Cmd { return Asks(other) }})
	return Offers(title, choices...)
}

// Reading reports how far the reading of a tree is to p, in words.
func Reading(p *Progress) func(job.CorehackProgress) {
	return func(e job.CorehackProgress) {
		what, unit := "reading files", "files"
		if e.Step == "index" {
			what, unit = "reading upstream's history, once", "commits"
		}
		if e.TotalFiles > 0 {
			p.Say(fmt.Sprintf("%s: %d of %d %s", what, e.Files, e.TotalFiles, unit))
			return
		}
		p.Say(fmt.Sprintf("%s: %d %s", what, e.Files, unit))
	}
}
