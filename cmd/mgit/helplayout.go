package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// widestHelp is the longest line of prose that is still easy to read.
const widestHelp = 100

// layOutHelp makes the help of all commands fit the terminal: cobra prints texts and flags
// as they stand in the source.
func layOutHelp(c *call, root *cobra.Command) {
	print := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		width := min(c.width(c.stdoutTTY), widestHelp)
		cmd.Long = reflow(cmd.Long, width)
		cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", width)))
		print(cmd, args)
	})
}

// reflow fills the paragraphs of a text anew. One with an indented line is a list or an
// example, and stays.
func reflow(text string, width int) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		lines := strings.Split(p, "\n")
		if !slices.ContainsFunc(lines, isIndented) {
			paragraphs[i] = wrap(strings.Join(lines, " "), width)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

func isIndented(line string) bool { return line != strings.TrimLeft(line, " \t") }
