package main

import (
	"mgit/internal/job"
	"mgit/internal/report"
)

// What a report says of a finding or a plugin, safe for a terminal.

func findingFacts(f job.Finding, diff bool) []string {
	facts := report.FindingFacts(f, diff)
	for i := range facts {
		facts[i] = printable(facts[i])
	}
	return facts
}

func hunkFact(h job.FindingHunk) string { return printable(report.HunkFact(h)) }

func decisionText(d *job.Decision) string { return printable(report.DecisionWords(d)) }

func pluginFacts(p job.FoundPlugin) string { return printable(report.FoundPluginWords(p)) }
